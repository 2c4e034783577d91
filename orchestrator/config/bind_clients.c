#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "config/policy.h"

/* What is under way while clients are read. */
struct portfolio {
	struct dro_layer defaults, client, domain;
	struct dro_client *clients;
	struct dro_domain *domains;
	const struct dro_node **keys; /* of domains, for columns */
};

/* The nearest policy that ${layers} name, else the usual one. */
static const struct dro_policy *
policy_of(struct dro_reader *r, const struct dro_layer *const *layers, size_t n)
{
	size_t i;

	for (i = n; i > 0; i--)
		if (layers[i - 1]->policy != NULL)
			return (layers[i - 1]->policy);
	for (i = 0; strcmp(r->policies->items[i].name, "standard") != 0; i++)
		;
	return (&r->policies->items[i]);
}

/* Check what the last of ${n} layers says, or settle a domain with it. */
static void
merge(struct dro_reader *r, const struct portfolio *p, size_t n,
    const char *domain, struct dro_settings *out)
{
	const struct dro_layer *layers[] = {
	    &p->defaults, &p->client, &p->domain};

	dro_merge(r, policy_of(r, layers, n), layers, n, domain, out);
}

static const struct dro_account *
account_of(const struct portfolio *p)
{
	if (p->domain.account != NULL)
		return (p->domain.account);
	return (p->client.account != NULL ? p->client.account
					  : p->defaults.account);
}

static void
bind_domain(struct dro_reader *r, struct portfolio *p,
    const struct dro_item *item, const struct dro_client *client)
{
	struct dro_domain *out = &p->domains[r->out->n_domains];

	out->domain = dro_value_domain(r, item->key, "domains");
	if (out->domain == NULL)
		return;
	out->unicode = dro_domain_unicode(r->arena, out->domain);
	out->client = client;
	out->file = r->log.file;
	out->line = item->key->line;
	if (out->unicode == NULL)
		r->log.failed = true;
	if (!dro_is_map(r, item->value, out->domain))
		return;
	dro_layer_bind(r, item->value, DRO_IN_DOMAIN, &p->domain);
	merge(r, p, 3, out->domain, &out->settings);
	out->account = account_of(p);
	p->keys[r->out->n_domains++] = item->key;
}

static void
bind_client(
    struct dro_reader *r, struct portfolio *p, const struct dro_item *item)
{
	struct dro_client *out = &p->clients[r->out->n_clients];
	struct dro_settings unused;
	const struct dro_node *domains;
	const struct dro_item *d;

	out->id = dro_value_name(r, item->key, "clients");
	if (out->id == NULL || !dro_is_map(r, item->value, "a client"))
		return;
	r->out->n_clients++;
	dro_layer_bind(r, item->value, DRO_IN_CLIENT, &p->client);
	merge(r, p, 2, NULL, &unused);
	out->name = p->client.set[DRO_K_CLIENT_NAME].text;
	if (out->name == NULL)
		out->name = out->id;
	domains = p->client.set[DRO_K_DOMAINS].node;
	if (domains == NULL || !dro_is_map(r, domains, "domains"))
		return;
	for (d = domains->first; d != NULL; d = d->next)
		bind_domain(r, p, d, out);
}

/* How many domains ${clients} can hold at most. */
static size_t
count_domains(const struct dro_node *clients)
{
	const struct dro_item *client, *key;
	size_t n = 0;

	for (client = clients->first; client != NULL; client = client->next)
		for (key = client->value->first; key != NULL; key = key->next)
			if (key->key != NULL &&
			    strcmp(key->key->text, "domains") == 0)
				n += key->value->n;
	return (n);
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
		index[i] = &p->domains[i];
	qsort(index, n, sizeof(const void *), by_name);
	for (i = 1; i < n; i++) {
		if (strcmp(index[i]->domain, index[first]->domain) != 0) {
			first = i;
			continue;
		}
		dro_reader_error(r, p->keys[index[i] - p->domains],
		    "domain %s is listed twice: also at %s:%d, client %s; "
		    "keep one of them",
		    index[i]->domain, index[first]->file, index[first]->line,
		    index[first]->client->id);
	}
	r->out->by_name = index;
}

void
dro_bind_clients(struct dro_reader *r, const struct dro_node *defaults,
    const struct dro_node *clients)
{
	struct dro_settings unused;
	const struct dro_item *item;
	struct portfolio *p;
	size_t n;

	if (r->log.failed || (p = dro_reader_alloc(r, 1, sizeof(*p))) == NULL)
		return;
	if (defaults != NULL && dro_is_map(r, defaults, "defaults")) {
		dro_layer_bind(r, defaults, DRO_IN_DEFAULTS, &p->defaults);
		merge(r, p, 1, NULL, &unused);
	}
	if (clients == NULL || !dro_is_map(r, clients, "clients"))
		return;
	n = count_domains(clients);
	p->clients = dro_reader_alloc(r, clients->n, sizeof(*p->clients));
	p->domains = dro_reader_alloc(r, n, sizeof(*p->domains));
	p->keys = dro_reader_alloc(r, n, sizeof(const void *));
	if (r->log.failed)
		return;
	r->out->clients = p->clients;
	r->out->domains = p->domains;
	for (item = clients->first; item != NULL; item = item->next)
		bind_client(r, p, item);
	sort_domains(r, p);
}
