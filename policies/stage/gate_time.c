#include "base/date.h"
#include "stage/gate_parts.h"

/* Gates about time: how old the reports are, how many days there were. */

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

bool
dro_gate_freshness(const struct dro_gate_input *in, struct dro_arena *arena,
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

bool
dro_gate_dwell(const struct dro_gate_input *in, struct dro_arena *arena,
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

/* Report days: days with a counted report that began on the settled rung. */
bool
dro_gate_report_days(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_evidence *ev = in->evidence;
	int32_t day, last = INT32_MIN;
	size_t i;

	for (i = 0; i < ev->n_seen; i++) {
		if (ev->seen[i].begin < in->settled_at)
			continue;
		day = dro_day_of(ev->seen[i].begin);
		g->value += day != last;
		last = day;
	}
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
