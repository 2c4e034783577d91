#include <stdlib.h>
#include <string.h>

#include "stage/source_parts.h"

#define NO_SOURCE SIZE_MAX

static int
compare_entries(const void *va, const void *vb)
{
	const struct dro_entry *a = va, *b = vb;
	int c;

	if (a->key == NULL || b->key == NULL)
		c = (a->key == NULL) - (b->key == NULL);
	else
		c = strcmp(a->key, b->key);
	if (c != 0)
		return (c);
	return ((a->stream > b->stream) - (a->stream < b->stream));
}

/* A name that passed for a source: a broken signature or an address of it
 * links failing mail to that source. */
struct link {
	const char *name, *detail;
	size_t source;
	int64_t pass;
};

static int
compare_links(const void *va, const void *vb)
{
	const struct link *a = va, *b = vb;
	int c = strcmp(a->name, b->name);

	if (c == 0)
		c = strcmp(a->detail, b->detail);
	if (c == 0) /* the largest first */
		c = (a->pass < b->pass) - (a->pass > b->pass);
	return (c);
}

static size_t
find_link(
    const struct link *links, size_t n, const char *name, const char *detail)
{
	size_t lo = 0, hi = n, mid;
	int c;

	if (*name == '\0')
		return (NO_SOURCE);
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strcmp(links[mid].name, name);
		if (c == 0)
			c = strcmp(links[mid].detail, detail);
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < n && strcmp(links[lo].name, name) == 0 &&
	    strcmp(links[lo].detail, detail) == 0)
		return (links[lo].source);
	return (NO_SOURCE);
}

/* Everything classify works on; arrays live in the arena. */
struct work {
	const struct dro_evidence *ev;
	const struct dro_facts *facts;
	struct dro_arena *arena;
	struct dro_entry *entries;
	size_t *by_stream;
	bool *linked;
	struct dro_source *sources;
	size_t n_sources;
};

/* Give every run of equal keys that is legitimate a source. */
static void
collect_sources(struct work *w)
{
	size_t i, j, k, n = w->ev->n_streams;
	int64_t pass;

	for (i = 0; i < n && w->entries[i].key != NULL; i = j) {
		pass = 0;
		for (j = i; j < n && w->entries[j].key != NULL &&
		     strcmp(w->entries[j].key, w->entries[i].key) == 0;
		     j++)
			pass += w->entries[j].pass;
		if (pass == 0 && !w->entries[i].declared)
			continue;
		for (k = i; k < j; k++)
			w->by_stream[w->entries[k].stream] = w->n_sources;
		w->sources[w->n_sources].key = w->entries[i].key;
		w->sources[w->n_sources].why = w->entries[i].why;
		w->sources[w->n_sources].class = DRO_LEGIT;
		w->n_sources++;
	}
}

/* Link streams of nobody to the source whose signature or address they use. */
static bool
link_streams(struct work *w)
{
	size_t n = w->ev->n_streams, i, n_keys = 0, n_ips = 0, s;
	struct link *keys = dro_arena_alloc(w->arena, n, sizeof(*keys));
	struct link *ips = dro_arena_alloc(w->arena, n, sizeof(*ips));
	const struct dro_stream *stream;

	if (keys == NULL || ips == NULL)
		return (false);
	for (i = 0; i < n; i++) {
		s = w->by_stream[w->entries[i].stream];
		stream = &w->ev->streams[w->entries[i].stream];
		if (s == NO_SOURCE || w->entries[i].pass == 0)
			continue;
		if (*stream->dkim != '\0')
			keys[n_keys++] = (struct link){stream->dkim,
			    stream->selector, s, w->entries[i].pass};
		ips[n_ips++] =
		    (struct link){stream->ip, "", s, w->entries[i].pass};
	}
	qsort(keys, n_keys, sizeof(*keys), compare_links);
	qsort(ips, n_ips, sizeof(*ips), compare_links);
	for (i = 0; i < n; i++) {
		if (w->by_stream[i] != NO_SOURCE)
			continue;
		stream = &w->ev->streams[i];
		s = find_link(
		    keys, n_keys, stream->claim, stream->claim_selector);
		if (s == NO_SOURCE)
			s = find_link(ips, n_ips, stream->ip, "");
		if (s == NO_SOURCE)
			continue;
		w->by_stream[i] = s;
		w->linked[i] = true;
	}
	return (true);
}

