#include "plan/plan.h"
#include "stage/subdomain.h"
#include "world.h"

/* sp and np: what is written, when, and what it does below the domain. */

#define Q "v=DMARC1; p=quarantine; rua=" RUA
#define R "v=DMARC1; p=reject; rua=" RUA

/* As the configuration has it: "-" not ours, otherwise a level. */
struct wish {
	const char *sp, *np;
	bool start;
};

static void
set_wish(struct dro_settings *s, const struct wish *wish)
{
	s->has_sp = dro_level_parse(dro_str_of(wish->sp), &s->sp);
	s->has_np = dro_level_parse(dro_str_of(wish->np), &s->np);
	s->np_from_start = wish->start;
}

/* Records before and after the domain enters a rung; by hand. */
static const struct {
	struct wish wish;
	enum dro_action action;
	const char *to, *before, *after;
} edits[] = {
    /* Not ours: whatever there is stays. */
    {{"-", "-", false}, DRO_ACT_UP, "quarantine-10",
	"v=DMARC1; p=none; sp=none; np=none; rua=" RUA,
	"v=DMARC1; p=quarantine; sp=none; np=none; rua=" RUA "; pct=10; t=y"},
    /* sp follows: where nothing is said it does so by itself. */
    {{"reject", "-", false}, DRO_ACT_UP, "quarantine-10", NONE,
	"v=DMARC1; p=quarantine; rua=" RUA "; pct=10; t=y"},
    {{"reject", "-", false}, DRO_ACT_UP, "quarantine",
	"v=DMARC1; p=quarantine; sp=none; rua=" RUA "; t=y",
	"v=DMARC1; p=quarantine; sp=quarantine; rua=" RUA},
    {{"reject", "-", false}, DRO_ACT_UP, "reject-100",
	"v=DMARC1; p=quarantine; sp=quarantine; rua=" RUA,
	"v=DMARC1; p=reject; sp=reject; rua=" RUA "; t=y"},
    /* At most to where it is configured. */
    {{"quarantine", "-", false}, DRO_ACT_UP, "quarantine-10", NONE,
	"v=DMARC1; p=quarantine; rua=" RUA "; pct=10; t=y"},
    {{"quarantine", "-", false}, DRO_ACT_UP, "reject-100", Q,
	"v=DMARC1; p=reject; rua=" RUA "; sp=quarantine; t=y"},
    {{"none", "-", false}, DRO_ACT_UP, "quarantine-10", NONE,
	"v=DMARC1; p=quarantine; rua=" RUA "; sp=none; pct=10; t=y"},
    /* On the way up nothing that is stronger is weakened, unless pinned. */
    {{"reject", "-", false}, DRO_ACT_UP, "quarantine",
	"v=DMARC1; p=none; sp=reject; rua=" RUA,
	"v=DMARC1; p=quarantine; sp=reject; rua=" RUA},
    {{"none", "-", false}, DRO_ACT_UP, "quarantine",
	"v=DMARC1; p=none; sp=reject; rua=" RUA,
	"v=DMARC1; p=quarantine; sp=none; rua=" RUA},
    /* A step back takes it along. */
    {{"reject", "-", false}, DRO_ACT_SETBACK, "none",
	"v=DMARC1; p=reject; sp=reject; rua=" RUA,
	"v=DMARC1; p=none; sp=none; rua=" RUA},
    {{"-", "-", false}, DRO_ACT_SETBACK, "none",
	"v=DMARC1; p=reject; sp=reject; rua=" RUA,
	"v=DMARC1; p=none; sp=reject; rua=" RUA},
    /* np: from the first step past none, and back with it. */
    {{"-", "reject", false}, DRO_ACT_UP, "quarantine-10", NONE,
	"v=DMARC1; p=quarantine; rua=" RUA "; np=reject; pct=10; t=y"},
    {{"-", "reject", false}, DRO_ACT_SETBACK, "none",
	"v=DMARC1; p=quarantine; rua=" RUA "; np=reject",
	"v=DMARC1; p=none; rua=" RUA "; np=none"},
    {{"-", "reject", false}, DRO_ACT_UP, "reject",
	"v=DMARC1; p=reject; rua=" RUA "; t=y", R}, /* it says so already */
    /* np: from the start, and it stays. */
    {{"-", "reject", true}, DRO_ACT_ADJUST, "none", NONE,
	"v=DMARC1; p=none; rua=" RUA "; np=reject"},
    {{"-", "reject", true}, DRO_ACT_SETBACK, "none",
	"v=DMARC1; p=quarantine; rua=" RUA "; np=reject",
	"v=DMARC1; p=none; rua=" RUA "; np=reject"},
    /* Without np, names that do not exist go with sp. */
    {{"none", "reject", false}, DRO_ACT_UP, "reject",
	"v=DMARC1; p=reject; rua=" RUA "; t=y",
	"v=DMARC1; p=reject; rua=" RUA "; sp=none; np=reject"},
    /* Our address is not the moment for anything else. */
    {{"none", "reject", true}, DRO_ACT_CREATE, "quarantine",
	"v=DMARC1; p=quarantine", "v=DMARC1; p=quarantine; rua=" RUA},
};

