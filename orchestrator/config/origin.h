#ifndef DRO_ORCHESTRATOR_CONFIG_ORIGIN_H
#define DRO_ORCHESTRATOR_CONFIG_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/keys.h"
#include "stage/ladder.h"

struct dro_node;

/* Where a value was found. */
struct dro_origin {
	const char *kind; /* "domain", "client", ..., as people read it */
	const char *name; /* of the client or policy, or NULL */
	const struct dro_node *at; /* NULL: in no file */
};

/* One value as the merge settled it. */
struct dro_traced {
	bool seen; /* the merge asked for it */
	int64_t num; /* as struct dro_setting has it */
	const char *text; /* likewise */
	const struct dro_node *node; /* likewise; NULL: nobody says it */
	struct dro_origin from; /* kind NULL: nobody says it */
};

/* What the merge of one domain took from where: written by it as it goes. */
struct dro_trace {
	struct dro_traced value[DRO_K_N];
	struct dro_origin days[DRO_RUNGS_MAX], report_days[DRO_RUNGS_MAX];
	struct dro_origin *sources; /* in the order of the settings' */
};

#endif /* !DRO_ORCHESTRATOR_CONFIG_ORIGIN_H */
