#include <stdlib.h>

#include "base/date.h"

#include "internal.h"
#include "reports.h"

/* A report that covers more is not about one day (RFC 9990 3.1: about 24). */
#define ONE_DAY_MAX_S (26 * DRO_HOUR_S)
/* Codes are short and few; one a line. */
#define WARNINGS_LEN 4096

/* The UTC day that the messages of [begin, end] are put to. */
static int32_t
report_day(int64_t begin, int64_t end)
{
	int32_t day = dro_day_of(begin);
	uint64_t length_s;

	if (end <= begin)
		return (day);
	length_s = (uint64_t)end - (uint64_t)begin;
	if (length_s <= ONE_DAY_MAX_S)
		return (dro_day_of(begin + (int64_t)(length_s / 2)));
	if (dro_day_start(day) != begin && day < INT32_MAX)
		day++;
	return (day);
}

/* The number of the names of a line; ${known} are those of lines before. */
static enum dro_code
identity_of(struct dro_store *store, const struct dro_report *r, size_t i,
    int64_t *known, int64_t *out, struct dro_err *err)
{
	uint32_t names = r->names != NULL ? r->names[i] : 0;
	enum dro_code code;

	if (names == 0 || names > r->n_lines)
		return (dro_identity_id(store, &r->lines[i].stream, out, err));
	if ((*out = known[names - 1]) != 0)
		return (DRO_OK);
	code = dro_identity_id(store, &r->lines[i].stream, out, err);
	known[names - 1] = *out;
	return (code);
}

static enum dro_code
pack_line(struct dro_store *store, const struct dro_report *r, size_t i,
    int64_t *known, struct dro_buf *out, struct dro_err *err)
{
	const struct dro_line *line = &r->lines[i];
	struct dro_packed packed;
	enum dro_code code;

	code = identity_of(store, r, i, known, &packed.identity, err);
	if (code != DRO_OK)
		return (code);
	packed.pass = line->pass;
	packed.fail = line->fail;
	packed.unknown = line->unknown;
	packed.ip = dro_str_of(line->stream.ip);
	dro_cells_add(out, &packed);
	return (DRO_OK);
}

/* The lines of ${r} as octets; none of a report that can never count. */
static enum dro_code
pack_lines(struct dro_store *store, const struct dro_report *r,
    struct dro_buf *out, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	int64_t *known;
	size_t i;

	if (r->n_lines == 0 || !r->counts || r->shadow)
		return (DRO_OK);
	if ((known = calloc(r->n_lines, sizeof(*known))) == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < r->n_lines && code == DRO_OK; i++)
		code = pack_line(store, r, i, known, out, err);
	free(known);
	return (code == DRO_OK ? dro_buf_check(out, "lines of a report", err)
			       : code);
}

/* Bind the numbers in the order of the columns. */
static void
bind_sums(struct dro_sql *q, const struct dro_report *r)
{
	size_t i;

	dro_sql_int(q, r->rows);
	dro_sql_int(q, r->dmarc_pass);
	dro_sql_int(q, r->dkim_aligned);
	dro_sql_int(q, r->spf_aligned);
	dro_sql_int(q, r->unknown);
	for (i = 0; i < DRO_DISP_N; i++)
		dro_sql_int(q, r->disposition[i]);
}

static const char *
why_uncounted(const struct dro_report *r)
{
	if (r->counts)
		return (NULL);
	return (r->n_warnings > 0 ? r->warnings[0] : "uncounted");
}

