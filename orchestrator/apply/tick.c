#include <string.h>
#include <time.h>

#include "apply/carry.h"
#include "apply/filter.h"
#include "apply/breaker.h"
#include "apply/limit.h"
#include "apply/pause_file.h"
#include "apply/park.h"
#include "apply/reverse.h"
#include "apply/tick.h"
#include "apply/ticket.h"
#include "apply/watch.h"

static void
tell(struct dro_session *session, const char *event, const char *domain,
    const char *text)
{
	const struct dro_happening what = {
	    .event = event, .domain = domain, .text = text};

	dro_session_tell(session, &what);
}

/* Write down what the look itself showed, before anything is published. */
static enum dro_code
record_sight(struct dro_session *session, const struct dro_exam *exam,
    struct dro_err *err)
{
	const struct dro_domain *dom = exam->dom;
	const struct dro_decision *d = &exam->decision;
	bool was_drifted;
	enum dro_code code;

	was_drifted = exam->facts.adopted && exam->facts.drift_at != 0;
	code = dro_facts_seen(session->store, dom->client->id, dom->domain,
	    &exam->live, (d->overlays & DRO_OVER_DRIFTED) != 0, session->now,
	    err);
	if (code != DRO_OK)
		return (code);
	if ((d->overlays & DRO_OVER_DRIFTED) != 0 && !was_drifted) {
		tell(session, "domain.drifted", dom->domain, d->reason);
		return (dro_event_add(session->store, dom->domain, "drifted",
		    NULL, d->reason, session->now, err));
	}
	if (d->adopt && !exam->facts.adopted) {
		tell(session, "domain.adopted", dom->domain, d->reason);
		return (dro_facts_adopt(session->store, dom->client->id,
		    dom->domain, &exam->live.rrset, session->now, err));
	}
	if (d->edited || d->adopt) {
		tell(session, "domain.edited", dom->domain,
		    d->edited ? "edited outside the owned tags; taken as the "
				"new before"
			      : "a record appeared; taken as found");
		return (dro_facts_edited(session->store, dom->domain,
		    &exam->live.rrset, session->now, err));
	}
	return (DRO_OK);
}

/* One tick as it goes on: what each domain came to, what it wants. */
struct run {
	struct dro_session *session;
	enum dro_outcome *outcomes; /* by domain */
	struct dro_found_out *found; /* by domain */
	struct dro_move *moves;
	size_t *of; /* the domain of each move */
	size_t n_moves;
	bool has_plan;
	size_t deferred; /* moves of the plan that a limit or a pause held */
};

static enum dro_code
add_move(
    struct run *r, size_t i, const struct dro_exam *exam, struct dro_err *err)
{
	r->of[r->n_moves] = i;
	return (
	    dro_move_of(exam, r->session->arena, &r->moves[r->n_moves++], err));
}

/*
 * A publish of an earlier run is not served everywhere yet.  Nothing new
 * begins, except that a step back does not wait for it, and that a ticket is
 * withdrawn which is no longer wanted: ${outcome} says NOTHING after that.
 */
static enum dro_code
look_at_open(struct run *r, size_t i, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_outcome *outcome = &r->outcomes[i];
	struct dro_exam exam;
	enum dro_code code;

	if (*outcome == DRO_OUTCOME_VERIFYING) {
		code = dro_verify(r->session, dom, 0, arena, outcome, err);
		if (code != DRO_OK || *outcome == DRO_OUTCOME_CHANGED)
			return (code);
	}
	code = dro_examine(r->session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code != DRO_OK)
		return (code);
	if (exam.withdraw != NULL) {
		*outcome = DRO_OUTCOME_NOTHING;
		return (
		    dro_supersede(r->session, dom, exam.withdraw, arena, err));
	}
	if (*outcome == DRO_OUTCOME_WAITING) {
		tell(r->session, "domain.waits", dom->domain,
		    exam.decision.reason);
		return (dro_ticket_remind(r->session, dom, arena, err));
	}
	return (exam.has_change ? add_move(r, i, &exam, err) : DRO_OK);
}

/* One domain up to what it wants. */
static enum dro_code
look_at(struct run *r, size_t i, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_session *session = r->session;
	const struct dro_decision *d;
	struct dro_exam exam;
	enum dro_code code;
	bool renamed;

	code = dro_recover(session, dom, arena, &r->outcomes[i], err);
	if (code != DRO_OK || r->outcomes[i] == DRO_OUTCOME_FAILED)
		return (code);
	if (r->outcomes[i] != DRO_OUTCOME_NOTHING) {
		code = look_at_open(r, i, dom, arena, err);
		if (code != DRO_OK || r->outcomes[i] != DRO_OUTCOME_NOTHING)
			return (code);
	}
	code = dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code == DRO_OK)
		code = dro_reverse_look(session, &exam, arena, &renamed, err);
	if (code == DRO_OK && renamed)
		code =
		    dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code != DRO_OK)
		return (code);
	if ((code = record_sight(session, &exam, err)) != DRO_OK)
		return (code);
	if (exam.parking != NULL &&
	    (code = dro_park_record(session, &exam, err)) != DRO_OK)
		return (code);
	if (exam.parking == NULL &&
	    (code = dro_watch_record(session, &exam, err)) != DRO_OK)
		return (code);
	d = &exam.decision;
	if (exam.has_change)
		return (add_move(r, i, &exam, err));
	if (d->reason != NULL &&
	    (r->found[i].why = dro_arena_strdup(session->arena, d->reason)) ==
		NULL)
		return (dro_err_nomem(err));
	if (dro_exam_unseen(&exam)) {
		r->outcomes[i] = DRO_OUTCOME_FAILED;
		tell(session, "domain.unknown", dom->domain, d->reason);
		return (DRO_OK);
	}
	tell(session,
	    d->verdict == DRO_PASS &&
		    (d->step == DRO_STEP_DONE || d->step == DRO_STEP_PARKED)
		? "domain.done"
		: "domain.waits",
	    dom->domain, d->reason);
	return (DRO_OK);
}

