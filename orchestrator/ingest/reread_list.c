#include <string.h>

#include "ingest/reread_list.h"

/* Room for one more of ${size} octets behind ${n} at ${items}, or NULL. */
static void *
grow(struct dro_arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return (items);
	*cap = *cap == 0 ? 16 : 2 * *cap;
	more = dro_arena_alloc(arena, *cap, size);
	if (more != NULL && n > 0)
		memcpy(more, items, n * size);
	return (more);
}

/* What a list shows of a report, in the arena of the result. */
static enum dro_code
keep(struct dro_reread_list *list, const struct dro_stored_report *stored,
    struct dro_stored_report *out, struct dro_err *err)
{
	memset(out, 0, sizeof(*out));
	return (
	    dro_report_load(list->store, stored->id, list->arena, out, err));
}

/* ${text} in ${arena}; NULL stays NULL.  False: no memory. */
static bool
keep_text(struct dro_arena *arena, const char *text, const char **out)
{
	*out = text != NULL ? dro_arena_strdup(arena, text) : NULL;
	return (text == NULL || *out != NULL);
}

enum dro_code
dro_reread_list_change(struct dro_reread_list *list,
    const struct dro_stored_report *was,
    const struct dro_difference *differences, size_t n, struct dro_err *err)
{
	struct dro_reread_result *out = list->out;
	struct dro_reread_change *items = grow(list->arena, list->changes,
	    out->n_changes, &list->changes_cap, sizeof(*items));
	struct dro_difference *copy =
	    dro_arena_alloc(list->arena, n, sizeof(*copy));
	size_t i;

	if (items == NULL || copy == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++) {
		copy[i].field = differences[i].field;
		if (!keep_text(list->arena, differences[i].was, &copy[i].was) ||
		    !keep_text(list->arena, differences[i].is, &copy[i].is))
			return (dro_err_nomem(err));
	}
	out->changes = list->changes = items;
	items += out->n_changes++;
	items->n = n;
	items->differences = copy;
	return (keep(list, was, &items->was, err));
}

enum dro_code
dro_reread_list_loss(struct dro_reread_list *list,
    const unsigned char original[DRO_HASH_LEN],
    const struct dro_stored_report *report, const char *code,
    struct dro_err *err)
{
	struct dro_reread_result *out = list->out;
	struct dro_reread_loss *items = grow(list->arena, list->losses,
	    out->n_losses, &list->losses_cap, sizeof(*items));

	if (items == NULL)
		return (dro_err_nomem(err));
	out->losses = list->losses = items;
	items += out->n_losses++;
	memcpy(items->original, original, DRO_HASH_LEN);
	items->code = code;
	return (keep(list, report, &items->report, err));
}
