#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/buf.h"
#include "ingest/container.h"
#include "ingest/mail.h"

/* Lines that may open a part, or say what one is: some for each part. */
#define MARKS_MAX (4 * DRO_MAIL_PARTS_MAX)
/* Groups of addresses within each other, which GMime reads by recursion. */
#define COLONS_MAX 1000
/* Octets at the begin of a part that tell what it is. */
#define HEAD ((size_t)4 << 10)
#define BLOCK ((size_t)16 << 10)
#define NAME_MAX_LEN 200

/* ---- limits, before anything is parsed */

/* What has been seen of the mail, line by line. */
struct prescan {
	size_t boundaries, types; /* lines */
	size_t header; /* octets of all headers together */
	size_t colons; /* in this field */
	bool in_header;
	bool in_type; /* the field is Content-Type */
	bool nested; /* another header follows this one */
	bool digest; /* a header follows every one */
};

static bool
begins(struct dro_str line, const char *word)
{
	const size_t len = strlen(word);

	return (line.len >= len &&
	    dro_str_ieq((struct dro_str){line.ptr, len}, word));
}

/* Whether ${line} holds ${word} (lower case), in any case. */
static bool
mentions(struct dro_str line, const char *word)
{
	const size_t len = strlen(word);
	size_t i;

	for (i = 0; i + len <= line.len; i++)
		if (dro_ascii_lower(line.ptr[i]) == word[0] &&
		    dro_str_ieq((struct dro_str){line.ptr + i, len}, word))
			return (true);
	return (false);
}

static size_t
count(struct dro_str line, char c)
{
	size_t i, n = 0;

	for (i = 0; i < line.len; i++)
		n += line.ptr[i] == c;
	return (n);
}

/* One line of what may be a header. */
static void
prescan_field(struct prescan *p, struct dro_str line)
{
	p->header += line.len + 1;
	if (line.len == 0) {
		p->in_header = p->nested || p->digest;
		p->nested = false;
		p->colons = 0;
		return;
	}
	if (line.ptr[0] != ' ' && line.ptr[0] != '\t') {
		p->colons = 0;
		p->in_type = begins(line, "content-type");
		p->types += p->in_type;
	}
	p->colons += count(line, ':');
	if (p->in_type) {
		p->nested = p->nested || mentions(line, "message");
		p->digest = p->digest || mentions(line, "digest");
	}
}

/*
 * What would take GMime seconds, or all of the stack, is found by counting
 * lines: each part costs at least one that begins with "--" or says
 * Content-Type.  A line that only looks like one of those counts too, which
 * the limits leave room for.
 */
static enum dro_refuse
prescan(struct dro_str mail)
{
	struct prescan p = {.in_header = true};
	struct dro_str line;
	const char *lf;

	for (; mail.len > 0; mail.ptr += line.len, mail.len -= line.len) {
		lf = memchr(mail.ptr, '\n', mail.len);
		line = (struct dro_str){
		    mail.ptr, lf != NULL ? (size_t)(lf - mail.ptr) : mail.len};
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len >= 2 && memcmp(line.ptr, "--", 2) == 0) {
			p.boundaries++;
			p.in_header = true;
			p.nested = false;
			p.colons = 0;
		} else if (p.in_header) {
			prescan_field(&p, line);
		}
		if (p.boundaries > MARKS_MAX || p.types > MARKS_MAX)
			return (DRO_REFUSE_MAIL_PARTS);
		if (p.header > DRO_MAIL_HEADER_MAX || p.colons > COLONS_MAX)
			return (DRO_REFUSE_MAIL_HEADER);
		line.len = lf != NULL ? (size_t)(lf - mail.ptr) + 1 : mail.len;
	}
	return (DRO_REFUSE_NONE);
}

/* ---- what a part is */

static bool
is_one_of(const char *s, size_t n, const char *const *words)
{
	struct dro_str text = {s, n};

	for (; *words != NULL; words++)
		if (mentions(text, *words))
			return (true);
	return (false);
}

/* The "<?" of XML of 16 bits without a byte order mark (XML 1.0, F.1). */
static bool
is_wide(const char *s, size_t n)
{
	return (n >= 4 &&
	    (memcmp(s, "<\0?", 4) == 0 || memcmp(s, "\0<\0?", 4) == 0));
}

/*
 * Whether a part that begins with the ${n} octets at ${s} may be a report.
 * White space and byte order marks are passed over; in XML of 16 bits a NUL
 * stands between all letters.
 */
