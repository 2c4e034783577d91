#include <string.h>

#include "base/date.h"
#include "stage/context.h"
#include "stage/subdomain.h"

/* The highest rung that the target allows. */
static size_t
top_rung(const struct dro_settings *set)
{
	size_t i, top = 0;

	for (i = 0; i < set->ladder.n; i++)
		if (set->ladder.rungs[i].core.p <= set->target)
			top = i;
	return (top);
}

static const char *
trigger_text(const struct dro_ctx *c)
{
	const struct dro_trigger *t = &c->trigger;

	return (dro_arena_printf(c->arena,
	    "%s broke: %lld of %lld messages fail where about %lld should "
	    "have passed",
	    t->source->key, (long long)t->failing,
	    (long long)(t->failing + t->passing), (long long)t->predicted));
}

/* The safety guard: runs in every step with mail at stake at ${core}. */
static bool
check_guard(struct dro_ctx *c, struct dro_core core)
{
	const struct dro_trigger *t = &c->trigger;

	c->out->broken = t->source;
	if (core.p == DRO_NONE)
		return (true);
	if (t->source != NULL &&
	    (t->share_ppm >= c->set->setback_share_ppm ||
		t->source->critical)) {
		c->out->verdict = DRO_FAIL;
		dro_ctx_act(
		    c, DRO_ACT_SETBACK, 0, "source_broken", trigger_text(c));
		return (false);
	}
	if (c->signal.word != DRO_WORD_BACK)
		return (true);
	/* What broke is not for reports to say, so nor is its repair. */
	c->out->broken = NULL;
	c->out->verdict = DRO_FAIL;
	dro_ctx_act(c, DRO_ACT_SETBACK, 0, "signal_back", c->signal.text);
	return (false);
}

/*
 * An open publish is settled by recovery, not by new decisions; only a step
 * back does not wait until the last name server has the rung that hurts.
 */
static bool
check_open(struct dro_ctx *c)
{
	const struct dro_facts *f = c->facts;
	struct dro_core core = c->out->core;
	struct dro_rung rung;

	if (f->op_state == DRO_OP_NONE)
		return (true);
	c->out->step = f->op_state == DRO_OP_SENT ? DRO_STEP_VERIFYING
						  : DRO_STEP_PUBLISHING;
	if (f->op_to != NULL && dro_rung_parse(f->op_to, &rung, NULL) == DRO_OK)
		core = rung.core;
	if (f->op_state == DRO_OP_SENT && !check_guard(c, core))
		return (false);
	dro_ctx_hold(c, dro_step_name(c->out->step),
	    f->op_state == DRO_OP_SENT
		? "published; not every name server serves it yet"
		: "a publish was interrupted; the next advance settles it");
	return (false);
}

/* A silent or lagging name server must not keep a rung that hurts. */
static bool
check_guard_unseen(struct dro_ctx *c)
{
	const enum dro_live_status status = c->live->status;

	if (!c->facts->adopted ||
	    (status != DRO_LIVE_UNKNOWN && status != DRO_LIVE_DISAGREE))
		return (true);
	return (check_guard(c, c->out->core));
}

static const struct dro_source *
find_source(const struct dro_ctx *c, const char *key)
{
	size_t i;

	for (i = 0; key != NULL && i < c->view.n; i++)
		if (strcmp(c->view.sources[i].key, key) == 0)
			return (&c->view.sources[i]);
	return (NULL);
}

/* Where a quick return goes: the rung it left, or the highest below it. */
static size_t
return_rung(const struct dro_ctx *c, const struct dro_setback *s)
{
	struct dro_rung rung;

	if (dro_rung_parse(s->left_rung, &rung, NULL) != DRO_OK)
		return (c->out->rung);
	return (dro_ladder_place(&c->set->ladder, rung.core).floor);
}

static int64_t
cooldown_end(const struct dro_ctx *c, const struct dro_setback *s)
{
	int doublings = s->attempt > 1 ? s->attempt - 1 : 0;

	if (doublings > 6)
		doublings = 6;
	return (s->at + (c->set->cooldown_days * DRO_DAY_S << doublings));
}

