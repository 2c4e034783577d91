#include <string.h>

#include "base/buf.h"
#include "dns/dns.h"

/* Of what a server holds, this much is shown in a detail. */
#define SHOWN_MAX 200
#define DETAIL_MAX 1200

static bool
answered(const struct dro_answer *a)
{
	return (a->status == DRO_ANSWER_OK || a->status == DRO_ANSWER_CNAME);
}

static bool
same(const struct dro_answer *a, const struct dro_answer *b)
{
	if (a->status != b->status)
		return (false);
	if (a->status == DRO_ANSWER_CNAME)
		return (strcmp(a->detail, b->detail) == 0);
	return (dro_rrset_same_values(&a->rrset, &b->rrset));
}

/* True if answer ${i} is the first of its server name. */
static bool
is_first(const struct dro_sight *sight, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(sight->answers[k].server,
			sight->answers[i].server) == 0)
			return (false);
	return (true);
}

static void
show_values(struct dro_buf *buf, const struct dro_rrset *rrset)
{
	size_t i, k, len;
	unsigned char c;

	if (rrset->n == 0)
		dro_buf_addf(buf, "no %s record", dro_rrtype_name(rrset->type));
	for (i = 0; i < rrset->n; i++) {
		if (buf->len > DETAIL_MAX / 4 && i > 0) {
			dro_buf_addf(buf, " and %zu more", rrset->n - i);
			return;
		}
		len = rrset->values[i].len;
		dro_buf_adds(buf, i > 0 ? ", \"" : "\"");
		for (k = 0; k < len && k < SHOWN_MAX; k++) {
			c = (unsigned char)rrset->values[i].ptr[k];
			dro_buf_addc(buf,
			    c < 0x20 || c == 0x7f ? '?'
						  : rrset->values[i].ptr[k]);
		}
		dro_buf_adds(buf, len > SHOWN_MAX ? "...\"" : "\"");
	}
}

/* `ns1.example.net (192.0.2.1@53) has "v=DMARC1; p=none"`, or its fault. */
static void
describe(struct dro_buf *buf, const struct dro_answer *a)
{
	dro_buf_adds(buf, a->server);
	if (a->address[0] != '\0' && strcmp(a->server, a->address) != 0)
		dro_buf_addf(buf, " (%s)", a->address);
	switch (a->status) {
	case DRO_ANSWER_OK:
		dro_buf_adds(buf, " has ");
		show_values(buf, &a->rrset);
		break;
	case DRO_ANSWER_CNAME:
		dro_buf_addf(buf, " has a CNAME to %.253s", a->detail);
		break;
	case DRO_ANSWER_BAD:
	case DRO_ANSWER_NONE:
	case DRO_ANSWER_NO_ROUTE:
		dro_buf_addf(buf, ": %s", a->detail);
		break;
	}
}

/* One or two answers in words; never NULL. */
static const char *
explain(const struct dro_answer *a, const struct dro_answer *b,
    struct dro_arena *arena)
{
	struct dro_buf buf;
	const char *text = NULL;

	dro_buf_init(&buf, DETAIL_MAX);
	describe(&buf, a);
	if (b != NULL) {
		dro_buf_adds(&buf, ", but ");
		describe(&buf, b);
	}
	if (!buf.failed)
		text = dro_arena_strndup(arena, buf.ptr, buf.len);
	dro_buf_finish(&buf);
	return (text != NULL ? text : "out of memory");
}

/*
 * The answer that shows why the server name of answer ${i} is silent, or
 * NULL if one of its addresses answered.
 */
static const struct dro_answer *
silent(const struct dro_sight *sight, size_t i)
{
	const struct dro_answer *a, *shown = &sight->answers[i];

	for (; i < sight->n; i++) {
		a = &sight->answers[i];
		if (strcmp(a->server, shown->server) != 0)
			continue;
		if (answered(a))
			return (NULL);
		if (shown->status == DRO_ANSWER_NO_ROUTE)
			shown = a;
	}
	return (shown);
}

/* What all servers say; NULL, and why in ${out}, if they do not. */
static const struct dro_answer *
agreed(const struct dro_sight *sight, struct dro_arena *arena,
    struct dro_live *out)
{
	const struct dro_answer *a, *first = NULL, *mute;
	size_t i;

