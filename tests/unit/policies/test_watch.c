#include "world.h"

#include "record/spf.h"

/* What legitimate mail stands on in DNS, and what is found to be missing. */

#define S1 "s1._domainkey." DOMAIN
#define CRM "crm._domainkey." DOMAIN
#define TODAY 42

/* 41 clean days of own mail (DKIM s1 and SPF) and of a vendor (DKIM crm). */
static struct world *
make(void)
{
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	world_verified(w, 0, NONE);
	for (day = 1; day < TODAY; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			world_mail(w, day, r, OWN, 50, 0);
			world_mail(w, day, r, VENDOR, 20, 0);
		}
	return (w);
}

/* It was good until the day before, and is not on ${day}. */
static struct dro_watched
lost(enum dro_watch_kind kind, const char *name, enum dro_watch_state state,
    int day)
{
	return ((struct dro_watched){.kind = kind,
	    .name = name,
	    .state = state,
	    .since = at_day(day),
	    .good_at = at_day(day - 1),
	    .looked_at = at_day(day)});
}

static void
watch(struct world *w, const struct dro_watched *watched, size_t n)
{
	w->facts.watched = watched;
	w->facts.n_watched = n;
}

/* No mail of ${stream} from ${day} on. */
static void
stop(struct world *w, uint32_t stream, int day)
{
	size_t i;

	for (i = 0; i < w->ev.n_cells; i++)
		if (w->cells[i].stream == stream &&
		    w->cells[i].day >= DAY0 + day)
			w->cells[i].pass = 0;
}

static void
check_keys(struct world *w, int day, const char *const *names, size_t n)
{
	const struct dro_decision *d = world_decide(w, day);
	const struct dro_watch_mail mail = {&w->settings, &w->ev, d->n_sources,
	    d->sources, d->of_stream, d->linked};
	struct dro_clock clock = {at_day(day), INT64_MAX};
	struct dro_watch_key *keys;
	size_t i, found;

	assert_int_equal(
	    dro_watch_keys(&mail, &clock, w->arena, &found, &keys, NULL),
	    DRO_OK);
	assert_int_equal(found, n);
	for (i = 0; i < n; i++)
		assert_string_equal(keys[i].name, names[i]);
}

static void
keys_are_those_of_mail_that_passes(void **state)
{
	static const char *const both[] = {S1, CRM};
	struct world *w = make();
	int day;

	(void)state;
	for (day = 1; day < TODAY; day++) {
		world_mail(w, day, 0, FORGED, 0, 90);
		world_mail(w, day, 0, LIST, 0, 90);
	}
	check_keys(w, TODAY, both, 2);
	/* Seen last on day 41: 35 days later it is not expected any more. */
	check_keys(w, 41 + 35, both, 2);
	check_keys(w, 41 + 36, NULL, 0);
	/* A selector that can be no name in DNS. */
	w->streams[VENDOR].selector = "a b";
	check_keys(w, TODAY, both, 1);
	world_destroy(w);
}

static void
a_declared_cadence_keeps_a_key_longer(void **state)
{
	static const char *const names[] = {"bounce.crm.example"};
	static const char *const crm[] = {CRM};
	struct dro_declared d = {.name = "crm",
	    .cadence_days = 92,
	    .n_mail_from = 1,
	    .mail_from = (const char **)(uintptr_t)names};
	struct world *w = make();

	(void)state;
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	check_keys(w, 41 + 92 + 30, crm, 1);
	check_keys(w, 41 + 92 + 31, NULL, 0);
	world_destroy(w);
}

/*
 * A key of the vendor, whose mail came on days 1 to 41 unless it ended; what
 * DNS showed of it, since when; and whether that is a finding on day 42.
 */
