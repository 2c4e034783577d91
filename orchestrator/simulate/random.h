#ifndef DRO_ORCHESTRATOR_SIMULATE_RANDOM_H
#define DRO_ORCHESTRATOR_SIMULATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers that look random and are the same on every machine (Steele, Lea,
 * Flood: Fast splittable pseudorandom number generators, 2014).
 */
struct dro_random {
	uint64_t state;
};

/** dro_random_init(random, seed, stream): streams of one seed differ. */
void dro_random_init(struct dro_random *random, int64_t seed, int64_t stream);

/** dro_random_next(random): 64 bits. */
uint64_t dro_random_next(struct dro_random *random);

/** dro_random_chance(random, ppm): true once in 10^6 / ${ppm} on average. */
bool dro_random_chance(struct dro_random *random, int64_t ppm);

/** dro_random_count(random, n, ppm): how often in ${n} such chances. */
int64_t dro_random_count(struct dro_random *random, int64_t n, int64_t ppm);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_RANDOM_H */
