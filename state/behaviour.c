#include <string.h>

#include "reports.h"

#include "behaviour.h"
#include "internal.h"

/* Columns. */
enum {
	REPORTER,
	GENERATION,
	P,
	PCT,
	T,
	MESSAGES,
	FAILING,
	QUARANTINED,
	REJECTED
};

static enum dro_code
read_behaviour(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_behaviour *b = item;
	struct dro_seen seen;

	memset(&seen, 0, sizeof(seen));
	dro_seen_policy(
	    &seen, dro_sql_get(q, P), dro_sql_get(q, PCT), dro_sql_get(q, T));
	b->rfc9990 = dro_sql_get_int(q, GENERATION) != DRO_GEN_RFC7489;
	b->has_p = seen.has_p;
	b->has_t = seen.has_t;
	b->core = seen.core;
	b->messages = dro_sql_get_int(q, MESSAGES);
	b->failing = dro_sql_get_int(q, FAILING);
	b->quarantined = dro_sql_get_int(q, QUARANTINED);
	b->rejected = dro_sql_get_int(q, REJECTED);
	return (dro_sql_copy(q, REPORTER, arena, &b->reporter, err));
}

enum dro_code
dro_behaviour_load(struct dro_store *store, const char *domain,
    int32_t from_day, int64_t now, struct dro_arena *arena, size_t *n,
    struct dro_behaviour **out, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_sql q;

	/* One report may say 2^49 at most: a sum of a thousand million of
	 * parts that are cut to 2^33 still fits. */
	dro_sql_open(&q, store,
	    "SELECT (SELECT name FROM reporter WHERE id = reporter),"
	    " generation, p, pct, t, sum(min(messages, 1 << 33)),"
	    " sum(min(max(messages - dmarc_pass - unknown, 0), 1 << 33)),"
	    " sum(min(disp_quarantine, 1 << 33)),"
	    " sum(min(disp_reject, 1 << 33)) FROM counted"
	    " WHERE watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND day >= ? AND end_at <= ?"
	    " GROUP BY reporter, generation, p, pct, t"
	    " ORDER BY reporter, generation, p, pct, t");
	dro_sql_text(&q, domain);
	dro_sql_int(&q, from_day);
	dro_sql_int(&q, now);
	*out = dro_sql_list(
	    &q, sizeof(**out), read_behaviour, arena, n, &code, err);
	return (code);
}
