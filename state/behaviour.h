#ifndef DRO_STATE_BEHAVIOUR_H
#define DRO_STATE_BEHAVIOUR_H

#include "stage/capability.h"
#include "store.h"

/**
 * dro_behaviour_load(store, domain, from_day, now, arena, n, out, err):
 * What each reporter did with the mail of the listed ${domain}, by the record
 * that it showed, from ${from_day} on: the reports that count as evidence and
 * do not end after ${now}.  ${n} items in ${arena}.
 */
enum dro_code dro_behaviour_load(struct dro_store *store, const char *domain,
    int32_t from_day, int64_t now, struct dro_arena *arena, size_t *n,
    struct dro_behaviour **out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_BEHAVIOUR_H */
