#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "apply/pool.h"

/*
 * A provider that counts its contexts and who is in them.  Tasks meet at
 * gates, so that nothing here depends on how long anything takes: where two
 * are to run at once each waits for the other, and a minute is a failure.
 */
#define PATIENCE_S 60
#define MANY 200

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int inside; /* tasks that are in their gate */
	bool open; /* whoever is in a gate may leave */
	int began[MANY]; /* numbers of tasks, as they began */
	int n_began;
} gate = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false, {0}, 0};

static atomic_int contexts; /* that are open */
static atomic_int opened; /* ever */
static atomic_int asking; /* for a zone, at the moment */
static atomic_int most_asking;

struct context {
	struct dro_host *host;
	atomic_int users;
};

static enum dro_code
fake_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	struct context *c = calloc(1, sizeof(*c));

	(void)conf;
	if (c == NULL)
		return (dro_err_nomem(err));
	c->host = host;
	contexts++;
	opened++;
	*ctx = c;
	return (DRO_OK);
}

static void
fake_close(void *ctx)
{
	contexts--;
	free(ctx);
}

static enum dro_code
fake_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	const int now = ++asking;

	(void)ctx;
	(void)err;
	if (now > most_asking)
		most_asking = now;
	memset(out, 0, sizeof(*out));
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	asking--;
	return (DRO_OK);
}

static const struct dro_provider four = {.name = "four",
    .calls = 4,
    .open = fake_open,
    .zone = fake_zone,
    .close = fake_close};
static const struct dro_provider one = {.name = "one",
    .calls = 1,
    .open = fake_open,
    .zone = fake_zone,
    .close = fake_close};

static const struct dro_conf conf = {.account = "main"};

/* An account, and the pool it is used through. */
struct account {
	const struct dro_provider *provider;
	struct dro_host *host;
	void *ctx;
	struct dro_lane *lane;
};

static struct account
open_account(struct dro_pool *pool, const struct dro_provider *provider)
{
	struct account a = {.provider = provider};
	struct dro_err err;

	assert_int_equal(dro_host_create(false, &a.host, &err), DRO_OK);
	assert_int_equal(provider->open(a.host, &conf, &a.ctx, &err), DRO_OK);
	a.lane = dro_pool_lane(pool, provider, &conf, a.host, a.ctx);
	assert_non_null(a.lane);
	return (a);
}

/* After its pool. */
static void
close_account(struct account *a)
{
	a->provider->close(a->ctx);
	dro_host_destroy(a->host);
	assert_int_equal(contexts, 0);
}

/* What a task does, and what it is to be. */
struct work {
	struct dro_task task;
	int number;
	int fellows; /* wait until so many are in the gate; 0: do not */
	const char *asks; /* for this zone */
	enum dro_code code;
	enum dro_scope scope;
	atomic_int *writers; /* of its zone at the moment */
	void *ctx; /* in which it ran; NULL: it did not */
};

static bool
wait_gate(bool (*enough)(const struct work *), const struct work *w)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	while (!enough(w))
		if (pthread_cond_timedwait(&gate.changed, &gate.lock, &until) !=
		    0)
			return (false);
	return (true);
}

static bool
is_open(const struct work *w)
{
	return (gate.open || gate.inside >= w->fellows);
}

static enum dro_code
run(struct dro_task *task, void *ctx, struct dro_err *err)
{
	struct work *w = task->arg;
	struct context *c = ctx;
	struct dro_zone zone;
	bool met = true;

	w->ctx = ctx;
	if (c->users++ != 0)
		return (dro_err_set(err, DRO_EINVAL, "a shared context"));
	if (w->writers != NULL && (*w->writers)++ != 0)
		return (dro_err_set(err, DRO_EINVAL, "two writers"));
	if (w->asks != NULL &&
	    dro_lane_zone(task->lane, w->asks, &zone, err) != DRO_OK)
		return (err->code);
	(void)pthread_mutex_lock(&gate.lock);
	gate.began[gate.n_began++] = w->number;
	gate.inside++;
	(void)pthread_cond_broadcast(&gate.changed);
	if (w->fellows > 0)
		met = wait_gate(is_open, w);
	if (w->fellows > 0 && met)
		gate.open = true;
	(void)pthread_mutex_unlock(&gate.lock);
	if (w->writers != NULL)
		(*w->writers)--;
	c->users--;
	if (!met)
		return (dro_err_set(err, DRO_EINVAL, "nobody came"));
	if (w->code == DRO_OK)
		return (DRO_OK);
	(void)dro_err_set(err, w->code, "task %d", w->number);
	err->scope = w->scope;
	return (w->code);
}

