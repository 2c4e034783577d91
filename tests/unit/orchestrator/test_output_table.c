/* Tables, exactly as printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/output.h"

#define DOTS "\xe2\x80\xa6"

static void
expect(struct dro_table *table, int columns, const char *want)
{
	struct dro_out out = {.width = columns};
	struct dro_err err;
	char *text = NULL;
	size_t len;

	out.fp = open_memstream(&text, &len);
	assert_non_null(out.fp);
	assert_int_equal(dro_table_print(table, &out, &err), DRO_OK);
	fclose(out.fp);
	assert_string_equal(text, want);
	free(text);
}

static struct dro_table *
portfolio(void)
{
	struct dro_table *table = dro_table_create(3);

	assert_non_null(table);
	dro_table_right(table, 1);
	dro_table_row(table, "domain", "days", "why");
	dro_table_row(table, "klant.example", "7", "waits for report days");
	dro_table_line(table, "client: bakker");
	dro_table_row(table, "b.example", "120", "");
	return (table);
}

/* No trailing blanks, nothing cut when it is not a terminal. */
static void
plain(void **state)
{
	struct dro_table *table = portfolio();

	(void)state;
	expect(table, 0,
	    "domain         days  why\n"
	    "klant.example     7  waits for report days\n"
	    "client: bakker\n"
	    "b.example       120\n");
	dro_table_destroy(table);
}

static void
cut(void **state)
{
	struct dro_table *table = portfolio();

	(void)state;
	/* 21 columns before the last: it fits exactly, or not. */
	expect(table, 42,
	    "domain         days  why\n"
	    "klant.example     7  waits for report days\n"
	    "client: bakker\n"
	    "b.example       120\n");
	expect(table, 41,
	    "domain         days  why\n"
	    "klant.example     7  waits for report da" DOTS "\n"
	    "client: bakker\n"
	    "b.example       120\n");
	/* Too narrow for anything: one column, for the ellipsis. */
	expect(table, 10,
	    "domain         days  " DOTS "\n"
	    "klant.example     7  " DOTS "\n"
	    "client: bakker\n"
	    "b.example       120\n");
	dro_table_destroy(table);
}

/* Columns are counted, not octets; a wide character is never halved. */
static void
wide(void **state)
{
	struct dro_table *table = dro_table_create(2);

	(void)state;
	dro_table_row(table, "\xe6\x97\xa5\xe6\x9c\xac", "x");
	dro_table_row(
	    table, "e\xcc\x81", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
	dro_table_row(table, "abcd", "abcdef");
	expect(table, 0,
	    "\xe6\x97\xa5\xe6\x9c\xac  x\n"
	    "e\xcc\x81     \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n"
	    "abcd  abcdef\n");
	expect(table, 10,
	    "\xe6\x97\xa5\xe6\x9c\xac  x\n"
	    "e\xcc\x81     \xe6\x97\xa5" DOTS "\n"
	    "abcd  abc" DOTS "\n");
	dro_table_destroy(table);
}

static void
right_at_the_end(void **state)
{
	struct dro_table *table = dro_table_create(2);

	(void)state;
	dro_table_right(table, 1);
	dro_table_row(table, "a", "1");
	dro_table_row(table, "b", "1000");
	expect(table, 0, "a     1\nb  1000\n");
	expect(table, 6, "a    1\nb  10" DOTS "\n");
	dro_table_destroy(table);
}

/* Cells and lines go through dro_out_text; NULL is an empty cell. */
static void
hostile(void **state)
{
	struct dro_table *table = dro_table_create(2);

	(void)state;
	dro_table_row(table, "\x1b[31m", "a\nb");
	dro_table_row(table, (const char *)NULL, "x");
	dro_table_line(table, "\r\xe2\x80\xae");
	expect(table, 0, "\\x1b[31m  a\\x0ab\n          x\n\\x0d\\u202e\n");
	dro_table_destroy(table);
}

static void
empty(void **state)
{
	struct dro_table *table = dro_table_create(2);

	(void)state;
	expect(table, 80, "");
	dro_table_destroy(table);
	dro_table_destroy(NULL);
}

/* A table that could not be made, and one that could not be filled. */
static void
failures(void **state)
{
	struct dro_table *table = dro_table_create(1);
	struct dro_out out = {.fp = stdout};
	struct dro_err err;
	char *huge = malloc(70000);

	(void)state;
	dro_table_right(NULL, 0);
	dro_table_row(NULL, "x");
	dro_table_line(NULL, "x");
	assert_int_equal(dro_table_print(NULL, &out, &err), DRO_ENOMEM);
	memset(huge, 'x', 69999);
	huge[69999] = '\0';
	dro_table_row(table, huge);
	dro_table_row(table, "small");
	assert_int_equal(dro_table_print(table, &out, &err), DRO_ENOMEM);
	dro_table_destroy(table);
	free(huge);
}

static void
full_disk(void **state)
{
	struct dro_table *table = portfolio();
	struct dro_out out = {.fp = fopen("/dev/full", "w")};
	struct dro_err err;

	(void)state;
	assert_non_null(out.fp);
	assert_int_equal(dro_table_print(table, &out, &err), DRO_EIO);
	assert_non_null(strstr(err.msg, "No space left"));
	/* The stream stays failed: a later success would be a lie. */
	assert_int_equal(dro_out_flush(&out, &err), DRO_EIO);
	fclose(out.fp);
	dro_table_destroy(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain),
	    cmocka_unit_test(cut),
	    cmocka_unit_test(wide),
	    cmocka_unit_test(right_at_the_end),
	    cmocka_unit_test(hostile),
	    cmocka_unit_test(empty),
	    cmocka_unit_test(failures),
	    cmocka_unit_test(full_disk),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
