#ifndef DRO_ORCHESTRATOR_CONFIG_FILE_H
#define DRO_ORCHESTRATOR_CONFIG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"

/**
 * dro_file_open(path, shown, fd, err):
 * Open the regular file ${path}, ${shown} in messages, for reading.
 * DRO_ENOTFOUND: there is none; DRO_EIO: it cannot be opened, or is no
 * regular file.
 */
enum dro_code dro_file_open(const char *path, const char *shown, int *fd,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_file_slurp(fd, shown, max, text, len, err):
 * All of ${fd}, ${shown} in messages, into ${text} for the caller
 * to free; at most ${max} + 1 octets, so that more than ${max} show.
 */
enum dro_code dro_file_slurp(int fd, const char *shown, size_t max, char **text,
    size_t *len, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_file_mix(print, text, len):
 * The fingerprint ${print} of what was read so far with one text more.
 */
int64_t dro_file_mix(int64_t print, const char *text, size_t len);

/** dro_file_folder(path, arena): its absolute folder; "" is the root. */
const char *dro_file_folder(const char *path, struct dro_arena *arena);

#endif /* !DRO_ORCHESTRATOR_CONFIG_FILE_H */
