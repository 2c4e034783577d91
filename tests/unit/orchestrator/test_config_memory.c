/*
 * Each allocation fails once: the answer is DRO_ENOMEM, whatever else is
 * wrong with the files, and nothing is used that is not there.
 */

#include "config_read.h"

#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

/* Allocations that still work; negative: all. */
static long left = -1;

static bool
fails(void)
{
	if (left < 0)
		return (false);
	if (left-- > 0)
		return (false);
	left = -1;
	return (true);
}

void *
__wrap_malloc(size_t size)
{
	return (fails() ? NULL : __real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return (fails() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t size)
{
	return (fails() ? NULL : __real_realloc(p, size));
}

/* Read ${path} and show ${domain}, until no allocation is left to fail. */
static void
check(const char *path, const char *domain, enum dro_code whole)
{
	struct dro_findings findings;
	struct dro_config config;
	struct dro_arena *arena;
	struct dro_shown shown;
	struct dro_err err;
	enum dro_code code;
	bool failed;
	long k;

	for (k = 0;; k++) {
		arena = dro_arena_create();
		assert_non_null(arena);
		left = k;
		code = dro_config_show(
		    path, NOW, domain, arena, &config, &shown, &findings, &err);
		failed = left < 0;
		left = -1;
		dro_arena_destroy(arena);
		if (!failed)
			break;
		if (code != DRO_ENOMEM)
			fail_msg(
			    "%s: allocation %ld: code %d", path, k, (int)code);
	}
	assert_int_equal(code, whole);
	assert_true(k > 100);
}

static void
every_allocation(void **state)
{
	(void)state;
	assert_int_equal(chdir(DRO_TEST_DATA "/config"), 0);
	check("whole/rollout.yaml", "xn--bcher-kva.example", DRO_OK);
	check("csv.yaml", "a.example", DRO_EPARSE);
	check("include.yaml", "a.example", DRO_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_allocation),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
