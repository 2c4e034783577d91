#ifndef DRO_ORCHESTRATOR_WATCH_VIEW_H
#define DRO_ORCHESTRATOR_WATCH_VIEW_H

#include <jansson.h>

#include "apply/examine.h"
#include "output/output.h"
#include "record/spf.h"

/* What explain says of the DNS that legitimate mail stands on. */

/**
 * dro_watch_print(out, exam):
 * What is no longer there and what to do, and what of the domain's own SPF
 * record proves nothing; no line if there is nothing to say.
 */
void dro_watch_print(struct dro_out *out, const struct dro_exam *exam);

/**
 * dro_watch_spf_json(spf):
 * The own_spf of rollout.explain/1: null if it is not known.
 */
json_t *dro_watch_spf_json(const struct dro_spf *spf);

#endif /* !DRO_ORCHESTRATOR_WATCH_VIEW_H */
