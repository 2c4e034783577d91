#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "stage/profile.h"

/* A reporter that sees no SPF at all: what it, and the others, must have. */
#define BLIND_MESSAGES 5
#define SIGHTED_MESSAGES 10
#define SIGHTED_OF_TEN 9

/* What one reporter says of one source. */
struct view {
	int64_t all, spf, unsigned_;
};

/* One selector at one source. */
struct key {
	size_t source;
	const char *selector;
	int32_t good_day, bad_day, last_day;
	int64_t bad;
	int bad_days;
};

/* A name at a source, and its messages; sorted to find the largest. */
struct item {
	size_t source;
	const char *name;
	int64_t n;
};

struct work {
	const char *domain;
	const struct dro_facts *facts;
	const struct dro_evidence *ev;
	const struct dro_decision *d;
	struct dro_profile *all;
	struct view *views; /* source x reporter */
	int64_t *totals; /* by stream */
	struct item *items;
	size_t n_keys;
	struct key *keys;
	size_t *key_of; /* by stream; n_keys: none */
};

static int64_t
total(const struct dro_cell *c)
{
	return (c->pass + c->fail + c->unknown);
}

static bool
is_own(const struct work *w, const char *name)
{
	return (*name != '\0' && dro_domain_within(name, w->domain));
}

/* The part that mail of ${s} belongs to. */
static struct dro_profile_part *
part_of(const struct work *w, struct dro_profile *p, const struct dro_stream *s)
{
	if (*s->dkim != '\0' || is_own(w, s->mail_from))
		return (&p->aligned);
	if (*s->claim != '\0')
		return (&p->broken);
	if (*s->dkim_other != '\0')
		return (
		    *s->mail_from == '\0' ? &p->signed_only : &p->signed_other);
	return (*s->mail_from == '\0' ? &p->bare : &p->bounced);
}

static void
count_cell(struct work *w, const struct dro_cell *c, size_t source)
{
	const struct dro_stream *s = &w->ev->streams[c->stream];
	struct dro_profile *p = &w->all[source];
	struct dro_profile_part *part = part_of(w, p, s);
	struct view *v = &w->views[source * w->ev->n_reporters + c->reporter];

	if (p->days == 0)
		p->first_day = c->day;
	p->days += p->days == 0 || p->last_day != c->day;
	p->last_day = c->day;
	p->messages += total(c);
	p->pass += c->pass;
	p->fail += c->fail;
	p->unknown += c->unknown;
	if (w->d->linked[c->stream])
		p->linked += total(c);
	p->dkim += *s->dkim != '\0' ? c->pass : 0;
	p->spf += is_own(w, s->mail_from) ? c->pass : 0;
	if (*s->dkim != '\0' && *s->mail_from == '\0')
		p->survived += c->pass;
	part->all += total(c);
	part->fail += c->fail;
	w->totals[c->stream] += total(c);
	p->reporters += v->all == 0 && total(c) > 0;
	v->all += total(c);
	v->spf += is_own(w, s->mail_from) ? total(c) : 0;
	v->unsigned_ += *s->dkim == '\0' ? total(c) : 0;
}

/* ---- names */

static int
compare_items(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;

	if (a->source != b->source)
		return (a->source < b->source ? -1 : 1);
	return (strcmp(a->name, b->name));
}

static int
compare_sums(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;

	if (a->source != b->source)
		return (a->source < b->source ? -1 : 1);
	if (a->n != b->n)
		return (a->n < b->n ? 1 : -1);
	return (strcmp(a->name, b->name));
}

/* The names that ${name_of} gives the streams, summed, largest first. */
static size_t
sum_names(struct work *w,
    const char *(*name_of)(const struct work *, const struct dro_stream *))
{
	const char *name;
	size_t i, n = 0, m = 0;

	for (i = 0; i < w->ev->n_streams; i++) {
		name = name_of(w, &w->ev->streams[i]);
		if (*name != '\0' && w->d->of_stream[i] < w->d->n_sources)
			w->items[n++] = (struct item){
			    w->d->of_stream[i], name, w->totals[i]};
	}
	qsort(w->items, n, sizeof(*w->items), compare_items);
	for (i = 0; i < n; i++) {
		if (m > 0 && compare_items(&w->items[m - 1], &w->items[i]) == 0)
			w->items[m - 1].n += w->items[i].n;
		else
			w->items[m++] = w->items[i];
	}
	qsort(w->items, m, sizeof(*w->items), compare_sums);
	return (m);
}