/* Sum the cells by source and day; cells come sorted by day. */
static bool
collect_days(struct work *w)
{
	struct dro_source_day **days;
	size_t i, s;

	days = dro_arena_alloc(
	    w->arena, w->n_sources, sizeof(struct dro_source_day *));
	if (days == NULL)
		return (false);
	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct dro_source *src;

		if ((s = w->by_stream[c->stream]) == NO_SOURCE)
			continue;
		src = &w->sources[s];
		if (src->n_days == 0 || src->last_day != c->day)
			src->n_days++;
		if (src->n_days == 1)
			src->first_day = c->day;
		src->last_day = c->day;
	}
	for (s = 0; s < w->n_sources; s++) {
		days[s] = dro_arena_alloc(
		    w->arena, w->sources[s].n_days, sizeof(**days));
		if (days[s] == NULL)
			return (false);
		w->sources[s].days = days[s];
		w->sources[s].n_days = 0;
	}
	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct dro_source_day *d;
		struct dro_source *src;

		if ((s = w->by_stream[c->stream]) == NO_SOURCE)
			continue;
		src = &w->sources[s];
		if (src->n_days == 0 || days[s][src->n_days - 1].day != c->day)
			days[s][src->n_days++].day = c->day;
		d = &days[s][src->n_days - 1];
		if (w->linked[c->stream]) {
			d->claimed += c->fail;
		} else {
			d->pass += c->pass;
			d->fail += c->fail;
		}
	}
	return (true);
}

/* Add the messages of the epoch to the sources and the tally. */
static void
count(struct work *w, struct dro_population_view *out)
{
	struct dro_tally *t = &out->tally;
	bool any = false;
	size_t i, s;

	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct dro_source *src;

		if ((s = w->by_stream[c->stream]) == NO_SOURCE) {
			src = &w->sources[w->n_sources];
			if (src->fail + src->unknown + src->pass == 0)
				src->first_day = c->day;
			src->last_day = c->day;
			src->fail += c->fail;
			src->unknown += c->unknown;
			src->pass += c->pass;
			t->threat += c->fail;
			t->unknown += c->unknown;
			continue;
		}
		src = &w->sources[s];
		if (c->day < src->epoch_day)
			continue;
		src->unknown += c->unknown;
		t->unknown += c->unknown;
		if (w->linked[c->stream]) {
			src->claimed += c->fail;
			continue;
		}
		src->pass += c->pass;
		src->fail += c->fail;
		if (src->awaiting_repair)
			continue;
		t->n += c->pass + c->fail;
		t->fail += c->fail;
		if (!any || c->day < t->first_day)
			t->first_day = c->day;
		if (!any || c->day > t->last_day)
			t->last_day = c->day;
		any = true;
	}
	for (s = 0; s < w->n_sources; s++) {
		t->epoch += w->sources[s].epoch;
		if (w->sources[s].awaiting_repair)
			w->sources[s].class = DRO_LEGIT_BROKEN;
	}
}

/* Order for people: the largest legitimate source first, threat last. */
static int
compare_sources(const void *va, const void *vb)
{
	const struct dro_source *a = va, *b = vb;
	int64_t na = a->pass + a->fail + a->claimed;
	int64_t nb = b->pass + b->fail + b->claimed;

	if ((a->class == DRO_THREAT) != (b->class == DRO_THREAT))
		return (a->class == DRO_THREAT ? 1 : -1);
	if (na != nb)
		return (na < nb ? 1 : -1);
	return (strcmp(a->key, b->key));
}

