#include "config_read.h"

#include "base/date.h"
#include "stage/decide.h"

/*
 * Freezes and windows, from local time to intervals of UTC.  In Amsterdam
 * summer time began on 2026-03-29 at 01:00 UTC (02:00 became 03:00) and ended
 * on 2026-10-25 at 01:00 UTC (03:00 became 02:00).
 */

static int64_t
at(const char *date)
{
	int64_t t;

	assert_int_equal(dro_date_parse(date, &t, NULL), DRO_OK);
	return (t);
}

/* Read ${defaults} and ${domain} as settings of one domain, on ${now}. */
static const struct dro_settings *
settings_of(struct reading *t, const char *now, const char *defaults,
    const char *domain)
{
	char text[2048];

	memset(t, 0, sizeof(*t));
	assert_non_null(t->arena = dro_arena_create());
	(void)snprintf(text, sizeof(text),
	    "version: 1\ndefaults: {%s}\n"
	    "clients: {c1: {domains: {klant.example: {%s}}}}\n",
	    defaults, domain);
	t->code = dro_config_parse("test.yaml", "/etc/rollout", text,
	    strlen(text), at(now), t->arena, &t->config, &t->findings, &t->err);
	if (t->code != DRO_OK)
		fail_msg("%s", t->err.msg);
	return (t->config.domains[0].settings);
}

#define WORKDAY "windows: [{from: '08:00', to: '16:00'}]"
#define ZONE "time_zone: Europe/Amsterdam"

/* A window of ${defaults} that is open in [from, to) and not beside it. */
static const struct {
	const char *defaults, *from, *to;
} windows[] = {
    /* The day before summer time, its first day, its last, the day after. */
    {ZONE ", " WORKDAY, "2026-03-28T07:00:00Z", "2026-03-28T15:00:00Z"},
    {ZONE ", " WORKDAY, "2026-03-29T06:00:00Z", "2026-03-29T14:00:00Z"},
    {ZONE ", " WORKDAY, "2026-10-24T06:00:00Z", "2026-10-24T14:00:00Z"},
    {ZONE ", " WORKDAY, "2026-10-25T07:00:00Z", "2026-10-25T15:00:00Z"},
    {WORKDAY, "2026-07-01T08:00:00Z", "2026-07-01T16:00:00Z"},
    {ZONE ", " WORKDAY, "2026-07-01T06:00:00Z", "2026-07-01T14:00:00Z"},
    /* Across the missing hour: one hour long, not two. */
    {ZONE ", windows: [{from: '01:30', to: '03:30'}]", "2026-03-29T00:30:00Z",
	"2026-03-29T01:30:00Z"},
    {ZONE ", windows: [{from: '02:30', to: '04:00'}]", "2026-03-29T01:00:00Z",
	"2026-03-29T02:00:00Z"},
    /* Across the doubled hour: three hours long; its end is the second. */
    {ZONE ", windows: [{from: '01:30', to: '03:30'}]", "2026-10-24T23:30:00Z",
	"2026-10-25T02:30:00Z"},
    {ZONE ", windows: [{from: '01:30', to: '02:30'}]", "2026-10-24T23:30:00Z",
	"2026-10-25T01:30:00Z"},
    {ZONE ", windows: [{from: '02:30', to: '03:30'}]", "2026-10-25T01:30:00Z",
	"2026-10-25T02:30:00Z"},
    /* Over midnight; to the end of the day; two that touch. */
    {ZONE ", windows: [{days: [fri], from: '22:00', to: '06:00'}]",
	"2026-07-03T20:00:00Z", "2026-07-04T04:00:00Z"},
    {ZONE ", windows: [{days: [sun], from: '20:00', to: '24:00'}]",
	"2026-07-05T18:00:00Z", "2026-07-05T22:00:00Z"},
    {"windows: [{from: '12:00', to: '13:00'}, {from: '10:00', to: '12:00'}]",
	"2026-07-05T10:00:00Z", "2026-07-05T13:00:00Z"},
};

