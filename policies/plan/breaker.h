#ifndef DRO_PLAN_BREAKER_H
#define DRO_PLAN_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* A share of the domains never trips the breaker at fewer than this. */
#define DRO_BREAKER_SMALL 3

/* How many may step back by themselves in 24 hours. */
struct dro_breaker {
	int clients;
	int64_t share_ppm; /* of all configured domains, rounded up */
};

/* A domain that stepped back by itself within a day, or is about to. */
struct dro_fall {
	size_t client; /* numbered by the caller */
	bool done; /* it did; it counts and is not judged */
	bool held; /* set: a person must look first */
};

/**
 * dro_breaker_pick(breaker, n_domains, falls, n, arena, err):
 * Many domains that break at once are more often one fault in what we see
 * than so many faults at clients.  Of ${n} falls, those that are done first,
 * hold what goes beyond the clients or the share of ${n_domains} that
 * ${breaker} allows to step back in a day.
 */
enum dro_code dro_breaker_pick(const struct dro_breaker *breaker,
    size_t n_domains, struct dro_fall *falls, size_t n, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PLAN_BREAKER_H */
