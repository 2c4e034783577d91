#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

#include "tsv.h"

/* text, Unix seconds or "!" */
static bool
check_parse(char **field)
{
	struct dro_err err;
	int64_t t = 0;

	if (dro_date_parse(field[0], &t, &err) != DRO_OK)
		return (err.code == DRO_EPARSE && field[1][0] == '!' &&
		    strstr(err.msg, "RFC 3339") != NULL);
	return (field[1][0] != '!' && t == tsv_int(field[1]));
}

static void
dates_read_as_the_table_says(void **state)
{
	(void)state;
	tsv_each("date-parse.tsv", 2, check_parse);
}

/* Unix seconds, text */
static bool
check_format(char **field)
{
	char out[DRO_DATE_LEN];

	return (strcmp(dro_date_format(tsv_int(field[0]), out), field[1]) == 0);
}

static void
dates_are_written_as_the_table_says(void **state)
{
	(void)state;
	tsv_each("date-format.tsv", 2, check_format);
}

/* Each day of four centuries and the ends of the calendar, both ways. */
static void
writing_and_reading_agree(void **state)
{
	static const int32_t from[] = {-719162, -200000, 0, 2932896 - 800};
	char out[DRO_DATE_LEN];
	struct dro_err err;
	int64_t t, back;
	int32_t i;
	size_t k;

	(void)state;
	for (k = 0; k < DRO_ARRAY_LEN(from); k++)
		for (i = 0; i <= (k == 1 ? 146097 : 800); i++) {
			t = dro_day_start(from[k] + i) + i % 86400;
			assert_int_equal(dro_date_parse(dro_date_format(t, out),
					     &back, &err),
			    DRO_OK);
			assert_true(back == t);
		}
}

static void
days_round_down(void **state)
{
	(void)state;
	assert_int_equal(dro_day_of(0), 0);
	assert_int_equal(dro_day_of(86399), 0);
	assert_int_equal(dro_day_of(86400), 1);
	assert_int_equal(dro_day_of(-1), -1);
	assert_int_equal(dro_day_of(-86400), -1);
	assert_int_equal(dro_day_of(-86401), -2);
	assert_int_equal(dro_day_of(INT64_MAX), INT32_MAX);
	assert_int_equal(dro_day_of(INT64_MIN), INT32_MIN);
	assert_true(dro_day_start(-2) == -172800);
	assert_true(dro_day_start(INT32_MAX) == INT64_C(185542587100800));
	assert_true(dro_day_start(INT32_MIN) == INT64_C(-185542587187200));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_read_as_the_table_says),
	    cmocka_unit_test(dates_are_written_as_the_table_says),
	    cmocka_unit_test(writing_and_reading_agree),
	    cmocka_unit_test(days_round_down),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
