#include <stdio.h>
#include <string.h>

#include "apply/park.h"
#include "hand.h"
#include "view.h"

/* Whether what is live is no longer what was verified. */
static bool
has_drifted(const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;

	return ((d->overlays & DRO_OVER_DRIFTED) != 0);
}

/* Live is no record anybody could adopt, but the known one can be put back. */
static bool
is_broken(const struct dro_exam *exam)
{
	const char *code = exam->decision.code;
	size_t at;

	return (exam->facts.adopted && code != NULL &&
	    (strcmp(code, "multiple_records") == 0 ||
		strcmp(code, "syntax_error") == 0) &&
	    dro_dmarc_find(&exam->facts.known, &at) == DRO_FOUND_ONE);
}

static int
adopt(struct dro_cmd *cmd, const struct dro_exam *exam)
{
	const struct dro_domain *dom = exam->dom;
	struct dro_actor actor;
	struct dro_err err;

	dro_cmd_actor(cmd, &actor);
	if (dro_facts_reconcile(cmd->store, dom->domain, &exam->live.rrset,
		&actor, cmd->opt.reason, cmd->now, &err) != DRO_OK ||
	    dro_facts_seen(cmd->store, dom->client->id, dom->domain,
		&exam->live, false, cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	cmd->changes = 1;
	fprintf(cmd->out.fp,
	    "%s: taken as it is (%s); its dwell starts again. Next: rollout "
	    "explain %s\n",
	    dom->domain,
	    exam->decision.staged ? dro_view_stage(exam) : "no record",
	    dom->domain);
	return (DRO_EXIT_OK);
}

static int
restore(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_exam *exam)
{
	const struct dro_domain *dom = exam->dom;
	struct dro_change change;
	struct dro_actor actor;
	struct dro_err err;

	dro_cmd_actor(cmd, &actor);
	if (dro_plan_restore(&exam->facts.known, &dom->settings->ladder,
		&exam->live,
		exam->decision.staged ? dro_view_stage(exam) : NULL,
		cmd->opt.reason, cmd->arena, &change, &err) != DRO_OK ||
	    dro_event_add(cmd->store, dom->domain, "restore", &actor,
		cmd->opt.reason, cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (dro_hand_publish(cmd, session, dom, &change));
}

/* A part of parking that somebody changed: it can only be put back. */
static int
park_again(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_exam *exam)
{
	const char *domain = exam->dom->domain;
	enum dro_outcome outcome;
	struct dro_actor actor;
	struct dro_err err;

	if (cmd->opt.adopt)
		return (
		    dro_cmd_usage("reconcile: %s is parked, so nothing else "
				  "can be adopted; rollout park %s --undo, "
				  "or another policy",
			domain, domain));
	dro_cmd_actor(cmd, &actor);
	if (dro_event_add(cmd->store, domain, "restore", &actor,
		cmd->opt.reason, cmd->now, &err) != DRO_OK ||
	    dro_park_put_back(session, exam, cmd->opt.reason, cmd->arena,
		&outcome, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (outcome == DRO_OUTCOME_FAILED)
		dro_cmd_error("%s", err.msg);
	return (dro_hand_exit(cmd, outcome));
}

/* An earlier publish is settled first: it may be all there is to the drift. */
static int
settle(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom)
{
	enum dro_outcome outcome;
	struct dro_err err;

	if (dro_recover(session, dom, cmd->arena, &outcome, &err) != DRO_OK ||
	    (outcome == DRO_OUTCOME_VERIFYING &&
		dro_verify(session, dom, 0, cmd->arena, &outcome, &err) !=
		    DRO_OK))
		return (dro_cmd_fail(&err));
	if (outcome == DRO_OUTCOME_NOTHING || outcome == DRO_OUTCOME_CHANGED)
		return (DRO_EXIT_OK);
	dro_cmd_error("%s: a publish is under way and not settled; run "
		      "rollout advance first",
	    dom->domain);
	return (DRO_EXIT_PARTIAL);
}

static int
run(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom)
{
	struct dro_exam exam;
	struct dro_err err;
	int code;

	if ((code = settle(cmd, session, dom)) != DRO_EXIT_OK)
		return (code);
	if (dro_examine(session, dom, DRO_FROM_DNS, cmd->arena, &exam, &err) !=
	    DRO_OK)
		return (dro_cmd_fail(&err));
	if (exam.live.status != DRO_LIVE_OK) {
		dro_cmd_error("%s: %s; nothing was changed", dom->domain,
		    exam.live.detail != NULL ? exam.live.detail
					     : "DNS gives no clear answer");
		return (DRO_EXIT_PARTIAL);
	}
	if (has_drifted(&exam) && dro_park_drifted(&exam))
		return (park_again(cmd, session, &exam));
	if (has_drifted(&exam) || (is_broken(&exam) && cmd->opt.restore))
		return (cmd->opt.adopt ? adopt(cmd, &exam)
				       : restore(cmd, session, &exam));
	if (is_broken(&exam))
		dro_cmd_error("%s: %s; it cannot be adopted, but --restore "
			      "puts the last verified record back",
		    dom->domain, exam.decision.reason);
	else
		dro_cmd_error("%s: has not drifted: what is live is what was "
			      "last verified; nothing was changed",
		    dom->domain);
	return (DRO_EXIT_NO_INPUT);
}

int
dro_cmd_reconcile(struct dro_cmd *cmd)
{
	const struct dro_domain *dom;
	int code;

	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("reconcile: --reason TEXT is required"));
	if (cmd->opt.adopt == cmd->opt.restore)
		return (dro_cmd_usage(
		    "reconcile: say which: --adopt takes the live record as "
		    "it is, --restore puts the last verified one back"));
	code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (code != DRO_EXIT_OK)
		return (code);
	return (dro_hand_run(cmd, dom, run));
}
