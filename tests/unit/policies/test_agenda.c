/* The coming days: what is projected, by tables written by hand. */
#include "world.h"

#include "plan/agenda.h"

struct step {
	int day;
	const char *op, *from, *to;
};

static struct dro_agenda
project(struct world *w, int now, int until)
{
	struct dro_err err = {0};
	struct dro_agenda agenda;

	if (dro_agenda_project(DOMAIN, &w->settings, &w->facts, &w->live,
		&w->ev, at_day(now), at_day(until), w->arena, &agenda,
		&err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (agenda);
}

static void
check_steps(const struct dro_agenda *agenda, const struct step *steps, size_t n)
{
	size_t i;

	assert_int_equal(agenda->n, n);
	for (i = 0; i < n; i++) {
		const struct dro_walk_step *s = &agenda->steps[i];

		assert_int_equal(s->at, at_day(steps[i].day));
		assert_string_equal(s->op, steps[i].op);
		if (steps[i].from == NULL)
			assert_null(s->from);
		else
			assert_string_equal(s->from, steps[i].from);
		assert_string_equal(s->to, steps[i].to);
		assert_non_null(s->reason);
	}
}

/*
 * The ladder of policy standard: 42 days at none, settled at once; then the
 * TTL of an hour makes n days of dwell end on day n + 1.
 */
static const struct step climb[] = {
    {42, "up", "none", "quarantine-10"},
    {47, "up", "quarantine-10", "quarantine-25"},
    {52, "up", "quarantine-25", "quarantine-50"},
    {57, "up", "quarantine-50", "quarantine-100"},
    {62, "up", "quarantine-100", "quarantine"},
    {93, "up", "quarantine", "reject-100"},
    {98, "up", "reject-100", "reject"},
};

static void
a_clean_domain_climbs(void **state)
{
	struct world *w = world_create("standard");
	struct dro_agenda a;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	a = project(w, 8, 140);
	check_steps(&a, climb, 7);
	assert_int_equal(a.last.step, DRO_STEP_DONE);
	a = project(w, 8, 62);
	check_steps(&a, climb, 5);
	a = project(w, 8, 61);
	check_steps(&a, climb, 4);
	assert_string_equal(a.last.code, "dwell");
	world_destroy(w);
}

/* Its own arguments stay as they are. */
static void
it_is_pure(void **state)
{
	struct world *w = world_create("standard");
	struct dro_facts facts;
	struct dro_agenda a, b;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	facts = w->facts;
	a = project(w, 8, 140);
	assert_memory_equal(&facts, &w->facts, sizeof(facts));
	assert_string_equal(w->live.rrset.values[0].ptr, NONE);
	b = project(w, 8, 140);
	assert_int_equal(a.n, b.n);
	world_destroy(w);
}

/* Mail of the i-th day: (i + 1) * 10 from both reporters. */
static struct world *
rising_days(int days)
{
	struct world *w = world_create("standard");
	int i;

	world_verified(w, 0, NONE);
	for (i = 0; i < days; i++)
		world_clean_days(w, i, i + 1, (i + 1) * 10, NONE);
	return (w);
}

static void
days_repeat_by_weekday(void **state)
{
	static const struct {
		int days, until;
		int64_t mail;
	} cases[] = {
	    /* A week of 10..70, then its first three days again. */
	    {7, 7, 2 * 280},
	    {7, 10, 2 * (280 + 10 + 20 + 30)},
	    {7, 14, 2 * (280 + 280)},
	    {7, 22, 2 * (280 + 280 + 280 + 10)},
	    /* More than a week: only the last one (20..80) repeats. */
	    {8, 8, 2 * 360},
	    {8, 9, 2 * (360 + 20)},
	    {8, 15, 2 * (360 + 350)},
	    /* Less than a week: what there is repeats. */
	    {3, 8, 2 * (60 + 10 + 20 + 30 + 10 + 20)},
	    {1, 4, 2 * (10 + 3 * 10)},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct world *w = rising_days(cases[i].days);
		struct dro_agenda a = project(w, cases[i].days, cases[i].until);

		assert_int_equal(a.n, 0);
		assert_int_equal(a.last.tally.n, cases[i].mail);
		world_destroy(w);
	}
}

/* A weekday without mail stays without: 5 days of mail in each week. */
static void
a_quiet_weekday_stays_quiet(void **state)
{
	struct world *w = world_create("standard");
	struct dro_agenda a;
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 0; day < 14; day++)
		if (day % 7 < 5)
			world_clean_days(w, day, day + 1, 30, NONE);
	/* The newest report is of day 11: the week is days 5 to 11. */
	a = project(w, 12, 26);
	assert_int_equal(a.last.tally.n, 2 * 30 * (10 + 2 * 5));
	world_destroy(w);
}

/* Reports that have stopped do not come back by being projected. */
static void
late_reports_stay_late(void **state)
{
	struct world *w = world_create("standard");
	struct dro_agenda a;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 30, 200, NONE);
	a = project(w, 50, 60);
	assert_int_equal(a.n, 0);
	assert_string_equal(a.last.code, "freshness");
	assert_int_equal(a.since, at_day(50));
	assert_true(a.last.overlays & DRO_OVER_STALE_DATA);
	world_destroy(w);
}

