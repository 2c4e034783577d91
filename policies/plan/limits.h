#ifndef DRO_PLAN_LIMITS_H
#define DRO_PLAN_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"

/* A share of the domains never limits a run to fewer changes than this. */
#define DRO_LIMIT_SMALL 10

/* How much one run may change; 0: no such limit. */
struct dro_limits {
	int max_changes;
	int64_t max_share_ppm; /* of all configured domains, rounded up */
	int per_client;
	int per_account;
};

/* One move that wants to go; the caller numbers clients and accounts. */
struct dro_wish {
	size_t client;
	size_t account;
	int64_t since; /* it waits on its rung since */
	bool free; /* a step back: no limit holds it, and it uses none up */
	const char *held; /* set: which limit holds it; NULL: it goes */
};

/**
 * dro_limits_total(limits, n_domains):
 * How many changes one run may make with ${n_domains} configured: the
 * smaller of max_changes and the share; SIZE_MAX without a limit.
 */
size_t dro_limits_total(const struct dro_limits *limits, size_t n_domains);

/**
 * dro_limits_pick(limits, n_domains, wishes, n, arena, err):
 * Choose which of ${n} wishes go in one run.  Every client has its turn
 * before one has a second; within a client, and between clients in the same
 * turn, who waits longest goes first, then in the order given.
 */
enum dro_code dro_limits_pick(const struct dro_limits *limits, size_t n_domains,
    struct dro_wish *wishes, size_t n, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PLAN_LIMITS_H */
