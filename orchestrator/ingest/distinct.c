#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ingest/distinct.h"

/* Keys of a large report; the tables of a larger one are given back. */
#define KEEP_MAX ((size_t)16 << 10)

void
dro_distinct_init(struct dro_distinct *d)
{
	memset(d, 0, sizeof(*d));
	if (getrandom(&d->seed, sizeof(d->seed), GRND_NONBLOCK) < 0 ||
	    getrandom(&d->factor, sizeof(d->factor), GRND_NONBLOCK) < 0)
		d->factor = UINT64_C(0x9e3779b97f4a7c15);
	d->factor |= 1;
}

void
dro_distinct_finish(struct dro_distinct *d)
{
	free(d->keys);
	free(d->index);
	free(d->octets);
	d->keys = NULL;
	d->index = NULL;
	d->octets = NULL;
	d->n = d->cap = d->n_index = d->octets_len = d->octets_cap = 0;
}

void
dro_distinct_reset(struct dro_distinct *d)
{
	if (d->n > KEEP_MAX) {
		dro_distinct_finish(d);
		return;
	}
	d->n = 0;
	d->octets_len = 0;
	if (d->index != NULL)
		memset(d->index, 0, d->n_index * sizeof(*d->index));
}

/* Eight octets at a time with a secret factor: no collisions to order. */
static uint64_t
hash_of(const struct dro_distinct *d, const char *key, size_t len)
{
	uint64_t h = d->seed ^ len, word;
	size_t i;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, key + i, sizeof(word));
		h = (h ^ word) * d->factor;
		h ^= h >> 29;
	}
	if (i < len) {
		word = 0;
		memcpy(&word, key + i, len - i);
		h = (h ^ word) * d->factor;
		h ^= h >> 29;
	}
	return (h);
}

static bool
grow_index(struct dro_distinct *d)
{
	size_t n = d->n_index == 0 ? 256 : d->n_index * 2, i, at;
	uint32_t *index;

	if ((index = calloc(n, sizeof(*index))) == NULL)
		return (false);
	for (i = 0; i < d->n; i++) {
		at = d->keys[i].hash & (n - 1);
		while (index[at] != 0)
			at = (at + 1) & (n - 1);
		index[at] = (uint32_t)i + 1;
	}
	free(d->index);
	d->index = index;
	d->n_index = n;
	return (true);
}

/* Room for one more key of ${len} octets. */
static bool
reserve(struct dro_distinct *d, size_t len)
{
	size_t cap;
	void *ptr;

	if (d->n == d->cap) {
		cap = d->cap == 0 ? 64 : d->cap * 2;
		if ((ptr = realloc(d->keys, cap * sizeof(*d->keys))) == NULL)
			return (false);
		d->keys = ptr;
		d->cap = cap;
	}
	if (d->octets == NULL || d->octets_len + len > d->octets_cap) {
		cap = d->octets_cap == 0 ? (size_t)8 << 10 : d->octets_cap * 2;
		while (cap < d->octets_len + len)
			cap *= 2;
		if ((ptr = realloc(d->octets, cap)) == NULL)
			return (false);
		d->octets = ptr;
		d->octets_cap = cap;
	}
	return (d->n * 2 < d->n_index || grow_index(d));
}

uint32_t
dro_distinct_number(struct dro_distinct *d, const char *key, size_t len)
{
	struct dro_distinct_key *k;
	uint64_t hash;
	size_t at;

	if (!reserve(d, len))
		return (0);
	hash = hash_of(d, key, len);
	at = hash & (d->n_index - 1);
	for (; d->index[at] != 0; at = (at + 1) & (d->n_index - 1)) {
		k = &d->keys[d->index[at] - 1];
		if (k->hash == hash && k->len == len &&
		    memcmp(d->octets + k->at, key, len) == 0)
			return (d->index[at]);
	}
	d->keys[d->n++] = (struct dro_distinct_key){hash, d->octets_len, len};
	memcpy(d->octets + d->octets_len, key, len);
	d->octets_len += len;
	d->index[at] = (uint32_t)d->n;
	return (d->index[at]);
}

const char *
dro_distinct_key(const struct dro_distinct *d, uint32_t number)
{
	return (d->octets + d->keys[number - 1].at);
}
