#include <assert.h>
#include <string.h>

#include "record/rrset.h"

void
dro_rrset_init(struct dro_rrset *rrset, const char *name, enum dro_rrtype type)
{
	size_t len = strlen(name);

	assert(len < sizeof(rrset->name));
	memset(rrset, 0, sizeof(*rrset));
	memcpy(rrset->name, name, len);
	rrset->type = type;
}

enum dro_code
dro_rrset_add(struct dro_rrset *rrset, struct dro_arena *arena, const void *ptr,
    size_t len, struct dro_err *err)
{
	const char *copy;

	if (rrset->n == DRO_RRSET_VALUES_MAX)
		return (dro_err_set(err, DRO_ELIMIT,
		    "%s %s: more than %d values at one name", rrset->name,
		    dro_rrtype_name(rrset->type), DRO_RRSET_VALUES_MAX));
	if (len > DRO_TXT_MAX)
		return (dro_err_set(err, DRO_ELIMIT,
		    "%s %s: a value of %zu octets; at most %d are read",
		    rrset->name, dro_rrtype_name(rrset->type), len,
		    DRO_TXT_MAX));
	if ((copy = dro_arena_strndup(arena, ptr, len)) == NULL)
		return (dro_err_nomem(err));
	rrset->values[rrset->n++] = (struct dro_value){copy, len};
	return (DRO_OK);
}

enum dro_code
dro_rrset_copy(struct dro_rrset *dst, const struct dro_rrset *src,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	dro_rrset_init(dst, src->name, src->type);
	dst->ttl_s = src->ttl_s;
	for (i = 0; i < src->n; i++) {
		code = dro_rrset_add(
		    dst, arena, src->values[i].ptr, src->values[i].len, err);
		if (code != DRO_OK)
			return (code);
	}
	return (DRO_OK);
}

static size_t
count_of(const struct dro_rrset *rrset, struct dro_value v)
{
	size_t i, count = 0;

	for (i = 0; i < rrset->n; i++)
		if (rrset->values[i].len == v.len &&
		    memcmp(rrset->values[i].ptr, v.ptr, v.len) == 0)
			count++;
	return (count);
}

bool
dro_rrset_same_values(const struct dro_rrset *a, const struct dro_rrset *b)
{
	size_t i;

	if (a->n != b->n)
		return (false);
	for (i = 0; i < a->n; i++)
		if (count_of(a, a->values[i]) != count_of(b, a->values[i]))
			return (false);
	return (true);
}

const char *
dro_rrtype_name(enum dro_rrtype type)
{
	switch (type) {
	case DRO_RR_NS:
		return ("NS");
	case DRO_RR_CNAME:
		return ("CNAME");
	case DRO_RR_SOA:
		return ("SOA");
	case DRO_RR_MX:
		return ("MX");
	case DRO_RR_TXT:
		return ("TXT");
	}
	return ("?");
}
