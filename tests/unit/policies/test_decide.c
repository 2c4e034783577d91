#include "world.h"

/* The upward path, and everything that may stand in its way. */

static struct world *
observing(int64_t per_day)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, 42, per_day, NONE);
	return (w);
}

static void
first_sight_is_taken_as_found(void **state)
{
	struct world *w = world_create("standard");
	const struct dro_decision *d = world_decide(w, 0);

	(void)state;
	assert_true(d->adopt);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(d->step, DRO_STEP_NEW);
	assert_string_equal(rung(w, d->rung), "none");
	world_destroy(w);
}

static void
a_missing_record_is_created(void **state)
{
	struct world *w = world_create("standard");
	const struct dro_decision *d;

	(void)state;
	world_live(w, NULL);
	d = world_decide(w, 0);
	assert_int_equal(d->action, DRO_ACT_CREATE);
	assert_string_equal(rung(w, d->to), "none");

	w->settings.rua = NULL;
	d = world_decide(w, 0);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_string_equal(d->code, "no_rua");
	assert_int_equal(d->overlays, DRO_OVER_BLOCKED);
	world_destroy(w);
}

static void
a_missing_address_is_added_on_the_same_rung(void **state)
{
	struct world *w = world_create("standard");
	const struct dro_decision *d;

	(void)state;
	world_live(w, "v=DMARC1; p=quarantine; pct=20; rua=mailto:a@b.example");
	d = world_decide(w, 0);
	assert_int_equal(d->action, DRO_ACT_CREATE);
	assert_true(d->off_ladder);
	assert_string_equal(rung(w, d->to), "quarantine-10");
	world_destroy(w);
}

static void
the_dwell_is_whole_days(void **state)
{
	struct world *w = observing(100);
	const struct dro_decision *d = world_decide(w, 41);

	(void)state;
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(d->verdict, DRO_HOLD);
	assert_string_equal(d->code, "dwell");
	assert_int_equal(gate(w, "dwell")->value, 41);
	assert_int_equal(gate(w, "dwell")->limit, 42);
	assert_int_equal(gate(w, "dwell")->shortfall, 1);
	assert_int_equal(d->earliest, at_day(42));

	d = world_decide(w, 42);
	assert_int_equal(d->action, DRO_ACT_UP);
	assert_int_equal(d->step, DRO_STEP_READY);
	assert_string_equal(rung(w, d->to), "quarantine-10");
	world_destroy(w);
}

static void
settling_comes_before_dwell(void **state)
{
	struct world *w = observing(100);
	const struct dro_decision *d;

	(void)state;
	w->facts.settle_s = 2 * 86400;
	d = world_decide(w, 43);
	assert_string_equal(d->code, "dwell");
	assert_int_equal(gate(w, "dwell")->value, 41);
	assert_int_equal(world_decide(w, 1)->step, DRO_STEP_SETTLING);
	world_destroy(w);
}

static void
silence_holds(void **state)
{
	struct world *w = observing(100);
	const struct dro_decision *d = world_decide(w, 46);

	(void)state;
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_string_equal(d->code, "freshness");
	assert_int_equal(d->overlays, DRO_OVER_STALE_DATA);
	assert_int_equal(d->earliest, 0);

	w->ev.n_cells = w->ev.n_seen = 0;
	d = world_decide(w, 46);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(gate(w, "freshness")->verdict, DRO_HOLD);
	assert_int_equal(gate(w, "bound")->verdict, DRO_HOLD);
	world_destroy(w);
}

static void
one_reporter_is_not_enough(void **state)
{
	struct world *w = world_create("standard");
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 1; day < 42; day++) {
		world_report(w, day, 0, NONE);
		world_mail(w, day, 0, OWN, 1000, 0);
	}
	assert_string_equal(world_decide(w, 42)->code, "reporters");
	assert_int_equal(gate(w, "reporters")->value, 1);
	world_destroy(w);
}

static void
few_report_days_hold(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 15, 42, 100, NONE);
	assert_string_equal(world_decide(w, 42)->code, "report_days");
	assert_int_equal(gate(w, "report_days")->value, 27);
	assert_int_equal(gate(w, "report_days")->shortfall, 1);
	world_destroy(w);
}

/*
 * E(0, n) >= 1 / (alpha / 2) = 40 for tau 1 %: the mean of four powers.
 * 2 reporters * 41 days * 5 = 410 messages do not reach it, 2 * 41 * 6 = 492
 * do: by hand the four terms are 15.4 + 9.2 + 5.5 + 2.0 = 32.1 at 410, and
 * 35.1 + 19.0 + 10.3 + 3.0 = 67.4 at 492.
 */
