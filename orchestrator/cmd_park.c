#include <stdio.h>
#include <string.h>

#include "apply/park.h"
#include "hand.h"
#include "kept.h"
#include "view.h"

/* Store a person's word, and say what the next advance makes of it. */
static int
confirm(struct dro_cmd *cmd, const struct dro_domain *dom)
{
	struct dro_session session = {.config = &cmd->config,
	    .store = cmd->store,
	    .now = cmd->now,
	    .arena = cmd->arena};
	const struct dro_decision *d;
	struct dro_actor actor;
	struct dro_buf line;
	struct dro_exam exam;
	struct dro_err err;

	if (!dom->settings->parked)
		return (dro_cmd_usage("park: the policy of %s is \"%s\", which "
				      "sends mail; set `policy: parked` first",
		    dom->domain, dom->settings->policy));
	dro_cmd_actor(cmd, &actor);
	if (dro_park_confirm(cmd->store, dom->domain, cmd->opt.replace_mx,
		&actor, cmd->opt.reason, cmd->now, &err) != DRO_OK ||
	    dro_examine(&session, dom, DRO_FROM_STORE, cmd->arena, &exam,
		&err) != DRO_OK)
		return (dro_cmd_fail(&err));
	d = &exam.decision;
	dro_buf_init(&line, 8192);
	dro_buf_addf(&line, "%s: confirmed. ", dom->domain);
	if (d->code != NULL && exam.live.status != DRO_LIVE_UNKNOWN &&
	    d->reason != NULL && d->action == DRO_ACT_NONE) {
		dro_buf_adds(&line, "It still waits: ");
		dro_out_text(&line, d->reason, strlen(d->reason));
		dro_buf_adds(&line, ". ");
	}
	fprintf(cmd->out.fp, "%sNext: rollout advance\n",
	    line.ptr != NULL ? line.ptr : "");
	dro_buf_finish(&line);
	cmd->changes = 1;
	return (DRO_EXIT_OK);
}

/* An operation under way is settled first: what it does is to be undone. */
static int
settle(struct dro_session *session, const struct dro_domain *dom)
{
	enum dro_outcome outcome;
	struct dro_err err;

	if (dro_recover(session, dom, session->arena, &outcome, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (outcome == DRO_OUTCOME_FAILED)
		return (DRO_EXIT_PARTIAL);
	if (dro_verify(session, dom, 0, session->arena, &outcome, &err) !=
		DRO_OK ||
	    (outcome == DRO_OUTCOME_VERIFYING &&
		dro_supersede(session, dom, "superseded by park --undo",
		    session->arena, &err) != DRO_OK))
		return (dro_cmd_fail(&err));
	return (DRO_EXIT_OK);
}

static int
undo(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom)
{
	enum dro_outcome outcome;
	bool left[DRO_PARTS] = {false};
	struct dro_actor actor;
	enum dro_part part;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	if ((exit_code = settle(session, dom)) != DRO_EXIT_OK)
		return (exit_code);
	dro_cmd_actor(cmd, &actor);
	code = dro_park_take_back(session, dom, &actor, cmd->opt.reason,
	    cmd->arena, left, &outcome, &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	for (part = DRO_PART_DMARC; part < DRO_PARTS; part++)
		if (left[part])
			fprintf(stderr,
			    "%s: %s was changed by somebody else since; it "
			    "stays as it is\n",
			    dom->domain, dro_part_name(part));
	if (outcome == DRO_OUTCOME_FAILED)
		dro_cmd_error("%s", err.msg);
	if (outcome == DRO_OUTCOME_WAITING)
		fprintf(stderr,
		    "%s: one ticket at a time; once it is done, park --undo "
		    "again for what is left\n",
		    dom->domain);
	if (outcome == DRO_OUTCOME_NOTHING)
		dro_cmd_error("%s: nothing to put back", dom->domain);
	if (outcome == DRO_OUTCOME_NOTHING)
		return (DRO_EXIT_OK);
	return (dro_hand_exit(cmd, outcome));
}

int
dro_cmd_park(struct dro_cmd *cmd)
{
	const struct dro_domain *dom;
	int exit_code;

	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("park: --reason TEXT is required"));
	if (cmd->opt.undo && cmd->opt.replace_mx)
		return (dro_cmd_usage(
		    "park: --undo and --replace-mx exclude each other"));
	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	return (
	    cmd->opt.undo ? dro_hand_run(cmd, dom, undo) : confirm(cmd, dom));
}
