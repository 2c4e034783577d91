#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/policy.h"
#include "config/reader.h"

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
	out->path = path;
	out->directory = dir;
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
}

enum dro_code
dro_config_parse(const char *path, const char *dir, const char *text,
    size_t len, int64_t now, struct dro_arena *arena, struct dro_config *out,
    struct dro_findings *findings, struct dro_err *err)
{
	struct dro_setting set[DRO_K_N] = {0};
	const struct dro_node *root;
	struct dro_reader r;

	init(&r, path, dir, now, arena, out);
	if (r.log.failed)
		return (dro_err_nomem(err));
	root = dro_yaml_parse(text, len, arena, &r.log);
	if (root == NULL)
		return (dro_log_done(&r.log, findings, err));
	if (root->kind != DRO_NODE_MAP) {
		dro_reader_error(&r, root,
		    "expected keys with values, beginning with \"version: "
		    "1\"; found %s",
		    dro_found(&r, root));
		return (dro_log_done(&r.log, findings, err));
	}
	dro_bind(&r, root, DRO_IN_ROOT, set);
	take_root(&r, root, set);
	dro_bind_dns(&r, set);
	dro_bind_reports(&r, set[DRO_K_REPORTS].node);
	/* Settings name accounts and policies, wherever these stand. */
	dro_bind_accounts(&r, set[DRO_K_ACCOUNTS].node);
	dro_bind_policies(&r, set[DRO_K_POLICIES].node);
	dro_bind_clients(&r, set[DRO_K_DEFAULTS].node, set[DRO_K_CLIENTS].node);
	return (dro_log_done(&r.log, findings, err));
}

/* The absolute folder of ${path}, or NULL when out of memory or lost. */
static const char *
folder(const char *path, struct dro_arena *arena)
{
	const char *slash, *dir;
	char *cwd;

	slash = strrchr(path, '/');
	if (slash == path)
		return ("");
	if (*path == '/')
		return (dro_arena_strndup(arena, path, (size_t)(slash - path)));
	if ((cwd = realpath(".", NULL)) == NULL)
		return (NULL);
	dir = slash == NULL
	    ? dro_arena_strdup(arena, cwd)
	    : dro_arena_printf(arena, "%s/%.*s",
		  strcmp(cwd, "/") == 0 ? "" : cwd, (int)(slash - path), path);
	free(cwd);
	return (dir);
}

/* All of the open file ${fd}, one octet more than is allowed at most. */
static enum dro_code
slurp(int fd, const char *path, char *text, size_t *len, struct dro_err *err)
{
	ssize_t n;

	*len = 0;
	do {
		n = read(fd, text + *len, DRO_YAML_BYTES_MAX + 1 - *len);
		if (n < 0 && errno != EINTR)
			return (dro_err_set(
			    err, DRO_EIO, "%s: %s", path, strerror(errno)));
		if (n > 0)
			*len += (size_t)n;
	} while (n != 0 && *len <= DRO_YAML_BYTES_MAX);
	return (DRO_OK);
}

static enum dro_code
open_file(const char *path, int *fd, struct dro_err *err)
{
	struct stat st;

	/* Not to wait for the writer of a FIFO. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return (dro_err_set(err,
		    errno == ENOENT || errno == ENOTDIR ? DRO_ENOTFOUND
							: DRO_EIO,
		    "%s: %s", path, strerror(errno)));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return (DRO_OK);
	close(*fd);
	*fd = -1;
	return (dro_err_set(err, DRO_EIO, "%s: not a regular file", path));
}

/* The file that ${path} or the usual places name. */
static enum dro_code
find_file(const char **path, int *fd, struct dro_err *err)
{
	enum dro_code code;

	if (*path != NULL)
		return (open_file(*path, fd, err));
	*path = "rollout.yaml";
	if ((code = open_file(*path, fd, err)) != DRO_ENOTFOUND)
		return (code);
	*path = SYSTEM_PATH;
	if ((code = open_file(*path, fd, err)) != DRO_ENOTFOUND)
		return (code);
	return (dro_err_set(err, DRO_ENOTFOUND,
	    "no configuration: neither ./rollout.yaml nor " SYSTEM_PATH
	    " exists; name one with --config FILE"));
}

enum dro_code
dro_config_read(const char *path, int64_t now, struct dro_arena *arena,
    struct dro_config *out, struct dro_findings *findings, struct dro_err *err)
{
	const char *name = path, *dir;
	char *text = NULL;
	size_t len;
	enum dro_code code;
	int fd = -1;

	findings->n = 0;
	findings->items = NULL;
	if ((code = find_file(&name, &fd, err)) != DRO_OK)
		return (code);
	if ((text = malloc(DRO_YAML_BYTES_MAX + 1)) == NULL ||
	    (name = dro_arena_strdup(arena, name)) == NULL ||
	    (dir = folder(name, arena)) == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	if ((code = slurp(fd, name, text, &len, err)) != DRO_OK)
		goto out;
	code = dro_config_parse(
	    name, dir, text, len, now, arena, out, findings, err);
out:
	free(text);
	close(fd);
	return (code);
}
