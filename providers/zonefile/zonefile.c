#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

#include "zonefile.h"
#include "zonetext.h"

/* A reload that takes longer is not waited for. */
#define RELOAD_TIMEOUT_S 60

#define RELOAD_WORDS_MAX 32

struct account {
	struct dro_host *host;
	const char *path;
	const struct dro_conf_item *reload; /* or NULL */
};

/* One zone file in memory. */
struct zone_text {
	struct dro_buf text;
	struct dro_zf_view view;
};

static const struct dro_opt options[] = {
    {"path", DRO_OPT_PATH, true,
	"folder with one file per zone: ZONE.zone, ZONE or db.ZONE"},
    {"reload.command", DRO_OPT_COMMAND, false,
	"run after a change; {zone} becomes the zone's name"},
    {NULL, DRO_OPT_STRING, false, NULL}};

static enum dro_code
zonefile_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	const struct dro_conf_item *reload =
	    dro_conf_find(conf, "reload.command");
	const char *path = dro_conf_get(conf, "path");
	struct account *account;

	*ctx = NULL;
	if (path == NULL)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: path: missing; name the folder of the zone files",
		    conf->account));
	if (reload != NULL && (reload->n == 0 || reload->n > RELOAD_WORDS_MAX))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: reload.command: expected 1 to %d words, found %zu",
		    conf->account, RELOAD_WORDS_MAX, reload->n));
	if ((account = calloc(1, sizeof(*account))) == NULL)
		return (dro_err_nomem(err));
	account->host = host;
	account->path = path;
	account->reload = reload;
	*ctx = account;
	return (DRO_OK);
}

static void
zonefile_close(void *ctx)
{
	free(ctx);
}

/* What errno of a look at ${path} means to the caller. */
static enum dro_code
path_error(const char *path, struct dro_err *err)
{
	return (dro_err_set(err, errno == EACCES ? DRO_EAUTH : DRO_EIO,
	    "%s: %s", path, strerrordesc_np(errno)));
}

static enum dro_code
zonefile_check(void *ctx, struct dro_err *err)
{
	const struct account *account = ctx;
	struct stat st;
	int mode = R_OK | X_OK;
	enum dro_code rc = DRO_OK;

	/* A file is replaced by rename, which writes to the folder. */
	if (!dro_host_read_only(account->host))
		mode |= W_OK;
	if (stat(account->path, &st) != 0 || access(account->path, mode) != 0)
		rc = path_error(account->path, err);
	else if (!S_ISDIR(st.st_mode))
		rc = dro_err_set(err, DRO_EIO,
		    "%s: path must be a folder of zone files", account->path);
	if (rc != DRO_OK && err != NULL)
		err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}

/*
 * Write the path of the file of ${apex} to ${out}, symbolic links followed
 * because a rename would replace the link; empty if there is none.
 */
static enum dro_code
find_file(const struct account *account, const char *apex, char *out,
    size_t size, struct dro_err *err)
{
	static const char *const names[][2] = {
	    {"", ".zone"}, {"", ""}, {"db.", ""}};
	char path[PATH_MAX], found[PATH_MAX], real[PATH_MAX];
	struct stat st;
	size_t i;
	int n;

	out[0] = found[0] = '\0';
	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		n = snprintf(path, sizeof(path), "%s/%s%s%s", account->path,
		    names[i][0], apex, names[i][1]);
		if (n < 0 || (size_t)n >= sizeof(path))
			return (dro_err_set(err, DRO_EINVAL,
			    "%s: path too long", account->path));
		if (stat(path, &st) != 0) {
			if (errno == ENOENT || errno == ENOTDIR)
				continue;
			return (path_error(path, err));
		}
		if (!S_ISREG(st.st_mode))
			continue;
		if (found[0] != '\0')
			return (dro_err_set(err, DRO_EINVAL,
			    "%s: two files for one zone, %s and %s; remove "
			    "the one that is not served",
			    apex, found, path));
		memcpy(found, path, (size_t)n + 1);
		if (realpath(path, real) == NULL)
			return (path_error(path, err));
		n = snprintf(out, size, "%s", real);
		if (n < 0 || (size_t)n >= size)
			return (dro_err_set(
			    err, DRO_EINVAL, "%s: path too long", real));
	}
	return (DRO_OK);
}

