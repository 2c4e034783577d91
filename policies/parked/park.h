#ifndef DRO_PARKED_PARK_H
#define DRO_PARKED_PARK_H

#include "parked/template.h"
#include "plan/plan.h"
#include "stage/decide.h"

/* What is stored about one part of a parked domain. */
struct dro_kept {
	bool kept; /* verified as wanted; or cannot be stored, see lacking */
	int64_t verified_at;
	struct dro_rrset known; /* what was verified */
	bool has_undo;
	struct dro_rrset undo; /* what was there before */
	const char *lacking; /* why the provider cannot store it, or NULL */
	struct dro_live seen; /* what the last run saw; not for DMARC */
};

/* What a person said about parking the domain. */
struct dro_park_word {
	int64_t confirmed_at; /* "it sends no mail"; 0: nobody said so */
	bool replace_mx; /* and its MX may go */
	int64_t undone_at; /* parking was taken back; 0: it was not */
};

/* What is stored about parking one domain; all zero if nothing is. */
struct dro_park_facts {
	struct dro_kept parts[DRO_PARTS];
	struct dro_park_word word;
};

struct dro_park_input {
	const char *domain;
	const struct dro_settings *settings;
	const struct dro_facts *facts;
	const struct dro_park_facts *park;
	const struct dro_live *live; /* DRO_PARTS of them */
	const struct dro_evidence *evidence; /* adopted or not, all of it */
	const char *needed_by; /* who uses it for mail, or NULL */
	const char *no_null_mx; /* why the provider stores none, or NULL */
	int64_t now;
};

struct dro_park_plan {
	bool take[DRO_PARTS]; /* found as wanted: keep it from now on */
	const char *lacking; /* with take[DRO_PART_MX]: it cannot be stored */
	size_t n;
	/* In order; only the first may be published, the others follow it. */
	struct dro_change changes[DRO_PARTS];
};

/**
 * dro_park_decide(input, arena, out, plan, err):
 * Decide about a domain whose policy is to be parked.  Pure, as dro_decide.
 * DMARC reject comes first, then SPF, then the null MX, each only after the
 * one before was verified.  Nothing begins while the domain may send or
 * receive mail: an MX in use, an SPF record with senders, mail that passed,
 * or another domain that needs this one is refused, with the remedy.  It also
 * waits for settings->quiet_days without mail that passes, unless a person
 * confirmed that there is none.  With action DRO_ACT_PARK ${plan} holds the
 * changes; DRO_ACT_CREATE is dro_plan_change's.  Mail that passes later is an
 * alarm and changes nothing.  Source: docs/parked.md.
 */
enum dro_code dro_park_decide(const struct dro_park_input *input,
    struct dro_arena *arena, struct dro_decision *out,
    struct dro_park_plan *plan, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_park_restores(park, live, reason, arena, changes, n, err):
 * What takes parking back: for each part that is as we published it the
 * change to its undo copy, into ${changes} (room for DRO_PARTS) in the order
 * null MX, SPF, DMARC, so that mail is never refused for longer than need be.
 * A part that somebody else changed since is left alone.
 */
enum dro_code dro_park_restores(const struct dro_park_facts *park,
    const struct dro_rrset *live, const char *reason, struct dro_arena *arena,
    struct dro_change *changes, size_t *n, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PARKED_PARK_H */
