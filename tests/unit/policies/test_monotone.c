#include "world.h"

/*
 * Worlds drawn from a fixed seed, each decided as it is and with a little
 * more of something: failing mail never helps a domain up, mail that passes
 * never keeps one from it, and a stricter setting never lets one go.
 */

#define WORLDS 400
#define DAYS 50
#define FULL "v=DMARC1; p=quarantine; rua=" RUA

static uint64_t state_of_draw = 11;

static int
pick(int n)
{
	state_of_draw = state_of_draw * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((int)((state_of_draw >> 33) % (uint64_t)n));
}

/*
 * Mail that differs from day to day by a fifth only, of which some fails; a
 * vendor that is there on all days, a spoofer and a tool on some.
 */
static struct world *
draw(void)
{
	static const char *const records[] = {NONE, FULL};
	struct world *w = world_create(pick(2) == 0 ? "standard" : "careful");
	const char *record = records[pick(2)];
	int per_day = 1 + pick(pick(2) == 0 ? 4 : 400),
	    fails = pick(3) == 0 ? 1 + pick(4) : 0;
	int spoofs = pick(2), tool = pick(5), day;
	uint32_t r;

	world_verified(w, 0, record);
	w->facts.adopted_at = at_day(-100);
	w->settings.hops[0].days = pick(70);
	w->settings.undecided_days = pick(2) == 0 ? 3 : -1;
	for (day = 1; day < DAYS; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, record);
			world_mail(w, day, r, OWN,
			    per_day + pick(1 + per_day / 5),
			    pick(30) < fails ? 1 : 0);
			world_mail(w, day, r, VENDOR, 2, 0);
			if (spoofs == 1)
				world_mail(w, day, r, SPOOF, 0, pick(900));
			if (tool == 0)
				world_mail(w, day, r, TOOL, 0, 3);
		}
	return (w);
}

static bool
goes_up(struct world *w)
{
	return (world_decide(w, DAYS)->action == DRO_ACT_UP);
}

/*
 * Of the last week only: older failures may be those of a break that was
 * repaired since, and then they count no more.
 */
static void
more_failures_never_help(void **state)
{
	static const uint32_t who[] = {OWN, VENDOR, VENDOR_BAD, SPOOF, TOOL};
	int i, up = 0, held = 0;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct world *w = draw();
		bool before = goes_up(w), after;

		world_put(w, DAYS - 1 - pick(6),
		    who[pick((int)DRO_ARRAY_LEN(who))], 0, 1 + pick(400));
		after = goes_up(w);
		assert_true(before || !after);
		up += after;
		held += before && !after;
		world_destroy(w);
	}
	assert_true(up > WORLDS / 20 && held > WORLDS / 20);
}

static void
more_mail_that_passes_never_holds(void **state)
{
	int i, freed = 0;
	size_t c;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct world *w = draw();
		bool before = goes_up(w), after;

		for (c = 0; c < w->ev.n_cells; c++)
			w->cells[c].pass *= 4;
		after = goes_up(w);
		assert_true(after || !before);
		freed += after && !before;
		world_destroy(w);
	}
	assert_true(freed > WORLDS / 50);
}

/* One setting at a time, a little stricter. */
static void
tighten(struct dro_settings *set, int which)
{
	switch (which) {
	case 0:
		set->tau_ppm /= 2;
		break;
	case 1:
		set->tau_source_ppm /= 2;
		break;
	case 2:
		set->hops[0].days += 20;
		set->hops[5].days += 20;
		break;
	case 3:
		set->hops[0].report_days += 20;
		set->hops[5].report_days += 20;
		break;
	case 4:
		set->reporters_min++;
		break;
	case 5:
		set->freshness_h = 4;
		break;
	case 6:
		set->alpha_ppm /= 4;
		break;
	default:
		set->undecided_days = -1;
	}
}

static void
stricter_settings_never_free(void **state)
{
	int i, held = 0;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		struct world *w = draw();
		bool before = goes_up(w), after;

		tighten(&w->settings, i % 8);
		after = goes_up(w);
		assert_true(before || !after);
		held += before && !after;
		world_destroy(w);
	}
	assert_true(held > WORLDS / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(more_failures_never_help),
	    cmocka_unit_test(more_mail_that_passes_never_holds),
	    cmocka_unit_test(stricter_settings_never_free),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
