#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "originals.h"

/*
 * The lines of a report beside those of its original.  Their order says
 * nothing, and neither does how lines about the same are split.
 */

/* Of an identity, with whether it is below the domain. */
#define NAMES 7

/* What a line is about, and its counts. */
struct line {
	const char *about; /* names and address, each with its NUL */
	size_t len;
	int64_t pass, fail, unknown;
};

static int
compare_about(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t least = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->about, y->about, least);

	return (order != 0 ? order : (x->len > y->len) - (x->len < y->len));
}

/* Sort, and add up those about the same; how many are left. */
static size_t
add_up(struct line *lines, size_t n)
{
	size_t i, last = 0;

	if (n == 0)
		return (0);
	qsort(lines, n, sizeof(*lines), compare_about);
	for (i = 1; i < n; i++) {
		if (compare_about(&lines[last], &lines[i]) != 0) {
			lines[++last] = lines[i];
			continue;
		}
		/* Sums of one report fit (DRO_COUNT_MAX). */
		lines[last].pass += lines[i].pass;
		lines[last].fail += lines[i].fail;
		lines[last].unknown += lines[i].unknown;
	}
	return (last + 1);
}

/* Names and address as the stored ones are; NULL when out of memory. */
static const char *
about(struct dro_arena *arena, const char *const names[NAMES],
    struct dro_str ip, size_t *len)
{
	char *out, *p;
	size_t i, n;

	*len = ip.len + 1;
	for (i = 0; i < NAMES; i++)
		*len += strlen(names[i]) + 1;
	if ((out = dro_arena_alloc(arena, *len, 1)) == NULL)
		return (NULL);
	for (i = 0, p = out; i < NAMES; i++, p += n) {
		n = strlen(names[i]) + 1;
		memcpy(p, names[i], n);
	}
	memcpy(p, ip.ptr, ip.len);
	p[ip.len] = '\0';
	return (out);
}

/* The lines of ${r}, with networks for addresses if ${cut}. */
static struct line *
read_lines(const struct dro_report *r, bool cut, struct dro_arena *arena)
{
	struct line *lines =
	    dro_arena_alloc(arena, r->n_lines + 1, sizeof(*lines));
	char network[DRO_NETWORK_LEN];
	const struct dro_line *l;
	struct dro_str ip;
	size_t i;

	for (i = 0; lines != NULL && i < r->n_lines; i++) {
		l = &r->lines[i];
		ip = dro_str_of(l->stream.ip);
		if (cut)
			ip = dro_network_of(ip, network);
		lines[i] = (struct line){
		    .pass = l->pass, .fail = l->fail, .unknown = l->unknown};
		lines[i].about = about(arena,
		    (const char *const[]){l->stream.dkim, l->stream.selector,
			l->stream.dkim_other, l->stream.mail_from,
			l->stream.claim, l->stream.claim_selector,
			l->stream.below ? "b" : ""},
		    ip, &lines[i].len);
		if (lines[i].about == NULL)
			return (NULL);
	}
	return (lines);
}

/* One stored line; DRO_ENOTFOUND if its names are not there. */
static enum dro_code
load_line(struct dro_store *store, const struct dro_packed *packed,
    struct dro_arena *arena, struct line *out, struct dro_err *err)
{
	const char *names[NAMES] = {NULL};
	enum dro_code code;
	struct dro_sql q;
	bool row, whole = true;
	int i;

	*out = (struct line){.pass = packed->pass,
	    .fail = packed->fail,
	    .unknown = packed->unknown};
	dro_sql_open(&q, store,
	    "SELECT dkim, selector, dkim_other, mail_from, claim,"
	    " claim_selector, CASE below WHEN 1 THEN 'b' ELSE '' END"
	    " FROM identity WHERE id = ?");
	dro_sql_int(&q, packed->identity);
	code = dro_sql_next(&q, &row, err);
	for (i = 0; row && i < NAMES; i++)
		whole = (names[i] = dro_sql_get(&q, i)) != NULL && whole;
	if (code == DRO_OK && (!row || !whole))
		code = DRO_ENOTFOUND;
	if (code == DRO_OK &&
	    (out->about = about(arena, names, packed->ip, &out->len)) == NULL)
		code = dro_err_nomem(err);
	dro_sql_close(&q);
	return (code);
}

/* Compare the stored ${cells} with the ${n} ${lines}, which are added up. */
static enum dro_code
compare(struct dro_store *store, struct dro_str cells, const struct line *lines,
    size_t n, struct dro_arena *arena, bool *same, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_packed packed;
	struct line *stored;
	size_t i, count = 0;
	struct dro_str in;

	for (in = cells; dro_cells_next(&in, &packed);)
		count++;
	*same = in.len == 0;
	stored = dro_arena_alloc(arena, count + 1, sizeof(*stored));
	if (stored == NULL)
		return (dro_err_nomem(err));
	for (i = 0, in = cells; i < count && code == DRO_OK; i++)
		if (dro_cells_next(&in, &packed))
			code =
			    load_line(store, &packed, arena, &stored[i], err);
	if (code != DRO_OK) {
		*same = false;
		return (code == DRO_ENOTFOUND ? DRO_OK : code);
	}
	*same = *same && add_up(stored, count) == n;
	for (i = 0; *same && i < n; i++)
		*same = compare_about(&stored[i], &lines[i]) == 0 &&
		    stored[i].pass == lines[i].pass &&
		    stored[i].fail == lines[i].fail &&
		    stored[i].unknown == lines[i].unknown;
	return (DRO_OK);
}

enum dro_code
dro_lines_compare(struct dro_store *store, const struct dro_stored_report *was,
    const struct dro_report *is, bool *same, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	struct line *lines;
	enum dro_code code;
	struct dro_sql q;
	bool row;

	if (arena == NULL ||
	    (lines = read_lines(is, was->cut, arena)) == NULL) {
		dro_arena_destroy(arena);
		return (dro_err_nomem(err));
	}
	dro_sql_open(&q, store, "SELECT cells FROM report WHERE id = ?");
	dro_sql_int(&q, was->id);
	code = dro_sql_next(&q, &row, err);
	if (row)
		code = compare(store, dro_sql_cells(&q, 0), lines,
		    add_up(lines, is->n_lines), arena, same, err);
	dro_sql_close(&q);
	dro_arena_destroy(arena);
	return (code);
}
