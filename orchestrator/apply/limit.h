#ifndef DRO_ORCHESTRATOR_APPLY_LIMIT_H
#define DRO_ORCHESTRATOR_APPLY_LIMIT_H

#include "apply/move.h"

/**
 * dro_moves_limit(config, moves, n, arena, err):
 * Choose which of all ${n} moves of a run go in it, by the limits of
 * ${config}; the others get held_by "limit" and a text.  A step back always
 * goes; a move that is held already takes no place.  Plan and advance both
 * ask this, so they choose alike.
 */
enum dro_code dro_moves_limit(const struct dro_config *config,
    struct dro_move *moves, size_t n, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_LIMIT_H */
