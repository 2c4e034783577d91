#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "record/spf.h"
#include "stage/watch.h"

/* Mail without a declared cadence comes again within so long, or not at all. */
#define QUIET_DAYS 35

/* A declared cadence is late by so much before its sender counts as gone. */
#define LATE_DAYS 30

/* What passes so long after it broke does not stand on it: TTLs are over. */
#define PROOF_DAYS 3

/* Two selectors in turn, not side by side: the new one began so shortly
 * before the old one's last mail, or after it. */
#define OVERLAP_DAYS 7

/* The new one has signed until so long after the old one's last mail. */
#define AFTER_DAYS 2

/* Passing mail of one stream. */
struct use {
	int64_t pass;
	int32_t first_day, last_day;
};

/* What both questions are answered from. */
struct watch {
	const struct dro_settings *settings;
	const struct dro_population_view *view;
	const struct dro_evidence *ev;
	const struct dro_facts *facts;
	struct dro_clock *clock;
	struct dro_arena *arena;
	struct use *uses; /* by stream */
};

/* The legitimate source that stream ${i} itself belongs to, or NULL. */
static const struct dro_source *
source_of(const struct watch *w, size_t i)
{
	size_t s = w->view->any[i];

	if (s >= w->view->n || w->view->linked[i] ||
	    !dro_source_is_legit(&w->view->sources[s]))
		return (NULL);
	return (&w->view->sources[s]);
}

static bool
count_uses(struct watch *w)
{
	size_t i;

	w->uses = dro_arena_alloc(w->arena, w->ev->n_streams, sizeof(*w->uses));
	for (i = 0; w->uses != NULL && i < w->ev->n_cells; i++) {
		const struct dro_cell *c = &w->ev->cells[i];
		struct use *u = &w->uses[c->stream];

		if (c->pass == 0)
			continue;
		if (u->pass == 0)
			u->first_day = c->day;
		u->last_day = c->day;
		u->pass += c->pass;
	}
	return (w->uses != NULL);
}

/* How long after its last mail a source may send again. */
static int
quiet_days(const struct watch *w, const struct dro_source *s)
{
	static const char prefix[] = "declared:";
	const struct dro_declared *d;
	size_t i;

	for (i = 0; i < w->settings->n_sources; i++) {
		d = &w->settings->sources[i];
		if (d->cadence_days > 0 &&
		    strncmp(s->key, prefix, strlen(prefix)) == 0 &&
		    strcmp(s->key + strlen(prefix), d->name) == 0)
			return (d->cadence_days + LATE_DAYS);
	}
	return (QUIET_DAYS);
}

/* Several streams that stand on one thing. */
struct need {
	struct use use;
	int64_t most; /* passing messages of the busiest source */
	const struct dro_source *source; /* that one, or NULL */
	int quiet; /* the most patient */
};

static void
add_need(struct need *need, const struct watch *w, size_t stream)
{
	const struct dro_source *s = source_of(w, stream);
	const struct use *u = &w->uses[stream];
	int quiet;

	if (s == NULL || u->pass == 0)
		return;
	if (need->use.pass == 0 || u->first_day < need->use.first_day)
		need->use.first_day = u->first_day;
	if (need->use.pass == 0 || u->last_day > need->use.last_day)
		need->use.last_day = u->last_day;
	need->use.pass += u->pass;
	if (s->pass >= need->most) {
		need->most = s->pass;
		need->source = s;
	}
	if ((quiet = quiet_days(w, s)) > need->quiet)
		need->quiet = quiet;
}

/* Whether mail is still to be expected. */
static bool
is_alive(const struct watch *w, const struct need *need)
{
	return (need->source != NULL &&
	    !dro_reached(
		w->clock, dro_day_start(need->use.last_day + 1 + need->quiet)));
}

/* ---- keys */

static bool
same_key(const struct dro_stream *a, const struct dro_stream *b)
{
	return (strcmp(a->dkim, b->dkim) == 0 &&
	    strcmp(a->selector, b->selector) == 0);
}

