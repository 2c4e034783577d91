#include <string.h>

#include "base/date.h"
#include "parked/park.h"
#include "parked/quiet.h"
#include "parked/spf.h"
#include "stage/context.h"

/* A decision in progress; ${c} is shared with the looks of stage/. */
struct park {
	struct dro_ctx c;
	const struct dro_park_input *in;
	struct dro_park_plan *plan;
	struct dro_quiet quiet;
};

static const struct dro_rrset *
live_of(const struct park *p, enum dro_part part)
{
	return (&p->in->live[part].rrset);
}

static bool
is_done(const struct park *p, enum dro_part part)
{
	return (dro_part_done(part, live_of(p, part), p->c.set->rua));
}

/* The first part that is not verified as wanted; DRO_PARTS: all are. */
static enum dro_part
first_open(const struct park *p)
{
	enum dro_part part = DRO_PART_DMARC;

	while (part < DRO_PARTS && p->in->park->parts[part].kept)
		part++;
	return (part);
}

static bool
all_done(const struct park *p)
{
	return (is_done(p, DRO_PART_DMARC) && is_done(p, DRO_PART_SPF) &&
	    is_done(p, DRO_PART_MX));
}

/* From here on receivers refuse its mail. */
static bool
begun(const struct park *p)
{
	return (first_open(p) > DRO_PART_DMARC || all_done(p));
}

/* Parking was confirmed, here or in the configuration. */
static bool
confirmed(const struct park *p)
{
	return (p->in->park->word.confirmed_at != 0 ||
	    p->c.set->park_confirmed != NULL);
}

static bool
check_open(struct park *p)
{
	const enum dro_op_state state = p->c.facts->op_state;

	if (state == DRO_OP_NONE)
		return (true);
	p->c.out->step =
	    state == DRO_OP_SENT ? DRO_STEP_VERIFYING : DRO_STEP_PUBLISHING;
	dro_ctx_hold(&p->c, dro_step_name(p->c.out->step),
	    state == DRO_OP_SENT
		? "published; not every name server serves it yet"
		: "a publish was interrupted; the next advance settles it");
	return (false);
}

/* Taken back by a person: only a person begins again. */
static bool
check_undone(struct park *p)
{
	if (p->in->park->word.undone_at == 0)
		return (true);
	dro_ctx_block(&p->c, "undone",
	    dro_arena_printf(p->c.arena,
		"parking was taken back; it stays so until `rollout park %s "
		"--reason TEXT`, or another policy in the configuration",
		p->c.domain));
	return (false);
}

/* The domain itself must be seen as clearly as _dmarc. */
static bool
check_apex(struct park *p)
{
	const struct dro_live *live;
	enum dro_part part;

	for (part = DRO_PART_SPF; part < DRO_PARTS; part++) {
		live = &p->in->live[part];
		switch (live->status) {
		case DRO_LIVE_UNKNOWN:
			dro_ctx_block(&p->c, "dns_unknown", live->detail);
			return (false);
		case DRO_LIVE_DISAGREE:
			dro_ctx_block(&p->c, "ns_disagree", live->detail);
			return (false);
		case DRO_LIVE_CNAME:
			dro_ctx_block(&p->c, "cname_apex",
			    dro_arena_printf(p->c.arena,
				"%s: neither SPF nor MX can stand beside it "
				"(RFC 1034 3.6.2); replace it by address "
				"records, or take the domain out of parking",
				live->detail));
			return (false);
		case DRO_LIVE_OK:
			break;
		}
	}
	return (true);
}