static void
an_approval_is_waited_for(void **state)
{
	struct world *w = world_create("standard");
	struct dro_approval approval = {.rung = "quarantine-50",
	    .by = "a@b",
	    .at = at_day(7),
	    .expires_at = at_day(400),
	    .digest = "d"};
	struct dro_agenda a;

	(void)state;
	w->settings.approvals[3] = 1; /* entering quarantine-50 */
	w->settings.approval_expiry_s = 400 * DRO_DAY_S;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	a = project(w, 8, 140);
	check_steps(&a, climb, 2);
	assert_string_equal(a.last.code, "awaiting_approval");
	assert_int_equal(a.since, at_day(52));

	w->facts.approvals = &approval;
	w->facts.n_approvals = 1;
	a = project(w, 8, 140);
	check_steps(&a, climb, 7);
	world_destroy(w);
}

static void
a_pause_ends(void **state)
{
	struct world *w = world_create("standard");
	struct dro_pause pause = {.name = DOMAIN,
	    .reason = "moving house",
	    .by = "a@b",
	    .since = at_day(1),
	    .until = at_day(44)};
	const struct step late[] = {{44, "up", "none", "quarantine-10"}};
	struct dro_agenda a;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	w->facts.pause = &pause;
	a = project(w, 8, 44);
	check_steps(&a, late, 1);
	pause.until = 0;
	a = project(w, 8, 140);
	assert_int_equal(a.n, 0);
	assert_string_equal(a.last.code, "paused");
	assert_int_equal(a.since, at_day(42));
	world_destroy(w);
}

static void
a_freeze_delays(void **state)
{
	struct world *w = world_create("standard");
	const struct dro_frozen frozen[] = {
	    {at_day(40), at_day(50) + 1, "year's end"}};
	const struct step late[] = {{51, "up", "none", "quarantine-10"}};
	struct dro_agenda a;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	w->settings.frozen = frozen;
	w->settings.n_frozen = 1;
	a = project(w, 8, 55);
	check_steps(&a, late, 1);
	world_destroy(w);
}

/* First sight today; evidence from before it counts for nothing. */
static void
first_sight_is_taken(void **state)
{
	struct world *w = world_create("standard");
	const struct step late[] = {{50, "up", "none", "quarantine-10"}};
	struct dro_agenda a;

	(void)state;
	world_clean_days(w, 0, 8, 200, NONE);
	a = project(w, 8, 54);
	check_steps(&a, late, 1);
	/* 42 report days: 8 to 49; nothing from before. */
	a = project(w, 8, 49);
	assert_int_equal(a.last.tally.n, 2 * 200 * (49 - 8));
	world_destroy(w);
}

