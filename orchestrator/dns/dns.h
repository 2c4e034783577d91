#ifndef DRO_ORCHESTRATOR_DNS_DNS_H
#define DRO_ORCHESTRATOR_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "record/rrset.h"
#include "stage/facts.h"

/* Authoritative servers of a domain given in config: "addr@port" each. */
struct dro_dns_servers {
	const char *domain;
	size_t n;
	const char *const *servers;
};

struct dro_dns_conf {
	size_t n_resolvers; /* 0: the system's */
	const char *const *resolvers;
	size_t n_servers;
	const struct dro_dns_servers *servers;
	int timeout_ms; /* per try; 0: 2000 */
	int tries; /* per server; 0: 2 */
};

struct dro_finder;

/* Asks; remembers the servers of zones, never records.  For one thread. */
struct dro_dns;

/**
 * dro_dns_create(conf, out, err), dro_dns_destroy(dns):
 * Caller owns; ${conf} may go.  An address is "192.0.2.1", "192.0.2.1@5300"
 * or "::1@5300"; DRO_EINVAL names what is none.
 */
enum dro_code dro_dns_create(const struct dro_dns_conf *conf,
    struct dro_dns **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_dns_destroy(struct dro_dns *dns);

/** dro_dns_finder(dns): for the files of this room. */
struct dro_finder *dro_dns_finder(struct dro_dns *dns);

enum dro_answer_status {
	DRO_ANSWER_OK, /* authoritative; rrset holds, or n == 0 */
	DRO_ANSWER_CNAME, /* authoritative; a CNAME sits there */
	DRO_ANSWER_BAD, /* REFUSED, SERVFAIL, lame (no AA), garbled */
	DRO_ANSWER_NONE, /* no answer in time */
	DRO_ANSWER_NO_ROUTE /* address family not usable here: skipped */
};

/* What one address of one name server said. */
struct dro_answer {
	const char *server; /* NS name, or the address given in config */
	const char *address; /* "192.0.2.1@53" */
	enum dro_answer_status status;
	struct dro_rrset rrset;
	uint32_t negative_ttl_s; /* with n == 0: min(SOA TTL, SOA MINIMUM) */
	const char *detail; /* one phrase when not OK: rcode, CNAME target */
};

struct dro_sight {
	size_t n;
	struct dro_answer *answers;
};

/**
 * dro_dns_look(dns, name, type, arena, out, err):
 * Ask every address of every authoritative server of the zone that holds
 * ${name} directly (UDP with EDNS 1232, TCP when truncated, RD off, AA
 * demanded), at most 64 questions in flight.  The servers are those in config
 * for the longest domain at or above the name, else the zone's NS as the
 * resolvers have them.  DRO_ENOTFOUND: the zone or its servers cannot be
 * found; DRO_ETIMEOUT: the resolvers do not answer.  Otherwise DRO_OK
 * whatever the single answers are.
 */
enum dro_code dro_dns_look(struct dro_dns *dns, const char *name,
    enum dro_rrtype type, struct dro_arena *arena, struct dro_sight *out,
    struct dro_err *err) DRO_MUST_CHECK;

/* One of many names to look at. */
struct dro_look {
	const char *name; /* in */
	enum dro_rrtype type; /* in */
	struct dro_arena *arena; /* in: where ${sight} is to live */
	enum dro_code code; /* out: as dro_dns_look would return it */
	struct dro_err err; /* out, unless DRO_OK */
	struct dro_sight sight; /* out, if DRO_OK */
};

/**
 * dro_dns_look_many(dns, looks, n, err):
 * dro_dns_look for each of ${looks}, sharing the 64 questions in flight, so
 * that hundreds of names take about as long as the slowest few.  DRO_OK
 * whatever the single looks are; otherwise (DRO_ENOMEM, DRO_EIO) none counts.
 */
enum dro_code dro_dns_look_many(struct dro_dns *dns, struct dro_look *looks,
    size_t n, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_dns_live(sight, arena, out):
 * Sum ${sight} up.  _DISAGREE with both values in the detail if two
 * authoritative answers differ in their values; else _UNKNOWN naming a server
 * *name* of which no address answered; else _CNAME, or _OK with the highest
 * TTL (and negative TTL) that was seen.
 */
void dro_dns_live(const struct dro_sight *sight, struct dro_arena *arena,
    struct dro_live *out);

/**
 * dro_dns_serves(sight, wanted, n_names, n_serving, detail, arena):
 * Verification: true if of every server *name* at least one address answers
 * the values of ${wanted} (n == 0: that there is none) and none answers
 * anything else; addresses that do not answer, or not with authority, count
 * as neither.  Counts names and those that serve it.  ${detail} names one
 * that does not, with what it serves; if all do it is NULL, or says that a
 * TTL differs, which decides nothing because providers clamp it.
 */
bool dro_dns_serves(const struct dro_sight *sight,
    const struct dro_rrset *wanted, size_t *n_names, size_t *n_serving,
    const char **detail, struct dro_arena *arena);

#endif /* !DRO_ORCHESTRATOR_DNS_DNS_H */
