#include <string.h>

#include "apply/filter.h"
#include "kept.h"

/* The moves of the run, and what it found by place in the configuration. */
struct judging {
	struct dro_session *session;
	struct dro_arena *arena;
	const struct dro_found_out **found; /* NULL: not part of the run */
	const struct dro_move *moves;
	size_t n_moves;
};

static void
tell(struct dro_session *session, const char *event,
    const struct dro_planned *p, const char *text)
{
	const struct dro_happening what = {.event = event,
	    .domain = p->domain,
	    .from = p->from,
	    .to = p->to,
	    .text = text};

	dro_session_tell(session, &what);
}

static bool
same_text(const char *a, const char *b)
{
	return (a == b || (a != NULL && b != NULL && strcmp(a, b) == 0));
}

static bool
same_rrset(const struct dro_rrset *a, const struct dro_rrset *b)
{
	return (
	    dro_rrset_same_values(a, b) && (a->n == 0 || a->ttl_s == b->ttl_s));
}

static const char *
value_of(const struct dro_rrset *rrset)
{
	return (rrset->n > 0 ? rrset->values[0].ptr : "no record");
}

/* The record is another one than the plan was made on. */
static const char *
record_differs(const struct dro_rrset *live, const struct dro_planned *p,
    struct dro_arena *arena)
{
	if (dro_rrset_same_values(live, &p->before))
		return (dro_arena_printf(arena,
		    "record: its TTL is %u, in the plan %u", live->ttl_s,
		    p->before.ttl_s));
	return (dro_arena_printf(arena,
	    "record: live is \"%.200s\", in the plan \"%.200s\"",
	    value_of(live), value_of(&p->before)));
}

/* Why the move of today is not the change of the plan. */
static const char *
move_differs(const struct dro_move *m, const struct dro_planned *p,
    struct dro_arena *arena)
{
	const struct dro_change *c = &m->change;

	if (!same_rrset(&c->before, &p->before))
		return (record_differs(&c->before, p, arena));
	if (!same_text(c->kind, p->op) || !same_text(c->from, p->from) ||
	    !same_text(c->to, p->to))
		return (dro_arena_printf(arena,
		    "verdict: now %s to %s, in the plan %s to %s", c->kind,
		    c->to, p->op, p->to));
	if (!same_rrset(&c->after, &p->after))
		return (dro_arena_printf(arena,
		    "config: it would now publish \"%.200s\"",
		    value_of(&c->after)));
	return ("config: the settings of the domain are not those that the "
		"plan was made with");
}

/*
 * The parts of parking, each after the one before it: at another part the
 * domain has been past ${p}, or is not there yet.
 */
static bool
is_past(const struct dro_rrset *now, const struct dro_planned *p)
{
	return (dro_part_of(now) > dro_part_of(&p->after));
}

static bool
is_later(const struct dro_rrset *now, const struct dro_planned *p)
{
	return (dro_part_of(now) < dro_part_of(&p->after));
}

/* Whether ${p} is about the domain itself, and verified there. */
static enum dro_code
is_parked(const struct judging *j, const struct dro_planned *p, bool *done,
    struct dro_err *err)
{
	const enum dro_part part = dro_part_of(&p->after);
	struct dro_park_facts park;
	enum dro_code code;

	code =
	    dro_park_load(j->session->store, p->domain, j->arena, &park, err);
	if (code == DRO_OK && part != DRO_PART_DMARC)
		*done = park.parts[part].kept &&
		    dro_rrset_same_values(&park.parts[part].known, &p->after);
	return (code);
}

/* Whether the servers, or a publish under way, have what was planned. */
static enum dro_code
is_done(const struct judging *j, const struct dro_planned *p,
    struct dro_live *seen, bool *done, struct dro_err *err)
{
	struct dro_store *store = j->session->store;
	struct dro_facts facts;
	struct dro_op op;
	enum dro_code code;

	code = dro_facts_load(store, p->domain, j->arena, &facts, err);
	if (code != DRO_OK)
		return (code);
	*seen = facts.seen;
	/* What the last look showed is about the policy record alone. */
	if (dro_part_of(&p->after) != DRO_PART_DMARC)
		seen->status = facts.seen.status = DRO_LIVE_UNKNOWN;
	*done = facts.seen.status == DRO_LIVE_OK &&
	    dro_rrset_same_values(&facts.seen.rrset, &p->after);
	if (!*done && (code = is_parked(j, p, done, err)) != DRO_OK)
		return (code);
	if (*done || facts.op_state == DRO_OP_NONE)
		return (DRO_OK);
	code = dro_op_open(store, p->domain, j->arena, &op, err);
	if (code == DRO_OK)
		*done = is_later(&op.after, p) ||
		    dro_rrset_same_values(&op.after, &p->after);
	return (code == DRO_ENOTFOUND ? DRO_OK : code);
}

