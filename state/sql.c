#include <errno.h>
#include <string.h>

#include "internal.h"

enum dro_code
dro_errno_code(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EPERM:
	case EROFS:
		return (DRO_EAUTH);
	case ENOMEM:
		return (DRO_ENOMEM);
	default:
		return (DRO_EIO);
	}
}

enum dro_code
dro_sql_fail(const struct dro_store *store, int rc, struct dro_err *err)
{
	const char *why =
	    store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(rc);
	enum dro_code code = DRO_ESTATE;
	const char *fix = "restore a backup";

	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return (dro_err_nomem(err));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		code = DRO_ECONFLICT;
		fix = "another program holds it; try again when it has ended";
		break;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		code = DRO_EAUTH;
		fix = "run as its owner, on a file system that can be written";
		break;
	case SQLITE_CANTOPEN:
		code = dro_errno_code(sqlite3_system_errno(store->db));
		fix = "check its permissions and those of its directory";
		break;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		code = DRO_EIO;
		fix = "check the disk";
		break;
	case SQLITE_TOOBIG:
		code = DRO_ELIMIT;
		fix = "a value is too long to be kept";
		break;
	case SQLITE_CONSTRAINT:
		code = DRO_EINVAL;
		fix = "the database refused a value";
		break;
	default:
		break;
	}
	return (dro_err_set(err, code, "%s: %s; %s", store->path, why, fix));
}

/* A free statement for ${sql} from the cache, or NULL. */
static struct dro_cached *
cached(struct dro_store *store, const char *sql)
{
	size_t i;

	for (i = 0; i < store->n_cached; i++)
		if (store->cached[i].sql == sql)
			return (
			    store->cached[i].in_use ? NULL : &store->cached[i]);
	return (NULL);
}

void
dro_sql_prepare(struct dro_sql *q, struct dro_store *store, const char *sql)
{
	unsigned flags = 0;
	size_t i;

	memset(q, 0, sizeof(*q));
	q->store = store;
	if ((q->slot = cached(store, sql)) != NULL) {
		q->stmt = q->slot->stmt;
		q->slot->in_use = true;
		return;
	}
	for (i = 0; i < store->n_cached && store->cached[i].sql != sql; i++)
		;
	if (i == store->n_cached && i < DRO_SQL_CACHE)
		flags = SQLITE_PREPARE_PERSISTENT;
	q->rc = sqlite3_prepare_v3(store->db, sql, -1, flags, &q->stmt, NULL);
	if (q->rc != SQLITE_OK || flags == 0)
		return;
	q->slot = &store->cached[store->n_cached++];
	*q->slot = (struct dro_cached){sql, q->stmt, true};
}

void
dro_sql_close(struct dro_sql *q)
{
	if (q->slot != NULL) {
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
		q->slot->in_use = false;
	} else
		(void)sqlite3_finalize(q->stmt);
	q->slot = NULL;
	q->stmt = NULL;
}

void
dro_sql_int(struct dro_sql *q, int64_t value)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt, ++q->bound, value);
}

void
dro_sql_text(struct dro_sql *q, const char *text)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text(
		    q->stmt, ++q->bound, text, -1, SQLITE_STATIC);
}

void
dro_sql_blob(struct dro_sql *q, const void *ptr, size_t len)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_blob64(
		    q->stmt, ++q->bound, ptr, len, SQLITE_STATIC);
}

enum dro_code
dro_sql_next(struct dro_sql *q, bool *row, struct dro_err *err)
{
	*row = false;
	if (q->rc == SQLITE_OK) {
		q->rc = sqlite3_step(q->stmt);
		*row = q->rc == SQLITE_ROW;
		if (q->rc == SQLITE_ROW || q->rc == SQLITE_DONE) {
			q->rc = SQLITE_OK;
			return (DRO_OK);
		}
	}
	return (dro_sql_fail(q->store, q->rc, err));
}

enum dro_code
dro_sql_run(struct dro_sql *q, struct dro_err *err)
{
	enum dro_code code;
	bool row;

	code = dro_sql_next(q, &row, err);
	dro_sql_close(q);
	return (code);
}

void
dro_sql_try(struct dro_sql *q)
{
	if (q->rc == SQLITE_OK)
		(void)sqlite3_step(q->stmt);
	dro_sql_close(q);
}

enum dro_code
dro_sql_one(struct dro_sql *q, int64_t *value, struct dro_err *err)
{
	enum dro_code code;
	bool row;

	code = dro_sql_next(q, &row, err);
	if (row)
		*value = dro_sql_get_int(q, 0);
	dro_sql_close(q);
	return (code);
}

const char *
dro_sql_get(const struct dro_sql *q, int column)
{
	return ((const char *)sqlite3_column_text(q->stmt, column));
}

int64_t
dro_sql_get_int(const struct dro_sql *q, int column)
{
	return (sqlite3_column_int64(q->stmt, column));
}

enum dro_code
dro_sql_copy(const struct dro_sql *q, int column, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	const char *text;

	*out = NULL;
	if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return (DRO_OK);
	if ((text = dro_sql_get(q, column)) == NULL ||
	    (*out = dro_arena_strdup(arena, text)) == NULL)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

enum dro_code
dro_sql_rrset(const struct dro_sql *q, int column, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	const void *ptr = sqlite3_column_blob(q->stmt, column);
	int len = sqlite3_column_bytes(q->stmt, column);

	return (dro_rrset_decode(ptr, (size_t)len, arena, out, err));
}

void *
dro_sql_list(struct dro_sql *q, size_t size, dro_sql_read *read,
    struct dro_arena *arena, size_t *n, enum dro_code *code,
    struct dro_err *err)
{
	char *items = NULL, *more;
	size_t cap = 0;
	bool row;

	*n = 0;
	while ((*code = dro_sql_next(q, &row, err)) == DRO_OK && row) {
		if (*n == cap) {
			cap = cap == 0 ? 4 : 2 * cap;
			more = dro_arena_alloc(arena, cap, size);
			if (more != NULL && *n > 0)
				memcpy(more, items, *n * size);
			items = more;
		}
		if (items == NULL)
			*code = dro_err_nomem(err);
		else
			*code = read(q, arena, items + *n * size, err);
		if (*code != DRO_OK)
			break;
		++*n;
	}
	dro_sql_close(q);
	return (*code == DRO_OK ? items : NULL);
}
