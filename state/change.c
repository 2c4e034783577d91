#include <assert.h>
#include <string.h>

#include "internal.h"

/*
 * The changes of state of an operation, each in one transaction with all that
 * follows from it.  They only go forward: intent, sending (again and again),
 * sent, closed.
 */
struct change {
	struct dro_store *store;
	int64_t id, domain, now;
	int attempt;
	const char *kind, *from, *to, *reason, *source;
	uint32_t settle_s;
	struct dro_rrset before;
	/* Of the caller. */
	const struct dro_rrset *served;
	enum dro_op_state state;
	const char *outcome;
};

static enum dro_code
out_of_order(const struct change *c, enum dro_op_state is,
    enum dro_op_state must, struct dro_err *err)
{
	if (is >= DRO_OP_VERIFIED)
		return (dro_err_set(err, DRO_ESTATE,
		    "operation %lld: is closed (%s) and stays as it is",
		    (long long)c->id, dro_op_state_name(is)));
	return (dro_err_set(err, DRO_ESTATE,
	    "operation %lld: is %s, must be %s for this step", (long long)c->id,
	    dro_op_state_name(is), dro_op_state_name(must)));
}

static enum dro_code
read_row(const struct dro_sql *q, struct change *c, struct dro_arena *arena,
    struct dro_err *err)
{
	const char **texts[] = {
	    &c->kind, &c->from, &c->to, &c->reason, &c->source};
	enum dro_code code = DRO_OK;
	int i;

	for (i = 0; code == DRO_OK && i < (int)DRO_ARRAY_LEN(texts); i++)
		code = dro_sql_copy(q, i, arena, texts[i], err);
	c->domain = dro_sql_get_int(q, 5);
	c->settle_s = (uint32_t)dro_sql_get_int(q, 6);
	c->attempt = (int)dro_sql_get_int(q, 7);
	if (code == DRO_OK && (c->kind == NULL || c->to == NULL))
		code = dro_err_set(err, DRO_ESTATE,
		    "operation %lld: damaged; restore a backup",
		    (long long)c->id);
	return (code == DRO_OK ? dro_sql_rrset(q, 8, arena, &c->before, err)
			       : code);
}

/* Read the operation, which must be in a state from ${first} to ${last}. */
static enum dro_code
read_op(struct change *c, enum dro_op_state first, enum dro_op_state last,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_op_state is;
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, c->store,
	    "SELECT kind, from_rung, to_rung, reason, source, domain,"
	    " settle_s, attempt, before, state FROM op WHERE id = ?");
	dro_sql_int(&q, c->id);
	if ((code = dro_sql_next(&q, &row, err)) != DRO_OK)
		goto out;
	if (!row) {
		code = dro_err_set(err, DRO_ENOTFOUND,
		    "operation %lld: there is none", (long long)c->id);
		goto out;
	}
	is = (enum dro_op_state)dro_sql_get_int(&q, 9);
	code = is >= first && is <= last ? read_row(&q, c, arena, err)
					 : out_of_order(c, is, last, err);
out:
	dro_sql_close(&q);
	return (code);
}

/* Do ${fn} to the operation ${c}->id if it is in one of the states. */
static enum dro_code
change(struct change *c, enum dro_op_state first, enum dro_op_state last,
    enum dro_code (*fn)(const struct change *c, struct dro_err *err),
    struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code;

	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_tx_begin(c->store, err)) == DRO_OK) {
		code = read_op(c, first, last, arena, err);
		if (code == DRO_OK)
			code = fn(c, err);
		code = dro_tx_end(c->store, code, err);
	}
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
sending(const struct change *c, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, c->store,
	    "UPDATE op SET state = 2, attempt = attempt + 1, sending_at = ?"
	    " WHERE id = ?");
	dro_sql_int(&q, c->now);
	dro_sql_int(&q, c->id);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_op_sending(
    struct dro_store *store, int64_t id, int64_t now, struct dro_err *err)
{
	struct change c = {.store = store, .id = id, .now = now};

	return (change(&c, DRO_OP_INTENT, DRO_OP_SENDING, sending, err));
}

static enum dro_code
sent(const struct change *c, struct dro_err *err)
{
	struct dro_line_out line = {.domain = c->domain,
	    .kind = "sent",
	    .from = c->from,
	    .to = c->to,
	    .op = c->id,
	    .text = c->attempt > 1 ? "the provider accepted it after a retry"
				   : "the provider accepted it"};
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(
	    &q, c->store, "UPDATE op SET state = 3, sent_at = ? WHERE id = ?");
	dro_sql_int(&q, c->now);
	dro_sql_int(&q, c->id);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	return (dro_event_write(c->store, &line, c->now, err));
}

enum dro_code
dro_op_sent(
    struct dro_store *store, int64_t id, int64_t now, struct dro_err *err)
{
	struct change c = {.store = store, .id = id, .now = now};

	return (change(&c, DRO_OP_SENDING, DRO_OP_SENDING, sent, err));
}

/*
 * What is served at _dmarc becomes what is known; the dwell starts, unless sp
 * or np was set alone.
 */
