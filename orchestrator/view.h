#ifndef DRO_ORCHESTRATOR_VIEW_H
#define DRO_ORCHESTRATOR_VIEW_H

#include <jansson.h>

#include "apply/examine.h"

/*
 * How one examined domain is shown, by status, explain and plan alike.
 * Strings returned are borrowed from the arena given.
 */

/* What a person should do about it; the mark in the first column. */
enum dro_attention {
	DRO_ATT_NONE, /* moves or waits by itself */
	DRO_ATT_PROGRESS, /* "~": a publish is under way */
	DRO_ATT_QUESTION, /* "?": waits for a person's answer */
	DRO_ATT_ALARM /* "!": something is broken */
};

/** dro_view_attention(exam): how much ${exam} needs a person. */
enum dro_attention dro_view_attention(const struct dro_exam *exam);

/**
 * dro_view_finding(exam):
 * What the watch over DNS found broken, if nothing else needs a person more;
 * or NULL.
 */
const struct dro_watch_finding *dro_view_finding(const struct dro_exam *exam);

/** dro_view_mark(attention): " ", "~", "?" or "!". */
const char *dro_view_mark(enum dro_attention attention);

/** dro_view_stage(exam): "quarantine-10", "quarantine-10 (off-ladder)", "-". */
const char *dro_view_stage(const struct dro_exam *exam);

/** dro_view_rung(exam, index): the name of a rung of the domain's ladder. */
const char *dro_view_rung(const struct dro_exam *exam, size_t index);

/** dro_view_target(exam): where ${exam}, which has an action, wants to go. */
const char *dro_view_target(const struct dro_exam *exam);

/**
 * dro_view_next(exam, arena): what comes next, in a few words; the whole reason
 * is decision.reason.
 */
const char *dro_view_next(const struct dro_exam *exam, struct dro_arena *arena);

/**
 * dro_view_below(exam, arena):
 * What the live record does to mail from names below the domain; NULL if
 * neither it nor the configuration says anything about them.
 */
const char *dro_view_below(
    const struct dro_exam *exam, struct dro_arena *arena);

/**
 * dro_view_json(exam):
 * The domain object of rollout.status/1; NULL when out of memory.
 */
json_t *dro_view_json(const struct dro_exam *exam);

/**
 * dro_view_hold(domain, gate, text):
 * Put a reason first that is not the domain's own, such as a limit, into what
 * dro_view_json made; false when out of memory.
 */
bool dro_view_hold(json_t *domain, const char *gate, const char *text);

/**
 * dro_view_source(source, arena):
 * The key of ${source}, with the known service behind it.
 */
const char *dro_view_source(
    const struct dro_source *source, struct dro_arena *arena);

/** dro_view_sources_json(exam): the sources of rollout.explain/1. */
json_t *dro_view_sources_json(const struct dro_exam *exam);

/** dro_view_rrset_json(rrset): null if absent, else {ttl, values}. */
json_t *dro_view_rrset_json(const struct dro_rrset *rrset);

#endif /* !DRO_ORCHESTRATOR_VIEW_H */
