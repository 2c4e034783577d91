#include "plan/breaker.h"

/* ${share_ppm} of ${n}, rounded up, and not fewer than the least. */
static size_t
domains_allowed(int64_t share_ppm, size_t n)
{
	uint64_t share = ((uint64_t)n * (uint64_t)share_ppm + 999999) / 1000000;

	return (share < DRO_BREAKER_SMALL ? DRO_BREAKER_SMALL : (size_t)share);
}

static bool
is_among(const size_t *clients, size_t n, size_t client)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (clients[i] == client)
			return (true);
	return (false);
}

enum dro_code
dro_breaker_pick(const struct dro_breaker *breaker, size_t n_domains,
    struct dro_fall *falls, size_t n, struct dro_arena *arena,
    struct dro_err *err)
{
	size_t most = (size_t)breaker->clients, n_clients = 0, i;
	size_t left = domains_allowed(breaker->share_ppm, n_domains);
	size_t *clients = dro_arena_alloc(arena, most, sizeof(*clients));
	bool known;

	if (clients == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++) {
		known = is_among(clients, n_clients, falls[i].client);
		falls[i].held = !falls[i].done &&
		    (left == 0 || (!known && n_clients == most));
		if (falls[i].held)
			continue;
		if (!known && n_clients < most)
			clients[n_clients++] = falls[i].client;
		left -= left > 0;
	}
	return (DRO_OK);
}
