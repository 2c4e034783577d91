#ifndef DRO_ORCHESTRATOR_INGEST_INTAKE_H
#define DRO_ORCHESTRATOR_INGEST_INTAKE_H

#include "base/buf.h"
#include "ingest/ingest.h"
#include "ingest/reading.h"
#include "ingest/vouch.h"
#include "inputs.h"

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
	struct dro_vouch vouch; /* whose word is what worth */
	struct dro_buf place; /* "path!member" */
	enum dro_code code; /* not DRO_OK: the run must stop */
	struct dro_err err;
	/* of the input in hand */
	const char *path;
	int64_t kept; /* reports stored, or known already */
	int64_t foreign;
	bool again; /* may hold something new another day */
	bool failed; /* could not be read here and now */
	bool wrong; /* a report in it was refused */
	bool over; /* its sender has sent too much today */
	const struct dro_input *input;
	struct dro_buf attached; /* room for an attachment */
	const char *original; /* of the reports that come next */
	size_t original_len;
	bool archived; /* it is, by this hash */
	unsigned char hash[DRO_HASH_LEN];
	const unsigned char *input_hash; /* of the octets of the input */
};

void dro_intake_init(struct dro_intake *intake,
    const struct dro_ingest_job *job, struct dro_arena *arena,
    struct dro_ingest_result *out);
void dro_intake_finish(struct dro_intake *intake);

/**
 * dro_intake_begin(intake, input, hash):
 * The next one, and the SHA-256 of its octets; both outlive it.
 */
void dro_intake_begin(struct dro_intake *intake, const struct dro_input *input,
    const unsigned char hash[DRO_HASH_LEN]);

/** dro_intake_sink(intake): where a reading of that input leads. */
struct dro_reading_sink dro_intake_sink(struct dro_intake *intake);

/** dro_intake_known(intake, reports): it was read before, and so many. */
void dro_intake_known(struct dro_intake *intake, int64_t reports);

/** dro_intake_failed(intake, why): a worker died of it. */
void dro_intake_failed(
    struct dro_intake *intake, const struct dro_refused *why);

/**
 * dro_intake_end(intake):
 * It is over: remember it if nothing new can come of it.  What became of it,
 * as the inlet is to be told.
 */
enum dro_settled dro_intake_end(struct dro_intake *intake);

/** dro_intake_refuse(intake, path, why): an input that cannot be read. */
void dro_intake_refuse(
    struct dro_intake *intake, const char *path, const struct dro_refused *why);

#endif /* !DRO_ORCHESTRATOR_INGEST_INTAKE_H */
