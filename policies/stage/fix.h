#ifndef DRO_STAGE_FIX_H
#define DRO_STAGE_FIX_H

#include <stdbool.h>
#include <stddef.h>

#include "record/spf.h"
#include "stage/profile.h"

/* What is wrong with the mail of a source, as docs/senders.md has it. */
enum dro_fix_kind {
	DRO_FIX_NONE, /* it passes, or it is not ours */
	DRO_FIX_ANSWER, /* say whose it is */
	DRO_FIX_KEY, /* signatures do not verify: key gone or expired */
	DRO_FIX_INCLUDE, /* our SPF record lacks the service's include */
	DRO_FIX_DKIM, /* it signs, but as itself */
	DRO_FIX_BOUNCE, /* it bounces to itself, and signs nothing */
	DRO_FIX_RELAY, /* nothing authenticates: a relay that does not sign */
	DRO_FIX_MACROS, /* one receiver does not expand our SPF record */
	DRO_FIX_SIGN, /* passes by SPF alone */
	DRO_FIX_LIST, /* changed on the way: a list, a footer */
	DRO_FIX_FORWARD /* SPF broke on the way, DKIM survived */
};

struct dro_fix {
	enum dro_fix_kind kind;
	bool needed; /* mail fails for it; else it is advice */
	int64_t messages; /* that it is about */
	const char *text; /* what to do, one sentence */
};

/* More advice about one sender nobody follows. */
#define DRO_FIXES_MAX 4

/**
 * dro_fix_find(domain, profile, spf, arena, fixes, n):
 * What would make the mail of ${profile}, a source of ${domain}, pass: the
 * most telling first, at least one, at most DRO_FIXES_MAX into ${fixes}.
 * ${spf} is the domain's own SPF record; NULL or with an error: not known,
 * and nothing is said that rests on it.  A pure function; false when out of
 * memory.
 */
bool dro_fix_find(const char *domain, const struct dro_profile *profile,
    const struct dro_spf *spf, struct dro_arena *arena,
    struct dro_fix fixes[DRO_FIXES_MAX], size_t *n);

/** dro_fix_name(kind): stable name: "missing_include", ... */
const char *dro_fix_name(enum dro_fix_kind kind);

#endif /* !DRO_STAGE_FIX_H */
