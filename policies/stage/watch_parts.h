#ifndef DRO_STAGE_WATCH_PARTS_H
#define DRO_STAGE_WATCH_PARTS_H

#include "base/domain.h"
#include "stage/watch.h"

/* What the files of the watch share; nobody else includes it. */

/* Passing mail of one stream. */
struct dro_watch_use {
	int64_t pass;
	int32_t first_day, last_day;
};

/* What both questions are answered from. */
struct dro_watch {
	const struct dro_watch_mail *mail;
	const struct dro_facts *facts;
	struct dro_clock *clock;
	struct dro_arena *arena;
	struct dro_watch_use *uses; /* by stream */
};

/* Several streams that stand on one thing. */
struct dro_watch_need {
	struct dro_watch_use use;
	int64_t most; /* passing messages of the busiest source */
	const struct dro_source *source; /* that one, or NULL */
	int quiet; /* days until its mail is not expected any more */
};

/** dro_watch_count(work): fill its uses; false when out of memory. */
bool dro_watch_count(struct dro_watch *work);

/** dro_watch_need_add(need, work, stream): count what legitimate mail it has. */
void dro_watch_need_add(
    struct dro_watch_need *need, const struct dro_watch *work, size_t stream);

/** dro_watch_alive(work, need): whether its mail is still to be expected. */
bool dro_watch_alive(
    const struct dro_watch *work, const struct dro_watch_need *need);

/**
 * dro_watch_key_name(stream, out):
 * The name in DNS of the key it was signed with; false: none.
 */
bool dro_watch_key_name(
    const struct dro_stream *stream, char out[DRO_DOMAIN_LEN]);

/** dro_watch_need_of_key(work, first): all that has the key of a stream. */
struct dro_watch_need dro_watch_need_of_key(
    const struct dro_watch *work, size_t first);

/**
 * dro_watch_replaced(work, first, need):
 * Whether another selector of the same domain took the place of this one, as
 * at every change of keys; services side by side do not.
 */
bool dro_watch_replaced(const struct dro_watch *work, size_t first,
    const struct dro_watch_need *need);

#endif /* !DRO_STAGE_WATCH_PARTS_H */
