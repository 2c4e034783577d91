#include "stage/signal.h"
#include "world.h"

#include "docs.h"

/*
 * Every gate, walked from a world in which it holds a domain to one in which
 * the domain goes up: by what the mail does, by time, or by one answer of a
 * person.  The gates are taken from a decision, so that one that is added
 * without a walk fails here.
 */

#define DAYS 42
#define FULL "v=DMARC1; p=quarantine; rua=" RUA
#define CRM "mail_from:bounce.crm.example"

/* What the walks in hand may change of settings and facts. */
static struct dro_declared declared;
static struct dro_answered answers[8];
static struct dro_signal signal;
static struct dro_watched watched;
static const char *names[1];

struct walk {
	const char *gate;
	const char *exit; /* what lets it pass */
	const char *live;
	int held_on, passes_on; /* days */
	void (*hold)(struct world *w);
	void (*leave)(struct world *w); /* NULL: time and nothing else */
};

/* The days between, as the ones before. */
static void
clean(struct world *w, int from, int to)
{
	const char *live = w->facts.known.values[0].ptr;

	world_clean_days(w, from, to, 100, live);
}

static void
until_41(struct world *w)
{
	clean(w, 1, 41);
}

static void
until_42(struct world *w)
{
	clean(w, 1, 42);
}

static void
reports_of_42(struct world *w)
{
	clean(w, 42, 43);
}

static void
reports_until_46(struct world *w)
{
	clean(w, 42, 46);
}

/* What every question that is open says, for half a year. */
static void
a_person_accepts(struct world *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->d.n_gates; i++)
		if (w->d.gates[i].ask.kind != NULL)
			answers[n++] =
			    (struct dro_answered){w->d.gates[i].ask.kind,
				w->d.gates[i].ask.key, at_day(300)};
	for (i = 0; i < w->d.anomalies.n; i++)
		answers[n++] =
		    (struct dro_answered){w->d.anomalies.items[i].kind,
			w->d.anomalies.items[i].key, at_day(300)};
	assert_true(n > 0);
	w->facts.answers = answers;
	w->facts.n_answers = n;
}

/* Report days. */

static void
silent_two_weeks(struct world *w)
{
	clean(w, 15, 42);
}

static void
one_reporter(struct world *w)
{
	int day;

	for (day = 1; day < 42; day++) {
		world_report(w, day, 0, NONE);
		world_mail(w, day, 0, OWN, 200, 0);
	}
}

static void
few_messages(struct world *w)
{
	world_clean_days(w, 1, 42, 5, NONE);
}

static void
more_messages(struct world *w)
{
	world_clean_days(w, 42, 50, 100, NONE);
}

static void
two_a_day(struct world *w)
{
	world_clean_days(w, 1, 60, 1, NONE);
}

/* Two of a hundred own messages fail, every day. */
static void
some_fail(struct world *w)
{
	size_t i;

	clean(w, 1, 42);
	for (i = 0; i < w->ev.n_cells; i++)
		w->cells[i].fail = 2;
}

/* Sources. */

static void
three_of_a_hundred(struct world *w)
{
	clean(w, 1, 42);
	world_put(w, 20, VENDOR, 97, 3);
}

static void
three_of_four_hundred(struct world *w)
{
	world_put(w, 21, VENDOR, 300, 0);
}

/* The vendor over some days, healthy or broken, between clean own mail. */
static void
vendor(struct world *w, int from, int to, bool broken)
{
	uint32_t r;
	int day;

	for (day = from; day < to; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			world_mail(w, day, r, OWN, 100, 0);
			world_mail(w, day, r, broken ? VENDOR_BAD : VENDOR,
			    broken ? 0 : 20, broken ? 20 : 0);
		}
}

static void
vendor_breaks(struct world *w)
{
	vendor(w, 1, 40, false);
	vendor(w, 40, 42, true);
}

static void
vendor_is_repaired(struct world *w)
{
	vendor(w, 42, 49, false);
}

