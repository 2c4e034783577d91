#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "ingest/workers_parts.h"

/* Inputs sent to one worker ahead of what it reads: so it never waits. */
#define AHEAD 64 /* some are read in less than the commit of others takes */
#define AHEAD_OCTETS ((size_t)256 << 10)
/* Of them, what is sent together while it is busy: each send costs. */
#define TOGETHER 8
#define TOGETHER_OCTETS ((size_t)32 << 10)
/* Results that wait for an older one; beyond it only that one is heard. */
#define WAITING_OCTETS ((size_t)2 << 20)
/* A buffer for lines is kept for the next report; a larger one is not. */
#define LINES_KEEP ((size_t)16 << 10)
#define TICK_MS 100

int64_t
dro_workers_clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

struct dro_job *
dro_workers_job(struct dro_workers *w, size_t i)
{
	return (&w->jobs[(w->first + i) % DRO_WORKERS_WINDOW]);
}

void
dro_workers_drop(struct dro_workers *w, struct dro_job *job)
{
	w->found -= job->found.len;
	dro_buf_finish(&job->found);
	dro_buf_init(&job->found, 2 * DRO_FRAME_MAX);
}

enum dro_code
dro_workers_start(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	return (dro_hand_start(&w->hands[hand], w->conf.program, err));
}

enum dro_code
dro_workers_greet(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	struct dro_buf missing;
	enum dro_code code;

	code =
	    dro_hand_greet(&w->hands[hand], w->conf.program, &w->sandbox, err);
	if (code != DRO_OK || w->conf.optional ||
	    dro_sandbox_whole(&w->sandbox))
		return (code);
	dro_buf_init(&missing, 1024);
	dro_sandbox_missing(&w->sandbox, &missing);
	code = dro_err_set(err, DRO_EREMOTE,
	    "sandbox: this kernel lacks %s, so reports of strangers would be "
	    "read without it; use another kernel, or say sandbox: optional",
	    missing.ptr);
	dro_buf_finish(&missing);
	return (code);
}

enum dro_code
dro_workers_create(const struct dro_workers_conf *conf,
    struct dro_workers **out, struct dro_err *err)
{
	struct dro_workers *w = calloc(1, sizeof(*w));
	enum dro_code code = DRO_OK;
	size_t i;

	*out = NULL;
	if (w == NULL)
		return (dro_err_nomem(err));
	w->conf = *conf;
	for (i = 0; i < DRO_WORKERS_WINDOW; i++)
		dro_buf_init(&w->jobs[i].found, 2 * DRO_FRAME_MAX);
	/* They get ready side by side. */
	for (i = 0; i < (size_t)conf->n && code == DRO_OK; i++)
		code = dro_workers_start(w, i, err);
	for (i = 0; i < (size_t)conf->n && code == DRO_OK; i++)
		code = dro_workers_greet(w, i, err);
	if (code != DRO_OK) {
		dro_workers_destroy(w);
		return (code);
	}
	*out = w;
	return (DRO_OK);
}

void
dro_workers_destroy(struct dro_workers *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < (size_t)w->conf.n; i++)
		(void)dro_hand_end(&w->hands[i]);
	for (i = 0; i < DRO_WORKERS_WINDOW; i++)
		dro_buf_finish(&w->jobs[i].found);
	dro_wire_room_finish(&w->room);
	free(w);
}

const struct dro_sandbox *
dro_workers_sandbox(const struct dro_workers *w)
{
	return (&w->sandbox);
}

void
dro_workers_source(struct dro_workers *w, const struct dro_reading_conf *conf)
{
	w->source = conf;
	w->n_sources++;
}

/* ---- sending */

void
dro_workers_begin_time(struct dro_workers *w, size_t hand)
{
	struct dro_job *job = w->sent[hand].oldest;

	if (job != NULL && job->since_ms == 0) {
		job->since_ms = dro_workers_clock_ms();
		job->cpu_ms = -1;
	}
}

/* The last of what a worker is to read. */
static void
append(struct dro_sent *sent, struct dro_job *job)
{
	job->next = NULL;
	if (sent->newest != NULL)
		sent->newest->next = job;
	else
		sent->oldest = job;
	sent->newest = job;
	sent->n++;
	sent->octets += job->input->len;
}

static enum dro_code
send_job(
    struct dro_workers *w, struct dro_job *job, size_t i, struct dro_err *err)
{
	struct dro_hand *hand = &w->hands[i];
	bool busy = w->sent[i].n > 0;

