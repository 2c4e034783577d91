#ifndef DRO_ORCHESTRATOR_CONFIG_KEYS_H
#define DRO_ORCHESTRATOR_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a key may stand; a key that may stand in several has all the bits. */
enum dro_where {
	DRO_IN_ROOT = 1 << 0,
	DRO_IN_STATE = 1 << 1,
	DRO_IN_DNS = 1 << 2,
	DRO_IN_REPORT = 1 << 3,
	DRO_IN_DIRECTORY = 1 << 4,
	DRO_IN_SECRET = 1 << 5,
	DRO_IN_POLICY = 1 << 6,
	DRO_IN_DEFAULTS = 1 << 7,
	DRO_IN_CLIENT = 1 << 8,
	DRO_IN_DOMAIN = 1 << 9,
	DRO_IN_GATES = 1 << 10,
	DRO_IN_HOP = 1 << 11,
	DRO_IN_APPROVAL = 1 << 12,
	DRO_IN_SETBACK = 1 << 13,
	DRO_IN_SOURCE = 1 << 14,
	DRO_IN_INCLUDED = 1 << 15, /* the top level of an included file */
	DRO_IN_IMPORT = 1 << 16,
	DRO_IN_CSV = 1 << 17, /* a column of a CSV file, for its domain */
	DRO_IN_PARKED = 1 << 18,
	DRO_IN_LIMITS = 1 << 19,
	DRO_IN_FREEZE = 1 << 20,
	DRO_IN_WINDOW = 1 << 21,
	DRO_IN_MAILDIR = 1 << 22,
	DRO_IN_MBOX = 1 << 23,
	DRO_IN_IMAP = 1 << 24,
	DRO_IN_AFTER = 1 << 25,
	DRO_IN_RETENTION = 1 << 26,
	DRO_IN_REPORTERS = 1 << 27,
	DRO_IN_UNDECIDED = 1 << 28,
	DRO_IN_SIGNAL = 1 << 29
};

