#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dns/resolve.h"
#include "dns/servers.h"

static const enum dro_rrtype families[] = {DRO_RR_A, DRO_RR_AAAA};

/* Whether a zone begins at a name. */
struct cut {
	const char *name; /* first, as in struct dro_host: the tree's key */
	enum { CUT_UNKNOWN, CUT_NONE, CUT_ZONE } state;
	unsigned asked; /* in which find */
	enum dro_code code; /* asked and still unknown: why */
	const char *why;
	struct dro_hosts hosts; /* if it is a zone */
};

/* A domain with servers given in config. */
struct fixed {
	const char *domain; /* first: found by it */
	struct dro_hosts hosts;
};

struct dro_finder {
	struct dro_arena *arena;
	struct dro_resolvers resolvers;
	size_t n_fixed;
	struct fixed *fixed; /* sorted by domain */
	void *cuts, *hosts, *fixed_hosts; /* tsearch(3) trees by name */
	unsigned find; /* counts calls, so that each asks a thing once */
};

/* A growing list of questions for the resolvers. */
struct queries {
	struct dro_query *items;
	size_t n, cap;
};

static bool
add_query(
    struct queries *list, const char *name, enum dro_rrtype type, void *arg)
{
	size_t cap = list->cap == 0 ? 64 : list->cap * 2;
	struct dro_query *items;

	if (list->n == list->cap) {
		items = reallocarray(list->items, cap, sizeof(*items));
		if (items == NULL)
			return (false);
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = (struct dro_query){
	    .asked = {name, type, false},
	    .arg = arg,
	};
	return (true);
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* The entry ${name} of a tree; made, zeroed but for its name, if absent. */
static void *
entry(struct dro_finder *finder, void **tree, const char *name, size_t size)
{
	const char **made;
	void *node;

	if ((node = tfind(&name, tree, by_name)) != NULL)
		return (*(void **)node);
	if ((made = dro_arena_alloc(finder->arena, 1, size)) == NULL ||
	    (*made = dro_arena_strdup(finder->arena, name)) == NULL ||
	    tsearch(made, tree, by_name) == NULL)
		return (NULL);
	return (made);
}

/* Servers of config: each address is a server of its own. */
static enum dro_code
take_fixed(struct dro_finder *finder, const struct dro_dns_servers *conf,
    struct fixed *out, struct dro_err *err)
{
	char domain[DRO_DOMAIN_LEN];
	struct dro_host *host;
	size_t i;

	if (dro_domain_normalise(conf->domain, domain, err) != DRO_OK) {
		dro_err_context(err, "dns.servers");
		return (DRO_EINVAL);
	}
	if ((out->domain = dro_arena_strdup(finder->arena, domain)) == NULL)
		return (dro_err_nomem(err));
	if (conf->n == 0 || conf->n > DRO_ZONE_ADDRESSES_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "dns.servers: %s: %zu addresses; expected 1 to %d",
		    out->domain, conf->n, DRO_ZONE_ADDRESSES_MAX));
	out->hosts.n = conf->n;
	out->hosts.hosts =
	    dro_arena_alloc(finder->arena, conf->n, sizeof(void *));
	if (out->hosts.hosts == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < conf->n; i++) {
		/* Hundreds of domains have the same few servers. */
		host = entry(finder, &finder->fixed_hosts, conf->servers[i],
		    sizeof(*host));
		if (host == NULL)
			return (dro_err_nomem(err));
		out->hosts.hosts[i] = host;
		if (host->n > 0)
			continue;
		host->addresses =
		    dro_arena_alloc(finder->arena, 1, sizeof(*host->addresses));
		if (host->addresses == NULL)
			return (dro_err_nomem(err));
		if (!dro_address_parse(conf->servers[i], host->addresses))
			return (dro_err_set(err, DRO_EINVAL,
			    "dns.servers: %s: \"%.80s\": expected an address "
			    "like 192.0.2.1 or ::1@5300",
			    out->domain, conf->servers[i]));
		host->n = 1;
		host->family[0].known = host->family[1].known = true;
	}
	return (DRO_OK);
}

enum dro_code
dro_finder_create(const struct dro_dns_conf *conf, struct dro_finder **out,
    struct dro_err *err)
{
	struct dro_finder *finder;
	enum dro_code code;
	size_t i;