/* Read the file of ${zone}; finish with unload, also after a failure. */
static enum dro_code
load(const struct account *account, const struct dro_zone *zone,
    const char *name, enum dro_rrtype type, struct dro_arena *arena,
    struct zone_text *out, struct dro_err *err)
{
	enum dro_code rc;

	memset(out, 0, sizeof(*out));
	dro_buf_init(&out->text, DRO_ZF_MAX);
	rc = dro_host_file_read(
	    account->host, zone->id, DRO_ZF_MAX, &out->text, err);
	if (rc != DRO_OK)
		return (rc);
	rc = dro_zf_view_init(&out->view, out->text.ptr, out->text.len,
	    zone->name, name, type, arena, err);
	if (rc != DRO_OK) {
		dro_err_context(err, "%s", zone->id);
		return (rc);
	}
	if (out->view.cut[0] != '\0')
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "%s: %s hands %s to another zone; that one must be "
		    "edited",
		    name, zone->id, out->view.cut));
	return (DRO_OK);
}

static void
unload(struct zone_text *zone)
{
	dro_zf_view_finish(&zone->view);
	dro_buf_finish(&zone->text);
}

static enum dro_code
zonefile_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	const struct account *account = ctx;
	struct dro_arena *arena;
	struct zone_text zone;
	const char *apex = name;
	enum dro_code rc;

	memset(out, 0, sizeof(*out));
	for (;;) {
		rc = find_file(account, apex, out->id, sizeof(out->id), err);
		if (rc != DRO_OK)
			return (rc);
		if (out->id[0] != '\0')
			break;
		if ((apex = strchr(apex, '.')) == NULL)
			return (dro_err_set(err, DRO_ENOTFOUND,
			    "%s: no zone file for it or a name above it in %s",
			    name, account->path));
		apex++;
	}
	(void)snprintf(out->name, sizeof(out->name), "%s", apex);
	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	rc = load(account, out, name, DRO_RR_TXT, arena, &zone, err);
	unload(&zone);
	dro_arena_destroy(arena);
	return (rc);
}

static enum dro_code
refuse_cname(
    const struct dro_zf_view *view, const char *name, struct dro_err *err)
{
	if (view->cname[0] == '\0')
		return (DRO_OK);
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s: is a CNAME to %s; its records belong to that name", name,
	    view->cname));
}

static enum dro_code
zonefile_read(void *ctx, const struct dro_zone *zone,
    const struct dro_rrkey *key, struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err)
{
	struct zone_text text;
	enum dro_code rc;

	dro_rrset_init(out, key->name, key->type);
	if (key->type != DRO_RR_TXT && key->type != DRO_RR_MX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: only TXT and MX are read", key->name,
		    dro_rrtype_name(key->type)));
	rc = load(ctx, zone, key->name, key->type, arena, &text, err);
	if (rc == DRO_OK)
		rc = refuse_cname(&text.view, key->name, err);
	if (rc == DRO_OK)
		*out = text.view.rrset;
	unload(&text);
	return (rc);
}

/* ${word} with every {zone} replaced. */
static char *
fill_in(const char *word, const char *zone, struct dro_arena *arena)
{
	static const char mark[] = "{zone}";
	char *out = dro_arena_strdup(arena, "");
	const char *at;

	while (out != NULL && (at = strstr(word, mark)) != NULL) {
		out = dro_arena_printf(
		    arena, "%s%.*s%s", out, (int)(at - word), word, zone);
		word = at + strlen(mark);
	}
	return (
	    out == NULL ? NULL : dro_arena_printf(arena, "%s%s", out, word));
}

