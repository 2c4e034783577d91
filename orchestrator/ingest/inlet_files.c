#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingest/container.h"
#include "ingest/inlet_files.h"
#include "ingest/inlet_mbox.h"
#include "ingest/walk.h"

/* What is read from a file at a time. */
#define BLOCK ((size_t)64 << 10)
#define KEEP_MAX ((size_t)256 << 10) /* a larger buffer is given back */

struct files {
	const char *const *paths;
	size_t n, i; /* the next path to begin */
	struct dro_walk *walk; /* of the path in hand, or NULL */
	uint64_t known; /* of the walks that are over */
	struct dro_buf octets;
	struct dro_err missing; /* the first path that does not exist */
	const char *mbox_path; /* the file in hand holds mails, or NULL */
	struct dro_inlet mbox; /* where they come from */
};

bool
dro_inlet_octets(int fd, bool file, size_t most, struct dro_buf *buf,
    struct dro_refused *why)
{
	char block[BLOCK];
	ssize_t n;

	do {
		n = read(fd, block, sizeof(block));
		if (n > 0)
			dro_buf_add(buf, block, (size_t)n);
	} while (
	    buf->len <= most && (file ? n == (ssize_t)sizeof(block) : n > 0));
	if (n < 0)
		dro_refused_set(
		    why, DRO_REFUSE_UNREADABLE, "%s", strerror(errno));
	else if (buf->len > most)
		dro_refused_set(why, DRO_REFUSE_INPUT_SIZE, "more than %zu MiB",
		    most >> 20);
	else if (buf->failed)
		dro_refused_set(why, DRO_REFUSE_UNREADABLE, "out of memory");
	return (why->why == DRO_REFUSE_NONE);
}

/* Begin the next path that is there; ${walk} NULL: there is none. */
static enum dro_code
begin(struct files *f, struct dro_err *err)
{
	enum dro_code code;
	struct dro_err own;

	while (f->walk == NULL && f->i < f->n) {
		code = dro_walk_create(f->paths[f->i++], &f->walk, &own);
		if (code == DRO_ENOTFOUND && f->missing.code == DRO_OK)
			f->missing = own;
		else if (code != DRO_OK && code != DRO_ENOTFOUND) {
			if (err != NULL)
				*err = own;
			return (code);
		}
	}
	return (DRO_OK);
}

/* The next file that opens, of this path or those after it. */
static enum dro_code
open_next(struct files *f, const char **path, int *fd,
    dro_walk_refused_fn *refused, void *arg, struct dro_err *err)
{
	enum dro_code code;

	*path = NULL;
	while ((code = begin(f, err)) == DRO_OK && f->walk != NULL) {
		code = dro_walk_next(f->walk, path, fd, refused, arg, err);
		if (code != DRO_OK || *path != NULL)
			return (code);
		f->known += dro_walk_known(f->walk);
		dro_walk_destroy(f->walk);
		f->walk = NULL;
	}
	return (code);
}

/* One file that does not do stops no other. */
static void
refuse_mbox(const char *path, const struct dro_err *err,
    dro_walk_refused_fn *refused, void *arg)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};

	dro_refused_set(&why, DRO_REFUSE_UNREADABLE, "%s", err->msg);
	refused(arg, path, &why);
}

/* The next mail of the mbox in hand; ${out}->path NULL: it is over. */
static void
next_mail(struct files *f, struct dro_input *out, dro_walk_refused_fn *refused,
    void *arg)
{
	struct dro_err why;

	memset(out, 0, sizeof(*out));
	if (f->mbox_path == NULL)
		return;
	if (f->mbox.next(f->mbox.ctx, out, refused, arg, &why) != DRO_OK) {
		refuse_mbox(f->mbox_path, &why, refused, arg);
		out->path = NULL;
	}
	if (out->path != NULL)
		return;
	f->mbox.close(f->mbox.ctx);
	f->mbox_path = NULL;
}

/* A file begins "From ": it is an mbox, and may hold any number of mails. */
static void
begin_mbox(
    struct files *f, const char *path, dro_walk_refused_fn *refused, void *arg)
{
	struct dro_err why;

	if (dro_inlet_mbox(path, &f->mbox, &why) == DRO_OK)
		f->mbox_path = path;
	else
		refuse_mbox(path, &why, refused, arg);
}

/* One file: all of it, or the first of its mails. */
static void
read_file(struct files *f, const char *path, int fd, struct dro_input *out,
    dro_walk_refused_fn *refused, void *arg)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};
	char block[BLOCK];
	ssize_t n = read(fd, block, sizeof(block));

	if (n >= 5 && memcmp(block, "From ", 5) == 0) {
		begin_mbox(f, path, refused, arg);
		next_mail(f, out, refused, arg);
		return;
	}
	if (f->octets.cap > KEEP_MAX) {
		dro_buf_finish(&f->octets);
		dro_buf_init(&f->octets, 2 * DRO_OUTPUT_MAX);
	}
	dro_buf_reset(&f->octets);
	if (n > 0)
		dro_buf_add(&f->octets, block, (size_t)n);
	/* Less than a block is all there is; an error shows once more. */
	if ((n < 0 || n == (ssize_t)sizeof(block) || f->octets.failed) &&
	    !dro_inlet_octets(fd, true, DRO_OUTPUT_MAX, &f->octets, &why)) {
		refused(arg, path, &why);
		return;
	}
	out->path = path;
	out->ptr = f->octets.ptr != NULL ? f->octets.ptr : "";
	out->len = f->octets.len;
}

static enum dro_code
next(void *ctx, struct dro_input *out, dro_walk_refused_fn *refused, void *arg,
    struct dro_err *err)
{
	struct files *f = ctx;
	enum dro_code code = DRO_OK;
	const char *path;
	int fd;

	for (;;) {
		next_mail(f, out, refused, arg);
		if (out->path != NULL)
			return (DRO_OK);
		code = open_next(f, &path, &fd, refused, arg, err);
		if (code != DRO_OK || path == NULL)
			break;
		read_file(f, path, fd, out, refused, arg);
		(void)close(fd);
		if (out->path != NULL)
			return (DRO_OK);
	}
	if (code == DRO_OK && f->missing.code != DRO_OK) {
		if (err != NULL)
			*err = f->missing;
		return (f->missing.code);
	}
	return (code);
}

static enum dro_code
settle(void *ctx DRO_UNUSED, uint64_t token DRO_UNUSED,
    enum dro_settled how DRO_UNUSED, struct dro_err *err DRO_UNUSED)
{
	return (DRO_OK);
}

static uint64_t
total(void *ctx)
{
	const struct files *f = ctx;

	return (f->known + (f->walk != NULL ? dro_walk_known(f->walk) : 0) +
	    (f->n - f->i));
}

static void
finish(void *ctx)
{
	struct files *f = ctx;

	if (f->mbox_path != NULL)
		f->mbox.close(f->mbox.ctx);
	dro_walk_destroy(f->walk);
	dro_buf_finish(&f->octets);
	free(f);
}

enum dro_code
dro_inlet_files(const char *const *paths, size_t n, struct dro_inlet *out,
    struct dro_err *err)
{
	struct files *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return (dro_err_nomem(err));
	f->paths = paths;
	f->n = n;
	dro_buf_init(&f->octets, 2 * DRO_OUTPUT_MAX);
	*out = (struct dro_inlet){f, next, settle, total, finish};
	return (DRO_OK);
}
