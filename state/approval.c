#include "internal.h"

/* What persons said about the next rung of a domain. */

static enum dro_code
read_approval(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_approval *a = item;
	enum dro_code code;

	a->uid = dro_sql_get_int(q, 0);
	a->at = dro_sql_get_int(q, 1);
	a->expires_at = dro_sql_get_int(q, 2);
	if ((code = dro_sql_copy(q, 3, arena, &a->rung, err)) == DRO_OK &&
	    (code = dro_sql_copy(q, 4, arena, &a->by, err)) == DRO_OK)
		code = dro_sql_copy(q, 5, arena, &a->digest, err);
	return (code);
}

enum dro_code
dro_approvals_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT uid, at, expires_at, rung, user || '@' || host, digest"
	    " FROM approval WHERE domain = ? ORDER BY at, id");
	dro_sql_int(&q, id);
	out->approvals = dro_sql_list(&q, sizeof(*out->approvals),
	    read_approval, arena, &out->n_approvals, &code, err);
	return (code);
}

static enum dro_code
approve(struct dro_store *store, const struct dro_line_out *line,
    const char *digest, int64_t expires_at, int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO approval (domain, rung, uid, user, host,"
	    " at, expires_at, digest, reason)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	dro_sql_int(&q, line->domain);
	dro_sql_text(&q, line->to);
	dro_sql_int(&q, line->actor->uid);
	dro_sql_text(&q, line->actor->user);
	dro_sql_text(&q, line->actor->host);
	dro_sql_int(&q, now);
	dro_sql_int(&q, expires_at);
	dro_sql_text(&q, digest);
	dro_sql_text(&q, line->text);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	return (dro_event_write(store, line, now, err));
}

enum dro_code
dro_facts_approve(struct dro_store *store, const char *domain, const char *rung,
    const char *digest, int64_t expires_at, const struct dro_actor *actor,
    const char *reason, int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "approved", .to = rung, .actor = actor, .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = approve(store, &line, digest, expires_at, now, err);
	return (dro_tx_end(store, code, err));
}
