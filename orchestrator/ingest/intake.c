#include <stdlib.h>
#include <string.h>

#include "ingest/intake.h"
#include "ingest/mail.h"
#include "originals.h"

/* A path with a member; both have limits of their own. */
#define PLACE_MAX ((size_t)32 << 10)
/* The buffer of a larger one is given back. */
#define ATTACHED_KEEP ((size_t)1 << 20)

void
dro_intake_init(struct dro_intake *in, const struct dro_ingest_job *job,
    struct dro_arena *arena, struct dro_ingest_result *out)
{
	memset(in, 0, sizeof(*in));
	memset(out, 0, sizeof(*out));
	in->job = job;
	in->arena = arena;
	in->out = out;
	in->vouch.job = job;
	dro_buf_init(&in->place, PLACE_MAX);
	dro_buf_init(&in->attached, DRO_MAIL_MAX);
}

void
dro_intake_finish(struct dro_intake *in)
{
	in->out->refusals = in->refusals.items;
	in->out->n_refusals = in->refusals.n;
	in->out->warnings = in->warnings.items;
	dro_buf_finish(&in->place);
	dro_buf_finish(&in->attached);
}

static void
nomem(struct dro_intake *in)
{
	if (in->code == DRO_OK)
		in->code = dro_err_nomem(&in->err);
}

/* Copy of ${s} for the result; NULL stays NULL. */
static const char *
copy(struct dro_intake *in, const char *s)
{
	const char *c;

	if (s == NULL)
		return (NULL);
	if ((c = dro_arena_strdup(in->arena, s)) == NULL)
		nomem(in);
	return (c);
}

static void
note(struct dro_intake *in, struct dro_refusals *list, const char *member,
    const char *code, const char *detail)
{
	struct dro_refusal *items;
	size_t cap;

	if (list->n == list->cap) {
		cap = list->cap == 0 ? 16 : list->cap * 2;
		items = dro_arena_alloc(in->arena, cap, sizeof(*items));
		if (items == NULL) {
			nomem(in);
			return;
		}
		if (list->n > 0)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = (struct dro_refusal){
	    copy(in, in->path), copy(in, member), code, copy(in, detail)};
}

static void
note_warning(struct dro_intake *in, const char *member, const char *code,
    const char *text)
{
	in->out->n_warnings++;
	if (in->job->list_warnings)
		note(in, &in->warnings, member, code, text);
}

static void
on_sender(void *arg, const struct dro_sender *sender)
{
	struct dro_intake *in = arg;

	dro_vouch_sender(&in->vouch, sender);
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	struct dro_intake *in = arg;

	/* To be judged another day it takes all of the mail. */
	if (in->vouch.again) {
		in->original = in->input->ptr;
		in->original_len = in->input->len;
		return;
	}
	in->archived = false;
	in->original = ptr;
	in->original_len = len;
	/* The input stays; an attachment is gone after this call. */
	if (ptr == in->input->ptr)
		return;
	if (in->attached.cap > ATTACHED_KEEP) {
		dro_buf_finish(&in->attached);
		dro_buf_init(&in->attached, DRO_MAIL_MAX);
	}
	dro_buf_reset(&in->attached);
	dro_buf_add(&in->attached, ptr, len);
	in->original = in->attached.ptr;
	if (in->attached.failed)
		nomem(in);
}

/* Something else than a report, not a report that is wrong. */
static bool
is_other(enum dro_refuse why)
{
	return (why == DRO_REFUSE_EMPTY || why == DRO_REFUSE_NOT_A_REPORT ||
	    why == DRO_REFUSE_MAIL_NO_REPORT ||
	    why == DRO_REFUSE_ZIP_NO_REPORT || why == DRO_REFUSE_XML_ROOT);
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct dro_intake *in = arg;

	note(in, &in->refusals, member, dro_refuse_name(why->why), why->detail);
	in->out->refused++;
	in->again = true;
	if (!is_other(why->why))
		in->wrong = true;
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	note_warning(arg, member, dro_warn_name(warn), dro_warn_text(warn));
}

static void
note_warnings(struct dro_intake *in, const char *member, dro_warns warns)
{
	int w;

	for (w = 0; w < DRO_WARN_N; w++)
		if ((warns & DRO_WARN_BIT(w)) != 0)
			on_warn(in, member, (enum dro_warn)w);
}

/* "path!member", where a person finds the report again. */
static const char *
place(struct dro_intake *in, const char *member)
{
	dro_buf_reset(&in->place);
	dro_buf_adds(&in->place, in->path);
	if (member != NULL) {
		dro_buf_addc(&in->place, '!');
		dro_buf_adds(&in->place, member);
	}
	in->code = dro_buf_check(&in->place, "report path", &in->err);
	return (in->place.ptr);
}

/* Count what the store made of a report. */
static void
count(struct dro_intake *in, const char *member,
    const struct dro_report *report, dro_warns warns, enum dro_stored stored)
{
	struct dro_ingest_result *out = in->out;

	in->kept++;
	switch (stored) {
	case DRO_STORED_NEW:
		out->added++;
		out->rows += report->rows;
		out->messages += report->messages;
		note_warnings(in, member, warns);
		break;
	case DRO_STORED_DUPLICATE:
		out->duplicate++;
		break;
	case DRO_STORED_CONFLICT:
		out->conflict++;
		in->again = true;
		note_warning(in, member, "conflict",
		    "the same report came before with other content; "
		    "neither counts");
		break;
	}
	/* Once its range is over it counts, if it comes again. */
	if ((warns & DRO_WARN_BIT(DRO_WARN_RANGE_FUTURE)) != 0)
		in->again = true;
}

/* Keep what the reports came in, under its hash. */
static enum dro_code
put_original(struct dro_intake *in)
{
	const struct dro_ingest_job *job = in->job;

	if (in->original != in->input->ptr)
		return (dro_archive_put(job->store, in->original,
		    in->original_len, in->hash, job->now, &in->err));
	memcpy(in->hash, in->input_hash, sizeof(in->hash));
	return (dro_archive_keep(job->store, in->original, in->original_len,
	    in->hash, job->now, &in->err));
}

/* Once, and only of domains that are ours. */
static void
archive(struct dro_intake *in, struct dro_report *report)
{
	if (in->job->config->retention.archive_days == 0)
		return; /* none are kept */
	if (in->original_len > DRO_MAIL_MAX)
		return; /* somebody's unpacked file */
	if (in->code == DRO_OK && !in->archived)
		in->code = put_original(in);
	if (in->code == DRO_OK && !in->archived && in->vouch.again)
		in->code = dro_owed_note(
		    in->job->store, in->hash, in->job->now, &in->err);
	in->archived = true;
	report->has_original = true;
	memcpy(report->original, in->hash, sizeof(report->original));
}

/* What a stranger sends beyond measure is left where it is, and said once. */
static bool
is_over(struct dro_intake *in, enum dro_trust trust)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};
	bool over = in->over;

	if (!over)
		in->code = dro_vouch_quota(
		    &in->vouch, trust, in->input->len, &over, &in->err);
	if (in->code != DRO_OK || !over || in->over)
		return (over || in->code != DRO_OK);
	in->over = true;
	dro_refused_set(&why, DRO_REFUSE_SENDER_LIMIT,
	    "more than %d mails or %d MiB from this sender today",
	    DRO_SENDER_MAILS, (int)(DRO_SENDER_OCTETS >> 20));
	dro_intake_failed(in, &why);
	return (true);
}

