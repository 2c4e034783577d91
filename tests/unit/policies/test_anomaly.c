#include "world.h"

/* What looks odd in the reports: asked about, upwards only, never for ever. */

#define DAYS 42 /* until the dwell of the first rung is over */
#define USUAL 20 /* messages a day that each reporter sees pass */

/* On day 42 everything passes, unless something odd is put in. */
static struct world *
usual(void)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, DAYS, USUAL, NONE);
	return (w);
}

/* The own mail of one day at one reporter; cells are in order of days. */
static struct dro_cell *
cell(struct world *w, int day, uint32_t reporter)
{
	struct dro_cell *c = &w->cells[2 * (day - 1) + (int)reporter];

	assert_int_equal(c->day, DAY0 + day);
	assert_int_equal(c->reporter, reporter);
	return (c);
}

/* The only question of day ${day}: its kind, or NULL if there is none. */
static const char *
asked(struct world *w, int day)
{
	const struct dro_anomalies *a = &world_decide(w, day)->anomalies;

	assert_true(a->n <= 1);
	return (a->n == 0 ? NULL : a->items[0].kind);
}

static void
nothing_odd_asks_nothing(void **state)
{
	struct world *w = usual();

	(void)state;
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	assert_int_equal(gate(w, "anomaly")->verdict, DRO_PASS);
	world_destroy(w);
}

/* Usual volume of both, then that of both on day 40; is it asked about? */
static const struct {
	int64_t usual, one, other;
	bool odd;
} jumps[] = {
    {20, 200, 20, false}, /* ten times is not more than ten times */
    {20, 201, 20, true},
    {9, 99, 9, false}, /* eleven times, but few */
    {9, 100, 9, true},
    {1, 100, 1, true},
    {20, 5000, 60, true}, /* three times is not more than three times */
    {20, 5000, 61, false}, /* a campaign: the other one saw it, too */
    {20, 5000, 5000, false},
};

static void
a_jump_of_one_reporter_is_asked_about(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(jumps); i++) {
		struct world *w = world_create("standard");
		const char *kind;

		world_verified(w, 0, NONE);
		world_clean_days(w, 1, DAYS, jumps[i].usual, NONE);
		cell(w, 40, 0)->pass = jumps[i].one;
		cell(w, 40, 1)->pass = jumps[i].other;
		kind = asked(w, DAYS);
		if ((kind != NULL && strcmp(kind, "volume") == 0) !=
		    jumps[i].odd)
			fail_msg("row %zu", i);
		world_destroy(w);
	}
}

static void
a_campaign_may_reach_others_a_day_later(void **state)
{
	struct world *w = usual();

	(void)state;
	cell(w, 39, 0)->pass = 5000;
	cell(w, 40, 1)->pass = 5000;
	assert_null(asked(w, DAYS));
	cell(w, 40, 1)->pass = USUAL;
	cell(w, 41, 1)->pass = 5000;
	assert_int_equal(world_decide(w, DAYS)->anomalies.n, 2);
	world_destroy(w);
}

static void
seven_days_make_a_median(void **state)
{
	struct world *w = usual();

	(void)state;
	cell(w, 8, 0)->pass = 5000;
	assert_string_equal(asked(w, 20), "volume");
	cell(w, 8, 0)->pass = USUAL;
	cell(w, 7, 0)->pass = 5000;
	assert_null(asked(w, 20));
	world_destroy(w);
}

static void
it_holds_and_says_how_much_and_how_long(void **state)
{
	struct world *w = usual();
	const struct dro_decision *d;

	(void)state;
	cell(w, 40, 0)->pass = 5000;
	d = world_decide(w, DAYS);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(d->verdict, DRO_HOLD);
	assert_string_equal(d->code, "anomaly");
	assert_string_equal(d->reason,
	    "google.com: 5000 messages pass on 2026-02-14, its median day has "
	    "20, no other reporter saw a rise (if that is right: rollout "
	    "approve)");
	assert_string_equal(d->anomalies.items[0].key, "google.com 2026-02-14");
	assert_int_equal(gate(w, "anomaly")->value, 1);
	/* Day 40 leaves the window of 28 days on day 68. */
	assert_int_equal(d->earliest, dro_day_start(DAY0 + 68));
	world_clean_days(w, DAYS, 70, USUAL, NONE);
	assert_string_equal(asked(w, 67), "volume");
	assert_null(asked(w, 68));
	assert_int_equal(world_decide(w, 68)->action, DRO_ACT_UP);
	world_destroy(w);
}

