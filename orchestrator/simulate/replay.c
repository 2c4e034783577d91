#include <string.h>

#include "base/date.h"
#include "simulate/replay.h"

#define RUN_HOUR 6
#define TTL_S 3600

/* One domain being lived through again. */
struct reel {
	struct dro_walk walk;
	struct dro_settings
	    *settings; /* a copy: what is told borrows from it */
	const struct dro_evidence *all;
	struct dro_seen *seen; /* of all, with the record that was live */
	struct dro_core *cores; /* live at noon, by day */
	int32_t from;
	struct dro_walk_step *steps;
	struct dro_person person;
	struct dro_arena *arena;
	struct dro_replay *out;
};

static const char *
text_none(
    const struct dro_settings *set, const char *domain, struct dro_arena *arena)
{
	if (set->rua != NULL)
		return (dro_arena_printf(
		    arena, "v=DMARC1; p=none; rua=%s", set->rua));
	return (dro_arena_printf(
	    arena, "v=DMARC1; p=none; rua=mailto:dmarc@%s", domain));
}

/* The world on the first morning. */
static enum dro_code
begin(struct reel *r, const char *domain, struct dro_err *err)
{
	struct dro_rrset *live = &r->walk.live.rrset;
	const char *name = dro_arena_printf(r->arena, "_dmarc.%s", domain);
	const char *text = text_none(r->settings, domain, r->arena);

	if (name == NULL || text == NULL)
		return (dro_err_nomem(err));
	r->walk.domain = domain;
	r->walk.settings = r->settings;
	r->walk.arena = r->arena;
	r->walk.live.status = DRO_LIVE_OK;
	dro_rrset_init(live, name, DRO_RR_TXT);
	live->ttl_s = TTL_S;
	return (dro_rrset_add(live, r->arena, text, strlen(text), err));
}

/*
 * Whose an address is does not depend on the rollout; all else that is stored
 * is about the one that really happened.
 */
static void
know_addresses(struct dro_facts *f, const struct dro_facts *stored)
{
	f->n_reverse = stored->n_reverse;
	f->reverse = stored->reverse;
	f->spf = stored->spf;
}

/* From ${at} on reports show ${core}. */
static void
show(struct reel *r, int64_t at, struct dro_core core)
{
	size_t i;

	for (i = r->all->n_seen; i-- > 0 && r->seen[i].begin >= at;)
		r->seen[i].core = core;
}

/* What has come in by ${at}: the reports about the days before. */
static enum dro_code
come_in(const struct reel *r, int64_t at, struct dro_arena *arena,
    struct dro_evidence *out, struct dro_err *err)
{
	int32_t from = dro_walk_from(&r->walk, at), today = dro_day_of(at);
	const struct dro_evidence *all = r->all;
	size_t c = 0, i;

	*out = *all;
	out->changes_at = 0;
	out->seen = dro_arena_alloc(arena, all->n_seen, sizeof(*out->seen));
	if (out->seen == NULL)
		return (dro_err_nomem(err));
	out->n_seen = 0;
	for (i = 0; i < all->n_seen && r->seen[i].begin < at; i++)
		if (dro_day_of(r->seen[i].begin) >= from &&
		    r->seen[i].end <= at)
			out->seen[out->n_seen++] = r->seen[i];
	while (c < all->n_cells && all->cells[c].day < from)
		c++;
	for (i = c; i < all->n_cells && all->cells[i].day < today;)
		i++;
	out->cells = all->cells + c;
	out->n_cells = i - c;
	return (DRO_OK);
}

static void
take_step(struct reel *r, const struct dro_walk_step *step)
{
	const struct dro_decision *d = &r->out->last;
	int day = (int)(dro_day_of(step->at) - r->from);

	if (d->action == DRO_ACT_SETBACK)
		r->out->setbacks++;
	if (r->out->reached[d->to] < 0)
		r->out->reached[d->to] = day;
	show(r, step->at, dro_walk_core(&r->walk));
	r->out->n_steps++;
}

/* By evidence alone: more messages than it takes, whoever accepted what. */
static bool
bound_passes(const struct dro_decision *d)
{
	size_t i;

	for (i = 0; i < d->n_gates; i++)
		if (strcmp(d->gates[i].gate, "bound") == 0)
			return (d->gates[i].verdict == DRO_PASS &&
			    d->gates[i].value >= d->gates[i].limit);
	return (false);
}