static const struct {
	const char *what;
	enum dro_watch_state state;
	int since, ended;
	const char *text; /* NULL: no finding */
} losses[] = {
    {"good", DRO_WATCH_GOOD, 42, 0, NULL},
    {"never there", DRO_WATCH_NEVER, 42, 0, NULL},
    {"gone", DRO_WATCH_GONE, 42, 0,
	"DKIM key " CRM " is gone from DNS: found on 2026-02-16, last good on "
	"2026-02-15; mail of mail_from:bounce.crm.example stands on it"},
    {"revoked", DRO_WATCH_REVOKED, 41, 0,
	"DKIM key " CRM " is revoked (empty p=): found on 2026-02-15, last "
	"good on 2026-02-14; mail of mail_from:bounce.crm.example stands on "
	"it"},
    {"broken", DRO_WATCH_BROKEN, 42, 0,
	"DKIM key " CRM " cannot be used (it has no p=): found on 2026-02-16, "
	"last good on 2026-02-15; mail of mail_from:bounce.crm.example stands "
	"on it"},
    {"changed", DRO_WATCH_CHANGED, 42, 0,
	"DKIM key " CRM " is of another type (it has no p=): found on "
	"2026-02-16, last good on 2026-02-15; mail of "
	"mail_from:bounce.crm.example stands on it"},
    {"gone, and mail passed 2 days later", DRO_WATCH_GONE, 39, 0,
	"DKIM key " CRM " is gone from DNS: found on 2026-02-13, last good on "
	"2026-02-12; mail of mail_from:bounce.crm.example stands on it"},
    {"gone, and mail passed 3 days later", DRO_WATCH_GONE, 38, 0, NULL},
    {"gone, its mail ended 35 days ago", DRO_WATCH_GONE, 42, 7,
	"DKIM key " CRM " is gone from DNS: found on 2026-02-16, last good on "
	"2026-02-15; mail of mail_from:bounce.crm.example stands on it"},
    {"gone, its mail ended 36 days ago", DRO_WATCH_GONE, 42, 6, NULL},
};

static void
a_key_that_is_needed_and_gone_is_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(losses); i++) {
		struct world *w = make();
		struct dro_watched watched[2] = {
		    lost(DRO_WATCH_KEY, CRM, losses[i].state, losses[i].since),
		    lost(DRO_WATCH_KEY, S1, DRO_WATCH_GOOD, TODAY)};

		watched[0].detail = "it has no p=";
		watch(w, watched, 2);
		if (losses[i].ended != 0)
			stop(w, VENDOR, losses[i].ended + 1);
		(void)world_decide(w, TODAY);
		if (w->d.findings.n != (losses[i].text != NULL))
			fail_msg("%s", losses[i].what);
		assert_int_equal(
		    w->d.action, losses[i].text ? DRO_ACT_NONE : DRO_ACT_UP);
		if (losses[i].text != NULL) {
			assert_string_equal(
			    w->d.findings.items[0].text, losses[i].text);
			assert_string_equal(w->d.code, "watch");
		}
		world_destroy(w);
	}
}

static void
what_was_never_good_cannot_be_lost(void **state)
{
	struct dro_watched watched =
	    lost(DRO_WATCH_KEY, CRM, DRO_WATCH_GONE, TODAY);
	struct world *w = make();

	(void)state;
	watched.good_at = 0;
	watch(w, &watched, 1);
	assert_int_equal(world_decide(w, TODAY)->action, DRO_ACT_UP);
	world_destroy(w);
}

static void
a_person_may_say_that_it_is_meant(void **state)
{
	const struct dro_watched watched =
	    lost(DRO_WATCH_KEY, CRM, DRO_WATCH_GONE, TODAY);
	const struct dro_answered answer = {"watch", CRM, at_day(50)};
	struct world *w = make();

	(void)state;
	watch(w, &watched, 1);
	(void)world_decide(w, TODAY);
	assert_string_equal(gate(w, "watch")->ask.kind, "watch");
	assert_string_equal(gate(w, "watch")->ask.key, CRM);
	assert_int_equal(gate(w, "watch")->shortfall, 1);
	w->facts.answers = &answer;
	w->facts.n_answers = 1;
	assert_int_equal(world_decide(w, TODAY)->action, DRO_ACT_UP);
	assert_int_equal(w->d.findings.n, 1);
	assert_true(w->d.findings.items[0].accepted);
	assert_int_equal(world_decide(w, 50)->action, DRO_ACT_NONE);
	world_destroy(w);
}

/*
 * The own mail changes from s1 to s2 on ${begins}, and stops using s1 after
 * ${ends}; the key s1 is gone on day 42.  Services side by side are no change.
 */
