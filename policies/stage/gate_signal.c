#include "base/date.h"
#include "stage/gate_parts.h"
#include "stage/signal.h"

/*
 * The word of somebody who hears what no report tells: a helpdesk, a bounce
 * log.  Where one is configured, not to hear from it is no yes.
 */
bool
dro_gate_signal(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	struct dro_signal_now now;

	if (!dro_signal_look(in->facts, in->clock, arena, &now))
		return (false);
	g->unit = "hours";
	g->value = now.age_s / DRO_HOUR_S;
	if (in->facts->signal != NULL)
		g->limit = in->facts->signal->max_age_s / DRO_HOUR_S;
	g->text = now.text;
	if (now.word == DRO_WORD_GO)
		return (true);
	g->verdict = DRO_HOLD;
	g->expected_at = now.ends_at;
	return (true);
}
