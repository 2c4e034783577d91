#ifndef DRO_ORCHESTRATOR_INGEST_SANDBOX_H
#define DRO_ORCHESTRATOR_INGEST_SANDBOX_H

#include <stdbool.h>

#include "base/buf.h"

/* What closes a process in; an errno says why a part is missing. */
struct dro_sandbox {
	int landlock_abi; /* 0: none */
	int landlock_errno;
	int seccomp_errno;
	int limits_errno; /* rlimits, no new privileges, no dumps */
};

/**
 * dro_sandbox_enter(out):
 * Take everything from this process but reading and writing what it has
 * open, memory, and the time: no path (Landlock), no other system call
 * (seccomp: it dies of one), no privilege, core dump, or new descriptor.
 * Each part is tried, whatever became of the others.
 */
void dro_sandbox_enter(struct dro_sandbox *out);

/** dro_sandbox_whole(sandbox): whether all of it holds. */
bool dro_sandbox_whole(const struct dro_sandbox *sandbox);

/** dro_sandbox_missing(sandbox, out): "Landlock (Function not ...)", ... */
void dro_sandbox_missing(
    const struct dro_sandbox *sandbox, struct dro_buf *out);

#endif /* !DRO_ORCHESTRATOR_INGEST_SANDBOX_H */
