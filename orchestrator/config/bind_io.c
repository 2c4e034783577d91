#include <string.h>

#include "config/reader.h"

/* Defaults of dns (rollout.yaml(5)). */
#define TIMEOUT_MS 2000
#define TRIES 2
#define VERIFY_WAIT_S 30

/* How much one run changes, where nothing is said. */
#define MAX_CHANGES 25
#define MAX_SHARE_PPM 100000 /* 10 % */
#define SETBACK_CLIENTS 3
#define SETBACK_SHARE_PPM 20000

/* What is kept for how long: a year and a month; two months. */
#define REPORTS_DAYS 400
#define ARCHIVE_DAYS 60
#define ADDRESSES_DAYS 60

/* The "addr@port" entries of ${list}; those that are wrong are left out. */
static const char *const *
servers(struct dro_reader *r, const struct dro_node *list, const char *what,
    size_t *n)
{
	const struct dro_item *item;
	const char **out;

	*n = 0;
	if (!dro_is_list(r, list, what) ||
	    (out = dro_reader_alloc(r, list->n, sizeof(*out))) == NULL)
		return (NULL);
	if (list->n == 0)
		dro_reader_error(r, list,
		    "%s: an empty list; name at least one ADDRESS@PORT, or "
		    "leave the key out",
		    what);
	for (item = list->first; item != NULL; item = item->next)
		if ((out[*n] = dro_value_server(r, item->value, what)) != NULL)
			(*n)++;
	return (out);
}

/* dns.servers: two spellings of one domain would hide each other. */
static void
bind_servers(struct dro_reader *r, const struct dro_node *map)
{
	struct dro_dns_servers *out, *next;
	const struct dro_item *item;
	size_t i;

	if (!dro_is_map(r, map, "servers") || !dro_is_few(r, map, "servers") ||
	    (out = dro_reader_alloc(r, map->n, sizeof(*out))) == NULL)
		return;
	r->out->dns.servers = out;
	for (item = map->first; item != NULL; item = item->next) {
		next = &out[r->out->dns.n_servers];
		next->domain = dro_value_domain(r, item->key, "servers");
		next->servers = servers(r, item->value, "servers", &next->n);
		if (next->domain == NULL || next->servers == NULL)
			continue;
		for (i = 0; i < r->out->dns.n_servers; i++)
			if (strcmp(out[i].domain, next->domain) == 0)
				break;
		if (i < r->out->dns.n_servers)
			dro_reader_error(r, item->key,
			    "servers: %s stands here twice; keep one of them",
			    next->domain);
		else
			r->out->dns.n_servers++;
	}
}

static int
number_or(const struct dro_setting *set, int otherwise)
{
	return (set->ok ? (int)set->num : otherwise);
}

void
dro_bind_limits(struct dro_reader *r, const struct dro_setting *root)
{
	const struct dro_setting *share = &root[DRO_K_MAX_CHANGES_SHARE];
	const struct dro_setting *fall = &root[DRO_K_SETBACK_SHARE];
	struct dro_limits *limits = &r->out->limits;

	limits->max_changes = number_or(&root[DRO_K_MAX_CHANGES], MAX_CHANGES);
	limits->max_share_ppm = share->ok ? share->num : MAX_SHARE_PPM;
	limits->per_client = number_or(&root[DRO_K_PER_CLIENT], 0);
	limits->per_account = number_or(&root[DRO_K_PER_ACCOUNT], 0);
	r->out->breaker.clients =
	    number_or(&root[DRO_K_SETBACK_CLIENTS], SETBACK_CLIENTS);
	r->out->breaker.share_ppm = fall->ok ? fall->num : SETBACK_SHARE_PPM;
}

void
dro_bind_retention(struct dro_reader *r, const struct dro_setting *root)
{
	const struct dro_setting *archive = &root[DRO_K_KEEP_ARCHIVE];
	struct dro_retention *keep = &r->out->retention;
	int most = ARCHIVE_DAYS;

	keep->reports_days = number_or(&root[DRO_K_KEEP_REPORTS], REPORTS_DAYS);
	keep->addresses_days =
	    number_or(&root[DRO_K_KEEP_ADDRESSES], ADDRESSES_DAYS);
	if (keep->addresses_days == DRO_FOREVER) {
		keep->archive_days = number_or(archive, most);
		return;
	}
	if (keep->addresses_days < most)
		most = keep->addresses_days;
	keep->archive_days = number_or(archive, most);
	if (keep->archive_days == DRO_FOREVER ||
	    keep->archive_days > keep->addresses_days)
		dro_reader_warning(r, archive->node,
		    "archive: originals have whole addresses, so these are "
		    "kept longer than the %d days of addresses; say at most "
		    "archive: %dd, or raise addresses",
		    keep->addresses_days, keep->addresses_days);
}

void
dro_bind_dns(struct dro_reader *r, const struct dro_setting *root)
{
	struct dro_dns_conf *dns = &r->out->dns;

	dns->timeout_ms = number_or(&root[DRO_K_TIMEOUT], TIMEOUT_MS);
	dns->tries = number_or(&root[DRO_K_TRIES], TRIES);
	r->out->verify_wait_s =
	    number_or(&root[DRO_K_VERIFY_WAIT], VERIFY_WAIT_S);
	if (root[DRO_K_RESOLVERS].node != NULL)
		dns->resolvers = servers(r, root[DRO_K_RESOLVERS].node,
		    "resolvers", &dns->n_resolvers);
	if (root[DRO_K_SERVERS].node != NULL)
		bind_servers(r, root[DRO_K_SERVERS].node);
}
