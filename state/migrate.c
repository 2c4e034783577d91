#include "internal.h"

/* What version 2 needs no more, once dro_cells_move has read it. */
#define LINES_MOVE_IN 2
static const char *const moved[] = {
    "DROP TABLE cell", "DROP TABLE stream", NULL};

enum dro_code
dro_schema_check(struct dro_store *store, int64_t *version, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	int64_t id = 0;

	*version = 0;
	dro_sql_open(&q, store, "PRAGMA application_id");
	if ((code = dro_sql_one(&q, &id, err)) != DRO_OK)
		return (code);
	if (id != store->schema->application_id)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: not a database of this program: application id %lld, "
		    "not %lld; name another file",
		    store->path, (long long)id,
		    (long long)store->schema->application_id));
	dro_sql_open(&q, store, "PRAGMA user_version");
	if ((code = dro_sql_one(&q, version, err)) != DRO_OK)
		return (code);
	if (*version < 0 || *version > store->schema->version)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: schema %lld is newer than this program, which knows "
		    "%lld; use the newer program",
		    store->path, (long long)*version,
		    (long long)store->schema->version));
	return (DRO_OK);
}

/* Not by dro_sql_open: these run once and need no place in the cache. */
static enum dro_code
run_script(
    struct dro_store *store, const char *const *script, struct dro_err *err)
{
	sqlite3_stmt *stmt;
	int rc = SQLITE_OK;

	for (; rc == SQLITE_OK && *script != NULL; script++) {
		rc = sqlite3_prepare_v3(store->db, *script, -1, 0, &stmt, NULL);
		if (rc != SQLITE_OK)
			break;
		(void)sqlite3_step(stmt);
		rc = sqlite3_finalize(stmt);
	}
	return (rc == SQLITE_OK ? DRO_OK : dro_sql_fail(store, rc, err));
}

enum dro_code
dro_schema_migrate(
    struct dro_store *store, int64_t version, struct dro_err *err)
{
	const struct dro_schema *schema = store->schema;
	enum dro_code code;

	if (version == schema->version)
		return (DRO_OK);
	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	for (; code == DRO_OK && version < schema->version; version++) {
		code = run_script(store, schema->migrations[version], err);
		if (code != DRO_OK || schema != &dro_schema_main ||
		    version + 1 != LINES_MOVE_IN)
			continue;
		if ((code = dro_cells_move(store, err)) == DRO_OK)
			code = run_script(store, moved, err);
	}
	return (dro_tx_end(store, code, err));
}
