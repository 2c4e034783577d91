#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <zlib.h>

#include "simulate/made.h"

/* Far above what the generator is asked for; a ceiling is still one. */
#define REPORT_MAX ((size_t)64 << 20)

#define NS_RFC9990 "urn:ietf:params:xml:ns:dmarc-2.0"

struct dro_str
dro_made_tag(const char *record, const char *name)
{
	struct dro_str none = {0};
	const char *p = record;

	while (*p != '\0') {
		size_t len = strcspn(p, ";");
		struct dro_str tag =
		    dro_str_trim((struct dro_str){.ptr = p, .len = len});
		size_t n = strlen(name);

		if (tag.len > n && memcmp(tag.ptr, name, n) == 0) {
			struct dro_str rest = dro_str_trim((struct dro_str){
			    .ptr = tag.ptr + n, .len = tag.len - n});

			if (rest.len > 0 && rest.ptr[0] == '=')
				return (dro_str_trim((struct dro_str){
				    .ptr = rest.ptr + 1, .len = rest.len - 1}));
		}
		p += len;
		if (*p == ';')
			p++;
	}
	return (none);
}

/* Text as XML character data: the five characters that mean something. */
static void
text(struct dro_buf *out, struct dro_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		switch (s.ptr[i]) {
		case '&':
			dro_buf_adds(out, "&amp;");
			break;
		case '<':
			dro_buf_adds(out, "&lt;");
			break;
		case '>':
			dro_buf_adds(out, "&gt;");
			break;
		case '"':
			dro_buf_adds(out, "&quot;");
			break;
		case '\'':
			dro_buf_adds(out, "&apos;");
			break;
		default:
			dro_buf_addc(out, s.ptr[i]);
		}
	}
}

/* <name>value</name>, or nothing for a NULL value. */
static void
element_str(struct dro_buf *out, const char *name, struct dro_str value)
{
	if (value.ptr == NULL)
		return;
	dro_buf_addf(out, "<%s>", name);
	text(out, value);
	dro_buf_addf(out, "</%s>\n", name);
}

static void
element(struct dro_buf *out, const char *name, const char *value)
{
	if (value != NULL)
		element_str(out, name, dro_str_of(value));
}

static void
number(struct dro_buf *out, const char *name, int64_t value)
{
	dro_buf_addf(out, "<%s>%" PRId64 "</%s>\n", name, value, name);
}

/* The tag of the record, or what its absence means. */
static void
tag(struct dro_buf *out, const char *name, struct dro_str found,
    const char *absent)
{
	if (found.ptr == NULL && absent != NULL)
		found = dro_str_of(absent);
	element_str(out, name, found);
}

/* RFC 7489 appendix C wants sp, pct and fo; RFC 9990 has np and testing. */
static void
policy_published(struct dro_buf *out, const struct dro_made_report *report)
{
	struct dro_str p = dro_made_tag(report->record, "p");
	struct dro_str sp = dro_made_tag(report->record, "sp");

	dro_buf_adds(out, "<policy_published>\n");
	element(out, "domain", report->domain);
	if (report->rfc9990)
		element(out, "discovery_method", "treewalk");
	tag(out, "p", p, "none");
	element_str(out, "sp", sp.ptr == NULL ? p : sp);
	if (report->rfc9990)
		element_str(out, "np", dro_made_tag(report->record, "np"));
	tag(out, "adkim", dro_made_tag(report->record, "adkim"), "r");
	tag(out, "aspf", dro_made_tag(report->record, "aspf"), "r");
	if (report->rfc9990)
		tag(out, "testing", dro_made_tag(report->record, "t"), "n");
	else
		tag(out, "pct", dro_made_tag(report->record, "pct"), "100");
	tag(out, "fo", dro_made_tag(report->record, "fo"), "0");
	dro_buf_adds(out, "</policy_published>\n");
}

static void
record(struct dro_buf *out, const struct dro_made_row *row)
{
	dro_buf_adds(out, "<record>\n<row>\n");
	element(out, "source_ip", row->ip);
	number(out, "count", row->count);
	dro_buf_adds(out, "<policy_evaluated>\n");
	element(out, "disposition", row->disposition);
	element(out, "dkim", row->dkim);
	element(out, "spf", row->spf);
	dro_buf_adds(out, "</policy_evaluated>\n</row>\n<identifiers>\n");
	element(out, "header_from", row->header_from);
	element(out, "envelope_from", row->spf_domain);
	dro_buf_adds(out, "</identifiers>\n<auth_results>\n");
	if (row->dkim_domain != NULL) {
		dro_buf_adds(out, "<dkim>\n");
		element(out, "domain", row->dkim_domain);
		element(out, "selector", row->dkim_selector);
		element(out, "result", row->dkim_result);
		dro_buf_adds(out, "</dkim>\n");
	}
	if (row->spf_domain != NULL) {
		dro_buf_adds(out, "<spf>\n");
		element(out, "domain", row->spf_domain);
		element(out, "scope", "mfrom");
		element(out, "result", row->spf_result);
		dro_buf_adds(out, "</spf>\n");
	}
	dro_buf_adds(out, "</auth_results>\n</record>\n");
}

void
dro_made_xml(const struct dro_made_report *report, struct dro_buf *out)
{
	dro_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (report->rfc9990)
		dro_buf_adds(out, "<feedback xmlns=\"" NS_RFC9990 "\">\n");
	else
		dro_buf_adds(out, "<feedback>\n");
	dro_buf_adds(out, "<version>1.0</version>\n<report_metadata>\n");
	element(out, "org_name", report->org);
	element(out, "email", report->email);
	element(out, "report_id", report->report_id);
	dro_buf_adds(out, "<date_range>\n");
	number(out, "begin", report->begin);
	number(out, "end", report->end);
	dro_buf_adds(out, "</date_range>\n</report_metadata>\n");
	policy_published(out, report);
	for (size_t i = 0; i < report->n_rows; i++)
		record(out, &report->rows[i]);
	dro_buf_adds(out, "</feedback>\n");
}

enum dro_code
dro_made_gzip(
    const struct dro_made_report *report, const char *path, struct dro_err *err)
{
	struct dro_buf xml;
	enum dro_code code;
	gzFile file;
	bool written;

	dro_buf_init(&xml, REPORT_MAX);
	dro_made_xml(report, &xml);
	if ((code = dro_buf_check(&xml, "made report", err)) != DRO_OK)
		goto out;
	if ((file = gzopen(path, "wb")) == NULL) {
		code = dro_err_set(err, DRO_EIO, "%s: cannot be created: %s",
		    path, strerror(errno));
		goto out;
	}
	written = gzwrite(file, xml.ptr, (unsigned)xml.len) == (int)xml.len;
	if (gzclose(file) != Z_OK || !written)
		code = dro_err_set(err, DRO_EIO, "%s: cannot be written: %s",
		    path, strerror(errno));
out:
	dro_buf_finish(&xml);
	return (code);
}
