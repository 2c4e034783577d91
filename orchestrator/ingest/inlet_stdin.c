#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ingest/inlet_files.h"
#include "ingest/inlet_stdin.h"
#include "ingest/mail.h"
#include "ingest/walk.h"

struct input {
	int fd;
	bool read;
	struct dro_buf octets;
};

static enum dro_code
next(void *ctx, struct dro_input *out, dro_walk_refused_fn *refused, void *arg,
    struct dro_err *err)
{
	struct dro_refused why = {DRO_REFUSE_NONE, ""};
	struct input *in = ctx;

	memset(out, 0, sizeof(*out));
	if (in->read)
		return (DRO_OK);
	in->read = true;
	if (dro_inlet_octets(in->fd, false, DRO_MAIL_MAX, &in->octets, &why)) {
		out->path = "-";
		out->ptr = in->octets.ptr != NULL ? in->octets.ptr : "";
		out->len = in->octets.len;
		return (DRO_OK);
	}
	/* Whoever pipes it in has to keep it. */
	if (why.why == DRO_REFUSE_UNREADABLE)
		return (dro_err_set(
		    err, DRO_EIO, "standard input: %s", why.detail));
	refused(arg, "-", &why);
	return (DRO_OK);
}

static enum dro_code
settle(void *ctx DRO_UNUSED, uint64_t token DRO_UNUSED,
    enum dro_settled how DRO_UNUSED, struct dro_err *err DRO_UNUSED)
{
	return (DRO_OK);
}

static uint64_t
total(void *ctx DRO_UNUSED)
{
	return (1);
}

static void
finish(void *ctx)
{
	struct input *in = ctx;

	dro_buf_finish(&in->octets);
	free(in);
}

enum dro_code
dro_inlet_stdin(int fd, struct dro_inlet *out, struct dro_err *err)
{
	struct input *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return (dro_err_nomem(err));
	in->fd = fd;
	dro_buf_init(&in->octets, 2 * DRO_MAIL_MAX);
	*out = (struct dro_inlet){in, next, settle, total, finish};
	return (DRO_OK);
}
