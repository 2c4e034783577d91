#ifndef DRO_BASE_DOMAIN_H
#define DRO_BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

/* A name of at most 253 octets (RFC 1035 2.3.4) and a NUL. */
#define DRO_DOMAIN_LEN 254

/**
 * dro_domain_normalise(in, out, err):
 * Write the normal form of the host name ${in}: lower case, no final dot,
 * labels of 1..63 letters, digits, hyphens or underscores, no hyphen at
 * either end, 253 octets at most.  A-labels are taken as they are; U-labels
 * are DRO_EPARSE here (the orchestrator converts them first, RFC 5891).
 */
enum dro_code dro_domain_normalise(const char *in, char out[DRO_DOMAIN_LEN],
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_domain_within(name, parent):
 * True if the normalised ${name} equals ${parent} or lies below it.
 */
bool dro_domain_within(const char *name, const char *parent);

#endif /* !DRO_BASE_DOMAIN_H */
