#ifndef DRO_ORCHESTRATOR_CONFIG_CONFIG_H
#define DRO_ORCHESTRATOR_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "dns/dns.h"
#include "inputs.h"
#include "plan/breaker.h"
#include "plan/limits.h"
#include "provider.h"
#include "reports.h"
#include "stage/settings.h"

struct dro_node;
struct dro_signal_doc;

/* Processes that read reports: where nothing is said, and at most. */
#define DRO_WORKERS 2
#define DRO_WORKERS_MAX 8

enum dro_source_kind {
	DRO_SOURCE_DIRECTORY,
	DRO_SOURCE_MAILDIR,
	DRO_SOURCE_MBOX,
	DRO_SOURCE_IMAP
};

/* What happens to a mail once what it held is durable. */
enum dro_after { DRO_AFTER_KEEP, DRO_AFTER_SEEN, DRO_AFTER_MOVE };

/* For mails whose reports are stored, and for those that were refused. */
struct dro_mail_after {
	enum dro_after stored, refused;
	const char *folder, *refused_folder; /* where DRO_AFTER_MOVE leads */
};

/* A mailbox, always over TLS. */
struct dro_imap_conf {
	const char *host;
	int port;
	const char *user;
	bool token; /* ${secret} is an OAuth 2 access token, no password */
	struct dro_conf_item secret; /* a reference: see config_secret */
	const char *mailbox; /* UTF-8 */
	const char *ca_file; /* absolute path; NULL: the system's */
};

/* A configured place that reports come from. */
struct dro_report_source {
	const char *name;
	enum dro_source_kind kind;
	const char *path; /* absolute; NULL for DRO_SOURCE_IMAP */
	struct dro_imap_conf imap; /* of DRO_SOURCE_IMAP */
	struct dro_mail_after after; /* of a maildir or a mailbox */
	enum dro_trust trust; /* default: unauthenticated */
	size_t n_authserv_ids; /* 0: Authentication-Results proves nothing */
	const char *const *authserv_ids;
	const char *recipient; /* the field that names where a mail came to;
				  NULL: nobody asks */
};

/* Whose word counts, beside the shipped list: domains or addresses. */
struct dro_reporter_lists {
	size_t n_trust;
	const char *const *trust;
	size_t n_ignore;
	const char *const *ignore;
};

/* Where an external signal is read (settings->signal). */
struct dro_signal_source {
	const char *file; /* absolute path; NULL: ${argv} writes it */
	const char *const *argv; /* ends with NULL */
	int timeout_s; /* for ${argv} */
	int64_t max_age_s;
};

/* A provider account. */
struct dro_account {
	const char *name;
	const struct dro_provider *provider;
	struct dro_conf conf; /* secrets not resolved: see config_secrets */
	int line; /* where it stands, for messages */
	const struct dro_node *key; /* the same */
	const struct dro_node **at; /* where each item of ${conf} stands */
};

struct dro_client {
	const char *id; /* key in config */
	const char *name; /* display name, or the id */
};

/* One domain with everything merged: nearest setting wins. */
struct dro_domain {
	const char *domain; /* A-labels, normalised */
	const char *unicode; /* U-labels for display */
	const struct dro_client *client;
	const struct dro_account *account; /* NULL: none given */
	const struct dro_settings *settings; /* domains alike share them */
	const char *file; /* where it is listed */
	int line;
};

struct dro_config {
	const char *path; /* as found */
	const char *directory; /* absolute: relative paths start here */
	const char *database; /* absolute path */
	bool virtual_clock;
	int64_t fingerprint; /* of every text that was read */
	int64_t holds_until; /* when an exception ends; 0: none does */
	/* Signals that were read in this run; apply/signal.c fills it. */
	struct dro_signal_doc **signals;
	struct dro_retention retention;
	struct dro_dns_conf dns;
	struct dro_limits limits;
	struct dro_breaker breaker;
	int verify_wait_s; /* how long advance waits for all servers */
	bool sandbox_optional; /* ingest goes on without a whole one */
	int workers; /* processes that read reports */
	size_t n_reports;
	const struct dro_report_source *reports;
	struct dro_reporter_lists reporters;
	size_t n_accounts;
	struct dro_account *accounts;
	size_t n_clients;
	const struct dro_client *clients;
	size_t n_domains; /* sorted by client order, then as listed */
	const struct dro_domain *domains;
	const struct dro_domain *const *by_name; /* the same, sorted by name */
};

