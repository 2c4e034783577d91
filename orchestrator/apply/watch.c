#include <string.h>

#include "apply/spf_tree.h"
#include "apply/watch.h"
#include "base/date.h"
#include "record/dkim_key.h"
#include "watched.h"

/* Domains whose names are asked about together. */
#define BATCH 256

/* A chain of includes and hosts is at most so long (RFC 7208 4.6.4). */
#define ROUNDS_MAX 24

/* Addresses that the terms of one SPF record resolve to, as text. */
#define HOSTS_MAX ((size_t)32 << 10)

/* More than this is not watched of one domain. */
#define SIGHTS_MAX (DRO_WATCH_KEYS_MAX + DRO_SPF_LOOKUPS_MAX + 1)

/* One domain of a batch. */
struct task {
	const char *domain;
	struct dro_facts facts; /* only what is watched */
	bool spf_due;
	bool done; /* nothing is wanting */
	size_t n;
	struct dro_watch_sight sights[SIGHTS_MAX];
};

/* What the domains of a batch share. */
struct batch {
	struct dro_session *session;
	struct dro_arena *arena;
	struct dro_names names;
	struct task *tasks;
	size_t n;
	struct dro_err *err;
};

static bool
is_due(const struct batch *b, int64_t looked_at)
{
	return (looked_at == 0 ||
	    dro_day_of(looked_at) != dro_day_of(b->session->now));
}

static struct dro_watch_sight *
add_sight(struct task *t, enum dro_watch_kind kind, const char *name)
{
	struct dro_watch_sight *s = &t->sights[t->n];

	if (t->n == SIGHTS_MAX)
		return (NULL);
	t->n++;
	*s = (struct dro_watch_sight){.kind = kind, .name = name};
	return (s);
}

/* ---- keys */

/* What the key ${key} is now, that was of type ${was} (or NULL). */
static bool
judge_key(struct batch *b, const char *was, struct dro_dkim_key key,
    struct dro_watch_sight *out)
{
	switch (key.state) {
	case DRO_KEY_NONE:
		out->state = DRO_WATCH_GONE;
		return (true);
	case DRO_KEY_REVOKED:
		out->state = DRO_WATCH_REVOKED;
		return (true);
	case DRO_KEY_BROKEN:
		out->state = DRO_WATCH_BROKEN;
		out->detail = key.fault;
		return (true);
	case DRO_KEY_GOOD:
		break;
	}
	out->state = DRO_WATCH_GOOD;
	out->good = key.type;
	if (was == NULL || strcmp(was, key.type) == 0)
		return (true);
	out->state = DRO_WATCH_CHANGED;
	out->detail = dro_arena_printf(b->arena, "%s, was %s", key.type, was);
	return (out->detail != NULL);
}

static enum dro_code
look_at_key(struct batch *b, struct task *t, const struct dro_watched *w)
{
	struct dro_watch_sight *sight;
	struct dro_rrset none;
	struct dro_lookup lookup;

	if (!dro_names_get(&b->names, w->name, DRO_RR_TXT, &lookup))
		return (dro_err_nomem(b->err));
	t->done = t->done && lookup.name != NULL;
	if (lookup.status == DRO_LOOKUP_UNKNOWN ||
	    (sight = add_sight(t, DRO_WATCH_KEY, w->name)) == NULL)
		return (DRO_OK);
	dro_rrset_init(&none, w->name, DRO_RR_TXT);
	if (!judge_key(b, w->good,
		dro_dkim_key_read(lookup.rrset != NULL ? lookup.rrset : &none),
		sight))
		return (dro_err_nomem(b->err));
	return (DRO_OK);
}

/* ---- the SPF record of the domain, and what it includes */

static bool
is_included(const struct dro_spf *spf, const char *name)
{
	size_t i;

	for (i = 0; i < spf->n_includes; i++)
		if (strcmp(spf->includes[i], name) == 0)
			return (true);
	return (false);
}

/* Includes that the record had when it was last looked at. */
static void
find_removed(struct task *t, const struct dro_spf *spf)
{
	struct dro_watch_sight *sight;
	size_t i;

	for (i = 0; i < t->facts.n_watched; i++) {
		const struct dro_watched *w = &t->facts.watched[i];

		if (w->kind != DRO_WATCH_INCLUDE || is_included(spf, w->name))
			continue;
		sight = add_sight(t, DRO_WATCH_INCLUDE, w->name);
		if (sight != NULL)
			sight->state = DRO_WATCH_GONE;
	}
}

