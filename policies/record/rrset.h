#ifndef DRO_RECORD_RRSET_H
#define DRO_RECORD_RRSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/domain.h"
#include "base/err.h"

/* IANA RR type numbers. */
enum dro_rrtype {
	DRO_RR_CNAME = 5,
	DRO_RR_SOA = 6,
	DRO_RR_NS = 2,
	DRO_RR_MX = 15,
	DRO_RR_TXT = 16
};

/*
 * Limits on what DNS or a provider may hand us.  A name with more values or
 * longer ones is an error to report, never something to edit.
 */
#define DRO_RRSET_VALUES_MAX 64
#define DRO_TXT_MAX 8192 /* octets of one TXT value, strings joined */

/*
 * One value.  TXT: the character-strings joined without separator (RFC 7208
 * 3.3, RFC 9989 4.5), any octets.  MX: presentation form, "0 .".
 * NUL-terminated for convenience, but ${len} rules.
 */
struct dro_value {
	const char *ptr;
	size_t len;
};

/*
 * An RRset; n == 0 means that it does not exist.  Values live in an arena.
 * ${name} is normalised (base/domain.h).
 */
struct dro_rrset {
	char name[DRO_DOMAIN_LEN];
	enum dro_rrtype type;
	uint32_t ttl_s;
	size_t n;
	struct dro_value values[DRO_RRSET_VALUES_MAX];
};

/** dro_rrset_init(rrset, name, type): an absent RRset at ${name}. */
void dro_rrset_init(
    struct dro_rrset *rrset, const char *name, enum dro_rrtype type);

/**
 * dro_rrset_add(rrset, arena, ptr, len, err):
 * Add a copy of the ${len} octets at ${ptr} as a value; the copy lives in
 * ${arena}.  DRO_ELIMIT above the limits of this header.
 */
enum dro_code dro_rrset_add(struct dro_rrset *rrset, struct dro_arena *arena,
    const void *ptr, size_t len, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rrset_copy(dst, src, arena, err):
 * Make ${dst} equal to ${src} with values of its own in ${arena}.
 */
enum dro_code dro_rrset_copy(struct dro_rrset *dst, const struct dro_rrset *src,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rrset_same_values(a, b):
 * True if both hold the same values, in any order; name, type and TTL are
 * not compared (providers clamp TTLs, which must not make an endless diff).
 */
bool dro_rrset_same_values(
    const struct dro_rrset *a, const struct dro_rrset *b);

/** dro_rrtype_name(type): "TXT", "MX", ...; "?" for others. */
const char *dro_rrtype_name(enum dro_rrtype type);

#endif /* !DRO_RECORD_RRSET_H */