/* Make ${err} say that the file has changed and what follows has not. */
static enum dro_code
unknown(const struct dro_zone *zone, const char *what, struct dro_err *err)
{
	dro_err_context(err, "%s: %s", zone->id, what);
	if (err != NULL)
		err->code = DRO_ETIMEOUT;
	return (DRO_ETIMEOUT);
}

/* Run the reload command for ${zone}. */
static enum dro_code
run_reload(const struct account *account, const struct dro_zone *zone,
    struct dro_arena *arena, struct dro_err *err)
{
	const char *argv[RELOAD_WORDS_MAX + 1] = {NULL};
	size_t i;

	for (i = 0; i < account->reload->n; i++) {
		argv[i] =
		    fill_in(account->reload->values[i], zone->name, arena);
		if (argv[i] == NULL)
			return (dro_err_nomem(err));
	}
	return (dro_host_run(account->host, argv, RELOAD_TIMEOUT_S, err));
}

/*
 * Tell the server.  The file is in place by now, so that a failure leaves
 * unknown what is served.
 */
static enum dro_code
reload(const struct account *account, const struct dro_zone *zone,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_code rc;

	if (account->reload == NULL)
		return (DRO_OK);
	rc = run_reload(account, zone, arena, err);
	if (rc == DRO_OK || dro_host_read_only(account->host))
		return (rc);
	return (unknown(zone, "written, but the reload failed", err));
}

/* DRO_ECONFLICT unless the file still is ${text}. */
static enum dro_code
unchanged(const struct account *account, const struct dro_zone *zone,
    const struct dro_buf *text, struct dro_err *err)
{
	struct dro_buf now;
	enum dro_code rc;

	dro_buf_init(&now, DRO_ZF_MAX);
	rc = dro_host_file_read(account->host, zone->id, DRO_ZF_MAX, &now, err);
	if (rc == DRO_OK &&
	    (now.len != text->len ||
		(now.len > 0 && memcmp(now.ptr, text->ptr, now.len) != 0)))
		rc = dro_err_set(err, DRO_ECONFLICT,
		    "%s: somebody else writes this file at the same time",
		    zone->id);
	dro_buf_finish(&now);
	return (rc);
}

/* Splice and prove; ${out} is the new file. */
static enum dro_code
make(const struct zone_text *old, const struct dro_zone *zone,
    const struct dro_rrset *wanted, struct dro_arena *arena,
    struct dro_buf *out, struct dro_err *err)
{
	struct dro_zf_view view = {.n = 0};
	enum dro_code rc;

	if (old->view.is_signed)
		rc = dro_err_set(err, DRO_EINVAL,
		    "the file holds signatures (RRSIG or ZONEMD); give the "
		    "unsigned file, and let the server sign it");
	else
		rc = dro_zf_splice(
		    old->text.ptr, old->text.len, &old->view, wanted, out, err);
	if (rc == DRO_OK)
		rc = dro_zf_view_init(&view, out->ptr, out->len, zone->name,
		    wanted->name, wanted->type, arena, err);
	if (rc == DRO_OK)
		rc = dro_zf_prove(&old->view, &view, wanted, err);
	dro_zf_view_finish(&view);
	if (rc != DRO_OK)
		dro_err_context(err, "refused: %s", zone->id);
	return (rc);
}

/* Put the new text in place and see that it is there. */
static enum dro_code
write_text(const struct account *account, const struct dro_zone *zone,
    const struct dro_buf *old, const struct dro_buf *new, struct dro_err *err)
{
	enum dro_code rc;

	if ((rc = unchanged(account, zone, old, err)) != DRO_OK)
		return (rc);
	rc = dro_host_file_replace(
	    account->host, zone->id, new->ptr, new->len, err);
	if (rc != DRO_OK)
		return (rc);
	if ((rc = unchanged(account, zone, new, err)) != DRO_OK)
		rc = unknown(zone, "written, but not there afterwards", err);
	return (rc);
}

