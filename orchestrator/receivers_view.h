#ifndef DRO_ORCHESTRATOR_RECEIVERS_VIEW_H
#define DRO_ORCHESTRATOR_RECEIVERS_VIEW_H

#include <jansson.h>

#include "output/output.h"
#include "stage/capability.h"

/* How what receivers are able to is shown by explain. */

/** dro_receivers_json(c): `capability` of rollout.explain/1; NULL: no memory. */
json_t *dro_receivers_json(const struct dro_capability *c);

/** dro_receivers_print(out, c, arena, err): the same as text. */
enum dro_code dro_receivers_print(const struct dro_out *out,
    const struct dro_capability *c, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_RECEIVERS_VIEW_H */
