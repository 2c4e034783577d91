#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "config/csv.h"
#include "config/include.h"
#include "config/policy.h"
#include "config/show.h"

/* What is under way while clients are read. */
struct portfolio {
	struct dro_layer defaults, client, domain;
	struct dro_client *clients;
	const struct dro_node **client_keys; /* where each stands */
	struct dro_domain *domains; /* grows; the arena's at the end */
	const struct dro_node **domain_keys; /* grows */
	size_t room; /* of domains */
	/* What the domains of the client in hand share that say nothing. */
	const struct dro_settings *plain;
};

/* The policy called ${name}; NULL: there is none. */
static const struct dro_policy *
policy_called(const struct dro_reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->policies->n; i++)
		if (strcmp(r->policies->items[i].name, name) == 0)
			return (&r->policies->items[i]);
	return (NULL);
}

/* The nearest policy that ${layers} name, else the usual one. */
static const struct dro_policy *
policy_of(struct dro_reader *r, const struct dro_layer *const *layers, size_t n)
{
	const struct dro_policy *policy = NULL;
	size_t i;

	for (i = n; i > 0 && policy == NULL; i--)
		policy = layers[i - 1]->policy;
	if (policy == NULL)
		policy = policy_called(r, "standard");
	/* What sends no mail has no ladder that another could replace. */
	if (r->instead != NULL && strcmp(policy->preset, "parked") != 0)
		policy = policy_called(r, r->instead);
	return (policy);
}

/* Check what the last of ${n} layers says, or settle a domain with it. */
static void
merge(struct dro_reader *r, const struct portfolio *p, size_t n,
    const char *domain, struct dro_trace *trace, struct dro_settings *out)
{
	const struct dro_layer *layers[] = {
	    &p->defaults, &p->client, &p->domain};

	dro_merge(r, policy_of(r, layers, n), layers, n, domain, trace, out);
}

static const struct dro_account *
account_of(const struct portfolio *p)
{
	if (p->domain.account != NULL)
		return (p->domain.account);
	return (p->client.account != NULL ? p->client.account
					  : p->defaults.account);
}

/* Make room for one more domain. */
static bool
grow(struct dro_reader *r, struct portfolio *p)
{
	size_t room = p->room == 0 ? 64 : 2 * p->room;
	void *domains, *keys;

	if (r->out->n_domains < p->room)
		return (true);
	domains = realloc(p->domains, room * sizeof(*p->domains));
	if (domains != NULL)
		p->domains = domains;
	keys = realloc(p->domain_keys, room * sizeof(const void *));
	if (keys != NULL)
		p->domain_keys = keys;
	if (domains == NULL || keys == NULL) {
		r->log.failed = true;
		return (false);
	}
	p->room = room;
	return (true);
}

/* Settle the domain by all layers; those that say nothing share one answer. */
static void
settle(struct dro_reader *r, struct portfolio *p, const struct dro_node *map,
    struct dro_trace *trace, struct dro_domain *out)
{
	const bool plain = map->n == 0 && trace == NULL;
	const size_t said = r->log.n;
	struct dro_settings *own;

	if (plain && p->plain != NULL) {
		p->domain.account = NULL;
		out->settings = p->plain;
		return;
	}
	if ((own = dro_reader_alloc(r, 1, sizeof(*own))) == NULL)
		return;
	dro_layer_bind(r, map, DRO_IN_DOMAIN, &p->domain);
	merge(r, p, 3, out->domain, trace, own);
	out->settings = own;
	/* What is wrong is said about each of them. */
	if (plain && r->log.n == said)
		p->plain = own;
}

static void
bind_domain(struct dro_reader *r, struct portfolio *p,
    const struct dro_item *item, const struct dro_client *client)
{
	struct dro_trace *trace = NULL;
	struct dro_domain *out;

	if (!grow(r, p))
		return;
	out = &p->domains[r->out->n_domains];
	memset(out, 0, sizeof(*out));
	out->domain = dro_value_domain(r, item->key, "domains");
	if (out->domain == NULL)
		return;
	out->unicode = dro_domain_unicode(r->arena, out->domain);
	out->client = client;
	out->file = item->key->file;
	out->line = item->key->line;
	if (out->unicode == NULL)
		r->log.failed = true;
	if (!dro_is_map(r, item->value, out->domain))
		return;
	if (r->show != NULL && strcmp(r->show->domain, out->domain) == 0)
		trace = &r->show->trace;
	settle(r, p, item->value, trace, out);
	out->account = account_of(p);
	p->domain_keys[r->out->n_domains++] = item->key;
}

static void
bind_domains(struct dro_reader *r, struct portfolio *p,
    const struct dro_node *map, const struct dro_client *client)
{
	const struct dro_item *item;

	for (item = map->first; item != NULL && !r->log.failed;
	     item = item->next)
		bind_domain(r, p, item, client);
}

static void
bind_client(
    struct dro_reader *r, struct portfolio *p, const struct dro_item *item)
{
	struct dro_client *out = &p->clients[r->out->n_clients];
	const struct dro_setting *set = p->client.set;
	struct dro_settings unused;
	const struct dro_node *map;

