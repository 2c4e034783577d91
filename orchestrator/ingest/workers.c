#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "ingest/worker_hand.h"
#include "ingest/workers.h"

/* Inputs sent to one worker ahead of what it reads: so it never waits. */
#define AHEAD 16
#define AHEAD_OCTETS ((size_t)256 << 10)
/* Of them, what is sent together while it is busy: each send costs. */
#define TOGETHER 8
#define TOGETHER_OCTETS ((size_t)32 << 10)
/* Results that wait for an older one; beyond it only that one is heard. */
#define WAITING_OCTETS ((size_t)2 << 20)
/* Buffers of results are kept for the next; larger ones are given back. */
#define FOUND_KEEP ((size_t)8 << 10)
#define LINES_KEEP ((size_t)16 << 10)
/* A worker may die of what an earlier input did to it, so: once more. */
#define ATTEMPTS 2
/* Keys asked for by one mail: two for each signature that is looked at. */
#define ASKS_MAX (2 * DRO_SIGNATURES_MAX)
/* Workers that die with nothing in hand; more is no accident. */
#define IDLE_DEATHS_MAX 16
#define TICK_MS 100

enum state { WAITS, SENT, DONE };

struct job {
	const struct dro_input *input;
	enum state state;
	size_t hand; /* of the worker, while SENT */
	int attempts, asks;
	int64_t since_ms; /* when it came to be in hand; 0: not yet */
	int64_t cpu_ms; /* of its worker, when that was first looked at */
	struct dro_buf found; /* frames */
	struct dro_refused failed;
};

struct dro_workers {
	struct dro_workers_conf conf;
	struct dro_sandbox sandbox;
	const struct dro_reading_conf *source;
	unsigned n_sources; /* the number of ${source} */
	struct dro_hand hands[DRO_WORKERS_MAX];
	size_t first, n; /* the jobs, a ring */
	struct job jobs[DRO_WORKERS_WINDOW];
	int idle_deaths;
	struct dro_wire_room room;
};

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static struct job *
job_at(struct dro_workers *w, size_t i)
{
	return (&w->jobs[(w->first + i) % DRO_WORKERS_WINDOW]);
}

static enum dro_code
start(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	struct dro_buf missing;
	enum dro_code code;

	code =
	    dro_hand_start(&w->hands[hand], w->conf.program, &w->sandbox, err);
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
	for (i = 0; i < (size_t)conf->n && code == DRO_OK; i++)
		code = start(w, i, err);
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

/* The oldest job of a worker is in hand; NULL: it has none. */
static struct job *
job_in_hand(struct dro_workers *w, size_t hand)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (job_at(w, i)->state == SENT && job_at(w, i)->hand == hand)
			return (job_at(w, i));
	return (NULL);
}

/* Its time runs from now on. */
static void
begin_time(struct dro_workers *w, size_t hand)
{
	struct job *job = job_in_hand(w, hand);

	if (job != NULL && job->since_ms == 0) {
		job->since_ms = monotonic_ms();
		job->cpu_ms = -1;
	}
}

static enum dro_code
send_job(struct dro_workers *w, struct job *job, size_t i, struct dro_err *err)
{
	struct dro_hand *hand = &w->hands[i];
	bool busy = job_in_hand(w, i) != NULL;

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
	job->state = SENT;
	job->hand = i;
	job->since_ms = 0;
	job->asks = 0;
	begin_time(w, i);
	/* That it is gone shows when it is listened to. */
	if (!busy || ++hand->unsent >= TOGETHER ||
	    hand->out.len >= TOGETHER_OCTETS || hand->tail_len > 0)
		(void)dro_hand_send(hand);
	return (DRO_OK);
}

/* The worker with the least ahead of it that may get more; n: none. */
static size_t
idlest(struct dro_workers *w)
{
	size_t jobs[DRO_WORKERS_MAX] = {0}, octets[DRO_WORKERS_MAX] = {0};
	size_t best = (size_t)w->conf.n, i;
	const struct job *job;

	for (i = 0; i < w->n; i++) {
		job = job_at(w, i);
		if (job->state == SENT) {
			jobs[job->hand]++;
			octets[job->hand] += job->input->len;
		}
	}
	for (i = 0; i < (size_t)w->conf.n; i++)
		if (jobs[i] < AHEAD &&
		    (jobs[i] == 0 || octets[i] < AHEAD_OCTETS) &&
		    (best == (size_t)w->conf.n || octets[i] < octets[best]))
			best = i;
	return (best);
}

/* Send what waits, in order, as long as there is room. */
static enum dro_code
send_jobs(struct dro_workers *w, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i, hand;

	for (i = 0; i < w->n && code == DRO_OK; i++) {
		if (job_at(w, i)->state != WAITS)
			continue;
		if ((hand = idlest(w)) == (size_t)w->conf.n)
			break;
		code = send_job(w, job_at(w, i), hand, err);
	}
	return (code);
}

