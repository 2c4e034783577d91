#include <assert.h>
#include <string.h>

#include "apply/publish.h"
#include "apply/ticket.h"
#include "parked/template.h"

/* What a provider call needs: the opened account and the zone. */
struct target {
	struct dro_opened *opened;
	struct dro_zone zone;
	const struct dro_provider *provider;
};

/* A provider failed: remember it for the account if it concerns all of it. */
static void
note_failure(struct target *t, const struct dro_err *err)
{
	if (t->opened == NULL || err->scope != DRO_SCOPE_ACCOUNT)
		return;
	t->opened->failed = true;
	t->opened->err = *err;
}

static enum dro_code
find_target(struct dro_session *session, const struct dro_domain *dom,
    const char *name, struct target *t, struct dro_err *err)
{
	enum dro_code code;

	memset(t, 0, sizeof(*t));
	if (dom->account == NULL) {
		(void)dro_err_set(err, DRO_EINVAL,
		    "%s: no account is configured for it; set `account:`",
		    dom->domain);
		return (DRO_EINVAL);
	}
	code = dro_session_account(session, dom->account, &t->opened, err);
	if (code != DRO_OK)
		return (code);
	t->provider = dom->account->provider;
	code = t->provider->zone(t->opened->ctx, name, &t->zone, err);
	if (code != DRO_OK) {
		note_failure(t, err);
		dro_err_context(err, "account %s", dom->account->name);
	}
	return (code);
}

static enum dro_code
read_provider(struct dro_session *session, struct target *t,
    const struct dro_rrset *like, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	const struct dro_rrkey key = {like->name, like->type};
	enum dro_code code;

	dro_rrset_init(out, like->name, like->type);
	if (t->provider->read == NULL)
		return (dro_ticket_held(session, like, arena, out, err));
	code =
	    t->provider->read(t->opened->ctx, &t->zone, &key, arena, out, err);
	if (code != DRO_OK) {
		note_failure(t, err);
		dro_err_context(err, "account %s", t->opened->account->name);
	}
	return (code);
}

enum dro_code
dro_read_provider(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_live *out, struct dro_err *err)
{
	struct dro_rrset like;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	code = dro_part_key(DRO_PART_DMARC, dom->domain, &like, err);
	if (code == DRO_OK)
		code =
		    dro_read_held(session, dom, &like, arena, &out->rrset, err);
	if (code == DRO_OK)
		out->status = DRO_LIVE_OK;
	return (code);
}

enum dro_code
dro_read_held(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_rrset *like, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	struct target t;
	enum dro_code code;

	code = find_target(session, dom, like->name, &t, err);
	if (code == DRO_OK)
		code = read_provider(session, &t, like, arena, out, err);
	return (code);
}

enum dro_code
dro_can_store(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_rrset *wanted, struct dro_err *err)
{
	struct dro_opened *opened;
	enum dro_code code;

	code = dro_session_account(session, dom->account, &opened, err);
	if (code != DRO_OK)
		return (code);
	return (dom->account->provider->explain(opened->ctx, wanted, err));
}

static void
tell(struct dro_session *session, const char *event, const char *domain,
    int64_t op, const char *from, const char *to, const char *text)
{
	const struct dro_happening what = {.event = event,
	    .domain = domain,
	    .op = op,
	    .from = from,
	    .to = to,
	    .text = text};

	dro_session_tell(session, &what);
}

/*
 * Before the intent: the provider must hold what the name servers serve,
 * else somebody is editing, or another provider serves the zone.
 */
static enum dro_code
check_before(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *change, struct target *t, struct dro_arena *arena,
    struct dro_err *err)
{
	struct dro_rrset held;
	enum dro_code code;

	code = find_target(session, dom, change->before.name, t, err);
	if (code == DRO_OK)
		code =
		    t->provider->explain(t->opened->ctx, &change->after, err);
	if (code == DRO_OK)
		code = read_provider(
		    session, t, &change->before, arena, &held, err);
	if (code != DRO_OK)
		return (code);
	if (dro_rrset_same_values(&held, &change->before) ||
	    dro_rrset_same_values(&held, &change->after))
		return (DRO_OK);
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s: account %s holds another record than the name servers serve "
	    "(\"%.120s\" against \"%.120s\"); nothing was sent",
	    change->before.name, dom->account->name,
	    held.n > 0 ? held.values[0].ptr : "none",
	    change->before.n > 0 ? change->before.values[0].ptr : "none"));
}

/* The operation that ${change} is to become. */
static struct dro_op
op_of(const struct dro_domain *dom, const struct dro_change *change,
    const char *evidence, const char *source)
{
	return ((struct dro_op){.domain = dom->domain,
	    .client = dom->client->id,
	    .account = dom->account->name,
	    .kind = change->kind,
	    .from = change->from,
	    .to = change->to,
	    .reason = change->reason,
	    .evidence = evidence,
	    .source = source,
	    .before = change->before,
	    .after = change->after,
	    .settle_s = change->settle_s});
}

