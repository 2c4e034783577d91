#include <stdlib.h>
#include <string.h>

#include "stage/source_parts.h"

int
dro_source_compare_entries(const void *va, const void *vb)
{
	const struct dro_entry *a = va, *b = vb;
	int c;

	if (a->key == b->key)
		c = 0;
	else if (a->key == NULL || b->key == NULL)
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
		return (DRO_NO_SOURCE);
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
	return (DRO_NO_SOURCE);
}

/* Give every run of equal keys that is legitimate a source. */
static void
collect_sources(struct dro_sorting *w)
{
	size_t i, j, n = w->ev->n_streams;
	const struct dro_entry *e;
	int64_t pass;
	bool proven;

	for (i = 0; i < n && w->entries[i].key != NULL; i = j) {
		pass = 0;
		proven = false;
		for (j = i; j < n && w->entries[j].key != NULL &&
		     strcmp(w->entries[j].key, w->entries[i].key) == 0;
		     j++) {
			pass += w->entries[j].pass;
			proven = proven || w->entries[j].proven;
		}
		if (w->entries[i].declared != NULL
			? w->entries[i].declared->whose != DRO_OURS
			: pass == 0 && !proven)
			continue;
		for (e = &w->entries[i]; e < &w->entries[j]; e++)
			w->by_stream[e->stream] = w->n_sources;
		w->sources[w->n_sources].key = w->entries[i].key;
		w->sources[w->n_sources].code = w->entries[i].code;
		w->sources[w->n_sources].why = w->entries[i].why;
		w->sources[w->n_sources].class = DRO_LEGIT;
		w->sources[w->n_sources].critical =
		    w->entries[i].declared != NULL &&
		    w->entries[i].declared->critical;
		w->n_sources++;
	}
}

/* Link streams of nobody to the source whose signature or address they use. */
static bool
link_streams(struct dro_sorting *w)
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
		if (s == DRO_NO_SOURCE || w->entries[i].pass == 0)
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
		const struct dro_entry *e = &w->entries[i];

		if (w->by_stream[e->stream] != DRO_NO_SOURCE ||
		    (e->declared != NULL && e->declared->whose != DRO_OURS))
			continue;
		stream = &w->ev->streams[e->stream];
		s = find_link(
		    keys, n_keys, stream->claim, stream->claim_selector);
		/* On a shared platform the names tell senders apart. */
		if (s == DRO_NO_SOURCE && e->key == NULL)
			s = find_link(ips, n_ips, stream->ip, "");
		if (s == DRO_NO_SOURCE)
			continue;
		w->by_stream[e->stream] = s;
		w->linked[e->stream] = true;
	}
	return (true);
}

/* Sum the cells by source and day; cells come sorted by day. */
static bool
collect_days(struct dro_sorting *w)
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

		if ((s = w->by_stream[c->stream]) == DRO_NO_SOURCE)
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

		if ((s = w->by_stream[c->stream]) == DRO_NO_SOURCE)
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

/* Mail of others than legitimate sources: no epochs, in no rate. */
static void
count_other(
    struct dro_source *src, const struct dro_cell *c, struct dro_tally *t)
{
	if (src->fail + src->unknown + src->pass == 0)
		src->first_day = c->day;
	src->last_day = c->day;
	src->fail += c->fail;
	src->unknown += c->unknown;
	src->pass += c->pass;
	t->unknown += c->unknown;
	if (src->class == DRO_UNDECIDED)
		t->undecided += c->fail;
	else if (src->class == DRO_FORWARDED)
		t->forwarded += c->fail;
	else
		t->threat += c->fail;
}

/* Mail of a legitimate source; what is only linked to it is kept apart. */
static void
count_own(struct dro_source *src, const struct dro_cell *c, bool linked,
    struct dro_tally *t)
{
	if (c->day < src->epoch_day)
		return;
	src->unknown += c->unknown;
	t->unknown += c->unknown;
	if (linked) {
		src->claimed += c->fail;
		return;
	}
	src->pass += c->pass;
	src->fail += c->fail;
	if (src->awaiting_repair)
		return;
	if (t->n == 0 || c->day < t->first_day)
		t->first_day = c->day;
	if (t->n == 0 || c->day > t->last_day)
		t->last_day = c->day;
	t->n += c->pass + c->fail;
	t->fail += c->fail;
}

/* Add the messages of the epoch to the sources and the tally. */
static void
count(struct dro_sorting *w, struct dro_population_view *out)
{
	struct dro_tally *t = &out->tally;
	size_t i, s;

	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];

		if (w->sender[c->stream] != DRO_NO_SOURCE)
			count_other(&w->sources[w->sender[c->stream]], c, t);
		else if (w->by_stream[c->stream] == DRO_NO_SOURCE)
			count_other(&w->sources[w->n_all], c, t);
		else
			count_own(&w->sources[w->by_stream[c->stream]], c,
			    w->linked[c->stream], t);
	}
	for (s = 0; s < w->n_sources; s++) {
		t->epoch += w->sources[s].epoch;
		if (w->sources[s].awaiting_repair)
			w->sources[s].class = DRO_LEGIT_BROKEN;
	}
}

