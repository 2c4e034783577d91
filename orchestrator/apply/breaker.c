#include <string.h>

#include "apply/breaker.h"
#include "base/date.h"

static const char *
held_text(const struct dro_config *config, const char *domain,
    struct dro_arena *arena)
{
	return (dro_arena_printf(arena,
	    "breaker: step backs of %d clients, or of more domains than usual, "
	    "in 24 hours are more likely a fault in the reports than in the "
	    "mail; look at rollout status first, then by hand: rollout "
	    "rollback %s --to none",
	    config->breaker.clients, domain));
}

static size_t
client_of(const struct dro_config *config, const struct dro_domain *dom)
{
	return ((size_t)(dom->client - config->clients));
}

static const struct dro_domain *
find_domain(const struct dro_config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->n_domains; i++)
		if (strcmp(config->domains[i].domain, name) == 0)
			return (&config->domains[i]);
	return (NULL);
}

static bool
is_among(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (true);
	return (false);
}

/* Step backs that wait for a choice; the others went or are held already. */
static size_t
count_open(const struct dro_move *moves, size_t n)
{
	size_t i, open = 0;

	for (i = 0; i < n; i++)
		open += moves[i].action == DRO_ACT_SETBACK &&
		    moves[i].held_by == NULL;
	return (open);
}

enum dro_code
dro_moves_breaker(const struct dro_config *config, struct dro_store *store,
    int64_t now, struct dro_move *moves, size_t n, struct dro_arena *arena,
    struct dro_err *err)
{
	size_t i, n_done, n_falls = 0, first;
	const struct dro_domain *dom;
	const char *const *done;
	struct dro_fall *falls;
	enum dro_code code;

	if (store == NULL || count_open(moves, n) == 0)
		return (DRO_OK);
	code = dro_setbacks_since(
	    store, now - DRO_DAY_S, arena, &done, &n_done, err);
	if (code != DRO_OK)
		return (code);
	falls = dro_arena_alloc(arena, n_done + n, sizeof(*falls));
	if (falls == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n_done; i++)
		if ((dom = find_domain(config, done[i])) != NULL)
			falls[n_falls++] = (struct dro_fall){
			    .client = client_of(config, dom), .done = true};
	first = n_falls;
	for (i = 0; i < n; i++)
		if (moves[i].action == DRO_ACT_SETBACK &&
		    moves[i].held_by == NULL &&
		    !is_among(done, n_done, moves[i].dom->domain))
			falls[n_falls++] = (struct dro_fall){
			    .client = client_of(config, moves[i].dom)};
	code = dro_breaker_pick(
	    &config->breaker, config->n_domains, falls, n_falls, arena, err);
	for (i = 0; i < n && code == DRO_OK; i++) {
		if (moves[i].action != DRO_ACT_SETBACK ||
		    moves[i].held_by != NULL ||
		    is_among(done, n_done, moves[i].dom->domain) ||
		    !falls[first++].held)
			continue;
		moves[i].held_by = "breaker";
		moves[i].held_text =
		    held_text(config, moves[i].dom->domain, arena);
		if (moves[i].held_text == NULL)
			code = dro_err_nomem(err);
	}
	return (code);
}