	for (i = 0; i < sight->n; i++) {
		a = &sight->answers[i];
		if (!answered(a))
			continue;
		if (first == NULL)
			first = a;
		if (!same(first, a)) {
			out->status = DRO_LIVE_DISAGREE;
			out->detail = explain(first, a, arena);
			return (NULL);
		}
	}
	for (i = 0; i < sight->n; i++)
		if (is_first(sight, i) && (mute = silent(sight, i)) != NULL) {
			out->detail = explain(mute, NULL, arena);
			return (NULL);
		}
	return (first);
}

void
dro_dns_live(const struct dro_sight *sight, struct dro_arena *arena,
    struct dro_live *out)
{
	const struct dro_answer *a, *says;

	memset(out, 0, sizeof(*out));
	out->status = DRO_LIVE_UNKNOWN;
	if (sight->n == 0) {
		out->detail = "no server is known";
		return;
	}
	a = sight->answers;
	dro_rrset_init(&out->rrset, a->rrset.name, a->rrset.type);
	if ((says = agreed(sight, arena, out)) == NULL)
		return;
	if (says->status == DRO_ANSWER_CNAME) {
		out->status = DRO_LIVE_CNAME;
		out->detail = explain(says, NULL, arena);
		return;
	}
	if (dro_rrset_copy(&out->rrset, &says->rrset, arena, NULL) != DRO_OK) {
		out->detail = "out of memory";
		return;
	}
	out->status = DRO_LIVE_OK;
	/* Some cache may hold it as long as the most generous server says. */
	for (; a < sight->answers + sight->n; a++) {
		if (a->rrset.ttl_s > out->rrset.ttl_s)
			out->rrset.ttl_s = a->rrset.ttl_s;
		if (a->negative_ttl_s > out->negative_ttl_s)
			out->negative_ttl_s = a->negative_ttl_s;
	}
}

/*
 * Whether the server name of answer ${i} serves ${wanted}.  If not, ${fault}
 * is the answer that shows it; if so, one whose TTL differs, or NULL.
 */
static bool
name_serves(const struct dro_sight *sight, size_t i,
    const struct dro_rrset *wanted, const struct dro_answer **fault)
{
	const struct dro_answer *a, *ttl = NULL;
	const char *server = sight->answers[i].server;
	bool seen = false;

	*fault = silent(sight, i);
	for (; i < sight->n; i++) {
		a = &sight->answers[i];
		if (!answered(a) || strcmp(a->server, server) != 0)
			continue;
		if (a->status != DRO_ANSWER_OK ||
		    !dro_rrset_same_values(&a->rrset, wanted)) {
			*fault = a;
			return (false);
		}
		seen = true;
		if (wanted->n > 0 && wanted->ttl_s != 0 &&
		    a->rrset.ttl_s != wanted->ttl_s)
			ttl = a;
	}
	if (seen)
		*fault = ttl;
	return (seen);
}

bool
dro_dns_serves(const struct dro_sight *sight, const struct dro_rrset *wanted,
    size_t *n_names, size_t *n_serving, const char **detail,
    struct dro_arena *arena)
{
	const struct dro_answer *fault, *behind = NULL, *ttl = NULL;
	size_t i;

	*n_names = *n_serving = 0;
	*detail = sight->n == 0 ? "no server is known" : NULL;
	for (i = 0; i < sight->n; i++) {
		if (!is_first(sight, i))
			continue;
		(*n_names)++;
		if (name_serves(sight, i, wanted, &fault)) {
			(*n_serving)++;
			ttl = ttl == NULL ? fault : ttl;
		} else if (behind == NULL) {
			behind = fault;
		}
	}
	if (behind != NULL)
		*detail = explain(behind, NULL, arena);
	else if (ttl != NULL)
		*detail = dro_arena_printf(arena,
		    "%s (%s) serves TTL %u; %u was asked for", ttl->server,
		    ttl->address, (unsigned)ttl->rrset.ttl_s,
		    (unsigned)wanted->ttl_s);
	return (*n_names > 0 && *n_serving == *n_names);
}
