#include <stdio.h>

#include "world.h"

#include "plan/plan.h"

/* What people say: pauses, freezes, approvals.  None stops the way down. */

/* At none since day 0 with 41 clean days: on day 42 every gate passes. */
static struct world *
ready(void)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, 42, 100, NONE);
	return (w);
}

static void
freeze(struct world *w, struct dro_frozen *items, size_t n)
{
	w->settings.frozen = items;
	w->settings.n_frozen = n;
}

static void
a_pause_holds_and_says_by_whom(void **state)
{
	static const struct {
		struct dro_pause pause;
		const char *reason;
	} cases[] = {
	    {{DRO_PAUSE_DOMAIN, DOMAIN, "migration", "anna@ops", 0, 0},
		"migration (paused by anna@ops since 1970-01-01T00:00:00Z; "
		"rollout resume " DOMAIN ")"},
	    {{DRO_PAUSE_CLIENT, "c1", "audit", "bert@ops", 86400, 1893456000},
		"audit (paused by bert@ops since 1970-01-02T00:00:00Z until "
		"2030-01-01T00:00:00Z; rollout resume --client c1)"},
	    {{DRO_PAUSE_ALL, "", "incident", NULL, 0, 0},
		"incident (pause file; rollout resume --all)"},
	};
	struct world *w = ready();
	const struct dro_decision *d;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		w->facts.pause = &cases[i].pause;
		d = world_decide(w, 42);
		assert_int_equal(d->overlays, DRO_OVER_PAUSED);
		assert_int_equal(d->step, DRO_STEP_READY);
		assert_int_equal(d->action, DRO_ACT_NONE);
		assert_int_equal(d->verdict, DRO_HOLD);
		assert_string_equal(d->code, "paused");
		assert_string_equal(d->reason, cases[i].reason);
		assert_int_equal(d->earliest, cases[i].pause.until);
	}
	/* What the configuration says is nearer than what is stored. */
	w->settings.pause = "by the file";
	assert_string_equal(world_decide(w, 42)->reason, "by the file");
	world_destroy(w);
}

/* Create, up and return wait; the step back does not. */
static void
holds_all_but_the_step_back(void **state)
{
	static const struct dro_pause pause = {
	    DRO_PAUSE_DOMAIN, DOMAIN, "x", "anna@ops", 0, 0};
	struct dro_frozen frozen = {0, at_day(100), "x"};
	struct world *w;
	int by_freeze;

	(void)state;
	for (by_freeze = 0; by_freeze < 2; by_freeze++) {
		unsigned overlay =
		    by_freeze ? DRO_OVER_FROZEN : DRO_OVER_PAUSED;
		const char *code = by_freeze ? "frozen" : "paused";
		uint32_t r;
		int day;

		w = world_create("standard");
		w->facts.adopted = true;
		world_live(w, NULL);
		if (by_freeze)
			freeze(w, &frozen, 1);
		else
			w->facts.pause = &pause;
		world_decide(w, 1); /* create */
		assert_int_equal(w->d.action, DRO_ACT_NONE);
		assert_int_equal(w->d.overlays, overlay);
		assert_string_equal(w->d.code, code);

		world_verified(w, 0, NONE); /* return */
		world_clean_days(w, 1, 10, 100, NONE);
		w->setbacks[0] = (struct dro_setback){.at = at_day(1),
		    .by_person = true,
		    .reason = "x",
		    .left_rung = "quarantine",
		    .attempt = 1,
		    .acknowledged_at = at_day(2)};
		w->facts.n_setbacks = 1;
		world_decide(w, 10);
		assert_int_equal(w->d.step, DRO_STEP_COOLDOWN);
		assert_int_equal(w->d.action, DRO_ACT_NONE);
		assert_int_equal(w->d.overlays, overlay);
		assert_string_equal(w->d.code, code);
		w->facts.n_setbacks = 0;

		world_verified(w, 0, "v=DMARC1; p=quarantine; rua=" RUA);
		for (day = 10; day < 30; day++)
			for (r = 0; r < 2; r++) {
				world_report(w, day, r,
				    "v=DMARC1; p=quarantine; rua=" RUA);
				world_mail(w, day, r,
				    day < 28 ? VENDOR : VENDOR_BAD,
				    day < 28 ? 40 : 0, day < 28 ? 0 : 40);
			}
		world_decide(w, 30); /* the way down */
		assert_int_equal(w->d.action, DRO_ACT_SETBACK);
		world_destroy(w);
	}
}

