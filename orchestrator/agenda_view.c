#include <stdlib.h>
#include <string.h>

#include "agenda_view.h"
#include "base/date.h"
#include "output/markdown.h"
#include "output/output.h"

/* Printed with every agenda, in every form. */
static const char assumes[] =
    "mail and reports go on as in the last week, advance runs once a day at "
    "this hour, no limit on changes delays it, and nobody approves, repairs "
    "or edits anything";

/* "2026-05-01" of a time in RFC 3339. */
#define DAY_LEN 10

/* Command or deed that answers a hold: before and after the domain. */
static const struct {
	const char *code, *before, *after;
} answers[] = {
    {"anomaly", "rollout approve ", " --reason TEXT, if the reports are right"},
    {"awaiting_approval", "rollout approve ", " --reason TEXT"},
    {"awaiting_acknowledgement", "rollout approve ", " --reason TEXT"},
    {"awaiting_repair", "have the source repaired, then: rollout approve ",
	" --reason TEXT"},
    {"cname_delegated", "replace the CNAME by a TXT record of ", "'s own"},
    {"drifted", "rollout reconcile ",
	" --adopt --reason TEXT, or the same with --restore"},
    {"freshness", "find out why reports stopped: rollout reports ", ""},
    {"multiple_records", "remove all DMARC records but one from _dmarc.", ""},
    {"no_rua", "set `rua:` for ", " in the configuration"},
    {"publishing", "rollout advance", NULL},
    {"syntax_error", "correct the record by hand at _dmarc.", ""},
    {"trial", "remove `trial: true` of ", " to let it move"},
    {"verifying", "rollout advance", NULL},
};

static void
add_answer(struct dro_buf *out, const struct dro_waiting *w)
{
	const char *before = "rollout explain ", *after = "";
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(answers); i++)
		if (strcmp(answers[i].code, w->code) == 0) {
			before = answers[i].before;
			after = answers[i].after;
		}
	dro_buf_adds(out, before);
	if (after != NULL)
		dro_buf_addf(out, "%s%s", w->dom->domain, after);
}

void
dro_diary_finish(struct dro_diary *diary)
{
	free(diary->dates);
	free(diary->waiting);
	memset(diary, 0, sizeof(*diary));
}

static enum dro_code
take_dates(struct dro_diary *diary, const struct dro_domain *dom,
    const struct dro_agenda *agenda, struct dro_arena *arena,
    struct dro_err *err)
{
	struct dro_date *more;
	size_t i;

	if (agenda->n == 0)
		return (DRO_OK);
	more = reallocarray(
	    diary->dates, diary->n_dates + agenda->n, sizeof(*more));
	if (more == NULL)
		return (dro_err_nomem(err));
	diary->dates = more;
	for (i = 0; i < agenda->n; i++) {
		struct dro_date *d = &diary->dates[diary->n_dates++];

		*d = (struct dro_date){dom, agenda->steps[i]};
		d->step.reason = dro_arena_strdup(arena, d->step.reason);
		if (d->step.reason == NULL)
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}

static enum dro_code
take_waiting(struct dro_diary *diary, const struct dro_exam *exam,
    int64_t since, struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	const char *code = d->code != NULL ? d->code : dro_step_name(d->step);
	struct dro_waiting *more, *w;

	more =
	    reallocarray(diary->waiting, diary->n_waiting + 1, sizeof(*more));
	if (more == NULL)
		return (dro_err_nomem(err));
	diary->waiting = more;
	w = &diary->waiting[diary->n_waiting++];
	*w = (struct dro_waiting){.dom = exam->dom,
	    .attention = dro_view_attention(exam),
	    .since = since,
	    .code = dro_arena_strdup(arena, code)};
	if (d->reason != NULL)
		w->text = dro_arena_strdup(arena, d->reason);
	if (w->code == NULL || (d->reason != NULL && w->text == NULL))
		return (dro_err_nomem(err));
	return (DRO_OK);
}

static bool
is_question(const struct dro_exam *exam)
{
	return (exam->decision.action == DRO_ACT_NONE &&
	    dro_view_attention(exam) != DRO_ATT_NONE);
}

/* What it would do is a question to the person who has it on trial. */
static enum dro_code
take_trial(struct dro_diary *diary, const struct dro_exam *exam,
    const struct dro_agenda *agenda, struct dro_arena *arena,
    struct dro_err *err)
{
	const struct dro_walk_step *first = &agenda->steps[0];
	char at[DRO_DATE_LEN];
	struct dro_exam asked = *exam;
	enum dro_code code;

