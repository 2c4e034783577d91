#include "hand.h"
#include "printer.h"

int
dro_hand_run(struct dro_cmd *cmd, const struct dro_domain *dom, dro_hand_fn *fn)
{
	struct dro_printer printer = {.cmd = cmd};
	struct dro_session session = {0};
	struct dro_err err;
	int code;

	if (dro_session_open(&cmd->config, cmd->store, false, cmd->now,
		cmd->arena, &session, &err) != DRO_OK) {
		dro_session_close(&session);
		return (dro_cmd_fail(&err));
	}
	session.happen = dro_printer_happen;
	session.happen_arg = &printer;
	session.stop = dro_interrupted;
	code = fn(cmd, &session, dom);
	dro_session_close(&session);
	return (printer.failed ? dro_cmd_fail(&printer.err) : code);
}

int
dro_hand_publish(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom, const struct dro_change *change)
{
	enum dro_outcome outcome;
	struct dro_err err;

	if (dro_publish(session, dom, change, NULL, NULL, cmd->arena, &outcome,
		&err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (outcome == DRO_OUTCOME_FAILED)
		dro_cmd_error("%s", err.msg);
	else if (dro_verify(session, dom, cmd->config.verify_wait_s, cmd->arena,
		     &outcome, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (dro_hand_exit(cmd, outcome));
}

int
dro_hand_exit(struct dro_cmd *cmd, enum dro_outcome outcome)
{
	cmd->changes = outcome == DRO_OUTCOME_CHANGED;
	return (outcome == DRO_OUTCOME_CHANGED || outcome == DRO_OUTCOME_WAITING
		? DRO_EXIT_OK
		: DRO_EXIT_PARTIAL);
}
