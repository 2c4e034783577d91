#ifndef DRO_ORCHESTRATOR_CONFIG_PROGRAM_H
#define DRO_ORCHESTRATOR_CONFIG_PROGRAM_H

#include <stddef.h>

#include "base/err.h"

/**
 * dro_program_read(argv, timeout_s, text, max, len, err):
 * Run the program ${argv}[0] (looked up in PATH; NULL ends ${argv}) and take
 * what it writes to its standard output into ${text}, which has room for one
 * octet more than ${max}.  No shell, no standard input; the whole process
 * group is killed after ${timeout_s}.  DRO_ENOTFOUND: no such program;
 * DRO_EAUTH: it failed, wrote more than ${max}, or took too long; DRO_EIO.
 * The output is in no message.
 */
enum dro_code dro_program_read(const char *const *argv, int timeout_s,
    char *text, size_t max, size_t *len, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_CONFIG_PROGRAM_H */
