#include "stage/signal.h"
#include "world.h"

/*
 * What holds_until promises: before it, the same facts and evidence give the
 * same answer.  Random worlds, a fixed seed; the answer is decide()'s own at
 * both ends, so no table is needed.
 */

#define ROUNDS 2000

static uint64_t state = 42;
static const struct dro_pause *paused; /* of the world in hand */

static int
pick(int n)
{
	state = state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((int)((state >> 33) % (uint64_t)n));
}

/* A moment within ${days} days before ${to}, to the second. */
static int64_t
before(int64_t to, int days)
{
	return (to - 1 - pick(days * (int)DRO_DAY_S));
}

/* A moment within a day and a half of ${at}, either side. */
static int64_t
near(int64_t at)
{
	return (at - 129600 + pick(259200));
}

/* Reports of some days, the number of which is returned. */
static int
fill_reports(struct world *w, const char *record)
{
	int day, days = 3 + pick(80), broken = pick(8) == 0 ? pick(days) : days;
	bool shows = pick(3) != 0;
	int tool = pick(6), silent = pick(3) == 0 ? pick(days) : days;
	uint32_t r;

	for (day = 0; day < days; day++)
		for (r = 0; r < 2; r++) {
			if (pick(6) == 0)
				continue;
			if (r == 0 && day >= silent)
				continue;
			world_report(w, day, r, record);
			w->seen[w->ev.n_seen - 1].has_p = shows;
			w->seen[w->ev.n_seen - 1].has_pct = shows;
			w->seen[w->ev.n_seen - 1].end +=
			    pick(20) * (int)DRO_HOUR_S;
			world_mail(w, day, r, OWN, 20 + pick(200), 0);
			if (day < broken)
				world_mail(w, day, r, VENDOR, 30, 0);
			else
				world_mail(w, day, r, VENDOR_BAD, 0, 30);
			if (pick(4) == 0)
				world_mail(w, day, r, SPOOF, 0, pick(500));
			if (tool < 3)
				world_mail(w, day, r, TOOL, 0, tool);
		}
	return (days);
}

/* What is answered by waiting. */
static void
fill_settings(struct world *w, int64_t now, struct dro_declared *declared,
    struct dro_answered *answer)
{
	static const struct {
		const char *kind, *key;
	} asked[] = {{"cadence", "invoices"}, {"silence", "google.com"},
	    {"rate", "900000 domain"}, {"forwarded", "domain"},
	    {"watch", "crm._domainkey." DOMAIN}};
	int i = pick((int)DRO_ARRAY_LEN(asked));

	w->settings.undecided_days = pick(3) == 0 ? -1 : pick(30);
	w->settings.sources_closed = pick(8) == 0;
	w->facts.adopted_at = near(now - (pick(2) == 0 ? 60 : 92) * DRO_DAY_S);
	*declared = (struct dro_declared){.name = "invoices"};
	declared->cadence_days = 31;
	if (pick(4) == 0) {
		w->settings.sources = declared;
		w->settings.n_sources = 1;
	}
	if (pick(2) == 0) {
		*answer = (struct dro_answered){
		    asked[i].kind, asked[i].key, near(now)};
		w->facts.answers = answer;
		w->facts.n_answers = 1;
	}
}

/* The key of the vendor is gone, as long as its mail is expected. */
static void
fill_watch(struct world *w, int64_t now, struct dro_watched *watched)
{
	*watched = (struct dro_watched){.kind = DRO_WATCH_KEY,
	    .name = "crm._domainkey." DOMAIN,
	    .state = DRO_WATCH_GONE,
	    .since = before(now, 4),
	    .good_at = 1};
	if (pick(4) != 0)
		return;
	w->facts.watched = watched;
	w->facts.n_watched = 1;
}

static void
fill_people(struct world *w, int64_t now, struct dro_frozen *frozen,
    struct dro_approval *approval, struct dro_pause *pause)
{
	if (pick(3) == 0) {
		frozen[0].from = near(now);
		frozen[0].to = frozen[0].from + 1 + pick(200000);
		frozen[0].why = "weekend";
		w->settings.frozen = frozen;
		w->settings.n_frozen = 1;
	}
	if (pick(6) == 0) {
		*pause = (struct dro_pause){DRO_PAUSE_DOMAIN, DOMAIN, "audit",
		    "anna@ops", 1, pick(2) == 0 ? 0 : now + 1 + pick(90000)};
		paused = pause;
	}
	if (pick(2) == 0) {
		*approval = (struct dro_approval){.rung = "quarantine-10",
		    .uid = 1,
		    .by = "anna@ops",
		    .at = 1,
		    .expires_at = near(now),
		    .digest = "d"};
		w->facts.approvals = approval;
		w->facts.n_approvals = 1;
		w->facts.up_digest = "d";
		w->settings.approvals[1] = 1;
	}
	if (pick(4) == 0) {
		w->setbacks[0] = (struct dro_setback){.reason = "broke",
		    .by_person = true,
		    .at = near(now - w->settings.cooldown_days * DRO_DAY_S),
		    .left_rung = "quarantine-25",
		    .attempt = 1,
		    .acknowledged_at = 1};
		w->facts.n_setbacks = 1;
	}
}

