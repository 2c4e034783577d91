#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "ingest/wire.h"
#include "ingest/xml.h"
#include "output/utf8.h"
#include "presets/reporters.h"
#include "record/dmarc.h"

#define NO_TEXT 0xffffU
/* A line takes at least seven empty texts and three numbers. */
#define LINE_MIN (7 * 3 + 3 * 8)
#define TIME_MAX INT64_C(999999999999) /* as ingest/meaning.c reads them */
#define IP_MAX 45 /* of an IPv6 address as text */
#define KEY_BITS_MAX 65536

/* What is left of a payload; ${bad} is sticky. */
struct cursor {
	const char *ptr;
	size_t len;
	bool bad;
};

static const char *
skip(struct cursor *c, size_t n)
{
	const char *p = c->ptr;

	if (c->bad || c->len < n) {
		c->bad = true;
		return (NULL);
	}
	c->ptr += n;
	c->len -= n;
	return (p);
}

/* A number of ${least} to ${most}; ${least} if it is bad. */
static int64_t
get_int(struct cursor *c, int64_t least, int64_t most)
{
	const unsigned char *p = (const unsigned char *)skip(c, 8);
	uint64_t n = 0;
	size_t i;

	if (p == NULL)
		return (least);
	for (i = 0; i < 8; i++)
		n |= (uint64_t)p[i] << (8 * i);
	if ((int64_t)n < least || (int64_t)n > most) {
		c->bad = true;
		return (least);
	}
	return ((int64_t)n);
}

/* A text of at most ${most} octets, or NULL for none. */
static const char *
get_optional(struct cursor *c, size_t most)
{
	const unsigned char *p = (const unsigned char *)skip(c, 2);
	const char *text;
	size_t len;

	if (p == NULL)
		return (NULL);
	len = (size_t)p[0] | (size_t)p[1] << 8;
	if (len == NO_TEXT)
		return (NULL);
	if ((text = skip(c, len + 1)) == NULL)
		return (NULL);
	if (len > most || memchr(text, '\0', len + 1) != text + len) {
		c->bad = true;
		return (NULL);
	}
	return (text);
}

/* The same where there must be one; never NULL. */
static const char *
get_text(struct cursor *c, size_t most)
{
	const char *text = get_optional(c, most);

	if (text == NULL)
		c->bad = true;
	return (text != NULL ? text : "");
}

static const char *
get_utf8(struct cursor *c, size_t most)
{
	const char *text = get_text(c, most);
	size_t len = strlen(text), i = 0;
	bool valid = true;
	uint32_t cp;

	while (i < len && valid)
		i += (unsigned char)text[i] < 0x80
		    ? 1
		    : dro_utf8_next(text + i, len - i, &cp, &valid);
	c->bad |= !valid;
	return (text);
}

/* A normalised name, or "". */
static const char *
get_name(struct cursor *c)
{
	const char *text = get_text(c, DRO_DOMAIN_LEN - 1), *p;

	for (p = text; *p != '\0'; p++)
		if ((*p < 'a' || *p > 'z') && (*p < '0' || *p > '9') &&
		    *p != '-' && *p != '.' && *p != '_') {
			c->bad = true;
			return ("");
		}
	return (text);
}

/* Characters that can be seen, of US-ASCII. */
static const char *
get_word(struct cursor *c, size_t most)
{
	const char *text = get_text(c, most), *p;

	for (p = text; *p != '\0'; p++)
		c->bad |= *p <= ' ' || *p > '~';
	return (text);
}

/* A normalised name in every respect. */
static const char *
get_domain(struct cursor *c)
{
	const char *text = get_name(c);
	char same[DRO_DOMAIN_LEN];

	if (dro_domain_normalise(text, same, NULL) != DRO_OK ||
	    strcmp(text, same) != 0)
		c->bad = true;
	return (text);
}

/* All of the payload must be used up. */
static bool
over(const struct cursor *c)
{
	return (!c->bad && c->len == 0);
}

