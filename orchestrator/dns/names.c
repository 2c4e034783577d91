#include <stdlib.h>
#include <string.h>

#include "dns/names.h"

void
dro_names_finish(struct dro_names *names)
{
	free(names->items);
	free(names->index);
}

/* FNV-1a.  Who chooses names can make a run slower by what he pays too: a
 * lookup each. */
static size_t
hash(const char *name, enum dro_rrtype type)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)type;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return ((size_t)(h ^ h >> 32));
}

/* Where ${name} is in the index, or the free place for it. */
static size_t
find(const struct dro_names *names, const char *name, enum dro_rrtype type)
{
	size_t at = hash(name, type) & (names->n_index - 1);
	const struct dro_lookup *item;

	for (; names->index[at] != 0; at = (at + 1) & (names->n_index - 1)) {
		item = &names->items[names->index[at] - 1];
		if (item->type == type && strcmp(item->name, name) == 0)
			break;
	}
	return (at);
}

/* Half of the index stays empty. */
static bool
grow(struct dro_names *names)
{
	size_t cap = names->cap == 0 ? 256 : names->cap * 2, i;
	struct dro_lookup *items;
	size_t *index;

	if (names->n < names->cap)
		return (true);
	items = reallocarray(names->items, cap, sizeof(*items));
	if (items == NULL)
		return (false);
	names->items = items;
	if ((index = calloc(2 * cap, sizeof(*index))) == NULL)
		return (false);
	free(names->index);
	names->index = index;
	names->n_index = 2 * cap;
	names->cap = cap;
	for (i = 0; i < names->n; i++)
		index[find(names, items[i].name, items[i].type)] = i + 1;
	return (true);
}

bool
dro_names_get(struct dro_names *names, const char *name, enum dro_rrtype type,
    struct dro_lookup *out)
{
	const char *copy;
	size_t at;

	*out = (struct dro_lookup){.name = NULL};
	if (!grow(names))
		return (false);
	at = find(names, name, type);
	if (names->index[at] != 0) {
		if (names->index[at] <= names->asked)
			*out = names->items[names->index[at] - 1];
		return (true);
	}
	if ((copy = dro_arena_strdup(names->arena, name)) == NULL)
		return (false);
	names->items[names->n++] =
	    (struct dro_lookup){.name = copy, .type = type};
	names->index[at] = names->n;
	return (true);
}

enum dro_code
dro_names_ask(struct dro_names *names, struct dro_dns *dns, struct dro_err *err)
{
	enum dro_code code;

	code = dro_lookup_many(dns, names->items + names->asked,
	    names->n - names->asked, names->arena, err);
	names->asked = names->n;
	return (code);
}
