#ifndef DRO_STAGE_SOURCE_PARTS_H
#define DRO_STAGE_SOURCE_PARTS_H

#include "stage/source.h"

/* What the files of the classification share; nobody else includes it. */

/* Working copy of one stream. */
struct dro_entry {
	size_t stream;
	const char *key; /* NULL: nothing authenticated */
	const char *why;
	bool declared;
	int64_t pass;
};

/**
 * dro_source_key(domain, settings, stream, arena, out):
 * The key of the source that ${stream} belongs to, and why; out->key is NULL
 * if nothing authenticates.  False when out of memory.
 */
bool dro_source_key(const char *domain, const struct dro_settings *settings,
    const struct dro_stream *stream, struct dro_arena *arena,
    struct dro_entry *out);

/**
 * dro_source_epoch(facts, source):
 * Fill what days and step backs tell about repair: epoch_day, epoch,
 * awaiting_repair, clean_days, repair_day.
 */
void dro_source_epoch(const struct dro_facts *facts, struct dro_source *source);

#endif /* !DRO_STAGE_SOURCE_PARTS_H */
