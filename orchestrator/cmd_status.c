#include <stdio.h>
#include <string.h>

#include "apply/examine.h"
#include "base/date.h"
#include "cmd.h"
#include "reports.h"
#include "view.h"

/* The whole answer of one run. */
struct status {
	json_t *domains; /* with --json, else NULL */
	struct dro_table *table;
	const struct dro_client *client; /* of the last row */
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

static void
add_row(struct dro_cmd *cmd, struct status *s, const struct dro_exam *exam,
    struct dro_arena *arena)
{
	const struct dro_decision *d = &exam->decision;
	const char *stage = dro_view_stage(exam), *days = "-";

	if (d->off_ladder)
		stage = dro_arena_printf(arena, "%s (off-ladder)", stage);
	if (d->since != 0)
		days = dro_arena_printf(arena, "%lld",
		    (long long)((cmd->now - d->since) / DRO_DAY_S));
	if (s->client != exam->dom->client) {
		s->client = exam->dom->client;
		dro_table_line(s->table, s->client->name);
	}
	dro_table_row(s->table, dro_view_mark(dro_view_attention(exam)),
	    exam->dom->unicode, stage, dro_step_name(d->step), days,
	    dro_view_next(exam, arena));
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
			if (s->domains != NULL)
				(void)json_array_append_new(
				    s->domains, dro_view_json(&exam));
			else
				add_row(cmd, s, &exam, arena);
		}
		dro_arena_destroy(arena);
	}
	return (code);
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
	json_t *root = json_pack("{s:s, s:o, s:o, s:O, s:{s:i, s:i, s:i, s:i, "
				 "s:i, s:i}}",
	    "schema", "rollout.status/1", "generated_at",
	    dro_json_time(cmd->now), "newest_report_end", dro_json_time(end),
	    "domains", s->domains, "summary", "domains", (int)s->n, "ready",
	    (int)s->ready, "in_progress", (int)s->in_progress, "attention",
	    (int)s->attention, "waiting", (int)s->waiting, "done",
	    (int)s->done);

	return (dro_json_print(&cmd->out, root, err));
}

static enum dro_code
print_text(
    struct dro_cmd *cmd, struct status *s, int64_t end, struct dro_err *err)
{
	char until[DRO_DATE_LEN];
	enum dro_code code;

	fprintf(cmd->out.fp, "%zu domains. Reports up to %s.\n\n", s->n,
	    end == 0 ? "(none yet)" : dro_date_format(end, until));
	if ((code = dro_table_print(s->table, &cmd->out, err)) != DRO_OK)
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
	struct dro_session session = {0};
	struct status s = {0};
	struct dro_err err;
	enum dro_code code;
	int64_t end = 0;

	if (cmd->opt.json)
		s.domains = json_array();
	s.table = dro_table_create(6);
	if (s.table == NULL || (cmd->opt.json && s.domains == NULL)) {
		code = dro_err_nomem(&err);
		goto out;
	}
	dro_table_right(s.table, 4);
	dro_table_row(s.table, " ", "DOMAIN", "STAGE", "STEP", "DAYS", "NEXT");
	session.config = &cmd->config;
	session.store = cmd->store;
	session.now = cmd->now;
	session.arena = cmd->arena;
	if ((code = look_at_all(cmd, &session, &s, &err)) == DRO_OK)
		code = newest(cmd, &end, &err);
	if (code == DRO_OK)
		code = cmd->opt.json ? print_json(cmd, &s, end, &err)
				     : print_text(cmd, &s, end, &err);
out:
	json_decref(s.domains);
	dro_table_destroy(s.table);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
