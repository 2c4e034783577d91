#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "config/keys.h"
#include "config/schema.h"
#include "presets/presets.h"
#include "provider.h"

/* A number, also in quotes: the reader takes every plain value as text. */
#define DECIMAL "(0|[1-9][0-9]*)"

#define REF_MAX 128

/* The forms of DRO_T_NODE. */
enum shape {
	SHAPE_TEXTS, /* a list of texts */
	SHAPE_SOME_TEXTS, /* of at least one */
	SHAPE_TEXTS_OF, /* a map of anything to such a list */
	SHAPE_LIST_OF, /* a list of maps of a place */
	SHAPE_MAP_OF, /* a map of anything to maps of a place */
	SHAPE_PLACE, /* a map of a place */
	SHAPE_SOURCES, /* the same, with "closed" among them or instead */
	SHAPE_ACCOUNTS,
	SHAPE_LADDER
};

static const struct {
	enum dro_key_id id;
	enum shape shape;
	unsigned place;
} shapes[] = {
    {DRO_K_RESOLVERS, SHAPE_SOME_TEXTS, 0},
    {DRO_K_SERVERS, SHAPE_TEXTS_OF, 0},
    {DRO_K_REPORTER_TRUST, SHAPE_TEXTS, 0},
    {DRO_K_REPORTER_IGNORE, SHAPE_TEXTS, 0},
    {DRO_K_REPORTS, SHAPE_LIST_OF, DRO_IN_REPORT},
    {DRO_K_AUTHSERV_ID, SHAPE_SOME_TEXTS, 0},
    {DRO_K_PASSWORD, SHAPE_PLACE, DRO_IN_SECRET},
    {DRO_K_TOKEN, SHAPE_PLACE, DRO_IN_SECRET},
    {DRO_K_ACCOUNTS, SHAPE_ACCOUNTS, 0},
    {DRO_K_COMMAND, SHAPE_SOME_TEXTS, 0},
    {DRO_K_SIGNAL_COMMAND, SHAPE_SOME_TEXTS, 0},
    {DRO_K_POLICIES, SHAPE_MAP_OF, DRO_IN_POLICY},
    {DRO_K_DEFAULTS, SHAPE_PLACE, DRO_IN_DEFAULTS},
    {DRO_K_CLIENTS, SHAPE_MAP_OF, DRO_IN_CLIENT},
    {DRO_K_INCLUDE, SHAPE_TEXTS, 0},
    {DRO_K_DOMAINS, SHAPE_MAP_OF, DRO_IN_DOMAIN},
    {DRO_K_LADDER, SHAPE_LADDER, 0},
    {DRO_K_HOPS, SHAPE_MAP_OF, DRO_IN_HOP},
    {DRO_K_BEFORE, SHAPE_TEXTS, 0},
    {DRO_K_FREEZE, SHAPE_LIST_OF, DRO_IN_FREEZE},
    {DRO_K_WINDOWS, SHAPE_LIST_OF, DRO_IN_WINDOW},
    {DRO_K_WEEKDAYS, SHAPE_SOME_TEXTS, 0},
    {DRO_K_SOURCES, SHAPE_SOURCES, DRO_IN_SOURCE},
    {DRO_K_DKIM, SHAPE_TEXTS, 0},
    {DRO_K_MAIL_FROM, SHAPE_TEXTS, 0},
    {DRO_K_ADDRESS, SHAPE_TEXTS, 0},
    {DRO_K_PTR, SHAPE_TEXTS, 0},
};

/* Keys that must be there, in a map that is. */
static const struct {
	unsigned place;
	enum dro_key_id id;
} required[] = {
    {DRO_IN_ROOT, DRO_K_VERSION},
    {DRO_IN_REPORT, DRO_K_REPORT_NAME},
    {DRO_IN_DIRECTORY, DRO_K_SOURCE_PATH},
    {DRO_IN_MAILDIR, DRO_K_SOURCE_PATH},
    {DRO_IN_MBOX, DRO_K_SOURCE_PATH},
    {DRO_IN_IMAP, DRO_K_HOST},
    {DRO_IN_IMAP, DRO_K_USER},
    {DRO_IN_IMPORT, DRO_K_CSV},
    {DRO_IN_FREEZE, DRO_K_FROM},
    {DRO_IN_FREEZE, DRO_K_TO},
    {DRO_IN_FREEZE, DRO_K_WHY},
    {DRO_IN_WINDOW, DRO_K_FROM},
    {DRO_IN_WINDOW, DRO_K_TO},
};

