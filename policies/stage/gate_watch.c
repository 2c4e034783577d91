#include "stage/gate_parts.h"

/*
 * A sender whose key or include has gone from DNS fails from now on, whatever
 * the reports of yesterday say; they will show it in a day or two.  Nothing
 * is stepped back for it: that is for failing mail to do.
 */
bool
dro_gate_watch(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_watch_finding *first = NULL, *f;
	size_t i;

	g->unit = "records";
	for (i = 0; i < in->findings->n; i++) {
		f = &in->findings->items[i];
		if (f->accepted)
			continue;
		if (first == NULL)
			first = f;
		g->value++;
	}
	if (first == NULL) {
		g->text = dro_arena_strdup(arena,
		    in->findings->n > 0
			? "what is missing, a person took as right"
			: "no record that legitimate mail stands on is "
			  "missing");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->shortfall = g->value;
	g->source = first->source;
	g->ask.kind = "watch";
	g->ask.key = first->watched->name;
	g->text = dro_arena_printf(arena,
	    "%s; %s, or, if it is meant: rollout approve", first->text,
	    first->remedy);
	return (g->text != NULL);
}
