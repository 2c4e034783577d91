#ifndef DRO_PROVIDERS_RFC2136_LIVE_H
#define DRO_PROVIDERS_RFC2136_LIVE_H

#include "rfc2136/message.h"

/*
 * An RRset on the server.  ${raw} holds its records as they are stored, with
 * the borders between strings that a value does not show: a prerequisite has
 * to name those.
 */
struct rfc2136_live {
	struct dro_rrset rrset;
	ldns_rr_list *raw;
};

/**
 * dro_rfc2136_read(r, key, arena, live, err),
 * dro_rfc2136_live_finish(live):
 * Ask the server.  A CNAME at the name is DRO_ECONFLICT naming its target; a
 * name that the server hands to another zone DRO_ENOTFOUND.  Finish also
 * after a failure.
 */
enum dro_code dro_rfc2136_read(struct rfc2136 *r, const struct dro_rrkey *key,
    struct dro_arena *arena, struct rfc2136_live *live,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_rfc2136_live_finish(struct rfc2136_live *live);

/**
 * dro_rfc2136_take(answer, key, live, arena, err):
 * The part of dro_rfc2136_read after the answer came.
 */
enum dro_code dro_rfc2136_take(const ldns_pkt *answer,
    const struct dro_rrkey *key, struct rfc2136_live *live,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rfc2136_find_zone(r, name, apex, err):
 * Write the apex of the zone of this server that holds ${name} to ${apex},
 * as the server's SOA says; DRO_ENOTFOUND if there is none.
 */
enum dro_code dro_rfc2136_find_zone(struct rfc2136 *r, const char *name,
    char apex[DRO_DOMAIN_LEN], struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rfc2136_record(rrset, i):
 * Value ${i} of the storable ${rrset} as a record; NULL when out of memory.
 */
ldns_rr *dro_rfc2136_record(const struct dro_rrset *rrset, size_t i);

#endif /* !DRO_PROVIDERS_RFC2136_LIVE_H */
