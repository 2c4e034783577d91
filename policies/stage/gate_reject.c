#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate_parts.h"

/* Gates before the first rung of reject: mail that nobody can repair then. */

/* Passing mail of legitimate sources that has a name, and with DKIM. */
struct share {
	int64_t all, dkim;
};

static struct share
count_dkim(const struct dro_gate_input *in)
{
	const struct dro_population_view *view = in->view;
	const struct dro_evidence *ev = in->evidence;
	struct share n = {0, 0};
	size_t i, s;

	for (i = 0; i < ev->n_cells; i++) {
		const struct dro_cell *c = &ev->cells[i];
		const struct dro_stream *stream = &ev->streams[c->stream];

		s = view->by_stream[c->stream];
		if (s >= view->n || view->linked[c->stream] ||
		    c->day < view->sources[s].epoch_day ||
		    (*stream->dkim == '\0' && *stream->mail_from == '\0'))
			continue;
		n.all += c->pass;
		if (*stream->dkim != '\0')
			n.dkim += c->pass;
	}
	return (n);
}

/*
 * What passes by SPF alone is lost when it is forwarded: with p=reject it must
 * not rely on SPF only (RFC 9989 7.4).  The share of 95 % halves what
 * forwarding loses (decision-quality study, finding 13).
 */
bool
dro_gate_dkim(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	struct share n = count_dkim(in);

	g->unit = "ppm";
	g->limit = in->settings->dkim_ppm;
	/* Rounded down: a share may not look larger than it is. */
	g->value = n.all == 0
	    ? 0
	    : DRO_PPM - dro_bound_rate_ppm(n.all - n.dkim, n.all);
	g->text = dro_arena_printf(arena,
	    "%s of the legitimate mail carries an aligned DKIM signature, "
	    "before reject at least %s",
	    dro_gate_percent(arena, g->value),
	    dro_gate_percent(arena, g->limit));
	if (g->text == NULL)
		return (false);
	if (in->enters != DRO_REJECT || g->value >= g->limit ||
	    dro_gate_accepted(in, "dkim", "domain"))
		return (true);
	g->verdict = DRO_HOLD;
	g->shortfall = g->limit - g->value;
	g->ask.kind = "dkim";
	g->ask.key = "domain";
	g->text = dro_arena_printf(arena,
	    "%s; sign it, or accept that forwarded mail is lost: rollout "
	    "approve",
	    g->text);
	return (g->text != NULL);
}

/*
 * Lists and forwarders that break signatures lose mail at reject, and nobody
 * here can repair that: a person says once that it is known.
 */
bool
dro_gate_forwarded(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_tally *t = &in->view->tally;

	g->unit = "ppm";
	g->limit = in->settings->forwarded_ppm;
	g->value = dro_bound_rate_ppm(t->forwarded, t->n + t->forwarded);
	g->text = dro_arena_printf(arena,
	    "%lld messages failed because they were forwarded, %s of the "
	    "legitimate mail",
	    (long long)t->forwarded, dro_gate_percent(arena, g->value));
	if (g->text == NULL)
		return (false);
	if (in->enters != DRO_REJECT || g->value <= g->limit ||
	    dro_gate_accepted(in, "forwarded", "domain"))
		return (true);
	g->verdict = DRO_HOLD;
	g->shortfall = g->value - g->limit;
	g->ask.kind = "forwarded";
	g->ask.key = "domain";
	g->text = dro_arena_printf(arena,
	    "%s; at reject they are lost: more than %s is accepted by a "
	    "person: rollout approve",
	    g->text, dro_gate_percent(arena, g->limit));
	return (g->text != NULL);
}
