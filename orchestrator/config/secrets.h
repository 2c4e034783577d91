#ifndef DRO_ORCHESTRATOR_CONFIG_SECRETS_H
#define DRO_ORCHESTRATOR_CONFIG_SECRETS_H

#include "base/arena.h"
#include "base/err.h"

/* A secret is a token or a key file; more is a mistake. */
#define DRO_SECRET_MAX (64u << 10)

/* A password manager answers, or asks a person who is not there. */
#define DRO_SECRET_COMMAND_S 10

/**
 * dro_secret_command(argv, timeout_s, arena, out, err):
 * The first line that the program ${argv}[0] (looked up in PATH) writes to
 * its standard output; NULL ends ${argv}.  No shell, no standard input; the
 * whole process group is killed after ${timeout_s}.  DRO_ENOTFOUND: no such
 * program; DRO_EAUTH: it failed, wrote nothing, too much, or took too long.
 * The output is in no message and in no memory but ${out}.
 */
enum dro_code dro_secret_command(const char *const *argv, int timeout_s,
    struct dro_arena *arena, const char **out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_CONFIG_SECRETS_H */
