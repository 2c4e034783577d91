#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "gather.h"

/* A stream by number and address, until its names are read. */
struct spot {
	int64_t identity;
	const char *ip; /* in the arena */
	size_t ip_len;
	uint64_t hash;
	uint32_t place; /* where it was first put; later its rank */
};

void
dro_gather_init(struct dro_gather *g, struct dro_arena *arena)
{
	memset(g, 0, sizeof(*g));
	g->arena = arena;
	/* Spoofers choose addresses: they must not be able to choose slots. */
	if (getrandom(&g->seed, sizeof(g->seed), GRND_NONBLOCK) < 0)
		g->seed = (uint64_t)(uintptr_t)g;
}

void
dro_gather_finish(struct dro_gather *g)
{
	free(g->spots);
	free(g->index);
	free(g->cells);
}

bool
dro_grow(void **items, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *ptr;

	if (n < *cap)
		return (true);
	if ((ptr = reallocarray(*items, more, size)) == NULL)
		return (false);
	*items = ptr;
	*cap = more;
	return (true);
}

/* Half of the index stays empty. */
static bool
grow_index(struct dro_gather *g)
{
	size_t n = g->n_index == 0 ? 128 : g->n_index * 2, i, at;
	uint32_t *index;

	if (g->n_spots * 2 < g->n_index)
		return (true);
	if ((index = calloc(n, sizeof(*index))) == NULL)
		return (false);
	for (i = 0; i < g->n_spots; i++) {
		at = g->spots[i].hash & (n - 1);
		while (index[at] != 0)
			at = (at + 1) & (n - 1);
		index[at] = (uint32_t)i + 1;
	}
	free(g->index);
	g->index = index;
	g->n_index = n;
	return (true);
}

static uint64_t
hash_of(const struct dro_gather *g, const struct dro_packed *line)
{
	uint64_t h =
	    (g->seed ^ (uint64_t)line->identity) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	for (i = 0; i < line->ip.len; i++)
		h = (h ^ (unsigned char)line->ip.ptr[i]) *
		    UINT64_C(0x100000001b3);
	return (h ^ h >> 32);
}

/* The place of the stream of ${line}, a new one if need be. */
static bool
find_spot(struct dro_gather *g, const struct dro_packed *line, uint32_t *place)
{
	uint64_t hash = hash_of(g, line);
	struct spot *s;
	size_t at;

	if (!grow_index(g) ||
	    !dro_grow((void **)&g->spots, &g->spots_cap, g->n_spots,
		sizeof(*g->spots)))
		return (false);
	at = hash & (g->n_index - 1);
	for (; g->index[at] != 0; at = (at + 1) & (g->n_index - 1)) {
		s = &g->spots[g->index[at] - 1];
		if (s->hash == hash && s->identity == line->identity &&
		    s->ip_len == line->ip.len &&
		    memcmp(s->ip, line->ip.ptr, s->ip_len) == 0) {
			*place = s->place;
			return (true);
		}
	}
	s = &g->spots[g->n_spots];
	*s = (struct spot){line->identity,
	    dro_arena_strndup(g->arena, line->ip.ptr, line->ip.len),
	    line->ip.len, hash, (uint32_t)g->n_spots};
	if (s->ip == NULL)
		return (false);
	*place = s->place;
	g->index[at] = (uint32_t)++g->n_spots;
	return (true);
}

bool
dro_gather_report(
    struct dro_gather *g, int32_t day, uint32_t reporter, struct dro_str *cells)
{
	struct dro_packed line;
	struct dro_cell *cell;

	while (cells->len > 0) {
		if (!dro_cells_next(cells, &line))
			return (true);
		if (!dro_grow((void **)&g->cells, &g->cells_cap, g->n_cells,
			sizeof(*g->cells)))
			return (false);
		cell = &g->cells[g->n_cells];
		*cell = (struct dro_cell){
		    day, 0, reporter, line.pass, line.fail, line.unknown};
		if (!find_spot(g, &line, &cell->stream))
			return (false);
		g->n_cells++;
	}
	return (true);
}

/* ---- names, order and sums */

static int
by_identity(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	return ((x->identity > y->identity) - (x->identity < y->identity));
}

static enum dro_code
read_names(struct dro_store *store, int64_t identity, struct dro_arena *arena,
    struct dro_stream *out, struct dro_err *err)
{
	const char **fields[] = {&out->dkim, &out->selector, &out->dkim_other,
	    &out->mail_from, &out->claim, &out->claim_selector};
	enum dro_code code;
	struct dro_sql q;
	bool row;
	int i;

	dro_sql_open(&q, store,
	    "SELECT dkim, selector, dkim_other, mail_from, claim,"
	    " claim_selector, below FROM identity WHERE id = ?");
	dro_sql_int(&q, identity);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && !row)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: evidence refers to identity %lld, which does not "
		    "exist; restore a backup",
		    store->path, (long long)identity);
	for (i = 0; code == DRO_OK && i < (int)DRO_ARRAY_LEN(fields); i++) {
		/* Most are empty, and there are many. */
		*fields[i] = "";
		if (sqlite3_column_bytes(q.stmt, i) > 0)
			code = dro_sql_copy(&q, i, arena, fields[i], err);
	}
	out->below = code == DRO_OK && dro_sql_get_int(&q, i) != 0;
	dro_sql_close(&q);
	return (code);
}