/* The apex TXT must hold at most one SPF record, a real one. */
static bool
check_spf(struct park *p)
{
	const struct dro_rrset *txt = live_of(p, DRO_PART_SPF);
	size_t i;

	switch (dro_spf_read(txt, &i)) {
	case DRO_SPF_MANY:
		dro_ctx_block(&p->c, "multiple_spf",
		    "more than one SPF record, so none holds (RFC 7208 4.5); "
		    "remove all but one by hand");
		return (false);
	case DRO_SPF_BROKEN:
		dro_ctx_block(&p->c, "spf_syntax",
		    dro_arena_printf(p->c.arena,
			"\"%.100s\" was meant as an SPF record but is none; "
			"correct or remove it by hand",
			txt->values[i].ptr));
		return (false);
	case DRO_SPF_NONE:
	case DRO_SPF_DENY:
	case DRO_SPF_IDLE:
	case DRO_SPF_SENDERS:
		break;
	}
	return (true);
}

static const char *
first_value(const struct dro_rrset *rrset)
{
	return (rrset->n > 0 ? rrset->values[0].ptr : "none");
}

/* What was verified must still be there. */
static bool
check_kept(struct park *p)
{
	const struct dro_kept *kept;
	enum dro_part part;
	bool same;

	for (part = DRO_PART_DMARC; part < DRO_PARTS; part++) {
		kept = &p->in->park->parts[part];
		same = kept->lacking == NULL
		    ? is_done(p, part)
		    : dro_rrset_same_values(&kept->known, live_of(p, part)) ||
			is_done(p, part);
		if (!kept->kept || same)
			continue;
		p->c.out->overlays |= DRO_OVER_DRIFTED;
		dro_ctx_hold(&p->c, "drifted",
		    dro_arena_printf(p->c.arena,
			"the %s record changed outside this program: live is "
			"\"%.200s\", last verified was \"%.200s\"; nothing is "
			"overwritten",
			part == DRO_PART_MX ? "MX" : dro_part_name(part),
			first_value(live_of(p, part)),
			first_value(&kept->known)));
		return (false);
	}
	return (true);
}

/* Who sent the mail that passed last. */
static const char *
sender(const struct park *p)
{
	const struct dro_population_view *v = &p->c.view;
	size_t i;

	if (p->quiet.stream >= p->c.ev->n_streams)
		return ("?");
	i = v->by_stream[p->quiet.stream];
	return (i < v->n ? v->sources[i].key
			 : p->c.ev->streams[p->quiet.stream].ip);
}

static const char *
day_name(const struct park *p, int32_t day)
{
	char text[DRO_DATE_LEN];

	(void)dro_date_format(dro_day_start(day), text);
	text[10] = '\0';
	return (dro_arena_strdup(p->c.arena, text));
}

/* Mail that passed on ${q->last_day} is not yet a thing of the past. */
static bool
heard_lately(const struct park *p)
{
	return (p->quiet.heard &&
	    p->quiet.last_day + p->c.set->quiet_days >= dro_day_of(p->c.now));
}

/*
 * Mail that passes from a domain that is parked: somebody uses it after all.
 * A person's word after it ends the alarm; so does the quiet time.
 */
static bool
check_alarm(struct park *p)
{
	const int64_t word = p->in->park->word.confirmed_at;

	if (!begun(p) || !heard_lately(p) ||
	    (word != 0 && p->quiet.last_day <= dro_day_of(word)))
		return (true);
	p->c.out->verdict = DRO_FAIL;
	dro_ctx_block(&p->c, "parked_mail_seen",
	    dro_arena_printf(p->c.arena,
		"mail of %s passed on %s, and the domain is parked: stop that "
		"sender, or `rollout park %s --undo --reason TEXT`; if it may "
		"be ignored, `rollout park %s --reason TEXT`",
		sender(p), day_name(p, p->quiet.last_day), p->c.domain,
		p->c.domain));
	return (false);
}

static bool
check_mail(struct park *p)
{
	if (!heard_lately(p))
		return (true);
	p->c.out->verdict = DRO_FAIL;
	dro_ctx_block(&p->c, "mail_seen",
	    dro_arena_printf(p->c.arena,
		"it sends mail: %s passed on %s; give it a sending policy, or "
		"stop that sender and wait %d days",
		sender(p), day_name(p, p->quiet.last_day),
		p->c.set->quiet_days));
	return (false);
}

