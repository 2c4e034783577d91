#include <string.h>

#include "base/date.h"
#include "plan/agenda.h"

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
	const char *domain;
	const struct dro_settings *settings;
	struct dro_facts facts;
	struct dro_live live;
	struct reel reel;
	struct dro_core
	    *cores; /* of the record that is live, by day from now */
	int64_t now;
	size_t days; /* after the first */
	struct dro_arena *arena;
	struct dro_agenda_step *steps;
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
		if (ev->cells[i].day != model)
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

/*
 * A person who has approved the rung was shown the change that is decided on
 * here: nothing has been published since.
 */
static bool
use_approval(struct trip *t, const struct dro_decision *d)
{
	const char *rung = t->settings->ladder.rungs[d->next].name;
	size_t i;

	if ((d->overlays & DRO_OVER_AWAITING_APPROVAL) == 0 ||
	    t->facts.up_digest != NULL)
		return (false);
	for (i = t->facts.n_approvals; i-- > 0;)
		if (strcmp(t->facts.approvals[i].rung, rung) == 0) {
			t->facts.up_digest = t->facts.approvals[i].digest;
			return (true);
		}
	return (false);
}

/* The first day whose reports count in a run at ${at}. */
static int32_t
first_day(const struct trip *t, int64_t at)
{
	int32_t day = dro_day_of(at - DRO_EVIDENCE_DAYS * DRO_DAY_S);

	if (t->facts.adopted && dro_day_of(t->facts.adopted_at) > day)
		day = dro_day_of(t->facts.adopted_at);
	return (day);
}

static enum dro_code
decide(struct trip *t, int64_t at, struct dro_arena *arena,
    struct dro_decision *d, struct dro_err *err)
{
	struct dro_evidence ev;
	enum dro_code code;

	if (t->facts.pause != NULL && t->facts.pause->until != 0 &&
	    at >= t->facts.pause->until)
		t->facts.pause = NULL;
	reel_from(&t->reel, first_day(t, at), &ev);
	code = dro_decide(t->domain, t->settings, &t->facts, &t->live, &ev, at,
	    arena, d, err);
	if (code == DRO_OK && use_approval(t, d))
		code = dro_decide(t->domain, t->settings, &t->facts, &t->live,
		    &ev, at, arena, d, err);
	return (code);
}

/* A step back opens a cool-down, as the journal writes it. */
static enum dro_code
add_setback(struct trip *t, const struct dro_decision *d,
    const struct dro_change *c, int64_t at, struct dro_err *err)
{
	size_t n = t->facts.n_setbacks;
	struct dro_setback *all =
	    dro_arena_alloc(t->arena, n + 1, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	if (n > 0)
		memcpy(all, t->facts.setbacks, n * sizeof(*all));
	all[n] = (struct dro_setback){.at = at,
	    .reason = c->reason,
	    .left_rung = c->from,
	    .attempt = (int)n + 1};
	if (d->broken != NULL &&
	    (all[n].source = dro_arena_strdup(t->arena, d->broken->key)) ==
		NULL)
		return (dro_err_nomem(err));
	t->facts.setbacks = all;
	t->facts.n_setbacks = n + 1;
	t->facts.n_approvals = 0;
	return (DRO_OK);
}

/* The last cool-down is over. */
static enum dro_code
end_setback(struct trip *t, int64_t at, struct dro_err *err)
{
	size_t n = t->facts.n_setbacks;
	struct dro_setback *all = dro_arena_alloc(t->arena, n, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	memcpy(all, t->facts.setbacks, n * sizeof(*all));
	all[n - 1].returned_at = at;
	t->facts.setbacks = all;
	return (DRO_OK);
}

/* What a run writes down before it publishes: first sight, an edit. */
static void
take_sight(struct trip *t, const struct dro_decision *d, int64_t at)
{
	if (!d->adopt && !d->edited)
		return;
	t->facts.known = t->live.rrset;
	if (!d->adopt)
		return;
	if (!t->facts.adopted)
		t->facts.adopted_at = at;
	t->facts.adopted = true;
	t->facts.verified_at = at;
	t->facts.settle_s = 0;
}

/* Publish the change that ${d} asks for, and see it served at once. */
static enum dro_code
take_step(
    struct trip *t, struct dro_decision *d, int64_t at, struct dro_err *err)
{
	struct dro_agenda_step *step = &t->steps[t->out->n];
	struct dro_change c;
	struct dro_err why;
	enum dro_code code;

	code = dro_plan_change(d, t->settings, &t->live, t->arena, &c, &why);
	if (code == DRO_ENOMEM)
		return (dro_err_nomem(err));
	if (code != DRO_OK) {
		d->action = DRO_ACT_NONE;
		d->verdict = DRO_HOLD;
		d->overlays |= DRO_OVER_BLOCKED;
		d->code = "cannot_edit";
		return (DRO_OK);
	}
	if ((c.reason = dro_arena_strdup(t->arena, d->reason)) == NULL)
		return (dro_err_nomem(err));
	*step = (struct dro_agenda_step){at, c.kind, c.from, c.to, c.reason};
	t->out->n++;
	t->facts.known = t->live.rrset = c.after;
	if (!t->facts.adopted)
		t->facts.adopted_at = at;
	t->facts.adopted = true;
	t->facts.verified_at = at;
	t->facts.settle_s = c.settle_s;
	t->facts.up_digest = NULL;
	if (d->action == DRO_ACT_SETBACK)
		return (add_setback(t, d, &c, at, err));
	if (d->action == DRO_ACT_RETURN)
		return (end_setback(t, at, err));
	return (DRO_OK);
}

/* The policy that is live; that of a missing record judges nothing. */
static struct dro_core
core_of(const struct dro_rrset *rrset)
{
	struct dro_core none = {DRO_NONE, 100, false};
	struct dro_dmarc record;
	struct dro_str text;
	size_t i;

	if (dro_dmarc_find(rrset, &i) != DRO_FOUND_ONE)
		return (none);
	text = (struct dro_str){rrset->values[i].ptr, rrset->values[i].len};
	if (dro_dmarc_parse(text, &record, NULL) != DRO_OK)
		return (none);
	return (record.core);
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
	enum dro_code code;

	if (k > 0)
		bring_reports(t, k);
	if ((code = decide(t, at, arena, d, err)) != DRO_OK)
		return (code);
	take_sight(t, d, at);
	if (d->action != DRO_ACT_NONE && t->live.status == DRO_LIVE_OK)
		code = take_step(t, d, at, err);
	t->cores[k] = core_of(&t->live.rrset);
	if (t->code == NULL || d->code == NULL || strcmp(t->code, d->code) != 0)
		t->out->since = at;
	t->code = NULL;
	if (d->code != NULL &&
	    (t->code = dro_arena_strdup(t->arena, d->code)) == NULL)
		return (dro_err_nomem(err));
	return (code);
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
	return (code == DRO_OK ? one_day(t, t->days, t->arena, err) : code);
}

enum dro_code
dro_agenda_project(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_live *live,
    const struct dro_evidence *evidence, int64_t now, int64_t until,
    struct dro_arena *arena, struct dro_agenda *out, struct dro_err *err)
{
	struct trip t = {.domain = domain,
	    .settings = settings,
	    .facts = *facts,
	    .live = *live,
	    .now = now,
	    .arena = arena,
	    .out = out};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if (until < now || (until - now) / DRO_DAY_S > DRO_AGENDA_DAYS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: an agenda reaches from now to %d days ahead", domain,
		    DRO_AGENDA_DAYS_MAX));
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
