#include <string.h>

#include "base/domain.h"
#include "presets/senders.h"
#include "stage/source_parts.h"

/* "d" matches every selector of d, "d/selector" that one only. */
static bool
dkim_matches(const char *rule, const char *domain, const char *selector)
{
	const char *slash = strchr(rule, '/');
	size_t n;

	if (*domain == '\0')
		return (false);
	if (slash == NULL)
		return (strcmp(rule, domain) == 0);
	n = (size_t)(slash - rule);
	return (strlen(domain) == n && memcmp(rule, domain, n) == 0 &&
	    strcmp(slash + 1, selector) == 0);
}

const char *
dro_reverse_name(const struct dro_facts *facts, const char *ip)
{
	size_t lo = 0, hi = facts->n_reverse, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(facts->reverse[mid].ip, ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < facts->n_reverse && strcmp(facts->reverse[lo].ip, ip) == 0)
		return (facts->reverse[lo].name);
	return (NULL);
}

/* Whether the address has a confirmed name at or below one of ${d}. */
static bool
ptr_matches(
    const struct dro_declared *d, const struct dro_facts *facts, const char *ip)
{
	const char *name = d->n_ptr > 0 ? dro_reverse_name(facts, ip) : NULL;
	size_t i;

	for (i = 0; name != NULL && i < d->n_ptr; i++)
		if (dro_domain_within(name, d->ptr[i]))
			return (true);
	return (false);
}

static bool
declared_matches(const struct dro_declared *d, const struct dro_facts *facts,
    const struct dro_stream *s)
{
	struct dro_net net;
	size_t i;

	if (ptr_matches(d, facts, s->ip))
		return (true);
	for (i = 0; i < d->n_dkim; i++)
		if (dkim_matches(d->dkim[i], s->dkim, s->selector) ||
		    dkim_matches(d->dkim[i], s->dkim_other, ""))
			return (true);
	for (i = 0; i < d->n_mail_from; i++)
		if (strcmp(d->mail_from[i], s->mail_from) == 0 ||
		    strcmp(d->mail_from[i], dro_service_pool(s->mail_from)) ==
			0)
			return (true);
	if (d->n_nets == 0 || !dro_net_parse(s->ip, &net))
		return (false);
	for (i = 0; i < d->n_nets; i++)
		if (dro_net_within(&net, &d->nets[i]))
			return (true);
	return (false);
}

/*
 * The domain's own SPF record proves whose an address is where no name of the
 * domain does (RFC 7208; docs/gates.md): not to be asked about.
 */
static const struct dro_spf_net *
find_own(const struct dro_sorting *w, const struct dro_stream *s)
{
	struct dro_net net;

	if (w->facts->spf == NULL || *s->dkim != '\0' ||
	    (*s->mail_from != '\0' &&
		dro_domain_within(s->mail_from, w->domain)) ||
	    !dro_net_parse(s->ip, &net))
		return (NULL);
	return (dro_spf_proves(w->facts->spf, &net));
}

const struct dro_service *
dro_source_service(const struct dro_source *source)
{
	const char *name = strchr(source->key, ':');

	if (name == NULL ||
	    (strncmp(source->key, "mail_from:", strlen("mail_from:")) != 0 &&
		strncmp(source->key, "dkim:", strlen("dkim:")) != 0))
		return (NULL);
	return (dro_service_of(name + 1));
}

/*
 * The most telling authenticated name.  A vendor signs with the client's d=
 * but bounces to itself: its own names say more than the client's.
 */
static bool
name_key(const struct dro_sorting *w, const struct dro_stream *s,
    struct dro_entry *e)
{
	struct dro_arena *arena = w->arena;

	if (*s->mail_from != '\0' &&
	    !dro_domain_within(s->mail_from, w->domain)) {
		e->code = "own_spf";
		e->why = "SPF passes for its own MAIL FROM domain";
		e->key = dro_arena_printf(
		    arena, "mail_from:%s", dro_service_pool(s->mail_from));
	} else if (*s->dkim_other != '\0') {
		e->code = "own_dkim";
		e->why = "a DKIM signature of its own domain passes";
		e->key = dro_arena_printf(arena, "dkim:%s", s->dkim_other);
	} else if (*s->dkim != '\0') {
		e->code = "aligned_dkim";
		e->why = "an aligned DKIM signature passes";
		e->key = dro_arena_printf(arena, "dkim:%s", s->dkim);
	} else if (*s->mail_from != '\0') {
		e->code = "aligned_spf";
		e->why = "SPF passes for an aligned MAIL FROM domain";
		e->key = dro_arena_printf(arena, "mail_from:%s", s->mail_from);
	} else {
		return (true);
	}
	return (e->key != NULL);
}

/*
 * Whether stream ${i} has the very names that gave the entry before it its
 * key: most have, for streams are sorted and differ in their address.
 */
static bool
is_named_alike(const struct dro_sorting *w, size_t i)
{
	const struct dro_stream *s = &w->ev->streams[i];

	return (i > 0 && s[0].mail_from == s[-1].mail_from &&
	    s[0].dkim_other == s[-1].dkim_other && s[0].dkim == s[-1].dkim &&
	    w->entries[i - 1].declared == NULL &&
	    w->entries[i - 1].own == NULL);
}

bool
dro_source_key(const struct dro_sorting *w, size_t i)
{
	const struct dro_settings *settings = w->settings;
	const struct dro_stream *s = &w->ev->streams[i];
	struct dro_entry *e = &w->entries[i];
	size_t k;

	for (k = 0; k < settings->n_sources; k++) {
		if (!declared_matches(&settings->sources[k], w->facts, s))
			continue;
		e->declared = &settings->sources[k];
		e->code = "declared";
		e->why = "declared in the configuration";
		e->key = dro_arena_printf(
		    w->arena, "declared:%s", settings->sources[k].name);
		return (e->key != NULL);
	}
	e->own = find_own(w, s);
	if (e->own != NULL) /* dro_source_own says whose */
		return (true);
	if (!is_named_alike(w, i))
		return (name_key(w, s, e));
	e->key = w->entries[i - 1].key;
	e->code = w->entries[i - 1].code;
	e->why = w->entries[i - 1].why;
	return (true);
}
