#ifndef DRO_ORCHESTRATOR_INGEST_WORKERS_H
#define DRO_ORCHESTRATOR_INGEST_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/config.h"
#include "ingest/reading.h"
#include "ingest/sandbox.h"

/* Of one input; the largest that is allowed takes a tenth. */
#define DRO_WORKER_CPU_MS 30000
#define DRO_WORKER_WALL_MS 120000
/*
 * Inputs that may be given before the oldest is taken.  The largest reports
 * take as long as hundreds of others, which the other workers read meanwhile.
 */
#define DRO_WORKERS_WINDOW 256

/*
 * Processes that read inputs for ingest.  Each is the program executed anew,
 * with an empty environment and one socket: it has never seen a secret, the
 * configuration or the database, also if it was made in the middle of a run.
 */
struct dro_workers;

struct dro_workers_conf {
	const char *program; /* "/proc/self/exe" */
	int n; /* 1..DRO_WORKERS_MAX */
	bool optional; /* go on without a whole sandbox */
	int cpu_ms, wall_ms; /* what one input may take */
	dro_key_fn *key; /* where DKIM keys come from */
	void *key_arg;
};

/**
 * dro_workers_create(conf, out, err):
 * Start them and wait until they are ready.  DRO_EREMOTE: the kernel lacks a
 * part of the sandbox, which the message names; DRO_EIO, DRO_ENOMEM.
 */
enum dro_code dro_workers_create(const struct dro_workers_conf *conf,
    struct dro_workers **out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_workers_destroy(workers): ends them, whatever they do; takes NULL. */
void dro_workers_destroy(struct dro_workers *workers);

/** dro_workers_sandbox(workers): what closes them in. */
const struct dro_sandbox *dro_workers_sandbox(
    const struct dro_workers *workers);

/**
 * dro_workers_source(workers, conf):
 * Inputs given from now on are read as ${conf} says, which outlives them; its
 * key and key_arg are not looked at.  Only while none is given.
 */
void dro_workers_source(
    struct dro_workers *workers, const struct dro_reading_conf *conf);

/**
 * dro_workers_give(workers, input, err):
 * Have ${input} read; it must live until it is taken.  At most
 * DRO_WORKERS_WINDOW at a time.  DRO_ENOMEM, DRO_EIO.
 */
enum dro_code dro_workers_give(struct dro_workers *workers,
    const struct dro_input *input, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_workers_take(workers, sink, failed, err):
 * Wait until the oldest input that was given is read, and hand what it holds
 * to ${sink}, as dro_reading_read does.  A worker that dies of it is replaced
 * and the input tried once more; one that takes too long is not.  Then
 * ${failed} says why it could not be read: that input, and no other.
 * DRO_ENOMEM; DRO_EIO if no worker can be made.
 */
enum dro_code dro_workers_take(struct dro_workers *workers,
    const struct dro_reading_sink *sink, struct dro_refused *failed,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_WORKERS_H */
