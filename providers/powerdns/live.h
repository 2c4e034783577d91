#ifndef DRO_PROVIDERS_POWERDNS_LIVE_H
#define DRO_PROVIDERS_POWERDNS_LIVE_H

#include <stdbool.h>

#include <jansson.h>

#include "powerdns/api.h"
#include "provider.h"

/* A live RRset and what else the server says about it. */
struct powerdns_live {
	struct dro_rrset rrset;
	/* Its values as the API has them: strings cut, case as they are. */
	const char *content[DRO_RRSET_VALUES_MAX];
	bool disabled; /* has entries that are stored but not served */
	char serial[32]; /* "serial N", or empty */
};

/**
 * dro_powerdns_fetch(api, zone, name, out, err):
 * The zone as the API gives it, which the caller releases with json_decref:
 * what stands at ${name}, or all of it if that is NULL.  Disabled entries are
 * in the answer for all of it only (tried on 4.7).
 */
enum dro_code dro_powerdns_fetch(struct powerdns_api *api,
    const struct dro_zone *zone, const char *name, json_t **out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_powerdns_live(answer, key, arena, live, err):
 * Find one RRset in a fetched zone.  A CNAME at the name is DRO_ECONFLICT
 * naming its target; an answer that cannot be understood is DRO_EREMOTE.
 */
enum dro_code dro_powerdns_live(const json_t *answer,
    const struct dro_rrkey *key, struct dro_arena *arena,
    struct powerdns_live *live, struct dro_err *err) DRO_MUST_CHECK;

/** dro_powerdns_is_name(value, name): "NAME." in any case, as JSON text. */
bool dro_powerdns_is_name(const json_t *value, const char *name);

/** dro_powerdns_zone_path(path, zone): append "/zones/ID". */
void dro_powerdns_zone_path(struct dro_buf *path, const struct dro_zone *zone);

#endif /* !DRO_PROVIDERS_POWERDNS_LIVE_H */
