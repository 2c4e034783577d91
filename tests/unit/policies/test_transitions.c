#include "stage/signal.h"
#include "world.h"

#include "docs.h"

/*
 * docs/transitions.md and dro_decide say the same.  Every row of the table
 * is made here, by hand, from a domain that would go up; what comes out must
 * be in the row, and every word of the row must have come out.
 */

#define DAY 42
#define FULL "v=DMARC1; p=quarantine; rua=" RUA
#define CRM "mail_from:bounce.crm.example"
#define FIRST_GATE_ROW 13 /* from here on gates speak too */

static struct dro_signal signal;

struct row {
	const char *number; /* in the table */
	const char *what;
	void (*make)(struct world *w);
	enum dro_step step;
	unsigned overlays;
	const char *code;
	enum dro_action action;
	const char *to; /* rung, with an action; else the next one, or NULL */
};

/* ---- 1 and 2: a publish is open */

static void
op(struct world *w, enum dro_op_state state)
{
	w->facts.op_state = state;
	w->facts.op_to = "quarantine-10";
}

static void
an_intent(struct world *w)
{
	op(w, DRO_OP_INTENT);
}

static void
a_request_under_way(struct world *w)
{
	op(w, DRO_OP_SENDING);
}

static void
the_provider_said_yes(struct world *w)
{
	op(w, DRO_OP_SENT);
}

/* ---- 3 to 6: what DNS shows */

static void
no_answer(struct world *w)
{
	w->live.status = DRO_LIVE_UNKNOWN;
}

static void
two_answers(struct world *w)
{
	w->live.status = DRO_LIVE_DISAGREE;
}

static void
a_cname(struct world *w)
{
	w->live.status = DRO_LIVE_CNAME;
}

static void
two_records(struct world *w)
{
	world_live(w, NONE);
	assert_int_equal(
	    dro_rrset_add(&w->live.rrset, w->arena, FULL, strlen(FULL), NULL),
	    DRO_OK);
}

static void
a_malformed_one(struct world *w)
{
	world_live(w, "v=DMARC1; p=quarantaine");
}

static void
something_like_one(struct world *w)
{
	world_live(w, "v=dmarc1; p=none");
}

static void
another_policy(struct world *w)
{
	world_verified(w, 0, NONE);
	world_live(w, "v=DMARC1; p=none; t=y; rua=" RUA);
}

static void
the_record_is_gone(struct world *w)
{
	world_verified(w, 0, NONE);
	world_live(w, NULL);
}

static void
a_tag_that_is_not_ours(struct world *w)
{
	world_live(w, "v=DMARC1; p=none; fo=1; rua=" RUA);
}

/* ---- 7: the safety guard */

static void
a_source_broke(struct world *w)
{
	int day;

	world_verified(w, 0, FULL);
	for (day = 1; day < 40; day++)
		world_put(w, day, VENDOR, 20, 0);
	world_put(w, 40, VENDOR_BAD, 0, 20);
	world_put(w, 41, VENDOR_BAD, 0, 20);
}

static void
a_source_broke_unseen(struct world *w)
{
	a_source_broke(w);
	no_answer(w);
}

/* It goes to what hurts, and is out at some servers. */
static void
a_source_broke_on_the_way_up(struct world *w)
{
	a_source_broke(w);
	world_verified(w, 0, NONE);
	the_provider_said_yes(w);
}

static void
lost_mail_is_heard_of(struct world *w)
{
	world_verified(w, 0, FULL);
	signal = (struct dro_signal){.name = "helpdesk.json",
	    .at = at_day(DAY),
	    .max_age_s = DRO_DAY_S,
	    .own = {.word = DRO_WORD_BACK,
		.reason = "calls about lost mail",
		.at = at_day(DAY)}};
	w->facts.signal = &signal;
}

/* ---- 8 and 9: the first looks */

static void
never_seen(struct world *w)
{
	memset(&w->facts, 0, sizeof(w->facts));
	world_live(w, NONE);
}

static void
no_record_ever(struct world *w)
{
	never_seen(w);
	world_live(w, NULL);
}

static void
no_record_still(struct world *w)
{
	rrset_of(w, &w->facts.known, NULL);
	world_live(w, NULL);
}

