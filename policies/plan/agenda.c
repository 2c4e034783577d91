#include <string.h>

#include "base/date.h"
#include "plan/agenda.h"
#include "stage/signal.h"

#define WEEK 7

/* The evidence that is there, with that of the coming days after it. */
struct reel {
	const struct dro_evidence *original;
	struct dro_cell *cells;
	struct dro_seen *seen;
	size_t n_cells, n_seen;
	int32_t last_day; /* of the original; INT32_MIN: it is empty */
	int period; /* days that repeat: a week, or all there are */
};

/* One domain on its way through the coming days. */
struct trip {
	struct dro_walk walk;
	struct reel reel;
	struct dro_core
	    *cores; /* of the record that is live, by day from now */
	int64_t now;
	size_t days; /* after the first */
	struct dro_walk_step *steps;
	const char *code; /* of the last decision */
	struct dro_agenda *out;
};

/* How many of ${n} items lie on the days that repeat. */
static size_t
count_cells(const struct reel *r)
{
	const struct dro_evidence *ev = r->original;
	size_t i, n = 0;

	for (i = 0; i < ev->n_cells; i++)
		n += ev->cells[i].day > r->last_day - r->period;
	return (n);
}

static size_t
count_seen(const struct reel *r)
{
	const struct dro_evidence *ev = r->original;
	size_t i, n = 0;

	for (i = 0; i < ev->n_seen; i++)
		n += dro_day_of(ev->seen[i].begin) > r->last_day - r->period;
	return (n);
}

/* Room for all that ${days} more days can bring. */
static enum dro_code
reel_init(struct reel *r, const struct dro_evidence *ev, size_t days,
    struct dro_arena *arena, struct dro_err *err)
{
	int32_t first;
	size_t laps;

	memset(r, 0, sizeof(*r));
	r->original = ev;
	r->last_day = INT32_MIN;
	r->cells = ev->cells;
	r->seen = ev->seen;
	r->n_cells = ev->n_cells;
	r->n_seen = ev->n_seen;
	if (ev->n_seen == 0)
		return (DRO_OK);
	first = dro_day_of(ev->seen[0].begin);
	r->last_day = dro_day_of(ev->seen[ev->n_seen - 1].begin);
	r->period =
	    r->last_day - first + 1 < WEEK ? r->last_day - first + 1 : WEEK;
	laps = days / (size_t)r->period + 1;
	r->cells = dro_arena_alloc(
	    arena, ev->n_cells + count_cells(r) * laps, sizeof(*r->cells));
	r->seen = dro_arena_alloc(
	    arena, ev->n_seen + count_seen(r) * laps, sizeof(*r->seen));
	if (r->cells == NULL || r->seen == NULL)
		return (dro_err_nomem(err));
	if (ev->n_cells > 0)
		memcpy(r->cells, ev->cells, ev->n_cells * sizeof(*r->cells));
	memcpy(r->seen, ev->seen, ev->n_seen * sizeof(*r->seen));
	return (DRO_OK);
}

/* Failing mail without any name: tomorrow it comes from somebody else. */
static bool
is_strangers(const struct dro_evidence *ev, const struct dro_cell *c)
{
	const struct dro_stream *s = &ev->streams[c->stream];

	return (c->pass == 0 && *s->dkim == '\0' && *s->dkim_other == '\0' &&
	    *s->mail_from == '\0');
}

/* Let day ${ahead} after the last one bring what its model brought. */
static void
reel_turn(struct reel *r, int ahead, struct dro_core core)
{
	const struct dro_evidence *ev = r->original;
	int32_t shift, model;
	size_t i;

	if (r->last_day == INT32_MIN)
		return;
	shift = (ahead + r->period - 1) / r->period * r->period;
	model = r->last_day + ahead - shift;
	for (i = 0; i < ev->n_cells; i++) {
		if (ev->cells[i].day != model ||
		    is_strangers(ev, &ev->cells[i]))
			continue;
		r->cells[r->n_cells] = ev->cells[i];
		r->cells[r->n_cells++].day += shift;
	}
	for (i = 0; i < ev->n_seen; i++) {
		struct dro_seen *s;

		if (dro_day_of(ev->seen[i].begin) != model)
			continue;
		s = &r->seen[r->n_seen++];
		*s = ev->seen[i];
		s->begin += shift * DRO_DAY_S;
		s->end += shift * DRO_DAY_S;
		s->core = core;
	}
}

