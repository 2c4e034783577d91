#ifndef DRO_ORCHESTRATOR_INGEST_INGEST_H
#define DRO_ORCHESTRATOR_INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "ingest/inlet.h"
#include "ingest/workers.h"
#include "reports.h"
#include "store.h"

/* Inputs of one commit: what a crash makes the next run read again. */
#define DRO_INGEST_BATCH 256
#define DRO_INGEST_BATCH_MS 500

/* A report that was refused whole, or a file that is none. */
struct dro_refusal {
	const char *path;
	const char *member; /* inside an archive or a mail, or NULL */
	const char *code; /* stable: "xml-doctype", "gzip-ratio", ... */
	const char *detail; /* one line for a person */
};

/* What one run of ingest came to; lives in the arena given. */
struct dro_ingest_result {
	int64_t files; /* inputs opened */
	int64_t added, duplicate, conflict, foreign, refused; /* reports */
	int64_t rows, messages; /* newly stored */
	size_t n_refusals;
	const struct dro_refusal *refusals;
	size_t n_warnings; /* stored, but worth a look */
	const struct dro_refusal *warnings; /* NULL unless asked for */
	bool inlet_failed; /* what is wrong is wrong with the inlet alone */
};

/* One source and what is said of it. */
struct dro_ingest_job {
	const struct dro_config *config;
	struct dro_store *store;
	const char *source; /* its configured name, or "path" */
	enum dro_trust trust; /* what the source vouches for */
	/* Servers whose Authentication-Results the source vouches for. */
	size_t n_authserv_ids;
	const char *const *authserv_ids;
	/* In which mails say where they came to; a report of one that came to
	   another address than its domain's `rua` is of nobody.  Or NULL. */
	const char *recipient;
	struct dro_workers *workers; /* that read; of one run after another */
	int64_t now;
	bool list_warnings; /* each, not only how many */
	/* Looked at between two inputs; true ends the run early.  Or NULL. */
	bool (*stop)(void *arg);
	/* Told now and then; ${total} 0: not known.  Or NULL. */
	void (*progress)(void *arg, const struct dro_ingest_result *so_far,
	    uint64_t done, uint64_t total);
	void *arg;
};

/**
 * dro_ingest(job, inlet, arena, out, err):
 * Read every input of ${inlet} into the store: XML, gzip, zip and mails that
 * hold such, by content, whatever the name.  One bad input never stops the
 * others.  Results come in the order of the inputs, commits hold at most
 * DRO_INGEST_BATCH of them or half a second, and ${inlet} is told of each
 * input when, and only when, what it held is durable.  The caller closes
 * ${inlet}.  Errors of the inlet end the run with out->inlet_failed, and what
 * was read before is kept; without it the store failed: stop altogether.
 */
enum dro_code dro_ingest(const struct dro_ingest_job *job,
    const struct dro_inlet *inlet, struct dro_arena *arena,
    struct dro_ingest_result *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INGEST_H */
