#include <string.h>

#include "base/date.h"
#include "stage/context.h"
#include "stage/subdomain.h"

/* What the live record itself says: sound, drifted, able to bring reports. */

struct dro_clock
dro_ctx_clock(int64_t now)
{
	struct dro_clock clock = {now, dro_day_start(dro_day_of(now) + 1)};

	return (clock);
}

/* A hold with its reason; the first one stands. */
void
dro_ctx_hold(struct dro_ctx *c, const char *code, const char *reason)
{
	if (c->out->verdict == DRO_PASS)
		c->out->verdict = DRO_HOLD;
	if (c->out->code != NULL)
		return;
	c->out->code = code;
	c->out->reason = reason != NULL ? reason : code;
}

void
dro_ctx_block(struct dro_ctx *c, const char *code, const char *reason)
{
	c->out->overlays |= DRO_OVER_BLOCKED;
	dro_ctx_hold(c, code, reason);
}

void
dro_ctx_act(struct dro_ctx *c, enum dro_action action, size_t to,
    const char *code, const char *reason)
{
	c->out->action = action;
	c->out->to = to;
	c->out->code = code;
	c->out->reason = reason != NULL ? reason : code;
}

static struct dro_str
value_at(const struct dro_rrset *rrset, size_t i)
{
	return ((struct dro_str){rrset->values[i].ptr, rrset->values[i].len});
}

/* Put the domain on its ladder by the record ${rrset}. */
bool
dro_ctx_place(struct dro_ctx *c, const struct dro_rrset *rrset)
{
	size_t i;

	if (dro_dmarc_find(rrset, &i) != DRO_FOUND_ONE ||
	    dro_dmarc_parse(value_at(rrset, i), &c->record, NULL) != DRO_OK)
		return (false);
	c->place = dro_ladder_place(&c->set->ladder, c->record.core);
	c->out->staged = true;
	c->out->rung = c->place.floor;
	c->out->off_ladder =
	    c->place.off_ladder || dro_sub_lags(c->set, &c->record);
	c->out->core = c->record.core;
	c->out->sp = dro_sub_sp(&c->record);
	c->out->np = dro_sub_np(&c->record);
	c->out->says_sub = c->record.has_sp || c->record.has_np;
	return (true);
}

/*
 * Whether the owned parts of two records are the same: p, pct and t, sp and
 * np when configured, and our rua URI.
 */
static const char *
owned_difference(const struct dro_ctx *c, const struct dro_dmarc *known,
    const struct dro_dmarc *live)
{
	const struct dro_settings *set = c->set;

	if (!dro_core_equal(known->core, live->core))
		return ("p, pct or t");
	if (set->has_sp &&
	    (known->has_sp != live->has_sp || known->sp != live->sp))
		return ("sp");
	if (set->has_np &&
	    (known->has_np != live->has_np || known->np != live->np))
		return ("np");
	if (set->rua != NULL && dro_dmarc_rua_has(known->rua, set->rua) &&
	    !dro_dmarc_rua_has(live->rua, set->rua))
		return ("our rua address");
	return (NULL);
}

/* Compare live with what was last verified.  True: go on deciding. */
bool
dro_check_drift(struct dro_ctx *c)
{
	struct dro_dmarc known;
	const char *what;
	size_t i;

	if (c->out->adopt)
		return (true);
	if (dro_dmarc_find(&c->facts->known, &i) != DRO_FOUND_ONE ||
	    dro_dmarc_parse(value_at(&c->facts->known, i), &known, NULL) !=
		DRO_OK) {
		/* We never published here: what appeared is taken as found. */
		c->out->adopt = c->live->rrset.n > 0;
		return (true);
	}
	if (!c->out->staged) {
		c->out->overlays |= DRO_OVER_DRIFTED;
		dro_ctx_hold(c, "drifted",
		    dro_arena_printf(c->arena,
			"the DMARC record is gone: rollout reconcile %s "
			"--restore puts it back, --adopt takes it so",
			c->domain));
		return (false);
	}
	if ((what = owned_difference(c, &known, &c->record)) == NULL) {
		c->out->edited =
		    !dro_rrset_same_values(&c->facts->known, &c->live->rrset);
		return (true);
	}
	c->out->overlays |= DRO_OVER_DRIFTED;
	dro_ctx_hold(c, "drifted",
	    dro_arena_printf(c->arena,
		"%s changed outside this program: live is \"%.200s\", last "
		"verified was \"%.200s\"; nothing is overwritten: rollout "
		"reconcile %s --adopt or --restore",
		what, c->live->rrset.values[0].ptr,
		c->facts->known.values[0].ptr, c->domain));
	return (false);
}

/* What DNS shows.  True: there is a sound answer to decide on. */
bool
dro_check_live(struct dro_ctx *c)
{
	const struct dro_rrset *rrset = &c->live->rrset;
	struct dro_err err;
	size_t i;

	switch (c->live->status) {
	case DRO_LIVE_UNKNOWN:
		dro_ctx_block(c, "dns_unknown", c->live->detail);
		return (false);
	case DRO_LIVE_DISAGREE:
		dro_ctx_block(c, "ns_disagree", c->live->detail);
		return (false);
	case DRO_LIVE_CNAME:
		dro_ctx_block(c, "cname_delegated", c->live->detail);
		return (false);
	case DRO_LIVE_OK:
		break;
	}
	c->out->staged = false;
	for (i = 0; i < rrset->n; i++)
		if (dro_dmarc_resembles(value_at(rrset, i))) {
			dro_ctx_block(c, "syntax_error",
			    dro_arena_printf(c->arena,
				"\"%.100s\" was meant as a DMARC record "
				"but is none; correct or remove it by hand",
				rrset->values[i].ptr));
			return (false);
		}
	switch (dro_dmarc_find(rrset, &i)) {
	case DRO_FOUND_NONE:
		return (true);
	case DRO_FOUND_MANY:
		dro_ctx_block(c, "multiple_records",
		    "more than one DMARC record: receivers apply none of "
		    "them (RFC 9989 4.10); remove all but one by hand");
		return (false);
	case DRO_FOUND_ONE:
		break;
	}
	if (dro_dmarc_parse(value_at(rrset, i), &c->record, &err) != DRO_OK) {
		dro_ctx_block(c, "syntax_error",
		    dro_arena_printf(c->arena,
			"the live record is malformed: "
			"%s; correct it by hand",
			err.msg));
		return (false);
	}
	(void)dro_ctx_place(c, rrset);
	return (true);
}

/* Create what reporting needs: a record, and our address in it. */
bool
dro_check_reporting(struct dro_ctx *c)
{
	const char *rua = c->set->rua;

	if (c->out->staged && rua == NULL && c->record.rua.len > 0)
		return (true);
	if (rua == NULL) {
		dro_ctx_block(c, "no_rua",
		    "no rua address in the record and none configured, so no "
		    "reports will come: set `rua:`");
		return (false);
	}
	if (c->out->staged && dro_dmarc_rua_has(c->record.rua, rua))
		return (true);
	c->out->earliest = c->clock.now;
	dro_check_pause(c);
	dro_check_freeze(c);
	if (c->out->code != NULL)
		return (false);
	if (!c->out->staged) {
		dro_ctx_act(c, DRO_ACT_CREATE, 0, "create",
		    "no DMARC record yet: publish p=none with our rua");
		return (false);
	}
	dro_ctx_act(c, DRO_ACT_CREATE, c->out->rung, "rua_missing",
	    "our rua address is not in the record: add it, policy unchanged");
	return (false);
}
