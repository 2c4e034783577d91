/* Made-up worlds: what their words mean, and what they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "simulate/world.h"

static void
words(void **state)
{
	static const struct {
		const char *word;
		int64_t fail_ppm;
	} shares[] = {{"fail=0%", 0}, {"fail=1%", 10000}, {"fail=0.1%", 1000},
	    {"fail=0.0001%", 1}, {"fail=12.5%", 125000},
	    {"fail=100%", 1000000}};
	struct dro_world w = dro_world_usual;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(shares); i++) {
		assert_int_equal(
		    dro_world_set(&w, shares[i].word, NULL), DRO_OK);
		assert_int_equal(w.fail_ppm, shares[i].fail_ppm);
	}
	assert_int_equal(dro_world_set(&w, "messages=50000", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "reporters=3", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "days=90", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "domains=7", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "seed=0", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "spoof=20%", NULL), DRO_OK);
	assert_int_equal(dro_world_set(&w, "clumps=rare", NULL), DRO_OK);
	assert_int_equal(w.messages, 50000);
	assert_int_equal(w.reporters, 3);
	assert_int_equal(w.days, 90);
	assert_int_equal(w.domains, 7);
	assert_int_equal(w.seed, 0);
	assert_int_equal(w.spoof_ppm, 200000);
	assert_int_equal(w.clumps, DRO_CLUMPS_RARE);
}

static void
wrong_words(void **state)
{
	static const char *const wrong[] = {"", "messages",
	    "messages=", "messages=0", "messages=-1", "messages=1e3",
	    "messages=1000001", "messages=99999999999999999999", "reporters=0",
	    "reporters=17", "days=0", "days=1101", "domains=10001", "seed=x",
	    "fail=1", "fail=%", "fail=.5%", "fail=1.%", "fail=0.00001%",
	    "fail=101%", "fail=100.1%", "fail=1%%", "fail=1.2.3%", "spoof=a%",
	    "clumps=", "clumps=none ", "volume=3", "Messages=3", "=3"};
	struct dro_world w = dro_world_usual;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(wrong); i++)
		if (dro_world_set(&w, wrong[i], &err) != DRO_EINVAL)
			fail_msg("taken: %s", wrong[i]);
}

struct sums {
	int64_t pass, fail, days_failed;
};

/* Totals of ${w}; streams are 2k: pass, 2k + 1: fail, of senders 0 to 3. */
static struct sums
add_up(const struct dro_world *w, int i, uint32_t first, uint32_t last)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_evidence ev;
	struct sums s = {0, 0, 0};
	int32_t day = 0;
	size_t c;

	assert_non_null(arena);
	assert_int_equal(
	    dro_world_make(w, i, "made.example", arena, &ev, NULL), DRO_OK);
	for (c = 0; c < ev.n_cells; c++) {
		const struct dro_cell *cell = &ev.cells[c];

		assert_true(c == 0 || cell->day >= ev.cells[c - 1].day);
		assert_true(cell->reporter < ev.n_reporters);
		if (cell->stream < first || cell->stream > last)
			continue;
		s.pass += cell->pass;
		s.fail += cell->fail;
		s.days_failed += cell->fail > 0 && cell->day != day;
		if (cell->fail > 0)
			day = cell->day;
	}
	dro_arena_destroy(arena);
	return (s);
}

static void
every_message_is_there(void **state)
{
	static const int64_t volumes[] = {1, 3, 7, 50, 501};
	struct dro_world w = dro_world_usual;
	struct sums s;
	size_t i;

	(void)state;
	w.days = 10;
	w.reporters = 3;
	for (i = 0; i < DRO_ARRAY_LEN(volumes); i++) {
		w.messages = volumes[i];
		s = add_up(&w, 0, 0, 7);
		assert_int_equal(s.pass, 10 * volumes[i]);
		assert_int_equal(s.fail, 0);
	}
}

/* In the long run each kind of failure is as frequent as it says. */
static void
failures_are_as_many_as_said(void **state)
{
	struct dro_world w = dro_world_usual;
	enum dro_clumps clumps;
	struct sums s = {0, 0, 0}, one;
	int i;

	(void)state;
	w.days = 300;
	w.messages = 40;
	w.fail_ppm = 20000;
	for (clumps = DRO_CLUMPS_NONE; clumps <= DRO_CLUMPS_RARE; clumps++) {
		memset(&s, 0, sizeof(s));
		w.clumps = clumps;
		for (i = 0; i < 40; i++) {
			one = add_up(&w, i, 0, 8);
			s.pass += one.pass;
			s.fail += one.fail;
			s.days_failed += one.days_failed;
		}
		/* 480 000 messages: 9600 failures, give or take a tenth. */
		assert_in_range(s.fail, 8640, 10560);
		switch (clumps) {
		case DRO_CLUMPS_NONE:
			/* 1 - 0.98^40 of the days: 55 %. */
			assert_in_range(s.days_failed, 6300, 7000);
			break;
		case DRO_CLUMPS_DAY:
			/* 1 - 0.98^4 of them: 7.8 %. */
			assert_in_range(s.days_failed, 840, 1040);
			break;
		case DRO_CLUMPS_RARE:
			assert_int_equal(s.days_failed, 40 * 10);
			break;
		}
	}
}

static void
the_same_seed_is_the_same_world(void **state)
{
	struct dro_world w = dro_world_usual, other = dro_world_usual;
	struct sums a, b;

	(void)state;
	w.fail_ppm = other.fail_ppm = 100000;
	w.days = other.days = 100;
	a = add_up(&w, 3, 0, 7);
	b = add_up(&w, 3, 0, 7);
	assert_memory_equal(&a, &b, sizeof(a));
	b = add_up(&w, 4, 0, 7);
	assert_int_not_equal(a.fail, b.fail);
	other.seed = 2;
	b = add_up(&other, 3, 0, 7);
	assert_int_not_equal(a.fail, b.fail);
}

static void
spoofing_comes_on_top(void **state)
{
	struct dro_world w = dro_world_usual;
	struct sums s;

	(void)state;
	w.days = 10;
	w.messages = 50;
	w.spoof_ppm = 200000;
	s = add_up(&w, 0, 9, 9 + 10);
	assert_int_equal(s.fail, 10 * 10);
	/* Another network each day. */
	s = add_up(&w, 0, 9 + 4, 9 + 4);
	assert_int_equal(s.fail, 10);
	assert_int_equal(s.days_failed, 1);
	s = add_up(&w, 0, 0, 7);
	assert_int_equal(s.pass, 10 * 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),
	    cmocka_unit_test(wrong_words),
	    cmocka_unit_test(every_message_is_there),
	    cmocka_unit_test(failures_are_as_many_as_said),
	    cmocka_unit_test(the_same_seed_is_the_same_world),
	    cmocka_unit_test(spoofing_comes_on_top),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
