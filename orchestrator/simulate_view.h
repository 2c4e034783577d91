#ifndef DRO_ORCHESTRATOR_SIMULATE_VIEW_H
#define DRO_ORCHESTRATOR_SIMULATE_VIEW_H

#include <jansson.h>

#include "output/output.h"
#include "simulate/world.h"
#include "simulate_total.h"

/* What every replay of one call rests on. */
struct dro_sim_call {
	const struct dro_out *out;
	const struct dro_world *world; /* NULL: what is stored */
	struct dro_answers answers;
	int64_t now;
};

/* All replays of one call, as they are shown; the replays are not kept. */
struct dro_sim_view;

/** dro_sim_create(call): NULL when out of memory. */
struct dro_sim_view *dro_sim_create(const struct dro_sim_call *call);

/** dro_sim_destroy(view): accepts NULL. */
void dro_sim_destroy(struct dro_sim_view *view);

/** dro_sim_take(view, run, err): add one replay. */
enum dro_code dro_sim_take(struct dro_sim_view *view,
    const struct dro_sim_run *run, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_sim_print(view, parked, err):
 * Print all of it; ${parked} domains had no ladder to replay.
 */
enum dro_code dro_sim_print(struct dro_sim_view *view, size_t parked,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_sim_compare(out, totals, err):
 * Print what all domains come to, a column for each policy.
 */
enum dro_code dro_sim_compare(const struct dro_out *out,
    const struct dro_sim_totals *totals, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_sim_run_json(run), dro_sim_total_json(total), dro_sim_world_json(world):
 * Their parts of rollout.simulate/1; NULL when out of memory.
 */
json_t *dro_sim_run_json(const struct dro_sim_run *run);
json_t *dro_sim_total_json(const struct dro_sim_total *total);
json_t *dro_sim_world_json(const struct dro_world *world);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_VIEW_H */