static bool
is_report(const char *s, size_t n)
{
	static const char *const html[] = {"<html", "<!doctype html", NULL};
	static const char *const report[] = {"<feedback", ":feedback", NULL};
	static const char *const begin[] = {
	    "\x1f\x8b", "PK\3\4", "PK\5\6", "\xff\xfe<", "\xfe\xff", NULL};
	const char *const *b;

	if (is_wide(s, n))
		return (true);
	for (b = begin; *b != NULL; b++)
		if (n > strlen(*b) && memcmp(s, *b, strlen(*b)) == 0)
			return (true);
	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		n -= 3;
	}
	for (; n > 0 && strchr(" \t\r\n", *s) != NULL && *s != '\0'; s++)
		n--;
	if (n == 0 || *s != '<')
		return (false);
	if (is_one_of(s, n, report))
		return (true);
	return (n >= 5 && memcmp(s, "<?xml", 5) == 0 && !is_one_of(s, n, html));
}

/* Octets of an mbox "From " line at the begin, which is none of the mail. */
static size_t
envelope(struct dro_str mail)
{
	const char *lf;

	if (mail.len < 5 || memcmp(mail.ptr, "From ", 5) != 0 ||
	    (lf = memchr(mail.ptr, '\n', mail.len)) == NULL)
		return (0);
	return ((size_t)(lf - mail.ptr) + 1);
}

bool
dro_mail_looks(const void *ptr, size_t len)
{
	const char *s = ptr;
	size_t i;

	for (i = envelope((struct dro_str){ptr, len}); i < len; i++)
		if (s[i] != '-' && !(s[i] >= '0' && s[i] <= '9') &&
		    !(dro_ascii_lower(s[i]) >= 'a' &&
			dro_ascii_lower(s[i]) <= 'z'))
			return (s[i] == ':' && i > 0 && s[i - 1] != '\n');
	return (false);
}

/* ---- the walk */

struct walk {
	dro_part_fn *part;
	dro_part_refused_fn *refused;
	void *arg;
	size_t n; /* leaves so far */
	size_t found; /* handed over or refused */
	bool stop;
	bool nomem;
	char *buf; /* a decoded part */
	size_t cap;
};

static void
refuse(
    struct walk *w, const char *name, enum dro_refuse why, const char *detail)
{
	struct dro_refused refused = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&refused, why, "%s", detail);
	w->found++;
	w->refused(w->arg, name, &refused);
}

static void
refuse_limit(struct walk *w, enum dro_refuse why)
{
	if (why == DRO_REFUSE_MAIL_HEADER)
		refuse(w, NULL, why,
		    "headers of more than 256 KiB, or groups of addresses "
		    "within each other");
	else if (why == DRO_REFUSE_MAIL_DEPTH)
		refuse(w, NULL, why, "parts nested deeper than 16");
	else
		refuse(w, NULL, why, "more than 64 parts");
}

/* Room for ${len} octets in all; false when there is none. */
static bool
reserve(struct walk *w, size_t len)
{
	char *grown;

	if (len <= w->cap)
		return (true);
	len = len > w->cap * 2 ? len : w->cap * 2;
	if ((grown = realloc(w->buf, len)) == NULL) {
		w->nomem = true;
		return (false);
	}
	w->buf = grown;
	w->cap = len;
	return (true);
}

/*
 * Decode ${part} until its head tells that it is no report, or to its end.
 * Octets that are there in ${len}; false if it is nothing to hand over.
 */
static bool
decode(struct walk *w, GMimePart *part, const char *name, size_t *len)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeEncoding state;
	GMimeStream *stream;
	char block[BLOCK];
	bool judged = false;
	ssize_t got;

	*len = 0;
	if (content == NULL ||
	    (stream = g_mime_data_wrapper_get_stream(content)) == NULL)
		return (false);
	g_mime_encoding_init_decode(
	    &state, g_mime_data_wrapper_get_encoding(content));
	(void)g_mime_stream_reset(stream);
	do {
		got = g_mime_stream_read(stream, block, sizeof(block));
		if (got < 0)
			got = 0;
		if (!reserve(w, *len + g_mime_encoding_outlen(&state, BLOCK)))
			return (false);
		*len += got > 0
		    ? g_mime_encoding_step(
			  &state, block, (size_t)got, w->buf + *len)
		    : g_mime_encoding_flush(&state, block, 0, w->buf + *len);
		if (!judged && (*len >= HEAD || got == 0)) {
			if (!is_report(w->buf, *len < HEAD ? *len : HEAD))
				return (false);
			judged = true;
		}
		if (*len > DRO_INPUT_MAX) {
			refuse(
			    w, name, DRO_REFUSE_INPUT_SIZE, "more than 16 MiB");
			return (false);
		}
	} while (got > 0);
	return (true);
}

