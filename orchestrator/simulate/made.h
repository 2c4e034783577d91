#ifndef DRO_ORCHESTRATOR_SIMULATE_MADE_H
#define DRO_ORCHESTRATOR_SIMULATE_MADE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The one generator of made-up aggregate reports: tests, the demo and
 * `simulate` use it.  It writes what a reporter would send and knows nothing
 * of how we read it.
 */
struct dro_made_row {
	const char *ip;
	int64_t count;
	const char *disposition; /* "none", "quarantine", ... */
	const char *dkim, *spf; /* policy_evaluated: "pass", "fail" or NULL */
	const char *header_from;
	const char *dkim_domain, *dkim_selector, *dkim_result; /* or NULL */
	const char *spf_domain, *spf_result;
};

struct dro_made_report {
	const char *org, *email, *report_id;
	int64_t begin, end;
	const char *domain;
	const char *record; /* DMARC record published in that time */
	int rfc9990; /* namespace and elements of RFC 9990 */
	size_t n_rows;
	const struct dro_made_row *rows;
};

/**
 * dro_made_tag(record, name):
 * The value of the tag ${name} in the DMARC record ${record}, white space
 * around it cut; ptr NULL when there is none.  Simple on purpose and apart
 * from our own parser: made-up worlds must not agree with it by construction.
 */
struct dro_str dro_made_tag(const char *record, const char *name);

/** dro_made_xml(report, out): append the XML of ${report} to ${out}. */
void dro_made_xml(const struct dro_made_report *report, struct dro_buf *out);

/**
 * dro_made_gzip(report, path, err):
 * Write ${report} as a gzip file at ${path}.
 */
enum dro_code dro_made_gzip(const struct dro_made_report *report,
    const char *path, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_SIMULATE_MADE_H */