	asked.decision.code = "trial";
	asked.decision.reason = dro_arena_printf(arena,
	    "on trial: would go to %s on %.10s, and through %zu changes in all",
	    first->to, dro_date_format(first->at, at), agenda->n);
	if (asked.decision.reason == NULL)
		return (dro_err_nomem(err));
	code = take_waiting(diary, &asked, diary->as_of, arena, err);
	if (code == DRO_OK)
		diary->waiting[diary->n_waiting - 1].attention =
		    DRO_ATT_QUESTION;
	return (code);
}

enum dro_code
dro_diary_take(struct dro_diary *diary, const struct dro_exam *exam,
    const struct dro_agenda *agenda, struct dro_arena *arena,
    struct dro_err *err)
{
	struct dro_exam end = *exam;
	enum dro_code code;

	diary->unknown += dro_exam_unseen(exam);
	end.decision = agenda->last;
	if (exam->dom->settings->trial && agenda->n > 0)
		return (take_trial(diary, exam, agenda, arena, err));
	code = take_dates(diary, exam->dom, agenda, arena, err);
	if (code != DRO_OK)
		return (code);
	/* What waits today may look otherwise later; it is asked today. */
	if (is_question(exam))
		return (take_waiting(diary, exam, diary->as_of, arena, err));
	if (is_question(&end))
		return (take_waiting(diary, &end, agenda->since, arena, err));
	diary->quiet += agenda->n == 0;
	return (DRO_OK);
}

static int
compare_dates(const void *va, const void *vb)
{
	const struct dro_date *a = va, *b = vb;

	/* Both lie in arrays in the order of the configuration. */
	if (a->dom->client != b->dom->client)
		return (a->dom->client < b->dom->client ? -1 : 1);
	if (a->step.at != b->step.at)
		return (a->step.at < b->step.at ? -1 : 1);
	return ((a->dom > b->dom) - (a->dom < b->dom));
}

void
dro_diary_sort(struct dro_diary *diary)
{
	if (diary->n_dates > 0)
		qsort(diary->dates, diary->n_dates, sizeof(*diary->dates),
		    compare_dates);
}

static json_t *
date_json(const struct dro_date *d)
{
	return (json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:o}", "at",
	    dro_json_time(d->step.at), "client", d->dom->client->id, "domain",
	    d->dom->domain, "op", d->step.op, "from",
	    dro_json_text(d->step.from), "to", d->step.to, "reason",
	    dro_json_text(d->step.reason)));
}

static json_t *
waiting_json(const struct dro_waiting *w)
{
	struct dro_buf answer;
	json_t *o;

	dro_buf_init(&answer, DRO_ERR_MSG);
	add_answer(&answer, w);
	o = json_pack("{s:s, s:s, s:o, s:s, s:o, s:o}", "client",
	    w->dom->client->id, "domain", w->dom->domain, "since",
	    dro_json_time(w->since), "code", w->code, "text",
	    dro_json_text(w->text), "answer", dro_json_text(answer.ptr));
	dro_buf_finish(&answer);
	return (o);
}

json_t *
dro_diary_json(const struct dro_diary *diary)
{
	json_t *dates = json_array(), *waiting = json_array();
	size_t i;

	for (i = 0; i < diary->n_dates; i++)
		(void)json_array_append_new(dates, date_json(&diary->dates[i]));
	for (i = 0; i < diary->n_waiting; i++)
		(void)json_array_append_new(
		    waiting, waiting_json(&diary->waiting[i]));
	if (json_array_size(dates) != diary->n_dates ||
	    json_array_size(waiting) != diary->n_waiting) {
		json_decref(dates);
		json_decref(waiting);
		return (NULL);
	}
	return (json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:I}", "schema",
	    "rollout.agenda/1", "as_of", dro_json_time(diary->as_of), "until",
	    dro_json_time(diary->until), "assumes", assumes, "changes", dates,
	    "questions", waiting, "quiet", (json_int_t)diary->quiet));
}

static const char *
day_of(int64_t at, char out[DRO_DATE_LEN])
{
	(void)dro_date_format(at, out);
	out[DAY_LEN] = '\0';
	return (out);
}

static const char *
from_of(const struct dro_date *d)
{
	return (d->step.from != NULL ? d->step.from : "no record");
}

static void
add_head(const struct dro_diary *diary, struct dro_buf *out)
{
	char at[DRO_DATE_LEN], until[DRO_DATE_LEN];

	dro_buf_addf(out,
	    "%s to %s: %zu to change, %zu for a person, %zu at rest.",
	    dro_date_format(diary->as_of, at), day_of(diary->until, until),
	    diary->n_dates, diary->n_waiting, diary->quiet);
}

