#include "simulate/random.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

void
dro_random_init(struct dro_random *random, int64_t seed, int64_t stream)
{
	random->state = mix(mix((uint64_t)seed + GOLDEN) + (uint64_t)stream);
}

uint64_t
dro_random_next(struct dro_random *random)
{
	random->state += GOLDEN;
	return (mix(random->state));
}

/* 2^64 / 10^6, rounded: off by less than one in 10^13. */
#define ONE_PPM (UINT64_MAX / 1000000)

bool
dro_random_chance(struct dro_random *random, int64_t ppm)
{
	return (dro_random_next(random) < (uint64_t)ppm * ONE_PPM);
}

int64_t
dro_random_count(struct dro_random *random, int64_t n, int64_t ppm)
{
	int64_t i, hits = 0;

	if (ppm <= 0)
		return (0);
	for (i = 0; i < n; i++)
		hits += dro_random_chance(random, ppm);
	return (hits);
}
