#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "ingest/mail.h"
#include "ingest/reread_list.h"
#include "ingest/vouch.h"

/* A stored report, and whether a reading has found it. */
struct row {
	struct dro_stored_report stored;
	bool wanted, met;
};

/* One run; the members behind the line are about the original in hand. */
struct run {
	const struct dro_reread_job *job;
	struct dro_reread_result *out;
	struct dro_reread_list list; /* those of ${out} */
	struct dro_vouch vouch;
	struct dro_ingest_job source; /* as whose input it is read */
	struct dro_buf octets;
	enum dro_code code; /* not DRO_OK: the run must stop */
	struct dro_err err;
	/* ---- */
	struct dro_arena *scratch;
	unsigned char hash[DRO_HASH_LEN];
	size_t n;
	struct row *rows;
	size_t seen; /* reports found by this reading */
	size_t n_odd;
	size_t *odd; /* those that are like no row, by their order */
	bool second; /* the odd ones are given to the rows that are left */
	bool judged; /* it is a mail whose sender can be told now */
	const char *refused; /* the first code, or NULL */
};

/* ${code} for one report that is wanted, and was not found. */
static void
note_loss(struct run *run, const struct row *row, const char *code)
{
	if (run->code == DRO_OK)
		run->code = dro_reread_list_loss(
		    &run->list, run->hash, &row->stored, code, &run->err);
}

/* ---- one report */

/* The row that a report found is, by its key. */
static struct row *
find(struct run *run, const struct dro_report *found)
{
	const struct dro_report *r;
	size_t i;

	for (i = 0; i < run->n; i++) {
		r = &run->rows[i].stored.report;
		if (!run->rows[i].met && r->begin == found->begin &&
		    r->end == found->end &&
		    strcmp(r->report_id, found->report_id) == 0 &&
		    strcmp(r->domain, found->domain) == 0)
			return (&run->rows[i]);
	}
	return (NULL);
}

/* The rows that are left go to the odd reports, in their order. */
static struct row *
find_left(struct run *run, size_t place)
{
	size_t i, nth;

	for (nth = 0; nth < run->n_odd && run->odd[nth] != place; nth++)
		;
	if (nth == run->n_odd)
		return (NULL);
	for (i = 0; i < run->n; i++)
		if (!run->rows[i].met)
			return (&run->rows[i]);
	return (NULL);
}

/* Whom the report is from: as its mail proved then, or proves now. */
static void
recall(struct run *run, const struct dro_report *stored)
{
	struct dro_vouch *v = &run->vouch;
	const char *at;

	if (run->judged && stored->auth != DRO_AUTH_DKIM_ALIGNED &&
	    stored->auth != DRO_AUTH_AR_TRUSTED)
		return;
	v->auth = stored->auth;
	v->identity[0] = v->from[0] = '\0';
	if (dro_vouch_authenticated(v)) {
		at = strrchr(stored->reporter, '@');
		(void)snprintf(
		    v->identity, sizeof(v->identity), "%s", stored->reporter);
		(void)snprintf(v->from, sizeof(v->from), "%s",
		    at != NULL ? at + 1 : stored->reporter);
	}
	(void)snprintf(v->signer, sizeof(v->signer), "%s",
	    stored->signer != NULL ? stored->signer : "");
	(void)snprintf(v->selector, sizeof(v->selector), "%s",
	    stored->selector != NULL ? stored->selector : "");
	(void)snprintf(v->note, sizeof(v->note), "%s",
	    stored->auth_note != NULL ? stored->auth_note : "");
}

/* What the source says of it now; of one that is gone, what it said then. */
static void
take_source(struct run *run, const struct dro_report *stored)
{
	const struct dro_config *config = run->job->config;
	size_t i;

	run->source = (struct dro_ingest_job){.config = config,
	    .store = run->job->store,
	    .source = stored->source_name,
	    .now = run->job->now};
	if (stored->auth == DRO_AUTH_NONE ||
	    stored->auth == DRO_AUTH_UNAUTHENTICATED ||
	    stored->auth == DRO_AUTH_UNVERIFIABLE)
		run->source.trust = stored->trust;
	for (i = 0; i < config->n_reports; i++)
		if (stored->source_name != NULL &&
		    strcmp(config->reports[i].name, stored->source_name) == 0) {
			run->source.trust = config->reports[i].trust;
			run->source.n_authserv_ids =
			    config->reports[i].n_authserv_ids;
			run->source.authserv_ids =
			    config->reports[i].authserv_ids;
		}
}

static bool
has_warning(const struct dro_report *r, enum dro_warn warn)
{
	size_t i;

	for (i = 0; i < r->n_warnings; i++)
		if (strcmp(r->warnings[i], dro_warn_name(warn)) == 0)
			return (true);
	return (false);
}

