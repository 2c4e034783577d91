#ifndef DRO_PLAN_WALK_H
#define DRO_PLAN_WALK_H

#include "plan/plan.h"

/*
 * One domain on its way through days that nobody lives: what has come, or
 * what would come, is decided on as in a run, and a change takes effect at
 * once, as if every name server had served it.  Nothing outside is touched.
 */
struct dro_walk {
	const char *domain;
	const struct dro_settings *settings;
	struct dro_facts facts; /* as a run would leave them behind */
	struct dro_live live;
	struct dro_arena *arena; /* of what the walk keeps */
};

/* A change that was made, or would be. */
struct dro_walk_step {
	int64_t at;
	const char *op; /* dro_action_name() */
	const char *from; /* rung, or NULL: no record */
	const char *to;
	const char *reason;
};

/**
 * dro_walk_from(walk, at):
 * The first day whose reports count in a run at ${at}.
 */
int32_t dro_walk_from(const struct dro_walk *walk, int64_t at);

/** dro_walk_core(walk): the policy that is live; of no record it is none. */
struct dro_core dro_walk_core(const struct dro_walk *walk);

/**
 * dro_walk_run(walk, evidence, at, arena, decision, step, stepped, err):
 * One run at ${at}: decide, take first sights and edits as known, make the
 * change if there is one.  ${decision} lives in ${arena}; ${step}, set when
 * ${stepped} becomes true, in that of the walk.  A pause that is over by
 * ${at} ends; an approval in the facts counts for the change that is decided
 * on.  A record that cannot be edited holds as `cannot_edit`.
 */
enum dro_code dro_walk_run(struct dro_walk *walk,
    const struct dro_evidence *evidence, int64_t at, struct dro_arena *arena,
    struct dro_decision *decision, struct dro_walk_step *step, bool *stepped,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PLAN_WALK_H */
