#include <string.h>

#include "base/compiler.h"
#include "base/date.h"
#include "config/config.h"
#include "config/keys.h"
#include "stage/evidence.h"

#define SECOND INT64_C(1000)
#define HOUR (DRO_HOUR_S * SECOND)
#define DAY (DRO_DAY_S * SECOND)

#define SETTINGS (DRO_IN_DEFAULTS | DRO_IN_CLIENT | DRO_IN_DOMAIN)
#define RULES (DRO_IN_POLICY | SETTINGS)

static const char *const sandboxes[] = {"required", "optional", NULL};
static const char *const clocks[] = {"real", "virtual", NULL};
static const char *const forever[] = {"forever", NULL};
/* In the order of enum dro_trust, dro_after and dro_level. */
static const char *const trusts[] = {
    "unauthenticated", "new", "known", "trusted", NULL};
static const char *const afters[] = {"keep", "seen", "move", NULL};
static const char *const booleans[] = {"false", "true", NULL};
static const char *const thens[] = {"threat", NULL};
/* In the order of enum dro_whose. */
static const char *const whose[] = {"ours", "forwarder", "threat", NULL};
/* In the order of cadence_days[] in bind_settings.c. */
static const char *const cadences[] = {
    "daily", "weekly", "monthly", "quarterly", NULL};
static const char *const criticalities[] = {"normal", "critical", NULL};
static const char *const levels[] = {"none", "quarantine", "reject", NULL};
/* The same, and what merge.c makes of the rest. */
static const char *const sp_words[] = {
    "none", "quarantine", "reject", "follow", "keep", NULL};
static const char *const np_words[] = {
    "none", "quarantine", "reject", "keep", NULL};
static const char *const np_froms[] = {"enforcement", "start", NULL};

#define NODE(id, name, places)                                                 \
	{                                                                      \
		name, id, places, DRO_T_NODE, 0, 0, 0, 0, NULL                 \
	}
#define MAP(id, name, places, sub)                                             \
	{                                                                      \
		name, id, places, DRO_T_MAP, sub, 0, 0, 0, NULL                \
	}
#define NUMBER(id, name, places, min, max)                                     \
	{                                                                      \
		name, id, places, DRO_T_NUMBER, 0, min, max, 0, NULL           \
	}
#define TIME(id, name, places, min, max, unit)                                 \
	{                                                                      \
		name, id, places, DRO_T_DURATION, 0, min, max, unit, NULL      \
	}
/* Whole days, or for ever. */
#define KEEP(id, name, min)                                                    \
	{                                                                      \
		name, id, DRO_IN_RETENTION, DRO_T_DURATION, 0, (min)*DAY,      \
		    3650 * DAY, DAY, forever                                   \
	}
#define PERCENT(id, name, places, min, max)                                    \
	{                                                                      \
		name, id, places, DRO_T_PERCENT, 0, min, max, 0, NULL          \
	}
#define WORD(id, name, places, words)                                          \
	{                                                                      \
		name, id, places, DRO_T_WORD, 0, 0, 0, 0, words                \
	}
#define TEXT(id, name, places, type, max)                                      \
	{                                                                      \
		name, id, places, type, 0, 0, max, 0, NULL                     \
	}

/*
 * Every key: the binder, the suggestions and the reference (docs/config.md,
 * which a test compares with this table) know no other.
 */
