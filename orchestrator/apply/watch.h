#ifndef DRO_ORCHESTRATOR_APPLY_WATCH_H
#define DRO_ORCHESTRATOR_APPLY_WATCH_H

#include "apply/examine.h"

/**
 * dro_watch_look(session, domains, n, err):
 * Ask DNS, once a UTC day for each name, what the mail of ${domains} stands
 * on: the domain's own SPF record with the addresses and includes it names,
 * and the DKIM keys in use; keep what it told.  What it did not tell stays as
 * it was, and is asked about again.  Parked domains send no mail.
 */
enum dro_code dro_watch_look(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_watch_record(session, exam, err):
 * Watch the DKIM keys that the evidence shows in use, and those only; write a
 * line of history, and tell, when something has broken and when it mends.
 */
enum dro_code dro_watch_record(struct dro_session *session,
    const struct dro_exam *exam, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_WATCH_H */
