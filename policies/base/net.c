#include <arpa/inet.h>
#include <string.h>

#include "base/net.h"

/* Zero the bits behind the prefix, so that equal networks are equal octets. */
static void
cut(struct dro_net *net, int bits)
{
	size_t whole = (size_t)bits / 8;

	net->bits = bits;
	if (bits % 8 != 0)
		net->octets[whole++] &= (uint8_t)(0xff << (8 - bits % 8));
	memset(net->octets + whole, 0, sizeof(net->octets) - whole);
}

/* One to three decimal digits, to ${max}; -1 if it is none. */
static int
prefix(const char *text, int max)
{
	int n = 0, i;

	for (i = 0; i < 3 && text[i] >= '0' && text[i] <= '9'; i++)
		n = 10 * n + (text[i] - '0');
	return (i == 0 || text[i] != '\0' || n > max ? -1 : n);
}

bool
dro_net_parse(const char *text, struct dro_net *out)
{
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	int bits;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(address))
		return (false);
	memcpy(address, text, n);
	address[n] = '\0';
	out->v6 = strchr(address, ':') != NULL;
	if (inet_pton(out->v6 ? AF_INET6 : AF_INET, address, out->octets) != 1)
		return (false);
	bits = out->v6 ? 128 : 32;
	if (slash != NULL && (bits = prefix(slash + 1, bits)) < 0)
		return (false);
	cut(out, bits);
	return (true);
}

bool
dro_net_within(const struct dro_net *net, const struct dro_net *of)
{
	struct dro_net wide = *net;

	if (net->v6 != of->v6 || net->bits < of->bits)
		return (false);
	cut(&wide, of->bits);
	return (memcmp(wide.octets, of->octets, sizeof(of->octets)) == 0);
}

struct dro_net
dro_net_cut(const struct dro_net *net, int bits)
{
	struct dro_net wide = *net;

	if (bits < net->bits)
		cut(&wide, bits);
	return (wide);
}

struct dro_net
dro_net_group(const struct dro_net *net)
{
	struct dro_net group = *net;
	int bits = net->v6 ? 48 : 24;

	if (net->bits > bits)
		cut(&group, bits);
	return (group);
}

/* Decimal digits of a number below 1000; returns where they end. */
static char *
put_number(char *out, unsigned n)
{
	if (n >= 100)
		*out++ = (char)('0' + n / 100);
	if (n >= 10)
		*out++ = (char)('0' + n / 10 % 10);
	*out++ = (char)('0' + n % 10);
	return (out);
}

const char *
dro_net_text(const struct dro_net *net, char out[DRO_NET_LEN])
{
	char *end;
	int i;

	if (net->v6) {
		(void)inet_ntop(AF_INET6, net->octets, out, DRO_NET_LEN);
		end = out + strlen(out);
	} else {
		/* inet_ntop takes ten times as long; decisions have many. */
		for (end = out, i = 0; i < 4; i++) {
			end = put_number(end, net->octets[i]);
			*end++ = i < 3 ? '.' : '\0';
		}
		end--;
	}
	*end++ = '/';
	*put_number(end, (unsigned)net->bits) = '\0';
	return (out);
}
