#ifndef DRO_PROVIDERS_PROVIDER_H
#define DRO_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "record/rrset.h"

/*
 * The contract of a DNS provider plugin.  A plugin translates between record
 * sets and one provider's way of saying them; whatever leaves the process
 * goes through dro_host (host/host.h), which owns time-outs, retries, limits,
 * redaction, and the read-only mode in which `plan` runs.
 */
struct dro_host;

/* What a provider can do; the core plans with these. */
enum dro_caps {
	DRO_CAP_CAS = 1 << 0, /* compare-and-set is the provider's own;
				      else the plugin reads, compares, writes
				      and reads again */
	DRO_CAP_ATOMIC = 1 << 1, /* several RRsets of a zone in one step */
	DRO_CAP_NULL_MX = 1 << 2, /* stores "0 ." */
	DRO_CAP_BY_HAND = 1 << 3 /* a person makes the change, from a ticket:
				      what the account holds is what the name
				      servers show; see ticket below */
};

enum dro_opt_type {
	DRO_OPT_STRING,
	DRO_OPT_SECRET, /* by reference in config; resolved here */
	DRO_OPT_PATH, /* relative to the config file; absolute here */
	DRO_OPT_URL,
	DRO_OPT_COMMAND, /* argv */
	DRO_OPT_DURATION /* "3d"; seconds in decimal here */
};

/* One option of an account; nested YAML keys are joined by a dot. */
struct dro_opt {
	const char *name; /* "endpoint", "reload.command" */
	enum dro_opt_type type;
	bool required;
	const char *help; /* one line */
};

/* The value of an option: one text, or the words of a command. */
struct dro_conf_item {
	const char *name;
	size_t n;
	const char *const *values;
};

struct dro_conf {
	const char *account; /* its name in config, for messages */
	size_t n;
	const struct dro_conf_item *items;
};

/** dro_conf_get(conf, name): first value of an option, or NULL. */
const char *dro_conf_get(const struct dro_conf *conf, const char *name);

/** dro_conf_item(conf, name): the option, or NULL. */
const struct dro_conf_item *dro_conf_find(
    const struct dro_conf *conf, const char *name);

struct dro_zone {
	char name[DRO_DOMAIN_LEN]; /* apex, normalised */
	char id[512]; /* the plugin's handle: id, path */
};

struct dro_rrkey {
	const char *name; /* normalised, absolute, no final dot */
	enum dro_rrtype type;
};

/* Replace ${expected} (n == 0: absent) by ${wanted} (n == 0: delete). */
struct dro_rrchange {
	const struct dro_rrset *expected;
	const struct dro_rrset *wanted;
};

struct dro_receipt {
	bool noop; /* live was ${wanted} already: nothing sent */
	uint32_t ttl_s; /* TTL really stored, or 0 when not known */
	char note[128]; /* change id, serial: for the journal */
};

enum dro_ticket_status {
	DRO_TICKET_OPEN, /* somebody is to make the change */
	DRO_TICKET_WITHDRAWN, /* nobody is to make it any more */
	DRO_TICKET_DONE /* every name server serves it */
};

/* One change for a person, as it now stands. */
struct dro_ticket {
	const char *domain; /* that moves; the name may lie below it */
	int64_t op; /* number of the operation: one ticket each */
	const char *from; /* rung, or NULL */
	const char *to; /* rung */
	const char *reason;
	const struct dro_rrset *before; /* n == 0: absent */
	const struct dro_rrset *after; /* n == 0: delete */
	int64_t decided_at;
	int64_t wanted_until;
	enum dro_ticket_status status;
	int64_t now;
	const char *note; /* why it was withdrawn, or NULL */
};

/* Where a ticket lies and how patient one is with people. */
struct dro_ticket_terms {
	char path[1024]; /* of the text */
	int64_t remind_s; /* remind so long after, and again */
	int64_t expire_s; /* withdraw it after so long */
};

