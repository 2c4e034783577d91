#ifndef DRO_ORCHESTRATOR_INGEST_INLET_MAILDIR_H
#define DRO_ORCHESTRATOR_INGEST_INLET_MAILDIR_H

#include "base/err.h"
#include "config/config.h"
#include "ingest/inlet.h"

/**
 * dro_inlet_maildir(path, after, out, err):
 * The mails in cur and new of the maildir ${path}, in this order, sorted by
 * name; tmp is not looked at.  Settled ones are flagged or moved as ${after}
 * says, which like ${path} outlives the inlet; a mail that somebody else
 * renames or takes away meanwhile is left for the next run.  next returns
 * DRO_ENOTFOUND if ${path} is no maildir.  DRO_ENOMEM.
 */
enum dro_code dro_inlet_maildir(const char *path,
    const struct dro_mail_after *after, struct dro_inlet *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_MAILDIR_H */
