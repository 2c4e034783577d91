#ifndef DRO_ORCHESTRATOR_INGEST_HEADER_H
#define DRO_ORCHESTRATOR_INGEST_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* A verifier compares each signed name with each field. */
#define DRO_HEADER_FIELDS_MAX 1000

/* One header field as it stands in the mail. */
struct dro_field {
	struct dro_str name;
	struct dro_str value; /* after the colon, folds included */
	struct dro_str whole; /* both, without the last line end */
};

struct dro_header {
	size_t n;
	const struct dro_field *fields; /* from top to bottom */
	struct dro_str body;
	const char *fault; /* NULL: well-formed; else a phrase */
};

/**
 * dro_header_read(mail, len, arena, out, err):
 * Split the header of a mail into its fields, which point into ${mail}; an
 * mbox "From " line before it is passed over.  Whatever two readers could see
 * differently is a fault, with no fields: a line that is no field, NUL, a
 * bare CR, a line of blanks, more than DRO_MAIL_HEADER_MAX octets or
 * DRO_HEADER_FIELDS_MAX fields.  Lines end with LF or CRLF.  DRO_ENOMEM.
 * Source: RFC 5322 2.2.
 */
enum dro_code dro_header_read(const char *mail, size_t len,
    struct dro_arena *arena, struct dro_header *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_field_is(field, name): whether it is called ${name}, in any case. */
bool dro_field_is(const struct dro_field *field, const char *name);

#endif /* !DRO_ORCHESTRATOR_INGEST_HEADER_H */
