#ifndef DRO_ORCHESTRATOR_SIMULATE_REPLAY_H
#define DRO_ORCHESTRATOR_SIMULATE_REPLAY_H

#include "plan/walk.h"

/*
 * Days gone by (or made up) decided on again, from p=none on, under settings
 * that may be others than those that held.
 */

/* As far as one replay reaches. */
#define DRO_REPLAY_DAYS_MAX 1100

/* Whose mail failed, as the run on the morning after saw it. */
enum dro_party {
	DRO_PARTY_LEGIT, /* of a legitimate source */
	DRO_PARTY_LINKED, /* linked to one by address or broken signature */
	DRO_PARTY_OTHERS, /* spoofing, forwarding, senders not known */
	DRO_PARTIES
};

/* What a record asked receivers to do with mail, in hundredths of messages. */
struct dro_hit {
	int64_t quarantined, rejected;
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
	int questions; /* that a person was asked, and answered in a day */
	struct dro_decision last; /* of the last run */
	int64_t passing; /* legitimate messages that passed */
	int64_t failing[DRO_PARTIES]; /* messages */
	struct dro_hit hit[DRO_RFC9989 + 1][DRO_PARTIES];
};

/**
 * dro_replay_run(domain, settings, evidence, from_day, days, arena, out, err):
 * Live through ${days} days from ${from_day} on, one run each day at six in
 * the morning (UTC), with ${evidence} coming in as its days end.  Assumed:
 *
 *   - on the first day the record is found at p=none with our rua in place,
 *     TTL one hour; what came before counts for nothing;
 *   - a change is served by every name server at once, and settles after the
 *     TTL of what it replaced;
 *   - reports show the record that was live when their range began, in the
 *     tags that their reporter shows: what they really show is of another
 *     rollout;
 *   - mail is the same whatever the record says;
 *   - who is asked answers within a day, with yes: a repair is acknowledged, a
 *     rung approved.
 *
 * What was hit is counted by the record that was live at noon of its day; the
 * last day is not counted: its reports are not in yet.
 * DRO_EINVAL for more days than DRO_REPLAY_DAYS_MAX.
 */
enum dro_code dro_replay_run(const char *domain,
    const struct dro_settings *settings, const struct dro_evidence *evidence,
    int32_t from_day, int days, struct dro_arena *arena, struct dro_replay *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_party_name(party): "legit", "linked" or "others". */
const char *dro_party_name(enum dro_party party);

#endif /* !DRO_ORCHESTRATOR_SIMULATE_REPLAY_H */
