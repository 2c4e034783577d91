#ifndef DRO_PRESETS_REPORTERS_H
#define DRO_PRESETS_REPORTERS_H

#include <stdbool.h>
#include <stddef.h>

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
 * dro_is_mailbox_domain(domain):
 * Whether anybody can have an address in ${domain}, so that its signature
 * proves the address and speaks for no organisation.  Equal or below one.
 */
bool dro_is_mailbox_domain(const char *domain);

#endif /* !DRO_PRESETS_REPORTERS_H */
