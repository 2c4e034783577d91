#include <string.h>

#include "base/date.h"
#include "plan/walk.h"

int32_t
dro_walk_from(const struct dro_walk *walk, int64_t at)
{
	int32_t day = dro_day_of(at - DRO_EVIDENCE_DAYS * DRO_DAY_S);

	if (walk->facts.adopted && dro_day_of(walk->facts.adopted_at) > day)
		day = dro_day_of(walk->facts.adopted_at);
	return (day);
}

struct dro_core
dro_walk_core(const struct dro_walk *walk)
{
	const struct dro_rrset *rrset = &walk->live.rrset;
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

/*
 * A person who has approved the rung was shown the change that is decided on
 * here: nothing has been published since.
 */
static bool
use_approval(struct dro_walk *w, const struct dro_decision *d)
{
	const char *rung = w->settings->ladder.rungs[d->next].name;
	size_t i;

	if ((d->overlays & DRO_OVER_AWAITING_APPROVAL) == 0 ||
	    w->facts.up_digest != NULL)
		return (false);
	for (i = w->facts.n_approvals; i-- > 0;)
		if (strcmp(w->facts.approvals[i].rung, rung) == 0) {
			w->facts.up_digest = w->facts.approvals[i].digest;
			return (true);
		}
	return (false);
}

static enum dro_code
decide(struct dro_walk *w, const struct dro_evidence *ev, int64_t at,
    struct dro_arena *arena, struct dro_decision *d, struct dro_err *err)
{
	enum dro_code code;

	if (w->facts.pause != NULL && w->facts.pause->until != 0 &&
	    at >= w->facts.pause->until)
		w->facts.pause = NULL;
	code = dro_decide(
	    w->domain, w->settings, &w->facts, &w->live, ev, at, arena, d, err);
	if (code == DRO_OK && use_approval(w, d))
		code = dro_decide(w->domain, w->settings, &w->facts, &w->live,
		    ev, at, arena, d, err);
	return (code);
}

/* A step back opens a cool-down, as the journal writes it. */
static enum dro_code
add_setback(struct dro_walk *w, const struct dro_decision *d,
    const struct dro_walk_step *step, struct dro_err *err)
{
	size_t n = w->facts.n_setbacks;
	struct dro_setback *all =
	    dro_arena_alloc(w->arena, n + 1, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	if (n > 0)
		memcpy(all, w->facts.setbacks, n * sizeof(*all));
	all[n] = (struct dro_setback){.at = step->at,
	    .reason = step->reason,
	    .left_rung = step->from,
	    .attempt = (int)n + 1};
	if (d->broken != NULL &&
	    (all[n].source = dro_arena_strdup(w->arena, d->broken->key)) ==
		NULL)
		return (dro_err_nomem(err));
	w->facts.setbacks = all;
	w->facts.n_setbacks = n + 1;
	w->facts.n_approvals = 0;
	return (DRO_OK);
}

/* The last cool-down is over. */
static enum dro_code
end_setback(struct dro_walk *w, int64_t at, struct dro_err *err)
{
	size_t n = w->facts.n_setbacks;
	struct dro_setback *all = dro_arena_alloc(w->arena, n, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	memcpy(all, w->facts.setbacks, n * sizeof(*all));
	all[n - 1].returned_at = at;
	w->facts.setbacks = all;
	return (DRO_OK);
}

/* What is live from ${at} on was seen by us. */
static void
see(struct dro_walk *w, int64_t at, uint32_t settle_s)
{
	w->facts.known = w->live.rrset;
	if (!w->facts.adopted)
		w->facts.adopted_at = at;
	w->facts.adopted = true;
	w->facts.verified_at = at;
	w->facts.settle_s = settle_s;
}

/* What a run writes down before it publishes: first sight, an edit. */
static void
take_sight(struct dro_walk *w, const struct dro_decision *d, int64_t at)
{
	if (d->adopt)
		see(w, at, 0);
	else if (d->edited)
		w->facts.known = w->live.rrset;
}

/* Publish the change that ${d} asks for, and see it served at once. */
static enum dro_code
take_step(struct dro_walk *w, struct dro_decision *d, int64_t at,
    struct dro_walk_step *step, bool *stepped, struct dro_err *err)
{
	struct dro_change c;
	struct dro_err why;
	enum dro_code code;

	code = dro_plan_change(d, w->settings, &w->live, w->arena, &c, &why);
	if (code == DRO_ENOMEM)
		return (dro_err_nomem(err));
	if (code != DRO_OK) {
		d->action = DRO_ACT_NONE;
		d->verdict = DRO_HOLD;
		d->overlays |= DRO_OVER_BLOCKED;
		d->code = "cannot_edit";
		return (DRO_OK);
	}
	if ((c.reason = dro_arena_strdup(w->arena, d->reason)) == NULL)
		return (dro_err_nomem(err));
	*step = (struct dro_walk_step){at, c.kind, c.from, c.to, c.reason};
	*stepped = true;
	w->live.rrset = c.after;
	if (d->action == DRO_ACT_ADJUST) {
		w->facts.known = c.after;
		w->facts.tags_at = at + c.settle_s;
		return (DRO_OK);
	}
	see(w, at, c.settle_s);
	w->facts.up_digest = NULL;
	if (d->action == DRO_ACT_SETBACK)
		return (add_setback(w, d, step, err));
	if (d->action == DRO_ACT_RETURN)
		return (end_setback(w, at, err));
	return (DRO_OK);
}

enum dro_code
dro_walk_run(struct dro_walk *walk, const struct dro_evidence *evidence,
    int64_t at, struct dro_arena *arena, struct dro_decision *decision,
    struct dro_walk_step *step, bool *stepped, struct dro_err *err)
{
	enum dro_code code;

	*stepped = false;
	code = decide(walk, evidence, at, arena, decision, err);
	if (code != DRO_OK)
		return (code);
	take_sight(walk, decision, at);
	if (decision->action == DRO_ACT_NONE ||
	    walk->live.status != DRO_LIVE_OK)
		return (DRO_OK);
	return (take_step(walk, decision, at, step, stepped, err));
}
