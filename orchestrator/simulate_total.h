#ifndef DRO_ORCHESTRATOR_SIMULATE_TOTAL_H
#define DRO_ORCHESTRATOR_SIMULATE_TOTAL_H

#include "base/arena.h"
#include "simulate/replay.h"
#include "stage/settings.h"

/* What the domains under one policy come to. */

/* One replay, to be shown. */
struct dro_sim_run {
	const char *client; /* NULL: of a made world */
	const char *domain;
	const struct dro_settings *settings;
	const struct dro_replay *replay; /* NULL: no report to replay */
};

/* On which days something happened to domains. */
struct dro_sim_days {
	size_t n, room;
	int *days; /* as they come; of malloc */
};

/* How far a rung is. */
struct dro_sim_rung {
	const char *name;
	size_t domains; /* that have it on their ladders */
	struct dro_sim_days reached;
};

/* A source of a domain that lost legitimate mail. */
struct dro_sim_worst {
	const char *domain;
	struct dro_harmed source;
};

#define DRO_SIM_WORST 5

struct dro_sim_total {
	const char *policy;
	size_t domains, moved, bound_passed;
	struct dro_sim_days arrived; /* at the target */
	size_t n_rungs; /* of all ladders, in their order */
	struct dro_sim_rung *rungs;
	struct dro_harm harm; /* no sources */
	int64_t questions, setbacks;
	struct dro_asked_list asked;
	size_t n_worst; /* most messages hit first */
	struct dro_sim_worst worst[DRO_SIM_WORST];
};

struct dro_sim_totals {
	struct dro_arena *arena; /* of names */
	size_t n;
	struct dro_sim_total *all; /* as the policies come */
};

/** dro_sim_totals_finish(totals): accepts a zeroed one. */
void dro_sim_totals_finish(struct dro_sim_totals *totals);

/** dro_sim_totals_add(totals, run): false when out of memory. */
bool dro_sim_totals_add(
    struct dro_sim_totals *totals, const struct dro_sim_run *run);

/**
 * dro_sim_median(days, domains):
 * The day by which half of ${domains} were there; -1: they never were.
 */
int dro_sim_median(const struct dro_sim_days *days, size_t domains);

/**
 * dro_sim_share(arena, hit, all):
 * What part of ${all} messages was hit, in whole per cent: "48%"; "-" of none.
 */
const char *dro_sim_share(
    struct dro_arena *arena, const struct dro_hit *hit, int64_t all);

/**
 * dro_sim_target(settings), dro_sim_full(settings, level):
 * The rung that is the target, and the first at which ${level} is asked of
 * all receivers (0: none).
 */
size_t dro_sim_target(const struct dro_settings *settings);
size_t dro_sim_full(const struct dro_settings *settings, enum dro_level level);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_TOTAL_H */
