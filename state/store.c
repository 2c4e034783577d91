#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* A database up to here is looked through: a tenth of a second. */
#define CHECKED_WHOLE_MAX ((off_t)64 << 20)

/* Resolve the directory of ${path}, whose last part may not exist. */
static enum dro_code
resolve_new(const char *path, enum dro_code missing, char out[PATH_MAX],
    struct dro_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char dir[PATH_MAX], real[PATH_MAX];
	int n;

	if (slash == NULL)
		n = snprintf(dir, sizeof(dir), ".");
	else
		n = snprintf(
		    dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	if (n < 0 || (size_t)n >= sizeof(dir) || *base == '\0')
		return (dro_err_set(err, DRO_EINVAL,
		    "\"%.200s\": no name for a database file", path));
	if (realpath(dir, real) == NULL)
		return (dro_err_set(err,
		    errno == ENOENT ? missing : dro_errno_code(errno),
		    "%s: directory: %s; create it, or name another database",
		    dir, strerror(errno)));
	n = snprintf(
	    out, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, base);
	if (n < 0 || n >= PATH_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%.200s: longer than a path may be", path));
	return (DRO_OK);
}

/*
 * Two names of one file must meet at one lock, so links are followed first.
 * ${exists} tells if there is a file; ${missing} is what it is called when
 * there is no directory for one.
 */
static enum dro_code
resolve(const char *path, enum dro_code missing, char out[PATH_MAX],
    bool *exists, struct dro_err *err)
{
	*exists = realpath(path, out) != NULL;
	if (*exists)
		return (DRO_OK);
	if (errno != ENOENT)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s", path,
		    strerror(errno)));
	return (resolve_new(path, missing, out, err));
}

static enum dro_code
check(struct dro_store *store, const char *sql, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	const char *found;
	bool row;

	dro_sql_prepare(&q, store, sql);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && row && (found = dro_sql_get(&q, 0)) != NULL &&
	    strcmp(found, "ok") != 0)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: damaged: %.200s; restore a backup", store->path,
		    found);
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_store_check(struct dro_store *store, struct dro_err *err)
{
	return (check(store, "PRAGMA quick_check(1)", err));
}

/*
 * Publishing on top of a damaged journal is worse than not publishing.  A
 * large database is not looked through: every run would cost more with every
 * report.  `db backup` does that.
 */
static enum dro_code
check_whole(struct dro_store *store, struct dro_err *err)
{
	static const char *const tables[] = {"PRAGMA quick_check('meta')",
	    "PRAGMA quick_check('run')", "PRAGMA quick_check('lease')",
	    "PRAGMA quick_check('domain')", "PRAGMA quick_check('sight')",
	    "PRAGMA quick_check('op')", "PRAGMA quick_check('setback')",
	    "PRAGMA quick_check('approval')", "PRAGMA quick_check('event')"};
	enum dro_code code = DRO_OK;
	struct stat sb;
	size_t i;

	if (stat(store->path, &sb) != 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s",
		    store->path, strerror(errno)));
	if (sb.st_size <= CHECKED_WHOLE_MAX)
		return (check(store, "PRAGMA quick_check(1)", err));
	for (i = 0; i < DRO_ARRAY_LEN(tables) && code == DRO_OK; i++)
		code = check(store, tables[i], err);
	return (code);
}

/* Connect to write; nothing is changed before we know that it is ours. */
static enum dro_code
open_whole(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;
	int64_t version;

	if ((code = dro_dbfile_open(store, &version, err)) != DRO_OK ||
	    (code = check_whole(store, err)) != DRO_OK)
		return (code);
	return (dro_schema_migrate(store, version, err));
}

static enum dro_code
open_write(struct dro_store *store, const struct dro_writer *writer,
    struct dro_err *err)
{
	enum dro_code code;
	struct stat sb;

	if ((code = dro_lock_take(store, err)) != DRO_OK)
		return (code);
	/* Asked again: another run may have made it before we had the lock. */
	if (stat(store->path, &sb) != 0 && errno == ENOENT &&
	    (code = dro_dbfile_make(store, err)) != DRO_OK)
		return (code);
	if ((code = open_whole(store, err)) != DRO_OK)
		return (code);
	return (dro_lease_take(store, writer, err));
}

enum dro_code
dro_store_open(const char *path, enum dro_store_mode mode,
    const struct dro_writer *writer, struct dro_store **out,
    struct dro_err *err)
{
	struct dro_store *store;
	enum dro_code code;
	bool exists;

	*out = NULL;
	if ((store = calloc(1, sizeof(*store))) == NULL)
		return (dro_err_nomem(err));
	store->lock_fd = -1;
	store->schema = &dro_schema_main;
	code = resolve(path, mode == DRO_STORE_READ ? DRO_ENOTFOUND : DRO_EIO,
	    store->path, &exists, err);
	if (code != DRO_OK)
		goto out;
	if (mode == DRO_STORE_WRITE)
		code = open_write(store, writer, err);
	else if (exists)
		code = dro_store_read(store, err);
	else
		code = dro_err_set(err, DRO_ENOTFOUND,
		    "%s: no database yet; ingest or advance makes it", path);
	if (code != DRO_OK)
		goto out;
	*out = store;
	store = NULL;
out:
	dro_store_close(store);
	return (code);
}

void
dro_store_close(struct dro_store *store)
{
	if (store == NULL)
		return;
	dro_archive_close(store);
	if (store->fence != 0)
		dro_lease_release(store);
	dro_store_disconnect(store);
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	free(store);
}
