#ifndef DRO_ORCHESTRATOR_INGEST_DISTINCT_H
#define DRO_ORCHESTRATOR_INGEST_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

/* A key and where it stands. */
struct dro_distinct_key {
	uint64_t hash;
	size_t at;
	size_t len;
};

/*
 * Keys of strangers, each numbered once: a hash table whose memory is kept
 * from one report to the next.
 */
struct dro_distinct {
	uint64_t seed, factor; /* secret: nobody can choose what collides */
	struct dro_distinct_key *keys;
	size_t n, cap;
	uint32_t *index; /* open addressing; 0 is empty, else the number */
	size_t n_index; /* a power of two */
	char *octets;
	size_t octets_len, octets_cap;
};

/** dro_distinct_init(d): empty, with a secret of its own (getrandom). */
void dro_distinct_init(struct dro_distinct *d);

/** dro_distinct_finish(d): free it; as after init. */
void dro_distinct_finish(struct dro_distinct *d);

/** dro_distinct_reset(d): no keys; what was uncommonly large is given back. */
void dro_distinct_reset(struct dro_distinct *d);

/**
 * dro_distinct_number(d, key, len):
 * The number of ${key}: the first has 1, the next other one 2, and so on.  0
 * when out of memory.
 */
uint32_t dro_distinct_number(
    struct dro_distinct *d, const char *key, size_t len);

/** dro_distinct_key(d, number): its octets, until the next is numbered. */
const char *dro_distinct_key(const struct dro_distinct *d, uint32_t number);

#endif /* !DRO_ORCHESTRATOR_INGEST_DISTINCT_H */
