#include "world.h"

/* The gates that ask about single sources, seldom ones, and reporters. */

#define DAYS 42

/* Clean own mail, ${n} messages a reporter and day; more goes between. */
static struct world *
clean(const char *live, int64_t n)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, live);
	world_clean_days(w, 1, DAYS, n, live);
	return (w);
}

static const char full[] = "v=DMARC1; p=quarantine; rua=" RUA;

/* One person's answer to what ${name} asks, until day ${until}. */
static void
accept(struct world *w, const char *name, int until)
{
	static struct dro_answered a;

	assert_non_null(gate(w, name)->ask.kind);
	a = (struct dro_answered){
	    gate(w, name)->ask.kind, gate(w, name)->ask.key, at_day(until)};
	w->facts.answers = &a;
	w->facts.n_answers = 1;
}

/*
 * A small source: messages, failures, verdict.  Clopper-Pearson upper bounds
 * at 95 %: 3/10 60.7 %, 3/100 7.57 %, 3/300 2.56 %, 9/300 5.16 %.
 */
static const struct {
	int64_t pass, fail;
	enum dro_verdict verdict;
} sources[] = {
    {7, 3, DRO_FAIL},
    {6, 3, DRO_PASS}, /* fewer than 10 messages say nothing */
    {98, 2, DRO_PASS}, /* two failures may be an accident */
    {97, 3, DRO_HOLD},
    {297, 3, DRO_PASS},
    {291, 9, DRO_HOLD},
};

static void
a_small_source_is_judged_alone(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(sources); i++) {
		struct world *w = clean(NONE, 2000);

		world_put(w, 20, VENDOR, sources[i].pass, sources[i].fail);
		(void)world_decide(w, DAYS);
		assert_int_equal(gate(w, "bound")->verdict, DRO_PASS);
		if (gate(w, "source_bound")->verdict != sources[i].verdict)
			fail_msg("%d of %d: %s", (int)sources[i].fail,
			    (int)(sources[i].pass + sources[i].fail),
			    gate(w, "source_bound")->text);
		world_destroy(w);
	}
}

/* 3 of 100: 7.57 %, so up to 7.6 % is accepted, and no more. */
static void
an_accepted_rate_holds_up_to_its_limit(void **state)
{
	struct world *w = clean(NONE, 2000);

	(void)state;
	world_put(w, 20, VENDOR, 97, 3);
	assert_string_equal(world_decide(w, DAYS)->code, "source_bound");
	assert_string_equal(gate(w, "source_bound")->ask.key,
	    "76000 mail_from:bounce.crm.example");
	accept(w, "source_bound", DAYS + 1);
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	/* It expires ... */
	(void)world_decide(w, DAYS + 1);
	assert_int_equal(gate(w, "source_bound")->verdict, DRO_HOLD);
	/* ... and covers nothing worse. */
	world_put(w, 21, VENDOR, 0, 1);
	assert_string_equal(world_decide(w, DAYS)->code, "source_bound");
	world_destroy(w);
}

static void
the_bound_tells_of_days_too(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 1, 29, 100, NONE);
	(void)world_decide(w, 29);
	/* 1 - 0.05^(1/28) = 0.101466, cut to 10.146 % */
	assert_non_null(strstr(gate(w, "bound")->text,
	    "failures on 0 of 28 days: up to 10.146% of days may hold one"));
	world_destroy(w);
}

/* 2 reporters, 59 days, 1 message each: 118 prove nothing at 1 %. */
static void
little_mail_is_a_persons_decision_after_60_days(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	w->facts.adopted_at = at_day(0);
	world_clean_days(w, 1, 60, 1, NONE);
	assert_string_equal(world_decide(w, 59)->code, "bound");
	assert_null(gate(w, "bound")->ask.kind);
	assert_string_equal(world_decide(w, 60)->code, "bound");
	/* 1 - 0.05^(1/118) = 2.507 % */
	assert_string_equal(gate(w, "bound")->ask.key, "26000 domain");
	accept(w, "bound", 90);
	assert_int_equal(world_decide(w, 60)->action, DRO_ACT_UP);
	world_destroy(w);
}

static void
few_report_days_are_no_low_volume(void **state)
{
	struct world *w = world_create("standard");

	(void)state;
	world_verified(w, 0, NONE);
	w->facts.adopted_at = at_day(0);
	world_clean_days(w, 41, 60, 1, NONE);
	(void)world_decide(w, 60);
	assert_null(gate(w, "bound")->ask.kind);
	world_destroy(w);
}

/* A quarterly run: waited for; after 2 * 92 + 30 days a person is asked. */
static void
a_declared_source_is_waited_for_and_then_asked_about(void **state)
{
	static const char *const names[] = {"bounce.crm.example"};
	struct dro_declared d = {.name = "invoices",
	    .cadence_days = 92,
	    .n_mail_from = 1,
	    .mail_from = (const char **)(uintptr_t)names};
	struct world *w = clean(NONE, 100);

	(void)state;
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	w->facts.adopted_at = at_day(0);
	assert_string_equal(world_decide(w, DAYS)->code, "cadence");
	assert_null(gate(w, "cadence")->ask.kind);
	/* fast waits for monthly ones only */
	w->settings.cadence_max_days = 31;
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	w->settings.cadence_max_days = 92;

	w->facts.adopted_at = at_day(DAYS - 213);
	assert_string_equal(world_decide(w, DAYS)->code, "cadence");
	assert_null(gate(w, "cadence")->ask.kind);
	w->facts.adopted_at = at_day(DAYS - 214);
	(void)world_decide(w, DAYS);
	accept(w, "cadence", DAYS + 9);
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);

	/* Its first run, and nobody needs to answer. */
	w->facts.n_answers = 0;
	world_put(w, 30, VENDOR, 40, 0);
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	world_destroy(w);
}

