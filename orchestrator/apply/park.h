#ifndef DRO_ORCHESTRATOR_APPLY_PARK_H
#define DRO_ORCHESTRATOR_APPLY_PARK_H

#include "apply/examine.h"
#include "apply/publish.h"
#include "parked/park.h"

/* What the look at a domain that is to be parked adds. */
struct dro_parking {
	struct dro_park_facts facts;
	struct dro_live live[DRO_PARTS];
	struct dro_park_plan plan;
};

/**
 * dro_park_examine(session, from, arena, exam, err):
 * Look at the domain itself beside ${exam}->live, decide, and plan: the part
 * of dro_examine that differs for the policy `parked`.
 */
enum dro_code dro_park_examine(struct dro_session *session,
    enum dro_live_from from, struct dro_arena *arena, struct dro_exam *exam,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_record(session, exam, err):
 * Write down what the look showed at the domain itself, and which parts are
 * kept from now on.
 */
enum dro_code dro_park_record(struct dro_session *session,
    const struct dro_exam *exam, struct dro_err *err) DRO_MUST_CHECK;

/** dro_park_drifted(exam): true if a verified part is no more as wanted. */
bool dro_park_drifted(const struct dro_exam *exam);

/**
 * dro_park_put_back(session, exam, reason, arena, out, err):
 * Publish again, and verify, the parts that drifted; a person asked for it.
 */
enum dro_code dro_park_put_back(struct dro_session *session,
    const struct dro_exam *exam, const char *reason, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_take_back(session, dom, actor, reason, arena, left, out, err):
 * Put back what was there before parking, in one call where the provider can,
 * else null MX, SPF, DMARC one after the other, each verified.  ${left} tells
 * which parts somebody else has changed since: they stay as they are.
 * DRO_OUTCOME_NOTHING if there is nothing to put back.
 */
enum dro_code dro_park_take_back(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_actor *actor,
    const char *reason, struct dro_arena *arena, bool left[DRO_PARTS],
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_PARK_H */
