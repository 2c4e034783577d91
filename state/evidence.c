#include <stdlib.h>
#include <string.h>

#include "record/dmarc.h"

#include "gather.h"
#include "internal.h"

/*
 * Evidence is read in one order, whatever order the reports came in:
 * reporters by name, streams by their fields, cells by day.  The same
 * reports so give the same decision, to the octet.
 */

/* Items of ${size} octets, in memory of malloc. */
struct rows {
	size_t n, size;
	void *items;
};

/* Numbers of the database and the places they have in the evidence. */
struct place {
	int64_t id;
	uint32_t index;
};

/* A reading in progress: ${out} lives in the arena, the places do not. */
struct load {
	struct dro_store *store;
	const char *domain;
	int32_t from_day;
	int64_t now;
	struct dro_arena *arena;
	struct dro_evidence *out;
	struct rows reporters; /* places, by id once complete */
};

static enum dro_code
push(struct rows *rows, const void *item, struct dro_err *err)
{
	size_t n = rows->n;
	void *more;

	/* Full at every power of two, and when there is nothing yet. */
	if ((n & (n - 1)) == 0) {
		if (n > SIZE_MAX / 2 / rows->size)
			return (dro_err_nomem(err));
		more = realloc(rows->items, (n == 0 ? 1 : 2 * n) * rows->size);
		if (more == NULL)
			return (dro_err_nomem(err));
		rows->items = more;
	}
	memcpy((char *)rows->items + n * rows->size, item, rows->size);
	rows->n++;
	return (DRO_OK);
}

/* Read the current row of ${q}, the n-th, to ${item}. */
typedef enum dro_code read_fn(struct load *l, const struct dro_sql *q,
    uint32_t n, void *item, struct dro_err *err);

/*
 * Run ${q}, which has the parameters that all queries here have, and hand
 * out its rows in the arena.
 */
static enum dro_code
collect(struct load *l, struct dro_sql *q, read_fn *read, size_t size,
    struct rows *out, struct dro_err *err)
{
	union {
		struct dro_seen seen;
		struct dro_ignored ignored;
		const char *name;
	} item;
	struct rows rows = {0, size, NULL};
	enum dro_code code;
	bool row;

	memset(out, 0, sizeof(*out));
	dro_sql_text(q, l->domain);
	dro_sql_int(q, l->from_day);
	dro_sql_int(q, l->now);
	while ((code = dro_sql_next(q, &row, err)) == DRO_OK && row) {
		code = read(l, q, (uint32_t)rows.n, &item, err);
		if (code != DRO_OK ||
		    (code = push(&rows, &item, err)) != DRO_OK)
			break;
	}
	dro_sql_close(q);
	if (code == DRO_OK) {
		out->items = dro_arena_alloc(l->arena, rows.n, size);
		if (out->items == NULL)
			code = dro_err_nomem(err);
		else if (rows.items != NULL)
			memcpy(out->items, rows.items, rows.n * size);
	}
	out->n = rows.n;
	free(rows.items);
	return (code);
}

static int
by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return ((x->id > y->id) - (x->id < y->id));
}

static void
sort_places(struct rows *places)
{
	if (places->n > 0)
		qsort(places->items, places->n, places->size, by_id);
}

/* The place of the row ${id}, which an earlier query must have read. */
static enum dro_code
find(const struct load *l, const struct rows *places, int64_t id,
    uint32_t *index, struct dro_err *err)
{
	struct place key = {id, 0}, *hit = NULL;

	if (places->n > 0)
		hit =
		    bsearch(&key, places->items, places->n, sizeof(key), by_id);
	if (hit == NULL)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: evidence about %s refers to rows that do not exist; "
		    "restore a backup",
		    l->store->path, l->domain));
	*index = hit->index;
	return (DRO_OK);
}

static enum dro_code
read_reporter(struct load *l, const struct dro_sql *q, uint32_t n, void *item,
    struct dro_err *err)
{
	struct place place = {dro_sql_get_int(q, 0), n};
	const char **name = item;
	enum dro_code code;

	if ((code = push(&l->reporters, &place, err)) != DRO_OK)
		return (code);
	return (dro_sql_copy(q, 1, l->arena, name, err));
}

static enum dro_code
load_reporters(struct load *l, struct dro_err *err)
{
	enum dro_code code;
	struct rows rows;
	struct dro_sql q;

	dro_sql_open(&q, l->store,
	    "SELECT DISTINCT o.id, o.name FROM counted r"
	    " CROSS JOIN reporter o ON o.id = r.reporter"
	    " WHERE r.watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND r.day >= ? AND r.end_at <= ? ORDER BY o.name");
	code = collect(l, &q, read_reporter, sizeof(char *), &rows, err);
	l->out->n_reporters = rows.n;
	l->out->reporters = rows.items;
	sort_places(&l->reporters);
	return (code);
}

/* Streams and cells: what the reports say, line by line. */
static enum dro_code
take_reports(struct load *l, struct dro_sql *q, struct dro_gather *g,
    struct dro_err *err)
{
	struct dro_str cells;
	enum dro_code code;
	uint32_t reporter = 0;
	bool row;

	while ((code = dro_sql_next(q, &row, err)) == DRO_OK && row) {
		cells = dro_sql_cells(q, 2);
		code = find(
		    l, &l->reporters, dro_sql_get_int(q, 1), &reporter, err);
		if (code != DRO_OK)
			return (code);
		if (!dro_gather_report(
			g, (int32_t)dro_sql_get_int(q, 0), reporter, &cells))
			return (dro_err_nomem(err));
		if (cells.len > 0)
			return (dro_err_set(err, DRO_ESTATE,
			    "%s: the lines of a report about %s are damaged; "
			    "restore a backup",
			    l->store->path, l->domain));
	}
	return (code);
}

