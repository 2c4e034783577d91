#include <time.h>

#include "host/host.h"

#include "rfc2136/message.h"

ldns_rr *
dro_rfc2136_rr(
    const char *name, ldns_rr_type type, ldns_rr_class class, uint32_t ttl)
{
	ldns_rr *rr = ldns_rr_new();
	ldns_rdf *owner = ldns_dname_new_frm_str(name);

	if (rr == NULL || owner == NULL) {
		ldns_rr_free(rr);
		ldns_rdf_deep_free(owner);
		return (NULL);
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, type);
	ldns_rr_set_class(rr, class);
	ldns_rr_set_ttl(rr, ttl);
	return (rr);
}

ldns_pkt *
dro_rfc2136_query(const char *name, ldns_rr_type type)
{
	ldns_rr *question = dro_rfc2136_rr(name, type, LDNS_RR_CLASS_IN, 0);
	ldns_pkt *pkt = ldns_pkt_new();

	if (question == NULL || pkt == NULL)
		goto fail;
	ldns_pkt_set_random_id(pkt);
	ldns_pkt_set_opcode(pkt, LDNS_PACKET_QUERY);
	ldns_rr_set_question(question, true);
	if (ldns_pkt_push_rr(pkt, LDNS_SECTION_QUESTION, question))
		return (pkt);
fail:
	ldns_rr_free(question);
	ldns_pkt_free(pkt);
	return (NULL);
}

static bool
is_update(const ldns_pkt *pkt)
{
	return (ldns_pkt_get_opcode(pkt) == LDNS_PACKET_UPDATE);
}

/* An answer nobody can rely on: for a change, the outcome is unknown. */
static enum dro_code
unreliable(const ldns_pkt *pkt, const char *subject, const char *why,
    struct dro_err *err)
{
	if (is_update(pkt))
		return (dro_err_set(err, DRO_ETIMEOUT,
		    "%s: update sent once, outcome unknown: %s", subject, why));
	return (dro_err_set(err, DRO_EREMOTE, "%s: %s", subject, why));
}

/* Rcodes that are an answer to what was asked. */
static bool
is_answer(ldns_pkt_rcode rcode)
{
	switch (rcode) {
	case LDNS_RCODE_NOERROR:
	case LDNS_RCODE_NXDOMAIN:
	case LDNS_RCODE_YXDOMAIN:
	case LDNS_RCODE_YXRRSET:
	case LDNS_RCODE_NXRRSET:
		return (true);
	default:
		return (false);
	}
}

/*
 * Sign ${pkt}, send it, read what comes: its octets in ${wire}, and the same
 * as ${answer}, which the caller frees.
 */
static enum dro_code
converse(struct rfc2136 *r, ldns_pkt *pkt, const char *subject,
    struct rfc2136_mac *mac, struct dro_buf *wire, ldns_pkt **answer,
    struct dro_err *err)
{
	struct dro_buf question;
	enum dro_code rc;

	*answer = NULL;
	dro_buf_init(&question, DRO_DNS_MESSAGE_MAX);
	rc = dro_rfc2136_sign(
	    &r->key, pkt, (int64_t)time(NULL), &question, mac, err);
	if (rc == DRO_OK)
		rc = dro_host_dns(r->host, r->server,
		    (const unsigned char *)question.ptr, question.len, wire,
		    err);
	if (rc != DRO_OK)
		dro_err_context(err, "%s", subject);
	else if (ldns_wire2pkt(answer, (const uint8_t *)wire->ptr, wire->len) !=
		LDNS_STATUS_OK ||
	    ldns_pkt_get_opcode(*answer) != ldns_pkt_get_opcode(pkt))
		rc = unreliable(pkt, subject,
		    "what came back is no answer to this message", err);
	dro_buf_finish(&question);
	return (rc);
}

/*
 * BADKEY to a query: no such key on the server, or (Knot) no right to this
 * zone.  A server that says so about the root too does not know the key.
 */
static bool
is_unknown_key(struct rfc2136 *r)
{
	ldns_pkt *query = dro_rfc2136_query(".", LDNS_RR_TYPE_SOA);
	ldns_pkt *answer = NULL;
	struct rfc2136_mac mac;
	struct dro_buf wire;
	bool unknown;

	dro_buf_init(&wire, DRO_DNS_MESSAGE_MAX);
	unknown = query != NULL &&
	    converse(r, query, ".", &mac, &wire, &answer, NULL) == DRO_OK &&
	    dro_rfc2136_tsig_of(answer).error == RFC2136_BADKEY;
	dro_buf_finish(&wire);
	ldns_pkt_free(answer);
	ldns_pkt_free(query);
	return (unknown);
}

static enum dro_code
refuse(struct rfc2136 *r, const ldns_pkt *answer, const char *subject,
    const struct rfc2136_mac *mac, struct dro_err *err)
{
	enum dro_code rc = dro_rfc2136_refusal(r, answer, subject, mac, err);

	if (rc == DRO_EAUTH && err != NULL && !r->proven &&
	    dro_rfc2136_tsig_of(answer).error == RFC2136_BADKEY &&
	    is_unknown_key(r))
		err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}

enum dro_code
dro_rfc2136_exchange(struct rfc2136 *r, ldns_pkt *pkt, const char *subject,
    ldns_pkt **out, struct dro_err *err)
{
	ldns_pkt *answer = NULL;
	struct rfc2136_mac mac;
	struct dro_buf wire;
	enum dro_code rc;
	bool good;

	*out = NULL;
	dro_buf_init(&wire, DRO_DNS_MESSAGE_MAX);
	rc = converse(r, pkt, subject, &mac, &wire, &answer, err);
	if (rc != DRO_OK)
		goto out;
	good =
	    dro_rfc2136_verify(&r->key, answer, (const unsigned char *)wire.ptr,
		wire.len, &mac, (int64_t)time(NULL));
	if (!is_answer(ldns_pkt_get_rcode(answer))) {
		rc = refuse(r, answer, subject, &mac, err);
	} else if (!good) {
		rc = unreliable(pkt, subject,
		    "the answer has no good signature by our key, so anybody "
		    "may have written it; does the server itself answer here, "
		    "and does it know TSIG?",
		    err);
	} else {
		*out = answer;
		answer = NULL;
	}
	r->proven = r->proven || good;
out:
	ldns_pkt_free(answer);
	dro_buf_finish(&wire);
	return (rc);
}
