#ifndef DRO_ORCHESTRATOR_INGEST_IMAP_AFTER_H
#define DRO_ORCHESTRATOR_INGEST_IMAP_AFTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "config/config.h"
#include "ingest/imap.h"
#include "ingest/inlet.h"

/* Told what somebody should know though nothing failed. */
typedef void dro_inlet_say_fn(const char *fmt, ...) DRO_PRINTF(1, 2);

/* Mails that are settled before the server is told. */
#define DRO_IMAP_BATCH 64

/* Mails that something is to be done with: their UIDs, with commas. */
struct dro_imap_pile {
	char uids[DRO_IMAP_BATCH * 11 + 1]; /* a UID has ten digits */
	size_t len;
};

/* What becomes of the mails of one mailbox. */
struct dro_imap_after {
	struct dro_imap *imap;
	int64_t uidvalidity;
	const struct dro_mail_after *what;
	bool can_move, can_expunge;
	struct dro_imap_pile seen, moved, refused;
};

/**
 * dro_imap_after_init(after, imap, uidvalidity, what, say, err):
 * Look whether the server can do what ${what} asks for; if it cannot move
 * mails at all, ${say} that, and leave them.  As dro_imap_do.
 */
enum dro_code dro_imap_after_init(struct dro_imap_after *after,
    struct dro_imap *imap, int64_t uidvalidity,
    const struct dro_mail_after *what, dro_inlet_say_fn *say,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_imap_after_add(after, uid, how): one mail, at most a batch of them. */
void dro_imap_after_add(
    struct dro_imap_after *after, int64_t uid, enum dro_settled how);

/**
 * dro_imap_after_flush(after, err):
 * Flag and move those that were added, and forget them.  As dro_imap_do.
 */
enum dro_code dro_imap_after_flush(
    struct dro_imap_after *after, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_IMAP_AFTER_H */
