#ifndef DRO_ORCHESTRATOR_INGEST_AUTHRES_H
#define DRO_ORCHESTRATOR_INGEST_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/domain.h"

/* Results of one field that are looked at; a server writes three or four. */
#define DRO_AUTHRES_MAX 32

enum dro_authres_method {
	DRO_AUTHRES_OTHER, /* spf, arc, iprev, ...: prove nothing here */
	DRO_AUTHRES_DKIM,
	DRO_AUTHRES_DMARC
};

/* One result; names are normalised, "" where they are not given. */
struct dro_authres_result {
	enum dro_authres_method method;
	bool pass;
	char header_from[DRO_DOMAIN_LEN];
	char header_d[DRO_DOMAIN_LEN];
	char header_i[DRO_DOMAIN_LEN]; /* its domain */
	char selector[DRO_DOMAIN_LEN]; /* header.s */
};

/* What one Authentication-Results field says. */
struct dro_authres {
	char id[DRO_DOMAIN_LEN]; /* authserv-id, octet by octet as written */
	size_t n; /* 0: "none" */
	struct dro_authres_result results[DRO_AUTHRES_MAX];
};

/**
 * dro_authres_parse(value, len, out):
 * Read the value of an Authentication-Results field, folds included.  False
 * for whatever is unusual, never a guess: no authserv-id, a version other
 * than 1, an open comment or quoted string, a property given twice for one
 * result, two results for dmarc, a name that is no domain, control
 * characters, or octets above 127 outside comments.  ${out} is meaningless
 * then.  Source: RFC 8601 2.2; values may also hold what base64 and addresses
 * need (OpenDKIM, Gmail).
 */
bool dro_authres_parse(
    const char *value, size_t len, struct dro_authres *out) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_AUTHRES_H */