static void
what_is_written(void **state)
{
	struct dro_change change;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(edits); i++) {
		struct world *w = world_create("standard");
		struct dro_dmarc record;

		set_wish(&w->settings, &edits[i].wish);
		world_live(w, edits[i].before);
		assert_int_equal(
		    dro_dmarc_parse(dro_str_of(edits[i].before), &record, NULL),
		    DRO_OK);
		w->d = (struct dro_decision){.action = edits[i].action,
		    .staged = true,
		    .core = record.core};
		assert_true(dro_ladder_find(
		    &w->settings.ladder, edits[i].to, &w->d.to));
		if (dro_plan_change(&w->d, &w->settings, &w->live, w->arena,
			&change, &err) != DRO_OK)
			fail_msg("%zu: %s", i, err.msg);
		if (strcmp(change.after.values[0].ptr, edits[i].after) != 0)
			fail_msg("%zu: %s", i, change.after.values[0].ptr);
		world_destroy(w);
	}
}

/*
 * What sp and np ask for at receivers of RFC 7489 (with pct, without t and
 * np) and RFC 9989 (the reverse), in per cent quarantined and rejected.
 */
static const struct {
	const char *record;
	struct dro_effect sp7489, sp9989, np9989;
} effects[] = {
    {"v=DMARC1; p=none", {0, 0}, {0, 0}, {0, 0}},
    {"v=DMARC1; p=none; np=reject", {0, 0}, {0, 0}, {0, 100}},
    {"v=DMARC1; p=quarantine; pct=10; t=y; np=reject", {10, 0}, {0, 0},
	{100, 0}},
    {"v=DMARC1; p=reject; sp=quarantine", {100, 0}, {100, 0}, {100, 0}},
    {"v=DMARC1; p=reject; sp=quarantine; t=y", {100, 0}, {0, 0}, {0, 0}},
    {"v=DMARC1; p=reject; sp=none; np=reject", {0, 0}, {0, 0}, {0, 100}},
    {"v=DMARC1; p=reject; pct=25; t=y", {75, 25}, {100, 0}, {100, 0}},
    {"v=DMARC1; p=none; sp=reject; pct=25; t=y", {75, 25}, {100, 0}, {100, 0}},
};

static void
same_effect(size_t i, struct dro_effect is, struct dro_effect want)
{
	if (is.quarantine != want.quarantine || is.reject != want.reject)
		fail_msg(
		    "%s: %d %d", effects[i].record, is.quarantine, is.reject);
}

static void
what_it_does(void **state)
{
	struct dro_dmarc r;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(effects); i++) {
		assert_int_equal(
		    dro_dmarc_parse(dro_str_of(effects[i].record), &r, NULL),
		    DRO_OK);
		same_effect(i,
		    dro_sub_effect(dro_sub_sp(&r), r.core, DRO_RFC7489),
		    effects[i].sp7489);
		same_effect(i,
		    dro_sub_effect(dro_sub_sp(&r), r.core, DRO_RFC9989),
		    effects[i].sp9989);
		same_effect(i,
		    dro_sub_effect(dro_sub_np(&r), r.core, DRO_RFC9989),
		    effects[i].np9989);
	}
}

/* A rung with t=y lowers a held-back sp that the rung before did not. */
static const struct {
	const char *ladder;
	enum dro_level sp;
	const char *dip; /* NULL: none */
} dips[] = {
    {"dual", DRO_REJECT, NULL},
    {"dual", DRO_NONE, NULL},
    {"dual", DRO_QUARANTINE, "reject-100"},
    {"dual-reject-pct", DRO_REJECT, NULL},
    {"dual-reject-pct", DRO_QUARANTINE, "reject-10"},
    {"rfc9989", DRO_REJECT, NULL},
    {"rfc9989", DRO_QUARANTINE, "reject-100"},
};

static void
where_it_weakens(void **state)
{
	struct dro_ladder ladder;
	size_t i, at;
	bool dip;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(dips); i++) {
		assert_int_equal(
		    dro_preset_ladder(dips[i].ladder, &ladder, NULL), DRO_OK);
		dip = dro_sub_dip(&ladder, dips[i].sp, &at);
		assert_int_equal(dip, dips[i].dip != NULL);
		if (dip)
			assert_string_equal(ladder.rungs[at].name, dips[i].dip);
	}
}

/*
 * A domain in good order on day 70 of its rung, with these wishes: what is
 * done next, and to which rung.
 */
