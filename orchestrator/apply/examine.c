#include <stdio.h>
#include <string.h>

#include "apply/digest.h"
#include "apply/examine.h"
#include "apply/pause_file.h"
#include "apply/publish.h"
#include "base/date.h"
#include "reports.h"

/* Evidence goes stale: an epoch never reaches back further (days). */
#define EVIDENCE_DAYS 180

enum dro_code
dro_dmarc_name(
    const char *domain, char out[DRO_DOMAIN_LEN], struct dro_err *err)
{
	int n = snprintf(out, DRO_DOMAIN_LEN, "_dmarc.%s", domain);

	if (n < 0 || n >= DRO_DOMAIN_LEN)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: too long for a name below it", domain));
	return (DRO_OK);
}

enum dro_code
dro_look_ahead(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n, struct dro_err *err)
{
	struct dro_arena *arena = session->arena;
	struct dro_look *looks = dro_arena_alloc(arena, n, sizeof(*looks));
	char name[DRO_DOMAIN_LEN];
	enum dro_code code;
	size_t i;

	if (looks == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++) {
		code = dro_dmarc_name(domains[i]->domain, name, err);
		if (code != DRO_OK)
			return (code);
		looks[i].name = dro_arena_strdup(arena, name);
		looks[i].type = DRO_RR_TXT;
		looks[i].arena = arena;
		if (looks[i].name == NULL)
			return (dro_err_nomem(err));
	}
	if ((code = dro_dns_look_many(session->dns, looks, n, err)) != DRO_OK)
		return (code);
	session->looks = looks;
	session->n_looks = n;
	return (DRO_OK);
}

/* The look that was taken ahead, once: after that the world may differ. */
static bool
take_ahead(struct dro_session *session, const char *name, struct dro_look *out)
{
	struct dro_look *look;
	size_t i;

	/* They are taken in the order asked, so the search is short. */
	for (i = session->next_look; i < session->n_looks; i++) {
		look = &session->looks[i];
		if (strcmp(look->name, name) != 0)
			continue;
		*out = *look;
		session->next_look = i + 1;
		return (true);
	}
	return (false);
}

enum dro_code
dro_read_live(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_live *out, struct dro_err *err)
{
	struct dro_look look = {.type = DRO_RR_TXT};
	char name[DRO_DOMAIN_LEN];
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = dro_dmarc_name(dom->domain, name, err)) != DRO_OK)
		return (code);
	dro_rrset_init(&out->rrset, name, DRO_RR_TXT);
	if (!take_ahead(session, name, &look))
		look.code = dro_dns_look(session->dns, name, DRO_RR_TXT, arena,
		    &look.sight, &look.err);
	if (look.code == DRO_ENOMEM)
		return (dro_err_nomem(err));
	if (look.code == DRO_OK) {
		dro_dns_live(&look.sight, arena, out);
		return (DRO_OK);
	}
	out->status = DRO_LIVE_UNKNOWN;
	out->detail = dro_arena_strdup(arena, look.err.msg);
	return (out->detail == NULL ? dro_err_nomem(err) : DRO_OK);
}

/* Where the evidence of a domain begins. */
static int32_t
from_day(const struct dro_facts *facts, int64_t now)
{
	int32_t from = dro_day_of(now - EVIDENCE_DAYS * DRO_DAY_S);

	if (facts->adopted && dro_day_of(facts->adopted_at) > from)
		from = dro_day_of(facts->adopted_at);
	return (from);
}

static enum dro_code
load(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_exam *out, struct dro_err *err)
{
	const struct dro_pause *file;
	enum dro_code code;

	code = dro_pause_file(session, &file, err);
	out->facts.pause = file;
	if (code != DRO_OK || session->store == NULL)
		return (code);
	code = dro_facts_load(
	    session->store, dom->domain, arena, &out->facts, err);
	if (code == DRO_OK)
		code = dro_pause_nearest(session->store, dom->domain,
		    dom->client->id, session->now, arena, &out->facts.pause,
		    err);
	if (code != DRO_OK)
		return (code);
	if (out->facts.pause == NULL)
		out->facts.pause = file;
	return (dro_evidence_load(session->store, dom->domain,
	    from_day(&out->facts, session->now), session->now, arena,
	    &out->evidence, err));
}

