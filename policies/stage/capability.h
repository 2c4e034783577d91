#ifndef DRO_STAGE_CAPABILITY_H
#define DRO_STAGE_CAPABILITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "record/dmarc.h"

/*
 * What one reporter did under one record, summed over its reports.  What a
 * report does not show is not guessed: without ${has_t} it says nothing of t.
 */
struct dro_behaviour {
	const char *reporter;
	bool rfc9990; /* the form of the report */
	bool has_p, has_t;
	struct dro_core core; /* as shown */
	int64_t messages;
	int64_t failing; /* judged and failed */
	int64_t quarantined, rejected;
};

enum dro_known { DRO_KNOWN_NOT, DRO_KNOWN_YES, DRO_KNOWN_NO };

/* Whether a receiver acts on a tag, and what says so. */
struct dro_trait {
	enum dro_known known;
	int64_t failing; /* messages that can tell */
	int64_t acted; /* of them treated as the policy's own level says */
	int64_t asked; /* as many the tag asked for: pct of them */
	int64_t low_ppm, high_ppm; /* acted/failing, 95 % interval */
};

struct dro_receiver {
	const char *reporter;
	int64_t messages;
	bool rfc9990; /* at least one report of that form */
	struct dro_trait pct, t;
};

/* Shares of the mail reported; with the unknown they are a million. */
struct dro_shares {
	int64_t yes_ppm, no_ppm, unknown_ppm;
};

struct dro_capability {
	size_t n;
	const struct dro_receiver *receivers; /* by messages, most first */
	int64_t messages;
	int64_t rfc9990_ppm; /* of the mail, by receivers that speak it */
	struct dro_shares pct, t;
	const char *advice; /* about the ladder, one sentence */
};

/**
 * dro_capability_measure(items, n, arena, out, err):
 * What the receivers of a domain's mail are able to.  A tag is put to the
 * test by failing mail under a record that bears it: of quarantine the share
 * quarantined or rejected counts, of reject the share rejected.
 *
 *   pct  1 to 99: honoured if the 95 % interval of that share lies between
 *        half of what pct asked for and half-way from there to all of it; not,
 *        if it lies outside; else not known
 *   t    y, shown by the reporter: honoured if the interval lies below half
 *        of what pct asked for (RFC 9989 4.7: one level less, so none of
 *        it), not if above
 *
 * Overrides by local policy make either look weaker than it is, never
 * stronger.  Names are borrowed from ${items}.  DRO_ENOMEM.
 */
enum dro_code dro_capability_measure(const struct dro_behaviour *items,
    size_t n, struct dro_arena *arena, struct dro_capability *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_known_name(known): "unknown", "yes" or "no". */
const char *dro_known_name(enum dro_known known);

#endif /* !DRO_STAGE_CAPABILITY_H */
