#ifndef DRO_ORCHESTRATOR_APPLY_TICKET_H
#define DRO_ORCHESTRATOR_APPLY_TICKET_H

#include "apply/session.h"

/*
 * Changes that a person makes, from a ticket (DRO_CAP_BY_HAND).  The journal
 * treats them as any other: "sent" means that the ticket is out, and what the
 * account holds is what the name servers show.
 */

/** dro_by_hand(account): whether a person makes the changes of ${account}. */
bool dro_by_hand(const struct dro_account *account);

/** dro_is_ticket(session, op): whether ${op} was given to a person. */
bool dro_is_ticket(const struct dro_session *session, const struct dro_op *op);

/** dro_ticket_out(session, op, err): write the ticket of ${op}. */
enum dro_code dro_ticket_out(struct dro_session *session,
    const struct dro_op *op, struct dro_err *err) DRO_MUST_CHECK;

/** dro_ticket_told(session, op, err): say that it is out, and write it down. */
enum dro_code dro_ticket_told(struct dro_session *session,
    const struct dro_op *op, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ticket_end(session, op, status, note):
 * Write into the ticket of ${op}, if it has one, what became of it.  What
 * goes wrong is told and keeps nothing else from happening: a person who acts
 * on a stale ticket is found out as drift.
 */
void dro_ticket_end(struct dro_session *session, const struct dro_op *op,
    enum dro_ticket_status status, const char *note);

/**
 * dro_ticket_look(session, like, arena, out, err):
 * What the name servers show now at name and type of ${like}; silence is
 * DRO_LIVE_UNKNOWN and no error.
 */
enum dro_code dro_ticket_look(struct dro_session *session,
    const struct dro_rrset *like, struct dro_arena *arena, struct dro_live *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ticket_held(session, like, arena, out, err):
 * The same as the RRset that an account holds; an error if it is not clear.
 */
enum dro_code dro_ticket_held(struct dro_session *session,
    const struct dro_rrset *like, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ticket_expired(session, op, arena, why, err):
 * ${why} nobody shall act on the ticket any more, because its time is over;
 * NULL while it is not.
 */
enum dro_code dro_ticket_expired(struct dro_session *session,
    const struct dro_op *op, struct dro_arena *arena, const char **why,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ticket_remind(session, dom, arena, err):
 * Remind of the open ticket of ${dom}, if it has one, when it is time.
 */
enum dro_code dro_ticket_remind(struct dro_session *session,
    const struct dro_domain *dom, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ticket_reason(session, op, arena):
 * "waits for a person since 3 days (ticket PATH)"; NULL when out of memory.
 */
const char *dro_ticket_reason(const struct dro_session *session,
    const struct dro_op *op, struct dro_arena *arena);

#endif /* !DRO_ORCHESTRATOR_APPLY_TICKET_H */
