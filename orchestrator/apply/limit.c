#include <string.h>

#include "apply/limit.h"

static const char *
held_text(const struct dro_config *config, const struct dro_move *m,
    const char *which, struct dro_arena *arena)
{
	const struct dro_limits *l = &config->limits;

	if (strcmp(which, "per_client") == 0)
		return (dro_arena_printf(arena,
		    "limit: %d changes of one client in one run, and others "
		    "of %s wait longer; the next run goes on",
		    l->per_client, m->dom->client->id));
	if (strcmp(which, "per_account") == 0)
		return (dro_arena_printf(arena,
		    "limit: %d changes through one account in one run, and "
		    "others of %s go first; the next run goes on",
		    l->per_account,
		    m->dom->account != NULL ? m->dom->account->name : "none"));
	return (dro_arena_printf(arena,
	    "limit: %zu changes in one run, and others go first; the next run "
	    "goes on",
	    dro_limits_total(l, config->n_domains)));
}

static struct dro_wish
wish_of(const struct dro_config *config, const struct dro_move *m)
{
	struct dro_wish wish = {.since = m->since};

	wish.client = (size_t)(m->dom->client - config->clients);
	wish.account = config->n_accounts;
	if (m->dom->account != NULL)
		wish.account = (size_t)(m->dom->account - config->accounts);
	wish.free = m->action == DRO_ACT_SETBACK || m->held_by != NULL;
	return (wish);
}

enum dro_code
dro_moves_limit(const struct dro_config *config, struct dro_move *moves,
    size_t n, struct dro_arena *arena, struct dro_err *err)
{
	struct dro_wish *wishes = dro_arena_alloc(arena, n, sizeof(*wishes));
	enum dro_code code;
	size_t i;

	if (wishes == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++)
		wishes[i] = wish_of(config, &moves[i]);
	code = dro_limits_pick(
	    &config->limits, config->n_domains, wishes, n, arena, err);
	for (i = 0; i < n && code == DRO_OK; i++) {
		if (wishes[i].held == NULL)
			continue;
		moves[i].held_by = "limit";
		moves[i].held_text =
		    held_text(config, &moves[i], wishes[i].held, arena);
		if (moves[i].held_text == NULL)
			code = dro_err_nomem(err);
	}
	return (code);
}
