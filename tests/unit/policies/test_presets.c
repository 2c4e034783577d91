#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "presets/presets.h"

#include "tsv.h"

/* name, rungs separated by spaces */
static bool
check_ladder(char **field)
{
	struct dro_ladder ladder;
	struct dro_err err;
	char got[512] = "";
	size_t i;

	if (dro_preset_ladder(field[0], &ladder, &err) != DRO_OK)
		return (false);
	for (i = 0; i < ladder.n; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s%s", i == 0 ? "" : " ", ladder.rungs[i].name);
	return (strcmp(got, field[1]) == 0 &&
	    dro_ladder_lint(&ladder, &err) == DRO_OK);
}

static void
ladders_are_those_of_the_table(void **state)
{
	(void)state;
	tsv_each("ladder-presets.tsv", 2, check_ladder);
}

/* policy, its ladder or another one, rung, days, report days, approval */
static bool
check_hop(char **field)
{
	struct dro_settings s;
	struct dro_err err;
	size_t i;

	if (dro_preset_policy(field[0], &s, &err) != DRO_OK)
		return (false);
	if (strcmp(field[1], "own") != 0 &&
	    (dro_preset_ladder(field[1], &s.ladder, &err) != DRO_OK ||
		dro_preset_hops(field[0], &s, &err) != DRO_OK))
		return (false);
	return (dro_ladder_find(&s.ladder, field[2], &i) &&
	    s.hops[i].days == tsv_int(field[3]) &&
	    s.hops[i].report_days == tsv_int(field[4]) &&
	    s.approvals[i] == (strcmp(field[5], "asks") == 0));
}

static void
hops_are_those_of_the_table(void **state)
{
	(void)state;
	tsv_each("ladder-hops.tsv", 6, check_hop);
}

/* policy, ladder length, tau, alpha, alpha of the last hop, setback share */
static bool
check_numbers(char **field)
{
	struct dro_settings s;
	struct dro_err err;

	return (dro_preset_policy(field[0], &s, &err) == DRO_OK &&
	    strcmp(s.policy, field[0]) == 0 &&
	    (int64_t)s.ladder.n == tsv_int(field[1]) &&
	    s.tau_ppm == tsv_int(field[2]) &&
	    s.alpha_ppm == tsv_int(field[3]) &&
	    s.alpha_last_ppm == tsv_int(field[4]) &&
	    s.setback_share_ppm == tsv_int(field[5]) &&
	    s.target == DRO_REJECT && s.freshness_h == 72 &&
	    s.reporters_min == 2 && s.cooldown_days == 3);
}

static void
numbers_are_those_of_the_table(void **state)
{
	(void)state;
	tsv_each("ladder-policies.tsv", 6, check_numbers);
}

static void
a_policy_says_nothing_about_a_customer(void **state)
{
	struct dro_settings s;
	struct dro_err err;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	assert_int_equal(dro_preset_policy("standard", &s, &err), DRO_OK);
	assert_null(s.rua);
	assert_false(s.has_sp);
	assert_false(s.has_np);
	assert_int_equal(s.ttl_s, 0);
	assert_null(s.pause);
	assert_int_equal(s.n_sources, 0);
	assert_null(s.sources);
}

/* A shorter ladder leaves nothing of the longer one behind. */
static void
hops_of_another_ladder_replace_all(void **state)
{
	struct dro_settings s;
	struct dro_err err;
	size_t i;

	(void)state;
	assert_int_equal(dro_preset_policy("careful", &s, &err), DRO_OK);
	assert_int_equal(dro_preset_ladder("rfc9989", &s.ladder, &err), DRO_OK);
	assert_int_equal(dro_preset_hops("careful", &s, &err), DRO_OK);
	for (i = s.ladder.n; i < DRO_RUNGS_MAX; i++) {
		assert_int_equal(s.hops[i].days, 0);
		assert_int_equal(s.hops[i].report_days, 0);
		assert_int_equal(s.approvals[i], 0);
	}
}

static void
unknown_names_are_refused(void **state)
{
	struct dro_ladder ladder;
	struct dro_settings s;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    dro_preset_ladder("dual-strict", &ladder, &err), DRO_ENOTFOUND);
	assert_non_null(strstr(err.msg, "\"dual-strict\""));
	assert_int_equal(dro_preset_ladder("", &ladder, &err), DRO_ENOTFOUND);
	assert_int_equal(
	    dro_preset_policy("Standard", &s, &err), DRO_ENOTFOUND);
	assert_non_null(strstr(err.msg, "\"Standard\""));
	assert_int_equal(dro_preset_hops("slow", &s, &err), DRO_ENOTFOUND);
}

/* Only one of them is for domains that send no mail. */
static void
parked_is_parked(void **state)
{
	struct dro_settings s;

	(void)state;
	assert_int_equal(dro_preset_policy("parked", &s, NULL), DRO_OK);
	assert_true(s.parked);
	assert_int_equal(s.quiet_days, 30);
	assert_int_equal(dro_preset_policy("careful", &s, NULL), DRO_OK);
	assert_false(s.parked);
}

static void
lists_name_all_and_only_what_is_shipped(void **state)
{
	static const char *const policies[] = {
	    "fast", "standard", "government", "careful", "parked"};
	static const char *const ladders[] = {
	    "dual", "dual-reject-pct", "rfc9989"};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(policies); i++)
		assert_string_equal(dro_preset_names()[i], policies[i]);
	assert_null(dro_preset_names()[i]);
	for (i = 0; i < DRO_ARRAY_LEN(ladders); i++)
		assert_string_equal(dro_preset_ladder_names()[i], ladders[i]);
	assert_null(dro_preset_ladder_names()[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ladders_are_those_of_the_table),
	    cmocka_unit_test(hops_are_those_of_the_table),
	    cmocka_unit_test(numbers_are_those_of_the_table),
	    cmocka_unit_test(parked_is_parked),
	    cmocka_unit_test(a_policy_says_nothing_about_a_customer),
	    cmocka_unit_test(hops_of_another_ladder_replace_all),
	    cmocka_unit_test(unknown_names_are_refused),
	    cmocka_unit_test(lists_name_all_and_only_what_is_shipped),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
