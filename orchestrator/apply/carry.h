#ifndef DRO_ORCHESTRATOR_APPLY_CARRY_H
#define DRO_ORCHESTRATOR_APPLY_CARRY_H

#include "apply/move.h"
#include "apply/publish.h"

/*
 * So many moves are looked at before their turn, and so many are being sent,
 * at the most: some for each worker of a few accounts.  What a crash leaves
 * open is no more than this.
 */
#define DRO_CARRY_AHEAD 16

/* What a run knows that decides whether a move goes when its turn has come. */
struct dro_carry_terms {
	bool (*may_go)(void *arg, struct dro_move *move);
	void *arg;
};

/**
 * dro_carry(session, moves, n, terms, outcomes, err):
 * Publish ${moves} up to the provider's yes, several at a time (apply/pool.h),
 * and write the outcome of each into ${outcomes}; those of moves that are
 * held, or that session->stop came before, stay as they are.  Whatever is
 * told or written down comes in the order of ${moves}, the same in every run:
 * each move begins (an intent, sending) after the one before it has, and ends
 * (sent, refused) after that one has.  After session->stop, or an error of
 * the database, which is returned, nothing begins, and what was begun is
 * waited for and written down.
 */
enum dro_code dro_carry(struct dro_session *session, struct dro_move *moves,
    size_t n, const struct dro_carry_terms *terms, enum dro_outcome *outcomes,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_CARRY_H */
