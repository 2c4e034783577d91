#ifndef DRO_ORCHESTRATOR_INGEST_INLET_MBOX_H
#define DRO_ORCHESTRATOR_INGEST_INLET_MBOX_H

#include "base/err.h"
#include "ingest/inlet.h"

/**
 * dro_inlet_mbox(path, out, err):
 * The mails of the file ${path}, which outlives the inlet, one after the
 * other, under a read lock; the file is not changed.  A mail begins at a line
 * "From " after an empty one or with a date at its end; of lines "From "
 * behind any number of ">" one ">" is taken away (mboxrd).  A mail is held
 * whole, the file never.  DRO_ENOTFOUND, DRO_EIO; DRO_ELIMIT if the file
 * stays locked for 10 s; DRO_ENOMEM.
 */
enum dro_code dro_inlet_mbox(const char *path, struct dro_inlet *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_MBOX_H */
