#ifndef DRO_PROVIDERS_RFC2136_MESSAGE_H
#define DRO_PROVIDERS_RFC2136_MESSAGE_H

#include <stdbool.h>

#include <ldns/ldns.h>

#include "rfc2136/tsig.h"

/* One account: a server, and the key it knows us by. */
struct rfc2136 {
	struct dro_host *host;
	const char *account;
	const char *server; /* "HOST" or "HOST@PORT" */
	const char *try_zone; /* or NULL */
	struct rfc2136_key key;
	bool proven; /* an answer was signed with our key in this run */
};

/**
 * dro_rfc2136_exchange(r, pkt, subject, out, err):
 * Sign ${pkt}, send it, and give its answer, which the caller frees.  DRO_OK
 * only for answers that mean what their rcode says to a query or an update:
 * NOERROR, NXDOMAIN, and the failed prerequisites YXDOMAIN, YXRRSET, NXRRSET,
 * all with a good signature.  Others are errors that say of ${subject} what
 * is wrong and what to do.  The answer to a change that cannot be relied on
 * is DRO_ETIMEOUT.
 */
enum dro_code dro_rfc2136_exchange(struct rfc2136 *r, ldns_pkt *pkt,
    const char *subject, ldns_pkt **out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_rfc2136_query(name, type): a query; NULL when out of memory. */
ldns_pkt *dro_rfc2136_query(const char *name, ldns_rr_type type);

/**
 * dro_rfc2136_rr(name, type, class, ttl): a record without data; NULL when
 * out of memory.
 */
ldns_rr *dro_rfc2136_rr(
    const char *name, ldns_rr_type type, ldns_rr_class class, uint32_t ttl);

/**
 * dro_rfc2136_refusal(r, answer, subject, mac, err):
 * The error for an answer that refuses.
 */
enum dro_code dro_rfc2136_refusal(const struct rfc2136 *r,
    const ldns_pkt *answer, const char *subject, const struct rfc2136_mac *mac,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PROVIDERS_RFC2136_MESSAGE_H */