	*out = NULL;
	if ((finder = calloc(1, sizeof(*finder))) == NULL ||
	    (finder->arena = dro_arena_create()) == NULL ||
	    (finder->fixed = calloc(
		 conf->n_servers + 1, sizeof(*finder->fixed))) == NULL) {
		dro_finder_destroy(finder);
		return (dro_err_nomem(err));
	}
	code = dro_resolvers_init(&finder->resolvers, conf, err);
	for (i = 0; code == DRO_OK && i < conf->n_servers; i++)
		code = take_fixed(
		    finder, &conf->servers[i], &finder->fixed[i], err);
	if (code != DRO_OK) {
		dro_finder_destroy(finder);
		return (code);
	}
	finder->n_fixed = conf->n_servers;
	qsort(finder->fixed, finder->n_fixed, sizeof(*finder->fixed), by_name);
	*out = finder;
	return (DRO_OK);
}

static void
keep(DRO_UNUSED void *node)
{
	/* The arena frees the entries. */
}

void
dro_finder_destroy(struct dro_finder *finder)
{
	if (finder == NULL)
		return;
	tdestroy(finder->cuts, keep);
	tdestroy(finder->hosts, keep);
	tdestroy(finder->fixed_hosts, keep);
	free(finder->fixed);
	dro_arena_destroy(finder->arena);
	free(finder);
}

const struct dro_ask_conf *
dro_finder_ask_conf(const struct dro_finder *finder)
{
	return (&finder->resolvers.ask);
}

/* The configured servers of the longest domain at or above ${name}. */
static const struct dro_hosts *
find_fixed(const struct dro_finder *finder, const char *name)
{
	const struct fixed *found;

	if (finder->n_fixed == 0)
		return (NULL);
	for (;; name++) {
		found = bsearch(&name, finder->fixed, finder->n_fixed,
		    sizeof(*finder->fixed), by_name);
		if (found != NULL)
			return (&found->hosts);
		if ((name = strchr(name, '.')) == NULL)
			return (NULL);
	}
}

bool
dro_finder_is_fixed(const struct dro_finder *finder, const char *name)
{
	return (find_fixed(finder, name) != NULL);
}

struct dro_resolvers *
dro_finder_resolvers(struct dro_finder *finder)
{
	return (&finder->resolvers);
}

/*
 * Climb from ${find}'s cursor as far as is known; ask about the first name
 * that is not.  ${cursor} becomes the next name to look at.
 */
static enum dro_code
climb(struct dro_finder *finder, struct dro_find *find, const char **cursor,
    struct queries *list)
{
	struct cut *cut;

