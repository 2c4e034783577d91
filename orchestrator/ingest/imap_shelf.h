#ifndef DRO_ORCHESTRATOR_INGEST_IMAP_SHELF_H
#define DRO_ORCHESTRATOR_INGEST_IMAP_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ingest/imap.h"
#include "ingest/imap_text.h"

/* The mails of one mailbox, in the order of their UIDs. */
struct dro_imap_shelf {
	struct dro_imap *imap; /* the caller's */
	bool read_only; /* it takes no flags */
	int64_t uidvalidity, uidnext, messages;
	int64_t window, width; /* the next UID to ask about, and how many */
	struct dro_buf answer;
	struct dro_buf place; /* of the mail in hand, for people */
	struct dro_buf octets; /* it */
	struct dro_imap_item *items; /* of the last window */
	size_t n, i;
};

enum dro_imap_fetched {
	DRO_IMAP_FETCHED,
	DRO_IMAP_GONE, /* somebody took it away */
	DRO_IMAP_TOO_LARGE
};

void dro_imap_shelf_init(struct dro_imap_shelf *shelf);
void dro_imap_shelf_finish(struct dro_imap_shelf *shelf);

/** dro_imap_shelf_look(shelf, err): what the mailbox holds now. */
enum dro_code dro_imap_shelf_look(
    struct dro_imap_shelf *shelf, struct dro_err *err) DRO_MUST_CHECK;

/** dro_imap_shelf_from(shelf, uid): begin there. */
void dro_imap_shelf_from(struct dro_imap_shelf *shelf, int64_t uid);

/**
 * dro_imap_shelf_next(shelf, out, err):
 * The next mail that is listed, and its shelf->place; NULL: there is none.
 */
enum dro_code dro_imap_shelf_next(struct dro_imap_shelf *shelf,
    const struct dro_imap_item **out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_imap_shelf_fetch(shelf, item, how, err):
 * Its octets into shelf->octets.  Flags stay as they were.  DRO_EREMOTE if the
 * mailbox was made anew meanwhile.
 */
enum dro_code dro_imap_shelf_fetch(struct dro_imap_shelf *shelf,
    const struct dro_imap_item *item, enum dro_imap_fetched *how,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_IMAP_SHELF_H */
