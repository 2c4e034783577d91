#include <string.h>

#include "apply/needed.h"
#include "apply/park.h"
#include "kept.h"

/* TXT and MX at the domain, from where the DMARC record came from. */
static enum dro_code
read_apex(struct dro_session *session, enum dro_live_from from,
    const char *domain, struct dro_arena *arena, struct dro_parking *p,
    struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_rrset like;
	enum dro_part part;

	for (part = DRO_PART_SPF; part < DRO_PARTS && code == DRO_OK; part++) {
		code = dro_part_key(part, domain, &like, err);
		if (code == DRO_OK && from == DRO_FROM_DNS)
			code = dro_read_rrset(
			    session, &like, arena, &p->live[part], err);
		else
			p->live[part] = p->facts.parts[part].seen;
	}
	return (code);
}

static enum dro_code
decide(const struct dro_exam *exam, const char *needed_by,
    const char *no_null_mx, int64_t now, struct dro_arena *arena,
    struct dro_decision *out, struct dro_err *err)
{
	struct dro_parking *p = exam->parking;
	const struct dro_park_input input = {.domain = exam->dom->domain,
	    .settings = exam->dom->settings,
	    .facts = &exam->facts,
	    .park = &p->facts,
	    .live = p->live,
	    .evidence = &exam->evidence,
	    .needed_by = needed_by,
	    .no_null_mx = no_null_mx,
	    .now = now};

	return (dro_park_decide(&input, arena, out, &p->plan, err));
}

/* Why the account's provider never stores a null MX, or NULL. */
static const char *
lacks_null_mx(const struct dro_domain *dom, struct dro_arena *arena)
{
	const struct dro_account *account = dom->account;

	if (account == NULL || (account->provider->caps & DRO_CAP_NULL_MX) != 0)
		return (NULL);
	return (
	    dro_arena_printf(arena, "account %s: provider %s cannot store it",
		account->name, account->provider->name));
}

/* The same for this account, asked when its turn has come. */
static const char *
refuses_null_mx(struct dro_session *session, enum dro_live_from from,
    const struct dro_exam *exam, struct dro_arena *arena)
{
	const struct dro_park_plan *plan = &exam->parking->plan;
	struct dro_err why;

	if (from != DRO_FROM_DNS || exam->dom->account == NULL ||
	    exam->decision.action != DRO_ACT_PARK ||
	    plan->changes[0].after.type != DRO_RR_MX ||
	    dro_can_store(session, exam->dom, &plan->changes[0].after, &why) !=
		DRO_EINVAL)
		return (NULL);
	return (dro_arena_printf(
	    arena, "account %s: %s", exam->dom->account->name, why.msg));
}

enum dro_code
dro_park_examine(struct dro_session *session, enum dro_live_from from,
    struct dro_arena *arena, struct dro_exam *exam, struct dro_err *err)
{
	struct dro_parking *p = dro_arena_alloc(arena, 1, sizeof(*p));
	const char *domain = exam->dom->domain, *needed_by, *no_null_mx;
	enum dro_code code = DRO_OK;

	if ((exam->parking = p) == NULL)
		return (dro_err_nomem(err));
	if (session->store != NULL)
		code = dro_park_load(
		    session->store, domain, arena, &p->facts, err);
	if (code == DRO_OK)
		code = read_apex(session, from, domain, arena, p, err);
	if (code == DRO_OK)
		code = dro_needed_by(session, domain, arena, &needed_by, err);
	if (code != DRO_OK)
		return (code);
	p->live[DRO_PART_DMARC] = exam->live;
	no_null_mx = lacks_null_mx(exam->dom, arena);
	code = decide(exam, needed_by, no_null_mx, session->now, arena,
	    &exam->decision, err);
	if (code == DRO_OK &&
	    (no_null_mx = refuses_null_mx(session, from, exam, arena)) != NULL)
		code = decide(exam, needed_by, no_null_mx, session->now, arena,
		    &exam->decision, err);
	if (code != DRO_OK && code != DRO_ENOMEM) {
		dro_exam_cannot(exam, "cannot_edit", err->msg, arena);
		return (DRO_OK);
	}
	exam->has_change = exam->decision.action == DRO_ACT_PARK;
	if (exam->has_change)
		exam->change = p->plan.changes[0];
	return (code);
}

enum dro_code
dro_park_record(struct dro_session *session, const struct dro_exam *exam,
    struct dro_err *err)
{
	const struct dro_parking *p = exam->parking;
	const char *domain = exam->dom->domain, *lacking;
	enum dro_code code = DRO_OK;
	enum dro_part part;

	for (part = DRO_PART_SPF; part < DRO_PARTS && code == DRO_OK; part++)
		code =
		    dro_park_seen(session->store, domain, &p->live[part], err);
	for (part = DRO_PART_DMARC; part < DRO_PARTS && code == DRO_OK;
	     part++) {
		lacking = part == DRO_PART_MX ? p->plan.lacking : NULL;
		if (p->plan.take[part])
			code = dro_park_take(session->store, domain,
			    &p->live[part].rrset, lacking, session->now, err);
	}
	return (code);
}

