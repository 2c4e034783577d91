#ifndef DRO_ORCHESTRATOR_INGEST_INGEST_H
#define DRO_ORCHESTRATOR_INGEST_INGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "reports.h"
#include "store.h"

/* A report that was refused whole, or a file that is none. */
struct dro_refusal {
	const char *path;
	const char *member; /* inside an archive, or NULL */
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
	size_t n_warnings;
	const struct dro_refusal *warnings; /* stored, but worth a look */
};

/**
 * dro_ingest(config, store, paths, n, source, trust, now, arena, out, err):
 * Read every report in the given files and directories (recursively, sorted
 * by name) into ${store}: XML, gzip and zip by content, whatever the name.
 * One bad input never stops the others.  DRO_ENOTFOUND if one of ${paths}
 * does not exist (the rest is read all the same); DRO_EIO and DRO_ESTATE from
 * the store stop the run.
 */
enum dro_code dro_ingest(const struct dro_config *config,
    struct dro_store *store, const char *const *paths, size_t n,
    const char *source, enum dro_trust trust, int64_t now,
    struct dro_arena *arena, struct dro_ingest_result *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INGEST_H */
