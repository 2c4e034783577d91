#ifndef DRO_ORCHESTRATOR_INGEST_WALK_H
#define DRO_ORCHESTRATOR_INGEST_WALK_H

#include <stdint.h>

#include "base/err.h"
#include "ingest/codes.h"

#define DRO_WALK_DEPTH_MAX 16

/* A walk over one path, file after file, in memory that does not grow. */
struct dro_walk;

/**
 * dro_walk_create(path, out, err):
 * A walk that visits the file ${path}, or all files below the directory
 * ${path}, sorted by name.  Below a directory names that begin with a dot are
 * passed over (files in the making), links to directories too.  A file that
 * comes while the walk is under way may be visited or not.
 * DRO_ENOTFOUND if there is no ${path}; DRO_ENOMEM.
 */
enum dro_code dro_walk_create(const char *path, struct dro_walk **out,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_walk_destroy(struct dro_walk *walk);

/* What cannot be read as a file. */
typedef void dro_walk_refused_fn(
    void *arg, const char *path, const struct dro_refused *why);

/**
 * dro_walk_next(walk, path, fd, refused, arg, err):
 * The next regular file: its ${path}, valid until the next call, and ${fd},
 * open for reading, which the caller closes.  ${path} NULL: there is none.
 * What else is met goes to ${refused}.  DRO_ENOMEM.
 */
enum dro_code dro_walk_next(struct dro_walk *walk, const char **path, int *fd,
    dro_walk_refused_fn *refused, void *arg,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_walk_known(walk): how many names were met, visited or not. */
uint64_t dro_walk_known(const struct dro_walk *walk);

#endif /* !DRO_ORCHESTRATOR_INGEST_WALK_H */
