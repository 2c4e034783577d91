#include <stdio.h>

#include "apply/pause_file.h"
#include "whom.h"

/* A domain that is held by more than its own pause. */
static int
tell_nearest(struct dro_cmd *cmd, const char *name)
{
	const struct dro_domain *dom;
	const struct dro_pause *pause;
	struct dro_err err;
	int code;

	if ((code = dro_cmd_domain(cmd, name, &dom)) != DRO_EXIT_OK)
		return (code);
	if (dro_pause_nearest(cmd->store, dom->domain, dom->client->id,
		cmd->now, cmd->arena, &pause, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (pause != NULL && pause->scope == DRO_PAUSE_CLIENT)
		dro_cmd_warning("%s is still paused with its client: rollout "
				"resume --client %s",
		    dom->domain, pause->name);
	else if (pause != NULL || dro_pause_file_there(&cmd->config))
		dro_cmd_warning(
		    "%s is still paused with all: rollout resume --all",
		    dom->domain);
	if (dom->settings->pause != NULL)
		dro_cmd_warning("%s is still paused by `pause:` in the "
				"configuration",
		    dom->domain);
	return (DRO_EXIT_OK);
}

int
dro_cmd_resume(struct dro_cmd *cmd)
{
	struct dro_actor actor;
	struct dro_whom whom;
	struct dro_err err, file_err;
	enum dro_code code;
	bool file = false;
	int exit_code;

	if ((exit_code = dro_whom_of(cmd, &whom)) != DRO_EXIT_OK)
		return (exit_code);
	dro_cmd_actor(cmd, &actor);
	code = dro_pause_end(cmd->store, whom.kind, whom.name, whom.domains,
	    whom.n, &actor, cmd->opt.reason, cmd->now, &err);
	if (code != DRO_OK && code != DRO_ENOTFOUND)
		return (dro_cmd_fail(&err));
	/* The file last: until the database agrees it goes on holding. */
	if (cmd->opt.all &&
	    dro_pause_file_remove(&cmd->config, &file, &file_err) != DRO_OK)
		return (dro_cmd_fail(&file_err));
	if (code != DRO_OK && !file) {
		exit_code = dro_cmd_fail(&err);
		if (whom.kind == DRO_PAUSE_DOMAIN)
			(void)tell_nearest(cmd, whom.name);
		return (exit_code);
	}
	fprintf(cmd->out.fp, "%s: resumed. Next: rollout plan\n", whom.shown);
	return (whom.kind == DRO_PAUSE_DOMAIN ? tell_nearest(cmd, whom.name)
					      : DRO_EXIT_OK);
}
