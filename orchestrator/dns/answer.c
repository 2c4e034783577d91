#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/buf.h"
#include "dns/answer.h"

/* RFC 2181 8: a TTL with the top bit set means zero. */
#define TTL_MAX 0x7fffffffU

void
dro_answer_not(struct dro_answer *out, const struct dro_asked *asked,
    enum dro_answer_status status, const char *detail)
{
	dro_rrset_init(&out->rrset, asked->name, asked->type);
	out->negative_ttl_s = 0;
	out->status = status;
	out->detail = detail != NULL ? detail : "out of memory";
}

static uint32_t
ttl_of(const ldns_rr *rr)
{
	uint32_t ttl = ldns_rr_ttl(rr);

	return (ttl > TTL_MAX ? 0 : ttl);
}

static bool
is_type(const ldns_rr *rr, int type)
{
	return (ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    (int)ldns_rr_get_type(rr) == type);
}

/* What the header says against using the reply; NULL if nothing. */
static const char *
header_fault(const ldns_pkt *pkt, bool authority)
{
	ldns_pkt_rcode rcode = ldns_pkt_get_rcode(pkt);
	const ldns_lookup_table *known;

	if (!ldns_pkt_qr(pkt) || ldns_pkt_get_opcode(pkt) != LDNS_PACKET_QUERY)
		return ("sent something that is no answer");
	if (ldns_pkt_edns_extended_rcode(pkt) != 0)
		return ("refuses EDNS");
	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN) {
		known = ldns_lookup_by_id(ldns_rcodes, (int)rcode);
		return (known != NULL ? known->name : "an unknown rcode");
	}
	if (authority && !ldns_pkt_aa(pkt))
		return ("is no authority for the name (answers without AA)");
	if (ldns_pkt_tc(pkt))
		return ("answer truncated even over TCP");
	return (NULL);
}

/* TXT: the character-strings joined without separator (RFC 7208 3.3). */
static enum dro_code
add_txt(const ldns_rr *rr, struct dro_rrset *out, struct dro_arena *arena,
    struct dro_err *err)
{
	char joined[DRO_TXT_MAX];
	size_t i, n = ldns_rr_rd_count(rr), len = 0, part;
	const ldns_rdf *rdf;

	if (n == 0)
		return (dro_err_set(err, DRO_EPARSE, "TXT without a string"));
	for (i = 0; i < n; i++) {
		rdf = ldns_rr_rdf(rr, i);
		/* The first octet is the length of the others. */
		if (ldns_rdf_size(rdf) == 0)
			return (dro_err_set(err, DRO_EPARSE, "TXT garbled"));
		part = ldns_rdf_size(rdf) - 1;
		if (part > sizeof(joined) - len)
			return (dro_err_set(err, DRO_ELIMIT,
			    "TXT longer than %d octets", DRO_TXT_MAX));
		memcpy(joined + len, ldns_rdf_data(rdf) + 1, part);
		len += part;
	}
	return (dro_rrset_add(out, arena, joined, len, err));
}

/* Other types: presentation form, fields one space apart. */
static enum dro_code
add_fields(ldns_rr *rr, struct dro_rrset *out, struct dro_arena *arena,
    struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_buf text;
	char *field;
	size_t i;

	ldns_rr2canonical(rr); /* lower case (RFC 4034 6.2) */
	dro_buf_init(&text, DRO_TXT_MAX);
	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		if ((field = ldns_rdf2str(ldns_rr_rdf(rr, i))) == NULL) {
			code = dro_err_nomem(err);
			break;
		}
		if (i > 0)
			dro_buf_addc(&text, ' ');
		dro_buf_adds(&text, field);
		free(field);
	}
	if (code == DRO_OK)
		code = dro_buf_check(&text, "value", err);
	if (code == DRO_OK && text.len == 0)
		code = dro_err_set(err, DRO_EPARSE, "record without data");
	if (code == DRO_OK)
		code = dro_rrset_add(out, arena, text.ptr, text.len, err);
	dro_buf_finish(&text);
	return (code);
}

