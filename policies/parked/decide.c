#include <string.h>

#include "parked/looks.h"

static enum dro_code
plan_part(struct dro_park *p, enum dro_part part, struct dro_err *err)
{
	const struct dro_live *live = &p->in->live[part];
	struct dro_change *change = &p->plan->changes[p->plan->n++];
	enum dro_code code;

	memset(change, 0, sizeof(*change));
	change->kind = dro_action_name(DRO_ACT_PARK);
	change->to = "parked";
	change->reason = p->c.out->reason;
	/* SPF and MX come when the domain is at reject. */
	if (part != DRO_PART_DMARC)
		change->from = "reject";
	else if (p->c.out->staged)
		change->from = p->c.set->ladder.rungs[p->c.out->rung].name;
	change->settle_s =
	    live->rrset.n > 0 ? live->rrset.ttl_s : live->negative_ttl_s;
	code = dro_rrset_copy(&change->before, &live->rrset, p->c.arena, err);
	if (code != DRO_OK)
		return (code);
	return (dro_part_make(part, &live->rrset, p->c.set->rua,
	    p->c.set->ttl_s, p->c.arena, &change->after, err));
}

/* Every part that is left, in order: taken as found, or to be published. */
static enum dro_code
plan_parts(struct dro_park *p, struct dro_err *err)
{
	const struct dro_park_input *in = p->in;
	enum dro_code code = DRO_OK;
	enum dro_part part;

	for (part = dro_park_first_open(p); part < DRO_PARTS && code == DRO_OK;
	     part++) {
		if (in->park->parts[part].kept)
			continue;
		if (dro_park_is_done(p, part)) {
			p->plan->take[part] = p->plan->n == 0;
		} else if (part == DRO_PART_MX && in->no_null_mx != NULL) {
			p->plan->take[part] = p->plan->n == 0;
			p->plan->lacking = in->no_null_mx;
		} else {
			code = plan_part(p, part, err);
		}
	}
	return (code);
}

static void
set_done(struct dro_park *p)
{
	struct dro_decision *d = p->c.out;
	const char *lacking = p->in->park->parts[DRO_PART_MX].lacking;

	if (lacking == NULL && !dro_park_is_done(p, DRO_PART_MX))
		lacking = p->plan->lacking;
	d->step = DRO_STEP_PARKED;
	d->has_next = false;
	d->code = lacking != NULL ? "parked_without_null_mx" : "parked";
	d->reason = lacking != NULL
	    ? dro_arena_printf(
		  p->c.arena, "parked without null MX: %s; watched", lacking)
	    : "parked; watched";
}

static enum dro_code
act(struct dro_park *p, struct dro_err *err)
{
	struct dro_decision *d = p->c.out;
	enum dro_code code;

	d->reason = p->in->park->word.confirmed_at != 0
	    ? "a person confirmed that it sends no mail"
	    : p->c.set->park_confirmed != NULL ? p->c.set->park_confirmed
	    : dro_park_begun(p) ? "the record before it was verified"
				: d->gates[0].text;
	if ((code = plan_parts(p, err)) != DRO_OK)
		return (code);
	if (p->plan->n == 0) {
		set_done(p);
		return (DRO_OK);
	}
	d->step = DRO_STEP_READY;
	d->earliest = p->c.clock.now;
	dro_ctx_act(&p->c, DRO_ACT_PARK, d->next, "park", d->reason);
	return (DRO_OK);
}

enum dro_code
dro_park_decide(const struct dro_park_input *input, struct dro_arena *arena,
    struct dro_decision *out, struct dro_park_plan *plan, struct dro_err *err)
{
	static const struct dro_core reject = {.p = DRO_REJECT, .pct = 100};
	struct dro_park p = {.in = input,
	    .plan = plan,
	    .quiet = dro_quiet_find(input->evidence),
	    .c = {.domain = input->domain,
		.set = input->settings,
		.facts = input->facts,
		.live = &input->live[DRO_PART_DMARC],
		.ev = input->evidence,
		.clock = dro_ctx_clock(input->now),
		.arena = arena,
		.out = out}};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	memset(plan, 0, sizeof(*plan));
	if ((code = dro_ladder_lint(&input->settings->ladder, err)) != DRO_OK)
		return (code);
	code = dro_source_classify(input->domain, input->settings, input->facts,
	    input->evidence, &p.c.clock, arena, &p.c.view, err);
	if (code != DRO_OK)
		return (code);
	if (!dro_signal_look(input->facts, &p.c.clock, arena, &p.c.signal))
		return (dro_err_nomem(err));
	out->evidence = input->evidence;
	out->n_sources = p.c.view.n;
	out->sources = p.c.view.sources;
	out->tally = p.c.view.tally;
	out->step = input->facts->adopted ? DRO_STEP_OBSERVING : DRO_STEP_NEW;
	out->since = input->facts->verified_at;
	out->settled_at = out->since;
	out->has_next = true;
	out->next = dro_ladder_place(&input->settings->ladder, reject).floor;
	if (input->facts->adopted)
		(void)dro_ctx_place(&p.c, &input->facts->known);
	if (dro_park_look(&p))
		code = act(&p, err);
	out->holds_until = p.c.clock.until;
	return (code);
}

enum dro_code
dro_park_restores(const struct dro_park_facts *park,
    const struct dro_rrset *live, const char *reason, struct dro_arena *arena,
    struct dro_change *changes, size_t *n, struct dro_err *err)
{
	const struct dro_kept *kept;
	struct dro_change *change;
	enum dro_code code;
	int part;

	*n = 0;
	for (part = DRO_PARTS - 1; part >= 0; part--) {
		kept = &park->parts[part];
		if (!kept->has_undo ||
		    !dro_part_done((enum dro_part)part, &live[part], NULL))
			continue;
		change = &changes[*n];
		memset(change, 0, sizeof(*change));
		code = dro_part_restore((enum dro_part)part, &live[part],
		    &kept->undo, arena, &change->after, err);
		if (code == DRO_OK)
			code = dro_rrset_copy(
			    &change->before, &live[part], arena, err);
		if (code != DRO_OK)
			return (code);
		if (dro_rrset_same_values(&change->before, &change->after))
			continue;
		change->kind = "unpark";
		change->from = "parked";
		change->to = "unparked";
		change->settle_s = live[part].ttl_s;
		change->reason = reason;
		(*n)++;
	}
	return (DRO_OK);
}
