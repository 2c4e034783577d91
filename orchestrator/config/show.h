#ifndef DRO_ORCHESTRATOR_CONFIG_SHOW_H
#define DRO_ORCHESTRATOR_CONFIG_SHOW_H

#include "config/config.h"
#include "config/origin.h"

struct dro_reader;

/* The domain that somebody asks about. */
struct dro_show {
	const char *domain; /* normalised; "" matches none */
	struct dro_trace trace; /* filled by the merge */
	struct dro_shown *out;
};

/**
 * dro_show_domain(r, domain):
 * Write what holds for ${domain}, whose merge was traced, into the answer of
 * ${r}: every key of the table that may speak of a domain, then the
 * options of its account.
 */
void dro_show_domain(struct dro_reader *r, const struct dro_domain *domain);

#endif /* !DRO_ORCHESTRATOR_CONFIG_SHOW_H */
