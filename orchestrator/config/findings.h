#ifndef DRO_ORCHESTRATOR_CONFIG_FINDINGS_H
#define DRO_ORCHESTRATOR_CONFIG_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"

/* More findings than this help nobody; the last one says that it stopped. */
#define DRO_FINDINGS_MAX 200

/* Collects what the reader finds in a file and those that it names. */
struct dro_log {
	struct dro_arena *arena;
	const char *first; /* the file that comes first in messages */
	const char *file; /* being parsed, as messages name it */
	struct dro_finding *items;
	size_t n, n_errors;
	bool failed; /* sticky: out of memory */
};

/**
 * dro_log_init(log, arena, file):
 * An empty collection; texts live in ${arena}.
 */
void dro_log_init(
    struct dro_log *log, struct dro_arena *arena, const char *file);

/**
 * dro_log_error(log, line, column, fmt, ...):
 * Add a finding about the file being parsed, at a place counted from 1.
 * Control characters become '?'.
 */
void dro_log_error(struct dro_log *log, int line, int column, const char *fmt,
    ...) DRO_PRINTF(4, 5);

/**
 * dro_log_at(log, warning, file, line, column, fmt, ...):
 * The same for any file.  A second warning at the same place is dropped: it
 * has the same cause, seen from another domain.
 */
void dro_log_at(struct dro_log *log, bool warning, const char *file, int line,
    int column, const char *fmt, ...) DRO_PRINTF(6, 7);

/**
 * dro_log_done(log, out, err):
 * Hand the findings over in order of place, the main file first.  DRO_EPARSE with the first error
 * in ${err} if there is one; DRO_ENOMEM if any step ran out of memory.
 */
enum dro_code dro_log_done(struct dro_log *log, struct dro_findings *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_CONFIG_FINDINGS_H */
