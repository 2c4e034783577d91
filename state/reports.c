#include <stdio.h>
#include <time.h>

#include "internal.h"
#include "reports.h"

#define BATCH_REPORTS 64
#define BATCH_MS 500

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Sums over a domain's reports must not overflow, whatever was claimed. */
static bool
counts_ok(const struct dro_report *r)
{
	size_t i;

#define OK(n) ((n) >= 0 && (n) <= DRO_COUNT_MAX)
	if (!OK(r->rows) || !OK(r->messages) || !OK(r->dmarc_pass) ||
	    !OK(r->dkim_aligned) || !OK(r->spf_aligned) || !OK(r->unknown))
		return (false);
	for (i = 0; i < DRO_DISP_N; i++)
		if (!OK(r->disposition[i]))
			return (false);
	for (i = 0; i < r->n_lines; i++)
		if (!OK(r->lines[i].pass) || !OK(r->lines[i].fail) ||
		    !OK(r->lines[i].unknown))
			return (false);
#undef OK
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
 * Authenticated and unauthenticated copies are looked up apart: a forged
 * report must be able to contradict forged ones only.
 */
static enum dro_code
find(struct dro_store *store, const struct dro_report *r, int64_t reporter,
    bool authenticated, struct found *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	*out = (struct found){.id = 0};
	dro_sql_open(&q, store,
	    "SELECT id, content = ?, uncounted IS 'conflict',"
	    " uncounted IS 'range-future', trust FROM report"
	    " WHERE reporter = ? AND report_id = ? AND domain = ?"
	    " AND begin_at = ? AND end_at = ? AND (trust > 0) = ?");
	dro_sql_blob(&q, r->content, sizeof(r->content));
	dro_sql_int(&q, reporter);
	dro_sql_text(&q, r->report_id);
	dro_sql_text(&q, r->domain);
	dro_sql_int(&q, r->begin);
	dro_sql_int(&q, r->end);
	dro_sql_int(&q, authenticated);
	if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row)
		take_found(&q, out);
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
	dro_sql_open(&q, store, "UPDATE report SET trust = ? WHERE id = ?");
	dro_sql_int(&q, r->trust);
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

/* Take the report out of the evidence; doing so again changes nothing. */
static enum dro_code
stop_counting(struct dro_store *store, int64_t id, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "UPDATE report SET uncounted = 'conflict', cells = NULL,"
	    " exact = 0, warnings = warnings || 'conflict' || char(10)"
	    " WHERE id = ? AND uncounted IS NOT 'conflict'");
	dro_sql_int(&q, id);
	return (dro_sql_run(&q, err));
}

static enum dro_code
store_one(struct dro_store *store, const struct dro_report *r, int64_t now,
    enum dro_stored *out, struct dro_err *err)
{
	bool authenticated = r->trust > DRO_TRUST_UNAUTHENTICATED;
	enum dro_code code;
	struct found f;
	int64_t reporter;

	if ((code = dro_reporter_id(store, r->reporter, &reporter, err)) !=
		DRO_OK ||
	    (code = find(store, r, reporter, authenticated, &f, err)) != DRO_OK)
		return (code);
	if (f.id != 0 && !f.same) {
		*out = DRO_STORED_CONFLICT;
		return (stop_counting(store, f.id, err));
	}
	if (f.id == 0) {
		code = find(store, r, reporter, !authenticated, &f, err);
		if (code != DRO_OK)
			return (code);
		/* What contradicted a forged report proves nothing here. */
		if (!f.same || (authenticated && f.conflict))
			f.id = 0;
	}
	if (f.id == 0 && authenticated &&
	    (code = find_elsewhere(store, r, &f, err)) != DRO_OK)
		return (code);
	if (f.id != 0) {
		*out = DRO_STORED_DUPLICATE;
		if (f.early && r->counts)
			return (take_again(store, &f, r, reporter, now, err));
		return (raise_trust(store, &f, r, reporter, now, err));
	}
	*out = DRO_STORED_NEW;
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

/* Undo one report; the others of the batch stay. */
static enum dro_code
undo_one(struct dro_store *store, enum dro_code code, struct dro_err *err)
{
	struct dro_sql q;

	dro_identities_forget(store);
	/* After severe errors SQLite has rolled the whole batch back. */
	if (sqlite3_get_autocommit(store->db))
		return (lose_batch(store, code, err));
	dro_sql_open(&q, store, "ROLLBACK TO one");
	dro_sql_try(&q);
	dro_sql_open(&q, store, "RELEASE one");
	dro_sql_try(&q);
	return (code);
}

enum dro_code
dro_reports_add(struct dro_store *store, const struct dro_report *report,
    int64_t now, enum dro_stored *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if (!counts_ok(report))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: report %.80s: a count is negative or above %lld",
		    report->domain, report->report_id,
		    (long long)DRO_COUNT_MAX));
	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "SAVEPOINT one");
	if ((code = dro_sql_run(&q, err)) == DRO_OK)
		code = store_one(store, report, now, out, err);
	if (code == DRO_OK) {
		dro_sql_open(&q, store, "RELEASE one");
		code = dro_sql_run(&q, err);
	}
	if (code != DRO_OK)
		return (undo_one(store, code, err));
	store->batch++;
	if (store->batch >= BATCH_REPORTS ||
	    monotonic_ms() - store->batch_since_ms >= BATCH_MS)
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
