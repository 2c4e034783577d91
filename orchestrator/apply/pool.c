#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "apply/pool.h"

struct worker {
	struct dro_lane *lane;
	struct dro_host *host; /* its own; NULL: it uses the lane's ${ctx} */
	void *ctx;
	const char *writes; /* the zone it changes now, or NULL */
	pthread_t thread;
};

/* What is below the lock of the pool is guarded by it. */
struct dro_lane {
	struct dro_pool *pool;
	const struct dro_provider *provider;
	const struct dro_conf *conf;
	struct dro_host *host;
	void *ctx;
	pthread_mutex_t zones; /* to be held for asking ${ctx} */
	struct dro_lane *next;

	pthread_cond_t work; /* a task that may begin, or the end */
	struct dro_task *queue;
	size_t queued;
	size_t idle; /* workers that wait */
	struct worker *workers; /* room for provider->calls */
	size_t n_workers;
	bool broken; /* ${why} is how every further task ends */
	struct dro_err why;
};

struct dro_pool {
	pthread_mutex_t lock;
	pthread_cond_t done; /* what is awaited ended */
	const struct dro_task *awaited;
	struct dro_lane *lanes;
	bool held; /* a task was left in a queue because of its zone */
	bool closing;
};

struct dro_pool *
dro_pool_create(void)
{
	struct dro_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return (NULL);
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->done, NULL);
	return (pool);
}

static void
close_worker(struct worker *w)
{
	if (w->host != NULL && w->ctx != NULL)
		w->lane->provider->close(w->ctx);
	dro_host_destroy(w->host);
}

/* Called with the lock held. */
static void
wake_all(struct dro_pool *pool)
{
	struct dro_lane *lane;

	for (lane = pool->lanes; lane != NULL; lane = lane->next)
		(void)pthread_cond_broadcast(&lane->work);
}

/* After its threads have ended. */
static void
free_lane(struct dro_lane *lane)
{
	size_t i;

	for (i = 0; i < lane->n_workers; i++)
		close_worker(&lane->workers[i]);
	(void)pthread_cond_destroy(&lane->work);
	(void)pthread_mutex_destroy(&lane->zones);
	free(lane->workers);
	free(lane);
}

