#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "presets/presets.h"
#include "stage/ladder.h"

#include "tsv.h"

/* Build a ladder of the rungs named in ${names}, separated by spaces. */
static enum dro_code
make(const char *names, struct dro_ladder *out, struct dro_err *err)
{
	char copy[512], *rest = copy, *name;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	(void)snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, " ")) != NULL) {
		if (*name == '\0')
			continue;
		code = dro_rung_parse(name, &out->rungs[out->n++], err);
		if (code != DRO_OK)
			return (code);
	}
	return (DRO_OK);
}

static struct dro_core
core_of(char **field)
{
	struct dro_core core = {
	    DRO_NONE, (int)tsv_int(field[1]), field[2][0] == 'y'};

	assert_true(dro_level_parse(dro_str_of(field[0]), &core.p));
	return (core);
}

static bool
effect_is(struct dro_core core, enum dro_population population, char **want)
{
	struct dro_effect e = dro_effect(core, population);

	return (
	    e.quarantine == tsv_int(want[0]) && e.reject == tsv_int(want[1]));
}

/* rung, p, pct, t, RFC 7489 Q and R, RFC 9989 Q and R */
static bool
check_rung(char **field)
{
	struct dro_rung rung;
	struct dro_err err;

	return (dro_rung_parse(field[0], &rung, &err) == DRO_OK &&
	    strcmp(rung.name, field[0]) == 0 &&
	    dro_core_equal(rung.core, core_of(field + 1)) &&
	    effect_is(rung.core, DRO_RFC7489, field + 4) &&
	    effect_is(rung.core, DRO_RFC9989, field + 6));
}

static void
rungs_mean_what_the_table_says(void **state)
{
	(void)state;
	tsv_each("ladder-effects.tsv", 8, check_rung);
}

/* p, pct, t, RFC 7489 Q and R, RFC 9989 Q and R */
static bool
check_record(char **field)
{
	return (effect_is(core_of(field), DRO_RFC7489, field + 3) &&
	    effect_is(core_of(field), DRO_RFC9989, field + 5));
}

static void
foreign_records_mean_what_the_table_says(void **state)
{
	(void)state;
	tsv_each("ladder-records.tsv", 7, check_record);
}

/* ladder, p, pct, t, floor, ceiling ("-": none), off the ladder */
static bool
check_place(char **field)
{
	struct dro_ladder ladder;
	struct dro_place place;
	struct dro_err err;

	if (dro_preset_ladder(field[0], &ladder, &err) != DRO_OK)
		assert_int_equal(make(field[0], &ladder, &err), DRO_OK);
	place = dro_ladder_place(&ladder, core_of(field + 1));
	return (strcmp(ladder.rungs[place.floor].name, field[4]) == 0 &&
	    strcmp(place.has_ceiling ? ladder.rungs[place.ceiling].name : "-",
		field[5]) == 0 &&
	    place.off_ladder == (strcmp(field[6], "off") == 0));
}

static void
records_lie_between_floor_and_ceiling(void **state)
{
	(void)state;
	tsv_each("ladder-places.tsv", 7, check_place);
}

static void
rungs_of_shipped_ladders_are_their_own_place(void **state)
{
	const char *const *name;
	struct dro_ladder ladder;
	struct dro_place place;
	struct dro_err err;
	size_t i;

	(void)state;
	for (name = dro_preset_ladder_names(); *name != NULL; name++) {
		assert_int_equal(
		    dro_preset_ladder(*name, &ladder, &err), DRO_OK);
		for (i = 0; i < ladder.n; i++) {
			place = dro_ladder_place(&ladder, ladder.rungs[i].core);
			assert_int_equal(place.floor, i);
			assert_int_equal(place.ceiling, i);
			assert_true(place.has_ceiling);
			assert_false(place.off_ladder);
		}
	}
}

