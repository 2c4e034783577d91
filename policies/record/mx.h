#ifndef DRO_RECORD_MX_H
#define DRO_RECORD_MX_H

#include <stdbool.h>
#include <stdint.h>

#include "record/rrset.h"

/**
 * dro_mx_parse(value, preference, host):
 * Split the presentation form "10 mx.example." with its final dot; ${host} is
 * normalised, or "." for the null MX (RFC 7505).  False if it is anything
 * else.
 */
bool dro_mx_parse(const struct dro_value *value, uint16_t *preference,
    char host[DRO_DOMAIN_LEN]);

#endif /* !DRO_RECORD_MX_H */
