/*
 * Databases of older programs are brought up to date, unharmed.  Each
 * tests/data/state-N.sql is what version N left; what it says is repeated
 * here by hand.
 */
#include "fixture.h"

#include "inputs.h"

static void
load_version(const struct world *w, const char *path)
{
	FILE *f = fopen(path, "re");
	char *sql = NULL;
	size_t cap = 0;

	assert_non_null(f);
	assert_true(getdelim(&sql, &cap, '\0', f) > 1000);
	assert_int_equal(fclose(f), 0);
	raw(w, sql);
	free(sql);
}

/* Lines that were rows are octets now; approvals without a name are gone. */
static void
test_from_version_1(void **state)
{
	static const struct {
		const char *ip, *dkim, *claim;
		int64_t pass[2], fail[2]; /* google.com, yahoo.com */
	} wanted[] = {
	    {"198.19.190.9", "", "", {0, 0}, {6, 5}},
	    {"198.19.191.9", "", "", {0, 0}, {5, 5}},
	    {"198.19.192.9", "", "", {0, 0}, {5, 5}},
	    {"2001:db8::7", "", "a.example", {0, 0}, {5, 4}},
	    {"192.0.2.10", "a.example", "", {100, 100}, {0, 0}},
	};
	struct world *w = *state;
	struct dro_evidence ev;
	struct dro_facts facts;
	size_t i;

	load_version(w, DRO_TEST_DATA "/state-1.sql");
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, "schema 1 is older than this program");
	OK(open_writer(w, T0));
	OK(dro_evidence_load(
	    w->store, "a.example", 0, T0, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_reporters, 2);
	assert_int_equal(ev.n_seen, 2);
	assert_int_equal(ev.n_streams, DRO_ARRAY_LEN(wanted));
	assert_int_equal(ev.n_cells, 2 * DRO_ARRAY_LEN(wanted));
	for (i = 0; i < ev.n_cells; i++) {
		assert_int_equal(ev.cells[i].day, 20458);
		assert_int_equal(ev.cells[i].stream, i / 2);
		assert_int_equal(ev.cells[i].reporter, i % 2);
		assert_int_equal(ev.cells[i].pass, wanted[i / 2].pass[i % 2]);
		assert_int_equal(ev.cells[i].fail, wanted[i / 2].fail[i % 2]);
		assert_string_equal(ev.streams[i / 2].ip, wanted[i / 2].ip);
		assert_string_equal(ev.streams[i / 2].dkim, wanted[i / 2].dkim);
		assert_string_equal(
		    ev.streams[i / 2].claim, wanted[i / 2].claim);
	}
	OK(dro_facts_load(w->store, "a.example", w->arena, &facts, &w->err));
	assert_false(facts.adopted);
	assert_int_equal(facts.n_approvals, 0);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE text = 'of version 1'"),
	    1);
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	close_store(w);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM sqlite_master"
			     " WHERE name IN ('cell', 'stream')"),
	    0);
}

static enum dro_code
check_report(void *arg, const struct dro_report *r, struct dro_err *err)
{
	static const struct {
		const char *id, *warning;
		enum dro_trust trust;
		bool counts;
	} wanted[] = {
	    {"r-0", NULL, DRO_TRUST_TRUSTED, true},
	    {"r-1", NULL, DRO_TRUST_UNAUTHENTICATED, true},
	    {"r-2", "ip-odd", DRO_TRUST_TRUSTED, true},
	    {"r-3", "range-future", DRO_TRUST_TRUSTED, false},
	};
	size_t *n = arg;

	(void)err;
	assert_true(*n < DRO_ARRAY_LEN(wanted));
	assert_string_equal(r->report_id, wanted[*n].id);
	assert_int_equal(r->trust, wanted[*n].trust);
	assert_int_equal(r->counts, wanted[*n].counts);
	assert_int_equal(r->n_warnings, wanted[*n].warning != NULL);
	if (wanted[*n].warning != NULL)
		assert_string_equal(r->warnings[0], wanted[*n].warning);
	assert_int_equal(r->messages, 100);
	assert_int_equal(r->begin, T0 + (int64_t)*n * DAY);
	assert_string_equal(r->source_path, "incoming/r.xml");
	assert_int_equal(r->content[0], *n);
	assert_int_equal(r->auth, DRO_AUTH_NONE);
	assert_false(r->has_original);
	(*n)++;
	return (DRO_OK);
}

/* Nothing changes but that there is more to know. */
static void
test_from_version_2(void **state)
{
	const struct dro_retention keep = {DRO_FOREVER, DRO_FOREVER, 60};
	struct world *w = *state;
	struct dro_evidence ev;
	struct dro_facts facts;
	struct dro_pruned pruned;
	const struct dro_pause *pause;
	size_t n = 0;

	load_version(w, DRO_TEST_DATA "/state-2.sql");
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, "schema 2 is older than this program");
	OK(open_writer(w, T0 + 4 * DAY));
	OK(dro_reports_each(w->store, "example.nl", check_report, &n, &w->err));
	assert_int_equal(n, 4);
	OK(dro_evidence_load(w->store, "example.nl", DAY0, T0 + 4 * DAY,
	    w->arena, &ev, &w->err));
	assert_int_equal(ev.n_seen, 2);
	assert_int_equal(ev.n_cells, 4);
	assert_int_equal(ev.n_streams, 2);
	assert_string_equal(ev.streams[0].ip, "2001:db8:7::9");
	assert_string_equal(ev.streams[0].claim_selector, "s1");
	assert_string_equal(ev.streams[1].ip, "192.0.2.1");
	assert_int_equal(ev.cells[0].fail, 8);
	assert_int_equal(ev.cells[0].unknown, 2);
	assert_int_equal(ev.cells[1].pass, 90);
	OK(dro_facts_load(w->store, "example.nl", w->arena, &facts, &w->err));
	assert_int_equal(facts.n_approvals, 1);
	assert_string_equal(facts.approvals[0].by, "an@box");
	OK(dro_pause_nearest(w->store, "example.nl", "c", T0 + 4 * DAY,
	    w->arena, &pause, &w->err));
	assert_non_null(pause);
	assert_string_equal(pause->reason, "wait");
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	/* Their addresses grow old as those of new reports do. */
	OK(dro_db_prune(
	    w->store, &keep, T0 + 400 * DAY, 100, &pruned, &w->err));
	assert_int_equal(pruned.addresses, 3);
}

/* What was worked out is worked out anew; a shadow is still one. */
static void
test_from_version_3(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;

	load_version(w, DRO_TEST_DATA "/state-3.sql");
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, "schema 3 is older than this program");
	assert_int_equal(raw_int(w, "SELECT count(*) FROM rest"), 1);
	OK(open_writer(w, T0 + 4 * DAY));
	OK(dro_facts_load(w->store, "example.nl", w->arena, &facts, &w->err));
	assert_int_equal(facts.n_approvals, 1);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM rest"), 0);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 5);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM report WHERE shadow"
			     " AND domain = 'news.example.nl'"),
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
	    cmocka_unit_test_setup_teardown(
		test_from_version_2, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_from_version_3, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
