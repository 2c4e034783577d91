/* What must hold in any world: many are made, from seeds, and lived through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "presets/presets.h"
#include "simulate/random.h"
#include "simulate/replay.h"
#include "simulate/world.h"

#define DOMAIN "made1.example"
#define WORLDS 16
#define DAYS 120
#define NEVER 100000

/* One world, its policy, and who answers. */
struct life {
	struct dro_arena *arena;
	struct dro_world world;
	struct dro_settings settings;
	struct dro_answers answers;
	struct dro_evidence ev;
	struct dro_replay replay;
};

static int64_t
draw(struct dro_random *random, int64_t from, int64_t to)
{
	return (from +
	    (int64_t)(dro_random_next(random) % (uint64_t)(to - from + 1)));
}

/* Number ${i} of the worlds: what it holds is drawn. */
static void
choose(struct life *l, int i)
{
	static const char *const policies[] = {
	    "fast", "standard", "government", "careful"};
	static const int64_t rates[] = {0, 0, 500, 2000, 8000, 30000};
	static const struct dro_answers answers[] = {
	    {.days = 0}, {.days = 1}, {.days = 9}, {.never = true}};
	struct dro_random random;

	dro_random_init(&random, 20260105, i);
	memset(l, 0, sizeof(*l));
	l->world = dro_world_usual;
	l->world.seed = i;
	l->world.days = DAYS;
	l->world.messages = draw(&random, 4, 400);
	l->world.reporters = (int)draw(&random, 2, 4);
	l->world.fail_ppm = rates[draw(&random, 0, 5)];
	l->world.clumps = (enum dro_clumps)draw(&random, 0, 2);
	l->world.spoof_ppm = 100000 * draw(&random, 0, 20);
	l->answers = answers[draw(&random, 0, 3)];
	assert_int_equal(dro_preset_policy(
			     policies[draw(&random, 0, 3)], &l->settings, NULL),
	    DRO_OK);
	l->settings.rua = "mailto:rua@msp.example";
}

static void
make(struct life *l)
{
	l->arena = dro_arena_create();
	assert_non_null(l->arena);
	assert_int_equal(
	    dro_world_make(&l->world, 0, DOMAIN, l->arena, &l->ev, NULL),
	    DRO_OK);
}

static void
live(struct life *l)
{
	const struct dro_replay_days days = {
	    DRO_WORLD_DAY0, l->world.days, l->answers};
	const struct dro_facts nothing = {0};
	struct dro_err err = {0};

	if (dro_replay_run(DOMAIN, &l->settings, &nothing, &l->ev, &days,
		l->arena, &l->replay, &err) != DRO_OK)
		fail_msg("%s", err.msg);
}

static void
end(struct life *l)
{
	dro_arena_destroy(l->arena);
	l->arena = NULL;
}

/* The day of the first move, by itself or of the bound. */
static int
first_move(const struct life *l)
{
	return (l->replay.n_steps == 0
		? NEVER
		: (int)((l->replay.steps[0].at - l->replay.from) / DRO_DAY_S));
}

static int
bound_day(const struct life *l)
{
	return (l->replay.bound_day < 0 ? NEVER : l->replay.bound_day);
}

static void
same_steps(const struct life *a, const struct life *b, int world)
{
	size_t i;

	if (a->replay.n_steps != b->replay.n_steps)
		fail_msg("world %d: %zu steps, then %zu", world,
		    a->replay.n_steps, b->replay.n_steps);
	for (i = 0; i < a->replay.n_steps; i++) {
		const struct dro_walk_step *s = &a->replay.steps[i];
		const struct dro_walk_step *t = &b->replay.steps[i];

		if (s->at != t->at || strcmp(s->op, t->op) != 0 ||
		    strcmp(s->to, t->to) != 0)
			fail_msg("world %d, step %zu: %s %s at %lld, then %s "
				 "%s at %lld",
			    world, i, s->op, s->to, (long long)s->at, t->op,
			    t->to, (long long)t->at);
	}
	assert_int_equal(a->replay.questions, b->replay.questions);
	assert_int_equal(a->replay.setbacks, b->replay.setbacks);
}

/* ---- every climb */

static size_t
rung(const struct life *l, const char *name)
{
	size_t i;

	assert_true(dro_ladder_find(&l->settings.ladder, name, &i));
	return (i);
}