/* Anybody can send what fails, in any number, to one receiver only. */
static void
mail_that_fails_asks_nothing(void **state)
{
	struct world *w = usual();

	(void)state;
	world_mail(w, DAYS - 1, 0, SPOOF, 0, 100000);
	assert_null(asked(w, DAYS));
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	world_destroy(w);
}

/* One more report on day 40: from and to in hours, messages. */
static const struct {
	int from, to;
	int64_t messages;
	bool odd;
} ranges[] = {
    {0, 24, 1000, false}, /* a report in two parts */
    {12, 24, 1000, true},
    {12, 24, 100, true},
    {12, 24, 99, false},
    {23, 47, 1000, false}, /* an hour is the slack of clocks */
    {22, 24, 1000, true},
    {-24, 0, 1000, false}, /* day 39, in two parts */
    {24, 48, 1000, false},
};

static void
ranges_that_overlap_are_asked_about(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(ranges); i++) {
		struct world *w = usual();
		struct dro_seen *more;
		const char *kind;

		/* The last report of google.com is that of day 41. */
		w->ev.n_seen -= 2;
		world_report(w, 40, 0, NONE);
		more = &w->seen[w->ev.n_seen - 1];
		more->end = more->begin + ranges[i].to * DRO_HOUR_S - 1;
		more->begin += ranges[i].from * DRO_HOUR_S;
		more->messages = ranges[i].messages;
		if (ranges[i].from < 0) { /* in order of begin */
			w->seen[w->ev.n_seen] = *more;
			*more = *(more - 2);
			*(more - 2) = w->seen[w->ev.n_seen];
		}
		kind = asked(w, DAYS);
		if ((kind != NULL && strcmp(kind, "overlap") == 0) !=
		    ranges[i].odd)
			fail_msg("row %zu: %s", i, kind != NULL ? kind : "-");
		world_destroy(w);
	}
}

/* yahoo.com shows another policy in ${n} reports with ${messages} each. */
static const char *
other_policy(int n, int64_t messages, bool shows, bool once_right)
{
	struct world *w = usual();
	const char *kind;
	size_t i, r;

	for (i = 0, r = 0; i < w->ev.n_seen; i++) {
		if (w->seen[i].reporter != 1)
			continue;
		w->seen[i].messages = messages;
		w->seen[i].has_p = w->seen[i].has_pct = shows;
		w->seen[i].core.p = DRO_REJECT;
		if (DAYS - 1 - (int)++r >= n) /* older: no tag to compare */
			w->seen[i].has_p = w->seen[i].has_pct = false;
	}
	if (once_right)
		w->seen[w->ev.n_seen - 1].core.p = DRO_NONE;
	kind = asked(w, DAYS);
	kind = kind != NULL && strcmp(kind, "policy") == 0 ? "policy" : NULL;
	world_destroy(w);
	return (kind);
}

static void
a_policy_that_was_never_published_is_asked_about(void **state)
{
	(void)state;
	assert_non_null(other_policy(20, 10, true, false));
	assert_non_null(other_policy(3, 34, true, false));
	assert_null(other_policy(3, 33, true, false)); /* 99 messages */
	assert_null(other_policy(2, 1000, true, false));
	assert_null(other_policy(20, 10, false, false)); /* shows no tag */
	assert_null(other_policy(20, 10, true, true)); /* late, not forged */
}

static void
reports_from_before_the_rung_settled_show_what_was(void **state)
{
	struct world *w = usual();
	size_t i;

	(void)state;
	for (i = 0; i < w->ev.n_seen; i++) {
		w->seen[i].messages = 100;
		w->seen[i].core.p = DRO_REJECT;
	}
	w->facts.verified_at = at_day(DAYS - 1);
	assert_null(asked(w, DAYS));
	w->facts.verified_at = at_day(20);
	assert_int_equal(world_decide(w, DAYS)->anomalies.n, 2); /* both */
	world_destroy(w);
}

/*
 * The vendor's mail passes on the last day: at one reporter or both, beside
 * 2 * 20 * 27 = 1080 own messages of the window (days 15 to 42, the last of
 * which has no report yet).
 */
