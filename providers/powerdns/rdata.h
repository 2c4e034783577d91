#ifndef DRO_PROVIDERS_POWERDNS_RDATA_H
#define DRO_PROVIDERS_POWERDNS_RDATA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/rrset.h"

/**
 * dro_powerdns_txt_decode(content, out, err):
 * Append to ${out} the octets of the TXT record whose content the API gave:
 * quoted strings with \DDD and \X escapes (RFC 1035 5.1), joined without
 * separator.  DRO_EPARSE for anything else, never a guess.
 */
enum dro_code dro_powerdns_txt_decode(const char *content, struct dro_buf *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_powerdns_txt_encode(ptr, len, out):
 * Append the ${len} octets at ${ptr} as quoted strings of at most 255 octets
 * each, printable ASCII only.
 */
void dro_powerdns_txt_encode(const char *ptr, size_t len, struct dro_buf *out);

#endif /* !DRO_PROVIDERS_POWERDNS_RDATA_H */
