#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Addresses of persons are kept for a while only; then of networks. */

/* "2001:db8:7::/48" */
#define NETWORK_LEN (INET6_ADDRSTRLEN + 4)

/* What is left of an address; of what is none, nothing. */
static struct dro_str
network_of(struct dro_str ip, char out[NETWORK_LEN])
{
	unsigned char a[sizeof(struct in6_addr)];
	char text[DRO_IP_MAX + 1];

	if (memchr(ip.ptr, '/', ip.len) != NULL)
		return (ip); /* cut before */
	memcpy(text, ip.ptr, ip.len);
	text[ip.len] = '\0';
	if (inet_pton(AF_INET, text, a) == 1) {
		a[3] = 0;
		(void)inet_ntop(AF_INET, a, out, NETWORK_LEN);
		memcpy(out + strlen(out), "/24", sizeof("/24"));
	} else if (inet_pton(AF_INET6, text, a) == 1) {
		memset(a + 6, 0, 10);
		(void)inet_ntop(AF_INET6, a, out, INET6_ADDRSTRLEN);
		memcpy(out + strlen(out), "/48", sizeof("/48"));
	} else
		out[0] = '\0';
	return (dro_str_of(out));
}

/* Add ${line} to ${sum}, if it is about the same and the sums hold it. */
static bool
add_up(struct dro_packed *sum, const struct dro_packed *line)
{
	int64_t pass, fail, unknown;

	if (sum->identity != line->identity || sum->ip.len != line->ip.len ||
	    memcmp(sum->ip.ptr, line->ip.ptr, line->ip.len) != 0 ||
	    dro_add_overflow(sum->pass, line->pass, &pass) ||
	    dro_add_overflow(sum->fail, line->fail, &fail) ||
	    dro_add_overflow(sum->unknown, line->unknown, &unknown))
		return (false);
	sum->pass = pass;
	sum->fail = fail;
	sum->unknown = unknown;
	return (true);
}

enum dro_code
dro_cells_cut(struct dro_str in, struct dro_buf *out, struct dro_err *err)
{
	char networks[2][NETWORK_LEN]; /* of the sum, and of the next line */
	struct dro_packed line, sum;
	unsigned next = 0;
	bool any = false;

	while (in.len > 0) {
		if (!dro_cells_next(&in, &line))
			return (dro_err_set(err, DRO_ESTATE,
			    "lines of a report are damaged; restore a "
			    "backup of the database"));
		line.ip = network_of(line.ip, networks[next]);
		if (any && add_up(&sum, &line))
			continue;
		if (any)
			dro_cells_add(out, &sum);
		sum = line;
		any = true;
		next ^= 1;
	}
	if (any)
		dro_cells_add(out, &sum);
	return (dro_buf_check(out, "lines of a report", err));
}
