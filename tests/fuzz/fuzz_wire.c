/*
 * Any octets as what a worker says: frame after frame, each read as every
 * kind of message.  What is taken holds together, and written again it is
 * the same octets.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "ingest/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dro_wire_room room;
static struct dro_buf again;

static void
finish(void)
{
	dro_wire_room_finish(&room);
	dro_buf_finish(&again);
}

/* The frame in hand, written anew, must be the frame. */
static void
same(const struct dro_frame *frame)
{
	assert(!again.failed);
	assert(again.len == DRO_FRAME_HEAD + frame->len);
	assert(memcmp(again.ptr, frame->ptr - DRO_FRAME_HEAD, again.len) == 0);
}

static void
on_sender(void *arg, const struct dro_sender *s)
{
	assert(s->auth > DRO_AUTH_NONE && s->auth <= DRO_AUTH_INVALID);
	assert(strlen(s->from) < DRO_DOMAIN_LEN);
	dro_wire_put_sender(&again, s);
	same(arg);
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	const struct dro_frame *frame = arg;

	if (frame->type == DRO_FRAME_WHOLE)
		dro_wire_put_whole(&again);
	else
		dro_wire_put_original(&again, ptr, len);
	same(arg);
}

static void
on_report(
    void *arg, const char *member, const struct dro_report *r, dro_warns warns)
{
	char name[DRO_DOMAIN_LEN];
	int64_t sum = 0;
	size_t i;

	assert(dro_domain_normalise(r->domain, name, NULL) == DRO_OK);
	assert(r->rows >= 0 && r->messages >= 0);
	assert(r->messages <= DRO_COUNT_MAX && r->begin >= 0 && r->end >= 0);
	for (i = 0; i < r->n_lines; i++)
		sum +=
		    r->lines[i].pass + r->lines[i].fail + r->lines[i].unknown;
	assert(sum == r->messages);
	assert(r->counts == ((warns & DRO_WARNS_UNCOUNTED) == 0));
	for (i = 0; i < r->n_warnings; i++)
		assert(*r->warnings[i] != '\0');
	dro_wire_put_report(&again, member, r, warns);
	same(arg);
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	assert(why->why > DRO_REFUSE_NONE && why->why < DRO_REFUSE_N);
	dro_wire_put_refuse(&again, member, why);
	same(arg);
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	assert(warn < DRO_WARN_N);
	dro_wire_put_warn(&again, member, warn);
	same(arg);
}

/* What ingest reads besides what was found. */
static void
other(const struct dro_frame *frame)
{
	const char *ids[DRO_AUTHSERV_IDS_MAX], *selector, *domain, *text;
	struct dro_reading_conf conf;
	enum dro_key_status status;
	struct dro_sandbox sandbox;
	struct dro_input input;
	enum dro_code code;

	dro_buf_reset(&again);
	if (dro_wire_get_conf(frame, ids, &conf))
		dro_wire_put_conf(&again, &conf);
	else if (dro_wire_get_hello(frame, &sandbox))
		dro_wire_put_hello(&again, &sandbox);
	else if (dro_wire_get_done(frame, &code))
		dro_wire_put_done(&again, code);
	else if (dro_wire_get_key(frame, &status, &text))
		dro_wire_put_key(&again, status, text);
	else if (dro_wire_get_ask(frame, &selector, &domain)) {
		assert(strlen(selector) + strlen(domain) < DRO_DOMAIN_LEN);
		dro_wire_put_ask(&again, selector, domain);
	} else {
		(void)dro_wire_get_input(frame, &input);
		return;
	}
	same(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dro_input input = {.path = "x", .ptr = "abc", .len = 3};
	const char *p = (const char *)data;
	struct dro_frame frame;

	if (again.ceiling == 0) {
		dro_buf_init(&again, DRO_FRAME_MAX);
		(void)atexit(finish);
	}
	while (dro_wire_next(p, size, &frame) == 1) {
		const struct dro_reading_sink sink = {&frame, on_sender,
		    on_original, on_report, on_refuse, on_warn};

		dro_buf_reset(&again);
		(void)dro_wire_replay(&frame, &input, &room, &sink);
		other(&frame);
		p += DRO_FRAME_HEAD + frame.len;
		size -= DRO_FRAME_HEAD + frame.len;
	}
	return (0);
}
