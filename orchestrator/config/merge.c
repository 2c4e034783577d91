#include <assert.h>
#include <string.h>

#include "config/policy.h"
#include "config/suggest.h"
#include "presets/presets.h"

/* defaults, client, domain */
#define PLACES_MAX 3

/* All that speaks about one domain, farthest first. */
struct stack {
	const struct dro_layer *layers[DRO_EXTENDS_MAX + 1 + PLACES_MAX];
	size_t n;
};

static void
pile_up(struct stack *s, const struct dro_policy *policy,
    const struct dro_layer *const *layers, size_t n)
{
	const struct dro_policy *p;
	size_t i, depth = 0;

	for (p = policy; p != NULL; p = p->base)
		depth++;
	assert(depth <= DRO_EXTENDS_MAX + 1 && n <= PLACES_MAX);
	s->n = depth;
	for (p = policy; p != NULL; p = p->base)
		s->layers[--depth] = &p->layer;
	for (i = 0; i < n; i++)
		s->layers[s->n++] = layers[i];
}

/* The nearest layer that says ${id}, or NULL. */
static const struct dro_setting *
nearest(const struct stack *s, enum dro_key_id id)
{
	size_t i;

	for (i = s->n; i > 0; i--)
		if (s->layers[i - 1]->set[id].ok)
			return (&s->layers[i - 1]->set[id]);
	return (NULL);
}

static int64_t
number(const struct stack *s, enum dro_key_id id, int64_t otherwise)
{
	const struct dro_setting *set = nearest(s, id);

	return (set != NULL ? set->num : otherwise);
}

static const char *
text(const struct stack *s, enum dro_key_id id)
{
	const struct dro_setting *set = nearest(s, id);

	return (set != NULL ? set->text : NULL);
}

static void
merge_scalars(const struct stack *s, struct dro_settings *out)
{
	out->target =
	    (enum dro_level)(number(s, DRO_K_TARGET, out->target - 1) + 1);
	out->tau_ppm = number(s, DRO_K_TAU, out->tau_ppm);
	out->alpha_ppm = number(s, DRO_K_ALPHA, out->alpha_ppm);
	out->alpha_last_ppm = number(s, DRO_K_ALPHA_LAST, out->alpha_last_ppm);
	out->freshness_h = (int)number(s, DRO_K_FRESHNESS, out->freshness_h);
	out->reporters_min =
	    (int)number(s, DRO_K_REPORTERS, out->reporters_min);
	out->setback_share_ppm = number(s, DRO_K_SHARE, out->setback_share_ppm);
	out->cooldown_days = (int)number(s, DRO_K_COOLDOWN, out->cooldown_days);
	out->rua = text(s, DRO_K_RUA);
	out->pause = text(s, DRO_K_PAUSE);
	out->ttl_s = (uint32_t)number(s, DRO_K_TTL, 0);
	out->has_sp = nearest(s, DRO_K_SP) != NULL;
	out->sp = (enum dro_level)number(s, DRO_K_SP, DRO_NONE);
	out->has_np = nearest(s, DRO_K_NP) != NULL;
	out->np = (enum dro_level)number(s, DRO_K_NP, DRO_NONE);
}

/* A ladder of its own brings the hops of the preset for its rungs. */
static void
merge_ladder(struct dro_reader *r, const struct stack *s, const char *preset,
    const char *domain, struct dro_settings *out)
{
	const struct dro_node *at = NULL;
	struct dro_err err;
	size_t i, index;

	for (i = s->n; i > 0 && at == NULL; i--) {
		if (s->layers[i - 1]->ladder == NULL)
			continue;
		out->ladder = *s->layers[i - 1]->ladder;
		at = s->layers[i - 1]->set[DRO_K_LADDER].node;
		if (dro_preset_hops(preset, out, &err) != DRO_OK)
			dro_reader_error(r, at, "ladder: %s", err.msg);
	}
	if (at != NULL && domain != NULL &&
	    !dro_ladder_find(&out->ladder, dro_level_name(out->target), &index))
		dro_reader_warning(r, at,
		    "ladder: the target of %s is %s, but there is no such "
		    "rung: it stops below; add the rung, or set target",
		    domain, dro_level_name(out->target));
}

