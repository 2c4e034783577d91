#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate_parts.h"

/* Gates about who reports, and about what policy. */

/* Reporters count if they told about the domain in this many days. */
#define REPORTER_DAYS 28

/* Policy seen: this share of comparable mail must show the live record ... */
#define SEEN_PPM INT64_C(900000)

/* ... or this many days must pass in which nobody shows a comparable tag. */
#define SEEN_DAYS 3

bool
dro_gate_reporters(const struct dro_gate_input *in, struct dro_arena *arena,
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

bool
dro_gate_policy_seen(const struct dro_gate_input *in, struct dro_arena *arena,
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
		if (dro_seen_shows(s, in->core))
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
	    dro_gate_percent(arena, g->value),
	    dro_gate_percent(arena, g->limit));
	return (g->text != NULL);
}
