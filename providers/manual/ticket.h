#ifndef DRO_PROVIDERS_MANUAL_TICKET_H
#define DRO_PROVIDERS_MANUAL_TICKET_H

#include "base/buf.h"
#include "provider.h"

/*
 * All of a ticket: 64 values of 8192 octets, before and after, each octet
 * written as up to four and in JSON as text and again for zone files.
 */
#define DRO_TICKET_MAX ((size_t)1 << 24)

/**
 * dro_ticket_safe(out, ptr, len):
 * Append ${len} octets that nobody vouches for: printable ASCII as it is,
 * anything else as \DDD (RFC 1035 5.1), so that no text can pose as ours.
 */
void dro_ticket_safe(struct dro_buf *out, const char *ptr, size_t len);

/**
 * dro_ticket_value(out, type, value):
 * Append ${value} as a zone file has it.  TXT: quoted strings of at most 255
 * octets (RFC 1035 3.3); others are in that form already.
 */
void dro_ticket_value(
    struct dro_buf *out, enum dro_rrtype type, const struct dro_value *value);

/** dro_ticket_text(ticket, out): append the ticket in plain words. */
void dro_ticket_text(const struct dro_ticket *ticket, struct dro_buf *out);

/** dro_ticket_json(ticket, out, err): append it as rollout.ticket/1. */
enum dro_code dro_ticket_json(const struct dro_ticket *ticket,
    struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PROVIDERS_MANUAL_TICKET_H */
