#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "plan/breaker.h"

/*
 * Falls in order, one letter a client each; capitals are done.  Who goes is
 * told as one sign each: "+" goes, "-" is held, "." is done.
 */
static const struct {
	const char *what;
	int clients;
	int64_t share_ppm;
	size_t n_domains;
	const char *falls, *goes;
} picks[] = {
    {"nobody", 3, 20000, 1000, "", ""},
    {"three clients", 3, 20000, 1000, "abcd", "+++-"},
    {"of the same client more go", 3, 20000, 1000, "abcadb", "++++-+"},
    {"who is done counts", 3, 20000, 1000, "ABcdA", "..+-."},
    {"all are done", 3, 20000, 1000, "ABCDabe", "....++-"},
    {"a share of the domains: 4 of 200", 3, 20000, 200, "aaaaaa", "++++--"},
    {"rounded up: 5 of 201", 3, 20000, 201, "aaaaaa", "+++++-"},
    {"few domains: three", 3, 20000, 5, "aaaaa", "+++--"},
    {"done ones use up the share", 3, 20000, 5, "AAaaa", "..+--"},
    {"one client", 1, 1000000, 1000, "abab", "+-+-"},
};

static void
too_many_at_once_are_held(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_fall falls[16];
	char goes[17];
	size_t i, j, n;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < DRO_ARRAY_LEN(picks); i++) {
		struct dro_breaker breaker = {.clients = picks[i].clients,
		    .share_ppm = picks[i].share_ppm};

		n = strlen(picks[i].falls);
		for (j = 0; j < n; j++)
			falls[j] = (struct dro_fall){
			    .client = (size_t)(picks[i].falls[j] | 32),
			    .done = (picks[i].falls[j] & 32) == 0};
		assert_int_equal(dro_breaker_pick(&breaker, picks[i].n_domains,
				     falls, n, arena, NULL),
		    DRO_OK);
		for (j = 0; j < n; j++)
			goes[j] = falls[j].done ? '.'
			    : falls[j].held	? '-'
						: '+';
		goes[n] = '\0';
		if (strcmp(goes, picks[i].goes) != 0)
			fail_msg("%s: %s", picks[i].what, goes);
	}
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(too_many_at_once_are_held),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