/*
 * What does not fit in a table; a member that json_pack could not make is
 * NULL, and so becomes the whole.
 */

static json_t *
text(void)
{
	return (
	    json_pack("{s:[s, s, s]}", "type", "string", "number", "boolean"));
}

static json_t *
texts(int least)
{
	return (json_pack("{s:[s, s], s:o, s:i}", "type", "array", "null",
	    "items", text(), "minItems", least));
}

static json_t *
pattern(const char *regex)
{
	return (json_pack("{s:s, s:s}", "type", "string", "pattern", regex));
}

static json_t *
number(const char *regex, int64_t min, int64_t max)
{
	return (json_pack("{s:[s, s], s:s, s:I, s:I}", "type", "integer",
	    "string", "pattern", regex, "minimum", (json_int_t)min, "maximum",
	    (json_int_t)max));
}

static json_t *
words(const char *const *list)
{
	json_t *all = json_array();

	for (; *list != NULL; list++)
		(void)json_array_append_new(all, json_string(*list));
	return (json_pack("{s:o}", "enum", all));
}

/* The name of a definition: "a rung of hops" is "rung-of-hops". */
static void
place_id(unsigned place, char out[REF_MAX])
{
	const char *name = dro_place_name(place);
	char *p;

	if (strncmp(name, "a ", 2) == 0)
		name += 2;
	else if (strncmp(name, "an ", 3) == 0)
		name += 3;
	snprintf(out, REF_MAX, "%s", name);
	for (p = out; *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
}

static json_t *
ref(const char *id)
{
	char path[REF_MAX + 16];

	snprintf(path, sizeof(path), "#/definitions/%s", id);
	return (json_pack("{s:s}", "$ref", path));
}

static json_t *
ref_place(unsigned place)
{
	char id[REF_MAX];

	place_id(place, id);
	return (ref(id));
}

static json_t *
list_of(json_t *item)
{
	return (json_pack(
	    "{s:[s, s], s:o}", "type", "array", "null", "items", item));
}

static json_t *
map_of(json_t *value)
{
	return (json_pack("{s:[s, s], s:o}", "type", "object", "null",
	    "additionalProperties", value));
}

static json_t *
sources(unsigned place)
{
	static const char *const booleans[] = {"false", "true", NULL};
	json_t *map = map_of(ref_place(place));

	if (map == NULL ||
	    json_object_set_new(map, "properties",
		json_pack("{s:{s:[o, {s:s}]}}", "closed", "anyOf",
		    words(booleans), "type", "boolean")) != 0) {
		json_decref(map);
		return (NULL);
	}
	return (json_pack("{s:[{s:s}, o]}", "anyOf", "const", "closed", map));
}

/* A list or map whose form the table of shapes tells; else anything. */
static json_t *
node(enum dro_key_id id)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(shapes); i++)
		if (shapes[i].id == id)
			break;
	if (i == DRO_ARRAY_LEN(shapes))
		return (json_object());
	switch (shapes[i].shape) {
	case SHAPE_TEXTS:
		return (texts(0));
	case SHAPE_SOME_TEXTS:
		return (texts(1));
	case SHAPE_TEXTS_OF:
		return (map_of(texts(1)));
	case SHAPE_LIST_OF:
		return (list_of(ref_place(shapes[i].place)));
	case SHAPE_MAP_OF:
		return (map_of(ref_place(shapes[i].place)));
	case SHAPE_PLACE:
		return (ref_place(shapes[i].place));
	case SHAPE_SOURCES:
		return (sources(shapes[i].place));
	case SHAPE_ACCOUNTS:
		return (map_of(ref("account")));
	case SHAPE_LADDER:
		return (json_pack("{s:[o, o]}", "anyOf",
		    words(dro_preset_ladder_names()), texts(1)));
	}
	return (NULL);
}

