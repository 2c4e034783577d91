#ifndef DRO_STATE_WATCHED_H
#define DRO_STATE_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "record/rrset.h"
#include "stage/facts.h"
#include "store.h"

/*
 * What legitimate mail stands on in DNS, as it was when DNS last told:
 * dro_facts_load reads it (stage/watch.h judges it).  Looking again and
 * seeing the same ends no rest.
 */

/* What DNS told about one thing, the SPF record with what it names. */
struct dro_watch_sight {
	enum dro_watch_kind kind;
	const char *name;
	enum dro_watch_state state;
	const char *good, *detail; /* as in struct dro_watched */
	const struct dro_rrset *txt; /* of SPF: TXT at the domain; or NULL */
	const char *hosts; /* of SPF: "TERM ADDRESS" lines, by number; or "" */
};

/**
 * dro_watch_read(store, domain, arena, out, err):
 * Of dro_facts_load only what is watched; ${out} is otherwise left alone.
 * False in ${stored} if the domain is not adopted.
 */
enum dro_code dro_watch_read(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_facts *out, bool *stored,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_watch_saw(store, domain, sights, n, now, err):
 * Keep ${sights} in one commit.  Since when a state lasts, and when and as
 * what a thing last was good, is kept over later looks.
 */
enum dro_code dro_watch_saw(struct dro_store *store, const char *domain,
    const struct dro_watch_sight *sights, size_t n, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_watch_add(store, domain, kind, name, now, err):
 * Watch this from now on; nothing if it is watched.
 */
enum dro_code dro_watch_add(struct dro_store *store, const char *domain,
    enum dro_watch_kind kind, const char *name, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_watch_drop(store, domain, kind, name, err): watch it no longer. */
enum dro_code dro_watch_drop(struct dro_store *store, const char *domain,
    enum dro_watch_kind kind, const char *name,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_watch_tell(store, domain, watched, broken, text, now, err):
 * One line of history, "watch_broken" or "watch_mended", and that it stands
 * there: in one commit.
 */
enum dro_code dro_watch_tell(struct dro_store *store, const char *domain,
    const struct dro_watched *watched, bool broken, const char *text,
    int64_t now, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_WATCHED_H */
