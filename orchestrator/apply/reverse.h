#ifndef DRO_ORCHESTRATOR_APPLY_REVERSE_H
#define DRO_ORCHESTRATOR_APPLY_REVERSE_H

#include "apply/examine.h"

/**
 * dro_reverse_look(session, exam, arena, changed, err):
 * If the domain of ${exam} knows a source by `ptr`: ask DNS for the names of
 * the whole addresses in its evidence, those with most mail first and each
 * once a week, and keep those that lead back to the address (RFC 1912 2.1).
 * What DNS does not tell stays as it was.  ${changed}: a name is another than
 * ${exam} was made with, so it must be made again.
 */
enum dro_code dro_reverse_look(struct dro_session *session,
    const struct dro_exam *exam, struct dro_arena *arena, bool *changed,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_REVERSE_H */
