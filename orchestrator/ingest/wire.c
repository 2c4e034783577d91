#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/wire.h"

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

int
dro_wire_next(const char *ptr, size_t len, struct dro_frame *out)
{
	const unsigned char *p = (const unsigned char *)ptr;
	size_t size;

	if (len < DRO_FRAME_HEAD)
		return (0);
	size = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
	    (size_t)p[3] << 24;
	if (size > DRO_FRAME_MAX || p[4] == 0 || p[4] >= DRO_FRAME_N)
		return (-1);
	if (len - DRO_FRAME_HEAD < size)
		return (0);
	out->type = (enum dro_frame_type)p[4];
	out->ptr = ptr + DRO_FRAME_HEAD;
	out->len = size;
	return (1);
}

/* Begin a frame; returns where it begins, for end. */
static size_t
begin(struct dro_buf *buf, enum dro_frame_type type)
{
	const unsigned char head[DRO_FRAME_HEAD] = {
	    0, 0, 0, 0, (unsigned char)type};
	size_t at = buf->len;

	dro_buf_add(buf, head, sizeof(head));
	return (at);
}

/* ${more} octets of it follow from elsewhere. */
static void
end_before(struct dro_buf *buf, size_t at, size_t more)
{
	size_t size = buf->len - at - DRO_FRAME_HEAD + more;

	if (!buf->failed && size > DRO_FRAME_MAX)
		buf->failed = true;
	if (!buf->failed)
		little((unsigned char *)buf->ptr + at, 4, size);
}

static void
end(struct dro_buf *buf, size_t at)
{
	end_before(buf, at, 0);
}

static void
put_int(struct dro_buf *buf, int64_t n)
{
	unsigned char octets[8];

	little(octets, sizeof(octets), (uint64_t)n);
	dro_buf_add(buf, octets, sizeof(octets));
}

/* Texts of this length do not come up: all have limits of their own. */
static void
put_text(struct dro_buf *buf, const char *text)
{
	size_t len = text != NULL ? strlen(text) : NO_TEXT;
	unsigned char octets[2];

	assert(text == NULL || len < NO_TEXT);
	little(octets, sizeof(octets), len);
	dro_buf_add(buf, octets, sizeof(octets));
	if (text != NULL)
		dro_buf_add(buf, text, len + 1);
}

void
dro_wire_put_conf(struct dro_buf *buf, const struct dro_reading_conf *conf)
{
	size_t at = begin(buf, DRO_FRAME_CONF), i;

	put_int(buf, conf->now);
	put_int(buf, (int64_t)conf->n_authserv_ids);
	for (i = 0; i < conf->n_authserv_ids; i++)
		put_text(buf, conf->authserv_ids[i]);
	end(buf, at);
}

void
dro_wire_put_input(struct dro_buf *buf, const struct dro_input *input)
{
	size_t at = begin(buf, DRO_FRAME_INPUT);

	dro_buf_addc(buf, input->mail ? 1 : 0);
	end_before(buf, at, input->len);
}

void
dro_wire_put_key(
    struct dro_buf *buf, enum dro_key_status status, const char *text)
{
	size_t at = begin(buf, DRO_FRAME_KEY);

	put_int(buf, status);
	put_text(buf, text);
	end(buf, at);
}

void
dro_wire_put_hello(struct dro_buf *buf, const struct dro_sandbox *sandbox)
{
	size_t at = begin(buf, DRO_FRAME_HELLO);

	put_int(buf, sandbox->landlock_abi);
	put_int(buf, sandbox->landlock_errno);
	put_int(buf, sandbox->seccomp_errno);
	put_int(buf, sandbox->limits_errno);
	end(buf, at);
}

void
dro_wire_put_sender(struct dro_buf *buf, const struct dro_sender *sender)
{
	size_t at = begin(buf, DRO_FRAME_SENDER);

	put_int(buf, sender->auth);
	put_int(buf, sender->again);
	put_text(buf, sender->from);
	put_text(buf, sender->signer);
	put_text(buf, sender->selector);
	put_text(buf, sender->identity);
	put_int(buf, sender->key_bits);
	put_text(buf, sender->note);
	end(buf, at);
}

void
dro_wire_put_original(struct dro_buf *buf, const void *ptr, size_t len)
{
	size_t at = begin(buf, DRO_FRAME_ORIGINAL);

	dro_buf_add(buf, ptr, len);
	end(buf, at);
}

void
dro_wire_put_whole(struct dro_buf *buf)
{
	end(buf, begin(buf, DRO_FRAME_WHOLE));
}

static void
put_line(struct dro_buf *buf, const struct dro_line *line)
{
	const struct dro_stream *s = &line->stream;

	put_text(buf, s->dkim);
	put_text(buf, s->selector);
	put_text(buf, s->dkim_other);
	put_text(buf, s->mail_from);
	put_text(buf, s->claim);
	put_text(buf, s->claim_selector);
	put_text(buf, s->ip);
	put_int(buf, line->pass);
	put_int(buf, line->fail);
	put_int(buf, line->unknown);
}

void
dro_wire_put_report(struct dro_buf *buf, const char *member,
    const struct dro_report *r, dro_warns warns)
{
	size_t at = begin(buf, DRO_FRAME_REPORT), i;

	put_text(buf, member);
	put_int(buf, (int64_t)warns);
	put_text(buf, r->org);
	put_text(buf, r->email);
	put_text(buf, r->reporter);
	put_text(buf, r->report_id);
	put_text(buf, r->domain);
	put_int(buf, r->begin);
	put_int(buf, r->end);
	put_int(buf, r->generation);
	put_int(buf, r->rows);
	put_int(buf, r->messages);
	put_int(buf, r->dmarc_pass);
	put_int(buf, r->dkim_aligned);
	put_int(buf, r->spf_aligned);
	put_int(buf, r->unknown);
	for (i = 0; i < DRO_DISP_N; i++)
		put_int(buf, r->disposition[i]);
	put_text(buf, r->p);
	put_text(buf, r->sp);
	put_text(buf, r->np);
	put_text(buf, r->pct);
	put_text(buf, r->t);
	dro_buf_add(buf, r->content, sizeof(r->content));
	put_int(buf, (int64_t)r->n_lines);
	for (i = 0; i < r->n_lines; i++)
		put_line(buf, &r->lines[i]);
	end(buf, at);
}

void
dro_wire_put_refuse(
    struct dro_buf *buf, const char *member, const struct dro_refused *why)
{
	size_t at = begin(buf, DRO_FRAME_REFUSE);

	put_text(buf, member);
	put_int(buf, why->why);
	put_text(buf, why->detail);
	end(buf, at);
}

void
dro_wire_put_warn(struct dro_buf *buf, const char *member, enum dro_warn warn)
{
	size_t at = begin(buf, DRO_FRAME_WARN);

	put_text(buf, member);
	put_int(buf, warn);
	end(buf, at);
}

void
dro_wire_put_ask(struct dro_buf *buf, const char *selector, const char *domain)
{
	size_t at = begin(buf, DRO_FRAME_ASK);

	put_text(buf, selector);
	put_text(buf, domain);
	end(buf, at);
}

void
dro_wire_put_done(struct dro_buf *buf, enum dro_code code)
{
	size_t at = begin(buf, DRO_FRAME_DONE);

	put_int(buf, code);
	end(buf, at);
}