static void
a_missing_record_is_made(void **state)
{
	struct world *w = world_create("standard");
	const struct step made[] = {
	    {8, "create", NULL, "none"}, {51, "up", "none", "quarantine-10"}};
	struct dro_agenda a;

	(void)state;
	world_live(w, NULL);
	w->live.negative_ttl_s = 3600;
	world_clean_days(w, 0, 8, 200, NONE);
	a = project(w, 8, 54);
	check_steps(&a, made, 2);
	world_destroy(w);
}

static void
drift_and_silence_stay(void **state)
{
	struct world *w = world_create("standard");
	struct dro_agenda a;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 8, 200, NONE);
	world_live(w, "v=DMARC1; p=reject; rua=" RUA);
	a = project(w, 8, 100);
	assert_int_equal(a.n, 0);
	assert_string_equal(a.last.code, "drifted");
	assert_int_equal(a.since, at_day(8));

	w->live.status = DRO_LIVE_UNKNOWN;
	a = project(w, 8, 100);
	assert_int_equal(a.n, 0);
	assert_string_equal(a.last.code, "dns_unknown");

	world_live(w, NONE);
	w->facts.op_state = DRO_OP_SENT;
	w->facts.op_to = "quarantine-10";
	a = project(w, 8, 100);
	assert_int_equal(a.n, 0);
	assert_int_equal(a.last.step, DRO_STEP_VERIFYING);
	world_destroy(w);
}

/* A vendor is broken at quarantine: down now, and then a person is needed. */
static void
a_step_back_waits_for_its_repair(void **state)
{
	static const char live[] = "v=DMARC1; p=quarantine; rua=" RUA;
	struct world *w = world_create("standard");
	const struct step down[] = {{33, "setback", "quarantine", "none"}};
	struct dro_agenda a;
	uint32_t r;
	int day;

	(void)state;
	world_verified(w, 0, live);
	for (day = 0; day < 33; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, live);
			world_mail(w, day, r, OWN, 100, 0);
			if (day < 31)
				world_mail(w, day, r, VENDOR, 40, 0);
			else
				world_mail(w, day, r, VENDOR_BAD, 0, 40);
		}
	a = project(w, 33, 100);
	check_steps(&a, down, 1);
	assert_int_equal(a.last.step, DRO_STEP_COOLDOWN);
	world_destroy(w);
}

static void
how_far_it_looks(void **state)
{
	struct world *w = world_create("standard");
	struct dro_agenda a;
	struct dro_err err;

	(void)state;
	world_verified(w, 0, NONE);
	a = project(w, 8, 408);
	assert_int_equal(a.n, 0); /* without any report */
	assert_string_equal(a.last.code, "freshness");
	assert_int_equal(
	    dro_agenda_project(DOMAIN, &w->settings, &w->facts, &w->live,
		&w->ev, at_day(8), at_day(409), w->arena, &a, &err),
	    DRO_EINVAL);
	assert_int_equal(
	    dro_agenda_project(DOMAIN, &w->settings, &w->facts, &w->live,
		&w->ev, at_day(8), at_day(8) - 1, w->arena, &a, &err),
	    DRO_EINVAL);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_clean_domain_climbs),
	    cmocka_unit_test(it_is_pure),
	    cmocka_unit_test(days_repeat_by_weekday),
	    cmocka_unit_test(a_quiet_weekday_stays_quiet),
	    cmocka_unit_test(late_reports_stay_late),
	    cmocka_unit_test(an_approval_is_waited_for),
	    cmocka_unit_test(a_pause_ends),
	    cmocka_unit_test(a_freeze_delays),
	    cmocka_unit_test(first_sight_is_taken),
	    cmocka_unit_test(a_missing_record_is_made),
	    cmocka_unit_test(drift_and_silence_stay),
	    cmocka_unit_test(a_step_back_waits_for_its_repair),
	    cmocka_unit_test(how_far_it_looks),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
