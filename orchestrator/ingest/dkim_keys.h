#ifndef DRO_ORCHESTRATOR_INGEST_DKIM_KEYS_H
#define DRO_ORCHESTRATOR_INGEST_DKIM_KEYS_H

#include "base/err.h"
#include "dns/dns.h"
#include "ingest/sender.h"

/*
 * Fetches the keys of signatures for one run and remembers them, the absent
 * ones too.  For the process that has a network.
 */
struct dro_dkim_keys;

/* Keys remembered; the oldest makes room. */
#define DRO_DKIM_KEYS_MAX 512
/*
 * What a run waits in vain for name servers, all signers together but those
 * on the list of large reporters: strangers choose the names that are asked.
 */
#define DRO_DKIM_KEYS_WAIT_MS 60000

/**
 * dro_dkim_keys_create(conf, out, err), dro_dkim_keys_destroy(keys):
 * Caller owns; ${conf} may go.  Errors as dro_txt_create has them.
 */
enum dro_code dro_dkim_keys_create(const struct dro_dns_conf *conf,
    struct dro_dkim_keys **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_dkim_keys_destroy(struct dro_dkim_keys *keys);

/**
 * dro_dkim_keys_fetch(keys, selector, domain, text):
 * A dro_key_fn.  Of several TXT records the one that begins with "v=DKIM1"
 * is taken; none or two of those are no key (RFC 6376 3.6.2.2).  A name that
 * is no host name has none.
 */
enum dro_key_status dro_dkim_keys_fetch(
    void *keys, const char *selector, const char *domain, char *text);

#endif /* !DRO_ORCHESTRATOR_INGEST_DKIM_KEYS_H */
