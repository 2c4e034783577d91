/* Whose mail a row is, and how rows are summed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../policies/tsv.h"
#include "ingest/stream.h"

static struct dro_lines *lines;

/* "-" stands for nothing. */
static const char *
text(const char *field)
{
	return (strcmp(field, "-") == 0 ? "" : field);
}

/* "domain word result;..." into ${out}; the word is selector or scope. */
static size_t
auths(char *field, struct dro_row_auth *out, bool sigs)
{
	char *one, *word;
	size_t n = 0;

	if (strcmp(field, "-") == 0)
		return (0);
	while ((one = strsep(&field, ";")) != NULL) {
		out[n].domain = strsep(&one, " ");
		word = strsep(&one, " ");
		out[n].selector = sigs ? text(word) : "";
		out[n].scope = sigs ? "" : text(word);
		out[n++].result = one;
	}
	return (n);
}

static bool
same(const struct dro_stream *s, char **want)
{
	const char *const got[] = {s->dkim, s->selector, s->dkim_other,
	    s->mail_from, s->claim, s->claim_selector, s->ip};
	size_t i;
	bool ok = true;

	for (i = 0; i < DRO_ARRAY_LEN(got); i++)
		if (strcmp(got[i], text(want[i])) != 0) {
			print_error("name %zu: got \"%s\"\n", i, got[i]);
			ok = false;
		}
	return (ok);
}

static bool
check_stream(char **field)
{
	static struct dro_row row;
	struct dro_form form = {{NULL}, false, false, 0, 0};
	struct dro_judged judged = {DRO_FAIL, DRO_FAIL, DRO_DISP_NONE};
	const struct dro_line *got;
	dro_warns warns = 0;
	char *modes = field[1], *evaluated = field[2];
	size_t n;

	form.text[DRO_FIELD_DOMAIN] = "klant.example";
	form.text[DRO_FIELD_ADKIM] = strsep(&modes, " ");
	form.text[DRO_FIELD_ASPF] = modes;
	judged.dkim = dro_verdict_of(strsep(&evaluated, " "), &warns);
	judged.spf = dro_verdict_of(evaluated, &warns);
	row.count = 1;
	row.header_from = text(field[0]);
	row.n_sigs = auths(field[3], row.sigs, true);
	row.n_spfs = auths(field[4], row.spfs, false);
	row.ip = text(field[5]);
	dro_lines_reset(lines);
	assert_true(dro_lines_add(lines, &form, &row, &judged, &warns));
	got = dro_lines_finish(lines, &n);
	return (got != NULL && n == 1 && same(&got->stream, field + 6));
}

static void
test_streams(void **state DRO_UNUSED)
{
	tsv_each("ingest-streams.tsv", 13, check_stream);
}

/* Whether From is a name below the policy domain. */
static void
test_below(void **state DRO_UNUSED)
{
	static const struct {
		const char *policy, *from;
		bool below;
	} table[] = {
	    {"klant.example", "klant.example", false},
	    {"klant.example", "Klant.Example.", false},
	    {"klant.example", "news.klant.example", true},
	    {"Klant.Example.", "a.b.klant.example", true},
	    {"klant.example", "xklant.example", false},
	    {"klant.example", "example", false},
	    {"news.klant.example", "klant.example", false},
	    {"klant.example", "", false}, /* the policy domain is taken */
	    {"", "news.klant.example", false},
	};
	static struct dro_row row;
	const struct dro_judged judged = {DRO_PASS, DRO_FAIL, DRO_DISP_NONE};
	struct dro_form form = {{NULL}, false, false, 0, 0};
	const struct dro_line *got;
	dro_warns warns = 0;
	size_t i, n;

	row.count = 1;
	row.n_sigs = row.n_spfs = 0;
	row.ip = "192.0.2.1";
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		form.text[DRO_FIELD_DOMAIN] = table[i].policy;
		row.header_from = table[i].from;
		dro_lines_reset(lines);
		assert_true(dro_lines_add(lines, &form, &row, &judged, &warns));
		got = dro_lines_finish(lines, &n);
		assert_int_equal(n, 1);
		if (got->stream.below != table[i].below)
			fail_msg("%s of %s", table[i].from, table[i].policy);
	}
}

