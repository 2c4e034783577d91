#include <string.h>

#include "record/spf.h"

/* The networks of a record, and what they prove. */

/* Room for one network more. */
static bool
grow(struct dro_spf *spf, struct dro_arena *arena)
{
	size_t cap = spf->n_nets == 0 ? 8 : spf->n_nets * 2;
	struct dro_spf_net *nets;

	/* It is full whenever the number is 0 or a power of two from 8 on. */
	if (spf->n_nets != 0 &&
	    (spf->n_nets < 8 || (spf->n_nets & (spf->n_nets - 1)) != 0))
		return (true);
	nets = dro_arena_alloc(arena, cap, sizeof(*nets));
	if (nets == NULL)
		return (false);
	if (spf->n_nets > 0)
		memcpy(nets, spf->nets, spf->n_nets * sizeof(*nets));
	spf->nets = nets;
	return (true);
}

bool
dro_spf_add(struct dro_spf *spf, const struct dro_spf_term *term,
    const struct dro_net *address, struct dro_arena *arena)
{
	struct dro_net net = *address;

	if (term->mech == DRO_SPF_A || term->mech == DRO_SPF_MX)
		net = dro_net_cut(&net, net.v6 ? term->bits6 : term->bits4);
	if (term->qualifier != '+' || spf->n_nets >= DRO_SPF_NETS_MAX)
		return (true);
	if (!grow(spf, arena))
		return (false);
	spf->nets[spf->n_nets++] = (struct dro_spf_net){net, term};
	return (true);
}

const char *
dro_spf_vague(const struct dro_net *net)
{
	static const struct {
		const char *net, *why;
	} special[] = {
	    {"10.0.0.0/8", "private use"},
	    {"172.16.0.0/12", "private use"},
	    {"192.168.0.0/16", "private use"},
	    {"100.64.0.0/10", "shared by customers of a provider"},
	    {"127.0.0.0/8", "loopback"},
	    {"169.254.0.0/16", "link-local"},
	    {"fc00::/7", "private use"},
	    {"fe80::/10", "link-local"},
	    {"::1/128", "loopback"},
	};
	struct dro_net wide;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(special); i++)
		if (dro_net_parse(special[i].net, &wide) &&
		    dro_net_within(net, &wide))
			return (special[i].why);
	if (net->v6)
		return (net->bits < 32 ? "wider than /32" : NULL);
	return (net->bits < 16 ? "wider than /16" : NULL);
}

const struct dro_spf_net *
dro_spf_proves(const struct dro_spf *spf, const struct dro_net *net)
{
	size_t i;

	for (i = 0; spf != NULL && i < spf->n_nets; i++)
		if (dro_net_within(net, &spf->nets[i].net) &&
		    dro_spf_vague(&spf->nets[i].net) == NULL)
			return (&spf->nets[i]);
	return (NULL);
}