/* Say that ${rung} is not on ${ladder}. */
static void
unknown_rung(struct dro_reader *r, const struct dro_node *rung,
    const char *what, const struct dro_ladder *ladder)
{
	struct dro_guess guess;
	size_t i;

	dro_guess_init(&guess, rung->text);
	for (i = 0; i < ladder->n; i++)
		dro_guess_try(&guess, ladder->rungs[i].name);
	dro_reader_error(r, rung, "%s: the ladder has no rung %s%s", what,
	    dro_found(r, rung), dro_suggestion(r, &guess));
}

static void
merge_hops(
    struct dro_reader *r, const struct stack *s, struct dro_settings *out)
{
	const struct dro_layer_hop *hop;
	size_t i, j, rung;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->layers[i]->n_hops; j++) {
			hop = &s->layers[i]->hops[j];
			if (!dro_ladder_find(
				&out->ladder, hop->rung->text, &rung)) {
				/* Farther ones meant another ladder. */
				if (i == s->n - 1)
					unknown_rung(
					    r, hop->rung, "hops", &out->ladder);
				continue;
			}
			if (hop->days >= 0)
				out->hops[rung].days = (int)hop->days;
			if (hop->report_days >= 0)
				out->hops[rung].report_days =
				    (int)hop->report_days;
		}
}

static void
merge_approval(struct dro_reader *r, const struct stack *s, const char *domain,
    struct dro_settings *out)
{
	const struct dro_node *list = NULL;
	const struct dro_item *item;
	size_t i, rung;

	for (i = s->n; i > 0 && list == NULL; i--)
		list = s->layers[i - 1]->approval;
	if (list == NULL)
		return;
	memset(out->approvals, 0, sizeof(out->approvals));
	for (item = list->first; item != NULL; item = item->next) {
		if (dro_ladder_find(&out->ladder, item->value->text, &rung))
			out->approvals[rung] = 1;
		else if (i == s->n - 1)
			unknown_rung(r, item->value, "before", &out->ladder);
		else if (domain != NULL)
			dro_reader_warning(r, item->value,
			    "before: the ladder of %s has no rung %s: there "
			    "it asks nobody",
			    domain, dro_found(r, item->value));
	}
}

/* Put ${d} into ${all}, in place of a farther one of the same name. */
static void
put_source(struct dro_declared *all, size_t *n, const struct dro_declared *d)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(all[i].name, d->name) == 0)
			break;
	all[i] = *d;
	if (i == *n)
		(*n)++;
}

static void
merge_sources(
    struct dro_reader *r, const struct stack *s, struct dro_settings *out)
{
	struct dro_declared *all;
	size_t i, j, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->layers[i]->n_sources;
	if (n == 0 || (all = dro_reader_alloc(r, n, sizeof(*all))) == NULL)
		return;
	n = 0;
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->layers[i]->n_sources; j++)
			put_source(all, &n, &s->layers[i]->sources[j]);
	out->sources = all;
	out->n_sources = n;
}

void
dro_merge(struct dro_reader *r, const struct dro_policy *policy,
    const struct dro_layer *const *layers, size_t n, const char *domain,
    struct dro_settings *out)
{
	struct stack s;
	struct dro_err err;
	enum dro_code code;

	pile_up(&s, policy, layers, n);
	code = dro_preset_policy(policy->preset, out, &err);
	assert(code == DRO_OK);
	(void)code;
	out->policy = policy->name;
	merge_scalars(&s, out);
	merge_ladder(r, &s, policy->preset, domain, out);
	merge_hops(r, &s, out);
	merge_approval(r, &s, domain, out);
	merge_sources(r, &s, out);
}
