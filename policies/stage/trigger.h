#ifndef DRO_STAGE_TRIGGER_H
#define DRO_STAGE_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/evidence.h"
#include "stage/source.h"

/*
 * Clean report days of a source before the quick return (design section 5).
 * What breaks after them is a break of its own, and may trigger again.
 */
#define DRO_RETURN_CLEAN_DAYS 3

/* A legitimate source whose mail has begun to fail. */
struct dro_trigger {
	const struct dro_source *source; /* NULL: none is broken */
	int64_t failing; /* in the window, linked mail included */
	int64_t passing; /* in the window */
	int64_t predicted; /* passes that baseline and cadence predict */
	int64_t share_ppm; /* of the legitimate mail of the baseline */
	int32_t first_day, last_day; /* of the window */
	int reporters; /* that saw it fail */
	int days; /* on which it failed */
};

/**
 * dro_trigger_find(view, evidence, arena, out, err):
 * The broken source with the largest share, a critical one before others.  A source is broken if it had a
 * baseline of at least 20 good messages with less than 2 % failing, and now
 * shows, in the rows of two report days or of two reporters, at least 5
 * failing, more than 20 % failing, and passes below half of what its baseline
 * and cadence predict: outsiders on a shared platform can add failures, they
 * cannot remove passes.  The window never reaches back over the source's own
 * repair, and a clean day after it ends the case.
 */
enum dro_code dro_trigger_find(const struct dro_population_view *view,
    const struct dro_evidence *evidence, struct dro_arena *arena,
    struct dro_trigger *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STAGE_TRIGGER_H */