/* Write the intents of ${ops}, all or none. */
static enum dro_code
begin(struct dro_session *session, struct dro_op *ops, size_t n,
    struct dro_err *err)
{
	int64_t ids[DRO_PARTS];
	enum dro_code code;
	size_t i;

	code = dro_ops_begin(session->store, ops, n, session->now, ids, err);
	for (i = 0; i < n && code == DRO_OK; i++) {
		ops[i].id = ids[i];
		tell(session, "operation.intent", ops[i].domain, ops[i].id,
		    ops[i].from, ops[i].to, ops[i].reason);
	}
	return (code);
}

/* The provider said no, or nothing: doubt leaves the operations open. */
static enum dro_code
not_sent(struct dro_session *session, const struct dro_op *ops, size_t n,
    const struct dro_err *why, struct dro_err *err)
{
	const bool conflict = why->code == DRO_ECONFLICT;
	const bool unknown = why->code == DRO_ETIMEOUT;
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < n && code == DRO_OK; i++) {
		if (!unknown)
			code = dro_op_close(session->store, ops[i].id,
			    conflict ? DRO_OP_CONFLICT : DRO_OP_ABANDONED,
			    why->msg, session->now, err);
		if (code == DRO_OK)
			tell(session,
			    unknown	   ? "operation.unknown"
				: conflict ? "operation.conflict"
					   : "operation.failed",
			    ops[i].domain, ops[i].id, ops[i].from, ops[i].to,
			    why->msg);
	}
	if (code == DRO_OK)
		*err = *why;
	return (code);
}

/* The call itself: to the provider, or into the hands of a person. */
static enum dro_code
hand_over(struct dro_session *session, struct target *t,
    const struct dro_op *ops, const struct dro_rrchange *changes, size_t n,
    struct dro_receipt *receipt, struct dro_err *err)
{
	enum dro_code code;

	if (t->provider->apply == NULL) {
		assert(n == 1);
		return (dro_ticket_out(session, &ops[0], err));
	}
	code = t->provider->apply(
	    t->opened->ctx, &t->zone, changes, n, receipt, err);
	if (code == DRO_OK && t->provider->settle != NULL)
		code =
		    t->provider->settle(t->opened->ctx, &t->zone, receipt, err);
	return (code);
}

/* Send intents in one call; a definite refusal closes them. */
static enum dro_code
send(struct dro_session *session, struct target *t, const struct dro_op *ops,
    size_t n, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_rrchange changes[DRO_PARTS];
	struct dro_receipt receipt = {0};
	struct dro_err why;
	enum dro_code code = DRO_OK, sent;
	size_t i;

	for (i = 0; i < n && code == DRO_OK; i++) {
		changes[i] =
		    (struct dro_rrchange){&ops[i].before, &ops[i].after};
		code = dro_op_sending(
		    session->store, ops[i].id, session->now, err);
	}
	if (code != DRO_OK)
		return (code);
	sent = hand_over(session, t, ops, changes, n, &receipt, &why);
	if (sent != DRO_OK) {
		note_failure(t, &why);
		dro_err_context(&why, "account %s", t->opened->account->name);
		*out = DRO_OUTCOME_FAILED;
		return (not_sent(session, ops, n, &why, err));
	}
	*out = dro_by_hand(t->opened->account) ? DRO_OUTCOME_WAITING
					       : DRO_OUTCOME_VERIFYING;
	for (i = 0; i < n && code == DRO_OK; i++) {
		code =
		    dro_op_sent(session->store, ops[i].id, session->now, err);
		if (code == DRO_OK && *out == DRO_OUTCOME_WAITING)
			code = dro_ticket_told(session, &ops[i], err);
		if (code == DRO_OK)
			tell(session, "operation.sent", ops[i].domain,
			    ops[i].id, ops[i].from, ops[i].to, receipt.note);
	}
	return (code);
}

enum dro_code
dro_publish_all(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *changes, size_t n, const char *evidence,
    const char *source, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	struct dro_op ops[DRO_PARTS] = {{0}};
	struct target t;
	enum dro_code code = DRO_OK;
	size_t i;

	assert(n > 0 && n <= DRO_PARTS);
	*out = DRO_OUTCOME_FAILED;
	for (i = 0; i < n && code == DRO_OK; i++) {
		code = check_before(session, dom, &changes[i], &t, arena, err);
		if (code == DRO_OK)
			ops[i] = op_of(dom, &changes[i], evidence, source);
		else
			tell(session, "operation.failed", dom->domain, 0,
			    changes[i].from, changes[i].to, err->msg);
	}
	if (code != DRO_OK)
		return (DRO_OK);
	if ((code = begin(session, ops, n, err)) != DRO_OK)
		return (code);
	return (send(session, &t, ops, n, out, err));
}

enum dro_code
dro_publish(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *change, const char *evidence, const char *source,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	return (dro_publish_all(
	    session, dom, change, 1, evidence, source, arena, out, err));
}

/* Close the open operation without effect. */
static enum dro_code
give_up(struct dro_session *session, const struct dro_op *op,
    enum dro_op_state state, const char *why, struct dro_err *err)
{
	enum dro_code code;

