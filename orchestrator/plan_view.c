#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "cmd.h"
#include "apply/park.h"
#include "forecast_view.h"
#include "output/markdown.h"
#include "plan_view.h"

void
dro_plan_finish(struct dro_plan *plan)
{
	free(plan->moves);
	free(plan->questions);
	memset(plan, 0, sizeof(*plan));
}

/* Room for one more of ${n} items; false when out of memory. */
static bool
grow(void **items, size_t n, size_t size)
{
	void *more;

	/* Full at every power of two, and when there is nothing yet. */
	if ((n & (n - 1)) != 0)
		return (true);
	if ((more = reallocarray(*items, n == 0 ? 1 : 2 * n, size)) == NULL)
		return (false);
	*items = more;
	return (true);
}

static enum dro_code
take_question(struct dro_plan *plan, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_watch_finding *finding = dro_view_finding(exam);
	const struct dro_decision *d = &exam->decision;
	const char *reason = d->reason;
	struct dro_question q = {.dom = exam->dom,
	    .attention = dro_view_attention(exam),
	    .code = d->code != NULL ? d->code : dro_step_name(d->step)};
	void *items = plan->questions;

	if (finding != NULL) {
		q.code = "watch";
		reason = dro_arena_printf(
		    arena, "%s; %s", finding->text, finding->remedy);
		if (reason == NULL)
			return (dro_err_nomem(err));
	}
	q.code = dro_arena_strdup(arena, q.code);
	if (reason != NULL)
		q.text = dro_arena_strdup(arena, reason);
	if (q.code == NULL || (reason != NULL && q.text == NULL) ||
	    !grow(&items, plan->n_questions, sizeof(q)))
		return (dro_err_nomem(err));
	plan->questions = items;
	plan->questions[plan->n_questions++] = q;
	return (DRO_OK);
}

