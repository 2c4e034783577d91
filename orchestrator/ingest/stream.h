#ifndef DRO_ORCHESTRATOR_INGEST_STREAM_H
#define DRO_ORCHESTRATOR_INGEST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/codes.h"
#include "ingest/xml.h"
#include "reports.h"

/* An evaluated result (design section 6: missing is neither). */
enum dro_verdict { DRO_PASS, DRO_FAIL, DRO_UNKNOWN };

/**
 * dro_verdict_of(text, warns):
 * "pass" and "fail" in any case; another result of RFC 8601 2.7 that is
 * final (none, softfail, ...) is a fail; temporary errors, words of nobody
 * and nothing at all are unknown.  What is odd goes into ${warns}.
 */
enum dro_verdict dro_verdict_of(const char *text, dro_warns *warns);

/* What one row comes to. */
struct dro_judged {
	enum dro_verdict dkim, spf;
	int disposition; /* DRO_DISP_... */
};

/*
 * Rows of one report, summed by stream, reused from report to report.
 */
struct dro_lines;

/** dro_lines_create(): NULL when out of memory. */
struct dro_lines *dro_lines_create(void);
void dro_lines_destroy(struct dro_lines *lines);
void dro_lines_reset(struct dro_lines *lines);

/**
 * dro_lines_add(lines, form, row, judged, warns):
 * Add the messages of ${row} to its stream.  Alignment is that of the policy
 * in ${form}: the same organisational domain as header_from, or the same
 * name where adkim or aspf is s (RFC 7489 3.1, RFC 9990 3.1.3).  False when
 * out of memory.
 */
bool dro_lines_add(struct dro_lines *lines, const struct dro_form *form,
    const struct dro_row *row, const struct dro_judged *judged,
    dro_warns *warns);

/**
 * dro_lines_finish(lines, n):
 * The sums, ${n} of them, in the order in which streams first appeared;
 * valid until reset.  NULL when out of memory, never for none.
 */
const struct dro_line *dro_lines_finish(struct dro_lines *lines, size_t *n);

/** dro_lines_names(lines): of what dro_lines_finish gave; see dro_report. */
const uint32_t *dro_lines_names(const struct dro_lines *lines);

#endif /* !DRO_ORCHESTRATOR_INGEST_STREAM_H */