static const char *
ip_of(const struct work *w, const struct dro_stream *s)
{
	(void)w;
	return (s->ip);
}

static const char *
signer_of(const struct work *w, const struct dro_stream *s)
{
	(void)w;
	return (s->dkim_other);
}

static const char *
bounce_of(const struct work *w, const struct dro_stream *s)
{
	return (is_own(w, s->mail_from) ? "" : dro_service_pool(s->mail_from));
}

static void
name_sources(struct work *w)
{
	struct dro_profile *p;
	size_t i, n;

	n = sum_names(w, signer_of);
	for (i = n; i > 0; i--) /* the largest comes last, and stays */
		w->all[w->items[i - 1].source].signer = w->items[i - 1].name;
	n = sum_names(w, bounce_of);
	for (i = n; i > 0; i--)
		w->all[w->items[i - 1].source].bounce = w->items[i - 1].name;
	n = sum_names(w, ip_of);
	for (i = 0; i < n; i++) {
		p = &w->all[w->items[i].source];
		if (p->n_addresses++ >= DRO_PROFILE_ADDRESSES)
			continue;
		p->addresses[p->n_addresses - 1] =
		    (struct dro_profile_address){w->items[i].name,
			dro_reverse_name(w->facts, w->items[i].name),
			w->items[i].n};
	}
}

/* A name tells the service; else what stands in DNS for its address. */
static void
find_service(struct dro_profile *p)
{
	if (p->signer != NULL)
		p->service = dro_service_of(p->signer);
	if (p->service == NULL && p->bounce != NULL)
		p->service = dro_service_of(p->bounce);
	if (p->service == NULL && p->n_addresses > 0 &&
	    p->addresses[0].name != NULL)
		p->service = dro_service_of(p->addresses[0].name);
}

/* ---- keys */

static int
compare_keys(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;

	if (a->source != b->source)
		return (a->source < b->source ? -1 : 1);
	return (strcmp(a->selector, b->selector));
}

/* The selector that ${s} uses, or breaks, of the domain itself; "": none. */
static const char *
selector_of(const struct dro_stream *s)
{
	return (*s->dkim != '\0'    ? s->selector
		: *s->claim != '\0' ? s->claim_selector
				    : "");
}

/* Each selector of each source once; streams know theirs. */
static void
list_keys(struct work *w)
{
	size_t i, n = 0, lo, hi, mid;
	struct key k = {0};

	for (i = 0; i < w->ev->n_streams; i++)
		if (*selector_of(&w->ev->streams[i]) != '\0')
			w->keys[n++] = (struct key){w->d->of_stream[i],
			    selector_of(&w->ev->streams[i]), INT32_MIN, 0, 0, 0,
			    0};
	qsort(w->keys, n, sizeof(*w->keys), compare_keys);
	for (i = 0; i < n; i++)
		if (w->n_keys == 0 ||
		    compare_keys(&w->keys[w->n_keys - 1], &w->keys[i]) != 0)
			w->keys[w->n_keys++] = w->keys[i];
	for (i = 0; i < w->ev->n_streams; i++) {
		k.source = w->d->of_stream[i];
		k.selector = selector_of(&w->ev->streams[i]);
		for (lo = 0, hi = w->n_keys; lo < hi;) {
			mid = lo + (hi - lo) / 2;
			if (compare_keys(&w->keys[mid], &k) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		w->key_of[i] = *k.selector == '\0' ? w->n_keys : lo;
	}
}

/* Cells come sorted by day: a pass forgives all before it, that day's too. */
static void
follow_keys(struct work *w)
{
	size_t i;

	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct key *k = &w->keys[w->key_of[c->stream]];

		if (w->key_of[c->stream] < w->n_keys &&
		    *w->ev->streams[c->stream].dkim != '\0')
			k->good_day = c->day;
	}
	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct key *k = &w->keys[w->key_of[c->stream]];

		if (w->key_of[c->stream] >= w->n_keys || total(c) == 0 ||
		    *w->ev->streams[c->stream].dkim != '\0' ||
		    c->day <= k->good_day)
			continue;
		if (k->bad == 0)
			k->bad_day = c->day;
		k->bad_days += k->bad == 0 || k->last_day != c->day;
		k->last_day = c->day;
		k->bad += total(c);
	}
	for (i = 0; i < w->n_keys; i++) {
		const struct key *k = &w->keys[i];
		struct dro_profile *p;

		if (k->source >= w->d->n_sources)
			continue;
		p = &w->all[k->source];
		if (k->bad <= p->bad)
			continue;
		p->selector = k->selector;
		p->good_day = k->good_day;
		p->bad_day = k->bad_day;
		p->bad = k->bad;
		p->bad_days = k->bad_days;
	}
}

