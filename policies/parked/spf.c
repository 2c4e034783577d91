#include <string.h>

#include "base/buf.h"
#include "parked/spf.h"

static const char version[] = "v=spf1";
#define VERSION_LEN (sizeof(version) - 1)

static bool
begins(struct dro_str s)
{
	return (s.len >= VERSION_LEN &&
	    dro_str_ieq((struct dro_str){s.ptr, VERSION_LEN}, version));
}

/* RFC 7208 4.5: the version, then a space or the end. */
static bool
is_record(struct dro_str s)
{
	return (
	    begins(s) && (s.len == VERSION_LEN || s.ptr[VERSION_LEN] == ' '));
}

/* A space or a quote before it, or no space after it, and it is void. */
static bool
resembles(struct dro_str s)
{
	while (
	    s.len > 0 && (*s.ptr == '"' || *s.ptr == ' ' || *s.ptr == '\t')) {
		s.ptr++;
		s.len--;
	}
	return (begins(s));
}

/* The terms of a record: one of the three that name nobody, or senders. */
static enum dro_spf
read_terms(struct dro_str s)
{
	struct dro_str term = {s.ptr + VERSION_LEN, s.len - VERSION_LEN};

	while (term.len > 0 && term.ptr[0] == ' ') {
		term.ptr++;
		term.len--;
	}
	while (term.len > 0 && term.ptr[term.len - 1] == ' ')
		term.len--;
	if (dro_str_ieq(term, "-all"))
		return (DRO_SPF_DENY);
	if (term.len == 0 || dro_str_ieq(term, "~all") ||
	    dro_str_ieq(term, "?all"))
		return (DRO_SPF_IDLE);
	return (DRO_SPF_SENDERS);
}

enum dro_spf
dro_spf_read(const struct dro_rrset *rrset, size_t *index)
{
	enum dro_spf found = DRO_SPF_NONE;
	struct dro_str s;
	size_t i;

	*index = 0;
	for (i = 0; i < rrset->n; i++) {
		s = (struct dro_str){
		    rrset->values[i].ptr, rrset->values[i].len};
		if (!resembles(s))
			continue;
		*index = i;
		if (!is_record(s))
			return (DRO_SPF_BROKEN);
		if (found != DRO_SPF_NONE)
			return (DRO_SPF_MANY);
		found = read_terms(s);
	}
	return (found);
}
