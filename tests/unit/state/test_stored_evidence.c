#include "evidence_text.h"

#include "internal.h"

/* What of the stored reports reaches a decision. */

#define LATE (T0 + 400 * DAY)

static void
add(struct world *w, const struct dro_report *r)
{
	enum dro_stored stored;

	OK(dro_reports_add(w->store, r, T0, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_NEW);
}

static struct dro_evidence
load(struct world *w, const char *domain, int32_t from_day, int64_t now)
{
	struct dro_evidence ev;

	OK(dro_evidence_load(
	    w->store, domain, from_day, now, w->arena, &ev, &w->err));
	return (ev);
}

static void
test_nothing_stored(void **state)
{
	struct dro_evidence ev;
	struct world *w = *state;

	OK(open_writer(w, T0));
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev), "||||");
}

/* Six reports: report k of three reporters, on two days. */
static void
add_six(struct world *w, bool backwards)
{
	static const struct dro_line lines[] = {
	    {{"", "", "mailer.example", "b.mailer.example", "", "",
		 "2001:db8::1", true},
		5, 6, 7},
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 1, 2, 3},
	    {{"", "", "", "", "example.nl", "old", "192.0.2.1", false}, 0, 9,
		0}};
	static const char *const reporters[] = {
	    "b.example", "a.example", "c.example"};
	struct dro_report r = plain_report();
	size_t i, k;

	for (i = 0; i < 6; i++) {
		k = backwards ? 5 - i : i;
		r.reporter = reporters[k % 3];
		r.begin = T0 + (int64_t)(k / 3) * DAY;
		r.end = r.begin + DAY;
		r.messages = 10 + (int64_t)k;
		r.lines = &lines[k == 4 ? 1 : k % 2];
		r.n_lines = k == 4 ? 2 : 1;
		add(w, &r);
	}
}

static void
test_order_of_arrival_is_not_seen(void **state)
{
	static const char want[] =
	    "a.example b.example c.example |"
	    ",,,,example.nl,old,192.0.2.1 "
	    ",,mailer.example,b.mailer.example,,,2001:db8::1* "
	    "example.nl,s1,,,,,192.0.2.1 |"
	    "0:1:1=5/6/7 0:1:2=5/6/7 0:2:0=1/2/3 "
	    "1:0:0=0/9/0 1:2:0=1/2/3 1:2:1=1/2/3 1:2:2=1/2/3 |"
	    "0+24:0=11 0+24:1=10 0+24:2=12 24+24:0=14 24+24:1=13 24+24:2=15 |";
	struct world *w = *state, other = *w;
	struct dro_evidence ev;

	OK(open_writer(w, T0));
	add_six(w, false);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev), want);

	(void)snprintf(other.db, sizeof(other.db), "%s/other.db", w->dir);
	OK(open_writer(&other, T0));
	add_six(&other, true);
	ev = load(&other, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev), want);
	close_store(&other);
}

/* The same names and address from below the domain are another stream. */
static void
test_below_is_told_apart(void **state)
{
	static const struct dro_line lines[] = {
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", true}, 4, 0, 0},
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 1, 0, 0},
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", true}, 2, 0, 0}};
	struct dro_report r = plain_report();
	struct world *w = *state;
	struct dro_evidence ev;

	OK(open_writer(w, T0));
	r.lines = lines;
	r.n_lines = 3;
	add(w, &r);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev),
	    "trusted.example |example.nl,s1,,,,,192.0.2.1 "
	    "example.nl,s1,,,,,192.0.2.1* |0:0:0=1/0/0 0:1:0=6/0/0 |"
	    "0+23:0=100 |");
}

