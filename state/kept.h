#ifndef DRO_STATE_KEPT_H
#define DRO_STATE_KEPT_H

#include "journal.h"
#include "parked/park.h"

/*
 * What is kept about parking a domain: of each record set what was verified
 * and what was there before, and what a person said.  dro_op_begin keeps the
 * undo copy of a `park`, in one transaction with its intent; dro_op_verified
 * keeps what is served, and forgets both after an `unpark`.
 */

/**
 * dro_park_load(store, domain, arena, out, err):
 * What is kept about ${domain}; all zero, and every sight unknown, if nothing
 * is.
 */
enum dro_code dro_park_load(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_park_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_seen(store, domain, live, err):
 * Remember what DNS showed at the domain itself, for `status`; ${live} is its
 * TXT or its MX.
 */
enum dro_code dro_park_seen(struct dro_store *store, const char *domain,
    const struct dro_live *live, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_take(store, domain, live, lacking, now, err):
 * ${live} was found as wanted, or is left as it is because of ${lacking} (or
 * NULL): keep it from now on, without an undo copy.  One history line.
 */
enum dro_code dro_park_take(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, const char *lacking, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_confirm(store, domain, replace_mx, actor, reason, now, err):
 * A person says that ${domain} sends no mail, and with ${replace_mx} that its
 * MX may go.  Ends an undone parking.
 */
enum dro_code dro_park_confirm(struct dro_store *store, const char *domain,
    bool replace_mx, const struct dro_actor *actor, const char *reason,
    int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_undo(store, domain, restoring, actor, reason, now, err):
 * A person takes parking back.  What is kept of parts that are not among
 * ${restoring} (DRO_PARTS of them) is forgotten.
 */
enum dro_code dro_park_undo(struct dro_store *store, const char *domain,
    const bool *restoring, const struct dro_actor *actor, const char *reason,
    int64_t now, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_KEPT_H */
