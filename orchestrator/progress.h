#ifndef DRO_ORCHESTRATOR_PROGRESS_H
#define DRO_ORCHESTRATOR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* One line on a terminal that tells how far a long verb has come. */
struct dro_progress {
	bool on; /* stderr is a terminal that can erase a line */
	bool shown;
	int columns;
	int64_t start_ms, last_ms; /* monotonic */
};

/** dro_progress_start(progress, wanted): nothing is shown unless ${wanted}. */
void dro_progress_start(struct dro_progress *progress, bool wanted);

/**
 * dro_progress_show(progress, name, done, total):
 * ${done} things of ${name} are done, of ${total} (0: not known); at most ten
 * times a second.  ${name} is safe to show.
 */
void dro_progress_show(struct dro_progress *progress, const char *name,
    uint64_t done, uint64_t total);

/** dro_progress_end(progress): erase the line. */
void dro_progress_end(struct dro_progress *progress);

#endif /* !DRO_ORCHESTRATOR_PROGRESS_H */
