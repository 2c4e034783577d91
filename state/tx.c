#include "internal.h"
#include "reports.h"

/*
 * A run that slept for hours while another one took over must not write:
 * the number of the lease is compared within the transaction itself.
 */
static enum dro_code
check_fence(struct dro_store *store, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	int64_t fence = 0;

	if (store->fence == 0)
		return (DRO_OK); /* about to take the lease */
	dro_sql_open(&q, store, "SELECT fence FROM lease WHERE held = 1");
	if ((code = dro_sql_one(&q, &fence, err)) != DRO_OK)
		return (code);
	if (fence != store->fence)
		return (dro_err_set(err, DRO_ECONFLICT,
		    "%s: run %lld took over from this run (%lld); "
		    "nothing more is written",
		    store->path, (long long)fence, (long long)store->fence));
	return (DRO_OK);
}

static void
rollback(struct dro_store *store)
{
	struct dro_sql q;

	dro_names_forget(store);
	/* Severe errors make SQLite roll back by itself. */
	if (sqlite3_get_autocommit(store->db))
		return;
	dro_sql_open(&q, store, "ROLLBACK");
	dro_sql_try(&q);
}

enum dro_code
dro_tx_begin(struct dro_store *store, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;

	if ((store->in_batch || store->lost.code != DRO_OK) &&
	    (code = dro_reports_flush(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "BEGIN IMMEDIATE");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	if ((code = check_fence(store, err)) != DRO_OK)
		rollback(store);
	return (code);
}

enum dro_code
dro_tx_end(struct dro_store *store, enum dro_code code, struct dro_err *err)
{
	struct dro_sql q;

	if (code == DRO_OK) {
		dro_sql_open(&q, store, "COMMIT");
		code = dro_sql_run(&q, err);
	}
	if (code != DRO_OK)
		rollback(store);
	return (code);
}