static enum dro_code
learn(const struct change *c, struct dro_err *err)
{
	struct dro_buf known;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&known, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(c->served, &known, err)) == DRO_OK) {
		if (strcmp(c->kind, "adjust") == 0)
			dro_sql_open(&q, c->store,
			    "UPDATE domain SET known = ?1, tags_at = ?2 + ?3"
			    " WHERE id = ?4");
		else
			dro_sql_open(&q, c->store,
			    "UPDATE domain SET known = ?1, verified_at = ?2,"
			    " settle_s = ?3,"
			    " adopted_at = coalesce(adopted_at, ?2)"
			    " WHERE id = ?4");
		dro_sql_blob(&q, known.ptr, known.len);
		dro_sql_int(&q, c->now);
		dro_sql_int(&q, c->settle_s);
		dro_sql_int(&q, c->domain);
		code = dro_sql_run(&q, err);
	}
	dro_buf_finish(&known);
	return (code);
}

/* A step back opens a cool-down. */
static enum dro_code
open_cooldown(const struct change *c, struct dro_err *err)
{
	struct dro_sql q;

	assert(c->kind != NULL);
	dro_sql_open(&q, c->store,
	    "INSERT INTO setback (domain, op, at, by_person, source, reason,"
	    " left_rung, attempt) VALUES (?1, ?, ?, ?, ?, ?, ?,"
	    " 1 + (SELECT count(*) FROM setback WHERE domain = ?1))");
	dro_sql_int(&q, c->domain);
	dro_sql_int(&q, c->id);
	dro_sql_int(&q, c->now);
	dro_sql_int(&q, strcmp(c->kind, "rollback") == 0);
	dro_sql_text(&q, c->source);
	dro_sql_text(&q, c->reason);
	dro_sql_text(&q, c->from);
	return (dro_sql_run(&q, err));
}

static enum dro_code
close_cooldown(const struct change *c, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, c->store,
	    "UPDATE setback SET returned_at = ?"
	    " WHERE domain = ? AND returned_at = 0");
	dro_sql_int(&q, c->now);
	dro_sql_int(&q, c->domain);
	return (dro_sql_run(&q, err));
}

/* Used up by entering the rung; void when the domain had to step back. */
static enum dro_code
clear_approval(const struct change *c, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, c->store,
	    "DELETE FROM approval WHERE domain = ? AND (rung = ? OR ?)");
	dro_sql_int(&q, c->domain);
	dro_sql_text(&q, c->to);
	dro_sql_int(&q, dro_op_steps_back(c->kind));
	return (dro_sql_run(&q, err));
}

/* What it means for a domain that is parked, or no more. */
static enum dro_code
keep(const struct change *c, struct dro_err *err)
{
	if (strcmp(c->kind, "park") == 0)
		return (dro_kept_verified(
		    c->store, c->domain, c->served, NULL, c->now, err));
	if (strcmp(c->kind, "unpark") == 0)
		return (dro_kept_forget(
		    c->store, c->domain, dro_part_of(c->served), err));
	return (DRO_OK);
}

static enum dro_code
verified(const struct change *c, struct dro_err *err)
{
	struct dro_line_out line = {.domain = c->domain,
	    .kind = "verified",
	    .from = c->from,
	    .to = c->to,
	    .before = &c->before,
	    .after = c->served,
	    .op = c->id,
	    .text = "every name server serves it"};
	enum dro_code code;
	struct dro_sql q;

	assert(c->kind != NULL);
	dro_sql_open(&q, c->store,
	    "UPDATE op SET state = 4, closed_at = ? WHERE id = ?");
	dro_sql_int(&q, c->now);
	dro_sql_int(&q, c->id);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	if (dro_part_of(c->served) == DRO_PART_DMARC)
		code = learn(c, err);
	if (code != DRO_OK || (code = keep(c, err)) != DRO_OK ||
	    (code = clear_approval(c, err)) != DRO_OK)
		return (code);
	if (dro_op_steps_back(c->kind))
		code = open_cooldown(c, err);
	else if (strcmp(c->kind, "return") == 0)
		code = close_cooldown(c, err);
	if (code != DRO_OK)
		return (code);
	return (dro_event_write(c->store, &line, c->now, err));
}

enum dro_code
dro_op_verified(struct dro_store *store, int64_t id,
    const struct dro_rrset *served, int64_t now, struct dro_err *err)
{
	struct change c = {
	    .store = store, .id = id, .now = now, .served = served};

	return (change(&c, DRO_OP_INTENT, DRO_OP_SENT, verified, err));
}

static enum dro_code
closed(const struct change *c, struct dro_err *err)
{
	struct dro_line_out line = {.domain = c->domain,
	    .kind = dro_op_state_name(c->state),
	    .from = c->from,
	    .to = c->to,
	    .op = c->id,
	    .text = c->outcome};
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, c->store,
	    "UPDATE op SET state = ?, closed_at = ?, outcome = ?"
	    " WHERE id = ?");
	dro_sql_int(&q, c->state);
	dro_sql_int(&q, c->now);
	dro_sql_text(&q, c->outcome);
	dro_sql_int(&q, c->id);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	return (dro_event_write(c->store, &line, c->now, err));
}

enum dro_code
dro_op_close(struct dro_store *store, int64_t id, enum dro_op_state state,
    const char *outcome, int64_t now, struct dro_err *err)
{
	struct change c = {.store = store,
	    .id = id,
	    .now = now,
	    .state = state,
	    .outcome = outcome};

	if (state != DRO_OP_ABANDONED && state != DRO_OP_CONFLICT)
		return (dro_err_set(err, DRO_EINVAL,
		    "operation %lld: cannot be closed as %s", (long long)id,
		    dro_op_state_name(state)));
	return (change(&c, DRO_OP_INTENT, DRO_OP_SENT, closed, err));
}
