#include "internal.h"

/* Who stepped back by itself, for the breaker. */

static enum dro_code
read_name(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	return (dro_sql_copy(q, 0, arena, (const char **)item, err));
}

enum dro_code
dro_setbacks_since(struct dro_store *store, int64_t since,
    struct dro_arena *arena, const char *const **out, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	/* Neither given up nor in conflict: it is published, or will be. */
	dro_sql_open(&q, store,
	    "SELECT DISTINCT domain.name FROM op"
	    " JOIN domain ON domain.id = op.domain"
	    " WHERE op.kind = 'setback' AND op.intent_at > ? AND op.state < 5"
	    " ORDER BY 1");
	dro_sql_int(&q, since);
	*out = dro_sql_list(&q, sizeof(**out), read_name, arena, n, &code, err);
	return (code);
}
