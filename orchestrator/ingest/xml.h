#ifndef DRO_ORCHESTRATOR_INGEST_XML_H
#define DRO_ORCHESTRATOR_INGEST_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/codes.h"

#define DRO_XML_DEPTH_MAX 16
#define DRO_XML_TEXT_MAX 4096 /* octets of one element that is taken */
/* Input without any complete piece of XML: a giant name, value or comment. */
#define DRO_XML_TOKEN_MAX ((size_t)1 << 20)
#define DRO_ROWS_MAX 500000
#define DRO_ROW_COUNT_MAX INT64_C(1000000000) /* of one row */
/* RFC 9990 3.1.3 lets reporters name about 100 signatures in a row. */
#define DRO_ROW_AUTHS_MAX 100

/* Elements whose text is taken, outside the rows. */
enum dro_field {
	DRO_FIELD_VERSION,
	DRO_FIELD_ORG,
	DRO_FIELD_EMAIL,
	DRO_FIELD_REPORT_ID,
	DRO_FIELD_BEGIN,
	DRO_FIELD_END,
	DRO_FIELD_DOMAIN,
	DRO_FIELD_ADKIM,
	DRO_FIELD_ASPF,
	DRO_FIELD_P,
	DRO_FIELD_SP,
	DRO_FIELD_NP,
	DRO_FIELD_PCT,
	DRO_FIELD_TESTING,
	DRO_FIELD_N
};

/*
 * What a report says about itself, as written, white space around it cut;
 * NULL where the element is absent.
 */
struct dro_form {
	const char *text[DRO_FIELD_N];
	bool has_namespace; /* urn:ietf:params:xml:ns:dmarc-2.0 */
	bool has_new; /* an element that only RFC 9990 has */
	int64_t rows; /* handed on so far */
	dro_warns warns;
};

struct dro_row_auth {
	const char *domain, *selector, *result, *scope;
};

/* One record; texts are "" where absent and live until the next one. */
struct dro_row {
	int64_t count;
	const char *ip, *disposition, *dkim, *spf, *header_from;
	size_t n_sigs, n_spfs;
	struct dro_row_auth sigs[DRO_ROW_AUTHS_MAX];
	struct dro_row_auth spfs[DRO_ROW_AUTHS_MAX];
};

/* Called for each record; false stops the parser (out of memory). */
typedef bool dro_row_fn(
    void *arg, const struct dro_form *form, const struct dro_row *row);

/* A streaming reader of aggregate reports, reused from report to report. */
struct dro_xml;

/** dro_xml_create(fn, arg): NULL when out of memory. */
struct dro_xml *dro_xml_create(dro_row_fn *fn, void *arg);
void dro_xml_destroy(struct dro_xml *xml);

/** dro_xml_begin(xml): start a new report; false when out of memory. */
bool dro_xml_begin(struct dro_xml *xml);

/**
 * dro_xml_feed(xml, ptr, len), dro_xml_finish(xml):
 * More of the document, and its end.  The first piece holds at least four
 * octets if the document does.  Elements are matched by local name and by
 * their place, in any namespace; RFC 7489 Appendix C and RFC 9990 Appendix A
 * both.  False: the report is refused (dro_xml_refused) or memory ran out
 * (then the reason is DRO_REFUSE_NONE).
 */
bool dro_xml_feed(struct dro_xml *xml, const char *ptr, size_t len);
bool dro_xml_finish(struct dro_xml *xml);

const struct dro_refused *dro_xml_refused(const struct dro_xml *xml);
/** dro_xml_form(xml): valid until the next dro_xml_begin. */
const struct dro_form *dro_xml_form(const struct dro_xml *xml);

#endif /* !DRO_ORCHESTRATOR_INGEST_XML_H */
