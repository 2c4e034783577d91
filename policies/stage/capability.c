#include <stdlib.h>
#include <string.h>

#include "stage/bound.h"
#include "stage/capability.h"

/* Each end of the interval is wrong once in forty. */
#define TAIL_PPM INT64_C(25000)

/* Nobody has more mail under one record; sums of such stand still here. */
#define PART_MAX (INT64_C(1) << 33)
#define SUM_MAX (INT64_C(1) << 49)

static int64_t
cut(int64_t n)
{
	return (n < PART_MAX ? n : PART_MAX);
}

static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	return (dro_add_overflow(a, b, &sum) || sum > SUM_MAX ? SUM_MAX : sum);
}

/* Failing mail that got the level which ${b} publishes. */
static int64_t
acted(const struct dro_behaviour *b)
{
	int64_t n = b->core.p == DRO_REJECT ? b->rejected
					    : plus(b->quarantined, b->rejected);

	return (cut(n < b->failing ? n : b->failing));
}

static void
add(struct dro_trait *trait, const struct dro_behaviour *b)
{
	int64_t failing = cut(b->failing);

	trait->failing = plus(trait->failing, failing);
	trait->acted = plus(trait->acted, acted(b));
	trait->asked = plus(trait->asked, failing * b->core.pct / 100);
}

static void
take(struct dro_receiver *r, const struct dro_behaviour *b)
{
	r->messages = plus(r->messages, cut(b->messages));
	r->rfc9990 = r->rfc9990 || b->rfc9990;
	if (!b->has_p || b->core.p == DRO_NONE || b->core.pct == 0)
		return;
	if (b->core.pct < 100)
		add(&r->pct, b);
	if (b->has_t && b->core.t)
		add(&r->t, b);
}

static void
set_interval(struct dro_trait *t)
{
	int64_t n = t->failing;

	t->low_ppm = DRO_PPM - dro_bound_upper_ppm(n - t->acted, n, TAIL_PPM);
	t->high_ppm = dro_bound_upper_ppm(t->acted, n, TAIL_PPM);
	if (n == 0)
		t->low_ppm = 0;
}

/* Whether pct is honoured: about as much as it asked for, not all or none. */
static void
judge_pct(struct dro_trait *t)
{
	int64_t asked = dro_bound_rate_ppm(t->asked, t->failing);
	int64_t below = asked / 2, above = (asked + DRO_PPM) / 2;

	set_interval(t);
	if (t->low_ppm > below && t->high_ppm < above)
		t->known = DRO_KNOWN_YES;
	else if (t->high_ppm <= below || t->low_ppm >= above)
		t->known = DRO_KNOWN_NO;
}

/* Whether t is honoured: nothing is done where something was asked for. */
static void
judge_t(struct dro_trait *t)
{
	int64_t below = dro_bound_rate_ppm(t->asked, t->failing) / 2;

	set_interval(t);
	if (t->high_ppm < below)
		t->known = DRO_KNOWN_YES;
	else if (t->low_ppm > below)
		t->known = DRO_KNOWN_NO;
}

static int64_t
share_ppm(int64_t part, int64_t all)
{
	/* Rounded down: no share may look larger than it is. */
	return (all == 0 ? 0 : DRO_PPM - dro_bound_rate_ppm(all - part, all));
}

static void
weigh(const struct dro_capability *c, size_t offset, struct dro_shares *out)
{
	int64_t yes = 0, no = 0;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct dro_receiver *r = &c->receivers[i];
		const struct dro_trait *t =
		    (const void *)((const char *)r + offset);

		if (t->known == DRO_KNOWN_YES)
			yes = plus(yes, r->messages);
		else if (t->known == DRO_KNOWN_NO)
			no = plus(no, r->messages);
	}
	out->yes_ppm = share_ppm(yes, c->messages);
	out->no_ppm = share_ppm(no, c->messages);
	out->unknown_ppm = DRO_PPM - out->yes_ppm - out->no_ppm;
}

/* From which share on something is worth a word about the ladder. */
#define MOST_PPM INT64_C(900000)
#define SOME_PPM INT64_C(100000)

static const char *
advice(const struct dro_capability *c)
{
	if (c->messages == 0)
		return ("no reports to measure receivers by");
	if (c->pct.no_ppm >= MOST_PPM)
		return ("hardly any receiver of this mail acts on pct: the "
			"ladder rfc9989 asks the same of them in fewer steps");
	if (c->pct.yes_ppm >= SOME_PPM)
		return ("receivers of this mail act on pct: the ladder dual "
			"moves them in small steps");
	if (c->t.no_ppm >= SOME_PPM)
		return ("receivers of this mail ignore t: at quarantine-100 "
			"and reject-100 they act in full");
	return ("not measured yet: that takes failing mail judged under a "
		"record with pct or t; the ladder dual is right for either "
		"kind of receiver");
}

static int
by_reporter(const void *va, const void *vb)
{
	const struct dro_behaviour *const *a = va, *const *b = vb;

	return (strcmp((*a)->reporter, (*b)->reporter));
}

static int
by_messages(const void *va, const void *vb)
{
	const struct dro_receiver *a = va, *b = vb;

	if (a->messages != b->messages)
		return (a->messages < b->messages ? 1 : -1);
	return (strcmp(a->reporter, b->reporter));
}

enum dro_code
dro_capability_measure(const struct dro_behaviour *items, size_t n,
    struct dro_arena *arena, struct dro_capability *out, struct dro_err *err)
{
	const struct dro_behaviour **order =
	    dro_arena_alloc(arena, n, sizeof(const void *));
	struct dro_receiver *all = dro_arena_alloc(arena, n, sizeof(*all));
	size_t i;

	memset(out, 0, sizeof(*out));
	if (order == NULL || all == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++)
		order[i] = &items[i];
	qsort(order, n, sizeof(const void *), by_reporter);
	for (i = 0; i < n; i++) {
		if (i == 0 || by_reporter(&order[i], &order[i - 1]) != 0)
			all[out->n++].reporter = order[i]->reporter;
		take(&all[out->n - 1], order[i]);
	}
	qsort(all, out->n, sizeof(*all), by_messages);
	out->receivers = all;
	for (i = 0; i < out->n; i++) {
		judge_pct(&all[i].pct);
		judge_t(&all[i].t);
		out->messages = plus(out->messages, all[i].messages);
		if (all[i].rfc9990)
			out->rfc9990_ppm =
			    plus(out->rfc9990_ppm, all[i].messages);
	}
	out->rfc9990_ppm = share_ppm(out->rfc9990_ppm, out->messages);
	weigh(out, offsetof(struct dro_receiver, pct), &out->pct);
	weigh(out, offsetof(struct dro_receiver, t), &out->t);
	out->advice = advice(out);
	return (DRO_OK);
}

const char *
dro_known_name(enum dro_known known)
{
	switch (known) {
	case DRO_KNOWN_YES:
		return ("yes");
	case DRO_KNOWN_NO:
		return ("no");
	case DRO_KNOWN_NOT:
		break;
	}
	return ("unknown");
}
