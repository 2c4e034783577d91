#ifndef DRO_ORCHESTRATOR_APPLY_REST_H
#define DRO_ORCHESTRATOR_APPLY_REST_H

#include "apply/examine.h"
#include "memo.h"

/*
 * Most domains need nothing most of the time.  Who writes leaves that behind
 * (state/memo.h), and who plans need not decide it again: only that a domain
 * rests is taken over, never a move, a question or a text.
 */
struct dro_rests {
	const struct dro_rest *items; /* sorted by domain */
	size_t n;
};

/**
 * dro_rests_open(session, out, err):
 * What rests at this moment under this configuration; nothing without a
 * database, or while there is a pause file.
 */
enum dro_code dro_rests_open(struct dro_session *session, struct dro_rests *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rests_hold(session, rests, dom, from, arena, out, err):
 * Whether ${dom} needs nothing: it rests, and what DNS shows is what it
 * rested on.  False says nothing: examine it.
 */
enum dro_code dro_rests_hold(struct dro_session *session,
    const struct dro_rests *rests, const struct dro_domain *dom,
    enum dro_live_from from, struct dro_arena *arena, bool *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rests_leave(session, err):
 * For a writer, at its end: examine, from the store alone, every domain that
 * is configured, adopted and due, and keep what that came to.
 */
enum dro_code dro_rests_leave(
    struct dro_session *session, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_REST_H */
