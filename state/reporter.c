#include <string.h>

#include "inputs.h"
#include "internal.h"

/* Whom we have seen report, as far as their mail proved who they are. */

bool
dro_authenticated(const struct dro_report *r)
{
	return (
	    r->auth == DRO_AUTH_DKIM_ALIGNED || r->auth == DRO_AUTH_AR_TRUSTED);
}

enum dro_code
dro_reporter_met(struct dro_store *store, int64_t reporter, int64_t domain,
    int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	int first;

	dro_sql_open(&q, store,
	    "INSERT INTO reported (reporter, domain) VALUES (?, ?)"
	    " ON CONFLICT DO NOTHING");
	dro_sql_int(&q, reporter);
	dro_sql_int(&q, domain);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	first = sqlite3_changes(store->db);
	dro_sql_open(&q, store,
	    "UPDATE reporter SET reports = reports + 1, domains = domains + ?2,"
	    " first_at = CASE first_at WHEN 0 THEN ?3 ELSE first_at END"
	    " WHERE id = ?1");
	dro_sql_int(&q, reporter);
	dro_sql_int(&q, first);
	dro_sql_int(&q, now);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_reporter_past(struct dro_store *store, const char *identity,
    struct dro_reporter_past *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT first_at, reports, domains FROM reporter WHERE name = ?");
	dro_sql_text(&q, identity);
	code = dro_sql_next(&q, &row, err);
	if (row) {
		out->first_at = dro_sql_get_int(&q, 0);
		out->reports = dro_sql_get_int(&q, 1);
		out->domains = dro_sql_get_int(&q, 2);
	}
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_reporter_raise(struct dro_store *store, const char *identity,
    enum dro_trust trust, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if (trust <= DRO_TRUST_NEW)
		return (DRO_OK);
	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "UPDATE report INDEXED BY report_doubted SET trust = ?"
	    " WHERE reporter = (SELECT id FROM reporter WHERE name = ?)"
	    " AND trust = 1 AND EXISTS (SELECT 1 FROM origin"
	    "  WHERE origin.report = report.id AND auth BETWEEN 1 AND 2)");
	dro_sql_int(&q, trust);
	dro_sql_text(&q, identity);
	return (dro_sql_run(&q, err));
}
