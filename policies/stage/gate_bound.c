#include <string.h>

#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate_parts.h"

/* Gates about rates: what the counts can and cannot exclude. */

/* Both bounds that people see hold with 95 %. */
#define SHOWN_PPM 50000

/* Domains with little mail: after so long a person may decide. */
#define LOW_VOLUME_DAYS 60
#define LOW_VOLUME_REPORT_DAYS 20

/* A source is judged on its own from so much mail and failures on. */
#define SOURCE_MESSAGES 10
#define SOURCE_FAILS 3

/* What is accepted is rounded up to a tenth of a per cent. */
#define STEP_PPM 1000

static int64_t
alpha_of(const struct dro_gate_input *in)
{
	int epoch = in->view->tally.epoch;
	int64_t alpha = in->alpha_ppm >> (epoch < 8 ? epoch + 1 : 9);

	return (alpha < 1 ? 1 : alpha);
}

/* Days with legitimate mail, and those of them on which some failed. */
struct days {
	int64_t all, bad;
};

static struct days
count_days(const struct dro_gate_input *in)
{
	const struct dro_evidence *ev = in->evidence;
	const struct dro_population_view *view = in->view;
	struct days n = {0, 0};
	int32_t last = INT32_MIN, last_bad = INT32_MIN;
	size_t i, s;

	for (i = 0; i < ev->n_cells; i++) {
		const struct dro_cell *c = &ev->cells[i];

		s = view->by_stream[c->stream];
		if (s >= view->n || view->linked[c->stream] ||
		    view->sources[s].awaiting_repair ||
		    c->day < view->sources[s].epoch_day ||
		    c->pass + c->fail == 0)
			continue;
		n.all += c->day != last;
		n.bad += c->fail > 0 && c->day != last_bad;
		last = c->day;
		if (c->fail > 0)
			last_bad = c->day;
	}
	return (n);
}

/*
 * Failures come in clumps: no number of messages excludes a bad day, only
 * days do (rollout-controllers study, 8.5).
 */
static const char *
days_text(const struct dro_gate_input *in, struct dro_arena *arena)
{
	struct days n = count_days(in);

	if (n.all == 0)
		return ("");
	return (dro_arena_printf(arena,
	    "; failures on %lld of %lld days: up to %s of days may hold one",
	    (long long)n.bad, (long long)n.all,
	    dro_gate_percent(
		arena, dro_bound_upper_ppm(n.bad, n.all, SHOWN_PPM))));
}

static int
report_days(const struct dro_evidence *ev)
{
	int32_t day, last = INT32_MIN;
	size_t i;
	int n = 0;

	for (i = 0; i < ev->n_seen; i++, last = day) {
		day = dro_day_of(ev->seen[i].begin);
		n += day != last;
	}
	return (n);
}

/* Mail that is too little to prove anything in a reasonable time. */
static bool
is_low_volume(const struct dro_gate_input *in)
{
	return (dro_reached(in->clock,
		    in->facts->adopted_at + LOW_VOLUME_DAYS * DRO_DAY_S) &&
	    report_days(in->evidence) >= LOW_VOLUME_REPORT_DAYS);
}

/*
 * Let a person accept the upper bound ${upper} of ${key}: what was accepted
 * before passes, else the question goes into the gate.
 */
static bool
ask_rate(
    struct dro_arena *arena, const char *key, int64_t upper, struct dro_gate *g)
{
	int64_t up_to = (upper + STEP_PPM - 1) / STEP_PPM * STEP_PPM;

	g->ask.kind = "rate";
	g->ask.key = dro_arena_printf(arena, "%lld %s", (long long)up_to, key);
	g->text = dro_arena_printf(arena,
	    "%s; a person may accept up to %s: rollout approve", g->text,
	    dro_gate_percent(arena, up_to));
	return (g->ask.key != NULL && g->text != NULL);
}

static bool
pass_as_accepted(struct dro_arena *arena, int64_t up_to, struct dro_gate *g)
{
	g->verdict = DRO_PASS;
	g->shortfall = g->expected_at = 0;
	g->text = dro_arena_printf(arena, "%s; accepted up to %s", g->text,
	    dro_gate_percent(arena, up_to));
	return (g->text != NULL);
}

