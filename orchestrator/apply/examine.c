#include <string.h>

#include "apply/digest.h"
#include "apply/examine.h"
#include "apply/park.h"
#include "apply/pause_file.h"
#include "apply/publish.h"
#include "apply/signal.h"
#include "apply/ticket.h"
#include "base/date.h"
#include "reports.h"

/* The record sets of ${dom} that a decision looks at. */
static size_t
count_looks(const struct dro_domain *dom)
{
	return (dom->settings->parked ? DRO_PARTS : 1);
}

enum dro_code
dro_look_ahead(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n, struct dro_err *err)
{
	struct dro_arena *arena = session->arena;
	struct dro_look *looks, *look;
	struct dro_rrset key;
	enum dro_code code;
	size_t i, part, total = 0;

	for (i = 0; i < n; i++)
		total += count_looks(domains[i]);
	if ((looks = dro_arena_alloc(arena, total, sizeof(*looks))) == NULL)
		return (dro_err_nomem(err));
	for (i = 0, look = looks; i < n; i++)
		for (part = 0; part < count_looks(domains[i]); part++) {
			code = dro_part_key(
			    (enum dro_part)part, domains[i]->domain, &key, err);
			if (code != DRO_OK)
				return (code);
			look->name = dro_arena_strdup(arena, key.name);
			look->type = key.type;
			look->arena = arena;
			if (look++->name == NULL)
				return (dro_err_nomem(err));
		}
	code = dro_dns_look_many(session->dns, looks, total, err);
	if (code != DRO_OK)
		return (code);
	session->looks = looks;
	session->n_looks = total;
	return (DRO_OK);
}

/* The look that was taken ahead, once: after that the world may differ. */
static bool
take_ahead(struct dro_session *session, const struct dro_rrset *like,
    struct dro_look *out)
{
	struct dro_look *look;
	size_t i;

	/* They are taken in the order asked, so the search is short. */
	for (i = session->next_look; i < session->n_looks; i++) {
		look = &session->looks[i];
		if (look->type != like->type ||
		    strcmp(look->name, like->name) != 0)
			continue;
		*out = *look;
		session->next_look = i + 1;
		return (true);
	}
	return (false);
}

enum dro_code
dro_read_rrset(struct dro_session *session, const struct dro_rrset *like,
    struct dro_arena *arena, struct dro_live *out, struct dro_err *err)
{
	struct dro_look look = {.type = like->type};

	memset(out, 0, sizeof(*out));
	dro_rrset_init(&out->rrset, like->name, like->type);
	if (!take_ahead(session, like, &look))
		look.code = dro_dns_look(session->dns, like->name, like->type,
		    arena, &look.sight, &look.err);
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

enum dro_code
dro_read_live(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_live *out, struct dro_err *err)
{
	struct dro_rrset key;
	enum dro_code code;

	code = dro_part_key(DRO_PART_DMARC, dom->domain, &key, err);
	if (code != DRO_OK)
		return (code);
	return (dro_read_rrset(session, &key, arena, out, err));
}

/* Where the evidence of a domain begins. */
static int32_t
from_day(
    const struct dro_domain *dom, const struct dro_facts *facts, int64_t now)
{
	int32_t from = dro_day_of(now - DRO_EVIDENCE_DAYS * DRO_DAY_S);

	/* Whether a domain ever sent mail does not begin with us. */
	if (!dom->settings->parked && facts->adopted &&
	    dro_day_of(facts->adopted_at) > from)
		from = dro_day_of(facts->adopted_at);
	return (from);
}

static enum dro_code
load(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_exam *out, struct dro_err *err)
{
	const struct dro_signal *signal;
	const struct dro_pause *file;
	enum dro_code code;

	code = dro_pause_file(session, &file, err);
	if (code == DRO_OK)
		code = dro_signal_of(session, dom, arena, &signal, err);
	if (code != DRO_OK)
		return (code);
	out->facts.pause = file;
	out->facts.signal = signal;
	if (session->store == NULL)
		return (DRO_OK);
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
	out->facts.signal = signal;
	out->from_day = from_day(dom, &out->facts, session->now);
	return (dro_evidence_load(session->store, dom->domain, out->from_day,
	    session->now, arena, &out->evidence, err));
}

void
dro_exam_cannot(struct dro_exam *exam, const char *code, const char *why,
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
	    dro_decide(dom->domain, dom->settings, &exam->facts, &exam->live,
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
	    &up, exam->dom->settings, &exam->live, arena, &change, err);
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
		dro_exam_cannot(exam, "cannot_edit", why.msg, arena);
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
		dro_exam_cannot(exam, "provider_unknown", why.msg, arena);
		return (DRO_OK);
	}
	exam->live = held;
	return (decide(session, arena, exam, err));
}

bool
dro_exam_unseen(const struct dro_exam *exam)
{
	const struct dro_parking *p = exam->parking;

	return (exam->live.status == DRO_LIVE_UNKNOWN ||
	    (p != NULL &&
		(p->live[DRO_PART_SPF].status == DRO_LIVE_UNKNOWN ||
		    p->live[DRO_PART_MX].status == DRO_LIVE_UNKNOWN)));
}

