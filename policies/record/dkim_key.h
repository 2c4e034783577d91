#ifndef DRO_RECORD_DKIM_KEY_H
#define DRO_RECORD_DKIM_KEY_H

#include "record/rrset.h"

enum dro_key_state {
	DRO_KEY_GOOD,
	DRO_KEY_NONE, /* nothing there */
	DRO_KEY_REVOKED, /* empty p= (RFC 6376 3.6.1) */
	DRO_KEY_BROKEN /* verifiers cannot use it */
};

/* The DKIM key at one selector, as a verifier takes it. */
struct dro_dkim_key {
	enum dro_key_state state;
	const char *type; /* "rsa" or "ed25519" if GOOD */
	const char *fault; /* if BROKEN: one phrase */
};

/**
 * dro_dkim_key_read(txt):
 * The key among the values of ${txt} (RFC 6376 3.6.1).  Of several values a
 * good one counts, for a wildcard may add others.  RSA below 1024 bits is no
 * key (RFC 8301 3.2), nor is one of an unknown type (RFC 8463 3).
 */
struct dro_dkim_key dro_dkim_key_read(const struct dro_rrset *txt);

#endif /* !DRO_RECORD_DKIM_KEY_H */
