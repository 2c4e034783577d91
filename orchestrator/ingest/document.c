#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "ingest/document.h"
#include "ingest/meaning.h"
#include "ingest/stream.h"
#include "ingest/xml.h"

struct dro_document {
	struct dro_xml *xml;
	struct dro_lines *lines;
	EVP_MD_CTX *sha; /* over what is taken, in order */
	struct dro_meaning room;
	struct dro_report sums; /* counters only, until the end */
	dro_warns warns;
	bool nomem;
	const char *names[DRO_WARN_N]; /* of the warnings, for the report */
};

static dro_row_fn take_row;

struct dro_document *
dro_document_create(void)
{
	struct dro_document *doc;

	if ((doc = calloc(1, sizeof(*doc))) == NULL)
		return (NULL);
	doc->xml = dro_xml_create(take_row, doc);
	doc->lines = dro_lines_create();
	doc->sha = EVP_MD_CTX_new();
	if (doc->xml == NULL || doc->lines == NULL || doc->sha == NULL) {
		dro_document_destroy(doc);
		return (NULL);
	}
	return (doc);
}

void
dro_document_destroy(struct dro_document *doc)
{
	if (doc == NULL)
		return;
	dro_xml_destroy(doc->xml);
	dro_lines_destroy(doc->lines);
	EVP_MD_CTX_free(doc->sha);
	free(doc);
}

/* Add to the hash; NUL and the fixed order keep fields apart. */
static void
hash(struct dro_document *doc, const char *text)
{
	if (EVP_DigestUpdate(doc->sha, text, strlen(text) + 1) != 1)
		doc->nomem = true;
}

static void
hash_number(struct dro_document *doc, int64_t n)
{
	unsigned char octets[8];
	size_t i;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)((uint64_t)n >> (8 * i));
	if (EVP_DigestUpdate(doc->sha, octets, sizeof(octets)) != 1)
		doc->nomem = true;
}

static void
hash_auths(struct dro_document *doc, const struct dro_row_auth *auths, size_t n)
{
	size_t i;

	hash_number(doc, (int64_t)n);
	for (i = 0; i < n; i++) {
		hash(doc, auths[i].domain);
		hash(doc, auths[i].selector);
		hash(doc, auths[i].result);
		hash(doc, auths[i].scope);
	}
}

static void
hash_row(struct dro_document *doc, const struct dro_row *row)
{
	hash_number(doc, row->count);
	hash(doc, row->ip);
	hash(doc, row->disposition);
	hash(doc, row->dkim);
	hash(doc, row->spf);
	hash(doc, row->header_from);
	hash_auths(doc, row->sigs, row->n_sigs);
	hash_auths(doc, row->spfs, row->n_spfs);
}

static void
hash_report(struct dro_document *doc, const struct dro_report *r)
{
	const char *policy[] = {r->p, r->sp, r->np, r->pct, r->t};
	size_t i;

	hash(doc, r->org);
	hash(doc, r->email);
	hash(doc, r->report_id);
	hash(doc, r->domain);
	hash_number(doc, r->begin);
	hash_number(doc, r->end);
	for (i = 0; i < DRO_ARRAY_LEN(policy); i++)
		hash(doc, policy[i] != NULL ? policy[i] : "");
}

static int
disposition_of(const char *text, dro_warns *warns)
{
	static const char *const known[] = {
	    [DRO_DISP_NONE] = "none",
	    [DRO_DISP_QUARANTINE] = "quarantine",
	    [DRO_DISP_REJECT] = "reject",
	    [DRO_DISP_PASS] = "pass",
	};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(known); i++) {
		if (!dro_str_ieq(dro_str_of(text), known[i]))
			continue;
		if (strcmp(text, known[i]) != 0)
			*warns |= DRO_WARN_BIT(DRO_WARN_VALUE_CASE);
		return ((int)i);
	}
	*warns |= DRO_WARN_BIT(DRO_WARN_DISPOSITION_ODD);
	return (DRO_DISP_OTHER);
}

/* Sums cannot overflow: 500 000 rows of at most 10^9 messages. */
_Static_assert(DRO_ROWS_MAX <= INT64_MAX / DRO_ROW_COUNT_MAX, "sums fit");

static void
add_up(struct dro_report *sums, const struct dro_row *row,
    const struct dro_judged *judged)
{
	sums->messages += row->count;
	sums->disposition[judged->disposition] += row->count;
	if (judged->dkim == DRO_PASS)
		sums->dkim_aligned += row->count;
	if (judged->spf == DRO_PASS)
		sums->spf_aligned += row->count;
	if (judged->dkim == DRO_PASS || judged->spf == DRO_PASS)
		sums->dmarc_pass += row->count;
	else if (judged->dkim == DRO_UNKNOWN || judged->spf == DRO_UNKNOWN)
		sums->unknown += row->count;
}

static bool
take_row(void *arg, const struct dro_form *form, const struct dro_row *row)
{
	struct dro_document *doc = arg;
	struct dro_judged judged;

	judged.dkim = dro_verdict_of(row->dkim, &doc->warns);
	judged.spf = dro_verdict_of(row->spf, &doc->warns);
	judged.disposition = disposition_of(row->disposition, &doc->warns);
	add_up(&doc->sums, row, &judged);
	hash_row(doc, row);
	if (!dro_lines_add(doc->lines, form, row, &judged, &doc->warns))
		doc->nomem = true;
	return (!doc->nomem);
}

void
dro_document_begin(struct dro_document *doc)
{
	memset(&doc->sums, 0, sizeof(doc->sums));
	doc->warns = 0;
	dro_lines_reset(doc->lines);
	doc->nomem = !dro_xml_begin(doc->xml) ||
	    EVP_DigestInit_ex(doc->sha, EVP_sha256(), NULL) != 1;
}

void
dro_document_warn(struct dro_document *doc, enum dro_warn warn)
{
	doc->warns |= DRO_WARN_BIT(warn);
}

bool
dro_document_feed(struct dro_document *doc, const char *ptr, size_t len)
{
	return (!doc->nomem && dro_xml_feed(doc->xml, ptr, len));
}

/* The names of the warnings, in the order of their table. */
static void
name_warnings(struct dro_document *doc, struct dro_report *out)
{
	out->warnings = doc->names;
	out->n_warnings = dro_warn_names(doc->warns, doc->names);
	out->counts = (doc->warns & DRO_WARNS_UNCOUNTED) == 0;
}

enum dro_code
dro_document_end(struct dro_document *doc, int64_t now, struct dro_report *out,
    struct dro_refused *refused, struct dro_err *err)
{
	const struct dro_form *form = dro_xml_form(doc->xml);
	bool complete = dro_xml_finish(doc->xml);

	*refused = *dro_xml_refused(doc->xml);
	if (refused->why != DRO_REFUSE_NONE)
		return (DRO_OK);
	if (!complete || doc->nomem)
		return (dro_err_nomem(err));
	*out = doc->sums;
	doc->warns |= form->warns;
	if (!dro_meaning_take(form, now, &doc->room, out, &doc->warns, refused))
		return (DRO_OK);
	hash_report(doc, out);
	if (EVP_DigestFinal_ex(doc->sha, out->content, NULL) != 1)
		doc->nomem = true;
	out->lines = dro_lines_finish(doc->lines, &out->n_lines);
	if (out->lines == NULL || doc->nomem)
		return (dro_err_nomem(err));
	out->names = dro_lines_names(doc->lines);
	name_warnings(doc, out);
	return (DRO_OK);
}

dro_warns
dro_document_warns(const struct dro_document *doc)
{
	return (doc->warns);
}
