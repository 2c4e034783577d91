#include <string.h>

#include "apply/spf_tree.h"
#include "base/domain.h"

#define MX_HOSTS_MAX 10 /* RFC 7208 4.6.4 */

/* Includes within includes: each asks DNS, so no record goes deeper. */
#define DEPTH_MAX DRO_SPF_LOOKUPS_MAX

/* What is known of ${name}; NULL if nothing, or if there is none. */
static bool
get(struct dro_names *names, const char *name, enum dro_rrtype type,
    struct dro_spf_tree *out, const struct dro_rrset **rrset)
{
	struct dro_lookup lookup;

	*rrset = NULL;
	if (!dro_names_get(names, name, type, &lookup))
		return (false);
	if (lookup.name == NULL)
		out->wanting = true;
	else if (lookup.status == DRO_LOOKUP_UNKNOWN)
		out->unknown = true;
	*rrset = lookup.rrset;
	return (true);
}

static bool
resolve_host(struct dro_names *names, const struct dro_spf_term *term,
    const char *name, dro_spf_address_fn *fn, void *arg,
    struct dro_spf_tree *out)
{
	static const enum dro_rrtype types[] = {DRO_RR_A, DRO_RR_AAAA};
	const struct dro_rrset *rrset;
	struct dro_net net;
	size_t i, k;

	for (i = 0; i < DRO_ARRAY_LEN(types); i++) {
		if (!get(names, name, types[i], out, &rrset))
			return (false);
		for (k = 0; rrset != NULL && k < rrset->n; k++)
			if (dro_net_parse(rrset->values[k].ptr, &net) &&
			    !fn(arg, term, &net))
				return (false);
	}
	return (true);
}

bool
dro_spf_resolve(struct dro_names *names, const struct dro_spf_term *term,
    const char *name, dro_spf_address_fn *fn, void *arg,
    struct dro_spf_tree *out)
{
	const struct dro_rrset *mx;
	char host[DRO_DOMAIN_LEN];
	const char *space;
	size_t i;

	if (term->macro)
		return (true);
	if (term->name != NULL)
		name = term->name;
	if (term->mech == DRO_SPF_A)
		return (resolve_host(names, term, name, fn, arg, out));
	if (!get(names, name, DRO_RR_MX, out, &mx))
		return (false);
	for (i = 0; mx != NULL && i < mx->n && i < MX_HOSTS_MAX; i++) {
		space = strchr(mx->values[i].ptr, ' ');
		if (space == NULL ||
		    dro_domain_normalise(space + 1, host, NULL) != DRO_OK)
			continue;
		if (!resolve_host(names, term, host, fn, arg, out))
			return (false);
	}
	return (true);
}

/* One tree being read. */
struct walk {
	struct dro_names *names;
	struct dro_arena *arena;
	struct dro_spf_tree *out;
	struct dro_err *err;
};

static void
add_net(struct dro_buf *nets, const struct dro_net *net)
{
	char text[DRO_NET_LEN];

	if (nets->len > 0)
		dro_buf_addc(nets, ' ');
	dro_buf_adds(nets, dro_net_text(net, text));
}

static bool
add_address(
    void *arg, const struct dro_spf_term *term, const struct dro_net *address)
{
	struct dro_net net =
	    dro_net_cut(address, address->v6 ? term->bits6 : term->bits4);

	add_net(arg, &net);
	return (true);
}

static enum dro_code walk_name(struct walk *w, const char *name, int depth);

static enum dro_code
walk_term(struct walk *w, const struct dro_spf_term *term, const char *name,
    int depth)
{
	const bool passes = term->qualifier == '+';

	switch (term->mech) {
	case DRO_SPF_IP4:
	case DRO_SPF_IP6:
		if (passes)
			add_net(&w->out->nets, &term->net);
		break;
	case DRO_SPF_A:
	case DRO_SPF_MX:
		if (passes &&
		    !dro_spf_resolve(w->names, term, name, add_address,
			&w->out->nets, w->out))
			return (dro_err_nomem(w->err));
		break;
	case DRO_SPF_INCLUDE:
	case DRO_SPF_REDIRECT:
		if (passes && term->name != NULL)
			return (walk_name(w, term->name, depth + 1));
		break;
	case DRO_SPF_ALL:
	case DRO_SPF_PTR:
	case DRO_SPF_EXISTS:
		break;
	}
	return (DRO_OK);
}

/* No name without a usable record may be reached (RFC 7208 5.2). */
static void
find_fault(struct walk *w, const char *name, const struct dro_spf *spf)
{
	const char *why = spf->error;

	if (spf->kind == DRO_SPF_NONE)
		why = "it has no SPF record";
	if (why != NULL && w->out->fault == NULL)
		w->out->fault = dro_arena_printf(w->arena, "%s: %s", name, why);
}

static enum dro_code
walk_name(struct walk *w, const char *name, int depth)
{
	const bool wanting = w->out->wanting, unknown = w->out->unknown;
	struct dro_rrset none;
	const struct dro_rrset *txt;
	struct dro_spf spf;
	enum dro_code code;
	size_t i;

	w->out->wanting = w->out->unknown = false;
	if (!get(w->names, name, DRO_RR_TXT, w->out, &txt))
		return (dro_err_nomem(w->err));
	if (w->out->wanting || w->out->unknown) {
		w->out->wanting = w->out->wanting || wanting;
		w->out->unknown = w->out->unknown || unknown;
		return (DRO_OK);
	}
	w->out->wanting = wanting;
	w->out->unknown = unknown;
	dro_rrset_init(&none, name, DRO_RR_TXT);
	code = dro_spf_parse(txt != NULL ? txt : &none, w->arena, &spf, w->err);
	if (code != DRO_OK)
		return (code);
	find_fault(w, name, &spf);
	w->out->lookups += spf.lookups;
	for (i = 0; i < spf.n_terms && code == DRO_OK && depth < DEPTH_MAX &&
	     w->out->lookups <= DRO_SPF_LOOKUPS_MAX;
	     i++)
		code = walk_term(w, &spf.terms[i], name, depth);
	return (code);
}

enum dro_code
dro_spf_tree_read(struct dro_names *names, const char *name,
    struct dro_arena *arena, struct dro_spf_tree *out, struct dro_err *err)
{
	struct walk w = {names, arena, out, err};

	memset(out, 0, sizeof(*out));
	dro_buf_init(&out->nets, DRO_SPF_TREE_MAX);
	return (walk_name(&w, name, 0));
}
