#include "world.h"

/* The way down, and back: trigger, step back, cool-down, quick return. */

#define QUARANTINE "v=DMARC1; p=quarantine; rua=" RUA

/* Days [from, to): own mail, and the vendor healthy or broken. */
static void
vendor_days(struct world *w, int from, int to, const char *record, bool broken)
{
	uint32_t r;
	int day;

	for (day = from; day < to; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, record);
			world_mail(w, day, r, OWN, 90, 0);
			if (broken)
				world_mail(w, day, r, VENDOR_BAD, 0, 10);
			else
				world_mail(w, day, r, VENDOR, 10, 0);
		}
}

/* At full quarantine; the vendor is 10 % of the mail. */
static struct world *
enforcing(const char *record)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, record);
	vendor_days(w, 1, 20, record, false);
	return (w);
}

static void
a_broken_source_steps_back_to_none(void **state)
{
	struct world *w = enforcing(QUARANTINE);
	const struct dro_decision *d;

	(void)state;
	assert_int_equal(world_decide(w, 20)->action, DRO_ACT_NONE);
	vendor_days(w, 20, 22, QUARANTINE, true);
	d = world_decide(w, 22);
	assert_int_equal(d->action, DRO_ACT_SETBACK);
	assert_int_equal(d->verdict, DRO_FAIL);
	assert_string_equal(rung(w, d->to), "none");
	assert_non_null(d->broken);
	assert_string_equal(d->broken->key, "mail_from:bounce.crm.example");
	world_destroy(w);
}

/* One day, but two reporters saw it: enough. */
static void
two_reporters_make_one_day_enough(void **state)
{
	struct world *w = enforcing(QUARANTINE);

	(void)state;
	vendor_days(w, 20, 21, QUARANTINE, true);
	assert_int_equal(world_decide(w, 21)->action, DRO_ACT_SETBACK);
	world_destroy(w);
}

static void
one_reporter_on_one_day_is_not(void **state)
{
	struct world *w = enforcing(QUARANTINE);

	(void)state;
	world_report(w, 20, 0, QUARANTINE);
	world_mail(w, 20, 0, OWN, 90, 0);
	world_mail(w, 20, 0, VENDOR_BAD, 0, 20);
	assert_int_equal(world_decide(w, 21)->action, DRO_ACT_NONE);
	world_destroy(w);
}

/* Below the size floor: named, holds, no step back. */
static void
a_small_broken_source_holds(void **state)
{
	struct world *w = enforcing(QUARANTINE);
	const struct dro_decision *d;

	(void)state;
	w->settings.setback_share_ppm = 110000;
	vendor_days(w, 20, 22, QUARANTINE, true);
	d = world_decide(w, 22);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(gate(w, "sources")->verdict, DRO_FAIL);
	assert_string_equal(
	    gate(w, "sources")->source, "mail_from:bounce.crm.example");
	world_destroy(w);
}

/* But not one that the client calls critical. */
static void
a_small_critical_source_steps_back(void **state)
{
	static const char *names[] = {"bounce.crm.example"};
	struct dro_declared d = {.name = "crm",
	    .critical = true,
	    .n_mail_from = 1,
	    .mail_from = names};
	struct world *w = enforcing(QUARANTINE);

	(void)state;
	w->settings.setback_share_ppm = 110000;
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	vendor_days(w, 20, 22, QUARANTINE, true);
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	d.critical = false;
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_NONE);
	world_destroy(w);
}

/* A larger one that broke too does not hide it. */
static void
a_critical_source_speaks_first(void **state)
{
	static const char *names[] = {"bounce.crm.example"};
	const struct dro_declared d = {.name = "crm",
	    .critical = true,
	    .n_mail_from = 1,
	    .mail_from = names};
	struct world *w = enforcing(QUARANTINE);
	uint32_t r;
	int day;

	(void)state;
	w->settings.setback_share_ppm = 950000;
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	for (day = 20; day < 22; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, QUARANTINE);
			world_mail(w, day, r, OWN, 0, 90);
			world_mail(w, day, r, VENDOR_BAD, 0, 10);
		}
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	assert_string_equal(w->d.broken->key, "declared:crm");
	world_destroy(w);
}