/* First mail on day 38: quiet until day 45 begins. */
static void
a_new_source_is_given_a_week(void **state)
{
	struct world *w = clean(NONE, 100);

	(void)state;
	world_put(w, 38, VENDOR, 400, 0);
	assert_string_equal(world_decide(w, DAYS)->code, "new_source");
	assert_int_equal(gate(w, "new_source")->value, 4);
	assert_int_equal(w->d.earliest, dro_day_start(DAY0 + 45));
	(void)world_decide(w, 44);
	assert_int_equal(gate(w, "new_source")->verdict, DRO_HOLD);
	(void)world_decide(w, 45);
	assert_int_equal(gate(w, "new_source")->verdict, DRO_PASS);
	world_destroy(w);

	/* Less than 1 % of the mail waits for nobody. */
	w = clean(NONE, 100);
	world_put(w, 38, VENDOR, 40, 0);
	assert_int_equal(world_decide(w, DAYS)->action, DRO_ACT_UP);
	world_destroy(w);
}

/* 8200 own messages signed; SPF alone for 431 of 8631 is 95.006 %. */
static void
reject_wants_signatures(void **state)
{
	static const struct {
		int64_t unsigned_mail;
		const char *live;
		enum dro_verdict verdict;
	} table[] = {
	    {431, full, DRO_PASS}, {432, full, DRO_HOLD},
	    {5000, NONE, DRO_PASS}, /* quarantine can be undone */
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct world *w = clean(table[i].live, 100);

		w->streams[TOOL] = (struct dro_stream){
		    "", "", "", DOMAIN, "", "", "192.0.2.11", false};
		world_put(w, 5, TOOL, table[i].unsigned_mail, 0);
		(void)world_decide(w, DAYS);
		assert_int_equal(gate(w, "dkim")->verdict, table[i].verdict);
		if (table[i].verdict == DRO_HOLD) {
			assert_string_equal(w->d.code, "dkim");
			accept(w, "dkim", DAYS + 1);
			assert_int_equal(
			    world_decide(w, DAYS)->action, DRO_ACT_UP);
		}
		world_destroy(w);
	}
}

/* 8200 legitimate messages: 41 of 8241 are 0.4976 %, 42 of 8242 0.51 %. */
static void
loss_by_forwarding_is_accepted_once(void **state)
{
	static const struct {
		int64_t lost;
		const char *live;
		enum dro_verdict verdict;
	} table[] = {
	    {41, full, DRO_PASS},
	    {42, full, DRO_HOLD},
	    {42, NONE, DRO_PASS},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct world *w = clean(table[i].live, 100);

		world_put(w, 5, LIST, 0, table[i].lost);
		(void)world_decide(w, DAYS);
		assert_int_equal(w->d.tally.forwarded, table[i].lost);
		assert_int_equal(
		    gate(w, "forwarded")->verdict, table[i].verdict);
		if (table[i].verdict == DRO_HOLD) {
			assert_string_equal(w->d.code, "forwarded");
			accept(w, "forwarded", DAYS + 1);
			assert_int_equal(
			    world_decide(w, DAYS)->action, DRO_ACT_UP);
		}
		world_destroy(w);
	}
}

/* google.com stops after day 34; yahoo.com goes on. */
static struct world *
one_falls_silent(int64_t messages)
{
	struct world *w = world_create("standard");
	int day;

	world_verified(w, 0, NONE);
	for (day = 1; day < 80; day++) {
		if (day <= 34) {
			world_report(w, day, 0, NONE);
			w->seen[w->ev.n_seen - 1].messages = messages;
			world_mail(w, day, 0, OWN, messages, 0);
		}
		world_report(w, day, 1, NONE);
		w->seen[w->ev.n_seen - 1].messages = 100;
		world_mail(w, day, 1, OWN, 100, 0);
	}
	w->settings.reporters_min = 1;
	return (w);
}

static void
a_large_reporter_gone_silent_holds(void **state)
{
	struct world *w = one_falls_silent(100);

	(void)state;
	/* Days 35 to 40 without it are six, then seven. */
	(void)world_decide(w, 41);
	assert_int_equal(gate(w, "silence")->verdict, DRO_PASS);
	assert_string_equal(world_decide(w, 42)->code, "silence");
	assert_string_equal(gate(w, "silence")->ask.key, "google.com");
	assert_int_equal(gate(w, "silence")->value, 7);
	accept(w, "silence", 60);
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_UP);

	/* Day by day it is less of a large one; 14 of 28 days are the last. */
	w->facts.n_answers = 0;
	(void)world_decide(w, 56);
	assert_int_equal(gate(w, "silence")->verdict, DRO_HOLD);
	(void)world_decide(w, 57);
	assert_int_equal(gate(w, "silence")->verdict, DRO_PASS);
	world_destroy(w);

	w = one_falls_silent(24); /* 24 of 124: less than one in five */
	(void)world_decide(w, 42);
	assert_int_equal(gate(w, "silence")->verdict, DRO_PASS);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_small_source_is_judged_alone),
	    cmocka_unit_test(an_accepted_rate_holds_up_to_its_limit),
	    cmocka_unit_test(the_bound_tells_of_days_too),
	    cmocka_unit_test(little_mail_is_a_persons_decision_after_60_days),
	    cmocka_unit_test(few_report_days_are_no_low_volume),
	    cmocka_unit_test(
		a_declared_source_is_waited_for_and_then_asked_about),
	    cmocka_unit_test(a_new_source_is_given_a_week),
	    cmocka_unit_test(reject_wants_signatures),
	    cmocka_unit_test(loss_by_forwarding_is_accepted_once),
	    cmocka_unit_test(a_large_reporter_gone_silent_holds),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