/* Sort the sources and let by_stream follow them. */
static bool
order_sources(struct work *w, struct dro_population_view *out)
{
	size_t n = w->n_sources, i, j;
	const char **old = dro_arena_alloc(w->arena, n, sizeof(*old));
	size_t *place = dro_arena_alloc(w->arena, n, sizeof(*place));

	if (old == NULL || place == NULL)
		return (false);
	for (i = 0; i < n; i++)
		old[i] = w->sources[i].key;
	out->n = n;
	if (w->sources[n].fail + w->sources[n].unknown + w->sources[n].pass > 0)
		out->n = n + 1;
	qsort(w->sources, out->n, sizeof(*w->sources), compare_sources);
	for (i = 0; i < n; i++)
		for (j = 0; j < out->n; j++)
			if (w->sources[j].key == old[i])
				place[i] = j;
	for (i = 0; i < w->ev->n_streams; i++)
		w->by_stream[i] = w->by_stream[i] == NO_SOURCE
		    ? out->n
		    : place[w->by_stream[i]];
	return (true);
}

static bool
prepare(struct work *w, const char *domain, const struct dro_settings *settings)
{
	size_t n = w->ev->n_streams, i;

	w->entries = dro_arena_alloc(w->arena, n, sizeof(*w->entries));
	w->by_stream = dro_arena_alloc(w->arena, n, sizeof(*w->by_stream));
	w->linked = dro_arena_alloc(w->arena, n, sizeof(*w->linked));
	w->sources = dro_arena_alloc(w->arena, n + 1, sizeof(*w->sources));
	if (w->entries == NULL || w->by_stream == NULL || w->linked == NULL ||
	    w->sources == NULL)
		return (false);
	for (i = 0; i < n; i++) {
		w->entries[i].stream = i;
		w->by_stream[i] = NO_SOURCE;
		if (!dro_source_key(domain, settings, &w->ev->streams[i],
			w->arena, &w->entries[i]))
			return (false);
	}
	for (i = 0; i < w->ev->n_cells; i++)
		w->entries[w->ev->cells[i].stream].pass += w->ev->cells[i].pass;
	for (i = 0; i < n; i++) {
		if (w->entries[i].key != NULL || w->entries[i].pass == 0)
			continue;
		/* Some reporters judge without saying whose signature it was. */
		w->entries[i].key =
		    dro_arena_printf(w->arena, "unnamed:%s", domain);
		w->entries[i].why = "passes DMARC, the reports name no signer";
		if (w->entries[i].key == NULL)
			return (false);
	}
	qsort(w->entries, n, sizeof(*w->entries), compare_entries);
	return (true);
}

enum dro_code
dro_source_classify(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_evidence *evidence,
    struct dro_arena *arena, struct dro_population_view *out,
    struct dro_err *err)
{
	struct work w = {.ev = evidence, .facts = facts, .arena = arena};
	size_t s;

	memset(out, 0, sizeof(*out));
	if (!prepare(&w, domain, settings))
		return (dro_err_nomem(err));
	collect_sources(&w);
	w.sources[w.n_sources].key = "threat";
	w.sources[w.n_sources].why = "no legitimate source claims it";
	w.sources[w.n_sources].class = DRO_THREAT;
	if (!link_streams(&w) || !collect_days(&w))
		return (dro_err_nomem(err));
	for (s = 0; s < w.n_sources; s++)
		dro_source_epoch(facts, &w.sources[s]);
	count(&w, out);
	if (!order_sources(&w, out))
		return (dro_err_nomem(err));
	out->sources = w.sources;
	out->by_stream = w.by_stream;
	out->linked = w.linked;
	return (DRO_OK);
}

const char *dro_class_name(enum dro_class class)
{
	switch (class) {
	case DRO_LEGIT:
		return ("legit");
	case DRO_LEGIT_BROKEN:
		return ("legit_broken");
	case DRO_THREAT:
		break;
	}
	return ("threat");
}
