#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate.h"

/* Reporters count if they told about the domain in this many days. */
#define REPORTER_DAYS 28

/* Policy seen: this share of comparable mail must show the live record ... */
#define SEEN_PPM INT64_C(900000)

/* ... or this many days must pass in which nobody shows a comparable tag. */
#define SEEN_DAYS 3

/* As in source.c: clean report days until a repaired source counts. */
#define REPAIR_DAYS 7

/* Fill the texts and numbers of one gate; false when out of memory. */
typedef bool gate_fn(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g);

static int64_t
days_since(int64_t from, int64_t to)
{
	return (to <= from ? 0 : (to - from) / DRO_DAY_S);
}

static int64_t
newest_end(const struct dro_evidence *ev)
{
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < ev->n_seen; i++)
		if (ev->seen[i].end > newest)
			newest = ev->seen[i].end;
	return (newest);
}

static bool
gate_freshness(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	int64_t newest = newest_end(in->evidence);

	g->unit = "hours";
	g->limit = in->settings->freshness_h;
	if (newest == 0) {
		g->verdict = DRO_HOLD;
		g->text = dro_arena_strdup(
		    arena, "no report from an authenticated reporter yet");
		return (g->text != NULL);
	}
	g->value = in->clock->now <= newest
	    ? 0
	    : (in->clock->now - newest) / DRO_HOUR_S;
	if (dro_reached(in->clock, newest + (g->limit + 1) * DRO_HOUR_S)) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->value - g->limit;
	}
	g->text = dro_arena_printf(arena,
	    "newest report ended %lld hours ago, at most %lld",
	    (long long)g->value, (long long)g->limit);
	return (g->text != NULL);
}

static bool
gate_dwell(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	g->unit = "days";
	g->value = days_since(in->settled_at, in->clock->now);
	g->limit = in->hop->days;
	g->expected_at = in->settled_at + g->limit * DRO_DAY_S;
	if (dro_reached(in->clock, g->expected_at)) {
		g->expected_at = 0;
	} else {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
	}
	g->text = dro_arena_printf(arena, "%lld of %lld days on this rung",
	    (long long)g->value, (long long)g->limit);
	return (g->text != NULL);
}

static int
compare_days(const void *va, const void *vb)
{
	const int32_t *a = va, *b = vb;

	return ((*a > *b) - (*a < *b));
}

/* Report days: days with a counted report that began on the settled rung. */
static bool
gate_report_days(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_evidence *ev = in->evidence;
	int32_t *days = dro_arena_alloc(arena, ev->n_seen, sizeof(*days));
	size_t i, n = 0;

	if (days == NULL)
		return (false);
	for (i = 0; i < ev->n_seen; i++)
		if (ev->seen[i].begin >= in->settled_at)
			days[n++] = dro_day_of(ev->seen[i].begin);
	qsort(days, n, sizeof(*days), compare_days);
	for (i = 0; i < n; i++)
		g->value += i == 0 || days[i] != days[i - 1];
	g->unit = "days";
	g->limit = in->hop->report_days;
	if (g->value < g->limit) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
		g->expected_at = in->clock->now + g->shortfall * DRO_DAY_S;
	}
	g->text = dro_arena_printf(arena,
	    "%lld of %lld days with reports on this rung", (long long)g->value,
	    (long long)g->limit);
	return (g->text != NULL);
}

static bool
gate_reporters(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_evidence *ev = in->evidence;
	bool *seen = dro_arena_alloc(arena, ev->n_reporters, sizeof(*seen));
	size_t i;

	if (seen == NULL)
		return (false);
	for (i = 0; i < ev->n_seen; i++)
		if (!dro_reached(
			in->clock, ev->seen[i].end + REPORTER_DAYS * DRO_DAY_S))
			seen[ev->seen[i].reporter] = true;
	for (i = 0; i < ev->n_reporters; i++)
		g->value += seen[i];
	g->unit = "reporters";
	g->limit = in->settings->reporters_min;
	if (g->value < g->limit) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
	}
	g->text = dro_arena_printf(arena,
	    "%lld authenticated reporters in %d days, at least %lld",
	    (long long)g->value, REPORTER_DAYS, (long long)g->limit);
	return (g->text != NULL);
}

/* Parts per million as per cent with three decimals: "0.945%". */
static const char *
percent(struct dro_arena *arena, int64_t ppm)
{
	const char *s = dro_arena_printf(arena, "%lld.%03lld%%",
	    (long long)(ppm / 10000), (long long)(ppm % 10000 / 10));

	return (s != NULL ? s : "?");
}

/*
 * The bound counts whole messages, so value and limit are messages: how many
 * there are, how many there must be with the failures seen so far.
 */
