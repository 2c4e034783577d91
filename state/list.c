#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "originals.h"

/* Codes of one report; what is beyond it has been cut long before. */
#define WARNINGS_MAX 256

/* Split the stored lines in place. */
static size_t
split(char *lines, const char *out[WARNINGS_MAX])
{
	size_t n = 0;
	char *end;

	while (n < WARNINGS_MAX && (end = strchr(lines, '\n')) != NULL) {
		*end = '\0';
		out[n++] = lines;
		lines = end + 1;
	}
	return (n);
}

static void
read_sums(const struct dro_sql *q, int column, struct dro_report *r)
{
	size_t i;

	r->rows = dro_sql_get_int(q, column++);
	r->messages = dro_sql_get_int(q, column++);
	r->dmarc_pass = dro_sql_get_int(q, column++);
	r->dkim_aligned = dro_sql_get_int(q, column++);
	r->spf_aligned = dro_sql_get_int(q, column++);
	r->unknown = dro_sql_get_int(q, column++);
	for (i = 0; i < DRO_DISP_N; i++)
		r->disposition[i] = dro_sql_get_int(q, column++);
}

/* False if there is none. */
static bool
read_hash(const struct dro_sql *q, int column, unsigned char out[32])
{
	const void *ptr = sqlite3_column_blob(q->stmt, column);

	if (ptr == NULL || sqlite3_column_bytes(q->stmt, column) != 32)
		return (false);
	memcpy(out, ptr, 32);
	return (true);
}

/* What is read of a report, in the order of read_report and dro_report_load. */
#define COLUMNS                                                                \
	"r.domain, w.name, r.begin_at, r.end_at, r.org, r.email, o.name,"      \
	" r.report_id, r.generation, r.trust, r.uncounted IS NULL, r.shadow,"  \
	" r.p, r.sp, r.np, r.pct, r.t, r.source_name, r.source_path,"          \
	" r.warnings, r.content, r.row_count, r.messages, r.dmarc_pass,"       \
	" r.dkim_aligned, r.spf_aligned, r.unknown, r.disp_none,"              \
	" r.disp_quarantine, r.disp_reject, r.disp_pass, r.disp_other,"        \
	" coalesce(g.auth, 0), g.signer, g.selector, g.note, g.original,"      \
	" r.stored_at, r.cells IS NOT NULL AND r.exact = 0,"                   \
	" r.uncounted IS 'conflict'"

/* Strings are borrowed from the row, the warnings from ${lines}. */
static void
read_report(const struct dro_sql *q, struct dro_report *r)
{
	memset(r, 0, sizeof(*r));
	r->domain = dro_sql_get(q, 0);
	r->watched = dro_sql_get(q, 1);
	r->begin = dro_sql_get_int(q, 2);
	r->end = dro_sql_get_int(q, 3);
	r->org = dro_sql_get(q, 4);
	r->email = dro_sql_get(q, 5);
	r->reporter = dro_sql_get(q, 6);
	r->report_id = dro_sql_get(q, 7);
	r->generation = (enum dro_generation)dro_sql_get_int(q, 8);
	r->trust = (enum dro_trust)dro_sql_get_int(q, 9);
	r->counts = dro_sql_get_int(q, 10) != 0;
	r->shadow = dro_sql_get_int(q, 11) != 0;
	r->p = dro_sql_get(q, 12);
	r->sp = dro_sql_get(q, 13);
	r->np = dro_sql_get(q, 14);
	r->pct = dro_sql_get(q, 15);
	r->t = dro_sql_get(q, 16);
	r->source_name = dro_sql_get(q, 17);
	r->source_path = dro_sql_get(q, 18);
	(void)read_hash(q, 20, r->content);
	read_sums(q, 21, r);
	r->auth = (enum dro_auth)dro_sql_get_int(q, 32);
	r->signer = dro_sql_get(q, 33);
	r->selector = dro_sql_get(q, 34);
	r->auth_note = dro_sql_get(q, 35);
	r->has_original = read_hash(q, 36, r->original);
}

