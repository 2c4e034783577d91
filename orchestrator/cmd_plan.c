#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agenda_view.h"
#include "apply/breaker.h"
#include "apply/limit.h"
#include "apply/planfile.h"
#include "apply/rest.h"
#include "base/date.h"
#include "cmd.h"
#include "plan_view.h"

/* A plan for hundreds of domains stays far below this. */
#define PLAN_TEXT_MAX ((size_t)64 << 20)

/* How long a plan file may be acted on. */
#define EXPIRES_S (7 * DRO_DAY_S)
#define EXPIRES_MAX_S (90 * DRO_DAY_S)

/* What the run is about: a plan for now, or the coming days. */
struct looking {
	struct dro_cmd *cmd;
	struct dro_session session;
	struct dro_rests rests;
	struct dro_arena *arena; /* of the domain in hand */
	struct dro_plan plan;
	struct dro_diary diary; /* with --until */
};

/* The coming days of one examined domain. */
static enum dro_code
take_agenda(struct looking *l, const struct dro_exam *exam, struct dro_err *err)
{
	const struct dro_settings *settings = exam->dom->settings;
	struct dro_agenda agenda = {
	    .last = exam->decision, .since = l->diary.as_of};
	struct dro_walk_step parking;
	enum dro_code code = DRO_OK;

	if (!settings->parked)
		code = dro_agenda_project(exam->dom->domain, settings,
		    &exam->facts, &exam->live, &exam->evidence, l->diary.as_of,
		    l->diary.until, l->arena, &agenda, err);
	else if (exam->has_change) {
		/* No ladder: only the part that would be published now. */
		parking = (struct dro_walk_step){l->diary.as_of,
		    exam->change.kind, exam->change.from, exam->change.to,
		    exam->change.reason};
		agenda.steps = &parking;
		agenda.n = 1;
	}
	if (code != DRO_OK)
		return (code);
	return (
	    dro_diary_take(&l->diary, exam, &agenda, l->session.arena, err));
}

static enum dro_code
examine(struct looking *l, const struct dro_domain *dom, struct dro_err *err)
{
	struct dro_exam exam;
	enum dro_code code;

	code =
	    dro_examine(&l->session, dom, DRO_FROM_DNS, l->arena, &exam, err);
	if (code == DRO_OK && l->cmd->opt.until != NULL)
		code = take_agenda(l, &exam, err);
	else if (code == DRO_OK)
		code = dro_plan_take(&l->plan, &exam, l->session.arena, err);
	return (code);
}

static enum dro_code
look_at(struct looking *l, const struct dro_domain *dom, struct dro_err *err)
{
	enum dro_code code;
	bool rests;

	dro_arena_reset(l->arena);
	code = dro_rests_hold(
	    &l->session, &l->rests, dom, DRO_FROM_DNS, l->arena, &rests, err);
	if (code == DRO_OK && rests)
		l->plan.unchanged++;
	else if (code == DRO_OK)
		code = examine(l, dom, err);
	return (code);
}

static enum dro_code
look_at_all(struct looking *l, struct dro_err *err)
{
	const struct dro_config *config = &l->cmd->config;
	const struct dro_domain **selected;
	enum dro_code code;
	size_t i, n = 0;

	selected = dro_arena_alloc(
	    l->cmd->arena, config->n_domains, sizeof(*selected));
	if (selected == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < config->n_domains; i++)
		if (dro_cmd_selected(l->cmd, &config->domains[i]))
			selected[n++] = &config->domains[i];
	/* The coming days are worked out from all there is. */
	if (l->cmd->opt.until == NULL &&
	    (code = dro_rests_open(&l->session, &l->rests, err)) != DRO_OK)
		return (code);
	code = dro_look_ahead(&l->session, selected, n, err);
	for (i = 0; i < n && code == DRO_OK && dro_interrupted() == 0; i++)
		code = look_at(l, selected[i], err);
	if (code != DRO_OK || l->cmd->opt.until != NULL)
		return (code);
	/* All moves are known here; limits choose among them. */
	code = dro_moves_breaker(config, l->session.store, l->session.now,
	    l->plan.moves, l->plan.n_moves, l->session.arena, err);
	if (code != DRO_OK)
		return (code);
	return (dro_moves_limit(
	    config, l->plan.moves, l->plan.n_moves, l->session.arena, err));
}

static enum dro_code
print_buf(struct dro_cmd *cmd, const struct dro_buf *text, struct dro_err *err)
{
	enum dro_code code = dro_buf_check(text, "plan", err);

	if (code != DRO_OK)
		return (code);
	(void)fwrite(text->ptr, 1, text->len, cmd->out.fp);
	return (dro_out_flush(&cmd->out, err));
}

