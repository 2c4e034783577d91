#include <stdlib.h>
#include <string.h>

#include "record/dmarc.h"

#include "gather.h"
#include "internal.h"

/*
 * Evidence comes out in one order, whatever order the reports came in:
 * reporters by name, streams by their fields, cells by day.  The same
 * reports so give the same decision, to the octet.  One walk over the
 * reports of the domain reads all of it: walks are what a decision costs.
 */

/* A reporter by number until its name is read. */
struct who {
	int64_t id;
	const char *name;
	uint32_t place; /* where it was first met */
};

/* A reading in progress. */
struct load {
	struct dro_store *store;
	const char *domain;
	int32_t from_day;
	int64_t now;
	struct dro_arena *arena;
	struct dro_evidence *out;
	struct dro_gather gather;
	struct who *who; /* of malloc, as the next three */
	size_t n_who, who_cap;
	struct dro_seen *seen;
	size_t n_seen, seen_cap;
	struct dro_ignored *ignored;
	size_t n_ignored, ignored_cap;
};

/* The place of a reporter, a new one if need be; there are few. */
static enum dro_code
find_who(struct load *l, int64_t id, uint32_t *place, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < l->n_who; i++)
		if (l->who[i].id == id) {
			*place = (uint32_t)i;
			return (DRO_OK);
		}
	if (!dro_grow((void **)&l->who, &l->who_cap, l->n_who, sizeof(*l->who)))
		return (dro_err_nomem(err));
	*place = (uint32_t)l->n_who;
	l->who[l->n_who++] = (struct who){id, NULL, *place};
	return (DRO_OK);
}

/* Anybody can send these: no claim may make the sum overflow. */
#define IGNORED_MAX (INT64_C(1) << 40)

static enum dro_code
add_ignored(
    struct load *l, const char *reason, int64_t messages, struct dro_err *err)
{
	struct dro_ignored *g = NULL;
	size_t i;

	for (i = 0; i < l->n_ignored; i++)
		if (strcmp(l->ignored[i].reason, reason) == 0)
			g = &l->ignored[i];
	if (g == NULL) {
		if (!dro_grow((void **)&l->ignored, &l->ignored_cap,
			l->n_ignored, sizeof(*l->ignored)))
			return (dro_err_nomem(err));
		g = &l->ignored[l->n_ignored++];
		*g = (struct dro_ignored){
		    dro_arena_strdup(l->arena, reason), 0, 0};
		if (g->reason == NULL)
			return (dro_err_nomem(err));
	}
	g->reports++;
	g->messages += messages < IGNORED_MAX ? messages : IGNORED_MAX;
	return (DRO_OK);
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

void
dro_seen_policy(
    struct dro_seen *s, const char *p, const char *pct, const char *t)
{
	s->core = (struct dro_core){DRO_NONE, 100, false};
	s->has_p = p != NULL && dro_level_parse(dro_str_of(p), &s->core.p);
	s->has_pct = pct != NULL && parse_pct(pct, &s->core.pct);
	s->core.t = t != NULL && dro_str_ieq(dro_str_of(t), "y");
	s->has_t = s->core.t || (t != NULL && dro_str_ieq(dro_str_of(t), "n"));
}

void
dro_seen_subs(struct dro_seen *s, const char *sp, const char *np)
{
	s->sp = s->np = DRO_NONE;
	s->has_sp = sp != NULL && dro_level_parse(dro_str_of(sp), &s->sp);
	s->has_np = np != NULL && dro_level_parse(dro_str_of(np), &s->np);
}

/* Columns of the walk. */
enum { DAY, REPORTER, BEGIN, END, MESSAGES, P, PCT, T, SP, NP, IGNORED, CELLS };

static enum dro_code
take_counted(struct load *l, const struct dro_sql *q, struct dro_err *err)
{
	struct dro_str cells;
	struct dro_seen *s;
	enum dro_code code;

	if (!dro_grow(
		(void **)&l->seen, &l->seen_cap, l->n_seen, sizeof(*l->seen)))
		return (dro_err_nomem(err));
	s = &l->seen[l->n_seen++];
	s->begin = dro_sql_get_int(q, BEGIN);
	s->end = dro_sql_get_int(q, END);
	s->messages = dro_sql_get_int(q, MESSAGES);
	dro_seen_policy(
	    s, dro_sql_get(q, P), dro_sql_get(q, PCT), dro_sql_get(q, T));
	dro_seen_subs(s, dro_sql_get(q, SP), dro_sql_get(q, NP));
	code = find_who(l, dro_sql_get_int(q, REPORTER), &s->reporter, err);
	if (code != DRO_OK)
		return (code);
	cells = dro_sql_cells(q, CELLS);
	if (!dro_gather_report(&l->gather, (int32_t)dro_sql_get_int(q, DAY),
		s->reporter, &cells))
		return (dro_err_nomem(err));
	if (cells.len > 0)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: the lines of a report about %s are damaged; restore "
		    "a backup",
		    l->store->path, l->domain));
	return (DRO_OK);
}

static enum dro_code
take_report(struct load *l, const struct dro_sql *q, struct dro_err *err)
{
	const char *ignored = dro_sql_get(q, IGNORED);
	int64_t end = dro_sql_get_int(q, END), day = dro_sql_get_int(q, DAY);

	if (day < l->out->first_day)
		l->out->first_day = (int32_t)day;
	if (ignored == NULL && end <= l->now)
		return (take_counted(l, q, err));
	if (ignored == NULL) {
		ignored = "future";
		if (l->out->changes_at == 0 || end < l->out->changes_at)
			l->out->changes_at = end;
	}
	return (add_ignored(l, ignored, dro_sql_get_int(q, MESSAGES), err));
}