static enum dro_code
visit(const struct dro_sql *q,
    enum dro_code (*fn)(
	void *arg, const struct dro_report *report, struct dro_err *err),
    void *arg, struct dro_err *err)
{
	const char *warnings[WARNINGS_MAX];
	struct dro_report report;
	enum dro_code code;
	const char *stored = dro_sql_get(q, 19);
	char *lines;

	read_report(q, &report);
	if (report.domain == NULL || report.watched == NULL ||
	    report.org == NULL || report.reporter == NULL ||
	    report.report_id == NULL || stored == NULL ||
	    (lines = strdup(stored)) == NULL)
		return (dro_err_nomem(err));
	report.n_warnings = split(lines, warnings);
	report.warnings = warnings;
	code = fn(arg, &report, err);
	free(lines);
	return (code);
}

enum dro_code
dro_reports_each(struct dro_store *store, const char *domain,
    enum dro_code (*fn)(
	void *arg, const struct dro_report *report, struct dro_err *err),
    void *arg, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store,
	    "SELECT " COLUMNS " FROM report r INDEXED BY report_key"
	    " CROSS JOIN domain w ON w.id = r.watched"
	    " CROSS JOIN reporter o ON o.id = r.reporter"
	    " LEFT JOIN origin g ON g.report = r.id"
	    " WHERE ?1 IS NULL OR r.domain = ?1"
	    " OR substr(r.domain, -length(?1) - 1) = '.' || ?1"
	    " ORDER BY r.domain, r.begin_at, r.org, r.report_id, r.id");
	dro_sql_text(&q, domain);
	while ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row)
		if ((code = visit(&q, fn, arg, err)) != DRO_OK)
			break;
	dro_sql_close(&q);
	return (code);
}

/* Copies of what is borrowed; ${failed} when out of memory. */
static const char *
keep(struct dro_arena *arena, const char *s, bool *failed)
{
	const char *copy = s != NULL ? dro_arena_strdup(arena, s) : NULL;

	*failed = *failed || (s != NULL && copy == NULL);
	return (copy);
}

static enum dro_code
keep_report(const struct dro_report *row, const char *lines,
    struct dro_arena *arena, struct dro_report *out, struct dro_err *err)
{
	const char *warnings[WARNINGS_MAX];
	const char **texts[] = {&out->domain, &out->watched, &out->org,
	    &out->email, &out->reporter, &out->report_id, &out->p, &out->sp,
	    &out->np, &out->pct, &out->t, &out->source_name, &out->source_path,
	    &out->signer, &out->selector, &out->auth_note};
	bool failed = false;
	char *copy;
	size_t i;

	*out = *row;
	for (i = 0; i < DRO_ARRAY_LEN(texts); i++)
		*texts[i] = keep(arena, *texts[i], &failed);
	copy = lines != NULL ? dro_arena_strdup(arena, lines) : NULL;
	if (failed || copy == NULL)
		return (dro_err_nomem(err));
	out->n_warnings = split(copy, warnings);
	out->warnings =
	    dro_arena_alloc(arena, out->n_warnings + 1, sizeof(*out->warnings));
	if (out->warnings == NULL)
		return (dro_err_nomem(err));
	memcpy(
	    out->warnings, warnings, out->n_warnings * sizeof(*out->warnings));
	return (DRO_OK);
}

enum dro_code
dro_report_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_stored_report *out, struct dro_err *err)
{
	struct dro_report row;
	enum dro_code code;
	struct dro_sql q;
	bool found;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT " COLUMNS " FROM report r"
	    " JOIN domain w ON w.id = r.watched"
	    " JOIN reporter o ON o.id = r.reporter"
	    " LEFT JOIN origin g ON g.report = r.id WHERE r.id = ?");
	dro_sql_int(&q, id);
	code = dro_sql_next(&q, &found, err);
	if (code == DRO_OK && found) {
		out->id = id;
		read_report(&q, &row);
		out->stored_at = dro_sql_get_int(&q, 37);
		out->cut = dro_sql_get_int(&q, 38) == 1;
		out->conflict = dro_sql_get_int(&q, 39) == 1;
		code = keep_report(
		    &row, dro_sql_get(&q, 19), arena, &out->report, err);
	}
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_reports_newest_end(
    struct dro_store *store, int64_t *out, struct dro_err *err)
{
	struct dro_sql q;

	*out = 0;
	dro_sql_open(&q, store, "SELECT coalesce(max(end_at), 0) FROM counted");
	return (dro_sql_one(&q, out, err));
}
