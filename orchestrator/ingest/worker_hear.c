#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "ingest/workers_parts.h"

/* What workers say, and what becomes of their jobs when they say no more. */

/* A worker may die of what an earlier input did to it, so: once more. */
#define ATTEMPTS 2
/* Keys asked for by one mail: two for each signature that is looked at. */
#define ASKS_MAX (2 * DRO_SIGNATURES_MAX)
/* Workers that die with nothing in hand; more is no accident. */
#define IDLE_DEATHS_MAX 16

/* ---- what becomes of a job */

static void
fail(struct dro_workers *w, struct dro_job *job, enum dro_refuse why,
    const char *detail)
{
	dro_workers_drop(w, job);
	dro_refused_set(&job->failed, why, "%s", detail);
	job->state = DRO_JOB_DONE;
}

/* How a worker ended, for a person, unless there is another attempt. */
static void
died(struct dro_workers *w, struct dro_job *job, int status)
{
	char text[sizeof(job->failed.detail)];

	if (++job->attempts < ATTEMPTS)
		return;
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
	fail(w, job, DRO_REFUSE_WORKER_CRASHED, text);
}

/* End a worker and make another; what it was sent goes to any. */
static enum dro_code
renew(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	enum dro_code code;
	struct dro_job *job;

	(void)dro_hand_end(&w->hands[hand]);
	for (job = w->sent[hand].oldest; job != NULL; job = job->next)
		if (job->state == DRO_JOB_SENT) {
			job->state = DRO_JOB_WAITS;
			dro_workers_drop(w, job);
		}
	w->sent[hand] = (struct dro_sent){NULL, NULL, 0, 0};
	w->given = 0;
	code = dro_workers_start(w, hand, err);
	return (code == DRO_OK ? dro_workers_greet(w, hand, err) : code);
}

/*
 * A worker is gone, or has to go.  What it had in hand pays for it: ${why},
 * or how it died.
 */
static enum dro_code
replace(struct dro_workers *w, size_t hand, enum dro_refuse why,
    const char *detail, struct dro_err *err)
{
	struct dro_job *job = w->sent[hand].oldest;
	int status = dro_hand_end(&w->hands[hand]);

	if (job == NULL && ++w->idle_deaths > IDLE_DEATHS_MAX)
		return (dro_err_set(err, DRO_EIO,
		    "worker: %d of them died with nothing to do",
		    w->idle_deaths));
	if (job != NULL && why != DRO_REFUSE_NONE)
		fail(w, job, why, detail);
	else if (job != NULL)
		died(w, job, status);
	return (renew(w, hand, err));
}

/* ---- listening */

/* Answer the worker, which waits for a key. */
static bool
answer(struct dro_workers *w, size_t hand, struct dro_job *job,
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
	dro_workers_begin_time(w, hand);
	return (!w->hands[hand].out.failed && dro_hand_send(&w->hands[hand]));
}

/* What a worker says. */
enum heard {
	HEARD, /* as it should be */
	HEARD_LAST, /* that memory ran out: it ends */
	HEARD_NONSENSE
};

/* The oldest that the worker was sent is read. */
static void
finish(struct dro_workers *w, size_t hand)
{
	struct dro_sent *sent = &w->sent[hand];
	struct dro_job *job = sent->oldest;

	job->state = DRO_JOB_DONE;
	sent->n--;
	sent->octets -= job->input->len;
	if ((sent->oldest = job->next) == NULL)
		sent->newest = NULL;
	dro_workers_begin_time(w, hand);
}

static enum heard
hear(struct dro_workers *w, size_t hand, const struct dro_frame *frame)
{
	struct dro_job *job = w->sent[hand].oldest;
	enum dro_code code;

	if (job == NULL)
		return (HEARD_NONSENSE);
	if (frame->type == DRO_FRAME_ASK)
		return (answer(w, hand, job, frame) ? HEARD : HEARD_NONSENSE);
	if (frame->type != DRO_FRAME_DONE) {
		dro_buf_add(&job->found, frame->ptr - DRO_FRAME_HEAD,
		    frame->len + DRO_FRAME_HEAD);
		if (!job->found.failed)
			w->found += frame->len + DRO_FRAME_HEAD;
		return (job->found.failed ? HEARD_NONSENSE : HEARD);
	}
	if (!dro_wire_get_done(frame, &code))
		return (HEARD_NONSENSE);
	if (code != DRO_OK) {
		fail(w, job, DRO_REFUSE_WORKER_MEMORY,
		    "reading it needs more memory than a worker has");
		return (HEARD_LAST);
	}
	finish(w, hand);
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

enum dro_code
dro_workers_listen(struct dro_workers *w, size_t hand, struct dro_err *err)
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

enum dro_code
dro_workers_check_time(struct dro_workers *w, size_t hand, struct dro_err *err)
{
	struct dro_job *job = w->sent[hand].oldest;
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
	if (dro_workers_clock_ms() - job->since_ms > w->conf.wall_ms)
		return (replace(w, hand, DRO_REFUSE_WORKER_TIMEOUT,
		    "the worker did not answer in time", err));
	return (DRO_OK);
}