	for (; strchr(*cursor, '.') != NULL;
	     *cursor = strchr(*cursor, '.') + 1) {
		cut = entry(finder, &finder->cuts, *cursor, sizeof(*cut));
		if (cut == NULL)
			return (DRO_ENOMEM);
		if (cut->state == CUT_ZONE) {
			find->hosts = &cut->hosts;
			return (DRO_OK);
		}
		if (cut->state == CUT_NONE)
			continue;
		if (cut->asked != finder->find) {
			cut->asked = finder->find;
			cut->why = NULL;
			return (add_query(list, cut->name, DRO_RR_NS, cut)
				? DRO_OK
				: DRO_ENOMEM);
		}
		if (cut->why != NULL)
			find->code = dro_err_set(&find->err, cut->code,
			    "%s: the name servers of %s cannot be looked up: "
			    "%s",
			    find->name, cut->name, cut->why);
		return (DRO_OK);
	}
	find->code = dro_err_set(&find->err, DRO_ENOTFOUND,
	    "%s: no zone found that holds it, below the top-level domain; is "
	    "the domain registered and delegated?",
	    find->name);
	return (DRO_OK);
}

/* A value of NS as a host name; names that are none stay as they came. */
static enum dro_code
add_host(struct dro_finder *finder, struct cut *cut, const char *value)
{
	char name[DRO_DOMAIN_LEN];
	struct dro_host *host;
	bool good = dro_domain_normalise(value, name, NULL) == DRO_OK;

	host =
	    entry(finder, &finder->hosts, good ? name : value, sizeof(*host));
	if (host == NULL)
		return (DRO_ENOMEM);
	if (!good) {
		host->family[0].known = host->family[1].known = true;
		host->family[0].why = "is no host name";
	}
	cut->hosts.hosts[cut->hosts.n++] = host;
	return (DRO_OK);
}

/* What the resolvers say of a cut. */
static enum dro_code
learn_cut(struct dro_finder *finder, struct dro_query *query)
{
	const struct dro_answer *answer = &query->answer;
	struct cut *cut = query->arg;
	size_t i;

	if (answer->status == DRO_ANSWER_CNAME ||
	    (answer->status == DRO_ANSWER_OK && answer->rrset.n == 0)) {
		cut->state = CUT_NONE;
		return (DRO_OK);
	}
	if (answer->status != DRO_ANSWER_OK) {
		cut->code = query->heard ? DRO_ENOTFOUND : DRO_ETIMEOUT;
		cut->why = dro_arena_printf(finder->arena,
		    query->heard ? "the resolvers answer %s"
				 : "the resolvers do not answer (%s)",
		    answer->detail);
		return (cut->why != NULL ? DRO_OK : DRO_ENOMEM);
	}
	cut->hosts.n = 0;
	cut->hosts.hosts =
	    dro_arena_alloc(finder->arena, answer->rrset.n, sizeof(void *));
	if (cut->hosts.hosts == NULL)
		return (DRO_ENOMEM);
	for (i = 0; i < answer->rrset.n; i++)
		if (add_host(finder, cut, answer->rrset.values[i].ptr) !=
		    DRO_OK)
			return (DRO_ENOMEM);
	cut->state = CUT_ZONE;
	return (DRO_OK);
}

/* Addresses of one family of a host, or why there are none. */
static enum dro_code
learn_addresses(struct dro_finder *finder, const struct dro_query *query)
{
	const struct dro_answer *answer = &query->answer;
	struct dro_host *host = query->arg;
	const size_t which = query->asked.type == DRO_RR_A ? 0 : 1;
	struct dro_host_family *family = &host->family[which];
	struct dro_address *all;
	size_t i;

	family->known = answer->status == DRO_ANSWER_OK ||
	    answer->status == DRO_ANSWER_CNAME;
	family->why = NULL;
	if (answer->status == DRO_ANSWER_CNAME)
		family->why = "is a CNAME, which a name server must not be "
			      "(RFC 2181 10.3)";
	else if (answer->status != DRO_ANSWER_OK)
		family->why = dro_arena_printf(finder->arena,
		    "its %s address cannot be looked up: %s",
		    which == 0 ? "IPv4" : "IPv6", answer->detail);
	if (family->why != NULL || answer->rrset.n == 0)
		return (DRO_OK);
	all = dro_arena_alloc(
	    finder->arena, host->n + answer->rrset.n, sizeof(*all));
	if (all == NULL)
		return (DRO_ENOMEM);
	if (host->n > 0)
		memcpy(all, host->addresses, host->n * sizeof(*all));
	host->addresses = all;
	for (i = 0; i < answer->rrset.n; i++)
		if (dro_address_parse(
			answer->rrset.values[i].ptr, &all[host->n]))
			host->n++;
	return (DRO_OK);
}

/* Rounds of questions, one level up each, until each find has an end. */
static enum dro_code
find_zones(struct dro_finder *finder, struct dro_find *finds,
    const char **cursors, size_t n, struct queries *list, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	do {
		list->n = 0;
		for (i = 0; code == DRO_OK && i < n; i++)
			if (finds[i].code == DRO_OK && finds[i].hosts == NULL)
				code =
				    climb(finder, &finds[i], &cursors[i], list);
		if (code != DRO_OK)
			return (dro_err_nomem(err));
		code = dro_resolve(&finder->resolvers, list->items, list->n,
		    finder->arena, err);
		for (i = 0; code == DRO_OK && i < list->n; i++)
			code = learn_cut(finder, &list->items[i]);
	} while (code == DRO_OK && list->n > 0);
	return (code);
}

/* Ask for the addresses of ${host} that are not known. */
static bool
want_addresses(
    struct dro_finder *finder, struct dro_host *host, struct queries *list)
{
	size_t i;

