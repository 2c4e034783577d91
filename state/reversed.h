#ifndef DRO_STATE_REVERSED_H
#define DRO_STATE_REVERSED_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "store.h"

/*
 * The confirmed names of addresses that mail of a domain came from, and that
 * an address has none.  dro_facts_load reads the names.  Asking again and
 * hearing the same ends no rest; rows go when whole addresses go (prune.c).
 */

/* One address, as DNS last told. */
struct dro_reverse_told {
	const char *ip; /* canonical text */
	const char *name; /* normalised; NULL: none that is confirmed */
	int64_t at; /* when it was asked */
};

/**
 * dro_reverse_read(store, domain, arena, out, n, err):
 * All that is known of the addresses of ${domain}, sorted by address.
 */
enum dro_code dro_reverse_read(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_reverse_told **out, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_reverse_keep(store, domain, told, n, err): keep ${told}, one commit. */
enum dro_code dro_reverse_keep(struct dro_store *store, const char *domain,
    const struct dro_reverse_told *told, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_REVERSED_H */
