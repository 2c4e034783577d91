#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "stage/source_parts.h"

/*
 * Senders that are no legitimate source, and whether a person must say whose
 * they are.  A question per sender and not per share of volume: a spoofer
 * cannot hold a domain back by sending more (decision-quality study, finding
 * 4: same harm, fewer questions).
 */

/* A sender that authenticates is asked about from so much failing mail on. */
#define ASK_MESSAGES 5
#define ASK_DAYS 2

/* A network of which nothing authenticates, from so many report days on. */
#define ASK_NETWORK_DAYS 5

/* Failing mail of all entries with one key. */
struct sender {
	size_t first, end; /* of the entries */
	int64_t fail;
	int64_t relayed; /* of it with a broken signature of a source */
	int32_t last_day, days, asked_day;
};

/* What the key of such a network begins with. */
#define ADDRESS "address:"

static bool
in_order(const struct dro_entry *entries, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (dro_source_compare_entries(&entries[i - 1], &entries[i]) >
		    0)
			return (false);
	return (true);
}

/* Name what nothing authenticates by its network: the last of the entries. */
static bool
name_networks(struct dro_sorting *w)
{
	char key[sizeof(ADDRESS) + DRO_NET_LEN] = ADDRESS;
	size_t i, first = 0, n = w->ev->n_streams;
	struct dro_net net;

	while (first < n && w->entries[first].key != NULL)
		first++;
	for (i = first; i < n; i++) {
		struct dro_entry *e = &w->entries[i];

		if (w->by_stream[e->stream] != DRO_NO_SOURCE ||
		    !dro_net_parse(w->ev->streams[e->stream].ip, &net))
			continue;
		net = dro_net_group(&net);
		(void)dro_net_text(&net, key + strlen(ADDRESS));
		e->key = dro_arena_strdup(w->arena, key);
		if (e->key == NULL)
			return (false);
	}
	/*
	 * No other key is like one of theirs: they need not go among them.
	 * Streams come by their address, so networks mostly do as well.
	 */
	if (!in_order(w->entries + first, n - first))
		qsort(w->entries + first, n - first, sizeof(*w->entries),
		    dro_source_compare_entries);
	return (true);
}

static bool
is_network(const char *key)
{
	return (strncmp(key, ADDRESS, strlen(ADDRESS)) == 0);
}

/* The runs of equal keys that are no legitimate source; by_stream follows. */
static size_t
find_senders(const struct dro_sorting *w, struct sender *out, size_t *of)
{
	size_t i, j, k, n = 0, end = w->ev->n_streams, stream;

	for (i = 0; i < end && w->entries[i].key != NULL; i = j) {
		for (j = i; j < end && w->entries[j].key != NULL &&
		     strcmp(w->entries[j].key, w->entries[i].key) == 0;
		     j++)
			;
		stream = w->entries[i].stream;
		if (w->by_stream[stream] != DRO_NO_SOURCE && !w->linked[stream])
			continue;
		for (k = i; k < j; k++)
			of[w->entries[k].stream] = n;
		out[n++] = (struct sender){
		    .first = i, .end = j, .asked_day = INT32_MAX};
	}
	return (n);
}

/* Cells come sorted by day, so the day a question arises is seen in passing. */
static void
count_senders(
    const struct dro_sorting *w, struct sender *senders, const size_t *of)
{
	size_t i;

	for (i = 0; i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct sender *s;
		bool network;

		if (of[c->stream] == DRO_NO_SOURCE || c->fail == 0)
			continue;
		s = &senders[of[c->stream]];
		network = is_network(w->entries[s->first].key);
		s->days += s->fail == 0 || s->last_day != c->day;
		s->last_day = c->day;
		s->fail += c->fail;
		if (w->linked[c->stream])
			s->relayed += c->fail;
		if (s->asked_day == INT32_MAX &&
		    (network ? s->days >= ASK_NETWORK_DAYS
			     : s->days >= ASK_DAYS && s->fail >= ASK_MESSAGES))
			s->asked_day = c->day;
	}
}

/* The client has said whose it is. */
static void
sort_declared(const struct dro_entry *e, struct dro_source *out)
{
	bool theirs = e->declared->whose == DRO_NOT_OURS;

	out->code = e->code;
	out->class = theirs ? DRO_THREAT : DRO_FORWARDED;
	out->why = theirs ? "declared as not ours in the configuration"
			  : "declared as a forwarder in the configuration";
}

/* Whether nobody's answer counts as one by now. */
static bool
is_overdue(const struct dro_sorting *w, const struct sender *s)
{
	return (w->settings->undecided_days >= 0 &&
	    dro_reached(w->clock,
		dro_day_start(s->asked_day + 1) +
		    w->settings->undecided_days * DRO_DAY_S));
}

/* What ${s} is; false: nobody in particular. */
static bool
sort_sender(
    const struct dro_sorting *w, const struct sender *s, struct dro_source *out)
{
	const struct dro_entry *e = &w->entries[s->first];

	out->key = e->key;
	out->asked_day = s->asked_day;
	out->asked_days = s->days;
	if (e->declared) {
		sort_declared(e, out);
	} else if (!is_network(e->key) && s->relayed * 2 > s->fail) {
		out->code = "relayed";
		out->class = DRO_FORWARDED;
		out->why = "passes mail on whose signature it broke";
	} else if (s->asked_day == INT32_MAX) {
		return (false);
	} else if (w->settings->sources_closed) {
		out->code = "closed";
		out->class = DRO_THREAT;
		out->why = "the list of sources is declared complete";
	} else if (is_overdue(w, s)) {
		out->code = "unanswered";
		out->class = DRO_THREAT;
		out->why = "nobody has said in time that it is ours";
	} else {
		out->class = DRO_UNDECIDED;
		out->code = is_network(e->key) ? "same_network" : "sender";
		out->why = is_network(e->key)
		    ? "nothing authenticates, day after day"
		    : "authenticates for a domain of its own only";
	}
	return (true);
}

bool
dro_source_senders(struct dro_sorting *w)
{
	size_t n_streams = w->ev->n_streams, n, i, k;
	struct sender *senders =
	    dro_arena_alloc(w->arena, n_streams, sizeof(*senders));
	size_t *of = dro_arena_alloc(w->arena, n_streams, sizeof(*of));

	w->n_all = w->n_sources;
	if (senders == NULL || of == NULL || !name_networks(w))
		return (false);
	for (i = 0; i < n_streams; i++)
		of[i] = DRO_NO_SOURCE;
	n = find_senders(w, senders, of);
	count_senders(w, senders, of);
	for (i = 0; i < n; i++) {
		if (!sort_sender(w, &senders[i], &w->sources[w->n_all]))
			continue;
		for (k = senders[i].first; k < senders[i].end; k++)
			w->sender[w->entries[k].stream] = w->n_all;
		w->n_all++;
	}
	return (true);
}