static void
submit(struct dro_pool *pool, const struct account *a, struct work *w)
{
	w->task.run = run;
	w->task.arg = w;
	w->task.lane = a->lane;
	dro_pool_submit(pool, &w->task);
}

static void
expect(struct dro_pool *pool, struct work *w, enum dro_code code,
    const char *message)
{
	dro_pool_wait(pool, &w->task);
	if (code == DRO_OK && w->task.code != DRO_OK)
		fail_msg("task %d: %s", w->number, w->task.err.msg);
	assert_int_equal(w->task.code, code);
	if (code != DRO_OK)
		assert_string_equal(w->task.err.msg, message);
}

static int
setup(void **state)
{
	(void)state;
	gate.inside = gate.n_began = 0;
	gate.open = false;
	contexts = opened = asking = most_asking = 0;
	return (0);
}

/* Four calls of one account are on their way together, and no fifth. */
static void
test_as_many_as_it_takes(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);
	struct work w[MANY] = {0};
	int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		w[i].number = i;
		w[i].fellows = i < 4 ? 4 : 0;
		submit(pool, &a, &w[i]);
	}
	for (i = 0; i < MANY; i++)
		expect(pool, &w[i], DRO_OK, NULL);
	/* One for each worker, and the one that finds zones. */
	assert_int_equal(opened, 5);
	for (i = 0; i < MANY; i++)
		assert_ptr_not_equal(w[i].ctx, a.ctx);
	dro_pool_destroy(pool);
	close_account(&a);
}

/* A single task needs a single worker. */
static void
test_no_more_than_needed(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);
	struct work w = {.number = 1};

	(void)state;
	submit(pool, &a, &w);
	expect(pool, &w, DRO_OK, NULL);
	assert_int_equal(opened, 2);
	dro_pool_destroy(pool);
	close_account(&a);
}

/* With one call at a time the account has one context, in order. */
static void
test_one_call(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &one);
	struct work w[MANY] = {0};
	int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		w[i].number = i;
		w[i].asks = "one.example";
		submit(pool, &a, &w[i]);
	}
	for (i = 0; i < MANY; i++) {
		expect(pool, &w[i], DRO_OK, NULL);
		assert_ptr_equal(w[i].ctx, a.ctx);
		assert_int_equal(gate.began[i], i);
	}
	assert_int_equal(opened, 1);
	dro_pool_destroy(pool);
	close_account(&a);
}

/* Two lanes, ten zones: a zone has one writer, whoever writes. */
static void
test_one_writer_in_a_zone(void **state)
{
	static const char *const zones[] = {"a.example", "b.example",
	    "c.example", "d.example", "e.example", "f.example", "g.example",
	    "h.example", "i.example", "j.example"};
	atomic_int writers[10] = {0};
	struct dro_pool *pool = dro_pool_create();
	struct account a[2];
	struct work w[MANY] = {0};
	int i;

	(void)state;
	a[0] = open_account(pool, &four);
	a[1] = open_account(pool, &four);
	for (i = 0; i < MANY; i++) {
		w[i].number = i;
		w[i].asks = zones[i % 10];
		/* Runs of the same zone, and a few readers among them. */
		if (i % 7 != 0) {
			w[i].task.writes = zones[i / 4 % 10];
			w[i].writers = &writers[i / 4 % 10];
		}
		submit(pool, &a[i % 2], &w[i]);
	}
	for (i = 0; i < MANY; i++)
		expect(pool, &w[i], DRO_OK, NULL);
	dro_pool_destroy(pool);
	a[0].provider->close(a[0].ctx);
	dro_host_destroy(a[0].host);
	close_account(&a[1]);
}

/* Writers of two zones meet; so do a writer and a reader of one zone. */
static void
test_different_zones_overlap(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);
	struct work x = {.number = 1, .fellows = 3, .task.writes = "x.example"};
	struct work y = {.number = 2, .fellows = 3, .task.writes = "y.example"};
	struct work reads = {.number = 3, .fellows = 3, .asks = "x.example"};

	(void)state;
	submit(pool, &a, &x);
	submit(pool, &a, &y);
	submit(pool, &a, &reads);
	expect(pool, &x, DRO_OK, NULL);
	expect(pool, &y, DRO_OK, NULL);
	expect(pool, &reads, DRO_OK, NULL);
	dro_pool_destroy(pool);
	close_account(&a);
}

