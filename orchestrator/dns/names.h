#ifndef DRO_ORCHESTRATOR_DNS_NAMES_H
#define DRO_ORCHESTRATOR_DNS_NAMES_H

#include "dns/lookup.h"

/*
 * Names that many ask about, each looked up once.  What wants a name that is
 * not there yet is done again after the next round.
 */
struct dro_names {
	struct dro_arena *arena;
	struct dro_lookup *items; /* the first ${asked} have their answer */
	size_t n, asked, cap;
	size_t *index, n_index; /* by name and type: place + 1 */
};

/** dro_names_finish(names): frees all but what lives in its arena. */
void dro_names_finish(struct dro_names *names);

/**
 * dro_names_get(names, name, type, out):
 * The answer about the normalised ${name}; ${out}->name is NULL if it must be
 * asked first.  False when out of memory.
 */
bool dro_names_get(struct dro_names *names, const char *name,
    enum dro_rrtype type, struct dro_lookup *out) DRO_MUST_CHECK;

/** dro_names_ask(names, dns, err): look up what was wanted and is not there. */
enum dro_code dro_names_ask(struct dro_names *names, struct dro_dns *dns,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_DNS_NAMES_H */
