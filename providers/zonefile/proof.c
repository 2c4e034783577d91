#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "zonetext.h"

/* While one file is read. */
struct reading {
	struct dro_zf_view *view;
	struct dro_arena *arena;
	ldns_rdf *apex, *name; /* own */
	ldns_rr_type type;
	ldns_buffer *wire; /* own */
	size_t n_soa;
	size_t line;
};

/* libldns joins a record's lines in a buffer; the file may add some text. */
#define RECORD_MAX ((size_t)LDNS_MAX_LINELEN - 512)

/* Append without CR; scan.c saw that each ends a line. */
static void
add_lf(struct dro_buf *out, const char *text, size_t len)
{
	const char *end = text + len, *cr;

	while ((cr = memchr(text, '\r', (size_t)(end - text))) != NULL) {
		dro_buf_add(out, text, (size_t)(cr - text));
		text = cr + 1;
	}
	dro_buf_add(out, text, (size_t)(end - text));
}

/*
 * The text as libldns must see it: its reader takes a relative $ORIGIN for
 * an absolute one, takes no class before a TTL, and reads 1x as a TTL.  All
 * else, line ends included (but for CR), stays, so that libldns finds the
 * records by its own rules.
 */
static enum dro_code
plain_text(struct dro_zf_scan *scan, struct dro_buf *out, struct dro_err *err)
{
	const char *text = scan->text;
	struct dro_zf_entry e;
	enum dro_code rc;
	char *origin;
	size_t i, end;

	for (;;) {
		if ((rc = dro_zf_scan_next(scan, &e, err)) != DRO_OK)
			return (rc);
		i = e.all.off;
		end = i + e.all.len;
		if (e.kind == DRO_ZF_END)
			return (dro_buf_check(out, "zone file", err));
		if (e.kind == DRO_ZF_ORIGIN) {
			if ((origin = ldns_rdf2str(scan->origin)) == NULL)
				return (dro_err_nomem(err));
			dro_buf_addf(out, "$ORIGIN %s\n", origin);
			free(origin);
			continue;
		}
		if (e.kind == DRO_ZF_TTL) {
			dro_buf_addf(out, "$TTL %u\n", scan->default_s);
			continue;
		}
		if (e.ttl.len != 0 && e.class.len != 0 &&
		    e.class.off < e.ttl.off) {
			add_lf(out, text + i, e.class.off - i);
			dro_buf_addf(out, "%u IN", e.ttl_s);
			i = e.class.off + e.class.len;
			add_lf(out, text + i, e.ttl.off - i);
			i = e.ttl.off + e.ttl.len;
		}
		add_lf(out, text + i, end - i);
	}
}

