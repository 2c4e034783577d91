#ifndef DRO_ORCHESTRATOR_DNS_ADDRESS_H
#define DRO_ORCHESTRATOR_DNS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* "255.255.255.255@65535" or an IPv6 address likewise, and a NUL. */
#define DRO_ADDRESS_LEN (INET6_ADDRSTRLEN + 6)

/* Where a DNS server listens. */
struct dro_address {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} ip;
	uint16_t port;
	char text[DRO_ADDRESS_LEN]; /* "192.0.2.1@53" */
	bool routed; /* as the finder last saw it */
};

/**
 * dro_address_parse(s, out):
 * Read "ADDRESS" or "ADDRESS@PORT", IPv4 or IPv6; the port is 53 when there
 * is none.  False if it is not that.
 */
bool dro_address_parse(const char *s, struct dro_address *out) DRO_MUST_CHECK;

/**
 * dro_address_routed(address):
 * False if this machine has no way to send to ${address}, typically because
 * it has no IPv6.  Sends nothing.
 */
bool dro_address_routed(const struct dro_address *address);

#endif /* !DRO_ORCHESTRATOR_DNS_ADDRESS_H */