/* What the rung will do to mail; a step back does nothing to it. */
static enum dro_code
take_forecast(const struct dro_exam *exam, struct dro_arena *arena,
    struct dro_move *m, struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	struct dro_outlook outlook;
	json_t *json;
	char *text;

	if (d->action != DRO_ACT_UP && d->action != DRO_ACT_RETURN)
		return (DRO_OK);
	dro_outlook_make(d, &exam->dom->settings->ladder, d->evidence, d->to,
	    d->to + 1, &outlook);
	if (!outlook.forecast.known)
		return (DRO_OK);
	if ((json = dro_outlook_json(&outlook)) == NULL)
		return (dro_err_nomem(err));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	m->forecast = text != NULL ? dro_arena_strdup(arena, text) : NULL;
	free(text);
	m->forecast_text = dro_outlook_line(&outlook, arena);
	if (m->forecast == NULL || m->forecast_text == NULL)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

static enum dro_code
take_move(struct dro_plan *plan, const struct dro_exam *exam, bool follows,
    struct dro_arena *arena, struct dro_err *err)
{
	void *items = plan->moves;
	struct dro_move *m;
	enum dro_code code;

	if (!grow(&items, plan->n_moves, sizeof(*plan->moves)))
		return (dro_err_nomem(err));
	plan->moves = items;
	m = &plan->moves[plan->n_moves++];
	if ((code = dro_move_of(exam, arena, m, err)) != DRO_OK ||
	    (code = take_forecast(exam, arena, m, err)) != DRO_OK || !follows)
		return (code);
	m->follows = true;
	m->held_by = "order";
	m->held_text = "goes after the change before it is verified";
	return (DRO_OK);
}

/* The change that goes now, and those of parking that follow it. */
static enum dro_code
take_moves(struct dro_plan *plan, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_park_plan *park =
	    exam->parking != NULL ? &exam->parking->plan : NULL;
	struct dro_exam later = *exam;
	enum dro_code code;
	size_t i;

	code = take_move(plan, exam, false, arena, err);
	for (i = 1; park != NULL && i < park->n && code == DRO_OK; i++) {
		later.change = park->changes[i];
		code = take_move(plan, &later, true, arena, err);
	}
	return (code);
}

enum dro_code
dro_plan_take(struct dro_plan *plan, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	plan->unknown += dro_exam_unseen(exam);
	if (exam->has_change)
		return (take_moves(plan, exam, arena, err));
	if (dro_view_attention(exam) >= DRO_ATT_QUESTION)
		return (take_question(plan, exam, arena, err));
	plan->unchanged++;
	return (DRO_OK);
}

/* The rung stays; subdomains follow to where it is. */
static bool
is_catching_up(const struct dro_move *m)
{
	return (m->action == DRO_ACT_UP && m->change.from != NULL &&
	    strcmp(m->change.from, m->change.to) == 0);
}

/* What takes the change back: rollback, which never goes up, or a person. */
static void
add_undo(struct dro_buf *out, const struct dro_move *m)
{
	const char *domain = m->dom->domain;

	if (m->action == DRO_ACT_CREATE)
		dro_buf_addf(out,
		    "set `pause:` on %s, then edit the record by hand", domain);
	else if (m->action == DRO_ACT_ADJUST || is_catching_up(m))
		dro_buf_addf(out,
		    "set `sp: keep` and `np: keep` on %s, then edit the "
		    "record by hand",
		    domain);
	else if (m->action == DRO_ACT_PARK)
		dro_buf_addf(
		    out, "rollout park %s --undo --reason TEXT", domain);
	else if (m->action == DRO_ACT_SETBACK)
		dro_buf_addf(out,
		    "rollout approve %s --reason TEXT, once it is repaired",
		    domain);
	else
		dro_buf_addf(out, "rollout rollback %s --to %s --reason TEXT",
		    domain, m->change.from);
}

static const char *
account_name(const struct dro_move *m)
{
	return (m->dom->account != NULL ? m->dom->account->name : NULL);
}

static const char *
from_rung(const struct dro_move *m)
{
	return (m->change.from != NULL ? m->change.from : "no record");
}

static json_t *
forecast_of(const struct dro_move *m)
{
	json_t *forecast = NULL;

	if (m->forecast != NULL)
		forecast = json_loads(m->forecast, 0, NULL);
	return (forecast != NULL ? forecast : json_null());
}

static json_t *
gates_of(const struct dro_move *m)
{
	json_t *gates = NULL;

	if (m->gates != NULL)
		gates = json_loads(m->gates, 0, NULL);
	return (gates != NULL ? gates : json_array());
}

static json_t *
change_json(const struct dro_move *m, size_t seq)
{
	const struct dro_change *c = &m->change;
	struct dro_buf undo;
	json_t *o;

	dro_buf_init(&undo, DRO_ERR_MSG);
	add_undo(&undo, m);
	o = json_pack("{s:s, s:s, s:o, s:o, s:s, s:i, s:[], s:{s:s, s:s, "
		      "s:I}, s:o, s:o, s:s, s:o, s:o, s:o, s:o}",
	    "op", c->kind, "domain", m->dom->domain, "account",
	    dro_json_text(account_name(m)), "from", dro_json_text(c->from),
	    "to", c->to, "seq", (int)seq, "depends_on", "rrset", "name",
	    c->after.name, "type", dro_rrtype_name(c->after.type), "ttl",
	    (json_int_t)c->after.ttl_s, "before",
	    dro_view_rrset_json(&c->before), "after",
	    dro_view_rrset_json(&c->after), "digest", m->digest, "reason",
	    dro_json_text(c->reason), "gates", gates_of(m), "forecast",
	    forecast_of(m), "undo", dro_json_text(undo.ptr));
	if (m->follows && o != NULL)
		(void)json_array_append_new(json_object_get(o, "depends_on"),
		    json_integer((json_int_t)seq - 1));
	if (m->held_by != NULL && o != NULL)
		(void)json_object_set_new(
		    o, "held_by", dro_json_text(m->held_by));
	if (m->held_text != NULL && o != NULL)
		(void)json_object_set_new(
		    o, "held_text", dro_json_text(m->held_text));
	dro_buf_finish(&undo);
	return (o);
}

json_t *
dro_plan_json(const struct dro_plan *plan)
{
	json_t *changes = json_array(), *attention = json_array();
	size_t i;

	for (i = 0; i < plan->n_moves; i++)
		(void)json_array_append_new(
		    changes, change_json(&plan->moves[i], i + 1));
	for (i = 0; i < plan->n_questions; i++) {
		const struct dro_question *q = &plan->questions[i];

		(void)json_array_append_new(attention,
		    json_pack("{s:s, s:s, s:o}", "domain", q->dom->domain,
			"code", q->code, "text", dro_json_text(q->text)));
	}
	if (json_array_size(changes) != plan->n_moves ||
	    json_array_size(attention) != plan->n_questions) {
		json_decref(changes);
		json_decref(attention);
		return (NULL);
	}
	return (json_pack("{s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:I}",
	    "schema", "rollout.plan/1", "tool", "name", "rollout", "version",
	    DRO_VERSION, "as_of", dro_json_time(plan->as_of), "expires_at",
	    dro_json_time(plan->expires_at), "changes", changes, "attention",
	    attention, "shadows", dro_shadows_json(&plan->shadows), "unchanged",
	    (json_int_t)plan->unchanged));
}

static void
add_value(struct dro_buf *out, const char *sign, const struct dro_rrset *rrset)
{
	size_t i;

	if (rrset->n == 0)
		dro_buf_addf(out, "%s (no record)\n", sign);
	for (i = 0; i < rrset->n; i++) {
		dro_buf_addf(out, "%s ", sign);
		dro_out_text(out, rrset->values[i].ptr, rrset->values[i].len);
		dro_buf_addc(out, '\n');
	}
}

static void
add_line(struct dro_buf *out, const char *label, const char *text)
{
	dro_buf_addf(out, "      %s", label);
	dro_out_text(out, text, strlen(text));
	dro_buf_addc(out, '\n');
}

/* "_dmarc" of "_dmarc.klant.example" in the domain klant.example. */
static void
add_owner(struct dro_buf *out, const struct dro_move *m)
{
	const char *name = m->change.after.name;
	size_t len = strlen(name), below = strlen(m->dom->domain) + 1;

	if (len > below && name[len - below] == '.' &&
	    strcmp(name + len - below + 1, m->dom->domain) == 0)
		dro_buf_add(out, name, len - below);
	else
		dro_buf_adds(out, name);
}

static void
add_change(struct dro_buf *out, const struct dro_move *m)
{
	const struct dro_change *c = &m->change;
	const char *account = account_name(m);

	dro_buf_addf(out, "  ~ %s  %s -> %s (%s)\n      ", m->dom->domain,
	    from_rung(m), c->to, c->kind);
	add_owner(out, m);
	dro_buf_addf(out, " %s via %s, TTL %u\n",
	    dro_rrtype_name(c->after.type),
	    account != NULL ? account : "(no account)", c->after.ttl_s);
	add_value(out, "      -", &c->before);
	add_value(out, "      +", &c->after);
	if (m->held_by != NULL)
		add_line(out,
		    "held: ", m->held_text != NULL ? m->held_text : m->held_by);
	add_line(out, "why:  ", c->reason);
	if (m->forecast_text != NULL)
		add_line(out, "fcst: ", m->forecast_text);
	dro_buf_adds(out, "      undo: ");
	add_undo(out, m);
	dro_buf_addc(out, '\n');
}

void
dro_plan_text(const struct dro_plan *plan, struct dro_buf *out)
{
	char at[DRO_DATE_LEN];
	size_t i;

	dro_buf_addf(out,
	    "Plan as of %s: %zu to change, %zu for a person, %zu unchanged."
	    "\n\n",
	    dro_date_format(plan->as_of, at), plan->n_moves, plan->n_questions,
	    plan->unchanged);
	for (i = 0; i < plan->n_moves; i++)
		add_change(out, &plan->moves[i]);
	for (i = 0; i < plan->n_questions; i++) {
		const struct dro_question *q = &plan->questions[i];

		dro_buf_addf(out, "  %s %s  %s\n", dro_view_mark(q->attention),
		    q->dom->domain, q->code);
		if (q->text != NULL)
			add_line(out, "", q->text);
	}
	dro_shadows_text(&plan->shadows, out);
	if (plan->n_moves + plan->n_questions + plan->shadows.n > 0)
		dro_buf_addc(out, '\n');
}

static void
table_of_changes(const struct dro_plan *plan, struct dro_buf *out)
{
	size_t i;

	dro_buf_adds(out,
	    "\n| Client | Domain | From | To | Why | Account |\n"
	    "|---|---|---|---|---|---|\n");
	for (i = 0; i < plan->n_moves; i++) {
		const struct dro_move *m = &plan->moves[i];
		const char *account = account_name(m);

		dro_md_column(out, m->dom->client->id);
		dro_md_column(out, m->dom->domain);
		dro_md_column(out, from_rung(m));
		dro_md_column(out, m->change.to);
		dro_md_column(out, m->change.kind);
		dro_md_column(out, account != NULL ? account : "none");
		dro_buf_adds(out, "|\n");
	}
}

/* The record before and after, in a block that forges colour. */
static void
diff_block(struct dro_buf *out, const struct dro_change *c)
{
	struct dro_buf lines;

	dro_buf_init(&lines, out->ceiling);
	add_value(&lines, "-", &c->before);
	add_value(&lines, "+", &c->after);
	out->failed = out->failed || lines.failed;
	dro_md_fence(out, lines.ptr, lines.len);
	dro_buf_adds(out, "diff\n");
	dro_buf_add(out, lines.ptr, lines.len);
	dro_md_fence(out, lines.ptr, lines.len);
	dro_buf_addc(out, '\n');
	dro_buf_finish(&lines);
}

static void
section(struct dro_buf *out, const struct dro_move *m)
{
	const struct dro_change *c = &m->change;
	struct dro_buf undo;

	dro_buf_adds(out, "\n### ");
	dro_md_span(out, m->dom->domain);
	dro_buf_adds(out, ": ");
	dro_md_span(out, from_rung(m));
	dro_buf_adds(out, " to ");
	dro_md_span(out, c->to);
	dro_buf_adds(out, "\n\n");
	dro_md_span(out, c->after.name);
	dro_buf_addf(out, " %s, TTL %u:\n\n", dro_rrtype_name(c->after.type),
	    c->after.ttl_s);
	diff_block(out, c);
	if (m->held_by != NULL) {
		dro_buf_adds(out, "\nHeld: ");
		if (m->held_text != NULL)
			dro_md_text(out, m->held_text, strlen(m->held_text));
		else
			dro_md_text(out, m->held_by, strlen(m->held_by));
		dro_buf_addc(out, '\n');
	}
	dro_buf_adds(out, "\nWhy: ");
	dro_md_text(out, c->reason, strlen(c->reason));
	if (m->forecast_text != NULL) {
		dro_buf_adds(out, "\n\nForecast: ");
		dro_md_text(out, m->forecast_text, strlen(m->forecast_text));
	}
	dro_buf_init(&undo, DRO_ERR_MSG);
	add_undo(&undo, m);
	out->failed = out->failed || undo.failed;
	dro_buf_adds(out, "\n\nUndo: ");
	dro_md_code(out, undo.ptr, undo.len);
	dro_buf_adds(out, "\n\nDigest: ");
	dro_md_span(out, m->digest);
	dro_buf_addc(out, '\n');
	dro_buf_finish(&undo);
}

void
dro_plan_markdown(const struct dro_plan *plan, struct dro_buf *out)
{
	char at[DRO_DATE_LEN], end[DRO_DATE_LEN];
	size_t i;

	dro_buf_addf(out,
	    "## DMARC plan as of %s\n\n"
	    "%zu to change, %zu for a person, %zu unchanged. As a plan file "
	    "it expires at %s.\n",
	    dro_date_format(plan->as_of, at), plan->n_moves, plan->n_questions,
	    plan->unchanged, dro_date_format(plan->expires_at, end));
	if (plan->n_moves > 0)
		table_of_changes(plan, out);
	for (i = 0; i < plan->n_moves; i++)
		section(out, &plan->moves[i]);
	if (plan->n_questions > 0)
		dro_buf_adds(out, "\n### For a person\n\n");
	for (i = 0; i < plan->n_questions; i++) {
		const struct dro_question *q = &plan->questions[i];

		dro_buf_adds(out, "- ");
		dro_md_span(out, q->dom->domain);
		dro_buf_adds(out, ": ");
		dro_md_span(out, q->code);
		if (q->text != NULL) {
			dro_buf_adds(out, ": ");
			dro_md_text(out, q->text, strlen(q->text));
		}
		dro_buf_addc(out, '\n');
	}
	dro_shadows_markdown(&plan->shadows, out);
}
