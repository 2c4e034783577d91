#ifndef DRO_ORCHESTRATOR_INGEST_WORKERS_PARTS_H
#define DRO_ORCHESTRATOR_INGEST_WORKERS_PARTS_H

#include "ingest/worker_hand.h"
#include "ingest/workers.h"

/* What workers.c and worker_hear.c share; nobody else includes it. */

enum dro_job_state { DRO_JOB_WAITS, DRO_JOB_SENT, DRO_JOB_DONE };

struct dro_job {
	const struct dro_input *input;
	enum dro_job_state state;
	size_t hand; /* of the worker, while DRO_JOB_SENT */
	struct dro_job *next; /* that it was sent after this one */
	int attempts, asks;
	int64_t since_ms; /* when it came to be in hand; 0: not yet */
	int64_t cpu_ms; /* of its worker, when that was first looked at */
	struct dro_buf found; /* frames */
	struct dro_refused failed;
};

/* What a worker was sent and has not read, oldest first. */
struct dro_sent {
	struct dro_job *oldest, *newest;
	size_t n, octets;
};

struct dro_workers {
	struct dro_workers_conf conf;
	struct dro_sandbox sandbox;
	const struct dro_reading_conf *source;
	unsigned n_sources; /* the number of ${source} */
	struct dro_hand hands[DRO_WORKERS_MAX];
	struct dro_sent sent[DRO_WORKERS_MAX];
	size_t first, n; /* the jobs, a ring */
	size_t given; /* the first that DRO_JOB_WAITS is not before this one */
	size_t found; /* octets that all jobs have found */
	struct dro_job jobs[DRO_WORKERS_WINDOW];
	int idle_deaths;
	struct dro_wire_room room;
};

int64_t dro_workers_clock_ms(void); /* monotonic */

/** dro_workers_job(workers, i): the i-th that is not taken, oldest first. */
struct dro_job *dro_workers_job(struct dro_workers *workers, size_t i);

/** dro_workers_drop(workers, job): what it has found. */
void dro_workers_drop(struct dro_workers *workers, struct dro_job *job);

/** dro_workers_begin_time(workers, hand): that of its job runs from now on. */
void dro_workers_begin_time(struct dro_workers *workers, size_t hand);

/** dro_workers_start(workers, hand, err): a worker in this place. */
enum dro_code dro_workers_start(struct dro_workers *workers, size_t hand,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_workers_greet(workers, hand, err):
 * Wait until it is ready.  Errors as dro_workers_create has them.
 */
enum dro_code dro_workers_greet(struct dro_workers *workers, size_t hand,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_workers_listen(workers, hand, err):
 * Take what a worker has said; one that is gone, or talks nonsense, is
 * replaced.  DRO_ENOMEM, DRO_EIO.
 */
enum dro_code dro_workers_listen(struct dro_workers *workers, size_t hand,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_workers_check_time(workers, hand, err):
 * An input in hand for too long takes its worker with it.
 */
enum dro_code dro_workers_check_time(struct dro_workers *workers, size_t hand,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_WORKERS_PARTS_H */