static void
no_address_of_ours(struct world *w)
{
	world_verified(w, 0, "v=DMARC1; p=none; rua=mailto:a@b.example");
}

static void
no_address_at_all(struct world *w)
{
	world_verified(w, 0, "v=DMARC1; p=none");
	w->settings.rua = NULL;
}

/* ---- 10: after a step back */

static void
stepped_back(struct world *w, bool repaired)
{
	int day;

	world_verified(w, 30, NONE);
	for (day = 1; day < 28; day++)
		world_put(w, day, VENDOR, 20, 0);
	world_put(w, 28, VENDOR_BAD, 0, 20);
	world_put(w, 29, VENDOR_BAD, 0, 20);
	for (day = 31; repaired && day < 35; day++)
		world_put(w, day, VENDOR, 20, 0);
	w->setbacks[0] = (struct dro_setback){.at = at_day(30),
	    .source = CRM,
	    .reason = "crm broke",
	    .left_rung = "quarantine",
	    .attempt = 1};
	w->facts.n_setbacks = 1;
}

static void
not_repaired(struct world *w)
{
	stepped_back(w, false);
}

static void
not_acknowledged(struct world *w)
{
	stepped_back(w, true);
}

static void
cooling_down(struct world *w)
{
	stepped_back(w, true);
	w->setbacks[0].acknowledged_at = at_day(31);
	w->setbacks[0].attempt = 4; /* 24 days */
}

static void
repaired_and_acknowledged(struct world *w)
{
	stepped_back(w, true);
	w->setbacks[0].acknowledged_at = at_day(31);
}

/* ---- 11: what is asked of subdomains */

static void
subdomains_are_to_be_left_alone(struct world *w)
{
	world_verified(w, 0, FULL);
	w->settings.has_sp = true;
	w->settings.sp = DRO_NONE;
}

static void
no_name_that_is_not_there_sends(struct world *w)
{
	world_verified(w, 0, FULL);
	w->settings.has_np = true;
	w->settings.np = DRO_REJECT;
}

/* ---- 12: at the target */

static void
at_the_target(struct world *w)
{
	w->settings.target = DRO_QUARANTINE;
	world_verified(w, 0, FULL);
}

static void
at_the_target_since_today(struct world *w)
{
	at_the_target(w);
	w->facts.verified_at = at_day(DAY) - DRO_HOUR_S;
	w->facts.settle_s = 86400;
}

static void
at_the_target_for_a_week(struct world *w)
{
	at_the_target(w);
	w->facts.verified_at = at_day(DAY - 7);
}

/* ---- 13 to 16: upwards */

static void
the_old_record_lives_on(struct world *w)
{
	w->facts.verified_at = at_day(DAY) - DRO_HOUR_S;
	w->facts.settle_s = 86400;
}

static void
young(struct world *w)
{
	w->facts.verified_at = at_day(1);
}

static void
no_reports_any_more(struct world *w)
{
	w->ev.n_cells -= 8;
	w->ev.n_seen -= 8;
}

static void
persons_must_approve(struct world *w)
{
	w->settings.approvals[1] = 1;
}

static void
as_it_is(struct world *w)
{
	(void)w;
}

static void
off_the_ladder(struct world *w)
{
	size_t i;

	world_verified(w, 0, "v=DMARC1; p=quarantine; pct=10; rua=" RUA);
	for (i = 0; i < w->ev.n_seen; i++)
		w->seen[i].core =
		    (struct dro_core){.p = DRO_QUARANTINE, .pct = 10};
}

#define BLOCKED DRO_OVER_BLOCKED

