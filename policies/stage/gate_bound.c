#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate_parts.h"

/* Gates about rates: what the counts can and cannot exclude. */

/*
 * The bound counts whole messages, so value and limit are messages: how many
 * there are, how many there must be with the failures seen so far.
 */
bool
dro_gate_bound(const struct dro_gate_input *in, struct dro_arena *arena,
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
	    dro_gate_percent(arena, dro_bound_upper_ppm(t->fail, t->n, 50000)),
	    dro_gate_percent(arena, tau), beyond ? ">" : "=",
	    (long long)(e.milli / 1000), (long long)(e.milli % 1000),
	    (long long)(e.needed_milli / 1000),
	    (long long)(e.needed_milli % 1000),
	    e.reached ? ""
		      : dro_arena_printf(arena,
			    "; %lld more without a failure would do",
			    (long long)g->shortfall));
	return (g->text != NULL);
}
