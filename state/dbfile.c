#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/*
 * Files of ours appear under their name complete or not at all: a crash
 * while one is made leaves nothing that could be taken for an empty one.
 */

enum dro_code
dro_dbfile_sync(const char *path, int flags, struct dro_err *err)
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

enum dro_code
dro_dbfile_sync_directory(const char *path, struct dro_err *err)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + 1, path);
	return (dro_dbfile_sync(dir, O_DIRECTORY, err));
}

void
dro_dbfile_remove(const char *path)
{
	static const char *const tails[] = {"", "-journal", "-wal", "-shm"};
	char name[PATH_MAX + 32];
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(tails); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, tails[i]);
		(void)unlink(name);
	}
}

enum dro_code
dro_dbfile_new(const char *path, struct dro_err *err)
{
	int fd;

	dro_dbfile_remove(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s", path,
		    strerror(errno)));
	(void)close(fd);
	return (DRO_OK);
}

/* Make the schema in ${path}, a file of our own; others may not read it. */
static enum dro_code
make_schema(struct dro_store *store, const char *path, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_dbfile_new(path, err)) != DRO_OK)
		return (code);
	code = dro_store_connect(store, path, SQLITE_OPEN_READWRITE, err);
	if (code == DRO_OK) {
		dro_sql_prepare(&q, store, store->schema->page_size);
		code = dro_sql_run(&q, err);
	}
	if (code == DRO_OK) {
		/* So that room can be given back (shrink.c). */
		dro_sql_open(&q, store, "PRAGMA auto_vacuum = INCREMENTAL");
		code = dro_sql_run(&q, err);
	}
	if (code == DRO_OK)
		code = dro_store_durable(store, err);
	if (code == DRO_OK)
		code = dro_schema_migrate(store, 0, err);
	dro_store_disconnect(store);
	return (code == DRO_OK ? dro_dbfile_sync(path, 0, err) : code);
}

enum dro_code
dro_dbfile_make(struct dro_store *store, struct dro_err *err)
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
	if ((code = make_schema(store, temp, err)) == DRO_OK &&
	    rename(temp, store->path) != 0)
		code = dro_err_set(err, dro_errno_code(errno), "%s: %s",
		    store->path, strerror(errno));
	dro_dbfile_remove(temp);
	return (code == DRO_OK ? dro_dbfile_sync_directory(store->path, err)
			       : code);
}

enum dro_code
dro_dbfile_open(struct dro_store *store, int64_t *version, struct dro_err *err)
{
	enum dro_code code;
	int on = 1, rc;

	if ((code = dro_store_check_file(store->path, err)) != DRO_OK ||
	    (code = dro_store_connect(
		 store, store->path, SQLITE_OPEN_READWRITE, err)) != DRO_OK ||
	    (code = dro_schema_check(store, version, err)) != DRO_OK ||
	    (code = dro_store_check_length(store, err)) != DRO_OK)
		return (code);
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return (dro_sql_fail(store, SQLITE_READONLY, err));
	/* Whoever may only read can then do so between two runs. */
	rc = sqlite3_file_control(
	    store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (rc != SQLITE_OK)
		return (dro_sql_fail(store, rc, err));
	return (dro_store_durable(store, err));
}

void
dro_dbfile_settle(struct dro_store *store)
{
	/* An empty log: the file alone is then a whole backup. */
	(void)sqlite3_wal_checkpoint_v2(
	    store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
