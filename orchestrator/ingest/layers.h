#ifndef DRO_ORCHESTRATOR_INGEST_LAYERS_H
#define DRO_ORCHESTRATOR_INGEST_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ZLIB_CONST /* inflate reads its input only */
#include <zlib.h>

#include "ingest/container.h"

/* What the files of the container share; nobody else includes it. */

#define BLOCK ((size_t)64 << 10)
#define LAYERS 2
#define HEAD 4 /* bytes that tell the kinds apart */

enum kind { KIND_UNKNOWN, KIND_XML, KIND_GZIP, KIND_ZIP, KIND_OTHER };

/* What is known of the bytes at one depth: 0 is the input as it is. */
struct layer {
	enum kind kind;
	unsigned char head[HEAD];
	size_t n_head;
	z_stream z;
	bool z_ready;
	int members; /* complete ones */
	bool trailing; /* past the last member */
	unsigned char *out; /* BLOCK bytes, what z inflates into */
};

struct dro_container {
	struct layer layers[LAYERS + 1]; /* the last is never inflated */
	unsigned char in[BLOCK];
	unsigned char out[LAYERS][BLOCK];
	/* of the input in hand */
	const struct dro_sink *sink;
	size_t taken, given; /* bytes in, inflated bytes out */
	bool zip;
	const char *member;
	bool open; /* a document is */
	size_t answers; /* documents begun and refusals */
	bool ignored; /* an entry was, which was said */
	struct dro_refused refused;
	bool nomem;
};

/** dro_layers_refuse(c, why, detail): always false, for callers to pass on. */
bool dro_layers_refuse(
    struct dro_container *c, enum dro_refuse why, const char *detail);

/** dro_layers_settle(c): tell the sink about a refusal, and forget it. */
void dro_layers_settle(struct dro_container *c);

/** dro_layers_spend(c, n): count inflated bytes against the one budget. */
bool dro_layers_spend(struct dro_container *c, size_t n);

/** dro_layers_reset(c): begin an input or an entry. */
void dro_layers_reset(struct dro_container *c);

/** dro_layers_push(c, depth, p, n): bytes of the layer ${depth}. */
bool dro_layers_push(
    struct dro_container *c, size_t depth, const unsigned char *p, size_t n);

/** dro_layers_finish(c, depth): no more bytes of it; false if cut short. */
bool dro_layers_finish(struct dro_container *c, size_t depth);

/** dro_layers_close(c): one input or entry is over: close its document. */
void dro_layers_close(struct dro_container *c);

/** dro_layers_next(c, fn, arg): a block of the input; 0 end, -1 refused. */
ssize_t dro_layers_next(struct dro_container *c, dro_read_fn *fn, void *arg);

/** dro_zip_read(c, n, fn, arg): the first ${n} bytes are in, a zip's. */
void dro_zip_read(
    struct dro_container *c, ssize_t n, dro_read_fn *fn, void *arg);

#endif /* !DRO_ORCHESTRATOR_INGEST_LAYERS_H */
