#include <string.h>

#include "internal.h"

/* What is stored about the domain itself; ${id} is 0 if nothing is. */
static enum dro_code
load_domain(struct dro_store *store, const char *domain,
    struct dro_arena *arena, int64_t *id, struct dro_facts *out,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store,
	    "SELECT id, adopted_at, verified_at, settle_s, known, tags_at"
	    " FROM domain WHERE name = ?");
	dro_sql_text(&q, domain);
	code = dro_sql_next(&q, &row, err);
	*id = row ? dro_sql_get_int(&q, 0) : 0;
	if (row && sqlite3_column_type(q.stmt, 1) != SQLITE_NULL) {
		out->adopted = true;
		out->adopted_at = dro_sql_get_int(&q, 1);
		out->verified_at = dro_sql_get_int(&q, 2);
		out->settle_s = (uint32_t)dro_sql_get_int(&q, 3);
		out->tags_at = dro_sql_get_int(&q, 5);
		code = dro_sql_rrset(&q, 4, arena, &out->known, err);
	}
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
load_open_op(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	/* Of several the oldest; without a sort, which costs more than all. */
	dro_sql_open(&q, store,
	    "SELECT min(id), state, intent_at, to_rung FROM op"
	    " WHERE domain = ? AND state < 4 HAVING min(id) IS NOT NULL");
	dro_sql_int(&q, id);
	if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		out->op_id = dro_sql_get_int(&q, 0);
		out->op_state = (enum dro_op_state)dro_sql_get_int(&q, 1);
		out->op_since = dro_sql_get_int(&q, 2);
		code = dro_sql_copy(&q, 3, arena, &out->op_to, err);
	}
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
read_setback(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_setback *s = item;
	enum dro_code code;

	s->at = dro_sql_get_int(q, 0);
	s->by_person = dro_sql_get_int(q, 1) != 0;
	s->attempt = (int)dro_sql_get_int(q, 2);
	s->acknowledged_at = dro_sql_get_int(q, 3);
	s->returned_at = dro_sql_get_int(q, 4);
	if ((code = dro_sql_copy(q, 5, arena, &s->source, err)) == DRO_OK &&
	    (code = dro_sql_copy(q, 6, arena, &s->reason, err)) == DRO_OK)
		code = dro_sql_copy(q, 7, arena, &s->left_rung, err);
	return (code);
}

static enum dro_code
load_setbacks(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT at, by_person, attempt, acknowledged_at, returned_at,"
	    " source, reason, left_rung FROM setback"
	    " WHERE domain = ? ORDER BY id");
	dro_sql_int(&q, id);
	out->setbacks = dro_sql_list(&q, sizeof(*out->setbacks), read_setback,
	    arena, &out->n_setbacks, &code, err);
	return (code);
}

enum dro_code
dro_facts_load(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	int64_t id;

	memset(out, 0, sizeof(*out));
	code = load_domain(store, domain, arena, &id, out, err);
	if (code != DRO_OK || id == 0)
		return (code);
	if ((code = load_open_op(store, id, arena, out, err)) == DRO_OK &&
	    (code = load_setbacks(store, id, arena, out, err)) == DRO_OK &&
	    (code = dro_sight_load(store, id, arena, out, err)) == DRO_OK)
		code = dro_approvals_load(store, id, arena, out, err);
	if (code == DRO_OK)
		code = dro_answers_load(store, id, arena, out, err);
	if (code == DRO_OK)
		code = dro_watch_load(store, id, arena, out, err);
	if (code == DRO_OK)
		code = dro_reverse_load(store, id, arena, out, err);
	return (code);
}
