#include <stdio.h>
#include <string.h>

#include "apply/breaker.h"
#include "apply/gates_json.h"
#include "apply/park.h"
#include "base/date.h"
#include "behaviour.h"
#include "cmd.h"
#include "forecast_view.h"
#include "receivers_view.h"
#include "shadow_view.h"
#include "view.h"
#include "watch_view.h"

/* A line for each name of its own below one domain. */
#define SHADOWS_MAX (4u << 20)

/* What is told of a domain besides what was decided. */
struct answer {
	struct dro_capability capability;
	struct dro_shadows shadows;
	struct dro_move move; /* with a step back: what holds it, if anything */
};

/*
 * A trial, or a step back that the breaker holds, as the step backs of the
 * last day have it; a run judges the other domains that would step back in
 * it, too.
 */
static enum dro_code
ask_holds(struct dro_cmd *cmd, const struct dro_exam *exam,
    struct dro_move *out, struct dro_err *err)
{
	*out = (struct dro_move){
	    .dom = exam->dom, .action = exam->decision.action};
	if (exam->has_change)
		dro_move_trial(out);
	return (dro_moves_breaker(&cmd->config, cmd->store, cmd->now, out,
	    exam->has_change ? 1 : 0, cmd->arena, err));
}

/* json of reports that are stored but move nothing. */
static json_t *
ignored_json(const struct dro_evidence *ev)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < ev->n_ignored; i++)
		(void)json_array_append_new(array,
		    json_pack("{s:s, s:I, s:I}", "reason",
			ev->ignored[i].reason, "reports",
			(json_int_t)ev->ignored[i].reports, "messages",
			(json_int_t)ev->ignored[i].messages));
	return (array);
}

/* What the receivers of this domain's mail were seen to do. */
static enum dro_code
measure(struct dro_cmd *cmd, const struct dro_exam *exam,
    struct dro_capability *out, struct dro_err *err)
{
	struct dro_behaviour *items = NULL;
	enum dro_code code = DRO_OK;
	size_t n = 0;

	if (cmd->store != NULL)
		code = dro_behaviour_load(cmd->store, exam->dom->domain,
		    exam->from_day, cmd->now, cmd->arena, &n, &items, err);
	if (code == DRO_OK)
		code = dro_capability_measure(items, n, cmd->arena, out, err);
	return (code);
}

/* The next rung and those after it, as far as there are any. */
static void
look_ahead(const struct dro_exam *exam, struct dro_outlook *out)
{
	const struct dro_settings *set = exam->dom->settings;
	const struct dro_decision *d = &exam->decision;
	size_t end = set->ladder.n;

	while (end > 0 && set->ladder.rungs[end - 1].core.p > set->target)
		end--;
	dro_outlook_make(d, &set->ladder, d->evidence,
	    d->has_next ? d->next : end, end, out);
}

static json_t *
forecast_json(const struct dro_exam *exam)
{
	struct dro_outlook outlook;

	if (exam->parking != NULL)
		return (json_null());
	look_ahead(exam, &outlook);
	return (dro_outlook_json(&outlook));
}

static enum dro_code
print_forecast(struct dro_cmd *cmd, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_outlook outlook;

	if (exam->parking != NULL)
		return (DRO_OK);
	look_ahead(exam, &outlook);
	return (dro_outlook_print(&cmd->out, &outlook, arena, err));
}

static enum dro_code
print_json(struct dro_cmd *cmd, const struct dro_exam *exam,
    const struct answer *answer, struct dro_err *err)
{
	const struct dro_tally *t = &exam->decision.tally;
	json_t *root = dro_view_json(exam);

	if (root == NULL)
		return (dro_err_nomem(err));
	(void)json_object_set_new(
	    root, "schema", json_string("rollout.explain/1"));
	(void)json_object_set_new(
	    root, "gates", dro_gates_array(&exam->decision));
	(void)json_object_set_new(root, "sources", dro_view_sources_json(exam));
	(void)json_object_set_new(root, "forecast", forecast_json(exam));
	(void)json_object_set_new(
	    root, "capability", dro_receivers_json(&answer->capability));
	(void)json_object_set_new(root, "tally",
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:i}", "messages",
		(json_int_t)t->n, "fail", (json_int_t)t->fail, "threat",
		(json_int_t)t->threat, "unknown", (json_int_t)t->unknown,
		"apart", (json_int_t)exam->decision.apart, "epoch", t->epoch));
	(void)json_object_set_new(
	    root, "live", dro_view_rrset_json(&exam->live.rrset));
	(void)json_object_set_new(
	    root, "ignored_evidence", ignored_json(&exam->evidence));
	(void)json_object_set_new(
	    root, "own_spf", dro_watch_spf_json(exam->facts.spf));
	(void)json_object_set_new(
	    root, "shadows", dro_shadows_json(&answer->shadows));
	if (answer->move.held_by != NULL &&
	    !dro_view_hold(
		root, answer->move.held_by, answer->move.held_text)) {
		json_decref(root);
		return (dro_err_nomem(err));
	}
	return (dro_json_print(&cmd->out, root, err));
}