static bool
gate_bound(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_tally *t = &in->view->tally;
	int64_t alpha = in->alpha_ppm >> (t->epoch < 8 ? t->epoch + 1 : 9);
	int64_t tau = in->settings->tau_ppm, per_day;
	struct dro_evalue e;
	bool beyond;

	if (alpha < 1)
		alpha = 1;
	e = dro_bound_evalue(t->fail, t->n, tau, alpha);
	g->unit = "messages";
	g->value = t->n;
	g->shortfall = dro_bound_needed(t->fail, t->n, tau, alpha);
	g->limit = t->n + g->shortfall;
	if (!e.reached) {
		g->verdict = dro_bound_rate_ppm(t->fail, t->n) > tau ? DRO_FAIL
								     : DRO_HOLD;
		per_day =
		    t->n == 0 ? 0 : t->n / (t->last_day - t->first_day + 1);
		if (per_day > 0 && g->shortfall / per_day < 3650)
			g->expected_at = in->clock->now +
			    (g->shortfall / per_day + 1) * DRO_DAY_S;
	}
	/* Far beyond what is needed the number itself says nothing. */
	if ((beyond = e.milli > e.needed_milli * 1000))
		e.milli = e.needed_milli * 1000;
	g->text = dro_arena_printf(arena,
	    "%lld failures in %lld legitimate messages, 95%% upper bound %s "
	    "(limit %s, independence assumed), E%s%lld.%03lld of %lld.%03lld "
	    "needed%s",
	    (long long)t->fail, (long long)t->n,
	    percent(arena, dro_bound_upper_ppm(t->fail, t->n, 50000)),
	    percent(arena, tau), beyond ? ">" : "=",
	    (long long)(e.milli / 1000), (long long)(e.milli % 1000),
	    (long long)(e.needed_milli / 1000),
	    (long long)(e.needed_milli % 1000),
	    e.reached ? ""
		      : dro_arena_printf(arena,
			    "; %lld more without a failure would do",
			    (long long)g->shortfall));
	return (g->text != NULL);
}

/* Does a report show the live record?  Only tags that it shows compare. */
static bool
shows_live(const struct dro_seen *s, struct dro_core live)
{
	return ((!s->has_p || s->core.p == live.p) &&
	    (!s->has_pct || s->core.pct == live.pct) &&
	    (!s->has_t || s->core.t == live.t));
}

static bool
gate_policy_seen(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	int64_t all = 0, same = 0;
	size_t i;

	for (i = 0; i < in->evidence->n_seen; i++) {
		const struct dro_seen *s = &in->evidence->seen[i];

		if (s->begin < in->settled_at ||
		    (!s->has_p && !s->has_pct && !s->has_t))
			continue;
		all += s->messages;
		if (shows_live(s, in->core))
			same += s->messages;
	}
	g->unit = "ppm";
	g->limit = SEEN_PPM;
	if (all == 0) {
		g->expected_at = in->settled_at + SEEN_DAYS * DRO_DAY_S;
		if (!dro_reached(in->clock, g->expected_at)) {
			g->verdict = DRO_HOLD;
			g->shortfall = SEEN_PPM;
		}
		g->text = dro_arena_printf(arena,
		    "no report shows the policy published since; after %d "
		    "days without one this gate passes",
		    SEEN_DAYS);
		return (g->text != NULL);
	}
	/* Rounded down: a share may not look larger than it is. */
	g->value = DRO_PPM - dro_bound_rate_ppm(all - same, all);
	if (g->value < g->limit) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
	}
	g->text = dro_arena_printf(arena,
	    "%s of the mail reported since was judged under the live record, "
	    "at least %s",
	    percent(arena, g->value), percent(arena, g->limit));
	return (g->text != NULL);
}

static bool
gate_repair(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_source *worst = NULL;
	size_t i;

	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		if (s->awaiting_repair &&
		    (worst == NULL || s->clean_days < worst->clean_days))
			worst = s;
	}
	g->unit = "days";
	g->limit = REPAIR_DAYS;
	if (worst == NULL) {
		g->value = REPAIR_DAYS;
		g->text = dro_arena_strdup(arena, "no source awaits repair");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->source = worst->key;
	g->value = worst->clean_days;
	g->shortfall = g->limit - g->value;
	g->expected_at = in->clock->now + g->shortfall * DRO_DAY_S;
	g->text = dro_arena_printf(arena,
	    "%s broke: %lld of %lld clean report days since its repair",
	    worst->key, (long long)g->value, (long long)g->limit);
	return (g->text != NULL);
}

static bool
gate_sources(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_trigger *t = in->trigger;

	g->unit = "messages";
	if (t->source == NULL) {
		g->text = dro_arena_strdup(
		    arena, "every legitimate source passes as before");
		return (g->text != NULL);
	}
	g->verdict = DRO_FAIL;
	g->source = t->source->key;
	g->value = g->shortfall = t->failing;
	g->text = dro_arena_printf(arena,
	    "%s fails: %lld of %lld messages, where about %lld should have "
	    "passed (%d reporters, %d days, %s of the legitimate mail)",
	    t->source->key, (long long)t->failing,
	    (long long)(t->failing + t->passing), (long long)t->predicted,
	    t->reporters, t->days, percent(arena, t->share_ppm));
	return (g->text != NULL);
}

static const struct {
	const char *name;
	gate_fn *eval;
} table[] = {
    {"freshness", gate_freshness},
    {"dwell", gate_dwell},
    {"report_days", gate_report_days},
    {"reporters", gate_reporters},
    {"bound", gate_bound},
    {"sources", gate_sources},
    {"repair", gate_repair},
    {"policy_seen", gate_policy_seen},
};

enum dro_code
dro_gates_eval(const struct dro_gate_input *input, struct dro_arena *arena,
    struct dro_gate *gates, size_t *n, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		memset(&gates[i], 0, sizeof(gates[i]));
		gates[i].gate = table[i].name;
		if (!table[i].eval(input, arena, &gates[i]))
			return (dro_err_nomem(err));
	}
	*n = DRO_ARRAY_LEN(table);
	return (DRO_OK);
}

const char *
dro_verdict_name(enum dro_verdict verdict)
{
	switch (verdict) {
	case DRO_PASS:
		return ("pass");
	case DRO_HOLD:
		return ("hold");
	case DRO_FAIL:
		break;
	}
	return ("fail");
}