/* Its first failure counts; of another source three do. */
static void
a_critical_source_is_judged_from_its_first_failure(void **state)
{
	static const char *names[] = {"bounce.crm.example"};
	struct dro_declared d = {.name = "crm",
	    .critical = true,
	    .n_mail_from = 1,
	    .mail_from = names};
	struct world *w = world_create("standard");
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	for (day = 1; day < 20; day++) {
		world_report(w, day, 0, NONE);
		world_mail(w, day, 0, OWN, 90, 0);
		world_mail(w, day, 0, VENDOR, 1, 0);
	}
	world_mail(w, 19, 0, VENDOR_BAD, 0, 1);
	(void)world_decide(w, 20);
	assert_int_not_equal(gate(w, "source_bound")->verdict, DRO_PASS);
	assert_string_equal(gate(w, "source_bound")->source, "declared:crm");
	d.critical = false;
	(void)world_decide(w, 20);
	assert_int_equal(gate(w, "source_bound")->verdict, DRO_PASS);
	world_destroy(w);
}

static void
at_none_there_is_nothing_to_step_back_from(void **state)
{
	struct world *w = enforcing(NONE);
	const struct dro_decision *d;

	(void)state;
	vendor_days(w, 20, 22, NONE, true);
	d = world_decide(w, 22);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_int_equal(gate(w, "sources")->verdict, DRO_FAIL);
	world_destroy(w);
}

/* Strangers on the vendor's platform add failures; the passes stay. */
static void
failures_of_strangers_do_not_step_back(void **state)
{
	struct world *w = enforcing(QUARANTINE);
	uint32_t r;
	int day;

	(void)state;
	vendor_days(w, 20, 24, QUARANTINE, false);
	for (day = 20; day < 24; day++)
		for (r = 0; r < 2; r++) {
			world_mail(w, day, r, VENDOR_BAD, 0, 500);
			world_mail(w, day, r, FORGED, 0, 500);
		}
	/* Cells come sorted by day. */
	for (day = 0; day + 1 < (int)w->ev.n_cells; day++) {
		int k;

		for (k = day; k >= 0 && w->cells[k].day > w->cells[k + 1].day;
		     k--) {
			struct dro_cell c = w->cells[k];

			w->cells[k] = w->cells[k + 1];
			w->cells[k + 1] = c;
		}
	}
	assert_int_equal(world_decide(w, 24)->action, DRO_ACT_NONE);
	assert_null(w->d.broken);
	world_destroy(w);
}

/* No authenticated name is left, but the address passed before. */
static void
an_address_links_a_source_that_lost_every_name(void **state)
{
	struct world *w = enforcing(QUARANTINE);
	uint32_t r;
	int day;

	(void)state;
	w->streams[SPOOF].ip = w->streams[OWN].ip;
	for (day = 20; day < 22; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, QUARANTINE);
			world_mail(w, day, r, VENDOR, 10, 0);
			world_mail(w, day, r, SPOOF, 0, 90);
		}
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	assert_string_equal(w->d.broken->key, "dkim:" DOMAIN);
	world_destroy(w);
}

static void
pause_does_not_stop_the_way_down(void **state)
{
	struct world *w = enforcing(QUARANTINE);

	(void)state;
	w->settings.pause = "holidays";
	vendor_days(w, 20, 22, QUARANTINE, true);
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	world_destroy(w);
}

/* A dead name server must not keep the rung that hurts. */
static void
unclear_dns_does_not_stop_the_way_down(void **state)
{
	static const enum dro_live_status unclear[] = {
	    DRO_LIVE_UNKNOWN, DRO_LIVE_DISAGREE};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(unclear); i++) {
		struct world *w = enforcing(QUARANTINE);

		vendor_days(w, 20, 22, QUARANTINE, true);
		w->live.status = unclear[i];
		assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
		world_destroy(w);
	}
}

