#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/address.h"

static bool
parse_port(const char *s, uint16_t *out)
{
	unsigned port = 0;
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		if (i == 5 || s[i] < '0' || s[i] > '9')
			return (false);
		port = port * 10 + (unsigned)(s[i] - '0');
	}
	*out = (uint16_t)port;
	return (port > 0 && port <= UINT16_MAX);
}

bool
dro_address_parse(const char *s, struct dro_address *out)
{
	const char *at = strchrnul(s, '@');
	size_t len = (size_t)(at - s);
	char ip[INET6_ADDRSTRLEN];

	memset(out, 0, sizeof(*out));
	out->port = 53;
	if (len >= sizeof(ip) ||
	    (*at == '@' && !parse_port(at + 1, &out->port)))
		return (false);
	memcpy(ip, s, len);
	ip[len] = '\0';
	out->family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, ip, &out->ip) != 1 ||
	    inet_ntop(out->family, &out->ip, ip, sizeof(ip)) == NULL)
		return (false);
	(void)snprintf(
	    out->text, sizeof(out->text), "%s@%u", ip, (unsigned)out->port);
	return (true);
}

/* Connecting a datagram socket looks the route up and sends nothing. */
static int
connect_udp(const struct dro_address *address)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr *to = (const struct sockaddr *)&v4;
	socklen_t len = sizeof(v4);
	int fd, error = 0;

	v4.sin_port = v6.sin6_port = htons(address->port);
	if (address->family == AF_INET) {
		v4.sin_addr = address->ip.v4;
	} else {
		v6.sin6_addr = address->ip.v6;
		to = (const struct sockaddr *)&v6;
		len = sizeof(v6);
	}
	if ((fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return (errno);
	if (connect(fd, to, len) != 0)
		error = errno;
	(void)close(fd);
	return (error);
}

bool
dro_address_routed(const struct dro_address *address)
{
	switch (connect_udp(address)) {
	case EAFNOSUPPORT:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
		return (false);
	default:
		return (true);
	}
}
