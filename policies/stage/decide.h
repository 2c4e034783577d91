#ifndef DRO_STAGE_DECIDE_H
#define DRO_STAGE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/evidence.h"
#include "stage/facts.h"
#include "stage/gate.h"
#include "stage/settings.h"
#include "stage/source.h"

enum dro_step {
	DRO_STEP_NEW,
	DRO_STEP_OBSERVING,
	DRO_STEP_READY,
	DRO_STEP_PUBLISHING,
	DRO_STEP_VERIFYING,
	DRO_STEP_SETTLING,
	DRO_STEP_COOLDOWN,
	DRO_STEP_DONE,
	DRO_STEP_PARKED
};

/* Orthogonal to the step: why a domain does not move although it could. */
enum dro_overlay {
	DRO_OVER_PAUSED = 1 << 0,
	DRO_OVER_AWAITING_APPROVAL = 1 << 1,
	DRO_OVER_BLOCKED = 1 << 2,
	DRO_OVER_DRIFTED = 1 << 3,
	DRO_OVER_STALE_DATA = 1 << 4,
	DRO_OVER_FROZEN = 1 << 5
};

enum dro_action {
	DRO_ACT_NONE,
	DRO_ACT_CREATE, /* no record, or our rua missing: rung as it is */
	DRO_ACT_ADJUST, /* sp or np is not as configured: rung as it is */
	DRO_ACT_UP, /* next rung */
	DRO_ACT_SETBACK, /* a source broke: to none, rua kept */
	DRO_ACT_RETURN, /* repaired and acknowledged: to the rung it left */
	DRO_ACT_PARK /* it sends no mail: the next part of parking */
};

/*
 * The decision about one domain.  Everything a person is shown and
 * everything `advance` does comes from here.  Strings live in the arena.
 */
struct dro_decision {
	enum dro_step step;
	unsigned overlays; /* bits of enum dro_overlay */
	enum dro_verdict verdict;

	/* Where the domain stands: FLOOR of the live record. */
	size_t rung; /* index in settings->ladder */
	bool off_ladder;
	bool staged; /* false: no live record to place */
	struct dro_core core; /* of the live record */
	enum dro_level sp, np; /* what holds below the domain, said or not */
	bool says_sub; /* the record says so itself */
	int64_t since; /* verified or adopted */
	int64_t settled_at;

	/* What happens next. */
	bool adopt; /* take the live RRset as known first */
	bool edited; /* foreign edit outside owned tags: new known */
	enum dro_action action;
	size_t to; /* rung to publish, with an action */
	bool has_next;
	size_t next; /* the rung after this one */
	int64_t earliest; /* when it may be entered at best; 0: unknown */
	/*
	 * Before this moment waiting alone changes nothing but the numbers in
	 * texts: the same arguments give the same answer.  A UTC day at most.
	 */
	int64_t holds_until;

	/* Why. */
	const char *code; /* stable reason: "dwell", "drifted", ... */
	const char *reason; /* one sentence */
	size_t n_gates;
	struct dro_gate gates[DRO_GATES_MAX];

	/* What legitimate mail stands on in DNS and is no longer there. */
	struct dro_watch_findings findings;

	/* What people are asked about the reports, with the gates. */
	struct dro_anomalies anomalies;

	/* The population the gates looked at. */
	size_t n_sources;
	const struct dro_source *sources;
	/* By stream of the evidence: its source, and if only linked to it. */
	const size_t *of_stream;
	const bool *linked;
	struct dro_tally tally;
	/* It, without mail from below the domain that does not count. */
	const struct dro_evidence *evidence;
	int64_t apart; /* messages of that mail */
	const struct dro_source *broken; /* source of the trigger, or NULL */
};

/**
 * dro_decide(domain, settings, facts, live, evidence, now, arena, out, err):
 * Decide about ${domain}.  A pure function: the same arguments give the
 * same answer.  Order: open publish, live record, drift, safety guard, upward
 * logic.  Missing evidence holds; it never passes and never steps back.
 * ${out} borrows from ${settings} and ${arena}.  DRO_ENOMEM, or DRO_EINVAL
 * if ${settings} hold no valid ladder.  Source: docs/transitions.md.
 */
enum dro_code dro_decide(const char *domain,
    const struct dro_settings *settings, const struct dro_facts *facts,
    const struct dro_live *live, const struct dro_evidence *evidence,
    int64_t now, struct dro_arena *arena, struct dro_decision *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_frozen_end(settings, at, why):
 * The first second from ${at} on that no freeze holds; ${at} itself if none
 * does.  ${why} (may be NULL) is set to the reason of the longest one that
 * holds at ${at}.
 */
int64_t dro_frozen_end(
    const struct dro_settings *settings, int64_t at, const char **why);

/** Stable names of the contract (design section 5). */
const char *dro_step_name(enum dro_step step);
const char *dro_action_name(enum dro_action action);
/** dro_overlay_name(bit): name of one overlay bit. */
const char *dro_overlay_name(enum dro_overlay bit);

#endif /* !DRO_STAGE_DECIDE_H */
