#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/dmarc.h"

#include "tsv.h"

static const char *
level_or_dash(bool has, enum dro_level level)
{
	return (has ? dro_level_name(level) : "-");
}

/* record, reading or words of the refusal */
static bool
check_parse(char **field)
{
	struct dro_dmarc d;
	struct dro_err err;
	char got[128];

	if (dro_dmarc_parse(dro_str_of(field[0]), &d, &err) != DRO_OK)
		return (err.code == DRO_EPARSE &&
		    strncmp(err.msg, "DMARC record: ", 14) == 0 &&
		    strstr(err.msg, field[1]) != NULL);
	(void)snprintf(got, sizeof(got), "%s %d %c %s %s %zu",
	    dro_level_name(d.core.p), d.core.pct, d.core.t ? 'y' : 'n',
	    level_or_dash(d.has_sp, d.sp), level_or_dash(d.has_np, d.np), d.n);
	return (strcmp(got, field[1]) == 0);
}

static void
records_read_as_the_table_says(void **state)
{
	(void)state;
	tsv_each("dmarc-parse.tsv", 2, check_parse);
}

static void
tags_keep_their_octets(void **state)
{
	struct dro_dmarc d;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of("v=DMARC1; P = None ;foo= a b=c ;"
				       "rua=mailto:a@x.example , mailto:b@y"),
		&d, &err),
	    DRO_OK);
	assert_int_equal(d.n, 4);
	assert_true(dro_str_eq(d.tags[0].name, "v"));
	assert_true(dro_str_eq(d.tags[0].value, "DMARC1"));
	assert_true(dro_str_eq(d.tags[1].name, "P"));
	assert_true(dro_str_eq(d.tags[1].value, "None"));
	assert_true(dro_str_eq(d.tags[2].name, "foo"));
	assert_true(dro_str_eq(d.tags[2].value, "a b=c"));
	assert_true(dro_str_eq(d.rua, "mailto:a@x.example , mailto:b@y"));
}

static void
rua_is_empty_when_absent(void **state)
{
	struct dro_dmarc d;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of("v=DMARC1; p=none"), &d, &err), DRO_OK);
	assert_int_equal(d.rua.len, 0);
	assert_false(dro_dmarc_rua_has(d.rua, "mailto:a@x.example"));
}

/* Zero octets do not end a text early. */
static void
zero_octets_are_refused(void **state)
{
	static const char text[] = "v=DMARC1; p=none\0; p=reject";
	struct dro_dmarc d;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    dro_dmarc_parse((struct dro_str){text, sizeof(text) - 1}, &d, &err),
	    DRO_EPARSE);
	assert_non_null(strstr(err.msg, "octet 17 is 0x00"));
}

/* "v=DMARC1; p=none; aa=1; ab=1; ..." with ${tags} tags. */
static void
many_tags(struct dro_buf *buf, int tags)
{
	int i;

	dro_buf_init(buf, DRO_TXT_MAX);
	dro_buf_adds(buf, "v=DMARC1; p=none");
	for (i = 2; i < tags; i++)
		dro_buf_addf(buf, "; %c%c=1", 'a' + i / 26, 'a' + i % 26);
	assert_false(buf->failed);
}

static void
tags_are_bounded(void **state)
{
	struct dro_dmarc d;
	struct dro_buf buf;
	struct dro_err err;

	(void)state;
	many_tags(&buf, 64);
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of(buf.ptr), &d, &err), DRO_OK);
	assert_int_equal(d.n, 64);
	dro_buf_finish(&buf);
	many_tags(&buf, 65);
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of(buf.ptr), &d, &err), DRO_EPARSE);
	assert_non_null(strstr(err.msg, "more than 64 tags"));
	dro_buf_finish(&buf);
}

/* A long hostile value is quoted in part only. */
static void
complaints_quote_forty_octets(void **state)
{
	char text[600] = "v=DMARC1; p=";
	struct dro_dmarc d;
	struct dro_err err;

	(void)state;
	memset(text + 12, 'x', 500);
	assert_int_equal(
	    dro_dmarc_parse(dro_str_of(text), &d, &err), DRO_EPARSE);
	assert_non_null(
	    strstr(err.msg, "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""));
}

/* text, yes or no */
static bool
check_is(char **field)
{
	return (dro_dmarc_is(dro_str_of(field[0])) ==
	    (strcmp(field[1], "yes") == 0));
}

static void
receivers_see_a_record_or_do_not(void **state)
{
	(void)state;
	tsv_each("dmarc-is.tsv", 2, check_is);
}

/* list, URI, yes or no */
static bool
check_rua(char **field)
{
	return (dro_dmarc_rua_has(dro_str_of(field[0]), field[1]) ==
	    (strcmp(field[2], "yes") == 0));
}

static void
report_addresses_are_compared_as_addresses(void **state)
{
	(void)state;
	tsv_each("dmarc-rua.tsv", 3, check_rua);
}

static enum dro_found
find_in(const char **values, size_t n, size_t *index)
{
	struct dro_rrset rrset;
	size_t i;

	dro_rrset_init(&rrset, "_dmarc.voorbeeld.example", DRO_RR_TXT);
	for (i = 0; i < n; i++)
		rrset.values[rrset.n++] =
		    (struct dro_value){values[i], strlen(values[i])};
	return (dro_dmarc_find(&rrset, index));
}

static void
the_record_is_found_among_others(void **state)
{
	const char *values[] = {"v=spf1 -all", "", "v=DMARC1; p=none",
	    "google-site-verification=abc", "v=DMARC1 broken"};
	size_t index = 99;

	(void)state;
	assert_int_equal(find_in(values, 0, &index), DRO_FOUND_NONE);
	assert_int_equal(find_in(values, 2, &index), DRO_FOUND_NONE);
	assert_int_equal(find_in(values, 4, &index), DRO_FOUND_ONE);
	assert_int_equal(index, 2);
	assert_int_equal(find_in(values, 5, &index), DRO_FOUND_MANY);
}

static void
levels_have_names(void **state)
{
	enum dro_level level;

	(void)state;
	assert_string_equal(dro_level_name(DRO_NONE), "none");
	assert_string_equal(dro_level_name(DRO_QUARANTINE), "quarantine");
	assert_string_equal(dro_level_name(DRO_REJECT), "reject");
	assert_true(dro_level_parse(dro_str_of("ReJect"), &level));
	assert_int_equal(level, DRO_REJECT);
	assert_false(dro_level_parse(dro_str_of("rejec"), &level));
	assert_false(dro_level_parse(dro_str_of("rejects"), &level));
	assert_false(dro_level_parse(dro_str_of(""), &level));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_read_as_the_table_says),
	    cmocka_unit_test(tags_keep_their_octets),
	    cmocka_unit_test(rua_is_empty_when_absent),
	    cmocka_unit_test(zero_octets_are_refused),
	    cmocka_unit_test(tags_are_bounded),
	    cmocka_unit_test(complaints_quote_forty_octets),
	    cmocka_unit_test(receivers_see_a_record_or_do_not),
	    cmocka_unit_test(report_addresses_are_compared_as_addresses),
	    cmocka_unit_test(the_record_is_found_among_others),
	    cmocka_unit_test(levels_have_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