/* It broke long ago, sends no more, and is not what triggers any more. */
static void
vendor_broke_and_stopped(struct world *w)
{
	vendor(w, 1, 20, false);
	vendor(w, 20, 22, true);
	clean(w, 22, 42);
}

static void
vendor_sends_again(struct world *w)
{
	vendor(w, 42, 49, false);
}

static void
declare(struct world *w, int cadence_days)
{
	declared = (struct dro_declared){.name = "invoices",
	    .cadence_days = cadence_days,
	    .n_mail_from = 1,
	    .mail_from = names};
	w->settings.sources = &declared;
	w->settings.n_sources = 1;
}

static void
never_reported(struct world *w)
{
	clean(w, 1, 42);
	names[0] = "bounce.crm.example";
	declare(w, 92);
	w->facts.adopted_at = at_day(DAYS - 214); /* 2 * 92 + 30 days */
}

static void
reported_once(struct world *w)
{
	world_put(w, 30, VENDOR, 40, 0);
}

static void
vendor_comes(struct world *w)
{
	clean(w, 1, 42);
	world_put(w, 38, VENDOR, 400, 0);
}

static void
a_week_goes_by(struct world *w)
{
	clean(w, 42, 45);
}

static void
unknown_tool(struct world *w)
{
	int day;

	clean(w, 1, 42);
	for (day = 10; day < 42; day++)
		world_put(w, day, TOOL, 0, 5);
}

static void
a_person_declares_it(struct world *w)
{
	names[0] = "news.example";
	declare(w, 0);
	declared.whose = DRO_NOT_OURS;
}

static void
nobody_need_answer(struct world *w)
{
	w->settings.undecided_days = 14;
}

static void
the_list_is_complete(struct world *w)
{
	w->settings.sources_closed = true;
}

/* Before reject. */

static void
some_is_unsigned(struct world *w)
{
	clean(w, 1, 42);
	w->streams[TOOL] = (struct dro_stream){
	    "", "", "", DOMAIN, "", "", "192.0.2.11", false};
	world_put(w, 5, TOOL, 600, 0);
}

/* Signed, and not forwarded. */
static void
more_own_mail(struct world *w)
{
	int day;

	for (day = 10; day < 40; day++)
		world_put(w, day, OWN, 300, 0);
}

static void
one_in_a_hundred_forwarded(struct world *w)
{
	clean(w, 1, 42);
	world_put(w, 5, LIST, 0, 82);
}

/* Reporters. */

static void
google_falls_silent(struct world *w)
{
	int day;

	for (day = 1; day < 60; day++) {
		if (day <= 34) {
			world_report(w, day, 0, NONE);
			w->seen[w->ev.n_seen - 1].messages = 100;
			world_mail(w, day, 0, OWN, 100, 0);
		}
		world_report(w, day, 1, NONE);
		w->seen[w->ev.n_seen - 1].messages = 100;
		world_mail(w, day, 1, OWN, 100, 0);
	}
	w->settings.reporters_min = 1;
}

static void
google_is_back(struct world *w)
{
	world_report(w, 41, 0, NONE);
	world_put(w, 41, OWN, 100, 0);
}

static void
another_policy_is_shown(struct world *w)
{
	size_t i;

	clean(w, 1, 42);
	for (i = 0; i < w->ev.n_seen; i++)
		if (i >= 60)
			w->seen[i].core.p = DRO_REJECT;
}

static void
the_live_one_is_shown(struct world *w)
{
	size_t i;

	for (i = 0; i < w->ev.n_seen; i++)
		w->seen[i].core.p = DRO_NONE;
}

/* Settled two days ago, and nobody says what he judged by. */
static void
nobody_shows_a_policy(struct world *w)
{
	size_t i;

	clean(w, 1, 42);
	w->settings.hops[0] = (struct dro_hop){1, 1};
	w->facts.verified_at = at_day(39);
	for (i = 0; i < w->ev.n_seen; i++)
		w->seen[i].has_p = w->seen[i].has_pct = false;
}