/* ---- what becomes of a job */

static void
fail(struct job *job, enum dro_refuse why, const char *detail)
{
	dro_buf_reset(&job->found);
	dro_refused_set(&job->failed, why, "%s", detail);
	job->state = DONE;
}

/* How a worker ended, for a person. */
static void
died(struct job *job, int status)
{
	char text[sizeof(job->failed.detail)];

	if (++job->attempts < ATTEMPTS) {
		job->state = WAITS;
		dro_buf_reset(&job->found);
		return;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		(void)snprintf(text, sizeof(text),
		    "the worker asked the kernel for what its sandbox "
		    "forbids");
	else if (WIFSIGNALED(status))
		(void)snprintf(text, sizeof(text),
		    "the worker died of signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		(void)snprintf(text, sizeof(text),
		    "the worker ended with status %d", WEXITSTATUS(status));
	fail(job, DRO_REFUSE_WORKER_CRASHED, text);
}

/* End a worker and make another; what it was sent goes to any. */
static enum dro_code
renew(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	size_t i;

	(void)dro_hand_end(&w->hands[hand]);
	for (i = 0; i < w->n; i++)
		if (job_at(w, i)->state == SENT && job_at(w, i)->hand == hand) {
			job_at(w, i)->state = WAITS;
			dro_buf_reset(&job_at(w, i)->found);
		}
	return (start(w, hand, err));
}

/*
 * A worker is gone, or has to go.  What it had in hand pays for it: ${why},
 * or how it died.
 */
static enum dro_code
replace(struct dro_workers *w, size_t hand, enum dro_refuse why,
    const char *detail, struct dro_err *err)
{
	struct job *job = job_in_hand(w, hand);
	int status = dro_hand_end(&w->hands[hand]);

	if (job == NULL && ++w->idle_deaths > IDLE_DEATHS_MAX)
		return (dro_err_set(err, DRO_EIO,
		    "worker: %d of them died with nothing to do",
		    w->idle_deaths));
	if (job != NULL && why != DRO_REFUSE_NONE)
		fail(job, why, detail);
	else if (job != NULL)
		died(job, status);
	return (renew(w, hand, err));
}

/* ---- listening */

/* Answer the worker, which waits for a key. */
static bool
answer(struct dro_workers *w, size_t hand, struct job *job,
    const struct dro_frame *frame)
{
	char text[DRO_KEY_TEXT_MAX + 1] = "";
	const char *selector, *domain;
	enum dro_key_status status;

	if (++job->asks > ASKS_MAX ||
	    !dro_wire_get_ask(frame, &selector, &domain))
		return (false);
	status = w->conf.key(w->conf.key_arg, selector, domain, text);
	dro_wire_put_key(&w->hands[hand].out, status, text);
	/* The wait was ours. */
	job->since_ms = 0;
	begin_time(w, hand);
	return (!w->hands[hand].out.failed && dro_hand_send(&w->hands[hand]));
}

/* What a worker says. */
enum heard {
	HEARD, /* as it should be */
	HEARD_LAST, /* that memory ran out: it ends */
	HEARD_NONSENSE
};

static enum heard
hear(struct dro_workers *w, size_t hand, const struct dro_frame *frame)
{
	struct job *job = job_in_hand(w, hand);
	enum dro_code code;

	if (job == NULL)
		return (HEARD_NONSENSE);
	if (frame->type == DRO_FRAME_ASK)
		return (answer(w, hand, job, frame) ? HEARD : HEARD_NONSENSE);
	if (frame->type != DRO_FRAME_DONE) {
		dro_buf_add(&job->found, frame->ptr - DRO_FRAME_HEAD,
		    frame->len + DRO_FRAME_HEAD);
		return (job->found.failed ? HEARD_NONSENSE : HEARD);
	}
	if (!dro_wire_get_done(frame, &code))
		return (HEARD_NONSENSE);
	if (code != DRO_OK) {
		fail(job, DRO_REFUSE_WORKER_MEMORY,
		    "reading it needs more memory than a worker has");
		return (HEARD_LAST);
	}
	job->state = DONE;
	begin_time(w, hand);
	return (HEARD);
}

/* All whole frames that have come. */
static enum heard
hear_all(struct dro_workers *w, size_t i)
{
	struct dro_hand *hand = &w->hands[i];
	enum heard heard = HEARD;
	struct dro_frame frame;
	size_t at = 0;
	int got = 0;

	while (at < hand->in.len && heard == HEARD &&
	    (got = dro_wire_next(
		 hand->in.ptr + at, hand->in.len - at, &frame)) == 1) {
		heard = hear(w, i, &frame);
		at += DRO_FRAME_HEAD + frame.len;
	}
	if (got < 0)
		return (HEARD_NONSENSE);
	if (at > 0) {
		memmove(hand->in.ptr, hand->in.ptr + at, hand->in.len - at);
		hand->in.len -= at;
	}
	return (heard);
}

static enum dro_code
listen_to(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	bool there = dro_hand_receive(&w->hands[hand]);

	switch (hear_all(w, hand)) {
	case HEARD:
		break;
	case HEARD_LAST:
		return (renew(w, hand, err));
	case HEARD_NONSENSE:
		return (replace(w, hand, DRO_REFUSE_WORKER_CRASHED,
		    "the worker answered what no worker answers", err));
	}
	if (!there)
		return (replace(w, hand, DRO_REFUSE_NONE, NULL, err));
	return (DRO_OK);
}

/* An input in hand for too long takes its worker with it. */
static enum dro_code
check_time(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	struct job *job = job_in_hand(w, hand);
	int64_t cpu_ms;

	if (job == NULL)
		return (DRO_OK);
	cpu_ms = dro_hand_cpu_ms(&w->hands[hand]);
	if (job->cpu_ms < 0)
		job->cpu_ms = cpu_ms;
	if (cpu_ms >= 0 && cpu_ms - job->cpu_ms > w->conf.cpu_ms)
		return (replace(w, hand, DRO_REFUSE_WORKER_TIMEOUT,
		    "reading it took more processor time than any report "
		    "needs",
		    err));
	if (monotonic_ms() - job->since_ms > w->conf.wall_ms)
		return (replace(w, hand, DRO_REFUSE_WORKER_TIMEOUT,
		    "the worker did not answer in time", err));
	return (DRO_OK);
}

/* Octets found by inputs that wait for an older one. */
static size_t
waiting(struct dro_workers *w)
{
	size_t sum = 0, i;

	for (i = 1; i < w->n; i++)
		sum += job_at(w, i)->found.len;
	return (sum);
}

/* Wait a moment for any worker, and do what is to be done. */
static enum dro_code
pump(struct dro_workers *w, struct dro_err *err)
{
	struct pollfd fds[DRO_WORKERS_MAX];
	size_t i, n = (size_t)w->conf.n;
	enum dro_code code;
	bool full;
	int ready;

	if ((code = send_jobs(w, err)) != DRO_OK)
		return (code);
	full = waiting(w) >= WAITING_OCTETS;
	for (i = 0; i < n; i++) {
		(void)dro_hand_send(&w->hands[i]);
		fds[i] = (struct pollfd){w->hands[i].fd, 0, 0};
		if (!full || job_in_hand(w, i) == job_at(w, 0))
			fds[i].events |= POLLIN;
		if (!dro_hand_idle(&w->hands[i]))
			fds[i].events |= POLLOUT;
	}
	ready = poll(fds, n, TICK_MS);
	for (i = 0; i < n && code == DRO_OK; i++) {
		if (ready > 0 && (fds[i].revents & POLLOUT) != 0)
			(void)dro_hand_send(&w->hands[i]);
		if (ready > 0 && (fds[i].revents & ~POLLOUT) != 0)
			code = listen_to(w, i, err);
		else if (ready == 0)
			code = check_time(w, i, err);
	}
	return (code);
}

enum dro_code
dro_workers_give(
    struct dro_workers *w, const struct dro_input *input, struct dro_err *err)
{
	struct job *job = job_at(w, w->n++);

	job->input = input;
	job->state = WAITS;
	job->attempts = 0;
	job->failed = (struct dro_refused){DRO_REFUSE_NONE, ""};
	dro_buf_reset(&job->found);
	return (send_jobs(w, err));
}

/* All that was found, to the sink; false: it is not what workers find. */
static bool
replay(struct dro_workers *w, const struct job *job,
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
	struct job *job = job_at(w, 0);
	enum dro_code code = DRO_OK;

	while (job->state != DONE && code == DRO_OK)
		code = pump(w, err);
	if (code != DRO_OK)
		return (code);
	*failed = job->failed;
	if (failed->why == DRO_REFUSE_NONE && !replay(w, job, sink))
		dro_refused_set(failed, DRO_REFUSE_WORKER_CRASHED,
		    "the worker answered what no worker answers");
	if (job->found.cap > FOUND_KEEP) {
		dro_buf_finish(&job->found);
		dro_buf_init(&job->found, 2 * DRO_FRAME_MAX);
	}
	if (w->room.cap > LINES_KEEP)
		dro_wire_room_finish(&w->room);
	w->first = (w->first + 1) % DRO_WORKERS_WINDOW;
	w->n--;
	return (send_jobs(w, err));
}