/* A record that cannot be edited holds its own domain, no other. */
static void
plan(struct dro_exam *exam, struct dro_arena *arena)
{
	struct dro_err why;

	exam->has_change =
	    dro_plan_change(&exam->decision, exam->dom->settings, &exam->live,
		arena, &exam->change, &why) == DRO_OK;
	if (!exam->has_change)
		dro_exam_cannot(exam, "cannot_edit", why.msg, arena);
}

/* Decide by the policy of the domain. */
static enum dro_code
decide_any(struct dro_session *session, enum dro_live_from from,
    struct dro_arena *arena, struct dro_exam *exam, struct dro_err *err)
{
	if (exam->dom->settings->parked)
		return (dro_park_examine(session, from, arena, exam, err));
	return (decide(session, arena, exam, err));
}

/* Whether ${op} came from a decision, and not from a person's command. */
static bool
was_decided(const struct dro_op *op)
{
	enum dro_action a;

	for (a = DRO_ACT_CREATE; a <= DRO_ACT_PARK; a++)
		if (strcmp(op->kind, dro_action_name(a)) == 0)
			return (true);
	return (false);
}

/* Whether DNS still shows everywhere what the ticket of ${op} is to change. */
static bool
is_untouched(const struct dro_exam *exam, const struct dro_op *op)
{
	const struct dro_live *live = exam->parking != NULL
	    ? &exam->parking->live[dro_part_of(&op->after)]
	    : &exam->live;

	return (live->status == DRO_LIVE_OK &&
	    live->rrset.type == op->before.type &&
	    strcmp(live->rrset.name, op->before.name) == 0 &&
	    dro_rrset_same_values(&live->rrset, &op->before));
}

/* Whether ${exam} asks for ${op}; a freeze only postpones it. */
static bool
still_wants(const struct dro_exam *exam, const struct dro_op *op)
{
	const char *code = exam->decision.code;

	if (!exam->has_change)
		return (code != NULL && strcmp(code, "frozen") == 0);
	return (exam->change.after.type == op->after.type &&
	    strcmp(exam->change.after.name, op->after.name) == 0 &&
	    dro_rrset_same_values(&exam->change.after, &op->after));
}

/*
 * Nobody has acted on a ticket yet: decide as if it were not out.  If that
 * comes to the same change the ticket stands and ${exam} is left alone, else
 * the new decision holds, and why the ticket is withdrawn.
 */
static enum dro_code
decide_again(struct dro_session *session, const struct dro_op *op,
    enum dro_live_from from, struct dro_arena *arena, struct dro_exam *exam,
    struct dro_err *err)
{
	struct dro_exam *again = dro_arena_alloc(arena, 1, sizeof(*again));
	enum dro_code code;

	if (again == NULL)
		return (dro_err_nomem(err));
	*again = *exam;
	again->facts.op_state = DRO_OP_NONE;
	again->has_change = false;
	code = decide_any(session, from, arena, again, err);
	if (code != DRO_OK)
		return (code);
	if (again->decision.action != DRO_ACT_NONE && !again->has_change)
		plan(again, arena);
	if (still_wants(again, op))
		return (DRO_OK);
	*exam = *again;
	exam->withdraw = again->decision.reason != NULL
	    ? again->decision.reason
	    : "the change is no longer wanted";
	return (DRO_OK);
}

/*
 * The open operation may be a ticket: say so, and whether it is still wanted.
 * Once a server shows the new record it is verified as any other.
 */
static enum dro_code
examine_ticket(struct dro_session *session, enum dro_live_from from,
    struct dro_arena *arena, struct dro_exam *exam, struct dro_err *err)
{
	struct dro_op op;
	enum dro_code code;

	if (exam->facts.op_state != DRO_OP_SENT)
		return (DRO_OK);
	code = dro_op_open(session->store, exam->dom->domain, arena, &op, err);
	if (code != DRO_OK || !dro_is_ticket(session, &op) ||
	    !is_untouched(exam, &op))
		return (code);
	if (was_decided(&op))
		code = decide_again(session, &op, from, arena, exam, err);
	if (code != DRO_OK || exam->withdraw != NULL)
		return (code);
	exam->has_change = false;
	exam->decision.action = DRO_ACT_NONE;
	exam->decision.code = "by_hand";
	exam->decision.reason = dro_ticket_reason(session, &op, arena);
	return (exam->decision.reason == NULL ? dro_err_nomem(err) : DRO_OK);
}

enum dro_code
dro_examine(struct dro_session *session, const struct dro_domain *dom,
    enum dro_live_from from, struct dro_arena *arena, struct dro_exam *out,
    struct dro_err *err)
{
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
		code = decide_any(session, from, arena, out, err);
	if (code == DRO_OK)
		code = examine_ticket(session, from, arena, out, err);
	if (code == DRO_OK && out->withdraw == NULL && from == DRO_FROM_DNS &&
	    out->decision.action == DRO_ACT_SETBACK &&
	    (out->live.status != DRO_LIVE_OK ||
		out->facts.op_state != DRO_OP_NONE))
		code = use_provider(session, arena, out, err);
	if (code != DRO_OK || out->decision.action == DRO_ACT_NONE)
		return (code);
	if (!out->has_change && out->live.status == DRO_LIVE_OK)
		plan(out, arena);
	if (dom->account == NULL) {
		out->has_change = false;
		dro_exam_cannot(out, "no_account",
		    "only watched, as nothing says where its records are "
		    "changed: set `account:`",
		    arena);
	}
	return (DRO_OK);
}
