#ifndef DRO_PROVIDERS_RFC2136_TSIG_H
#define DRO_PROVIDERS_RFC2136_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>

#include "base/buf.h"
#include "base/domain.h"
#include "provider.h"

/*
 * Transaction signatures, RFC 8945.  libldns 1.8.3 could make them too, but
 * misspells hmac-sha384, looks at no clock, and leaves the secret in freed
 * memory; so records are made and read by libldns, the HMAC by OpenSSL, and
 * what goes into it is put together here.
 */

/* RFC 8945 10: recommended. */
#define RFC2136_FUDGE_S 300

/* Errors inside a TSIG, RFC 8945 3. */
enum rfc2136_tsig_error {
	RFC2136_BADSIG = 16,
	RFC2136_BADKEY = 17,
	RFC2136_BADTIME = 18,
	RFC2136_BADTRUNC = 22
};

struct rfc2136_key {
	char name[DRO_DOMAIN_LEN];
	const char *algorithm; /* "hmac-sha256" */
	unsigned char secret[512];
	size_t secret_len;
};

/* What the answer is signed over besides itself. */
struct rfc2136_mac {
	unsigned char octets[64];
	size_t len;
	int64_t signed_at; /* Unix seconds, our clock */
};

/* A TSIG record of an answer, read. */
struct rfc2136_tsig {
	bool present;
	unsigned error;
	int64_t server_time; /* with BADTIME, else 0 */
};

/**
 * dro_rfc2136_key_init(key, conf, err), dro_rfc2136_key_finish(key):
 * Take key.name, key.algorithm and key.secret of the account; finish wipes.
 */
enum dro_code dro_rfc2136_key_init(struct rfc2136_key *key,
    const struct dro_conf *conf, struct dro_err *err) DRO_MUST_CHECK;
void dro_rfc2136_key_finish(struct rfc2136_key *key);

/**
 * dro_rfc2136_sign(key, pkt, now, wire, mac, err):
 * Append ${pkt} with a signature to ${wire}; keep in ${mac} what the answer
 * will be checked with.  ${pkt} owns the TSIG record afterwards.
 */
enum dro_code dro_rfc2136_sign(const struct rfc2136_key *key, ldns_pkt *pkt,
    int64_t now, struct dro_buf *wire, struct rfc2136_mac *mac,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rfc2136_verify(key, pkt, wire, len, mac, now):
 * True if the answer ${pkt}, received as the ${len} octets at ${wire}, is
 * signed with ${key} as the answer to the message of ${mac}, at a time near
 * ${now}.
 */
bool dro_rfc2136_verify(const struct rfc2136_key *key, const ldns_pkt *pkt,
    const unsigned char *wire, size_t len, const struct rfc2136_mac *mac,
    int64_t now);

/** dro_rfc2136_tsig_of(pkt): what the TSIG of an answer says, unverified. */
struct rfc2136_tsig dro_rfc2136_tsig_of(const ldns_pkt *pkt);

#endif /* !DRO_PROVIDERS_RFC2136_TSIG_H */
