#include <string.h>

#include "record/mx.h"
#include "provider.h"

#define TTL_MAX 0x7fffffffu /* RFC 2181 8 */

enum dro_code
dro_rrset_storable(const struct dro_rrset *wanted, struct dro_err *err)
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
		    !dro_mx_parse(a, &preference, host))
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

enum dro_code
dro_changes_check(const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_err *err)
{
	enum dro_code rc = DRO_OK;
	size_t i;

	if (n == 0 || n > DRO_CHANGES_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "zone %s: 1 to %d changes expected, got %zu", zone->name,
		    DRO_CHANGES_MAX, n));
	for (i = 0; i < n && rc == DRO_OK; i++) {
		if (!dro_domain_within(changes[i].wanted->name, zone->name) ||
		    changes[i].expected->type != changes[i].wanted->type ||
		    strcmp(changes[i].expected->name,
			changes[i].wanted->name) != 0)
			return (dro_err_set(err, DRO_EINVAL,
			    "zone %s: %s: a change of one RRset in this zone "
			    "expected",
			    zone->name, changes[i].wanted->name));
		rc = dro_rrset_storable(changes[i].wanted, err);
	}
	return (rc);
}
