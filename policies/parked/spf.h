#ifndef DRO_PARKED_SPF_H
#define DRO_PARKED_SPF_H

#include <stddef.h>

#include "record/rrset.h"

/* What the SPF records among some TXT values come to. */
enum dro_spf {
	DRO_SPF_NONE, /* there is none */
	DRO_SPF_DENY, /* "v=spf1 -all" in any spelling */
	DRO_SPF_IDLE, /* names no sender, but does not deny: ~all, ?all, "" */
	DRO_SPF_SENDERS, /* names a sender, or cannot be read for sure */
	DRO_SPF_BROKEN, /* meant as an SPF record, but is none (RFC 7208 4.5) */
	DRO_SPF_MANY /* more than one: permerror (RFC 7208 4.5) */
};

/**
 * dro_spf_read(rrset, index):
 * Look for SPF records among the values of the TXT ${rrset}; all others are
 * ignored.  ${index} is the place of the one it is about, unless there is
 * none.
 */
enum dro_spf dro_spf_read(const struct dro_rrset *rrset, size_t *index);

#endif /* !DRO_PARKED_SPF_H */
