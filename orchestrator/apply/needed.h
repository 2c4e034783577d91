#ifndef DRO_ORCHESTRATOR_APPLY_NEEDED_H
#define DRO_ORCHESTRATOR_APPLY_NEEDED_H

#include "apply/session.h"

/**
 * dro_needed_by(session, domain, arena, out, err):
 * Why mail of others needs ${domain} as it is: it receives reports, or a
 * declared source of another listed domain uses it.  NULL if the
 * configuration knows of nothing.  Reports would not tell more: a MAIL FROM
 * domain that passes SPF has senders in its SPF record, which is refused
 * already.
 */
enum dro_code dro_needed_by(struct dro_session *session, const char *domain,
    struct dro_arena *arena, const char **out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_NEEDED_H */