static struct cursor
open_frame(const struct dro_frame *frame, enum dro_frame_type type)
{
	return ((struct cursor){frame->ptr, frame->len, frame->type != type});
}

bool
dro_wire_get_conf(const struct dro_frame *frame,
    const char *ids[DRO_AUTHSERV_IDS_MAX], struct dro_reading_conf *out)
{
	struct cursor c = open_frame(frame, DRO_FRAME_CONF);
	size_t i;

	memset(out, 0, sizeof(*out));
	out->now = get_int(&c, INT64_MIN, INT64_MAX);
	out->n_authserv_ids = (size_t)get_int(&c, 0, DRO_AUTHSERV_IDS_MAX);
	out->authserv_ids = ids;
	for (i = 0; i < out->n_authserv_ids; i++)
		ids[i] = get_text(&c, DRO_MEMBER_MAX);
	return (over(&c));
}

bool
dro_wire_get_input(const struct dro_frame *frame, struct dro_input *out)
{
	struct cursor c = open_frame(frame, DRO_FRAME_INPUT);
	const char *mail = skip(&c, 1);

	memset(out, 0, sizeof(*out));
	if (mail == NULL)
		return (false);
	out->mail = *mail != 0;
	out->ptr = c.ptr;
	out->len = c.len;
	return (!c.bad);
}

bool
dro_wire_get_key(const struct dro_frame *frame, enum dro_key_status *status,
    const char **text)
{
	struct cursor c = open_frame(frame, DRO_FRAME_KEY);

	*status = (enum dro_key_status)get_int(&c, 0, DRO_KEY_UNKNOWN);
	*text = get_text(&c, DRO_KEY_TEXT_MAX);
	return (over(&c));
}

bool
dro_wire_get_hello(const struct dro_frame *frame, struct dro_sandbox *out)
{
	struct cursor c = open_frame(frame, DRO_FRAME_HELLO);

	out->landlock_abi = (int)get_int(&c, 0, 1000);
	out->landlock_errno = (int)get_int(&c, 0, 4095);
	out->seccomp_errno = (int)get_int(&c, 0, 4095);
	out->limits_errno = (int)get_int(&c, 0, 4095);
	return (over(&c));
}

bool
dro_wire_get_ask(
    const struct dro_frame *frame, const char **selector, const char **domain)
{
	struct cursor c = open_frame(frame, DRO_FRAME_ASK);

	*selector = get_domain(&c);
	*domain = get_domain(&c);
	return (over(&c) &&
	    strlen(*selector) + strlen("._domainkey.") + strlen(*domain) <
		DRO_DOMAIN_LEN);
}

bool
dro_wire_get_done(const struct dro_frame *frame, enum dro_code *out)
{
	struct cursor c = open_frame(frame, DRO_FRAME_DONE);

	*out = (enum dro_code)get_int(&c, DRO_OK, DRO_ESTATE);
	return (over(&c));
}

void
dro_wire_room_finish(struct dro_wire_room *room)
{
	free(room->lines);
	memset(room, 0, sizeof(*room));
}

static bool
replay_sender(
    const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct cursor c = open_frame(frame, DRO_FRAME_SENDER);
	struct dro_sender s;
	bool authenticated;

	s.auth =
	    (enum dro_auth)get_int(&c, DRO_AUTH_DKIM_ALIGNED, DRO_AUTH_INVALID);
	s.again = get_int(&c, 0, 1) == 1;
	s.from = get_name(&c);
	s.signer = get_name(&c);
	s.selector = get_word(&c, DRO_DOMAIN_LEN - 1);
	s.identity = get_word(&c, DRO_REPORTER_LEN - 1);
	s.key_bits = (int)get_int(&c, 0, KEY_BITS_MAX);
	s.note = get_utf8(&c, DRO_XML_TEXT_MAX);
	authenticated =
	    s.auth == DRO_AUTH_DKIM_ALIGNED || s.auth == DRO_AUTH_AR_TRUSTED;
	if (!over(&c) || authenticated != (*s.identity != '\0'))
		return (false);
	sink->sender(sink->arg, &s);
	return (true);
}

