#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "config/file.h"
#include "config/include.h"
#include "config/policy.h"
#include "config/reader.h"
#include "config/show.h"

#define SYSTEM_PATH "/etc/rollout/rollout.yaml"

static void
init(struct dro_reader *r, const char *path, const char *dir, int64_t now,
    struct dro_arena *arena, struct dro_config *out)
{
	memset(out, 0, sizeof(*out));
	memset(r, 0, sizeof(*r));
	r->arena = arena;
	r->now = now;
	r->out = out;
	r->dir = dir;
	dro_log_init(&r->log, arena, path);
	r->shown_dir = dro_shown_dir(r, path);
	out->path = path;
	out->directory = dir;
	out->signals = dro_reader_alloc(r, 1, sizeof(*out->signals));
}

/* state, clock, and what the file is. */
static void
take_root(struct dro_reader *r, const struct dro_node *root,
    const struct dro_setting *set)
{
	struct dro_config *out = r->out;

	if (set[DRO_K_VERSION].key == NULL)
		dro_reader_error(r, root,
		    "version: missing; begin the file with \"version: 1\"");
	out->database = set[DRO_K_DATABASE].text;
	if (out->database == NULL &&
	    (out->database = dro_arena_printf(
		 r->arena, "%s/rollout.db", r->dir)) == NULL)
		r->log.failed = true;
	out->virtual_clock = set[DRO_K_CLOCK].ok && set[DRO_K_CLOCK].num == 1;
	out->sandbox_optional =
	    set[DRO_K_SANDBOX].ok && set[DRO_K_SANDBOX].num == 1;
	out->workers =
	    set[DRO_K_WORKERS].ok ? (int)set[DRO_K_WORKERS].num : DRO_WORKERS;
}

/* Parse and bind the main file, and what it includes. */
static enum dro_code
read_text(struct dro_reader *r, const char *text, size_t len,
    struct dro_findings *findings, struct dro_err *err)
{
	struct dro_setting set[DRO_K_N] = {0};
	struct dro_document *first;
	struct dro_documents docs = {1, NULL};
	const struct dro_node *root;

	root = dro_yaml_parse(text, len, r->arena, &r->log);
	if (root == NULL)
		return (dro_log_done(&r->log, findings, err));
	if (root->kind != DRO_NODE_MAP) {
		dro_reader_error(r, root,
		    "expected keys with values, beginning with \"version: "
		    "1\"; found %s",
		    dro_found(r, root));
		return (dro_log_done(&r->log, findings, err));
	}
	dro_bind(r, root, DRO_IN_ROOT, set);
	take_root(r, root, set);
	dro_bind_dns(r, set);
	dro_bind_limits(r, set);
	dro_bind_retention(r, set);
	dro_bind_reporters(r, set);
	dro_bind_reports(r, set[DRO_K_REPORTS].node);
	/* Settings name accounts and policies, wherever these stand. */
	dro_bind_accounts(r, set[DRO_K_ACCOUNTS].node);
	dro_bind_policies(r, set[DRO_K_POLICIES].node);
	first = dro_reader_alloc(r, 1 + DRO_INCLUDE_MAX, sizeof(*first));
	if (first == NULL)
		return (dro_err_nomem(err));
	first->dir = r->dir;
	first->shown_dir = r->shown_dir;
	first->clients = set[DRO_K_CLIENTS].node;
	docs.items = first;
	dro_bind_include(r, set[DRO_K_INCLUDE].node, &docs);
	dro_bind_clients(r, set[DRO_K_DEFAULTS].node, &docs);
	return (dro_log_done(&r->log, findings, err));
}

enum dro_code
dro_config_parse(const char *path, const char *dir, const char *text,
    size_t len, int64_t now, struct dro_arena *arena, struct dro_config *out,
    struct dro_findings *findings, struct dro_err *err)
{
	struct dro_reader r;

	init(&r, path, dir, now, arena, out);
	r.alone = true;
	if (r.log.failed)
		return (dro_err_nomem(err));
	return (read_text(&r, text, len, findings, err));
}

/* The file that ${path} or the usual places name. */
static enum dro_code
find_file(const char **path, int *fd, struct dro_err *err)
{
	enum dro_code code;

	if (*path != NULL)
		return (dro_file_open(*path, *path, fd, err));
	*path = "rollout.yaml";
	if ((code = dro_file_open(*path, *path, fd, err)) != DRO_ENOTFOUND)
		return (code);
	*path = SYSTEM_PATH;
	if ((code = dro_file_open(*path, *path, fd, err)) != DRO_ENOTFOUND)
		return (code);
	return (dro_err_set(err, DRO_ENOTFOUND,
	    "no configuration: neither ./rollout.yaml nor " SYSTEM_PATH
	    " exists; name one with --config FILE"));
}

/*
 * dro_config_read, dro_config_show if ${show} is not NULL, and
 * dro_config_instead if ${policy} is not.
 */
static enum dro_code
read_file(const char *path, int64_t now, const char *policy,
    struct dro_arena *arena, struct dro_config *out, struct dro_show *show,
    struct dro_findings *findings, struct dro_err *err)
{
	const char *name = path, *dir;
	struct dro_reader r;
	char *text = NULL;
	size_t len;
	enum dro_code code;
	int fd = -1;

	findings->n = 0;
	findings->items = NULL;
	if ((code = find_file(&name, &fd, err)) != DRO_OK)
		return (code);
	if ((code = dro_file_slurp(
		 fd, name, DRO_YAML_BYTES_MAX, &text, &len, err)) != DRO_OK)
		goto out;
	if ((name = dro_arena_strdup(arena, name)) == NULL ||
	    (dir = dro_file_folder(name, arena)) == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	init(&r, name, dir, now, arena, out);
	out->fingerprint = dro_file_mix(0, text, len);
	r.show = show;
	r.instead = policy;
	code = r.log.failed ? dro_err_nomem(err)
			    : read_text(&r, text, len, findings, err);
	if (code == DRO_OK && policy != NULL && r.unknown)
		code = dro_err_set(err, DRO_ENOTFOUND,
		    "policy \"%.40s\": neither shipped nor in %s", policy,
		    name);
out:
	free(text);
	close(fd);
	return (code);
}

enum dro_code
dro_config_read(const char *path, int64_t now, struct dro_arena *arena,
    struct dro_config *out, struct dro_findings *findings, struct dro_err *err)
{
	return (read_file(path, now, NULL, arena, out, NULL, findings, err));
}

enum dro_code
dro_config_instead(const char *path, int64_t now, const char *policy,
    struct dro_arena *arena, struct dro_config *out,
    struct dro_findings *findings, struct dro_err *err)
{
	return (read_file(path, now, policy, arena, out, NULL, findings, err));
}

enum dro_code
dro_config_show(const char *path, int64_t now, const char *domain,
    struct dro_arena *arena, struct dro_config *out, struct dro_shown *shown,
    struct dro_findings *findings, struct dro_err *err)
{
	char name[DRO_DOMAIN_LEN] = "";
	struct dro_show show = {.domain = name, .out = shown};

	memset(shown, 0, sizeof(*shown));
	/* What is no domain name is not listed either. */
	(void)!dro_domain_ascii(domain, name, NULL);
	return (read_file(path, now, NULL, arena, out, &show, findings, err));
}
