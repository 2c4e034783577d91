#include <string.h>

#include "base/date.h"

#include "internal.h"

const char *
dro_op_state_name(enum dro_op_state state)
{
	static const char *const names[] = {
	    [DRO_OP_NONE] = "none",
	    [DRO_OP_INTENT] = "intent",
	    [DRO_OP_SENDING] = "sending",
	    [DRO_OP_SENT] = "sent",
	    [DRO_OP_VERIFIED] = "verified",
	    [DRO_OP_ABANDONED] = "abandoned",
	    [DRO_OP_CONFLICT] = "conflict",
	};

	return ((size_t)state < DRO_ARRAY_LEN(names) ? names[state] : "?");
}

bool
dro_op_steps_back(const char *kind)
{
	return (strcmp(kind, "setback") == 0 || strcmp(kind, "rollback") == 0);
}

/* A second intent would let two values race for one record. */
static enum dro_code
refuse_open(struct dro_store *store, const char *domain, int64_t id,
    struct dro_err *err)
{
	char since[DRO_DATE_LEN];
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store,
	    "SELECT id, state, to_rung, intent_at FROM op"
	    " WHERE domain = ? AND state < 4");
	dro_sql_int(&q, id);
	code = dro_sql_next(&q, &row, err);
	if (row)
		code = dro_err_set(err, DRO_ECONFLICT,
		    "%s: operation %lld to %s is open (%s, since %s); it must "
		    "be settled first",
		    domain, (long long)dro_sql_get_int(&q, 0),
		    dro_sql_get(&q, 2),
		    dro_op_state_name(
			(enum dro_op_state)dro_sql_get_int(&q, 1)),
		    dro_date_format(dro_sql_get_int(&q, 3), since));
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
insert_op(struct dro_store *store, const struct dro_op *op, int64_t domain,
    int64_t now, struct dro_err *err)
{
	struct dro_buf before, after;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&before, DRO_RRSET_ENCODED_MAX);
	dro_buf_init(&after, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(&op->before, &before, err)) != DRO_OK ||
	    (code = dro_rrset_encode(&op->after, &after, err)) != DRO_OK)
		goto out;
	dro_sql_open(&q, store,
	    "INSERT INTO op (domain, client, account, kind, from_rung,"
	    " to_rung, reason, evidence, source, before, after, settle_s,"
	    " part, state, intent_at)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)");
	dro_sql_int(&q, domain);
	dro_sql_text(&q, op->client);
	dro_sql_text(&q, op->account);
	dro_sql_text(&q, op->kind);
	dro_sql_text(&q, op->from);
	dro_sql_text(&q, op->to);
	dro_sql_text(&q, op->reason);
	dro_sql_text(&q, op->evidence);
	dro_sql_text(&q, op->source);
	dro_sql_blob(&q, before.ptr, before.len);
	dro_sql_blob(&q, after.ptr, after.len);
	dro_sql_int(&q, op->settle_s);
	dro_sql_int(&q, dro_part_of(&op->after));
	dro_sql_int(&q, now);
	code = dro_sql_run(&q, err);
out:
	dro_buf_finish(&before);
	dro_buf_finish(&after);
	return (code);
}

static enum dro_code
begin_op(struct dro_store *store, const struct dro_op *op, int64_t now,
    int64_t *id, struct dro_err *err)
{
	struct dro_line_out line = {.kind = "intent",
	    .from = op->from,
	    .to = op->to,
	    .before = &op->before,
	    .after = &op->after,
	    .text = op->reason};
	enum dro_code code;

	if ((code = dro_domain_id(store, op->domain, &line.domain, err)) !=
		DRO_OK ||
	    (code = insert_op(store, op, line.domain, now, err)) != DRO_OK)
		return (code);
	line.op = sqlite3_last_insert_rowid(store->db);
	if (strcmp(op->kind, "park") == 0) {
		code = dro_kept_intent(store, line.domain, &op->before, err);
		if (code != DRO_OK)
			return (code);
	}
	if ((code = dro_event_write(store, &line, now, err)) == DRO_OK)
		*id = line.op;
	return (code);
}

enum dro_code
dro_ops_begin(struct dro_store *store, const struct dro_op *ops, size_t n,
    int64_t now, int64_t *ids, struct dro_err *err)
{
	enum dro_code code;
	int64_t domain;
	size_t i;

	for (i = 0; i < n; i++)
		if (dro_op_steps_back(ops[i].kind) && ops[i].from == NULL)
			return (dro_err_set(err, DRO_EINVAL,
			    "%s: %s: there is no rung to step back from",
			    ops[i].domain, ops[i].kind));
	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, ops[0].domain, &domain, err);
	if (code == DRO_OK)
		code = refuse_open(store, ops[0].domain, domain, err);
	for (i = 0; i < n && code == DRO_OK; i++)
		code = begin_op(store, &ops[i], now, &ids[i], err);
	return (dro_tx_end(store, code, err));
}

enum dro_code
dro_op_begin(struct dro_store *store, const struct dro_op *op, int64_t now,
    int64_t *id, struct dro_err *err)
{
	return (dro_ops_begin(store, op, 1, now, id, err));
}

static enum dro_code
read_open(const struct dro_sql *q, struct dro_arena *arena, struct dro_op *out,
    struct dro_err *err)
{
	const char **texts[] = {&out->client, &out->account, &out->kind,
	    &out->from, &out->to, &out->reason, &out->evidence, &out->source,
	    &out->outcome};
	enum dro_code code = DRO_OK;
	int i, n = (int)DRO_ARRAY_LEN(texts);

	for (i = 0; code == DRO_OK && i < n; i++)
		code = dro_sql_copy(q, i, arena, texts[i], err);
	if (code != DRO_OK)
		return (code);
	out->id = dro_sql_get_int(q, n);
	out->settle_s = (uint32_t)dro_sql_get_int(q, n + 1);
	out->state = (enum dro_op_state)dro_sql_get_int(q, n + 2);
	out->attempt = (int)dro_sql_get_int(q, n + 3);
	out->intent_at = dro_sql_get_int(q, n + 4);
	out->sending_at = dro_sql_get_int(q, n + 5);
	out->sent_at = dro_sql_get_int(q, n + 6);
	out->closed_at = dro_sql_get_int(q, n + 7);
	code = dro_sql_rrset(q, n + 8, arena, &out->before, err);
	if (code == DRO_OK)
		code = dro_sql_rrset(q, n + 9, arena, &out->after, err);
	return (code);
}

enum dro_code
dro_op_open(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_op *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	memset(out, 0, sizeof(*out));
	if ((out->domain = dro_arena_strdup(arena, domain)) == NULL)
		return (dro_err_nomem(err));
	dro_sql_open(&q, store,
	    "SELECT client, account, kind, from_rung, to_rung, reason,"
	    " evidence, source, outcome, id, settle_s, state, attempt,"
	    " intent_at, sending_at, sent_at, closed_at, before, after FROM op"
	    " WHERE domain = (SELECT id FROM domain WHERE name = ?)"
	    " AND state < 4 ORDER BY id LIMIT 1");
	dro_sql_text(&q, domain);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && !row)
		code = dro_err_set(
		    err, DRO_ENOTFOUND, "%s: has no open operation", domain);
	else if (code == DRO_OK)
		code = read_open(&q, arena, out, err);
	dro_sql_close(&q);
	return (code);
}