/* Compare, and put right what differs. */
static void
judge(struct run *run, struct row *row, const struct dro_report *found,
    dro_warns warns)
{
	const struct dro_report *stored = &row->stored.report;
	const struct dro_domain *owner =
	    dro_config_owner(run->job->config, found->domain);
	struct dro_difference *differences;
	struct dro_report report = *found;
	const char *names[DRO_WARN_N];
	size_t n;

	if (owner == NULL) {
		run->out->left++;
		return;
	}
	take_source(run, stored);
	recall(run, stored);
	report.watched = owner->domain;
	report.shadow = strcmp(report.domain, owner->domain) != 0;
	report.source_name = stored->source_name;
	report.source_path = stored->source_path;
	report.has_original = true;
	memcpy(report.original, run->hash, sizeof(report.original));
	run->code = dro_vouch_report(&run->vouch, &report, &warns, &run->err);
	if (run->code != DRO_OK)
		return;
	/* Where its mail came to is not in the original. */
	if (has_warning(stored, DRO_WARN_RUA_OTHER)) {
		warns |= DRO_WARN_BIT(DRO_WARN_RUA_OTHER);
		report.trust = DRO_TRUST_UNAUTHENTICATED;
	}
	report.warnings = names;
	report.n_warnings = dro_warn_names(warns, names);
	run->code = dro_report_compare(run->job->store, &row->stored, &report,
	    run->scratch, &differences, &n, &run->err);
	if (run->code == DRO_OK && n == 0)
		run->out->same++;
	if (run->code != DRO_OK || n == 0)
		return;
	run->code = dro_reread_list_change(
	    &run->list, &row->stored, differences, n, &run->err);
	if (run->code == DRO_OK && !run->job->dry)
		run->code = dro_report_swap(
		    run->job->store, &row->stored, &report, &run->err);
}

/* ---- one original */

static void
on_sender(void *arg, const struct dro_sender *sender)
{
	struct run *run = arg;

	dro_vouch_sender(&run->vouch, sender);
	run->judged = !sender->again;
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	(void)arg;
	(void)ptr;
	(void)len;
}

static void
on_report(void *arg, const char *member DRO_UNUSED,
    const struct dro_report *found, dro_warns warns)
{
	struct run *run = arg;
	size_t place = run->seen++;
	struct row *row;

	if (run->code != DRO_OK)
		return;
	row = run->second ? find_left(run, place) : find(run, found);
	if (row == NULL) {
		if (!run->second && run->n_odd < run->n)
			run->odd[run->n_odd++] = place;
		return;
	}
	row->met = true;
	if (row->wanted)
		judge(run, row, found, warns);
}

static void
on_refuse(
    void *arg, const char *member DRO_UNUSED, const struct dro_refused *why)
{
	struct run *run = arg;

	if (run->refused == NULL)
		run->refused = dro_refuse_name(why->why);
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	(void)arg;
	(void)member;
	(void)warn;
}

static enum dro_code
read_once(
    struct run *run, const struct dro_reading_conf *conf, struct dro_err *err)
{
	const struct dro_input input = {.path = "",
	    .ptr = run->octets.len > 0 ? run->octets.ptr : "",
	    .len = run->octets.len};
	const struct dro_reading_sink sink = {
	    run, on_sender, on_original, on_report, on_refuse, on_warn};
	struct dro_refused failed = {DRO_REFUSE_NONE, ""};
	struct dro_workers *workers = run->job->workers;
	enum dro_code code;

	run->seen = 0;
	run->judged = false;
	dro_vouch_begin(&run->vouch);
	dro_workers_source(workers, conf);
	if ((code = dro_workers_give(workers, &input, err)) != DRO_OK ||
	    (code = dro_workers_take(workers, &sink, &failed, err)) != DRO_OK)
		return (code);
	if (failed.why != DRO_REFUSE_NONE)
		on_refuse(run, NULL, &failed);
	if (run->code != DRO_OK && err != NULL)
		*err = run->err;
	return (run->code);
}

static size_t
n_left(const struct run *run)
{
	size_t i, n = 0;

	for (i = 0; i < run->n; i++)
		n += !run->rows[i].met;
	return (n);
}

/* As on the day when its reports came, or today if one was not over then. */
static int64_t
day_of_reading(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->n; i++)
		if (has_warning(
			&run->rows[i].stored.report, DRO_WARN_RANGE_FUTURE))
			return (run->job->now);
	return (run->rows[0].stored.stored_at);
}