static const char *
get_level(struct cursor *c)
{
	const char *text = get_optional(c, 10);
	enum dro_level level;

	if (text != NULL && !dro_level_parse(dro_str_of(text), &level))
		c->bad = true;
	return (text);
}

/* pct and t: few characters of a few kinds. */
static const char *
get_short(struct cursor *c, const char *characters, size_t most)
{
	const char *text = get_optional(c, most);

	if (text != NULL && text[strspn(text, characters)] != '\0')
		c->bad = true;
	return (text);
}

static void
get_line(struct cursor *c, struct dro_line *out)
{
	struct dro_stream *s = &out->stream;

	s->dkim = get_name(c);
	s->selector = get_name(c);
	s->dkim_other = get_name(c);
	s->mail_from = get_name(c);
	s->claim = get_name(c);
	s->claim_selector = get_name(c);
	s->ip = get_text(c, IP_MAX);
	if (s->ip[strspn(s->ip, "0123456789abcdef.:")] != '\0')
		c->bad = true;
	out->pass = get_int(c, 0, DRO_COUNT_MAX);
	out->fail = get_int(c, 0, DRO_COUNT_MAX);
	out->unknown = get_int(c, 0, DRO_COUNT_MAX);
}

/* The lines; their messages must be those of the report. */
static void
get_lines(struct cursor *c, struct dro_wire_room *room, struct dro_report *r)
{
	int64_t n = get_int(c, 0, DRO_ROWS_MAX), pass = 0, fail = 0;
	int64_t unknown = 0;
	struct dro_line *lines;
	size_t i;

	if (c->bad || n > r->rows || (size_t)n > c->len / LINE_MIN) {
		c->bad = true;
		return;
	}
	if ((size_t)n > room->cap || room->lines == NULL) {
		lines = realloc(
		    room->lines, ((size_t)n + 1) * sizeof(*room->lines));
		if (lines == NULL) {
			c->bad = true;
			return;
		}
		room->lines = lines;
		room->cap = (size_t)n;
	}
	/* 500 000 times DRO_COUNT_MAX would not fit, so it is looked at. */
	for (i = 0; i < (size_t)n && !c->bad; i++) {
		get_line(c, &room->lines[i]);
		pass += room->lines[i].pass;
		fail += room->lines[i].fail;
		unknown += room->lines[i].unknown;
		c->bad |= pass > DRO_COUNT_MAX || fail > DRO_COUNT_MAX ||
		    unknown > DRO_COUNT_MAX;
	}
	r->lines = room->lines;
	r->n_lines = (size_t)n;
	c->bad |= pass != r->dmarc_pass || unknown != r->unknown ||
	    pass + fail + unknown != r->messages;
}

static void
get_sums(struct cursor *c, struct dro_report *r)
{
	int64_t sum = 0;
	size_t i;

	r->rows = get_int(c, 0, DRO_ROWS_MAX);
	r->messages = get_int(c, 0, DRO_COUNT_MAX);
	r->dmarc_pass = get_int(c, 0, r->messages);
	r->dkim_aligned = get_int(c, 0, r->messages);
	r->spf_aligned = get_int(c, 0, r->messages);
	r->unknown = get_int(c, 0, r->messages);
	for (i = 0; i < DRO_DISP_N; i++) {
		r->disposition[i] = get_int(c, 0, r->messages);
		sum += r->disposition[i];
	}
	c->bad |= sum != r->messages;
}

