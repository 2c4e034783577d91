#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/limits.h"

/*
 * A wish is CLIENT ACCOUNT SINCE, then "!" for a step back; who goes is told
 * as one letter each: "+" goes, "m", "c" and "a" are held by max_changes,
 * per_client and per_account.
 */
static const struct {
	const char *what;
	struct dro_limits limits;
	size_t n_domains;
	const char *wishes, *goes;
} picks[] = {
    {"no limit", {0, 0, 0, 0}, 3, "0 0 1, 0 0 2, 0 0 3", "+++"},
    {"nothing wanted", {1, 0, 0, 0}, 3, "", ""},
    {"who waits longest", {2, 0, 0, 0}, 3, "0 0 30, 0 0 10, 0 0 20", "m++"},
    {"the same wait: in order", {2, 0, 0, 0}, 3, "0 0 5, 0 0 5, 0 0 5", "++m"},
    {"a turn for every client", {3, 0, 0, 0}, 9,
	"0 0 1, 0 0 2, 0 0 3, 1 0 90, 2 0 91", "+mm++"},
    {"second turns by wait", {3, 0, 0, 0}, 9,
	"0 0 1, 0 0 9, 1 0 2, 1 0 8, 1 0 3", "+m+m+"},
    {"more clients than places", {2, 0, 0, 0}, 9, "0 0 3, 1 0 1, 2 0 2", "m++"},
    {"steps back are free", {1, 0, 1, 1}, 9,
	"0 0 1!, 0 0 2!, 0 0 3, 0 0 4!, 0 0 5",
	"+++"
	"+c"},
    {"per client", {0, 0, 2, 0}, 9, "0 0 3, 0 0 1, 0 0 2, 1 0 9", "c+++"},
    {"per account", {0, 0, 0, 2}, 9, "0 0 3, 1 0 1, 2 0 2, 3 1 9", "a+++"},
    {"a full account takes no place of others", {2, 0, 0, 1}, 9,
	"0 0 1, 1 0 2, 2 1 3", "+a+"},
    {"a full client neither", {3, 0, 1, 0}, 9, "0 0 1, 0 0 2, 1 0 3, 2 0 4",
	"+c++"},
    {"a share of all domains", {0, 100000, 0, 0}, 110,
	"0 0 1, 0 0 2, 0 0 3, 0 0 4, 0 0 5, 0 0 6, 0 0 7, 0 0 8, 0 0 9, "
	"0 0 10, 0 0 11, 0 0 12",
	"+++++++++++m"},
};

static size_t
parse(const char *s, struct dro_wish *out)
{
	size_t n = 0, client, account;
	long since;
	int len;

	for (; *s != '\0'; n++) {
		assert_int_equal(
		    sscanf(s, "%zu %zu %ld%n", &client, &account, &since, &len),
		    3);
		out[n] = (struct dro_wish){
		    .client = client, .account = account, .since = since};
		s += len;
		out[n].free = *s == '!';
		s += out[n].free;
		s += strspn(s, ", ");
	}
	return (n);
}

static char
letter(const struct dro_wish *w)
{
	if (w->held == NULL)
		return ('+');
	if (strcmp(w->held, "max_changes") == 0)
		return ('m');
	if (strcmp(w->held, "per_client") == 0)
		return ('c');
	assert_string_equal(w->held, "per_account");
	return ('a');
}

static void
who_goes(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_wish wishes[16];
	char got[17];
	size_t i, j, n;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < DRO_ARRAY_LEN(picks); i++) {
		n = parse(picks[i].wishes, wishes);
		assert_int_equal(
		    dro_limits_pick(&picks[i].limits, picks[i].n_domains,
			wishes, n, arena, NULL),
		    DRO_OK);
		for (j = 0; j < n; j++)
			got[j] = letter(&wishes[j]);
		got[n] = '\0';
		if (strcmp(got, picks[i].goes) != 0)
			fail_msg("%s: %s, not %s", picks[i].what, got,
			    picks[i].goes);
	}
	dro_arena_destroy(arena);
}

static void
total_of_a_run(void **state)
{
	static const struct {
		int max;
		int64_t share_ppm;
		size_t domains, total;
	} cases[] = {
	    {0, 0, 300, SIZE_MAX},
	    {25, 0, 300, 25},
	    {25, 100000, 300, 25}, /* 10 % would be 30 */
	    {25, 100000, 200, 20},
	    {25, 100000, 201, 21}, /* rounded up */
	    {25, 100000, 6, 10}, /* a small portfolio is not slowed down */
	    {5, 100000, 6, 5}, /* unless somebody says so */
	    {0, 1, 10000, 10},
	    {0, 1000000, 10000, 10000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		const struct dro_limits l = {
		    cases[i].max, cases[i].share_ppm, 0, 0};

		assert_int_equal(
		    dro_limits_total(&l, cases[i].domains), cases[i].total);
	}
}

/*
 * Run after run, each domain served comes back with a new wait: every one of
 * 59 domains, 40 of them of one client, has gone after 160 runs of 5.
 */
static void
nobody_starves(void **state)
{
	static const struct dro_limits limits = {5, 0, 0, 0};
	struct dro_arena *arena = dro_arena_create();
	struct dro_wish wishes[59] = {0};
	int served[59] = {0};
	int run;
	size_t i;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < 59; i++) {
		wishes[i].client = i < 40 ? 0 : i - 39;
		wishes[i].since = 0;
	}
	for (run = 1; run <= 160; run++) {
		assert_int_equal(
		    dro_limits_pick(&limits, 59, wishes, 59, arena, NULL),
		    DRO_OK);
		for (i = 0; i < 59; i++)
			if (wishes[i].held == NULL) {
				wishes[i].since = run;
				served[i]++;
			}
	}
	for (i = 0; i < 59; i++)
		if (served[i] == 0)
			fail_msg("domain %zu never went", i);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_goes),
	    cmocka_unit_test(total_of_a_run),
	    cmocka_unit_test(nobody_starves),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