/* All that was signed with the key of stream ${first}. */
static struct need
need_of_key(const struct watch *w, size_t first)
{
	struct need need = {.source = NULL};
	size_t i;

	for (i = 0; i < w->ev->n_streams; i++)
		if (same_key(&w->ev->streams[i], &w->ev->streams[first]))
			add_need(&need, w, i);
	return (need);
}

/* The first stream with its key: streams come sorted, but not only by key. */
static bool
is_first(const struct watch *w, size_t i)
{
	size_t k;

	for (k = i;
	     k > 0 && same_key(&w->ev->streams[k - 1], &w->ev->streams[i]); k--)
		if (w->uses[k - 1].pass > 0)
			return (false);
	return (true);
}

/*
 * Whether another selector of the same domain took the place of this one, as
 * at every change of keys; services side by side do not.
 */
static bool
is_replaced(const struct watch *w, size_t first, const struct need *need)
{
	const struct dro_stream *own = &w->ev->streams[first];
	struct need other;
	size_t i;

	for (i = 0; i < w->ev->n_streams; i++) {
		const struct dro_stream *s = &w->ev->streams[i];

		if (strcmp(s->dkim, own->dkim) != 0 ||
		    strcmp(s->selector, own->selector) == 0 ||
		    w->uses[i].pass == 0 || !is_first(w, i))
			continue;
		other = need_of_key(w, i);
		if (other.source != NULL &&
		    other.use.last_day >= need->use.last_day + AFTER_DAYS &&
		    other.use.first_day >= need->use.last_day - OVERLAP_DAYS)
			return (true);
	}
	return (false);
}

/* The name in DNS of the key that ${s} was signed with; false: none. */
static bool
name_of_key(const struct dro_stream *s, char out[DRO_DOMAIN_LEN])
{
	static const char between[] = "._domainkey.";
	char name[2 * DRO_DOMAIN_LEN + sizeof(between)];
	size_t n = strlen(s->selector), d = strlen(s->dkim);

	if (n == 0 || d == 0 || n >= DRO_DOMAIN_LEN || d >= DRO_DOMAIN_LEN)
		return (false);
	memcpy(name, s->selector, n);
	memcpy(name + n, between, strlen(between));
	memcpy(name + n + strlen(between), s->dkim, d + 1);
	return (dro_domain_normalise(name, out, NULL) == DRO_OK);
}

static int
compare_keys(const void *va, const void *vb)
{
	const struct dro_watch_key *a = va, *b = vb;

	if (a->pass != b->pass)
		return (a->pass < b->pass ? 1 : -1);
	return (strcmp(a->name, b->name));
}

enum dro_code
dro_watch_keys(const struct dro_settings *settings,
    const struct dro_population_view *view, const struct dro_evidence *evidence,
    struct dro_clock *clock, struct dro_arena *arena, size_t *n,
    struct dro_watch_key **out, struct dro_err *err)
{
	struct watch w = {.settings = settings,
	    .view = view,
	    .ev = evidence,
	    .clock = clock,
	    .arena = arena};
	struct dro_watch_key *keys;
	char name[DRO_DOMAIN_LEN];
	struct need need;
	size_t i;

	*n = 0;
	keys = dro_arena_alloc(arena, evidence->n_streams, sizeof(*keys));
	if (keys == NULL || !count_uses(&w))
		return (dro_err_nomem(err));
	for (i = 0; i < evidence->n_streams; i++) {
		if (w.uses[i].pass == 0 || !is_first(&w, i) ||
		    !name_of_key(&evidence->streams[i], name))
			continue;
		need = need_of_key(&w, i);
		if (!is_alive(&w, &need) || is_replaced(&w, i, &need))
			continue;
		keys[*n].name = dro_arena_strdup(arena, name);
		if (keys[*n].name == NULL)
			return (dro_err_nomem(err));
		keys[(*n)++].pass = need.use.pass;
	}
	qsort(keys, *n, sizeof(*keys), compare_keys);
	if (*n > DRO_WATCH_KEYS_MAX)
		*n = DRO_WATCH_KEYS_MAX;
	*out = keys;
	return (DRO_OK);
}

/* ---- what has broken */

