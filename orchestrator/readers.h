#ifndef DRO_ORCHESTRATOR_READERS_H
#define DRO_ORCHESTRATOR_READERS_H

#include "base/err.h"
#include "cmd.h"
#include "ingest/dkim_keys.h"
#include "ingest/workers.h"

/* The processes that read, and where they get the keys of signatures. */
struct dro_readers {
	struct dro_workers *workers;
	struct dro_dkim_keys *keys;
};

/**
 * dro_readers_start(cmd, out, err), dro_readers_end(readers):
 * As the configuration of ${cmd} has them; warns of a sandbox that lacks
 * something.  Errors as dro_workers_create has them.  Ending takes zeroes.
 */
enum dro_code dro_readers_start(struct dro_cmd *cmd, struct dro_readers *out,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_readers_end(struct dro_readers *readers);

#endif /* !DRO_ORCHESTRATOR_READERS_H */
