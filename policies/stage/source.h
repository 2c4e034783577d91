#ifndef DRO_STAGE_SOURCE_H
#define DRO_STAGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/evidence.h"
#include "stage/facts.h"
#include "stage/settings.h"

enum dro_class {
	DRO_LEGIT, /* declared, or an aligned pass in the epoch */
	DRO_LEGIT_BROKEN, /* the same, and its mail fails now */
	DRO_THREAT /* failing mail that no rule claims */
};

/* What one source did on one report day. */
struct dro_source_day {
	int32_t day;
	int64_t pass, fail, claimed;
};

/* One sender of a domain, as its mail authenticates. */
struct dro_source {
	const char
	    *key; /* "declared:NAME", "mail_from:D", "dkim:D", "unnamed:D",
			    or "threat" for all the rest */
	enum dro_class class;
	const char *why; /* evidence of the class, one phrase */
	int64_t pass, fail, unknown; /* in its epoch */
	int64_t claimed; /* failing mail linked by address or by a
			    broken signature only: not in fail */
	int32_t first_day, last_day;
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
};

/* Totals over legitimate sources, each in its own epoch. */
struct dro_tally {
	int64_t n; /* pass + fail: unknown counts for neither */
	int64_t fail;
	int64_t threat; /* failing messages of nobody */
	int64_t unknown;
	int epoch; /* restarts so far; spends alpha/2^(epoch+1) */
	int32_t first_day, last_day;
};

/* What the sources of a domain come to. */
struct dro_population_view {
	size_t n;
	struct dro_source *sources; /* legit first, by volume; threat last */
	/* For each stream of the evidence its source, or n for threat. */
	const size_t *by_stream;
	/* True for a stream linked to its source by address or claim only. */
	const bool *linked;
	struct dro_tally tally;
};

/**
 * dro_source_classify(domain, settings, facts, evidence, arena, out, err):
 * Sort the streams of ${evidence} about ${domain} into sources.  A declared
 * match rules; else the key is the most telling authenticated name: a
 * foreign MAIL FROM domain, a foreign DKIM d=, an aligned d=, the own MAIL
 * FROM domain; mail that passes without any name told is "unnamed".  A key with at least one aligned pass is legitimate; all else
 * is threat.  Failing mail without any authenticated name is linked to a
 * legitimate source by a broken aligned signature or by an address that
 * passed before, but counted apart.  After a setback the epoch of its source
 * restarts at the first of 7 clean report
 * days; so does it after a stretch in which it was plainly broken.
 */
enum dro_code dro_source_classify(const char *domain,
    const struct dro_settings *settings, const struct dro_facts *facts,
    const struct dro_evidence *evidence, struct dro_arena *arena,
    struct dro_population_view *out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_class_name(class): "legit", "legit_broken" or "threat". */
const char *dro_class_name(enum dro_class class);

#endif /* !DRO_STAGE_SOURCE_H */
