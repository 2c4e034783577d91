#ifndef DRO_ORCHESTRATOR_INGEST_WALK_H
#define DRO_ORCHESTRATOR_INGEST_WALK_H

#include <stdbool.h>

#include "base/err.h"
#include "ingest/codes.h"

#define DRO_WALK_DEPTH_MAX 16

/* What a walk meets; each returns false to end it. */
struct dro_visitor {
	void *arg;
	/* A regular file, open for reading; the walk closes it. */
	bool (*file)(void *arg, const char *path, int fd);
	/* Something that cannot be read as a file. */
	bool (*refuse)(
	    void *arg, const char *path, const struct dro_refused *why);
};

/**
 * dro_walk(path, visitor, err):
 * Visit the file ${path}, or all files below the directory ${path}, sorted
 * by name.  Below a directory names that begin with a dot are passed over
 * (files in the making), links to directories too.  DRO_ENOTFOUND if there
 * is no ${path}; DRO_ENOMEM.
 */
enum dro_code dro_walk(const char *path, const struct dro_visitor *visitor,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_WALK_H */
