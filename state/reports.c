#include <stdio.h>
#include <string.h>
#include <time.h>

#include "internal.h"
#include "reports.h"

#define BATCH_REPORTS 256
#define BATCH_MS 500

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static bool
count_ok(int64_t n)
{
	return (n >= 0 && n <= DRO_COUNT_MAX);
}

static bool
line_ok(const struct dro_line *line)
{
	const struct dro_stream *s = &line->stream;

	return (s->dkim != NULL && s->selector != NULL &&
	    s->dkim_other != NULL && s->mail_from != NULL && s->claim != NULL &&
	    s->claim_selector != NULL && s->ip != NULL &&
	    strlen(s->ip) <= DRO_IP_MAX && count_ok(line->pass) &&
	    count_ok(line->fail) && count_ok(line->unknown));
}

/*
 * Sums over a domain's reports must not overflow, whatever was claimed; and
 * whatever the database would not take is seen before anything is written.
 */
static bool
is_sound(const struct dro_report *r)
{
	size_t i;

	if (!count_ok(r->rows) || !count_ok(r->messages) ||
	    !count_ok(r->dmarc_pass) || !count_ok(r->dkim_aligned) ||
	    !count_ok(r->spf_aligned) || !count_ok(r->unknown))
		return (false);
	for (i = 0; i < DRO_DISP_N; i++)
		if (!count_ok(r->disposition[i]))
			return (false);
	for (i = 0; i < r->n_lines; i++)
		if (!line_ok(&r->lines[i]))
			return (false);
	return (true);
}

/* What is stored under the key of a report. */
struct found {
	int64_t id; /* 0: nothing */
	bool same; /* the content, too */
	bool conflict; /* it met other content before */
	bool early; /* its range was not over when it was read */
	enum dro_trust trust;
};

static void
take_found(const struct dro_sql *q, struct found *out)
{
	out->id = dro_sql_get_int(q, 0);
	out->same = dro_sql_get_int(q, 1) == 1;
	out->conflict = dro_sql_get_int(q, 2) == 1;
	out->early = dro_sql_get_int(q, 3) == 1;
	out->trust = (enum dro_trust)dro_sql_get_int(q, 4);
}

/*
 * Of authenticated (1) and unauthenticated (0) copies there is one each: a
 * forged report must be able to contradict forged ones only.
 */
static enum dro_code
find(struct dro_store *store, const struct dro_report *r, int64_t reporter,
    struct found out[2], struct dro_err *err)
{
	enum dro_code code;
	struct found one;
	struct dro_sql q;
	bool row;

	out[0] = out[1] = (struct found){.id = 0};
	dro_sql_open(&q, store,
	    "SELECT id, content = ?, uncounted IS 'conflict',"
	    " uncounted IS 'range-future', trust FROM report"
	    " WHERE reporter = ? AND report_id = ? AND domain = ?"
	    " AND begin_at = ? AND end_at = ?");
	dro_sql_blob(&q, r->content, sizeof(r->content));
	dro_sql_int(&q, reporter);
	dro_sql_text(&q, r->report_id);
	dro_sql_text(&q, r->domain);
	dro_sql_int(&q, r->begin);
	dro_sql_int(&q, r->end);
	while ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		take_found(&q, &one);
		out[one.trust > DRO_TRUST_UNAUTHENTICATED] = one;
	}
	dro_sql_close(&q);
	return (code);
}

/*
 * The same content under another name: a file has the name that its report
 * gives itself, a mail the one that it proved.  One of the two must be a file
 * that the operator vouches for, so that no stranger's mail can take the
 * place of another's.
 */
static enum dro_code
find_elsewhere(struct dro_store *store, const struct dro_report *r,
    struct found *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	*out = (struct found){.id = 0};
	dro_sql_open(&q, store,
	    "SELECT id, 1, uncounted IS 'conflict',"
	    " uncounted IS 'range-future', trust FROM report"
	    " WHERE domain = ? AND begin_at = ? AND end_at = ?"
	    " AND report_id = ? AND content = ? AND trust > 0 AND"
	    " EXISTS (SELECT 1 FROM origin WHERE report = id AND auth <> 0)"
	    " = ? LIMIT 1");
	dro_sql_text(&q, r->domain);
	dro_sql_int(&q, r->begin);
	dro_sql_int(&q, r->end);
	dro_sql_text(&q, r->report_id);
	dro_sql_blob(&q, r->content, sizeof(r->content));
	dro_sql_int(&q, r->auth == DRO_AUTH_NONE);
	if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row)
		take_found(&q, out);
	dro_sql_close(&q);
	return (code);
}

/* The same report again, from a source that proves more. */
static enum dro_code
raise_trust(struct dro_store *store, const struct found *f,
    const struct dro_report *r, int64_t reporter, int64_t now,
    struct dro_err *err)
{
	int64_t watched;
	enum dro_code code;
	struct dro_sql q;

	if (r->trust <= f->trust)
		return (DRO_OK);
	/* The source that proves more is the one to say where it is from. */
	dro_sql_open(&q, store,
	    "UPDATE report SET trust = ?, source_name = ?, source_path = ?"
	    " WHERE id = ?");
	dro_sql_int(&q, r->trust);
	dro_sql_text(&q, r->source_name);
	dro_sql_text(&q, r->source_path);
	dro_sql_int(&q, f->id);
	if ((code = dro_sql_run(&q, err)) != DRO_OK ||
	    (code = dro_origin_write(store, f->id, r, err)) != DRO_OK ||
	    f->trust > DRO_TRUST_UNAUTHENTICATED || !r->counts ||
	    !dro_authenticated(r))
		return (code);
	/* Until now there was only a copy that anybody could have sent. */
	code = dro_domain_id(store, r->watched, &watched, err);
	return (code == DRO_OK
		? dro_reporter_met(store, reporter, watched, now, err)
		: code);
}

