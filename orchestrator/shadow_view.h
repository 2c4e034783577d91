#ifndef DRO_ORCHESTRATOR_SHADOW_VIEW_H
#define DRO_ORCHESTRATOR_SHADOW_VIEW_H

#include <jansson.h>

#include "base/buf.h"
#include "cmd.h"
#include "shadow.h"

/*
 * Names below listed domains that have a record of their own and are not
 * listed: nobody moves them.  A finding for people; no gate looks at it.
 */
struct dro_shadows {
	size_t n;
	const struct dro_shadow **items;
};

/**
 * dro_shadows_find(cmd, below, out, err):
 * Those below the domain ${below} (NULL: below all of the clients that are
 * asked about) that the configuration does not list; none without a database.
 */
enum dro_code dro_shadows_find(struct dro_cmd *cmd, const char *below,
    struct dro_shadows *out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_shadows_text(shadows, out): a line each; nothing for none. */
void dro_shadows_text(const struct dro_shadows *shadows, struct dro_buf *out);

/** dro_shadows_markdown(shadows, out): the same for a merge request. */
void dro_shadows_markdown(
    const struct dro_shadows *shadows, struct dro_buf *out);

/** dro_shadows_json(shadows): an array; NULL when out of memory. */
json_t *dro_shadows_json(const struct dro_shadows *shadows);

#endif /* !DRO_ORCHESTRATOR_SHADOW_VIEW_H */
