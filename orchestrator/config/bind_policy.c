#include <string.h>

#include "base/buf.h"
#include "config/policy.h"
#include "config/suggest.h"
#include "presets/presets.h"

static struct dro_policy *
find(const struct dro_policies *policies, const char *name)
{
	size_t i;

	for (i = 0; i < policies->n; i++)
		if (strcmp(policies->items[i].name, name) == 0)
			return (&policies->items[i]);
	return (NULL);
}

const struct dro_policy *
dro_policy_named(
    struct dro_reader *r, const struct dro_setting *set, const char *what)
{
	const struct dro_policy *policy;
	struct dro_guess guess;
	size_t i;

	if ((policy = find(r->policies, set->text)) != NULL)
		return (policy);
	dro_guess_init(&guess, set->text);
	for (i = 0; i < r->policies->n; i++)
		dro_guess_try(&guess, r->policies->items[i].name);
	dro_reader_error(r, set->node, "%s: %s is no policy%s", what,
	    dro_found(r, set->node), dro_suggestion(r, &guess));
	return (NULL);
}

/* Know every name first: a policy may extend one further down. */
static void
take_names(struct dro_reader *r, const struct dro_node *map)
{
	const char *const *shipped;
	const struct dro_item *item;
	struct dro_policy *next;
	const char *name;

	for (shipped = dro_preset_names(); *shipped != NULL; shipped++) {
		next = &r->policies->items[r->policies->n++];
		next->name = next->preset = *shipped;
	}
	for (item = map != NULL ? map->first : NULL; item != NULL;
	     item = item->next) {
		name = dro_value_name(r, item->key, "policies");
		if (name == NULL)
			continue;
		if (find(r->policies, name) != NULL) {
			dro_reader_error(r, item->key,
			    "policies: \"%s\" is a shipped policy and stays "
			    "as it is; choose another name, with extends: %s",
			    name, name);
			continue;
		}
		next = &r->policies->items[r->policies->n++];
		next->name = name;
		next->key = item->key;
		next->preset = "standard";
		if (dro_is_map(r, item->value, "a policy"))
			dro_layer_bind(
			    r, item->value, DRO_IN_POLICY, &next->layer);
	}
}

/* "a -> b -> a" for the message about a circle that ${from} is in. */
static void
report_circle(struct dro_reader *r, const struct dro_policy *from)
{
	const struct dro_policy *p = from;
	struct dro_buf chain;

	dro_buf_init(&chain, 4096);
	dro_buf_adds(&chain, from->name);
	do {
		p = p->base;
		dro_buf_addf(&chain, " -> %s", p->name);
	} while (p != from && !chain.failed);
	dro_reader_error(r, from->layer.set[DRO_K_EXTENDS].node,
	    "extends: policies extend each other in a circle: %s; let one of "
	    "them extend a shipped policy",
	    chain.failed ? "too long to show" : chain.ptr);
	dro_buf_finish(&chain);
}

/* Report a circle that goes through ${p}, and open it there. */
static void
open_circle(struct dro_reader *r, struct dro_policy *p)
{
	const struct dro_policy *q = p;
	size_t steps;

	for (steps = 0; q->base != NULL && steps < r->policies->n; steps++) {
		q = q->base;
		if (q == p) {
			report_circle(r, p);
			p->base = NULL;
			return;
		}
	}
}

/* Follow ${p} down to the shipped policy below it; there are no circles. */
static void
settle(struct dro_reader *r, struct dro_policy *p)
{
	const struct dro_policy *q;
	size_t steps = 0;

	for (q = p; q->base != NULL; q = q->base)
		steps++;
	if (steps > DRO_EXTENDS_MAX) {
		dro_reader_error(r, p->layer.set[DRO_K_EXTENDS].node,
		    "extends: more than %d policies on top of each other",
		    DRO_EXTENDS_MAX);
		p->base = NULL;
		return;
	}
	p->preset = q->preset;
}

void
dro_bind_policies(struct dro_reader *r, const struct dro_node *map)
{
	struct dro_settings *unused;
	struct dro_policy *p;
	size_t i, n = 0;

	while (dro_preset_names()[n] != NULL)
		n++;
	if (map != NULL &&
	    (!dro_is_map(r, map, "policies") ||
		!dro_is_few(r, map, "policies")))
		map = NULL;
	n += map != NULL ? map->n : 0;
	r->policies = dro_reader_alloc(r, 1, sizeof(*r->policies));
	if (r->policies == NULL ||
	    (r->policies->items = dro_reader_alloc(
		 r, n, sizeof(*r->policies->items))) == NULL ||
	    (unused = dro_reader_alloc(r, 1, sizeof(*unused))) == NULL)
		return;
	take_names(r, map);
	for (i = 0; i < r->policies->n; i++) {
		p = &r->policies->items[i];
		if (p->layer.set[DRO_K_EXTENDS].ok)
			p->base = dro_policy_named(
			    r, &p->layer.set[DRO_K_EXTENDS], "extends");
	}
	for (i = 0; i < r->policies->n; i++)
		open_circle(r, &r->policies->items[i]);
	for (i = 0; i < r->policies->n; i++)
		settle(r, &r->policies->items[i]);
	/* A policy is checked even if no domain uses it. */
	for (i = 0; i < r->policies->n; i++)
		if (r->policies->items[i].key != NULL)
			dro_merge(r, &r->policies->items[i], NULL, 0, NULL,
			    NULL, unused);
}
