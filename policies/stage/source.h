#ifndef DRO_STAGE_SOURCE_H
#define DRO_STAGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/clock.h"
#include "stage/evidence.h"
#include "stage/facts.h"
#include "stage/settings.h"

struct dro_service;

enum dro_class {
	DRO_LEGIT, /* declared, or an aligned pass in the epoch */
	DRO_LEGIT_BROKEN, /* the same, and its mail fails now */
	DRO_UNDECIDED, /* a sender that a person must know: ours or not? */
	DRO_FORWARDED, /* passes mail of a legitimate source on, broken */
	DRO_THREAT /* failing mail that no rule claims */
};

/* What one source did on one report day. */
struct dro_source_day {
	int32_t day;
	int64_t pass, fail, claimed;
};

/* One sender of a domain, as its mail authenticates. */
struct dro_source {
	/*
	 * "declared:NAME", "mail_from:D", "dkim:D", "unnamed:D", "spf:TERM" of
	 * the domain's own record, of mail that nothing authenticates
	 * "address:NET"; "threat" for all the rest.
	 */
	const char *key;
	enum dro_class class;
	const char *code; /* stable name of the evidence of the class */
	const char *why; /* the same in one phrase */
	bool critical; /* as declared */
	int64_t pass, fail, unknown; /* in its epoch */
	int64_t claimed; /* failing mail linked by address or by a
			    broken signature only: not in fail */
	int32_t first_day, last_day;
	/* Undecided, or it was: since then; and its report days. */
	int32_t asked_day, asked_days;
	int32_t epoch_day; /* counting starts here */
	int epoch; /* restarts after a repair */
	/*
	 * Broken (or stepped back for) and not yet 7 clean report days: its
	 * mail does not count.  Nothing before repair_day may trigger.
	 */
	bool awaiting_repair;
	int clean_days; /* clean report days in a row, up to now */
	int32_t repair_day; /* after a setback the first of them; else of
			       the epoch; INT32_MAX before any */
	size_t n_days;
	const struct dro_source_day *days; /* ascending */
	size_t met; /* its place before they were put in order */
};

/* Totals over legitimate sources, each in its own epoch. */
struct dro_tally {
	int64_t n; /* pass + fail: unknown counts for neither */
	int64_t fail;
	int64_t threat; /* failing messages of nobody */
	int64_t undecided, forwarded; /* failing messages of these */
	int64_t unknown;
	int epoch; /* restarts so far; spends alpha/2^(epoch+1) */
	int32_t first_day, last_day;
};

/* What the sources of a domain come to. */
struct dro_population_view {
	size_t n;
	struct dro_source *sources; /* legit first, by volume; threat last */
	/* For each stream its legitimate source, or n if it has none. */
	const size_t *by_stream;
	/* For each stream its source of any class, or n without mail. */
	const size_t *any;
	/* True for a stream linked to its source by address or claim only. */
	const bool *linked;
	struct dro_tally tally;
};

/**
 * dro_source_classify(domain, settings, facts, evidence, clock, arena, out,
 *     err):
 * Sort the streams of ${evidence} about ${domain} into sources.  A declared
 * match rules; else the key is the most telling authenticated name: a
 * foreign MAIL FROM domain, a foreign DKIM d=, an aligned d=, the own MAIL
 * FROM domain; mail that passes without any name told is "unnamed".  A key
 * with at least one aligned pass is legitimate.  Mail without an aligned pass
 * from an address that the domain's own SPF record writes belongs to the
 * source that passes from there, else to one named after the term, which is
 * legitimate.  Failing mail without any
 * authenticated name is linked to a legitimate source by a broken aligned
 * signature or by an address that passed before, but counted apart.  Of the
 * rest, a sender that authenticates for a domain of its own is a forwarder if
 * most of its mail carries a broken signature of a legitimate source; it is
 * undecided from 5 messages on 2 report days on; so is a network (/24, /48)
 * without authentication from 5 report days on.  All else is threat, and so
 * is what nobody answered in time, or any of it if ${settings} close the list
 * of sources.  After a setback the epoch of its source
 * restarts at the first of 7 clean report days; so does it after a stretch in
 * which it was plainly broken.  Source: docs/gates.md.
 */
enum dro_code dro_source_classify(const char *domain,
    const struct dro_settings *settings, const struct dro_facts *facts,
    const struct dro_evidence *evidence, struct dro_clock *clock,
    struct dro_arena *arena, struct dro_population_view *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reverse_name(facts, ip):
 * The confirmed name of the address ${ip}, or NULL: not known.
 */
const char *dro_reverse_name(const struct dro_facts *facts, const char *ip);

/**
 * dro_source_service(source):
 * The known service behind the name that the key holds, or NULL.
 */
const struct dro_service *dro_source_service(const struct dro_source *source);

/** dro_source_is_legit(source): it counts in the rates of the domain. */
static inline bool
dro_source_is_legit(const struct dro_source *source)
{
	return (
	    source->class == DRO_LEGIT || source->class == DRO_LEGIT_BROKEN);
}

/**
 * dro_class_name(class):
 * "legit", "legit_broken", "undecided", "forwarded" or "threat".
 */
const char *dro_class_name(enum dro_class class);

#endif /* !DRO_STAGE_SOURCE_H */