static void
leaf(struct walk *w, GMimePart *part)
{
	const char *given = g_mime_part_get_filename(part);
	char name[NAME_MAX_LEN];
	size_t len;

	w->n++;
	if (given != NULL && *given != '\0')
		(void)snprintf(name, sizeof(name), "%s", given);
	else
		(void)snprintf(name, sizeof(name), "part %zu", w->n);
	if (!decode(w, part, name, &len))
		return;
	w->found++;
	w->stop = !w->part(w->arg, name, w->buf, len);
}

/* What the mail that is a part of a mail consists of, or NULL. */
static GMimeObject *
inside(GMimeObject *object)
{
	GMimeMessage *message =
	    g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

	return (message != NULL ? g_mime_message_get_mime_part(message) : NULL);
}

/* The parts of ${object}, its own included; 0: more than the limits allow. */
static size_t
measure(GMimeObject *object, size_t depth, enum dro_refuse *why)
{
	GMimeMultipart *many;
	size_t n = 1, below;
	int i;

	if (depth > DRO_MAIL_DEPTH_MAX) {
		*why = DRO_REFUSE_MAIL_DEPTH;
		return (0);
	}
	if (GMIME_IS_MESSAGE_PART(object)) {
		object = inside(object);
		if (object == NULL)
			return (n);
		below = measure(object, depth + 1, why);
		return (below > 0 ? n + below : 0);
	}
	if (!GMIME_IS_MULTIPART(object))
		return (n);
	many = GMIME_MULTIPART(object);
	for (i = 0; i < g_mime_multipart_get_count(many); i++) {
		below =
		    measure(g_mime_multipart_get_part(many, i), depth + 1, why);
		if (below == 0)
			return (0);
		n += below;
	}
	if (n > DRO_MAIL_PARTS_MAX) {
		*why = DRO_REFUSE_MAIL_PARTS;
		return (0);
	}
	return (n);
}

static void
walk(struct walk *w, GMimeObject *object)
{
	GMimeMultipart *many;
	int i;

	if (GMIME_IS_MESSAGE_PART(object)) {
		if ((object = inside(object)) != NULL)
			walk(w, object);
	} else if (GMIME_IS_MULTIPART(object)) {
		many = GMIME_MULTIPART(object);
		for (i = 0; i < g_mime_multipart_get_count(many) && !w->stop &&
		     !w->nomem;
		     i++)
			walk(w, g_mime_multipart_get_part(many, i));
	} else if (GMIME_IS_PART(object)) {
		leaf(w, GMIME_PART(object));
	}
}

/* The mail as GMime sees it; it goes on using ${bytes}. */
static GMimeMessage *
parse(GByteArray *bytes)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
	GMimeParser *parser;
	GMimeMessage *message;

	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_persist_stream(parser, TRUE);
	message = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return (message);
}

/* All of it, once the octets are known to be cheap to parse. */
static void
read_parts(struct walk *w, GMimeMessage *message)
{
	enum dro_refuse why = DRO_REFUSE_NONE;
	GMimeObject *top = NULL;

	if (message != NULL)
		top = g_mime_message_get_mime_part(message);
	if (top != NULL && measure(top, 1, &why) == 0) {
		refuse_limit(w, why);
		return;
	}
	if (top != NULL)
		walk(w, top);
	if (w->found == 0 && !w->nomem)
		refuse(w, NULL, DRO_REFUSE_MAIL_NO_REPORT,
		    "no part is XML, gzip or zip");
}

enum dro_code
dro_mail_parts(const void *ptr, size_t len, dro_part_fn *part,
    dro_part_refused_fn *refused, void *arg, struct dro_err *err)
{
	struct walk w = {.part = part, .refused = refused, .arg = arg};
	struct dro_str mail = {ptr, len};
	GMimeMessage *message;
	GByteArray *bytes;
	enum dro_refuse why;
	size_t skip;

	if (len > DRO_MAIL_MAX) {
		refuse(&w, NULL, DRO_REFUSE_INPUT_SIZE,
		    "a mail of more than 32 MiB");
		return (DRO_OK);
	}
	skip = envelope(mail);
	mail.ptr += skip;
	mail.len -= skip;
	if ((why = prescan(mail)) != DRO_REFUSE_NONE) {
		refuse_limit(&w, why);
		return (DRO_OK);
	}
	/* GMime only reads; the array is given up without what it holds. */
	bytes = g_byte_array_new_take((guint8 *)mail.ptr, mail.len);
	message = parse(bytes);
	read_parts(&w, message);
	if (message != NULL)
		g_object_unref(message);
	(void)g_byte_array_free(bytes, FALSE);
	free(w.buf);
	return (w.nomem ? dro_err_nomem(err) : DRO_OK);
}
