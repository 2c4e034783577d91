#ifndef DRO_ORCHESTRATOR_APPLY_MOVE_H
#define DRO_ORCHESTRATOR_APPLY_MOVE_H

#include "apply/digest.h"
#include "apply/examine.h"

/*
 * A change that a run wants to make, kept after its evidence is gone: all
 * domains are examined before the first one is published, so that limits and
 * a reviewed plan can choose among them.
 */
struct dro_move {
	const struct dro_domain *dom;
	enum dro_action action;
	struct dro_change change;
	const char *gates; /* JSON, for the journal */
	const char *forecast; /* JSON, of a plan and upwards; or NULL */
	const char *forecast_text; /* the same in a line, or NULL */
	const char *source; /* key of the broken source, or NULL */
	char digest[DRO_DIGEST_LEN];
	int64_t since; /* on its rung since */
	bool follows; /* the one before it of the same domain comes first */
	bool supersedes; /* an open operation is given up for it */
	const char *held_by; /* NULL: goes in this run; else why not */
	const char *held_text; /* the same in a sentence, or NULL */
};

/**
 * dro_move_of(exam, arena, out, err):
 * The move that ${exam}, which has a change, asks for; it lives in ${arena}
 * and borrows nothing from the arena of ${exam}.
 */
enum dro_code dro_move_of(const struct dro_exam *exam, struct dro_arena *arena,
    struct dro_move *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_move_trial(move):
 * Give held_by "trial" and a text to the move of a domain that is on trial:
 * whatever it is, a step back too.
 */
void dro_move_trial(struct dro_move *move);

#endif /* !DRO_ORCHESTRATOR_APPLY_MOVE_H */