static void
add_waiting(struct dro_buf *out, const struct dro_waiting *w)
{
	char day[DRO_DATE_LEN];

	dro_buf_addf(out, "  %s %s  %s since %s\n", dro_view_mark(w->attention),
	    w->dom->domain, w->code, day_of(w->since, day));
	if (w->text != NULL) {
		dro_buf_adds(out, "      ");
		dro_out_text(out, w->text, strlen(w->text));
		dro_buf_addc(out, '\n');
	}
	dro_buf_adds(out, "      answer: ");
	add_answer(out, w);
	dro_buf_addc(out, '\n');
}

/* Every client that has anything, in the order of the configuration. */
struct by_client {
	const struct dro_client *client;
	size_t date, end_date, waiting, end_waiting;
};

/* The next client after ${b}; false at the end.  Begin with zeroes. */
static bool
next_client(const struct dro_diary *diary, struct by_client *b)
{
	const struct dro_client *client = NULL, *other;

	b->date = b->end_date;
	b->waiting = b->end_waiting;
	if (b->date < diary->n_dates)
		client = diary->dates[b->date].dom->client;
	if (b->waiting < diary->n_waiting) {
		other = diary->waiting[b->waiting].dom->client;
		client = client == NULL || other < client ? other : client;
	}
	if ((b->client = client) == NULL)
		return (false);
	while (b->end_date < diary->n_dates &&
	    diary->dates[b->end_date].dom->client == client)
		b->end_date++;
	while (b->end_waiting < diary->n_waiting &&
	    diary->waiting[b->end_waiting].dom->client == client)
		b->end_waiting++;
	return (true);
}

void
dro_diary_text(const struct dro_diary *diary, struct dro_buf *out)
{
	struct by_client b = {0};
	char day[DRO_DATE_LEN];
	size_t i;

	dro_buf_adds(out, "Agenda ");
	add_head(diary, out);
	dro_buf_addf(out, "\nIt assumes that %s.\n\n", assumes);
	while (next_client(diary, &b)) {
		dro_out_text(out, b.client->name, strlen(b.client->name));
		dro_buf_addc(out, '\n');
		for (i = b.date; i < b.end_date; i++) {
			const struct dro_date *d = &diary->dates[i];

			dro_buf_addf(out, "  %s  %s  %s -> %s (%s)\n",
			    day_of(d->step.at, day), d->dom->domain, from_of(d),
			    d->step.to, d->step.op);
		}
		for (i = b.waiting; i < b.end_waiting; i++)
			add_waiting(out, &diary->waiting[i]);
		dro_buf_addc(out, '\n');
	}
	dro_buf_adds(out, "Nothing was changed. Next: rollout plan\n");
}

static void
question_markdown(struct dro_buf *out, const struct dro_waiting *w)
{
	struct dro_buf answer;
	char day[DRO_DATE_LEN];

	dro_buf_init(&answer, DRO_ERR_MSG);
	add_answer(&answer, w);
	out->failed = out->failed || answer.failed;
	dro_buf_adds(out, "- ");
	dro_md_span(out, w->dom->domain);
	dro_buf_adds(out, ": ");
	dro_md_span(out, w->code);
	dro_buf_addf(out, " since %s", day_of(w->since, day));
	if (w->text != NULL) {
		dro_buf_adds(out, ": ");
		dro_md_text(out, w->text, strlen(w->text));
	}
	dro_buf_adds(out, "\n  Answer: ");
	dro_md_code(out, answer.ptr, answer.len);
	dro_buf_addc(out, '\n');
	dro_buf_finish(&answer);
}

void
dro_diary_markdown(const struct dro_diary *diary, struct dro_buf *out)
{
	struct by_client b = {0};
	char day[DRO_DATE_LEN];
	size_t i;

	dro_buf_adds(out, "## DMARC agenda\n\n");
	add_head(diary, out);
	dro_buf_addf(out, "\n\nIt assumes that %s.\n", assumes);
	while (next_client(diary, &b)) {
		dro_buf_adds(out, "\n### ");
		dro_md_span(out, b.client->name);
		dro_buf_addc(out, '\n');
		if (b.date < b.end_date)
			dro_buf_adds(out,
			    "\n| Day | Domain | From | To |\n"
			    "|---|---|---|---|\n");
		for (i = b.date; i < b.end_date; i++) {
			const struct dro_date *d = &diary->dates[i];

			dro_buf_addf(out, "| %s ", day_of(d->step.at, day));
			dro_md_column(out, d->dom->domain);
			dro_md_column(out, from_of(d));
			dro_md_column(out, d->step.to);
			dro_buf_adds(out, "|\n");
		}
		if (b.waiting < b.end_waiting)
			dro_buf_addc(out, '\n');
		for (i = b.waiting; i < b.end_waiting; i++)
			question_markdown(out, &diary->waiting[i]);
	}
}
