#include <string.h>

#include "sources_view.h"

/* What follows ${prefix} in ${key}, or NULL. */
static const char *
behind(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return (strncmp(key, prefix, n) == 0 ? key + n : NULL);
}

static const struct dro_declared *
find_declared(const struct dro_settings *set, const char *key)
{
	const char *name = behind(key, "declared:");
	size_t i;

	for (i = 0; name != NULL && i < set->n_sources; i++)
		if (strcmp(set->sources[i].name, name) == 0)
			return (&set->sources[i]);
	return (NULL);
}

/* Whether a source of the configuration, or of an earlier patch, has it. */
static bool
is_taken(const struct dro_sources *s, size_t before, const char *name)
{
	const struct dro_settings *set = s->exam->dom->settings;
	size_t i;

	for (i = 0; i < set->n_sources; i++)
		if (strcmp(set->sources[i].name, name) == 0)
			return (true);
	for (i = 0; i < before; i++)
		if (s->items[i].patch.name != NULL &&
		    strcmp(s->items[i].patch.name, name) == 0)
			return (true);
	return (false);
}

/* Longest name of a source in a configuration. */
#define NAME_MAX_LEN 64

/* A name for the ${at}th item: its service, its domain, or a number. */
static const char *
choose_name(const struct dro_sources *s, size_t at, const char *domain,
    struct dro_arena *arena)
{
	const struct dro_service *service = s->items[at].profile->service;
	const char *name = service != NULL ? service->id : domain;
	size_t i;

	if (name != NULL && strlen(name) <= NAME_MAX_LEN && *name != '-' &&
	    !is_taken(s, at, name))
		return (name);
	for (i = 1;; i++) {
		name = dro_arena_printf(
		    arena, "%s-%zu", domain == NULL ? "network" : "sender", i);
		if (name == NULL || !is_taken(s, at, name))
			return (name);
	}
}

static bool
make_patch(struct dro_sources *s, size_t at, struct dro_arena *arena)
{
	static const char *const keys[] = {"mail_from", "dkim", "address"};
	struct dro_sources_item *item = &s->items[at];
	const char *key = item->profile->source->key, *value = NULL;
	size_t i;

	if (item->profile->source->class != DRO_UNDECIDED)
		return (true);
	for (i = 0; i < DRO_ARRAY_LEN(keys) && value == NULL; i++)
		if ((value = behind(key, keys[i])) != NULL && *value == ':')
			item->patch.key = keys[i];
	if (item->patch.key == NULL)
		return (true);
	item->patch.value = value + 1;
	item->patch.name = choose_name(s, at,
	    strcmp(item->patch.key, "address") == 0 ? NULL : value + 1, arena);
	return (item->patch.name != NULL);
}

enum dro_code
dro_sources_make(const struct dro_exam *exam, const struct dro_spf *spf,
    struct dro_arena *arena, struct dro_sources *out, struct dro_err *err)
{
	struct dro_profile *profiles;
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->exam = exam;
	out->spf = spf;
	code = dro_profiles_make(exam->dom->domain, &exam->facts,
	    &exam->evidence, &exam->decision, arena, &profiles, err);
	if (code != DRO_OK)
		return (code);
	out->n = exam->decision.n_sources;
	out->items = dro_arena_alloc(arena, out->n, sizeof(*out->items));
	if (out->items == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < out->n; i++) {
		struct dro_sources_item *item = &out->items[i];

		item->profile = &profiles[i];
		item->declared =
		    find_declared(exam->dom->settings, profiles[i].source->key);
		out->messages += profiles[i].messages;
		if (!dro_fix_find(exam->dom->domain, item->profile, spf, arena,
			item->fixes, &item->n_fixes) ||
		    !make_patch(out, i, arena))
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}

bool
dro_sources_in_sheet(const struct dro_domain *dom)
{
	size_t n = strlen(dom->file);

	return (n > 4 && strcmp(dom->file + n - 4, ".csv") == 0);
}

bool
dro_sources_silent(
    const struct dro_sources *sources, const struct dro_declared *declared)
{
	size_t i;

	for (i = 0; i < sources->n; i++)
		if (sources->items[i].declared == declared)
			return (false);
	return (declared->whose == DRO_OURS);
}