static void
a_freeze_ends_by_itself(void **state)
{
	struct world *w = ready();
	struct dro_frozen frozen[] = {
	    {at_day(40), at_day(45), "Christmas"},
	    {at_day(41), at_day(43), "outside the windows"},
	    {at_day(45), at_day(45) + 7200, "outside the windows"},
	    {at_day(60), at_day(61), "later"},
	};
	const struct dro_decision *d;

	(void)state;
	freeze(w, frozen, 4);
	d = world_decide(w, 42);
	assert_int_equal(d->overlays, DRO_OVER_FROZEN);
	assert_int_equal(d->step, DRO_STEP_READY);
	assert_int_equal(d->action, DRO_ACT_NONE);
	assert_string_equal(d->code, "frozen");
	/* Day 45 is 2026-02-19, at six; two hours more follow on it. */
	assert_string_equal(
	    d->reason, "frozen until 2026-02-19T08:00:00Z: Christmas");
	assert_int_equal(d->earliest, at_day(45) + 7200);
	frozen[2].to = at_day(45);
	world_clean_days(w, 42, 45, 100, NONE);
	assert_int_equal(world_decide(w, 45)->action, DRO_ACT_UP);

	/* A hop that would come within a freeze comes after it. */
	d = world_decide(w, 30);
	assert_int_equal(d->overlays, 0);
	assert_string_equal(d->code, "dwell");
	assert_int_equal(d->earliest, at_day(45));
	world_destroy(w);
}

/* uid, digest, expires (day); "a" is what would be published. */
struct vote {
	int64_t uid;
	const char *digest;
	int expires;
};

static void
approvals_count_persons(void **state)
{
	static const struct {
		int needed;
		size_t n;
		struct vote votes[3];
		const char *reason; /* after "quarantine-10 "; NULL: goes */
	} cases[] = {
	    {1, 0, {{0, NULL, 0}}, "needs a person: rollout approve " DOMAIN},
	    {1, 1, {{1, "a", 50}}, NULL},
	    {1, 1, {{1, "a", 42}},
		"needs a person: rollout approve " DOMAIN
		"; not counted: 1 expired, 0 of another change than would be "
		"published now"},
	    {1, 1, {{1, "b", 50}},
		"needs a person: rollout approve " DOMAIN
		"; not counted: 0 expired, 1 of another change than would be "
		"published now"},
	    {2, 0, {{0, NULL, 0}},
		"needs 2 persons: 0 of 2 approvals, missing 2 more persons: "
		"rollout approve " DOMAIN},
	    {2, 1, {{1, "a", 50}},
		"needs 2 persons: 1 of 2 approvals, missing 1 more person: "
		"rollout approve " DOMAIN},
	    {2, 2, {{1, "a", 50}, {1, "a", 51}}, /* one person, twice */
		"needs 2 persons: 1 of 2 approvals, missing 1 more person: "
		"rollout approve " DOMAIN},
	    {2, 2, {{1, "a", 50}, {2, "a", 50}}, NULL},
	    {2, 3, {{1, "a", 50}, {2, "b", 50}, {3, "a", 43}}, NULL},
	    {3, 3, {{1, "a", 50}, {2, "b", 50}, {3, "a", 40}},
		"needs 3 persons: 1 of 3 approvals, missing 2 more persons: "
		"rollout approve " DOMAIN
		"; not counted: 1 expired, 1 of another change than would be "
		"published now"},
	};
	struct dro_approval votes[3];
	struct world *w = ready();
	const struct dro_decision *d;
	char reason[512];
	size_t i, j;

	(void)state;
	w->facts.up_digest = "a";
	w->facts.approvals = votes;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		w->settings.approvals[1] = cases[i].needed;
		w->facts.n_approvals = cases[i].n;
		for (j = 0; j < cases[i].n; j++)
			votes[j] =
			    (struct dro_approval){.rung = "quarantine-10",
				.uid = cases[i].votes[j].uid,
				.by = "x@ops",
				.at = at_day(41) + (int64_t)j,
				.expires_at = at_day(cases[i].votes[j].expires),
				.digest = cases[i].votes[j].digest};
		d = world_decide(w, 42);
		if (cases[i].reason == NULL) {
			assert_int_equal(d->action, DRO_ACT_UP);
			continue;
		}
		(void)snprintf(reason, sizeof(reason),
		    "every gate passes; quarantine-10 %s", cases[i].reason);
		assert_string_equal(d->reason, reason);
		assert_string_equal(d->code, "awaiting_approval");
		assert_int_equal(d->overlays, DRO_OVER_AWAITING_APPROVAL);
		assert_int_equal(d->action, DRO_ACT_NONE);
	}
	/* Of another rung, or while nobody knows the change: of no use. */
	w->settings.approvals[1] = 1;
	w->facts.n_approvals = 1;
	votes[0].digest = "a";
	votes[0].expires_at = at_day(50);
	votes[0].rung = "reject";
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_NONE);
	votes[0].rung = "quarantine-10";
	w->facts.up_digest = NULL;
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_NONE);
	world_destroy(w);
}

