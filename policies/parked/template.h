#ifndef DRO_PARKED_TEMPLATE_H
#define DRO_PARKED_TEMPLATE_H

#include <stdbool.h>

#include "record/dmarc.h"
#include "stage/facts.h"

/*
 * The three record sets of a parked domain, in the order in which they are
 * published.  The numbers are stored.
 */
enum dro_part {
	DRO_PART_DMARC, /* TXT at _dmarc: p=reject, strict */
	DRO_PART_SPF, /* TXT at the domain: v=spf1 -all */
	DRO_PART_MX, /* MX at the domain: 0 . (RFC 7505) */
	DRO_PARTS
};

/** dro_part_name(part): "DMARC", "SPF" or "null MX". */
const char *dro_part_name(enum dro_part part);

/** dro_part_of(rrset): the part that ${rrset} is, by its name and type. */
enum dro_part dro_part_of(const struct dro_rrset *rrset);

/**
 * dro_part_key(part, domain, out, err):
 * Make ${out} the absent RRset of ${part} at ${domain}.
 */
enum dro_code dro_part_key(enum dro_part part, const char *domain,
    struct dro_rrset *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_part_done(part, live, rua):
 * True if ${live} is as the template wants it; ${rua} may be NULL.
 */
bool dro_part_done(
    enum dro_part part, const struct dro_rrset *live, const char *rua);

/** dro_mx_in_use(live): true if a value names a host that takes mail. */
bool dro_mx_in_use(const struct dro_rrset *live);

/**
 * dro_part_make(part, live, rua, ttl_s, arena, out, err):
 * ${live} with what the template wants; foreign TXT values at the name are
 * kept octet for octet.  ${ttl_s} 0 keeps the TTL.  DRO_EPARSE if the DMARC
 * or SPF record there is not one that may be edited.
 */
enum dro_code dro_part_make(enum dro_part part, const struct dro_rrset *live,
    const char *rua, uint32_t ttl_s, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_part_restore(part, live, undo, arena, out, err):
 * ${live} with our record taken out and that of ${undo} put back, with its
 * TTL; foreign TXT values at the name are kept as they are now.
 */
enum dro_code dro_part_restore(enum dro_part part, const struct dro_rrset *live,
    const struct dro_rrset *undo, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PARKED_TEMPLATE_H */
