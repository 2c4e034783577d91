#include <string.h>

#include "internal.h"

/*
 * The lines of one report as octets, one after the other:
 *
 *     number of the identity, pass, fail, unknown: seven bits per octet,
 *     low ones first, the high bit set on all but the last;
 *     length of the address: one octet; the address as text.
 *
 * A row per line would cost more to write than the whole report costs to
 * read; nothing is ever looked for inside but by who reads all of it.
 */

/* Octets that a number can take. */
#define NUMBER_MAX 10

static size_t
put_number(char *out, int64_t value)
{
	uint64_t left = (uint64_t)value;
	size_t n = 0;

	for (; left > 0x7f; left >>= 7)
		out[n++] = (char)(left | 0x80);
	out[n++] = (char)left;
	return (n);
}

void
dro_number_put(struct dro_buf *out, int64_t value)
{
	char octets[NUMBER_MAX];

	dro_buf_add(out, octets, put_number(octets, value));
}

void
dro_cells_add(struct dro_buf *out, const struct dro_packed *line)
{
	char octets[4 * NUMBER_MAX + 1];
	size_t n;

	n = put_number(octets, line->identity);
	n += put_number(octets + n, line->pass);
	n += put_number(octets + n, line->fail);
	n += put_number(octets + n, line->unknown);
	octets[n++] = (char)line->ip.len;
	dro_buf_add(out, octets, n);
	dro_buf_add(out, line->ip.ptr, line->ip.len);
}

bool
dro_number_get(struct dro_str *in, int64_t *out)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 63 && in->len > 0; shift += 7) {
		unsigned char c = (unsigned char)*in->ptr++;

		in->len--;
		value |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0) {
			*out = (int64_t)value;
			return (true);
		}
	}
	return (false);
}

bool
dro_cells_next(struct dro_str *in, struct dro_packed *line)
{
	struct dro_str at = *in;
	size_t len;

	if (!dro_number_get(&at, &line->identity) ||
	    !dro_number_get(&at, &line->pass) ||
	    !dro_number_get(&at, &line->fail) ||
	    !dro_number_get(&at, &line->unknown) || at.len == 0)
		return (false);
	len = (unsigned char)*at.ptr;
	if (len > at.len - 1)
		return (false);
	line->ip = (struct dro_str){at.ptr + 1, len};
	*in = (struct dro_str){at.ptr + 1 + len, at.len - 1 - len};
	return (true);
}

struct dro_str
dro_sql_cells(const struct dro_sql *q, int column)
{
	struct dro_str cells;

	cells.ptr = sqlite3_column_blob(q->stmt, column);
	cells.len = (size_t)sqlite3_column_bytes(q->stmt, column);
	return (cells);
}

/* ---- from version 1, which had a row per line */

static enum dro_code
write_moved(struct dro_store *store, int64_t report, struct dro_buf *cells,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_buf_check(cells, "cells of a report", err)) != DRO_OK ||
	    cells->len == 0)
		return (code);
	dro_sql_open(&q, store, "UPDATE report SET cells = ? WHERE id = ?");
	dro_sql_blob(&q, cells->ptr, cells->len);
	dro_sql_int(&q, report);
	code = dro_sql_run(&q, err);
	dro_buf_reset(cells);
	return (code);
}

enum dro_code
dro_cells_move(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code, last;
	struct dro_packed line;
	struct dro_buf cells;
	int64_t report = 0;
	struct dro_sql q;
	bool row;

	dro_buf_init(&cells, DRO_CELLS_MAX);
	dro_sql_open(&q, store,
	    "SELECT c.report, i.id, c.pass, c.fail, c.unknown, s.ip"
	    " FROM cell c JOIN stream s ON s.id = c.stream"
	    " JOIN identity i USING (dkim, selector, dkim_other, mail_from,"
	    "  claim, claim_selector)"
	    " ORDER BY c.report");
	while ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		if (report != dro_sql_get_int(&q, 0) &&
		    (code = write_moved(store, report, &cells, err)) != DRO_OK)
			break;
		report = dro_sql_get_int(&q, 0);
		line.identity = dro_sql_get_int(&q, 1);
		line.pass = dro_sql_get_int(&q, 2);
		line.fail = dro_sql_get_int(&q, 3);
		line.unknown = dro_sql_get_int(&q, 4);
		line.ip = dro_str_of(dro_sql_get(&q, 5));
		dro_cells_add(&cells, &line);
	}
	dro_sql_close(&q);
	last = write_moved(store, report, &cells, code == DRO_OK ? err : NULL);
	dro_buf_finish(&cells);
	return (code == DRO_OK ? last : code);
}
