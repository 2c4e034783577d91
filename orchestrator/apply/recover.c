#include "apply/publish.h"
#include "apply/ticket.h"

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
		dro_session_tell_op(session,
		    state == DRO_OP_CONFLICT ? "operation.conflict"
					     : "operation.abandoned",
		    op, why);
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
		dro_session_tell_op(
		    session, "operation.unknown", op, live.detail);
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
		/* The same once more: it is the same ticket. */
		code = dro_publish_again(session, dom, op, arena, out, err);
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
	code = dro_read_held(session, dom, &op.after, arena, &held, err);
	if (code != DRO_OK) {
		*out = DRO_OUTCOME_FAILED;
		dro_session_tell_op(
		    session, "operation.unknown", &op, err->msg);
		return (DRO_OK);
	}
	if (dro_rrset_same_values(&held, &op.after)) {
		*out = DRO_OUTCOME_VERIFYING;
		if (op.state == DRO_OP_SENT)
			return (DRO_OK);
		/* The file or API has it; a server may not have been told. */
		return (dro_publish_again(session, dom, &op, arena, out, err));
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