static const struct {
	int begins, ends;
	bool found;
} turns[] = {
    {30, 29, false}, /* in turn */
    {30, 37, false}, /* a week with both */
    {29, 37, true}, /* longer than that: two services */
    {39, 38, false}, /* 3 days of the new one */
    {40, 39, false}, /* 2 days of it */
    {41, 40, true}, /* one day may be a test */
    {1, 41, true}, /* always both */
};

static void
a_key_that_another_took_over_is_not_missed(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(turns); i++) {
		const struct dro_watched watched =
		    lost(DRO_WATCH_KEY, S1, DRO_WATCH_GONE, TODAY);
		struct world *w = world_create("standard");
		int day;

		world_verified(w, 0, NONE);
		/* As stored: sorted by names, so the new key comes next. */
		w->streams[VENDOR] = w->streams[OWN];
		w->streams[VENDOR].selector = "s2";
		for (day = 1; day < TODAY; day++)
			for (k = 0; k < 2; k++) {
				world_report(w, day, (uint32_t)k, NONE);
				if (day <= turns[i].ends)
					world_mail(
					    w, day, (uint32_t)k, OWN, 50, 0);
				if (day >= turns[i].begins)
					world_mail(
					    w, day, (uint32_t)k, VENDOR, 50, 0);
			}
		watch(w, &watched, 1);
		(void)world_decide(w, TODAY);
		if (w->d.findings.n != turns[i].found)
			fail_msg("row %zu", i);
		world_destroy(w);
	}
}

/* ---- SPF */

static void
own_spf(struct world *w, const char *record)
{
	struct dro_spf *spf = dro_arena_alloc(w->arena, 1, sizeof(*spf));
	struct dro_rrset txt;

	dro_rrset_init(&txt, DOMAIN, DRO_RR_TXT);
	assert_int_equal(
	    dro_rrset_add(&txt, w->arena, record, strlen(record), NULL),
	    DRO_OK);
	assert_int_equal(dro_spf_parse(&txt, w->arena, spf, NULL), DRO_OK);
	w->facts.spf = spf;
}

/*
 * An include with these networks is lost; the own mail comes from 192.0.2.10
 * and passes SPF, the vendor's from 198.51.100.7 passes for itself.
 */
static const struct {
	const char *nets, *spf, *other;
	enum dro_watch_state state, of_other;
	bool found;
} includes[] = {
    {"192.0.2.0/24", "v=spf1 -all", "", DRO_WATCH_GONE, DRO_WATCH_GOOD, true},
    {"192.0.2.0/24", "v=spf1 -all", "", DRO_WATCH_BROKEN, DRO_WATCH_GOOD, true},
    {"203.0.113.0/24 192.0.2.10/32", "v=spf1 -all", "", DRO_WATCH_GONE,
	DRO_WATCH_GOOD, true},
    {"203.0.113.0/24", "v=spf1 -all", "", DRO_WATCH_GONE, DRO_WATCH_GOOD,
	false},
    {"198.51.100.0/24", "v=spf1 -all", "", DRO_WATCH_GONE, DRO_WATCH_GOOD,
	false},
    {"", "v=spf1 -all", "", DRO_WATCH_GONE, DRO_WATCH_GOOD, false},
    {"192.0.2.0/24", "v=spf1 ip4:192.0.2.10 -all", "", DRO_WATCH_GONE,
	DRO_WATCH_GOOD, false},
    {"192.0.2.0/24", "v=spf1 -all", "192.0.2.0/25", DRO_WATCH_GONE,
	DRO_WATCH_GOOD, false},
    {"192.0.2.0/24", "v=spf1 -all", "192.0.2.0/25", DRO_WATCH_GONE,
	DRO_WATCH_GONE, true},
};

