#ifndef DRO_ORCHESTRATOR_APPLY_FILTER_H
#define DRO_ORCHESTRATOR_APPLY_FILTER_H

#include "apply/move.h"
#include "apply/planfile.h"
#include "apply/session.h"

/* What a run found out about one domain, as far as a plan asks. */
struct dro_found_out {
	const struct dro_domain *dom;
	bool looked; /* false: the run ended before it */
	const char *why; /* why it does not move, or NULL */
};

/**
 * dro_filter_moves(session, plan, found, n_found, moves, n_moves, stale, err):
 * Hold back every move of ${moves} that ${plan} does not have: a plan is a
 * filter, never an instruction.  A move goes if a change of the plan for its
 * domain has the same digest; a step back always goes, because it protects
 * mail.  Changes of the plan that no move carries out are told as done
 * (servers show the record already) or as "plan.stale" with what differs:
 * record, verdict or config; ${stale} is their number.  A domain that is
 * configured but not among ${found} was left out of the run on purpose, and
 * so are its changes.
 */
enum dro_code dro_filter_moves(struct dro_session *session,
    const struct dro_planfile *plan, const struct dro_found_out *found,
    size_t n_found, struct dro_move *moves, size_t n_moves, size_t *stale,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_FILTER_H */