void
dro_pool_destroy(struct dro_pool *pool)
{
	struct dro_lane *lane;
	size_t i;

	if (pool == NULL)
		return;
	(void)pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	wake_all(pool);
	(void)pthread_mutex_unlock(&pool->lock);
	/* All threads first: each looks at the workers of every lane. */
	for (lane = pool->lanes; lane != NULL; lane = lane->next)
		for (i = 0; i < lane->n_workers; i++)
			(void)pthread_join(lane->workers[i].thread, NULL);
	while ((lane = pool->lanes) != NULL) {
		pool->lanes = lane->next;
		free_lane(lane);
	}
	(void)pthread_cond_destroy(&pool->done);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

struct dro_lane *
dro_pool_lane(struct dro_pool *pool, const struct dro_provider *provider,
    const struct dro_conf *conf, struct dro_host *host, void *ctx)
{
	struct dro_lane *lane;

	for (lane = pool->lanes; lane != NULL; lane = lane->next)
		if (lane->ctx == ctx)
			return (lane);
	if ((lane = calloc(1, sizeof(*lane))) == NULL)
		return (NULL);
	lane->workers = calloc(provider->calls, sizeof(*lane->workers));
	if (lane->workers == NULL) {
		free(lane);
		return (NULL);
	}
	lane->pool = pool;
	lane->provider = provider;
	lane->conf = conf;
	lane->host = host;
	lane->ctx = ctx;
	(void)pthread_mutex_init(&lane->zones, NULL);
	(void)pthread_cond_init(&lane->work, NULL);
	(void)pthread_mutex_lock(&pool->lock);
	lane->next = pool->lanes;
	pool->lanes = lane;
	(void)pthread_mutex_unlock(&pool->lock);
	return (lane);
}

enum dro_code
dro_lane_zone(struct dro_lane *lane, const char *name, struct dro_zone *out,
    struct dro_err *err)
{
	enum dro_code code;

	(void)pthread_mutex_lock(&lane->zones);
	code = lane->provider->zone(lane->ctx, name, out, err);
	(void)pthread_mutex_unlock(&lane->zones);
	return (code);
}

static bool
is_written(const struct dro_pool *pool, const char *zone)
{
	const struct dro_lane *lane;
	size_t i;

	for (lane = pool->lanes; lane != NULL; lane = lane->next)
		for (i = 0; i < lane->n_workers; i++)
			if (lane->workers[i].writes != NULL &&
			    strcmp(lane->workers[i].writes, zone) == 0)
				return (true);
	return (false);
}

/* The first task that may begin now, taken out of the queue; or NULL. */
static struct dro_task *
take(struct dro_lane *lane)
{
	struct dro_task **at, *task;

	for (at = &lane->queue; (task = *at) != NULL; at = &task->next) {
		if (task->writes != NULL &&
		    is_written(lane->pool, task->writes)) {
			lane->pool->held = true;
			continue;
		}
		*at = task->next;
		lane->queued--;
		return (task);
	}
	return (NULL);
}

/* How a task ends that is not begun any more: nothing was sent for it. */
static void
refuse(const struct dro_lane *lane, struct dro_task *task)
{
	task->err = lane->why;
	if (task->err.code == DRO_ETIMEOUT)
		task->err.code = DRO_EREMOTE;
	dro_err_context(&task->err, "not tried any more");
	task->code = task->err.code;
}

/* Called with the lock held, which is released meanwhile. */
static void
run(struct worker *w, struct dro_task *task)
{
	struct dro_lane *lane = w->lane;
	struct dro_pool *pool = lane->pool;

	if (lane->broken) {
		refuse(lane, task);
	} else {
		w->writes = task->writes;
		(void)pthread_mutex_unlock(&pool->lock);
		task->code = task->run(task, w->ctx, &task->err);
		(void)pthread_mutex_lock(&pool->lock);
		w->writes = NULL;
		if (!lane->broken && task->code != DRO_OK &&
		    task->err.scope == DRO_SCOPE_ACCOUNT) {
			lane->broken = true;
			lane->why = task->err;
		}
	}
	if (task->writes != NULL && pool->held) {
		pool->held = false;
		wake_all(pool);
	}
	task->done = true;
	if (task == pool->awaited)
		(void)pthread_cond_signal(&pool->done);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct dro_pool *pool = w->lane->pool;
	struct dro_task *task;

	(void)pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		if ((task = take(w->lane)) != NULL) {
			run(w, task);
			continue;
		}
		w->lane->idle++;
		(void)pthread_cond_wait(&w->lane->work, &pool->lock);
		w->lane->idle--;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return (NULL);
}

/* Signals are for the thread that owns the pool. */
static int
start_thread(struct worker *w)
{
	sigset_t all, old;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&w->thread, NULL, work, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return (error);
}

/* Called with the lock held: others look at the workers. */
static enum dro_code
add_worker(struct dro_lane *lane, struct dro_err *err)
{
	struct worker *w = &lane->workers[lane->n_workers];
	enum dro_code code = DRO_OK;

	memset(w, 0, sizeof(*w));
	w->lane = lane;
	if (lane->provider->calls == 1) {
		w->ctx = lane->ctx;
	} else {
		code = dro_host_twin(lane->host, &w->host, err);
		if (code == DRO_OK)
			code = lane->provider->open(
			    w->host, lane->conf, &w->ctx, err);
	}
	if (code == DRO_OK && start_thread(w) != 0)
		code = dro_err_set(err, DRO_EIO, "no thread can be started");
	if (code == DRO_OK)
		lane->n_workers++;
	else
		close_worker(w);
	return (code);
}

void
dro_pool_submit(struct dro_pool *pool, struct dro_task *task)
{
	struct dro_lane *lane = task->lane;
	struct dro_task **end = &lane->queue;
	enum dro_code code = DRO_OK;
	struct dro_err why = {0};

	task->done = false;
	task->next = NULL;
	memset(&task->err, 0, sizeof(task->err));
	(void)pthread_mutex_lock(&pool->lock);
	/* One worker less than there could be is slower and no fault. */
	if (lane->queued >= lane->idle &&
	    lane->n_workers < lane->provider->calls)
		code = add_worker(lane, &why);
	if (lane->n_workers == 0) {
		task->code = code;
		task->err = why;
		task->done = true;
	} else {
		while (*end != NULL)
			end = &(*end)->next;
		*end = task;
		lane->queued++;
		(void)pthread_cond_signal(&lane->work);
	}
	(void)pthread_mutex_unlock(&pool->lock);
}

void
dro_pool_wait(struct dro_pool *pool, const struct dro_task *task)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->awaited = task;
	while (!task->done)
		(void)pthread_cond_wait(&pool->done, &pool->lock);
	(void)pthread_mutex_unlock(&pool->lock);
}
