#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "presets/presets.h"
#include "record/dmarc.h"
#include "stage/ladder.h"

#include "tsv.h"

/* Far above any record here. */
#define CEILING 16384

/* Edit ${text} as the named rung, levels and URI say; "-" leaves alone. */
static enum dro_code
edit(const char *text, const char *rung_name, const char *sp, const char *np,
    const char *rua, struct dro_buf *out, struct dro_err *err)
{
	struct dro_edit e = {0};
	struct dro_rung rung;
	enum dro_level sp_level, np_level;

	if (strcmp(rung_name, "-") != 0) {
		assert_int_equal(dro_rung_parse(rung_name, &rung, err), DRO_OK);
		e.core = &rung.core;
	}
	if (dro_level_parse(dro_str_of(sp), &sp_level))
		e.sp = &sp_level;
	if (dro_level_parse(dro_str_of(np), &np_level))
		e.np = &np_level;
	if (strcmp(rua, "-") != 0)
		e.rua_add = rua;
	return (dro_dmarc_edit(dro_str_of(text), &e, out, err));
}

/* record, rung, sp, np, rua, result */
static bool
check_edit(char **field)
{
	struct dro_buf first, again;
	struct dro_err err;
	bool ok;

	dro_buf_init(&first, CEILING);
	dro_buf_init(&again, CEILING);
	if (edit(field[0], field[1], field[2], field[3], field[4], &first,
		&err) != DRO_OK) {
		ok =
		    field[5][0] == '!' && strstr(err.msg, field[5] + 1) != NULL;
	} else {
		/* Asking for the same twice changes nothing more. */
		ok = strcmp(first.ptr, field[5]) == 0 &&
		    edit(first.ptr, field[1], field[2], field[3], field[4],
			&again, &err) == DRO_OK &&
		    strcmp(again.ptr, field[5]) == 0;
		if (!ok)
			print_error("got \"%s\"\n", first.ptr);
	}
	dro_buf_finish(&first);
	dro_buf_finish(&again);
	return (ok);
}

static void
edits_do_what_the_table_says(void **state)
{
	(void)state;
	tsv_each("dmarc-edit.tsv", 6, check_edit);
}

/* Climb every rung of every ladder and step back: no trace is left. */
static void
climb_and_return(const char *text)
{
	const char *const *name;
	struct dro_ladder ladder;
	struct dro_buf now, next;
	struct dro_dmarc d;
	struct dro_err err;
	size_t i;

	for (name = dro_preset_ladder_names(); *name != NULL; name++) {
		assert_int_equal(
		    dro_preset_ladder(*name, &ladder, &err), DRO_OK);
		dro_buf_init(&now, CEILING);
		dro_buf_adds(&now, text);
		for (i = 1; i <= ladder.n; i++) {
			dro_buf_init(&next, CEILING);
			assert_int_equal(
			    edit(now.ptr, ladder.rungs[i % ladder.n].name, "-",
				"-", "-", &next, &err),
			    DRO_OK);
			assert_int_equal(
			    dro_dmarc_parse(dro_str_of(next.ptr), &d, &err),
			    DRO_OK);
			assert_true(dro_core_equal(
			    d.core, ladder.rungs[i % ladder.n].core));
			dro_buf_finish(&now);
			now = next;
		}
		assert_string_equal(now.ptr, text);
		dro_buf_finish(&now);
	}
}

static void
stepping_back_to_the_first_rung_restores_every_octet(void **state)
{
	(void)state;
	climb_and_return("v=DMARC1; p=none");
	climb_and_return("v=DMARC1;p=none;");
	climb_and_return("v=DMARC1; p=none; rua=mailto:a@x");
	climb_and_return("v=DMARC1; p=none ; ");
	climb_and_return(
	    "v = DMARC1\t; P =none;foo= b a r ; RUA=mailto:a@x ;\t");
	climb_and_return("v=DMARC1; p=none; sp=reject; ri=3600; fo=0:1:d:s");
	climb_and_return("v=DMARC1; p=none ");
}

/* ${out} may hold text already; a refusal of the record leaves it there. */
static void
the_result_is_appended(void **state)
{
	struct dro_buf out;
	struct dro_err err;

	(void)state;
	dro_buf_init(&out, CEILING);
	dro_buf_adds(&out, "was: ");
	assert_int_equal(
	    edit("v=DMARC1; p=none", "reject", "-", "-", "-", &out, &err),
	    DRO_OK);
	assert_string_equal(out.ptr, "was: v=DMARC1; p=reject");
	assert_int_equal(
	    edit("nonsense", "reject", "-", "-", "-", &out, &err), DRO_EPARSE);
	assert_string_equal(out.ptr, "was: v=DMARC1; p=reject");
	dro_buf_finish(&out);
}

static void
a_result_above_the_ceiling_is_refused(void **state)
{
	struct dro_buf out;
	struct dro_err err;

	(void)state;
	dro_buf_init(&out, 17);
	assert_int_equal(
	    edit("v=DMARC1; p=none", "reject", "-", "-", "-", &out, &err),
	    DRO_ELIMIT);
	dro_buf_finish(&out);
	dro_buf_init(&out, 18);
	assert_int_equal(
	    edit("v=DMARC1; p=none", "reject", "-", "-", "-", &out, &err),
	    DRO_OK);
	dro_buf_finish(&out);
}

/* What could not be read again is not given to be published. */
static void
tags_beyond_the_bound_are_refused(void **state)
{
	struct dro_buf text, out;
	struct dro_err err;
	int i;

	(void)state;
	dro_buf_init(&text, CEILING);
	dro_buf_init(&out, CEILING);
	dro_buf_adds(&text, "v=DMARC1; p=none");
	for (i = 2; i < DRO_DMARC_TAGS_MAX - 1; i++)
		dro_buf_addf(&text, ";%c%c=1", 'a' + i / 26, 'a' + i % 26);
	assert_int_equal(
	    edit(text.ptr, "quarantine-100", "-", "-", "-", &out, &err),
	    DRO_OK);
	dro_buf_reset(&out);
	assert_int_equal(
	    edit(text.ptr, "quarantine-10", "-", "-", "-", &out, &err),
	    DRO_EPARSE);
	assert_non_null(strstr(err.msg, "more than 64 tags"));
	dro_buf_reset(&out);
	assert_int_equal(edit(text.ptr, "quarantine-10", "reject", "reject",
			     "mailto:a@x", &out, &err),
	    DRO_EPARSE);
	dro_buf_finish(&text);
	dro_buf_finish(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(edits_do_what_the_table_says),
	    cmocka_unit_test(
		stepping_back_to_the_first_rung_restores_every_octet),
	    cmocka_unit_test(the_result_is_appended),
	    cmocka_unit_test(a_result_above_the_ceiling_is_refused),
	    cmocka_unit_test(tags_beyond_the_bound_are_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
