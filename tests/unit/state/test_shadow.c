/* Names below a listed domain that reports say have a record of their own. */

#include "fixture.h"

#include "shadow.h"

#define NOW (T0 + 70 * DAY)

/* One report: about whom, on which day, and whose word it is. */
static const struct {
	const char *watched, *domain, *p;
	int day;
	enum dro_trust trust;
	bool counts;
	int64_t messages;
} reports[] = {
    {"a.example", "news.a.example", "none", 20, DRO_TRUST_TRUSTED, true, 5},
    {"a.example", "news.a.example", "reject", 40, DRO_TRUST_KNOWN, true, 7},
    {"a.example", "news.a.example", "none", 30, DRO_TRUST_TRUSTED, true, 1},
    {"a.example", "b.a.example", NULL, 50, DRO_TRUST_TRUSTED, true, 2},
    {"c.example", "x.c.example", "none", 60, DRO_TRUST_TRUSTED, true, 3},
    /* Too old; a stranger's; not counted; of days to come; no shadow. */
    {"c.example", "old.c.example", "none", 9, DRO_TRUST_TRUSTED, true, 3},
    {"c.example", "lie.c.example", "none", 60, DRO_TRUST_NEW, true, 3},
    {"c.example", "odd.c.example", "none", 60, DRO_TRUST_TRUSTED, false, 3},
    {"c.example", "far.c.example", "none", 90, DRO_TRUST_TRUSTED, true, 3},
    {"c.example", "c.example", "none", 60, DRO_TRUST_TRUSTED, true, 3},
};

static void
fill(struct world *w)
{
	static const char *odd[] = {"range-long"};
	struct dro_report r = plain_report();
	enum dro_stored stored;
	char id[16];
	size_t i;

	OK(open_writer(w, NOW));
	for (i = 0; i < DRO_ARRAY_LEN(reports); i++) {
		(void)snprintf(id, sizeof(id), "s-%zu", i);
		r.report_id = id;
		r.watched = reports[i].watched;
		r.domain = reports[i].domain;
		r.shadow = strcmp(r.watched, r.domain) != 0;
		r.p = reports[i].p;
		r.begin = T0 + reports[i].day * DAY;
		r.end = r.begin + DAY - 1;
		r.trust = reports[i].trust;
		r.messages = reports[i].messages;
		r.counts = reports[i].counts;
		r.warnings = odd;
		r.n_warnings = !reports[i].counts;
		OK(dro_reports_add(w->store, &r, NOW, &stored, &w->err));
		assert_int_equal(stored, DRO_STORED_NEW);
	}
	OK(dro_reports_flush(w->store, &w->err));
}

/* "below domain p day messages" of each. */
static const char *
told(struct world *w, const char *below)
{
	static char text[1024];
	const struct dro_shadow *s;
	size_t i, n, len = 0;

	OK(dro_shadows_load(w->store, below, NOW, w->arena, &s, &n, &w->err));
	text[0] = '\0';
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s %s %s %lld %lld\n", s[i].below, s[i].domain,
		    s[i].p != NULL ? s[i].p : "-",
		    (long long)((s[i].last_end - T0) / DAY),
		    (long long)s[i].messages);
	return (text);
}

static void
test_what_is_told(void **state)
{
	struct world *w = *state;

	fill(w);
	assert_string_equal(told(w, NULL),
	    "a.example b.a.example - 50 2\n"
	    "a.example news.a.example reject 40 13\n"
	    "c.example x.c.example none 60 3\n");
	assert_string_equal(
	    told(w, "c.example"), "c.example x.c.example none 60 3\n");
	assert_string_equal(told(w, "news.a.example"), "");
}

/* It is in no gate: the evidence about the domain knows nothing of it. */
static void
test_it_is_no_evidence(void **state)
{
	struct world *w = *state;
	struct dro_evidence ev;

	fill(w);
	OK(dro_evidence_load(
	    w->store, "a.example", 0, NOW, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_seen, 0);
	assert_int_equal(ev.n_cells, 0);
	assert_int_equal(ev.n_ignored, 1);
	assert_string_equal(ev.ignored[0].reason, "shadow");
	assert_int_equal(ev.ignored[0].reports, 4);
}

/* Whoever has a million reports and no shadow reads none of them. */
static void
test_only_its_index_is_read(void **state)
{
	struct world *w = *state;

	fill(w);
	close_store(w);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM sqlite_master WHERE name ="
			     " 'report_shadow' AND sql LIKE '%WHERE shadow'"),
	    1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_what_is_told),
	    T(test_it_is_no_evidence),
	    T(test_only_its_index_is_read),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