/* ---- the reporter that does not see SPF */

static void
find_blind(struct work *w, size_t source)
{
	const struct view *v = &w->views[source * w->ev->n_reporters];
	struct dro_profile *p = &w->all[source];
	int64_t all = 0, spf = 0;
	size_t r, blind = 0, n_blind = 0;

	for (r = 0; r < w->ev->n_reporters; r++) {
		if (v[r].spf == 0 && v[r].all >= BLIND_MESSAGES) {
			blind = r;
			n_blind++;
			continue;
		}
		all += v[r].all;
		spf += v[r].spf;
	}
	if (n_blind != 1 || all < SIGHTED_MESSAGES ||
	    spf * 10 < all * SIGHTED_OF_TEN)
		return;
	p->blind = w->ev->reporters[blind];
	p->blind_messages = v[blind].all;
	p->blind_unsigned = v[blind].unsigned_;
}

static bool
allocate(struct work *w, struct dro_arena *arena)
{
	size_t n = w->ev->n_streams, m = w->d->n_sources;

	w->all = dro_arena_alloc(arena, m, sizeof(*w->all));
	w->views =
	    dro_arena_alloc(arena, m, w->ev->n_reporters * sizeof(*w->views));
	w->totals = dro_arena_alloc(arena, n, sizeof(*w->totals));
	w->items = dro_arena_alloc(arena, n, sizeof(*w->items));
	w->keys = dro_arena_alloc(arena, n + 1, sizeof(*w->keys));
	w->key_of = dro_arena_alloc(arena, n, sizeof(*w->key_of));
	return (w->all != NULL && w->views != NULL && w->totals != NULL &&
	    w->items != NULL && w->keys != NULL && w->key_of != NULL);
}

enum dro_code
dro_profiles_make(const char *domain, const struct dro_facts *facts,
    const struct dro_evidence *evidence, const struct dro_decision *decision,
    struct dro_arena *arena, struct dro_profile **out, struct dro_err *err)
{
	struct work w = {
	    .domain = domain, .facts = facts, .ev = evidence, .d = decision};
	size_t i, source;

	if (!allocate(&w, arena))
		return (dro_err_nomem(err));
	for (i = 0; i < decision->n_sources; i++)
		w.all[i].source = &decision->sources[i];
	*out = w.all;
	if (decision->n_sources == 0)
		return (DRO_OK);
	for (i = 0; i < evidence->n_cells; i++) {
		source = decision->of_stream[evidence->cells[i].stream];
		if (source < decision->n_sources)
			count_cell(&w, &evidence->cells[i], source);
	}
	name_sources(&w);
	list_keys(&w);
	follow_keys(&w);
	for (i = 0; i < decision->n_sources; i++) {
		find_service(&w.all[i]);
		find_blind(&w, i);
	}
	return (DRO_OK);
}