	out->id = dro_value_name(r, item->key, "clients");
	if (out->id == NULL || !dro_is_map(r, item->value, "a client"))
		return;
	p->client_keys[r->out->n_clients++] = item->key;
	dro_layer_bind(r, item->value, DRO_IN_CLIENT, &p->client);
	p->plain = NULL;
	p->client.name = out->id;
	merge(r, p, 2, NULL, NULL, &unused);
	out->name = set[DRO_K_CLIENT_NAME].text;
	if (out->name == NULL)
		out->name = out->id;
	map = set[DRO_K_DOMAINS].node;
	if (map != NULL && dro_is_map(r, map, "domains"))
		bind_domains(r, p, map, out);
	if (set[DRO_K_IMPORT].ok && set[DRO_K_IMPORT].node->n == 0)
		dro_reader_error(r, set[DRO_K_IMPORT].key,
		    "import: says not from where; add csv: FILE");
	if (set[DRO_K_CSV].ok &&
	    (map = dro_csv_read(r, &set[DRO_K_CSV])) != NULL)
		bind_domains(r, p, map, out);
}

/* A client in two files would hide what the other one says. */
static int
by_id(const void *a, const void *b, void *arg)
{
	const struct dro_client *clients = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = strcmp(clients[x].id, clients[y].id);

	if (order != 0)
		return (order);
	return (x < y ? -1 : x > y);
}

static void
check_clients(struct dro_reader *r, const struct portfolio *p)
{
	size_t i, first = 0, n = r->out->n_clients, *index;
	const struct dro_node *key;

	if ((index = dro_reader_alloc(r, n, sizeof(*index))) == NULL)
		return;
	for (i = 0; i < n; i++)
		index[i] = i;
	qsort_r(index, n, sizeof(*index), by_id, p->clients);
	for (i = 1; i < n; i++) {
		if (strcmp(p->clients[index[i]].id,
			p->clients[index[first]].id) != 0) {
			first = i;
			continue;
		}
		key = p->client_keys[index[first]];
		dro_reader_error(r, p->client_keys[index[i]],
		    "client %s is there twice: also at %s:%d; keep one of them",
		    p->clients[index[i]].id, key->file, key->line);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct dro_domain *x = *(const struct dro_domain *const *)a;
	const struct dro_domain *y = *(const struct dro_domain *const *)b;
	int order = strcmp(x->domain, y->domain);

	if (order != 0)
		return (order);
	return (x < y ? -1 : x > y);
}

/* The index for look-ups; a domain that is in it twice is an error. */
static void
sort_domains(struct dro_reader *r, const struct portfolio *p)
{
	size_t i, first = 0, n = r->out->n_domains;
	const struct dro_domain **index;

	index = dro_reader_alloc(r, n, sizeof(const void *));
	if (index == NULL)
		return;
	for (i = 0; i < n; i++)
		index[i] = &r->out->domains[i];
	qsort(index, n, sizeof(const void *), by_name);
	for (i = 1; i < n; i++) {
		if (strcmp(index[i]->domain, index[first]->domain) != 0) {
			first = i;
			continue;
		}
		dro_reader_error(r, p->domain_keys[index[i] - r->out->domains],
		    "domain %s is listed twice: also at %s:%d, client %s; "
		    "keep one of them",
		    index[i]->domain, index[first]->file, index[first]->line,
		    index[first]->client->id);
	}
	r->out->by_name = index;
}

/* Hand the domains over: from here on nothing moves them. */
static void
keep_domains(struct dro_reader *r, struct portfolio *p)
{
	const struct dro_domain *asked;

	if (!dro_arena_adopt(r->arena, p->domains)) {
		r->log.failed = true;
		return;
	}
	r->out->domains = p->domains;
	p->domains = NULL;
	sort_domains(r, p);
	if (r->show == NULL || r->log.failed)
		return;
	asked = dro_config_domain(r->out, r->show->domain);
	if (asked != NULL)
		dro_show_domain(r, asked);
}

void
dro_bind_clients(struct dro_reader *r, const struct dro_node *defaults,
    const struct dro_documents *docs)
{
	struct dro_settings unused;
	const struct dro_item *item;
	struct portfolio *p;
	size_t i, n = 0;

	if (r->log.failed || (p = dro_reader_alloc(r, 1, sizeof(*p))) == NULL)
		return;
	if (r->instead != NULL && policy_called(r, r->instead) == NULL) {
		r->unknown = true;
		r->instead = NULL;
	}
	if (defaults != NULL && dro_is_map(r, defaults, "defaults")) {
		dro_layer_bind(r, defaults, DRO_IN_DEFAULTS, &p->defaults);
		merge(r, p, 1, NULL, NULL, &unused);
	}
	for (i = 0; i < docs->n; i++)
		if (docs->items[i].clients != NULL)
			n += docs->items[i].clients->n;
	p->clients = dro_reader_alloc(r, n, sizeof(*p->clients));
	p->client_keys = dro_reader_alloc(r, n, sizeof(const void *));
	r->out->clients = p->clients;
	for (i = 0; i < docs->n && !r->log.failed; i++) {
		if (docs->items[i].clients == NULL ||
		    !dro_is_map(r, docs->items[i].clients, "clients"))
			continue;
		r->dir = docs->items[i].dir;
		r->shown_dir = docs->items[i].shown_dir;
		for (item = docs->items[i].clients->first;
		     item != NULL && !r->log.failed; item = item->next)
			bind_client(r, p, item);
	}
	if (!r->log.failed) {
		check_clients(r, p);
		keep_domains(r, p);
	}
	free(p->domains);
	free(p->domain_keys);
}
