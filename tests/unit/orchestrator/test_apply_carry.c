#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "apply/carry.h"

/*
 * Moves of a made-up portfolio, carried out for real: a database, and a
 * provider in memory that looks into the database whenever it is called.
 */
#define NOW 1772000000
#define MOVES 60
#define PATIENCE_S 60
#define OLD "v=DMARC1; p=none"
#define NEW "v=DMARC1; p=quarantine; pct=10; t=y"

static char directory[] = "/tmp/dro-carry-XXXXXX";
static char database[64];

/* What the provider is asked to do wrong, by number of the domain. */
enum fault { NONE, HELD_ANOTHER, UNKNOWN, REFUSED, BROKEN, UNREADABLE };

/* The world that both accounts change. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum fault faults[MOVES];
	bool has_new[MOVES];
	int applying, most_applying; /* calls at the moment, at the most */
	int meet; /* a call of apply waits until so many are in it */
	int applied; /* calls of apply */
	char complaint[128]; /* what was wrong first */
} world = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, {0}, 0, 0,
    0, 0, ""};

static int
number_of(const char *name)
{
	return ((int)strtol(strpbrk(name, "0123456789"), NULL, 10));
}

static void
complain(const char *name, const char *what)
{
	if (world.complaint[0] == '\0')
		(void)snprintf(world.complaint, sizeof(world.complaint),
		    "%.60s: %.60s", name, what);
}

static enum dro_code
fake_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	(void)host;
	(void)conf;
	*ctx = malloc(1);
	return (*ctx != NULL ? DRO_OK : dro_err_nomem(err));
}

/* Two neighbours share a zone: "_dmarc.d7.z3.example" is in "z3.example". */
static enum dro_code
fake_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	(void)ctx;
	(void)err;
	memset(out, 0, sizeof(*out));
	(void)snprintf(
	    out->name, sizeof(out->name), "%.60s", strchr(name, 'z'));
	return (DRO_OK);
}

static enum dro_code
fake_read(void *ctx, const struct dro_zone *zone, const struct dro_rrkey *key,
    struct dro_arena *arena, struct dro_rrset *out, struct dro_err *err)
{
	const int i = number_of(key->name);
	const char *text = OLD;

	(void)ctx;
	(void)zone;
	(void)pthread_mutex_lock(&world.lock);
	if (world.has_new[i])
		text = NEW;
	if (world.faults[i] == HELD_ANOTHER)
		text = "v=DMARC1; p=reject";
	(void)pthread_mutex_unlock(&world.lock);
	if (world.faults[i] == UNREADABLE)
		return (dro_err_set(err, DRO_EREMOTE, "cannot be read"));
	dro_rrset_init(out, key->name, key->type);
	out->ttl_s = 3600;
	return (dro_rrset_add(out, arena, text, strlen(text), err));
}

/* What the database says of ${domain}, as another process would see it. */
static enum dro_op_state
state_of(const char *domain)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_store *store = NULL;
	enum dro_op_state state = DRO_OP_NONE;
	struct dro_err err;
	struct dro_op op;

	if (dro_store_open(database, DRO_STORE_READ, NULL, &store, &err) !=
	    DRO_OK)
		state = DRO_OP_CONFLICT;
	else if (dro_op_open(store, domain, arena, &op, &err) == DRO_OK)
		state = op.state;
	dro_store_close(store);
	dro_arena_destroy(arena);
	return (state);
}

/* Let the others come in, so that they are seen at once. */
static void
meet_others(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_cond_broadcast(&world.changed);
	while (world.most_applying < world.meet)
		if (pthread_cond_timedwait(
			&world.changed, &world.lock, &until) != 0) {
			complain("apply", "nobody came");
			return;
		}
}

static enum dro_code
fake_apply(void *ctx, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_receipt *receipt,
    struct dro_err *err)
{
	static const char *writing[MOVES]; /* zones */
	const char *name = changes[0].wanted->name;
	const int i = number_of(name);
	enum fault fault;
	int k;

	(void)ctx;
	if (n != 1 || state_of(strchr(name, '.') + 1) != DRO_OP_SENDING)
		complain(name, "sent before it was written down");
	(void)pthread_mutex_lock(&world.lock);
	for (k = 0; k < MOVES; k++)
		if (writing[k] != NULL && strcmp(writing[k], zone->name) == 0)
			complain(name, "a second writer in the zone");
	writing[i] = zone->name;
	world.applied++;
	if (++world.applying > world.most_applying)
		world.most_applying = world.applying;
	meet_others();
	fault = world.faults[i];
	if (fault == NONE)
		world.has_new[i] = true;
	world.applying--;
	writing[i] = NULL;
	(void)pthread_mutex_unlock(&world.lock);
	memset(receipt, 0, sizeof(*receipt));
	if (fault == NONE)
		return (DRO_OK);
	(void)dro_err_set(err,
	    fault == UNKNOWN	   ? DRO_ETIMEOUT
		: fault == REFUSED ? DRO_EREMOTE
				   : DRO_EAUTH,
	    "d%d: no", i);
	if (fault == BROKEN)
		err->scope = DRO_SCOPE_ACCOUNT;
	return (err->code);
}

