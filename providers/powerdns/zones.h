#ifndef DRO_PROVIDERS_POWERDNS_ZONES_H
#define DRO_PROVIDERS_POWERDNS_ZONES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "powerdns/api.h"

#include "provider.h"

struct powerdns_known;

/* Which zones a server has, as far as a run asked; zeroed to begin with. */
struct powerdns_zones {
	struct powerdns_known *known; /* names asked for one by one */
	size_t n_known;
	bool tried_list;
	json_t *list; /* all zones by name, or NULL: each is asked for */
};

/**
 * dro_powerdns_zone(api, zones, name, out, err):
 * The longest zone of the server that encloses ${name}; DRO_ENOTFOUND.
 * DRO_EINVAL if it is a secondary, which must not be changed here.
 */
enum dro_code dro_powerdns_zone(struct powerdns_api *api,
    struct powerdns_zones *zones, const char *name, struct dro_zone *out,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_powerdns_zones_finish(struct powerdns_zones *zones);

#endif /* !DRO_PROVIDERS_POWERDNS_ZONES_H */