	if (hand->source != w->n_sources)
		dro_wire_put_conf(&hand->out, w->source);
	hand->source = w->n_sources;
	dro_wire_put_input(&hand->out, job->input);
	/* Nothing is sent after it until it is read: see idlest. */
	if (job->input->len >= AHEAD_OCTETS) {
		hand->tail = job->input->ptr;
		hand->tail_len = job->input->len;
	} else
		dro_buf_add(&hand->out, job->input->ptr, job->input->len);
	if (hand->out.failed)
		return (dro_err_nomem(err));
	job->state = DRO_JOB_SENT;
	job->hand = i;
	append(&w->sent[i], job);
	job->since_ms = 0;
	job->asks = 0;
	dro_workers_begin_time(w, i);
	/* That it is gone shows when it is listened to. */
	if (!busy || ++hand->unsent >= TOGETHER ||
	    hand->out.len >= TOGETHER_OCTETS || hand->tail_len > 0)
		(void)dro_hand_send(hand);
	return (DRO_OK);
}

/* The worker with the least ahead of it that may get more; n: none. */
static size_t
idlest(const struct dro_workers *w)
{
	const struct dro_sent *sent = w->sent;
	size_t best = (size_t)w->conf.n, i;

	for (i = 0; i < (size_t)w->conf.n; i++)
		if (sent[i].n < AHEAD &&
		    (sent[i].n == 0 || sent[i].octets < AHEAD_OCTETS) &&
		    (best == (size_t)w->conf.n ||
			sent[i].octets < sent[best].octets))
			best = i;
	return (best);
}

/* Send what waits, in order, as long as there is room. */
static enum dro_code
send_jobs(struct dro_workers *w, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_job *job;
	size_t hand;

	for (; w->given < w->n && code == DRO_OK; w->given++) {
		job = dro_workers_job(w, w->given);
		if (job->state != DRO_JOB_WAITS)
			continue;
		if ((hand = idlest(w)) == (size_t)w->conf.n)
			break;
		code = send_job(w, job, hand, err);
	}
	return (code);
}

/* Wait a moment for any worker, and do what is to be done. */
static enum dro_code
pump(struct dro_workers *w, struct dro_err *err)
{
	struct pollfd fds[DRO_WORKERS_MAX];
	size_t i, n = (size_t)w->conf.n;
	const struct dro_job *oldest;
	enum dro_code code;
	bool full;
	int ready;

	if ((code = send_jobs(w, err)) != DRO_OK)
		return (code);
	oldest = dro_workers_job(w, 0);
	full = w->found - oldest->found.len >= WAITING_OCTETS;
	for (i = 0; i < n; i++) {
		(void)dro_hand_send(&w->hands[i]);
		fds[i] = (struct pollfd){w->hands[i].fd, 0, 0};
		if (!full || oldest->hand == i)
			fds[i].events |= POLLIN;
		if (!dro_hand_idle(&w->hands[i]))
			fds[i].events |= POLLOUT;
	}
	ready = poll(fds, n, TICK_MS);
	for (i = 0; i < n && code == DRO_OK; i++) {
		if (ready > 0 && (fds[i].revents & POLLOUT) != 0)
			(void)dro_hand_send(&w->hands[i]);
		if (ready > 0 && (fds[i].revents & ~POLLOUT) != 0)
			code = dro_workers_listen(w, i, err);
		else if (ready == 0)
			code = dro_workers_check_time(w, i, err);
	}
	return (code);
}

enum dro_code
dro_workers_give(
    struct dro_workers *w, const struct dro_input *input, struct dro_err *err)
{
	struct dro_job *job = dro_workers_job(w, w->n++);

	job->input = input;
	job->state = DRO_JOB_WAITS;
	job->attempts = 0;
	job->failed = (struct dro_refused){DRO_REFUSE_NONE, ""};
	return (send_jobs(w, err));
}

/* All that was found, to the sink; false: it is not what workers find. */
static bool
replay(struct dro_workers *w, const struct dro_job *job,
    const struct dro_reading_sink *sink)
{
	struct dro_frame frame;
	size_t at = 0;

	while (at < job->found.len &&
	    dro_wire_next(job->found.ptr + at, job->found.len - at, &frame) ==
		1) {
		if (!dro_wire_replay(&frame, job->input, &w->room, sink))
			return (false);
		at += DRO_FRAME_HEAD + frame.len;
	}
	return (true);
}

enum dro_code
dro_workers_take(struct dro_workers *w, const struct dro_reading_sink *sink,
    struct dro_refused *failed, struct dro_err *err)
{
	struct dro_job *job = dro_workers_job(w, 0);
	enum dro_code code = DRO_OK;

	while (job->state != DRO_JOB_DONE && code == DRO_OK)
		code = pump(w, err);
	if (code != DRO_OK)
		return (code);
	*failed = job->failed;
	if (failed->why == DRO_REFUSE_NONE && !replay(w, job, sink))
		dro_refused_set(failed, DRO_REFUSE_WORKER_CRASHED,
		    "the worker answered what no worker answers");
	dro_workers_drop(w, job);
	if (w->room.cap > LINES_KEEP)
		dro_wire_room_finish(&w->room);
	w->first = (w->first + 1) % DRO_WORKERS_WINDOW;
	w->n--;
	if (w->given > 0)
		w->given--;
	return (send_jobs(w, err));
}
