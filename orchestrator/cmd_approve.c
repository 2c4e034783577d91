#include <stdio.h>
#include <string.h>

#include "apply/examine.h"
#include "cmd.h"
#include "view.h"

/* Store the answer to the question that the domain has open. */
static int
answer(struct dro_cmd *cmd, const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	const char *domain = exam->dom->domain, *rung;
	struct dro_actor actor;
	struct dro_err err;
	enum dro_code code;

	dro_cmd_actor(cmd, &actor);
	if (d->step == DRO_STEP_COOLDOWN) {
		code = dro_facts_acknowledge(cmd->store, domain, &actor,
		    cmd->opt.reason, cmd->now, &err);
		if (code != DRO_OK)
			return (dro_cmd_fail(&err));
		fprintf(cmd->out.fp,
		    "%s: acknowledged; it returns to %s once repaired and "
		    "cooled down. Next: rollout explain %s\n",
		    domain, dro_view_rung(exam, d->next), domain);
		return (DRO_EXIT_OK);
	}
	if ((d->overlays & DRO_OVER_AWAITING_APPROVAL) == 0) {
		dro_cmd_error(
		    "%s: no question is open (%s); nothing was stored", domain,
		    d->code != NULL ? d->code : dro_step_name(d->step));
		return (DRO_EXIT_NO_INPUT);
	}
	rung = dro_view_rung(exam, d->next);
	code = dro_facts_approve(
	    cmd->store, domain, rung, &actor, cmd->opt.reason, cmd->now, &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	fprintf(cmd->out.fp, "%s: may enter %s. Next: rollout advance\n",
	    domain, rung);
	return (DRO_EXIT_OK);
}

int
dro_cmd_approve(struct dro_cmd *cmd)
{
	struct dro_session session = {
	    .config = &cmd->config, .store = cmd->store, .now = cmd->now};
	const struct dro_domain *dom;
	struct dro_exam exam;
	struct dro_err err;
	int exit_code;

	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("approve: --reason TEXT is required"));
	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	if (dro_examine(&session, dom, DRO_FROM_STORE, cmd->arena, &exam,
		&err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (answer(cmd, &exam));
}