static bool
replay_report(const struct dro_frame *frame, struct dro_wire_room *room,
    const struct dro_reading_sink *sink)
{
	struct cursor c = open_frame(frame, DRO_FRAME_REPORT);
	const char *member = get_optional(&c, DRO_MEMBER_MAX), *content;
	struct dro_report r = {.org = NULL};
	dro_warns warns;

	warns =
	    (dro_warns)get_int(&c, 0, (int64_t)(DRO_WARN_BIT(DRO_WARN_N) - 1));
	r.org = get_utf8(&c, DRO_XML_TEXT_MAX);
	r.email = get_utf8(&c, DRO_XML_TEXT_MAX);
	r.reporter = get_utf8(&c, DRO_XML_TEXT_MAX);
	r.report_id = get_utf8(&c, DRO_XML_TEXT_MAX);
	r.domain = get_domain(&c);
	r.begin = get_int(&c, 0, TIME_MAX);
	r.end = get_int(&c, 0, TIME_MAX);
	r.generation =
	    (enum dro_generation)get_int(&c, DRO_GEN_RFC7489, DRO_GEN_MIXED);
	get_sums(&c, &r);
	r.p = get_level(&c);
	r.sp = get_level(&c);
	r.np = get_level(&c);
	r.pct = get_short(&c, "0123456789", 3);
	r.t = get_short(&c, "yn", 1);
	if ((content = skip(&c, sizeof(r.content))) != NULL)
		memcpy(r.content, content, sizeof(r.content));
	get_lines(&c, room, &r);
	if (!over(&c) || *r.reporter == '\0' || *r.report_id == '\0')
		return (false);
	r.counts = (warns & DRO_WARNS_UNCOUNTED) == 0;
	r.warnings = room->names;
	r.n_warnings = dro_warn_names(warns, room->names);
	sink->report(sink->arg, member, &r, warns);
	return (true);
}

static bool
replay_refuse(
    const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct cursor c = open_frame(frame, DRO_FRAME_REFUSE);
	const char *member = get_optional(&c, DRO_MEMBER_MAX), *detail;
	struct dro_refused why = {DRO_REFUSE_NONE, ""};

	why.why =
	    (enum dro_refuse)get_int(&c, DRO_REFUSE_NONE + 1, DRO_REFUSE_N - 1);
	detail = get_text(&c, sizeof(why.detail) - 1);
	if (!over(&c))
		return (false);
	memcpy(why.detail, detail, strlen(detail) + 1);
	sink->refuse(sink->arg, member, &why);
	return (true);
}

static bool
replay_warn(const struct dro_frame *frame, const struct dro_reading_sink *sink)
{
	struct cursor c = open_frame(frame, DRO_FRAME_WARN);
	const char *member = get_optional(&c, DRO_MEMBER_MAX);
	enum dro_warn warn = (enum dro_warn)get_int(&c, 0, DRO_WARN_N - 1);

	if (!over(&c))
		return (false);
	sink->warn(sink->arg, member, warn);
	return (true);
}

bool
dro_wire_replay(const struct dro_frame *frame, const struct dro_input *input,
    struct dro_wire_room *room, const struct dro_reading_sink *sink)
{
	switch (frame->type) {
	case DRO_FRAME_SENDER:
		return (replay_sender(frame, sink));
	case DRO_FRAME_ORIGINAL:
		sink->original(sink->arg, frame->ptr, frame->len);
		return (true);
	case DRO_FRAME_WHOLE:
		if (frame->len != 0)
			return (false);
		sink->original(sink->arg, input->ptr, input->len);
		return (true);
	case DRO_FRAME_REPORT:
		return (replay_report(frame, room, sink));
	case DRO_FRAME_REFUSE:
		return (replay_refuse(frame, sink));
	case DRO_FRAME_WARN:
		return (replay_warn(frame, sink));
	case DRO_FRAME_CONF:
	case DRO_FRAME_INPUT:
	case DRO_FRAME_KEY:
	case DRO_FRAME_HELLO:
	case DRO_FRAME_ASK:
	case DRO_FRAME_DONE:
	case DRO_FRAME_N:
		break;
	}
	return (false);
}
