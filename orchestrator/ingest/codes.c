#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "ingest/codes.h"

static const char *const refusals[DRO_REFUSE_N] = {
    [DRO_REFUSE_NONE] = "none",
    [DRO_REFUSE_UNREADABLE] = "unreadable",
    [DRO_REFUSE_NOT_REGULAR] = "not-regular",
    [DRO_REFUSE_EMPTY] = "empty",
    [DRO_REFUSE_NOT_A_REPORT] = "not-a-report",
    [DRO_REFUSE_INPUT_SIZE] = "input-size",
    [DRO_REFUSE_OUTPUT_SIZE] = "output-size",
    [DRO_REFUSE_LAYERS] = "layers",
    [DRO_REFUSE_MAIL_HEADER] = "mail-header",
    [DRO_REFUSE_MAIL_PARTS] = "mail-parts",
    [DRO_REFUSE_MAIL_DEPTH] = "mail-depth",
    [DRO_REFUSE_MAIL_NO_REPORT] = "mail-no-report",
    [DRO_REFUSE_SENDER_LIMIT] = "sender-limit",
    [DRO_REFUSE_GZIP_CORRUPT] = "gzip-corrupt",
    [DRO_REFUSE_GZIP_TRUNCATED] = "gzip-truncated",
    [DRO_REFUSE_GZIP_MEMBERS] = "gzip-members",
    [DRO_REFUSE_GZIP_RATIO] = "gzip-ratio",
    [DRO_REFUSE_ZIP_CORRUPT] = "zip-corrupt",
    [DRO_REFUSE_ZIP_ENCRYPTED] = "zip-encrypted",
    [DRO_REFUSE_ZIP_METHOD] = "zip-method",
    [DRO_REFUSE_ZIP_ENTRIES] = "zip-entries",
    [DRO_REFUSE_ZIP_RATIO] = "zip-ratio",
    [DRO_REFUSE_ZIP_NO_REPORT] = "zip-no-report",
    [DRO_REFUSE_XML_MALFORMED] = "xml-malformed",
    [DRO_REFUSE_XML_DOCTYPE] = "xml-doctype",
    [DRO_REFUSE_XML_ENCODING] = "xml-encoding",
    [DRO_REFUSE_XML_DEPTH] = "xml-depth",
    [DRO_REFUSE_XML_TEXT] = "xml-text",
    [DRO_REFUSE_XML_TOKEN] = "xml-token",
    [DRO_REFUSE_XML_MIXED] = "xml-mixed",
    [DRO_REFUSE_XML_ROOT] = "xml-root",
    [DRO_REFUSE_ROWS] = "rows",
    [DRO_REFUSE_ROW_SIZE] = "row-size",
    [DRO_REFUSE_COUNT] = "count",
    [DRO_REFUSE_RANGE] = "range",
    [DRO_REFUSE_DOMAIN] = "domain",
    [DRO_REFUSE_REPORTER] = "reporter",
    [DRO_REFUSE_REPORT_ID] = "report-id",
    [DRO_REFUSE_WORKER_CRASHED] = "worker-crashed",
    [DRO_REFUSE_WORKER_TIMEOUT] = "worker-timeout",
    [DRO_REFUSE_WORKER_MEMORY] = "worker-memory",
};

