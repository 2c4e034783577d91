#ifndef DRO_ORCHESTRATOR_INGEST_DOCUMENT_H
#define DRO_ORCHESTRATOR_INGEST_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ingest/codes.h"
#include "reports.h"

/* One report from its first octet to a checked struct dro_report. */
struct dro_document;

/** dro_document_create(): NULL when out of memory. */
struct dro_document *dro_document_create(void);
void dro_document_destroy(struct dro_document *doc);

/** dro_document_begin(doc): start a new report, forgetting the last. */
void dro_document_begin(struct dro_document *doc);

/** dro_document_warn(doc, warn): what the container found odd. */
void dro_document_warn(struct dro_document *doc, enum dro_warn warn);

/** dro_document_feed(doc, ptr, len): more of it; false: no more is wanted. */
bool dro_document_feed(struct dro_document *doc, const char *ptr, size_t len);

/**
 * dro_document_end(doc, now, out, refused, err):
 * Judge the whole report at ${now}.  With refused->why DRO_REFUSE_NONE,
 * ${out} is complete but for watched, shadow, trust, source_name and
 * source_path, and borrows from ${doc} until the next begin.  The content
 * hash covers what is taken, in order: other white space, comments or
 * elements that are not read do not change it.  DRO_ENOMEM.
 */
enum dro_code dro_document_end(struct dro_document *doc, int64_t now,
    struct dro_report *out, struct dro_refused *refused,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_document_warns(doc): after end, all that is odd about the report. */
dro_warns dro_document_warns(const struct dro_document *doc);

#endif /* !DRO_ORCHESTRATOR_INGEST_DOCUMENT_H */