/* Read the original whose octets are there. */
static enum dro_code
read_original(struct run *run, struct dro_err *err)
{
	struct dro_reading_conf conf = {.now = day_of_reading(run)};
	enum dro_code code;
	size_t i;

	take_source(run, &run->rows[0].stored.report);
	conf.n_authserv_ids = run->source.n_authserv_ids;
	conf.authserv_ids = run->source.authserv_ids;
	run->out->originals++;
	run->second = false;
	if ((code = read_once(run, &conf, err)) != DRO_OK)
		return (code);
	if (run->n_odd > 0 && n_left(run) > 0) {
		run->second = true;
		if ((code = read_once(run, &conf, err)) != DRO_OK)
			return (code);
	}
	for (i = 0; i < run->n; i++)
		if (!run->rows[i].met && run->rows[i].wanted)
			note_loss(run, &run->rows[i],
			    run->refused != NULL ? run->refused : "gone");
	if (run->code == DRO_OK && run->judged && !run->job->dry)
		run->code =
		    dro_owed_done(run->job->store, run->hash, &run->err);
	if (run->code != DRO_OK && err != NULL)
		*err = run->err;
	return (run->code);
}

/* There is none, or another than there was. */
static void
lose(struct run *run, enum dro_original_state state)
{
	int days = run->job->config->retention.archive_days;
	struct row *row;

	for (row = run->rows; row < run->rows + run->n; row++) {
		if (!row->wanted)
			continue;
		if (state == DRO_ORIGINAL_DAMAGED)
			note_loss(run, row, "damaged");
		else if (days != DRO_FOREVER &&
		    run->job->now - row->stored.stored_at >= days * DRO_DAY_S)
			run->out->expired++;
		else
			note_loss(run, row, "missing");
	}
}

/* The reports of one original: ${refs}, all with the same hash. */
static enum dro_code
reread_one(struct run *run, const struct dro_original_ref *refs, size_t n,
    struct dro_err *err)
{
	enum dro_original_state state;
	enum dro_code code = DRO_OK;
	size_t i;

	memcpy(run->hash, refs[0].hash, sizeof(run->hash));
	run->n = run->n_odd = 0;
	run->refused = NULL;
	run->rows = dro_arena_alloc(run->scratch, n, sizeof(*run->rows));
	run->odd = dro_arena_alloc(run->scratch, n, sizeof(*run->odd));
	if (run->rows == NULL || run->odd == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n && code == DRO_OK; i++) {
		run->rows[run->n] = (struct row){.wanted = refs[i].wanted};
		code = dro_report_load(run->job->store, refs[i].report,
		    run->scratch, &run->rows[run->n].stored, err);
		/* Its place may have been taken meanwhile. */
		run->n += run->rows[run->n].stored.id != 0;
	}
	if (code != DRO_OK || run->n == 0)
		return (code);
	code = dro_archive_get(
	    run->job->store, run->hash, &run->octets, &state, err);
	if (code != DRO_OK)
		return (code);
	if (state == DRO_ORIGINAL_THERE)
		return (read_original(run, err));
	lose(run, state);
	if (run->code != DRO_OK && err != NULL)
		*err = run->err;
	return (run->code);
}

/* The next original from ${i} on; whether anything of it is wanted. */
static size_t
group(const struct dro_original_ref *refs, size_t i, size_t n, bool *wanted)
{
	size_t first = i;

	*wanted = false;
	for (;
	     i < n && memcmp(refs[i].hash, refs[first].hash, DRO_HASH_LEN) == 0;
	     i++)
		*wanted = *wanted || refs[i].wanted;
	return (i);
}

static enum dro_code
reread_all(struct run *run, const struct dro_original_ref *refs, size_t n,
    struct dro_err *err)
{
	const struct dro_reread_job *job = run->job;
	enum dro_code code = DRO_OK;
	size_t i, next;
	bool wanted;

	for (i = 0; i < n && code == DRO_OK; i = next) {
		if (job->stop != NULL && job->stop(job->arg)) {
			run->out->complete = false;
			break;
		}
		next = group(refs, i, n, &wanted);
		if (!wanted)
			continue;
		if ((run->scratch = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = reread_one(run, &refs[i], next - i, err);
		dro_arena_destroy(run->scratch);
		if (job->progress != NULL)
			job->progress(job->arg, next, n);
	}
	if (code == DRO_OK && !job->dry)
		code = dro_reports_flush(job->store, err);
	return (code);
}

enum dro_code
dro_reread(const struct dro_reread_job *job,
    const struct dro_original_ref *refs, size_t n, struct dro_arena *arena,
    struct dro_reread_result *out, struct dro_err *err)
{
	struct run run = {.job = job,
	    .out = out,
	    .list = {.store = job->store, .arena = arena, .out = out}};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	out->complete = true;
	run.vouch.job = &run.source;
	run.vouch.dry = job->dry;
	dro_buf_init(&run.octets, (size_t)64 << 20);
	code = reread_all(&run, refs, n, err);
	dro_buf_finish(&run.octets);
	return (code);
}