static const struct {
	const char *name;
	const char *text;
} warnings[DRO_WARN_N] = {
    [DRO_WARN_NO_ROWS] = {"no-rows", "no record; does not count"},
    [DRO_WARN_RANGE_EMPTY] = {"range-empty",
	"begin equals end; does not count"},
    [DRO_WARN_RANGE_REVERSED] = {"range-reversed",
	"end before begin; does not count"},
    [DRO_WARN_RANGE_LONG] = {"range-long",
	"covers more than 8 days; does not count"},
    [DRO_WARN_RANGE_FUTURE] = {"range-future",
	"ends in the future; does not count"},
    [DRO_WARN_OUTSIDE_WINDOW] = {"outside-window",
	"begins more than 400 days ago; does not count"},
    [DRO_WARN_RANGE_OVER_DAY] = {"range-over-day",
	"covers more than a day (26 hours)"},
    [DRO_WARN_TIME_DECIMAL] = {"time-decimal",
	"begin or end has a fraction, which was cut"},
    [DRO_WARN_BOM] = {"bom", "begins with a byte order mark"},
    [DRO_WARN_LEADING_SPACE] = {"leading-space",
	"white space before the XML declaration"},
    [DRO_WARN_NAMESPACE_ODD] = {"namespace-odd",
	"an XML namespace that no RFC defines"},
    [DRO_WARN_VERSION_ODD] = {"version-odd", "version is not 1.0"},
    [DRO_WARN_ELEMENT_TWICE] = {"element-twice",
	"an element that stands once was given again; the first was taken"},
    [DRO_WARN_IDENTITIES] = {"identities",
	"identities instead of identifiers, as in a draft"},
    [DRO_WARN_ORG_MISSING] = {"org-missing",
	"no org_name; the domain of email was taken"},
    [DRO_WARN_EMAIL_MISSING] = {"email-missing", "no email"},
    [DRO_WARN_P_MISSING] = {"p-missing", "policy_published has no p"},
    [DRO_WARN_POLICY_ODD] = {"policy-odd",
	"a value in policy_published that DMARC does not have was ignored"},
    [DRO_WARN_SP_EMPTY] = {"sp-empty", "sp is empty; taken as absent"},
    [DRO_WARN_ROW_EMPTY] = {"row-empty",
	"a record without address and count was skipped"},
    [DRO_WARN_IP_ODD] = {"ip-odd",
	"a source_ip is missing or no address; its row counts without"},
    [DRO_WARN_HEADER_FROM_MISSING] = {"header-from-missing",
	"no header_from; the policy domain was taken"},
    [DRO_WARN_VALUE_CASE] = {"value-case",
	"a result or disposition in capitals"},
    [DRO_WARN_RESULT_ODD] = {"result-odd",
	"an evaluated result other than pass and fail"},
    [DRO_WARN_RESULT_MISSING] = {"result-missing",
	"an evaluated result is missing: unknown unless the other passes"},
    [DRO_WARN_DISPOSITION_ODD] = {"disposition-odd",
	"a disposition is missing or unknown"},
    [DRO_WARN_REASON_EMPTY] = {"reason-empty", "an override without type"},
    [DRO_WARN_SIGNATURES_MANY] = {"signatures-many",
	"more than 100 results in one record; the first 100 were taken"},
    [DRO_WARN_GZIP_TRAILING] = {"gzip-trailing",
	"bytes after the end of the gzip data were ignored"},
    [DRO_WARN_ZIP_IGNORED] = {"zip-ignored",
	"an entry that is no report was ignored"},
    [DRO_WARN_REPORTER_MISMATCH] = {"reporter-mismatch",
	"org_name and email are of another domain than the mail's sender"},
    [DRO_WARN_REPORTER_IGNORED] = {"reporter-ignored",
	"the configuration ignores this reporter; moves nothing"},
    [DRO_WARN_RUA_OTHER] = {"rua-other",
	"the mail did not come to the rua address of this domain; moves "
	"nothing"},
};

_Static_assert(DRO_WARN_N < 63, "a set of warnings is a positive number");

const char *
dro_refuse_name(enum dro_refuse why)
{
	assert(why < DRO_REFUSE_N);
	return (refusals[why]);
}

const char *
dro_warn_name(enum dro_warn warn)
{
	assert(warn < DRO_WARN_N);
	return (warnings[warn].name);
}

size_t
dro_warn_names(dro_warns warns, const char *names[DRO_WARN_N])
{
	size_t n = 0;
	int i;

	for (i = 0; i < DRO_WARN_N; i++)
		if ((warns & DRO_WARN_BIT(i)) != 0)
			names[n++] = dro_warn_name((enum dro_warn)i);
	return (n);
}

const char *
dro_warn_text(enum dro_warn warn)
{
	assert(warn < DRO_WARN_N);
	return (warnings[warn].text);
}

void
dro_refused_set(
    struct dro_refused *refused, enum dro_refuse why, const char *fmt, ...)
{
	va_list ap;

	if (refused->why != DRO_REFUSE_NONE)
		return;
	refused->why = why;
	va_start(ap, fmt);
	(void)vsnprintf(refused->detail, sizeof(refused->detail), fmt, ap);
	va_end(ap);
}