static enum dro_code
add_record(ldns_rr *rr, struct dro_rrset *out, struct dro_arena *arena,
    struct dro_err *err)
{
	/* The RRs of a set share their TTL; if not, the lowest holds. */
	if (out->n == 0 || ttl_of(rr) < out->ttl_s)
		out->ttl_s = ttl_of(rr);
	if (out->type == DRO_RR_TXT)
		return (add_txt(rr, out, arena, err));
	return (add_fields(rr, out, arena, err));
}

/* The answer section: the RRset at the name, or the CNAME there. */
static void
read_answers(const ldns_rr_list *list, const ldns_rdf *owner,
    const struct dro_asked *asked, struct dro_arena *arena,
    struct dro_answer *out)
{
	struct dro_rrset cname;
	struct dro_err err;
	ldns_rr *rr;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		rr = ldns_rr_list_rr(list, i);
		if (ldns_dname_compare(ldns_rr_owner(rr), owner) != 0)
			continue;
		if (is_type(rr, (int)asked->type)) {
			if (add_record(rr, &out->rrset, arena, &err) == DRO_OK)
				continue;
		} else if (is_type(rr, DRO_RR_CNAME)) {
			dro_rrset_init(&cname, asked->name, DRO_RR_CNAME);
			if (add_record(rr, &cname, arena, &err) == DRO_OK) {
				dro_answer_not(out, asked, DRO_ANSWER_CNAME,
				    cname.values[0].ptr);
				return;
			}
		} else {
			continue;
		}
		dro_answer_not(out, asked, DRO_ANSWER_BAD,
		    dro_arena_strdup(arena, err.msg));
		return;
	}
}

/* RFC 2308 5: min(SOA TTL, SOA MINIMUM); without SOA nothing is cached. */
static uint32_t
negative_ttl(const ldns_rr_list *list, const ldns_rdf *owner)
{
	uint32_t minimum;
	const ldns_rr *rr;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		rr = ldns_rr_list_rr(list, i);
		if (!is_type(rr, DRO_RR_SOA) || ldns_rr_rd_count(rr) != 7 ||
		    (ldns_dname_compare(ldns_rr_owner(rr), owner) != 0 &&
			!ldns_dname_is_subdomain(owner, ldns_rr_owner(rr))))
			continue;
		minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, 6));
		if (minimum > TTL_MAX)
			minimum = 0;
		return (ttl_of(rr) < minimum ? ttl_of(rr) : minimum);
	}
	return (0);
}

void
dro_answer_read(const unsigned char *wire, size_t len,
    const struct dro_asked *asked, struct dro_arena *arena,
    struct dro_answer *out)
{
	ldns_pkt *pkt = NULL;
	ldns_rdf *owner = NULL;
	const char *fault;

	dro_answer_not(out, asked, DRO_ANSWER_OK, "");
	out->detail = NULL;
	if (ldns_wire2pkt(&pkt, wire, len) != LDNS_STATUS_OK) {
		dro_answer_not(out, asked, DRO_ANSWER_BAD, "garbled answer");
		return;
	}
	if ((fault = header_fault(pkt, asked->authority)) != NULL) {
		dro_answer_not(out, asked, DRO_ANSWER_BAD, fault);
	} else if ((owner = ldns_dname_new_frm_str(asked->name)) == NULL) {
		dro_answer_not(out, asked, DRO_ANSWER_BAD, NULL);
	} else {
		read_answers(ldns_pkt_answer(pkt), owner, asked, arena, out);
		if (out->status == DRO_ANSWER_OK && out->rrset.n == 0)
			out->negative_ttl_s =
			    negative_ttl(ldns_pkt_authority(pkt), owner);
		else if (out->status == DRO_ANSWER_OK &&
		    ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN)
			dro_answer_not(out, asked, DRO_ANSWER_BAD,
			    "NXDOMAIN, and yet data");
	}
	ldns_rdf_deep_free(owner);
	ldns_pkt_free(pkt);
}
