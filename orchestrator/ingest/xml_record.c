#include <string.h>

#include "base/buf.h"
#include "ingest/xml_parts.h"

/* Texts of elements, and the records that they make. */

/* What may stand again in each record, and in each result or reason. */
#define ONCE_A_RESULT                                                          \
	(DRO_NODE_BIT(DRO_NODE_AUTH_DOMAIN) |                                  \
	    DRO_NODE_BIT(DRO_NODE_AUTH_SELECTOR) |                             \
	    DRO_NODE_BIT(DRO_NODE_AUTH_RESULT) |                               \
	    DRO_NODE_BIT(DRO_NODE_AUTH_SCOPE) |                                \
	    DRO_NODE_BIT(DRO_NODE_REASON_TYPE))
#define ONCE_A_RECORD                                                          \
	(ONCE_A_RESULT | DRO_NODE_BIT(DRO_NODE_IP) |                           \
	    DRO_NODE_BIT(DRO_NODE_COUNT) |                                     \
	    DRO_NODE_BIT(DRO_NODE_DISPOSITION) | DRO_NODE_BIT(DRO_NODE_DKIM) | \
	    DRO_NODE_BIT(DRO_NODE_SPF) | DRO_NODE_BIT(DRO_NODE_HEADER_FROM) |  \
	    DRO_NODE_BIT(DRO_NODE_ROW) | DRO_NODE_BIT(DRO_NODE_EVALUATED) |    \
	    DRO_NODE_BIT(DRO_NODE_IDENTIFIERS) |                               \
	    DRO_NODE_BIT(DRO_NODE_AUTH_RESULTS))

/* The text of the element that ends, white space around it cut. */
static const char *
keep(struct dro_xml *x, struct dro_xml_pool *pool)
{
	struct dro_str s = {x->text, x->n_text};
	char *at = pool->ptr + pool->len;

	s = dro_str_trim(s);
	if (s.len >= pool->cap - pool->len) {
		dro_xml_refuse(x, DRO_REFUSE_ROW_SIZE,
		    "one record holds more than 128 KiB of text");
		return ("");
	}
	memcpy(at, s.ptr, s.len);
	at[s.len] = '\0';
	pool->len += s.len + 1;
	return (at);
}

void
dro_xml_take_text(struct dro_xml *x, int node)
{
	if (node < DRO_FIELD_N) {
		x->form.text[node] = keep(x, &x->form_pool);
		return;
	}
	switch (node) {
	case DRO_NODE_AUTH_DOMAIN:
		x->auth->domain = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_SELECTOR:
		x->auth->selector = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_RESULT:
		x->auth->result = keep(x, &x->row_pool);
		break;
	case DRO_NODE_AUTH_SCOPE:
		x->auth->scope = keep(x, &x->row_pool);
		break;
	default:
		x->row_text[node] = keep(x, &x->row_pool);
	}
}

void
dro_xml_begin_record(struct dro_xml *x)
{
	size_t i;

	x->seen &= ~ONCE_A_RECORD;
	x->row_pool.len = 0;
	x->row.n_sigs = x->row.n_spfs = 0;
	for (i = 0; i < DRO_NODE_LEAVES; i++)
		x->row_text[i] = "";
	if (++x->records > DRO_ROWS_MAX)
		dro_xml_refuse(x, DRO_REFUSE_ROWS, "more than 500 000 records");
}

void
dro_xml_begin_result(struct dro_xml *x)
{
	x->seen &= ~ONCE_A_RESULT;
}

struct dro_row_auth *
dro_xml_begin_auth(struct dro_xml *x, int node)
{
	bool sig = node == DRO_NODE_SIGNATURE;
	size_t *n = sig ? &x->row.n_sigs : &x->row.n_spfs;
	struct dro_row_auth *auth = sig ? x->row.sigs : x->row.spfs;

	dro_xml_begin_result(x);
	if (*n == DRO_ROW_AUTHS_MAX) {
		dro_xml_warn(x, DRO_WARN_SIGNATURES_MANY);
		return (NULL);
	}
	auth += (*n)++;
	*auth = (struct dro_row_auth){"", "", "", ""};
	return (auth);
}

/* A whole number of at most DRO_ROW_COUNT_MAX, digits only. */
static bool
parse_count(const char *s, int64_t *out)
{
	int64_t n = 0;

	if (*s == '\0')
		return (false);
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return (false);
		n = n * 10 + (*s - '0');
		if (n > DRO_ROW_COUNT_MAX)
			return (false);
	}
	*out = n;
	return (true);
}

void
dro_xml_end_record(struct dro_xml *x)
{
	const char *count = x->row_text[DRO_NODE_COUNT];

	if (*count == '\0' && *x->row_text[DRO_NODE_IP] == '\0') {
		dro_xml_warn(x, DRO_WARN_ROW_EMPTY);
		return;
	}
	if (!parse_count(count, &x->row.count)) {
		dro_refused_set(&x->refused, DRO_REFUSE_COUNT,
		    "record %lld: count is a whole number of at most "
		    "1000000000; got \"%.40s\"",
		    (long long)x->records, count);
		dro_xml_stop(x);
		return;
	}
	x->row.ip = x->row_text[DRO_NODE_IP];
	x->row.disposition = x->row_text[DRO_NODE_DISPOSITION];
	x->row.dkim = x->row_text[DRO_NODE_DKIM];
	x->row.spf = x->row_text[DRO_NODE_SPF];
	x->row.header_from = x->row_text[DRO_NODE_HEADER_FROM];
	x->form.rows++;
	if (!x->fn(x->arg, &x->form, &x->row))
		dro_xml_stop(x);
}
