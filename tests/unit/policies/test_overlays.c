#include "plan/breaker.h"
#include "world.h"

/*
 * Every overlay and the cool-down, walked from a domain that they keep from
 * moving to one that moves.  The overlays are counted by their bits, so that
 * one that is added without a walk fails here.
 */

#define DAY 42
#define FULL "v=DMARC1; p=quarantine; rua=" RUA

static struct dro_pause pause_ = {
    DRO_PAUSE_DOMAIN, DOMAIN, "audit", "anna@ops", 1, 0};
static struct dro_frozen frozen;
static struct dro_approval approval;

struct walk {
	unsigned overlay; /* 0: the cool-down */
	const char *code;
	const char *exit;
	int held_on, goes_on; /* days */
	void (*hold)(struct world *w);
	void (*leave)(struct world *w); /* NULL: time and nothing else */
};

static void
paused_by_the_configuration(struct world *w)
{
	w->settings.pause = "audit";
}

static void
the_key_is_removed(struct world *w)
{
	w->settings.pause = NULL;
}

static void
paused_by_a_person(struct world *w)
{
	w->facts.pause = &pause_;
}

static void
resumed(struct world *w)
{
	w->facts.pause = NULL;
}

static void
holidays(struct world *w)
{
	frozen = (struct dro_frozen){at_day(40), at_day(DAY + 2), "holidays"};
	w->settings.frozen = &frozen;
	w->settings.n_frozen = 1;
}

static void
a_person_is_needed(struct world *w)
{
	w->settings.approvals[1] = 1;
	w->facts.up_digest = "d";
}

static void
a_person_approves(struct world *w)
{
	approval = (struct dro_approval){.rung = "quarantine-10",
	    .uid = 1,
	    .by = "anna@ops",
	    .at = at_day(DAY),
	    .expires_at = at_day(DAY + 30),
	    .digest = "d"};
	w->facts.approvals = &approval;
	w->facts.n_approvals = 1;
}

static void
dns_is_silent(struct world *w)
{
	w->live.status = DRO_LIVE_UNKNOWN;
}

static void
name_servers_disagree(struct world *w)
{
	w->live.status = DRO_LIVE_DISAGREE;
}

static void
a_cname_is_there(struct world *w)
{
	w->live.status = DRO_LIVE_CNAME;
}

static void
dns_answers(struct world *w)
{
	w->live.status = DRO_LIVE_OK;
}

static void
a_second_record(struct world *w)
{
	assert_int_equal(
	    dro_rrset_add(&w->live.rrset, w->arena, FULL, strlen(FULL), NULL),
	    DRO_OK);
}

static void
a_typing_error(struct world *w)
{
	world_live(w, "v=DMARC1; p=quarantaine");
}

static void
a_weaker_one(struct world *w)
{
	world_verified(w, 0, FULL);
	world_live(w, NONE);
}

static void
somebody_wrote_another_tag(struct world *w)
{
	world_live(w, "v=DMARC1; p=none; t=y; rua=" RUA);
}

/* By hand, or by reconcile --restore. */
static void
the_known_one_is_back(struct world *w)
{
	world_live(w, w->facts.known.values[0].ptr);
}

/* Adopted on that day: its time begins anew. */
static void
taken_as_it_is(struct world *w)
{
	world_verified(w, DAY, NONE);
	world_clean_days(w, DAY, 2 * DAY, 100, NONE);
}

static void
nobody_gets_reports(struct world *w)
{
	world_verified(w, 0, "v=DMARC1; p=none");
	w->settings.rua = NULL;
}

static void
an_address_is_configured(struct world *w)
{
	w->settings.rua = RUA;
}

static void
reports_stop(struct world *w)
{
	(void)w;
}

static void
a_report_comes(struct world *w)
{
	world_clean_days(w, DAY, DAY + 6, 100, NONE);
}

static void
rolled_back(struct world *w)
{
	w->setbacks[0] = (struct dro_setback){.at = at_day(DAY - 1),
	    .by_person = true,
	    .reason = "complaint of the board",
	    .left_rung = "quarantine-10",
	    .attempt = 1};
	w->facts.n_setbacks = 1;
}

static void
a_person_acknowledges(struct world *w)
{
	w->setbacks[0].acknowledged_at = at_day(DAY);
}

static void
acknowledged_too_soon(struct world *w)
{
	rolled_back(w);
	a_person_acknowledges(w);
}

