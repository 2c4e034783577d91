#include "stage/signal.h"
#include "world.h"

#include "docs.h"

/*
 * Whole lives of a domain, day by day, with everything that may happen to it
 * at random (a fixed seed): decided by dro_decide, carried out as advance
 * would, answered by people who are mostly away.  After that nothing new
 * happens and people answer: every life must arrive at its target.  What was
 * met on the way is a graph, and from each node a path must lead there.
 */

#define LIVES 60
#define TROUBLED 130 /* days in which things happen */
#define DAYS 330
#define TOOL_FROM 10
#define NODES_MAX 64
#define NODE_LEN 48

static uint64_t random_state = 7;

static int
pick(int n)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((int)((random_state >> 33) % (uint64_t)n));
}

/* Every so many days. */
static bool
now_and_then(int days)
{
	return (pick(days) == 0);
}

/* ---- the graph */

static struct {
	size_t n;
	char names[NODES_MAX][NODE_LEN]; /* "step code" */
	bool edges[NODES_MAX][NODES_MAX];
} graph;

static size_t
node_of(const struct dro_decision *d)
{
	char name[NODE_LEN];
	size_t i;

	(void)snprintf(
	    name, sizeof(name), "%s %s", dro_step_name(d->step), d->code);
	for (i = 0; i < graph.n; i++)
		if (strcmp(graph.names[i], name) == 0)
			return (i);
	assert_true(graph.n < NODES_MAX);
	memcpy(graph.names[graph.n], name, sizeof(name));
	return (graph.n++);
}

/* ---- one life */

struct life {
	struct world *w;
	int day;
	bool calm; /* nothing new happens, people answer */
	int away, broken, tool, reporter_away, dns; /* until these days */
	int breaks;
	struct dro_frozen frozen;
	struct dro_signal signal;
	struct dro_declared declared;
	struct dro_answered answers[DRO_GATES_MAX];
	struct dro_approval approval;
	const char *pending; /* what an open publish makes of the record */
};

static const char *
record_of(struct life *l, const struct dro_rung *rung)
{
	const struct dro_core *c = &rung->core;

	return (dro_arena_printf(l->w->arena, "v=DMARC1; p=%s%s%s; rua=" RUA,
	    dro_level_name(c->p),
	    c->pct != 100 ? dro_arena_printf(l->w->arena, "; pct=%d", c->pct)
			  : "",
	    c->t ? "; t=y" : ""));
}

static void
publish(struct life *l, const char *record)
{
	world_verified(l->w, l->day, record);
	l->w->facts.settle_s = 3600;
}

/* The reports of the day before. */
static void
reports_come(struct life *l)
{
	struct world *w = l->w;
	int day = l->day - 1;
	bool broken = day < l->broken;
	uint32_t r;

	if (day < l->away || w->live.rrset.n == 0)
		return;
	for (r = 0; r < 2; r++) {
		if (r == 0 && day < l->reporter_away)
			continue;
		world_report(w, day, r, NONE);
		/* Receivers here do not tell what policy they saw. */
		w->seen[w->ev.n_seen - 1].has_p = false;
		w->seen[w->ev.n_seen - 1].has_pct = false;
		world_mail(w, day, r, OWN, 100, 0);
		world_mail(w, day, r, broken ? VENDOR_BAD : VENDOR,
		    broken ? 0 : 20, broken ? 20 : 0);
		if (day < l->tool)
			world_mail(w, day, r, TOOL, 0, 5);
	}
}

/* ---- what happens to it */

static void
something_happens_to_mail(struct life *l)
{
	if (now_and_then(40) && l->breaks < 3) {
		l->broken = l->day + 2 + pick(6);
		l->breaks++;
	}
	if (now_and_then(40))
		l->away = l->day + 4 + pick(8);
	if (now_and_then(50))
		l->reporter_away = l->day + 8 + pick(10);
	if (now_and_then(60))
		l->tool = l->day + TOOL_FROM;
}

static void
something_happens_to_dns(struct life *l)
{
	static const enum dro_live_status unclear[] = {
	    DRO_LIVE_UNKNOWN, DRO_LIVE_DISAGREE, DRO_LIVE_CNAME};
	static const char *const edits[] = {"v=DMARC1; p=none; t=y; rua=" RUA,
	    "v=DMARC1; p=quarantaine", "v=DMARC1; p=none; fo=1; rua=" RUA,
	    NULL};
	struct world *w = l->w;

	if (now_and_then(30)) {
		w->live.status = unclear[pick(3)];
		l->dns = l->day + 1 + pick(3);
	}
	if (l->pending != NULL || !w->facts.adopted)
		return;
	if (now_and_then(30))
		world_live(w, edits[pick(4)]);
	if (now_and_then(60) && w->live.rrset.n == 1)
		assert_int_equal(dro_rrset_add(&w->live.rrset, w->arena, NONE,
				     strlen(NONE), NULL),
		    DRO_OK);
}

