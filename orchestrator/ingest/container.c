#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/layers.h"

struct dro_container *
dro_container_create(void)
{
	struct dro_container *c;
	size_t i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	for (i = 0; i < LAYERS; i++)
		c->layers[i].out = c->out[i];
	return (c);
}

void
dro_container_destroy(struct dro_container *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < LAYERS; i++)
		if (c->layers[i].z_ready)
			(void)inflateEnd(&c->layers[i].z);
	free(c);
}

/* Refuse what is being read; always false, for callers to pass on. */
bool
dro_layers_refuse(
    struct dro_container *c, enum dro_refuse why, const char *detail)
{
	dro_refused_set(&c->refused, why, "%s", detail);
	return (false);
}

/* Tell the sink about the refusal, if there is one, and forget it. */
void
dro_layers_settle(struct dro_container *c)
{
	if (c->refused.why == DRO_REFUSE_NONE)
		return;
	c->sink->refuse(c->sink->arg, c->member, &c->refused);
	c->refused.why = DRO_REFUSE_NONE;
	c->open = false;
	c->answers++;
}

static bool
is_space(unsigned char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Tell by the first bytes, never by a name. */
static enum kind
sniff(const unsigned char *p, size_t n)
{
	size_t i = 0;

	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return (KIND_GZIP);
	if (n >= 4 && p[0] == 'P' && p[1] == 'K' &&
	    ((p[2] == 3 && p[3] == 4) || (p[2] == 5 && p[3] == 6) ||
		(p[2] == 7 && p[3] == 8)))
		return (KIND_ZIP);
	if (n >= 2 &&
	    ((p[0] == 0xfe && p[1] == 0xff) || (p[0] == 0xff && p[1] == 0xfe) ||
		(p[0] == 0 && p[1] == '<')))
		return (KIND_XML); /* UTF-16; expat says which */
	if (n >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		i = 3;
	while (i < n && is_space(p[i]))
		i++;
	return (i == n || p[i] == '<' ? KIND_XML : KIND_OTHER);
}

/* Count inflated bytes against the budget of the whole input. */
bool
dro_layers_spend(struct dro_container *c, size_t n)
{
	c->given += n;
	if (c->given > DRO_OUTPUT_MAX)
		return (dro_layers_refuse(
		    c, DRO_REFUSE_OUTPUT_SIZE, "more than 128 MiB of data"));
	if (c->given > DRO_RATIO_FROM && c->given / DRO_RATIO_MAX > c->taken)
		return (dro_layers_refuse(c,
		    c->zip ? DRO_REFUSE_ZIP_RATIO : DRO_REFUSE_GZIP_RATIO,
		    "grows more than 200 times; honest reports reach 102"));
	return (true);
}

static void
warn(struct dro_container *c, enum dro_warn what)
{
	c->sink->warn(c->sink->arg, c->member, what);
}

/* Pass over an entry; an archive of them all is told by one. */
static bool
ignore(struct dro_container *c)
{
	if (!c->ignored)
		warn(c, DRO_WARN_ZIP_IGNORED);
	c->ignored = true;
	return (false);
}

static bool
gzip_start(struct dro_container *c, struct layer *l)
{
	int rc;

	l->members = 0;
	l->trailing = false;
	if (l->z_ready) {
		rc = inflateReset(&l->z);
	} else {
		memset(&l->z, 0, sizeof(l->z));
		rc = inflateInit2(&l->z, 15 + 16); /* gzip, no other form */
		l->z_ready = rc == Z_OK;
	}
	c->nomem = rc != Z_OK;
	return (!c->nomem);
}

/* A member failed: the first two bytes of a further one may be no gzip. */
static bool
gzip_failed(struct dro_container *c, struct layer *l, int rc)
{
	if (rc == Z_MEM_ERROR) {
		c->nomem = true;
		return (false);
	}
	if (l->members > 0 && l->z.total_in <= 2) {
		l->trailing = true;
		return (true);
	}
	return (dro_layers_refuse(c, DRO_REFUSE_GZIP_CORRUPT,
	    l->z.msg != NULL ? l->z.msg : "not the gzip format (RFC 1952)"));
}

static bool
gzip_push(
    struct dro_container *c, size_t depth, const unsigned char *ptr, size_t len)
{
	struct layer *l = &c->layers[depth];
	size_t n;
	int rc;

	l->z.next_in = ptr;
	l->z.avail_in = (uInt)len;
	while (!l->trailing) {
		if (l->members == DRO_GZIP_MEMBERS_MAX && l->z.avail_in > 0)
			return (dro_layers_refuse(c, DRO_REFUSE_GZIP_MEMBERS,
			    "more than 16 gzip members in one file"));
		l->z.next_out = l->out;
		l->z.avail_out = BLOCK;
		rc = inflate(&l->z, Z_NO_FLUSH);
		n = BLOCK - l->z.avail_out;
		if (n > 0 &&
		    (!dro_layers_spend(c, n) ||
			!dro_layers_push(c, depth + 1, l->out, n)))
			return (false);
		if (rc == Z_STREAM_END) {
			l->members++;
			(void)inflateReset(
			    &l->z); /* cannot fail on a live one */
		} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
			if (!gzip_failed(c, l, rc))
				return (false);
		}
		if (l->z.avail_in == 0 && l->z.avail_out > 0)
			break;
	}
	return (true);
}

/* The kind is known: begin a document, or a layer of gzip. */
static bool
start(struct dro_container *c, size_t depth)
{
	struct layer *l = &c->layers[depth];

	l->kind = sniff(l->head, l->n_head);
	switch (l->kind) {
	case KIND_XML:
		c->open = true;
		c->answers++;
		c->sink->begin(c->sink->arg, c->member);
		return (true);
	case KIND_GZIP:
		if (depth < LAYERS)
			return (gzip_start(c, l));
		return (dro_layers_refuse(c, DRO_REFUSE_LAYERS,
		    "more than two layers of compression"));
	case KIND_ZIP:
		return (dro_layers_refuse(c, DRO_REFUSE_LAYERS,
		    "a zip archive inside another archive or gzip"));
	case KIND_UNKNOWN:
	case KIND_OTHER:
		break;
	}
	if (!c->zip)
		return (dro_layers_refuse(c, DRO_REFUSE_NOT_A_REPORT,
		    "neither XML nor gzip nor zip"));
	return (ignore(c));
}

/* Bytes whose kind is known. */
static bool
pass_on(
    struct dro_container *c, size_t depth, const unsigned char *ptr, size_t len)
{
	if (len == 0)
		return (true);
	if (c->layers[depth].kind == KIND_GZIP)
		return (gzip_push(c, depth, ptr, len));
	return (c->sink->data(c->sink->arg, (const char *)ptr, len));
}

/* More bytes at ${depth}; false: read no further. */
bool
dro_layers_push(
    struct dro_container *c, size_t depth, const unsigned char *ptr, size_t len)
{
	struct layer *l = &c->layers[depth];

	if (l->kind == KIND_UNKNOWN) {
		while (l->n_head < HEAD && len > 0) {
			l->head[l->n_head++] = *ptr++;
			len--;
		}
		if (l->n_head < HEAD)
			return (true);
		if (!start(c, depth) || !pass_on(c, depth, l->head, HEAD))
			return (false);
	}
	return (pass_on(c, depth, ptr, len));
}

/* The bytes at ${depth} have ended well; see to what was held back. */
bool
dro_layers_finish(struct dro_container *c, size_t depth)
{
	struct layer *l = &c->layers[depth];

	if (l->kind == KIND_UNKNOWN) {
		if (l->n_head == 0 && c->zip && depth == 1)
			return (ignore(c));
		if (l->n_head == 0)
			return (
			    dro_layers_refuse(c, DRO_REFUSE_EMPTY, "no data"));
		if (!start(c, depth) || !pass_on(c, depth, l->head, l->n_head))
			return (false);
	}
	if (l->kind != KIND_GZIP)
		return (true);
	if (!l->trailing && l->members > 0 && l->z.total_in == 1)
		l->trailing = true;
	if (!l->trailing && (l->members == 0 || l->z.total_in > 0))
		return (dro_layers_refuse(c, DRO_REFUSE_GZIP_TRUNCATED,
		    "the gzip data end in the middle"));
	if (!dro_layers_finish(c, depth + 1))
		return (false);
	if (l->trailing)
		warn(c, DRO_WARN_GZIP_TRAILING);
	return (true);
}

void
dro_layers_reset(struct dro_container *c)
{
	size_t i;

	for (i = 0; i <= LAYERS; i++) {
		c->layers[i].kind = KIND_UNKNOWN;
		c->layers[i].n_head = 0;
	}
}

/* One input or entry is over, well or not: close its document. */
void
dro_layers_close(struct dro_container *c)
{
	dro_layers_settle(c);
	if (c->open)
		c->sink->end(c->sink->arg);
	c->open = false;
}

/* One more block of the input; 0 at the end, -1 when refused. */
ssize_t
dro_layers_next(struct dro_container *c, dro_read_fn *fn, void *arg)
{
	size_t n = 0;
	ssize_t got;

	/* Short reads are joined, so that the first block tells the kind. */
	while (n < BLOCK && (got = fn(arg, c->in + n, BLOCK - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			(void)dro_layers_refuse(
			    c, DRO_REFUSE_UNREADABLE, strerror(errno));
			return (-1);
		}
		n += (size_t)got;
	}
	c->taken += n;
	return ((ssize_t)n);
}

/* A plain or gzip input: every block goes through as it comes. */
static void
read_stream(struct dro_container *c, ssize_t n, dro_read_fn *fn, void *arg)
{
	bool more = true;

	dro_layers_reset(c);
	for (; n > 0 && more; n = dro_layers_next(c, fn, arg)) {
		more = dro_layers_push(c, 0, c->in, (size_t)n);
		if (!more)
			break;
		if (c->layers[0].kind == KIND_GZIP && c->taken > DRO_INPUT_MAX)
			more = dro_layers_refuse(c, DRO_REFUSE_INPUT_SIZE,
			    "more than 16 MiB of compressed data");
		else if (c->taken > DRO_OUTPUT_MAX)
			more = dro_layers_refuse(c, DRO_REFUSE_OUTPUT_SIZE,
			    "more than 128 MiB of data");
	}
	if (n == 0 && more)
		(void)dro_layers_finish(c, 0);
	dro_layers_close(c);
}

enum dro_code
dro_container_read(struct dro_container *c, dro_read_fn *fn, void *arg,
    const struct dro_sink *sink, struct dro_err *err)
{
	ssize_t n;

	c->sink = sink;
	c->taken = c->given = c->answers = 0;
	c->zip = c->open = c->ignored = c->nomem = false;
	c->member = NULL;
	c->refused.why = DRO_REFUSE_NONE;
	n = dro_layers_next(c, fn, arg);
	if (n > 0 && sniff(c->in, (size_t)n) == KIND_ZIP)
		dro_zip_read(c, n, fn, arg);
	else
		read_stream(c, n, fn, arg);
	return (c->nomem ? dro_err_nomem(err) : DRO_OK);
}