/* One include; ${lookups} grows by those it causes. */
static enum dro_code
look_at_include(struct batch *b, struct task *t, const char *name, int *lookups)
{
	struct dro_spf_tree tree;
	struct dro_watch_sight *sight = NULL;
	enum dro_code code;

	code = dro_spf_tree_read(&b->names, name, b->arena, &tree, b->err);
	t->done = t->done && !tree.wanting;
	*lookups += tree.lookups;
	if (code == DRO_OK && !tree.wanting &&
	    (tree.fault != NULL || !tree.unknown))
		sight = add_sight(t, DRO_WATCH_INCLUDE, name);
	if (sight != NULL) {
		sight->state =
		    tree.fault != NULL ? DRO_WATCH_BROKEN : DRO_WATCH_GOOD;
		sight->detail = tree.fault;
		sight->good = dro_arena_strndup(b->arena,
		    tree.nets.len > 0 ? tree.nets.ptr : "", tree.nets.len);
		if (sight->good == NULL)
			code = dro_err_nomem(b->err);
	}
	dro_buf_finish(&tree.nets);
	return (code);
}

/* The terms of a record whose addresses are wanted. */
struct hosts {
	const struct dro_spf *spf;
	struct dro_buf text; /* "TERM ADDRESS" lines */
};

static bool
add_host(
    void *arg, const struct dro_spf_term *term, const struct dro_net *address)
{
	struct hosts *hosts = arg;
	char text[DRO_NET_LEN];

	dro_buf_addf(&hosts->text, "%zu %s\n",
	    (size_t)(term - hosts->spf->terms), dro_net_text(address, text));
	return (true);
}

/* What a and mx of the record resolve to; NULL in ${out}: not all is known. */
static enum dro_code
look_at_hosts(struct batch *b, struct task *t, const struct dro_spf *spf,
    const char **out)
{
	struct dro_spf_tree tree = {.wanting = false};
	struct hosts hosts = {.spf = spf};
	enum dro_code code = DRO_OK;
	size_t i;

	*out = NULL;
	dro_buf_init(&hosts.text, HOSTS_MAX);
	for (i = 0; i < spf->n_terms && code == DRO_OK; i++)
		if ((spf->terms[i].mech == DRO_SPF_A ||
			spf->terms[i].mech == DRO_SPF_MX) &&
		    !dro_spf_resolve(&b->names, &spf->terms[i], t->domain,
			add_host, &hosts, &tree))
			code = dro_err_nomem(b->err);
	t->done = t->done && !tree.wanting;
	if (code == DRO_OK && !tree.wanting && !tree.unknown) {
		*out = dro_arena_strndup(b->arena,
		    hosts.text.len > 0 ? hosts.text.ptr : "", hosts.text.len);
		if (*out == NULL)
			code = dro_err_nomem(b->err);
	}
	dro_buf_finish(&hosts.text);
	return (code);
}

/* Whether receivers can use ${spf}, which causes ${lookups}. */
static bool
judge_spf(struct batch *b, const struct dro_spf *spf, int lookups,
    struct dro_watch_sight *sight)
{
	sight->state = DRO_WATCH_GOOD;
	sight->detail = spf->error;
	if (spf->kind == DRO_SPF_NONE)
		sight->state = DRO_WATCH_GONE;
	else if (spf->error != NULL)
		sight->state = DRO_WATCH_BROKEN;
	else if (lookups > DRO_SPF_LOOKUPS_MAX) {
		sight->state = DRO_WATCH_BROKEN;
		sight->detail = dro_arena_printf(b->arena,
		    "with its includes more than %d terms ask DNS, RFC 7208 "
		    "4.6.4",
		    DRO_SPF_LOOKUPS_MAX);
		return (sight->detail != NULL);
	}
	return (true);
}

/* The record as DNS shows it, kept with the addresses it names. */
static enum dro_code
look_at_record(struct batch *b, struct task *t, const struct dro_rrset *txt)
{
	struct dro_watch_sight *sight;
	struct dro_spf spf;
	const char *hosts = NULL;
	enum dro_code code;
	int lookups;
	size_t i;

	code = dro_spf_parse(txt, b->arena, &spf, b->err);
	if (code == DRO_OK)
		code = look_at_hosts(b, t, &spf, &hosts);
	lookups = spf.lookups;
	for (i = 0;
	     i < spf.n_includes && i < DRO_SPF_LOOKUPS_MAX && code == DRO_OK;
	     i++)
		code = look_at_include(b, t, spf.includes[i], &lookups);
	if (code != DRO_OK)
		return (code);
	/* A record that cannot be read does not say what it includes. */
	if (spf.kind != DRO_SPF_NONE && (spf.error == NULL || spf.n_terms > 0))
		find_removed(t, &spf);
	if (hosts == NULL ||
	    (sight = add_sight(t, DRO_WATCH_SPF, t->domain)) == NULL)
		return (DRO_OK);
	sight->txt = txt;
	sight->hosts = hosts;
	return (judge_spf(b, &spf, lookups, sight) ? DRO_OK
						   : dro_err_nomem(b->err));
}

