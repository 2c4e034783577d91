#ifndef DRO_ORCHESTRATOR_DNS_LOOKUP_H
#define DRO_ORCHESTRATOR_DNS_LOOKUP_H

#include <stddef.h>

#include "dns/answer.h"
#include "dns/dns.h"

/* CNAMEs that are followed from one name. */
#define DRO_LOOKUP_CNAMES_MAX 8

enum dro_lookup_status {
	DRO_LOOKUP_UNKNOWN, /* no answer, or none that can be used */
	DRO_LOOKUP_FOUND,
	DRO_LOOKUP_ABSENT /* there is none, and that is sure */
};

/* A name as receivers of mail see it. */
struct dro_lookup {
	const char *name; /* in: normalised */
	enum dro_rrtype type; /* in: TXT, MX, DRO_RR_A or DRO_RR_AAAA */
	enum dro_lookup_status status; /* out */
	const struct dro_rrset *rrset; /* out, if FOUND; in the arena */
};

/**
 * dro_lookup_many(dns, lookups, n, arena, err):
 * Ask the resolvers, or for names of domains with servers in config these,
 * and follow CNAMEs; sharing the questions in flight.  When nobody answers
 * about the first few hundred, the others are not asked and UNKNOWN too.
 * DRO_OK whatever they are; DRO_ENOMEM, DRO_EIO.
 */
enum dro_code dro_lookup_many(struct dro_dns *dns, struct dro_lookup *lookups,
    size_t n, struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_DNS_LOOKUP_H */
