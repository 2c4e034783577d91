#include "fixture.h"

#include "behaviour.h"

/* What reporters did with the mail, as the stored reports tell. */

static void
add(struct world *w, const struct dro_report *r)
{
	enum dro_stored stored;

	OK(dro_reports_add(w->store, r, T0, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_NEW);
}

/* A day of ${reporter} under a record; 90 pass, 8 fail, 2 are unknown. */
static struct dro_report
report(const char *reporter, int day, const char *p, const char *pct,
    const char *t)
{
	struct dro_report r = plain_report();

	r.org = r.reporter = reporter;
	r.begin = T0 + day * DAY;
	r.end = r.begin + DAY - 1;
	r.p = p;
	r.pct = pct;
	r.t = t;
	r.messages = 100;
	r.dmarc_pass = 90;
	r.unknown = 2;
	memset(r.disposition, 0, sizeof(r.disposition));
	r.disposition[DRO_DISP_NONE] = 93;
	r.disposition[DRO_DISP_QUARANTINE] = 5;
	r.disposition[DRO_DISP_REJECT] = 2;
	return (r);
}

static size_t
load(struct world *w, int32_t from_day, int64_t now,
    struct dro_behaviour **items)
{
	size_t n;

	OK(dro_behaviour_load(w->store, plain_report().watched, from_day, now,
	    w->arena, &n, items, &w->err));
	return (n);
}

static void
test_sums(void **state)
{
	struct world *w = *state;
	struct dro_behaviour *b;
	struct dro_report r;

	OK(open_writer(w, T0));
	assert_int_equal(load(w, 0, T0 + 400 * DAY, &b), 0);

	r = report("a.example", 0, "quarantine", "10", NULL);
	add(w, &r);
	r = report("a.example", 1, "quarantine", "10", NULL);
	add(w, &r);
	r = report("b.example", 1, "reject", NULL, "y");
	r.generation = DRO_GEN_RFC9990;
	add(w, &r);
	/* These count for nothing. */
	r = report("c.example", 1, "quarantine", "10", NULL);
	r.trust = DRO_TRUST_UNAUTHENTICATED;
	add(w, &r);
	r = report("d.example", 1, "quarantine", "10", NULL);
	r.shadow = true;
	add(w, &r);
	OK(dro_reports_flush(w->store, &w->err));

	assert_int_equal(load(w, 0, T0 + 400 * DAY, &b), 2);
	assert_string_equal(b[0].reporter, "a.example");
	assert_false(b[0].rfc9990);
	assert_true(b[0].has_p);
	assert_false(b[0].has_t);
	assert_int_equal(b[0].core.p, DRO_QUARANTINE);
	assert_int_equal(b[0].core.pct, 10);
	assert_int_equal(b[0].messages, 200);
	assert_int_equal(b[0].failing, 16);
	assert_int_equal(b[0].quarantined, 10);
	assert_int_equal(b[0].rejected, 4);
	assert_string_equal(b[1].reporter, "b.example");
	assert_true(b[1].rfc9990);
	assert_true(b[1].has_t);
	assert_true(b[1].core.t);
	assert_int_equal(b[1].core.p, DRO_REJECT);

	/* From a day on, and up to a moment. */
	assert_int_equal(load(w, DAY0 + 1, T0 + 400 * DAY, &b), 2);
	assert_int_equal(b[0].messages, 100);
	assert_int_equal(load(w, 0, T0 + DAY, &b), 1);
	assert_int_equal(b[0].messages, 100);
	assert_int_equal(load(w, DAY0 + 2, T0 + 400 * DAY, &b), 0);
}

/* Sums of what strangers claim stay sums. */
static void
test_huge_claims(void **state)
{
	struct world *w = *state;
	struct dro_behaviour *b;
	struct dro_report r;
	int day;

	OK(open_writer(w, T0));
	for (day = 0; day < 20; day++) {
		r = report("a.example", day, "reject", NULL, NULL);
		r.messages = DRO_COUNT_MAX;
		r.disposition[DRO_DISP_REJECT] = DRO_COUNT_MAX;
		add(w, &r);
	}
	OK(dro_reports_flush(w->store, &w->err));
	assert_int_equal(load(w, 0, T0 + 400 * DAY, &b), 1);
	assert_int_equal(b[0].messages, INT64_C(20) << 33);
	assert_int_equal(b[0].rejected, INT64_C(20) << 33);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_sums, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_huge_claims, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