static void
windows_open_by_the_clock_on_the_wall(void **state)
{
	const struct dro_settings *s;
	struct reading t;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(windows); i++) {
		int64_t from = at(windows[i].from), to = at(windows[i].to);

		s = settings_of(&t, "2026-03-20", windows[i].defaults, "");
		if (dro_frozen_end(s, from - 1, NULL) != from ||
		    dro_frozen_end(s, from, NULL) != from ||
		    dro_frozen_end(s, to - 1, NULL) != to - 1 ||
		    dro_frozen_end(s, to, NULL) == to)
			fail_msg("%s: not open from %s to %s",
			    windows[i].defaults, windows[i].from,
			    windows[i].to);
		finish(&t);
	}
}

/* A window that lies wholly in the missing hour does not open that day. */
static void
a_skipped_window_waits_a_day(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	s = settings_of(&t, "2026-03-20",
	    ZONE ", windows: [{from: '02:15', to: '02:45'}]", "");
	assert_int_equal(dro_frozen_end(s, at("2026-03-28T01:44:59Z"), NULL),
	    at("2026-03-28T01:44:59Z"));
	assert_int_equal(dro_frozen_end(s, at("2026-03-28T01:45:00Z"), NULL),
	    at("2026-03-30T00:15:00Z"));
	finish(&t);
}

static void
only_the_named_weekdays(void **state)
{
	const struct dro_settings *s;
	const char *why = NULL;
	struct reading t;

	(void)state;
	s = settings_of(&t, "2026-03-20",
	    ZONE ", windows: [{days: [mon, thu], from: '08:00', to: '16:00'}]",
	    "");
	/* Thursday after the end; Monday follows the change to summer. */
	assert_int_equal(dro_frozen_end(s, at("2026-03-26T15:00:00Z"), &why),
	    at("2026-03-30T06:00:00Z"));
	assert_string_equal(
	    why, "outside the windows for changes (Europe/Amsterdam)");
	finish(&t);
}

static void
freezes_are_days_of_the_calendar(void **state)
{
	static const struct {
		const char *freeze, *from, *to;
	} cases[] = {
	    {"{from: 2026-12-18, to: 2027-01-03, why: x}",
		"2026-12-17T23:00:00Z", "2027-01-03T23:00:00Z"},
	    {"{from: 2026-07-01, to: 2026-07-01, why: x}",
		"2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"},
	    {"{from: 2026-10-25, to: 2026-10-25, why: x}",
		"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
	    {"{from: 2026-03-29, to: 2026-03-29, why: x}",
		"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
	    {"{from: 2026-08-01T12:00:00Z, to: 2026-08-01T18:00:00+02:00, "
	     "why: x}",
		"2026-08-01T12:00:00Z", "2026-08-01T16:00:00Z"},
	};
	const struct dro_settings *s;
	struct reading t;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)snprintf(
		    text, sizeof(text), ZONE ", freeze: [%s]", cases[i].freeze);
		s = settings_of(&t, "2026-03-20", text, "");
		assert_int_equal(s->n_frozen, 1);
		assert_int_equal(s->frozen[0].from, at(cases[i].from));
		assert_int_equal(s->frozen[0].to, at(cases[i].to));
		assert_string_equal(s->frozen[0].why, "x");
		finish(&t);
	}
}

static void
the_nearest_place_holds(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	/* Nothing said: nothing frozen. */
	s = settings_of(&t, "2026-03-20", "policy: standard", "");
	assert_int_equal(s->n_frozen, 0);
	finish(&t);
	/* An empty list opens what a farther place closed. */
	s = settings_of(&t, "2026-03-20",
	    WORKDAY ", freeze: [{from: 2026-04-01, to: 2026-04-30, why: x}]",
	    "windows: [], freeze: []");
	assert_int_equal(s->n_frozen, 0);
	finish(&t);
	/* The zone is read where it is nearest, whoever wrote the window. */
	s = settings_of(
	    &t, "2026-03-20", WORKDAY, "time_zone: America/New_York");
	assert_int_equal(dro_frozen_end(s, at("2026-07-01T00:00:00Z"), NULL),
	    at("2026-07-01T12:00:00Z"));
	finish(&t);
}

