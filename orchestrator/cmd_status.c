#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/examine.h"
#include "apply/breaker.h"
#include "apply/limit.h"
#include "base/date.h"
#include "cmd.h"
#include "reports.h"
#include "shadow_view.h"
#include "view.h"

/* A line for each name of its own below a listed domain. */
#define SHADOWS_MAX (64u << 20)

/* One domain, kept until the limits have chosen among all. */
struct row {
	const struct dro_client *client;
	const char *mark, *domain, *stage, *step, *days, *next;
	const char *target; /* where it wants to go, if anywhere */
	json_t *json; /* with --json */
};

/* The whole answer of one run. */
struct status {
	struct row *rows;
	struct dro_move *moves; /* of the rows that want to move */
	size_t *of; /* the row of each */
	size_t n_moves;
	struct dro_shadows shadows; /* of the clients that are shown */
	size_t n, ready, in_progress, attention, waiting, done;
};

static void
count(struct status *s, const struct dro_exam *exam)
{
	enum dro_attention att = dro_view_attention(exam);

	s->n++;
	if (att >= DRO_ATT_QUESTION)
		s->attention++;
	else if (att == DRO_ATT_PROGRESS ||
	    exam->decision.step == DRO_STEP_SETTLING)
		s->in_progress++;
	else if (exam->decision.action != DRO_ACT_NONE)
		s->ready++;
	else if (exam->decision.step == DRO_STEP_DONE ||
	    exam->decision.step == DRO_STEP_PARKED)
		s->done++;
	else
		s->waiting++;
}

/* A wish that limits are asked about; what exactly it is does not matter. */
static enum dro_code
add_move(struct status *s, const struct dro_exam *exam, struct dro_err *err)
{
	struct dro_move *moves =
	    reallocarray(s->moves, s->n_moves + 1, sizeof(*moves));

	if (moves == NULL)
		return (dro_err_nomem(err));
	s->moves = moves;
	s->of[s->n_moves] = s->n - 1;
	s->moves[s->n_moves++] = (struct dro_move){.dom = exam->dom,
	    .action = exam->decision.action,
	    .since = exam->decision.since};
	dro_move_trial(&s->moves[s->n_moves - 1]);
	return (DRO_OK);
}

/* Only what is shown outlives ${exam}, in ${arena}. */
static enum dro_code
add_row(struct dro_cmd *cmd, struct status *s, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	struct row *row = &s->rows[s->n - 1];

	*row = (struct row){.client = exam->dom->client,
	    .mark = dro_view_mark(dro_view_attention(exam)),
	    .domain = exam->dom->unicode,
	    .stage = dro_view_stage(exam),
	    .step = dro_step_name(d->step),
	    .days = "-"};
	if (d->off_ladder)
		row->stage =
		    dro_arena_printf(cmd->arena, "%s (off-ladder)", row->stage);
	if (d->since != 0)
		row->days = dro_arena_printf(cmd->arena, "%lld",
		    (long long)((cmd->now - d->since) / DRO_DAY_S));
	row->next = dro_arena_strdup(cmd->arena, dro_view_next(exam, arena));
	if (exam->has_change)
		row->target =
		    dro_arena_strdup(cmd->arena, dro_view_target(exam));
	if (row->stage == NULL || row->days == NULL || row->next == NULL ||
	    (exam->has_change && row->target == NULL))
		return (dro_err_nomem(err));
	if (cmd->opt.json && (row->json = dro_view_json(exam)) == NULL)
		return (dro_err_nomem(err));
	return (exam->has_change ? add_move(s, exam, err) : DRO_OK);
}

/* What a limit holds back says so, as it does in plan and advance. */
static enum dro_code
ask_limits(struct dro_cmd *cmd, struct status *s, struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	code = dro_moves_breaker(&cmd->config, cmd->store, cmd->now, s->moves,
	    s->n_moves, cmd->arena, err);
	if (code == DRO_OK)
		code = dro_moves_limit(
		    &cmd->config, s->moves, s->n_moves, cmd->arena, err);
	for (i = 0; i < s->n_moves && code == DRO_OK; i++) {
		if (s->moves[i].held_by == NULL)
			continue;
		s->rows[s->of[i]].next = dro_arena_printf(cmd->arena, "%s: %s",
		    s->rows[s->of[i]].target, s->moves[i].held_by);
		if (s->rows[s->of[i]].next == NULL)
			return (dro_err_nomem(err));
		if (cmd->opt.json &&
		    !dro_view_hold(s->rows[s->of[i]].json, s->moves[i].held_by,
			s->moves[i].held_text))
			code = dro_err_nomem(err);
	}
	return (code);
}