static json_t *
value(const struct dro_key *key)
{
	switch (key->type) {
	case DRO_T_NODE:
		return (node(key->id));
	case DRO_T_MAP:
		return (ref_place(key->sub));
	case DRO_T_NUMBER:
		return (number("^" DECIMAL "$", key->min, key->max));
	case DRO_T_DURATION:
		if (key->words != NULL)
			return (
			    pattern("^(" DECIMAL "(ms|s|m|h|d|w)|forever)$"));
		return (pattern("^" DECIMAL "(ms|s|m|h|d|w)$"));
	case DRO_T_SECONDS:
		return (number("^" DECIMAL "(ms|s|m|h|d|w)?$", key->min / 1000,
		    key->max / 1000));
	case DRO_T_PERCENT:
		return (pattern("^" DECIMAL "(\\.[0-9]{1,4})?%$"));
	case DRO_T_WORD:
		return (words(key->words));
	case DRO_T_DATE:
		return (pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}"));
	case DRO_T_RUA:
		return (pattern("^[Mm][Aa][Ii][Ll][Tt][Oo]:[^,!]+$"));
	case DRO_T_LINE:
	case DRO_T_NAME:
	case DRO_T_PATH:
		break;
	}
	return (text());
}

/* Put what only some places ask for into the schema ${out} of ${place}. */
static void
add_rules(json_t *out, unsigned place)
{
	json_t *names = json_array();
	const struct dro_key *keys;
	size_t i, j, n;

	keys = dro_keys(&n);
	for (i = 0; i < DRO_ARRAY_LEN(required); i++)
		for (j = 0; j < n && required[i].place == place; j++)
			if (keys[j].id == required[i].id)
				(void)json_array_append_new(
				    names, json_string(keys[j].name));
	(void)json_object_set_new(out, "required", names);
	if (place == DRO_IN_CLIENT || place == DRO_IN_DOMAIN)
		(void)json_object_set_new(out, "dependencies",
		    json_pack("{s:[s, s], s:[s, s]}", "gates", "until", "why",
			"hops", "until", "why"));
	if (place == DRO_IN_REPORT)
		(void)json_object_set_new(out, "oneOf",
		    json_pack("[{s:[s]}, {s:[s]}, {s:[s]}, {s:[s]}]",
			"required", "directory", "required", "maildir",
			"required", "mbox", "required", "imap"));
	if (place == DRO_IN_IMAP)
		(void)json_object_set_new(out, "oneOf",
		    json_pack("[{s:[s]}, {s:[s]}]", "required", "password",
			"required", "token"));
	if (place == DRO_IN_AFTER)
		(void)json_object_set_new(out, "dependencies",
		    json_pack("{s:[s], s:[s]}", "folder", "stored",
			"refused_folder", "refused"));
	if (place == DRO_IN_SOURCE)
		(void)json_object_set_new(out, "anyOf",
		    json_pack("[{s:[s]}, {s:[s]}, {s:[s]}, {s:[s]}]",
			"required", "dkim", "required", "mail_from", "required",
			"address", "required", "ptr"));
	if (place == DRO_IN_SECRET) {
		(void)json_object_set_new(
		    out, "minProperties", json_integer(1));
		(void)json_object_set_new(
		    out, "maxProperties", json_integer(1));
	}
}

/* A map with the keys of ${place}; nothing instead of it says nothing. */
static json_t *
map(unsigned place)
{
	json_t *out, *properties = json_object();
	const struct dro_key *keys;
	bool needed = place == DRO_IN_ROOT || place == DRO_IN_SECRET ||
	    place == DRO_IN_REPORT || place == DRO_IN_SOURCE;
	size_t i, n;

	keys = dro_keys(&n);
	for (i = 0; i < n; i++)
		if ((keys[i].places & place) != 0)
			(void)json_object_set_new(
			    properties, keys[i].name, value(&keys[i]));
	out = needed ? json_pack("{s:s}", "type", "object")
		     : json_pack("{s:[s, s]}", "type", "object", "null");
	(void)json_object_set_new(out, "additionalProperties", json_false());
	(void)json_object_set_new(out, "properties", properties);
	add_rules(out, place);
	return (out);
}

