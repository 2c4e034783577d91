#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/reading.h"
#include "ingest/sandbox.h"
#include "ingest/wire.h"
#include "ingest/worker.h"

#define SOCKET 0
#define BLOCK ((size_t)64 << 10)
/* A buffer that one large input blew up is given back. */
#define KEEP_MAX ((size_t)1 << 20)

struct worker {
	struct dro_buf in; /* received; the frame in hand is part of it */
	size_t at; /* where the frame after it begins */
	struct dro_buf later; /* received while a key is waited for */
	bool waited; /* octets after the frame in hand are in ${later} */
	struct dro_buf out; /* frames that are not sent yet */
	struct dro_reading *reading;
	struct dro_reading_conf conf;
	struct dro_buf conf_text; /* the frame that ${conf} points into */
	const char *ids[DRO_AUTHSERV_IDS_MAX];
	struct dro_input input;
};

/* Nothing can be told any more: ingest sees that we are gone. */
static DRO_NORETURN void
give_up(int status)
{
	_exit(status);
}

/* Receive more into ${buf}; the end of the socket is the end of us. */
static void
receive(struct dro_buf *buf)
{
	char block[BLOCK];
	ssize_t n;

	do
		n = read(SOCKET, block, sizeof(block));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		give_up(n == 0 ? 0 : 1);
	dro_buf_add(buf, block, (size_t)n);
	if (buf->failed)
		give_up(1);
}

static void
send_out(struct worker *w)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < w->out.len) {
		n = write(SOCKET, w->out.ptr + sent, w->out.len - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up(1);
		sent += (size_t)n;
	}
	if (w->out.cap > KEEP_MAX) {
		dro_buf_finish(&w->out);
		dro_buf_init(&w->out, DRO_FRAME_MAX + DRO_FRAME_HEAD);
	}
	dro_buf_reset(&w->out);
}

/*
 * After each frame: what did not fit is no answer, and half a frame would be
 * a wrong one.
 */
static void
frame_made(struct worker *w)
{
	if (w->out.failed) {
		dro_buf_reset(&w->out);
		dro_wire_put_done(&w->out, DRO_ENOMEM);
		send_out(w);
		give_up(1);
	}
	if (w->out.len >= BLOCK)
		send_out(w);
}

/* ---- what a reading finds */

static void
on_sender(void *arg, const struct dro_sender *sender)
{
	struct worker *w = arg;

	dro_wire_put_sender(&w->out, sender);
	frame_made(w);
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	struct worker *w = arg;

	/* Ingest has the input itself. */
	if (ptr == w->input.ptr && len == w->input.len)
		dro_wire_put_whole(&w->out);
	else
		dro_wire_put_original(&w->out, ptr, len);
	frame_made(w);
}

static void
on_report(void *arg, const char *member, const struct dro_report *report,
    dro_warns warns)
{
	struct worker *w = arg;

	dro_wire_put_report(&w->out, member, report, warns);
	frame_made(w);
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct worker *w = arg;

	dro_wire_put_refuse(&w->out, member, why);
	frame_made(w);
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	struct worker *w = arg;

	dro_wire_put_warn(&w->out, member, warn);
	frame_made(w);
}

/* ---- keys */

/* Take the answer out of what came while we wait; false: it is not there. */
static bool
take_answer(struct worker *w, enum dro_key_status *status, char *text)
{
	struct dro_frame frame;
	const char *answer;
	size_t at = 0, size;
	int got;

	while ((got = dro_wire_next(
		    w->later.ptr + at, w->later.len - at, &frame)) == 1) {
		size = DRO_FRAME_HEAD + frame.len;
		if (frame.type != DRO_FRAME_KEY) {
			at += size;
			continue;
		}
		if (!dro_wire_get_key(&frame, status, &answer))
			give_up(1);
		memcpy(text, answer, strlen(answer) + 1);
		memmove(w->later.ptr + at, w->later.ptr + at + size,
		    w->later.len - at - size);
		w->later.len -= size;
		return (true);
	}
	if (got < 0)
		give_up(1);
	return (false);
}

/*
 * Ask ingest for a key.  Inputs that it sent ahead stand before the answer;
 * they must not move the one in hand, so they wait in a buffer of their own.
 */