/* Sixteen times as much on one day, at one reporter only. */
static void
a_flood(struct world *w)
{
	clean(w, 1, 42);
	world_put(w, 30, OWN, 1500, 0);
}

static void
reports_until_58(struct world *w)
{
	clean(w, 42, 58);
}

/* Signals. */

static void
held_from_outside(struct world *w, int64_t until)
{
	clean(w, 1, 42);
	signal = (struct dro_signal){.name = "helpdesk.json",
	    .at = at_day(42),
	    .max_age_s = 4 * DRO_DAY_S,
	    .own = {.word = DRO_WORD_HOLD,
		.reason = "calls about lost mail",
		.at = at_day(41),
		.until = until},
	    .all = {.word = DRO_WORD_GO, .at = at_day(1)}};
	w->facts.signal = &signal;
}

static void
helpdesk_says_hold(struct world *w)
{
	held_from_outside(w, 0);
}

static void
helpdesk_says_hold_for_a_day(struct world *w)
{
	held_from_outside(w, at_day(43));
	clean(w, 42, 43);
}

static void
helpdesk_says_go(struct world *w)
{
	(void)w;
	signal.own.word = DRO_WORD_GO;
}

/* The watch over DNS. */

static void
a_key_is_gone(struct world *w)
{
	clean(w, 1, 42);
	watched = (struct dro_watched){.kind = DRO_WATCH_KEY,
	    .name = "s1._domainkey." DOMAIN,
	    .state = DRO_WATCH_GONE,
	    .since = at_day(41),
	    .good_at = at_day(40),
	    .looked_at = at_day(42)};
	w->facts.watched = &watched;
	w->facts.n_watched = 1;
}

static void
the_key_is_back(struct world *w)
{
	(void)w;
	watched.state = DRO_WATCH_GOOD;
	watched.good_at = at_day(42);
}

/* It passes all the same, long after the key should have been missed. */
static void
mail_goes_on_passing(struct world *w)
{
	clean(w, 42, 48);
}

static const struct walk walks[] = {
    {"freshness", "the next report", NONE, 46, 46, until_42, reports_until_46},
    {"dwell", "time", NONE, 41, 42, until_42, NULL},
    {"report_days", "reports", NONE, 42, 43, silent_two_weeks, reports_of_42},
    {"reporters", "a second one", NONE, 42, 43, one_reporter, reports_of_42},
    {"bound", "clean mail", NONE, 42, 50, few_messages, more_messages},
    {"bound", "a person, with little mail", NONE, 60, 60, two_a_day,
	a_person_accepts},
    {"bound", "a person, with failures", NONE, 42, 42, some_fail,
	a_person_accepts},
    {"source_bound", "clean mail", NONE, 42, 42, three_of_a_hundred,
	three_of_four_hundred},
    {"source_bound", "a person", NONE, 42, 42, three_of_a_hundred,
	a_person_accepts},
    {"sources", "its repair", NONE, 42, 49, vendor_breaks, vendor_is_repaired},
    {"repair", "clean mail", NONE, 42, 49, vendor_broke_and_stopped,
	vendor_sends_again},
    {"repair", "a person", NONE, 42, 42, vendor_broke_and_stopped,
	a_person_accepts},
    {"cadence", "its first report", NONE, 42, 42, never_reported,
	reported_once},
    {"cadence", "a person", NONE, 42, 42, never_reported, a_person_accepts},
    {"new_source", "time", NONE, 42, 45, vendor_comes, a_week_goes_by},
    {"undecided", "a line of configuration", NONE, 42, 42, unknown_tool,
	a_person_declares_it},
    {"undecided", "time, if so agreed", NONE, 42, 42, unknown_tool,
	nobody_need_answer},
    {"undecided", "a complete list", NONE, 42, 42, unknown_tool,
	the_list_is_complete},
    {"dkim", "signatures", FULL, 42, 42, some_is_unsigned, more_own_mail},
    {"dkim", "a person", FULL, 42, 42, some_is_unsigned, a_person_accepts},
    {"forwarded", "mail", FULL, 42, 42, one_in_a_hundred_forwarded,
	more_own_mail},
    {"forwarded", "a person", FULL, 42, 42, one_in_a_hundred_forwarded,
	a_person_accepts},
    {"silence", "its next report", NONE, 42, 42, google_falls_silent,
	google_is_back},
    {"silence", "a person", NONE, 42, 42, google_falls_silent,
	a_person_accepts},
    {"silence", "time", NONE, 42, 57, google_falls_silent, NULL},
    {"policy_seen", "reports", NONE, 42, 42, another_policy_is_shown,
	the_live_one_is_shown},
    {"policy_seen", "time", NONE, 41, 42, nobody_shows_a_policy, NULL},
    {"anomaly", "a person", NONE, 42, 42, a_flood, a_person_accepts},
    {"anomaly", "time", NONE, 42, 58, a_flood, reports_until_58},
    {"watch", "the record is back", NONE, 42, 42, a_key_is_gone,
	the_key_is_back},
    {"watch", "a person", NONE, 42, 42, a_key_is_gone, a_person_accepts},
    {"watch", "mail", NONE, 42, 48, a_key_is_gone, mail_goes_on_passing},
    {"signal", "its next word", NONE, 42, 42, helpdesk_says_hold,
	helpdesk_says_go},
    {"signal", "time", NONE, 42, 43, helpdesk_says_hold_for_a_day, NULL},
};

