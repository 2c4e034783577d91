#ifndef DRO_ORCHESTRATOR_INGEST_MAIL_H
#define DRO_ORCHESTRATOR_INGEST_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ingest/codes.h"

#define DRO_MAIL_MAX ((size_t)32 << 20)
#define DRO_MAIL_DEPTH_MAX ((size_t)16)
#define DRO_MAIL_PARTS_MAX ((size_t)64)
#define DRO_MAIL_HEADER_MAX ((size_t)256 << 10)

/* One attachment that may be a report, decoded; valid during the call. */
typedef bool dro_part_fn(
    void *arg, const char *name, const void *ptr, size_t len);

/* A part, or the whole mail (${name} NULL), that is refused. */
typedef void dro_part_refused_fn(
    void *arg, const char *name, const struct dro_refused *why);

/**
 * dro_mail_looks(ptr, len):
 * Whether the octets begin like a mail: a header field name and a colon (an
 * mbox "From " line before it is passed over).
 */
bool dro_mail_looks(const void *ptr, size_t len);

/**
 * dro_mail_parts(ptr, len, part, refused, arg, err):
 * Walk the mail and hand every leaf that by its content (not by its type or
 * name) is XML, gzip or zip to ${part}, in order, nested message/rfc822
 * included; text, HTML and pictures are passed over.  ${part} returns false
 * to stop.  Limits are judged before anything costly is done: a mail beyond
 * them, or one in which nothing looks like a report, is refused whole.
 * ${name} is data, never a path; a part without one is "part N".  DRO_ENOMEM.
 * dro_sender_prepare must have been called before.
 */
enum dro_code dro_mail_parts(const void *ptr, size_t len, dro_part_fn *part,
    dro_part_refused_fn *refused, void *arg,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_MAIL_H */