/* DRO_ECONFLICT that shows the first live value. */
static enum dro_code
conflict(const struct dro_rrset *live, struct dro_err *err)
{
	if (live->n == 0)
		return (dro_err_set(err, DRO_ECONFLICT,
		    "%s %s: gone, somebody removed it", live->name,
		    dro_rrtype_name(live->type)));
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s %s: somebody changed it, now %zu values, the first \"%.*s\"",
	    live->name, dro_rrtype_name(live->type), live->n,
	    (int)(live->values[0].len < 300 ? live->values[0].len : 300),
	    live->values[0].ptr));
}

/* apply, with the file read. */
static enum dro_code
change_text(const struct account *account, const struct dro_zone *zone,
    const struct zone_text *old, const struct dro_rrset *expected,
    const struct dro_rrset *wanted, struct dro_arena *arena,
    struct dro_receipt *receipt, struct dro_err *err)
{
	const struct dro_rrset *live = &old->view.rrset;
	struct dro_buf new;
	enum dro_code rc;

	rc = refuse_cname(&old->view, wanted->name, err);
	if (rc != DRO_OK)
		return (rc);
	if (dro_rrset_same_values(live, wanted)) {
		receipt->noop = true;
		receipt->ttl_s = live->ttl_s;
		/* The last reload may be what failed. */
		return (reload(account, zone, arena, err));
	}
	if (!dro_rrset_same_values(live, expected))
		return (conflict(live, err));
	dro_buf_init(&new, DRO_ZF_MAX);
	rc = make(old, zone, wanted, arena, &new, err);
	if (rc == DRO_OK)
		rc = write_text(account, zone, &old->text, &new, err);
	dro_buf_finish(&new);
	if (rc != DRO_OK)
		return (rc);
	receipt->ttl_s = wanted->n == 0 ? 0 : wanted->ttl_s;
	(void)snprintf(receipt->note, sizeof(receipt->note), "serial %u -> %u",
	    old->view.serial, dro_zf_serial_next(old->view.serial));
	return (reload(account, zone, arena, err));
}

static enum dro_code
zonefile_apply(void *ctx, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_receipt *receipt,
    struct dro_err *err)
{
	struct dro_rrset expected, wanted;
	struct dro_arena *arena;
	struct zone_text old;
	enum dro_code rc;

	memset(receipt, 0, sizeof(*receipt));
	if (n != 1)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: one record set at a time, not %zu", zone->name, n));
	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	memset(&old, 0, sizeof(old));
	rc = dro_zf_normal(changes[0].wanted, arena, &wanted, err);
	if (rc == DRO_OK)
		rc = dro_zf_normal(changes[0].expected, arena, &expected, err);
	if (rc == DRO_OK)
		rc =
		    load(ctx, zone, wanted.name, wanted.type, arena, &old, err);
	if (rc == DRO_OK)
		rc = change_text(
		    ctx, zone, &old, &expected, &wanted, arena, receipt, err);
	unload(&old);
	dro_arena_destroy(arena);
	return (rc);
}

static enum dro_code
zonefile_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	struct dro_arena *arena;
	struct dro_rrset normal;
	enum dro_code rc;

	(void)ctx;
	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	rc = dro_zf_normal(wanted, arena, &normal, err);
	dro_arena_destroy(arena);
	return (rc);
}

const struct dro_provider dro_provider_zonefile = {
    .name = "zonefile",
    .caps = DRO_CAP_NULL_MX,
    .calls = 1, /* a zone's reload is a command: one at a time */
    .opts = options,
    .open = zonefile_open,
    .check = zonefile_check,
    .zone = zonefile_zone,
    .read = zonefile_read,
    .apply = zonefile_apply,
    .settle = NULL,
    .explain = zonefile_explain,
    .close = zonefile_close,
};
