#ifndef DRO_ORCHESTRATOR_APPLY_TICK_H
#define DRO_ORCHESTRATOR_APPLY_TICK_H

#include "apply/planfile.h"
#include "apply/publish.h"

/* What one tick over many domains came to. */
struct dro_tick {
	size_t domains; /* looked at */
	size_t changed; /* verified */
	size_t verifying; /* published, not yet served everywhere */
	size_t failed; /* could not be served now */
	size_t waiting; /* hold, drift, pause: an answer */
	size_t stale; /* changes of the plan file that are stale */
	size_t deferred; /* ... that a limit or a pause held back */
};

/**
 * dro_tick(session, domains, n, plan, out, err):
 * One tick over ${n} domains.  First each is looked at: settle an open
 * operation, read live DNS, record a first sight, a foreign edit or drift,
 * decide.  With a ${plan}, which may be NULL, moves that it does not have
 * are held back (apply/filter.h).  Then the moves are published, at most one
 * rung each, and verified together, for at most config->verify_wait_s.  One
 * domain's fault stops no other; session->stop ends the tick early, between
 * two domains.  An error is returned only if the database fails or memory
 * ends.
 */
enum dro_code dro_tick(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n,
    const struct dro_planfile *plan, struct dro_tick *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_TICK_H */