/* The passes over the domains; each domain has its own arena. */
enum pass { LOOK, VERIFY };

static enum dro_code
pass(struct run *r, enum pass which, size_t i, const struct dro_domain *dom,
    int wait_s, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	enum dro_code code = DRO_OK;

	if (arena == NULL)
		return (dro_err_nomem(err));
	switch (which) {
	case LOOK:
		r->found[i].dom = dom;
		r->found[i].looked = true;
		code = look_at(r, i, dom, arena, err);
		break;
	case VERIFY:
		code = dro_verify(
		    r->session, dom, wait_s, arena, &r->outcomes[i], err);
		break;
	}
	dro_arena_destroy(arena);
	return (code);
}

/*
 * Whether ${m} goes.  The pause file is looked for anew: somebody may have
 * made it while the first domains of this run were published.
 */
static bool
may_go(void *arg, struct dro_move *m)
{
	struct run *r = arg;

	if (m->held_by == NULL && m->action != DRO_ACT_SETBACK &&
	    dro_pause_file_there(r->session->config)) {
		m->held_by = "paused";
		m->held_text = "a pause file appeared during this run";
	}
	if (m->held_text != NULL) {
		tell(r->session, "domain.waits", m->dom->domain, m->held_text);
		r->deferred += r->has_plan;
	}
	return (m->held_by == NULL);
}

/* Carry the moves out, up to the provider's yes. */
static enum dro_code
act(struct run *r, struct dro_err *err)
{
	const struct dro_carry_terms terms = {may_go, r};
	enum dro_outcome *outcomes;
	enum dro_code code;
	size_t i;

	outcomes =
	    dro_arena_alloc(r->session->arena, r->n_moves, sizeof(*outcomes));
	if (outcomes == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < r->n_moves; i++)
		outcomes[i] = r->outcomes[r->of[i]];
	code =
	    dro_carry(r->session, r->moves, r->n_moves, &terms, outcomes, err);
	for (i = 0; i < r->n_moves; i++)
		r->outcomes[r->of[i]] = outcomes[i];
	return (code);
}

static int64_t
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec);
}

static void
tally(struct dro_tick *t, enum dro_outcome outcome)
{
	switch (outcome) {
	case DRO_OUTCOME_NOTHING:
	case DRO_OUTCOME_WAITING:
		t->waiting++;
		break;
	case DRO_OUTCOME_VERIFYING:
		t->verifying++;
		break;
	case DRO_OUTCOME_CHANGED:
		t->changed++;
		break;
	case DRO_OUTCOME_FAILED:
		t->failed++;
		break;
	}
}

/* Ask about everything that was published, in one budget of time. */
static enum dro_code
verify_all(struct run *r, const struct dro_domain *const *domains, size_t n,
    struct dro_err *err)
{
	int64_t until = seconds() + r->session->config->verify_wait_s, left;
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < n && code == DRO_OK; i++) {
		if (r->outcomes[i] != DRO_OUTCOME_VERIFYING)
			continue;
		left = until - seconds();
		code = pass(
		    r, VERIFY, i, domains[i], left > 0 ? (int)left : 0, err);
	}
	return (code);
}

enum dro_code
dro_tick(struct dro_session *session, const struct dro_domain *const *domains,
    size_t n, const struct dro_planfile *plan, struct dro_tick *out,
    struct dro_err *err)
{
	struct run r = {.session = session, .has_plan = plan != NULL};
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	r.outcomes = dro_arena_alloc(session->arena, n, sizeof(*r.outcomes));
	r.moves = dro_arena_alloc(session->arena, n, sizeof(*r.moves));
	r.of = dro_arena_alloc(session->arena, n, sizeof(*r.of));
	r.found = dro_arena_alloc(session->arena, n, sizeof(*r.found));
	if (r.outcomes == NULL || r.moves == NULL || r.of == NULL ||
	    r.found == NULL)
		return (dro_err_nomem(err));
	/* What DNS tells of senders, before the decisions that need it. */
	code = dro_watch_look(session, domains, n, err);
	if (code == DRO_OK)
		code = dro_look_ahead(session, domains, n, err);
	for (; out->domains < n && code == DRO_OK &&
	     !dro_session_stopped(session);
	     out->domains++)
		code =
		    pass(&r, LOOK, out->domains, domains[out->domains], 0, err);
	/* All moves are known here: the plan and the limits choose. */
	if (code == DRO_OK && plan != NULL)
		code = dro_filter_moves(session, plan, r.found, out->domains,
		    r.moves, r.n_moves, &out->stale, err);
	if (code == DRO_OK)
		code = dro_moves_breaker(session->config, session->store,
		    session->now, r.moves, r.n_moves, session->arena, err);
	if (code == DRO_OK)
		code = dro_moves_limit(
		    session->config, r.moves, r.n_moves, session->arena, err);
	if (code == DRO_OK)
		code = act(&r, err);
	out->deferred = r.deferred;
	if (code == DRO_OK)
		code = verify_all(&r, domains, out->domains, err);
	/* What is watched from this run on: it must have been good once. */
	if (code == DRO_OK)
		code = dro_watch_look(session, domains, out->domains, err);
	for (i = 0; i < out->domains; i++)
		tally(out, r.outcomes[i]);
	return (code);
}