static const struct dro_key keys[] = {
    NUMBER(DRO_K_VERSION, "version", DRO_IN_ROOT, 1, 1),
    MAP(DRO_K_STATE, "state", DRO_IN_ROOT, DRO_IN_STATE),
    TEXT(DRO_K_DATABASE, "database", DRO_IN_STATE, DRO_T_PATH, 1024),
    WORD(DRO_K_CLOCK, "clock", DRO_IN_ROOT, clocks),
    MAP(DRO_K_RETENTION, "retention", DRO_IN_ROOT, DRO_IN_RETENTION),
    /* Decisions look back DRO_EVIDENCE_DAYS. */
    KEEP(DRO_K_KEEP_REPORTS, "reports", DRO_EVIDENCE_DAYS + 10),
    KEEP(DRO_K_KEEP_ARCHIVE, "archive", 0),
    KEEP(DRO_K_KEEP_ADDRESSES, "addresses", 1),
    MAP(DRO_K_DNS, "dns", DRO_IN_ROOT, DRO_IN_DNS),
    NODE(DRO_K_RESOLVERS, "resolvers", DRO_IN_DNS),
    NODE(DRO_K_SERVERS, "servers", DRO_IN_DNS),
    TIME(DRO_K_TIMEOUT, "timeout", DRO_IN_DNS, 100, 60 * SECOND, 1),
    NUMBER(DRO_K_TRIES, "tries", DRO_IN_DNS, 1, 10),
    TIME(DRO_K_VERIFY_WAIT, "verify_wait", DRO_IN_DNS, 0, HOUR, SECOND),
    WORD(DRO_K_SANDBOX, "sandbox", DRO_IN_ROOT, sandboxes),
    NUMBER(DRO_K_WORKERS, "workers", DRO_IN_ROOT, 1, DRO_WORKERS_MAX),
    MAP(DRO_K_REPORTER_LISTS, "reporters", DRO_IN_ROOT, DRO_IN_REPORTERS),
    NODE(DRO_K_REPORTER_TRUST, "trust", DRO_IN_REPORTERS),
    NODE(DRO_K_REPORTER_IGNORE, "ignore", DRO_IN_REPORTERS),
    NODE(DRO_K_REPORTS, "reports", DRO_IN_ROOT),
    TEXT(DRO_K_REPORT_NAME, "name", DRO_IN_REPORT, DRO_T_NAME, 64),
    MAP(DRO_K_DIRECTORY, "directory", DRO_IN_REPORT, DRO_IN_DIRECTORY),
    MAP(DRO_K_MAILDIR, "maildir", DRO_IN_REPORT, DRO_IN_MAILDIR),
    MAP(DRO_K_MBOX, "mbox", DRO_IN_REPORT, DRO_IN_MBOX),
    TEXT(DRO_K_SOURCE_PATH, "path",
	DRO_IN_DIRECTORY | DRO_IN_MAILDIR | DRO_IN_MBOX, DRO_T_PATH, 1024),
    MAP(DRO_K_IMAP, "imap", DRO_IN_REPORT, DRO_IN_IMAP),
    TEXT(DRO_K_HOST, "host", DRO_IN_IMAP, DRO_T_LINE, 253),
    NUMBER(DRO_K_PORT, "port", DRO_IN_IMAP, 1, 65535),
    TEXT(DRO_K_USER, "user", DRO_IN_IMAP, DRO_T_LINE, 320),
    NODE(DRO_K_PASSWORD, "password", DRO_IN_IMAP),
    NODE(DRO_K_TOKEN, "token", DRO_IN_IMAP),
    TEXT(DRO_K_MAILBOX, "mailbox", DRO_IN_IMAP, DRO_T_LINE, 255),
    TEXT(DRO_K_CA_FILE, "ca_file", DRO_IN_IMAP, DRO_T_PATH, 1024),
    MAP(DRO_K_AFTER, "after", DRO_IN_MAILDIR | DRO_IN_IMAP, DRO_IN_AFTER),
    WORD(DRO_K_STORED, "stored", DRO_IN_AFTER, afters),
    TEXT(DRO_K_FOLDER, "folder", DRO_IN_AFTER, DRO_T_LINE, 255),
    WORD(DRO_K_REFUSED, "refused", DRO_IN_AFTER, afters),
    TEXT(DRO_K_REFUSED_FOLDER, "refused_folder", DRO_IN_AFTER, DRO_T_LINE, 255),
    WORD(DRO_K_TRUST, "trust", DRO_IN_REPORT, trusts),
    NODE(DRO_K_AUTHSERV_ID, "authserv_id", DRO_IN_REPORT),
    TEXT(DRO_K_RECIPIENT, "recipient", DRO_IN_REPORT, DRO_T_NAME, 64),
    NODE(DRO_K_ACCOUNTS, "accounts", DRO_IN_ROOT),
    TEXT(DRO_K_CREDENTIAL, "credential", DRO_IN_SECRET, DRO_T_NAME, 64),
    TEXT(DRO_K_FILE, "file", DRO_IN_SECRET, DRO_T_PATH, 1024),
    TEXT(DRO_K_ENV, "env", DRO_IN_SECRET, DRO_T_NAME, 64),
    NODE(DRO_K_COMMAND, "command", DRO_IN_SECRET),
    MAP(DRO_K_LIMITS, "limits", DRO_IN_ROOT, DRO_IN_LIMITS),
    NUMBER(DRO_K_MAX_CHANGES, "max_changes", DRO_IN_LIMITS, 1, 100000),
    PERCENT(DRO_K_MAX_CHANGES_SHARE, "max_changes_share", DRO_IN_LIMITS, 1,
	1000000),
    NUMBER(DRO_K_PER_CLIENT, "per_client", DRO_IN_LIMITS, 1, 100000),
    NUMBER(DRO_K_PER_ACCOUNT, "per_account", DRO_IN_LIMITS, 1, 100000),
    NUMBER(DRO_K_SETBACK_CLIENTS, "setback_clients", DRO_IN_LIMITS, 1, 100000),
    PERCENT(DRO_K_SETBACK_SHARE, "setback_share", DRO_IN_LIMITS, 1, 1000000),
    NODE(DRO_K_POLICIES, "policies", DRO_IN_ROOT),
    TEXT(DRO_K_EXTENDS, "extends", DRO_IN_POLICY, DRO_T_NAME, 64),
    NODE(DRO_K_DEFAULTS, "defaults", DRO_IN_ROOT),
    NODE(DRO_K_CLIENTS, "clients", DRO_IN_ROOT | DRO_IN_INCLUDED),
    NODE(DRO_K_INCLUDE, "include", DRO_IN_ROOT),
    TEXT(DRO_K_CLIENT_NAME, "name", DRO_IN_CLIENT, DRO_T_LINE, 200),
    NODE(DRO_K_DOMAINS, "domains", DRO_IN_CLIENT),
    MAP(DRO_K_IMPORT, "import", DRO_IN_CLIENT, DRO_IN_IMPORT),
    TEXT(DRO_K_CSV, "csv", DRO_IN_IMPORT, DRO_T_PATH, 1024),
    TEXT(DRO_K_POLICY, "policy", SETTINGS | DRO_IN_CSV, DRO_T_NAME, 64),
    TEXT(DRO_K_ACCOUNT, "account", SETTINGS | DRO_IN_CSV, DRO_T_NAME, 64),
    TEXT(DRO_K_RUA, "rua", SETTINGS | DRO_IN_CSV, DRO_T_RUA, 320),
    {"ttl", DRO_K_TTL, SETTINGS | DRO_IN_CSV, DRO_T_SECONDS, 0, 30 * SECOND,
	7 * DAY, SECOND, NULL},
    WORD(DRO_K_TARGET, "target", RULES | DRO_IN_CSV, &levels[1]),
    NODE(DRO_K_LADDER, "ladder", RULES),
    MAP(DRO_K_GATES, "gates", RULES, DRO_IN_GATES),
    TIME(DRO_K_FRESHNESS, "freshness", DRO_IN_GATES, HOUR, 60 * DAY, HOUR),
    NUMBER(DRO_K_REPORTERS, "reporters", DRO_IN_GATES, 1, 100),
    PERCENT(DRO_K_TAU, "tau", DRO_IN_GATES, 10, 200000),
    PERCENT(DRO_K_ALPHA, "alpha", DRO_IN_GATES, 1, 500000),
    PERCENT(DRO_K_ALPHA_LAST, "alpha_last", DRO_IN_GATES, 1, 500000),
    PERCENT(DRO_K_TAU_SOURCE, "tau_source", DRO_IN_GATES, 10, 500000),
    PERCENT(DRO_K_DKIM_ALIGNED, "dkim_aligned", DRO_IN_GATES, 0, 1000000),
    PERCENT(DRO_K_FORWARDED, "forwarded", DRO_IN_GATES, 0, 1000000),
    NODE(DRO_K_HOPS, "hops", RULES),
    NUMBER(DRO_K_DAYS, "days", DRO_IN_HOP, 0, 1000),
    NUMBER(DRO_K_REPORT_DAYS, "report_days", DRO_IN_HOP, 0, 1000),
    MAP(DRO_K_APPROVAL, "approval", RULES, DRO_IN_APPROVAL),
    NODE(DRO_K_BEFORE, "before", DRO_IN_APPROVAL),
    NUMBER(DRO_K_COUNT, "count", DRO_IN_APPROVAL, 1, 10),
    TIME(DRO_K_EXPIRES, "expires", DRO_IN_APPROVAL, HOUR, 365 * DAY, SECOND),
    NODE(DRO_K_FREEZE, "freeze", RULES),
    NODE(DRO_K_WINDOWS, "windows", RULES),
    TEXT(DRO_K_TIME_ZONE, "time_zone", RULES, DRO_T_LINE, 64),
    TEXT(DRO_K_FROM, "from", DRO_IN_FREEZE | DRO_IN_WINDOW, DRO_T_LINE, 40),
    TEXT(DRO_K_TO, "to", DRO_IN_FREEZE | DRO_IN_WINDOW, DRO_T_LINE, 40),
    NODE(DRO_K_WEEKDAYS, "days", DRO_IN_WINDOW),
    MAP(DRO_K_SETBACK, "setback", RULES, DRO_IN_SETBACK),
    PERCENT(DRO_K_SHARE, "share", DRO_IN_SETBACK, 0, 1000000),
    TIME(DRO_K_COOLDOWN, "cooldown", DRO_IN_SETBACK, DAY, 365 * DAY, DAY),
    WORD(DRO_K_SP, "sp", SETTINGS | DRO_IN_CSV, sp_words),
    WORD(DRO_K_NP, "np", SETTINGS | DRO_IN_CSV, np_words),
    WORD(DRO_K_NP_FROM, "np_from", SETTINGS, np_froms),
    TEXT(DRO_K_PAUSE, "pause", SETTINGS | DRO_IN_CSV, DRO_T_LINE, 500),
    WORD(DRO_K_TRIAL, "trial", SETTINGS | DRO_IN_CSV, booleans),
    NODE(DRO_K_SOURCES, "sources", SETTINGS),
    NODE(DRO_K_DKIM, "dkim", DRO_IN_SOURCE),
    NODE(DRO_K_MAIL_FROM, "mail_from", DRO_IN_SOURCE),
    NODE(DRO_K_ADDRESS, "address", DRO_IN_SOURCE),
    NODE(DRO_K_PTR, "ptr", DRO_IN_SOURCE),
    WORD(DRO_K_EXCLUSIVE, "exclusive", DRO_IN_SOURCE, booleans),
    WORD(DRO_K_IS, "is", DRO_IN_SOURCE, whose),
    WORD(DRO_K_CADENCE, "cadence", DRO_IN_SOURCE, cadences),
    WORD(DRO_K_CRITICALITY, "criticality", DRO_IN_SOURCE, criticalities),
    TEXT(DRO_K_OWNER, "owner", DRO_IN_SOURCE, DRO_T_LINE, 200),
    MAP(DRO_K_UNDECIDED, "undecided", RULES, DRO_IN_UNDECIDED),
    {"answer_within", DRO_K_ANSWER_WITHIN, DRO_IN_UNDECIDED, DRO_T_DURATION, 0,
	0, 365 * DAY, DAY, forever},
    WORD(DRO_K_THEN, "then", DRO_IN_UNDECIDED, thens),
    MAP(DRO_K_SIGNAL, "signal", RULES, DRO_IN_SIGNAL),
    TEXT(DRO_K_SIGNAL_FILE, "file", DRO_IN_SIGNAL, DRO_T_PATH, 1024),
    NODE(DRO_K_SIGNAL_COMMAND, "command", DRO_IN_SIGNAL),
    TIME(DRO_K_SIGNAL_TIMEOUT, "timeout", DRO_IN_SIGNAL, SECOND, HOUR / 6,
	SECOND),
    TIME(DRO_K_MAX_AGE, "max_age", DRO_IN_SIGNAL, HOUR, 60 * DAY, SECOND),
    MAP(DRO_K_PARKED, "parked", RULES, DRO_IN_PARKED),
    TIME(DRO_K_QUIET, "quiet", DRO_IN_PARKED, DAY, 365 * DAY, DAY),
    TEXT(DRO_K_CONFIRMED, "confirmed", DRO_IN_PARKED, DRO_T_LINE, 500),
    TEXT(DRO_K_UNTIL, "until", DRO_IN_CLIENT | DRO_IN_DOMAIN, DRO_T_DATE, 40),
    TEXT(DRO_K_WHY, "why", SETTINGS | DRO_IN_CSV | DRO_IN_FREEZE, DRO_T_LINE,
	500),
};