static enum dro_code
print_gates(
    struct dro_cmd *cmd, const struct dro_decision *d, struct dro_err *err)
{
	struct dro_table *table = dro_table_create(3);
	enum dro_code code;
	size_t i;

	if (table == NULL)
		return (dro_err_nomem(err));
	dro_table_row(table, "GATE", "RESULT", "WHY");
	for (i = 0; i < d->n_gates; i++)
		dro_table_row(table, d->gates[i].gate,
		    dro_verdict_name(d->gates[i].verdict), d->gates[i].text);
	code = dro_table_print(table, &cmd->out, err);
	dro_table_destroy(table);
	return (code);
}

static enum dro_code
print_sources(struct dro_cmd *cmd, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_table *table = dro_table_create(6);
	enum dro_code code;
	size_t i;

	if (table == NULL)
		return (dro_err_nomem(err));
	for (i = 2; i <= 4; i++)
		dro_table_right(table, i);
	dro_table_row(
	    table, "SOURCE", "CLASS", "PASS", "FAIL", "LINKED", "WHY");
	for (i = 0; i < exam->decision.n_sources; i++) {
		const struct dro_source *s = &exam->decision.sources[i];

		dro_table_row(table, dro_view_source(s, arena),
		    dro_class_name(s->class),
		    dro_arena_printf(arena, "%lld", (long long)s->pass),
		    dro_arena_printf(arena, "%lld", (long long)s->fail),
		    dro_arena_printf(arena, "%lld", (long long)s->claimed),
		    s->why);
	}
	code = dro_table_print(table, &cmd->out, err);
	dro_table_destroy(table);
	return (code);
}

/* What else makes a parked domain: TXT and MX at the domain itself. */
static void
add_apex(struct dro_buf *line, const struct dro_parking *parking)
{
	const struct dro_rrset *rrset;
	enum dro_part part;
	size_t i;

	for (part = DRO_PART_SPF; part < DRO_PARTS; part++) {
		rrset = &parking->live[part].rrset;
		for (i = 0; i < rrset->n; i++) {
			dro_buf_addf(
			    line, "      %s ", dro_rrtype_name(rrset->type));
			dro_out_text(
			    line, rrset->values[i].ptr, rrset->values[i].len);
			dro_buf_addc(line, '\n');
		}
	}
}

static void
print_head(
    struct dro_cmd *cmd, const struct dro_exam *exam, struct dro_arena *arena)
{
	const struct dro_decision *d = &exam->decision;
	struct dro_buf line;
	char since[DRO_DATE_LEN];
	const char *below;

	dro_buf_init(&line, 8192);
	dro_out_text(
	    &line, exam->dom->unicode, dro_str_of(exam->dom->unicode).len);
	dro_buf_addf(&line, " (%s, policy \"%s\")\nStage %s%s",
	    exam->dom->client->id, exam->dom->settings->policy,
	    dro_view_stage(exam), d->off_ladder ? " (off-ladder)" : "");
	if (d->since != 0)
		dro_buf_addf(
		    &line, " since %s", dro_date_format(d->since, since));
	dro_buf_addf(&line, ", %s, %s.\n", dro_step_name(d->step),
	    dro_verdict_name(d->verdict));
	if (exam->live.rrset.n > 0) {
		dro_buf_adds(&line, "Live: ");
		dro_out_text(&line, exam->live.rrset.values[0].ptr,
		    exam->live.rrset.values[0].len);
		dro_buf_addc(&line, '\n');
	}
	if (exam->parking != NULL)
		add_apex(&line, exam->parking);
	if ((below = dro_view_below(exam, arena)) != NULL)
		dro_buf_addf(&line, "Below it, %s.\n", below);
	dro_buf_adds(&line, "Next: ");
	dro_out_text(&line, dro_view_next(exam, arena),
	    dro_str_of(dro_view_next(exam, arena)).len);
	if (d->earliest > cmd->now)
		dro_buf_addf(&line, ", %s at the earliest",
		    dro_date_format(d->earliest, since));
	if (d->reason != NULL) {
		dro_buf_adds(&line, "\nWhy:  ");
		dro_out_text(&line, d->reason, strlen(d->reason));
	}
	fprintf(cmd->out.fp, "%s\n", line.ptr != NULL ? line.ptr : "");
	dro_buf_finish(&line);
}

