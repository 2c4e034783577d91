#ifndef DRO_STATE_GATHER_H
#define DRO_STATE_GATHER_H

#include "internal.h"

struct spot;

/* The lines of many reports on their way to streams and cells. */
struct dro_gather {
	struct dro_arena *arena;
	uint64_t seed;
	struct spot *spots;
	size_t n_spots, spots_cap;
	uint32_t *index; /* open addressing; 0 is empty, else spot + 1 */
	size_t n_index; /* a power of two */
	struct dro_cell *cells;
	size_t n_cells, cells_cap;
};

/**
 * dro_grow(items, cap, n, size):
 * Make room in ${items}, of malloc, for one more than the ${n} items of
 * ${size} octets that it holds.  False when out of memory.
 */
bool dro_grow(void **items, size_t *cap, size_t n, size_t size) DRO_MUST_CHECK;

void dro_gather_init(struct dro_gather *g, struct dro_arena *arena);
void dro_gather_finish(struct dro_gather *g);

/**
 * dro_gather_report(g, day, reporter, cells):
 * Take the lines of one report; what is left in ${cells} is damaged.  False
 * when out of memory.
 */
bool dro_gather_report(struct dro_gather *g, int32_t day, uint32_t reporter,
    struct dro_str *cells) DRO_MUST_CHECK;

/**
 * dro_gather_end(g, store, out, err):
 * Fill streams and cells of ${out}, in an order that does not depend on the
 * order of the reports.
 */
enum dro_code dro_gather_end(struct dro_gather *g, struct dro_store *store,
    struct dro_evidence *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_GATHER_H */
