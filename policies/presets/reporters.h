#ifndef DRO_PRESETS_REPORTERS_H
#define DRO_PRESETS_REPORTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/domain.h"

/* Octets of a local part (RFC 5321 4.5.3.1.1) and of an identity, with NUL. */
#define DRO_LOCAL_MAX 64
#define DRO_REPORTER_LEN (DRO_LOCAL_MAX + 1 + DRO_DOMAIN_LEN)

/* A large mailbox provider or filter that is known to send reports. */
struct dro_large_reporter {
	const char *domain; /* of From: this, or one below it */
	const char *local; /* the one local part that counts; NULL: any */
	const char *name; /* as people know it */
	const char *why; /* it is on the list */
};

/** dro_large_reporters(n): the shipped list, sorted by domain. */
const struct dro_large_reporter *dro_large_reporters(size_t *n);

/**
 * dro_large_reporter(local, domain):
 * The entry that the address ${local}@${domain} (lower case) belongs to, or
 * NULL.
 */
const struct dro_large_reporter *dro_large_reporter(
    const char *local, const char *domain);

/**
 * dro_reporter_is_large(identity):
 * Whether ${identity}, as dro_sender_judge names reporters, is on the list:
 * it equals the domain of an entry.
 */
bool dro_reporter_is_large(const char *identity);

/**
 * dro_reporter_identity(local, domain, organisation, out):
 * The name under which the authenticated ${local}@${domain} (lower case,
 * normalised, of the organisational domain ${organisation}) is known: the
 * domain of its entry; else the address itself where others have addresses
 * in the same domain; else the organisation.  Returns ${out}.
 */
const char *dro_reporter_identity(const char *local, const char *domain,
    const char *organisation, char out[DRO_REPORTER_LEN]);

#endif /* !DRO_PRESETS_REPORTERS_H */
