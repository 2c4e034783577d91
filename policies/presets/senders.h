#ifndef DRO_PRESETS_SENDERS_H
#define DRO_PRESETS_SENDERS_H

#include <stdbool.h>
#include <stddef.h>

#define DRO_SERVICE_NAMES 4 /* of one kind, with the NULL behind them */

/* A service that sends mail for many organisations (docs/senders.md). */
struct dro_service {
	const char *id; /* a name for configurations */
	const char *name; /* as people know it */
	/*
	 * Lists end with NULL; an empty one means that nothing is known for
	 * certain.  A name stands for those below it too.
	 */
	const char *dkim[DRO_SERVICE_NAMES]; /* d= before it is set up */
	const char *mail_from[DRO_SERVICE_NAMES]; /* where it bounces to */
	/* What an SPF record includes; "*.x": a name below x per customer. */
	const char *include[DRO_SERVICE_NAMES];
	const char *align; /* what makes it sign for the customer, or NULL */
};

/** dro_services(n): the shipped table, sorted by id. */
const struct dro_service *dro_services(size_t *n);

/**
 * dro_service_of(domain):
 * The service that signs as, or bounces to, the normalised ${domain}; NULL:
 * none that is known.
 */
const struct dro_service *dro_service_of(const char *domain);

/** dro_service_includes(service, name): whether its SPF include is ${name}. */
bool dro_service_includes(const struct dro_service *service, const char *name);

/**
 * dro_service_pool(mail_from):
 * The one name for all machines of a pool: "mcsv.net" for
 * "mail1.sea2.mcsv.net"; any other domain is its own.
 */
const char *dro_service_pool(const char *mail_from);

#endif /* !DRO_PRESETS_SENDERS_H */
