#include <assert.h>
#include <string.h>

#include "apply/publish.h"
#include "apply/ticket.h"

static const struct dro_provider *
provider_of(const struct dro_publishing *p)
{
	return (p->dom->account->provider);
}

/* What is said of a provider's failure names the account. */
static enum dro_code
by_account(
    const struct dro_publishing *p, enum dro_code code, struct dro_err *err)
{
	if (code != DRO_OK)
		dro_err_context(err, "account %s", p->dom->account->name);
	return (code);
}

/* A provider failed: remember it for the account if it concerns all of it. */
static void
note_failure(struct dro_publishing *p, const struct dro_err *err)
{
	if (p->opened == NULL || err->scope != DRO_SCOPE_ACCOUNT)
		return;
	p->opened->failed = true;
	p->opened->err = *err;
}

enum dro_code
dro_publishing_open(struct dro_publishing *p, struct dro_err *err)
{
	p->opened = NULL;
	if (p->dom->account == NULL) {
		(void)dro_err_set(err, DRO_EINVAL,
		    "%s: no account is configured for it; set `account:`",
		    p->dom->domain);
		return (DRO_EINVAL);
	}
	return (
	    dro_session_account(p->session, p->dom->account, &p->opened, err));
}

static enum dro_code
find_zone(struct dro_publishing *p, const char *name, struct dro_err *err)
{
	enum dro_code code = p->lane != NULL
	    ? dro_lane_zone(p->lane, name, &p->zone, err)
	    : provider_of(p)->zone(p->opened->ctx, name, &p->zone, err);

	return (by_account(p, code, err));
}

static enum dro_code
read_held(struct dro_publishing *p, void *ctx, const struct dro_rrset *like,
    struct dro_rrset *out, struct dro_err *err)
{
	const struct dro_rrkey key = {like->name, like->type};

	dro_rrset_init(out, like->name, like->type);
	if (provider_of(p)->read == NULL)
		return (dro_ticket_held(p->session, like, p->arena, out, err));
	return (by_account(p,
	    provider_of(p)->read(ctx, &p->zone, &key, p->arena, out, err),
	    err));
}

/*
 * Before the intent: the provider must hold what the name servers serve,
 * else somebody is editing, or another provider serves the zone.
 */
static enum dro_code
check_before(struct dro_publishing *p, void *ctx,
    const struct dro_change *change, struct dro_err *err)
{
	struct dro_rrset held;
	enum dro_code code;

	code = find_zone(p, change->before.name, err);
	if (code == DRO_OK)
		code = provider_of(p)->explain(ctx, &change->after, err);
	if (code == DRO_OK)
		code = read_held(p, ctx, &change->before, &held, err);
	if (code != DRO_OK)
		return (code);
	if (dro_rrset_same_values(&held, &change->before) ||
	    dro_rrset_same_values(&held, &change->after))
		return (DRO_OK);
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s: account %s holds another record than the name servers serve "
	    "(\"%.120s\" against \"%.120s\"); nothing was sent",
	    change->before.name, p->dom->account->name,
	    held.n > 0 ? held.values[0].ptr : "none",
	    change->before.n > 0 ? change->before.values[0].ptr : "none"));
}

enum dro_code
dro_publishing_look(struct dro_publishing *p, void *ctx, struct dro_err *err)
{
	enum dro_code code = DRO_OK;

	for (p->at = 0; p->at < p->n; p->at++) {
		code = check_before(p, ctx, &p->changes[p->at], err);
		if (code != DRO_OK)
			break;
	}
	return (code);
}

/* The operation that ${change} is to become. */
static struct dro_op
op_of(const struct dro_publishing *p, const struct dro_change *change)
{
	return ((struct dro_op){.domain = p->dom->domain,
	    .client = p->dom->client->id,
	    .account = p->dom->account != NULL ? p->dom->account->name : NULL,
	    .kind = change->kind,
	    .from = change->from,
	    .to = change->to,
	    .reason = change->reason,
	    .evidence = p->evidence,
	    .source = p->source,
	    .before = change->before,
	    .after = change->after,
	    .settle_s = change->settle_s});
}

/* Write the intents, all or none. */
static enum dro_code
write_intents(struct dro_publishing *p, struct dro_err *err)
{
	struct dro_session *session = p->session;
	int64_t ids[DRO_PARTS];
	enum dro_code code;
	size_t i;

	for (i = 0; i < p->n; i++)
		p->ops[i] = op_of(p, &p->changes[i]);
	code =
	    dro_ops_begin(session->store, p->ops, p->n, session->now, ids, err);
	for (i = 0; i < p->n && code == DRO_OK; i++) {
		p->ops[i].id = ids[i];
		dro_session_tell_op(p->session, "operation.intent", &p->ops[i],
		    p->ops[i].reason);
	}
	return (code);
}

static enum dro_code
mark_sending(struct dro_publishing *p, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < p->n && code == DRO_OK; i++)
		code = dro_op_sending(
		    p->session->store, p->ops[i].id, p->session->now, err);
	return (code);
}

enum dro_code
dro_publishing_begin(struct dro_publishing *p, enum dro_code looked,
    const struct dro_err *why, bool *go, struct dro_err *err)
{
	enum dro_code code;
	struct dro_op op;

	*go = looked == DRO_OK;
	if (!*go) {
		note_failure(p, why);
		op = op_of(p, &p->changes[p->at]);
		dro_session_tell_op(
		    p->session, "operation.failed", &op, why->msg);
		return (DRO_OK);
	}
	code = write_intents(p, err);
	if (code == DRO_OK)
		code = mark_sending(p, err);
	return (code);
}