static const struct row rows[] = {
    {"1", "sending", a_request_under_way, DRO_STEP_PUBLISHING, 0, "publishing",
	DRO_ACT_NONE, NULL},
    {"1", "intent", an_intent, DRO_STEP_PUBLISHING, 0, "publishing",
	DRO_ACT_NONE, NULL},
    {"2", "sent", the_provider_said_yes, DRO_STEP_VERIFYING, 0, "verifying",
	DRO_ACT_NONE, NULL},
    {"3", "no answer", no_answer, DRO_STEP_OBSERVING, BLOCKED, "dns_unknown",
	DRO_ACT_NONE, NULL},
    {"3", "two answers", two_answers, DRO_STEP_OBSERVING, BLOCKED,
	"ns_disagree", DRO_ACT_NONE, NULL},
    {"3", "a CNAME", a_cname, DRO_STEP_OBSERVING, BLOCKED, "cname_delegated",
	DRO_ACT_NONE, NULL},
    {"4", "two records", two_records, DRO_STEP_OBSERVING, BLOCKED,
	"multiple_records", DRO_ACT_NONE, NULL},
    {"4", "malformed", a_malformed_one, DRO_STEP_OBSERVING, BLOCKED,
	"syntax_error", DRO_ACT_NONE, NULL},
    {"4", "resembles one", something_like_one, DRO_STEP_OBSERVING, BLOCKED,
	"syntax_error", DRO_ACT_NONE, NULL},
    {"5", "another policy", another_policy, DRO_STEP_OBSERVING,
	DRO_OVER_DRIFTED, "drifted", DRO_ACT_NONE, NULL},
    {"5", "gone", the_record_is_gone, DRO_STEP_OBSERVING, DRO_OVER_DRIFTED,
	"drifted", DRO_ACT_NONE, NULL},
    {"7", "a source broke", a_source_broke, DRO_STEP_OBSERVING, 0,
	"source_broken", DRO_ACT_SETBACK, "none"},
    {"7", "and DNS is silent", a_source_broke_unseen, DRO_STEP_OBSERVING, 0,
	"source_broken", DRO_ACT_SETBACK, "none"},
    {"7", "on the way up", a_source_broke_on_the_way_up, DRO_STEP_VERIFYING, 0,
	"source_broken", DRO_ACT_SETBACK, "none"},
    {"7", "a signal", lost_mail_is_heard_of, DRO_STEP_OBSERVING, 0,
	"signal_back", DRO_ACT_SETBACK, "none"},
    {"8", "no record ever", no_record_ever, DRO_STEP_NEW, 0, "create",
	DRO_ACT_CREATE, "none"},
    {"8", "no record still", no_record_still, DRO_STEP_OBSERVING, 0, "create",
	DRO_ACT_CREATE, "none"},
    {"8", "not our address", no_address_of_ours, DRO_STEP_OBSERVING, 0,
	"rua_missing", DRO_ACT_CREATE, "none"},
    {"8", "no address", no_address_at_all, DRO_STEP_OBSERVING, BLOCKED,
	"no_rua", DRO_ACT_NONE, NULL},
    {"9", "never seen", never_seen, DRO_STEP_NEW, 0, "new", DRO_ACT_NONE, NULL},
    {"10", "not repaired", not_repaired, DRO_STEP_COOLDOWN, 0,
	"awaiting_repair", DRO_ACT_NONE, "quarantine"},
    {"10", "not acknowledged", not_acknowledged, DRO_STEP_COOLDOWN, 0,
	"awaiting_acknowledgement", DRO_ACT_NONE, "quarantine"},
    {"10", "cooling down", cooling_down, DRO_STEP_COOLDOWN, 0, "cooldown",
	DRO_ACT_NONE, "quarantine"},
    {"10", "returns", repaired_and_acknowledged, DRO_STEP_COOLDOWN, 0,
	"repaired", DRO_ACT_RETURN, "quarantine"},
    {"11", "sp", subdomains_are_to_be_left_alone, DRO_STEP_OBSERVING, 0,
	"adjust", DRO_ACT_ADJUST, "quarantine"},
    {"11", "np", no_name_that_is_not_there_sends, DRO_STEP_OBSERVING, 0,
	"adjust", DRO_ACT_ADJUST, "quarantine"},
    {"12", "at the target", at_the_target, DRO_STEP_DONE, 0, "target",
	DRO_ACT_NONE, NULL},
    {"12", "for a week", at_the_target_for_a_week, DRO_STEP_OBSERVING, 0,
	"target", DRO_ACT_NONE, NULL},
    {"12", "since today", at_the_target_since_today, DRO_STEP_SETTLING, 0,
	"target", DRO_ACT_NONE, NULL},
    {"13", "old TTL", the_old_record_lives_on, DRO_STEP_SETTLING, 0, "dwell",
	DRO_ACT_NONE, "quarantine-10"},
    {"14", "young", young, DRO_STEP_OBSERVING, 0, "dwell", DRO_ACT_NONE,
	"quarantine-10"},
    {"14", "no reports", no_reports_any_more, DRO_STEP_OBSERVING,
	DRO_OVER_STALE_DATA, "freshness", DRO_ACT_NONE, "quarantine-10"},
    {"15", "persons", persons_must_approve, DRO_STEP_READY,
	DRO_OVER_AWAITING_APPROVAL, "awaiting_approval", DRO_ACT_NONE,
	"quarantine-10"},
    {"16", "ready", as_it_is, DRO_STEP_READY, 0, "gates_pass", DRO_ACT_UP,
	"quarantine-10"},
    {"16", "off the ladder", off_the_ladder, DRO_STEP_READY, 0, "gates_pass",
	DRO_ACT_UP, "quarantine"},
};

