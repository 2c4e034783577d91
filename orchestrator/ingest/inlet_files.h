#ifndef DRO_ORCHESTRATOR_INGEST_INLET_FILES_H
#define DRO_ORCHESTRATOR_INGEST_INLET_FILES_H

#include <stddef.h>

#include "ingest/inlet.h"

/**
 * dro_inlet_files(paths, n, out, err):
 * Make ${out} the files at ${paths} and below the directories among them, in
 * the order of ingest/walk.h; ${paths} outlives it.  The mails of a file that
 * is an mbox come one by one.  A path that does not exist stops no other:
 * next returns DRO_ENOTFOUND for the first such at the end.  Settling does
 * nothing: a file stays where it is.  DRO_ENOMEM.
 */
enum dro_code dro_inlet_files(const char *const *paths, size_t n,
    struct dro_inlet *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_inlet_octets(fd, file, most, buf, why):
 * Add to ${buf}, made with a ceiling of twice ${most}, what ${fd} still gives,
 * until it holds ${most} octets.  With ${file} it is a regular file, where
 * less than asked for is all there is.  False: ${why} says why not.
 */
bool dro_inlet_octets(int fd, bool file, size_t most, struct dro_buf *buf,
    struct dro_refused *why);

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_FILES_H */