static void
somebody_does_something(struct life *l)
{
	struct world *w = l->w;

	if (now_and_then(40))
		w->settings.pause = "audit";
	if (now_and_then(40))
		l->frozen = (struct dro_frozen){
		    at_day(l->day) - 60, at_day(l->day + 3), "holidays"};
	if (now_and_then(50)) {
		l->signal.own.word = now_and_then(2) && l->breaks < 3
		    ? DRO_WORD_BACK
		    : DRO_WORD_HOLD;
		l->signal.own.at = at_day(l->day) - 1;
	}
	if (now_and_then(60))
		w->settings.rua = NULL;
}

static void
dns_recovers(struct life *l)
{
	if (l->day >= l->dns)
		l->w->live.status = DRO_LIVE_OK;
}

/* ---- what people do */

static void
reconcile(struct life *l)
{
	struct world *w = l->w;

	if (w->facts.known.n == 1)
		world_live(w, w->facts.known.values[0].ptr);
	else
		world_live(w, NONE);
}

static void
answer_gates(struct life *l)
{
	static const char *const names[] = {"news.example"};
	struct world *w = l->w;
	size_t i, n = 0;

	for (i = 0; i < w->d.n_gates; i++)
		if (w->d.gates[i].ask.kind != NULL)
			l->answers[n++] =
			    (struct dro_answered){w->d.gates[i].ask.kind,
				w->d.gates[i].ask.key, at_day(2 * DAYS)};
	if (n > 0) {
		w->facts.answers = l->answers;
		w->facts.n_answers = n;
	}
	if (strcmp(w->d.code, "undecided") == 0) {
		l->declared = (struct dro_declared){.name = "news",
		    .whose = DRO_NOT_OURS,
		    .n_mail_from = 1,
		    .mail_from = (const char **)(uintptr_t)names};
		w->settings.sources = &l->declared;
		w->settings.n_sources = 1;
	}
}

static void
approve(struct life *l)
{
	struct world *w = l->w;

	l->approval = (struct dro_approval){.rung = rung(w, w->d.next),
	    .uid = 1,
	    .by = "anna@ops",
	    .at = at_day(l->day),
	    .expires_at = at_day(l->day + 5),
	    .digest = "d"};
	w->facts.approvals = &l->approval;
	w->facts.n_approvals = 1;
}

static void
people_answer(struct life *l)
{
	struct world *w = l->w;
	const char *code = w->d.code;

	w->settings.rua = RUA;
	w->settings.pause = NULL;
	l->signal.own.word = DRO_WORD_NONE;
	if ((w->d.overlays & DRO_OVER_DRIFTED) != 0 ||
	    strcmp(code, "multiple_records") == 0 ||
	    strcmp(code, "syntax_error") == 0)
		reconcile(l);
	else if (strcmp(code, "awaiting_approval") == 0)
		approve(l);
	else if (w->d.step == DRO_STEP_COOLDOWN)
		w->setbacks[w->facts.n_setbacks - 1].acknowledged_at =
		    at_day(l->day);
	else
		answer_gates(l);
}

/* ---- what advance does */

static void
step_back(struct life *l)
{
	struct world *w = l->w;
	size_t n = w->facts.n_setbacks++;

	assert_true(n < DRO_ARRAY_LEN(w->setbacks));
	w->setbacks[n] = (struct dro_setback){.at = at_day(l->day),
	    .source = w->d.broken != NULL ? w->d.broken->key : NULL,
	    .reason = w->d.reason,
	    .left_rung = rung(w, w->d.rung),
	    .attempt = (int)n + 1};
}

/* Begin it; it may take until tomorrow, or be interrupted. */
static void
carry_out(struct life *l)
{
	struct world *w = l->w;
	const char *record = record_of(l, &w->settings.ladder.rungs[w->d.to]);

	if (w->d.action == DRO_ACT_SETBACK)
		step_back(l);
	else if (w->d.action == DRO_ACT_RETURN)
		w->setbacks[w->facts.n_setbacks - 1].returned_at =
		    at_day(l->day);
	if (w->d.action == DRO_ACT_SETBACK || pick(3) != 0) {
		w->facts.op_state = DRO_OP_NONE;
		l->pending = NULL;
		publish(l, record);
		return;
	}
	w->facts.op_state = pick(2) == 0 ? DRO_OP_SENT : DRO_OP_SENDING;
	w->facts.op_to = rung(w, w->d.to);
	l->pending = record;
}

