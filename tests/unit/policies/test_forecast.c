/* What a rung does in a week: by tables and limits worked out by hand. */
#include "world.h"

#include "stage/forecast.h"

/*
 * Five weeks at none.  Reporter 0 shows t and sees 100 own messages and 10 of
 * a vendor a day, 4 of which fail on day 30; reporter 1 sees 100 own messages
 * and 7 of a network that nobody knows, 35 on day 20.
 */
static struct world *
five_weeks(void)
{
	struct world *w = world_create("standard");
	size_t i;
	int day;

	world_verified(w, 0, NONE);
	for (day = 0; day < 35; day++) {
		world_clean_days(w, day, day + 1, 100, NONE);
		world_mail(w, day, 0, VENDOR, day == 30 ? 6 : 10, 0);
		if (day == 30)
			world_mail(w, day, 0, VENDOR_BAD, 0, 4);
		world_mail(w, day, 1, SPOOF, 0, day == 20 ? 35 : 7);
	}
	for (i = 0; i < w->ev.n_seen; i++)
		w->seen[i].has_t = w->seen[i].reporter == 0;
	(void)world_decide(w, 35);
	return (w);
}

static struct dro_forecast
forecast(struct world *w, int day)
{
	struct dro_forecast f;

	dro_forecast_make(&w->d, &w->ev, DAY0 + day, &f);
	return (f);
}

static void
a_week_by_whose_mail_it_is(void **state)
{
	struct world *w = five_weeks();
	struct dro_forecast f = forecast(w, 35);

	(void)state;
	assert_int_equal(dro_forecast_day(&w->ev), DAY0 + 35);
	assert_true(f.known);
	assert_int_equal(f.from_day, DAY0 + 7);
	assert_int_equal(f.days, 28);
	/* Limits: 0 of 5600 is 535 ppm, 4 of 280 is 32392 ppm. */
	assert_int_equal(f.flows[DRO_FLOW_LEGIT].expected, 1000);
	assert_int_equal(f.flows[DRO_FLOW_LEGIT].upper, 749 + 2267);
	assert_int_equal(f.flows[DRO_FLOW_UNDECIDED].expected, 56000);
	assert_int_equal(f.flows[DRO_FLOW_UNDECIDED].upper, 77000);
	assert_int_equal(f.flows[DRO_FLOW_THREAT].expected, 0);
	assert_int_equal(f.flows[DRO_FLOW_FORWARDED].upper, 0);
	assert_int_equal(f.n_sources, 2);
	assert_string_equal(f.sources[0].key, "mail_from:bounce.crm.example");
	assert_int_equal(f.sources[0].failing, 4);
	assert_int_equal(f.sources[0].all, 280);
	assert_int_equal(f.sources[0].flow.upper, 2267);
	assert_string_equal(f.sources[1].key, "dkim:" DOMAIN);
	/* 3080 of 6104 messages. */
	assert_int_equal(f.share_ppm[DRO_RFC9989], 504587);
	assert_int_equal(f.share_ppm[DRO_RFC7489], 495413);
	world_destroy(w);
}

static void
a_rung_takes_its_part(void **state)
{
	static const struct {
		const char *rung;
		enum dro_population population;
		enum dro_flow_of of;
		int64_t quarantined, quarantined_upper, rejected_upper;
	} table[] = {
	    {"none", DRO_RFC7489, DRO_FLOW_LEGIT, 0, 0, 0},
	    {"quarantine-10", DRO_RFC7489, DRO_FLOW_LEGIT, 49, 149, 0},
	    {"quarantine-10", DRO_RFC9989, DRO_FLOW_LEGIT, 0, 0, 0},
	    {"quarantine-10", DRO_RFC7489, DRO_FLOW_UNDECIDED, 2774, 3814, 0},
	    {"quarantine", DRO_RFC7489, DRO_FLOW_LEGIT, 495, 1494, 0},
	    {"quarantine", DRO_RFC9989, DRO_FLOW_LEGIT, 504, 1521, 0},
	    {"reject-100", DRO_RFC7489, DRO_FLOW_LEGIT, 0, 0, 1494},
	    {"reject-100", DRO_RFC9989, DRO_FLOW_LEGIT, 504, 1521, 0},
	    {"reject", DRO_RFC9989, DRO_FLOW_LEGIT, 0, 0, 1521},
	};
	struct world *w = five_weeks();
	struct dro_forecast f = forecast(w, 35);
	struct dro_forecast_hit hit;
	struct dro_rung r;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		assert_int_equal(
		    dro_rung_parse(table[i].rung, &r, NULL), DRO_OK);
		hit = dro_forecast_hit(
		    &f, r.core, table[i].population, table[i].of);
		assert_int_equal(
		    hit.quarantined.expected, table[i].quarantined);
		assert_int_equal(
		    hit.quarantined.upper, table[i].quarantined_upper);
		assert_int_equal(hit.rejected.upper, table[i].rejected_upper);
	}
	world_destroy(w);
}

/* No rung does less to anybody's mail than the one below it. */
static void
monotone_in_rungs(void **state)
{
	struct world *w = five_weeks();
	struct dro_forecast f = forecast(w, 35);
	const char *const *name;
	struct dro_ladder ladder;
	enum dro_population p;
	enum dro_flow_of of;
	size_t i;

	(void)state;
	for (name = dro_preset_ladder_names(); *name != NULL; name++) {
		assert_int_equal(
		    dro_preset_ladder(*name, &ladder, NULL), DRO_OK);
		for (i = 1; i < ladder.n; i++)
			for (p = DRO_RFC7489; p <= DRO_RFC9989; p++)
				for (of = DRO_FLOW_LEGIT; of < DRO_FLOWS;
				     of++) {
					struct dro_forecast_hit a, b;

					a = dro_forecast_hit(&f,
					    ladder.rungs[i - 1].core, p, of);
					b = dro_forecast_hit(
					    &f, ladder.rungs[i].core, p, of);
					assert_true(b.rejected.upper >=
					    a.rejected.upper);
					/* Halves are rounded down. */
					assert_true(b.rejected.upper +
						b.quarantined.upper + 1 >=
					    a.rejected.upper +
						a.quarantined.upper);
				}
	}
	world_destroy(w);
}