static void
on_report(void *arg, const char *member, const struct dro_report *found,
    dro_warns warns)
{
	const char *names[DRO_WARN_N];
	struct dro_intake *in = arg;
	const struct dro_ingest_job *job = in->job;
	const struct dro_domain *owner;
	struct dro_report report = *found;
	enum dro_stored stored;

	if (in->code != DRO_OK)
		return;
	owner = dro_config_owner(job->config, report.domain);
	if (owner == NULL) {
		in->out->foreign++;
		in->foreign++;
		in->again = true;
		return;
	}
	report.watched = owner->domain;
	report.shadow = strcmp(report.domain, owner->domain) != 0;
	report.source_name = job->source;
	report.source_path = place(in, member);
	if (in->code == DRO_OK)
		in->code =
		    dro_vouch_report(&in->vouch, &report, &warns, &in->err);
	if (in->code == DRO_OK && is_over(in, report.trust))
		return;
	report.warnings = names;
	report.n_warnings = dro_warn_names(warns, names);
	archive(in, &report);
	if (in->code == DRO_OK)
		in->code = dro_reports_add(
		    job->store, &report, job->now, &stored, &in->err);
	if (in->code == DRO_OK && stored == DRO_STORED_NEW)
		in->code = dro_vouch_stored(
		    &in->vouch, report.trust, in->input->len, &in->err);
	if (in->code == DRO_OK)
		count(in, member, &report, warns, stored);
}

void
dro_intake_begin(struct dro_intake *in, const struct dro_input *input,
    const unsigned char hash[DRO_HASH_LEN])
{
	in->input = input;
	in->input_hash = hash;
	in->path = input->path;
	in->kept = in->foreign = 0;
	in->again = in->failed = in->over = in->archived = false;
	in->wrong = false;
	in->original = NULL;
	in->original_len = 0;
	dro_vouch_begin(&in->vouch);
	in->out->files++;
}

void
dro_intake_known(struct dro_intake *in, int64_t reports)
{
	in->kept += reports;
	in->out->duplicate += reports;
	in->again = true; /* noted already */
}

void
dro_intake_failed(struct dro_intake *in, const struct dro_refused *why)
{
	in->failed = true;
	on_refuse(in, NULL, why);
}

struct dro_reading_sink
dro_intake_sink(struct dro_intake *in)
{
	return ((struct dro_reading_sink){
	    in, on_sender, on_original, on_report, on_refuse, on_warn});
}

enum dro_settled
dro_intake_end(struct dro_intake *in)
{
	const struct dro_ingest_job *job = in->job;

	/* A key that DNS did not give today may be there tomorrow. */
	if (in->code == DRO_OK && in->kept > 0 && !in->again &&
	    dro_vouch_proved(&in->vouch))
		in->code = dro_input_note(job->store, in->input_hash,
		    job->trust, in->kept, job->now, &in->err);
	if (in->failed || in->vouch.again)
		return (DRO_SETTLED_FAILED);
	if (in->kept > 0)
		return (DRO_SETTLED_STORED);
	return (in->wrong && in->foreign == 0 ? DRO_SETTLED_REFUSED
					      : DRO_SETTLED_FOREIGN);
}

void
dro_intake_refuse(
    struct dro_intake *in, const char *path, const struct dro_refused *why)
{
	in->path = path;
	/* It was opened, and then found too large. */
	if (why->why == DRO_REFUSE_INPUT_SIZE)
		in->out->files++;
	on_refuse(in, NULL, why);
}