/* What the provider holds of each part now: name servers may lag. */
static enum dro_code
read_held(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_rrset *held, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_rrset like;
	enum dro_part part;

	for (part = DRO_PART_DMARC; part < DRO_PARTS && code == DRO_OK;
	     part++) {
		code = dro_part_key(part, dom->domain, &like, err);
		if (code == DRO_OK)
			code = dro_read_held(
			    session, dom, &like, arena, &held[part], err);
	}
	return (code);
}

/* Publish from ${changes}[${i}] on as many as go in one call; verify them. */
static enum dro_code
restore(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_change *changes, size_t n, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err)
{
	const size_t step =
	    (dom->account->provider->caps & DRO_CAP_ATOMIC) != 0 ? n : 1;
	enum dro_code code = DRO_OK;
	size_t i, k;

	*out = DRO_OUTCOME_CHANGED;
	for (i = 0; i < n && code == DRO_OK && *out == DRO_OUTCOME_CHANGED;
	     i += step) {
		code = dro_publish_all(session, dom, &changes[i], step, NULL,
		    NULL, arena, out, err);
		if (code != DRO_OK || *out != DRO_OUTCOME_VERIFYING)
			return (code);
		*out = DRO_OUTCOME_CHANGED;
		for (k = 0;
		     k < step && code == DRO_OK && *out == DRO_OUTCOME_CHANGED;
		     k++)
			code = dro_verify(session, dom,
			    session->config->verify_wait_s, arena, out, err);
	}
	return (code);
}

/* A part that was verified and is no more as it was wanted. */
static bool
has_drifted(const struct dro_exam *exam, enum dro_part part)
{
	const struct dro_parking *p = exam->parking;

	return (p->facts.parts[part].kept &&
	    p->facts.parts[part].lacking == NULL &&
	    !dro_part_done(
		part, &p->live[part].rrset, exam->dom->settings->rua));
}

bool
dro_park_drifted(const struct dro_exam *exam)
{
	enum dro_part part;

	for (part = DRO_PART_DMARC; part < DRO_PARTS; part++)
		if (exam->parking != NULL && has_drifted(exam, part))
			return (true);
	return (false);
}

enum dro_code
dro_park_put_back(struct dro_session *session, const struct dro_exam *exam,
    const char *reason, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	const struct dro_settings *set = exam->dom->settings;
	struct dro_change changes[DRO_PARTS] = {0};
	const struct dro_live *live;
	enum dro_code code = DRO_OK;
	enum dro_part part;
	size_t n = 0;

	*out = DRO_OUTCOME_NOTHING;
	for (part = DRO_PART_DMARC; part < DRO_PARTS && code == DRO_OK;
	     part++) {
		if (!has_drifted(exam, part))
			continue;
		live = &exam->parking->live[part];
		changes[n].kind = dro_action_name(DRO_ACT_PARK);
		changes[n].to = "parked";
		changes[n].reason = reason;
		changes[n].settle_s = live->rrset.ttl_s;
		changes[n].before = live->rrset;
		code = dro_part_make(part, &live->rrset, set->rua, set->ttl_s,
		    arena, &changes[n++].after, err);
	}
	if (code == DRO_OK && n > 0)
		code = restore(session, exam->dom, changes, n, arena, out, err);
	return (code);
}

enum dro_code
dro_park_take_back(struct dro_session *session, const struct dro_domain *dom,
    const struct dro_actor *actor, const char *reason, struct dro_arena *arena,
    bool left[DRO_PARTS], enum dro_outcome *out, struct dro_err *err)
{
	struct dro_change changes[DRO_PARTS];
	struct dro_rrset held[DRO_PARTS];
	struct dro_park_facts facts;
	bool restoring[DRO_PARTS] = {false};
	enum dro_code code;
	enum dro_part part;
	size_t i, n;

	*out = DRO_OUTCOME_NOTHING;
	code = dro_park_load(session->store, dom->domain, arena, &facts, err);
	if (code == DRO_OK)
		code = read_held(session, dom, arena, held, err);
	if (code == DRO_OK)
		code = dro_park_restores(
		    &facts, held, reason, arena, changes, &n, err);
	if (code != DRO_OK)
		return (code);
	for (i = 0; i < n; i++)
		restoring[dro_part_of(&changes[i].after)] = true;
	for (part = DRO_PART_DMARC; part < DRO_PARTS; part++)
		left[part] = facts.parts[part].kept &&
		    facts.parts[part].has_undo &&
		    !dro_part_done(part, &held[part], NULL);
	/* Before anything goes out: no later run parks it again. */
	code = dro_park_undo(session->store, dom->domain, restoring, actor,
	    reason, session->now, err);
	if (code == DRO_OK && n > 0)
		code = restore(session, dom, changes, n, arena, out, err);
	return (code);
}