/* Read before its range was over: the same report read later counts. */
static void
test_read_too_early(void **state)
{
	static const char *early[] = {"range-future"};
	struct dro_report r = plain_report(), first = r;
	struct world *w = *state;
	struct dro_evidence ev;
	enum dro_stored stored;

	OK(open_writer(w, T0));
	first.counts = false;
	first.warnings = early;
	first.n_warnings = 1;
	OK(dro_reports_add(w->store, &first, T0, &stored, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	ev = load(w, "example.nl", 0, LATE);
	assert_int_equal(ev.n_cells, 0);

	OK(dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_DUPLICATE);
	OK(dro_reports_flush(w->store, &w->err));
	ev = load(w, "example.nl", 0, LATE);
	assert_int_equal(ev.n_cells, 1);
	assert_int_equal(ev.cells[0].pass, 90);
	assert_int_equal(ev.n_seen, 1);
	assert_int_equal(ev.n_ignored, 0);
}

/* From the day asked for, of the domain asked for. */
static void
test_window(void **state)
{
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;

	OK(open_writer(w, T0));
	add_six(w, false);
	r.domain = r.watched = "example.com";
	add(w, &r);
	ev = load(w, "example.nl", DAY0 + 1, LATE);
	assert_string_equal(evidence_text(&ev),
	    "a.example b.example c.example |"
	    ",,,,example.nl,old,192.0.2.1 example.nl,s1,,,,,192.0.2.1 |"
	    "1:0:0=0/9/0 1:1:0=1/2/3 1:1:1=1/2/3 1:1:2=1/2/3 |"
	    "24+24:0=14 24+24:1=13 24+24:2=15 |");
	ev = load(w, "example.nl", DAY0 + 2, LATE);
	assert_string_equal(evidence_text(&ev), "||||");
	ev = load(w, "example.com", 0, LATE);
	assert_string_equal(evidence_text(&ev),
	    "trusted.example |example.nl,s1,,,,,192.0.2.1 |"
	    "0:0:0=90/8/2 |0+23:0=100 |");
}

/* Reports of one reporter about one day add up; streams stay apart. */
static void
test_cells_add_up(void **state)
{
	struct dro_line lines[] = {
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 1, 2, 3},
	    {{"example.nl", "s2", "", "", "", "", "192.0.2.1", false}, 4, 5,
		6}};
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;
	enum dro_stored stored;

	r.lines = lines;
	r.n_lines = 2;
	OK(open_writer(w, T0));
	r.end = T0 + HOUR;
	add(w, &r);
	r.begin = T0 + HOUR;
	r.end = T0 + 2 * HOUR;
	add(w, &r);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev),
	    "trusted.example |"
	    "example.nl,s1,,,,,192.0.2.1 example.nl,s2,,,,,192.0.2.1 |"
	    "0:0:0=2/4/6 0:1:0=8/10/12 |0+1:0=100 1+1:0=100 |");
	/* The second one is contradicted: exactly its part goes. */
	r.content[0] = 9;
	OK(dro_reports_add(w->store, &r, T0, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_CONFLICT);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev),
	    "trusted.example |"
	    "example.nl,s1,,,,,192.0.2.1 example.nl,s2,,,,,192.0.2.1 |"
	    "0:0:0=1/2/3 0:1:0=4/5/6 |0+1:0=100 |conflict=1/100 ");
}

static void
test_day_rule(void **state)
{
	static const struct {
		int64_t begin, length;
		int32_t day; /* after DAY0 */
	} cases[] = {
	    {0, DAY - 1, 0}, /* what most send */
	    {0, DAY, 0},
	    {-HOUR, DAY, 0}, /* local midnight, middle at 11:00 */
	    {-12 * HOUR, DAY, 0}, /* the middle is midnight */
	    {-12 * HOUR - 1, DAY, -1},
	    {11 * HOUR, DAY, 0},
	    {12 * HOUR, DAY, 1},
	    {5 * HOUR, HOUR, 0},
	    {0, 0, 0},
	    {-13 * HOUR, 26 * HOUR, 0}, /* still one day: by its middle */
	    {-13 * HOUR, 26 * HOUR + 1, 0}, /* longer: first whole day */
	    {-HOUR, 26 * HOUR, 0},
	    {-HOUR, 26 * HOUR + 1, 0},
	    {HOUR, 26 * HOUR, 0},
	    {HOUR, 26 * HOUR + 1, 1},
	    {0, 2 * DAY, 0},
	    {0, 8 * DAY, 0},
	    {1, 8 * DAY, 1},
	    {-1, 2 * DAY, 0},
	};
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;
	char domain[32];
	size_t i;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		r.domain = r.watched = domain;
		r.begin = T0 + cases[i].begin;
		r.end = r.begin + cases[i].length;
		add(w, &r);
		ev = load(w, domain, 0, LATE);
		assert_int_equal(ev.n_cells, 1);
		if (ev.cells[0].day - DAY0 != cases[i].day)
			fail_msg("case %zu: day %d", i, ev.cells[0].day - DAY0);
	}
}

