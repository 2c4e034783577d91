#ifndef DRO_PROVIDERS_POWERDNS_LIVE_H
#define DRO_PROVIDERS_POWERDNS_LIVE_H

#include <stdbool.h>

#include <jansson.h>

#include "powerdns/api.h"
#include "provider.h"

/* A live RRset and what else the server says about it. */
struct powerdns_live {
	struct dro_rrset rrset;
	bool disabled; /* has entries that are stored but not served */
	char serial[32]; /* "serial N", or empty */
};

/**
 * dro_powerdns_live(api, zone, key, arena, live, err):
 * Read one RRset.  A CNAME at the name is DRO_ECONFLICT naming its target;
 * an answer that cannot be understood is DRO_EREMOTE.
 */
enum dro_code dro_powerdns_live(struct powerdns_api *api,
    const struct dro_zone *zone, const struct dro_rrkey *key,
    struct dro_arena *arena, struct powerdns_live *live,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_powerdns_is_name(value, name): "NAME." in any case, as JSON text. */
bool dro_powerdns_is_name(const json_t *value, const char *name);

/**
 * dro_powerdns_zone_path(path, zone, name):
 * Append "/zones/ID" and, unless ${name} is NULL, the filter for one name.
 */
void dro_powerdns_zone_path(
    struct dro_buf *path, const struct dro_zone *zone, const char *name);

#endif /* !DRO_PROVIDERS_POWERDNS_LIVE_H */
