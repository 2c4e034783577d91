#include <string.h>
#include <time.h>

#include "ingest/ingest.h"
#include "ingest/intake.h"

/* What a commit must hold before the inlet may be told. */
struct settling {
	uint64_t token;
	enum dro_settled how;
};

/* One run. */
struct run {
	const struct dro_ingest_job *job;
	const struct dro_inlet *inlet;
	struct dro_intake intake;
	struct dro_reading *reading;
	size_t n_settling;
	struct settling settling[DRO_INGEST_BATCH];
	int64_t settling_since_ms;
};

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Make what was read durable, then tell the inlet, in order. */
static enum dro_code
settle(struct run *run, struct dro_err *err)
{
	enum dro_code code = dro_reports_flush(run->job->store, err);
	size_t i;

	run->intake.out->inlet_failed = code == DRO_OK;
	for (i = 0; i < run->n_settling && code == DRO_OK; i++)
		code = run->inlet->settle(run->inlet->ctx,
		    run->settling[i].token, run->settling[i].how, err);
	if (code == DRO_OK)
		run->intake.out->inlet_failed = false;
	run->n_settling = 0;
	return (code);
}

static enum dro_code
finished(struct run *run, uint64_t token, struct dro_err *err)
{
	if (run->n_settling == 0)
		run->settling_since_ms = monotonic_ms();
	run->settling[run->n_settling++] =
	    (struct settling){token, dro_intake_end(&run->intake)};
	if (run->n_settling == DRO_INGEST_BATCH ||
	    monotonic_ms() - run->settling_since_ms >= DRO_INGEST_BATCH_MS)
		return (settle(run, err));
	return (DRO_OK);
}

static void
on_unreadable(void *arg, const char *path, const struct dro_refused *why)
{
	struct run *run = arg;

	dro_intake_refuse(&run->intake, path, why);
}

/* One input; ${more} tells if there was one. */
static enum dro_code
read_one(struct run *run, bool *more, struct dro_err *err)
{
	const struct dro_reading_conf conf = {.now = run->job->now};
	const struct dro_reading_sink sink = dro_intake_sink(&run->intake);
	struct dro_input input;
	enum dro_code code;

	code =
	    run->inlet->next(run->inlet->ctx, &input, on_unreadable, run, err);
	*more = code == DRO_OK && input.path != NULL;
	if (code != DRO_OK)
		run->intake.out->inlet_failed = true;
	if (!*more)
		return (code);
	dro_intake_begin(&run->intake, input.path);
	code = dro_reading_read(run->reading, &conf, &input, &sink, err);
	if (code != DRO_OK)
		return (code);
	if (run->intake.code != DRO_OK) {
		*err = run->intake.err;
		return (run->intake.code);
	}
	return (finished(run, input.token, err));
}

static enum dro_code
read_all(struct run *run, struct dro_err *err)
{
	const struct dro_ingest_job *job = run->job;
	struct dro_ingest_result *out = run->intake.out;
	struct dro_err first = {.code = DRO_OK};
	enum dro_code code = DRO_OK;
	bool more = true;

	while (more && code == DRO_OK &&
	    (job->stop == NULL || !job->stop(job->arg))) {
		code = read_one(run, &more, err);
		if (more && job->progress != NULL)
			job->progress(job->arg, out, (uint64_t)out->files,
			    run->inlet->total(run->inlet->ctx));
	}
	if (code != DRO_OK && !out->inlet_failed)
		return (code);
	/* What was read before the inlet failed is kept. */
	if (code != DRO_OK)
		first = *err;
	if (settle(run, err) != DRO_OK)
		return (err->code);
	if (code == DRO_OK)
		return (DRO_OK);
	out->inlet_failed = true;
	*err = first;
	return (code);
}

enum dro_code
dro_ingest(const struct dro_ingest_job *job, const struct dro_inlet *inlet,
    struct dro_arena *arena, struct dro_ingest_result *out, struct dro_err *err)
{
	struct run run = {.job = job, .inlet = inlet};
	struct dro_err own = {.code = DRO_OK};
	enum dro_code code;

	dro_intake_init(&run.intake, job, arena, out);
	if ((run.reading = dro_reading_create()) == NULL)
		code = dro_err_nomem(err);
	else
		code = read_all(&run, err != NULL ? err : &own);
	dro_reading_destroy(run.reading);
	dro_intake_finish(&run.intake);
	return (code);
}
