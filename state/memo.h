#ifndef DRO_STATE_MEMO_H
#define DRO_STATE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "stage/evidence.h"
#include "stage/facts.h"
#include "store.h"

/*
 * What writers work out and leave behind for those who only look: the
 * evidence of a domain summed up, and that nothing is to be done about it.
 * Triggers forget both in the very commit that changes what they rest on, so
 * they are never more than a short cut.
 */

/* What one domain came to, and on what. */
struct dro_rest {
	const char *domain;
	bool calm; /* it needs nothing: no change, no question, no alarm */
	int64_t until; /* decision.holds_until, or less */
	int64_t live; /* dro_live_print of what DNS showed */
	int64_t signal; /* dro_signal_print of what was heard from outside */
};

struct dro_memo {
	const struct dro_evidence *evidence;
	int32_t from_day; /* it was loaded with */
	struct dro_rest rest;
};

/**
 * dro_live_print(live, n):
 * A number that is the same for what shows the same in DNS (status, values,
 * TTLs), and almost surely another for anything else.
 */
int64_t dro_live_print(const struct dro_live *live, size_t n);

/**
 * dro_memos_keep(store, memos, n, config, now, err):
 * Keep ${memos} in one commit; ${config} is the fingerprint of the settings
 * that they were made under.  Domains that are not stored are passed over.
 */
enum dro_code dro_memos_keep(struct dro_store *store,
    const struct dro_memo *memos, size_t n, int64_t config, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rests_load(store, config, now, arena, out, n, err):
 * Every domain that needs nothing at ${now} under these settings, sorted by
 * name.
 */
enum dro_code dro_rests_load(struct dro_store *store, int64_t config,
    int64_t now, struct dro_arena *arena, const struct dro_rest **out,
    size_t *n, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_due_load(store, config, now, arena, out, n, err):
 * The names of all adopted domains about which nothing is kept that holds at
 * ${now} under these settings.
 */
enum dro_code dro_due_load(struct dro_store *store, int64_t config, int64_t now,
    struct dro_arena *arena, const char *const **out, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_MEMO_H */