/* The first stream that was signed with the key at ${name}; or none. */
static size_t
find_key(const struct watch *w, const char *name)
{
	char own[DRO_DOMAIN_LEN];
	size_t i;

	for (i = 0; i < w->ev->n_streams; i++)
		if (w->uses[i].pass > 0 &&
		    name_of_key(&w->ev->streams[i], own) &&
		    strcmp(own, name) == 0)
			break;
	return (i);
}

/* Whether ${net} lies in one of the networks in ${list}, parted by spaces. */
static bool
is_listed(const char *list, const struct dro_net *net)
{
	char text[DRO_NET_LEN];
	struct dro_net of;
	const char *end;
	size_t n;

	for (; list != NULL; list = end != NULL ? end + 1 : NULL) {
		end = strchr(list, ' ');
		n = end != NULL ? (size_t)(end - list) : strlen(list);
		if (n >= sizeof(text))
			continue;
		memcpy(text, list, n);
		text[n] = '\0';
		if (dro_net_parse(text, &of) && dro_net_within(net, &of))
			return (true);
	}
	return (false);
}

/* Whether another part of the SPF record than ${lost} names ${net}. */
static bool
is_named_else(const struct watch *w, const struct dro_watched *lost,
    const struct dro_net *net)
{
	const struct dro_spf *spf = w->facts->spf;
	size_t i;

	for (i = 0; spf != NULL && i < spf->n_nets; i++)
		if (dro_net_within(net, &spf->nets[i].net))
			return (true);
	for (i = 0; i < w->facts->n_watched; i++) {
		const struct dro_watched *other = &w->facts->watched[i];

		if (other != lost && other->kind == DRO_WATCH_INCLUDE &&
		    other->state == DRO_WATCH_GOOD &&
		    is_listed(other->good, net))
			return (true);
	}
	return (false);
}

/* Mail that passed SPF for the domain, of an include only what it named. */
static struct need
need_of_spf(
    const struct watch *w, const char *domain, const struct dro_watched *lost)
{
	struct need need = {.source = NULL};
	const struct dro_stream *s;
	struct dro_net net;
	size_t i;

	for (i = 0; i < w->ev->n_streams; i++) {
		s = &w->ev->streams[i];
		if (strcmp(s->mail_from, domain) != 0)
			continue;
		if (lost->kind == DRO_WATCH_INCLUDE &&
		    (!dro_net_parse(s->ip, &net) ||
			!is_listed(lost->good, &net) ||
			is_named_else(w, lost, &net)))
			continue;
		add_need(&need, w, i);
	}
	return (need);
}

static bool
is_accepted(const struct watch *w, const struct dro_watched *lost)
{
	const struct dro_answered *a = w->facts->answers;
	size_t i;

	for (i = 0; i < w->facts->n_answers; i++)
		if (strcmp(a[i].kind, "watch") == 0 &&
		    strcmp(a[i].key, lost->name) == 0 &&
		    !dro_reached(w->clock, a[i].expires_at))
			return (true);
	return (false);
}

/* "is gone", with what else is known of it. */
static const char *
state_text(const struct dro_watched *lost, struct dro_arena *arena)
{
	const char *detail = lost->detail != NULL ? lost->detail : "";

	switch (lost->state) {
	case DRO_WATCH_REVOKED:
		return ("is revoked (empty p=)");
	case DRO_WATCH_BROKEN:
		return (dro_arena_printf(arena, "cannot be used (%s)", detail));
	case DRO_WATCH_CHANGED:
		return (
		    dro_arena_printf(arena, "is of another type (%s)", detail));
	case DRO_WATCH_NEVER:
	case DRO_WATCH_GOOD:
	case DRO_WATCH_GONE:
		break;
	}
	return (lost->kind == DRO_WATCH_INCLUDE ? "is gone from the SPF record"
						: "is gone from DNS");
}

static const char *
remedy_of(const struct dro_watched *lost)
{
	switch (lost->kind) {
	case DRO_WATCH_KEY:
		return ("publish the key that the sender shows at that name "
			"again, as TXT or as CNAME");
	case DRO_WATCH_INCLUDE:
		if (lost->state == DRO_WATCH_GONE)
			return ("put the include back into the SPF record");
		return ("ask that sender for the include it uses now, or take "
			"it out of the SPF record");
	case DRO_WATCH_SPF:
		break;
	}
	return ("put the SPF record right: one TXT record at the domain");
}

