#ifndef DRO_PLAN_PLAN_H
#define DRO_PLAN_PLAN_H

#include "base/arena.h"
#include "record/rrset.h"
#include "stage/decide.h"

/* One record set to publish: what is there, what shall be. */
struct dro_change {
	const char *kind; /* dro_action_name(), "rollback" or "restore" */
	const char *from; /* rung, or NULL when there is no record */
	const char *to; /* rung */
	struct dro_rrset before; /* n == 0: absent */
	struct dro_rrset after;
	uint32_t settle_s; /* until no cache holds what was before: its TTL,
			      or the negative TTL (RFC 2308 5) */
	const char *reason;
};

/**
 * dro_plan_change(decision, settings, live, arena, out, err):
 * The record set that ${decision}, which has an action, asks for: the live
 * DMARC value edited as record/dmarc.h says, all other TXT values at the name
 * kept octet for octet.  ${out} borrows from ${arena} and ${settings}.
 * DRO_EPARSE if the live record is malformed.
 */
enum dro_code dro_plan_change(const struct dro_decision *decision,
    const struct dro_settings *settings, const struct dro_live *live,
    struct dro_arena *arena, struct dro_change *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_plan_rung(to, kind, from, reason, settings, live, arena, out, err):
 * The same for a rung that a person names (rollback).
 */
enum dro_code dro_plan_rung(size_t to, const char *kind, const char *from,
    const char *reason, const struct dro_settings *settings,
    const struct dro_live *live, struct dro_arena *arena,
    struct dro_change *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_plan_restore(known, ladder, live, from, reason, arena, out, err):
 * Put the DMARC record of ${known}, last verified, back in place of what
 * ${live} has; TXT values that are none stay.  ${from} is the rung of the
 * live record, or NULL.  DRO_ENOTFOUND if ${known} holds no such record.
 */
enum dro_code dro_plan_restore(const struct dro_rrset *known,
    const struct dro_ladder *ladder, const struct dro_live *live,
    const char *from, const char *reason, struct dro_arena *arena,
    struct dro_change *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PLAN_PLAN_H */
