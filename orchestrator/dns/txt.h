#ifndef DRO_ORCHESTRATOR_DNS_TXT_H
#define DRO_ORCHESTRATOR_DNS_TXT_H

#include "base/arena.h"
#include "base/err.h"
#include "dns/dns.h"
#include "record/rrset.h"

/* CNAMEs that are followed from one name. */
#define DRO_TXT_CNAMES_MAX 8

enum dro_txt_status {
	DRO_TXT_FOUND,
	DRO_TXT_ABSENT, /* the resolvers say that there is none */
	DRO_TXT_UNKNOWN /* no answer, or none that can be used */
};

/* Resolvers that are asked for TXT records; nothing is remembered. */
struct dro_txt;

/**
 * dro_txt_create(conf, out, err), dro_txt_destroy(txt):
 * Caller owns; ${conf} may go.  Errors as dro_dns_create has them.
 */
enum dro_code dro_txt_create(const struct dro_dns_conf *conf,
    struct dro_txt **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_txt_destroy(struct dro_txt *txt);

/**
 * dro_txt_look(txt, name, arena, out, status, err):
 * The TXT records at the normalised ${name}, CNAMEs followed, strings joined
 * (RFC 7208 3.3), as the resolvers have them: ${out} is empty unless FOUND and
 * lives in ${arena}.  Takes at most tries x timeout of each resolver for each
 * CNAME.  DRO_ENOMEM, DRO_EIO.
 */
enum dro_code dro_txt_look(struct dro_txt *txt, const char *name,
    struct dro_arena *arena, struct dro_rrset *out, enum dro_txt_status *status,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_DNS_TXT_H */