/* An entry about the domain, or about all, that begins or ends nearby. */
static void
fill_said(struct dro_said *said, int64_t now)
{
	if (pick(3) == 0)
		return;
	said->word = (enum dro_word)(DRO_WORD_GO + pick(3));
	said->reason = "calls";
	said->at = pick(4) == 0 ? near(now) : before(now, 30);
	if (pick(2) == 0)
		said->until = near(now);
}

static void
fill_signal(struct world *w, int64_t now, struct dro_signal *signal)
{
	if (pick(3) != 0)
		return;
	*signal = (struct dro_signal){
	    .name = "s", .at = near(now - DRO_DAY_S), .max_age_s = DRO_DAY_S};
	if (pick(3) == 0)
		signal->at = now + pick(600);
	fill_said(&signal->own, now);
	fill_said(&signal->all, now);
	w->facts.signal = signal;
}

static void
same_answer(const struct dro_decision *a, const struct dro_decision *b)
{
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->step, b->step);
	assert_int_equal(a->overlays, b->overlays);
	assert_int_equal(a->verdict, b->verdict);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->next, b->next);
	assert_int_equal(a->findings.n, b->findings.n);
	assert_string_equal(
	    a->code != NULL ? a->code : "", b->code != NULL ? b->code : "");
}

static bool
differs(const struct dro_decision *a, const struct dro_decision *b)
{
	return (a->action != b->action || a->step != b->step ||
	    a->overlays != b->overlays || a->verdict != b->verdict);
}

static void
decide_at(struct world *w, int64_t now, struct dro_decision *out)
{
	/* As it is loaded: only while it is in force. */
	w->facts.pause =
	    paused != NULL && (paused->until == 0 || paused->until > now)
	    ? paused
	    : NULL;
	assert_int_equal(dro_decide(DOMAIN, &w->settings, &w->facts, &w->live,
			     &w->ev, now, w->arena, out, NULL),
	    DRO_OK);
}

static void
waiting_changes_nothing_before_it(void **unused)
{
	static const char *const policies[] = {
	    "standard", "government", "careful"};
	static const char *const records[] = {NONE,
	    "v=DMARC1; p=quarantine; pct=10; t=y; rua=" RUA,
	    "v=DMARC1; p=quarantine; rua=" RUA, "v=DMARC1; p=reject; rua=" RUA};
	int round, i, days, within_day = 0, changed = 0;

	(void)unused;
	for (round = 0; round < ROUNDS; round++) {
		struct world *w = world_create(policies[pick(3)]);
		const char *record = records[pick(4)];
		struct dro_decision at, later;
		struct dro_declared declared;
		struct dro_answered answer;
		struct dro_watched watched;
		struct dro_approval approval;
		struct dro_frozen frozen[1];
		struct dro_pause pause;
		struct dro_signal signal;
		int64_t now;

		world_verified(w, 0, record);
		paused = NULL;
		days = fill_reports(w, record);
		now = dro_day_start(DAY0 + days) + pick(4 * (int)DRO_DAY_S);
		w->facts.verified_at = before(now, pick(2) == 0 ? 4 : days);
		w->facts.settle_s = (uint32_t)pick(90000);
		w->settings.hops[0].days = pick(3) == 0 ? 42 : 1;
		w->settings.hops[0].report_days = 1;
		fill_settings(w, now, &declared, &answer);
		fill_people(w, now, frozen, &approval, &pause);
		fill_watch(w, now, &watched);
		fill_signal(w, now, &signal);
		if (pick(5) == 0) {
			w->settings.has_np = w->settings.np_from_start = true;
			w->settings.np = DRO_REJECT;
			w->facts.tags_at = near(now);
		}
		decide_at(w, now, &at);
		assert_true(at.holds_until > now);
		for (i = 0; i < 6; i++) {
			int64_t left = at.holds_until - now;

			decide_at(w,
			    i == 0 ? at.holds_until - 1 : now + pick((int)left),
			    &later);
			same_answer(&at, &later);
		}
		within_day += at.holds_until % DRO_DAY_S != 0;
		decide_at(w, at.holds_until, &later);
		changed += differs(&at, &later);
		world_destroy(w);
	}
	/* The worlds are such that both things happen. */
	assert_true(within_day > ROUNDS / 20);
	assert_true(changed > ROUNDS / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waiting_changes_nothing_before_it),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
