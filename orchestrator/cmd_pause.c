#include <stdio.h>

#include "apply/pause_file.h"
#include "base/date.h"
#include "whom.h"

/* --until, which lies ahead; 0 without it. */
static int
read_until(struct dro_cmd *cmd, int64_t *out)
{
	struct dro_err err;

	*out = 0;
	if (cmd->opt.until == NULL)
		return (DRO_EXIT_OK);
	if (dro_date_parse(cmd->opt.until, out, &err) != DRO_OK)
		return (dro_cmd_usage("--until: %s", err.msg));
	if (*out <= cmd->now)
		return (dro_cmd_usage(
		    "--until: %s is not in the future", cmd->opt.until));
	return (DRO_EXIT_OK);
}

static enum dro_code
store(struct dro_cmd *cmd, const struct dro_whom *whom, int64_t until,
    struct dro_err *err)
{
	const struct dro_pause pause = {.scope = whom->kind,
	    .name = whom->name,
	    .reason = cmd->opt.reason,
	    .until = until};
	struct dro_actor actor;

	dro_cmd_actor(cmd, &actor);
	return (dro_pause_set(
	    cmd->store, &pause, whom->domains, whom->n, &actor, cmd->now, err));
}

/* The file needs no database, so that a pause works when that is broken. */
static int
write_file(struct dro_cmd *cmd)
{
	struct dro_err err;

	if (dro_pause_file_write(&cmd->config, cmd->opt.reason, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (cmd->store == NULL)
		dro_cmd_warning("%s; the file %s.pause holds every advance "
				"all the same",
		    cmd->no_store.msg, cmd->config.database);
	return (DRO_EXIT_OK);
}

int
dro_cmd_pause(struct dro_cmd *cmd)
{
	char date[DRO_DATE_LEN];
	struct dro_whom whom;
	struct dro_err err;
	int64_t until;
	int code;

	if ((code = dro_whom_of(cmd, &whom)) != DRO_EXIT_OK ||
	    (code = read_until(cmd, &until)) != DRO_EXIT_OK)
		return (code);
	/* A file knows no end, so a pause that has one is not put in it. */
	if (cmd->opt.all && (until == 0 || cmd->store == NULL) &&
	    (code = write_file(cmd)) != DRO_EXIT_OK)
		return (code);
	if (cmd->store != NULL && store(cmd, &whom, until, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	fprintf(cmd->out.fp,
	    "%s: paused%s%s; only steps back are made. Next: rollout status\n",
	    whom.shown, until != 0 ? " until " : "",
	    until != 0 ? dro_date_format(until, date) : "");
	return (DRO_EXIT_OK);
}
