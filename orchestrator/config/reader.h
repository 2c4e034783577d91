#ifndef DRO_ORCHESTRATOR_CONFIG_READER_H
#define DRO_ORCHESTRATOR_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "config/findings.h"
#include "config/keys.h"
#include "config/yaml.h"

/* Entries of one kind that are compared pairwise: more is no configuration. */
#define DRO_ENTRIES_MAX 1000

struct dro_calendar;
struct dro_guess;
struct dro_documents;
struct dro_policies;
struct dro_show;

/* One reading of one file. */
struct dro_reader {
	struct dro_arena *arena;
	struct dro_log log;
	/* What paths in the file being bound start from; absolute. */
	const char *dir;
	const char *shown_dir; /* the same as messages name it, "" or "x/" */
	bool alone; /* a text from memory: it names no other file */
	size_t octets; /* of files that others name, so far */
	int64_t now;
	bool quiet; /* values may be secrets: messages do not quote them */
	struct dro_config *out;
	struct dro_policies *policies;
	const char *instead; /* the policy of all domains, or NULL */
	bool unknown; /* there is no policy called so */
	struct dro_calendar *calendars; /* resolved so far */
	struct dro_show
	    *show; /* the domain that somebody asks about, or NULL */
};

/* A bound key: ${num} or ${text} as its type says. */
struct dro_setting {
	const struct dro_node *key; /* NULL: not in the file */
	const struct dro_node *node;
	bool ok; /* false although there: an error was reported */
	int64_t num;
	const char *text;
};

/**
 * dro_config_parse(path, text, len, now, arena, out, findings, err):
 * dro_config_read for a text in memory; ${path} names it in messages and
 * ${dir} is what its relative paths start from.  No file is touched: one that
 * the text names is an error.
 */
enum dro_code dro_config_parse(const char *path, const char *dir,
    const char *text, size_t len, int64_t now, struct dro_arena *arena,
    struct dro_config *out, struct dro_findings *findings,
    struct dro_err *err) DRO_MUST_CHECK;

/* ---- reader.c: what every binder needs ---- */

/** dro_reader_alloc(r, n, size): from the arena; NULL is remembered. */
void *dro_reader_alloc(struct dro_reader *r, size_t n, size_t size);

/** dro_reader_error(r, node, fmt, ...), ..._warning: a finding at ${node}. */
void dro_reader_error(struct dro_reader *r, const struct dro_node *node,
    const char *fmt, ...) DRO_PRINTF(3, 4);
void dro_reader_warning(struct dro_reader *r, const struct dro_node *node,
    const char *fmt, ...) DRO_PRINTF(3, 4);

/** dro_found(r, node): `"text"`, `a list`, ... for messages; cut if long. */
const char *dro_found(struct dro_reader *r, const struct dro_node *node);

/** dro_suggestion(r, guess): dro_guess_text; never NULL. */
const char *dro_suggestion(struct dro_reader *r, const struct dro_guess *guess);

/** dro_shown_dir(r, path): the folder of ${path} as messages name it. */
const char *dro_shown_dir(struct dro_reader *r, const char *path);

/**
 * dro_is_map(r, node, what), dro_is_list(r, node, what):
 * True if ${node} can be walked as such: null counts as empty.  Else an error
 * about ${what}.
 */
bool dro_is_map(
    struct dro_reader *r, const struct dro_node *node, const char *what);
bool dro_is_list(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_is_few(r, node, what): at most DRO_ENTRIES_MAX entries, or an error. */
bool dro_is_few(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/**
 * dro_bind(r, map, place, out):
 * Bind the keys of ${map}, which stands at ${place}, and of maps below that
 * have keys of their own, into ${out}[DRO_K_N].  Unknown keys and wrong
 * values are errors.
 */
void dro_bind(struct dro_reader *r, const struct dro_node *map, unsigned place,
    struct dro_setting *out);

/* ---- value.c: typed scalars.  Each reports what is wrong. ---- */

/** dro_value_line(r, node, what, max): text of one line, or NULL. */
const char *dro_value_line(struct dro_reader *r, const struct dro_node *node,
    const char *what, size_t max);

/** dro_value_name(r, node, what): a name for things in config, or NULL. */
const char *dro_value_name(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_value_path(r, node, what): an absolute path, or NULL. */
const char *dro_value_path(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_value_bind(r, key, node, out): the value of a scalar key. */
void dro_value_bind(struct dro_reader *r, const struct dro_key *key,
    const struct dro_node *node, struct dro_setting *out);

/** dro_value_show(r, key, v): ${v} in the unit of ${key}'s bounds, as text. */
const char *dro_value_show(
    struct dro_reader *r, const struct dro_key *key, int64_t v);

/**
 * dro_value_words(r, node, what, n):
 * The ${n} words of a command, at least one; a relative program path becomes
 * absolute.  NULL after an error.
 */
const char *const *dro_value_words(struct dro_reader *r,
    const struct dro_node *node, const char *what, size_t *n);

/* ---- value_net.c: names and addresses ---- */

/** dro_value_domain(r, node, what): a domain normalised, or NULL. */
const char *dro_value_domain(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_value_server(r, node, what): "addr@port", or NULL. */
const char *dro_value_server(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_value_rua(r, node, what): one mailto: URI, or NULL. */
const char *dro_value_rua(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/** dro_value_url(r, node, what): an http(s) URL without a password. */
const char *dro_value_url(
    struct dro_reader *r, const struct dro_node *node, const char *what);

/**
 * dro_domain_ascii(in, out, err):
 * dro_domain_normalise that takes U-labels too (UTS 46, non-transitional).
 */
enum dro_code dro_domain_ascii(const char *in, char out[DRO_DOMAIN_LEN],
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_domain_unicode(arena, name): for display; NULL when out of memory. */
const char *dro_domain_unicode(struct dro_arena *arena, const char *name);

/* ---- the parts of a configuration ---- */

/** dro_bind_dns(r, root): dns, into ${r}->out. */
void dro_bind_dns(struct dro_reader *r, const struct dro_setting *root);

/** dro_bind_limits(r, root): limits, into ${r}->out. */
void dro_bind_limits(struct dro_reader *r, const struct dro_setting *root);

/** dro_bind_retention(r, root): retention, into ${r}->out. */
void dro_bind_retention(struct dro_reader *r, const struct dro_setting *root);

/** dro_bind_reporters(r, root): reporters, into ${r}->out. */
void dro_bind_reporters(struct dro_reader *r, const struct dro_setting *root);

/** dro_bind_authserv_ids(r, list, out): authserv_id of one source. */
void dro_bind_authserv_ids(struct dro_reader *r, const struct dro_node *list,
    struct dro_report_source *out);

/** dro_bind_reports(r, list): reports. */
void dro_bind_reports(struct dro_reader *r, const struct dro_node *list);

/**
 * dro_bind_secret(r, node, name, n):
 * The ${n} values of {credential: NAME}, {file: PATH}, {env: NAME} or
 * {command: [argv]}: the kind, then what it names; NULL after an error.  What
 * stands there instead may be the secret itself, so nothing is quoted.
 */
const char *const *dro_bind_secret(struct dro_reader *r,
    const struct dro_node *node, const char *name, size_t *n);

/** dro_bind_accounts(r, map): accounts. */
void dro_bind_accounts(struct dro_reader *r, const struct dro_node *map);

/** dro_bind_clients(r, defaults, docs): ${defaults} may be NULL. */
void dro_bind_clients(struct dro_reader *r, const struct dro_node *defaults,
    const struct dro_documents *docs);

#endif /* !DRO_ORCHESTRATOR_CONFIG_READER_H */