static enum dro_key_status
fetch_key(void *arg, const char *selector, const char *domain, char *text)
{
	enum dro_key_status status = DRO_KEY_UNKNOWN;
	struct worker *w = arg;

	dro_wire_put_ask(&w->out, selector, domain);
	frame_made(w);
	send_out(w);
	if (!w->waited) {
		dro_buf_reset(&w->later);
		dro_buf_add(&w->later, w->in.ptr + w->at, w->in.len - w->at);
		w->waited = true;
	}
	while (w->later.len == 0 || !take_answer(w, &status, text))
		receive(&w->later);
	return (status);
}

/* ---- frames */

static void
take_conf(struct worker *w, const struct dro_frame *frame)
{
	struct dro_frame own = *frame;

	dro_buf_reset(&w->conf_text);
	dro_buf_add(&w->conf_text, frame->ptr, frame->len);
	own.ptr = w->conf_text.ptr;
	if (w->conf_text.failed || !dro_wire_get_conf(&own, w->ids, &w->conf))
		give_up(1);
	w->conf.key = fetch_key;
	w->conf.key_arg = w;
}

static void
read_input(struct worker *w)
{
	const struct dro_reading_sink sink = {
	    w, on_sender, on_original, on_report, on_refuse, on_warn};
	enum dro_code code;

	code = dro_reading_read(w->reading, &w->conf, &w->input, &sink, NULL);
	dro_wire_put_done(&w->out, code);
	frame_made(w);
	send_out(w);
	/* Memory that ran out has left who knows what. */
	if (code != DRO_OK)
		give_up(1);
}

/* Go on behind the frame in hand. */
static void
step(struct worker *w)
{
	struct dro_buf swap;

	if (w->waited) {
		swap = w->in;
		w->in = w->later;
		w->later = swap;
		w->at = 0;
		w->waited = false;
	} else if (w->at == w->in.len) {
		dro_buf_reset(&w->in);
		w->at = 0;
	}
	if (w->in.len == 0 && w->in.cap > KEEP_MAX) {
		dro_buf_finish(&w->in);
		dro_buf_init(&w->in, DRO_FRAME_MAX + 2 * BLOCK);
	}
}

static void
take_frame(struct worker *w, const struct dro_frame *frame)
{
	if (frame->type == DRO_FRAME_CONF)
		take_conf(w, frame);
	else if (w->conf.key != NULL && dro_wire_get_input(frame, &w->input))
		read_input(w);
	else
		give_up(1);
	step(w);
}

static DRO_NORETURN void
serve(struct worker *w)
{
	struct dro_frame frame;
	int got;

	for (;;) {
		got = w->in.len == 0 ? 0
				     : dro_wire_next(w->in.ptr + w->at,
					   w->in.len - w->at, &frame);
		if (got < 0)
			give_up(1);
		if (got == 1) {
			w->at += DRO_FRAME_HEAD + frame.len;
			take_frame(w, &frame);
			continue;
		}
		/* Half a frame: make room behind it. */
		if (w->at > 0) {
			memmove(
			    w->in.ptr, w->in.ptr + w->at, w->in.len - w->at);
			w->in.len -= w->at;
			w->at = 0;
		}
		receive(&w->in);
	}
}

int
dro_worker_main(void)
{
	struct worker w = {.at = 0};
	struct dro_sandbox sandbox;
	socklen_t size = sizeof(int);
	int type;

	if (getsockopt(SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
	    type != SOCK_STREAM)
		return (64);
	dro_buf_init(&w.in, DRO_FRAME_MAX + 2 * BLOCK);
	dro_buf_init(&w.later, DRO_FRAME_MAX + 2 * BLOCK);
	dro_buf_init(&w.out, DRO_FRAME_MAX + DRO_FRAME_HEAD);
	dro_buf_init(&w.conf_text, DRO_FRAME_MAX);
	if (dro_sender_prepare(NULL) != DRO_OK ||
	    (w.reading = dro_reading_create()) == NULL)
		return (1);
	dro_sandbox_enter(&sandbox);
	dro_wire_put_hello(&w.out, &sandbox);
	send_out(&w);
	serve(&w);
}