/* One finding of the reader; errors refuse the file, warnings do not. */
struct dro_finding {
	bool warning;
	const char *file;
	int line, column; /* 1-based */
	const char *text; /* what, and how to fix it */
};

/* All findings, in order of place, so that one run shows them all. */
struct dro_findings {
	size_t n;
	const struct dro_finding *items;
};

/**
 * dro_config_read(path, now, arena, out, findings, err):
 * Read ${path} (NULL: ./rollout.yaml, then /etc/rollout/rollout.yaml) into
 * ${out}; everything lives in ${arena}.  An exception whose `until` lies
 * before ${now} no longer applies and is a warning.  DRO_ENOTFOUND: no such file;
 * DRO_EIO; DRO_EPARSE: ${findings} holds at least one error and ${err} says
 * the first as "file:line:column: text".  The files that it includes and the
 * sheets of domains that these name are read as well; no secret is, and
 * nothing else is touched.
 */
enum dro_code dro_config_read(const char *path, int64_t now,
    struct dro_arena *arena, struct dro_config *out,
    struct dro_findings *findings, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_config_instead(path, now, policy, arena, out, findings, err):
 * dro_config_read as if every domain, but those whose policy is `parked`, had
 * the policy called ${policy}; what it says itself, or its client, still
 * holds.  DRO_ENOTFOUND also if there is no such policy.
 */
enum dro_code dro_config_instead(const char *path, int64_t now,
    const char *policy, struct dro_arena *arena, struct dro_config *out,
    struct dro_findings *findings, struct dro_err *err) DRO_MUST_CHECK;

/* What a value of one domain looks like. */
enum dro_shown_type {
	DRO_SHOWN_NOTHING, /* nobody says it */
	DRO_SHOWN_NUMBER,
	DRO_SHOWN_TEXT, /* as the file would have it; n == 1 */
	DRO_SHOWN_LIST,
	DRO_SHOWN_SECRET /* the kind of reference, and what it names */
};

/* One value that holds for a domain, and where it comes from. */
struct dro_shown_value {
	const char *key; /* "gates.freshness" */
	enum dro_shown_type type;
	int64_t number;
	size_t n;
	const char *const *texts;
	const char *kind; /* of the origin: "domain", "client", ... */
	const char *name; /* of that client or policy, or NULL */
	const char *file; /* NULL: in no file */
	int line, column;
};

struct dro_shown {
	size_t n;
	const struct dro_shown_value *values;
};

/**
 * dro_config_show(path, now, domain, arena, out, shown, findings, err):
 * dro_config_read that also tells every value that holds for ${domain} (as
 * typed) and where the merge took it from.  Nothing in ${shown}: the domain
 * is not listed.
 */
enum dro_code dro_config_show(const char *path, int64_t now, const char *domain,
    struct dro_arena *arena, struct dro_config *out, struct dro_shown *shown,
    struct dro_findings *findings, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_config_secrets(account, arena, out, err):
 * The options of ${account} with every secret reference resolved:
 * {credential: NAME} below $CREDENTIALS_DIRECTORY, {file: PATH} (refused if a
 * symbolic link or readable by group or others), {env: NAME},
 * {command: [argv]}.  DRO_EAUTH or DRO_ENOTFOUND name the reference, never
 * the value.
 */
enum dro_code dro_config_secrets(const struct dro_account *account,
    struct dro_arena *arena, struct dro_conf *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_config_secret(ref, arena, out, err):
 * What one such reference leads to: its kind and what it names are the
 * values of ${ref}.
 */
enum dro_code dro_config_secret(const struct dro_conf_item *ref,
    struct dro_arena *arena, const char **out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_config_domain(config, name): the listed domain (any case), or NULL. */
const struct dro_domain *dro_config_domain(
    const struct dro_config *config, const char *name);

/**
 * dro_config_owner(config, name):
 * The listed domain that the normalised ${name} equals or lies below, the
 * longest match; NULL if there is none (a foreign report).
 */
const struct dro_domain *dro_config_owner(
    const struct dro_config *config, const char *name);

/**
 * dro_config_reporter(config, identity, from, trusted, ignored):
 * Whether reporters.trust and reporters.ignore name the reporter known as
 * ${identity} (dro_reporter_identity; of a file what its XML says) or the
 * domain ${from}, which its mail comes from ("" if there is none).  A domain
 * in a list stands for those below it too, an address for itself.
 */
void dro_config_reporter(const struct dro_config *config, const char *identity,
    const char *from, bool *trusted, bool *ignored);

#endif /* !DRO_ORCHESTRATOR_CONFIG_CONFIG_H */
