#include "base/date.h"
#include "stage/gate_parts.h"

/* What looks odd in the reports is a question, and holds until answered. */

bool
dro_gate_anomaly(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_anomalies *found = in->anomalies;
	int64_t gone;
	size_t i;

	g->unit = "questions";
	if (found->n == 0) {
		g->text = dro_arena_strdup(
		    arena, "nothing implausible in the reports");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->value = g->shortfall = (int64_t)found->n;
	for (i = 0; i < found->n; i++) {
		const struct dro_anomaly *a = &found->items[i];

		gone = dro_day_start(a->last_day + DRO_ANOMALY_DAYS);
		if (gone > g->expected_at)
			g->expected_at = gone;
		g->text = g->text == NULL
		    ? a->text
		    : dro_arena_printf(arena, "%s; %s", g->text, a->text);
		if (g->text == NULL)
			return (false);
	}
	g->text = dro_arena_printf(
	    arena, "%s (if that is right: rollout approve)", g->text);
	return (g->text != NULL);
}
