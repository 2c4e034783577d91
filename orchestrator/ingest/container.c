#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#define ZLIB_CONST /* inflate reads its input only */
#include <zlib.h>

#include "ingest/container.h"

#define BLOCK ((size_t)64 << 10)
#define LAYERS 2
#define HEAD 4 /* bytes that tell the kinds apart */
#define NAME_MAX_SHOWN 1024 /* of a zip entry; more is nobody's file name */

enum kind { KIND_UNKNOWN, KIND_XML, KIND_GZIP, KIND_ZIP, KIND_OTHER };

/* What is known of the bytes at one depth: 0 is the input as it is. */
struct layer {
	enum kind kind;
	unsigned char head[HEAD];
	size_t n_head;
	z_stream z;
	bool z_ready;
	int members; /* complete ones */
	bool trailing; /* past the last member */
	unsigned char *out; /* BLOCK bytes, what z inflates into */
};

struct dro_container {
	struct layer layers[LAYERS + 1]; /* the last is never inflated */
	unsigned char in[BLOCK];
	unsigned char out[LAYERS][BLOCK];
	/* of the input in hand */
	const struct dro_sink *sink;
	size_t taken, given; /* bytes in, inflated bytes out */
	bool zip;
	const char *member;
	bool open; /* a document is */
	size_t answers; /* documents begun and refusals */
	bool ignored; /* an entry was, which was said */
	struct dro_refused refused;
	bool nomem;
};

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
static bool
refuse(struct dro_container *c, enum dro_refuse why, const char *detail)
{
	dro_refused_set(&c->refused, why, "%s", detail);
	return (false);
}