static json_t *
option(const struct dro_opt *opt)
{
	json_t *out = NULL;

	switch (opt->type) {
	case DRO_OPT_SECRET:
		return (ref_place(DRO_IN_SECRET));
	case DRO_OPT_URL:
		out = pattern("^https?://");
		break;
	case DRO_OPT_COMMAND:
		out = json_pack("{s:s, s:o, s:i}", "type", "array", "items",
		    text(), "minItems", 1);
		break;
	case DRO_OPT_DURATION:
		out = pattern("^" DECIMAL "(ms|s|m|h|d|w)$");
		break;
	case DRO_OPT_STRING:
	case DRO_OPT_PATH:
		out = text();
		break;
	}
	if (opt->help != NULL)
		(void)json_object_set_new(
		    out, "description", json_string(opt->help));
	return (out);
}

/* Put ${name} among ${names}, once. */
static void
need(json_t *names, const char *name, size_t len)
{
	size_t i;
	const char *known;

	for (i = 0; i < json_array_size(names); i++) {
		known = json_string_value(json_array_get(names, i));
		if (strlen(known) == len && strncmp(known, name, len) == 0)
			return;
	}
	(void)json_array_append_new(names, json_stringn(name, len));
}

/* Put ${opt} where its dots lead, below the map ${out}. */
static void
add_option(json_t *out, const struct dro_opt *opt)
{
	const char *name = opt->name, *dot;
	json_t *properties, *inner;
	size_t len;

	for (;; name = dot + 1) {
		dot = strchr(name, '.');
		properties = json_object_get(out, "properties");
		len = dot != NULL ? (size_t)(dot - name) : strlen(name);
		if (opt->required)
			need(json_object_get(out, "required"), name, len);
		if (dot == NULL)
			break;
		inner = json_object_getn(properties, name, len);
		if (inner == NULL) {
			inner = json_pack("{s:s, s:b, s:{}, s:[]}", "type",
			    "object", "additionalProperties", 0, "properties",
			    "required");
			(void)json_object_setn_new(
			    properties, name, len, inner);
		}
		out = inner;
	}
	(void)json_object_set_new(properties, name, option(opt));
}

/* An account: its provider decides what else may stand there. */
static void
add_providers(json_t *definitions)
{
	const struct dro_provider *const *p;
	const struct dro_opt *opt;
	json_t *names = json_array(), *rules = json_array(), *out;
	char id[REF_MAX];

	for (p = dro_provider_all(); *p != NULL; p++) {
		out = json_pack("{s:s, s:b, s:{s:{}}, s:[]}", "type", "object",
		    "additionalProperties", 0, "properties", "provider",
		    "required");
		for (opt = (*p)->opts; opt->name != NULL; opt++)
			add_option(out, opt);
		snprintf(id, sizeof(id), "provider-%s", (*p)->name);
		(void)json_object_set_new(definitions, id, out);
		(void)json_array_append_new(names, json_string((*p)->name));
		(void)json_array_append_new(rules,
		    json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:o}", "if",
			"properties", "provider", "const", (*p)->name,
			"required", "provider", "then", ref(id)));
	}
	(void)json_object_set_new(definitions, "account",
	    json_pack("{s:s, s:[s], s:{s:{s:o}}, s:o}", "type", "object",
		"required", "provider", "properties", "provider", "enum", names,
		"allOf", rules));
}

json_t *
dro_config_schema(void)
{
	json_t *out, *definitions = json_object();
	const struct dro_key *keys;
	unsigned places = 0, place;
	char id[REF_MAX];
	size_t i, n;

	keys = dro_keys(&n);
	for (i = 0; i < n; i++)
		places |= keys[i].places;
	/* A column is no place of its own, and the top level is the whole. */
	places &= ~(unsigned)(DRO_IN_CSV | DRO_IN_ROOT);
	for (place = 1; place != 0 && place <= places; place <<= 1) {
		if ((places & place) == 0)
			continue;
		place_id(place, id);
		(void)json_object_set_new(definitions, id, map(place));
	}
	add_providers(definitions);
	out = json_pack("{s:s, s:s, s:s}", "$schema",
	    "http://json-schema.org/draft-07/schema#", "$id",
	    "urn:rollout:rollout.yaml:1", "title", "rollout.yaml");
	(void)json_object_update_new(out, map(DRO_IN_ROOT));
	(void)json_object_set_new(out, "definitions", definitions);
	return (out);
}
