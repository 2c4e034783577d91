#ifndef DRO_ORCHESTRATOR_INGEST_WIRE_H
#define DRO_ORCHESTRATOR_INGEST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ingest/reading.h"
#include "ingest/sandbox.h"

/*
 * What is said between ingest and a worker: frames of a length (4 octets), a
 * type (1) and a payload.  Numbers are little-endian; a text is its length,
 * its octets and a NUL.  Ingest trusts nothing that comes this way: a worker
 * has touched hostile input.
 */
#define DRO_FRAME_HEAD ((size_t)5)
/* The streams of the largest report, or the largest mail, with room. */
#define DRO_FRAME_MAX ((size_t)192 << 20)
#define DRO_MEMBER_MAX ((size_t)16 << 10) /* octets of a name inside a mail */
#define DRO_AUTHSERV_IDS_MAX 16

enum dro_frame_type {
	/* to a worker */
	DRO_FRAME_CONF = 1, /* how the inputs after it are read */
	DRO_FRAME_INPUT,
	DRO_FRAME_KEY, /* the answer to an ask */
	/* from a worker */
	DRO_FRAME_HELLO, /* once, when it is ready */
	DRO_FRAME_SENDER,
	DRO_FRAME_ORIGINAL,
	DRO_FRAME_WHOLE, /* the original is the input itself */
	DRO_FRAME_REPORT,
	DRO_FRAME_REFUSE,
	DRO_FRAME_WARN,
	DRO_FRAME_ASK, /* for a key; the worker waits for it */
	DRO_FRAME_DONE, /* with this input */
	DRO_FRAME_N
};

struct dro_frame {
	enum dro_frame_type type;
	const char *ptr; /* the payload */
	size_t len;
};

/**
 * dro_wire_next(ptr, len, out):
 * The frame that begins at ${ptr}: 1 if all of it is there, 0 if more octets
 * are needed, -1 if no frame begins like that.
 */
int dro_wire_next(const char *ptr, size_t len, struct dro_frame *out);

/* Append one frame each; buf->failed when out of memory, or too large. */
void dro_wire_put_conf(
    struct dro_buf *buf, const struct dro_reading_conf *conf);
/* All but the octets of the input, which must follow. */
void dro_wire_put_input(struct dro_buf *buf, const struct dro_input *input);
void dro_wire_put_key(
    struct dro_buf *buf, enum dro_key_status status, const char *text);
void dro_wire_put_hello(struct dro_buf *buf, const struct dro_sandbox *sandbox);
void dro_wire_put_sender(struct dro_buf *buf, const struct dro_sender *sender);
void dro_wire_put_original(struct dro_buf *buf, const void *ptr, size_t len);
void dro_wire_put_whole(struct dro_buf *buf);
void dro_wire_put_report(struct dro_buf *buf, const char *member,
    const struct dro_report *report, dro_warns warns);
void dro_wire_put_refuse(
    struct dro_buf *buf, const char *member, const struct dro_refused *why);
void dro_wire_put_warn(
    struct dro_buf *buf, const char *member, enum dro_warn warn);
void dro_wire_put_ask(
    struct dro_buf *buf, const char *selector, const char *domain);
void dro_wire_put_done(struct dro_buf *buf, enum dro_code code);

/*
 * Read one frame each; false if it is not what it should be.  Texts point
 * into the frame.
 */
bool dro_wire_get_conf(const struct dro_frame *frame,
    const char *ids[DRO_AUTHSERV_IDS_MAX], struct dro_reading_conf *out);
bool dro_wire_get_input(const struct dro_frame *frame, struct dro_input *out);
bool dro_wire_get_key(const struct dro_frame *frame,
    enum dro_key_status *status, const char **text);
bool dro_wire_get_hello(const struct dro_frame *frame, struct dro_sandbox *out);
/** Both names are normalised, and one name together (253 octets). */
bool dro_wire_get_ask(
    const struct dro_frame *frame, const char **selector, const char **domain);
bool dro_wire_get_done(const struct dro_frame *frame, enum dro_code *out);

/* Room for the lines of a report that is read, reused; zero it first. */
struct dro_wire_room {
	size_t cap;
	struct dro_line *lines;
	uint32_t *numbers; /* of the names of each line */
	uint32_t *first; /* line of each number */
	const char *names[DRO_WARN_N];
};
void dro_wire_room_finish(struct dro_wire_room *room);

/**
 * dro_wire_replay(frame, input, room, sink):
 * Call what ${frame}, of a reading of ${input}, stands for.  False, and
 * nothing is called, if it is none of those, holds what no reading finds
 * (an impossible count, a name that is not normalised, sums that do not add
 * up), or memory ran out.
 */
bool dro_wire_replay(const struct dro_frame *frame,
    const struct dro_input *input, struct dro_wire_room *room,
    const struct dro_reading_sink *sink);

#endif /* !DRO_ORCHESTRATOR_INGEST_WIRE_H */
