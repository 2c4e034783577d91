#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/tick.h"
#include "cmd.h"
#include "printer.h"

static const struct dro_domain **
selected(struct dro_cmd *cmd, size_t *n)
{
	const struct dro_domain **list =
	    calloc(cmd->config.n_domains + 1, sizeof(struct dro_domain *));
	size_t i;

	*n = 0;
	for (i = 0; list != NULL && i < cmd->config.n_domains; i++)
		if (dro_cmd_selected(cmd, &cmd->config.domains[i]))
			list[(*n)++] = &cmd->config.domains[i];
	return (list);
}

static enum dro_code
print_end(struct dro_printer *p, const struct dro_tick *t, int exit_code)
{
	struct dro_cmd *cmd = p->cmd;

	if (cmd->opt.json)
		return (dro_json_line(&cmd->out,
		    json_pack("{s:s, s:o, s:s, s:i, s:i, s:i, s:i, s:i, s:i, "
			      "s:i, s:i}",
			"schema", "rollout.event/1", "t",
			dro_json_time(cmd->now), "event", "run.end", "domains",
			(int)t->domains, "changed", (int)t->changed,
			"verifying", (int)t->verifying, "failed",
			(int)t->failed, "waiting", (int)t->waiting, "stale",
			(int)t->stale, "deferred", (int)t->deferred, "exit",
			exit_code),
		    &p->err));
	fprintf(cmd->out.fp,
	    "%zu changed, %zu verifying, %zu failed, %zu waiting", t->changed,
	    t->verifying, t->failed, t->waiting);
	if (t->stale + t->deferred > 0)
		fprintf(cmd->out.fp, "; of the plan %zu stale, %zu deferred",
		    t->stale, t->deferred);
	fputs(".\n", cmd->out.fp);
	return (DRO_OK);
}

int
dro_cmd_advance(struct dro_cmd *cmd)
{
	struct dro_printer p = {.cmd = cmd};
	struct dro_session session = {0};
	const struct dro_domain **domains;
	struct dro_planfile plan;
	struct dro_tick tick = {0};
	struct dro_err err;
	enum dro_code code;
	size_t n;
	int exit_code;

	if (cmd->opt.plan != NULL &&
	    dro_planfile_read(
		cmd->opt.plan, cmd->now, cmd->arena, &plan, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if ((domains = selected(cmd, &n)) == NULL) {
		dro_cmd_error("out of memory");
		return (DRO_EXIT_FAILED);
	}
	code = dro_session_open(&cmd->config, cmd->store, false, cmd->now,
	    cmd->arena, &session, &err);
	session.happen = dro_printer_happen;
	session.happen_arg = &p;
	session.stop = dro_interrupted;
	if (code == DRO_OK)
		code = dro_tick(&session, domains, n,
		    cmd->opt.plan != NULL ? &plan : NULL, &tick, &err);
	dro_session_close(&session);
	free(domains);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	exit_code = DRO_EXIT_OK;
	if (tick.failed + tick.verifying + tick.stale + tick.deferred > 0)
		exit_code = DRO_EXIT_PARTIAL;
	if (print_end(&p, &tick, exit_code) != DRO_OK || p.failed)
		return (dro_cmd_fail(&p.err));
	cmd->changes = (int64_t)tick.changed;
	return (exit_code);
}
