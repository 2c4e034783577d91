/* What a record did to the mail of one day, and to whose. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/harm.h"

#define DAY 20000

/* Stream k is of source k; the last is linked to the first. */
static struct dro_source sources[] = {
    {.key = "declared:invoices", .class = DRO_LEGIT},
    {.key = "dkim:shop.example", .class = DRO_LEGIT_BROKEN},
    {.key = "mail_from:list.example", .class = DRO_FORWARDED},
    {.key = "mail_from:tool.example", .class = DRO_UNDECIDED},
    {.key = "threat", .class = DRO_THREAT},
};
static const size_t of_stream[] = {0, 1, 2, 3, 4, 0};
static const bool linked[] = {false, false, false, false, false, true};
static const struct dro_decision decision = {.n_sources = 5,
    .sources = sources,
    .of_stream = of_stream,
    .linked = linked};

static struct dro_cell cells[] = {
    {.day = DAY - 1, .stream = 0, .pass = 1000, .fail = 1000},
    {.day = DAY, .stream = 0, .pass = 100, .fail = 10},
    {.day = DAY, .stream = 1, .pass = 0, .fail = 20},
    {.day = DAY, .stream = 2, .pass = 0, .fail = 30},
    {.day = DAY, .stream = 3, .pass = 0, .fail = 40},
    {.day = DAY, .stream = 4, .pass = 7, .fail = 50},
    {.day = DAY, .stream = 5, .pass = 0, .fail = 60},
    {.day = DAY, .stream = 0, .unknown = 9},
    {.day = DAY, .stream = 0, .pass = 5, .fail = 1, .reporter = 1},
    {.day = DAY + 1, .stream = 0, .pass = 1000, .fail = 1000},
};
static struct dro_evidence evidence = {
    .n_cells = DRO_ARRAY_LEN(cells), .cells = cells};

static const int64_t failing[] = {31, 60, 30, 40, 50}; /* by party */

/* Hundredths of a message for each failing one. */
static const struct {
	const char *rung;
	int64_t quarantined[DRO_POPULATIONS], rejected[DRO_POPULATIONS];
} effects[] = {
    {"none", {0, 0}, {0, 0}},
    {"quarantine-25", {25, 0}, {0, 0}},
    {"quarantine", {100, 100}, {0, 0}},
    {"reject-10", {90, 100}, {10, 0}},
    {"reject", {0, 0}, {100, 100}},
};

static void
each_party_has_its_part(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	enum dro_population p;
	struct dro_rung rung;
	struct dro_harm harm;
	size_t i, k;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(effects); i++) {
		memset(&harm, 0, sizeof(harm));
		assert_int_equal(
		    dro_rung_parse(effects[i].rung, &rung, NULL), DRO_OK);
		assert_int_equal(dro_harm_day(&harm, &decision, &evidence, DAY,
				     rung.core, arena, NULL),
		    DRO_OK);
		assert_int_equal(harm.passing, 105);
		for (k = 0; k < DRO_PARTIES; k++) {
			assert_int_equal(harm.failing[k], failing[k]);
			for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
				assert_int_equal(harm.hit[p][k].quarantined,
				    failing[k] * effects[i].quarantined[p]);
				assert_int_equal(harm.hit[p][k].rejected,
				    failing[k] * effects[i].rejected[p]);
			}
		}
		/* The list goes from the end of the day to its beginning. */
		assert_int_equal(harm.n_sources, 2);
		assert_string_equal(harm.sources[0].key, "declared:invoices");
		assert_int_equal(harm.sources[0].failing, 11);
		assert_int_equal(harm.sources[0].hit[DRO_RFC7489].quarantined,
		    11 * effects[i].quarantined[DRO_RFC7489]);
		assert_string_equal(harm.sources[1].key, "dkim:shop.example");
		assert_int_equal(harm.sources[1].failing, 20);
	}
	dro_arena_destroy(arena);
}

