#include <string.h>

#include "rfc2136/live.h"

/* RFC 1035 3.3: a character-string; RFC 2181 8: a TTL. */
#define STRING_MAX 255
#define TTL_MAX 0x7fffffffu

/* Split "10 mx.example." ; false if it is something else. */
static bool
parse_mx(const struct dro_value *value, uint16_t *preference,
    char host[DRO_DOMAIN_LEN])
{
	char text[DRO_DOMAIN_LEN + 1];
	unsigned long number = 0;
	size_t i, len;

	for (i = 0; i < value->len && value->ptr[i] >= '0' &&
	     value->ptr[i] <= '9' && i < 5;
	     i++)
		number = number * 10 + (unsigned long)(value->ptr[i] - '0');
	if (i == 0 || i >= value->len || value->ptr[i] != ' ' || number > 65535)
		return (false);
	len = value->len - ++i;
	if (len == 0 || len >= sizeof(text) ||
	    memchr(value->ptr + i, '\0', len) != NULL ||
	    value->ptr[value->len - 1] != '.')
		return (false);
	memcpy(text, value->ptr + i, len);
	text[len] = '\0';
	*preference = (uint16_t)number;
	if (len == 1) { /* null MX, RFC 7505 */
		memcpy(host, ".", 2);
		return (true);
	}
	return (dro_domain_normalise(text, host, NULL) == DRO_OK);
}

enum dro_code
dro_rfc2136_storable(const struct dro_rrset *wanted, struct dro_err *err)
{
	const char *type = dro_rrtype_name(wanted->type);
	const struct dro_value *a, *b;
	char host[DRO_DOMAIN_LEN];
	uint16_t preference;
	size_t i, j;

	if (wanted->type != DRO_RR_TXT && wanted->type != DRO_RR_MX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: only TXT and MX are written", wanted->name, type));
	if (wanted->ttl_s > TTL_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s %s: TTL of at most %u s expected, got %u (RFC 2181 8)",
		    wanted->name, type, TTL_MAX, wanted->ttl_s));
	for (i = 0; i < wanted->n; i++) {
		a = &wanted->values[i];
		if (wanted->type == DRO_RR_MX &&
		    !parse_mx(a, &preference, host))
			return (dro_err_set(err, DRO_EINVAL,
			    "%s MX: \"number host.\" expected, got \"%.*s\"",
			    wanted->name, (int)(a->len > 100 ? 100 : a->len),
			    a->ptr));
		for (j = 0; j < i; j++) {
			b = &wanted->values[j];
			if (a->len == b->len &&
			    memcmp(a->ptr, b->ptr, a->len) == 0)
				return (dro_err_set(err, DRO_EINVAL,
				    "%s %s: value %zu is there twice",
				    wanted->name, type, i + 1));
		}
	}
	return (DRO_OK);
}

/* Give ${rr} one more field, which it owns; false when out of memory. */
static bool
push(ldns_rr *rr, ldns_rdf *field)
{
	if (field == NULL || !ldns_rr_push_rdf(rr, field)) {
		ldns_rdf_deep_free(field);
		return (false);
	}
	return (true);
}

/* One string of at most 255 octets. */
static bool
push_string(ldns_rr *rr, const char *ptr, size_t len)
{
	unsigned char octets[1 + STRING_MAX];

	octets[0] = (unsigned char)len;
	memcpy(octets + 1, ptr, len);
	return (push(
	    rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, 1 + len, octets)));
}

static bool
push_txt(ldns_rr *rr, const struct dro_value *value)
{
	size_t at = 0, len;

	/* An empty value is one empty string. */
	do {
		len = value->len - at;
		if (len > STRING_MAX)
			len = STRING_MAX;
		if (!push_string(rr, value->ptr + at, len))
			return (false);
		at += len;
	} while (at < value->len);
	return (true);
}

static bool
push_mx(ldns_rr *rr, const struct dro_value *value)
{
	char host[DRO_DOMAIN_LEN];
	uint16_t preference;

	return (parse_mx(value, &preference, host) &&
	    push(rr, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, preference)) &&
	    push(rr, ldns_dname_new_frm_str(host)));
}

ldns_rr *
dro_rfc2136_record(const struct dro_rrset *rrset, size_t i)
{
	ldns_rr *rr = dro_rfc2136_rr(rrset->name, (ldns_rr_type)rrset->type,
	    LDNS_RR_CLASS_IN, rrset->ttl_s);

	if (rr == NULL)
		return (NULL);
	if (rrset->type == DRO_RR_TXT ? push_txt(rr, &rrset->values[i])
				      : push_mx(rr, &rrset->values[i]))
		return (rr);
	ldns_rr_free(rr);
	return (NULL);
}
