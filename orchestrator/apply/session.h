#ifndef DRO_ORCHESTRATOR_APPLY_SESSION_H
#define DRO_ORCHESTRATOR_APPLY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "dns/dns.h"
#include "host/host.h"
#include "journal.h"
#include "provider.h"
#include "store.h"

/* Something that happened to a domain, for whoever prints it. */
struct dro_happening {
	const char *event; /* "operation.intent", "domain.drifted", ... */
	const char *domain;
	int64_t op; /* operation, or 0 */
	const char *from; /* rungs, or NULL */
	const char *to;
	size_t servers, serving; /* name servers asked, serving it */
	const char *text; /* one line, or NULL */
};

/* An account opened in this run, or why it could not be. */
struct dro_opened {
	const struct dro_account *account;
	const struct dro_conf *conf; /* with its secrets; or NULL */
	struct dro_host *host;
	void *ctx;
	bool failed; /* breaker: nothing more is tried in this run */
	struct dro_err err;
	struct dro_opened *next;
};

struct dro_needed;

/* What verbs that look at the outside world share. */
struct dro_session {
	const struct dro_config *config;
	struct dro_store *store; /* NULL: no database yet */
	int64_t now;
	struct dro_arena *arena; /* of the run */
	bool read_only; /* nothing can be changed through any account */
	struct dro_dns *dns;
	struct dro_opened *opened;
	void (*happen)(void *arg, const struct dro_happening *what);
	void *happen_arg;
	int (*stop)(void); /* non-zero: begin nothing new; or NULL */
	bool pause_read; /* ${pause} says what the pause file says */
	const struct dro_pause *pause; /* or NULL: there is none */
	struct dro_look *looks; /* what DNS showed at the start, by domain */
	size_t n_looks, next_look;
	const struct dro_needed *needed; /* apply/needed.c, when asked for */
};

/**
 * dro_session_open(config, store, read_only, now, arena, out, err):
 * Prepare the resolver; with ${read_only} nothing can be changed through an
 * account.  dro_session_close frees it and the accounts, and wipes what they
 * know of secrets; it accepts a zeroed session.
 */
enum dro_code dro_session_open(const struct dro_config *config,
    struct dro_store *store, bool read_only, int64_t now,
    struct dro_arena *arena, struct dro_session *out,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_session_close(struct dro_session *session);

/**
 * dro_session_account(session, account, out, err):
 * The opened account, its secrets read on first use.  An account that failed
 * with DRO_SCOPE_ACCOUNT fails at once for the rest of the run.
 */
enum dro_code dro_session_account(struct dro_session *session,
    const struct dro_account *account, struct dro_opened **out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_session_stopped(session): whether somebody asked the run to stop. */
bool dro_session_stopped(const struct dro_session *session);

/**
 * dro_session_tell(session, what), dro_session_tell_op(session, event, op,
 * text):
 * Hand ${what} to the printer, if any; ${event} of the operation ${op}, with
 * ${text} or NULL.
 */
void dro_session_tell(
    struct dro_session *session, const struct dro_happening *what);
void dro_session_tell_op(struct dro_session *session, const char *event,
    const struct dro_op *op, const char *text);

#endif /* !DRO_ORCHESTRATOR_APPLY_SESSION_H */
