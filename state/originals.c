#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "originals.h"

/* ---- names */

const char *
dro_original_name(
    const unsigned char hash[DRO_HASH_LEN], char out[DRO_ORIGINAL_NAME_LEN])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DRO_HASH_LEN; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * i] = '\0';
	return (out);
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

bool
dro_original_parse(const char *name, unsigned char hash[DRO_HASH_LEN])
{
	int high, low;
	size_t i;

	if (strlen(name) != (size_t)2 * DRO_HASH_LEN)
		return (false);
	for (i = 0; i < DRO_HASH_LEN; i++) {
		high = nibble(name[2 * i]);
		low = nibble(name[2 * i + 1]);
		if (high < 0 || low < 0)
			return (false);
		hash[i] = (unsigned char)(high << 4 | low);
	}
	return (true);
}

/* ---- which reports there are */

/* A row: hash, report, wanted. */
static enum dro_code
read_ref(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	const void *hash = sqlite3_column_blob(q->stmt, 0);
	struct dro_original_ref *ref = item;

	(void)arena;
	/* Its length is checked by the schema. */
	if (hash == NULL)
		return (dro_err_nomem(err));
	memcpy(ref->hash, hash, DRO_HASH_LEN);
	ref->report = dro_sql_get_int(q, 1);
	ref->wanted = dro_sql_get_int(q, 2) == 1;
	return (DRO_OK);
}

static enum dro_code
collect(struct dro_sql *q, struct dro_arena *arena,
    struct dro_original_ref **out, size_t *n, struct dro_err *err)
{
	enum dro_code code;

	*out = dro_sql_list(q, sizeof(**out), read_ref, arena, n, &code, err);
	return (code);
}

enum dro_code
dro_originals_list(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_original_ref **out, size_t *n,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT g.original, g.report, ?1 IS NULL OR r.domain = ?1"
	    " OR substr(r.domain, -length(?1) - 1) = '.' || ?1"
	    " FROM origin g CROSS JOIN report r ON r.id = g.report"
	    " WHERE g.original IS NOT NULL ORDER BY g.original, g.report");
	dro_sql_text(&q, domain);
	return (collect(&q, arena, out, n, err));
}

enum dro_code
dro_originals_owed(struct dro_store *store, int64_t since, int64_t before,
    struct dro_arena *arena, struct dro_original_ref **out, size_t *n,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT original, report, 1 FROM origin WHERE original IN"
	    " (SELECT original FROM owed WHERE at >= ? AND at < ?)"
	    " ORDER BY original, report");
	dro_sql_int(&q, since);
	dro_sql_int(&q, before);
	return (collect(&q, arena, out, n, err));
}

enum dro_code
dro_owed_note(struct dro_store *store, const unsigned char hash[DRO_HASH_LEN],
    int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT INTO owed (original, at) VALUES (?, ?)"
	    " ON CONFLICT DO NOTHING");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	dro_sql_int(&q, now);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_owed_done(struct dro_store *store, const unsigned char hash[DRO_HASH_LEN],
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "DELETE FROM owed WHERE original = ?");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	return (dro_sql_run(&q, err));
}

/* ---- what has changed */

struct list {
	struct dro_arena *arena;
	struct dro_difference *items;
	size_t n;
	bool failed;
};

/* Room for every field that is compared. */
#define DIFFERENCES_MAX 40

static void
differ(struct list *l, const char *field, const char *was, const char *is)
{
	struct dro_difference *d = &l->items[l->n++];

	d->field = field;
	d->was = was;
	d->is = is != NULL ? dro_arena_strdup(l->arena, is) : NULL;
	l->failed = l->failed || (is != NULL && d->is == NULL);
}

static void
text(struct list *l, const char *field, const char *was, const char *is)
{
	if ((was == NULL) != (is == NULL) ||
	    (was != NULL && strcmp(was, is) != 0))
		differ(l, field, was, is);
}

static void
number(struct list *l, const char *field, int64_t was, int64_t is)
{
	const char *a, *b;

	if (was == is)
		return;
	a = dro_arena_printf(l->arena, "%lld", (long long)was);
	b = dro_arena_printf(l->arena, "%lld", (long long)is);
	if (a == NULL || b == NULL)
		l->failed = true;
	else
		differ(l, field, a, b);
}

static void
flag(struct list *l, const char *field, bool was, bool is)
{
	if (was != is)
		differ(l, field, was ? "true" : "false", is ? "true" : "false");
}

/* Codes in one line; that it contradicts another is no matter of reading. */
static const char *
join_warnings(struct list *l, const struct dro_report *r)
{
	const char *all = "";
	size_t i;

	for (i = 0; i < r->n_warnings && all != NULL; i++)
		if (strcmp(r->warnings[i], "conflict") != 0)
			all = dro_arena_printf(l->arena, "%s%s%s", all,
			    *all != '\0' ? "," : "", r->warnings[i]);
	l->failed = l->failed || all == NULL;
	return (all != NULL ? all : "");
}

static void
compare_sums(
    struct list *l, const struct dro_report *a, const struct dro_report *b)
{
	static const char *const dispositions[DRO_DISP_N] = {"disposition.none",
	    "disposition.quarantine", "disposition.reject", "disposition.pass",
	    "disposition.other"};
	size_t i;