	if (host->asked == finder->find)
		return (true);
	host->asked = finder->find;
	for (i = 0; i < 2; i++)
		if (!host->family[i].known &&
		    !add_query(list, host->name, families[i], host))
			return (false);
	return (true);
}

static enum dro_code
find_addresses(struct dro_finder *finder, const struct dro_find *finds,
    size_t n, struct queries *list, struct dro_err *err)
{
	enum dro_code code;
	size_t i, k;

	list->n = 0;
	for (i = 0; i < n; i++)
		for (k = 0; finds[i].hosts != NULL && k < finds[i].hosts->n;
		     k++)
			if (!want_addresses(
				finder, finds[i].hosts->hosts[k], list))
				return (dro_err_nomem(err));
	code = dro_resolve(
	    &finder->resolvers, list->items, list->n, finder->arena, err);
	for (i = 0; code == DRO_OK && i < list->n; i++)
		code = learn_addresses(finder, &list->items[i]);
	return (code);
}

/* See once per find which addresses of ${host} can be reached. */
static void
see_routes(struct dro_finder *finder, struct dro_host *host)
{
	size_t i;

	if (host->routed == finder->find)
		return;
	host->routed = finder->find;
	for (i = 0; i < host->n; i++)
		host->addresses[i].routed =
		    dro_address_routed(&host->addresses[i]);
}

/* A zone with hundreds of addresses would make us flood someone. */
static void
conclude(struct dro_finder *finder, struct dro_find *find)
{
	size_t i, n = 0;

	if (find->hosts == NULL)
		return;
	for (i = 0; i < find->hosts->n; i++)
		n += find->hosts->hosts[i]->n;
	if (n > DRO_ZONE_ADDRESSES_MAX) {
		find->code = dro_err_set(&find->err, DRO_ENOTFOUND,
		    "%s: its zone names servers with %zu addresses; at most "
		    "%d are asked",
		    find->name, n, DRO_ZONE_ADDRESSES_MAX);
		return;
	}
	for (i = 0; i < find->hosts->n; i++)
		see_routes(finder, find->hosts->hosts[i]);
}

enum dro_code
dro_finder_find(struct dro_finder *finder, struct dro_find *finds, size_t n,
    struct dro_err *err)
{
	struct queries list = {NULL, 0, 0};
	const char **cursors;
	enum dro_code code;
	size_t i;

	if ((cursors = calloc(n + 1, sizeof(*cursors))) == NULL)
		return (dro_err_nomem(err));
	finder->find++;
	for (i = 0; i < n; i++) {
		cursors[i] = finds[i].name;
		finds[i].code = DRO_OK;
		finds[i].hosts = find_fixed(finder, finds[i].name);
	}
	code = find_zones(finder, finds, cursors, n, &list, err);
	if (code == DRO_OK)
		code = find_addresses(finder, finds, n, &list, err);
	for (i = 0; code == DRO_OK && i < n; i++)
		conclude(finder, &finds[i]);
	free(list.items);
	free(cursors);
	return (code);
}