/* The digest of what ${record} says; without owner and TTL if rdata only. */
static enum dro_code
digest(struct reading *r, const ldns_rr *record, bool rdata_only,
    unsigned char out[32], struct dro_err *err)
{
	size_t i;

	ldns_buffer_clear(r->wire);
	if (!rdata_only) {
		if (ldns_rr2buffer_wire_canonical(
			r->wire, record, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
			return (dro_err_nomem(err));
	} else
		for (i = 0; i < ldns_rr_rd_count(record); i++)
			if (ldns_rdf2buffer_wire_canonical(r->wire,
				ldns_rr_rdf(record, i)) != LDNS_STATUS_OK)
				return (dro_err_nomem(err));
	(void)SHA256(
	    ldns_buffer_begin(r->wire), ldns_buffer_position(r->wire), out);
	return (DRO_OK);
}

/* The value of a TXT or MX record, as struct dro_value has it. */
static enum dro_code
value_of(const ldns_rr *record, struct dro_rrset *out, struct dro_arena *arena,
    struct dro_err *err)
{
	struct dro_buf buf;
	enum dro_code rc;
	char *host;
	size_t i;

	dro_buf_init(&buf, UINT16_MAX);
	if (ldns_rr_get_type(record) == LDNS_RR_TYPE_TXT) {
		for (i = 0; i < ldns_rr_rd_count(record); i++) {
			const ldns_rdf *part = ldns_rr_rdf(record, i);

			dro_buf_add(&buf, ldns_rdf_data(part) + 1,
			    ldns_rdf_size(part) - 1);
		}
	} else {
		ldns_dname2canonical(ldns_rr_rdf(record, 1));
		host = ldns_rdf2str(ldns_rr_rdf(record, 1));
		if (host == NULL)
			return (dro_err_nomem(err));
		dro_buf_addf(&buf, "%u %s",
		    ldns_rdf2native_int16(ldns_rr_rdf(record, 0)), host);
		free(host);
	}
	if ((rc = dro_buf_check(&buf, "record", err)) == DRO_OK)
		rc = dro_rrset_add(
		    out, arena, buf.len == 0 ? "" : buf.ptr, buf.len, err);
	dro_buf_finish(&buf);
	return (rc);
}

/* A record of the RRset; one that repeats another counts once. */
static enum dro_code
add_owned(struct reading *r, const ldns_rr *record, struct dro_err *err)
{
	struct dro_zf_view *view = r->view;
	struct dro_rrset one;
	struct dro_zf_record *mine;
	enum dro_code rc;
	size_t i;

	if (view->n == DRO_RRSET_VALUES_MAX)
		return (dro_err_set(err, DRO_ELIMIT,
		    "%s %s: more than %d records", view->rrset.name,
		    dro_rrtype_name(view->rrset.type), DRO_RRSET_VALUES_MAX));
	mine = &view->records[view->n];
	dro_rrset_init(&one, view->rrset.name, view->rrset.type);
	if ((rc = digest(r, record, true, mine->digest, err)) != DRO_OK ||
	    (rc = value_of(record, &one, r->arena, err)) != DRO_OK)
		return (rc);
	mine->ttl_s = ldns_rr_ttl(record);
	mine->value = one.values[0];
	if (mine->ttl_s > view->rrset.ttl_s)
		view->rrset.ttl_s = mine->ttl_s;
	for (i = 0; i < view->n; i++)
		if (memcmp(view->records[i].digest, mine->digest, 32) == 0)
			break;
	if (i == view->n)
		view->rrset.values[view->rrset.n++] = mine->value;
	view->n++;
	return (DRO_OK);
}

static enum dro_code
add_soa(struct reading *r, ldns_rr *record, struct dro_err *err)
{
	ldns_rdf *serial = ldns_rr_rdf(record, 2), *zero;
	enum dro_code rc;

	if (r->n_soa++ > 0 ||
	    ldns_dname_compare(ldns_rr_owner(record), r->apex) != 0)
		return (dro_err_set(err, DRO_EINVAL,
		    "line %zu: a second SOA, or one not at %s", r->line,
		    r->view->apex));
	r->view->serial = ldns_rdf2native_int32(serial);
	if ((zero = ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, 0)) == NULL)
		return (dro_err_nomem(err));
	ldns_rr_set_rdf(record, zero, 2);
	rc = digest(r, record, false, r->view->soa, err);
	ldns_rdf_deep_free(serial);
	return (rc);
}

static enum dro_code
add_other(struct reading *r, const ldns_rr *record, struct dro_err *err)
{
	struct dro_zf_view *view = r->view;
	unsigned char(*grown)[32];
	size_t cap;

	if (view->n_others == view->cap_others) {
		cap = view->cap_others == 0 ? 64 : view->cap_others * 2;
		if ((grown = realloc(view->others, cap * sizeof(*grown))) ==
		    NULL)
			return (dro_err_nomem(err));
		view->others = grown;
		view->cap_others = cap;
	}
	return (digest(r, record, false, view->others[view->n_others++], err));
}

/* Keep the text of a name in ${out}. */
static enum dro_code
keep_name(const ldns_rdf *name, char out[1024], struct dro_err *err)
{
	char *text = ldns_rdf2str(name);

	if (text == NULL)
		return (dro_err_nomem(err));
	(void)snprintf(out, 1024, "%s", text);
	free(text);
	return (DRO_OK);
}

/* What else at or above the name decides who owns the RRset. */
static enum dro_code
notice(struct reading *r, const ldns_rr *record, struct dro_err *err)
{
	const ldns_rdf *owner = ldns_rr_owner(record);
	bool here = ldns_dname_compare(owner, r->name) == 0;
	bool above = ldns_dname_is_subdomain(r->name, owner);

	switch (ldns_rr_get_type(record)) {
	case LDNS_RR_TYPE_RRSIG:
	case LDNS_RR_TYPE_ZONEMD:
		r->view->is_signed = true;
		break;
	case LDNS_RR_TYPE_CNAME:
		if (here)
			return (keep_name(
			    ldns_rr_rdf(record, 0), r->view->cname, err));
		break;
	case LDNS_RR_TYPE_NS:
		if ((here || above) && ldns_dname_is_subdomain(owner, r->apex))
			return (keep_name(owner, r->view->cut, err));
		break;
	case LDNS_RR_TYPE_DNAME:
		if (above)
			return (keep_name(owner, r->view->cut, err));
		break;
	default:
		break;
	}
	return (DRO_OK);
}

static enum dro_code
add_record(struct reading *r, ldns_rr *record, struct dro_err *err)
{
	enum dro_code rc;

	if ((rc = notice(r, record, err)) != DRO_OK)
		return (rc);
	if (ldns_rr_get_type(record) == LDNS_RR_TYPE_SOA)
		return (add_soa(r, record, err));
	if (ldns_rr_get_type(record) == r->type &&
	    ldns_dname_compare(ldns_rr_owner(record), r->name) == 0)
		return (add_owned(r, record, err));
	return (add_other(r, record, err));
}

/* Let libldns read records until the end of ${fp}. */
static enum dro_code
read_records(struct reading *r, FILE *fp, struct dro_err *err)
{
	ldns_rdf *origin = ldns_rdf_clone(r->apex), *prev = NULL;
	ldns_status status;
	uint32_t ttl = LDNS_DEFAULT_TTL;
	enum dro_code rc = origin == NULL ? dro_err_nomem(err) : DRO_OK;
	int line = 0;

	while (rc == DRO_OK && !feof(fp)) {
		ldns_rr *record = NULL;

		status = ldns_rr_new_frm_fp_l(
		    &record, fp, &ttl, &origin, &prev, &line);
		r->line = (size_t)line;
		if (status == LDNS_STATUS_OK)
			rc = add_record(r, record, err);
		else if (status != LDNS_STATUS_SYNTAX_EMPTY &&
		    status != LDNS_STATUS_SYNTAX_TTL &&
		    status != LDNS_STATUS_SYNTAX_ORIGIN)
			rc = dro_err_set(err, DRO_EINVAL, "line %zu: %s",
			    r->line, ldns_get_errorstr_by_id(status));
		ldns_rr_free(record);
	}
	ldns_rdf_deep_free(origin);
	ldns_rdf_deep_free(prev);
	return (rc);
}

static int
by_octets(const void *a, const void *b)
{
	return (memcmp(a, b, 32));
}

static enum dro_code
read_all(struct reading *r, struct dro_buf *text, struct dro_err *err)
{
	struct dro_zf_view *view = r->view;
	enum dro_code rc;
	FILE *fp;

	if (text->len == 0)
		return (dro_err_set(err, DRO_EINVAL, "the file is empty"));
	if ((fp = fmemopen(text->ptr, text->len, "r")) == NULL)
		return (dro_err_nomem(err));
	rc = read_records(r, fp, err);
	(void)fclose(fp);
	if (rc != DRO_OK)
		return (rc);
	if (r->n_soa == 0)
		return (
		    dro_err_set(err, DRO_EINVAL, "no SOA of %s", view->apex));
	if (view->n_others > 0)
		qsort(view->others, view->n_others, sizeof(*view->others),
		    by_octets);
	return (DRO_OK);
}

enum dro_code
dro_zf_view_init(struct dro_zf_view *view, const char *text, size_t len,
    const char *apex, const char *name, enum dro_rrtype type,
    struct dro_arena *arena, struct dro_err *err)
{
	struct reading r = {
	    .view = view, .arena = arena, .type = (ldns_rr_type)type};
	struct dro_zf_scan scan;
	struct dro_buf plain;
	enum dro_code rc;

	memset(view, 0, sizeof(*view));
	(void)snprintf(view->apex, sizeof(view->apex), "%s", apex);
	dro_rrset_init(&view->rrset, name, type);
	dro_buf_init(&plain, DRO_ZF_MAX * 2);
	r.apex = ldns_dname_new_frm_str(apex);
	r.name = ldns_dname_new_frm_str(name);
	r.wire = ldns_buffer_new(UINT16_MAX);
	rc = dro_zf_scan_init(&scan, text, len, apex, name, type, err);
	if (rc == DRO_OK &&
	    (r.apex == NULL || r.name == NULL || r.wire == NULL))
		rc = dro_err_nomem(err);
	if (rc == DRO_OK)
		rc = plain_text(&scan, &plain, err);
	if (rc == DRO_OK)
		rc = read_all(&r, &plain, err);
	dro_zf_scan_finish(&scan);
	dro_buf_finish(&plain);
	ldns_rdf_deep_free(r.apex);
	ldns_rdf_deep_free(r.name);
	ldns_buffer_free(r.wire);
	return (rc);
}

void
dro_zf_view_finish(struct dro_zf_view *view)
{
	free(view->others);
	view->others = NULL;
}

enum dro_code
dro_zf_normal(const struct dro_rrset *rrset, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	const char *type = dro_rrtype_name(rrset->type);
	ldns_rr *record = NULL;
	struct dro_buf text;
	enum dro_code rc = DRO_OK;
	size_t i;

	dro_rrset_init(out, rrset->name, rrset->type);
	out->ttl_s = rrset->ttl_s;
	if (rrset->type != DRO_RR_TXT && rrset->type != DRO_RR_MX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: only TXT and MX are written", rrset->name, type));
	if (rrset->ttl_s > INT32_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: TTL %u is above 2147483647 (RFC 2181 8)",
		    rrset->name, type, rrset->ttl_s));
	dro_buf_init(&text, RECORD_MAX);
	for (i = 0; i < rrset->n && rc == DRO_OK; i++) {
		dro_buf_reset(&text);
		dro_buf_addf(
		    &text, "%s. %u IN %s ", rrset->name, rrset->ttl_s, type);
		dro_zf_rdata(&text, rrset->type, &rrset->values[i]);
		if (text.failed || strlen(text.ptr) != text.len ||
		    ldns_rr_new_frm_str(&record, text.ptr, 0, NULL, NULL) !=
			LDNS_STATUS_OK)
			rc = dro_err_set(err, DRO_EINVAL,
			    "%s %s: value %zu does not fit a line of a zone "
			    "file or is no %s",
			    rrset->name, type, i + 1, type);
		else
			rc = value_of(record, out, arena, err);
		ldns_rr_free(record);
		record = NULL;
	}
	dro_buf_finish(&text);
	return (rc);
}

enum dro_code
dro_zf_prove(const struct dro_zf_view *before, const struct dro_zf_view *after,
    const struct dro_rrset *wanted, struct dro_err *err)
{
	uint32_t step = after->serial - before->serial;
	size_t i;

	if (!dro_rrset_same_values(&after->rrset, wanted))
		return (dro_err_set(err, DRO_EINVAL,
		    "the spliced text would hold other values of %s %s",
		    wanted->name, dro_rrtype_name(wanted->type)));
	for (i = 0; i < after->n; i++)
		if (after->records[i].ttl_s != wanted->ttl_s)
			return (dro_err_set(err, DRO_EINVAL,
			    "the spliced text would give %s a TTL of %u, not "
			    "%u",
			    wanted->name, after->records[i].ttl_s,
			    wanted->ttl_s));
	if (step == 0 || step > INT32_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "the serial would go from %u to %u (RFC 1982)",
		    before->serial, after->serial));
	if (memcmp(before->soa, after->soa, 32) != 0)
		return (dro_err_set(
		    err, DRO_EINVAL, "the SOA would change otherwise"));
	if (before->n_others != after->n_others ||
	    (before->n_others > 0 &&
		memcmp(before->others, after->others, before->n_others * 32) !=
		    0))
		return (dro_err_set(err, DRO_EINVAL,
		    "a record other than %s %s would change", wanted->name,
		    dro_rrtype_name(wanted->type)));
	return (DRO_OK);
}
