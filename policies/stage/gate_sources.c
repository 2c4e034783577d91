#include "base/date.h"
#include "stage/gate_parts.h"

/* Gates about single sources. */

/* As in epoch.c: clean report days until a repaired source counts. */
#define REPAIR_DAYS 7

bool
dro_gate_sources(const struct dro_gate_input *in, struct dro_arena *arena,
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
	    t->reporters, t->days, dro_gate_percent(arena, t->share_ppm));
	return (g->text != NULL);
}

bool
dro_gate_repair(const struct dro_gate_input *in, struct dro_arena *arena,
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
