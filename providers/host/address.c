#include <netinet/in.h>
#include <string.h>

#include "host/internal.h"

/* A prefix of an address, IPv4 in the first four octets. */
struct range {
	unsigned char prefix[16];
	unsigned bits;
	enum dro_reach reach;
};

/* Source: IANA special-purpose address registries (RFC 6890). */
static const struct range ranges4[] = {
    {{0}, 8, DRO_REACH_NEVER}, {{127}, 8, DRO_REACH_LOOPBACK},
    {{10}, 8, DRO_REACH_PRIVATE}, {{100, 64}, 10, DRO_REACH_PRIVATE},
    {{172, 16}, 12, DRO_REACH_PRIVATE}, {{192, 168}, 16, DRO_REACH_PRIVATE},
    {{169, 254}, 16, DRO_REACH_NEVER}, /* link-local and metadata */
    {{224}, 3, DRO_REACH_NEVER}, /* multicast, reserved, broadcast */
};

static const struct range ranges6[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, DRO_REACH_LOOPBACK},
    {{0}, 96, DRO_REACH_NEVER}, /* unspecified; IPv4-compatible */
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128,
	DRO_REACH_NEVER}, /* metadata */
    {{0xfc}, 7, DRO_REACH_PRIVATE},
    {{0xfe, 0xc0}, 10, DRO_REACH_PRIVATE}, /* site-local, deprecated */
    {{0xfe, 0x80}, 10, DRO_REACH_NEVER},
    {{0xff}, 8, DRO_REACH_NEVER},
};

/* IPv6 prefixes that carry an IPv4 address in their last 32 bits. */
static const struct range carriers[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, DRO_REACH_PUBLIC},
    {{0, 0x64, 0xff, 0x9b}, 96, DRO_REACH_PUBLIC},
};

static bool
within(const unsigned char *address, const struct range *range)
{
	unsigned whole = range->bits / 8, rest = range->bits % 8;
	unsigned mask = 0xffu & (0xff00u >> rest);

	if (memcmp(address, range->prefix, whole) != 0)
		return (false);
	return (rest == 0 ||
	    (address[whole] & mask) == (range->prefix[whole] & mask));
}

static enum dro_reach
look_up(const unsigned char *address, const struct range *ranges, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (within(address, &ranges[i]))
			return (ranges[i].reach);
	return (DRO_REACH_PUBLIC);
}

static enum dro_reach
reach6(const unsigned char *address)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(carriers); i++)
		if (within(address, &carriers[i]))
			return (look_up(
			    address + 12, ranges4, DRO_ARRAY_LEN(ranges4)));
	return (look_up(address, ranges6, DRO_ARRAY_LEN(ranges6)));
}

enum dro_reach
dro_reach_of(const struct sockaddr *addr)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (addr->sa_family == AF_INET) {
		memcpy(&in4, addr, sizeof(in4));
		return (look_up((const unsigned char *)&in4.sin_addr, ranges4,
		    DRO_ARRAY_LEN(ranges4)));
	}
	if (addr->sa_family == AF_INET6) {
		memcpy(&in6, addr, sizeof(in6));
		return (reach6(in6.sin6_addr.s6_addr));
	}
	return (DRO_REACH_NEVER);
}