/* One rung at a time; down to none; back to where it was. */
static void
every_climb_is_by_rungs(void **state)
{
	size_t i, at, from, to, left, moved = 0;
	struct life l;
	int w;

	(void)state;
	for (w = 0; w < WORLDS; w++) {
		choose(&l, w);
		make(&l);
		live(&l);
		at = left = 0;
		for (i = 0; i < l.replay.n_steps; i++) {
			const struct dro_walk_step *s = &l.replay.steps[i];

			from = rung(&l, s->from);
			to = rung(&l, s->to);
			assert_int_equal(from, at);
			if (strcmp(s->op, "setback") == 0) {
				assert_int_equal(to, 0);
				left = from;
			} else if (strcmp(s->op, "return") == 0) {
				assert_int_equal(to, left);
			} else {
				assert_string_equal(s->op, "up");
				assert_int_equal(to, from + 1);
			}
			assert_true(l.replay.reached[to] >= 0);
			at = to;
			moved++;
		}
		end(&l);
	}
	/* Or nothing was looked at. */
	assert_true(moved > 2 * WORLDS);
}

/* Neither memory nor chance has a say. */
static void
the_same_world_ends_the_same(void **state)
{
	struct life a, b;
	int w;

	(void)state;
	for (w = 0; w < 4; w++) {
		choose(&a, w);
		make(&a);
		live(&a);
		choose(&b, w);
		make(&b);
		live(&b);
		same_steps(&a, &b, w);
		end(&a);
		end(&b);
	}
}

/* ---- monotone */

/*
 * What fails at a lower rate fails at a higher one too.  Independent failures
 * only: a source that plainly broke begins anew after its repair.
 */
static void
more_failures_are_never_earlier(void **state)
{
	static const int64_t rates[] = {0, 700, 2500, 7000, 12000};
	int w, moved, bound, later = 0;
	struct life l;
	size_t i;

	(void)state;
	for (w = 0; w < WORLDS / 2; w++) {
		moved = bound = 0;
		for (i = 0; i < DRO_ARRAY_LEN(rates); i++) {
			choose(&l, w);
			l.world.clumps = DRO_CLUMPS_NONE;
			l.world.days = 100;
			l.world.fail_ppm = rates[i];
			make(&l);
			live(&l);
			if (first_move(&l) < moved || bound_day(&l) < bound)
				fail_msg(
				    "world %d: at %lld ppm it moved on day "
				    "%d, bound %d; with less on %d, %d",
				    w, (long long)rates[i], first_move(&l),
				    bound_day(&l), moved, bound);
			later += first_move(&l) > moved && i > 0;
			moved = first_move(&l);
			bound = bound_day(&l);
			end(&l);
		}
	}
	assert_true(later > 0);
}

/* The same failures among more mail that passes. */
static void
more_mail_is_never_later(void **state)
{
	static const int64_t times[] = {1, 2, 5, 20};
	int w, moved, bound, earlier = 0;
	struct life l;
	size_t i, c;

	(void)state;
	for (w = 0; w < WORLDS / 2; w++) {
		moved = bound = NEVER;
		for (i = 0; i < DRO_ARRAY_LEN(times); i++) {
			choose(&l, w);
			l.world.clumps = DRO_CLUMPS_NONE;
			l.world.days = 100;
			l.world.fail_ppm = w % 2 == 0 ? 0 : 3000;
			l.world.messages = 4 + l.world.messages / 8;
			make(&l);
			for (c = 0; c < l.ev.n_cells; c++)
				l.ev.cells[c].pass *= times[i];
			live(&l);
			if (first_move(&l) > moved || bound_day(&l) > bound)
				fail_msg(
				    "world %d: with %lld times the mail it "
				    "moved on day %d, bound %d; with less "
				    "on %d, %d",
				    w, (long long)times[i], first_move(&l),
				    bound_day(&l), moved, bound);
			earlier += first_move(&l) < moved && i > 0;
			moved = first_move(&l);
			bound = bound_day(&l);
			end(&l);
		}
	}
	assert_true(earlier > 0);
}

/*
 * A target further up does nothing before it is gone for, and no less to any
 * mail after.
 */
static void
more_rungs_do_no_less(void **state)
{
	enum dro_population p;
	struct life low, high;
	int w, party;
	size_t i;

	(void)state;
	for (w = 0; w < WORLDS / 2; w++) {
		choose(&low, w);
		low.settings.target = DRO_QUARANTINE;
		make(&low);
		live(&low);
		choose(&high, w);
		make(&high);
		live(&high);
		assert_true(low.replay.n_steps <= high.replay.n_steps);
		/* A step back from further up is another story. */
		for (i = 0; i < low.replay.n_steps &&
		     low.replay.setbacks == 0 && high.replay.setbacks == 0;
		     i++)
			assert_int_equal(
			    low.replay.steps[i].at, high.replay.steps[i].at);
		for (p = DRO_RFC7489; p <= DRO_RFC9989; p++)
			for (party = 0;
			     party < DRO_PARTIES && high.replay.setbacks == 0;
			     party++) {
				const struct dro_hit *a =
				    &low.replay.harm.hit[p][party];
				const struct dro_hit *b =
				    &high.replay.harm.hit[p][party];

				assert_true(b->rejected >= a->rejected);
				assert_true(b->rejected + b->quarantined >=
				    a->rejected + a->quarantined);
				assert_int_equal(a->rejected, 0);
			}
		end(&low);
		end(&high);
	}
}