/* Times no calendar has are stored and harm nothing. */
static void
test_absurd_times(void **state)
{
	static const int64_t times[][2] = {{INT64_MIN, INT64_MAX},
	    {INT64_MAX - 1, INT64_MAX}, {INT64_MAX, INT64_MIN},
	    {INT64_MIN, INT64_MIN + 1}, {INT64_MAX - DAY, INT64_MAX}};
	static const char *warnings[] = {"range-long"};
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;
	size_t i;

	OK(open_writer(w, T0));
	r.counts = false;
	r.warnings = warnings;
	r.n_warnings = 1;
	for (i = 0; i < DRO_ARRAY_LEN(times); i++) {
		r.begin = times[i][0];
		r.end = times[i][1];
		add(w, &r);
	}
	ev = load(w, "example.nl", INT32_MIN, LATE);
	assert_string_equal(evidence_text(&ev), "||||range-long=5/500 ");
}

/* Only counted reports of trusted or known reporters that have ended. */
static void
test_who_counts(void **state)
{
	static const char *warnings[] = {"range-long", "extra-element"};
	static const struct {
		enum dro_trust trust;
		bool counts, shadow;
		int64_t end;
		const char *ignored; /* NULL: it counts */
	} cases[] = {
	    {DRO_TRUST_TRUSTED, true, false, 0, NULL},
	    {DRO_TRUST_KNOWN, true, false, 0, NULL},
	    {DRO_TRUST_NEW, true, false, 0, "new=1/100 "},
	    {DRO_TRUST_UNAUTHENTICATED, true, false, 0,
		"unauthenticated=1/100 "},
	    {DRO_TRUST_TRUSTED, false, false, 0, "range-long=1/100 "},
	    {DRO_TRUST_TRUSTED, true, true, 0, "shadow=1/100 "},
	    {DRO_TRUST_TRUSTED, true, false, 1, "future=1/100 "},
	    /* Several reasons: the one that will not go away by itself. */
	    {DRO_TRUST_UNAUTHENTICATED, false, true, 1, "range-long=1/100 "},
	    {DRO_TRUST_UNAUTHENTICATED, true, true, 1, "shadow=1/100 "},
	    {DRO_TRUST_NEW, true, false, 1, "new=1/100 "},
	};
	struct dro_report r;
	struct dro_evidence ev;
	struct world *w = *state;
	char domain[32], want[256];
	int64_t newest;
	size_t i;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		r = plain_report();
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		r.domain = r.watched = domain;
		r.end = T0 + DAY + cases[i].end;
		r.trust = cases[i].trust;
		r.counts = cases[i].counts;
		r.shadow = cases[i].shadow;
		if (!r.counts) {
			r.warnings = warnings;
			r.n_warnings = 2;
		}
		add(w, &r);
		ev = load(w, domain, 0, T0 + DAY);
		(void)snprintf(want, sizeof(want), "||||%s",
		    cases[i].ignored != NULL ? cases[i].ignored : "");
		assert_string_equal(evidence_text(&ev),
		    cases[i].ignored != NULL
			? want
			: "trusted.example |example.nl,s1,,,,,192.0.2.1 |"
			  "0:0:0=90/8/2 |0+24:0=100 |");
	}
	/* Of what counts one day it is the newest, whoever reads it when. */
	OK(dro_reports_newest_end(w->store, &newest, &w->err));
	assert_int_equal(newest, T0 + DAY + 1);
}

/* A name alone is no proof: the forged copy of a real reporter stays out. */
static void
test_forged_reporter_stays_apart(void **state)
{
	static const struct dro_line lie = {
	    {"", "", "", "", "example.nl", "s1", "192.0.2.1", false}, 0, 100000,
	    0};
	struct dro_report real = plain_report(), forged = real;
	struct dro_evidence ev;
	struct world *w = *state;

	forged.trust = DRO_TRUST_UNAUTHENTICATED;
	forged.lines = &lie;
	forged.messages = 100000;
	forged.content[0] = 66;
	OK(open_writer(w, T0));
	add(w, &forged);
	add(w, &real);
	forged.report_id = "r-2";
	add(w, &forged);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(evidence_text(&ev),
	    "trusted.example |example.nl,s1,,,,,192.0.2.1 |"
	    "0:0:0=90/8/2 |0+23:0=100 |unauthenticated=2/200000 ");
}

/* Anybody may claim any number: sums of such claims must not overflow. */
static void
test_absurd_claims(void **state)
{
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;

	r.trust = DRO_TRUST_UNAUTHENTICATED;
	r.messages = DRO_COUNT_MAX;
	OK(open_writer(w, T0));
	add(w, &r);
	r.report_id = "r-2";
	add(w, &r);
	ev = load(w, "example.nl", 0, LATE);
	assert_string_equal(
	    evidence_text(&ev), "||||unauthenticated=2/2199023255552 ");
}

