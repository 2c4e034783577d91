#ifndef DRO_ORCHESTRATOR_SIMULATE_REPLAY_H
#define DRO_ORCHESTRATOR_SIMULATE_REPLAY_H

#include "plan/walk.h"
#include "simulate/harm.h"
#include "simulate/person.h"

/*
 * Days gone by (or made up) decided on again, from p=none on, under settings
 * that may be others than those that held.
 */

/* As far as one replay reaches. */
#define DRO_REPLAY_DAYS_MAX 1100

/* Which days, and who answers in them. */
struct dro_replay_days {
	int32_t from; /* UTC day of the first run */
	int n; /* runs, a day apart */
	struct dro_answers answers;
};

/* What came of one domain under one policy. */
struct dro_replay {
	int64_t from, until; /* first and last run */
	size_t n_steps;
	const struct dro_walk_step *steps; /* by time */
	/* Index by rung of the ladder: first day at it; -1: never. */
	int reached[DRO_RUNGS_MAX];
	int bound_day; /* first day that the bound passed; -1: none */
	int setbacks;
	int questions; /* that a person was asked */
	struct dro_asked_list asked; /* the same, by kind */
	struct dro_decision last; /* of the last run */
	struct dro_harm harm;
};

/**
 * dro_replay_run(domain, settings, facts, evidence, days, arena, out, err):
 * Live through ${days}, one run each day at six in the morning (UTC), with
 * ${evidence} coming in as its days end.  Assumed:
 *
 *   - on the first day the record is found at p=none with our rua in place,
 *     TTL one hour; what came before counts for nothing;
 *   - a change is served by every name server at once, and settles after the
 *     TTL of what it replaced;
 *   - reports show the record that was live when their range began, in the
 *     tags that their reporter shows: what they really show is of another
 *     rollout;
 *   - mail is the same whatever the record says;
 *   - the names of addresses and the domain's own SPF record were on every day
 *     what ${facts} say; nothing else of ${facts} counts;
 *   - who is asked answers as person.h says.
 *
 * What was hit is counted by the record that was live at noon of its day; the
 * last day is not counted: its reports are not in yet.  A rate that a person
 * accepted is no passing of the bound.  DRO_EINVAL for more days than
 * DRO_REPLAY_DAYS_MAX.
 */
enum dro_code dro_replay_run(const char *domain,
    const struct dro_settings *settings, const struct dro_facts *facts,
    const struct dro_evidence *evidence, const struct dro_replay_days *days,
    struct dro_arena *arena, struct dro_replay *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_SIMULATE_REPLAY_H */
