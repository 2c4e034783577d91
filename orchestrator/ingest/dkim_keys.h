#ifndef DRO_ORCHESTRATOR_INGEST_DKIM_KEYS_H
#define DRO_ORCHESTRATOR_INGEST_DKIM_KEYS_H

#include "base/err.h"
#include "dns/dns.h"
#include "ingest/sender.h"

/*
 * Fetches the keys of signatures for one run and remembers them; those that
 * are absent, and that nobody answered for, as well.  For the process that has a network.
 */
struct dro_dkim_keys;

/* Keys remembered; the oldest makes room. */
#define DRO_DKIM_KEYS_MAX 512
/*
 * What a run waits for name servers that are silent or slow, all signers
 * together; when it is used up, keys that are not known yet are unknown until
 * the next run.  Large reporters have as much of their own: strangers choose
 * the names that are asked.
 */
#define DRO_DKIM_KEYS_WAIT_MS 20000
/* An answer that takes longer is slow. */
#define DRO_DKIM_KEYS_SLOW_MS 500

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