/* One run; with a person who answers at once, as often as that helps. */
static enum dro_code
decide(struct reel *r, const struct dro_evidence *ev, int64_t at,
    struct dro_arena *arena, bool *stepped, struct dro_err *err)
{
	struct dro_walk_step *step = &r->steps[r->out->n_steps];
	enum dro_code code;
	bool said;
	int i;

	for (i = 0; i < DRO_ASKED_KINDS; i++) {
		code = dro_walk_run(
		    &r->walk, ev, at, arena, &r->out->last, step, stepped, err);
		if (code == DRO_OK)
			code = dro_person_hear(
			    &r->person, &r->out->last, at, &said, err);
		if (code != DRO_OK || *stepped || !said ||
		    r->person.answers.days > 0)
			return (code);
	}
	return (DRO_OK);
}

static enum dro_code
one_day(struct reel *r, int day, struct dro_arena *arena, struct dro_err *err)
{
	int64_t at = dro_day_start(r->from + day) + RUN_HOUR * DRO_HOUR_S;
	struct dro_evidence ev;
	enum dro_code code;
	bool stepped;

	if ((code = come_in(r, at, arena, &ev, err)) != DRO_OK ||
	    (code = decide(r, &ev, at, arena, &stepped, err)) != DRO_OK)
		return (code);
	if (r->out->bound_day < 0 && bound_passes(&r->out->last))
		r->out->bound_day = day;
	if (day > 0)
		code = dro_harm_day(&r->out->harm, &r->out->last, &ev,
		    r->from + day - 1, r->cores[day - 1], r->arena, err);
	if (stepped)
		take_step(r, &r->steps[r->out->n_steps]);
	r->cores[day] = dro_walk_core(&r->walk);
	r->out->until = at;
	return (code);
}

static enum dro_code
live_through(struct reel *r, int days, struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code = DRO_OK;
	int day;

	for (day = 0; day < days - 1 && code == DRO_OK; day++) {
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = one_day(r, day, arena, err);
		dro_arena_destroy(arena);
	}
	/* What the last run said is kept. */
	return (code == DRO_OK ? one_day(r, day, r->arena, err) : code);
}

static enum dro_code
make_room(struct reel *r, const struct dro_settings *settings, int days,
    struct dro_err *err)
{
	const struct dro_evidence *all = r->all;

	r->seen = dro_arena_alloc(r->arena, all->n_seen, sizeof(*r->seen));
	r->cores = dro_arena_alloc(r->arena, (size_t)days, sizeof(*r->cores));
	r->steps = dro_arena_alloc(r->arena, (size_t)days, sizeof(*r->steps));
	r->settings = dro_arena_alloc(r->arena, 1, sizeof(*r->settings));
	if (r->seen == NULL || r->cores == NULL || r->steps == NULL ||
	    r->settings == NULL)
		return (dro_err_nomem(err));
	*r->settings = *settings;
	/* A pause is about today. */
	r->settings->pause = NULL;
	if (all->n_seen > 0)
		memcpy(r->seen, all->seen, all->n_seen * sizeof(*r->seen));
	return (DRO_OK);
}

enum dro_code
dro_replay_run(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_evidence *evidence,
    const struct dro_replay_days *days, struct dro_arena *arena,
    struct dro_replay *out, struct dro_err *err)
{
	struct reel r = {
	    .all = evidence, .from = days->from, .arena = arena, .out = out};
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (days->n < 1 || days->n > DRO_REPLAY_DAYS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: a replay of %d days; from 1 to %d", domain, days->n,
		    DRO_REPLAY_DAYS_MAX));
	for (i = 1; i < DRO_RUNGS_MAX; i++)
		out->reached[i] = -1;
	out->bound_day = -1;
	if ((code = make_room(&r, settings, days->n, err)) != DRO_OK ||
	    (code = begin(&r, domain, err)) != DRO_OK)
		return (code);
	know_addresses(&r.walk.facts, facts);
	r.person = (struct dro_person){.answers = days->answers,
	    .walk = &r.walk,
	    .settings = r.settings,
	    .all = evidence,
	    .arena = arena};
	out->from = dro_day_start(days->from) + RUN_HOUR * DRO_HOUR_S;
	out->steps = r.steps;
	show(&r, INT64_MIN, dro_walk_core(&r.walk));
	code = live_through(&r, days->n, err);
	out->questions = r.person.n_questions;
	out->asked = r.person.asked;
	return (code);
}