/* Days add up, for sources too, and what is too much stays the most. */
static void
days_add_up(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_harm harm = {0}, sum = {0};
	struct dro_core core = {DRO_REJECT, 100, false};
	struct dro_evidence one = evidence;
	int32_t day;

	(void)state;
	for (day = DAY - 1; day <= DAY + 1; day++)
		assert_int_equal(dro_harm_day(&harm, &decision, &one, day, core,
				     arena, NULL),
		    DRO_OK);
	assert_int_equal(harm.failing[DRO_PARTY_LEGIT], 2031);
	assert_int_equal(harm.n_sources, 2);
	assert_int_equal(harm.sources[0].failing, 2011);
	assert_int_equal(harm.sources[0].hit[DRO_RFC9989].rejected, 2011 * 100);
	assert_int_equal(
	    dro_hit_messages(&harm.sources[0].hit[DRO_RFC9989]), 2011);
	dro_harm_add(&sum, &harm);
	dro_harm_add(&sum, &harm);
	assert_int_equal(sum.passing, 2 * 2105);
	assert_int_equal(
	    sum.hit[DRO_RFC7489][DRO_PARTY_LEGIT].rejected, 2 * 2031 * 100);
	harm.failing[DRO_PARTY_THREAT] = INT64_MAX - 1;
	harm.hit[DRO_RFC7489][DRO_PARTY_THREAT].rejected = INT64_MAX - 1;
	dro_harm_add(&sum, &harm);
	dro_harm_add(&sum, &harm);
	assert_int_equal(sum.failing[DRO_PARTY_THREAT], INT64_MAX);
	assert_int_equal(
	    sum.hit[DRO_RFC7489][DRO_PARTY_THREAT].rejected, INT64_MAX);
	dro_arena_destroy(arena);
}

/* More sources than any first guess at room. */
static void
many_sources(void **state)
{
	enum { N = 100 };
	struct dro_arena *arena = dro_arena_create();
	struct dro_source all[N] = {{0}};
	struct dro_cell of_all[N] = {{0}};
	struct dro_core core = {DRO_QUARANTINE, 100, false};
	bool none[N] = {false};
	size_t streams[N], i;
	struct dro_harm harm = {0};
	struct dro_evidence ev = {.n_cells = N, .cells = of_all};
	struct dro_decision d = {.n_sources = N,
	    .sources = all,
	    .of_stream = streams,
	    .linked = none};
	int32_t day;

	(void)state;
	for (i = 0; i < N; i++) {
		streams[i] = i;
		all[i].key = dro_arena_printf(arena, "dkim:s%zu.example", i);
	}
	for (day = DAY; day < DAY + 3; day++) {
		for (i = 0; i < N; i++)
			of_all[i] = (struct dro_cell){.day = day,
			    .stream = (uint32_t)i,
			    .fail = (int64_t)i + 1};
		assert_int_equal(
		    dro_harm_day(&harm, &d, &ev, day, core, arena, NULL),
		    DRO_OK);
	}
	assert_int_equal(harm.n_sources, N);
	assert_string_equal(harm.sources[0].key, "dkim:s99.example");
	assert_int_equal(harm.sources[0].failing, 300);
	assert_string_equal(harm.sources[99].key, "dkim:s0.example");
	assert_int_equal(harm.sources[99].failing, 3);
	dro_arena_destroy(arena);
}

static void
a_part_of_a_message_is_one(void **state)
{
	static const struct {
		struct dro_hit hit;
		int64_t messages;
	} table[] = {{{0, 0}, 0}, {{1, 0}, 1}, {{99, 1}, 1}, {{100, 1}, 2},
	    {{INT64_MAX, 1}, INT64_MAX / 100 + 1}};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++)
		assert_int_equal(
		    dro_hit_messages(&table[i].hit), table[i].messages);
	assert_string_equal(dro_party_name(DRO_PARTY_LEGIT), "legit");
	assert_string_equal(dro_party_name(DRO_PARTY_THREAT), "threat");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_party_has_its_part),
	    cmocka_unit_test(days_add_up),
	    cmocka_unit_test(many_sources),
	    cmocka_unit_test(a_part_of_a_message_is_one),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