/* A person may answer while the domain is paused or frozen. */
static void
a_question_is_open_during_a_freeze(void **state)
{
	struct dro_frozen frozen = {at_day(40), at_day(45), "x"};
	struct world *w = ready();

	(void)state;
	freeze(w, &frozen, 1);
	w->settings.approvals[1] = 1;
	assert_int_equal(world_decide(w, 42)->overlays,
	    DRO_OVER_AWAITING_APPROVAL | DRO_OVER_FROZEN);
	assert_string_equal(w->d.code, "awaiting_approval");
	w->settings.pause = "x";
	assert_int_equal(world_decide(w, 42)->overlays,
	    DRO_OVER_AWAITING_APPROVAL | DRO_OVER_FROZEN | DRO_OVER_PAUSED);
	assert_string_equal(w->d.code, "paused");
	world_destroy(w);
}

/* Every hold of this file, walked to its exit. */
static void
every_hold_has_an_exit(void **state)
{
	static const struct dro_pause until = {
	    DRO_PAUSE_DOMAIN, DOMAIN, "x", "anna@ops", 0, 0};
	struct dro_frozen frozen = {at_day(40), at_day(43), "x"};
	struct world *w = ready();

	(void)state;
	world_clean_days(w, 42, 43, 100, NONE);
	freeze(w, &frozen, 1);
	w->facts.pause = &until;
	assert_string_equal(world_decide(w, 42)->code, "paused");
	w->facts.pause = NULL; /* resumed */
	assert_string_equal(world_decide(w, 42)->code, "frozen");
	assert_int_equal(world_decide(w, 43)->action, DRO_ACT_UP);
	world_destroy(w);
}

static void
restore_puts_the_known_record_back(void **state)
{
	static const struct {
		const char *known, *live[3];
		const char *to, *after[3];
	} cases[] = {
	    {"v=DMARC1; p=quarantine; rua=" RUA, {NONE}, "quarantine",
		{"v=DMARC1; p=quarantine; rua=" RUA}},
	    {"v=DMARC1; p=reject; rua=" RUA, {NULL}, "reject",
		{"v=DMARC1; p=reject; rua=" RUA}},
	    /* What is no DMARC record stays; all that are give way. */
	    {"v=DMARC1; p=reject; rua=" RUA,
		{"other text", "v=DMARC1; p=none", "v=DMARC1; p=reject"},
		"reject", {"other text", "v=DMARC1; p=reject; rua=" RUA}},
	    {"v=DMARC1; p=reject; rua=" RUA, {" v=DMARC1; p=none"}, "reject",
		{"v=DMARC1; p=reject; rua=" RUA}},
	    /* Off the ladder: named by the rung below, put back as it was. */
	    {"v=DMARC1; p=quarantine; pct=20; t=y", {NONE}, "quarantine-10",
		{"v=DMARC1; p=quarantine; pct=20; t=y"}},
	};
	struct world *w = world_create("standard");
	struct dro_change change;
	struct dro_err err;
	size_t i, j;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		rrset_of(w, &w->facts.known, cases[i].known);
		w->facts.known.ttl_s = 300;
		world_live(w, NULL);
		w->live.negative_ttl_s = 60;
		for (j = 0; j < 3 && cases[i].live[j] != NULL; j++)
			assert_int_equal(dro_rrset_add(&w->live.rrset, w->arena,
					     cases[i].live[j],
					     strlen(cases[i].live[j]), NULL),
			    DRO_OK);
		assert_int_equal(
		    dro_plan_restore(&w->facts.known, &w->settings.ladder,
			&w->live, "none", "why", w->arena, &change, &err),
		    DRO_OK);
		assert_string_equal(change.kind, "restore");
		assert_string_equal(change.to, cases[i].to);
		assert_int_equal(change.after.ttl_s, 300);
		assert_int_equal(change.settle_s, j > 0 ? 3600 : 60);
		assert_true(
		    dro_rrset_same_values(&change.before, &w->live.rrset));
		for (j = 0; j < 3 && cases[i].after[j] != NULL; j++)
			assert_string_equal(
			    change.after.values[j].ptr, cases[i].after[j]);
		assert_int_equal(change.after.n, j);
	}
	rrset_of(w, &w->facts.known, NULL);
	assert_int_equal(dro_plan_restore(&w->facts.known, &w->settings.ladder,
			     &w->live, "none", "why", w->arena, &change, &err),
	    DRO_ENOTFOUND);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pause_holds_and_says_by_whom),
	    cmocka_unit_test(holds_all_but_the_step_back),
	    cmocka_unit_test(a_freeze_ends_by_itself),
	    cmocka_unit_test(approvals_count_persons),
	    cmocka_unit_test(a_question_is_open_during_a_freeze),
	    cmocka_unit_test(every_hold_has_an_exit),
	    cmocka_unit_test(restore_puts_the_known_record_back),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