static enum dro_code
walk(struct load *l, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, l->store,
	    "SELECT day, reporter, begin_at, end_at, messages, p, pct, t,"
	    " sp, np, ignored, cells FROM weighed"
	    " WHERE watched = (SELECT id FROM domain WHERE name = ?)"
	    " AND day >= ?");
	dro_sql_text(&q, l->domain);
	dro_sql_int(&q, l->from_day);
	while ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row)
		if ((code = take_report(l, &q, err)) != DRO_OK)
			break;
	dro_sql_close(&q);
	return (code);
}

/* ---- names and order */

static enum dro_code
read_name(struct load *l, struct who *who, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, l->store, "SELECT name FROM reporter WHERE id = ?");
	dro_sql_int(&q, who->id);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && row)
		code = dro_sql_copy(&q, 0, l->arena, &who->name, err);
	else if (code == DRO_OK)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: evidence about %s refers to a reporter that does not "
		    "exist; restore a backup",
		    l->store->path, l->domain);
	dro_sql_close(&q);
	return (code);
}

static int
by_name(const void *a, const void *b)
{
	const struct who *x = a, *y = b;

	return (strcmp(x->name, y->name));
}

/* Give reporters their names and, from now on, places by name. */
static enum dro_code
name_reporters(struct load *l, struct dro_err *err)
{
	uint32_t *rank = dro_arena_alloc(l->arena, l->n_who, sizeof(*rank));
	const char **names =
	    dro_arena_alloc(l->arena, l->n_who, sizeof(*names));
	enum dro_code code;
	size_t i;

	if (rank == NULL || names == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < l->n_who; i++)
		if ((code = read_name(l, &l->who[i], err)) != DRO_OK)
			return (code);
	if (l->n_who > 0)
		qsort(l->who, l->n_who, sizeof(*l->who), by_name);
	for (i = 0; i < l->n_who; i++) {
		names[i] = l->who[i].name;
		rank[l->who[i].place] = (uint32_t)i;
	}
	for (i = 0; i < l->n_seen; i++)
		l->seen[i].reporter = rank[l->seen[i].reporter];
	for (i = 0; i < l->gather.n_cells; i++)
		l->gather.cells[i].reporter = rank[l->gather.cells[i].reporter];
	l->out->reporters = names;
	l->out->n_reporters = l->n_who;
	return (DRO_OK);
}

static int
order(int64_t a, int64_t b)
{
	return ((a > b) - (a < b));
}

/* By time; of those that remain equal either may come first. */
static int
by_begin(const void *a, const void *b)
{
	const struct dro_seen *x = a, *y = b;
	int d;

	if ((d = order(x->begin, y->begin)) != 0 ||
	    (d = order(x->end, y->end)) != 0 ||
	    (d = order(x->reporter, y->reporter)) != 0 ||
	    (d = order(x->messages, y->messages)) != 0 ||
	    (d = order(x->core.p, y->core.p)) != 0 ||
	    (d = order(x->core.pct, y->core.pct)) != 0 ||
	    (d = order(x->sp, y->sp)) != 0 || (d = order(x->np, y->np)) != 0)
		return (d);
	return (order(x->core.t, y->core.t));
}

static int
by_reason(const void *a, const void *b)
{
	const struct dro_ignored *x = a, *y = b;

	return (strcmp(x->reason, y->reason));
}

/* Move ${n} items to the arena, in their order. */
static bool
keep(struct load *l, const void *items, size_t n, size_t size,
    int (*compare)(const void *, const void *), void **out)
{
	if ((*out = dro_arena_alloc(l->arena, n, size)) == NULL)
		return (false);
	if (n == 0)
		return (true);
	memcpy(*out, items, n * size);
	qsort(*out, n, size, compare);
	return (true);
}

static enum dro_code
finish(struct load *l, struct dro_err *err)
{
	struct dro_evidence *out = l->out;
	void *seen, *ignored;
	enum dro_code code;

	if ((code = name_reporters(l, err)) != DRO_OK)
		return (code);
	if (!keep(l, l->seen, l->n_seen, sizeof(*l->seen), by_begin, &seen) ||
	    !keep(l, l->ignored, l->n_ignored, sizeof(*l->ignored), by_reason,
		&ignored))
		return (dro_err_nomem(err));
	out->seen = seen;
	out->n_seen = l->n_seen;
	out->ignored = ignored;
	out->n_ignored = l->n_ignored;
	return (dro_gather_end(&l->gather, l->store, out, err));
}

enum dro_code
dro_evidence_load(struct dro_store *store, const char *domain, int32_t from_day,
    int64_t now, struct dro_arena *arena, struct dro_evidence *out,
    struct dro_err *err)
{
	struct load l = {.store = store,
	    .domain = domain,
	    .from_day = from_day,
	    .now = now,
	    .arena = arena,
	    .out = out};
	enum dro_code code;
	bool found;

	code = dro_rollup_get(
	    store, domain, from_day, now, arena, out, &found, err);
	if (code != DRO_OK || found)
		return (code);
	memset(out, 0, sizeof(*out));
	out->first_day = INT32_MAX;
	dro_gather_init(&l.gather, arena);
	if ((code = walk(&l, err)) == DRO_OK)
		code = finish(&l, err);
	dro_gather_finish(&l.gather);
	free(l.who);
	free(l.seen);
	free(l.ignored);
	return (code);
}
