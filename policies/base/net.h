#ifndef DRO_BASE_NET_H
#define DRO_BASE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A network, or one address: all 32 or 128 bits of it. */
struct dro_net {
	bool v6;
	int bits;
	uint8_t octets[16]; /* of IPv4 the first four; zero behind ${bits} */
};

/* Longest text of dro_net_text, with its NUL. */
#define DRO_NET_LEN 64

/**
 * dro_net_parse(text, out):
 * Read "192.0.2.10", "192.0.2.0/24", "2001:db8::1" or "2001:db8::/32" into
 * ${out}; bits behind the prefix are dropped.  False if it is none.
 */
bool dro_net_parse(const char *text, struct dro_net *out);

/** dro_net_within(net, of): whether all of ${net} lies in ${of}. */
bool dro_net_within(const struct dro_net *net, const struct dro_net *of);

/** dro_net_cut(net, bits): the network of ${bits} that ${net} lies in. */
struct dro_net dro_net_cut(const struct dro_net *net, int bits);

/**
 * dro_net_group(net):
 * The network of ${net} that stands for one sender: /24 or /48, as addresses
 * are kept once they are old; what is wider stays.
 */
struct dro_net dro_net_group(const struct dro_net *net);

/** dro_net_text(net, out): "192.0.2.0/24"; returns ${out}. */
const char *dro_net_text(const struct dro_net *net, char out[DRO_NET_LEN]);

#endif /* !DRO_BASE_NET_H */