static bool
describe(const struct watch *w, const struct dro_watched *lost,
    struct dro_watch_finding *out)
{
	static const char *const what[] = {
	    [DRO_WATCH_KEY] = "DKIM key ",
	    [DRO_WATCH_INCLUDE] = "include:",
	    [DRO_WATCH_SPF] = "the SPF record of ",
	};
	char since[DRO_DATE_LEN], good[DRO_DATE_LEN];
	const char *state = state_text(lost, w->arena);

	if (state == NULL)
		return (false);
	out->watched = lost;
	out->remedy = remedy_of(lost);
	out->accepted = is_accepted(w, lost);
	out->text = dro_arena_printf(w->arena,
	    "%s%s %s: found on %.10s, last good on %.10s; mail of %s stands "
	    "on it",
	    what[lost->kind], lost->name, state,
	    dro_date_format(lost->since, since),
	    dro_date_format(lost->good_at, good), out->source);
	return (out->text != NULL);
}

/* Whether mail still stands on ${lost}; then ${source} is whose. */
static bool
is_needed(const struct watch *w, const char *domain,
    const struct dro_watched *lost, const char **source)
{
	struct need need;
	size_t first = 0;

	if (lost->kind == DRO_WATCH_KEY) {
		if ((first = find_key(w, lost->name)) == w->ev->n_streams)
			return (false);
		need = need_of_key(w, first);
	} else {
		need = need_of_spf(w, domain, lost);
	}
	if (!is_alive(w, &need) ||
	    need.use.last_day >= dro_day_of(lost->since) + PROOF_DAYS)
		return (false);
	*source = need.source->key;
	return (lost->kind != DRO_WATCH_KEY || !is_replaced(w, first, &need));
}

static bool
was_lost(const struct dro_watched *watched)
{
	return (watched->good_at != 0 && watched->state != DRO_WATCH_GOOD &&
	    watched->state != DRO_WATCH_NEVER);
}

enum dro_code
dro_watch_find(const char *domain, const struct dro_settings *settings,
    const struct dro_population_view *view, const struct dro_evidence *evidence,
    const struct dro_facts *facts, struct dro_clock *clock,
    struct dro_arena *arena, struct dro_watch_findings *out,
    struct dro_err *err)
{
	struct watch w = {.settings = settings,
	    .view = view,
	    .ev = evidence,
	    .facts = facts,
	    .clock = clock,
	    .arena = arena};
	struct dro_watch_finding *f;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < facts->n_watched; i++) {
		if (!was_lost(&facts->watched[i]))
			continue;
		if (out->items == NULL) {
			out->items = dro_arena_alloc(
			    arena, facts->n_watched, sizeof(*out->items));
			if (out->items == NULL || !count_uses(&w))
				return (dro_err_nomem(err));
		}
		f = &out->items[out->n];
		if (!is_needed(&w, domain, &facts->watched[i], &f->source))
			continue;
		if (!describe(&w, &facts->watched[i], f))
			return (dro_err_nomem(err));
		out->n++;
	}
	return (DRO_OK);
}

const char *
dro_watch_kind_name(enum dro_watch_kind kind)
{
	switch (kind) {
	case DRO_WATCH_KEY:
		return ("key");
	case DRO_WATCH_INCLUDE:
		return ("include");
	case DRO_WATCH_SPF:
		break;
	}
	return ("spf");
}

const char *
dro_watch_state_name(enum dro_watch_state state)
{
	switch (state) {
	case DRO_WATCH_NEVER:
		return ("never");
	case DRO_WATCH_GOOD:
		return ("good");
	case DRO_WATCH_GONE:
		return ("gone");
	case DRO_WATCH_REVOKED:
		return ("revoked");
	case DRO_WATCH_BROKEN:
		return ("broken");
	case DRO_WATCH_CHANGED:
		break;
	}
	return ("changed");
}
