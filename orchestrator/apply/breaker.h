#ifndef DRO_ORCHESTRATOR_APPLY_BREAKER_H
#define DRO_ORCHESTRATOR_APPLY_BREAKER_H

#include "apply/move.h"
#include "journal.h"

/**
 * dro_moves_breaker(config, store, now, moves, n, arena, err):
 * Give held_by "breaker" and a text to those of all ${n} step backs of a run
 * that are too many, with those of the last 24 hours.  The others go; by hand
 * any goes.  Plan, status and advance ask this, so they choose alike.
 */
enum dro_code dro_moves_breaker(const struct dro_config *config,
    struct dro_store *store, int64_t now, struct dro_move *moves, size_t n,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_BREAKER_H */
