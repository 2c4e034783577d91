#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Addresses of persons are kept for a while only; then of networks. */

struct dro_str
dro_network_of(struct dro_str ip, char out[DRO_NETWORK_LEN])
{
	unsigned char a[sizeof(struct in6_addr)];
	char text[DRO_IP_MAX + 1];

	if (memchr(ip.ptr, '/', ip.len) != NULL)
		return (ip); /* cut before */
	memcpy(text, ip.ptr, ip.len);
	text[ip.len] = '\0';
	if (inet_pton(AF_INET, text, a) == 1) {
		a[3] = 0;
		(void)inet_ntop(AF_INET, a, out, DRO_NETWORK_LEN);
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
	char networks[2]
		     [DRO_NETWORK_LEN]; /* of the sum, and of the next line */
	struct dro_packed line, sum;
	unsigned next = 0;
	bool any = false;

	while (in.len > 0) {
		if (!dro_cells_next(&in, &line))
			return (dro_err_set(err, DRO_ESTATE,
			    "lines of a report are damaged; restore a "
			    "backup of the database"));
		line.ip = dro_network_of(line.ip, networks[next]);
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

enum dro_code
dro_report_cut(struct dro_store *store, int64_t id, struct dro_buf *cells,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_buf_reset(cells);
	dro_sql_open(&q, store, "SELECT cells FROM report WHERE id = ?");
	dro_sql_int(&q, id);
	code = dro_sql_next(&q, &row, err);
	if (row)
		code = dro_cells_cut(dro_sql_cells(&q, 0), cells, err);
	dro_sql_close(&q);
	if (code != DRO_OK)
		return (code);
	dro_sql_open(
	    &q, store, "UPDATE report SET cells = ?, exact = 0 WHERE id = ?");
	dro_sql_blob(&q, cells->ptr, cells->len);
	dro_sql_int(&q, id);
	return (dro_sql_run(&q, err));
}
