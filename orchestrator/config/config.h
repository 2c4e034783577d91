#ifndef DRO_ORCHESTRATOR_CONFIG_CONFIG_H
#define DRO_ORCHESTRATOR_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "dns/dns.h"
#include "provider.h"
#include "reports.h"
#include "stage/settings.h"

/* A configured place that reports come from. */
struct dro_report_source {
	const char *name;
	const char *directory; /* absolute path */
	enum dro_trust trust; /* default: unauthenticated */
};

/* A provider account. */
struct dro_account {
	const char *name;
	const struct dro_provider *provider;
	struct dro_conf conf; /* secrets not resolved: see config_secrets */
	int line; /* where it stands, for messages */
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
	struct dro_settings settings;
	const char *file; /* where it is listed */
	int line;
};

struct dro_config {
	const char *path; /* as found */
	const char *directory; /* absolute: relative paths start here */
	const char *database; /* absolute path */
	bool virtual_clock;
	struct dro_dns_conf dns;
	int verify_wait_s; /* how long advance waits for all servers */
	size_t n_reports;
	const struct dro_report_source *reports;
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
 * the first as "file:line:column: text".  No secret is read and nothing
 * outside the file is touched.
 */
enum dro_code dro_config_read(const char *path, int64_t now,
    struct dro_arena *arena, struct dro_config *out,
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

#endif /* !DRO_ORCHESTRATOR_CONFIG_CONFIG_H */