enum dro_key_id {
	DRO_K_VERSION,
	DRO_K_STATE,
	DRO_K_DATABASE,
	DRO_K_CLOCK,
	DRO_K_RETENTION,
	DRO_K_KEEP_REPORTS,
	DRO_K_KEEP_ARCHIVE,
	DRO_K_KEEP_ADDRESSES,
	DRO_K_DNS,
	DRO_K_RESOLVERS,
	DRO_K_SERVERS,
	DRO_K_TIMEOUT,
	DRO_K_TRIES,
	DRO_K_VERIFY_WAIT,
	DRO_K_SANDBOX,
	DRO_K_WORKERS,
	DRO_K_REPORTER_LISTS,
	DRO_K_REPORTER_TRUST,
	DRO_K_REPORTER_IGNORE,
	DRO_K_REPORTS,
	DRO_K_REPORT_NAME,
	DRO_K_DIRECTORY,
	DRO_K_MAILDIR,
	DRO_K_MBOX,
	DRO_K_SOURCE_PATH,
	DRO_K_IMAP,
	DRO_K_HOST,
	DRO_K_PORT,
	DRO_K_USER,
	DRO_K_PASSWORD,
	DRO_K_TOKEN,
	DRO_K_MAILBOX,
	DRO_K_CA_FILE,
	DRO_K_AFTER,
	DRO_K_STORED,
	DRO_K_FOLDER,
	DRO_K_REFUSED,
	DRO_K_REFUSED_FOLDER,
	DRO_K_TRUST,
	DRO_K_AUTHSERV_ID,
	DRO_K_RECIPIENT,
	DRO_K_ACCOUNTS,
	DRO_K_CREDENTIAL,
	DRO_K_FILE,
	DRO_K_ENV,
	DRO_K_COMMAND,
	DRO_K_POLICIES,
	DRO_K_EXTENDS,
	DRO_K_DEFAULTS,
	DRO_K_LIMITS,
	DRO_K_MAX_CHANGES,
	DRO_K_MAX_CHANGES_SHARE,
	DRO_K_PER_CLIENT,
	DRO_K_PER_ACCOUNT,
	DRO_K_SETBACK_CLIENTS,
	DRO_K_SETBACK_SHARE,
	DRO_K_CLIENTS,
	DRO_K_INCLUDE,
	DRO_K_CLIENT_NAME,
	DRO_K_IMPORT,
	DRO_K_CSV,
	DRO_K_DOMAINS,
	DRO_K_POLICY,
	DRO_K_ACCOUNT,
	DRO_K_RUA,
	DRO_K_TTL,
	DRO_K_TARGET,
	DRO_K_LADDER,
	DRO_K_GATES,
	DRO_K_FRESHNESS,
	DRO_K_REPORTERS,
	DRO_K_TAU,
	DRO_K_ALPHA,
	DRO_K_ALPHA_LAST,
	DRO_K_TAU_SOURCE,
	DRO_K_DKIM_ALIGNED,
	DRO_K_FORWARDED,
	DRO_K_HOPS,
	DRO_K_DAYS,
	DRO_K_REPORT_DAYS,
	DRO_K_APPROVAL,
	DRO_K_BEFORE,
	DRO_K_COUNT,
	DRO_K_EXPIRES,
	DRO_K_FREEZE,
	DRO_K_WINDOWS,
	DRO_K_TIME_ZONE,
	DRO_K_FROM,
	DRO_K_TO,
	DRO_K_WEEKDAYS,
	DRO_K_SETBACK,
	DRO_K_SHARE,
	DRO_K_COOLDOWN,
	DRO_K_SP,
	DRO_K_NP,
	DRO_K_NP_FROM,
	DRO_K_PAUSE,
	DRO_K_TRIAL,
	DRO_K_SOURCES,
	DRO_K_CLOSED,
	DRO_K_DKIM,
	DRO_K_MAIL_FROM,
	DRO_K_ADDRESS,
	DRO_K_PTR,
	DRO_K_EXCLUSIVE,
	DRO_K_IS,
	DRO_K_CADENCE,
	DRO_K_CRITICALITY,
	DRO_K_OWNER,
	DRO_K_UNDECIDED,
	DRO_K_ANSWER_WITHIN,
	DRO_K_THEN,
	DRO_K_SIGNAL,
	DRO_K_SIGNAL_FILE,
	DRO_K_SIGNAL_COMMAND,
	DRO_K_SIGNAL_TIMEOUT,
	DRO_K_MAX_AGE,
	DRO_K_PARKED,
	DRO_K_QUIET,
	DRO_K_CONFIRMED,
	DRO_K_UNTIL,
	DRO_K_WHY,
	DRO_K_N
};

/* What a value is; the comment says what the bound number or text is. */
enum dro_key_type {
	DRO_T_NODE, /* a list, or a map with names of its own: bound later */
	DRO_T_MAP, /* a map with the keys of place ${sub}, bound with it */
	DRO_T_NUMBER, /* decimal */
	DRO_T_DURATION, /* "72h": in ${unit} milliseconds */
	DRO_T_SECONDS, /* the same, or a bare number of seconds */
	DRO_T_PERCENT, /* "0.5%": parts per million */
	DRO_T_WORD, /* one of ${words}: its index */
	DRO_T_LINE, /* text on one line */
	DRO_T_NAME, /* letters, digits, ".", "_" and "-" */
	DRO_T_PATH, /* absolute path */
	DRO_T_DATE, /* Unix seconds */
	DRO_T_RUA /* one mailto: URI */
};

struct dro_key {
	const char *name;
	enum dro_key_id id;
	unsigned places;
	enum dro_key_type type;
	unsigned sub; /* DRO_T_MAP */
	int64_t min, max; /* in ${unit} of the type, both allowed */
	int64_t unit; /* DRO_T_DURATION, DRO_T_SECONDS */
	/* DRO_T_WORD; of DRO_T_DURATION one that means -1.  Ends with NULL. */
	const char *const *words;
};

/** dro_keys(n): the table of all keys of a configuration. */
const struct dro_key *dro_keys(size_t *n);

/** dro_key_find(place, name): the key of ${place}, or NULL. */
const struct dro_key *dro_key_find(unsigned place, const char *name);

/** dro_place_name(place): "dns", "a client", ...; "the top level". */
const char *dro_place_name(unsigned place);

#endif /* !DRO_ORCHESTRATOR_CONFIG_KEYS_H */
