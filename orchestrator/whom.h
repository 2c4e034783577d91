#ifndef DRO_ORCHESTRATOR_WHOM_H
#define DRO_ORCHESTRATOR_WHOM_H

#include "cmd.h"
#include "stage/facts.h"

/* What one `pause` or `resume` is about. */
struct dro_whom {
	enum dro_pause_scope kind;
	const char *name; /* domain or client; "" for all */
	const char *shown; /* the same for people */
	size_t n;
	const char **domains; /* all that it takes in */
};

/**
 * dro_whom_of(cmd, out):
 * The domain, --client or --all that the command line names, exactly one of
 * them, and its --reason is there.  Else print what is wrong and return the
 * exit code.
 */
int dro_whom_of(struct dro_cmd *cmd, struct dro_whom *out);

#endif /* !DRO_ORCHESTRATOR_WHOM_H */
