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

/* Octets of an address that a mail came to (RFC 5321 4.5.3.1). */
#define DRO_RECIPIENT_MAX 320

/*
 * Who sent a mail, as far as it proves that.  Strings live where the reading
 * that made it says; "" where there is none.
 */
struct dro_sender {
	enum dro_auth auth;
	bool again; /* DNS did not answer: read the mail again another day */
	const char *from; /* domain of the one RFC 5322 From */
	const char *signer; /* d= that proved it, or the domain A-R names */
	const char *selector;
	const char *identity; /* the reporter's name (dro_reporter_identity);
				  "" unless authenticated */
	int key_bits; /* of RSA; 0: none, or not RSA */
	const char *note; /* one line: what decided */
	const char *recipient; /* the address that it came to, lower case, if
				  it was asked for and can be told */
};

/**
 * dro_sender_prepare(err):
 * Load what verifying needs (crypto, public suffixes, charsets), once per
 * process and before a sandbox closes the file system.  After that judging
 * opens nothing but what iconv may try for the display name of From, and does
 * without if it may not.
 */
enum dro_code dro_sender_prepare(struct dro_err *err) DRO_MUST_CHECK;

/* What a mail is judged by. */
struct dro_sender_conf {
	int64_t now;
	size_t n_ids; /* trusted authserv-ids; 0: A-R proves nothing */
	const char *const *ids;
	dro_key_fn *fetch; /* where DKIM keys come from */
	void *fetch_arg;
	const char *recipient; /* the field of the server; "" or NULL: none */
};

/**
 * dro_sender_judge(mail, len, conf, arena, out, err):
 * Judge the mail of ${len} octets.  In this order: INVALID if its header is
 * one that two readers could understand differently (header.h; a field twice
 * that may stand once) or has not exactly one From with one address;
 * DKIM_ALIGNED if a signature verifies that is aligned with From (same
 * organisational domain), with an RSA key of at least 1024 bits or Ed25519,
 * not SHA-1, without `l=`, signing From, not expired; AR_TRUSTED if the
 * topmost Authentication-Results field whose authserv-id equals one of the
 * trusted octet by octet has dmarc=pass for that From domain or an aligned
 * dkim=pass, and stands above every Received field but those at the top and
 * above what the author wrote (From, To, Subject, Date, Message-ID);
 * UNVERIFIABLE if all that lacks is a key that DNS no longer has, or
 * that it is too late (x=); INVALID if an aligned signature is broken;
 * UNAUTHENTICATED otherwise.  DRO_ENOMEM.
 * Source: RFC 6376, RFC 8301, RFC 8601 5 and 7.1, RFC 9990 8.
 */
enum dro_code dro_sender_judge(const char *mail, size_t len,
    const struct dro_sender_conf *conf, struct dro_arena *arena,
    struct dro_sender *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_SENDER_H */
