/* What receivers are able to: measured from what they did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stage/capability.h"

static struct dro_capability
measure(struct dro_arena *arena, const struct dro_behaviour *items, size_t n)
{
	struct dro_capability c;

	assert_int_equal(
	    dro_capability_measure(items, n, arena, &c, NULL), DRO_OK);
	return (c);
}

/* One receiver, one record: 97.5 % Clopper-Pearson limits from tables. */
static void
one_record(void **state)
{
	static const struct {
		enum dro_level p;
		int pct;
		int t; /* -1: not shown */
		int64_t failing, quarantined, rejected;
		enum dro_known honours_pct, honours_t;
	} table[] = {
	    /* Left alone under t=y: 0 of 120 is at most 3.0 %, below 5 %. */
	    {DRO_QUARANTINE, 10, 1, 120, 0, 0, DRO_KNOWN_NO, DRO_KNOWN_YES},
	    /* 0 of 60 is up to 6.0 %. */
	    {DRO_QUARANTINE, 10, 1, 60, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	    /* 0 of 20 is up to 16.8 %, below a half of pct=50. */
	    {DRO_QUARANTINE, 50, 1, 20, 0, 0, DRO_KNOWN_NO, DRO_KNOWN_YES},
	    /* 100 of 1000: 8.2 to 12.0 %. */
	    {DRO_QUARANTINE, 10, -1, 1000, 100, 0, DRO_KNOWN_YES,
		DRO_KNOWN_NOT},
	    {DRO_QUARANTINE, 10, 1, 1000, 100, 0, DRO_KNOWN_YES, DRO_KNOWN_NO},
	    /* All of it, as without pct: 50 of 50 is at least 92.9 %. */
	    {DRO_QUARANTINE, 10, -1, 50, 50, 0, DRO_KNOWN_NO, DRO_KNOWN_NOT},
	    {DRO_QUARANTINE, 10, -1, 50, 25, 25, DRO_KNOWN_NO, DRO_KNOWN_NOT},
	    /* 60 of 100: 49.7 to 69.7 %, between pct and all. */
	    {DRO_QUARANTINE, 10, -1, 100, 60, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	    /* reject; t=y: quarantine is the one level less. */
	    {DRO_REJECT, 100, 1, 30, 30, 0, DRO_KNOWN_NOT, DRO_KNOWN_YES},
	    {DRO_REJECT, 100, 1, 30, 0, 30, DRO_KNOWN_NOT, DRO_KNOWN_NO},
	    {DRO_QUARANTINE, 100, 1, 30, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_YES},
	    /* Nothing that could tell. */
	    {DRO_NONE, 50, 1, 500, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	    {DRO_QUARANTINE, 0, 1, 500, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	    {DRO_QUARANTINE, 100, 0, 500, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	    {DRO_QUARANTINE, 10, 1, 0, 0, 0, DRO_KNOWN_NOT, DRO_KNOWN_NOT},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_capability c;
	struct dro_behaviour b;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		b = (struct dro_behaviour){.reporter = "r.example",
		    .has_p = true,
		    .has_t = table[i].t >= 0,
		    .core = {table[i].p, table[i].pct, table[i].t == 1},
		    .messages = 10000,
		    .failing = table[i].failing,
		    .quarantined = table[i].quarantined,
		    .rejected = table[i].rejected};
		c = measure(arena, &b, 1);
		if (c.receivers[0].pct.known != table[i].honours_pct ||
		    c.receivers[0].t.known != table[i].honours_t)
			fail_msg("row %zu: pct %s, t %s", i,
			    dro_known_name(c.receivers[0].pct.known),
			    dro_known_name(c.receivers[0].t.known));
	}
	dro_arena_destroy(arena);
}

static const struct dro_behaviour fleet[] = {
    {.reporter = "google.com",
	.rfc9990 = true,
	.has_p = true,
	.has_t = true,
	.core = {DRO_QUARANTINE, 10, true},
	.messages = 600,
	.failing = 60},
    {.reporter = "yahoo.com",
	.has_p = true,
	.core = {DRO_QUARANTINE, 10, false},
	.messages = 200,
	.failing = 500,
	.quarantined = 50},
    {.reporter = "google.com",
	.rfc9990 = true,
	.has_p = true,
	.has_t = true,
	.core = {DRO_QUARANTINE, 25, true},
	.messages = 100,
	.failing = 60},
    {.reporter = "post.example", .messages = 100, .failing = 3},
};

/* Records are pooled by receiver: 0 of 120 where 6 + 15 were asked for. */
static void
receivers_are_pooled_and_weighed(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_capability c = measure(arena, fleet, DRO_ARRAY_LEN(fleet));

	(void)state;
	assert_int_equal(c.n, 3);
	assert_int_equal(c.messages, 1000);
	assert_string_equal(c.receivers[0].reporter, "google.com");
	assert_int_equal(c.receivers[0].messages, 700);
	assert_true(c.receivers[0].rfc9990);
	assert_int_equal(c.receivers[0].t.failing, 120);
	assert_int_equal(c.receivers[0].t.asked, 21);
	assert_int_equal(c.receivers[0].t.acted, 0);
	assert_int_equal(c.receivers[0].t.low_ppm, 0);
	assert_in_range(c.receivers[0].t.high_ppm, 30200, 30300);
	assert_int_equal(c.receivers[0].t.known, DRO_KNOWN_YES);
	assert_string_equal(c.receivers[1].reporter, "yahoo.com");
	assert_false(c.receivers[1].rfc9990);
	assert_int_equal(c.receivers[1].pct.known, DRO_KNOWN_YES);
	assert_int_equal(c.receivers[1].t.known, DRO_KNOWN_NOT);
	assert_string_equal(c.receivers[2].reporter, "post.example");
	assert_int_equal(c.receivers[2].pct.high_ppm, 1000000);
	assert_int_equal(c.rfc9990_ppm, 700000);
	assert_int_equal(c.t.yes_ppm, 700000);
	assert_int_equal(c.t.no_ppm, 0);
	assert_int_equal(c.t.unknown_ppm, 300000);
	assert_int_equal(c.pct.yes_ppm, 200000);
	assert_int_equal(c.pct.no_ppm, 700000);
	assert_int_equal(c.pct.unknown_ppm, 100000);
	assert_non_null(strstr(c.advice, "ladder dual moves"));
	dro_arena_destroy(arena);
}

static void
the_ladder_is_advised(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_behaviour one = fleet[0];
	struct dro_capability c;

	(void)state;
	c = measure(arena, NULL, 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.pct.unknown_ppm, 1000000);
	assert_string_equal(c.advice, "no reports to measure receivers by");
	c = measure(arena, &one, 1);
	assert_non_null(strstr(c.advice, "not measured yet"));
	one.failing = 600;
	c = measure(arena, &one, 1);
	assert_non_null(strstr(c.advice, "the ladder rfc9989"));
	one.core = (struct dro_core){DRO_REJECT, 100, true};
	one.rejected = 600;
	c = measure(arena, &one, 1);
	assert_non_null(strstr(c.advice, "ignore t"));
	dro_arena_destroy(arena);
}

/* Counts come from strangers. */
static void
huge_counts_do_not_overflow(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_behaviour many[100];
	struct dro_capability c;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(many); i++) {
		many[i] = fleet[1];
		many[i].messages = INT64_MAX;
		many[i].failing = many[i].quarantined = INT64_MAX;
		many[i].rejected = INT64_MAX;
	}
	c = measure(arena, many, DRO_ARRAY_LEN(many));
	assert_int_equal(c.n, 1);
	assert_int_equal(c.receivers[0].pct.known, DRO_KNOWN_NO);
	assert_int_equal(c.pct.no_ppm, 1000000);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_record),
	    cmocka_unit_test(receivers_are_pooled_and_weighed),
	    cmocka_unit_test(the_ladder_is_advised),
	    cmocka_unit_test(huge_counts_do_not_overflow),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
