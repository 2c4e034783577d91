#ifndef DRO_ORCHESTRATOR_INGEST_REREAD_LIST_H
#define DRO_ORCHESTRATOR_INGEST_REREAD_LIST_H

#include "ingest/reread.h"

/*
 * The two lists of a result while they grow.  What is noted is copied: what
 * it was read into is gone with its original.  The first group is set by the
 * owner.
 */
struct dro_reread_list {
	struct dro_store *store;
	struct dro_arena *arena; /* of the result */
	struct dro_reread_result *out;

	size_t changes_cap, losses_cap;
	struct dro_reread_change *changes; /* those of ${out} */
	struct dro_reread_loss *losses;
};

/**
 * dro_reread_list_change(list, was, differences, n, err):
 * An original shows the report ${was} to differ in ${n} fields.
 */
enum dro_code dro_reread_list_change(struct dro_reread_list *list,
    const struct dro_stored_report *was,
    const struct dro_difference *differences, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reread_list_loss(list, original, report, code, err):
 * The original of this hash says nothing about ${report}; ${code}, which is
 * borrowed, tells why.
 */
enum dro_code dro_reread_list_loss(struct dro_reread_list *list,
    const unsigned char original[DRO_HASH_LEN],
    const struct dro_stored_report *report, const char *code,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_REREAD_LIST_H */