#define BLOCKED DRO_OVER_BLOCKED
#define DRIFTED DRO_OVER_DRIFTED

static const struct walk walks[] = {
    {DRO_OVER_PAUSED, "paused", "the configuration", DAY, DAY,
	paused_by_the_configuration, the_key_is_removed},
    {DRO_OVER_PAUSED, "paused", "a person", DAY, DAY, paused_by_a_person,
	resumed},
    {DRO_OVER_FROZEN, "frozen", "time", DAY, DAY + 2, holidays, NULL},
    {DRO_OVER_AWAITING_APPROVAL, "awaiting_approval", "a person", DAY, DAY,
	a_person_is_needed, a_person_approves},
    {BLOCKED, "dns_unknown", "an answer", DAY, DAY, dns_is_silent, dns_answers},
    {BLOCKED, "ns_disagree", "the same answer", DAY, DAY, name_servers_disagree,
	dns_answers},
    {BLOCKED, "cname_delegated", "a record", DAY, DAY, a_cname_is_there,
	dns_answers},
    {BLOCKED, "multiple_records", "a person", DAY, DAY, a_second_record,
	the_known_one_is_back},
    {BLOCKED, "syntax_error", "a person", DAY, DAY, a_typing_error,
	the_known_one_is_back},
    {BLOCKED, "no_rua", "the configuration", DAY, DAY, nobody_gets_reports,
	an_address_is_configured},
    {DRIFTED, "drifted", "restore", DAY, DAY, somebody_wrote_another_tag,
	the_known_one_is_back},
    {DRIFTED, "drifted", "adopt", DAY, 2 * DAY, a_weaker_one, taken_as_it_is},
    {DRO_OVER_STALE_DATA, "freshness", "a report", DAY + 6, DAY + 6,
	reports_stop, a_report_comes},
    {0, "awaiting_acknowledgement", "a person and time", DAY, DAY + 2,
	rolled_back, a_person_acknowledges},
    {0, "cooldown", "time", DAY, DAY + 2, acknowledged_too_soon, NULL},
};

static void
take(const struct walk *walk)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, DAY, 100, NONE);
	walk->hold(w);
	(void)world_decide(w, walk->held_on);
	if (w->d.action != DRO_ACT_NONE || w->d.overlays != walk->overlay ||
	    strcmp(w->d.code, walk->code) != 0)
		fail_msg("%s: %s", walk->code, w->d.code);
	if (walk->leave != NULL)
		walk->leave(w);
	(void)world_decide(w, walk->goes_on);
	if (w->d.action == DRO_ACT_NONE || w->d.overlays != 0)
		fail_msg("%s does not end by %s: %s", walk->code, walk->exit,
		    w->d.code);
	world_destroy(w);
}

static void
every_overlay_ends(void **state)
{
	unsigned bit;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(walks); i++)
		take(&walks[i]);
	for (bit = DRO_OVER_PAUSED; bit <= DRO_OVER_FROZEN; bit <<= 1) {
		for (i = 0; i < DRO_ARRAY_LEN(walks); i++)
			if (walks[i].overlay == bit)
				break;
		if (i == DRO_ARRAY_LEN(walks))
			fail_msg("%s: nobody has walked out of it",
			    dro_overlay_name((enum dro_overlay)bit));
	}
}

/*
 * The breaker is about all domains of a run.  It ends with the day: step
 * backs older than that are none of its business any more; a person's own
 * are never asked about.
 */
static void
the_breaker_ends_with_the_day(void **state)
{
	static const struct dro_breaker breaker = {3, 20000};
	struct dro_fall today[] = {{.client = 1, .done = true},
	    {.client = 2, .done = true}, {.client = 3, .done = true},
	    {.client = 4}};
	struct dro_fall tomorrow[] = {{.client = 4}};
	struct dro_arena *arena = dro_arena_create();

	(void)state;
	assert_non_null(arena);
	assert_int_equal(
	    dro_breaker_pick(&breaker, 500, today, 4, arena, NULL), DRO_OK);
	assert_true(today[3].held);
	assert_int_equal(
	    dro_breaker_pick(&breaker, 500, tomorrow, 1, arena, NULL), DRO_OK);
	assert_false(tomorrow[0].held);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_overlay_ends),
	    cmocka_unit_test(the_breaker_ends_with_the_day),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