/* Tell the sink about the refusal, if there is one, and forget it. */
static void
settle_refusal(struct dro_container *c)
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
static bool
spend(struct dro_container *c, size_t n)
{
	c->given += n;
	if (c->given > DRO_OUTPUT_MAX)
		return (refuse(
		    c, DRO_REFUSE_OUTPUT_SIZE, "more than 128 MiB of data"));
	if (c->given > DRO_RATIO_FROM && c->given / DRO_RATIO_MAX > c->taken)
		return (refuse(c,
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

static bool push(struct dro_container *, size_t, const unsigned char *, size_t);

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
	return (refuse(c, DRO_REFUSE_GZIP_CORRUPT,
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
			return (refuse(c, DRO_REFUSE_GZIP_MEMBERS,
			    "more than 16 gzip members in one file"));
		l->z.next_out = l->out;
		l->z.avail_out = BLOCK;
		rc = inflate(&l->z, Z_NO_FLUSH);
		n = BLOCK - l->z.avail_out;
		if (n > 0 && (!spend(c, n) || !push(c, depth + 1, l->out, n)))
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
		return (refuse(c, DRO_REFUSE_LAYERS,
		    "more than two layers of compression"));
	case KIND_ZIP:
		return (refuse(c, DRO_REFUSE_LAYERS,
		    "a zip archive inside another archive or gzip"));
	case KIND_UNKNOWN:
	case KIND_OTHER:
		break;
	}
	if (!c->zip)
		return (refuse(c, DRO_REFUSE_NOT_A_REPORT,
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
static bool
push(
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
static bool
finish(struct dro_container *c, size_t depth)
{
	struct layer *l = &c->layers[depth];

	if (l->kind == KIND_UNKNOWN) {
		if (l->n_head == 0 && c->zip && depth == 1)
			return (ignore(c));
		if (l->n_head == 0)
			return (refuse(c, DRO_REFUSE_EMPTY, "no data"));
		if (!start(c, depth) || !pass_on(c, depth, l->head, l->n_head))
			return (false);
	}
	if (l->kind != KIND_GZIP)
		return (true);
	if (!l->trailing && l->members > 0 && l->z.total_in == 1)
		l->trailing = true;
	if (!l->trailing && (l->members == 0 || l->z.total_in > 0))
		return (refuse(c, DRO_REFUSE_GZIP_TRUNCATED,
		    "the gzip data end in the middle"));
	if (!finish(c, depth + 1))
		return (false);
	if (l->trailing)
		warn(c, DRO_WARN_GZIP_TRAILING);
	return (true);
}

static void
reset_layers(struct dro_container *c)
{
	size_t i;

	for (i = 0; i <= LAYERS; i++) {
		c->layers[i].kind = KIND_UNKNOWN;
		c->layers[i].n_head = 0;
	}
}

/* One input or entry is over, well or not: close its document. */
static void
close_document(struct dro_container *c)
{
	settle_refusal(c);
	if (c->open)
		c->sink->end(c->sink->arg);
	c->open = false;
}

/* One more block of the input; 0 at the end, -1 when refused. */
static ssize_t
next_block(struct dro_container *c, dro_read_fn *fn, void *arg)
{
	size_t n = 0;
	ssize_t got;

	/* Short reads are joined, so that the first block tells the kind. */
	while (n < BLOCK && (got = fn(arg, c->in + n, BLOCK - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			(void)refuse(c, DRO_REFUSE_UNREADABLE, strerror(errno));
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

	reset_layers(c);
	for (; n > 0 && more; n = next_block(c, fn, arg)) {
		more = push(c, 0, c->in, (size_t)n);
		if (!more)
			break;
		if (c->layers[0].kind == KIND_GZIP && c->taken > DRO_INPUT_MAX)
			more = refuse(c, DRO_REFUSE_INPUT_SIZE,
			    "more than 16 MiB of compressed data");
		else if (c->taken > DRO_OUTPUT_MAX)
			more = refuse(c, DRO_REFUSE_OUTPUT_SIZE,
			    "more than 128 MiB of data");
	}
	if (n == 0 && more)
		(void)finish(c, 0);
	close_document(c);
}

/* Hold a zip archive whole: its directory is at the end. */
static unsigned char *
slurp(struct dro_container *c, size_t *len, dro_read_fn *fn, void *arg)
{
	unsigned char *all = NULL, *more;
	size_t cap = 0;
	ssize_t n = (ssize_t)*len;

	*len = 0;
	do {
		if (c->taken > DRO_INPUT_MAX) {
			(void)refuse(c, DRO_REFUSE_INPUT_SIZE,
			    "more than 16 MiB of compressed data");
			break;
		}
		if (*len + (size_t)n > cap) {
			cap = cap == 0 ? BLOCK : cap * 2;
			if ((more = realloc(all, cap)) == NULL) {
				c->nomem = true;
				break;
			}
			all = more;
		}
		memcpy(all + *len, c->in, (size_t)n);
		*len += (size_t)n;
		n = next_block(c, fn, arg);
	} while (n > 0);
	if (c->nomem || c->refused.why != DRO_REFUSE_NONE) {
		free(all);
		return (NULL);
	}
	return (all);
}

/*
 * Inflate and plain storage only: the other methods that libarchive knows
 * let an entry choose how much memory the decoder takes.  The name of the
 * format ends with the method of the entry.
 */
static bool
method_known(struct archive *a)
{
	const char *name = archive_format_name(a);

	return (name != NULL &&
	    (strstr(name, "(deflation)") != NULL ||
		strstr(name, "(uncompressed)") != NULL));
}

/* One entry's data; false: the archive cannot be read further. */
static bool
read_entry(struct dro_container *c, struct archive *a)
{
	la_ssize_t n = 0;

	while ((n = archive_read_data(a, c->in, BLOCK)) > 0)
		if (!spend(c, (size_t)n) || !push(c, 1, c->in, (size_t)n))
			break;
	if (n < 0)
		(void)refuse(c, DRO_REFUSE_ZIP_CORRUPT,
		    archive_error_string(a) != NULL ? archive_error_string(a)
						    : "cannot be read");
	else if (n == 0)
		(void)finish(c, 1);
	return (n != ARCHIVE_FATAL && !c->nomem &&
	    c->refused.why != DRO_REFUSE_OUTPUT_SIZE &&
	    c->refused.why != DRO_REFUSE_ZIP_RATIO);
}

/* One entry; its name is data and never a path. */
static bool
take_entry(
    struct dro_container *c, struct archive *a, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname_utf8(entry);
	char name[NAME_MAX_SHOWN];
	bool more = true;

	if (path == NULL)
		path = archive_entry_pathname(entry);
	if (path == NULL || *path == '\0')
		path = "(no name)";
	(void)snprintf(name, sizeof(name), "%s", path);
	c->member = name;
	reset_layers(c);
	if (archive_entry_filetype(entry) == AE_IFDIR)
		;
	else if (archive_entry_is_encrypted(entry))
		(void)refuse(c, DRO_REFUSE_ZIP_ENCRYPTED, "encrypted");
	else if (!method_known(a))
		(void)refuse(c, DRO_REFUSE_ZIP_METHOD,
		    "compressed by another method than deflate");
	else
		more = read_entry(c, a);
	close_document(c);
	c->member = NULL;
	return (more);
}

static void
read_entries(struct dro_container *c, struct archive *a)
{
	struct archive_entry *entry;
	size_t n = 0;
	int rc;

	for (;;) {
		rc = archive_read_next_header(a, &entry);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
			(void)refuse(c, DRO_REFUSE_ZIP_CORRUPT,
			    archive_error_string(a) != NULL
				? archive_error_string(a)
				: "cannot be read");
			break;
		}
		if (++n > DRO_ZIP_ENTRIES_MAX) {
			(void)refuse(c, DRO_REFUSE_ZIP_ENTRIES,
			    "more than 1000 entries");
			break;
		}
		if (!take_entry(c, a, entry))
			break;
	}
	if (c->answers == 0 && !c->nomem)
		(void)refuse(c, DRO_REFUSE_ZIP_NO_REPORT,
		    "a zip archive without any report");
	settle_refusal(c);
}

/*
 * Through the directory only: libarchive's other way, front to back, has to
 * inflate what is to be skipped, which no budget would see.
 */
static void
read_zip(struct dro_container *c, ssize_t n, dro_read_fn *fn, void *arg)
{
	size_t len = (size_t)n;
	unsigned char *all = slurp(c, &len, fn, arg);
	struct archive *a = NULL;

	c->zip = true;
	if (all == NULL)
		goto out;
	if ((a = archive_read_new()) == NULL ||
	    archive_read_support_format_zip_seekable(a) != ARCHIVE_OK) {
		c->nomem = true;
		goto out;
	}
	if (archive_read_open_memory(a, all, len) != ARCHIVE_OK)
		(void)refuse(c, DRO_REFUSE_ZIP_CORRUPT,
		    archive_error_string(a) != NULL ? archive_error_string(a)
						    : "cannot be read");
	else
		read_entries(c, a);
out:
	settle_refusal(c);
	if (a != NULL)
		(void)archive_read_free(a);
	free(all);
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
	n = next_block(c, fn, arg);
	if (n > 0 && sniff(c->in, (size_t)n) == KIND_ZIP)
		read_zip(c, n, fn, arg);
	else
		read_stream(c, n, fn, arg);
	return (c->nomem ? dro_err_nomem(err) : DRO_OK);
}
