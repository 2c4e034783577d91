#ifndef DRO_ORCHESTRATOR_INGEST_CODES_H
#define DRO_ORCHESTRATOR_INGEST_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/*
 * Why an input was refused whole, and what is odd about a report that was
 * stored.  The names are stable; docs/refusals.md says what to do about each.
 */
enum dro_refuse {
	DRO_REFUSE_NONE = 0,
	/* the file */
	DRO_REFUSE_UNREADABLE,
	DRO_REFUSE_NOT_REGULAR,
	DRO_REFUSE_EMPTY,
	DRO_REFUSE_NOT_A_REPORT,
	DRO_REFUSE_INPUT_SIZE,
	DRO_REFUSE_OUTPUT_SIZE,
	DRO_REFUSE_LAYERS,
	/* a mail */
	DRO_REFUSE_MAIL_HEADER,
	DRO_REFUSE_MAIL_PARTS,
	DRO_REFUSE_MAIL_DEPTH,
	DRO_REFUSE_MAIL_NO_REPORT,
	DRO_REFUSE_SENDER_LIMIT,
	/* gzip and zip */
	DRO_REFUSE_GZIP_CORRUPT,
	DRO_REFUSE_GZIP_TRUNCATED,
	DRO_REFUSE_GZIP_MEMBERS,
	DRO_REFUSE_GZIP_RATIO,
	DRO_REFUSE_ZIP_CORRUPT,
	DRO_REFUSE_ZIP_ENCRYPTED,
	DRO_REFUSE_ZIP_METHOD,
	DRO_REFUSE_ZIP_ENTRIES,
	DRO_REFUSE_ZIP_RATIO,
	DRO_REFUSE_ZIP_NO_REPORT,
	/* XML */
	DRO_REFUSE_XML_MALFORMED,
	DRO_REFUSE_XML_DOCTYPE,
	DRO_REFUSE_XML_ENCODING,
	DRO_REFUSE_XML_DEPTH,
	DRO_REFUSE_XML_TEXT,
	DRO_REFUSE_XML_TOKEN,
	DRO_REFUSE_XML_MIXED,
	DRO_REFUSE_XML_ROOT,
	/* what every report must have */
	DRO_REFUSE_ROWS,
	DRO_REFUSE_ROW_SIZE,
	DRO_REFUSE_COUNT,
	DRO_REFUSE_RANGE,
	DRO_REFUSE_DOMAIN,
	DRO_REFUSE_REPORTER,
	DRO_REFUSE_REPORT_ID,
	/* reading it cost the process that read it */
	DRO_REFUSE_WORKER_CRASHED,
	DRO_REFUSE_WORKER_TIMEOUT,
	DRO_REFUSE_WORKER_MEMORY,
	DRO_REFUSE_N
};

enum dro_warn {
	/* stored, but used by no gate */
	DRO_WARN_NO_ROWS,
	DRO_WARN_RANGE_EMPTY,
	DRO_WARN_RANGE_REVERSED,
	DRO_WARN_RANGE_LONG,
	DRO_WARN_RANGE_FUTURE,
	DRO_WARN_OUTSIDE_WINDOW,
	/* deviations that stay countable */
	DRO_WARN_RANGE_OVER_DAY,
	DRO_WARN_TIME_DECIMAL,
	DRO_WARN_BOM,
	DRO_WARN_LEADING_SPACE,
	DRO_WARN_NAMESPACE_ODD,
	DRO_WARN_VERSION_ODD,
	DRO_WARN_ELEMENT_TWICE,
	DRO_WARN_IDENTITIES,
	DRO_WARN_ORG_MISSING,
	DRO_WARN_EMAIL_MISSING,
	DRO_WARN_P_MISSING,
	DRO_WARN_POLICY_ODD,
	DRO_WARN_SP_EMPTY,
	DRO_WARN_ROW_EMPTY,
	DRO_WARN_IP_ODD,
	DRO_WARN_HEADER_FROM_MISSING,
	DRO_WARN_VALUE_CASE,
	DRO_WARN_RESULT_ODD,
	DRO_WARN_RESULT_MISSING,
	DRO_WARN_DISPOSITION_ODD,
	DRO_WARN_REASON_EMPTY,
	DRO_WARN_SIGNATURES_MANY,
	/* of the container */
	DRO_WARN_GZIP_TRAILING,
	DRO_WARN_ZIP_IGNORED,
	/* of who sent it */
	DRO_WARN_REPORTER_MISMATCH,
	DRO_WARN_REPORTER_IGNORED,
	DRO_WARN_RUA_OTHER,
	DRO_WARN_N
};

/* A set of warnings. */
typedef uint64_t dro_warns;
#define DRO_WARN_BIT(w) ((dro_warns)1 << (w))
/* Those that keep a report out of every gate (design section 6). */
#define DRO_WARNS_UNCOUNTED (DRO_WARN_BIT(DRO_WARN_RANGE_OVER_DAY) - 1)

/** dro_refuse_name(why), dro_warn_name(warn): the stable code. */
const char *dro_refuse_name(enum dro_refuse why);
const char *dro_warn_name(enum dro_warn warn);
/** dro_warn_names(warns, names): the codes of a set, in order; how many. */
size_t dro_warn_names(dro_warns warns, const char *names[DRO_WARN_N]);
/** dro_warn_text(warn): one line for a person. */
const char *dro_warn_text(enum dro_warn warn);

struct dro_refused {
	enum dro_refuse why; /* DRO_REFUSE_NONE: nothing is wrong */
	char detail[200]; /* one line; may quote hostile text */
};

/** dro_refused_set(refused, why, fmt, ...): record the first reason only. */
void dro_refused_set(struct dro_refused *refused, enum dro_refuse why,
    const char *fmt, ...) DRO_PRINTF(3, 4);

#endif /* !DRO_ORCHESTRATOR_INGEST_CODES_H */
