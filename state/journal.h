#ifndef DRO_STATE_JOURNAL_H
#define DRO_STATE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "record/rrset.h"
#include "stage/facts.h"
#include "store.h"

/*
 * The journal of publishes.  Protocol: op_begin commits the intent before
 * anything leaves; op_sending commits before the request; op_sent after the
 * provider said yes; op_verified when every name server was seen to serve it,
 * in one transaction with the facts and the history.  A crash between any
 * two leaves an open operation that the next run settles first.
 */
struct dro_op {
	int64_t id;
	const char *domain;
	const char *client;
	const char *account;
	const char *kind; /* dro_action_name(), "rollback" or "unpark" */
	const char *from, *to; /* rungs; from may be NULL (no record) */
	const char *reason;
	const char *evidence; /* JSON of the gates at the decision, or NULL */
	const char *source; /* broken source of a setback, or NULL */
	struct dro_rrset before, after;
	uint32_t settle_s; /* old TTL, or negative TTL without a record */
	enum dro_op_state state;
	int attempt;
	int64_t intent_at, sending_at, sent_at, closed_at;
	const char *outcome; /* why it was closed, or NULL */
};

/**
 * dro_op_begin(store, op, now, id, err):
 * Write the intent ${op} (its id, state, attempt and times are ignored) and
 * commit.  DRO_ECONFLICT if the domain has an open operation already.
 */
