#include <string.h>

#include "simulate/harm.h"

/* Counts come from strangers: a sum that is too large stays the largest. */
static void
add(int64_t *sum, int64_t n, int64_t times)
{
	int64_t product;

	if (dro_mul_overflow(n, times, &product) ||
	    dro_add_overflow(*sum, product, sum))
		*sum = INT64_MAX;
}

static void
add_hit(struct dro_hit *hit, int64_t messages, struct dro_effect e)
{
	add(&hit->quarantined, messages, e.quarantine);
	add(&hit->rejected, messages, e.reject);
}

static enum dro_party
party_of(const struct dro_source *source, bool linked)
{
	switch (source->class) {
	case DRO_LEGIT:
	case DRO_LEGIT_BROKEN:
		return (linked ? DRO_PARTY_LINKED : DRO_PARTY_LEGIT);
	case DRO_FORWARDED:
		return (DRO_PARTY_FORWARDED);
	case DRO_UNDECIDED:
		return (DRO_PARTY_UNDECIDED);
	case DRO_THREAT:
		break;
	}
	return (DRO_PARTY_THREAT);
}

/* The source called ${key}, entered if it is new; NULL: no memory. */
static struct dro_harmed *
source_of(struct dro_harm *harm, const char *key, struct dro_arena *arena)
{
	struct dro_harmed *more;
	size_t i, n = harm->n_sources;

	for (i = 0; i < n; i++)
		if (strcmp(harm->sources[i].key, key) == 0)
			return (&harm->sources[i]);
	/* Room doubles: it is full whenever there are a power of two. */
	if ((n & (n - 1)) == 0) {
		more =
		    dro_arena_alloc(arena, n == 0 ? 1 : 2 * n, sizeof(*more));
		if (more == NULL)
			return (NULL);
		if (n > 0)
			memcpy(more, harm->sources, n * sizeof(*more));
		harm->sources = more;
	}
	more = &harm->sources[n];
	if ((more->key = dro_arena_strdup(arena, key)) == NULL)
		return (NULL);
	harm->n_sources++;
	return (more);
}

static enum dro_code
add_failing(struct dro_harm *harm, const struct dro_source *source, bool linked,
    int64_t fail, struct dro_core core, struct dro_arena *arena,
    struct dro_err *err)
{
	enum dro_party party = party_of(source, linked);
	struct dro_harmed *of = NULL;
	enum dro_population p;

	if (party == DRO_PARTY_LEGIT &&
	    (of = source_of(harm, source->key, arena)) == NULL)
		return (dro_err_nomem(err));
	add(&harm->failing[party], fail, 1);
	if (of != NULL)
		add(&of->failing, fail, 1);
	for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
		struct dro_effect e = dro_effect(core, p);

		add_hit(&harm->hit[p][party], fail, e);
		if (of != NULL)
			add_hit(&of->hit[p], fail, e);
	}
	return (DRO_OK);
}

enum dro_code
dro_harm_day(struct dro_harm *harm, const struct dro_decision *decision,
    const struct dro_evidence *evidence, int32_t day, struct dro_core core,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = evidence->n_cells;
	     i-- > 0 && evidence->cells[i].day >= day && code == DRO_OK;) {
		const struct dro_cell *c = &evidence->cells[i];
		const struct dro_source *source;

		if (c->day != day || c->pass + c->fail == 0)
			continue;
		source = &decision->sources[decision->of_stream[c->stream]];
		if (dro_source_is_legit(source) && !decision->linked[c->stream])
			add(&harm->passing, c->pass, 1);
		if (c->fail > 0)
			code = add_failing(harm, source,
			    decision->linked[c->stream], c->fail, core, arena,
			    err);
	}
	return (code);
}

void
dro_harm_add(struct dro_harm *sum, const struct dro_harm *more)
{
	enum dro_population p;
	int i;

	add(&sum->passing, more->passing, 1);
	for (i = 0; i < DRO_PARTIES; i++) {
		add(&sum->failing[i], more->failing[i], 1);
		for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
			add(&sum->hit[p][i].quarantined,
			    more->hit[p][i].quarantined, 1);
			add(&sum->hit[p][i].rejected, more->hit[p][i].rejected,
			    1);
		}
	}
}

int64_t
dro_hit_messages(const struct dro_hit *hit)
{
	int64_t sum;

	if (dro_add_overflow(hit->quarantined, hit->rejected, &sum))
		sum = INT64_MAX;
	return (sum / 100 + (sum % 100 != 0));
}

const char *
dro_party_name(enum dro_party party)
{
	static const char *const names[] = {
	    "legit", "linked", "forwarded", "undecided", "threat"};

	return (names[party]);
}