static void
wrong_rung_names_are_refused(void **state)
{
	static const char *const wrong[] = {"", "None", "none-1", "none-100",
	    "nonesuch", "quarantine-0", "quarantine-00", "quarantine-05",
	    "quarantine-101", "quarantine-1000", "quarantine-5x", "quarantine-",
	    "quarantine--5", "quarantine-+5", "quarantine- 5", "quarantine 5",
	    "quarantine5", "quarantine-5 ", "quarantaine",
	    "quarantine-\xd9\xa1", "reject-0", "reject-101", "reject-1.5",
	    "reject-99999999999999999999", "rejected", "Reject", " reject",
	    "pct=10"};
	struct dro_rung rung;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(wrong); i++) {
		assert_int_equal(
		    dro_rung_parse(wrong[i], &rung, &err), DRO_EINVAL);
		assert_non_null(strstr(err.msg, "not a rung"));
	}
}

/* rungs, "ok" or what the complaint must mention */
static bool
check_lint(char **field)
{
	struct dro_ladder ladder;
	struct dro_err err;
	enum dro_code code;

	assert_int_equal(make(field[0], &ladder, &err), DRO_OK);
	code = dro_ladder_lint(&ladder, &err);
	if (strcmp(field[1], "ok") == 0)
		return (code == DRO_OK);
	return (code == DRO_EINVAL && strstr(err.msg, field[1]) != NULL);
}

static void
lint_wants_ladders_that_only_climb(void **state)
{
	(void)state;
	tsv_each("ladder-lint.tsv", 2, check_lint);
}

static void
lint_refuses_no_rungs_and_too_many(void **state)
{
	struct dro_ladder ladder = {0};
	struct dro_err err;

	(void)state;
	assert_int_equal(dro_ladder_lint(&ladder, &err), DRO_EINVAL);
	ladder.n = DRO_RUNGS_MAX + 1;
	assert_int_equal(dro_ladder_lint(&ladder, &err), DRO_EINVAL);
}

/* A rung with bare pct would be full quarantine at RFC 9989 receivers. */
static void
lint_refuses_a_rung_that_is_not_its_name(void **state)
{
	struct dro_ladder ladder;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    make("none quarantine-10 reject", &ladder, &err), DRO_OK);
	ladder.rungs[1].core.t = false;
	assert_int_equal(dro_ladder_lint(&ladder, &err), DRO_EINVAL);
	assert_non_null(strstr(err.msg, "quarantine-10"));
}

static void
rungs_are_found_by_name(void **state)
{
	struct dro_ladder ladder;
	struct dro_err err;
	size_t i = 99;

	(void)state;
	assert_int_equal(dro_preset_ladder("dual", &ladder, &err), DRO_OK);
	assert_true(dro_ladder_find(&ladder, "none", &i));
	assert_int_equal(i, 0);
	assert_true(dro_ladder_find(&ladder, "quarantine", &i));
	assert_int_equal(i, 5);
	assert_true(dro_ladder_find(&ladder, "reject", &i));
	assert_int_equal(i, 7);
	assert_false(dro_ladder_find(&ladder, "reject-10", &i));
	assert_false(dro_ladder_find(&ladder, "", &i));
}

/* Dominance is about rejected and about stopped mail, never one alone. */
static void
covering_needs_both_shares(void **state)
{
	static const struct dro_effect half_rejected = {0, 50};
	static const struct dro_effect all_quarantined = {100, 0};
	static const struct dro_effect all_rejected = {0, 100};

	(void)state;
	assert_true(dro_effect_covers(half_rejected, half_rejected));
	assert_false(dro_effect_covers(half_rejected, all_quarantined));
	assert_false(dro_effect_covers(all_quarantined, half_rejected));
	assert_true(dro_effect_covers(all_rejected, half_rejected));
	assert_true(dro_effect_covers(all_rejected, all_quarantined));
	assert_false(dro_effect_covers(all_quarantined, all_rejected));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rungs_mean_what_the_table_says),
	    cmocka_unit_test(foreign_records_mean_what_the_table_says),
	    cmocka_unit_test(records_lie_between_floor_and_ceiling),
	    cmocka_unit_test(rungs_of_shipped_ladders_are_their_own_place),
	    cmocka_unit_test(wrong_rung_names_are_refused),
	    cmocka_unit_test(lint_wants_ladders_that_only_climb),
	    cmocka_unit_test(lint_refuses_no_rungs_and_too_many),
	    cmocka_unit_test(lint_refuses_a_rung_that_is_not_its_name),
	    cmocka_unit_test(rungs_are_found_by_name),
	    cmocka_unit_test(covering_needs_both_shares),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