static void
take(const struct walk *walk)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, walk->live);
	w->facts.adopted_at = at_day(0);
	walk->hold(w);
	(void)world_decide(w, walk->held_on);
	if (w->d.action != DRO_ACT_NONE ||
	    gate(w, walk->gate)->verdict == DRO_PASS)
		fail_msg("%s: does not hold", walk->gate);
	if (walk->leave != NULL)
		walk->leave(w);
	(void)world_decide(w, walk->passes_on);
	if (gate(w, walk->gate)->verdict != DRO_PASS ||
	    w->d.action != DRO_ACT_UP)
		fail_msg("%s: does not end by %s: %s", walk->gate, walk->exit,
		    w->d.reason);
	world_destroy(w);
}

static void
every_gate_that_holds_lets_go(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(walks); i++)
		take(&walks[i]);
}

static void
every_gate_has_a_walk(void **state)
{
	struct world *w = world_create("standard");
	size_t g, i;

	(void)state;
	world_verified(w, 0, NONE);
	until_41(w);
	(void)world_decide(w, 41);
	assert_true(w->d.n_gates > 0);
	for (g = 0; g < w->d.n_gates; g++) {
		for (i = 0; i < DRO_ARRAY_LEN(walks); i++)
			if (strcmp(walks[i].gate, w->d.gates[g].gate) == 0)
				break;
		if (i == DRO_ARRAY_LEN(walks))
			fail_msg("%s: nobody has walked out of its hold",
			    w->d.gates[g].gate);
	}
	world_destroy(w);
}

static size_t described;

/* The table of docs/gates.md: a gate, when it passes, the exit of a hold. */
static void
describes(char **cells, void *arg)
{
	const struct dro_decision *d = arg;

	if (described >= d->n_gates ||
	    !docs_says(cells[0], d->gates[described].gate))
		fail_msg(
		    "docs/gates.md: %s: another gate has this place", cells[0]);
	assert_true(*cells[2] != '\0');
	described++;
}

static void
every_gate_is_described(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	until_41(w);
	(void)world_decide(w, 41);
	assert_int_equal(
	    docs_table("gates.md", "## The gates", 3, describes, &w->d),
	    w->d.n_gates);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_gate_that_holds_lets_go),
	    cmocka_unit_test(every_gate_has_a_walk),
	    cmocka_unit_test(every_gate_is_described),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
