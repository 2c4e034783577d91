#include <string.h>

#include "internal.h"

/*
 * The evidence of a domain as octets, so that a decision reads one row where
 * it would step over every report of half a year.  All numbers as in
 * cells.c; texts are their length, their octets and a NUL; days and times are
 * the distance from the one before:
 *
 *     3; reporters; streams; cells; reports seen; what is ignored; when a
 *     report begins to count
 *
 * Streams are sorted, so those with the same names follow each other: how many
 * there are; then, for each six names, those, how many streams have them, and
 * their addresses.
 *
 * It holds for a moment and a first day of evidence; see is_good.
 */
#define VERSION 3

/* Evidence above this is summed up anew each time. */
#define PACKED_MAX ((size_t)8 << 20)

static void
put_text(struct dro_buf *out, const char *s)
{
	size_t len = strlen(s);

	dro_number_put(out, (int64_t)len);
	dro_buf_add(out, s, len + 1);
}

static void
put_reporters(struct dro_buf *out, const struct dro_evidence *ev)
{
	size_t i;

	dro_number_put(out, (int64_t)ev->n_reporters);
	for (i = 0; i < ev->n_reporters; i++)
		put_text(out, ev->reporters[i]);
}

static bool
same_names(const struct dro_stream *a, const struct dro_stream *b)
{
	return (strcmp(a->dkim, b->dkim) == 0 &&
	    strcmp(a->selector, b->selector) == 0 &&
	    strcmp(a->dkim_other, b->dkim_other) == 0 &&
	    strcmp(a->mail_from, b->mail_from) == 0 &&
	    strcmp(a->claim, b->claim) == 0 &&
	    strcmp(a->claim_selector, b->claim_selector) == 0 &&
	    a->below == b->below);
}

static void
put_streams(struct dro_buf *out, const struct dro_evidence *ev)
{
	const struct dro_stream *s = ev->streams, *end = s + ev->n_streams;
	const struct dro_stream *next;
	size_t k;

	dro_number_put(out, (int64_t)ev->n_streams);
	for (; s < end; s = next) {
		const char *const names[] = {s->dkim, s->selector,
		    s->dkim_other, s->mail_from, s->claim, s->claim_selector};

		for (k = 0; k < DRO_ARRAY_LEN(names); k++)
			put_text(out, names[k]);
		dro_number_put(out, s->below);
		for (next = s + 1; next < end && same_names(s, next);)
			next++;
		dro_number_put(out, next - s);
		for (; s < next; s++)
			put_text(out, s->ip);
	}
}

static void
put_cells(struct dro_buf *out, const struct dro_evidence *ev)
{
	const struct dro_cell *c;
	int32_t day = 0;
	size_t i;

	dro_number_put(out, (int64_t)ev->n_cells);
	for (i = 0; i < ev->n_cells; i++) {
		c = &ev->cells[i];
		dro_number_put(out, c->day - day);
		dro_number_put(out, c->stream);
		dro_number_put(out, c->reporter);
		dro_number_put(out, c->pass);
		dro_number_put(out, c->fail);
		dro_number_put(out, c->unknown);
		day = c->day;
	}
}

/* What a report showed of the policy, as bits. */
enum { HAS_P = 1, HAS_PCT = 2, HAS_T = 4, T = 8, HAS_SP = 16, HAS_NP = 32 };

static void
put_seen(struct dro_buf *out, const struct dro_evidence *ev)
{
	const struct dro_seen *s;
	int64_t begin = 0;
	size_t i;

	dro_number_put(out, (int64_t)ev->n_seen);
	for (i = 0; i < ev->n_seen; i++) {
		s = &ev->seen[i];
		dro_number_put(out, s->begin - begin);
		dro_number_put(out, s->end - s->begin);
		dro_number_put(out, s->reporter);
		dro_number_put(out, s->messages);
		dro_number_put(out,
		    (s->has_p ? HAS_P : 0) | (s->has_pct ? HAS_PCT : 0) |
			(s->has_t ? HAS_T : 0) | (s->core.t ? T : 0) |
			(s->has_sp ? HAS_SP : 0) | (s->has_np ? HAS_NP : 0));
		/* Three levels in one number, of one octet. */
		dro_number_put(out, s->core.p + 3 * s->sp + 9 * s->np);
		dro_number_put(out, s->core.pct);
		begin = s->begin;
	}
}

