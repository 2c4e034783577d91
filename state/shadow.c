#include "base/date.h"

#include "internal.h"
#include "shadow.h"

static enum dro_code
read_shadow(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_shadow *s = item;
	enum dro_code code;

	s->last_end = dro_sql_get_int(q, 3);
	s->messages = dro_sql_get_int(q, 4);
	if ((code = dro_sql_copy(q, 0, arena, &s->below, err)) != DRO_OK ||
	    (code = dro_sql_copy(q, 1, arena, &s->domain, err)) != DRO_OK)
		return (code);
	return (dro_sql_copy(q, 2, arena, &s->p, err));
}

enum dro_code
dro_shadows_load(struct dro_store *store, const char *below, int64_t now,
    struct dro_arena *arena, const struct dro_shadow **out, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	/* With max() the other columns are those of its row; 2^20 reports of
	 * 2^33 messages fit. */
	dro_sql_open(&q, store,
	    "SELECT d.name, r.domain, r.p, max(r.end_at),"
	    " min(sum(min(r.messages, 1 << 33)), 1 << 53)"
	    " FROM domain d JOIN report r INDEXED BY report_shadow"
	    " ON r.watched = d.id"
	    " WHERE r.shadow AND r.trust >= 2 AND r.uncounted IS NULL"
	    " AND r.end_at BETWEEN ?1 AND ?2 AND (?3 IS NULL OR d.name = ?3)"
	    " GROUP BY d.name, r.domain");
	dro_sql_int(&q, now - DRO_SHADOW_DAYS * DRO_DAY_S);
	dro_sql_int(&q, now);
	dro_sql_text(&q, below);
	*out =
	    dro_sql_list(&q, sizeof(**out), read_shadow, arena, n, &code, err);
	return (code);
}