/* Why it stepped back, with what DNS shows to be missing of that source. */
static const char *
cause_text(const struct dro_ctx *c, const struct dro_setback *s)
{
	const struct dro_watch_findings *findings = &c->out->findings;
	const char *text;
	size_t i;

	for (i = 0; s->source != NULL && i < findings->n; i++) {
		if (strcmp(findings->items[i].source, s->source) != 0)
			continue;
		text = dro_arena_printf(
		    c->arena, "%s; %s", s->reason, findings->items[i].text);
		return (text != NULL ? text : s->reason);
	}
	return (s->reason);
}

/* After a step back: wait, or return in one step once it is repaired. */
static bool
check_cooldown(struct dro_ctx *c)
{
	const struct dro_facts *f = c->facts;
	const struct dro_setback *s;
	const struct dro_source *src;
	int64_t end;

	if (f->n_setbacks == 0 ||
	    (s = &f->setbacks[f->n_setbacks - 1])->returned_at != 0)
		return (true);
	c->out->step = DRO_STEP_COOLDOWN;
	c->out->has_next = true;
	c->out->next = return_rung(c, s);
	end = cooldown_end(c, s);
	src = find_source(c, s->source);
	if (s->source != NULL &&
	    (src == NULL || src->clean_days < DRO_RETURN_CLEAN_DAYS))
		dro_ctx_hold(c, "awaiting_repair",
		    dro_arena_printf(c->arena,
			"%s; %s has %d of %d clean report days since, then "
			"back to %s%s",
			cause_text(c, s), s->source,
			src == NULL ? 0 : src->clean_days,
			DRO_RETURN_CLEAN_DAYS, s->left_rung,
			s->acknowledged_at == 0
			    ? " once acknowledged (rollout approve)"
			    : ""));
	if (s->acknowledged_at == 0)
		dro_ctx_hold(c, "awaiting_acknowledgement",
		    dro_arena_printf(c->arena,
			"stepped back (%s): `rollout approve %s` once the "
			"cause is dealt with, then back to %s",
			cause_text(c, s), c->domain, s->left_rung));
	if (!dro_reached(&c->clock, end))
		dro_ctx_hold(c, "cooldown",
		    dro_arena_printf(c->arena,
			"stepped back (%s): cool-down %d of %lld days left "
			"before the return to %s",
			cause_text(c, s),
			(int)((end - c->clock.now) / DRO_DAY_S + 1),
			(long long)((end - s->at) / DRO_DAY_S), s->left_rung));
	c->out->earliest = end > c->clock.now ? end : c->clock.now;
	dro_check_signal(c);
	dro_check_pause(c);
	dro_check_freeze(c);
	if (c->out->code != NULL)
		return (false);
	dro_ctx_act(c, DRO_ACT_RETURN, c->out->next, "repaired",
	    dro_arena_printf(c->arena,
		"repaired and acknowledged: straight back to %s",
		c->set->ladder.rungs[c->out->next].name));
	return (false);
}

/* The rung after this one, and the rung whose leaving has its gates. */
static bool
find_next(struct dro_ctx *c, size_t top, size_t *leaving)
{
	size_t next = c->place.ceiling;

	*leaving = c->place.floor;
	if (c->place.off_ladder && !c->place.has_ceiling)
		return (false); /* stronger than our top: never weakened */
	if (!c->place.off_ladder && dro_sub_lags(c->set, &c->record)) {
		/* Subdomains catch up, by the gates of the rung they enter. */
		*leaving = next > 0 ? next - 1 : 0;
		c->out->has_next = true;
		c->out->next = next;
		return (true);
	}
	if (!c->place.off_ladder || c->place.ceiling == c->place.floor)
		next = c->place.floor + 1;
	else
		*leaving = next - 1;
	if (next > top)
		return (false);
	c->out->has_next = true;
	c->out->next = next;
	return (true);
}

static bool
is_last_hop(const struct dro_ctx *c, size_t next, size_t top)
{
	return (next == top && c->set->ladder.rungs[next].core.p == DRO_REJECT);
}

/*
 * The class that rung ${next} adds to what is live, also if it is new for
 * subdomains alone; DRO_NONE: none.
 */
