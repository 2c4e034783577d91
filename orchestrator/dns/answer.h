#ifndef DRO_ORCHESTRATOR_DNS_ANSWER_H
#define DRO_ORCHESTRATOR_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dns/dns.h"

/* Address types, which no record of ours has: only this room asks for them. */
#define DRO_RR_A ((enum dro_rrtype)1)
#define DRO_RR_PTR ((enum dro_rrtype)12)
#define DRO_RR_AAAA ((enum dro_rrtype)28)

/* What is asked, and whether the one asked must be an authority for it. */
struct dro_asked {
	const char *name; /* normalised */
	enum dro_rrtype type;
	bool authority; /* AA demanded; false for a resolver's reply */
};

/**
 * dro_answer_read(wire, len, asked, arena, out):
 * Judge the reply to ${asked}: OK with the RRset (TXT: strings joined; other
 * types: presentation form with lower-case absolute names) or, when there is
 * none, n == 0 and how long its absence may be remembered (RFC 2308 5); CNAME
 * if one sits at the name; BAD with a phrase for everything else, including
 * more data than record/rrset.h allows.  Writes all of ${out} but server and
 * address; what it points to lives in ${arena}.
 */
void dro_answer_read(const unsigned char *wire, size_t len,
    const struct dro_asked *asked, struct dro_arena *arena,
    struct dro_answer *out);

/** dro_answer_not(out, asked, status, detail): no data, for this reason. */
void dro_answer_not(struct dro_answer *out, const struct dro_asked *asked,
    enum dro_answer_status status, const char *detail);

#endif /* !DRO_ORCHESTRATOR_DNS_ANSWER_H */
