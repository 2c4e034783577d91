#ifndef DRO_ORCHESTRATOR_PRINTER_H
#define DRO_ORCHESTRATOR_PRINTER_H

#include "apply/session.h"
#include "cmd.h"

/*
 * Prints happenings of advance and rollback: a rollout.event/1 line each with
 * --json, else a line for people, with --scheduled only those that somebody
 * should see.
 */
struct dro_printer {
	struct dro_cmd *cmd;
	bool failed; /* stdout or memory; told once at the end */
	struct dro_err err;
};

/** dro_printer_happen(arg, what): print ${what}; ${arg} is the printer. */
void dro_printer_happen(void *arg, const struct dro_happening *what);

#endif /* !DRO_ORCHESTRATOR_PRINTER_H */
