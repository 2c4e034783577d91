#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "powerdns/rdata.h"

#include "powerdns/live.h"

bool
dro_powerdns_is_name(const json_t *value, const char *name)
{
	const char *s = json_string_value(value);
	size_t len = strlen(name);

	return (s != NULL && strncasecmp(s, name, len) == 0 &&
	    strcmp(s + len, ".") == 0);
}

void
dro_powerdns_zone_path(struct dro_buf *path, const struct dro_zone *zone)
{
	dro_buf_adds(path, "/zones/");
	dro_powerdns_escape(path, zone->id);
}

/* Add one record of the API to ${live}. */
static enum dro_code
take_record(const json_t *record, struct powerdns_live *live,
    struct dro_arena *arena, struct dro_err *err)
{
	const char *content =
	    json_string_value(json_object_get(record, "content"));
	struct dro_buf text;
	enum dro_code rc;
	const char *s;

	if (content == NULL)
		return (
		    dro_err_set(err, DRO_EPARSE, "a record without content"));
	if (json_is_true(json_object_get(record, "disabled"))) {
		live->disabled = true;
		return (DRO_OK);
	}
	dro_buf_init(&text, DRO_TXT_MAX);
	if (live->rrset.type == DRO_RR_TXT) {
		rc = dro_powerdns_txt_decode(content, &text, err);
	} else {
		/* Names have no case; DNS gives them in lower case. */
		for (s = content; *s != '\0'; s++)
			dro_buf_addc(&text, dro_ascii_lower(*s));
		rc = dro_buf_check(&text, "value", err);
	}
	if (rc == DRO_OK)
		rc = dro_rrset_add(&live->rrset, arena,
		    text.len == 0 ? "" : text.ptr, text.len, err);
	dro_buf_finish(&text);
	if (rc != DRO_OK)
		return (rc);
	s = dro_arena_strdup(arena, content);
	live->content[live->rrset.n - 1] = s;
	return (s == NULL ? dro_err_nomem(err) : DRO_OK);
}

static enum dro_code
take_rrset(const json_t *rrset, struct powerdns_live *live,
    struct dro_arena *arena, struct dro_err *err)
{
	const json_t *records = json_object_get(rrset, "records");
	const json_t *ttl = json_object_get(rrset, "ttl");
	enum dro_code rc = DRO_OK;
	size_t i;

	if (live->rrset.n > 0 || !json_is_array(records) ||
	    !json_is_integer(ttl) || json_integer_value(ttl) < 0 ||
	    json_integer_value(ttl) > UINT32_MAX)
		return (dro_err_set(err, DRO_EPARSE,
		    "one RRset with ttl and records expected"));
	live->rrset.ttl_s = (uint32_t)json_integer_value(ttl);
	for (i = 0; rc == DRO_OK && i < json_array_size(records); i++)
		rc = take_record(json_array_get(records, i), live, arena, err);
	return (rc);
}

/* A CNAME at the name: the owner's decision, so refuse and say where to. */
static enum dro_code
refuse_cname(const json_t *rrset, const char *name, struct dro_err *err)
{
	const json_t *record =
	    json_array_get(json_object_get(rrset, "records"), 0);
	const char *target =
	    json_string_value(json_object_get(record, "content"));

	if (json_is_true(json_object_get(record, "disabled")))
		return (DRO_OK);
	return (dro_err_set(err, DRO_ECONFLICT,
	    "%s: is a CNAME to %.260s; remove it first, or publish there", name,
	    target == NULL ? "?" : target));
}

/*
 * Find the RRset in the zone the server gave.  Servers before 4.7 ignore the
 * filter and give all names, so it is filtered here again.
 */
static enum dro_code
take_live(const json_t *answer, const struct dro_rrkey *key,
    struct powerdns_live *live, struct dro_arena *arena, struct dro_err *err)
{
	const json_t *rrsets = json_object_get(answer, "rrsets"), *rrset;
	const json_t *serial = json_object_get(answer, "serial");
	enum dro_code rc = DRO_OK;
	const char *type;
	size_t i;

	if (!json_is_array(rrsets))
		return (dro_err_set(
		    err, DRO_EPARSE, "a zone with rrsets expected"));
	if (json_is_integer(serial))
		(void)snprintf(live->serial, sizeof(live->serial),
		    "serial %lld", (long long)json_integer_value(serial));
	for (i = 0; rc == DRO_OK && i < json_array_size(rrsets); i++) {
		rrset = json_array_get(rrsets, i);
		type = json_string_value(json_object_get(rrset, "type"));
		if (type == NULL ||
		    !dro_powerdns_is_name(
			json_object_get(rrset, "name"), key->name))
			continue;
		if (strcmp(type, dro_rrtype_name(key->type)) == 0)
			rc = take_rrset(rrset, live, arena, err);
		else if (strcmp(type, "CNAME") == 0)
			rc = refuse_cname(rrset, key->name, err);
	}
	return (rc);
}

enum dro_code
dro_powerdns_fetch(struct powerdns_api *api, const struct dro_zone *zone,
    const char *name, json_t **out, struct dro_err *err)
{
	struct dro_buf path;
	enum dro_code rc;

	*out = NULL;
	dro_buf_init(&path, 2048);
	dro_powerdns_zone_path(&path, zone);
	if (name != NULL) {
		dro_buf_adds(&path, "?rrset_name=");
		dro_powerdns_escape(&path, name);
		dro_buf_addc(&path, '.');
	}
	if ((rc = dro_buf_check(&path, "path", err)) == DRO_OK)
		rc = dro_powerdns_get(api, path.ptr, out, err);
	dro_buf_finish(&path);
	return (rc);
}

enum dro_code
dro_powerdns_live(const json_t *answer, const struct dro_rrkey *key,
    struct dro_arena *arena, struct powerdns_live *live, struct dro_err *err)
{
	enum dro_code rc;

	memset(live, 0, sizeof(*live));
	dro_rrset_init(&live->rrset, key->name, key->type);
	rc = take_live(answer, key, live, arena, err);
	/* The server's answer breaks a rule or a limit: nothing to wait for. */
	if (rc == DRO_EPARSE || rc == DRO_ELIMIT) {
		rc = DRO_EREMOTE;
		if (err != NULL)
			err->code = rc;
		dro_err_context(err, "%s %s: answer of PowerDNS", key->name,
		    dro_rrtype_name(key->type));
	}
	return (rc);
}
