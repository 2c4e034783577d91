#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inputs.h"
#include "internal.h"

/* Copies of database and archive, by SQLite's own means. */

/* Behind the path of a copy: ".new" and what SQLite adds. */
#define NAME_ROOM 16

static enum dro_code
check_free(const char *path, struct dro_err *err)
{
	struct stat sb;

	if (lstat(path, &sb) == 0)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: is there already; a backup overwrites nothing: name "
		    "another file",
		    path));
	if (errno == ENOENT)
		return (DRO_OK);
	return (dro_err_set(err, dro_errno_code(errno),
	    "%s: %s; a backup needs a directory that can be written", path,
	    strerror(errno)));
}

/* All pages of ${store}, as the moment that it sees has them. */
static enum dro_code
copy_pages(struct dro_store *store, struct dro_store *copy, struct dro_err *err)
{
	sqlite3_backup *b;
	int rc;

	b = sqlite3_backup_init(copy->db, "main", store->db, "main");
	if (b == NULL)
		return (dro_sql_fail(copy, sqlite3_errcode(copy->db), err));
	(void)sqlite3_backup_step(b, -1);
	if ((rc = sqlite3_backup_finish(b)) != SQLITE_OK)
		return (dro_sql_fail(copy, rc, err));
	return (DRO_OK);
}

/* Nobody wants to learn at the restore that a backup is damaged. */
static enum dro_code
check_copy(
    const struct dro_store *from, struct dro_store *copy, struct dro_err *err)
{
	enum dro_code code;
	const char *found;
	struct dro_sql q;
	int64_t version;
	bool row;

	if ((code = dro_schema_check(copy, &version, err)) != DRO_OK ||
	    (code = dro_store_check_length(copy, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, copy, "PRAGMA integrity_check(1)");
	code = dro_sql_next(&q, &row, err);
	if (row && (found = dro_sql_get(&q, 0)) != NULL &&
	    strcmp(found, "ok") != 0)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: damaged, and so would be its copy: %.200s; restore a "
		    "backup",
		    from->path, found);
	dro_sql_close(&q);
	return (code);
}

/* Of the two files one: what it is copied from, and where it goes. */
struct target {
	struct dro_store *from;
	char path[PATH_MAX], temp[PATH_MAX];
	int64_t octets;
};

static enum dro_code
fill(struct target *t, struct dro_store *copy, struct dro_err *err)
{
	enum dro_code code;

	if ((code = dro_dbfile_new(copy->path, err)) != DRO_OK)
		return (code);
	code = dro_store_connect(copy, copy->path, SQLITE_OPEN_READWRITE, err);
	if (code == DRO_OK)
		code = copy_pages(t->from, copy, err);
	dro_store_disconnect(copy);
	if (code == DRO_OK)
		code = dro_store_connect(
		    copy, copy->path, SQLITE_OPEN_READONLY, err);
	if (code == DRO_OK)
		code = check_copy(t->from, copy, err);
	return (code);
}

/* A checked and durable copy under its temporary name. */
static enum dro_code
make_copy(struct target *t, struct dro_err *err)
{
	struct dro_store *copy = calloc(1, sizeof(*copy));
	enum dro_code code;
	struct stat sb;

	if (copy == NULL)
		return (dro_err_nomem(err));
	copy->lock_fd = -1;
	copy->schema = t->from->schema;
	memcpy(copy->path, t->temp, sizeof(copy->path));
	code = fill(t, copy, err);
	dro_store_disconnect(copy);
	free(copy);
	if (code != DRO_OK)
		return (code);
	if (stat(t->temp, &sb) != 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s",
		    t->temp, strerror(errno)));
	t->octets = (int64_t)sb.st_size;
	return (dro_dbfile_sync(t->temp, 0, err));
}

/* Give the copy its name, unless somebody took that meanwhile. */
static enum dro_code
put_there(const struct target *t, struct dro_err *err)
{
	if (link(t->temp, t->path) == 0)
		return (dro_dbfile_sync_directory(t->path, err));
	return (dro_err_set(err,
	    errno == EEXIST ? DRO_EINVAL : dro_errno_code(errno), "%s: %s",
	    t->path, strerror(errno)));
}

static enum dro_code
name_target(
    struct target *t, const char *path, const char *tail, struct dro_err *err)
{
	/* The directory is synced by name, so there must be one. */
	const char *here = strchr(path, '/') == NULL ? "./" : "";

	t->from = NULL;
	t->octets = 0;
	if (snprintf(t->path, sizeof(t->path), "%s%s%s", here, path, tail) +
		NAME_ROOM >=
	    PATH_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%.200s: longer than a path may be", path));
	(void)snprintf(
	    t->temp, sizeof(t->temp), "%.*s.new", PATH_MAX - 5, t->path);
	return (check_free(t->path, err));
}

static enum dro_code
make_both(struct target *main, struct target *archive, struct dro_err *err)
{
	enum dro_code code;

	/* The archive later: it then has all that the reports refer to. */
	if ((code = make_copy(main, err)) != DRO_OK ||
	    (code = dro_archive_open(main->from, false, &archive->from, err)) !=
		DRO_OK)
		return (code);
	if (archive->from != NULL &&
	    ((code = make_copy(archive, err)) != DRO_OK ||
		(code = put_there(archive, err)) != DRO_OK))
		return (code);
	/* Where the database is, the backup is whole. */
	code = put_there(main, err);
	if (code != DRO_OK && archive->from != NULL)
		(void)unlink(archive->path);
	return (code);
}

enum dro_code
dro_db_backup(struct dro_store *store, const char *path, struct dro_backup *out,
    struct dro_err *err)
{
	struct target main, archive;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = name_target(&main, path, "", err)) != DRO_OK ||
	    (code = name_target(&archive, path, DRO_ARCHIVE, err)) != DRO_OK)
		return (code);
	main.from = store;
	code = make_both(&main, &archive, err);
	dro_dbfile_remove(main.temp);
	dro_dbfile_remove(archive.temp);
	out->database = main.octets;
	out->archive = archive.octets;
	return (code);
}