static bool
check_senders(struct park *p)
{
	const struct dro_rrset *txt = live_of(p, DRO_PART_SPF);
	size_t i;

	if (p->in->park->parts[DRO_PART_SPF].kept ||
	    dro_spf_read(txt, &i) != DRO_SPF_SENDERS)
		return (true);
	dro_ctx_block(&p->c, "spf_senders",
	    dro_arena_printf(p->c.arena,
		"its SPF record authorises senders: \"%.200s\"; give it a "
		"sending policy, or make the record \"v=spf1 -all\" by hand",
		txt->values[i].ptr));
	return (false);
}

static bool
mx_in_use(const struct park *p)
{
	return (!p->in->park->parts[DRO_PART_MX].kept &&
	    dro_mx_in_use(live_of(p, DRO_PART_MX)));
}

/* An MX in use goes only by a person's word ... */
static bool
check_mx(struct park *p)
{
	if (!mx_in_use(p) || p->in->park->word.replace_mx)
		return (true);
	dro_ctx_block(&p->c, "mx_in_use",
	    dro_arena_printf(p->c.arena,
		"its MX takes mail: \"%.200s\"; remove it by hand, or "
		"`rollout park %s --replace-mx --reason TEXT`, which waits "
		"for %d report days without mail",
		first_value(live_of(p, DRO_PART_MX)), p->c.domain,
		p->c.set->quiet_days));
	return (false);
}

/* ... and after as many days of which reports tell that none passed. */
static int
mx_days_left(const struct park *p)
{
	return (mx_in_use(p) ? p->c.set->quiet_days - p->quiet.report_days : 0);
}

static bool
check_mx_quiet(struct park *p)
{
	const int left = mx_days_left(p);

	if (left <= 0)
		return (true);
	dro_ctx_hold(&p->c, "quiet_reports",
	    dro_arena_printf(p->c.arena,
		"its MX may be replaced after %d report days without mail "
		"that passes; %d more to come",
		p->c.set->quiet_days, left));
	return (false);
}

static bool
check_needed(struct park *p)
{
	if (p->in->needed_by == NULL)
		return (true);
	dro_ctx_block(&p->c, "needed", p->in->needed_by);
	return (false);
}

static bool
check_steering(struct park *p)
{
	p->c.out->earliest = p->c.now;
	dro_check_pause(&p->c);
	dro_check_freeze(&p->c);
	return (p->c.out->code == NULL);
}

/* Reports must be able to come: before the wait, and for ever after. */
static bool
check_reporting(struct park *p)
{
	if (!begun(p) && (!confirmed(p) || mx_days_left(p) > 0))
		return (dro_check_reporting(&p->c));
	if (p->c.set->rua != NULL ||
	    (p->c.out->staged && p->c.record.rua.len > 0))
		return (true);
	dro_ctx_block(&p->c, "no_rua",
	    "no rua address in the record and none configured, so nobody "
	    "would hear of mail that is refused: set `rua:`");
	return (false);
}

/*
 * Quiet: so many days with our address in the record and no mail that
 * passes, or so many report days.  Before anything is stored it is new.
 */
static bool
check_quiet(struct park *p)
{
	struct dro_decision *d = p->c.out;
	const int wanted = p->c.set->quiet_days;
	int64_t since = p->c.facts->verified_at;
	int quiet;
	struct dro_gate *g = &d->gates[0];

	if (confirmed(p) || begun(p))
		return (true);
	if (d->adopt || since == 0)
		since = p->c.now;
	if (p->quiet.heard && dro_day_start(p->quiet.last_day + 1) > since)
		since = dro_day_start(p->quiet.last_day + 1);
	quiet = since >= p->c.now ? 0 : (int)((p->c.now - since) / DRO_DAY_S);
	if (p->quiet.report_days > quiet)
		quiet = p->quiet.report_days;
	*g = (struct dro_gate){.gate = "quiet",
	    .verdict = quiet >= wanted ? DRO_PASS : DRO_HOLD,
	    .value = quiet,
	    .limit = wanted,
	    .shortfall = quiet >= wanted ? 0 : wanted - quiet,
	    .unit = "days",
	    .text = dro_arena_printf(p->c.arena,
		"%d of %d quiet days: reports are asked for and no mail "
		"passes; at once with `rollout park %s --reason TEXT`",
		quiet, wanted, p->c.domain)};
	g->expected_at = p->c.now + g->shortfall * DRO_DAY_S;
	d->n_gates = 1;
	if (g->verdict == DRO_PASS)
		return (true);
	d->earliest = g->expected_at;
	dro_ctx_hold(&p->c, "quiet", g->text);
	return (false);
}