static enum dro_code
look_at_all(struct dro_cmd *cmd, struct dro_session *session, struct status *s,
    struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < cmd->config.n_domains && code == DRO_OK; i++) {
		const struct dro_domain *dom = &cmd->config.domains[i];
		struct dro_arena *arena;
		struct dro_exam exam;

		if (!dro_cmd_selected(cmd, dom))
			continue;
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = dro_examine(
		    session, dom, DRO_FROM_STORE, arena, &exam, err);
		if (code == DRO_OK) {
			count(s, &exam);
			code = add_row(cmd, s, &exam, arena, err);
		}
		dro_arena_destroy(arena);
	}
	return (code == DRO_OK ? ask_limits(cmd, s, err) : code);
}

/* What the numbers rest on. */
static enum dro_code
newest(struct dro_cmd *cmd, int64_t *out, struct dro_err *err)
{
	*out = 0;
	if (cmd->store == NULL)
		return (DRO_OK);
	return (dro_reports_newest_end(cmd->store, out, err));
}

static enum dro_code
print_json(
    struct dro_cmd *cmd, struct status *s, int64_t end, struct dro_err *err)
{
	json_t *domains = json_array(), *root;
	size_t i;

	for (i = 0; i < s->n; i++)
		(void)json_array_append(domains, s->rows[i].json);
	root = json_pack("{s:s, s:o, s:o, s:o, s:o, s:{s:i, s:i, s:i, s:i, "
			 "s:i, s:i}}",
	    "schema", "rollout.status/1", "generated_at",
	    dro_json_time(cmd->now), "newest_report_end", dro_json_time(end),
	    "domains", domains, "shadows", dro_shadows_json(&s->shadows),
	    "summary", "domains", (int)s->n, "ready", (int)s->ready,
	    "in_progress", (int)s->in_progress, "attention", (int)s->attention,
	    "waiting", (int)s->waiting, "done", (int)s->done);
	return (dro_json_print(&cmd->out, root, err));
}

static enum dro_code
print_table(struct dro_cmd *cmd, const struct status *s, struct dro_err *err)
{
	struct dro_table *table = dro_table_create(6);
	enum dro_code code;
	size_t i;

	if (table == NULL)
		return (dro_err_nomem(err));
	dro_table_right(table, 4);
	dro_table_row(table, " ", "DOMAIN", "STAGE", "STEP", "DAYS", "NEXT");
	for (i = 0; i < s->n; i++) {
		const struct row *row = &s->rows[i];

		if (i == 0 || row->client != row[-1].client)
			dro_table_line(table, row->client->name);
		dro_table_row(table, row->mark, row->domain, row->stage,
		    row->step, row->days, row->next);
	}
	code = dro_table_print(table, &cmd->out, err);
	dro_table_destroy(table);
	return (code);
}

static enum dro_code
print_shadows(struct dro_cmd *cmd, const struct status *s, struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;

	if (s->shadows.n == 0)
		return (DRO_OK);
	dro_buf_init(&text, SHADOWS_MAX);
	dro_shadows_text(&s->shadows, &text);
	if ((code = dro_buf_check(&text, "shadows", err)) == DRO_OK)
		fprintf(cmd->out.fp, "\n%s", text.ptr);
	dro_buf_finish(&text);
	return (code);
}

static enum dro_code
print_text(
    struct dro_cmd *cmd, struct status *s, int64_t end, struct dro_err *err)
{
	char until[DRO_DATE_LEN];
	enum dro_code code;

	fprintf(cmd->out.fp, "%zu domains. Reports up to %s.\n\n", s->n,
	    end == 0 ? "(none yet)" : dro_date_format(end, until));
	if ((code = print_table(cmd, s, err)) != DRO_OK ||
	    (code = print_shadows(cmd, s, err)) != DRO_OK)
		return (code);
	fprintf(cmd->out.fp,
	    "\n%zu ready, %zu in progress, %zu waiting, %zu done, %zu need "
	    "attention (! ?). Next: rollout plan\n",
	    s->ready, s->in_progress, s->waiting, s->done, s->attention);
	return (DRO_OK);
}

int
dro_cmd_status(struct dro_cmd *cmd)
{
	struct dro_session session = {.config = &cmd->config,
	    .store = cmd->store,
	    .now = cmd->now,
	    .arena = cmd->arena};
	const size_t n = cmd->config.n_domains;
	struct status s = {0};
	enum dro_code code;
	struct dro_err err;
	int64_t end = 0;
	size_t i;

	s.rows = dro_arena_alloc(cmd->arena, n, sizeof(*s.rows));
	s.of = dro_arena_alloc(cmd->arena, n, sizeof(*s.of));
	code = s.rows != NULL && s.of != NULL
	    ? look_at_all(cmd, &session, &s, &err)
	    : dro_err_nomem(&err);
	if (code == DRO_OK)
		code = newest(cmd, &end, &err);
	if (code == DRO_OK)
		code = dro_shadows_find(cmd, NULL, &s.shadows, &err);
	if (code == DRO_OK)
		code = cmd->opt.json ? print_json(cmd, &s, end, &err)
				     : print_text(cmd, &s, end, &err);
	for (i = 0; i < s.n; i++)
		json_decref(s.rows[i].json);
	free(s.moves);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