/* A task that waits for its zone lets others of its lane pass. */
static void
test_waiting_for_a_zone(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);
	struct work first = {
	    .number = 1, .fellows = 2, .task.writes = "x.example"};
	struct work second = {.number = 2, .task.writes = "x.example"};
	struct work other = {
	    .number = 3, .fellows = 2, .task.writes = "y.example"};

	(void)state;
	submit(pool, &a, &first);
	submit(pool, &a, &second);
	submit(pool, &a, &other);
	expect(pool, &second, DRO_OK, NULL);
	expect(pool, &first, DRO_OK, NULL);
	expect(pool, &other, DRO_OK, NULL);
	assert_int_equal(gate.began[2], 2);
	dro_pool_destroy(pool);
	close_account(&a);
}

/* What stops an account stops nothing else. */
static void
test_breaker(void **state)
{
	static const struct {
		enum dro_code code, after;
		enum dro_scope scope;
		bool breaks;
	} cases[] = {
	    {DRO_EAUTH, DRO_EAUTH, DRO_SCOPE_ACCOUNT, true},
	    {DRO_ELIMIT, DRO_ELIMIT, DRO_SCOPE_ACCOUNT, true},
	    /* That one is in doubt; what was not begun is not. */
	    {DRO_ETIMEOUT, DRO_EREMOTE, DRO_SCOPE_ACCOUNT, true},
	    {DRO_EAUTH, DRO_OK, DRO_SCOPE_ZONE, false},
	    {DRO_EREMOTE, DRO_OK, DRO_SCOPE_ITEM, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct dro_pool *pool = dro_pool_create();
		struct account a = open_account(pool, &four);
		struct account b = open_account(pool, &one);
		struct work bad = {.number = 1,
		    .code = cases[i].code,
		    .scope = cases[i].scope};
		struct work later = {.number = 2}, other = {.number = 3};

		submit(pool, &a, &bad);
		expect(pool, &bad, cases[i].code, "task 1");
		submit(pool, &a, &later);
		submit(pool, &b, &other);
		expect(
		    pool, &later, cases[i].after, "not tried any more: task 1");
		assert_int_equal(later.ctx == NULL, cases[i].breaks);
		expect(pool, &other, DRO_OK, NULL);
		dro_pool_destroy(pool);
		b.provider->close(b.ctx);
		dro_host_destroy(b.host);
		close_account(&a);
	}
}

/* Destroying waits for what runs, and begins nothing. */
static void
test_destroy(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &one);
	struct work runs = {.number = 1, .fellows = 1}, never = {.number = 2};

	(void)state;
	submit(pool, &a, &runs);
	expect(pool, &runs, DRO_OK, NULL);
	gate.inside = 0;
	runs = (struct work){.number = 3, .fellows = 2};
	submit(pool, &a, &runs);
	submit(pool, &a, &never);
	(void)pthread_mutex_lock(&gate.lock);
	while (gate.inside == 0)
		(void)pthread_cond_wait(&gate.changed, &gate.lock);
	gate.open = true;
	(void)pthread_cond_broadcast(&gate.changed);
	(void)pthread_mutex_unlock(&gate.lock);
	dro_pool_destroy(pool);
	/* It may have been begun before the end was near, but never half. */
	assert_true(runs.task.done);
	assert_int_equal(never.task.done, never.ctx != NULL);
	close_account(&a);
}

/* Every worker asks for zones through the one context, in turn. */
static void
test_zones_one_at_a_time(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);
	struct work w[MANY] = {0};
	int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		w[i].number = i;
		w[i].asks = "a.example";
		submit(pool, &a, &w[i]);
	}
	for (i = 0; i < MANY; i++)
		expect(pool, &w[i], DRO_OK, NULL);
	assert_int_equal(most_asking, 1);
	dro_pool_destroy(pool);
	close_account(&a);
}

static void
test_empty(void **state)
{
	struct dro_pool *pool = dro_pool_create();
	struct account a = open_account(pool, &four);

	(void)state;
	/* The same account has the same lane. */
	assert_ptr_equal(
	    dro_pool_lane(pool, &four, &conf, a.host, a.ctx), a.lane);
	dro_pool_destroy(pool);
	dro_pool_destroy(NULL);
	close_account(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_as_many_as_it_takes, setup),
	    cmocka_unit_test_setup(test_no_more_than_needed, setup),
	    cmocka_unit_test_setup(test_one_call, setup),
	    cmocka_unit_test_setup(test_one_writer_in_a_zone, setup),
	    cmocka_unit_test_setup(test_different_zones_overlap, setup),
	    cmocka_unit_test_setup(test_waiting_for_a_zone, setup),
	    cmocka_unit_test_setup(test_breaker, setup),
	    cmocka_unit_test_setup(test_destroy, setup),
	    cmocka_unit_test_setup(test_zones_one_at_a_time, setup),
	    cmocka_unit_test_setup(test_empty, setup),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