/* Known a day back and 400 days ahead; a freeze beyond is not there yet. */
static void
the_calendar_ends(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	s = settings_of(&t, "2026-03-20",
	    WORKDAY ", freeze: [{from: 2020-01-01, to: 2020-02-01, why: old},"
		    " {from: 2029-01-01, to: 2029-02-01, why: far}]",
	    "");
	assert_true(s->n_frozen >= 400 && s->n_frozen <= 402);
	assert_int_equal(s->frozen[0].from, at("2026-03-19"));
	assert_int_equal(
	    s->frozen[s->n_frozen - 1].to, at("2026-03-20") + 400 * DRO_DAY_S);
	finish(&t);
}

static void
approvals_by_count(void **state)
{
	static const struct {
		const char *defaults, *domain;
		int first, reject; /* quarantine-10, reject */
		int64_t expiry_d;
	} cases[] = {
	    {"policy: careful", "", 1, 1, 14},
	    {"policy: careful, approval: {count: 2}", "", 2, 2, 14},
	    {"approval: {before: [reject], count: 3}", "", 0, 3, 14},
	    {"approval: {before: {quarantine-10: 1, reject: 2}}", "", 1, 2, 14},
	    {"approval: {before: {reject: 2}, count: 3, expires: 7d}", "", 0, 2,
		7},
	    {"approval: {before: {reject: 2}, expires: 7d}",
		"approval: {expires: 1d}", 0, 2, 1},
	    {"approval: {before: {reject: 2}}", "approval: {before: []}", 0, 0,
		14},
	};
	const struct dro_settings *s;
	struct reading t;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		s = settings_of(
		    &t, "2026-03-20", cases[i].defaults, cases[i].domain);
		if (s->approvals[1] != cases[i].first ||
		    s->approvals[s->ladder.n - 1] != cases[i].reject ||
		    s->approval_expiry_s != cases[i].expiry_d * DRO_DAY_S)
			fail_msg("%s; %s: %d, %d, %lld s", cases[i].defaults,
			    cases[i].domain, s->approvals[1],
			    s->approvals[s->ladder.n - 1],
			    (long long)s->approval_expiry_s);
		finish(&t);
	}
}

static void
limits_have_defaults(void **state)
{
	struct reading t;

	(void)state;
	read_good(&t, "version: 1\n");
	assert_int_equal(t.config.limits.max_changes, 25);
	assert_int_equal(t.config.limits.max_share_ppm, 100000);
	assert_int_equal(t.config.limits.per_client, 0);
	assert_int_equal(t.config.limits.per_account, 0);
	finish(&t);
	read_good(&t,
	    "version: 1\n"
	    "limits: {max_changes: 7, max_changes_share: '2.5%', per_client: "
	    "3, per_account: 4}\n");
	assert_int_equal(t.config.limits.max_changes, 7);
	assert_int_equal(t.config.limits.max_share_ppm, 25000);
	assert_int_equal(t.config.limits.per_client, 3);
	assert_int_equal(t.config.limits.per_account, 4);
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows_open_by_the_clock_on_the_wall),
	    cmocka_unit_test(a_skipped_window_waits_a_day),
	    cmocka_unit_test(only_the_named_weekdays),
	    cmocka_unit_test(freezes_are_days_of_the_calendar),
	    cmocka_unit_test(the_nearest_place_holds),
	    cmocka_unit_test(the_calendar_ends),
	    cmocka_unit_test(approvals_by_count),
	    cmocka_unit_test(limits_have_defaults),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