/* The bound does not hold: how bad, and until when. */
static bool
not_reached(const struct dro_gate_input *in, struct dro_arena *arena,
    int64_t upper, struct dro_gate *g)
{
	const struct dro_tally *t = &in->view->tally;
	int64_t tau = in->settings->tau_ppm, per_day = 0;
	int64_t accepted = dro_gate_accepted_ppm(in, "domain");

	g->verdict =
	    dro_bound_rate_ppm(t->fail, t->n) > tau ? DRO_FAIL : DRO_HOLD;
	if (t->n > 0)
		per_day = t->n / (t->last_day - t->first_day + 1);
	if (per_day > 0 && g->shortfall / per_day < 3650)
		g->expected_at =
		    in->clock->now + (g->shortfall / per_day + 1) * DRO_DAY_S;
	if (t->n == 0)
		return (true);
	if (upper <= accepted)
		return (pass_as_accepted(arena, accepted, g));
	if (g->verdict == DRO_FAIL || is_low_volume(in))
		return (ask_rate(arena, "domain", upper, g));
	return (true);
}

/* Far beyond what is needed the number itself says nothing. */
static const char *
test_text(const struct dro_evalue *e, struct dro_arena *arena)
{
	if (e->milli > e->needed_milli * 1000)
		return ("passed a thousand times over");
	return (dro_arena_printf(arena, "%lld.%03lld of %lld.%03lld needed",
	    (long long)(e->milli / 1000), (long long)(e->milli % 1000),
	    (long long)(e->needed_milli / 1000),
	    (long long)(e->needed_milli % 1000)));
}

/*
 * The bound counts whole messages, so value and limit are messages: how many
 * there are, how many there must be with the failures seen so far.
 */
bool
dro_gate_bound(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_tally *t = &in->view->tally;
	int64_t alpha = alpha_of(in), tau = in->settings->tau_ppm, upper;
	const char *days = days_text(in, arena);
	struct dro_evalue e;
	const char *test;

	e = dro_bound_evalue(t->fail, t->n, tau, alpha);
	upper = dro_bound_upper_ppm(t->fail, t->n, SHOWN_PPM);
	g->unit = "messages";
	g->value = t->n;
	g->shortfall = dro_bound_needed(t->fail, t->n, tau, alpha);
	g->limit = t->n + g->shortfall;
	test = test_text(&e, arena);
	if (test == NULL || days == NULL)
		return (false);
	g->text = dro_arena_printf(arena,
	    "%lld failures in %lld legitimate messages, 95%% upper bound %s "
	    "(limit %s, independence assumed), daily test %s%s%s",
	    (long long)t->fail, (long long)t->n, dro_gate_percent(arena, upper),
	    dro_gate_percent(arena, tau), test, days,
	    e.reached ? ""
		      : dro_arena_printf(arena,
			    "; %lld more without a failure would do",
			    (long long)g->shortfall));
	if (g->text == NULL)
		return (false);
	return (e.reached || not_reached(in, arena, upper, g));
}

/* What may be true of ${s}; 0 while there is too little to say. */
static int64_t
upper_of(const struct dro_source *s)
{
	int64_t n = s->pass + s->fail;

	if (!dro_source_is_legit(s) || s->awaiting_repair ||
	    (!s->critical && (n < SOURCE_MESSAGES || s->fail < SOURCE_FAILS)) ||
	    s->fail == 0)
		return (0);
	return (dro_bound_upper_ppm(s->fail, n, SHOWN_PPM));
}

/*
 * A small source that fails hides in the rate of a large domain: an invoice
 * run behind a newsletter.  So each is judged alone too, with more patience
 * (tau_s 5 %, from 10 messages and 3 failures on; decision-quality study, 3);
 * a critical one from its first failure on.
 */
bool
dro_gate_source_bound(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_source *worst = NULL;
	int64_t upper, tau = in->settings->tau_source_ppm, n;
	size_t i;

	g->unit = "ppm";
	g->limit = tau;
	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		upper = upper_of(s);
		if (upper <= tau || upper <= g->value ||
		    upper <= dro_gate_accepted_ppm(in, s->key))
			continue;
		worst = s;
		g->value = upper;
	}
	if (worst == NULL) {
		g->text = dro_arena_printf(arena,
		    "no source may fail more than %s of its mail",
		    dro_gate_percent(arena, tau));
		return (g->text != NULL);
	}
	n = worst->pass + worst->fail;
	g->source = worst->key;
	g->shortfall = g->value - tau;
	g->verdict =
	    dro_bound_rate_ppm(worst->fail, n) > tau ? DRO_FAIL : DRO_HOLD;
	g->text = dro_arena_printf(arena,
	    "%s: %lld failures in %lld messages, 95%% upper bound %s (limit "
	    "%s for one source)",
	    worst->key, (long long)worst->fail, (long long)n,
	    dro_gate_percent(arena, g->value), dro_gate_percent(arena, tau));
	return (g->text != NULL && ask_rate(arena, worst->key, g->value, g));
}