static const struct {
	int64_t one, other;
	bool odd;
} shares[] = {
    {270, 0, false}, /* 270 of 1350 is a fifth */
    {271, 0, true},
    {271, 1, false},
    {0, 271, true},
};

static void
an_address_that_one_reporter_saw_is_asked_about(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(shares); i++) {
		struct world *w = usual();
		const char *kind;

		/* Spread, so that no day jumps. */
		w->streams[VENDOR].mail_from = "";
		w->ev.n_cells -= 2;
		world_mail(w, 40, 0, VENDOR, shares[i].one / 2, 0);
		world_mail(w, 40, 1, VENDOR, shares[i].other / 2, 0);
		world_mail(w, 41, 0, OWN, USUAL, 0);
		world_mail(w, 41, 1, OWN, USUAL, 0);
		world_mail(
		    w, 41, 0, VENDOR, shares[i].one - shares[i].one / 2, 0);
		world_mail(
		    w, 41, 1, VENDOR, shares[i].other - shares[i].other / 2, 0);
		kind = asked(w, DAYS);
		if ((kind != NULL && strcmp(kind, "address") == 0) !=
		    shares[i].odd)
			fail_msg("row %zu: %s", i, kind != NULL ? kind : "-");
		if (kind != NULL)
			assert_string_equal(
			    w->d.anomalies.items[0].key, "198.51.100.7");
		world_destroy(w);
	}
}

static void
with_one_reporter_nobody_else_can_have_seen_it(void **state)
{
	struct world *w = world_create("standard");
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 1; day < DAYS; day++) {
		world_report(w, day, 0, NONE);
		world_mail(w, day, 0, OWN, 1000, 0);
	}
	assert_null(asked(w, DAYS));
	world_destroy(w);
}

static void
an_answer_is_about_one_question_and_expires(void **state)
{
	struct world *w = usual();
	struct dro_answered answers[] = {
	    {"overlap", "google.com 2026-02-14", at_day(200)},
	    {"volume", "google.com 2026-02-13", at_day(200)},
	    {"volume", "google.com 2026-02-14", at_day(45)},
	};

	(void)state;
	cell(w, 40, 0)->pass = 5000;
	w->facts.answers = answers;
	w->facts.n_answers = 2;
	assert_string_equal(asked(w, DAYS), "volume");
	w->facts.n_answers = 3;
	assert_null(asked(w, DAYS));
	assert_int_equal(w->d.action, DRO_ACT_UP);
	assert_string_equal(asked(w, 45), "volume");
	/* To the second, and the decision knows until when it holds. */
	answers[2].expires_at = at_day(DAYS) + 5;
	assert_null(asked(w, DAYS));
	assert_int_equal(w->d.holds_until, at_day(DAYS) + 5);
	world_destroy(w);
}

static void
a_step_back_does_not_wait_for_an_answer(void **state)
{
	static const char record[] = "v=DMARC1; p=quarantine; rua=" RUA;
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	(void)state;
	world_verified(w, 0, record);
	for (day = 1; day < 22; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, record);
			world_mail(w, day, r, OWN, 90, 0);
			world_mail(w, day, r, day < 20 ? VENDOR : VENDOR_BAD,
			    day < 20 ? 10 : 0, day < 20 ? 0 : 10);
		}
	w->cells[4 * 18].pass = 1000; /* own mail of day 19 */
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_odd_asks_nothing),
	    cmocka_unit_test(a_jump_of_one_reporter_is_asked_about),
	    cmocka_unit_test(a_campaign_may_reach_others_a_day_later),
	    cmocka_unit_test(seven_days_make_a_median),
	    cmocka_unit_test(it_holds_and_says_how_much_and_how_long),
	    cmocka_unit_test(mail_that_fails_asks_nothing),
	    cmocka_unit_test(ranges_that_overlap_are_asked_about),
	    cmocka_unit_test(a_policy_that_was_never_published_is_asked_about),
	    cmocka_unit_test(
		reports_from_before_the_rung_settled_show_what_was),
	    cmocka_unit_test(an_address_that_one_reporter_saw_is_asked_about),
	    cmocka_unit_test(with_one_reporter_nobody_else_can_have_seen_it),
	    cmocka_unit_test(an_answer_is_about_one_question_and_expires),
	    cmocka_unit_test(a_step_back_does_not_wait_for_an_answer),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
