#ifndef DRO_ORCHESTRATOR_SIMULATE_WORLD_H
#define DRO_ORCHESTRATOR_SIMULATE_WORLD_H

#include "base/arena.h"
#include "stage/evidence.h"

/*
 * Made-up evidence about one domain: what its reporters would have told.  The
 * same world and number of the domain give the same evidence.
 */

#define DRO_WORLD_PPM 1000000

/* How the failures of the own mail come. */
enum dro_clumps {
	DRO_CLUMPS_NONE, /* each message fails by itself */
	DRO_CLUMPS_DAY, /* on some days all of it fails, on others none */
	DRO_CLUMPS_RARE /* those of one sender that sends once a month */
};

struct dro_world {
	int64_t messages; /* a day, of the domain's own sources */
	int reporters; /* that share them evenly */
	int days;
	int64_t fail_ppm; /* of the own messages, in the long run */
	enum dro_clumps clumps;
	int64_t spoof_ppm; /* of strangers, besides: share of the messages */
	int64_t seed;
	int domains;
};

/* What a world is that says nothing else. */
extern const struct dro_world dro_world_usual;

/* The first day that is made up: 2026-01-05, a Monday. */
#define DRO_WORLD_DAY0 20458

/**
 * dro_world_set(world, word, err):
 * Take "KEY=VALUE" into ${world}: messages, reporters, days, fail, clumps
 * (none, day, rare), spoof, seed, domains.  Shares are in per cent with up to
 * four decimals ("0.1%").  DRO_EINVAL says what is wrong with ${word}.
 */
enum dro_code dro_world_set(struct dro_world *world, const char *word,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_world_make(world, i, domain, arena, out, err):
 * The evidence about domain number ${i}, called ${domain}: one report a day of
 * each reporter from DRO_WORLD_DAY0 on.  It lives in ${arena}.
 */
enum dro_code dro_world_make(const struct dro_world *world, int i,
    const char *domain, struct dro_arena *arena, struct dro_evidence *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_clumps_name(clumps): "none", "day" or "rare". */
const char *dro_clumps_name(enum dro_clumps clumps);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_WORLD_H */
