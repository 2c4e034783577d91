#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/limit.h"
#include "apply/planfile.h"
#include "base/date.h"
#include "cmd.h"
#include "plan_view.h"

/* A plan for hundreds of domains stays far below this. */
#define PLAN_TEXT_MAX ((size_t)64 << 20)

/* How long a plan file may be acted on. */
#define EXPIRES_S (7 * DRO_DAY_S)
#define EXPIRES_MAX_S (90 * DRO_DAY_S)

static enum dro_code
plan_domain(struct dro_session *session, const struct dro_domain *dom,
    struct dro_plan *plan, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_exam exam;
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(err));
	code = dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code == DRO_OK)
		code = dro_plan_take(plan, &exam, session->arena, err);
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
make_plan(struct dro_cmd *cmd, struct dro_session *session,
    struct dro_plan *plan, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < cmd->config.n_domains && code == DRO_OK &&
	     dro_interrupted() == 0;
	     i++)
		if (dro_cmd_selected(cmd, &cmd->config.domains[i]))
			code = plan_domain(
			    session, &cmd->config.domains[i], plan, err);
	/* All moves are known here; limits choose among them. */
	if (code == DRO_OK)
		code = dro_moves_limit(&cmd->config, plan->moves,
		    plan->n_moves, session->arena, err);
	return (code);
}

static enum dro_code
print_text(struct dro_cmd *cmd, const struct dro_plan *plan, const char *id,
    struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;

	dro_buf_init(&text, PLAN_TEXT_MAX);
	if (cmd->opt.markdown)
		dro_plan_markdown(plan, &text);
	else
		dro_plan_text(plan, &text);
	if (!cmd->opt.markdown && cmd->opt.out == NULL)
		dro_buf_adds(
		    &text, "Nothing was changed. Next: rollout advance\n");
	if (!cmd->opt.markdown && cmd->opt.out != NULL) {
		dro_buf_adds(&text,
		    "Nothing was changed. Next: rollout advance --plan ");
		dro_out_text(&text, cmd->opt.out, strlen(cmd->opt.out));
		dro_buf_addc(&text, '\n');
	}
	if (cmd->opt.markdown)
		dro_buf_addf(&text, "\nPlan: `%s`\n", id);
	if ((code = dro_buf_check(&text, "plan", err)) == DRO_OK) {
		(void)fwrite(text.ptr, 1, text.len, cmd->out.fp);
		code = dro_out_flush(&cmd->out, err);
	}
	dro_buf_finish(&text);
	return (code);
}

static enum dro_code
show_plan(struct dro_cmd *cmd, const struct dro_plan *plan, struct dro_err *err)
{
	enum dro_code code;
	json_t *json;

	if (!cmd->opt.json && !cmd->opt.markdown && cmd->opt.out == NULL)
		return (print_text(cmd, plan, "", err));
	if ((json = dro_plan_json(plan)) == NULL)
		return (dro_err_nomem(err));
	code = dro_planfile_seal(json, err);
	/* Half a plan is none: an interrupted run writes no file. */
	if (code == DRO_OK && cmd->opt.out != NULL && dro_interrupted() == 0)
		code = dro_planfile_write(cmd->opt.out, json, err);
	if (code == DRO_OK && cmd->opt.json)
		return (dro_json_print(&cmd->out, json, err));
	if (code == DRO_OK)
		code = print_text(cmd, plan,
		    json_string_value(json_object_get(json, "plan_id")), err);
	json_decref(json);
	return (code);
}

/* "7d" or "36h"; false for anything else or beyond the maximum. */
static bool
parse_expires(const char *s, int64_t *out)
{
	char *unit;
	long n;

	if (*s < '1' || *s > '9')
		return (false);
	n = strtol(s, &unit, 10);
	if (n > EXPIRES_MAX_S || unit[0] == '\0' || unit[1] != '\0' ||
	    strchr("dh", *unit) == NULL)
		return (false);
	*out = n * (*unit == 'd' ? DRO_DAY_S : DRO_HOUR_S);
	return (*out <= EXPIRES_MAX_S);
}

int
dro_cmd_plan(struct dro_cmd *cmd)
{
	struct dro_plan plan = {.as_of = cmd->now};
	struct dro_session session = {0};
	int64_t expires_s = EXPIRES_S;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	if (cmd->opt.expires != NULL &&
	    !parse_expires(cmd->opt.expires, &expires_s))
		return (dro_cmd_usage("--expires: hours or days, at most 90d: "
				      "\"36h\", \"7d\""));
	if (cmd->opt.markdown && cmd->opt.json)
		return (dro_cmd_usage("--markdown or --json, not both"));
	plan.expires_at = cmd->now + expires_s;
	code = dro_session_open(&cmd->config, cmd->store, true, cmd->now,
	    cmd->arena, &session, &err);
	if (code == DRO_OK)
		code = make_plan(cmd, &session, &plan, &err);
	if (code == DRO_OK)
		code = show_plan(cmd, &plan, &err);
	if (code != DRO_OK)
		exit_code = dro_cmd_fail(&err);
	else if (plan.unknown > 0)
		exit_code = DRO_EXIT_PARTIAL;
	else if (cmd->opt.detailed_exitcode &&
	    plan.n_moves + plan.n_questions > 0)
		exit_code = DRO_EXIT_PENDING;
	else
		exit_code = DRO_EXIT_OK;
	dro_plan_finish(&plan);
	dro_session_close(&session);
	return (exit_code);
}
