#ifndef DRO_ORCHESTRATOR_INGEST_INLET_STDIN_H
#define DRO_ORCHESTRATOR_INGEST_INLET_STDIN_H

#include "base/err.h"
#include "ingest/inlet.h"

/**
 * dro_inlet_stdin(fd, out, err):
 * The one mail or file that ${fd}, usually standard input, gives until its
 * end; its path is "-".  ${fd} stays open.  DRO_ENOMEM.
 */
enum dro_code dro_inlet_stdin(
    int fd, struct dro_inlet *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_STDIN_H */