static enum dro_code
look_at_spf(struct batch *b, struct task *t)
{
	struct dro_lookup lookup;
	struct dro_rrset *none;

	if (!dro_names_get(&b->names, t->domain, DRO_RR_TXT, &lookup))
		return (dro_err_nomem(b->err));
	t->done = t->done && lookup.name != NULL;
	if (lookup.status == DRO_LOOKUP_FOUND)
		return (look_at_record(b, t, lookup.rrset));
	if (lookup.status == DRO_LOOKUP_UNKNOWN)
		return (DRO_OK);
	if ((none = dro_arena_alloc(b->arena, 1, sizeof(*none))) == NULL)
		return (dro_err_nomem(b->err));
	dro_rrset_init(none, t->domain, DRO_RR_TXT);
	return (look_at_record(b, t, none));
}

/* ---- all domains */

/* Everything of ${t}, as far as its names are known by now. */
static enum dro_code
look_at(struct batch *b, struct task *t)
{
	enum dro_code code = DRO_OK;
	size_t i;

	t->done = true;
	t->n = 0;
	for (i = 0; i < t->facts.n_watched && code == DRO_OK; i++) {
		const struct dro_watched *w = &t->facts.watched[i];

		if (w->kind == DRO_WATCH_KEY && is_due(b, w->looked_at))
			code = look_at_key(b, t, w);
	}
	if (code == DRO_OK && t->spf_due)
		code = look_at_spf(b, t);
	return (code);
}

static enum dro_code
add_task(struct batch *b, const struct dro_domain *dom)
{
	struct task *t = &b->tasks[b->n];
	enum dro_code code;
	bool stored;
	size_t i;

	if (dom->settings->parked)
		return (DRO_OK);
	memset(t, 0, sizeof(*t));
	t->domain = dom->domain;
	code = dro_watch_read(b->session->store, dom->domain, b->arena,
	    &t->facts, &stored, b->err);
	if (code != DRO_OK || !stored)
		return (code);
	t->spf_due = true;
	for (i = 0; i < t->facts.n_watched; i++)
		if (t->facts.watched[i].kind == DRO_WATCH_SPF)
			t->spf_due = is_due(b, t->facts.watched[i].looked_at);
	b->n++;
	return (DRO_OK);
}

/* Ask until nothing is wanting. */
static enum dro_code
ask(struct batch *b)
{
	enum dro_code code = DRO_OK;
	bool wanting = true;
	size_t i;
	int round;

	for (round = 0; wanting && round < ROUNDS_MAX && code == DRO_OK;
	     round++) {
		code = dro_names_ask(&b->names, b->session->dns, b->err);
		wanting = false;
		for (i = 0; i < b->n && code == DRO_OK; i++) {
			if (b->tasks[i].done)
				continue;
			code = look_at(b, &b->tasks[i]);
			wanting = wanting || !b->tasks[i].done;
		}
	}
	return (code);
}

static enum dro_code
look_at_some(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n, struct dro_err *err)
{
	struct batch b = {
	    .session = session, .arena = dro_arena_create(), .err = err};
	enum dro_code code = DRO_OK;
	size_t i;

	b.names.arena = b.arena;
	if (b.arena == NULL ||
	    (b.tasks = dro_arena_alloc(b.arena, n, sizeof(*b.tasks))) == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	for (i = 0; i < n && code == DRO_OK; i++)
		code = add_task(&b, domains[i]);
	if (code == DRO_OK)
		code = ask(&b);
	for (i = 0; i < b.n && code == DRO_OK; i++)
		if (b.tasks[i].n > 0)
			code = dro_watch_saw(session->store, b.tasks[i].domain,
			    b.tasks[i].sights, b.tasks[i].n, session->now, err);
out:
	dro_names_finish(&b.names);
	dro_arena_destroy(b.arena);
	return (code);
}

enum dro_code
dro_watch_look(struct dro_session *session,
    const struct dro_domain *const *domains, size_t n, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t at, count;

	for (at = 0; at < n && code == DRO_OK && !dro_session_stopped(session);
	     at += count) {
		count = n - at < BATCH ? n - at : BATCH;
		code = look_at_some(session, domains + at, count, err);
	}
	return (code);
}