/* The call itself: to the provider, or into the hands of a person. */
enum dro_code
dro_publishing_send(struct dro_publishing *p, void *ctx, struct dro_err *err)
{
	const struct dro_provider *provider = provider_of(p);
	struct dro_rrchange changes[DRO_PARTS];
	enum dro_code code;
	size_t i;

	if (provider->apply == NULL) {
		assert(p->n == 1);
		return (by_account(
		    p, dro_ticket_out(p->session, &p->ops[0], err), err));
	}
	for (i = 0; i < p->n; i++)
		changes[i] =
		    (struct dro_rrchange){&p->ops[i].before, &p->ops[i].after};
	code = provider->apply(ctx, &p->zone, changes, p->n, &p->receipt, err);
	if (code == DRO_OK && provider->settle != NULL)
		code = provider->settle(ctx, &p->zone, &p->receipt, err);
	return (by_account(p, code, err));
}

/* The provider said no, or nothing: doubt leaves the operations open. */
static enum dro_code
not_sent(
    struct dro_publishing *p, const struct dro_err *why, struct dro_err *err)
{
	const bool conflict = why->code == DRO_ECONFLICT;
	const bool unknown = why->code == DRO_ETIMEOUT;
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < p->n && code == DRO_OK; i++) {
		if (!unknown)
			code = dro_op_close(p->session->store, p->ops[i].id,
			    conflict ? DRO_OP_CONFLICT : DRO_OP_ABANDONED,
			    why->msg, p->session->now, err);
		if (code == DRO_OK)
			dro_session_tell_op(p->session,
			    unknown	   ? "operation.unknown"
				: conflict ? "operation.conflict"
					   : "operation.failed",
			    &p->ops[i], why->msg);
	}
	return (code);
}

enum dro_code
dro_publishing_end(struct dro_publishing *p, enum dro_code sent,
    const struct dro_err *why, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_session *session = p->session;
	enum dro_code code = DRO_OK;
	size_t i;

	if (sent != DRO_OK) {
		note_failure(p, why);
		*out = DRO_OUTCOME_FAILED;
		return (not_sent(p, why, err));
	}
	*out = dro_by_hand(p->dom->account) ? DRO_OUTCOME_WAITING
					    : DRO_OUTCOME_VERIFYING;
	for (i = 0; i < p->n && code == DRO_OK; i++) {
		code = dro_op_sent(
		    session->store, p->ops[i].id, session->now, err);
		if (code == DRO_OK && *out == DRO_OUTCOME_WAITING)
			code = dro_ticket_told(session, &p->ops[i], err);
		if (code == DRO_OK)
			dro_session_tell_op(p->session, "operation.sent",
			    &p->ops[i], p->receipt.note);
	}
	return (code);
}

/* Send what is marked as being sent, and write down what came of it. */
static enum dro_code
send_now(struct dro_publishing *p, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_err why;
	enum dro_code sent = dro_publishing_send(p, p->opened->ctx, &why);
	enum dro_code code = dro_publishing_end(p, sent, &why, out, err);

	if (code == DRO_OK && sent != DRO_OK)
		*err = why;
	return (code);
}

enum dro_code
dro_publish_all(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *changes, size_t n, const char *evidence,
    const char *source, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	struct dro_publishing p = {.session = session,
	    .dom = dom,
	    .changes = changes,
	    .n = n,
	    .evidence = evidence,
	    .source = source,
	    .arena = arena};
	enum dro_code code, looked;
	struct dro_err why;
	bool go;

	assert(n > 0 && n <= DRO_PARTS);
	*out = DRO_OUTCOME_FAILED;
	looked = dro_publishing_open(&p, &why);
	if (looked == DRO_OK)
		looked = dro_publishing_look(&p, p.opened->ctx, &why);
	code = dro_publishing_begin(&p, looked, &why, &go, err);
	if (code == DRO_OK && go)
		return (send_now(&p, out, err));
	if (code == DRO_OK)
		*err = why;
	return (code);
}

enum dro_code
dro_publish(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *change, const char *evidence, const char *source,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	return (dro_publish_all(
	    session, dom, change, 1, evidence, source, arena, out, err));
}

enum dro_code
dro_publish_again(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_op *op, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	struct dro_publishing p = {
	    .session = session, .dom = dom, .n = 1, .arena = arena};
	enum dro_code code;
	struct dro_err why;

	p.ops[0] = *op;
	code = dro_publishing_open(&p, &why);
	if (code == DRO_OK)
		code = find_zone(&p, op->after.name, &why);
	if (code != DRO_OK) {
		note_failure(&p, &why);
		*out = DRO_OUTCOME_FAILED;
		*err = why;
		dro_session_tell_op(session, "operation.unknown", op, why.msg);
		return (DRO_OK);
	}
	if ((code = mark_sending(&p, err)) != DRO_OK)
		return (code);
	return (send_now(&p, out, err));
}

enum dro_code
dro_read_held(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_rrset *like, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	struct dro_publishing p = {
	    .session = session, .dom = dom, .arena = arena};
	enum dro_code code;

	code = dro_publishing_open(&p, err);
	if (code == DRO_OK)
		code = find_zone(&p, like->name, err);
	if (code == DRO_OK)
		code = read_held(&p, p.opened->ctx, like, out, err);
	if (code != DRO_OK)
		note_failure(&p, err);
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
