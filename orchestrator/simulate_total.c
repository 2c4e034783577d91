#include <stdlib.h>
#include <string.h>

#include "simulate_total.h"

void
dro_sim_totals_finish(struct dro_sim_totals *totals)
{
	size_t i, k;

	for (i = 0; i < totals->n; i++) {
		free(totals->all[i].arrived.days);
		for (k = 0; k < totals->all[i].n_rungs; k++)
			free(totals->all[i].rungs[k].reached.days);
		free(totals->all[i].rungs);
	}
	free(totals->all);
	totals->all = NULL;
	totals->n = 0;
}

size_t
dro_sim_target(const struct dro_settings *settings)
{
	size_t i, top = 0;

	for (i = 0; i < settings->ladder.n; i++)
		if (settings->ladder.rungs[i].core.p <= settings->target)
			top = i;
	return (top);
}

size_t
dro_sim_full(const struct dro_settings *settings, enum dro_level level)
{
	size_t i;

	for (i = 0; i < settings->ladder.n; i++)
		if (settings->ladder.rungs[i].core.p == level &&
		    !settings->ladder.rungs[i].core.t)
			return (i);
	return (0);
}

/* The total of a policy; there are few. */
static struct dro_sim_total *
total_of(struct dro_sim_totals *totals, const char *policy)
{
	struct dro_sim_total *more;
	size_t i;

	for (i = 0; i < totals->n; i++)
		if (strcmp(totals->all[i].policy, policy) == 0)
			return (&totals->all[i]);
	more = reallocarray(totals->all, totals->n + 1, sizeof(*totals->all));
	if (more == NULL)
		return (NULL);
	totals->all = more;
	more = &more[totals->n];
	memset(more, 0, sizeof(*more));
	if ((more->policy = dro_arena_strdup(totals->arena, policy)) == NULL)
		return (NULL);
	totals->n++;
	return (more);
}

static bool
add_day(struct dro_sim_days *days, int day)
{
	size_t room = days->room == 0 ? 64 : 2 * days->room;
	int *more;

	if (days->n == days->room) {
		more = reallocarray(days->days, room, sizeof(*more));
		if (more == NULL)
			return (false);
		days->days = more;
		days->room = room;
	}
	days->days[days->n++] = day;
	return (true);
}

/* A new rung of ${t} at ${place}. */
static bool
insert_rung(struct dro_sim_totals *totals, struct dro_sim_total *t,
    size_t place, const char *name)
{
	struct dro_sim_rung *more =
	    reallocarray(t->rungs, t->n_rungs + 1, sizeof(*more));

	if (more == NULL)
		return (false);
	t->rungs = more;
	memmove(&more[place + 1], &more[place],
	    (t->n_rungs - place) * sizeof(*more));
	more[place] = (struct dro_sim_rung){
	    .name = dro_arena_strdup(totals->arena, name)};
	t->n_rungs++;
	return (more[place].name != NULL);
}

/* Ladders differ; a rung comes behind those that stand before it on one. */
static bool
add_rungs(struct dro_sim_totals *totals, struct dro_sim_total *t,
    const struct dro_sim_run *run)
{
	const struct dro_ladder *ladder = &run->settings->ladder;
	size_t i, k, place = 0;

	for (i = 0; i < ladder->n; i++) {
		for (k = 0; k < t->n_rungs; k++)
			if (strcmp(t->rungs[k].name, ladder->rungs[i].name) ==
			    0)
				break;
		if (k == t->n_rungs &&
		    !insert_rung(totals, t, k = place, ladder->rungs[i].name))
			return (false);
		t->rungs[k].domains++;
		if (run->replay->reached[i] >= 0 &&
		    !add_day(&t->rungs[k].reached, run->replay->reached[i]))
			return (false);
		place = k + 1;
	}
	return (true);
}

/* Keep those with the most messages hit, at either kind of receivers. */
static int64_t
hit_most(const struct dro_harmed *source)
{
	int64_t a = dro_hit_messages(&source->hit[DRO_RFC7489]);
	int64_t b = dro_hit_messages(&source->hit[DRO_RFC9989]);

	return (a > b ? a : b);
}

static bool
add_worst(struct dro_sim_totals *totals, struct dro_sim_total *t,
    const char *domain, const struct dro_harmed *source)
{
	size_t i = t->n_worst;

	while (i > 0 && hit_most(&t->worst[i - 1].source) < hit_most(source))
		i--;
	if (i == DRO_SIM_WORST || hit_most(source) == 0)
		return (true);
	if (t->n_worst < DRO_SIM_WORST)
		t->n_worst++;
	memmove(&t->worst[i + 1], &t->worst[i],
	    (t->n_worst - 1 - i) * sizeof(*t->worst));
	t->worst[i].source = *source;
	t->worst[i].source.key = dro_arena_strdup(totals->arena, source->key);
	t->worst[i].domain = dro_arena_strdup(totals->arena, domain);
	return (t->worst[i].source.key != NULL && t->worst[i].domain != NULL);
}

/* Kinds are named by their domains' arenas; the names are kept here. */
static bool
add_asked(struct dro_sim_totals *totals, struct dro_sim_total *t,
    const struct dro_asked_list *asked)
{
	const char *kind;
	size_t i, k;

	for (i = 0; i < asked->n; i++) {
		kind = NULL;
		for (k = 0; k < t->asked.n && kind == NULL; k++)
			if (strcmp(t->asked.kinds[k].kind,
				asked->kinds[i].kind) == 0)
				kind = t->asked.kinds[k].kind;
		if (kind == NULL)
			kind = dro_arena_strdup(
			    totals->arena, asked->kinds[i].kind);
		if (kind == NULL)
			return (false);
		dro_asked_add(&t->asked, kind, asked->kinds[i].n);
	}
	return (true);
}

bool
dro_sim_totals_add(struct dro_sim_totals *totals, const struct dro_sim_run *run)
{
	struct dro_sim_total *t = total_of(totals, run->settings->policy);
	const struct dro_replay *r = run->replay;
	int at = r->reached[dro_sim_target(run->settings)];
	size_t i;

	if (t == NULL || (at >= 0 && !add_day(&t->arrived, at)) ||
	    !add_rungs(totals, t, run) || !add_asked(totals, t, &r->asked))
		return (false);
	t->domains++;
	t->bound_passed += r->bound_day >= 0;
	t->moved += r->n_steps > 0;
	t->questions += r->questions;
	t->setbacks += r->setbacks;
	dro_harm_add(&t->harm, &r->harm);
	for (i = 0; i < r->harm.n_sources; i++)
		if (!add_worst(totals, t, run->domain, &r->harm.sources[i]))
			return (false);
	return (true);
}

static int
compare_ints(const void *va, const void *vb)
{
	const int *a = va, *b = vb;

	return ((*a > *b) - (*a < *b));
}

int
dro_sim_median(const struct dro_sim_days *days, size_t domains)
{
	size_t half = (domains + 1) / 2;

	if (half == 0 || days->n < half)
		return (-1);
	qsort(days->days, days->n, sizeof(*days->days), compare_ints);
	return (days->days[half - 1]);
}

const char *
dro_sim_share(struct dro_arena *arena, const struct dro_hit *hit, int64_t all)
{
	int64_t hundredths;

	if (all == 0 ||
	    dro_add_overflow(hit->quarantined, hit->rejected, &hundredths))
		return ("-");
	return (
	    dro_arena_printf(arena, "%lld%%", (long long)(hundredths / all)));
}
