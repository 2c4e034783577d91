#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

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

/* fsync a file or directory by name. */
static enum dro_code
sync_path(const char *path, int flags, struct dro_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	int bad = fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0)
		(void)close(fd);
	if (bad != 0)
		return (dro_err_set(err, dro_errno_code(bad), "%s: fsync: %s",
		    path, strerror(bad)));
	return (DRO_OK);
}

static enum dro_code
sync_directory_of(const char *path, struct dro_err *err)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	return (sync_path(dir, O_DIRECTORY, err));
}

/* What an interrupted creation left behind; we hold the lock. */
static void
remove_half_made(const char *path)
{
	static const char *const tails[] = {"", "-journal", "-wal", "-shm"};
	char name[PATH_MAX + 32];
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(tails); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		(void)unlink(name);
	}
}

/* Make the schema in ${path}, a file of our own; others may not read it. */
static enum dro_code
make_schema(struct dro_store *store, const char *path, struct dro_err *err)
{
	enum dro_code code;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s", path,
		    strerror(errno)));
	(void)close(fd);
	code = dro_store_connect(store, path, SQLITE_OPEN_READWRITE, err);
	if (code == DRO_OK)
		code = dro_store_durable(store, err);
	if (code == DRO_OK)
		code = dro_schema_migrate(store, 0, err);
	dro_store_disconnect(store);
	return (code == DRO_OK ? sync_path(path, 0, err) : code);
}

/*
 * A database appears under its name complete or not at all: a crash while it
 * is made leaves nothing that the next run could take for an empty one.
 */
static enum dro_code
create(struct dro_store *store, struct dro_err *err)
{
	char temp[PATH_MAX + 8], log[PATH_MAX + 8];
	enum dro_code code;
	struct stat sb;

	/* SQLite would replay a log left behind into the new database. */
	(void)snprintf(log, sizeof(log), "%s-wal", store->path);
	if (stat(log, &sb) == 0 && sb.st_size > 0)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: a log without its database; put the database back, "
		    "or remove the log to start anew",
		    log));
	(void)snprintf(temp, sizeof(temp), "%s.new", store->path);
	remove_half_made(temp);
	if ((code = make_schema(store, temp, err)) == DRO_OK &&
	    rename(temp, store->path) != 0)
		code = dro_err_set(err, dro_errno_code(errno), "%s: %s",
		    store->path, strerror(errno));
	remove_half_made(temp);
	return (code == DRO_OK ? sync_directory_of(store->path, err) : code);
}

/* Publishing on top of a damaged journal is worse than not publishing. */
static enum dro_code
check_whole(struct dro_store *store, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	const char *found;
	bool row;

	dro_sql_open(&q, store, "PRAGMA quick_check(1)");
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && row && (found = dro_sql_get(&q, 0)) != NULL &&
	    strcmp(found, "ok") != 0)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: damaged: %.200s; restore a backup", store->path,
		    found);
	dro_sql_close(&q);
	return (code);
}

/* Connect to write; nothing is changed before we know that it is ours. */
static enum dro_code
open_whole(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;
	int64_t version;
	int on = 1, rc;

	if ((code = dro_store_check_file(store->path, err)) != DRO_OK ||
	    (code = dro_store_connect(
		 store, store->path, SQLITE_OPEN_READWRITE, err)) != DRO_OK ||
	    (code = dro_schema_check(store, &version, err)) != DRO_OK ||
	    (code = dro_store_check_length(store, err)) != DRO_OK)
		return (code);
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return (dro_sql_fail(store, SQLITE_READONLY, err));
	/* Whoever may only read can then do so between two runs. */
	rc = sqlite3_file_control(
	    store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (rc != SQLITE_OK)
		return (dro_sql_fail(store, rc, err));
	if ((code = dro_store_durable(store, err)) != DRO_OK ||
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
	    (code = create(store, err)) != DRO_OK)
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
	if (store->fence != 0)
		dro_lease_release(store);
	dro_store_disconnect(store);
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	free(store);
}