/* At none for 42 clean days: it would go up. */
static struct world *
ready(void)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, DAY, 100, NONE);
	return (w);
}

static const char *
goes_to(const struct world *w)
{
	if (w->d.action != DRO_ACT_NONE)
		return (rung(w, w->d.to));
	return (w->d.has_next ? rung(w, w->d.next) : NULL);
}

static void
every_row_comes_out(void **state)
{
	const struct dro_decision *d;
	const struct row *r;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		struct world *w = ready();

		r = &rows[i];
		r->make(w);
		d = world_decide(w, DAY);
		if (d->step != r->step || d->overlays != r->overlays ||
		    d->action != r->action || strcmp(d->code, r->code) != 0)
			fail_msg("%s, %s: %s, overlays %x, %s, %s", r->number,
			    r->what, dro_step_name(d->step), d->overlays,
			    d->code, dro_action_name(d->action));
		if (r->to == NULL)
			assert_null(goes_to(w));
		else
			assert_string_equal(goes_to(w), r->to);
		world_destroy(w);
	}
}

/* A change of what is not ours is told, and the rows below decide. */
static void
an_edit_is_told_and_goes_on(void **state)
{
	struct world *w = ready();

	(void)state;
	a_tag_that_is_not_ours(w);
	(void)world_decide(w, DAY);
	assert_true(w->d.edited);
	assert_int_equal(w->d.action, DRO_ACT_UP);
	assert_false(w->d.adopt);
	world_destroy(w);
}

/* The first world of every row, in the order of the table. */
static size_t
first_of_each(const struct row **out)
{
	size_t i, n = 0;

	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		if (i == 0 || strcmp(rows[i].number, rows[i - 1].number) != 0)
			out[n++] = &rows[i];
	return (n);
}

/* Rows 2 and 3 do not keep a rung that hurts. */
static bool
is_overtaken(const struct row *first, const struct row *second)
{
	return (second->action == DRO_ACT_SETBACK &&
	    (strcmp(first->number, "2") == 0 ||
		strcmp(first->number, "3") == 0));
}

static void
the_first_row_that_fits_decides(void **state)
{
	const struct row *of[DRO_ARRAY_LEN(rows)], *wanted;
	size_t n = first_of_each(of), i, j;

	(void)state;
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++) {
			struct world *w = ready();

			of[j]->make(w);
			of[i]->make(w);
			wanted = is_overtaken(of[i], of[j]) ? of[j] : of[i];
			(void)world_decide(w, DAY);
			if (strcmp(w->d.code, wanted->code) != 0 ||
			    w->d.action != wanted->action)
				fail_msg("%s (%s) and %s (%s): %s",
				    of[i]->number, of[i]->what, of[j]->number,
				    of[j]->what, w->d.code);
			world_destroy(w);
		}
}

/* ---- the table of the document */

/* Take the next `word` out of ${cell}; NULL: there is none. */
static char *
next_word(char **cell)
{
	char *word, *end;

	if ((word = strchr(*cell, '`')) == NULL ||
	    (end = strchr(word + 1, '`')) == NULL)
		return (NULL);
	*end = '\0';
	*cell = end + 1;
	return (word + 1);
}

static bool
is_overlay_of(unsigned overlays, const char *word)
{
	unsigned bit;

	for (bit = DRO_OVER_PAUSED; bit <= DRO_OVER_FROZEN; bit <<= 1)
		if ((overlays & bit) != 0 &&
		    strcmp(dro_overlay_name((enum dro_overlay)bit), word) == 0)
			return (true);
	return (false);
}