const struct dro_key *
dro_keys(size_t *n)
{
	*n = DRO_ARRAY_LEN(keys);
	return (keys);
}

const struct dro_key *
dro_key_find(unsigned place, const char *name)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(keys); i++)
		if ((keys[i].places & place) != 0 &&
		    strcmp(keys[i].name, name) == 0)
			return (&keys[i]);
	return (NULL);
}

const char *
dro_place_name(unsigned place)
{
	static const struct {
		unsigned place;
		const char *name;
	} names[] = {{DRO_IN_ROOT, "the top level"}, {DRO_IN_STATE, "state"},
	    {DRO_IN_RETENTION, "retention"}, {DRO_IN_DNS, "dns"},
	    {DRO_IN_REPORT, "an entry of reports"},
	    {DRO_IN_DIRECTORY, "directory"}, {DRO_IN_MAILDIR, "maildir"},
	    {DRO_IN_MBOX, "mbox"}, {DRO_IN_IMAP, "imap"},
	    {DRO_IN_AFTER, "after"}, {DRO_IN_SECRET, "a reference to a secret"},
	    {DRO_IN_REPORTERS, "reporters"}, {DRO_IN_POLICY, "a policy"},
	    {DRO_IN_DEFAULTS, "defaults"}, {DRO_IN_CLIENT, "a client"},
	    {DRO_IN_DOMAIN, "a domain"}, {DRO_IN_GATES, "gates"},
	    {DRO_IN_HOP, "a rung of hops"}, {DRO_IN_APPROVAL, "approval"},
	    {DRO_IN_SETBACK, "setback"}, {DRO_IN_SOURCE, "a source"},
	    {DRO_IN_UNDECIDED, "undecided"}, {DRO_IN_LIMITS, "limits"},
	    {DRO_IN_FREEZE, "an entry of freeze"},
	    {DRO_IN_WINDOW, "an entry of windows"}, {DRO_IN_PARKED, "parked"},
	    {DRO_IN_SIGNAL, "signal"}, {DRO_IN_INCLUDED, "an included file"},
	    {DRO_IN_IMPORT, "import"}};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(names); i++)
		if ((names[i].place & place) != 0)
			return (names[i].name);
	return ("this place");
}
