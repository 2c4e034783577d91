#ifndef DRO_ORCHESTRATOR_SOURCES_VIEW_H
#define DRO_ORCHESTRATOR_SOURCES_VIEW_H

#include <jansson.h>

#include "apply/examine.h"
#include "output/output.h"
#include "stage/fix.h"

/* Configuration that answers an undecided sender. */
struct dro_sources_patch {
	const char *name; /* of the source; NULL: nothing to answer */
	const char *key; /* "mail_from", "dkim" or "address" */
	const char *value;
};

/* One sender as people are shown it. */
struct dro_sources_item {
	const struct dro_profile *profile;
	const struct dro_declared *declared; /* or NULL */
	size_t n_fixes;
	struct dro_fix fixes[DRO_FIXES_MAX];
	struct dro_sources_patch patch;
};

struct dro_sources {
	const struct dro_exam *exam;
	const struct dro_spf *spf; /* NULL: not known */
	int64_t messages;
	size_t n;
	struct dro_sources_item *items;
};

/**
 * dro_sources_make(exam, spf, arena, out, err):
 * Everything about the senders of a domain: profiles, fixes, and for those
 * that are undecided a name that no source of the configuration has.
 */
enum dro_code dro_sources_make(const struct dro_exam *exam,
    const struct dro_spf *spf, struct dro_arena *arena, struct dro_sources *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_sources_print(out, sources, arena, err): for people. */
enum dro_code dro_sources_print(const struct dro_out *out,
    const struct dro_sources *sources, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_sources_json(sources): rollout.sources/1; NULL: no memory. */
json_t *dro_sources_json(const struct dro_sources *sources);

/**
 * dro_sources_in_sheet(dom):
 * Whether ${dom} is a row of a CSV file, which has no place for sources: they
 * stand with its client then.
 */
bool dro_sources_in_sheet(const struct dro_domain *dom);

/**
 * dro_sources_silent(sources, declared):
 * Whether ${declared} is the client's own and nobody has reported it.
 */
bool dro_sources_silent(
    const struct dro_sources *sources, const struct dro_declared *declared);

#endif /* !DRO_ORCHESTRATOR_SOURCES_VIEW_H */
