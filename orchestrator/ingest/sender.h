#ifndef DRO_ORCHESTRATOR_INGEST_SENDER_H
#define DRO_ORCHESTRATOR_INGEST_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "reports.h"

/* Signatures of one mail that are looked at; more make it suspicious. */
#define DRO_SIGNATURES_MAX 5
/* Octets of a key record: an RSA key of 4096 bits has about 750. */
#define DRO_KEY_TEXT_MAX 4096

/* What DNS said about the key of a signature. */
enum dro_key_status {
	DRO_KEY_FOUND,
	DRO_KEY_ABSENT, /* no such name or record: gone, or never there */
	DRO_KEY_UNKNOWN /* no answer: try again another day */
};

/*
 * Fetches the TXT record ${selector}._domainkey.${domain}; ${text} has room
 * for DRO_KEY_TEXT_MAX octets and a NUL.  Blocks; bounded in time.
 */
typedef enum dro_key_status dro_key_fn(
    void *arg, const char *selector, const char *domain, char *text);

/*
 * Who sent a mail, as far as it proves that.  Strings live where the reading
 * that made it says; "" where there is none.
 */
struct dro_sender {
	enum dro_auth auth;
	const char *from; /* domain of the one RFC 5322 From */
	const char *signer; /* d= that proved it, or the domain A-R names */
	const char *selector;
	const char *identity; /* the reporter's name; "" unless authenticated:
				  the domain of its entry in the list of
				  large ones, else From as it is where anybody
				  may have an address, else the
				  organisational domain of From */
	int key_bits; /* 0: none, or not RSA */
	const char *note; /* one line: what decided */
};

/**
 * dro_sender_prepare(err):
 * Load what verifying needs (crypto, public suffixes, charsets), once per
 * process and before a sandbox closes the file system.
 */
enum dro_code dro_sender_prepare(struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_sender_judge(mail, len, authserv_ids, n_ids, fetch, arg, arena, out,
 *     err):
 * Judge the mail of ${len} octets.  In this order: exactly one From field
 * with one address, else INVALID; a DKIM signature that verifies, aligned
 * with From (same organisational domain), with a key of at least 1024 bits
 * (RSA) or Ed25519 and no `l=`: DKIM_ALIGNED; else, where ${n_ids} > 0, the
 * topmost Authentication-Results field whose authserv-id equals one of them
 * octet by octet and that lies above every Received field but the first
 * block's, with dmarc=pass for that From domain or an aligned dkim=pass:
 * AR_TRUSTED; else UNVERIFIABLE if all that lacks is a key that DNS no longer
 * has, INVALID if an aligned signature is broken, UNAUTHENTICATED otherwise.
 * DRO_ENOMEM.  Source: RFC 6376, RFC 8601 5 and 7.1, RFC 9990 8.
 */
enum dro_code dro_sender_judge(const char *mail, size_t len,
    const char *const *authserv_ids, size_t n_ids, dro_key_fn *fetch, void *arg,
    struct dro_arena *arena, struct dro_sender *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_SENDER_H */
