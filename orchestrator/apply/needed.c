#include <stdlib.h>
#include <string.h>

#include "apply/needed.h"
#include "base/buf.h"

/* ${name} is used for mail by the listed domain ${by}. */
struct use {
	const char *name;
	const char *by;
	bool reports; /* receives its reports; else sends for it */
};

/* Every use that the configuration tells of, sorted by name. */
struct dro_needed {
	size_t n;
	struct use uses[];
};

static int
by_name(const void *a, const void *b)
{
	return (strcmp(
	    ((const struct use *)a)->name, ((const struct use *)b)->name));
}

static int
is_name(const void *name, const void *use)
{
	return (strcmp(name, ((const struct use *)use)->name));
}

static size_t
count_uses(const struct dro_config *config)
{
	const struct dro_settings *s;
	size_t i, k, n = 0;

	for (i = 0; i < config->n_domains; i++) {
		s = config->domains[i].settings;
		n += s->rua != NULL;
		for (k = 0; k < s->n_sources; k++)
			n += s->sources[k].n_dkim + s->sources[k].n_mail_from;
	}
	return (n);
}

static void
add(struct dro_needed *all, const char *name, const char *by, bool reports)
{
	if (name != NULL)
		all->uses[all->n++] = (struct use){name, by, reports};
}

/* The host of a mailto: URI, in lower case; NULL when out of memory. */
static const char *
host_of(const char *uri, struct dro_arena *arena)
{
	const char *at = strrchr(uri, '@');
	char *host = dro_arena_strdup(arena, at != NULL ? at + 1 : "");
	char *c;

	for (c = host; c != NULL && *c != '\0'; c++)
		*c = dro_ascii_lower(*c);
	return (host);
}

/* "d" of "d/selector". */
static const char *
signer_of(const char *dkim, struct dro_arena *arena)
{
	const char *slash = strchr(dkim, '/');

	return (slash == NULL
		? dkim
		: dro_arena_strndup(arena, dkim, (size_t)(slash - dkim)));
}

static void
add_uses(struct dro_needed *all, const struct dro_domain *dom, const char *host,
    struct dro_arena *arena)
{
	const struct dro_declared *d;
	size_t i, k;

	add(all, host, dom->domain, true);
	for (i = 0; i < dom->settings->n_sources; i++) {
		d = &dom->settings->sources[i];
		for (k = 0; k < d->n_mail_from; k++)
			add(all, d->mail_from[k], dom->domain, false);
		for (k = 0; k < d->n_dkim; k++)
			add(all, signer_of(d->dkim[k], arena), dom->domain,
			    false);
	}
}

/* Once per run; most domains share one report address. */
static const struct dro_needed *
all_uses(struct dro_session *session)
{
	const struct dro_config *config = session->config;
	struct dro_arena *arena = session->arena;
	const char *rua = NULL, *host = NULL;
	struct dro_needed *all;
	size_t i;

	if (session->needed != NULL)
		return (session->needed);
	all = dro_arena_alloc(
	    arena, 1, sizeof(*all) + count_uses(config) * sizeof(struct use));
	for (i = 0; all != NULL && i < config->n_domains; i++) {
		if (config->domains[i].settings->rua != rua) {
			rua = config->domains[i].settings->rua;
			host = rua != NULL ? host_of(rua, arena) : NULL;
		}
		add_uses(all, &config->domains[i], host, arena);
	}
	if (all != NULL)
		qsort(all->uses, all->n, sizeof(struct use), by_name);
	session->needed = all;
	return (all);
}

/* A use of ${domain}; its own sources do not count, its own rua does. */
static const struct use *
find_use(const struct dro_needed *all, const char *domain)
{
	const struct use *u =
	    bsearch(domain, all->uses, all->n, sizeof(struct use), is_name);

	while (u != NULL && u > all->uses && strcmp(u[-1].name, domain) == 0)
		u--;
	for (; u != NULL && u < all->uses + all->n &&
	     strcmp(u->name, domain) == 0;
	     u++)
		if (u->reports || strcmp(u->by, domain) != 0)
			return (u);
	return (NULL);
}

enum dro_code
dro_needed_by(struct dro_session *session, const char *domain,
    struct dro_arena *arena, const char **out, struct dro_err *err)
{
	const struct dro_needed *all = all_uses(session);
	const struct use *use;

	*out = NULL;
	if (all == NULL)
		return (dro_err_nomem(err));
	if ((use = find_use(all, domain)) == NULL)
		return (DRO_OK);
	*out = dro_arena_printf(arena,
	    use->reports
		? "it receives the reports about %s (rua), which a null MX "
		  "would stop; give that another address"
		: "a source of %s sends in its name (sources); give it a "
		  "sending policy",
	    use->by);
	return (*out == NULL ? dro_err_nomem(err) : DRO_OK);
}
