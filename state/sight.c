#include "internal.h"

/*
 * What DNS showed when a run last looked.  An observation for people, so that
 * `status` needs no network; what counts is the known RRset.
 */
enum dro_code
dro_sight_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store,
	    "SELECT at, status, negative_ttl, drift_at, detail, rrset"
	    " FROM sight WHERE domain = ?");
	dro_sql_int(&q, id);
	if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		out->seen_at = dro_sql_get_int(&q, 0);
		out->seen.status = (enum dro_live_status)dro_sql_get_int(&q, 1);
		out->seen.negative_ttl_s = (uint32_t)dro_sql_get_int(&q, 2);
		out->drift_at = dro_sql_get_int(&q, 3);
		code = dro_sql_copy(&q, 4, arena, &out->seen.detail, err);
		if (code == DRO_OK)
			code =
			    dro_sql_rrset(&q, 5, arena, &out->seen.rrset, err);
	}
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
write_sight(struct dro_store *store, int64_t id, const struct dro_live *live,
    const struct dro_buf *rrset, bool drifted, int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	/* Since when it differs outlives the looks in between. */
	dro_sql_open(&q, store,
	    "INSERT INTO sight (domain, at, status, negative_ttl, detail,"
	    " rrset, drift_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
	    " ON CONFLICT (domain) DO UPDATE SET at = ?2, status = ?3,"
	    " negative_ttl = ?4, detail = ?5, rrset = ?6, drift_at = CASE"
	    " WHEN ?7 = 0 THEN 0 WHEN drift_at > 0 THEN drift_at"
	    " ELSE ?7 END");
	dro_sql_int(&q, id);
	dro_sql_int(&q, now);
	dro_sql_int(&q, live->status);
	dro_sql_int(&q, live->negative_ttl_s);
	dro_sql_text(&q, live->detail);
	dro_sql_blob(&q, rrset->ptr, rrset->len);
	dro_sql_int(&q, drifted ? now : 0);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_facts_seen(struct dro_store *store, const char *client, const char *domain,
    const struct dro_live *live, bool drifted, int64_t now, struct dro_err *err)
{
	struct dro_buf rrset;
	struct dro_sql q;
	enum dro_code code;
	int64_t id;

	dro_buf_init(&rrset, DRO_RRSET_ENCODED_MAX);
	code = dro_rrset_encode(&live->rrset, &rrset, err);
	if (code != DRO_OK || (code = dro_tx_begin(store, err)) != DRO_OK)
		goto out;
	if ((code = dro_domain_id(store, domain, &id, err)) == DRO_OK) {
		dro_sql_open(
		    &q, store, "UPDATE domain SET client = ? WHERE id = ?");
		dro_sql_text(&q, client);
		dro_sql_int(&q, id);
		code = dro_sql_run(&q, err);
	}
	if (code == DRO_OK)
		code = write_sight(store, id, live, &rrset, drifted, now, err);
	code = dro_tx_end(store, code, err);
out:
	dro_buf_finish(&rrset);
	return (code);
}
