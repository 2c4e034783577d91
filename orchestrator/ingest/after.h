#ifndef DRO_ORCHESTRATOR_INGEST_AFTER_H
#define DRO_ORCHESTRATOR_INGEST_AFTER_H

#include "config/config.h"
#include "ingest/inlet.h"

/**
 * dro_after_of(after, how, folder):
 * What to do with a mail that was settled as ${how}; ${folder} is where
 * DRO_AFTER_MOVE leads.  A mail about domains of others stays as it is.
 */
enum dro_after dro_after_of(const struct dro_mail_after *after,
    enum dro_settled how, const char **folder);

#endif /* !DRO_ORCHESTRATOR_INGEST_AFTER_H */
