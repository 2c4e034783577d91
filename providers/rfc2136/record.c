#include <string.h>

#include "record/mx.h"

#include "rfc2136/live.h"

/* RFC 1035 3.3: a character-string. */
#define STRING_MAX 255

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

	return (dro_mx_parse(value, &preference, host) &&
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