static enum dro_level
new_class(const struct dro_ctx *c, size_t next)
{
	const struct dro_core core = c->set->ladder.rungs[next].core;
	enum dro_level sp;

	if (core.p > c->out->core.p)
		return (core.p);
	sp = dro_sub_wants_sp(c->set, core);
	if (c->set->has_sp && sp > dro_sub_sp(&c->record))
		return (sp);
	return (DRO_NONE);
}

/* The first gate with ${verdict} gives the reason, unless there is one. */
static void
give_reason(struct dro_ctx *c, enum dro_verdict verdict)
{
	size_t i;

	for (i = 0; i < c->out->n_gates; i++)
		if (c->out->gates[i].verdict == verdict)
			dro_ctx_hold(
			    c, c->out->gates[i].gate, c->out->gates[i].text);
}

/* Fold the gates into one verdict; what fails speaks before what waits. */
static void
fold_gates(struct dro_ctx *c)
{
	struct dro_decision *d = c->out;
	bool unknown = false;
	size_t i;

	give_reason(c, DRO_FAIL);
	give_reason(c, DRO_HOLD);
	for (i = 0; i < d->n_gates; i++) {
		const struct dro_gate *g = &d->gates[i];

		if (g->verdict == DRO_PASS)
			continue;
		if (strcmp(g->gate, "freshness") == 0 && c->ev->n_seen > 0)
			d->overlays |= DRO_OVER_STALE_DATA;
		if (g->verdict == DRO_FAIL)
			d->verdict = DRO_FAIL;
		unknown = unknown || g->expected_at == 0;
		if (g->expected_at > d->earliest)
			d->earliest = g->expected_at;
	}
	if (unknown)
		d->earliest = 0;
	else if (d->earliest == 0)
		d->earliest = c->clock.now;
}

/* What the gate called ${name} says; "" if there is none. */
static const char *
text_of(const struct dro_decision *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n_gates; i++)
		if (strcmp(d->gates[i].gate, name) == 0)
			return (d->gates[i].text);
	return ("");
}

/* Upward logic: one rung, when every gate passes and nobody says wait. */
static enum dro_code
climb(struct dro_ctx *c, struct dro_err *err)
{
	struct dro_decision *d = c->out;
	struct dro_gate_input in;
	size_t leaving, top = top_rung(c->set);
	enum dro_code code;
	bool more = find_next(c, top, &leaving);

	in = (struct dro_gate_input){.settings = c->set,
	    .facts = c->facts,
	    .evidence = c->ev,
	    .view = &c->view,
	    .trigger = &c->trigger,
	    .anomalies = &d->anomalies,
	    .findings = &d->findings,
	    .core = d->core,
	    .record = &c->record,
	    .settled_at = d->settled_at,
	    .hop = &c->set->hops[leaving],
	    .enters = more ? new_class(c, d->next) : DRO_NONE,
	    .alpha_ppm = more && is_last_hop(c, d->next, top)
		? c->set->alpha_last_ppm
		: c->set->alpha_ppm,
	    .clock = &c->clock};
	code = dro_anomaly_find(c->ev, c->facts, d->core, d->settled_at,
	    &c->clock, c->arena, &d->anomalies, err);
	if (code != DRO_OK)
		return (code);
	code = dro_gates_eval(&in, c->arena, d->gates, &d->n_gates, err);
	if (code != DRO_OK)
		return (code);
	if (!more) {
		if (!dro_reached(&c->clock, d->settled_at))
			d->step = DRO_STEP_SETTLING;
		else if (dro_reached(&c->clock,
			     d->settled_at +
				 c->set->hops[leaving].days * DRO_DAY_S))
			d->step = DRO_STEP_DONE;
		d->code = "target";
		d->reason = "at its target; watched on";
		return (DRO_OK);
	}
	fold_gates(c);
	if (!dro_reached(&c->clock, d->settled_at)) {
		d->step = DRO_STEP_SETTLING;
		dro_ctx_hold(
		    c, "settling", "receivers may still have the old record");
	} else if (d->verdict == DRO_PASS) {
		d->step = DRO_STEP_READY;
	}
	dro_check_pause(c);
	/* A person may answer during a pause or freeze. */
	if (d->step == DRO_STEP_READY)
		dro_check_approvals(c, d->next);
	dro_check_freeze(c);
	if (d->verdict != DRO_PASS)
		return (DRO_OK);
	dro_ctx_act(c, DRO_ACT_UP, d->next, "gates_pass",
	    dro_arena_printf(
		c->arena, "every gate passes: %s", text_of(d, "bound")));
	return (DRO_OK);
}

