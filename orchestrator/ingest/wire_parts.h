#ifndef DRO_ORCHESTRATOR_INGEST_WIRE_PARTS_H
#define DRO_ORCHESTRATOR_INGEST_WIRE_PARTS_H

#include "ingest/wire.h"

/* What the files of the wire share; nobody else includes it. */

#define DRO_LATEST INT64_C(999999999999) /* as ingest/meaning.c reads times */

/** dro_part_begin(buf, type): begin a frame; where it begins, for end. */
size_t dro_part_begin(struct dro_buf *buf, enum dro_frame_type type);

/** dro_part_end(buf, at, more): ${more} octets of it follow from elsewhere. */
void dro_part_end(struct dro_buf *buf, size_t at, size_t more);

/** dro_part_int(buf, n): eight octets. */
void dro_part_int(struct dro_buf *buf, int64_t n);

/** dro_part_text(buf, text): NULL is no text. */
void dro_part_text(struct dro_buf *buf, const char *text);

/* What is left of a payload; ${bad} is sticky. */
struct dro_cursor {
	const char *ptr;
	size_t len;
	bool bad;
};

/** dro_cursor_open(frame, type): bad if ${frame} is of another type. */
struct dro_cursor dro_cursor_open(
    const struct dro_frame *frame, enum dro_frame_type type);

/** dro_cursor_over(c): all of it is used up, and nothing was bad. */
bool dro_cursor_over(const struct dro_cursor *c);

/** dro_cursor_skip(c, n): ${n} octets as they are; NULL: there are fewer. */
const char *dro_cursor_skip(struct dro_cursor *c, size_t n);

/** dro_cursor_int(c, least, most): in this range; ${least} if bad. */
int64_t dro_cursor_int(struct dro_cursor *c, int64_t least, int64_t most);

/** dro_cursor_optional(c, most): at most so many octets; NULL for no text. */
const char *dro_cursor_optional(struct dro_cursor *c, size_t most);

/** dro_cursor_text(c, most): the same where there must be one; never NULL. */
const char *dro_cursor_text(struct dro_cursor *c, size_t most);

/** dro_cursor_utf8(c, most): one in UTF-8. */
const char *dro_cursor_utf8(struct dro_cursor *c, size_t most);

/** dro_cursor_name(c): characters of a normalised name, or "". */
const char *dro_cursor_name(struct dro_cursor *c);

/** dro_cursor_domain(c): a normalised name in every respect. */
const char *dro_cursor_domain(struct dro_cursor *c);

/** dro_cursor_word(c, most): characters that can be seen, of US-ASCII. */
const char *dro_cursor_word(struct dro_cursor *c, size_t most);

/** dro_replay_report(frame, room, sink): dro_wire_replay of a report. */
bool dro_replay_report(const struct dro_frame *frame,
    struct dro_wire_room *room, const struct dro_reading_sink *sink);

#endif /* !DRO_ORCHESTRATOR_INGEST_WIRE_PARTS_H */