static void
little_mail_holds_and_says_how_much_is_missing(void **state)
{
	struct world *w = observing(5);
	const struct dro_decision *d = world_decide(w, 42);

	(void)state;
	assert_string_equal(d->code, "bound");
	assert_int_equal(d->verdict, DRO_HOLD);
	assert_int_equal(gate(w, "bound")->value, 410);
	assert_true(gate(w, "bound")->shortfall > 0);
	assert_int_equal(
	    gate(w, "bound")->limit, 410 + gate(w, "bound")->shortfall);
	world_destroy(w);

	w = observing(6);
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_UP);
	world_destroy(w);
}

static void
a_failing_source_fails_the_bound(void **state)
{
	struct world *w = observing(100);
	int day;

	(void)state;
	/* 2 % of the own mail fails, every day, still authenticated. */
	for (day = 0; day < 82; day++)
		w->cells[day].fail = 2;
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_NONE);
	assert_int_equal(gate(w, "bound")->verdict, DRO_FAIL);
	assert_int_equal(w->d.verdict, DRO_FAIL);
	world_destroy(w);
}

static void
spoofing_is_counted_apart_and_asked_about_once(void **state)
{
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 1; day < 42; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			world_mail(w, day, r, OWN, 50, 0);
			world_mail(w, day, r, SPOOF, 0, 5000);
			world_mail(w, day, r, FORGED, 0, 5000);
		}
	/* One network, day after day: somebody must say whose it is. */
	assert_string_equal(world_decide(w, 42)->code, "undecided");
	assert_int_equal(w->d.tally.undecided, 41 * 2 * 5000);
	w->settings.undecided_days = 14;
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_UP);
	assert_int_equal(w->d.tally.n, 41 * 2 * 50);
	assert_int_equal(w->d.tally.fail, 0);
	assert_int_equal(w->d.tally.threat, 41 * 2 * 5000);
	world_destroy(w);
}

/* A reporter that tells results but no signatures still proves passes. */
static void
passes_without_a_name_count(void **state)
{
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 1; day < 42; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			world_mail(w, day, r, SPOOF, 50, 0);
		}
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_UP);
	assert_int_equal(w->d.tally.n, 41 * 2 * 50);
	assert_string_equal(w->d.sources[0].key, "unnamed:" DOMAIN);
	world_destroy(w);
}

static void
another_policy_in_the_reports_holds(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 1, 30, 100, NONE);
	world_clean_days(w, 30, 42, 100, "v=DMARC1; p=reject");
	assert_string_equal(world_decide(w, 42)->code, "policy_seen");
	/* 29 of 41 days: 707317 ppm, rounded down. */
	assert_int_equal(gate(w, "policy_seen")->value, 707317);
	world_destroy(w);
}

static void
off_the_ladder_goes_to_the_ceiling(void **state)
{
	const char *found = "v=DMARC1; p=quarantine; pct=10; rua=" RUA;
	struct world *w = world_create("standard");
	const struct dro_decision *d;

	(void)state;
	world_verified(w, 0, found);
	world_clean_days(w, 1, 5, 200, found);
	d = world_decide(w, 5);
	assert_true(d->off_ladder);
	assert_string_equal(rung(w, d->rung), "quarantine-10");
	assert_int_equal(d->action, DRO_ACT_UP);
	assert_string_equal(rung(w, d->to), "quarantine");
	world_destroy(w);
}

static void
stronger_than_the_target_is_left_alone(void **state)
{
	const char *found = "v=DMARC1; p=reject; rua=" RUA;
	struct world *w = world_create("standard");

	(void)state;
	w->settings.target = DRO_QUARANTINE;
	world_verified(w, 0, found);
	world_clean_days(w, 1, 42, 200, found);
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_NONE);
	assert_int_equal(w->d.step, DRO_STEP_DONE);
	assert_false(w->d.has_next);
	world_destroy(w);
}

static void
the_last_hop_asks_for_more(void **state)
{
	const char *last = "v=DMARC1; p=reject; t=y; rua=" RUA;
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, last);
	/* 480 messages: E = 60.4, enough for alpha 5 % (40), not 1 % (200). */
	world_clean_days(w, 1, 5, 60, last);
	w->seen[0].has_pct = false;
	assert_string_equal(world_decide(w, 5)->code, "bound");
	world_destroy(w);
}

static void
pause_and_approval_hold_what_would_pass(void **state)
{
	struct world *w = observing(100);
	const struct dro_decision *d;

	(void)state;
	w->settings.pause = "migration";
	d = world_decide(w, 42);
	assert_int_equal(d->overlays, DRO_OVER_PAUSED);
	assert_string_equal(d->reason, "migration");
	assert_int_equal(d->action, DRO_ACT_NONE);

	w->settings.pause = NULL;
	w->settings.approvals[1] = 1;
	d = world_decide(w, 42);
	assert_int_equal(d->overlays, DRO_OVER_AWAITING_APPROVAL);
	assert_int_equal(d->step, DRO_STEP_READY);
	assert_int_equal(d->action, DRO_ACT_NONE);
	world_destroy(w);
}