/* The policy a reporter shows; what cannot be read shows nothing. */
static void
test_policy_shown(void **state)
{
	static const struct {
		const char *p, *pct, *t;
		bool has_p, has_pct, has_t;
		struct dro_core core;
	} cases[] = {
	    {NULL, NULL, NULL, false, false, false, {DRO_NONE, 100, false}},
	    {"none", "100", "n", true, true, true, {DRO_NONE, 100, false}},
	    {"Quarantine", "25", "Y", true, true, true,
		{DRO_QUARANTINE, 25, true}},
	    {"reject", "0", NULL, true, true, false, {DRO_REJECT, 0, false}},
	    {"", "", "", false, false, false, {DRO_NONE, 100, false}},
	    {"drop", "101", "yes", false, false, false, {DRO_NONE, 100, false}},
	    {"reject ", "-1", "y ", false, false, false,
		{DRO_NONE, 100, false}},
	    {"reject", "0050", NULL, true, false, false,
		{DRO_REJECT, 100, false}},
	    {"reject", "5%", NULL, true, false, false,
		{DRO_REJECT, 100, false}},
	};
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;
	char domain[32];
	size_t i;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		r.domain = r.watched = domain;
		r.p = cases[i].p;
		r.pct = cases[i].pct;
		r.t = cases[i].t;
		add(w, &r);
		ev = load(w, domain, 0, LATE);
		assert_int_equal(ev.n_seen, 1);
		assert_int_equal(ev.seen[0].has_p, cases[i].has_p);
		assert_int_equal(ev.seen[0].has_pct, cases[i].has_pct);
		assert_int_equal(ev.seen[0].has_t, cases[i].has_t);
		assert_int_equal(ev.seen[0].core.p, cases[i].core.p);
		assert_int_equal(ev.seen[0].core.pct, cases[i].core.pct);
		assert_int_equal(ev.seen[0].core.t, cases[i].core.t);
	}
}

/*
 * What decide() asks for one domain must not read through all others: no
 * statement may step over a table, however many domains there are.
 */
static void
test_no_full_scans(void **state)
{
	struct dro_report r = plain_report();
	struct dro_facts facts;
	struct dro_op op;
	struct world *w = *state;
	sqlite3_stmt *stmt, *plan;
	char sql[2048];
	int i, checked = 0;
	int64_t newest;

	OK(open_writer(w, T0));
	add(w, &r);
	OK(dro_event_add(
	    w->store, "example.nl", "note", NULL, "x", T0, &w->err));
	close_store(w);
	OK(open_reader(w));
	(void)load(w, "example.nl", 0, LATE);
	OK(dro_facts_load(w->store, "example.nl", w->arena, &facts, &w->err));
	OK(dro_reports_newest_end(w->store, &newest, &w->err));
	assert_int_equal(
	    dro_op_open(w->store, "example.nl", w->arena, &op, &w->err),
	    DRO_ENOTFOUND);
	for (stmt = sqlite3_next_stmt(w->store->db, NULL); stmt != NULL;
	     stmt = sqlite3_next_stmt(w->store->db, stmt)) {
		if (strncmp(sqlite3_sql(stmt), "SELECT", 6) != 0)
			continue;
		(void)snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s",
		    sqlite3_sql(stmt));
		assert_int_equal(
		    sqlite3_prepare_v2(w->store->db, sql, -1, &plan, NULL),
		    SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *step =
			    (const char *)sqlite3_column_text(plan, 3);

			if (strstr(step, "SCAN") != NULL)
				fail_msg("%s: %s", sqlite3_sql(stmt), step);
			checked += strstr(step, "SEARCH") != NULL;
		}
		assert_int_equal(sqlite3_finalize(plan), SQLITE_OK);
		i = sqlite3_stmt_status(
		    stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
		assert_int_equal(i, 0);
	}
	assert_true(checked >= 12);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_nothing_stored),
	    T(test_order_of_arrival_is_not_seen),
	    T(test_below_is_told_apart),
	    T(test_read_too_early),
	    T(test_window),
	    T(test_cells_add_up),
	    T(test_day_rule),
	    T(test_absurd_times),
	    T(test_who_counts),
	    T(test_forged_reporter_stays_apart),
	    T(test_absurd_claims),
	    T(test_policy_shown),
	    T(test_no_full_scans),
	};

	return (
	    cmocka_run_group_tests_name("stored_evidence", tests, NULL, NULL));
}