/*
 * One plugin.  Every function returns DRO_OK or sets ${err}; codes mean:
 * DRO_EAUTH the credential (scope: zone or account), DRO_ENOTFOUND not in
 * this account, DRO_ECONFLICT live is neither expected nor wanted (nothing
 * was written; the message quotes the live value), DRO_EINVAL the provider
 * cannot store this, DRO_ELIMIT later (retry_after_s), DRO_ETIMEOUT the
 * outcome is unknown: read before anything else, DRO_EREMOTE refused or
 * failed and surely nothing changed, DRO_EIO local.  With DRO_CAP_BY_HAND
 * ticket and terms stand instead of read, apply and settle, which are NULL;
 * without it these two are.
 */
struct dro_provider {
	const char *name; /* the word used in config */
	unsigned caps;
	/*
	 * Calls of one account at the same time, at least 1: each in a context
	 * and with a host of its own, from a thread of its own, never two that
	 * write in one zone.  With 1 there is one context only.
	 */
	unsigned calls;
	const struct dro_opt *opts; /* ends with a NULL name */

	/* Open one account.  No I/O; ${conf} outlives ${ctx}. */
	enum dro_code (*open)(struct dro_host *host,
	    const struct dro_conf *conf, void **ctx, struct dro_err *err);

	/* Is the account usable?  Reads only. */
	enum dro_code (*check)(void *ctx, struct dro_err *err);

	/* The zone of this account that holds the RRset owner ${name}. */
	enum dro_code (*zone)(void *ctx, const char *name, struct dro_zone *out,
	    struct dro_err *err);

	/* Read one RRset; out->n == 0 means absent, which is an answer. */
	enum dro_code (*read)(void *ctx, const struct dro_zone *zone,
	    const struct dro_rrkey *key, struct dro_arena *arena,
	    struct dro_rrset *out, struct dro_err *err);

	/*
	 * Compare-and-set ${n} changes in one zone, all or none if the plugin
	 * has DRO_CAP_ATOMIC; without it n is 1.  If live equals wanted
	 * already, receipt->noop.  After DRO_OK a read has seen wanted.
	 */
	enum dro_code (*apply)(void *ctx, const struct dro_zone *zone,
	    const struct dro_rrchange *changes, size_t n,
	    struct dro_receipt *receipt, struct dro_err *err);

	/* Wait for an asynchronous change; NULL if apply is synchronous. */
	enum dro_code (*settle)(void *ctx, const struct dro_zone *zone,
	    const struct dro_receipt *receipt, struct dro_err *err);

	/*
	 * Write ${ticket} out, over what was written for the same operation
	 * before; the same ticket makes the same text, so that after a crash
	 * it is simply written again.  DRO_ETIMEOUT: some of it is written.
	 */
	enum dro_code (*ticket)(
	    void *ctx, const struct dro_ticket *ticket, struct dro_err *err);

	/* The terms of a ticket, from the account's options alone: no I/O. */
	void (*terms)(const struct dro_conf *conf, const char *domain,
	    int64_t op, struct dro_ticket_terms *out);

	/* Could this be stored?  Offline.  DRO_EINVAL says why not. */
	enum dro_code (*explain)(
	    void *ctx, const struct dro_rrset *wanted, struct dro_err *err);

	void (*close)(void *ctx);
};

/* More changes than this in one zone is a mistake, not a rollout. */
#define DRO_CHANGES_MAX 64

/**
 * dro_rrset_storable(wanted, err):
 * DRO_EINVAL unless ${wanted} is sound: TXT or MX, a TTL of RFC 2181 8, MX in
 * presentation form, no value twice.  What a plugin cannot store besides is
 * for its own explain.
 */
enum dro_code dro_rrset_storable(
    const struct dro_rrset *wanted, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_changes_check(zone, changes, n, err):
 * The arguments of apply, before anything is asked: 1 to DRO_CHANGES_MAX
 * changes of one RRset each, within ${zone}, all of them storable.
 */
enum dro_code dro_changes_check(const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_provider_find(name): the built-in plugin, or NULL. */
const struct dro_provider *dro_provider_find(const char *name);

/** dro_provider_all(): NULL-terminated list of the built-in plugins. */
const struct dro_provider *const *dro_provider_all(void);

#endif /* !DRO_PROVIDERS_PROVIDER_H */
