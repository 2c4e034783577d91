#ifndef DRO_ORCHESTRATOR_DNS_SERVERS_H
#define DRO_ORCHESTRATOR_DNS_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/domain.h"
#include "base/err.h"
#include "dns/ask.h"
#include "dns/dns.h"

/* Most server addresses of one zone; the largest real ones have 26. */
#define DRO_ZONE_ADDRESSES_MAX 64

/* What is known of one address family of a name server. */
struct dro_host_family {
	bool known; /* the resolvers gave addresses, or said there are none */
	const char *why; /* not known, or none: the reason */
};

/* A name server and where it listens. */
struct dro_host {
	const char *name;
	size_t n;
	struct dro_address *addresses;
	struct dro_host_family family[2]; /* A, AAAA */
	unsigned asked, routed; /* in which find; for the finder alone */
};

/* The servers of a zone. */
struct dro_hosts {
	size_t n;
	struct dro_host **hosts;
};

/* Finds servers and remembers them. */
struct dro_finder;
struct dro_resolvers;

/**
 * dro_finder_create(conf, out, err), dro_finder_destroy(finder):
 * Copies what it needs of ${conf}; DRO_EINVAL names an address or a domain
 * that is none.  Without configured resolvers it takes the system's.
 */
enum dro_code dro_finder_create(const struct dro_dns_conf *conf,
    struct dro_finder **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_finder_destroy(struct dro_finder *finder);

/* One name whose servers are wanted. */
struct dro_find {
	const char *name; /* in: normalised */
	const struct dro_hosts *hosts; /* out, borrowed from the finder */
	enum dro_code code; /* out: DRO_OK, _ENOTFOUND or _ETIMEOUT */
	struct dro_err err; /* out, unless DRO_OK */
};

/**
 * dro_finder_find(finder, finds, n, err):
 * The servers of the zone each name lies in: those configured for the
 * longest domain equal to or above it; else those of the closest name at or
 * above it with NS records, as the resolvers have it, which for a name under
 * a delegation of its own is that name (not its parent).  Top-level domains
 * are nobody's zone here.  What the resolvers know is remembered, what they
 * could not say is asked again by the next call; so is the system about
 * routes to the addresses.  DRO_OK whatever the single
 * finds are; otherwise none counts.
 */
enum dro_code dro_finder_find(struct dro_finder *finder, struct dro_find *finds,
    size_t n, struct dro_err *err) DRO_MUST_CHECK;

/** dro_finder_ask_conf(finder): time-out and tries of every question. */
const struct dro_ask_conf *dro_finder_ask_conf(const struct dro_finder *finder);

/** dro_finder_is_fixed(finder, name): its servers are given in config. */
bool dro_finder_is_fixed(const struct dro_finder *finder, const char *name);

/** dro_finder_resolvers(finder): whom it asks. */
struct dro_resolvers *dro_finder_resolvers(struct dro_finder *finder);

#endif /* !DRO_ORCHESTRATOR_DNS_SERVERS_H */
