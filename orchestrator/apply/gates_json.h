#ifndef DRO_ORCHESTRATOR_APPLY_GATES_JSON_H
#define DRO_ORCHESTRATOR_APPLY_GATES_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "stage/decide.h"

/**
 * dro_gates_array(decision):
 * The gates of ${decision} as rollout.explain/1 has them; NULL when out of
 * memory.  The caller owns the array.
 */
json_t *dro_gates_array(const struct dro_decision *decision);

/**
 * dro_gates_json(decision, arena, out, err):
 * The same as text in ${arena}, for the journal.
 */
enum dro_code dro_gates_json(const struct dro_decision *decision,
    struct dro_arena *arena, const char **out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_GATES_JSON_H */