static enum dro_code
print_plan(struct dro_cmd *cmd, const struct dro_plan *plan, const char *id,
    struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;

	dro_buf_init(&text, PLAN_TEXT_MAX);
	if (cmd->opt.markdown) {
		dro_plan_markdown(plan, &text);
		dro_buf_addf(&text, "\nPlan: `%s`\n", id);
	} else {
		dro_plan_text(plan, &text);
		dro_buf_adds(
		    &text, "Nothing was changed. Next: rollout advance");
		if (cmd->opt.out != NULL) {
			dro_buf_adds(&text, " --plan ");
			dro_out_text(&text, cmd->opt.out, strlen(cmd->opt.out));
		}
		dro_buf_addc(&text, '\n');
	}
	code = print_buf(cmd, &text, err);
	dro_buf_finish(&text);
	return (code);
}

static enum dro_code
show_plan(struct dro_cmd *cmd, const struct dro_plan *plan, struct dro_err *err)
{
	enum dro_code code;
	json_t *json;

	if (!cmd->opt.json && !cmd->opt.markdown && cmd->opt.out == NULL)
		return (print_plan(cmd, plan, "", err));
	if ((json = dro_plan_json(plan)) == NULL)
		return (dro_err_nomem(err));
	code = dro_planfile_seal(json, err);
	/* Half a plan is none: an interrupted run writes no file. */
	if (code == DRO_OK && cmd->opt.out != NULL && dro_interrupted() == 0)
		code = dro_planfile_write(cmd->opt.out, json, err);
	if (code == DRO_OK && cmd->opt.json)
		return (dro_json_print(&cmd->out, json, err));
	if (code == DRO_OK)
		code = print_plan(cmd, plan,
		    json_string_value(json_object_get(json, "plan_id")), err);
	json_decref(json);
	return (code);
}

static enum dro_code
show_diary(struct dro_cmd *cmd, struct dro_diary *diary, struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;

	dro_diary_sort(diary);
	if (cmd->opt.json)
		return (dro_json_print(&cmd->out, dro_diary_json(diary), err));
	dro_buf_init(&text, PLAN_TEXT_MAX);
	if (cmd->opt.markdown)
		dro_diary_markdown(diary, &text);
	else
		dro_diary_text(diary, &text);
	code = print_buf(cmd, &text, err);
	dro_buf_finish(&text);
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

/* A day is meant whole: "2026-05-01" is until its last second. */
static bool
parse_until(const char *s, int64_t now, int64_t *out)
{
	if (dro_date_parse(s, out, NULL) != DRO_OK)
		return (false);
	if (strchr(s, ':') == NULL)
		*out += DRO_DAY_S - 1;
	return (*out >= now && (*out - now) / DRO_DAY_S <= DRO_AGENDA_DAYS_MAX);
}

static int
check_options(const struct dro_cmd *cmd, struct looking *l)
{
	int64_t expires_s = EXPIRES_S;

	if (cmd->opt.expires != NULL &&
	    !parse_expires(cmd->opt.expires, &expires_s))
		return (dro_cmd_usage("--expires: hours or days, at most 90d: "
				      "\"36h\", \"7d\""));
	if (cmd->opt.markdown && cmd->opt.json)
		return (dro_cmd_usage("--markdown or --json, not both"));
	if (cmd->opt.until != NULL &&
	    (cmd->opt.out != NULL || cmd->opt.expires != NULL))
		return (dro_cmd_usage(
		    "--until looks ahead; a plan file (--out, --expires) "
		    "holds what can be done now"));
	l->plan.as_of = l->diary.as_of = cmd->now;
	l->plan.expires_at = cmd->now + expires_s;
	if (cmd->opt.until != NULL &&
	    !parse_until(cmd->opt.until, cmd->now, &l->diary.until))
		return (dro_cmd_usage("--until: a day or time from now to %d "
				      "days ahead: \"2026-05-01\"",
		    DRO_AGENDA_DAYS_MAX));
	return (DRO_EXIT_OK);
}

int
dro_cmd_plan(struct dro_cmd *cmd)
{
	struct looking l = {.cmd = cmd};
	bool ahead = cmd->opt.until != NULL;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	if ((exit_code = check_options(cmd, &l)) != DRO_EXIT_OK)
		return (exit_code);
	code = dro_session_open(&cmd->config, cmd->store, true, cmd->now,
	    cmd->arena, &l.session, &err);
	if (code == DRO_OK && (l.arena = dro_arena_create()) == NULL)
		code = dro_err_nomem(&err);
	if (code == DRO_OK)
		code = look_at_all(&l, &err);
	if (code == DRO_OK && !ahead)
		code = dro_shadows_find(cmd, NULL, &l.plan.shadows, &err);
	if (code == DRO_OK)
		code = ahead ? show_diary(cmd, &l.diary, &err)
			     : show_plan(cmd, &l.plan, &err);
	if (code != DRO_OK)
		exit_code = dro_cmd_fail(&err);
	else if (l.plan.unknown + l.diary.unknown > 0)
		exit_code = DRO_EXIT_PARTIAL;
	else if (cmd->opt.detailed_exitcode &&
	    l.plan.n_moves + l.plan.n_questions + l.diary.n_dates +
		    l.diary.n_waiting >
		0)
		exit_code = DRO_EXIT_PENDING;
	dro_plan_finish(&l.plan);
	dro_diary_finish(&l.diary);
	dro_arena_destroy(l.arena);
	dro_session_close(&l.session);
	return (exit_code);
}
