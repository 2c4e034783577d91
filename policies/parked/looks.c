#include "base/date.h"
#include "parked/looks.h"
#include "record/spf.h"

const struct dro_rrset *
dro_park_live(const struct dro_park *p, enum dro_part part)
{
	return (&p->in->live[part].rrset);
}

bool
dro_park_is_done(const struct dro_park *p, enum dro_part part)
{
	return (dro_part_done(part, dro_park_live(p, part), p->c.set->rua));
}

/* The first part that is not verified as wanted; DRO_PARTS: all are. */
enum dro_part
dro_park_first_open(const struct dro_park *p)
{
	enum dro_part part = DRO_PART_DMARC;

	while (part < DRO_PARTS && p->in->park->parts[part].kept)
		part++;
	return (part);
}

static bool
all_done(const struct dro_park *p)
{
	return (dro_park_is_done(p, DRO_PART_DMARC) &&
	    dro_park_is_done(p, DRO_PART_SPF) &&
	    dro_park_is_done(p, DRO_PART_MX));
}

/* From here on receivers refuse its mail. */
bool
dro_park_begun(const struct dro_park *p)
{
	return (dro_park_first_open(p) > DRO_PART_DMARC || all_done(p));
}

/* Parking was confirmed, here or in the configuration. */
static bool
confirmed(const struct dro_park *p)
{
	return (p->in->park->word.confirmed_at != 0 ||
	    p->c.set->park_confirmed != NULL);
}

static bool
check_open(struct dro_park *p)
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
check_undone(struct dro_park *p)
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
check_apex(struct dro_park *p)
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
check_spf(struct dro_park *p)
{
	const struct dro_rrset *txt = dro_park_live(p, DRO_PART_SPF);
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
check_kept(struct dro_park *p)
{
	const struct dro_kept *kept;
	enum dro_part part;
	bool same;

	for (part = DRO_PART_DMARC; part < DRO_PARTS; part++) {
		kept = &p->in->park->parts[part];
		same = kept->lacking == NULL
		    ? dro_park_is_done(p, part)
		    : dro_rrset_same_values(
			  &kept->known, dro_park_live(p, part)) ||
			dro_park_is_done(p, part);
		if (!kept->kept || same)
			continue;
		p->c.out->overlays |= DRO_OVER_DRIFTED;
		dro_ctx_hold(&p->c, "drifted",
		    dro_arena_printf(p->c.arena,
			"the %s record changed outside this program: live is "
			"\"%.200s\", last verified was \"%.200s\"; nothing is "
			"overwritten",
			part == DRO_PART_MX ? "MX" : dro_part_name(part),
			first_value(dro_park_live(p, part)),
			first_value(&kept->known)));
		return (false);
	}
	return (true);
}

/* Who sent the mail that passed last. */
static const char *
sender(const struct dro_park *p)
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
day_name(const struct dro_park *p, int32_t day)
{
	char text[DRO_DATE_LEN];

	(void)dro_date_format(dro_day_start(day), text);
	text[10] = '\0';
	return (dro_arena_strdup(p->c.arena, text));
}

/* Mail that passed on ${q->last_day} is not yet a thing of the past. */
static bool
heard_lately(const struct dro_park *p)
{
	return (p->quiet.heard &&
	    p->quiet.last_day + p->c.set->quiet_days >=
		dro_day_of(p->c.clock.now));
}

/*
 * Mail that passes from a domain that is parked: somebody uses it after all.
 * A person's word after it ends the alarm; so does the quiet time.
 */
static bool
check_alarm(struct dro_park *p)
{
	const int64_t word = p->in->park->word.confirmed_at;

	if (!dro_park_begun(p) || !heard_lately(p) ||
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
check_mail(struct dro_park *p)
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
check_senders(struct dro_park *p)
{
	const struct dro_rrset *txt = dro_park_live(p, DRO_PART_SPF);
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
mx_in_use(const struct dro_park *p)
{
	return (!p->in->park->parts[DRO_PART_MX].kept &&
	    dro_mx_in_use(dro_park_live(p, DRO_PART_MX)));
}

/* An MX in use goes only by a person's word ... */
static bool
check_mx(struct dro_park *p)
{
	if (!mx_in_use(p) || p->in->park->word.replace_mx)
		return (true);
	dro_ctx_block(&p->c, "mx_in_use",
	    dro_arena_printf(p->c.arena,
		"its MX takes mail: \"%.200s\"; remove it by hand, or "
		"`rollout park %s --replace-mx --reason TEXT`, which waits "
		"for %d report days without mail",
		first_value(dro_park_live(p, DRO_PART_MX)), p->c.domain,
		p->c.set->quiet_days));
	return (false);
}

/* ... and after as many days of which reports tell that none passed. */
static int
mx_days_left(const struct dro_park *p)
{
	return (mx_in_use(p) ? p->c.set->quiet_days - p->quiet.report_days : 0);
}

static bool
check_mx_quiet(struct dro_park *p)
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
check_needed(struct dro_park *p)
{
	if (p->in->needed_by == NULL)
		return (true);
	dro_ctx_block(&p->c, "needed", p->in->needed_by);
	return (false);
}

static bool
check_steering(struct dro_park *p)
{
	p->c.out->earliest = p->c.clock.now;
	dro_check_signal(&p->c);
	dro_check_pause(&p->c);
	dro_check_freeze(&p->c);
	return (p->c.out->code == NULL);
}

/* Reports must be able to come: before the wait, and for ever after. */
static bool
check_reporting(struct dro_park *p)
{
	if (!dro_park_begun(p) && (!confirmed(p) || mx_days_left(p) > 0))
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
check_quiet(struct dro_park *p)
{
	struct dro_decision *d = p->c.out;
	const int wanted = p->c.set->quiet_days;
	int64_t since = p->c.facts->verified_at;
	int quiet;
	struct dro_gate *g = &d->gates[0];

	if (confirmed(p) || dro_park_begun(p))
		return (true);
	if (d->adopt || since == 0)
		since = p->c.clock.now;
	if (p->quiet.heard && dro_day_start(p->quiet.last_day + 1) > since)
		since = dro_day_start(p->quiet.last_day + 1);
	quiet = since >= p->c.clock.now
	    ? 0
	    : (int)((p->c.clock.now - since) / DRO_DAY_S);
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
	(void)dro_reached(&p->c.clock, since + wanted * DRO_DAY_S);
	g->expected_at = p->c.clock.now + g->shortfall * DRO_DAY_S;
	d->n_gates = 1;
	if (g->verdict == DRO_PASS)
		return (true);
	d->earliest = g->expected_at;
	dro_ctx_hold(&p->c, "quiet", g->text);
	return (false);
}

bool
dro_park_look(struct dro_park *p)
{
	struct dro_decision *d = p->c.out;

	if (!check_open(p) || !check_undone(p) || !dro_check_live(&p->c) ||
	    !check_apex(p) || !check_spf(p))
		return (false);
	d->adopt = !p->c.facts->adopted;
	if (!check_kept(p) || !dro_check_drift(&p->c) || !check_alarm(p))
		return (false);
	if (dro_park_first_open(p) == DRO_PARTS || all_done(p))
		return (true);
	return ((dro_park_begun(p) || check_mail(p)) && check_needed(p) &&
	    check_senders(p) && check_mx(p) && check_reporting(p) &&
	    check_mx_quiet(p) && check_quiet(p) && check_steering(p));
}
