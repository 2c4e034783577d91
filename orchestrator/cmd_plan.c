#include <stdio.h>
#include <string.h>

#include "apply/gates_json.h"
#include "base/date.h"
#include "cmd.h"
#include "apply/digest.h"
#include "view.h"

/* The plan as it grows, domain by domain. */
struct plan {
	json_t *changes, *attention;
	struct dro_buf text;
	size_t n_changes, n_attention, unchanged, unknown;
};

/* A plan for hundreds of domains stays far below this. */
#define PLAN_TEXT_MAX (64u << 20)

static json_t *
change_json(const struct dro_exam *exam, size_t seq, const char *digest,
    const char *undo)
{
	const struct dro_change *c = &exam->change;
	const struct dro_account *account = exam->dom->account;

	return (json_pack("{s:s, s:s, s:o, s:o, s:s, s:i, s:[], s:{s:s, s:s, "
			  "s:I}, s:o, s:o, s:s, s:o, s:o, s:n, s:s}",
	    "op", c->kind, "domain", exam->dom->domain, "account",
	    dro_json_text(account != NULL ? account->name : NULL), "from",
	    dro_json_text(c->from), "to", c->to, "seq", (int)seq, "depends_on",
	    "rrset", "name", c->after.name, "type",
	    dro_rrtype_name(c->after.type), "ttl", (json_int_t)c->after.ttl_s,
	    "before", dro_view_rrset_json(&c->before), "after",
	    dro_view_rrset_json(&c->after), "digest", digest, "reason",
	    dro_json_text(c->reason), "gates", dro_gates_array(&exam->decision),
	    "forecast", "undo", undo));
}

static void
add_value(struct dro_buf *out, const char *sign, const struct dro_rrset *rrset)
{
	size_t i;

	if (rrset->n == 0)
		dro_buf_addf(out, "      %s (no record)\n", sign);
	for (i = 0; i < rrset->n; i++) {
		dro_buf_addf(out, "      %s ", sign);
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

static void
add_change(struct plan *p, const struct dro_exam *exam, const char *undo)
{
	const struct dro_change *c = &exam->change;
	const struct dro_account *account = exam->dom->account;

	dro_buf_addf(&p->text, "  ~ %s  %s -> %s (%s)\n", exam->dom->domain,
	    c->from != NULL ? c->from : "no record", c->to, c->kind);
	dro_buf_addf(&p->text, "      _dmarc TXT via %s, TTL %u\n",
	    account != NULL ? account->name : "(no account)", c->after.ttl_s);
	add_value(&p->text, "-", &c->before);
	add_value(&p->text, "+", &c->after);
	add_line(&p->text, "why:  ", c->reason);
	add_line(&p->text, "undo: ", undo);
}

/* What takes the change back: rollback, which never goes up, or a person. */
static const char *
undo_text(const struct dro_exam *exam, struct dro_arena *arena)
{
	const char *domain = exam->dom->domain;

	if (exam->decision.action == DRO_ACT_CREATE)
		return (dro_arena_printf(arena,
		    "set `pause:` on %s, then edit the record by hand",
		    domain));
	if (exam->decision.action == DRO_ACT_SETBACK)
		return (dro_arena_printf(arena,
		    "rollout approve %s --reason TEXT, once it is repaired",
		    domain));
	return (
	    dro_arena_printf(arena, "rollout rollback %s --to %s --reason TEXT",
		domain, exam->change.from));
}

static enum dro_code
take_change(struct plan *p, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err)
{
	char digest[DRO_DIGEST_LEN];
	const char *undo = undo_text(exam, arena);
	enum dro_code code;

	if (undo == NULL)
		return (dro_err_nomem(err));
	code = dro_digest_change(exam->dom, &exam->change, digest, err);
	if (code != DRO_OK)
		return (code);
	p->n_changes++;
	(void)json_array_append_new(
	    p->changes, change_json(exam, p->n_changes, digest, undo));
	add_change(p, exam, undo);
	return (DRO_OK);
}

static void
take_attention(struct plan *p, const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;

	p->n_attention++;
	(void)json_array_append_new(p->attention,
	    json_pack("{s:s, s:s, s:o}", "domain", exam->dom->domain, "code",
		d->code != NULL ? d->code : dro_step_name(d->step), "text",
		dro_json_text(d->reason)));
	dro_buf_addf(&p->text, "  %s %s  %s\n",
	    dro_view_mark(dro_view_attention(exam)), exam->dom->domain,
	    d->code != NULL ? d->code : "");
	if (d->reason != NULL)
		add_line(&p->text, "", d->reason);
}

static enum dro_code
plan_domain(struct dro_session *session, const struct dro_domain *dom,
    struct plan *p, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_exam exam;
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(err));
	code = dro_examine(session, dom, DRO_FROM_DNS, arena, &exam, err);
	if (code == DRO_OK) {
		p->unknown += exam.live.status == DRO_LIVE_UNKNOWN;
		if (exam.has_change)
			code = take_change(p, &exam, arena, err);
		else if (dro_view_attention(&exam) >= DRO_ATT_QUESTION)
			take_attention(p, &exam);
		else
			p->unchanged++;
	}
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
print_plan(struct dro_cmd *cmd, struct plan *p, struct dro_err *err)
{
	char at[DRO_DATE_LEN];
	enum dro_code code;

	if (cmd->opt.json)
		return (dro_json_print(&cmd->out,
		    json_pack("{s:s, s:o, s:O, s:O, s:i}", "schema",
			"rollout.plan/1", "as_of", dro_json_time(cmd->now),
			"changes", p->changes, "attention", p->attention,
			"unchanged", (int)p->unchanged),
		    err));
	if ((code = dro_buf_check(&p->text, "plan", err)) != DRO_OK)
		return (code);
	fprintf(cmd->out.fp,
	    "Plan as of %s: %zu to change, %zu for a person, %zu unchanged."
	    "\n\n%s%sNothing was changed. Next: rollout advance\n",
	    dro_date_format(cmd->now, at), p->n_changes, p->n_attention,
	    p->unchanged, p->text.len > 0 ? p->text.ptr : "",
	    p->text.len > 0 ? "\n" : "");
	return (DRO_OK);
}

int
dro_cmd_plan(struct dro_cmd *cmd)
{
	struct dro_session session = {0};
	struct plan p = {0};
	struct dro_err err;
	enum dro_code code;
	int exit_code;
	size_t i;

	dro_buf_init(&p.text, PLAN_TEXT_MAX);
	p.changes = json_array();
	p.attention = json_array();
	code = dro_session_open(&cmd->config, cmd->store, true, cmd->now,
	    cmd->arena, &session, &err);
	for (i = 0; i < cmd->config.n_domains && code == DRO_OK &&
	     dro_interrupted() == 0;
	     i++)
		if (dro_cmd_selected(cmd, &cmd->config.domains[i]))
			code = plan_domain(
			    &session, &cmd->config.domains[i], &p, &err);
	if (code == DRO_OK)
		code = print_plan(cmd, &p, &err);
	if (code != DRO_OK)
		exit_code = dro_cmd_fail(&err);
	else if (p.unknown > 0)
		exit_code = DRO_EXIT_PARTIAL;
	else if (cmd->opt.detailed_exitcode && p.n_changes + p.n_attention > 0)
		exit_code = DRO_EXIT_PENDING;
	else
		exit_code = DRO_EXIT_OK;
	json_decref(p.changes);
	json_decref(p.attention);
	dro_buf_finish(&p.text);
	dro_session_close(&session);
	return (exit_code);
}