/*
 * sp or np is not as configured where p is: set it by itself.  What p asks
 * for stays, so does the time on the rung.
 */
static bool
check_subs(struct dro_ctx *c)
{
	const char *tag = dro_sub_differs(c->set, &c->record);

	if (tag == NULL)
		return (true);
	c->out->earliest = c->clock.now;
	dro_check_signal(c);
	dro_check_pause(c);
	dro_check_freeze(c);
	if (c->out->code != NULL)
		return (false);
	dro_ctx_act(c, DRO_ACT_ADJUST, c->out->rung, "adjust",
	    dro_arena_printf(
		c->arena, "%s is not as configured: set it, p unchanged", tag));
	return (false);
}

/* Everything about time on this rung. */
static void
set_times(struct dro_ctx *c)
{
	c->out->since = c->facts->verified_at;
	c->out->settled_at = c->facts->verified_at + c->facts->settle_s;
	if (c->out->adopt)
		c->out->since = c->out->settled_at = c->clock.now;
}

static enum dro_code
run(struct dro_ctx *c, struct dro_err *err)
{
	struct dro_decision *d = c->out;

	d->step = c->facts->adopted ? DRO_STEP_OBSERVING : DRO_STEP_NEW;
	if (c->facts->adopted)
		(void)dro_ctx_place(c, &c->facts->known);
	set_times(c);
	if (!check_open(c) || !check_guard_unseen(c) || !dro_check_live(c))
		return (DRO_OK);
	d->adopt = !c->facts->adopted;
	if (!dro_check_drift(c))
		return (DRO_OK);
	set_times(c);
	if (!d->adopt && d->staged && !check_guard(c, d->core))
		return (DRO_OK);
	if (!dro_check_reporting(c))
		return (DRO_OK);
	if (d->adopt) {
		dro_ctx_hold(c, "new", "first sight: taken as found");
		return (DRO_OK);
	}
	if (!check_cooldown(c) || !check_subs(c))
		return (DRO_OK);
	return (climb(c, err));
}

enum dro_code
dro_decide(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_live *live,
    const struct dro_evidence *evidence, int64_t now, struct dro_arena *arena,
    struct dro_decision *out, struct dro_err *err)
{
	struct dro_ctx c = {.domain = domain,
	    .set = settings,
	    .facts = facts,
	    .live = live,
	    .ev = evidence,
	    .clock = dro_ctx_clock(now),
	    .arena = arena,
	    .out = out};
	struct dro_watch_mail mail;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = dro_ladder_lint(&settings->ladder, err)) != DRO_OK)
		return (code);
	evidence = dro_sub_evidence(
	    settings, facts, live, evidence, arena, &out->apart);
	if ((out->evidence = c.ev = evidence) == NULL)
		return (dro_err_nomem(err));
	code = dro_source_classify(
	    domain, settings, facts, evidence, &c.clock, arena, &c.view, err);
	if (code != DRO_OK)
		return (code);
	code = dro_trigger_find(&c.view, evidence, arena, &c.trigger, err);
	if (code != DRO_OK)
		return (code);
	if (!dro_signal_look(facts, &c.clock, arena, &c.signal))
		return (dro_err_nomem(err));
	mail = (struct dro_watch_mail){settings, evidence, c.view.n,
	    c.view.sources, c.view.any, c.view.linked};
	code = dro_watch_find(
	    domain, &mail, facts, &c.clock, arena, &out->findings, err);
	if (code != DRO_OK)
		return (code);
	out->n_sources = c.view.n;
	out->sources = c.view.sources;
	out->of_stream = c.view.any;
	out->linked = c.view.linked;
	out->tally = c.view.tally;
	code = run(&c, err);
	out->holds_until = c.clock.until;
	return (code);
}