static enum dro_code
plan_part(struct park *p, enum dro_part part, struct dro_err *err)
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
plan_parts(struct park *p, struct dro_err *err)
{
	const struct dro_park_input *in = p->in;
	enum dro_code code = DRO_OK;
	enum dro_part part;

	for (part = first_open(p); part < DRO_PARTS && code == DRO_OK; part++) {
		if (in->park->parts[part].kept)
			continue;
		if (is_done(p, part)) {
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
set_done(struct park *p)
{
	struct dro_decision *d = p->c.out;
	const char *lacking = p->in->park->parts[DRO_PART_MX].lacking;

	if (lacking == NULL && !is_done(p, DRO_PART_MX))
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
act(struct park *p, struct dro_err *err)
{
	struct dro_decision *d = p->c.out;
	enum dro_code code;

	d->reason = p->in->park->word.confirmed_at != 0
	    ? "a person confirmed that it sends no mail"
	    : p->c.set->park_confirmed != NULL ? p->c.set->park_confirmed
	    : begun(p) ? "the record before it was verified"
		       : d->gates[0].text;
	if ((code = plan_parts(p, err)) != DRO_OK)
		return (code);
	if (p->plan->n == 0) {
		set_done(p);
		return (DRO_OK);
	}
	d->step = DRO_STEP_READY;
	d->earliest = p->c.now;
	dro_ctx_act(&p->c, DRO_ACT_PARK, d->next, "park", d->reason);
	return (DRO_OK);
}

/* The looks in their order; false: the decision is made. */
static bool
look(struct park *p)
{
	struct dro_decision *d = p->c.out;

	if (!check_open(p) || !check_undone(p) || !dro_check_live(&p->c) ||
	    !check_apex(p) || !check_spf(p))
		return (false);
	d->adopt = !p->c.facts->adopted;
	if (!check_kept(p) || !dro_check_drift(&p->c) || !check_alarm(p))
		return (false);
	if (first_open(p) == DRO_PARTS || all_done(p))
		return (true);
	return ((begun(p) || check_mail(p)) && check_needed(p) &&
	    check_senders(p) && check_mx(p) && check_reporting(p) &&
	    check_mx_quiet(p) && check_quiet(p) && check_steering(p));
}

enum dro_code
dro_park_decide(const struct dro_park_input *input, struct dro_arena *arena,
    struct dro_decision *out, struct dro_park_plan *plan, struct dro_err *err)
{
	static const struct dro_core reject = {.p = DRO_REJECT, .pct = 100};
	struct park p = {.in = input,
	    .plan = plan,
	    .quiet = dro_quiet_find(input->evidence),
	    .c = {.domain = input->domain,
		.set = input->settings,
		.facts = input->facts,
		.live = &input->live[DRO_PART_DMARC],
		.ev = input->evidence,
		.now = input->now,
		.arena = arena,
		.out = out}};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	memset(plan, 0, sizeof(*plan));
	if ((code = dro_ladder_lint(&input->settings->ladder, err)) != DRO_OK)
		return (code);
	code = dro_source_classify(input->domain, input->settings, input->facts,
	    input->evidence, arena, &p.c.view, err);
	if (code != DRO_OK)
		return (code);
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
	return (look(&p) ? act(&p, err) : DRO_OK);
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
