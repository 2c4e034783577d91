#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "stage/watch_parts.h"

/* Which mail stands on a key, and until when it is to be expected. */

/* Mail without a declared cadence comes again within so long, or not at all. */
#define QUIET_DAYS 35

/* A declared cadence is late by so much before its sender counts as gone. */
#define LATE_DAYS 30

/* Two selectors in turn, not side by side: the new one began so shortly
 * before the old one's last mail, or after it. */
#define OVERLAP_DAYS 7

/* The new one has signed until so long after the old one's last mail. */
#define AFTER_DAYS 2

/* The legitimate source that stream ${i} itself belongs to, or NULL. */
static const struct dro_source *
source_of(const struct dro_watch *w, size_t i)
{
	size_t s = w->mail->of_stream[i];

	if (s >= w->mail->n_sources || w->mail->linked[i] ||
	    !dro_source_is_legit(&w->mail->sources[s]))
		return (NULL);
	return (&w->mail->sources[s]);
}

bool
dro_watch_count(struct dro_watch *w)
{
	size_t i;

	w->uses = dro_arena_alloc(
	    w->arena, w->mail->evidence->n_streams, sizeof(*w->uses));
	for (i = 0; w->uses != NULL && i < w->mail->evidence->n_cells; i++) {
		const struct dro_cell *c = &w->mail->evidence->cells[i];
		struct dro_watch_use *u = &w->uses[c->stream];

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
quiet_days(const struct dro_watch *w, const struct dro_source *s)
{
	static const char prefix[] = "declared:";
	const struct dro_declared *d;
	size_t i;

	for (i = 0; i < w->mail->settings->n_sources; i++) {
		d = &w->mail->settings->sources[i];
		if (d->cadence_days > 0 &&
		    strncmp(s->key, prefix, strlen(prefix)) == 0 &&
		    strcmp(s->key + strlen(prefix), d->name) == 0)
			return (d->cadence_days + LATE_DAYS);
	}
	return (QUIET_DAYS);
}

void
dro_watch_need_add(
    struct dro_watch_need *need, const struct dro_watch *w, size_t stream)
{
	const struct dro_source *s = source_of(w, stream);
	const struct dro_watch_use *u = &w->uses[stream];
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
bool
dro_watch_alive(const struct dro_watch *w, const struct dro_watch_need *need)
{
	return (!dro_reached(
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
struct dro_watch_need
dro_watch_need_of_key(const struct dro_watch *w, size_t first)
{
	struct dro_watch_need need = {.source = NULL};
	size_t i;

	for (i = 0; i < w->mail->evidence->n_streams; i++)
		if (same_key(&w->mail->evidence->streams[i],
			&w->mail->evidence->streams[first]))
			dro_watch_need_add(&need, w, i);
	return (need);
}

/* The first stream with its key: streams come sorted, but not only by key. */
static bool
is_first(const struct dro_watch *w, size_t i)
{
	size_t k;

	for (k = i; k > 0 &&
	     same_key(&w->mail->evidence->streams[k - 1],
		 &w->mail->evidence->streams[i]);
	     k--)
		if (w->uses[k - 1].pass > 0)
			return (false);
	return (true);
}

/*
 * Whether another selector of the same domain took the place of this one, as
 * at every change of keys; services side by side do not.
 */
bool
dro_watch_replaced(
    const struct dro_watch *w, size_t first, const struct dro_watch_need *need)
{
	const struct dro_stream *own = &w->mail->evidence->streams[first];
	struct dro_watch_need other;
	size_t i;

	for (i = 0; i < w->mail->evidence->n_streams; i++) {
		const struct dro_stream *s = &w->mail->evidence->streams[i];

		if (strcmp(s->dkim, own->dkim) != 0 ||
		    strcmp(s->selector, own->selector) == 0 ||
		    w->uses[i].pass == 0 || !is_first(w, i))
			continue;
		other = dro_watch_need_of_key(w, i);
		if (other.source != NULL &&
		    other.use.last_day >= need->use.last_day + AFTER_DAYS &&
		    other.use.first_day > need->use.first_day &&
		    other.use.first_day >= need->use.last_day - OVERLAP_DAYS)
			return (true);
	}
	return (false);
}

/* The name in DNS of the key that ${s} was signed with; false: none. */
bool
dro_watch_key_name(const struct dro_stream *s, char out[DRO_DOMAIN_LEN])
{
	/* One that is cut short is too long for a name in any case. */
	char name[DRO_DOMAIN_LEN + 2];

	if (*s->selector == '\0' || *s->dkim == '\0')
		return (false);
	(void)snprintf(
	    name, sizeof(name), "%s._domainkey.%s", s->selector, s->dkim);
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
dro_watch_keys(const struct dro_watch_mail *mail, struct dro_clock *clock,
    struct dro_arena *arena, size_t *n, struct dro_watch_key **out,
    struct dro_err *err)
{
	struct dro_watch w = {.mail = mail, .clock = clock, .arena = arena};
	const struct dro_evidence *evidence = mail->evidence;
	struct dro_watch_key *keys;
	char name[DRO_DOMAIN_LEN];
	struct dro_watch_need need;
	size_t i;

	*n = 0;
	keys = dro_arena_alloc(arena, evidence->n_streams, sizeof(*keys));
	if (keys == NULL || !dro_watch_count(&w))
		return (dro_err_nomem(err));
	for (i = 0; i < evidence->n_streams; i++) {
		if (w.uses[i].pass == 0 || !is_first(&w, i) ||
		    !dro_watch_key_name(&evidence->streams[i], name))
			continue;
		need = dro_watch_need_of_key(&w, i);
		if (need.source == NULL || !dro_watch_alive(&w, &need) ||
		    dro_watch_replaced(&w, i, &need))
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