/* Whether a row made here with that number shows ${word} in ${cell}. */
static bool
came_out(const char *number, int cell, const char *word)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		if (strcmp(r->number, number) != 0)
			continue;
		if ((cell == 2 && strcmp(dro_step_name(r->step), word) == 0) ||
		    (cell == 3 &&
			(strcmp(r->code, word) == 0 ||
			    is_overlay_of(r->overlays, word))) ||
		    (cell == 4 &&
			strcmp(dro_action_name(r->action), word) == 0))
			return (true);
	}
	return (false);
}

static bool met[DRO_ARRAY_LEN(rows)];

/* One row: number, fits when, step, says, move, ends. */
static void
compare_row(char **cells, void *arg)
{
	char *rest, *word;
	unsigned bit;
	size_t i;
	int cell;

	(void)arg;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		if (strcmp(r->number, cells[0]) != 0)
			continue;
		met[i] = true;
		if (!docs_says(cells[2], dro_step_name(r->step)) ||
		    (atoi(r->number) < FIRST_GATE_ROW &&
			!docs_says(cells[3], r->code)) ||
		    (r->action != DRO_ACT_NONE &&
			!docs_says(cells[4], dro_action_name(r->action))))
			fail_msg(
			    "row %s does not tell of: %s", cells[0], r->what);
		for (bit = 1; bit <= r->overlays; bit <<= 1)
			if ((r->overlays & bit) != 0)
				assert_true(docs_says(cells[3],
				    dro_overlay_name((enum dro_overlay)bit)));
	}
	for (cell = 2; cell <= 4; cell++)
		for (rest = cells[cell]; (word = next_word(&rest)) != NULL;)
			if (!came_out(cells[0], cell, word))
				fail_msg("row %s tells of `%s`, which does "
					 "not come out",
				    cells[0], word);
	if (*cells[5] == '\0')
		fail_msg("row %s: when does it end?", cells[0]);
}

static void
the_document_says_the_same(void **state)
{
	size_t i;

	(void)state;
	(void)docs_table(
	    "transitions.md", "# How a domain moves", 6, compare_row, NULL);
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		if (!met[i])
			fail_msg("no row %s: %s", rows[i].number, rows[i].what);
}

/* The overlays that a row can have besides: name, begins, ends. */
static void
note_overlay(char **cells, void *arg)
{
	unsigned *told = arg, bit;

	for (bit = DRO_OVER_PAUSED; bit <= DRO_OVER_FROZEN; bit <<= 1)
		if (docs_says(
			cells[0], dro_overlay_name((enum dro_overlay)bit)))
			*told |= bit;
	assert_true(*cells[2] != '\0');
}

static void
every_overlay_is_told_of(void **state)
{
	unsigned told = 0, bit;
	size_t i;

	(void)state;
	(void)docs_table("transitions.md",
	    "Rows 8, 10, 11 and 16 are held, and row 7 never, by", 3,
	    note_overlay, &told);
	assert_int_equal(told, DRO_OVER_PAUSED | DRO_OVER_FROZEN);
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		told |= rows[i].overlays;
	for (bit = DRO_OVER_PAUSED; bit <= DRO_OVER_FROZEN; bit <<= 1)
		if ((told & bit) == 0)
			fail_msg("%s", dro_overlay_name((enum dro_overlay)bit));
}

/* Every step and move of a domain with a ladder, in some row. */
static void
nothing_is_left_out(void **state)
{
	bool steps[DRO_STEP_PARKED] = {false}, moves[DRO_ACT_PARK] = {false};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		steps[rows[i].step] = true;
		moves[rows[i].action] = true;
	}
	for (i = 0; i < DRO_ARRAY_LEN(steps); i++)
		if (!steps[i])
			fail_msg("%s", dro_step_name((enum dro_step)i));
	for (i = 0; i < DRO_ARRAY_LEN(moves); i++)
		if (!moves[i])
			fail_msg("%s", dro_action_name((enum dro_action)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_comes_out),
	    cmocka_unit_test(an_edit_is_told_and_goes_on),
	    cmocka_unit_test(the_first_row_that_fits_decides),
	    cmocka_unit_test(the_document_says_the_same),
	    cmocka_unit_test(every_overlay_is_told_of),
	    cmocka_unit_test(nothing_is_left_out),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
