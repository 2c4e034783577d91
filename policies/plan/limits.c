#include <stdlib.h>

#include "plan/limits.h"

#define PPM INT64_C(1000000)

/* A wish on its way through the choice. */
struct place {
	struct dro_wish *wish;
	size_t turn; /* how many of its client go before it */
};

size_t
dro_limits_total(const struct dro_limits *limits, size_t n_domains)
{
	size_t total = SIZE_MAX, share;
	int64_t scaled;

	if (limits->max_changes > 0)
		total = (size_t)limits->max_changes;
	if (limits->max_share_ppm <= 0 ||
	    dro_mul_overflow(
		(int64_t)n_domains, limits->max_share_ppm, &scaled))
		return (total);
	share = (size_t)(scaled / PPM + (scaled % PPM != 0));
	if (share < DRO_LIMIT_SMALL)
		share = DRO_LIMIT_SMALL;
	return (share < total ? share : total);
}

static int
order(size_t a, size_t b)
{
	return (a < b ? -1 : a > b);
}

/* Who waits longest; wishes are one array, so addresses are the order. */
static int
by_wait(const struct dro_wish *a, const struct dro_wish *b)
{
	if (a->since != b->since)
		return (a->since < b->since ? -1 : 1);
	return (a < b ? -1 : a > b);
}

static int
by_client(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int by = order(x->wish->client, y->wish->client);

	return (by != 0 ? by : by_wait(x->wish, y->wish));
}

static int
by_turn(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int by = order(x->turn, y->turn);

	return (by != 0 ? by : by_wait(x->wish, y->wish));
}

/* The counts of clients and accounts, by their number. */
struct spent {
	size_t total, *clients, *accounts;
};

static bool
is_full(size_t used, int limit)
{
	return (limit > 0 && used >= (size_t)limit);
}

static void
choose(const struct dro_limits *limits, size_t total, struct dro_wish *w,
    struct spent *spent)
{
	if (is_full(spent->clients[w->client], limits->per_client)) {
		w->held = "per_client";
	} else if (is_full(spent->accounts[w->account], limits->per_account)) {
		w->held = "per_account";
	} else if (spent->total >= total) {
		w->held = "max_changes";
	} else {
		spent->total++;
		spent->clients[w->client]++;
		spent->accounts[w->account]++;
	}
}

/* Places of all that a limit may hold; how many they are. */
static size_t
collect(struct dro_wish *wishes, size_t n, struct place *places,
    size_t *clients, size_t *accounts)
{
	size_t i, count = 0;

	*clients = *accounts = 0;
	for (i = 0; i < n; i++) {
		wishes[i].held = NULL;
		if (wishes[i].free)
			continue;
		if (wishes[i].client >= *clients)
			*clients = wishes[i].client + 1;
		if (wishes[i].account >= *accounts)
			*accounts = wishes[i].account + 1;
		places[count++].wish = &wishes[i];
	}
	return (count);
}

enum dro_code
dro_limits_pick(const struct dro_limits *limits, size_t n_domains,
    struct dro_wish *wishes, size_t n, struct dro_arena *arena,
    struct dro_err *err)
{
	size_t total = dro_limits_total(limits, n_domains);
	size_t i, count, clients, accounts;
	struct spent spent = {0, NULL, NULL};
	struct place *places = dro_arena_alloc(arena, n, sizeof(*places));

	if (places == NULL)
		return (dro_err_nomem(err));
	count = collect(wishes, n, places, &clients, &accounts);
	spent.clients = dro_arena_alloc(arena, clients, sizeof(size_t));
	spent.accounts = dro_arena_alloc(arena, accounts, sizeof(size_t));
	if (spent.clients == NULL || spent.accounts == NULL)
		return (dro_err_nomem(err));
	qsort(places, count, sizeof(*places), by_client);
	for (i = 0; i < count; i++)
		if (i > 0 &&
		    places[i].wish->client == places[i - 1].wish->client)
			places[i].turn = places[i - 1].turn + 1;
	qsort(places, count, sizeof(*places), by_turn);
	for (i = 0; i < count; i++)
		choose(limits, total, places[i].wish, &spent);
	return (DRO_OK);
}
