#include <assert.h>
#include <string.h>

#include "base/domain.h"
#include "ingest/wire_parts.h"
#include "output/utf8.h"

/* The length of a text that is not there. */
#define NO_TEXT 0xffffU

/* Fill ${out} with the octets of ${n}. */
static void
little(unsigned char *out, size_t octets, uint64_t n)
{
	size_t i;

	for (i = 0; i < octets; i++)
		out[i] = (unsigned char)(n >> (8 * i));
}

size_t
dro_part_begin(struct dro_buf *buf, enum dro_frame_type type)
{
	const unsigned char head[DRO_FRAME_HEAD] = {
	    0, 0, 0, 0, (unsigned char)type};
	size_t at = buf->len;

	dro_buf_add(buf, head, sizeof(head));
	return (at);
}

void
dro_part_end(struct dro_buf *buf, size_t at, size_t more)
{
	size_t size = buf->len - at - DRO_FRAME_HEAD + more;

	if (!buf->failed && size > DRO_FRAME_MAX)
		buf->failed = true;
	if (!buf->failed)
		little((unsigned char *)buf->ptr + at, 4, size);
}

void
dro_part_int(struct dro_buf *buf, int64_t n)
{
	unsigned char octets[8];

	little(octets, sizeof(octets), (uint64_t)n);
	dro_buf_add(buf, octets, sizeof(octets));
}

/* Texts of this length do not come up: all have limits of their own. */
void
dro_part_text(struct dro_buf *buf, const char *text)
{
	size_t len = text != NULL ? strlen(text) : NO_TEXT;
	unsigned char octets[2];

	assert(text == NULL || len < NO_TEXT);
	little(octets, sizeof(octets), len);
	dro_buf_add(buf, octets, sizeof(octets));
	if (text != NULL)
		dro_buf_add(buf, text, len + 1);
}

/* ---- reading */

const char *
dro_cursor_skip(struct dro_cursor *c, size_t n)
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
int64_t
dro_cursor_int(struct dro_cursor *c, int64_t least, int64_t most)
{
	const unsigned char *p = (const unsigned char *)dro_cursor_skip(c, 8);
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
const char *
dro_cursor_optional(struct dro_cursor *c, size_t most)
{
	const unsigned char *p = (const unsigned char *)dro_cursor_skip(c, 2);
	const char *text;
	size_t len;

	if (p == NULL)
		return (NULL);
	len = (size_t)p[0] | (size_t)p[1] << 8;
	if (len == NO_TEXT)
		return (NULL);
	if ((text = dro_cursor_skip(c, len + 1)) == NULL)
		return (NULL);
	if (len > most || memchr(text, '\0', len + 1) != text + len) {
		c->bad = true;
		return (NULL);
	}
	return (text);
}

/* The same where there must be one; never NULL. */
const char *
dro_cursor_text(struct dro_cursor *c, size_t most)
{
	const char *text = dro_cursor_optional(c, most);

	if (text == NULL)
		c->bad = true;
	return (text != NULL ? text : "");
}

const char *
dro_cursor_utf8(struct dro_cursor *c, size_t most)
{
	const char *text = dro_cursor_text(c, most);
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
const char *
dro_cursor_name(struct dro_cursor *c)
{
	const char *text = dro_cursor_text(c, DRO_DOMAIN_LEN - 1), *p;

	for (p = text; *p != '\0'; p++)
		if ((*p < 'a' || *p > 'z') && (*p < '0' || *p > '9') &&
		    *p != '-' && *p != '.' && *p != '_') {
			c->bad = true;
			return ("");
		}
	return (text);
}

/* Characters that can be seen, of US-ASCII. */
const char *
dro_cursor_word(struct dro_cursor *c, size_t most)
{
	const char *text = dro_cursor_text(c, most), *p;

	for (p = text; *p != '\0'; p++)
		c->bad |= *p <= ' ' || *p > '~';
	return (text);
}

/* A normalised name in every respect. */
const char *
dro_cursor_domain(struct dro_cursor *c)
{
	const char *text = dro_cursor_name(c);
	char same[DRO_DOMAIN_LEN];

	if (dro_domain_normalise(text, same, NULL) != DRO_OK ||
	    strcmp(text, same) != 0)
		c->bad = true;
	return (text);
}

/* All of the payload must be used up. */
bool
dro_cursor_over(const struct dro_cursor *c)
{
	return (!c->bad && c->len == 0);
}

struct dro_cursor
dro_cursor_open(const struct dro_frame *frame, enum dro_frame_type type)
{
	return (
	    (struct dro_cursor){frame->ptr, frame->len, frame->type != type});
}
