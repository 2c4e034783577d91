#ifndef DRO_ORCHESTRATOR_PLAN_VIEW_H
#define DRO_ORCHESTRATOR_PLAN_VIEW_H

#include <jansson.h>

#include "apply/move.h"
#include "base/buf.h"
#include "shadow_view.h"
#include "view.h"

/* A domain that waits for a person. */
struct dro_question {
	const struct dro_domain *dom;
	enum dro_attention attention;
	const char *code;
	const char *text; /* or NULL */
};

/*
 * What `plan` found, after the evidence is gone: the same value is shown as
 * text, as JSON, as Markdown, and written to a plan file.  Strings live in
 * the arena of the run.
 */
struct dro_plan {
	int64_t as_of;
	int64_t expires_at; /* as a plan file */
	size_t n_moves;
	struct dro_move *moves;
	size_t n_questions;
	struct dro_question *questions;
	struct dro_shadows shadows;
	size_t unchanged;
	size_t unknown; /* domains that DNS told nothing about */
};

/** dro_plan_finish(plan): free its lists; accepts a zeroed one. */
void dro_plan_finish(struct dro_plan *plan);

/**
 * dro_plan_take(plan, exam, arena, err):
 * Add one examined domain.  ${plan} keeps copies in ${arena}.
 */
enum dro_code dro_plan_take(struct dro_plan *plan, const struct dro_exam *exam,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

/** dro_plan_json(plan): rollout.plan/1, not sealed; NULL: out of memory. */
json_t *dro_plan_json(const struct dro_plan *plan);

/** dro_plan_text(plan, out): for a person at a terminal. */
void dro_plan_text(const struct dro_plan *plan, struct dro_buf *out);

/**
 * dro_plan_markdown(plan, out):
 * For a merge request: a table, then a section for each change.
 */
void dro_plan_markdown(const struct dro_plan *plan, struct dro_buf *out);

#endif /* !DRO_ORCHESTRATOR_PLAN_VIEW_H */