static void
an_include_is_missed_for_the_mail_it_named(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(includes); i++) {
		struct world *w = make();
		struct dro_watched watched[2] = {
		    lost(DRO_WATCH_INCLUDE, "a.example", includes[i].state,
			TODAY),
		    lost(DRO_WATCH_INCLUDE, "b.example", includes[i].of_other,
			TODAY)};
		size_t n;

		watched[0].good = includes[i].nets;
		watched[1].good = includes[i].other;
		own_spf(w, includes[i].spf);
		watch(w, watched, 2);
		(void)world_decide(w, TODAY);
		for (n = 0; n < w->d.findings.n; n++)
			if (w->d.findings.items[n].watched == &watched[0])
				break;
		if ((n < w->d.findings.n) != includes[i].found)
			fail_msg("row %zu", i);
		if (includes[i].found)
			assert_string_equal(
			    w->d.findings.items[n].source, "dkim:" DOMAIN);
		world_destroy(w);
	}
}

static void
a_lost_spf_record_is_found_if_mail_passed_by_it(void **state)
{
	const struct dro_watched watched =
	    lost(DRO_WATCH_SPF, DOMAIN, DRO_WATCH_GONE, TODAY);
	struct world *w = make();

	(void)state;
	watch(w, &watched, 1);
	assert_int_equal(world_decide(w, TODAY)->findings.n, 1);
	assert_string_equal(w->d.findings.items[0].text,
	    "the SPF record of " DOMAIN " is gone from DNS: found on "
	    "2026-02-16, last good on 2026-02-15; mail of dkim:" DOMAIN
	    " stands on it");
	w->streams[OWN].mail_from = "bounce." DOMAIN;
	assert_int_equal(world_decide(w, TODAY)->findings.n, 0);
	world_destroy(w);
}

/* ---- what it does, and does not */

/* At every rung it holds or is told, and never steps back by itself. */
static void
it_holds_hops_and_steps_nothing_back(void **state)
{
	static const char *const records[] = {
	    "v=DMARC1; p=quarantine; rua=" RUA, "v=DMARC1; p=reject; rua=" RUA};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(records); i++) {
		const struct dro_watched watched =
		    lost(DRO_WATCH_KEY, S1, DRO_WATCH_GONE, TODAY);
		struct world *w = world_create("standard");

		world_verified(w, 0, records[i]);
		world_clean_days(w, 1, TODAY, 50, records[i]);
		watch(w, &watched, 1);
		(void)world_decide(w, TODAY);
		assert_int_equal(w->d.action, DRO_ACT_NONE);
		assert_int_equal(w->d.findings.n, 1);
		assert_int_equal(gate(w, "watch")->verdict, DRO_HOLD);
		assert_string_equal(w->d.code, i == 0 ? "watch" : "target");
		assert_int_equal(
		    w->d.step, i == 0 ? DRO_STEP_OBSERVING : DRO_STEP_DONE);
		world_destroy(w);
	}
}

/* After a step back the reason says what DNS shows of that source. */
static void
a_step_back_names_what_is_missing(void **state)
{
	const struct dro_watched watched =
	    lost(DRO_WATCH_KEY, CRM, DRO_WATCH_GONE, TODAY);
	struct world *w = make();

	(void)state;
	w->setbacks[0] = (struct dro_setback){.at = at_day(TODAY),
	    .source = "mail_from:bounce.crm.example",
	    .reason = "crm broke",
	    .left_rung = "quarantine-25",
	    .attempt = 1};
	w->facts.n_setbacks = 1;
	watch(w, &watched, 1);
	(void)world_decide(w, TODAY);
	assert_int_equal(w->d.step, DRO_STEP_COOLDOWN);
	assert_non_null(
	    strstr(w->d.reason, "crm broke; DKIM key " CRM " is gone"));
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_those_of_mail_that_passes),
	    cmocka_unit_test(a_declared_cadence_keeps_a_key_longer),
	    cmocka_unit_test(a_key_that_is_needed_and_gone_is_found),
	    cmocka_unit_test(what_was_never_good_cannot_be_lost),
	    cmocka_unit_test(a_person_may_say_that_it_is_meant),
	    cmocka_unit_test(a_key_that_another_took_over_is_not_missed),
	    cmocka_unit_test(an_include_is_missed_for_the_mail_it_named),
	    cmocka_unit_test(a_lost_spf_record_is_found_if_mail_passed_by_it),
	    cmocka_unit_test(it_holds_hops_and_steps_nothing_back),
	    cmocka_unit_test(a_step_back_names_what_is_missing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
