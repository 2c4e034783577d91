#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

static void
an_error_is_one_clean_line(void **state)
{
	struct dro_err err;

	(void)state;
	memset(&err, 0xff, sizeof(err));
	assert_int_equal(
	    dro_err_set(&err, DRO_ELIMIT, "%s: %d", "a\nb\033[31m\x7f\t", 7),
	    DRO_ELIMIT);
	assert_int_equal(err.code, DRO_ELIMIT);
	assert_int_equal(err.scope, DRO_SCOPE_ITEM);
	assert_int_equal(err.retry_after_s, 0);
	assert_string_equal(err.msg, "a?b?[31m??: 7");
}

static void
an_error_may_have_nowhere_to_go(void **state)
{
	(void)state;
	assert_int_equal(dro_err_set(NULL, DRO_EPARSE, "%d", 1), DRO_EPARSE);
	dro_err_context(NULL, "%d", 1);
	assert_int_equal(dro_err_nomem(NULL), DRO_ENOMEM);
}

static void
a_long_message_is_cut(void **state)
{
	char text[2 * DRO_ERR_MSG];
	struct dro_err err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)dro_err_set(&err, DRO_EPARSE, "%s", text);
	assert_int_equal(strlen(err.msg), DRO_ERR_MSG - 1);
	dro_err_context(&err, "a");
	assert_int_equal(strlen(err.msg), DRO_ERR_MSG - 1);
	assert_memory_equal(err.msg, "a: xxx", 6);
	dro_err_context(&err, "%s", text);
	assert_int_equal(strlen(err.msg), DRO_ERR_MSG - 1);
	assert_memory_equal(err.msg, "xxxxxx", 6);
}

static void
context_comes_before_and_keeps_the_code(void **state)
{
	struct dro_err err;

	(void)state;
	(void)dro_err_set(&err, DRO_ECONFLICT, "inner");
	err.retry_after_s = 3;
	dro_err_context(&err, "out\rer %d", 2);
	assert_string_equal(err.msg, "out?er 2: inner");
	assert_int_equal(err.code, DRO_ECONFLICT);
	assert_int_equal(err.retry_after_s, 3);
}

static void
out_of_memory_has_its_code(void **state)
{
	struct dro_err err;

	(void)state;
	assert_int_equal(dro_err_nomem(&err), DRO_ENOMEM);
	assert_int_equal(err.code, DRO_ENOMEM);
	assert_string_equal(err.msg, "out of memory");
}

static void
a_buffer_grows_to_its_ceiling(void **state)
{
	struct dro_buf buf;
	struct dro_err err;
	int i;

	(void)state;
	dro_buf_init(&buf, 1000);
	for (i = 0; i < 1000; i++)
		dro_buf_addc(&buf, 'x');
	assert_int_equal(buf.len, 1000);
	assert_int_equal(strlen(buf.ptr), 1000);
	assert_int_equal(dro_buf_check(&buf, "text", &err), DRO_OK);
	dro_buf_add(&buf, "", 0);
	assert_int_equal(dro_buf_check(&buf, "text", &err), DRO_OK);
	dro_buf_addc(&buf, 'x');
	assert_int_equal(dro_buf_check(&buf, "text", &err), DRO_ELIMIT);
	assert_non_null(strstr(err.msg, "text: longer than 1000 octets"));
	dro_buf_finish(&buf);
}

static void
a_failed_buffer_stays_failed_until_reset(void **state)
{
	struct dro_buf buf;
	struct dro_err err;

	(void)state;
	dro_buf_init(&buf, 3);
	dro_buf_adds(&buf, "ab");
	dro_buf_adds(&buf, "cd");
	dro_buf_adds(&buf, "e");
	dro_buf_addf(&buf, "%d", 1);
	assert_string_equal(buf.ptr, "ab");
	assert_int_equal(dro_buf_check(&buf, "b", &err), DRO_ELIMIT);
	assert_null(dro_buf_steal(&buf));
	dro_buf_reset(&buf);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.ptr, "");
	dro_buf_addf(&buf, "%d", 123);
	assert_int_equal(dro_buf_check(&buf, "b", &err), DRO_OK);
	assert_string_equal(buf.ptr, "123");
	dro_buf_finish(&buf);
}

static void
a_length_that_overflows_is_refused(void **state)
{
	struct dro_buf buf;

	(void)state;
	dro_buf_init(&buf, SIZE_MAX / 2);
	dro_buf_adds(&buf, "abc");
	dro_buf_add(&buf, "x", SIZE_MAX - 1);
	assert_true(buf.failed);
	assert_string_equal(buf.ptr, "abc");
	dro_buf_finish(&buf);
}

static void
a_buffer_holds_any_octets_and_long_formats(void **state)
{
	struct dro_buf buf;

	(void)state;
	dro_buf_init(&buf, 10000);
	dro_buf_add(&buf, "a\0b", 3);
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.ptr, "a\0b", 4);
	dro_buf_addf(&buf, "%05000d", 7);
	assert_int_equal(buf.len, 5003);
	assert_int_equal(buf.ptr[5002], '7');
	assert_int_equal(buf.ptr[5003], '\0');
	dro_buf_finish(&buf);
}