static enum dro_code
fake_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	(void)ctx;
	(void)wanted;
	(void)err;
	return (DRO_OK);
}

static const struct dro_opt no_options[] = {
    {NULL, DRO_OPT_STRING, false, NULL}};
static const struct dro_provider fake = {.name = "fake",
    .calls = 4,
    .opts = no_options,
    .open = fake_open,
    .zone = fake_zone,
    .read = fake_read,
    .apply = fake_apply,
    .explain = fake_explain,
    .close = free};

/* One run, and what it told. */
struct run {
	struct dro_arena *arena;
	struct dro_store *store;
	struct dro_session session;
	struct dro_config config;
	struct dro_account accounts[2];
	struct dro_client client;
	struct dro_domain domains[MOVES];
	struct dro_move moves[MOVES];
	enum dro_outcome outcomes[MOVES];
	struct dro_err err;
	char told[MOVES * 4][48]; /* "intent d7" */
	int n_told;
	int asked; /* may_go */
};

/* The run that is to stop after so many lines were told. */
static const struct run *stopping;
static int stop_after;

static int
stop(void)
{
	return (stopping != NULL && stopping->n_told >= stop_after);
}

static void
happen(void *arg, const struct dro_happening *what)
{
	struct run *r = arg;

	assert_true(r->n_told < MOVES * 4);
	(void)snprintf(r->told[r->n_told++], sizeof(r->told[0]), "%s d%d",
	    what->event + strlen("operation."), number_of(what->domain));
}

static bool
may_go(void *arg, struct dro_move *move)
{
	struct run *r = arg;

	r->asked++;
	return (move->held_by == NULL);
}

static void
make_rrset(struct run *r, struct dro_rrset *out, int i, const char *text)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "_dmarc.%s", r->domains[i].domain);
	dro_rrset_init(out, name, DRO_RR_TXT);
	out->ttl_s = 3600;
	assert_int_equal(
	    dro_rrset_add(out, r->arena, text, strlen(text), &r->err), DRO_OK);
}

static void
remove_database(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	char path[80];
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(ends); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", database, ends[i]);
		(void)unlink(path);
	}
}

static int
setup(void **state)
{
	static const char *const names[] = {"first", "second"};
	const struct dro_writer writer = {
	    .verb = "advance", .now = NOW, .virtual_clock = true};
	struct run *r = calloc(1, sizeof(*r));
	int i;

	*state = r;
	assert_non_null(r);
	assert_non_null(r->arena = dro_arena_create());
	remove_database();
	assert_int_equal(dro_store_open(database, DRO_STORE_WRITE, &writer,
			     &r->store, &r->err),
	    DRO_OK);
	memset(world.faults, 0, sizeof(world.faults));
	memset(world.has_new, 0, sizeof(world.has_new));
	world.most_applying = world.meet = world.applied = 0;
	world.complaint[0] = '\0';
	stopping = NULL;
	r->config.directory = directory;
	r->client = (struct dro_client){"c", "c"};
	for (i = 0; i < 2; i++)
		r->accounts[i] =
		    (struct dro_account){.name = names[i], .provider = &fake};
	for (i = 0; i < MOVES; i++) {
		r->domains[i].domain =
		    dro_arena_printf(r->arena, "d%d.z%d.example", i, i / 2);
		r->domains[i].client = &r->client;
		r->domains[i].account = &r->accounts[i / 8 % 2];
		r->moves[i] = (struct dro_move){.dom = &r->domains[i],
		    .action = DRO_ACT_UP,
		    .change = {.kind = "up",
			.from = "none",
			.to = "quarantine-10",
			.reason = "all gates pass"}};
		make_rrset(r, &r->moves[i].change.before, i, OLD);
		make_rrset(r, &r->moves[i].change.after, i, NEW);
	}
	r->session = (struct dro_session){.config = &r->config,
	    .store = r->store,
	    .now = NOW,
	    .arena = r->arena,
	    .happen = happen,
	    .happen_arg = r,
	    .stop = stop};
	return (0);
}

static int
teardown(void **state)
{
	struct run *r = *state;

	dro_session_close(&r->session);
	dro_store_close(r->store);
	dro_arena_destroy(r->arena);
	free(r);
	return (0);
}

static void
carry(struct run *r)
{
	const struct dro_carry_terms terms = {may_go, r};

	assert_int_equal(dro_carry(&r->session, r->moves, MOVES, &terms,
			     r->outcomes, &r->err),
	    DRO_OK);
	if (world.complaint[0] != '\0')
		fail_msg("%s", world.complaint);
	assert_int_equal(world.applying, 0);
}

/* Where "${event} d${i}" was told; -1: never. */
static int
place_of(const struct run *r, const char *event, int i)
{
	char line[48];
	int k;

	(void)snprintf(line, sizeof(line), "%s d%d", event, i);
	for (k = 0; k < r->n_told; k++)
		if (strcmp(r->told[k], line) == 0)
			return (k);
	return (-1);
}

