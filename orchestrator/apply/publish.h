#ifndef DRO_ORCHESTRATOR_APPLY_PUBLISH_H
#define DRO_ORCHESTRATOR_APPLY_PUBLISH_H

#include "apply/examine.h"
#include "apply/pool.h"
#include "parked/template.h"

/* How the publish of one domain ended in this run. */
enum dro_outcome {
	DRO_OUTCOME_NOTHING, /* nothing to do, or an answer: holds, drift */
	DRO_OUTCOME_VERIFYING, /* published; not every server serves it yet */
	DRO_OUTCOME_WAITING, /* a person has the ticket, and no server has it */
	DRO_OUTCOME_CHANGED, /* verified */
	DRO_OUTCOME_FAILED /* could not be served now; see the message */
};

/**
 * dro_read_provider(session, dom, arena, out, err):
 * The TXT RRset at _dmarc.<domain> as the account of ${dom} holds it.
 */
enum dro_code dro_read_provider(struct dro_session *session,
    const struct dro_domain *dom, struct dro_arena *arena, struct dro_live *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_read_held(session, dom, like, arena, out, err):
 * The RRset with name and type of ${like} as the account of ${dom} holds it.
 */
enum dro_code dro_read_held(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_rrset *like,
    struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_can_store(session, dom, wanted, err):
 * Whether the account of ${dom}, which has one, could store ${wanted}:
 * DRO_EINVAL and why not; other codes if the account cannot be opened.
 */
enum dro_code dro_can_store(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_rrset *wanted,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_supersede(session, dom, why, arena, err):
 * Give up an operation that was sent but is not served everywhere, because a
 * weaker rung must be published now.
 */
enum dro_code dro_supersede(struct dro_session *session,
    const struct dro_domain *dom, const char *why, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

/*
 * One publish on its way, of ${n} (at most DRO_PARTS) changes in one zone.  Its
 * steps are apart, so that several can be on their way at once: open, begin
 * and end are for the thread that has the session; look and send call the
 * provider and change nothing but this, so a worker may run them.  Every step
 * is durable before the next one begins.
 */
struct dro_publishing {
	struct dro_session *session;
	const struct dro_domain *dom;
	const struct dro_change *changes;
	size_t n;
	const char *evidence, *source; /* for the journal, or NULL */
	struct dro_arena *arena;
	struct dro_lane *lane; /* finds the zone; NULL: the session's account */
	/* What the steps find out. */
	struct dro_opened *opened;
	struct dro_zone zone;
	struct dro_op ops[DRO_PARTS];
	struct dro_receipt receipt;
	size_t at; /* the change with which a look failed */
};

/** dro_publishing_open(p, err): the account, whose secrets may be read. */
enum dro_code dro_publishing_open(
    struct dro_publishing *p, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publishing_look(p, ctx, err):
 * Find the zone, and compare what the provider holds with before of each
 * change: DRO_ECONFLICT if it is neither that nor after.
 */
enum dro_code dro_publishing_look(
    struct dro_publishing *p, void *ctx, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publishing_begin(p, looked, why, go, err):
 * After a look (or open) that ended with ${looked} and ${why}: tell the
 * failure, or write the intents and mark them as being sent, which is ${go}.
 * An error is the database's and must stop the run; so it is of end.
 */
enum dro_code dro_publishing_begin(struct dro_publishing *p,
    enum dro_code looked, const struct dro_err *why, bool *go,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_publishing_send(p, ctx, err): what provider->apply says. */
enum dro_code dro_publishing_send(
    struct dro_publishing *p, void *ctx, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publishing_end(p, sent, why, out, err):
 * Write down how the sending ended: sent; refused, so the operations are
 * closed; or unknown, so they stay open.
 */
enum dro_code dro_publishing_end(struct dro_publishing *p, enum dro_code sent,
    const struct dro_err *why, enum dro_outcome *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publish(session, dom, change, evidence, source, arena, out, err):
 * Carry ${change} out up to the provider's yes: compare what the provider
 * holds with change->before, write the intent, mark it as being sent, apply,
 * mark it as sent.  ${evidence} (JSON of the gates) and ${source} go into the
 * journal and may be NULL.  Every step is durable before the next one
 * begins.  ${out} is DRO_OUTCOME_VERIFYING, or DRO_OUTCOME_FAILED with the
 * reason in ${err}; the code returned is an error only if the database
 * failed, which must stop the run.
 */
enum dro_code dro_publish(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_change *change,
    const char *evidence, const char *source, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publish_all(...):
 * The same for ${n} changes (at most DRO_PARTS) in one zone, in one call; more
 * than one only where the provider has DRO_CAP_ATOMIC.  Each has an operation
 * of its own.
 */
enum dro_code dro_publish_all(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_change *changes, size_t n,
    const char *evidence, const char *source, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_publish_again(session, dom, op, arena, out, err):
 * Send the open operation ${op} once more: nobody knows whether it took
 * effect everywhere, and what it sets is the same.
 */
enum dro_code dro_publish_again(struct dro_session *session,
    const struct dro_domain *dom, const struct dro_op *op,
    struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_recover(session, dom, arena, out, err):
 * Settle the open operation of ${dom}, if it has one, by what the provider
 * holds now: the new record was published (go on verifying), the old one was
 * left (give the operation up: the tick decides afresh), anything else (a
 * conflict for a person, nothing is written), or no answer (leave it, the
 * domain waits).  ${out} as dro_publish.  A ticket that nobody acted on stays
 * open: DRO_OUTCOME_WAITING, also when it just expired.
 */
enum dro_code dro_recover(struct dro_session *session,
    const struct dro_domain *dom, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_verify(session, dom, wait_s, arena, out, err):
 * Ask every name server until all serve the open operation's record, at most
 * ${wait_s} seconds; then close it.  DRO_OUTCOME_CHANGED or
 * DRO_OUTCOME_VERIFYING; DRO_OUTCOME_WAITING at once for a ticket that nobody
 * has acted on; DRO_OUTCOME_NOTHING if nothing was sent.
 */
enum dro_code dro_verify(struct dro_session *session,
    const struct dro_domain *dom, int wait_s, struct dro_arena *arena,
    enum dro_outcome *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_PUBLISH_H */