/* A change of the plan whose domain does not move. */
static enum dro_code
no_move(const struct judging *j, const struct dro_found_out *found,
    const struct dro_planned *p, const char **why, struct dro_err *err)
{
	struct dro_live seen;
	enum dro_code code;
	bool done;

	code = is_done(j, p, &seen, &done, err);
	if (code != DRO_OK || done)
		return (code);
	if (seen.status == DRO_LIVE_OK && !same_rrset(&seen.rrset, &p->before))
		*why = record_differs(&seen.rrset, p, j->arena);
	else
		*why = dro_arena_printf(j->arena, "verdict: %s",
		    found->why != NULL ? found->why : "a publish is under way");
	return (*why == NULL ? dro_err_nomem(err) : DRO_OK);
}

/* Judge one change of the plan: runs, done already, or stale. */
static enum dro_code
judge(const struct judging *j, const struct dro_found_out *found,
    const struct dro_planned *p, bool *stale, struct dro_err *err)
{
	const struct dro_move *m = NULL;
	const char *why = NULL;
	enum dro_code code;
	bool parking;
	size_t i;

	for (i = 0; i < j->n_moves; i++) {
		if (j->moves[i].dom != found->dom)
			continue;
		m = &j->moves[i];
		if (strcmp(m->digest, p->digest) == 0)
			return (DRO_OK);
	}
	parking = m != NULL && m->action == DRO_ACT_PARK;
	if (parking && is_later(&m->change.after, p))
		return (DRO_OK);
	if (m != NULL && !(parking && is_past(&m->change.after, p))) {
		if ((why = move_differs(m, p, j->arena)) == NULL)
			return (dro_err_nomem(err));
	} else if (m == NULL) {
		code = no_move(j, found, p, &why, err);
		if (code != DRO_OK)
			return (code);
	}
	*stale = why != NULL;
	tell(j->session, *stale ? "plan.stale" : "plan.done", p,
	    *stale ? why : "published already");
	return (DRO_OK);
}

static enum dro_code
judge_all(const struct judging *j, const struct dro_planfile *plan,
    size_t *n_stale, struct dro_err *err)
{
	const struct dro_config *config = j->session->config;
	const struct dro_found_out *found;
	const struct dro_domain *dom;
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < plan->n && code == DRO_OK; i++) {
		const struct dro_planned *p = &plan->changes[i];
		bool stale = false;

		dom = dro_config_domain(config, p->domain);
		if (dom == NULL) {
			stale = true;
			tell(j->session, "plan.stale", p,
			    "config: the domain is not listed any more");
		} else {
			found = j->found[dom - config->domains];
			if (found != NULL && found->looked)
				code = judge(j, found, p, &stale, err);
		}
		*n_stale += stale;
	}
	return (code);
}

/* Whether ${plan} has a change for the domain of ${m}, and the same one. */
static bool
has_change(
    const struct dro_planfile *plan, const struct dro_move *m, bool *same)
{
	bool any = false;
	size_t i;

	*same = false;
	for (i = 0; i < plan->n && !*same; i++) {
		if (strcmp(plan->changes[i].domain, m->dom->domain) != 0)
			continue;
		any = true;
		*same = strcmp(plan->changes[i].digest, m->digest) == 0;
	}
	return (any);
}

static void
hold_back(struct dro_session *session, const struct dro_planfile *plan,
    struct dro_move *m)
{
	struct dro_happening what = {.event = "plan.absent",
	    .domain = m->dom->domain,
	    .from = m->change.from,
	    .to = m->change.to,
	    .text = "not in the plan"};
	bool planned, same;

	if (m->action == DRO_ACT_SETBACK)
		return;
	planned = has_change(plan, m, &same);
	if (same)
		return;
	/* Not a move of the plan, so it does not matter that it is on trial. */
	m->held_by = planned ? "stale" : what.text;
	m->held_text = NULL;
	if (!planned)
		dro_session_tell(session, &what);
}

enum dro_code
dro_filter_moves(struct dro_session *session, const struct dro_planfile *plan,
    const struct dro_found_out *found, size_t n_found, struct dro_move *moves,
    size_t n_moves, size_t *stale, struct dro_err *err)
{
	const struct dro_domain *first = session->config->domains;
	struct judging j = {
	    .session = session, .moves = moves, .n_moves = n_moves};
	enum dro_code code;
	size_t i;

	*stale = 0;
	if ((j.arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	j.found = dro_arena_alloc(
	    j.arena, session->config->n_domains, sizeof(*j.found));
	if (j.found == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	for (i = 0; i < n_found; i++)
		j.found[found[i].dom - first] = &found[i];
	for (i = 0; i < n_moves; i++)
		hold_back(session, plan, &moves[i]);
	code = judge_all(&j, plan, stale, err);
out:
	dro_arena_destroy(j.arena);
	return (code);
}