static void
pack(const struct dro_evidence *ev, struct dro_buf *out)
{
	size_t i;

	dro_number_put(out, VERSION);
	put_reporters(out, ev);
	put_streams(out, ev);
	put_cells(out, ev);
	put_seen(out, ev);
	dro_number_put(out, (int64_t)ev->n_ignored);
	for (i = 0; i < ev->n_ignored; i++) {
		put_text(out, ev->ignored[i].reason);
		dro_number_put(out, ev->ignored[i].reports);
		dro_number_put(out, ev->ignored[i].messages);
	}
	dro_number_put(out, ev->changes_at);
}

/* What is left to unpack: nothing once anything does not fit. */
struct cursor {
	struct dro_str in;
	struct dro_arena *arena;
	bool bad;
};

static void
spoil(struct cursor *c)
{
	c->bad = true;
	c->in.len = 0;
}

/* Most numbers are one octet, and there are many. */
static inline int64_t
get(struct cursor *c, int64_t max)
{
	int64_t value = 0;

	if (c->in.len > 0 && (unsigned char)*c->in.ptr < 0x80) {
		value = (unsigned char)*c->in.ptr++;
		c->in.len--;
	} else if (!dro_number_get(&c->in, &value)) {
		spoil(c);
		return (0);
	}
	if (value > max) {
		spoil(c);
		return (0);
	}
	return (value);
}

static const char *
get_text(struct cursor *c)
{
	size_t len = (size_t)get(c, (int64_t)c->in.len);
	const char *s = c->in.ptr;

	if (len >= c->in.len || s[len] != '\0') {
		spoil(c);
		return ("");
	}
	c->in.ptr += len + 1;
	c->in.len -= len + 1;
	return (s);
}

/* Room for as many items as follow, each of at least one octet. */
static void *
get_items(struct cursor *c, size_t *n, size_t size)
{
	void *items;

	*n = (size_t)get(c, (int64_t)c->in.len);
	items = dro_arena_alloc(c->arena, *n, size);
	if (items == NULL) {
		spoil(c);
		*n = 0;
	}
	return (items);
}

static void
get_reporters(struct cursor *c, struct dro_evidence *ev)
{
	size_t i;

	ev->reporters = get_items(c, &ev->n_reporters, sizeof(char *));
	for (i = 0; i < ev->n_reporters; i++)
		ev->reporters[i] = get_text(c);
}

static void
get_streams(struct cursor *c, struct dro_evidence *ev)
{
	struct dro_stream like;
	size_t i, n;

	ev->streams = get_items(c, &ev->n_streams, sizeof(*ev->streams));
	for (i = 0; i < ev->n_streams && !c->bad;) {
		like.dkim = get_text(c);
		like.selector = get_text(c);
		like.dkim_other = get_text(c);
		like.mail_from = get_text(c);
		like.claim = get_text(c);
		like.claim_selector = get_text(c);
		like.below = get(c, 1) != 0;
		n = (size_t)get(c, (int64_t)(ev->n_streams - i));
		if (n == 0)
			spoil(c);
		for (; n > 0; n--) {
			like.ip = get_text(c);
			ev->streams[i++] = like;
		}
	}
}

static void
get_cells(struct cursor *c, struct dro_evidence *ev)
{
	int64_t day = 0;
	size_t i;

	ev->cells = get_items(c, &ev->n_cells, sizeof(*ev->cells));
	for (i = 0; i < ev->n_cells; i++) {
		struct dro_cell *cell = &ev->cells[i];

		day += get(c, INT32_MAX - day);
		cell->day = (int32_t)day;
		cell->stream = (uint32_t)get(c, (int64_t)ev->n_streams - 1);
		cell->reporter = (uint32_t)get(c, (int64_t)ev->n_reporters - 1);
		cell->pass = get(c, INT64_MAX);
		cell->fail = get(c, INT64_MAX);
		cell->unknown = get(c, INT64_MAX);
	}
}

