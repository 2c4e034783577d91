#ifndef DRO_ORCHESTRATOR_INGEST_REREAD_H
#define DRO_ORCHESTRATOR_INGEST_REREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "ingest/workers.h"
#include "originals.h"
#include "store.h"

/*
 * Reading originals again, with today's program and configuration: any number
 * can be reproduced, and reports be judged anew.
 */

struct dro_reread_job {
	const struct dro_config *config;
	struct dro_store *store;
	struct dro_workers *workers;
	int64_t now;
	bool dry; /* only compare; ${store} may be open to read */
	/* Looked at between two originals; true ends the run early.  Or NULL. */
	bool (*stop)(void *arg);
	void (*progress)(
	    void *arg, uint64_t done, uint64_t total); /* or NULL */
	void *arg;
};

/* A report that an original shows to be something else. */
struct dro_reread_change {
	struct dro_stored_report was;
	size_t n;
	const struct dro_difference *differences;
};

/* An original that could not be compared with a report, and why. */
struct dro_reread_loss {
	unsigned char original[DRO_HASH_LEN];
	struct dro_stored_report report;
	const char *code; /* "missing", "damaged", "gone", or a refusal's */
};

struct dro_reread_result {
	int64_t originals; /* read */
	int64_t same; /* reports that are what they were */
	int64_t expired; /* whose original retention has removed */
	int64_t left; /* about domains that are not ours any more */
	size_t n_changes;
	const struct dro_reread_change *changes;
	size_t n_losses;
	const struct dro_reread_loss *losses;
	bool complete; /* nobody wanted to stop */
};

/**
 * dro_reread(job, refs, n, arena, out, err):
 * Read the originals of ${refs} again (dro_originals_list) and compare the
 * wanted reports with what is stored.  Those that differ are replaced, each in
 * a commit of its own, unless ${job}->dry.  An original that is missing,
 * damaged or refused leaves its reports as they are, and is listed.  What
 * time alone changes is left alone: a report is read as on the day when it
 * was stored, but for one whose range was not over then.  What a mail proved
 * then stands; one that proved nothing because DNS was silent is judged
 * again.  Lists live in ${arena}.  Errors of the store and the workers.
 */
enum dro_code dro_reread(const struct dro_reread_job *job,
    const struct dro_original_ref *refs, size_t n, struct dro_arena *arena,
    struct dro_reread_result *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_REREAD_H */