static void
drift_stops_everything(void **state)
{
	static const struct {
		const char *live;
		unsigned overlays;
		const char *code;
		bool edited;
	} cases[] = {
	    {"v=DMARC1; p=quarantine; rua=" RUA, DRO_OVER_DRIFTED, "drifted",
		false},
	    {"v=DMARC1; p=none; t=y; rua=" RUA, DRO_OVER_DRIFTED, "drifted",
		false},
	    {"v=DMARC1; p=none; rua=mailto:x@y.example", DRO_OVER_DRIFTED,
		"drifted", false},
	    {NULL, DRO_OVER_DRIFTED, "drifted", false},
	    {"v=DMARC1; p=nonsense", DRO_OVER_BLOCKED, "syntax_error", false},
	    {" v=DMARC1; p=none; rua=" RUA, DRO_OVER_BLOCKED, "syntax_error",
		false},
	    {"v=dmarc1; p=none; rua=" RUA, DRO_OVER_BLOCKED, "syntax_error",
		false},
	    {"v=DMARC1\\; p=none; rua=" RUA, DRO_OVER_BLOCKED, "syntax_error",
		false},
	    {"v=DMARC1; p=none; adkim=s; rua=" RUA, 0, NULL, true},
	    {"v=DMARC1; p=none; rua=mailto:x@y.example," RUA, 0, NULL, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct world *w = observing(100);
		const struct dro_decision *d;

		world_live(w, cases[i].live);
		d = world_decide(w, 42);
		assert_int_equal(d->overlays, cases[i].overlays);
		assert_int_equal(d->edited, cases[i].edited);
		if (cases[i].code == NULL) {
			assert_int_equal(d->action, DRO_ACT_UP);
		} else {
			assert_int_equal(d->action, DRO_ACT_NONE);
			assert_string_equal(d->code, cases[i].code);
		}
		world_destroy(w);
	}
}

static void
unclear_dns_holds(void **state)
{
	static const struct {
		enum dro_live_status status;
		const char *code;
	} cases[] = {
	    {DRO_LIVE_UNKNOWN, "dns_unknown"},
	    {DRO_LIVE_DISAGREE, "ns_disagree"},
	    {DRO_LIVE_CNAME, "cname_delegated"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct world *w = observing(100);

		w->live.status = cases[i].status;
		assert_string_equal(world_decide(w, 42)->code, cases[i].code);
		assert_int_equal(w->d.action, DRO_ACT_NONE);
		/* Where it stands is still known. */
		assert_true(w->d.staged);
		world_destroy(w);
	}
}

static void
two_records_are_for_a_person(void **state)
{
	struct world *w = observing(100);

	(void)state;
	assert_int_equal(
	    dro_rrset_add(&w->live.rrset, w->arena, NONE, strlen(NONE), NULL),
	    DRO_OK);
	assert_string_equal(world_decide(w, 42)->code, "multiple_records");
	world_destroy(w);
}

static void
an_open_publish_is_settled_first(void **state)
{
	struct world *w = observing(100);

	(void)state;
	w->facts.op_state = DRO_OP_SENT;
	assert_int_equal(world_decide(w, 42)->step, DRO_STEP_VERIFYING);
	w->facts.op_state = DRO_OP_SENDING;
	assert_int_equal(world_decide(w, 42)->step, DRO_STEP_PUBLISHING);
	assert_int_equal(w->d.action, DRO_ACT_NONE);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_sight_is_taken_as_found),
	    cmocka_unit_test(a_missing_record_is_created),
	    cmocka_unit_test(a_missing_address_is_added_on_the_same_rung),
	    cmocka_unit_test(the_dwell_is_whole_days),
	    cmocka_unit_test(settling_comes_before_dwell),
	    cmocka_unit_test(silence_holds),
	    cmocka_unit_test(one_reporter_is_not_enough),
	    cmocka_unit_test(few_report_days_hold),
	    cmocka_unit_test(little_mail_holds_and_says_how_much_is_missing),
	    cmocka_unit_test(a_failing_source_fails_the_bound),
	    cmocka_unit_test(spoofing_is_counted_apart_and_asked_about_once),
	    cmocka_unit_test(passes_without_a_name_count),
	    cmocka_unit_test(another_policy_in_the_reports_holds),
	    cmocka_unit_test(off_the_ladder_goes_to_the_ceiling),
	    cmocka_unit_test(stronger_than_the_target_is_left_alone),
	    cmocka_unit_test(the_last_hop_asks_for_more),
	    cmocka_unit_test(pause_and_approval_hold_what_would_pass),
	    cmocka_unit_test(drift_stops_everything),
	    cmocka_unit_test(unclear_dns_holds),
	    cmocka_unit_test(two_records_are_for_a_person),
	    cmocka_unit_test(an_open_publish_is_settled_first),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