/* The part of the reel that a run would load: from ${day} on. */
static void
reel_from(const struct reel *r, int32_t day, struct dro_evidence *out)
{
	size_t c = 0, s = 0;

	*out = *r->original;
	while (c < r->n_cells && r->cells[c].day < day)
		c++;
	while (s < r->n_seen && dro_day_of(r->seen[s].begin) < day)
		s++;
	out->cells = r->cells + c;
	out->n_cells = r->n_cells - c;
	out->seen = r->seen + s;
	out->n_seen = r->n_seen - s;
}

/* The reports that come between the run before day ${k} and that one. */
static void
bring_reports(struct trip *t, size_t k)
{
	int32_t about = t->reel.last_day, today = dro_day_of(t->now);
	int64_t day;

	if (about == INT32_MIN)
		return;
	day = (int64_t)about + (int64_t)k - today;
	reel_turn(&t->reel, (int)k,
	    t->cores[day < 0	       ? 0
		    : day < (int64_t)k ? (size_t)day
				       : k - 1]);
}

static enum dro_code
one_day(struct trip *t, size_t k, struct dro_arena *arena, struct dro_err *err)
{
	int64_t at = t->now + (int64_t)k * DRO_DAY_S;
	struct dro_decision *d = &t->out->last;
	struct dro_evidence ev;
	enum dro_code code;
	bool stepped;

	if (k > 0)
		bring_reports(t, k);
	reel_from(&t->reel, dro_walk_from(&t->walk, at), &ev);
	code = dro_walk_run(
	    &t->walk, &ev, at, arena, d, &t->steps[t->out->n], &stepped, err);
	if (code != DRO_OK)
		return (code);
	t->out->n += stepped;
	t->cores[k] = dro_walk_core(&t->walk);
	if (t->code == NULL || d->code == NULL || strcmp(t->code, d->code) != 0)
		t->out->since = at;
	t->code = NULL;
	if (d->code != NULL &&
	    (t->code = dro_arena_strdup(t->walk.arena, d->code)) == NULL)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

/* All days; only what the last one said is kept. */
static enum dro_code
travel(struct trip *t, struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code = DRO_OK;
	size_t k;

	for (k = 0; k < t->days && code == DRO_OK; k++) {
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = one_day(t, k, arena, err);
		dro_arena_destroy(arena);
	}
	return (
	    code == DRO_OK ? one_day(t, t->days, t->walk.arena, err) : code);
}

enum dro_code
dro_agenda_project(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_live *live,
    const struct dro_evidence *evidence, int64_t now, int64_t until,
    struct dro_arena *arena, struct dro_agenda *out, struct dro_err *err)
{
	struct trip t = {.walk = {domain, settings, *facts, *live, arena},
	    .now = now,
	    .out = out};
	struct dro_signal signal;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if (until < now || (until - now) / DRO_DAY_S > DRO_AGENDA_DAYS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: an agenda reaches from now to %d days ahead", domain,
		    DRO_AGENDA_DAYS_MAX));
	/* What is kept up to date now will be. */
	if (facts->signal != NULL) {
		signal = *facts->signal;
		signal.max_age_s += DRO_AGENDA_DAYS_MAX * DRO_DAY_S;
		if (now < facts->signal->at + facts->signal->max_age_s)
			t.walk.facts.signal = &signal;
	}
	/* Nothing can be told from a record that nobody is sure of. */
	if (live->status == DRO_LIVE_OK && facts->op_state == DRO_OP_NONE)
		t.days = (size_t)((until - now) / DRO_DAY_S);
	t.steps = dro_arena_alloc(arena, t.days + 1, sizeof(*t.steps));
	t.cores = dro_arena_alloc(arena, t.days + 1, sizeof(*t.cores));
	if (t.steps == NULL || t.cores == NULL)
		return (dro_err_nomem(err));
	out->steps = t.steps;
	code = reel_init(&t.reel, evidence, t.days, arena, err);
	return (code == DRO_OK ? travel(&t, err) : code);
}