/* A week ago: 0 of 280 is at most 10643 ppm of 70 a week; 4 came. */
static void
last_week_beside_its_forecast(void **state)
{
	struct world *w = five_weeks();
	struct dro_backtest b;

	(void)state;
	dro_forecast_test(&w->d, &w->ev, DAY0 + 35, &b);
	assert_true(b.known);
	assert_int_equal(b.from_day, DAY0 + 28);
	assert_int_equal(b.forecast[0].expected, 0);
	assert_int_equal(b.forecast[0].upper, 749 + 745);
	assert_int_equal(b.came[0], 4);
	assert_false(b.held[0]);
	assert_int_equal(b.forecast[1].expected, 56000);
	assert_int_equal(b.forecast[1].upper, 77000);
	assert_int_equal(b.came[1], 49);
	assert_true(b.held[1]);
	/* The bad day not yet come, the week is as said. */
	dro_forecast_test(&w->d, &w->ev, DAY0 + 30, &b);
	assert_int_equal(b.came[0], 0);
	assert_true(b.held[0]);
	world_destroy(w);
}

static void
too_few_days(void **state)
{
	struct world *w = world_create("standard");
	struct dro_backtest b;
	struct dro_forecast f;

	(void)state;
	world_verified(w, 0, NONE);
	(void)world_decide(w, 6);
	f = forecast(w, 6);
	assert_false(f.known);
	assert_int_equal(dro_forecast_day(&w->ev), 0);
	world_clean_days(w, 0, 6, 100, NONE);
	(void)world_decide(w, 6);
	f = forecast(w, 6);
	assert_false(f.known);
	world_clean_days(w, 6, 7, 100, NONE);
	(void)world_decide(w, 7);
	f = forecast(w, 7);
	assert_true(f.known);
	assert_int_equal(f.days, 7);
	dro_forecast_test(&w->d, &w->ev, DAY0 + 7, &b);
	assert_false(b.known);
	world_destroy(w);
}

/*
 * A list that passes 3 messages a day on breaks their signature: they are
 * linked to the domain, and the loss of a forwarder, not of a source.
 */
static void
what_is_passed_on_is_the_forwarder_s(void **state)
{
	struct world *w = world_create("standard");
	struct dro_backtest b;
	struct dro_forecast f;
	int day;

	(void)state;
	world_verified(w, 0, NONE);
	for (day = 0; day < 28; day++) {
		world_clean_days(w, day, day + 1, 100, NONE);
		world_mail(w, day, 0, LIST, 0, 3);
	}
	(void)world_decide(w, 28);
	f = forecast(w, 28);
	assert_int_equal(f.flows[DRO_FLOW_FORWARDED].expected, 21000);
	assert_int_equal(f.flows[DRO_FLOW_FORWARDED].upper, 21000);
	assert_int_equal(f.flows[DRO_FLOW_LEGIT].expected, 0);
	/* 0 of 5600 is at most 535 ppm. */
	assert_int_equal(f.flows[DRO_FLOW_LEGIT].upper, 749);
	assert_int_equal(f.flows[DRO_FLOW_THREAT].upper, 0);
	dro_forecast_test(&w->d, &w->ev, DAY0 + 28, &b);
	assert_int_equal(b.came[0], 0);
	assert_int_equal(b.came[1], 21);
	world_destroy(w);
}

/* Many sources: the worst few are named, worst first. */
static void
the_worst_are_named(void **state)
{
	struct world *w = world_create("standard");
	struct dro_source sources[8];
	struct dro_source_day days[8];
	struct dro_forecast f;
	char keys[8][4];
	size_t i;

	(void)state;
	world_verified(w, 0, NONE);
	world_clean_days(w, 0, 28, 100, NONE);
	(void)world_decide(w, 28);
	memset(sources, 0, sizeof(sources));
	for (i = 0; i < 8; i++) {
		(void)memcpy(keys[i], (char[]){(char)('a' + i), '\0'}, 2);
		days[i] = (struct dro_source_day){
		    DAY0 + 10, 1000, (int64_t)(i * 3 % 8), 0};
		sources[i] = (struct dro_source){
		    .key = keys[i], .n_days = 1, .days = &days[i]};
	}
	w->d.sources = sources;
	w->d.n_sources = 8;
	f = forecast(w, 28);
	assert_int_equal(f.n_sources, DRO_FORECAST_SOURCES);
	/* 0 3 6 1 4 7 2 5 failures of a to h. */
	assert_string_equal(f.sources[0].key, "f");
	assert_string_equal(f.sources[1].key, "c");
	assert_string_equal(f.sources[2].key, "h");
	assert_string_equal(f.sources[3].key, "e");
	assert_string_equal(f.sources[4].key, "b");
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_week_by_whose_mail_it_is),
	    cmocka_unit_test(a_rung_takes_its_part),
	    cmocka_unit_test(monotone_in_rungs),
	    cmocka_unit_test(last_week_beside_its_forecast),
	    cmocka_unit_test(what_is_passed_on_is_the_forwarder_s),
	    cmocka_unit_test(too_few_days),
	    cmocka_unit_test(the_worst_are_named),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