static void
test_verdicts(void **state DRO_UNUSED)
{
	static const struct {
		const char *text;
		enum dro_verdict verdict;
		dro_warns warns;
	} table[] = {
	    {"pass", DRO_PASS, 0},
	    {"fail", DRO_FAIL, 0},
	    {"Pass", DRO_PASS, DRO_WARN_BIT(DRO_WARN_VALUE_CASE)},
	    {"FAIL", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_VALUE_CASE)},
	    {"", DRO_UNKNOWN, DRO_WARN_BIT(DRO_WARN_RESULT_MISSING)},
	    {"none", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"softfail", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"neutral", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"hardfail", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"permerror", DRO_FAIL, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"temperror", DRO_UNKNOWN, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"unknown", DRO_UNKNOWN, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	    {"passed", DRO_UNKNOWN, DRO_WARN_BIT(DRO_WARN_RESULT_ODD)},
	};
	dro_warns warns;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		warns = 0;
		assert_int_equal(
		    dro_verdict_of(table[i].text, &warns), table[i].verdict);
		assert_int_equal(warns, table[i].warns);
	}
}

/* Lines that differ in the address alone share a number. */
static void
test_numbers(void **state DRO_UNUSED)
{
	static const struct {
		const char *domain, *ip;
		uint32_t number;
	} table[] = {
	    {"a.example", "192.0.2.1", 1},
	    {"a.example", "192.0.2.2", 1},
	    {"b.example", "192.0.2.1", 2},
	    {"a.example", "192.0.2.3", 1},
	    {"", "192.0.2.1", 3},
	    {"b.example", "192.0.2.2", 2},
	};
	const struct dro_judged judged = {DRO_FAIL, DRO_FAIL, DRO_DISP_NONE};
	struct dro_form form = {{NULL}, false, false, 0, 0};
	static struct dro_row row;
	const struct dro_line *got;
	dro_warns warns = 0;
	size_t i, n;

	form.text[DRO_FIELD_DOMAIN] = "klant.example";
	row.count = 1;
	row.header_from = "klant.example";
	row.spfs[0].scope = "mfrom";
	row.spfs[0].result = "pass";
	dro_lines_reset(lines);
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		row.spfs[0].domain = table[i].domain;
		row.n_spfs = *table[i].domain != '\0' ? 1 : 0;
		row.ip = table[i].ip;
		assert_true(dro_lines_add(lines, &form, &row, &judged, &warns));
	}
	got = dro_lines_finish(lines, &n);
	assert_int_equal(n, DRO_ARRAY_LEN(table));
	for (i = 0; i < n; i++) {
		assert_string_equal(got[i].stream.mail_from, table[i].domain);
		assert_string_equal(got[i].stream.ip, table[i].ip);
		assert_int_equal(dro_lines_names(lines)[i], table[i].number);
	}
}

#define MANY 20000

/* Many streams, each seen three times with another result. */
static void
test_sums(void **state DRO_UNUSED)
{
	static struct dro_row row;
	static const struct dro_judged judged[] = {
	    {DRO_PASS, DRO_FAIL, DRO_DISP_NONE},
	    {DRO_FAIL, DRO_FAIL, DRO_DISP_NONE},
	    {DRO_FAIL, DRO_UNKNOWN, DRO_DISP_NONE},
	};
	struct dro_form form = {{NULL}, false, false, 0, 0};
	const struct dro_line *got;
	dro_warns warns = 0;
	char ip[32];
	size_t pass, i, n;

	row.header_from = "klant.example";
	row.ip = ip;
	row.n_sigs = row.n_spfs = 0;
	dro_lines_reset(lines);
	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < MANY; i++) {
			(void)snprintf(
			    ip, sizeof(ip), "10.0.%zu.%zu", i / 256, i % 256);
			row.count = (int64_t)(i + pass);
			assert_true(dro_lines_add(
			    lines, &form, &row, &judged[pass], &warns));
		}
	got = dro_lines_finish(lines, &n);
	assert_int_equal(n, MANY);
	for (i = 0; i < MANY; i++) { /* in the order of first sight */
		(void)snprintf(
		    ip, sizeof(ip), "10.0.%zu.%zu", i / 256, i % 256);
		assert_string_equal(got[i].stream.ip, ip);
		assert_int_equal(got[i].pass, i);
		assert_int_equal(got[i].fail, i + 1);
		assert_int_equal(got[i].unknown, i + 2);
	}
	dro_lines_reset(lines);
	assert_non_null(dro_lines_finish(lines, &n));
	assert_int_equal(n, 0);
}

static int
setup(void **state DRO_UNUSED)
{
	lines = dro_lines_create();
	return (lines == NULL);
}

static int
teardown(void **state DRO_UNUSED)
{
	dro_lines_destroy(lines);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_sums),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
