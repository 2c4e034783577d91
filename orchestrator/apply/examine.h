#ifndef DRO_ORCHESTRATOR_APPLY_EXAMINE_H
#define DRO_ORCHESTRATOR_APPLY_EXAMINE_H

#include "apply/session.h"
#include "plan/plan.h"
#include "stage/decide.h"

struct dro_parking;

/* One domain looked at: everything the decision rests on, and itself. */
struct dro_exam {
	const struct dro_domain *dom;
	struct dro_facts facts;
	struct dro_live live;
	struct dro_evidence evidence;
	int32_t from_day; /* it begins with */
	struct dro_decision decision;
	bool has_change;
	struct dro_change change;
	struct dro_parking *parking; /* NULL: the policy is not `parked` */
	/*
	 * Why the open ticket is no longer wanted, or NULL; decision and
	 * change are then about what is wanted instead.
	 */
	const char *withdraw;
};

/* Where the live record comes from. */
enum dro_live_from {
	DRO_FROM_DNS, /* ask the authoritative servers */
	DRO_FROM_STORE /* what the last run saw: no network */
};

/**
 * dro_examine(session, dom, from, arena, out, err):
 * Load facts and evidence, read the live record, decide, and plan the change
 * if the decision has one.  This is the one path of plan, status, explain
 * and advance.  A DNS failure is not an error but a live record that is
 * unknown; what is returned as an error concerns the database or memory.
 * A step back that cannot wait for clear DNS takes what the provider holds
 * as the live record.
 */
enum dro_code dro_examine(struct dro_session *session,
    const struct dro_domain *dom, enum dro_live_from from,
    struct dro_arena *arena, struct dro_exam *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_look_ahead(session, domains, n, err):
 * Ask DNS about all of ${domains} at once, so that hundreds take about as
 * long as the slowest few; dro_read_live then uses each answer one time.
 */
enum dro_code dro_look_ahead(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_read_live(session, dom, arena, out, err):
 * Ask every authoritative server for the TXT RRset at _dmarc.<domain>.
 */
enum dro_code dro_read_live(struct dro_session *session,
    const struct dro_domain *dom, struct dro_arena *arena, struct dro_live *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_read_rrset(session, like, ...): the same for name and type of ${like}. */
enum dro_code dro_read_rrset(struct dro_session *session,
    const struct dro_rrset *like, struct dro_arena *arena, struct dro_live *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_exam_cannot(exam, code, why, arena):
 * The decision stands, but its change cannot be made: say why, hold.
 */
void dro_exam_cannot(struct dro_exam *exam, const char *code, const char *why,
    struct dro_arena *arena);

/**
 * dro_exam_unseen(exam):
 * True if DNS told nothing about the domain, or about a part of it.
 */
bool dro_exam_unseen(const struct dro_exam *exam);

#endif /* !DRO_ORCHESTRATOR_APPLY_EXAMINE_H */