/* A stream and the place its cells refer to it by. */
struct named {
	struct dro_stream stream; /* first: compared as one */
	uint32_t place;
};

/* By how they authenticate, then by address. */
static int
by_names(const void *a, const void *b)
{
	const struct dro_stream *x = a, *y = b;
	int d;

	if ((d = strcmp(x->dkim, y->dkim)) != 0 ||
	    (d = strcmp(x->selector, y->selector)) != 0 ||
	    (d = strcmp(x->dkim_other, y->dkim_other)) != 0 ||
	    (d = strcmp(x->mail_from, y->mail_from)) != 0 ||
	    (d = strcmp(x->claim, y->claim)) != 0 ||
	    (d = strcmp(x->claim_selector, y->claim_selector)) != 0 ||
	    (d = x->below - y->below) != 0)
		return (d);
	return (strcmp(x->ip, y->ip));
}

/* Read the names of every stream, once per identity. */
static enum dro_code
name_all(struct dro_gather *g, struct dro_store *store, struct named *all,
    struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	qsort(g->spots, g->n_spots, sizeof(*g->spots), by_identity);
	for (i = 0; i < g->n_spots; i++) {
		if (i > 0 && g->spots[i].identity == g->spots[i - 1].identity)
			all[i].stream = all[i - 1].stream;
		else if ((code = read_names(store, g->spots[i].identity,
			      g->arena, &all[i].stream, err)) != DRO_OK)
			return (code);
		all[i].stream.ip = g->spots[i].ip;
		all[i].place = g->spots[i].place;
	}
	return (DRO_OK);
}

static int
by_day(const void *a, const void *b)
{
	const struct dro_cell *x = a, *y = b;

	if (x->day != y->day)
		return (x->day < y->day ? -1 : 1);
	if (x->stream != y->stream)
		return (x->stream < y->stream ? -1 : 1);
	return ((x->reporter > y->reporter) - (x->reporter < y->reporter));
}

/* Cells of several reports about the same: one, with their sums. */
static enum dro_code
add_up(struct dro_gather *g, struct dro_err *err)
{
	struct dro_cell *to = g->cells, *c;

	for (c = g->cells; c < g->cells + g->n_cells; c++) {
		if (c == g->cells)
			continue;
		if (by_day(to, c) != 0) {
			*++to = *c;
			continue;
		}
		if (dro_add_overflow(to->pass, c->pass, &to->pass) ||
		    dro_add_overflow(to->fail, c->fail, &to->fail) ||
		    dro_add_overflow(to->unknown, c->unknown, &to->unknown))
			return (dro_err_set(err, DRO_ESTATE,
			    "evidence of one day adds up to more than any "
			    "number; restore a backup"));
	}
	if (g->n_cells > 0)
		g->n_cells = (size_t)(to - g->cells) + 1;
	return (DRO_OK);
}

static enum dro_code
hand_out(struct dro_gather *g, struct named *all, struct dro_evidence *out,
    struct dro_err *err)
{
	uint32_t *rank = reallocarray(NULL, g->n_spots + 1, sizeof(*rank));
	enum dro_code code;
	size_t i;

	out->streams =
	    dro_arena_alloc(g->arena, g->n_spots, sizeof(*out->streams));
	if (rank == NULL || out->streams == NULL) {
		free(rank);
		return (dro_err_nomem(err));
	}
	qsort(all, g->n_spots, sizeof(*all), by_names);
	for (i = 0; i < g->n_spots; i++) {
		out->streams[i] = all[i].stream;
		rank[all[i].place] = (uint32_t)i;
	}
	out->n_streams = g->n_spots;
	for (i = 0; i < g->n_cells; i++)
		g->cells[i].stream = rank[g->cells[i].stream];
	free(rank);
	qsort(g->cells, g->n_cells, sizeof(*g->cells), by_day);
	if ((code = add_up(g, err)) != DRO_OK)
		return (code);
	out->cells = dro_arena_alloc(g->arena, g->n_cells, sizeof(*g->cells));
	if (out->cells == NULL)
		return (dro_err_nomem(err));
	memcpy(out->cells, g->cells, g->n_cells * sizeof(*g->cells));
	out->n_cells = g->n_cells;
	return (DRO_OK);
}

enum dro_code
dro_gather_end(struct dro_gather *g, struct dro_store *store,
    struct dro_evidence *out, struct dro_err *err)
{
	struct named *all;
	enum dro_code code;

	if (g->n_cells == 0)
		return (DRO_OK);
	if ((all = calloc(g->n_spots, sizeof(*all))) == NULL)
		return (dro_err_nomem(err));
	code = name_all(g, store, all, err);
	if (code == DRO_OK)
		code = hand_out(g, all, out, err);
	free(all);
	return (code);
}
