#include <string.h>

#include "base/date.h"
#include "record/spf.h"
#include "stage/watch_parts.h"

/* What legitimate mail stands on in DNS and is no longer there. */

/* What passes so long after it broke does not stand on it: TTLs are over. */
#define PROOF_DAYS 3

/* The first stream that was signed with the key at ${name}; or none. */
static size_t
find_key(const struct dro_watch *w, const char *name)
{
	char own[DRO_DOMAIN_LEN];
	size_t i;

	for (i = 0; i < w->mail->evidence->n_streams; i++)
		if (w->uses[i].pass > 0 &&
		    dro_watch_key_name(&w->mail->evidence->streams[i], own) &&
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
is_named_else(const struct dro_watch *w, const struct dro_watched *lost,
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
static struct dro_watch_need
need_of_spf(const struct dro_watch *w, const char *domain,
    const struct dro_watched *lost)
{
	struct dro_watch_need need = {.source = NULL};
	const struct dro_stream *s;
	struct dro_net net;
	size_t i;

	for (i = 0; i < w->mail->evidence->n_streams; i++) {
		s = &w->mail->evidence->streams[i];
		if (strcmp(s->mail_from, domain) != 0)
			continue;
		if (lost->kind == DRO_WATCH_INCLUDE &&
		    (!dro_net_parse(s->ip, &net) ||
			!is_listed(lost->good, &net) ||
			is_named_else(w, lost, &net)))
			continue;
		dro_watch_need_add(&need, w, i);
	}
	return (need);
}

static bool
is_accepted(const struct dro_watch *w, const struct dro_watched *lost)
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
describe(const struct dro_watch *w, const struct dro_watched *lost,
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
is_needed(const struct dro_watch *w, const char *domain,
    const struct dro_watched *lost, const char **source)
{
	struct dro_watch_need need;
	size_t first = 0;

	if (lost->kind == DRO_WATCH_KEY) {
		if ((first = find_key(w, lost->name)) ==
		    w->mail->evidence->n_streams)
			return (false);
		need = dro_watch_need_of_key(w, first);
	} else {
		need = need_of_spf(w, domain, lost);
	}
	if (need.source == NULL || !dro_watch_alive(w, &need) ||
	    need.use.last_day >= dro_day_of(lost->since) + PROOF_DAYS)
		return (false);
	*source = need.source->key;
	return (lost->kind != DRO_WATCH_KEY ||
	    !dro_watch_replaced(w, first, &need));
}

static bool
was_lost(const struct dro_watched *watched)
{
	return (watched->good_at != 0 && watched->state != DRO_WATCH_GOOD &&
	    watched->state != DRO_WATCH_NEVER);
}

enum dro_code
dro_watch_find(const char *domain, const struct dro_watch_mail *mail,
    const struct dro_facts *facts, struct dro_clock *clock,
    struct dro_arena *arena, struct dro_watch_findings *out,
    struct dro_err *err)
{
	struct dro_watch w = {
	    .mail = mail, .facts = facts, .clock = clock, .arena = arena};
	struct dro_watch_finding *f;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < facts->n_watched; i++) {
		if (!was_lost(&facts->watched[i]))
			continue;
		if (w.uses == NULL) {
			out->items = dro_arena_alloc(
			    arena, facts->n_watched, sizeof(*out->items));
			if (out->items == NULL || !dro_watch_count(&w))
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