static void
advance(struct life *l)
{
	struct world *w = l->w;

	if (l->pending != NULL && w->d.action == DRO_ACT_NONE) {
		w->facts.op_state = DRO_OP_NONE;
		publish(l, l->pending);
		l->pending = NULL;
	} else if (w->d.action != DRO_ACT_NONE) {
		carry_out(l);
	} else if (w->d.adopt) {
		world_verified(w, l->day,
		    w->live.rrset.n > 0 ? w->live.rrset.values[0].ptr : NULL);
		w->facts.adopted_at = at_day(l->day);
	} else if (w->d.edited) {
		rrset_of(w, &w->facts.known, w->live.rrset.values[0].ptr);
	}
}

static bool
is_home(const struct dro_decision *d)
{
	return (d->step == DRO_STEP_DONE && strcmp(d->code, "target") == 0);
}

static struct world *
be_born(struct life *l)
{
	static const char *const records[] = {
	    NULL, NONE, "v=DMARC1; p=none", "v=DMARC1; p=quarantine; rua=" RUA};
	struct world *w = world_create("standard");

	memset(l, 0, sizeof(*l));
	l->w = w;
	world_live(w, records[pick(4)]);
	if (now_and_then(3))
		w->settings.rua = NULL;
	w->settings.approvals[1] = 1;
	w->settings.frozen = &l->frozen;
	w->settings.n_frozen = 1;
	w->facts.up_digest = "d";
	l->signal = (struct dro_signal){.name = "helpdesk.json",
	    .max_age_s = DRO_DAY_S,
	    .all = {.word = DRO_WORD_GO, .at = 1}};
	w->facts.signal = &l->signal;
	return (w);
}

static void
live(struct life *l)
{
	struct world *w = be_born(l);
	size_t from = SIZE_MAX, to;

	for (l->day = 0; l->day < DAYS; l->day++) {
		l->calm = l->day >= TROUBLED;
		reports_come(l);
		dns_recovers(l);
		if (!l->calm) {
			something_happens_to_mail(l);
			something_happens_to_dns(l);
			somebody_does_something(l);
		}
		l->signal.at = at_day(l->day);
		(void)world_decide(w, l->day);
		to = node_of(&w->d);
		if (from != SIZE_MAX)
			graph.edges[from][to] = true;
		from = to;
		advance(l);
		if (l->calm || now_and_then(6))
			people_answer(l);
		if (l->calm && is_home(&w->d))
			break;
	}
	if (!is_home(&w->d))
		fail_msg("after %d days: %s, %s: %s", l->day,
		    dro_step_name(w->d.step), w->d.code, w->d.reason);
	world_destroy(w);
}

static void
every_life_arrives(void **state)
{
	struct life *l = malloc(sizeof(*l));
	int i;

	(void)state;
	assert_non_null(l);
	for (i = 0; i < LIVES; i++)
		live(l);
	free(l);
}

static void
every_node_has_a_way_out(void **state)
{
	bool home[NODES_MAX] = {false};
	bool found = true;
	size_t i, j;

	(void)state;
	for (i = 0; i < graph.n; i++)
		home[i] = strcmp(graph.names[i], "done target") == 0;
	while (found) {
		found = false;
		for (i = 0; i < graph.n; i++)
			for (j = 0; j < graph.n && !home[i]; j++)
				if (graph.edges[i][j] && home[j])
					home[i] = found = true;
	}
	for (i = 0; i < graph.n; i++)
		if (!home[i])
			fail_msg("%s: no way out", graph.names[i]);
}

/* Whether anybody was told each `word` of ${cell}; overlays are no reason. */
static void
was_met(char *cell)
{
	char *word, *end;
	size_t i;

	while ((word = strchr(cell, '`')) != NULL) {
		end = strchr(++word, '`');
		assert_non_null(end);
		*end = '\0';
		cell = end + 1;
		if (strcmp(word, "blocked") == 0 ||
		    strcmp(word, "stale_data") == 0 ||
		    strcmp(word, "adjust") == 0)
			continue;
		for (i = 0; i < graph.n; i++)
			if (strcmp(strchr(graph.names[i], ' ') + 1, word) == 0)
				break;
		if (i == graph.n)
			fail_msg("nobody met %s", word);
	}
}

static void
reasons_were_met(char **cells, void *arg)
{
	(void)arg;
	was_met(cells[3]);
}

static void
overlays_were_met(char **cells, void *arg)
{
	(void)arg;
	was_met(cells[0]);
}

static void
everything_was_met(void **state)
{
	(void)state;
	(void)docs_table("transitions.md", "# How a domain moves", 6,
	    reasons_were_met, NULL);
	(void)docs_table("transitions.md",
	    "Rows 8, 10, 11 and 16 are held, and row 7 never, by", 3,
	    overlays_were_met, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_life_arrives),
	    cmocka_unit_test(every_node_has_a_way_out),
	    cmocka_unit_test(everything_was_met),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
