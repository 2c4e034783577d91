#include <string.h>

#include "base/date.h"

#include "inputs.h"
#include "internal.h"

/*
 * Old reports, originals and addresses go, oldest first, in commits of
 * bounded size: an interruption loses nothing, and no log grows large.  What
 * is due is found by index or by row number, which follows time.
 */

#define ROWS_PER_COMMIT 64
#define OCTETS_PER_COMMIT ((size_t)8 << 20)

/* Of this moment or earlier is too old; INT64_MIN: nothing is. */
static int64_t
limit_of(int days, int64_t now)
{
	int64_t limit;

	if (days == DRO_FOREVER ||
	    dro_add_overflow(now, -days * DRO_DAY_S, &limit))
		return (INT64_MIN);
	return (limit);
}

/* ---- addresses */

/* Cut those of the oldest report that has whole ones; ${id} 0: none is due. */
static enum dro_code
cut_oldest(struct dro_store *store, int64_t limit, struct dro_buf *cells,
    int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store,
	    "SELECT id FROM report INDEXED BY report_age"
	    " WHERE exact = 1 AND min(end_at, stored_at) <= ?"
	    " ORDER BY min(end_at, stored_at) LIMIT 1");
	dro_sql_int(&q, limit);
	code = dro_sql_one(&q, id, err);
	return (code == DRO_OK && *id != 0
		? dro_report_cut(store, *id, cells, err)
		: code);
}

/* What DNS said about whole addresses goes with them. */
static enum dro_code
forget_names(struct dro_store *store, int64_t limit, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store, "DELETE FROM reverse WHERE at <= ?");
	dro_sql_int(&q, limit);
	return (dro_sql_run(&q, err));
}

static enum dro_code
cut_some(struct dro_store *store, int64_t limit, int64_t max, int64_t *n,
    struct dro_err *err)
{
	struct dro_buf cells;
	enum dro_code code;
	size_t octets = 0;
	int64_t id;

	*n = 0;
	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	dro_buf_init(&cells, DRO_CELLS_MAX);
	code = forget_names(store, limit, err);
	while (code == DRO_OK && *n < max && octets < OCTETS_PER_COMMIT) {
		code = cut_oldest(store, limit, &cells, &id, err);
		if (code != DRO_OK || id == 0)
			break;
		octets += cells.len;
		(*n)++;
	}
	dro_buf_finish(&cells);
	return (dro_tx_end(store, code, err));
}

/* ---- originals, reports and inputs: rows that go whole */

/* Delete by ${sql}, whose parameters are the moment and the number of rows. */
static enum dro_code
delete_some(struct dro_store *from, const char *sql, int64_t limit, int64_t max,
    int64_t *n, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*n = 0;
	if ((code = dro_tx_begin(from, err)) != DRO_OK)
		return (code);
	dro_sql_prepare(&q, from, sql);
	dro_sql_int(&q, limit);
	dro_sql_int(&q, max);
	if ((code = dro_sql_run(&q, err)) == DRO_OK)
		*n = sqlite3_changes(from->db);
	return (dro_tx_end(from, code, err));
}

static enum dro_code
remove_originals(struct dro_store *store, int64_t limit, int64_t max,
    int64_t *n, struct dro_err *err)
{
	struct dro_store *archive;
	enum dro_code code;

	*n = 0;
	if ((code = dro_archive_flush(store, err)) != DRO_OK ||
	    (code = dro_archive_open(store, false, &archive, err)) != DRO_OK ||
	    archive == NULL)
		return (code);
	return (delete_some(archive,
	    "DELETE FROM original WHERE at <= ?"
	    " AND id IN (SELECT id FROM original ORDER BY id LIMIT ?)",
	    limit, max, n, err));
}

static enum dro_code
remove_reports(struct dro_store *store, int64_t limit, int64_t max, int64_t *n,
    struct dro_err *err)
{
	return (delete_some(store,
	    "DELETE FROM report WHERE id IN (SELECT id FROM report"
	    " INDEXED BY report_age WHERE exact IN (0, 1)"
	    " AND min(end_at, stored_at) <= ? LIMIT ?)",
	    limit, max, n, err));
}

/* Inputs are remembered as long as what came of them. */
static enum dro_code
forget_inputs(struct dro_store *store, int64_t limit, int64_t max, int64_t *n,
    struct dro_err *err)
{
	return (delete_some(store,
	    "DELETE FROM input WHERE at <= ?"
	    " AND id IN (SELECT id FROM input ORDER BY id LIMIT ?)",
	    limit, max, n, err));
}

/* Go on with ${some} until nothing is left, or ${max} are done. */
static enum dro_code
repeat(struct dro_store *store, int days, int64_t now, int64_t max,
    enum dro_code (*some)(struct dro_store *store, int64_t limit, int64_t max,
	int64_t *n, struct dro_err *err),
    int64_t *done, struct dro_err *err)
{
	int64_t limit = limit_of(days, now), n = 1, want;
	enum dro_code code = DRO_OK;

	*done = 0;
	while (limit != INT64_MIN && code == DRO_OK && n > 0 && *done < max) {
		want = max - *done < ROWS_PER_COMMIT ? max - *done
						     : ROWS_PER_COMMIT;
		if ((code = some(store, limit, want, &n, err)) == DRO_OK)
			*done += n;
	}
	return (code);
}

enum dro_code
dro_db_prune(struct dro_store *store, const struct dro_retention *keep,
    int64_t now, int64_t max, struct dro_pruned *out, struct dro_err *err)
{
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = repeat(store, keep->addresses_days, now, max, cut_some,
		 &out->addresses, err)) == DRO_OK &&
	    (code = repeat(store, keep->archive_days, now, max,
		 remove_originals, &out->originals, err)) == DRO_OK &&
	    (code = repeat(store, keep->reports_days, now, max, remove_reports,
		 &out->reports, err)) == DRO_OK)
		code = repeat(store, keep->reports_days, now, max,
		    forget_inputs, &out->inputs, err);
	return (code);
}
