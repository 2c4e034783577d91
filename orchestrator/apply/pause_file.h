#ifndef DRO_ORCHESTRATOR_APPLY_PAUSE_FILE_H
#define DRO_ORCHESTRATOR_APPLY_PAUSE_FILE_H

#include "apply/session.h"

/*
 * "<database>.pause": a pause of everything that needs no database.  Anybody
 * who may write beside the database can make it by hand; its first line is
 * the reason.
 */

/**
 * dro_pause_file(session, out, err):
 * What the file says, read once in a run; ${out} is NULL without one.  A
 * file that cannot be read still pauses.
 */
enum dro_code dro_pause_file(struct dro_session *session,
    const struct dro_pause **out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_pause_file_there(config): whether there is one at this moment. */
bool dro_pause_file_there(const struct dro_config *config);

/** dro_pause_file_write(config, reason, err): make or replace it. */
enum dro_code dro_pause_file_write(const struct dro_config *config,
    const char *reason, struct dro_err *err) DRO_MUST_CHECK;

/** dro_pause_file_remove(config, was, err): ${was}: there was one. */
enum dro_code dro_pause_file_remove(const struct dro_config *config, bool *was,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_APPLY_PAUSE_FILE_H */