enum dro_code dro_op_begin(struct dro_store *store, const struct dro_op *op,
    int64_t now, int64_t *id, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ops_begin(store, ops, n, now, ids, err):
 * The same for several RRsets of one domain that go out together; each is
 * recovered and verified by itself.
 */
enum dro_code dro_ops_begin(struct dro_store *store, const struct dro_op *ops,
    size_t n, int64_t now, int64_t *ids, struct dro_err *err) DRO_MUST_CHECK;

/** dro_op_sending(...): commit that a request is about to leave; attempt+1. */
enum dro_code dro_op_sending(struct dro_store *store, int64_t id, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_op_sent(...): commit that the provider accepted it. */
enum dro_code dro_op_sent(struct dro_store *store, int64_t id, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_op_verified(store, id, served, now, err):
 * Close the operation, from whatever open state: recovery may find served
 * what nobody knows to have been sent. ${served} is what every name server holds and becomes
 * the known RRset (of parking, if it is not the DMARC record); dwell starts
 * to count from ${now} plus the settle time.  A
 * setback or rollback opens a cool-down, a return closes it.  One
 * transaction with the history line.
 */
enum dro_code dro_op_verified(struct dro_store *store, int64_t id,
    const struct dro_rrset *served, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_op_close(store, id, state, outcome, now, err):
 * Close without effect: DRO_OP_ABANDONED or DRO_OP_CONFLICT, with a reason.
 */
enum dro_code dro_op_close(struct dro_store *store, int64_t id,
    enum dro_op_state state, const char *outcome, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_op_open(store, domain, arena, out, err):
 * The open operation of ${domain}, the oldest of several; DRO_ENOTFOUND if
 * there is none.
 */
enum dro_code dro_op_open(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_op *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_op_note(store, op, kind, text, now, err):
 * Append a history line of ${kind} about the open operation ${op}.
 */
enum dro_code dro_op_note(struct dro_store *store, const struct dro_op *op,
    const char *kind, const char *text, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_op_noted(store, op, kind, at, err): when it last was; 0: never. */
enum dro_code dro_op_noted(struct dro_store *store, const struct dro_op *op,
    const char *kind, int64_t *at, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_load(store, domain, arena, out, err):
 * What is stored about ${domain}; out->adopted is false if nothing is.
 */
enum dro_code dro_facts_load(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_adopt(store, client, domain, live, now, err):
 * First sight: take ${live} as known; nothing is weakened.  One history line.
 */
enum dro_code dro_facts_adopt(struct dro_store *store, const char *client,
    const char *domain, const struct dro_rrset *live, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_edited(store, domain, live, now, err):
 * Somebody edited the record outside the owned tags: ${live} becomes known,
 * the dwell goes on.  One history line.
 */
enum dro_code dro_facts_edited(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_seen(store, client, domain, live, drifted, now, err):
 * Remember what DNS showed, whatever it was, so that `status` can tell it
 * without the network, and since when it is ${drifted} away from the known
 * RRset.  It is an observation: nothing else changes.
 */
enum dro_code dro_facts_seen(struct dro_store *store, const char *client,
    const char *domain, const struct dro_live *live, bool drifted, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/* Who gave an operator command; from the process, not from options. */
struct dro_actor {
	int64_t uid;
	const char *user;
	const char *host;
};

/**
 * dro_facts_acknowledge(store, domain, actor, reason, now, err):
 * A person has dealt with the cause of the open cool-down.  DRO_ENOTFOUND
 * if the domain has none.
 */
enum dro_code dro_facts_acknowledge(struct dro_store *store, const char *domain,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_approve(store, domain, rung, digest, expires_at, actor, reason,
 *     now, err):
 * A person approved the change named ${digest}, by which ${domain} enters
 * ${rung}.  It is kept until the domain enters it or steps back; what it is
 * worth is decide()'s to say.  A second approval of the same person (uid)
 * for the same rung replaces the first.
 */
enum dro_code dro_facts_approve(struct dro_store *store, const char *domain,
    const char *rung, const char *digest, int64_t expires_at,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_answer(store, domain, answers, n, actor, reason, now, err):
 * A person says that what the ${n} questions are about is right, until each
 * answer expires.  The same question answered again replaces the first.  All
 * or none, one history line each.
 */
enum dro_code dro_facts_answer(struct dro_store *store, const char *domain,
    const struct dro_answered *answers, size_t n, const struct dro_actor *actor,
    const char *reason, int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_facts_reconcile(store, domain, live, actor, reason, now, err):
 * A person takes ${live}, which drifted, as known: the dwell restarts, and
 * approvals of what was are void.  One history line.
 */
enum dro_code dro_facts_reconcile(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, const struct dro_actor *actor,
    const char *reason, int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_pause_set(store, pause, domains, n, actor, now, err):
 * A person pauses moves; ${pause} says whom, why and until when (its by and
 * since are ignored) and replaces an earlier one of the same scope and name.
 * A history line for each of the ${n} ${domains} that it holds.
 */
enum dro_code dro_pause_set(struct dro_store *store,
    const struct dro_pause *pause, const char *const *domains, size_t n,
    const struct dro_actor *actor, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_pause_end(store, scope, name, domains, n, actor, reason, now, err):
 * Take a pause back; DRO_ENOTFOUND if there is none in force.
 */
enum dro_code dro_pause_end(struct dro_store *store, enum dro_pause_scope scope,
    const char *name, const char *const *domains, size_t n,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_pause_nearest(store, domain, client, now, arena, out, err):
 * The pause that holds ${domain} of ${client} at ${now}: its own before that
 * of its client before that of all; NULL if none is in force.
 */
enum dro_code dro_pause_nearest(struct dro_store *store, const char *domain,
    const char *client, int64_t now, struct dro_arena *arena,
    const struct dro_pause **out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_event_add(store, domain, kind, actor, text, now, err):
 * Append a line to the history; ${actor} NULL for the program itself.
 */
enum dro_code dro_event_add(struct dro_store *store, const char *domain,
    const char *kind, const struct dro_actor *actor, const char *text,
    int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/* One line of the history. */
struct dro_event {
	int64_t id;
	int64_t at;
	const char *domain;
	const char *kind; /* adopted, intent, sent, verified, abandoned,
				   conflict, drifted, edited, rollback, ... */
	const char *from, *to; /* rungs, or NULL */
	const char *before, *after; /* joined TXT, or NULL */
	const char *actor; /* "user@host", or NULL: the program */
	const char *text;
	int64_t op; /* operation, or 0 */
};

/**
 * dro_history_each(store, domain, fn, arg, err):
 * Call ${fn} for each history line of ${domain} (NULL: all), oldest first.
 */
enum dro_code dro_history_each(struct dro_store *store, const char *domain,
    enum dro_code (*fn)(
	void *arg, const struct dro_event *event, struct dro_err *err),
    void *arg, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_setbacks_since(store, since, arena, names, n, err):
 * The domains that began to step back by themselves after ${since}, once
 * each, in ${arena}; those given up are left out.
 */
enum dro_code dro_setbacks_since(struct dro_store *store, int64_t since,
    struct dro_arena *arena, const char *const **names, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_JOURNAL_H */