	number(l, "rows", a->rows, b->rows);
	number(l, "messages", a->messages, b->messages);
	number(l, "dmarc_pass", a->dmarc_pass, b->dmarc_pass);
	number(l, "dkim_aligned", a->dkim_aligned, b->dkim_aligned);
	number(l, "spf_aligned", a->spf_aligned, b->spf_aligned);
	number(l, "unknown", a->unknown, b->unknown);
	for (i = 0; i < DRO_DISP_N; i++)
		number(
		    l, dispositions[i], a->disposition[i], b->disposition[i]);
}

static void
compare_names(
    struct list *l, const struct dro_report *a, const struct dro_report *b)
{
	text(l, "org", a->org, b->org);
	text(l, "email", a->email, b->email);
	text(l, "reporter", a->reporter, b->reporter);
	text(l, "report_id", a->report_id, b->report_id);
	text(l, "domain", a->domain, b->domain);
	text(l, "watched", a->watched, b->watched);
	number(l, "begin", a->begin, b->begin);
	number(l, "end", a->end, b->end);
	text(l, "generation", dro_generation_name(a->generation),
	    dro_generation_name(b->generation));
	text(l, "p", a->p, b->p);
	text(l, "sp", a->sp, b->sp);
	text(l, "np", a->np, b->np);
	text(l, "pct", a->pct, b->pct);
	text(l, "t", a->t, b->t);
	text(l, "auth", dro_auth_name(a->auth), dro_auth_name(b->auth));
	text(l, "signer", a->signer, b->signer);
	text(l, "selector", a->selector, b->selector);
	text(l, "auth_note", a->auth_note, b->auth_note);
	text(l, "trust", dro_trust_name(a->trust), dro_trust_name(b->trust));
	flag(l, "shadow", a->shadow, b->shadow);
}

enum dro_code
dro_report_compare(struct dro_store *store, const struct dro_stored_report *was,
    const struct dro_report *is, struct dro_arena *arena,
    struct dro_difference **out, size_t *n, struct dro_err *err)
{
	const struct dro_report *a = &was->report;
	struct list l = {.arena = arena};
	enum dro_code code = DRO_OK;
	bool same = true;

	*n = 0;
	l.items = dro_arena_alloc(arena, DIFFERENCES_MAX, sizeof(*l.items));
	if (l.items == NULL)
		return (dro_err_nomem(err));
	compare_names(&l, a, is);
	compare_sums(&l, a, is);
	text(&l, "warnings", join_warnings(&l, a), join_warnings(&l, is));
	if (!was->conflict)
		flag(&l, "counts", a->counts, is->counts);
	if (a->counts && is->counts && !a->shadow && !is->shadow)
		code = dro_lines_compare(store, was, is, &same, err);
	if (!same)
		differ(&l, "lines", NULL, NULL);
	if (memcmp(a->content, is->content, sizeof(a->content)) != 0)
		differ(&l, "content", NULL, NULL);
	if (code == DRO_OK && l.failed)
		code = dro_err_nomem(err);
	*out = l.items;
	*n = l.n;
	return (code);
}

/* ---- putting it right */

/* Whether it is one of those that make its reporter known (dro_reporter_met). */
static bool
is_met(const struct dro_report *r)
{
	return (r->counts && dro_authenticated(r) &&
	    r->trust > DRO_TRUST_UNAUTHENTICATED);
}

static enum dro_code
take_out(struct dro_store *store, const struct dro_stored_report *was,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store, "DELETE FROM report WHERE id = ?");
	dro_sql_int(&q, was->id);
	code = dro_sql_run(&q, err);
	if (code != DRO_OK || !is_met(&was->report))
		return (code);
	dro_sql_open(&q, store,
	    "UPDATE reporter SET reports = reports - 1"
	    " WHERE name = ? AND reports > 0");
	dro_sql_text(&q, was->report.reporter);
	return (dro_sql_run(&q, err));
}

/* The newest report becomes what the one before was beside others. */
static enum dro_code
carry_over(struct dro_store *store, const struct dro_stored_report *was,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_buf room;
	struct dro_sql q;
	int64_t id = 0;

	dro_sql_open(&q, store, "SELECT max(id) FROM report");
	code = dro_sql_one(&q, &id, err);
	if (code == DRO_OK && was->cut) {
		dro_buf_init(&room, DRO_CELLS_MAX);
		code = dro_report_cut(store, id, &room, err);
		dro_buf_finish(&room);
	}
	if (code == DRO_OK && was->conflict)
		code = dro_report_dispute(store, id, err);
	return (code);
}

enum dro_code
dro_report_swap(struct dro_store *store, const struct dro_stored_report *was,
    const struct dro_report *is, struct dro_err *err)
{
	enum dro_stored stored;
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	if ((code = take_out(store, was, err)) == DRO_OK &&
	    (code = dro_report_store(
		 store, is, was->stored_at, &stored, err)) == DRO_OK &&
	    stored == DRO_STORED_NEW)
		code = carry_over(store, was, err);
	return (dro_tx_end(store, code, err));
}
