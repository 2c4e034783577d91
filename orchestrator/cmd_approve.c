#include <stdio.h>
#include <string.h>

#include "apply/examine.h"
#include "cmd.h"
#include "view.h"

/* Some lines of a sentence each, with names of strangers in them. */
#define ANSWERS_TEXT_MAX ((size_t)64 << 10)

static int
acknowledge(struct dro_cmd *cmd, const struct dro_exam *exam,
    const struct dro_actor *actor)
{
	const char *domain = exam->dom->domain;
	struct dro_err err;

	if (dro_facts_acknowledge(cmd->store, domain, actor, cmd->opt.reason,
		cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	fprintf(cmd->out.fp,
	    "%s: acknowledged; it returns to %s once repaired and cooled down. "
	    "Next: rollout explain %s\n",
	    domain, dro_view_rung(exam, exam->decision.next), domain);
	return (DRO_EXIT_OK);
}

/* How many persons are still missing is what a fresh look says. */
static int
tell_missing(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_exam *was)
{
	const char *rung = dro_view_rung(was, was->decision.next);
	const char *domain = was->dom->domain;
	struct dro_exam exam;
	struct dro_err err;

	if (dro_examine(session, was->dom, DRO_FROM_STORE, cmd->arena, &exam,
		&err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if ((exam.decision.overlays & DRO_OVER_AWAITING_APPROVAL) != 0)
		fprintf(cmd->out.fp, "%s: noted. %s\n", domain,
		    exam.decision.reason);
	else
		fprintf(cmd->out.fp,
		    "%s: may enter %s. Next: rollout advance\n", domain, rung);
	return (DRO_EXIT_OK);
}

static int
approve(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_exam *exam, const struct dro_actor *actor)
{
	struct dro_err err;

	if (dro_facts_approve(cmd->store, exam->dom->domain,
		dro_view_rung(exam, exam->decision.next), exam->facts.up_digest,
		cmd->now + exam->dom->settings->approval_expiry_s, actor,
		cmd->opt.reason, cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (tell_missing(cmd, session, exam));
}

/* All that a person may answer: what is odd in reports, and gates that ask. */
struct questions {
	size_t n;
	struct dro_answered answers[DRO_ANOMALIES_MAX + DRO_GATES_MAX];
	const char *texts[DRO_ANOMALIES_MAX + DRO_GATES_MAX];
};

static void
add_question(struct questions *q, const char *kind, const char *key,
    int64_t expires_at, const char *text)
{
	q->answers[q->n] = (struct dro_answered){kind, key, expires_at};
	q->texts[q->n++] = text;
}

static void
find_questions(const struct dro_decision *d, int64_t now, struct questions *out)
{
	const struct dro_anomalies *odd = &d->anomalies;
	int64_t expires_at = now + DRO_ANSWER_S;
	size_t i;

	out->n = 0;
	for (i = 0; i < odd->n; i++)
		add_question(out, odd->items[i].kind, odd->items[i].key,
		    expires_at, odd->items[i].text);
	for (i = 0; i < d->n_gates; i++)
		if (d->gates[i].ask.kind != NULL)
			add_question(out, d->gates[i].ask.kind,
			    d->gates[i].ask.key, expires_at, d->gates[i].text);
}

/* Say of all that is asked that it is right. */
static int
accept(struct dro_cmd *cmd, const struct dro_exam *exam,
    const struct questions *q, const struct dro_actor *actor)
{
	struct dro_buf text;
	struct dro_err err;
	size_t i;

	if (dro_facts_answer(cmd->store, exam->dom->domain, q->answers, q->n,
		actor, cmd->opt.reason, cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	dro_buf_init(&text, ANSWERS_TEXT_MAX);
	for (i = 0; i < q->n; i++) {
		dro_buf_addf(&text, "%s: taken as right: ", exam->dom->domain);
		dro_out_text(&text, q->texts[i], strlen(q->texts[i]));
		dro_buf_addc(&text, '\n');
	}
	if (dro_buf_check(&text, "list of answers", &err) != DRO_OK) {
		dro_buf_finish(&text);
		return (dro_cmd_fail(&err));
	}
	fprintf(cmd->out.fp, "%sNext: rollout explain %s\n", text.ptr,
	    exam->dom->domain);
	dro_buf_finish(&text);
	return (DRO_EXIT_OK);
}

/* Store the answer to the question that the domain has open. */
static int
answer(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	struct questions questions;
	struct dro_actor actor;

	dro_cmd_actor(cmd, &actor);
	find_questions(d, cmd->now, &questions);
	if (d->step == DRO_STEP_COOLDOWN)
		return (acknowledge(cmd, exam, &actor));
	if ((d->overlays & DRO_OVER_AWAITING_APPROVAL) != 0)
		return (approve(cmd, session, exam, &actor));
	if (questions.n > 0)
		return (accept(cmd, exam, &questions, &actor));
	dro_cmd_error("%s: no question is open (%s); nothing was stored",
	    exam->dom->domain,
	    d->code != NULL ? d->code : dro_step_name(d->step));
	return (DRO_EXIT_NO_INPUT);
}

int
dro_cmd_approve(struct dro_cmd *cmd)
{
	struct dro_session session = {.config = &cmd->config,
	    .store = cmd->store,
	    .now = cmd->now,
	    .arena = cmd->arena};
	const struct dro_domain *dom;
	struct dro_exam exam;
	struct dro_err err;
	int exit_code;

	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("approve: --reason TEXT is required"));
	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	if (dro_examine(&session, dom, DRO_FROM_STORE, cmd->arena, &exam,
		&err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (answer(cmd, &session, &exam));
}