/* The decision stands, but its change cannot be made: say why, hold. */
static void
cannot(struct dro_exam *exam, const char *code, const char *why,
    struct dro_arena *arena)
{
	exam->decision.action = DRO_ACT_NONE;
	exam->decision.overlays |= DRO_OVER_BLOCKED;
	if (exam->decision.verdict == DRO_PASS)
		exam->decision.verdict = DRO_HOLD;
	exam->decision.code = code;
	exam->decision.reason = dro_arena_strdup(arena, why);
}

static enum dro_code
decide_once(struct dro_session *session, struct dro_arena *arena,
    struct dro_exam *exam, struct dro_err *err)
{
	const struct dro_domain *dom = exam->dom;

	return (
	    dro_decide(dom->domain, &dom->settings, &exam->facts, &exam->live,
		&exam->evidence, session->now, arena, &exam->decision, err));
}

/* Name the change that waits for approval, as a plan would name it. */
static enum dro_code
name_change(const struct dro_exam *exam, struct dro_arena *arena,
    const char **digest, struct dro_err *err)
{
	struct dro_decision up = exam->decision;
	char name[DRO_DIGEST_LEN];
	struct dro_change change;
	enum dro_code code;

	up.action = DRO_ACT_UP;
	up.to = up.next;
	code = dro_plan_change(
	    &up, &exam->dom->settings, &exam->live, arena, &change, err);
	if (code == DRO_OK)
		code = dro_digest_change(exam->dom, &change, name, err);
	if (code == DRO_OK && (*digest = dro_arena_strdup(arena, name)) == NULL)
		code = dro_err_nomem(err);
	return (code);
}

/*
 * Decide; where a person must approve, decide again knowing which change the
 * approval must be of.
 */
static enum dro_code
decide(struct dro_session *session, struct dro_arena *arena,
    struct dro_exam *exam, struct dro_err *err)
{
	enum dro_code code = decide_once(session, arena, exam, err);
	struct dro_err why;

	if (code != DRO_OK ||
	    (exam->decision.overlays & DRO_OVER_AWAITING_APPROVAL) == 0)
		return (code);
	code = name_change(exam, arena, &exam->facts.up_digest, &why);
	if (code != DRO_OK) {
		cannot(exam, "cannot_edit", why.msg, arena);
		return (DRO_OK);
	}
	return (decide_once(session, arena, exam, err));
}

/*
 * A step back in spite of unclear DNS: the provider's record is what will be
 * replaced, so it is what the decision must be about.
 */
static enum dro_code
use_provider(struct dro_session *session, struct dro_arena *arena,
    struct dro_exam *exam, struct dro_err *err)
{
	struct dro_live held;
	struct dro_err why;

	if (dro_read_provider(session, exam->dom, arena, &held, &why) !=
	    DRO_OK) {
		cannot(exam, "provider_unknown", why.msg, arena);
		return (DRO_OK);
	}
	exam->live = held;
	return (decide(session, arena, exam, err));
}

enum dro_code
dro_examine(struct dro_session *session, const struct dro_domain *dom,
    enum dro_live_from from, struct dro_arena *arena, struct dro_exam *out,
    struct dro_err *err)
{
	struct dro_err why;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	out->dom = dom;
	if ((code = load(session, dom, arena, out, err)) != DRO_OK)
		return (code);
	if (from == DRO_FROM_DNS)
		code = dro_read_live(session, dom, arena, &out->live, err);
	else
		out->live = out->facts.seen;
	if (code == DRO_OK)
		code = decide(session, arena, out, err);
	if (code == DRO_OK && from == DRO_FROM_DNS &&
	    out->decision.action == DRO_ACT_SETBACK &&
	    (out->live.status != DRO_LIVE_OK ||
		out->facts.op_state != DRO_OP_NONE))
		code = use_provider(session, arena, out, err);
	if (code != DRO_OK || out->decision.action == DRO_ACT_NONE ||
	    out->live.status != DRO_LIVE_OK)
		return (code);
	/* A record that cannot be edited holds its own domain, no other. */
	code = dro_plan_change(&out->decision, &dom->settings, &out->live,
	    arena, &out->change, &why);
	out->has_change = code == DRO_OK;
	if (code != DRO_OK)
		cannot(out, "cannot_edit", why.msg, arena);
	return (DRO_OK);
}
