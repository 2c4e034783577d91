#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ingest/container.h"
#include "ingest/document.h"
#include "ingest/mail.h"
#include "ingest/reading.h"

/* Names of an attachment and of an entry in it; each has its own limit. */
#define MEMBER_MAX ((size_t)16 << 10)

struct dro_reading {
	struct dro_container *container;
	struct dro_document *doc;
	struct dro_buf member; /* of the open document */
	/* of the input in hand */
	const struct dro_reading_conf *conf;
	const struct dro_reading_sink *sink;
	const char *part; /* the attachment, or NULL */
	bool open; /* a document is */
	enum dro_code code; /* not DRO_OK: the reading must stop */
	struct dro_err *err;
};

struct dro_reading *
dro_reading_create(void)
{
	struct dro_reading *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return (NULL);
	dro_buf_init(&r->member, MEMBER_MAX);
	r->container = dro_container_create();
	r->doc = dro_document_create();
	if (r->container == NULL || r->doc == NULL) {
		dro_reading_destroy(r);
		return (NULL);
	}
	return (r);
}

void
dro_reading_destroy(struct dro_reading *r)
{
	if (r == NULL)
		return;
	dro_document_destroy(r->doc);
	dro_container_destroy(r->container);
	dro_buf_finish(&r->member);
	free(r);
}

static void
fail(struct dro_reading *r, enum dro_code code)
{
	if (r->code == DRO_OK)
		r->code = code;
}

/* "entry", "attachment", "attachment!entry", or NULL. */
static const char *
member_name(struct dro_reading *r, const char *entry)
{
	dro_buf_reset(&r->member);
	if (r->part == NULL && entry == NULL)
		return (NULL);
	if (r->part != NULL)
		dro_buf_adds(&r->member, r->part);
	if (r->part != NULL && entry != NULL)
		dro_buf_addc(&r->member, '!');
	if (entry != NULL)
		dro_buf_adds(&r->member, entry);
	fail(r, dro_buf_check(&r->member, "name of an entry", r->err));
	return (r->member.ptr);
}

static void
on_begin(void *arg, const char *entry)
{
	struct dro_reading *r = arg;

	r->open = true;
	(void)member_name(r, entry);
	dro_document_begin(r->doc);
}

static bool
on_data(void *arg, const char *ptr, size_t len)
{
	struct dro_reading *r = arg;

	return (r->code == DRO_OK && dro_document_feed(r->doc, ptr, len));
}

static void
on_refuse(void *arg, const char *entry, const struct dro_refused *why)
{
	struct dro_reading *r = arg;

	r->open = false;
	r->sink->refuse(r->sink->arg, member_name(r, entry), why);
}

static void
on_warn(void *arg, const char *entry, enum dro_warn warn)
{
	struct dro_reading *r = arg;

	if (r->open)
		dro_document_warn(r->doc, warn);
	else
		r->sink->warn(r->sink->arg, member_name(r, entry), warn);
}

static void
on_end(void *arg)
{
	struct dro_reading *r = arg;
	const char *member = r->member.len > 0 ? r->member.ptr : NULL;
	struct dro_refused refused;
	struct dro_report report;

	r->open = false;
	if (r->code != DRO_OK)
		return;
	fail(r,
	    dro_document_end(r->doc, r->conf->now, &report, &refused, r->err));
	if (r->code != DRO_OK)
		return;
	if (refused.why != DRO_REFUSE_NONE)
		r->sink->refuse(r->sink->arg, member, &refused);
	else
		r->sink->report(
		    r->sink->arg, member, &report, dro_document_warns(r->doc));
}

/* What is left of a file or attachment. */
struct octets {
	const char *ptr;
	size_t len;
};

static ssize_t
take(void *arg, void *buf, size_t cap)
{
	struct octets *o = arg;
	size_t n = o->len < cap ? o->len : cap;

	memcpy(buf, o->ptr, n);
	o->ptr += n;
	o->len -= n;
	return ((ssize_t)n);
}

/* One file or attachment, ${part} its name in a mail. */
static bool
on_part(void *arg, const char *part, const void *ptr, size_t len)
{
	struct dro_reading *r = arg;
	const struct dro_sink sink = {
	    r, on_begin, on_data, on_end, on_refuse, on_warn};
	struct octets octets = {ptr, len};

	r->part = part;
	r->sink->original(r->sink->arg, ptr, len);
	fail(r, dro_container_read(r->container, take, &octets, &sink, r->err));
	return (r->code == DRO_OK);
}

static void
on_part_refused(void *arg, const char *part, const struct dro_refused *why)
{
	struct dro_reading *r = arg;

	r->part = part;
	on_refuse(r, NULL, why);
}

/* Who sent the mail, before what it holds. */
static enum dro_code
judge(struct dro_reading *r, const struct dro_input *input)
{
	const struct dro_sender_conf conf = {.now = r->conf->now,
	    .n_ids = r->conf->n_authserv_ids,
	    .ids = r->conf->authserv_ids,
	    .recipient = r->conf->recipient,
	    .fetch = r->conf->key,
	    .fetch_arg = r->conf->key_arg};
	struct dro_arena *arena = dro_arena_create();
	struct dro_sender sender;
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(r->err));
	code = dro_sender_judge(
	    input->ptr, input->len, &conf, arena, &sender, r->err);
	if (code == DRO_OK)
		r->sink->sender(r->sink->arg, &sender);
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_reading_read(struct dro_reading *r, const struct dro_reading_conf *conf,
    const struct dro_input *input, const struct dro_reading_sink *sink,
    struct dro_err *err)
{
	r->conf = conf;
	r->sink = sink;
	r->code = DRO_OK;
	r->err = err;
	if (!input->mail && !dro_mail_looks(input->ptr, input->len)) {
		(void)on_part(r, NULL, input->ptr, input->len);
		return (r->code);
	}
	fail(r, judge(r, input));
	if (r->code == DRO_OK)
		fail(r,
		    dro_mail_parts(input->ptr, input->len, on_part,
			on_part_refused, r, err));
	return (r->code);
}
