#ifndef DRO_STAGE_WATCH_H
#define DRO_STAGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/source.h"

/*
 * The watch over what the mail of legitimate sources stands on in DNS.  Most
 * harm comes from senders that break after the rollout, and a key that is
 * gone from DNS is seen a day or two before the first report tells.
 */

/* Keys of one domain that are watched; the busiest. */
#define DRO_WATCH_KEYS_MAX 32

/* Something that mail still stands on has broken. */
struct dro_watch_finding {
	const struct dro_watched *watched;
	const char *source; /* the key of the busiest source that needs it */
	bool accepted; /* a person took the loss as right */
	const char *text; /* what happened, since when */
	const char *remedy; /* what to do, in plain words */
};

struct dro_watch_findings {
	size_t n;
	struct dro_watch_finding *items; /* in the order of the facts */
};

/* A DKIM key in use, to be watched. */
struct dro_watch_key {
	const char *name; /* "s1._domainkey.example.nl" */
	int64_t pass; /* messages it signed */
};

/* The mail of a domain, as sorted into sources. */
struct dro_watch_mail {
	const struct dro_settings *settings;
	const struct dro_evidence *evidence;
	size_t n_sources;
	const struct dro_source *sources;
	const size_t *of_stream; /* as in struct dro_population_view: any */
	const bool *linked;
};

/**
 * dro_watch_keys(mail, clock, arena, n, out, err):
 * The names of the DKIM keys that legitimate sources sign with: aligned
 * signatures that passed, within 35 days (or the declared cadence and 30), and
 * that no other selector has taken over.  At most DRO_WATCH_KEYS_MAX.
 */
enum dro_code dro_watch_keys(const struct dro_watch_mail *mail,
    struct dro_clock *clock, struct dro_arena *arena, size_t *n,
    struct dro_watch_key **out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_watch_find(domain, mail, facts, clock, arena, out, err):
 * What of ${facts}->watched was good once, is no longer, and is still needed:
 * a key, an include or the SPF record that legitimate mail passed by within
 * the time above, and did not pass by any more three days after it broke or
 * later.  A key whose place another selector took, or addresses that another
 * part of the SPF record still names, need it no longer.
 */
enum dro_code dro_watch_find(const char *domain,
    const struct dro_watch_mail *mail, const struct dro_facts *facts,
    struct dro_clock *clock, struct dro_arena *arena,
    struct dro_watch_findings *out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_watch_kind_name(kind): "key", "include" or "spf". */
const char *dro_watch_kind_name(enum dro_watch_kind kind);

/** dro_watch_state_name(state): "good", "gone", "revoked", ... */
const char *dro_watch_state_name(enum dro_watch_state state);

#endif /* !DRO_STAGE_WATCH_H */