static void
a_stolen_text_is_the_callers(void **state)
{
	struct dro_buf buf;
	char *text;

	(void)state;
	dro_buf_init(&buf, 5);
	text = dro_buf_steal(&buf);
	assert_string_equal(text, "");
	free(text);
	dro_buf_adds(&buf, "12345");
	text = dro_buf_steal(&buf);
	assert_string_equal(text, "12345");
	free(text);
	assert_int_equal(buf.len, 0);
	assert_null(buf.ptr);
	dro_buf_adds(&buf, "123456");
	assert_true(buf.failed);
	dro_buf_finish(&buf);
	dro_buf_finish(&buf);
	dro_buf_finish(NULL);
}

static void
strings_compare_with_and_without_case(void **state)
{
	const struct dro_str s = {"Abc-9xyz", 5};

	(void)state;
	assert_true(dro_str_eq(s, "Abc-9"));
	assert_false(dro_str_eq(s, "abc-9"));
	assert_false(dro_str_eq(s, "Abc-"));
	assert_false(dro_str_eq(s, "Abc-9x"));
	assert_true(dro_str_ieq(s, "aBC-9"));
	assert_false(dro_str_ieq(s, "abd-9"));
	assert_false(dro_str_ieq(s, "abc-"));
	assert_true(dro_str_eq(dro_str_of(""), ""));
	assert_false(dro_str_ieq(dro_str_of("[{"), "{["));
}

static void
only_ascii_letters_have_case(void **state)
{
	(void)state;
	assert_int_equal(dro_ascii_lower('A'), 'a');
	assert_int_equal(dro_ascii_lower('Z'), 'z');
	assert_int_equal(dro_ascii_lower('@'), '@');
	assert_int_equal(dro_ascii_lower('['), '[');
	assert_int_equal(dro_ascii_lower('z'), 'z');
	assert_int_equal(dro_ascii_lower((char)0xc9), (char)0xc9);
}

static void
trimming_cuts_white_space_at_both_ends(void **state)
{
	(void)state;
	assert_true(
	    dro_str_eq(dro_str_trim(dro_str_of(" \t\r\n a b \t\r\n")), "a b"));
	assert_true(dro_str_eq(dro_str_trim(dro_str_of(" \t ")), ""));
	assert_true(dro_str_eq(dro_str_trim(dro_str_of("")), ""));
	assert_true(dro_str_eq(dro_str_trim(dro_str_of("\va")), "\va"));
}

static void
an_arena_gives_zeroed_memory(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	unsigned char *p;
	size_t i;

	(void)state;
	assert_non_null(arena);
	p = dro_arena_alloc(arena, 100, 10);
	assert_non_null(p);
	for (i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	assert_non_null(dro_arena_alloc(arena, 0, 10));
	assert_null(dro_arena_alloc(arena, SIZE_MAX, 2));
	assert_null(dro_arena_alloc(arena, SIZE_MAX, 1));
	dro_arena_destroy(arena);
	dro_arena_destroy(NULL);
}

static bool
is_zero(const unsigned char *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return (n == 0);
}

static void
an_arena_can_begin_again(void **state)
{
	/* Small and large, so that blocks of every size are filled. */
	static const size_t sizes[] = {1, 900, 5000, 64, 70000, 3 << 20, 40};
	struct dro_arena *arena = dro_arena_create();
	unsigned char *p;
	size_t i, turn;

	(void)state;
	assert_non_null(arena);
	dro_arena_reset(arena);
	for (turn = 0; turn < 4; turn++) {
		for (i = 0; i < 50 * DRO_ARRAY_LEN(sizes); i++) {
			const size_t n =
			    sizes[(i + turn) % DRO_ARRAY_LEN(sizes)];

			assert_non_null(p = dro_arena_alloc(arena, n, 1));
			assert_true(is_zero(p, n));
			memset(p, 0xff, n);
		}
		assert_non_null(p = malloc(10));
		assert_true(dro_arena_adopt(arena, p));
		dro_arena_reset(arena);
	}
	dro_arena_destroy(arena);
}

static void
an_arena_copies_text(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	char text[] = "text";

	(void)state;
	assert_non_null(arena);
	assert_string_equal(dro_arena_strdup(arena, text), "text");
	assert_true(dro_arena_strdup(arena, text) != text);
	assert_string_equal(dro_arena_strndup(arena, "text", 2), "te");
	assert_string_equal(dro_arena_strndup(arena, "text", 0), "");
	assert_string_equal(
	    dro_arena_printf(arena, "%s-%0100d", "a", 1) + 100, "01");
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_is_one_clean_line),
	    cmocka_unit_test(an_error_may_have_nowhere_to_go),
	    cmocka_unit_test(a_long_message_is_cut),
	    cmocka_unit_test(context_comes_before_and_keeps_the_code),
	    cmocka_unit_test(out_of_memory_has_its_code),
	    cmocka_unit_test(a_buffer_grows_to_its_ceiling),
	    cmocka_unit_test(a_failed_buffer_stays_failed_until_reset),
	    cmocka_unit_test(a_length_that_overflows_is_refused),
	    cmocka_unit_test(a_buffer_holds_any_octets_and_long_formats),
	    cmocka_unit_test(a_stolen_text_is_the_callers),
	    cmocka_unit_test(strings_compare_with_and_without_case),
	    cmocka_unit_test(only_ascii_letters_have_case),
	    cmocka_unit_test(trimming_cuts_white_space_at_both_ends),
	    cmocka_unit_test(an_arena_gives_zeroed_memory),
	    cmocka_unit_test(an_arena_can_begin_again),
	    cmocka_unit_test(an_arena_copies_text),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
