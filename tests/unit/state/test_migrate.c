#include "fixture.h"

/*
 * tests/data/state-1.sql is a database as version 1 wrote it: one report of
 * 4 messages that pass and 2 that fail, one approval.
 */

static void
load_version_1(const struct world *w)
{
	char sql[16384];
	size_t n;
	FILE *f = fopen(DRO_TEST_DATA "/state-1.sql", "re");

	assert_non_null(f);
	n = fread(sql, 1, sizeof(sql) - 1, f);
	assert_int_equal(fclose(f), 0);
	assert_true(n > 1000 && n < sizeof(sql) - 1);
	sql[n] = '\0';
	raw(w, sql);
}

/* Evidence and history stay; a nameless approval is asked for again. */
static void
test_from_version_1(void **state)
{
	struct world *w = *state;
	struct dro_evidence ev;
	struct dro_facts facts;
	int64_t pass = 0, fail = 0;
	size_t i;

	load_version_1(w);
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, "schema 1 is older than this program");
	OK(open_writer(w, T0));
	OK(dro_evidence_load(
	    w->store, "example.nl", DAY0 - 30, T0, w->arena, &ev, &w->err));
	for (i = 0; i < ev.n_cells; i++) {
		pass += ev.cells[i].pass;
		fail += ev.cells[i].fail;
	}
	assert_int_equal(pass, 4);
	assert_int_equal(fail, 2);
	assert_int_equal(ev.n_seen, 1);
	assert_int_equal(ev.n_streams, 2);
	OK(dro_facts_load(w->store, "example.nl", w->arena, &facts, &w->err));
	assert_false(facts.adopted);
	assert_int_equal(facts.n_approvals, 0);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE text = 'of version 1'"),
	    1);
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_from_version_1, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
