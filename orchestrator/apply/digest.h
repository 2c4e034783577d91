#ifndef DRO_ORCHESTRATOR_APPLY_DIGEST_H
#define DRO_ORCHESTRATOR_APPLY_DIGEST_H

#include "base/err.h"
#include "config/config.h"
#include "plan/plan.h"

/* SHA-256 in lower-case hexadecimal and a NUL. */
#define DRO_DIGEST_LEN 65

/**
 * dro_digest_change(dom, change, out, err):
 * Name ${change} of ${dom} by what it is: kind, rungs, account, record sets
 * before and after with their TTLs, and the effective settings behind the
 * decision.  Two changes with one digest are the same change.
 */
enum dro_code dro_digest_change(const struct dro_domain *dom,
    const struct dro_change *change, char out[DRO_DIGEST_LEN],
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_DIGEST_H */
