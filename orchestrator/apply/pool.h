#ifndef DRO_ORCHESTRATOR_APPLY_POOL_H
#define DRO_ORCHESTRATOR_APPLY_POOL_H

#include <stdbool.h>

#include "base/err.h"
#include "host/host.h"
#include "provider.h"

/*
 * Provider calls of one run, several at a time.  A lane stands for one account
 * and has as many workers as its provider takes calls at once; each worker is
 * a thread with a host and a context of its own, since neither can be shared.
 * What decides, keeps the journal and prints stays in the one thread that owns
 * the pool and calls the functions below: it hands tasks out and waits for
 * them.
 *
 * Two promises: no two tasks that write in one zone run at the same time,
 * through whichever accounts; and after a task failed with DRO_SCOPE_ACCOUNT,
 * none of that lane is begun any more.
 */
struct dro_pool;
struct dro_lane;

/* One piece of work. */
struct dro_task {
	/* In a worker, with that worker's context; what it fails with stays. */
	enum dro_code (*run)(
	    struct dro_task *task, void *ctx, struct dro_err *err);
	void *arg; /* for ${run} */
	struct dro_lane *lane;
	const char *writes; /* the zone that it changes; NULL: it reads */
	enum dro_code code; /* how it ended; to be read after dro_pool_wait */
	struct dro_err err;
	bool done; /* this and the next are the pool's */
	struct dro_task *next;
};

/**
 * dro_pool_create(), dro_pool_destroy(pool):
 * A pool without lanes, or NULL when out of memory.  Destroy waits for the
 * tasks that run; those that were not begun are never.  It accepts NULL.
 */
struct dro_pool *dro_pool_create(void);
void dro_pool_destroy(struct dro_pool *pool);

/**
 * dro_pool_lane(pool, provider, conf, host, ctx):
 * The lane of the account that was opened as ${ctx} with ${conf} through
 * ${host}, made on first use; NULL when out of memory.  Until the pool is
 * destroyed ${ctx} belongs to the lane: all its workers find zones through it,
 * one at a time, so that what an account has is asked for once.
 */
struct dro_lane *dro_pool_lane(struct dro_pool *pool,
    const struct dro_provider *provider, const struct dro_conf *conf,
    struct dro_host *host, void *ctx);

/**
 * dro_lane_zone(lane, name, out, err):
 * What provider->zone says; for tasks.
 */
enum dro_code dro_lane_zone(struct dro_lane *lane, const char *name,
    struct dro_zone *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_pool_submit(pool, task):
 * Let a worker of task->lane run ${task}, which stays where it is until it was
 * waited for.  Tasks of a lane begin in the order in which they were handed
 * in, apart from one whose zone is being written in.
 */
void dro_pool_submit(struct dro_pool *pool, struct dro_task *task);

/** dro_pool_wait(pool, task): until ${task}, which was submitted, ended. */
void dro_pool_wait(struct dro_pool *pool, const struct dro_task *task);

#endif /* !DRO_ORCHESTRATOR_APPLY_POOL_H */
