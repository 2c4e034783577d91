#ifndef DRO_ORCHESTRATOR_HAND_H
#define DRO_ORCHESTRATOR_HAND_H

#include "apply/publish.h"
#include "cmd.h"

/* What the verbs share that publish at a person's word. */

/* One verb's work on one domain; returns its exit code. */
typedef int dro_hand_fn(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom);

/**
 * dro_hand_run(cmd, dom, fn):
 * Open a session that may write, with its happenings printed, call ${fn} and
 * close it.
 */
int dro_hand_run(
    struct dro_cmd *cmd, const struct dro_domain *dom, dro_hand_fn *fn);

/**
 * dro_hand_publish(cmd, session, dom, change):
 * Publish ${change}, wait for the name servers, and return the exit code.
 */
int dro_hand_publish(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom, const struct dro_change *change);

/**
 * dro_hand_exit(cmd, outcome):
 * The exit code of ${outcome}; a ticket that is out is all that can be done
 * now.  Counts a change for the run log.
 */
int dro_hand_exit(struct dro_cmd *cmd, enum dro_outcome outcome);

#endif /* !DRO_ORCHESTRATOR_HAND_H */
