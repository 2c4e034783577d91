#include <stdlib.h>
#include <string.h>

#include "stage/source_parts.h"

/*
 * Mail that fails, from an address that the domain's own SPF record writes as
 * ip4, ip6, a or mx.  Nobody else may send from there, so it is the domain's:
 * a printer, a scanner, an old application.
 */

/* An address and who passes from there. */
struct place {
	const char *ip;
	const struct dro_entry *entry;
};

static int
compare_places(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;
	int c;

	if ((c = strcmp(a->ip, b->ip)) != 0)
		return (c);
	if (a->entry->pass != b->entry->pass) /* the largest first */
		return (a->entry->pass < b->entry->pass ? 1 : -1);
	return (strcmp(a->entry->key, b->entry->key));
}

/* Sources of the domain that pass, by address. */
static size_t
collect_places(const struct dro_sorting *w, struct place *out)
{
	size_t i, n = 0;

	for (i = 0; i < w->ev->n_streams; i++) {
		const struct dro_entry *e = &w->entries[i];

		if (e->key != NULL && e->pass > 0 &&
		    (e->declared == NULL || e->declared->whose == DRO_OURS))
			out[n++] =
			    (struct place){w->ev->streams[e->stream].ip, e};
	}
	qsort(out, n, sizeof(*out), compare_places);
	return (n);
}

/* The largest source that passes from ${ip}, or NULL. */
static const struct dro_entry *
find_place(const struct place *places, size_t n, const char *ip)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(places[mid].ip, ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < n && strcmp(places[lo].ip, ip) == 0)
		return (places[lo].entry);
	return (NULL);
}

/* "spf:ip4:192.0.2.7", legitimate by its address alone. */
static bool
name_term(
    struct dro_sorting *w, struct dro_entry *e, const struct dro_spf_net *own)
{
	e->key = dro_arena_printf(w->arena, "spf:%s", own->term->text);
	e->code = "spf_address";
	e->why = dro_arena_printf(w->arena,
	    "address written as %s in the domain's own SPF",
	    dro_spf_mech_name(own->term->mech));
	e->proven = true;
	return (e->key != NULL && e->why != NULL);
}

/*
 * Old addresses are cut to their network.  Where one of the record's lies in
 * it and is a source by that, its old mail is not somebody else's.
 */
static bool
join_cut(struct dro_sorting *w, struct dro_entry *e, const bool *used)
{
	const struct dro_spf *spf = w->facts->spf;
	struct dro_net net;
	size_t i;

	if (e->key != NULL ||
	    strchr(w->ev->streams[e->stream].ip, '/') == NULL ||
	    !dro_net_parse(w->ev->streams[e->stream].ip, &net))
		return (true);
	for (i = 0; i < spf->n_nets; i++)
		if (used[i] && dro_net_within(&spf->nets[i].net, &net))
			return (name_term(w, e, &spf->nets[i]));
	return (true);
}

bool
dro_source_own(struct dro_sorting *w)
{
	const struct dro_spf *spf = w->facts->spf;
	size_t n = w->ev->n_streams, n_places, i;
	const struct dro_entry *passes;
	struct place *places;
	bool *used, any = false;

	for (i = 0; i < n && !any; i++)
		any = w->entries[i].own != NULL;
	if (!any)
		return (true);
	places = dro_arena_alloc(w->arena, n, sizeof(*places));
	used = dro_arena_alloc(w->arena, spf->n_nets, sizeof(*used));
	if (places == NULL || used == NULL)
		return (false);
	n_places = collect_places(w, places);
	for (i = 0; i < n; i++) {
		struct dro_entry *e = &w->entries[i];

		if (e->own == NULL)
			continue;
		passes =
		    find_place(places, n_places, w->ev->streams[e->stream].ip);
		if (passes != NULL) {
			e->key = passes->key;
			e->code = passes->code;
			e->why = passes->why;
			e->declared = passes->declared;
			continue;
		}
		used[e->own - spf->nets] = true;
		if (!name_term(w, e, e->own))
			return (false);
	}
	for (i = 0; i < n; i++)
		if (!join_cut(w, &w->entries[i], used))
			return (false);
	return (true);
}
