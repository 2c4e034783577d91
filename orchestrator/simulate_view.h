#ifndef DRO_ORCHESTRATOR_SIMULATE_VIEW_H
#define DRO_ORCHESTRATOR_SIMULATE_VIEW_H

#include <jansson.h>

#include "output/output.h"
#include "simulate/replay.h"
#include "simulate/world.h"
#include "stage/settings.h"

/* One replay, to be shown. */
struct dro_sim_run {
	const char *client; /* NULL: of a made world */
	const char *domain;
	const struct dro_settings *settings;
	const struct dro_replay *replay; /* NULL: no report to replay */
};

/* All replays of one call, as they are shown; the replays are not kept. */
struct dro_sim_view;

/**
 * dro_sim_create(out, world, now):
 * A view for ${out}; ${world} is the made one, or NULL for what is stored.
 * NULL when out of memory.
 */
struct dro_sim_view *dro_sim_create(
    const struct dro_out *out, const struct dro_world *world, int64_t now);

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

#endif /* !DRO_ORCHESTRATOR_SIMULATE_VIEW_H */