/* ---- attackers */

/* Strangers who come from another network each day, in any number. */
static void
spoofing_changes_nothing(void **state)
{
	struct life quiet, loud;
	int w;

	(void)state;
	for (w = 0; w < WORLDS / 2; w++) {
		choose(&quiet, w);
		quiet.world.spoof_ppm = 0;
		make(&quiet);
		live(&quiet);
		choose(&loud, w);
		loud.world.spoof_ppm = DRO_WORLD_PPM;
		make(&loud);
		live(&loud);
		same_steps(&quiet, &loud, w);
		assert_int_equal(quiet.replay.harm.failing[DRO_PARTY_LEGIT],
		    loud.replay.harm.failing[DRO_PARTY_LEGIT]);
		assert_true(loud.replay.harm.failing[DRO_PARTY_THREAT] > 0);
		end(&quiet);
		end(&loud);
	}
}

/*
 * Who reports and is not known to be who he says, or has only just begun to:
 * stored, listed, and in nothing that is decided on.
 */
static void
reporters_that_do_not_count_change_nothing(void **state)
{
	static struct dro_ignored ignored[] = {
	    {"unauthenticated", 900, INT64_C(1) << 40}, {"new", 30, 5000000}};
	struct life quiet, loud;
	int w;

	(void)state;
	for (w = 0; w < WORLDS / 2; w++) {
		choose(&quiet, w);
		make(&quiet);
		live(&quiet);
		choose(&loud, w);
		make(&loud);
		loud.ev.n_ignored = DRO_ARRAY_LEN(ignored);
		loud.ev.ignored = ignored;
		loud.ev.first_day -= 400;
		live(&loud);
		same_steps(&quiet, &loud, w);
		end(&quiet);
		end(&loud);
	}
}

/* Room for one stream and a cell a day more. */
static void
add_daily(struct life *l, struct dro_stream stream, int64_t fail)
{
	size_t n = l->ev.n_streams, c = 0, out = 0;
	struct dro_stream *streams =
	    dro_arena_alloc(l->arena, n + 1, sizeof(*streams));
	struct dro_cell *cells = dro_arena_alloc(
	    l->arena, l->ev.n_cells + (size_t)l->world.days, sizeof(*cells));
	int32_t day;

	assert_non_null(streams);
	assert_non_null(cells);
	memcpy(streams, l->ev.streams, n * sizeof(*streams));
	streams[n] = stream;
	for (day = DRO_WORLD_DAY0; day < DRO_WORLD_DAY0 + l->world.days;
	     day++) {
		while (c < l->ev.n_cells && l->ev.cells[c].day <= day)
			cells[out++] = l->ev.cells[c++];
		cells[out++] = (struct dro_cell){
		    .day = day, .stream = (uint32_t)n, .fail = fail};
	}
	l->ev.streams = streams;
	l->ev.n_streams = n + 1;
	l->ev.cells = cells;
	l->ev.n_cells = out;
}

/*
 * The same who stays at one network is asked about: he holds the domain up for
 * one answer, and however much he sends, no longer and not further down.
 */
static void
one_network_costs_one_answer(void **state)
{
	static const struct dro_stream stranger = {.dkim = "",
	    .selector = "",
	    .dkim_other = "",
	    .mail_from = "",
	    .claim = "",
	    .claim_selector = "",
	    .ip = "203.0.113.66"};
	static const int64_t loads[] = {1, 100000};
	struct life quiet, loud;
	int w, late, held = 0;
	size_t i;

	(void)state;
	for (w = 0; w < WORLDS; w++) {
		choose(&quiet, w);
		quiet.answers = (struct dro_answers){.days = 2};
		make(&quiet);
		live(&quiet);
		for (i = 0; i < DRO_ARRAY_LEN(loads); i++) {
			choose(&loud, w);
			loud.answers = quiet.answers;
			make(&loud);
			add_daily(&loud, stranger, loads[i]);
			live(&loud);
			late = first_move(&loud) - first_move(&quiet);
			assert_in_range(late, 0, 2);
			held += late > 0;
			assert_int_equal(
			    quiet.replay.setbacks, loud.replay.setbacks);
			assert_in_range(
			    loud.replay.questions - quiet.replay.questions, 0,
			    1);
			end(&loud);
		}
		end(&quiet);
	}
	assert_true(held > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_climb_is_by_rungs),
	    cmocka_unit_test(the_same_world_ends_the_same),
	    cmocka_unit_test(more_failures_are_never_earlier),
	    cmocka_unit_test(more_mail_is_never_later),
	    cmocka_unit_test(more_rungs_do_no_less),
	    cmocka_unit_test(spoofing_changes_nothing),
	    cmocka_unit_test(reporters_that_do_not_count_change_nothing),
	    cmocka_unit_test(one_network_costs_one_answer),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