static enum dro_code
load_cells(struct load *l, struct dro_err *err)
{
	struct dro_gather g;
	enum dro_code code;
	struct dro_sql q;

	dro_gather_init(&g, l->arena);
	dro_sql_open(&q, l->store,
	    "SELECT day, reporter, cells FROM counted"
	    " WHERE watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND day >= ? AND end_at <= ? AND cells IS NOT NULL");
	dro_sql_text(&q, l->domain);
	dro_sql_int(&q, l->from_day);
	dro_sql_int(&q, l->now);
	code = take_reports(l, &q, &g, err);
	dro_sql_close(&q);
	if (code == DRO_OK)
		code = dro_gather_end(&g, l->store, l->out, err);
	dro_gather_finish(&g);
	return (code);
}

/* Whole numbers 0..100 only: what else is written there shows nothing. */
static bool
parse_pct(const char *s, int *out)
{
	int v = 0, digits = 0;

	for (; *s >= '0' && *s <= '9' && digits < 3; s++, digits++)
		v = v * 10 + (*s - '0');
	if (*s != '\0' || digits == 0 || v > 100)
		return (false);
	*out = v;
	return (true);
}

/* The policy a reporter says it judged by, as far as it can be read. */
static void
read_policy(struct dro_seen *s, const char *p, const char *pct, const char *t)
{
	s->core = (struct dro_core){DRO_NONE, 100, false};
	s->has_p = p != NULL && dro_level_parse(dro_str_of(p), &s->core.p);
	s->has_pct = pct != NULL && parse_pct(pct, &s->core.pct);
	s->core.t = t != NULL && dro_str_ieq(dro_str_of(t), "y");
	s->has_t = s->core.t || (t != NULL && dro_str_ieq(dro_str_of(t), "n"));
}

static enum dro_code
read_seen(struct load *l, const struct dro_sql *q, DRO_UNUSED uint32_t n,
    void *item, struct dro_err *err)
{
	struct dro_seen *s = item;

	s->begin = dro_sql_get_int(q, 0);
	s->end = dro_sql_get_int(q, 1);
	s->messages = dro_sql_get_int(q, 3);
	read_policy(s, dro_sql_get(q, 4), dro_sql_get(q, 5), dro_sql_get(q, 6));
	return (
	    find(l, &l->reporters, dro_sql_get_int(q, 2), &s->reporter, err));
}

static enum dro_code
load_seen(struct load *l, struct dro_err *err)
{
	enum dro_code code;
	struct rows rows;
	struct dro_sql q;

	dro_sql_open(&q, l->store,
	    "SELECT r.begin_at, r.end_at, r.reporter, r.messages, r.p, r.pct,"
	    " r.t FROM counted r CROSS JOIN reporter o ON o.id = r.reporter"
	    " WHERE r.watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND r.day >= ? AND r.end_at <= ?"
	    " ORDER BY r.begin_at, r.end_at, o.name, r.report_id");
	code = collect(l, &q, read_seen, sizeof(struct dro_seen), &rows, err);
	l->out->n_seen = rows.n;
	l->out->seen = rows.items;
	return (code);
}

static enum dro_code
read_ignored(struct load *l, const struct dro_sql *q, DRO_UNUSED uint32_t n,
    void *item, struct dro_err *err)
{
	struct dro_ignored *g = item;

	g->reports = dro_sql_get_int(q, 1);
	g->messages = dro_sql_get_int(q, 2);
	return (dro_sql_copy(q, 0, l->arena, &g->reason, err));
}

static enum dro_code
load_ignored(struct load *l, struct dro_err *err)
{
	enum dro_code code;
	struct rows rows;
	struct dro_sql q;

	/* Anybody can send these: no claim may make the sum overflow. */
	dro_sql_open(&q, l->store,
	    "SELECT CASE WHEN uncounted IS NOT NULL THEN uncounted"
	    " WHEN shadow THEN 'shadow'"
	    " WHEN trust = 0 THEN 'unauthenticated'"
	    " WHEN trust = 1 THEN 'new' ELSE 'future' END AS reason,"
	    " count(*), sum(min(messages, 1 << 40)) FROM report"
	    " WHERE watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND day >= ? AND (uncounted IS NOT NULL OR shadow OR trust < 2"
	    "  OR end_at > ?)"
	    " GROUP BY reason ORDER BY reason");
	code = collect(
	    l, &q, read_ignored, sizeof(struct dro_ignored), &rows, err);
	l->out->n_ignored = rows.n;
	l->out->ignored = rows.items;
	return (code);
}

enum dro_code
dro_evidence_load(struct dro_store *store, const char *domain, int32_t from_day,
    int64_t now, struct dro_arena *arena, struct dro_evidence *out,
    struct dro_err *err)
{
	struct load l = {store, domain, from_day, now, arena, out,
	    {0, sizeof(struct place), NULL}};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = load_reporters(&l, err)) == DRO_OK &&
	    (code = load_cells(&l, err)) == DRO_OK &&
	    (code = load_seen(&l, err)) == DRO_OK)
		code = load_ignored(&l, err);
	free(l.reporters.items);
	return (code);
}