static const struct {
	struct wish wish;
	const char *live;
	bool off_ladder;
	enum dro_action action;
	const char *to;
} moves[] = {
    {{"-", "-", false}, NONE, false, DRO_ACT_UP, "quarantine-10"},
    /* np first, by itself. */
    {{"-", "reject", true}, NONE, false, DRO_ACT_ADJUST, "none"},
    {{"-", "reject", true}, NONE "; np=reject", false, DRO_ACT_UP,
	"quarantine-10"},
    {{"-", "reject", false}, NONE, false, DRO_ACT_UP, "quarantine-10"},
    /* Configured when the first step was long ago. */
    {{"-", "reject", false}, Q, false, DRO_ACT_ADJUST, "quarantine"},
    {{"-", "reject", false}, R, false, DRO_ACT_NONE, NULL},
    {{"none", "-", false}, R, false, DRO_ACT_ADJUST, "reject"},
    /* Subdomains that lag catch up by the gates of that rung. */
    {{"reject", "-", false}, "v=DMARC1; p=quarantine; sp=none; rua=" RUA, true,
	DRO_ACT_UP, "quarantine"},
    {{"reject", "-", false}, "v=DMARC1; p=reject; sp=quarantine; rua=" RUA,
	true, DRO_ACT_UP, "reject"},
    {{"reject", "-", false}, "v=DMARC1; p=reject; sp=reject; rua=" RUA, false,
	DRO_ACT_NONE, NULL},
    {{"quarantine", "-", false}, "v=DMARC1; p=reject; sp=quarantine; rua=" RUA,
	false, DRO_ACT_NONE, NULL},
    {{"-", "-", false}, "v=DMARC1; p=quarantine; sp=none; rua=" RUA, false,
	DRO_ACT_UP, "reject-100"},
    /* Stronger than p: it waits for p. */
    {{"reject", "-", false}, "v=DMARC1; p=none; sp=reject; rua=" RUA, false,
	DRO_ACT_UP, "quarantine-10"},
};

static void
what_comes_next(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(moves); i++) {
		struct world *w = world_create("standard");

		set_wish(&w->settings, &moves[i].wish);
		world_verified(w, 0, moves[i].live);
		world_clean_days(w, 1, 70, 100, moves[i].live);
		(void)world_decide(w, 70);
		if (w->d.action != moves[i].action)
			fail_msg("%zu: %s (%s)", i,
			    dro_action_name(w->d.action), w->d.reason);
		assert_int_equal(w->d.off_ladder, moves[i].off_ladder);
		if (moves[i].to != NULL)
			assert_string_equal(rung(w, w->d.to), moves[i].to);
		world_destroy(w);
	}
}

/* Catching up is no exception from anything. */
static void
subdomains_wait_for_gates(void **state)
{
	static const char lagging[] =
	    "v=DMARC1; p=quarantine; sp=none; rua=" RUA;
	const struct wish wish = {"reject", "-", false};
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	(void)state;
	set_wish(&w->settings, &wish);
	world_verified(w, 0, lagging);
	for (day = 1; day < 70; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, lagging);
			world_mail(w, day, r, OWN, 100, 0);
			/* A sender that nobody has told anything about. */
			if (day >= 60)
				world_mail(w, day, r, TOOL, 0, 3);
		}
	(void)world_decide(w, 70);
	/* The same class for p, a new one for subdomains: it asks. */
	assert_int_equal(w->d.action, DRO_ACT_NONE);
	assert_string_equal(rung(w, w->d.next), "quarantine");
	assert_int_equal(gate(w, "undecided")->verdict, DRO_HOLD);
	/* Without the wish the same rung has been entered long ago. */
	w->settings.has_sp = false;
	(void)world_decide(w, 70);
	assert_int_equal(gate(w, "undecided")->verdict, DRO_HOLD);
	assert_string_equal(rung(w, w->d.next), "reject-100");
	world_destroy(w);
}

/* sp and np where they are ours and said; an older report does not count. */
static const struct {
	struct wish wish;
	const char *live;
	const char *sp, *np; /* as the reports show them; NULL: they do not */
	int tags_day;
	bool seen;
} shown[] = {
    {{"none", "-", false}, Q "; sp=none", "none", NULL, 0, true},
    {{"none", "-", false}, Q "; sp=none", "quarantine", NULL, 0, false},
    {{"none", "-", false}, Q "; sp=none", NULL, NULL, 0, true},
    {{"-", "-", false}, Q "; sp=none", "quarantine", NULL, 0, true},
    /* Not said: some report the value of p, some nothing. */
    {{"reject", "-", false}, Q, "none", NULL, 0, true},
    {{"-", "reject", true}, Q "; np=reject", NULL, "none", 0, false},
    {{"-", "reject", true}, Q "; np=reject", NULL, "none", 69, true},
    {{"-", "reject", true}, Q "; np=reject", NULL, "reject", 0, true},
};

