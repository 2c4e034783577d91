#ifndef DRO_ORCHESTRATOR_INGEST_INTAKE_H
#define DRO_ORCHESTRATOR_INGEST_INTAKE_H

#include "base/buf.h"
#include "ingest/ingest.h"
#include "ingest/reading.h"

/* A list of refusals or warnings, growing in the arena. */
struct dro_refusals {
	struct dro_refusal *items;
	size_t n, cap;
};

/*
 * What was read becomes what is stored: the parent's side of a reading.  One
 * per run; inputs pass through it one after the other.
 */
struct dro_intake {
	const struct dro_ingest_job *job;
	struct dro_arena *arena;
	struct dro_ingest_result *out;
	struct dro_refusals refusals, warnings;
	struct dro_buf place; /* "path!member" */
	enum dro_code code; /* not DRO_OK: the run must stop */
	struct dro_err err;
	/* of the input in hand */
	const char *path;
	int64_t kept; /* reports stored, or known already */
	int64_t foreign;
	bool again; /* may hold something new another day */
};

void dro_intake_init(struct dro_intake *intake,
    const struct dro_ingest_job *job, struct dro_arena *arena,
    struct dro_ingest_result *out);
void dro_intake_finish(struct dro_intake *intake);

/** dro_intake_begin(intake, path): the next input; ${path} outlives it. */
void dro_intake_begin(struct dro_intake *intake, const char *path);

/** dro_intake_sink(intake): where a reading of that input leads. */
struct dro_reading_sink dro_intake_sink(struct dro_intake *intake);

/** dro_intake_end(intake): what became of it, as the inlet is to be told. */
enum dro_settled dro_intake_end(struct dro_intake *intake);

/** dro_intake_refuse(intake, path, why): an input that cannot be read. */
void dro_intake_refuse(
    struct dro_intake *intake, const char *path, const struct dro_refused *why);

#endif /* !DRO_ORCHESTRATOR_INGEST_INTAKE_H */