/* Calls overlap, also those of an account; everything is told in order. */
static void
test_order(void **state)
{
	struct run *r = *state;
	int i;

	world.meet = 4;
	carry(r);
	assert_int_equal(r->asked, MOVES);
	assert_int_equal(world.applied, MOVES);
	assert_int_equal(r->n_told, 2 * MOVES);
	for (i = 0; i < MOVES; i++) {
		assert_int_equal(r->outcomes[i], DRO_OUTCOME_VERIFYING);
		assert_true(world.has_new[i]);
		assert_int_equal(state_of(r->domains[i].domain), DRO_OP_SENT);
		assert_true(place_of(r, "intent", i) < place_of(r, "sent", i));
		if (i == 0)
			continue;
		assert_true(
		    place_of(r, "intent", i - 1) < place_of(r, "intent", i));
		assert_true(
		    place_of(r, "sent", i - 1) < place_of(r, "sent", i));
	}
}

/* A run says what another one with the same moves says, faults and all. */
static void
test_same_every_time(void **state)
{
	static char first[MOVES * 4][48];
	struct run *r = *state;
	int run, i;

	for (run = 0; run < 5; run++) {
		if (run > 0) {
			(void)teardown(state);
			(void)setup(state);
			r = *state;
		}
		for (i = 0; i < MOVES; i += 7)
			world.faults[i] = (enum fault)(HELD_ANOTHER + i % 3);
		carry(r);
		if (run == 0)
			memcpy(first, r->told, sizeof(first));
		for (i = 0; i < r->n_told; i++)
			assert_string_equal(r->told[i], first[i]);
		assert_string_equal(first[r->n_told], "");
	}
}

/* One domain's fault is that domain's. */
static void
test_faults(void **state)
{
	static const struct {
		enum fault fault;
		const char *told, *intent;
		enum dro_op_state left;
	} cases[] = {
	    {HELD_ANOTHER, "failed", NULL, DRO_OP_NONE},
	    {UNREADABLE, "failed", NULL, DRO_OP_NONE},
	    {REFUSED, "failed", "intent", DRO_OP_NONE},
	    {UNKNOWN, "unknown", "intent", DRO_OP_SENDING},
	};
	struct run *r = *state;
	int i;

	for (i = 0; i < 4; i++)
		world.faults[10 * i + 3] = cases[i].fault;
	r->moves[50].held_by = "limit";
	carry(r);
	for (i = 0; i < 4; i++) {
		const int k = 10 * i + 3;

		assert_int_equal(r->outcomes[k], DRO_OUTCOME_FAILED);
		assert_true(place_of(r, cases[i].told, k) >= 0);
		assert_int_equal(
		    place_of(r, "intent", k) >= 0, cases[i].intent != NULL);
		assert_int_equal(state_of(r->domains[k].domain), cases[i].left);
	}
	assert_int_equal(r->outcomes[50], DRO_OUTCOME_NOTHING);
	assert_int_equal(world.applied, MOVES - 3);
	for (i = 0; i < MOVES; i++)
		assert_int_equal(
		    world.has_new[i], i != 50 && world.faults[i] == NONE);
}

/* An account that lets nobody in is left alone; the other one goes on. */
static void
test_breaker(void **state)
{
	struct run *r = *state;
	int i, second = 0, late = 0;

	world.faults[0] = BROKEN;
	carry(r);
	for (i = 0; i < MOVES; i++) {
		const bool other = r->domains[i].account == &r->accounts[1];

		second += other;
		assert_true(!other || world.has_new[i]);
		assert_int_equal(state_of(r->domains[i].domain),
		    world.has_new[i] ? DRO_OP_SENT : DRO_OP_NONE);
		if (!other && i >= 2 * DRO_CARRY_AHEAD) {
			late++;
			assert_int_equal(r->outcomes[i], DRO_OUTCOME_FAILED);
			assert_int_equal(place_of(r, "intent", i), -1);
		}
	}
	assert_true(late > 0);
	assert_true(world.applied >= second + 1);
}

/* What was begun is ended and written down; nothing else is begun. */
static void
test_stop(void **state)
{
	struct run *r = *state;
	int i, begun = 0;

	stopping = r;
	stop_after = 5;
	carry(r);
	for (i = 0; i < MOVES; i++) {
		const bool went = place_of(r, "intent", i) >= 0;

		begun += went;
		assert_int_equal(world.has_new[i], went);
		assert_int_equal(place_of(r, "sent", i) >= 0, went);
		assert_int_equal(r->outcomes[i],
		    went ? DRO_OUTCOME_VERIFYING : DRO_OUTCOME_NOTHING);
		assert_int_equal(state_of(r->domains[i].domain),
		    went ? DRO_OP_SENT : DRO_OP_NONE);
	}
	assert_int_equal(begun, 5);
	assert_int_equal(r->n_told, 10);
}

static int
make_directory(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(database, sizeof(database), "%s/state.db", directory);
	return (0);
}

static int
remove_directory(void **state)
{
	(void)state;
	remove_database();
	return (rmdir(directory));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_same_every_time, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_breaker, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
	};

	return (
	    cmocka_run_group_tests(tests, make_directory, remove_directory));
}
