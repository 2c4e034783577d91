#include "stage/signal.h"
#include "world.h"

/* The word from outside: what holds, what steps back, what is no word. */

#define DAYS 42
#define H DRO_HOUR_S

static const char quarantine[] = "v=DMARC1; p=quarantine; rua=" RUA;

/* A domain that could climb on day DAYS but for what the signal says. */
static struct world *
ready(const char *live, struct dro_signal *signal)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, live);
	world_clean_days(w, 1, DAYS, 100, live);
	w->settings.hops[0] = (struct dro_hop){1, 1};
	*signal = (struct dro_signal){.name = "helpdesk.json",
	    .at = at_day(DAYS) - 2 * H,
	    .max_age_s = 48 * H,
	    .all = {.word = DRO_WORD_GO, .at = at_day(0)}};
	w->facts.signal = signal;
	return (w);
}

/*
 * Entries by hand: of the domain, of "*"; times in hours from now.  What the
 * gate says of it, and whether the domain climbs, stays or steps back from
 * quarantine.
 */
#define SAY(w, from, to)                                                       \
	{                                                                      \
		DRO_WORD_##w, "calls", (from), (to), NULL                      \
	}
static const struct {
	struct dro_said own, all;
	enum dro_verdict verdict;
	enum dro_action from_none, from_quarantine;
} words[] = {
    {SAY(NONE, 0, 0), SAY(GO, -99, 0), DRO_PASS, DRO_ACT_UP, DRO_ACT_UP},
    {SAY(NONE, 0, 0), SAY(HOLD, -99, 0), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    {SAY(NONE, 0, 0), SAY(BACK, -99, 0), DRO_HOLD, DRO_ACT_NONE,
	DRO_ACT_SETBACK},
    /* The domain's own entry wins, in both directions. */
    {SAY(GO, -9, 0), SAY(BACK, -99, 0), DRO_PASS, DRO_ACT_UP, DRO_ACT_UP},
    {SAY(HOLD, -9, 0), SAY(GO, -99, 0), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    {SAY(HOLD, -9, 0), SAY(BACK, -99, 0), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    {SAY(BACK, -9, 0), SAY(GO, -99, 0), DRO_HOLD, DRO_ACT_NONE,
	DRO_ACT_SETBACK},
    /* An entry that is over, or still to come, is not there. */
    {SAY(HOLD, -9, -1), SAY(GO, -99, 0), DRO_PASS, DRO_ACT_UP, DRO_ACT_UP},
    {SAY(BACK, 1, 0), SAY(GO, -99, 0), DRO_PASS, DRO_ACT_UP, DRO_ACT_UP},
    {SAY(HOLD, -9, 1), SAY(GO, -99, 0), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    /* No entry at all is no go. */
    {SAY(NONE, 0, 0), SAY(NONE, 0, 0), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    {SAY(HOLD, -9, -1), SAY(GO, -99, -1), DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
    /* One that cannot be read neither, and "*" does not stand in for it. */
    {{.wrong = "helpdesk.json: client.example: signal: ..."}, SAY(GO, -99, 0),
	DRO_HOLD, DRO_ACT_NONE, DRO_ACT_NONE},
};

static struct dro_said
from_now(const struct dro_said *said)
{
	struct dro_said out = *said;

	out.at = at_day(DAYS) + said->at * H;
	if (said->until != 0)
		out.until = at_day(DAYS) + said->until * H;
	return (out);
}

static void
what_is_said_holds_or_steps_back(void **state)
{
	struct dro_signal signal;
	size_t i;
	int q;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(words); i++)
		for (q = 0; q < 2; q++) {
			struct world *w = ready(q ? quarantine : NONE, &signal);
			enum dro_action want =
			    q ? words[i].from_quarantine : words[i].from_none;

			signal.own = from_now(&words[i].own);
			signal.all = from_now(&words[i].all);
			if (world_decide(w, DAYS)->action != want)
				fail_msg("word %zu.%d: %s: %s", i, q,
				    dro_action_name(w->d.action), w->d.reason);
			if (want != DRO_ACT_SETBACK)
				assert_int_equal(gate(w, "signal")->verdict,
				    words[i].verdict);
			if (want == DRO_ACT_NONE)
				assert_string_equal(w->d.code, "signal");
			world_destroy(w);
		}
}

/* When it was put together and what is wrong with it as a whole. */
static void
what_is_not_fresh_is_no_word(void **state)
{
	static const struct {
		int64_t at; /* seconds from now */
		const char *wrong;
		bool usable;
	} ages[] = {
	    {0, NULL, true},
	    {-48 * H + 1, NULL, true},
	    {-48 * H, NULL, false},
	    {300, NULL, true}, /* clocks differ a little */
	    {301, NULL, false},
	    {0, "helpdesk.json: no such file", false},
	};
	struct dro_signal signal;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(ages); i++) {
		struct world *w = ready(quarantine, &signal);

		signal.at = at_day(DAYS) + ages[i].at;
		signal.wrong = ages[i].wrong;
		(void)world_decide(w, DAYS);
		assert_int_equal(
		    w->d.action, ages[i].usable ? DRO_ACT_UP : DRO_ACT_NONE);
		/* Nor does it step back for what was said then. */
		signal.all.word = DRO_WORD_BACK;
		(void)world_decide(w, DAYS);
		assert_int_equal(w->d.action,
		    ages[i].usable ? DRO_ACT_SETBACK : DRO_ACT_NONE);
		world_destroy(w);
	}
}

/* A file of yesterday about a hold that ended is not a file of today. */
static void
a_hold_says_when_it_ends(void **state)
{
	struct dro_signal signal;
	struct world *w = ready(NONE, &signal);

	(void)state;
	signal.own = (struct dro_said){
	    DRO_WORD_HOLD, "40 calls", at_day(40), at_day(44), NULL};
	(void)world_decide(w, DAYS);
	assert_string_equal(w->d.code, "signal");
	assert_string_equal(w->d.reason,
	    "helpdesk.json says hold: 40 calls, since 2026-02-14T06:00:00Z "
	    "until 2026-02-18T06:00:00Z");
	assert_int_equal(w->d.earliest, at_day(44));
	assert_int_equal(gate(w, "signal")->limit, 48);
	assert_int_equal(gate(w, "signal")->value, 2);
	world_destroy(w);
}

/*
 * A step back: the word holds the return until a person has acknowledged it
 * after it was said; then it is spent, and a newer one is not.
 */
static void
an_acknowledged_word_is_spent(void **state)
{
	static const struct {
		int acknowledged; /* day; 0: not yet */
		int said; /* day of the word */
		enum dro_action action;
		const char *code;
	} cases[] = {
	    {0, 30, DRO_ACT_NONE, "awaiting_acknowledgement"},
	    {32, 30, DRO_ACT_RETURN, "repaired"},
	    {32, 33, DRO_ACT_NONE, "signal"},
	};
	struct dro_signal signal;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct world *w = ready(NONE, &signal);

		signal.own = (struct dro_said){
		    DRO_WORD_BACK, "invoices", at_day(cases[i].said), 0, NULL};
		w->setbacks[0] = (struct dro_setback){.at = at_day(30),
		    .reason = "invoices",
		    .left_rung = "quarantine",
		    .attempt = 1};
		if (cases[i].acknowledged != 0)
			w->setbacks[0].acknowledged_at =
			    at_day(cases[i].acknowledged);
		w->facts.n_setbacks = 1;
		(void)world_decide(w, DAYS);
		assert_int_equal(w->d.action, cases[i].action);
		assert_string_equal(w->d.code, cases[i].code);
		/* Back at quarantine the same word must not undo that. */
		w->setbacks[0].returned_at = at_day(40);
		world_live(w, quarantine);
		rrset_of(w, &w->facts.known, quarantine);
		(void)world_decide(w, DAYS);
		assert_int_equal(w->d.action == DRO_ACT_SETBACK,
		    cases[i].acknowledged == 0 ||
			cases[i].said > cases[i].acknowledged);
		world_destroy(w);
	}
}

/* The step back is nobody's source: only a person ends it. */
static void
a_step_back_by_word_has_no_source(void **state)
{
	struct dro_signal signal;
	struct world *w = ready(quarantine, &signal);

	(void)state;
	signal.own = (struct dro_said){
	    DRO_WORD_BACK, "invoices bounce", at_day(41), 0, NULL};
	(void)world_decide(w, DAYS);
	assert_int_equal(w->d.action, DRO_ACT_SETBACK);
	assert_int_equal(w->d.verdict, DRO_FAIL);
	assert_int_equal(w->d.to, 0);
	assert_string_equal(w->d.code, "signal_back");
	assert_string_equal(w->d.reason,
	    "helpdesk.json says back: invoices bounce, since "
	    "2026-02-15T06:00:00Z");
	assert_null(w->d.broken);
	world_destroy(w);
}

/* A pair of signals, in which two numbers differ, and their prints. */
static void
the_print_is_of_what_it_comes_to(void **state)
{
	const struct dro_signal a = {.name = "a",
	    .at = 1000000,
	    .max_age_s = 3600,
	    .own = {DRO_WORD_HOLD, "x", 999000, 0, NULL}};
	struct dro_signal b = a;

	(void)state;
	assert_int_equal(dro_signal_print(NULL, 1000000), 0);
	assert_int_not_equal(dro_signal_print(&a, 1000000), 0);
	b.at = 1000600; /* written again, the same said */
	assert_int_equal(
	    dro_signal_print(&a, 1001000), dro_signal_print(&b, 1001000));
	assert_int_not_equal(
	    dro_signal_print(&a, 1003600), dro_signal_print(&b, 1003600));
	b = a;
	b.own.until = 1000001;
	assert_int_not_equal(
	    dro_signal_print(&a, 1000000), dro_signal_print(&b, 1000000));
	b = a;
	b.own.reason = "y";
	assert_int_not_equal(
	    dro_signal_print(&a, 1000000), dro_signal_print(&b, 1000000));
	b = a;
	b.all = a.own;
	assert_int_not_equal(
	    dro_signal_print(&a, 1000000), dro_signal_print(&b, 1000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_said_holds_or_steps_back),
	    cmocka_unit_test(what_is_not_fresh_is_no_word),
	    cmocka_unit_test(a_hold_says_when_it_ends),
	    cmocka_unit_test(an_acknowledged_word_is_spent),
	    cmocka_unit_test(a_step_back_by_word_has_no_source),
	    cmocka_unit_test(the_print_is_of_what_it_comes_to),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
