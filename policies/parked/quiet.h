#ifndef DRO_PARKED_QUIET_H
#define DRO_PARKED_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/evidence.h"

/* How quiet a domain has been: what reports say about mail that passes. */
struct dro_quiet {
	bool heard; /* mail passed at least once */
	int32_t last_day; /* the last day on which it did */
	uint32_t stream; /* of that mail */
	int report_days; /* days after that with counted reports */
};

/** dro_quiet_find(evidence): look through all of ${evidence}. */
struct dro_quiet dro_quiet_find(const struct dro_evidence *evidence);

#endif /* !DRO_PARKED_QUIET_H */
