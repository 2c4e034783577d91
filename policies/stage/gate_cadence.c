#include <string.h>

#include "base/date.h"
#include "stage/gate_parts.h"

/* Gates about sources that send seldom, or have only begun to. */

/* A declared source that nobody reports is asked about after so long. */
#define PERIODS 2
#define PERIODS_MORE_DAYS 30

/* Of this share of the legitimate mail on a new source is waited for. */
#define NEW_ONE_IN 100

static const struct dro_source *
find_declared(const struct dro_gate_input *in, const char *name)
{
	static const char prefix[] = "declared:";
	size_t i;

	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		if (strncmp(s->key, prefix, strlen(prefix)) == 0 &&
		    strcmp(s->key + strlen(prefix), name) == 0)
			return (s);
	}
	return (NULL);
}

/* Whether the domain waits until somebody has reported mail of ${d}. */
static bool
is_missing(const struct dro_gate_input *in, const struct dro_declared *d)
{
	const struct dro_source *s = find_declared(in, d->name);

	return (d->whose == DRO_OURS && d->cadence_days > 0 &&
	    d->cadence_days <= in->settings->cadence_max_days &&
	    (s == NULL || s->n_days == 0) &&
	    !dro_gate_accepted(in, "cadence", d->name));
}

/*
 * A payroll run once a quarter cannot prove anything in a month.  It is waited
 * for; but one that no reporter ever sees would hold for ever, so a person is
 * asked in time (decision-quality study, findings 9 and 10).
 */
bool
dro_gate_cadence(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_declared *first = NULL;
	char date[DRO_DATE_LEN];
	int64_t asked_at;
	size_t i;

	g->unit = "sources";
	for (i = 0; i < in->settings->n_sources; i++) {
		if (!is_missing(in, &in->settings->sources[i]))
			continue;
		if (first == NULL)
			first = &in->settings->sources[i];
		g->value++;
	}
	if (first == NULL) {
		g->text = dro_arena_strdup(
		    arena, "no declared source is still waited for");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->shortfall = g->value;
	g->source = first->name;
	asked_at = in->facts->adopted_at +
	    (PERIODS * first->cadence_days + PERIODS_MORE_DAYS) * DRO_DAY_S;
	if (!dro_reached(in->clock, asked_at)) {
		g->text = dro_arena_printf(arena,
		    "%s sends every %d days and was not reported yet; waited "
		    "for until %.10s",
		    first->name, first->cadence_days,
		    dro_date_format(asked_at, date));
		return (g->text != NULL);
	}
	g->ask.kind = "cadence";
	g->ask.key = first->name;
	g->text = dro_arena_printf(arena,
	    "%s sends every %d days, and in two periods nobody has reported "
	    "it: go on without it? rollout approve, or take it out of sources",
	    first->name, first->cadence_days);
	return (g->text != NULL);
}

/* The first day of which anything at all is known. */
static int32_t
first_day(const struct dro_evidence *ev)
{
	return (ev->n_cells > 0 ? ev->cells[0].day : 0);
}

/* A source that was not there from the beginning on, and is large enough. */
static bool
is_newcomer(const struct dro_gate_input *in, const struct dro_source *s)
{
	int64_t n = s->pass + s->fail;

	return (dro_source_is_legit(s) && n > 0 &&
	    n * NEW_ONE_IN >= in->view->tally.n &&
	    s->first_day - first_day(in->evidence) >=
		in->settings->new_source_days);
}

bool
dro_gate_new_source(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_source *newest = NULL;
	int64_t end = 0;
	size_t i;

	g->unit = "days";
	g->limit = in->settings->new_source_days;
	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		if (is_newcomer(in, s) &&
		    (newest == NULL || s->first_day > newest->first_day))
			newest = s;
	}
	if (newest != NULL)
		end = dro_day_start(newest->first_day) + g->limit * DRO_DAY_S;
	if (newest == NULL || dro_reached(in->clock, end)) {
		g->value = g->limit;
		g->text = dro_arena_strdup(arena, "no source is new");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->source = newest->key;
	g->value = dro_day_of(in->clock->now) - newest->first_day;
	g->shortfall = g->limit - g->value;
	g->expected_at = end;
	g->text = dro_arena_printf(arena,
	    "%s is new: %lld of %lld days since its first mail", newest->key,
	    (long long)g->value, (long long)g->limit);
	return (g->text != NULL);
}
