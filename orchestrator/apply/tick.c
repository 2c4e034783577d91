#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apply/gates_json.h"
#include "apply/tick.h"

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
	if (d->adopt) {
		tell(session, "domain.adopted", dom->domain, d->reason);
		return (dro_facts_adopt(session->store, dom->client->id,
		    dom->domain, &exam->live.rrset, session->now, err));
	}
	if (d->edited) {
		tell(session, "domain.edited", dom->domain,
		    "edited outside the owned tags; taken as the new before");
		return (dro_facts_edited(session->store, dom->domain,
		    &exam->live.rrset, session->now, err));
	}
	return (DRO_OK);
}

/* Publish what was decided. */
static enum dro_code
act(struct dro_session *session, const struct dro_exam *exam,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	const char *gates = NULL;
	enum dro_code code;

	if ((code = dro_gates_json(d, arena, &gates, err)) != DRO_OK)
		return (code);
	return (dro_publish(session, exam->dom, &exam->change, gates,
	    d->action == DRO_ACT_SETBACK ? d->broken->key : NULL, arena, out,
	    err));
}

/*
 * A publish of an earlier run is not served everywhere yet.  Nothing new
 * begins, except that a step back does not wait for it.
 */
static enum dro_code
tick_open(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_exam exam;
	enum dro_code code;

	code = dro_verify(session, dom, 0, arena, out, err);
	if (code != DRO_OK || *out != DRO_OUTCOME_VERIFYING)
		return (code);
	code = dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code != DRO_OK || !exam.has_change)
		return (code);
	code = dro_supersede(
	    session, dom, "superseded by a step back", arena, err);
	if (code != DRO_OK)
		return (code);
	return (act(session, &exam, arena, out, err));
}

/* One domain up to the provider's yes. */
static enum dro_code
tick_domain(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, enum dro_outcome *out, struct dro_err *err)
{
	const struct dro_decision *d;
	struct dro_exam exam;
	enum dro_code code;

	code = dro_recover(session, dom, arena, out, err);
	if (code != DRO_OK || *out == DRO_OUTCOME_FAILED)
		return (code);
	if (*out == DRO_OUTCOME_VERIFYING)
		return (tick_open(session, dom, arena, out, err));
	code = dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code != DRO_OK)
		return (code);
	if ((code = record_sight(session, &exam, err)) != DRO_OK)
		return (code);
	d = &exam.decision;
	if (exam.has_change)
		return (act(session, &exam, arena, out, err));
	if (exam.live.status == DRO_LIVE_UNKNOWN) {
		*out = DRO_OUTCOME_FAILED;
		tell(session, "domain.unknown", dom->domain, d->reason);
		return (DRO_OK);
	}
	tell(session, d->step == DRO_STEP_DONE ? "domain.done" : "domain.waits",
	    dom->domain, d->reason);
	return (DRO_OK);
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

/* Run one step on one domain with an arena of its own. */
static enum dro_code
with_arena(struct dro_session *session, const struct dro_domain *dom,
    int wait_s, enum dro_outcome *out, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(err));
	code = wait_s < 0 ? tick_domain(session, dom, arena, out, err)
			  : dro_verify(session, dom, wait_s, arena, out, err);
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_tick(struct dro_session *session, const struct dro_domain *const *domains,
    size_t n, struct dro_tick *out, struct dro_err *err)
{
	enum dro_outcome *outcomes = calloc(n + 1, sizeof(*outcomes));
	enum dro_code code = DRO_OK;
	int64_t until, left;
	size_t i, done = 0;

	memset(out, 0, sizeof(*out));
	if (outcomes == NULL)
		return (dro_err_nomem(err));
	code = dro_look_ahead(session, domains, n, err);
	for (; done < n && code == DRO_OK && !dro_session_stopped(session);
	     done++)
		code = with_arena(
		    session, domains[done], -1, &outcomes[done], err);
	until = seconds() + session->config->verify_wait_s;
	for (i = 0; i < done && code == DRO_OK; i++) {
		if (outcomes[i] != DRO_OUTCOME_VERIFYING)
			continue;
		left = until - seconds();
		code = with_arena(session, domains[i], left > 0 ? (int)left : 0,
		    &outcomes[i], err);
	}
	out->domains = done;
	for (i = 0; i < done; i++)
		tally(out, outcomes[i]);
	free(outcomes);
	return (code);
}