static enum dro_code
insert_row(struct dro_store *store, const struct dro_report *r, int64_t watched,
    int64_t reporter, const char *warnings, const struct dro_buf *cells,
    int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO report (watched, day, reporter, report_id, domain,"
	    " begin_at, end_at, trust, uncounted, shadow, messages,"
	    " p, sp, np, pct, t, org, email, generation,"
	    " row_count, dmarc_pass, dkim_aligned, spf_aligned, unknown,"
	    " disp_none, disp_quarantine, disp_reject, disp_pass, disp_other,"
	    " source_name, source_path, warnings, content, stored_at,"
	    " cells, exact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	    " ?)");
	dro_sql_int(&q, watched);
	dro_sql_int(&q, report_day(r->begin, r->end));
	dro_sql_int(&q, reporter);
	dro_sql_text(&q, r->report_id);
	dro_sql_text(&q, r->domain);
	dro_sql_int(&q, r->begin);
	dro_sql_int(&q, r->end);
	dro_sql_int(&q, r->trust);
	dro_sql_text(&q, why_uncounted(r));
	dro_sql_int(&q, r->shadow);
	dro_sql_int(&q, r->messages);
	dro_sql_text(&q, r->p);
	dro_sql_text(&q, r->sp);
	dro_sql_text(&q, r->np);
	dro_sql_text(&q, r->pct);
	dro_sql_text(&q, r->t);
	dro_sql_text(&q, r->org);
	dro_sql_text(&q, r->email);
	dro_sql_int(&q, r->generation);
	bind_sums(&q, r);
	dro_sql_text(&q, r->source_name);
	dro_sql_text(&q, r->source_path);
	dro_sql_text(&q, warnings);
	dro_sql_blob(&q, r->content, sizeof(r->content));
	dro_sql_int(&q, now);
	dro_sql_blob(&q, cells->ptr, cells->len);
	dro_sql_int(&q, cells->len > 0);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_origin_write(struct dro_store *store, int64_t id,
    const struct dro_report *r, struct dro_err *err)
{
	struct dro_sql q;

	if (r->auth == DRO_AUTH_NONE && !r->has_original)
		return (DRO_OK);
	dro_sql_open(&q, store,
	    "INSERT INTO origin (report, auth, signer, selector, note,"
	    " original) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (report)"
	    " DO UPDATE SET auth = excluded.auth, signer = excluded.signer,"
	    " selector = excluded.selector, note = excluded.note,"
	    " original = coalesce(excluded.original, original)");
	dro_sql_int(&q, id);
	dro_sql_int(&q, r->auth);
	dro_sql_text(&q, r->signer);
	dro_sql_text(&q, r->selector);
	dro_sql_text(&q, r->auth_note);
	dro_sql_blob(
	    &q, r->has_original ? r->original : NULL, sizeof(r->original));
	return (dro_sql_run(&q, err));
}

/* What follows from a new row. */
static enum dro_code
note_row(struct dro_store *store, const struct dro_report *r, int64_t watched,
    int64_t reporter, int64_t now, struct dro_err *err)
{
	enum dro_code code;

	code = dro_origin_write(
	    store, sqlite3_last_insert_rowid(store->db), r, err);
	if (code != DRO_OK || !r->counts || !dro_authenticated(r) ||
	    r->trust == DRO_TRUST_UNAUTHENTICATED)
		return (code);
	return (dro_reporter_met(store, reporter, watched, now, err));
}

enum dro_code
dro_report_insert(struct dro_store *store, const struct dro_report *r,
    int64_t reporter, int64_t now, struct dro_err *err)
{
	struct dro_buf warnings, cells;
	enum dro_code code;
	int64_t watched;
	size_t i;

	dro_buf_init(&warnings, WARNINGS_LEN);
	dro_buf_init(&cells, DRO_CELLS_MAX);
	for (i = 0; i < r->n_warnings; i++) {
		dro_buf_adds(&warnings, r->warnings[i]);
		dro_buf_addc(&warnings, '\n');
	}
	if ((code = dro_buf_check(&warnings, "warnings", err)) != DRO_OK ||
	    (code = dro_domain_id(store, r->watched, &watched, err)) !=
		DRO_OK ||
	    (code = pack_lines(store, r, &cells, err)) != DRO_OK)
		goto out;
	code = insert_row(store, r, watched, reporter,
	    warnings.len > 0 ? warnings.ptr : "", &cells, now, err);
	if (code == DRO_OK)
		code = note_row(store, r, watched, reporter, now, err);
out:
	dro_buf_finish(&cells);
	dro_buf_finish(&warnings);
	return (code);
}
