#include <string.h>

#include "apply/publish.h"

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
read_provider(struct target *t, const struct dro_rrset *like,
    struct dro_arena *arena, struct dro_rrset *out, struct dro_err *err)
{
	const struct dro_rrkey key = {like->name, like->type};
	enum dro_code code;

	dro_rrset_init(out, like->name, like->type);
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
	char name[DRO_DOMAIN_LEN];
	struct target t;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = dro_dmarc_name(dom->domain, name, err)) != DRO_OK)
		return (code);
	dro_rrset_init(&like, name, DRO_RR_TXT);
	if ((code = find_target(session, dom, name, &t, err)) == DRO_OK)
		code = read_provider(&t, &like, arena, &out->rrset, err);
	if (code == DRO_OK)
		out->status = DRO_LIVE_OK;
	return (code);
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
		code = read_provider(t, &change->before, arena, &held, err);
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

/* Write the intent for ${change}. */
static enum dro_code
begin(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *change, const char *evidence, const char *source,
    struct dro_op *op, struct dro_err *err)
{
	enum dro_code code;

	memset(op, 0, sizeof(*op));
	op->domain = dom->domain;
	op->client = dom->client->id;
	op->account = dom->account->name;
	op->kind = change->kind;
	op->from = change->from;
	op->to = change->to;
	op->reason = change->reason;
	op->evidence = evidence;
	op->source = source;
	op->before = change->before;
	op->after = change->after;
	op->settle_s = change->settle_s;
	code = dro_op_begin(session->store, op, session->now, &op->id, err);
	if (code == DRO_OK)
		tell(session, "operation.intent", dom->domain, op->id, op->from,
		    op->to, op->reason);
	return (code);
}

/* Send an intent; a definite refusal closes it, doubt leaves it open. */
static enum dro_code
send(struct dro_session *session, struct target *t, const struct dro_op *op,
    enum dro_outcome *out, struct dro_err *err)
{
	const struct dro_rrchange change = {&op->before, &op->after};
	struct dro_receipt receipt = {0};
	struct dro_err why;
	enum dro_code code, sent;
	bool conflict;

	code = dro_op_sending(session->store, op->id, session->now, err);
	if (code != DRO_OK)
		return (code);
	sent = t->provider->apply(
	    t->opened->ctx, &t->zone, &change, 1, &receipt, &why);
	if (sent == DRO_OK && t->provider->settle != NULL)
		sent = t->provider->settle(
		    t->opened->ctx, &t->zone, &receipt, &why);
	if (sent == DRO_OK) {
		*out = DRO_OUTCOME_VERIFYING;
		code = dro_op_sent(session->store, op->id, session->now, err);
		if (code == DRO_OK)
			tell(session, "operation.sent", op->domain, op->id,
			    op->from, op->to, receipt.note);
		return (code);
	}
	note_failure(t, &why);
	dro_err_context(&why, "account %s", t->opened->account->name);
	*out = DRO_OUTCOME_FAILED;
	conflict = sent == DRO_ECONFLICT;
	code = DRO_OK;
	if (sent != DRO_ETIMEOUT)
		code = dro_op_close(session->store, op->id,
		    conflict ? DRO_OP_CONFLICT : DRO_OP_ABANDONED, why.msg,
		    session->now, err);
	if (code != DRO_OK)
		return (code);
	tell(session,
	    sent == DRO_ETIMEOUT ? "operation.unknown"
		: conflict	 ? "operation.conflict"
				 : "operation.failed",
	    op->domain, op->id, op->from, op->to, why.msg);
	*err = why;
	return (DRO_OK);
}

enum dro_code
dro_publish(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *change, const char *evidence, const char *source,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	struct target t;
	struct dro_op op;
	enum dro_code code;

	*out = DRO_OUTCOME_FAILED;
	code = check_before(session, dom, change, &t, arena, err);
	if (code != DRO_OK) {
		tell(session, "operation.failed", dom->domain, 0, change->from,
		    change->to, err->msg);
		return (DRO_OK);
	}
	code = begin(session, dom, change, evidence, source, &op, err);
	if (code != DRO_OK)
		return (code);
	return (send(session, &t, &op, out, err));
}

/* Close the open operation without effect. */
static enum dro_code
give_up(struct dro_session *session, const struct dro_op *op,
    enum dro_op_state state, const char *why, struct dro_err *err)
{
	enum dro_code code;

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
	code = find_target(session, dom, op.after.name, &t, err);
	if (code == DRO_OK)
		code = read_provider(&t, &op.after, arena, &held, err);
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
		return (send(session, &t, &op, out, err));
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
