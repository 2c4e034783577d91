/* The schema and the table of keys hold the same keys at the same places. */

#include "config_read.h"

#include "config/schema.h"
#include "provider.h"

/* The name of a place as the schema has it: "a client" is "client". */
static void
definition(unsigned place, char *out, size_t size)
{
	const char *name = dro_place_name(place);
	char *p;

	if (strncmp(name, "a ", 2) == 0)
		name += 2;
	if (strncmp(name, "an ", 3) == 0)
		name += 3;
	snprintf(out, size, "%s", name);
	for (p = out; *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
}

static const json_t *
place_schema(const json_t *schema, unsigned place)
{
	char name[64];

	if (place == DRO_IN_ROOT)
		return (schema);
	definition(place, name, sizeof(name));
	return (json_object_get(json_object_get(schema, "definitions"), name));
}

/* Each key of the table at each of its places, and no other. */
static void
same_keys(void **state)
{
	json_t *schema = dro_config_schema();
	const json_t *properties;
	const struct dro_key *keys;
	unsigned place, all = 0;
	size_t i, n, count;

	(void)state;
	assert_non_null(schema);
	keys = dro_keys(&n);
	for (i = 0; i < n; i++)
		all |= keys[i].places;
	for (place = 1; place <= all; place <<= 1) {
		if ((all & place) == 0 || place == DRO_IN_CSV)
			continue;
		properties =
		    json_object_get(place_schema(schema, place), "properties");
		if (properties == NULL)
			fail_msg(
			    "%s: not in the schema", dro_place_name(place));
		for (i = count = 0; i < n; i++) {
			if ((keys[i].places & place) == 0)
				continue;
			count++;
			if (json_object_get(properties, keys[i].name) == NULL)
				fail_msg("%s: no %s in the schema",
				    dro_place_name(place), keys[i].name);
		}
		if (json_object_size(properties) != count)
			fail_msg("%s: %zu keys in the schema, %zu in the table",
			    dro_place_name(place), json_object_size(properties),
			    count);
	}
	json_decref(schema);
}

/* Places have names of their own, or one would hide another. */
static void
places_differ(void **state)
{
	const struct dro_key *keys;
	unsigned a, b, all = 0;
	size_t i, n;

	(void)state;
	keys = dro_keys(&n);
	for (i = 0; i < n; i++)
		all |= keys[i].places;
	all &= ~(unsigned)DRO_IN_CSV;
	for (a = 1; a <= all; a <<= 1)
		for (b = a << 1; b <= all; b <<= 1)
			if ((all & a) != 0 && (all & b) != 0)
				assert_string_not_equal(
				    dro_place_name(a), dro_place_name(b));
}

/* A reference that leads nowhere accepts what it should not. */
static void
follow(const json_t *schema, const json_t *at)
{
	const char *key, *ref;
	const json_t *value;
	size_t i;
	void *iter;

	ref = json_string_value(json_object_get(at, "$ref"));
	if (ref != NULL) {
		assert_int_equal(strncmp(ref, "#/definitions/", 14), 0);
		if (json_object_get(json_object_get(schema, "definitions"),
			ref + 14) == NULL)
			fail_msg("%s: leads nowhere", ref);
	}
	for (iter = json_object_iter((json_t *)(uintptr_t)at); iter != NULL;
	     iter = json_object_iter_next((json_t *)(uintptr_t)at, iter)) {
		key = json_object_iter_key(iter);
		value = json_object_iter_value(iter);
		if (strcmp(key, "enum") != 0)
			follow(schema, value);
	}
	for (i = 0; i < json_array_size(at); i++)
		follow(schema, json_array_get(at, i));
}

static void
references(void **state)
{
	json_t *schema = dro_config_schema();

	(void)state;
	follow(schema, schema);
	json_decref(schema);
}

/* Every list and map has its form: {} would accept anything. */
static void
nothing_is_open(void **state)
{
	json_t *schema = dro_config_schema();
	const struct dro_key *keys;
	const json_t *value;
	unsigned place;
	size_t i, n;

	(void)state;
	keys = dro_keys(&n);
	for (i = 0; i < n; i++) {
		for (place = 1; (keys[i].places & place) == 0; place <<= 1)
			;
		value = json_object_get(
		    json_object_get(place_schema(schema, place), "properties"),
		    keys[i].name);
		if (json_object_size(value) == 0)
			fail_msg("%s: no form in the schema", keys[i].name);
	}
	json_decref(schema);
}

/* Options of a plugin are in the definition of its account. */
static void
options(void **state)
{
	json_t *schema = dro_config_schema();
	const struct dro_provider *const *p;
	const struct dro_opt *opt;
	const json_t *at;
	char name[128], *part, *save;

	(void)state;
	for (p = dro_provider_all(); *p != NULL; p++)
		for (opt = (*p)->opts; opt->name != NULL; opt++) {
			snprintf(name, sizeof(name), "provider-%s", (*p)->name);
			at = json_object_get(
			    json_object_get(schema, "definitions"), name);
			snprintf(name, sizeof(name), "%s", opt->name);
			for (part = strtok_r(name, ".", &save); part != NULL;
			     part = strtok_r(NULL, ".", &save))
				at = json_object_get(
				    json_object_get(at, "properties"), part);
			if (at == NULL)
				fail_msg("%s: no %s in the schema", (*p)->name,
				    opt->name);
		}
	json_decref(schema);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_keys),
	    cmocka_unit_test(places_differ),
	    cmocka_unit_test(references),
	    cmocka_unit_test(nothing_is_open),
	    cmocka_unit_test(options),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
