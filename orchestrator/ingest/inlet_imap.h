#ifndef DRO_ORCHESTRATOR_INGEST_INLET_IMAP_H
#define DRO_ORCHESTRATOR_INGEST_INLET_IMAP_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "ingest/imap_after.h"
#include "ingest/inlet.h"
#include "store.h"

/**
 * dro_inlet_imap(source, store, now, say, out, err):
 * The mails of the mailbox of ${source}, which outlives the inlet, in the
 * order of their UIDs and from the first one on that no earlier run has
 * settled.  Nothing is resolved or connected to before the first next, so
 * that whoever forks before has no secret.
 *
 * A mail is flagged or moved as the source says once it is settled, some of
 * them at a time, and then the UID is stored up to which all is done: a run
 * that ends anywhere reads at most those mails again.  Reading a mail leaves
 * it unseen if it was.  Mails above DRO_MAIL_MAX are refused unread.
 */
enum dro_code dro_inlet_imap(const struct dro_report_source *source,
    struct dro_store *store, int64_t now, dro_inlet_say_fn *say,
    struct dro_inlet *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_IMAP_H */
