#include <stdlib.h>
#include <string.h>

#include "ingest/wire_parts.h"
#include "ingest/xml.h"
#include "record/dmarc.h"

/*
 * The frame of a report.  Its lines are most of it, so they are short: the
 * number of names that came before, or 0 and six new ones; the address; the
 * counts.  Small numbers have seven bits an octet, low ones first, the high
 * bit set on all but the last.
 */

/* A line takes at least five numbers of one octet and a NUL. */
#define LINE_MIN 6
#define IP_MAX 45 /* of an IPv6 address as text */

/* ---- writing */

static void
put_small(struct dro_buf *buf, int64_t n)
{
	unsigned char octets[9];
	size_t len = 0;

	for (; n > 0x7f; n >>= 7)
		octets[len++] = (unsigned char)((n & 0x7f) | 0x80);
	octets[len++] = (unsigned char)n;
	dro_buf_add(buf, octets, len);
}

/* Line ${i}; ${n_names}: how many were new until now. */
static void
put_line(struct dro_buf *buf, const struct dro_report *r, size_t i,
    uint32_t *n_names)
{
	const struct dro_line *line = &r->lines[i];
	const struct dro_stream *s = &line->stream;
	uint32_t names = r->names != NULL ? r->names[i] : 0;
	size_t len = strlen(s->ip);

	if (names > 0 && names <= *n_names) {
		put_small(buf, names);
	} else {
		++*n_names;
		put_small(buf, 0);
		dro_part_text(buf, s->dkim);
		dro_part_text(buf, s->selector);
		dro_part_text(buf, s->dkim_other);
		dro_part_text(buf, s->mail_from);
		dro_part_text(buf, s->claim);
		dro_part_text(buf, s->claim_selector);
		put_small(buf, s->below);
	}
	put_small(buf, (int64_t)len);
	dro_buf_add(buf, s->ip, len + 1);
	put_small(buf, line->pass);
	put_small(buf, line->fail);
	put_small(buf, line->unknown);
}

void
dro_wire_put_report(struct dro_buf *buf, const char *member,
    const struct dro_report *r, dro_warns warns)
{
	size_t at = dro_part_begin(buf, DRO_FRAME_REPORT), i;
	uint32_t n_names = 0;

	dro_part_text(buf, member);
	dro_part_int(buf, (int64_t)warns);
	dro_part_text(buf, r->org);
	dro_part_text(buf, r->email);
	dro_part_text(buf, r->reporter);
	dro_part_text(buf, r->report_id);
	dro_part_text(buf, r->domain);
	dro_part_int(buf, r->begin);
	dro_part_int(buf, r->end);
	dro_part_int(buf, r->generation);
	dro_part_int(buf, r->rows);
	dro_part_int(buf, r->messages);
	dro_part_int(buf, r->dmarc_pass);
	dro_part_int(buf, r->dkim_aligned);
	dro_part_int(buf, r->spf_aligned);
	dro_part_int(buf, r->unknown);
	for (i = 0; i < DRO_DISP_N; i++)
		dro_part_int(buf, r->disposition[i]);
	dro_part_text(buf, r->p);
	dro_part_text(buf, r->sp);
	dro_part_text(buf, r->np);
	dro_part_text(buf, r->pct);
	dro_part_text(buf, r->t);
	dro_buf_add(buf, r->content, sizeof(r->content));
	dro_part_int(buf, (int64_t)r->n_lines);
	for (i = 0; i < r->n_lines; i++)
		put_line(buf, r, i, &n_names);
	dro_part_end(buf, at, 0);
}

/* ---- reading */

void
dro_wire_room_finish(struct dro_wire_room *room)
{
	free(room->lines);
	free(room->numbers);
	free(room->first);
	memset(room, 0, sizeof(*room));
}

/* A number of at most ${most}, in the only way to write it. */
static int64_t
get_small(struct dro_cursor *c, int64_t most)
{
	unsigned char octet = 0x80;
	unsigned shift;
	uint64_t n = 0;

	for (shift = 0; shift < 63 && c->len > 0 && octet >= 0x80; shift += 7) {
		octet = (unsigned char)*c->ptr++;
		c->len--;
		n |= (uint64_t)(octet & 0x7f) << shift;
	}
	if (octet >= 0x80 || (octet == 0 && shift > 7) || n > (uint64_t)most) {
		c->bad = true;
		return (0);
	}
	return ((int64_t)n);
}

static const char *
get_address(struct dro_cursor *c)
{
	size_t len = (size_t)get_small(c, IP_MAX), i;
	const char *p = dro_cursor_skip(c, len + 1);

	if (p == NULL)
		return ("");
	for (i = 0; i < len; i++)
		if ((p[i] < '0' || p[i] > '9') && (p[i] < 'a' || p[i] > 'f') &&
		    p[i] != '.' && p[i] != ':')
			c->bad = true;
	if (p[len] != '\0')
		c->bad = true;
	return (p);
}

/* Line ${i}; its names are new, or those of a line before it. */
static void
get_line(struct dro_cursor *c, struct dro_wire_room *room, size_t i,
    uint32_t *n_names)
{
	struct dro_line *out = &room->lines[i];
	struct dro_stream *s = &out->stream;
	uint32_t names = (uint32_t)get_small(c, *n_names);

	if (names > 0) {
		*s = room->lines[room->first[names - 1]].stream;
	} else {
		room->first[*n_names] = (uint32_t)i;
		names = ++*n_names;
		s->dkim = dro_cursor_name(c);
		s->selector = dro_cursor_name(c);
		s->dkim_other = dro_cursor_name(c);
		s->mail_from = dro_cursor_name(c);
		s->claim = dro_cursor_name(c);
		s->claim_selector = dro_cursor_name(c);
		s->below = get_small(c, 1) != 0;
	}
	room->numbers[i] = names;
	s->ip = get_address(c);
	out->pass = get_small(c, DRO_COUNT_MAX);
	out->fail = get_small(c, DRO_COUNT_MAX);
	out->unknown = get_small(c, DRO_COUNT_MAX);
}

