#ifndef DRO_STAGE_FACTS_H
#define DRO_STAGE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/rrset.h"

/* What the authoritative servers (or the provider) hold now. */
enum dro_live_status {
	DRO_LIVE_UNKNOWN = 0, /* not answered, or not by all; never a guess */
	DRO_LIVE_OK, /* all servers agree; ${rrset} holds, or n == 0 */
	DRO_LIVE_DISAGREE, /* servers answer differently */
	DRO_LIVE_CNAME /* the name is delegated by a CNAME */
};

struct dro_live {
	enum dro_live_status status;
	struct dro_rrset rrset; /* TXT at _dmarc.<domain> */
	uint32_t negative_ttl_s; /* min(SOA TTL, SOA MINIMUM) when absent */
	const char *detail; /* one line for a person, or NULL */
};

/* Where a publish stands; the journal stores exactly this. */
enum dro_op_state {
	DRO_OP_NONE = 0,
	DRO_OP_INTENT, /* durable, nothing sent */
	DRO_OP_SENDING, /* a request may be under way: outcome unknown */
	DRO_OP_SENT, /* the provider said yes */
	DRO_OP_VERIFIED, /* every name server serves it; closed */
	DRO_OP_ABANDONED, /* given up before it took effect; closed */
	DRO_OP_CONFLICT /* found something else; closed, nothing written */
};

/* A step back to a weaker rung, and how far its repair has come. */
struct dro_setback {
	int64_t at; /* when it was verified */
	bool by_person; /* `rollback`; else the trigger */
	const char *source; /* key of the broken source, or NULL */
	const char *reason; /* one line */
	const char *left_rung; /* where the quick return goes */
	int attempt; /* 1 for the first of this domain */
	int64_t acknowledged_at; /* 0: nobody has yet */
	int64_t returned_at; /* 0: still cooling down */
};

/* One person's word that a domain may enter a rung. */
struct dro_approval {
	const char *rung;
	int64_t uid; /* the person: one uid counts once */
	const char *by; /* "user@host" */
	int64_t at;
	int64_t expires_at;
	const char *digest; /* of the change that the person was shown */
};

/* One person's word that something odd in the reports is right. */
struct dro_answered {
	const char *kind, *key; /* as in anomaly.h */
	int64_t expires_at;
};

/*
 * The name of an address, confirmed: its PTR record gives the name and the
 * name's own A or AAAA record the address.
 */
struct dro_reverse {
	const char *ip; /* canonical text */
	const char *name; /* normalised */
};

/* What mail stands on in DNS. */
enum dro_watch_kind {
	DRO_WATCH_KEY, /* the key of a DKIM selector */
	DRO_WATCH_INCLUDE, /* a name the domain's SPF record includes */
	DRO_WATCH_SPF /* that record itself */
};

enum dro_watch_state {
	DRO_WATCH_NEVER, /* not there when it was first looked at, nor since */
	DRO_WATCH_GOOD,
	DRO_WATCH_GONE,
	DRO_WATCH_REVOKED, /* a key with an empty p= */
	DRO_WATCH_BROKEN, /* there, but nobody can use it */
	DRO_WATCH_CHANGED /* a key of another type than before */
};

/* One such thing, as it was when DNS last told (watch.h). */
struct dro_watched {
	enum dro_watch_kind kind;
	const char *name; /* "s1._domainkey.example.nl"; of SPF the domain */
	enum dro_watch_state state;
	int64_t since; /* it was first seen in this state */
	int64_t good_at; /* when it last was good; 0: never */
	int64_t looked_at; /* when DNS last told; 0: never */
	/* When good, of a key its type, of an include its networks. */
	const char *good;
	const char *detail; /* what is wrong with it, or NULL */
	bool told; /* it stands in the history as broken */
};

/* Whom a pause holds; the nearest one in force is told. */
enum dro_pause_scope { DRO_PAUSE_DOMAIN, DRO_PAUSE_CLIENT, DRO_PAUSE_ALL };

struct dro_pause {
	enum dro_pause_scope scope;
	const char *name; /* domain or client; "" for all */
	const char *reason;
	const char *by; /* "user@host", or NULL: not known */
	int64_t since; /* 0: not known */
	int64_t until; /* 0: until somebody resumes */
};

struct dro_signal;
struct dro_spf;

/*
 * What is stored about one domain.  Facts only: the step is derived.
 * Strings live in the arena the facts were read into.
 */
struct dro_facts {
	bool adopted; /* false: never seen; the rest is empty */
	int64_t adopted_at;
	struct dro_rrset known; /* RRset last verified or adopted */
	int64_t verified_at; /* when every server was seen to serve it;
				   for an adopted record the adoption */
	uint32_t settle_s; /* TTL of what it replaced; 0 if adopted */
	int64_t tags_at; /* when receivers had sp and np that we set alone */
	struct dro_live seen; /* what the last run saw in DNS */
	int64_t seen_at;
	int64_t
	    drift_at; /* since when live differs from known; 0: it does not */
	enum dro_op_state op_state; /* of the open publish, or DRO_OP_NONE */
	int64_t op_id;
	const char *op_to; /* rung it goes to, or NULL */
	int64_t op_since;
	size_t n_setbacks; /* oldest first */
	const struct dro_setback *setbacks;
	size_t n_approvals; /* oldest first */
	const struct dro_approval *approvals;
	size_t n_answers;
	const struct dro_answered *answers;
	size_t n_reverse; /* sorted by address */
	const struct dro_reverse *reverse;
	/*
	 * Digest of the change that going up would publish now; an approval
	 * of another change does not count.  NULL: not known, none counts.
	 */
	const char *up_digest;
	const struct dro_pause *pause; /* in force, or NULL */
	const struct dro_spf *spf; /* the domain's own; NULL: not known */
	size_t n_watched; /* by kind and name */
	const struct dro_watched *watched;
	const struct dro_signal *signal; /* NULL: none is configured */
};

#endif /* !DRO_STAGE_FACTS_H */