/* The new rung is out at some servers; it is what fails the mail. */
static void
a_publish_in_flight_does_not_stop_the_way_down(void **state)
{
	struct world *w = enforcing(NONE);

	(void)state;
	vendor_days(w, 20, 22, NONE, true);
	w->facts.op_state = DRO_OP_SENT;
	w->facts.op_to = "quarantine-10";
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_SETBACK);
	w->facts.op_state = DRO_OP_SENDING;
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_NONE);
	w->facts.op_state = DRO_OP_SENT;
	w->facts.op_to = "none";
	assert_int_equal(world_decide(w, 22)->action, DRO_ACT_NONE);
	assert_int_equal(w->d.step, DRO_STEP_VERIFYING);
	world_destroy(w);
}

static void
a_source_that_recovered_by_itself_is_left_alone(void **state)
{
	struct world *w = enforcing(QUARANTINE);

	(void)state;
	vendor_days(w, 20, 22, QUARANTINE, true);
	vendor_days(w, 22, 23, QUARANTINE, false);
	assert_int_equal(world_decide(w, 23)->action, DRO_ACT_NONE);
	world_destroy(w);
}

/* Stepped back on day 22 from full quarantine. */
static struct world *
stepped_back(void)
{
	struct world *w = enforcing(QUARANTINE);

	vendor_days(w, 20, 22, QUARANTINE, true);
	world_verified(w, 22, NONE);
	w->setbacks[0] = (struct dro_setback){.at = at_day(22),
	    .source = "mail_from:bounce.crm.example",
	    .reason = "crm broke",
	    .left_rung = "quarantine",
	    .attempt = 1};
	w->facts.n_setbacks = 1;
	return (w);
}

static void
cooldown_waits_for_repair_and_a_person(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	assert_int_equal(world_decide(w, 23)->step, DRO_STEP_COOLDOWN);
	assert_string_equal(w->d.code, "awaiting_repair");
	vendor_days(w, 23, 26, NONE, true);
	assert_string_equal(world_decide(w, 26)->code, "awaiting_repair");
	vendor_days(w, 26, 28, NONE, false);
	assert_string_equal(world_decide(w, 28)->code, "awaiting_repair");
	vendor_days(w, 28, 29, NONE, false);
	assert_string_equal(
	    world_decide(w, 29)->code, "awaiting_acknowledgement");
	w->setbacks[0].acknowledged_at = at_day(29);
	assert_int_equal(world_decide(w, 29)->action, DRO_ACT_RETURN);
	assert_string_equal(rung(w, w->d.to), "quarantine");
	world_destroy(w);
}

/* 3 days, then 6, 12, ... by attempt. */
static void
cooldown_grows_by_attempt(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	w->setbacks[0].acknowledged_at = at_day(22);
	w->setbacks[0].attempt = 3;
	vendor_days(w, 23, 34, NONE, false);
	assert_string_equal(world_decide(w, 33)->code, "cooldown");
	assert_int_equal(w->d.earliest, at_day(34));
	assert_int_equal(world_decide(w, 34)->action, DRO_ACT_RETURN);
	world_destroy(w);
}

/* Back at quarantine: old failures do not fire again, and count no more. */
static void
after_the_return_old_failures_are_over(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	vendor_days(w, 23, 26, NONE, false);
	w->setbacks[0].acknowledged_at = at_day(26);
	w->setbacks[0].returned_at = at_day(26);
	world_verified(w, 26, QUARANTINE);
	assert_int_equal(world_decide(w, 26)->action, DRO_ACT_NONE);
	assert_null(w->d.broken);
	assert_int_equal(gate(w, "repair")->verdict, DRO_HOLD);
	assert_int_equal(gate(w, "repair")->value, 3);

	vendor_days(w, 26, 57, QUARANTINE, false);
	assert_int_equal(world_decide(w, 57)->action, DRO_ACT_UP);
	assert_int_equal(gate(w, "repair")->verdict, DRO_PASS);
	assert_int_equal(w->d.tally.fail, 0);
	assert_int_equal(w->d.tally.epoch, 1);
	assert_string_equal(rung(w, w->d.to), "reject-100");
	world_destroy(w);
}