static bool
make_room(struct dro_wire_room *room, size_t n)
{
	if (n <= room->cap && room->lines != NULL)
		return (true);
	dro_wire_room_finish(room);
	room->lines = calloc(n + 1, sizeof(*room->lines));
	room->numbers = calloc(n + 1, sizeof(*room->numbers));
	room->first = calloc(n + 1, sizeof(*room->first));
	if (room->lines == NULL || room->numbers == NULL || room->first == NULL)
		return (false);
	room->cap = n;
	return (true);
}

/* The lines; their messages must be those of the report. */
static void
get_lines(
    struct dro_cursor *c, struct dro_wire_room *room, struct dro_report *r)
{
	int64_t n = dro_cursor_int(c, 0, DRO_ROWS_MAX), pass = 0, fail = 0;
	int64_t unknown = 0;
	uint32_t n_names = 0;
	size_t i;

	if (c->bad || n > r->rows || (size_t)n > c->len / LINE_MIN ||
	    !make_room(room, (size_t)n)) {
		c->bad = true;
		return;
	}
	/* 500 000 times DRO_COUNT_MAX would not fit, so it is looked at. */
	for (i = 0; i < (size_t)n && !c->bad; i++) {
		get_line(c, room, i, &n_names);
		pass += room->lines[i].pass;
		fail += room->lines[i].fail;
		unknown += room->lines[i].unknown;
		c->bad |= pass > DRO_COUNT_MAX || fail > DRO_COUNT_MAX ||
		    unknown > DRO_COUNT_MAX;
	}
	r->lines = room->lines;
	r->names = room->numbers;
	r->n_lines = (size_t)n;
	c->bad |= pass != r->dmarc_pass || unknown != r->unknown ||
	    pass + fail + unknown != r->messages;
}

/* ---- the rest of it */

static const char *
get_level(struct dro_cursor *c)
{
	const char *text = dro_cursor_optional(c, 10);
	enum dro_level level;

	if (text != NULL && !dro_level_parse(dro_str_of(text), &level))
		c->bad = true;
	return (text);
}

/* pct and t: few characters of a few kinds. */
static const char *
get_short(struct dro_cursor *c, const char *characters, size_t most)
{
	const char *text = dro_cursor_optional(c, most);

	if (text != NULL && text[strspn(text, characters)] != '\0')
		c->bad = true;
	return (text);
}

static void
get_sums(struct dro_cursor *c, struct dro_report *r)
{
	int64_t sum = 0;
	size_t i;

	r->rows = dro_cursor_int(c, 0, DRO_ROWS_MAX);
	r->messages = dro_cursor_int(c, 0, DRO_COUNT_MAX);
	r->dmarc_pass = dro_cursor_int(c, 0, r->messages);
	r->dkim_aligned = dro_cursor_int(c, 0, r->messages);
	r->spf_aligned = dro_cursor_int(c, 0, r->messages);
	r->unknown = dro_cursor_int(c, 0, r->messages);
	for (i = 0; i < DRO_DISP_N; i++) {
		r->disposition[i] = dro_cursor_int(c, 0, r->messages);
		sum += r->disposition[i];
	}
	c->bad |= sum != r->messages;
}

bool
dro_replay_report(const struct dro_frame *frame, struct dro_wire_room *room,
    const struct dro_reading_sink *sink)
{
	struct dro_cursor c = dro_cursor_open(frame, DRO_FRAME_REPORT);
	const char *member = dro_cursor_optional(&c, DRO_MEMBER_MAX), *content;
	struct dro_report r = {.org = NULL};
	dro_warns warns;

	warns = (dro_warns)dro_cursor_int(
	    &c, 0, (int64_t)(DRO_WARN_BIT(DRO_WARN_N) - 1));
	r.org = dro_cursor_utf8(&c, DRO_XML_TEXT_MAX);
	r.email = dro_cursor_utf8(&c, DRO_XML_TEXT_MAX);
	r.reporter = dro_cursor_utf8(&c, DRO_XML_TEXT_MAX);
	r.report_id = dro_cursor_utf8(&c, DRO_XML_TEXT_MAX);
	r.domain = dro_cursor_domain(&c);
	r.begin = dro_cursor_int(&c, 0, DRO_LATEST);
	r.end = dro_cursor_int(&c, 0, DRO_LATEST);
	r.generation = (enum dro_generation)dro_cursor_int(
	    &c, DRO_GEN_RFC7489, DRO_GEN_MIXED);
	get_sums(&c, &r);
	r.p = get_level(&c);
	r.sp = get_level(&c);
	r.np = get_level(&c);
	r.pct = get_short(&c, "0123456789", 3);
	r.t = get_short(&c, "yn", 1);
	if ((content = dro_cursor_skip(&c, sizeof(r.content))) != NULL)
		memcpy(r.content, content, sizeof(r.content));
	get_lines(&c, room, &r);
	if (!dro_cursor_over(&c) || *r.reporter == '\0' || *r.report_id == '\0')
		return (false);
	r.counts = (warns & DRO_WARNS_UNCOUNTED) == 0;
	r.warnings = room->names;
	r.n_warnings = dro_warn_names(warns, room->names);
	sink->report(sink->arg, member, &r, warns);
	return (true);
}
