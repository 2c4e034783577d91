#ifndef DRO_STATE_SHADOW_H
#define DRO_STATE_SHADOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "store.h"

/* How long a name is told of after it was last reported, in days. */
#define DRO_SHADOW_DAYS 60

/*
 * A name below a listed domain that reports say has a policy of its own:
 * what is done to its mail is not what the listed domain asks for.
 */
struct dro_shadow {
	const char *below; /* the domain that was listed */
	const char *domain;
	const char *p; /* of its newest report, or NULL */
	int64_t last_end; /* of that */
	int64_t messages; /* of all, 2^53 at most */
};

/**
 * dro_shadows_load(store, below, now, arena, out, n, err):
 * What reporters whose word counts told of in the last DRO_SHADOW_DAYS, below
 * the domain ${below} (NULL: any), by listed domain and name.  The index of
 * such reports is all that is read.
 */
enum dro_code dro_shadows_load(struct dro_store *store, const char *below,
    int64_t now, struct dro_arena *arena, const struct dro_shadow **out,
    size_t *n, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_SHADOW_H */