/* The same break a second time after the return fires again. */
static void
a_second_break_steps_back_again(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	vendor_days(w, 23, 26, NONE, false);
	w->setbacks[0].acknowledged_at = at_day(26);
	w->setbacks[0].returned_at = at_day(26);
	world_verified(w, 26, QUARANTINE);
	vendor_days(w, 26, 30, QUARANTINE, false);
	vendor_days(w, 30, 32, QUARANTINE, true);
	assert_int_equal(world_decide(w, 32)->action, DRO_ACT_SETBACK);
	world_destroy(w);
}

/* And so it does before the week is over in which it counts again. */
static void
a_second_break_within_the_week_steps_back_too(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	vendor_days(w, 23, 26, NONE, false);
	w->setbacks[0].acknowledged_at = at_day(26);
	w->setbacks[0].returned_at = at_day(26);
	world_verified(w, 26, QUARANTINE);
	vendor_days(w, 26, 28, QUARANTINE, true);
	assert_int_equal(world_decide(w, 28)->action, DRO_ACT_SETBACK);
	assert_string_equal(w->d.broken->key, "mail_from:bounce.crm.example");
	world_destroy(w);
}

static void
a_person_who_rolled_back_is_waited_for(void **state)
{
	struct world *w = stepped_back();

	(void)state;
	w->setbacks[0].by_person = true;
	w->setbacks[0].source = NULL;
	vendor_days(w, 23, 30, NONE, false);
	assert_string_equal(
	    world_decide(w, 30)->code, "awaiting_acknowledgement");
	w->setbacks[0].acknowledged_at = at_day(30);
	assert_int_equal(world_decide(w, 30)->action, DRO_ACT_RETURN);
	world_destroy(w);
}

/* A weekly newsletter is not missed on the six other days. */
static void
cadence_keeps_a_weekly_source_quiet(void **state)
{
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	(void)state;
	world_verified(w, 0, QUARANTINE);
	for (day = 1; day < 30; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, QUARANTINE);
			world_mail(w, day, r, OWN, 90, 0);
			if (day % 7 == 1)
				world_mail(w, day, r, VENDOR, 50, 0);
			if (day >= 25)
				world_mail(w, day, r, VENDOR_BAD, 0, 50);
		}
	/* Days 25..28 are not its day: strangers use its platform. */
	w->ev.n_cells -= 2 * 3;
	assert_int_equal(world_decide(w, 28)->action, DRO_ACT_NONE);
	assert_null(w->d.broken);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_broken_source_steps_back_to_none),
	    cmocka_unit_test(two_reporters_make_one_day_enough),
	    cmocka_unit_test(one_reporter_on_one_day_is_not),
	    cmocka_unit_test(a_small_broken_source_holds),
	    cmocka_unit_test(a_small_critical_source_steps_back),
	    cmocka_unit_test(a_critical_source_speaks_first),
	    cmocka_unit_test(
		a_critical_source_is_judged_from_its_first_failure),
	    cmocka_unit_test(at_none_there_is_nothing_to_step_back_from),
	    cmocka_unit_test(failures_of_strangers_do_not_step_back),
	    cmocka_unit_test(an_address_links_a_source_that_lost_every_name),
	    cmocka_unit_test(pause_does_not_stop_the_way_down),
	    cmocka_unit_test(unclear_dns_does_not_stop_the_way_down),
	    cmocka_unit_test(a_publish_in_flight_does_not_stop_the_way_down),
	    cmocka_unit_test(a_source_that_recovered_by_itself_is_left_alone),
	    cmocka_unit_test(cooldown_waits_for_repair_and_a_person),
	    cmocka_unit_test(cooldown_grows_by_attempt),
	    cmocka_unit_test(after_the_return_old_failures_are_over),
	    cmocka_unit_test(a_second_break_steps_back_again),
	    cmocka_unit_test(a_second_break_within_the_week_steps_back_too),
	    cmocka_unit_test(a_person_who_rolled_back_is_waited_for),
	    cmocka_unit_test(cadence_keeps_a_weekly_source_quiet),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
