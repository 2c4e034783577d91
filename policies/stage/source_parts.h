#ifndef DRO_STAGE_SOURCE_PARTS_H
#define DRO_STAGE_SOURCE_PARTS_H

#include "record/spf.h"
#include "stage/source.h"

/* What the files of the classification share; nobody else includes it. */

#define DRO_NO_SOURCE SIZE_MAX

/* Working copy of one stream. */
struct dro_entry {
	size_t stream;
	const char *key; /* NULL: nothing authenticates */
	const char *code, *why;
	const struct dro_declared *declared; /* or NULL */
	/* The domain's own SPF record writes its address; or NULL. */
	const struct dro_spf_net *own;
	bool proven; /* legitimate by that alone */
	int64_t pass;
};

/* Everything the classification works on; arrays live in the arena. */
struct dro_sorting {
	const char *domain;
	const struct dro_settings *settings;
	const struct dro_facts *facts;
	const struct dro_evidence *ev;
	struct dro_clock *clock;
	struct dro_arena *arena;
	struct dro_entry *entries; /* by key */
	size_t *by_stream; /* legitimate source, or DRO_NO_SOURCE */
	bool *linked;
	size_t *sender; /* by stream: other source, or DRO_NO_SOURCE */
	size_t n_sources; /* legitimate ones */
	size_t n_all; /* with the others; "threat" comes behind them */
	struct dro_source *sources;
};

/**
 * dro_source_key(work, i):
 * Give entry ${i}, zeroed, the key of the source that stream ${i} belongs to,
 * and why; the key stays NULL if nothing authenticates.  Those before it have
 * theirs, and all are in the order of the streams.  False when out of memory.
 */
bool dro_source_key(const struct dro_sorting *work, size_t i);

/**
 * dro_source_own(work):
 * Give failing mail from addresses that the domain's own SPF record writes to
 * the source that passes from there, or to one named after the term.  Needs
 * the passing messages of every entry.  False when out of memory.
 */
bool dro_source_own(struct dro_sorting *work);

/**
 * dro_source_compare_entries(a, b): order of entries: by key, NULL last.
 */
int dro_source_compare_entries(const void *a, const void *b);

/**
 * dro_source_senders(work):
 * Give those who send mail that fails, and are no legitimate source, sources
 * of their own: forwarders, undecided senders, declared ones.  The rest stays
 * with nobody.  Entries without a key get that of their network.  False when
 * out of memory.
 */
bool dro_source_senders(struct dro_sorting *work);

/**
 * dro_source_epoch(facts, source):
 * Fill what days and step backs tell about repair: epoch_day, epoch,
 * awaiting_repair, clean_days, repair_day.
 */
void dro_source_epoch(const struct dro_facts *facts, struct dro_source *source);

#endif /* !DRO_STAGE_SOURCE_PARTS_H */
