#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "powerdns/live.h"

#include "powerdns/zones.h"

/* After so many names asked for one by one, all zones are listed. */
#define SINGLE_MAX 16

/* What one name turned out to be; ${found} may be no. */
struct powerdns_known {
	char name[DRO_DOMAIN_LEN];
	bool found;
	char id[256];
};

static enum dro_code
remember(struct powerdns_zones *z, const struct powerdns_known *known,
    struct dro_err *err)
{
	struct powerdns_known *grown =
	    reallocarray(z->known, z->n_known + 1, sizeof(*grown));

	if (grown == NULL)
		return (dro_err_nomem(err));
	z->known = grown;
	z->known[z->n_known++] = *known;
	return (DRO_OK);
}

/* What ${name} is, whose zone is as the server shows it (NULL: none). */
static enum dro_code
take_zone(const struct powerdns_api *api, const json_t *zone, const char *name,
    struct powerdns_known *out, struct dro_err *err)
{
	const char *id = json_string_value(json_object_get(zone, "id"));
	const char *kind = json_string_value(json_object_get(zone, "kind"));

	memset(out, 0, sizeof(*out));
	if (zone != NULL &&
	    (id == NULL || strlen(id) >= sizeof(out->id) || kind == NULL))
		return (dro_err_set(err, DRO_EREMOTE,
		    "account %s: zone %s: id and kind expected", api->account,
		    name));
	if (zone != NULL &&
	    (strcasecmp(kind, "Slave") == 0 ||
		strcasecmp(kind, "Secondary") == 0 ||
		strcasecmp(kind, "Consumer") == 0))
		return (dro_err_set(err, DRO_EINVAL,
		    "account %s: zone %s: is a secondary here, so changes "
		    "would be overwritten; name the account of its primary",
		    api->account, name));
	out->found = zone != NULL;
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	(void)snprintf(out->id, sizeof(out->id), "%s", id == NULL ? "" : id);
	return (DRO_OK);
}

/* Ask for the zone ${name} alone. */
static enum dro_code
ask_zone(struct powerdns_api *api, const char *name, struct powerdns_known *out,
    struct dro_err *err)
{
	const json_t *zone = NULL;
	struct dro_buf path;
	json_t *answer = NULL;
	enum dro_code rc;
	size_t i;

	dro_buf_init(&path, 1024);
	dro_buf_adds(&path, "/zones?zone=");
	dro_powerdns_escape(&path, name);
	dro_buf_addc(&path, '.');
	if ((rc = dro_buf_check(&path, "path", err)) != DRO_OK ||
	    (rc = dro_powerdns_get(api, path.ptr, &answer, err)) != DRO_OK)
		goto out;
	for (i = 0; i < json_array_size(answer); i++)
		if (dro_powerdns_is_name(
			json_object_get(json_array_get(answer, i), "name"),
			name))
			zone = json_array_get(answer, i);
	if (json_is_array(answer))
		rc = take_zone(api, zone, name, out, err);
	else
		rc = dro_err_set(err, DRO_EREMOTE,
		    "account %s: zone %s: a list of zones expected",
		    api->account, name);
out:
	json_decref(answer);
	dro_buf_finish(&path);
	return (rc);
}

/* Index the zones of ${answer} by lower-case name; NULL if they cannot be. */
static json_t *
index_zones(const json_t *answer)
{
	json_t *list = json_is_array(answer) ? json_object() : NULL;
	char normal[DRO_DOMAIN_LEN];
	const char *name;
	size_t i;

	for (i = 0; list != NULL && i < json_array_size(answer); i++) {
		json_t *zone = json_array_get(answer, i);

		name = json_string_value(json_object_get(zone, "name"));
		/* What is no name of ours to ask for is passed over. */
		if (name == NULL ||
		    dro_domain_normalise(name, normal, NULL) != DRO_OK)
			continue;
		if (json_object_set(list, normal, zone) != 0) {
			json_decref(list);
			return (NULL);
		}
	}
	return (list);
}

/*
 * Two requests per domain are as dear as its change.  A server whose list is
 * too long for one answer, or that gives none, is asked one by one.
 */
static void
list_zones(struct powerdns_api *api, struct powerdns_zones *z)
{
	json_t *answer = NULL;
	struct dro_err why;

	z->tried_list = true;
	if (dro_powerdns_get(api, "/zones?dnssec=false", &answer, &why) ==
	    DRO_OK)
		z->list = index_zones(answer);
	json_decref(answer);
}

/* Is ${name} itself a zone here?  Asked once per run. */
static enum dro_code
zone_at(struct powerdns_api *api, struct powerdns_zones *z, const char *name,
    struct powerdns_known *out, struct dro_err *err)
{
	enum dro_code rc;
	size_t i;

	for (i = 0; i < z->n_known; i++)
		if (strcmp(z->known[i].name, name) == 0) {
			*out = z->known[i];
			return (DRO_OK);
		}
	if (z->n_known >= SINGLE_MAX && !z->tried_list)
		list_zones(api, z);
	if (z->list != NULL)
		return (take_zone(
		    api, json_object_get(z->list, name), name, out, err));
	rc = ask_zone(api, name, out, err);
	return (rc == DRO_OK ? remember(z, out, err) : rc);
}

/* The longest enclosing zone: ask for the name, then for each parent. */
enum dro_code
dro_powerdns_zone(struct powerdns_api *api, struct powerdns_zones *z,
    const char *name, struct dro_zone *out, struct dro_err *err)
{
	char normal[DRO_DOMAIN_LEN];
	const char *at = normal;
	struct powerdns_known known;
	enum dro_code rc;

	if ((rc = dro_domain_normalise(name, normal, err)) != DRO_OK)
		return (rc);
	while (at != NULL) {
		if ((rc = zone_at(api, z, at, &known, err)) != DRO_OK)
			return (rc);
		if (known.found) {
			memset(out, 0, sizeof(*out));
			memcpy(out->name, known.name, sizeof(out->name));
			memcpy(out->id, known.id, sizeof(known.id));
			return (DRO_OK);
		}
		if ((at = strchr(at, '.')) != NULL)
			at++;
	}
	return (dro_err_set(err, DRO_ENOTFOUND,
	    "account %s: no zone on this server encloses %s", api->account,
	    normal));
}

void
dro_powerdns_zones_finish(struct powerdns_zones *z)
{
	json_decref(z->list);
	free(z->known);
	memset(z, 0, sizeof(*z));
}
