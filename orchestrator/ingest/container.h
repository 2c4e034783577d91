#ifndef DRO_ORCHESTRATOR_INGEST_CONTAINER_H
#define DRO_ORCHESTRATOR_INGEST_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "ingest/codes.h"

/* An honest large report is 1.4 MiB compressed (200 000 records). */
#define DRO_INPUT_MAX ((size_t)16 << 20)
/* Inflated bytes of one input, all layers and entries together. */
#define DRO_OUTPUT_MAX ((size_t)128 << 20)
/* Honest reports reach 102:1, deflate bombs 1030:1. */
#define DRO_RATIO_MAX 200
#define DRO_RATIO_FROM ((size_t)1 << 20) /* output that is looked at */
#define DRO_GZIP_MEMBERS_MAX 16
#define DRO_ZIP_ENTRIES_MAX 1000

/*
 * Where documents go.  Each begin is followed by data and closed by one of
 * end and refuse; refuse also comes alone, for an input without documents.
 */
struct dro_sink {
	void *arg;
	/* A document starts; ${member} is its zip entry, or NULL. */
	void (*begin)(void *arg, const char *member);
	/* More of it; false: nothing further of it is wanted. */
	bool (*data)(void *arg, const char *ptr, size_t len);
	/* It is complete, or data said false. */
	void (*end)(void *arg);
	/* The input or one entry is refused, an open document with it. */
	void (*refuse)(
	    void *arg, const char *member, const struct dro_refused *why);
	/* Odd, but tolerated; of the open document if there is one. */
	void (*warn)(void *arg, const char *member, enum dro_warn warn);
};

/* As read(2): up to ${cap} bytes, 0 at the end, -1 and errno. */
typedef ssize_t dro_read_fn(void *arg, void *buf, size_t cap);

/* Buffers and inflate states, reused from input to input. */
struct dro_container;

/** dro_container_create(): NULL when out of memory. */
struct dro_container *dro_container_create(void);
void dro_container_destroy(struct dro_container *container);

/**
 * dro_container_read(container, fn, arg, sink, err):
 * Read one input to its end and hand its documents to ${sink} as they are
 * inflated: XML, gzip (members joined, bytes after the last tolerated), or
 * zip (every entry), told apart by content.  At most two layers of
 * compression and never zip inside another; one budget for all.  DRO_ENOMEM.
 */
enum dro_code dro_container_read(struct dro_container *container,
    dro_read_fn *fn, void *arg, const struct dro_sink *sink,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_CONTAINER_H */