static void
get_seen(struct cursor *c, struct dro_evidence *ev)
{
	int64_t begin = 0;
	size_t i;
	int bits, levels;

	ev->seen = get_items(c, &ev->n_seen, sizeof(*ev->seen));
	for (i = 0; i < ev->n_seen; i++) {
		struct dro_seen *s = &ev->seen[i];

		begin += get(c, INT64_MAX - begin);
		s->begin = begin;
		s->end = begin + get(c, INT64_MAX - begin);
		s->reporter = (uint32_t)get(c, (int64_t)ev->n_reporters - 1);
		s->messages = get(c, INT64_MAX);
		bits = (int)get(c, 2 * HAS_NP - 1);
		s->has_p = (bits & HAS_P) != 0;
		s->has_pct = (bits & HAS_PCT) != 0;
		s->has_t = (bits & HAS_T) != 0;
		s->core.t = (bits & T) != 0;
		s->has_sp = (bits & HAS_SP) != 0;
		s->has_np = (bits & HAS_NP) != 0;
		levels = (int)get(c, 26);
		s->core.p = (enum dro_level)(levels % 3);
		s->sp = (enum dro_level)(levels / 3 % 3);
		s->np = (enum dro_level)(levels / 9);
		s->core.pct = (int)get(c, 100);
	}
}

/* False: not what pack makes; the reports have to be read. */
static bool
unpack(struct cursor *c, struct dro_evidence *ev)
{
	size_t i;

	if (get(c, VERSION) != VERSION)
		return (false);
	get_reporters(c, ev);
	get_streams(c, ev);
	get_cells(c, ev);
	get_seen(c, ev);
	ev->ignored = get_items(c, &ev->n_ignored, sizeof(*ev->ignored));
	for (i = 0; i < ev->n_ignored; i++) {
		ev->ignored[i].reason = get_text(c);
		ev->ignored[i].reports = get(c, INT64_MAX);
		ev->ignored[i].messages = get(c, INT64_MAX);
	}
	ev->changes_at = get(c, INT64_MAX);
	return (!c->bad && c->in.len == 0);
}

enum dro_code
dro_rollup_put(struct dro_store *store, int64_t domain,
    const struct dro_evidence *ev, int32_t from_day, int64_t now,
    struct dro_err *err)
{
	struct dro_buf packed;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&packed, PACKED_MAX);
	pack(ev, &packed);
	if ((code = dro_buf_check(&packed, "evidence", err)) == DRO_ELIMIT) {
		dro_buf_finish(&packed);
		return (DRO_OK);
	}
	if (code == DRO_OK) {
		dro_sql_open(&q, store,
		    "INSERT OR REPLACE INTO rollup"
		    " (domain, at, from_day, first_day, packed)"
		    " VALUES (?, ?, ?, ?, ?)");
		dro_sql_int(&q, domain);
		dro_sql_int(&q, now);
		dro_sql_int(&q, from_day);
		dro_sql_int(&q, ev->first_day);
		dro_sql_blob(&q, packed.ptr, packed.len);
		code = dro_sql_run(&q, err);
	}
	dro_buf_finish(&packed);
	return (code);
}

/*
 * Whether a rollup made at ${at} for evidence from ${from} on, whose oldest
 * report is of ${first}, is what from ${wanted} on and at ${now} would be:
 * none is older than wanted, none that was left out is wanted.
 */
static bool
is_good(const struct dro_sql *q, int32_t wanted, int64_t now)
{
	int64_t at = dro_sql_get_int(q, 0), from = dro_sql_get_int(q, 1);
	int64_t first = dro_sql_get_int(q, 2);

	return (at <= now && from <= wanted && wanted <= first);
}

enum dro_code
dro_rollup_get(struct dro_store *store, const char *domain, int32_t from_day,
    int64_t now, struct dro_arena *arena, struct dro_evidence *out, bool *found,
    struct dro_err *err)
{
	struct cursor c = {.arena = arena};
	enum dro_code code;
	struct dro_sql q;
	bool row;

	*found = false;
	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT at, from_day, first_day, packed FROM rollup"
	    " WHERE domain = (SELECT id FROM domain WHERE name = ?)");
	dro_sql_text(&q, domain);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && row && is_good(&q, from_day, now)) {
		/* One copy that the texts are borrowed from. */
		c.in = dro_sql_cells(&q, 3);
		c.in.ptr = dro_arena_strndup(arena, c.in.ptr, c.in.len);
		if (c.in.ptr == NULL)
			code = dro_err_nomem(err);
		else
			*found = unpack(&c, out) &&
			    (out->changes_at == 0 || now < out->changes_at);
		out->first_day = (int32_t)dro_sql_get_int(&q, 2);
	}
	dro_sql_close(&q);
	return (code);
}
