#ifndef DRO_ORCHESTRATOR_DNS_RESOLVE_H
#define DRO_ORCHESTRATOR_DNS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "dns/answer.h"
#include "dns/ask.h"

/* Resolvers used; resolv.conf has three. */
#define DRO_RESOLVERS_MAX 8

struct dro_resolvers {
	struct dro_ask_conf ask;
	size_t n;
	struct dro_address addresses[DRO_RESOLVERS_MAX];
	size_t first; /* the one to try first: it answered last time */
};

/**
 * dro_resolvers_init(resolvers, conf, err):
 * Those of ${conf}, or the system's.  DRO_EINVAL names what is no address.
 */
enum dro_code dro_resolvers_init(struct dro_resolvers *resolvers,
    const struct dro_dns_conf *conf, struct dro_err *err) DRO_MUST_CHECK;

/* A question for the resolvers. */
struct dro_query {
	struct dro_asked asked; /* in */
	void *arg; /* in: for the caller */
	struct dro_answer answer; /* out; if neither OK nor CNAME: the last */
	bool heard; /* out: some resolver replied, if only SERVFAIL */
	struct dro_arena *arena; /* set by dro_resolve */
};

/**
 * dro_resolve(resolvers, queries, n, arena, err):
 * Ask one resolver after the other until each query has an answer, or none
 * is left.  Answers live in ${arena}.  DRO_OK whatever they are.
 */
enum dro_code dro_resolve(struct dro_resolvers *resolvers,
    struct dro_query *queries, size_t n, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_DNS_RESOLVE_H */