static enum dro_code
print_shadows(
    struct dro_cmd *cmd, const struct dro_shadows *shadows, struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;

	dro_buf_init(&text, SHADOWS_MAX);
	dro_shadows_text(shadows, &text);
	if ((code = dro_buf_check(&text, "shadows", err)) == DRO_OK)
		(void)fwrite(
		    text.ptr != NULL ? text.ptr : "", 1, text.len, cmd->out.fp);
	dro_buf_finish(&text);
	return (code);
}

/* Whether any failing mail only looks like that of a source. */
static bool
has_linked(const struct dro_decision *d)
{
	size_t i;

	for (i = 0; i < d->n_sources; i++)
		if (d->sources[i].claimed > 0)
			return (true);
	return (false);
}

static enum dro_code
print_text(struct dro_cmd *cmd, const struct dro_exam *exam,
    const struct answer *answer, struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_tally *t = &exam->decision.tally;
	enum dro_code code;
	size_t i;

	print_head(cmd, exam, arena);
	if (answer->move.held_text != NULL)
		fprintf(cmd->out.fp, "Held: %s\n", answer->move.held_text);
	dro_watch_print(&cmd->out, exam);
	if (exam->decision.n_gates > 0) {
		fputc('\n', cmd->out.fp);
		code = print_gates(cmd, &exam->decision, err);
		if (code != DRO_OK)
			return (code);
	}
	if (exam->decision.n_sources > 0) {
		fputc('\n', cmd->out.fp);
		code = print_sources(cmd, exam, arena, err);
		if (code != DRO_OK)
			return (code);
		fprintf(cmd->out.fp,
		    "\nCounted apart: %lld failing messages that no source "
		    "claims (threat), %lld without a result (unknown)%s.\n",
		    (long long)t->threat, (long long)t->unknown,
		    has_linked(&exam->decision)
			? ".\nLinked: fails, and only uses the address or a "
			  "broken signature of that source; in no rate, in the "
			  "forecast as what may be legitimate at most"
			: "");
		if (exam->decision.apart > 0)
			fprintf(cmd->out.fp,
			    "Not counted: %lld messages from names below it, "
			    "which sp keeps away from what p does.\n",
			    (long long)exam->decision.apart);
	}
	code = print_forecast(cmd, exam, arena, err);
	if (code == DRO_OK && answer->capability.n > 0) {
		fputc('\n', cmd->out.fp);
		code = dro_receivers_print(
		    &cmd->out, &answer->capability, arena, err);
	}
	if (code != DRO_OK)
		return (code);
	if ((code = print_shadows(cmd, &answer->shadows, err)) != DRO_OK)
		return (code);
	for (i = 0; i < exam->evidence.n_ignored; i++)
		fprintf(cmd->out.fp,
		    "Not used as evidence: %lld reports (%lld messages): %s\n",
		    (long long)exam->evidence.ignored[i].reports,
		    (long long)exam->evidence.ignored[i].messages,
		    exam->evidence.ignored[i].reason);
	return (DRO_OK);
}

int
dro_cmd_explain(struct dro_cmd *cmd)
{
	struct dro_session session = {0};
	const struct dro_domain *dom;
	struct answer answer;
	struct dro_exam exam;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	code = dro_session_open(&cmd->config, cmd->store, true, cmd->now,
	    cmd->arena, &session, &err);
	if (code == DRO_OK)
		code = dro_examine(
		    &session, dom, DRO_FROM_DNS, cmd->arena, &exam, &err);
	if (code == DRO_OK)
		code = measure(cmd, &exam, &answer.capability, &err);
	if (code == DRO_OK)
		code =
		    dro_shadows_find(cmd, dom->domain, &answer.shadows, &err);
	if (code == DRO_OK)
		code = ask_holds(cmd, &exam, &answer.move, &err);
	if (code == DRO_OK)
		code = cmd->opt.json
		    ? print_json(cmd, &exam, &answer, &err)
		    : print_text(cmd, &exam, &answer, cmd->arena, &err);
	dro_session_close(&session);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