/* A report that was read before its range was over; now it counts. */
static enum dro_code
take_again(struct dro_store *store, const struct found *f,
    const struct dro_report *r, int64_t reporter, int64_t now,
    struct dro_err *err)
{
	struct dro_report again = *r;
	enum dro_code code;
	struct dro_sql q;

	if (again.trust < f->trust)
		again.trust = f->trust;
	dro_sql_open(&q, store, "DELETE FROM report WHERE id = ?");
	dro_sql_int(&q, f->id);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	return (dro_report_insert(store, &again, reporter, now, err));
}

enum dro_code
dro_report_dispute(struct dro_store *store, int64_t id, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "UPDATE report SET uncounted = 'conflict', cells = NULL,"
	    " exact = 0, warnings = warnings || 'conflict' || char(10)"
	    " WHERE id = ? AND uncounted IS NOT 'conflict'");
	dro_sql_int(&q, id);
	return (dro_sql_run(&q, err));
}

/* The stored report that ${r} is a copy of, contradicts, or stands alone. */
static enum dro_code
match(struct dro_store *store, const struct dro_report *r, int64_t reporter,
    struct found *out, struct dro_err *err)
{
	bool authenticated = r->trust > DRO_TRUST_UNAUTHENTICATED;
	struct found found[2];
	enum dro_code code;

	if ((code = find(store, r, reporter, found, err)) != DRO_OK)
		return (code);
	*out = found[authenticated];
	if (out->id != 0)
		return (DRO_OK);
	*out = found[!authenticated];
	/* What contradicted a forged report proves nothing here. */
	if (!out->same || (authenticated && out->conflict))
		out->id = 0;
	if (out->id == 0 && authenticated)
		return (find_elsewhere(store, r, out, err));
	return (DRO_OK);
}

enum dro_code
dro_report_store(struct dro_store *store, const struct dro_report *r,
    int64_t now, enum dro_stored *out, struct dro_err *err)
{
	enum dro_code code;
	struct found f;
	int64_t reporter;

	if ((code = dro_reporter_id(store, r->reporter, &reporter, err)) !=
		DRO_OK ||
	    (code = match(store, r, reporter, &f, err)) != DRO_OK)
		return (code);
	*out = f.id == 0 ? DRO_STORED_NEW
	    : f.same	 ? DRO_STORED_DUPLICATE
			 : DRO_STORED_CONFLICT;
	switch (*out) {
	case DRO_STORED_CONFLICT:
		return (dro_report_dispute(store, f.id, err));
	case DRO_STORED_DUPLICATE:
		if (f.early && r->counts)
			return (take_again(store, &f, r, reporter, now, err));
		return (raise_trust(store, &f, r, reporter, now, err));
	case DRO_STORED_NEW:
		break;
	}
	return (dro_report_insert(store, r, reporter, now, err));
}

/* Remember that reports which were accepted could not be kept. */
static enum dro_code
lose_batch(struct dro_store *store, enum dro_code code, struct dro_err *err)
{
	store->in_batch = false;
	(void)dro_err_set(&store->lost, code, "%s: reports were not stored: %s",
	    store->path,
	    err != NULL ? err->msg : "the first failure has the reason");
	return (code);
}

enum dro_code
dro_batch_begin(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;

	if (store->lost.code != DRO_OK)
		return (
		    dro_err_set(err, store->lost.code, "%s", store->lost.msg));
	if (store->in_batch)
		return (DRO_OK);
	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	store->in_batch = true;
	store->batch = 0;
	store->batch_since_ms = monotonic_ms();
	return (DRO_OK);
}

enum dro_code
dro_reports_add(struct dro_store *store, const struct dro_report *report,
    int64_t now, enum dro_stored *out, struct dro_err *err)
{
	enum dro_code code;

	if (!is_sound(report))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: report %.80s: a count is negative or above %lld, or a "
		    "name is missing",
		    report->domain, report->report_id,
		    (long long)DRO_COUNT_MAX));
	/* Only now: what is noted about the last one is part of its commit. */
	if (store->in_batch && store->batch >= BATCH_REPORTS &&
	    (code = dro_reports_flush(store, err)) != DRO_OK)
		return (code);
	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	/* No part of a report may stay; what fails here fails for all. */
	if ((code = dro_report_store(store, report, now, out, err)) != DRO_OK) {
		code = dro_tx_end(store, code, err);
		return (lose_batch(store, code, err));
	}
	store->batch++;
	if (monotonic_ms() - store->batch_since_ms >= BATCH_MS)
		return (dro_reports_flush(store, err));
	return (DRO_OK);
}

enum dro_code
dro_reports_flush(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;

	if (store->lost.code != DRO_OK)
		return (
		    dro_err_set(err, store->lost.code, "%s", store->lost.msg));
	/* What reports refer to is durable before they are. */
	code = dro_archive_flush(store, err);
	if (store->in_batch) {
		store->in_batch = false;
		code = dro_tx_end(store, code, err);
	}
	return (code == DRO_OK ? DRO_OK : lose_batch(store, code, err));
}