static void
what_reporters_must_show(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(shown); i++) {
		struct world *w = world_create("standard");

		set_wish(&w->settings, &shown[i].wish);
		world_verified(w, 0, shown[i].live);
		w->facts.tags_at = at_day(shown[i].tags_day);
		world_clean_days(w, 1, 69, 100, shown[i].live);
		for (k = 0; k < w->ev.n_seen; k++) {
			struct dro_seen *s = &w->seen[k];

			s->has_sp = shown[i].sp != NULL &&
			    dro_level_parse(dro_str_of(shown[i].sp), &s->sp);
			s->has_np = shown[i].np != NULL &&
			    dro_level_parse(dro_str_of(shown[i].np), &s->np);
		}
		(void)world_decide(w, 69);
		if ((gate(w, "policy_seen")->verdict == DRO_PASS) !=
		    shown[i].seen)
			fail_msg("%zu: %s", i, gate(w, "policy_seen")->text);
		world_destroy(w);
	}
}

/*
 * A newsletter below the domain that fails, or broke: whose mail it is to the
 * gates of the domain, by the wish and the live record.
 */
static const struct {
	struct wish wish;
	const char *live;
	bool counts;
} belows[] = {
    {{"-", "-", false}, NONE, true},
    {{"-", "-", false}, NONE "; sp=none", false}, /* p does not reach it */
    {{"-", "-", false}, NONE "; sp=reject", false},
    {{"reject", "-", false}, NONE, true},
    {{"reject", "-", false}, NONE "; sp=none", true},
    {{"quarantine", "-", false}, NONE, true},
    {{"none", "-", false}, NONE, false},
};

static void
whose_mail_counts(void **state)
{
	size_t i;
	int day;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(belows); i++) {
		struct world *w = world_create("standard");

		set_wish(&w->settings, &belows[i].wish);
		world_verified(w, 0, belows[i].live);
		w->streams[TOOL].below = true;
		for (day = 1; day < 70; day++) {
			world_clean_days(w, day, day + 1, 100, belows[i].live);
			world_mail(w, day, 0, TOOL, 0, 3);
		}
		(void)world_decide(w, 70);
		if ((gate(w, "undecided")->verdict == DRO_HOLD) !=
			belows[i].counts ||
		    w->d.apart != (belows[i].counts ? 0 : 69 * 3))
			fail_msg("%zu: %s, %lld apart", i,
			    gate(w, "undecided")->text, (long long)w->d.apart);
		/* All of it stays stored, and told by stream. */
		assert_int_equal(w->ev.n_cells, 69 * 3);
		world_destroy(w);
	}
}

/* What p cannot help needs no step back of p. */
static void
what_breaks_below_a_pinned_sp(void **state)
{
	static const char *const lives[] = {Q, Q "; sp=none"};
	size_t i;
	int day;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(lives); i++) {
		struct world *w = world_create("standard");

		world_verified(w, 0, lives[i]);
		w->streams[VENDOR].below = w->streams[VENDOR_BAD].below = true;
		for (day = 1; day < 40; day++) {
			world_clean_days(w, day, day + 1, 100, lives[i]);
			world_mail(w, day, 0, day < 36 ? VENDOR : VENDOR_BAD,
			    day < 36 ? 50 : 0, day < 36 ? 0 : 50);
		}
		(void)world_decide(w, 40);
		assert_int_equal(w->d.action == DRO_ACT_SETBACK, i == 0);
		world_destroy(w);
	}
}

/* Somebody else's edit of a tag that is ours is drift, of another an edit. */
static void
who_owns_the_tags(void **state)
{
	static const struct {
		struct wish wish;
		const char *live;
		bool drifted;
	} cases[] = {
	    {{"none", "-", false}, Q "; sp=reject", true},
	    {{"-", "-", false}, Q "; sp=reject", false},
	    {{"-", "reject", false}, Q "; sp=none; np=none", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		struct world *w = world_create("standard");

		set_wish(&w->settings, &cases[i].wish);
		world_verified(w, 0, Q "; sp=none; np=reject");
		world_live(w, cases[i].live);
		(void)world_decide(w, 1);
		assert_int_equal(
		    (w->d.overlays & DRO_OVER_DRIFTED) != 0, cases[i].drifted);
		assert_int_equal(w->d.edited, !cases[i].drifted);
		world_destroy(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written),
	    cmocka_unit_test(what_it_does),
	    cmocka_unit_test(where_it_weakens),
	    cmocka_unit_test(what_comes_next),
	    cmocka_unit_test(subdomains_wait_for_gates),
	    cmocka_unit_test(what_reporters_must_show),
	    cmocka_unit_test(whose_mail_counts),
	    cmocka_unit_test(what_breaks_below_a_pinned_sp),
	    cmocka_unit_test(who_owns_the_tags),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