	dro_ticket_end(session, op, DRO_TICKET_WITHDRAWN, why);
	code =
	    dro_op_close(session->store, op->id, state, why, session->now, err);
	if (code == DRO_OK)
		tell(session,
		    state == DRO_OP_CONFLICT ? "operation.conflict"
					     : "operation.abandoned",
		    op->domain, op->id, op->from, op->to, why);
	return (code);
}

enum dro_code
dro_supersede(struct dro_session *session, const struct dro_domain *dom,
    const char *why, struct dro_arena *arena, struct dro_err *err)
{
	struct dro_op op;
	enum dro_code code;

	code = dro_op_open(session->store, dom->domain, arena, &op, err);
	if (code == DRO_ENOTFOUND)
		return (DRO_OK);
	if (code != DRO_OK)
		return (code);
	return (give_up(session, &op, DRO_OP_ABANDONED, why, err));
}

/*
 * Nothing was sent to anybody, or the ticket is written once more: it is the
 * same ticket.
 */
static enum dro_code
resend_ticket(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_op *op, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_err why;
	struct target t;
	enum dro_code code;

	if (find_target(session, dom, op->after.name, &t, &why) == DRO_OK) {
		code = send(session, &t, op, 1, out, &why);
		if (code != DRO_OK)
			*err = why;
		return (code);
	}
	*out = DRO_OUTCOME_FAILED;
	tell(session, "operation.unknown", op->domain, op->id, op->from, op->to,
	    why.msg);
	return (DRO_OK);
}

/* What became of a ticket, by what the name servers show. */
static enum dro_code
recover_ticket(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_op *op, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	const char *expired;
	struct dro_live live;
	enum dro_code code;
	bool before, after;

	if (!dro_by_hand(dom->account))
		return (give_up(session, op, DRO_OP_ABANDONED,
		    "the domain has another account now", err));
	code = dro_ticket_look(session, &op->after, arena, &live, err);
	if (code != DRO_OK)
		return (code);
	before = live.status == DRO_LIVE_OK &&
	    dro_rrset_same_values(&live.rrset, &op->before);
	after = live.status == DRO_LIVE_OK &&
	    dro_rrset_same_values(&live.rrset, &op->after);
	if (live.status == DRO_LIVE_UNKNOWN) {
		*out = DRO_OUTCOME_FAILED;
		tell(session, "operation.unknown", op->domain, op->id, op->from,
		    op->to, live.detail);
		return (DRO_OK);
	}
	if (!before && !after && live.status != DRO_LIVE_DISAGREE)
		return (give_up(session, op, DRO_OP_CONFLICT,
		    "the name servers show neither the old nor the new record",
		    err));
	*out = before ? DRO_OUTCOME_WAITING : DRO_OUTCOME_VERIFYING;
	if (op->state == DRO_OP_INTENT && before) {
		*out = DRO_OUTCOME_NOTHING;
		return (give_up(session, op, DRO_OP_ABANDONED,
		    "interrupted before the ticket was written; decided afresh",
		    err));
	}
	if (op->state != DRO_OP_SENT) {
		code = resend_ticket(session, dom, op, out, err);
		if (code == DRO_OK && *out == DRO_OUTCOME_WAITING && !before)
			*out = DRO_OUTCOME_VERIFYING;
		return (code);
	}
	if (!before)
		return (DRO_OK);
	code = dro_ticket_expired(session, op, arena, &expired, err);
	if (code != DRO_OK || expired == NULL)
		return (code);
	return (give_up(session, op, DRO_OP_ABANDONED, expired, err));
}

enum dro_code
dro_recover(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_rrset held;
	struct target t;
	struct dro_op op;
	enum dro_code code;

	*out = DRO_OUTCOME_NOTHING;
	code = dro_op_open(session->store, dom->domain, arena, &op, err);
	if (code == DRO_ENOTFOUND)
		return (DRO_OK);
	if (code != DRO_OK)
		return (code);
	if (dro_is_ticket(session, &op))
		return (recover_ticket(session, dom, &op, arena, out, err));
	code = find_target(session, dom, op.after.name, &t, err);
	if (code == DRO_OK)
		code = read_provider(session, &t, &op.after, arena, &held, err);
	if (code != DRO_OK) {
		*out = DRO_OUTCOME_FAILED;
		tell(session, "operation.unknown", dom->domain, op.id, op.from,
		    op.to, err->msg);
		return (DRO_OK);
	}
	if (dro_rrset_same_values(&held, &op.after)) {
		*out = DRO_OUTCOME_VERIFYING;
		if (op.state == DRO_OP_SENT)
			return (DRO_OK);
		/* The file or API has it; a server may not have been told. */
		return (send(session, &t, &op, 1, out, err));
	}
	if (dro_rrset_same_values(&held, &op.before) && op.state != DRO_OP_SENT)
		return (give_up(session, &op, DRO_OP_ABANDONED,
		    "interrupted before it took effect; decided afresh", err));
	return (give_up(session, &op, DRO_OP_CONFLICT,
	    op.state == DRO_OP_SENT
		? "the record was changed again after it was published"
		: "the provider holds neither the old nor the new record",
	    err));
}