/* LEGIT and LEGIT_BROKEN side by side, the others behind them. */
static int
rank(const struct dro_source *s)
{
	return (dro_source_is_legit(s) ? DRO_LEGIT : (int)s->class);
}

/* Order for people: the largest legitimate source first, threat last. */
static int
compare_sources(const void *va, const void *vb)
{
	const struct dro_source *a = va, *b = vb;
	int64_t na = a->pass + a->fail + a->claimed;
	int64_t nb = b->pass + b->fail + b->claimed;

	if (rank(a) != rank(b))
		return (rank(a) - rank(b));
	if (na != nb)
		return (na < nb ? 1 : -1);
	return (strcmp(a->key, b->key));
}

/* Sort the sources and let what refers to them follow. */
static bool
order_sources(struct dro_sorting *w, struct dro_population_view *out)
{
	const struct dro_source *rest = &w->sources[w->n_all];
	size_t n = w->n_all + 1, i, s;
	size_t *place = dro_arena_alloc(w->arena, n, sizeof(*place));

	if (place == NULL)
		return (false);
	for (i = 0; i < n; i++)
		w->sources[i].met = i;
	out->n = w->n_all;
	if (rest->fail + rest->unknown + rest->pass > 0)
		out->n++;
	qsort(w->sources, out->n, sizeof(*w->sources), compare_sources);
	for (i = 0; i < n; i++)
		place[w->sources[i].met] = i;
	for (i = 0; i < w->ev->n_streams; i++) {
		s = w->sender[i] != DRO_NO_SOURCE      ? w->sender[i]
		    : w->by_stream[i] != DRO_NO_SOURCE ? w->by_stream[i]
						       : w->n_all;
		w->by_stream[i] = w->by_stream[i] == DRO_NO_SOURCE
		    ? out->n
		    : place[w->by_stream[i]];
		w->sender[i] = place[s];
	}
	return (true);
}

static bool
prepare(struct dro_sorting *w)
{
	size_t n = w->ev->n_streams, i;

	w->entries = dro_arena_alloc(w->arena, n, sizeof(*w->entries));
	w->by_stream = dro_arena_alloc(w->arena, n, sizeof(*w->by_stream));
	w->linked = dro_arena_alloc(w->arena, n, sizeof(*w->linked));
	w->sender = dro_arena_alloc(w->arena, n, sizeof(*w->sender));
	w->sources = dro_arena_alloc(w->arena, n + 1, sizeof(*w->sources));
	if (w->entries == NULL || w->by_stream == NULL || w->linked == NULL ||
	    w->sender == NULL || w->sources == NULL)
		return (false);
	for (i = 0; i < n; i++) {
		w->entries[i].stream = i;
		w->by_stream[i] = w->sender[i] = DRO_NO_SOURCE;
		if (!dro_source_key(w, i))
			return (false);
	}
	for (i = 0; i < w->ev->n_cells; i++)
		w->entries[w->ev->cells[i].stream].pass += w->ev->cells[i].pass;
	if (!dro_source_own(w))
		return (false);
	for (i = 0; i < n; i++) {
		if (w->entries[i].key != NULL || w->entries[i].pass == 0)
			continue;
		/* Some reporters judge without saying whose signature it was. */
		w->entries[i].key =
		    dro_arena_printf(w->arena, "unnamed:%s", w->domain);
		w->entries[i].code = "unnamed";
		w->entries[i].why = "passes DMARC, the reports name no signer";
		if (w->entries[i].key == NULL)
			return (false);
	}
	qsort(w->entries, n, sizeof(*w->entries), dro_source_compare_entries);
	return (true);
}

enum dro_code
dro_source_classify(const char *domain, const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_evidence *evidence,
    struct dro_clock *clock, struct dro_arena *arena,
    struct dro_population_view *out, struct dro_err *err)
{
	struct dro_sorting w = {.domain = domain,
	    .settings = settings,
	    .facts = facts,
	    .ev = evidence,
	    .clock = clock,
	    .arena = arena};
	struct dro_source *rest;
	size_t s;

	memset(out, 0, sizeof(*out));
	if (!prepare(&w))
		return (dro_err_nomem(err));
	collect_sources(&w);
	if (!link_streams(&w) || !collect_days(&w) || !dro_source_senders(&w))
		return (dro_err_nomem(err));
	rest = &w.sources[w.n_all];
	rest->key = "threat";
	rest->code = "nobody";
	rest->why = "no legitimate source claims it";
	rest->class = DRO_THREAT;
	for (s = 0; s < w.n_sources; s++)
		dro_source_epoch(facts, &w.sources[s]);
	count(&w, out);
	if (!order_sources(&w, out))
		return (dro_err_nomem(err));
	out->sources = w.sources;
	out->by_stream = w.by_stream;
	out->any = w.sender;
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
	case DRO_FORWARDED:
		return ("forwarded");
	case DRO_UNDECIDED:
		return ("undecided");
	case DRO_THREAT:
		break;
	}
	return ("threat");
}
