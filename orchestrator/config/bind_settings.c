#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "config/policy.h"
#include "config/suggest.h"
#include "presets/presets.h"

/* A ladder of the file's own, as a list of rungs. */
static bool
own_ladder(
    struct dro_reader *r, const struct dro_node *list, struct dro_ladder *out)
{
	const struct dro_item *item;
	struct dro_err err;
	const char *s;

	if (list->n > DRO_RUNGS_MAX) {
		dro_reader_error(
		    r, list, "ladder: more than %d rungs", DRO_RUNGS_MAX);
		return (false);
	}
	for (item = list->first; item != NULL; item = item->next) {
		s = dro_value_line(r, item->value, "ladder", 64);
		if (s == NULL)
			return (false);
		if (dro_rung_parse(s, &out->rungs[out->n], &err) != DRO_OK) {
			dro_reader_error(r, item->value, "ladder: %s", err.msg);
			return (false);
		}
		out->n++;
	}
	if (dro_ladder_lint(out, &err) == DRO_OK)
		return (true);
	dro_reader_error(r, list, "%s", err.msg);
	return (false);
}

/* A shipped ladder by its name. */
static bool
shipped_ladder(
    struct dro_reader *r, const struct dro_node *node, struct dro_ladder *out)
{
	const char *const *names = dro_preset_ladder_names();
	struct dro_guess guess;
	const char *s;

	if ((s = dro_value_line(r, node, "ladder", 64)) == NULL)
		return (false);
	if (dro_preset_ladder(s, out, NULL) == DRO_OK)
		return (true);
	dro_guess_init(&guess, s);
	for (; *names != NULL; names++)
		dro_guess_try(&guess, *names);
	dro_reader_error(r, node,
	    "ladder: %s is neither a list of rungs nor shipped%s",
	    dro_found(r, node), dro_suggestion(r, &guess));
	return (false);
}

static void
bind_ladder(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_node *node = layer->set[DRO_K_LADDER].node;
	struct dro_ladder *ladder;
	bool ok;

	if (node == NULL ||
	    (ladder = dro_reader_alloc(r, 1, sizeof(*ladder))) == NULL)
		return;
	ok = node->kind == DRO_NODE_LIST ? own_ladder(r, node, ladder)
					 : shipped_ladder(r, node, ladder);
	if (ok)
		layer->ladder = ladder;
}

static int64_t
days_of(const struct dro_setting *set)
{
	return (set->ok ? set->num : -1);
}

/* hops: names of rungs are checked once the ladder is known. */
static void
bind_hops(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_node *map = layer->set[DRO_K_HOPS].node;
	const struct dro_item *item;
	struct dro_layer_hop *hop;

	if (map == NULL || !dro_is_map(r, map, "hops") ||
	    (layer->hops = dro_reader_alloc(r, map->n, sizeof(*layer->hops))) ==
		NULL)
		return;
	for (item = map->first; item != NULL; item = item->next) {
		struct dro_setting set[DRO_K_N] = {0};

		if (!dro_is_map(r, item->value, "a rung of hops"))
			continue;
		dro_bind(r, item->value, DRO_IN_HOP, set);
		hop = &layer->hops[layer->n_hops++];
		hop->rung = item->key;
		hop->days = days_of(&set[DRO_K_DAYS]);
		hop->report_days = days_of(&set[DRO_K_REPORT_DAYS]);
	}
}

/* approval.before: a list of rungs, or a map of rung and count. */
static void
bind_approval(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_key *count = dro_key_find(DRO_IN_APPROVAL, "count");
	const struct dro_setting *before = &layer->set[DRO_K_BEFORE];
	const struct dro_node *node = before->node;
	struct dro_layer_approval *a;
	const struct dro_item *item;

	if (layer->set[DRO_K_APPROVAL].ok &&
	    layer->set[DRO_K_COUNT].key == NULL &&
	    layer->set[DRO_K_EXPIRES].key == NULL &&
	    (before->key == NULL || (node != NULL && dro_node_null(node)))) {
		dro_reader_error(r, layer->set[DRO_K_APPROVAL].key,
		    "approval: says not before what; add before: [RUNG, ...], "
		    "or before: [] for no approval at all");
		return;
	}
	if (node == NULL ||
	    (node->kind != DRO_NODE_MAP && !dro_is_list(r, node, "before")) ||
	    (layer->approvals = dro_reader_alloc(
		 r, node->n, sizeof(*layer->approvals))) == NULL)
		return;
	for (item = node->first; item != NULL; item = item->next) {
		struct dro_setting set = {0};

		a = &layer->approvals[layer->n_approvals++];
		a->rung = item->key != NULL ? item->key : item->value;
		if (dro_value_line(r, a->rung, "before", 64) == NULL)
			return;
		if (node->kind != DRO_NODE_MAP)
			continue;
		dro_value_bind(r, count, item->value, &set);
		if (!set.ok)
			return;
		a->count = set.num;
	}
	layer->has_approvals = true;
}

/* freeze, windows and the zone that both are written in. */
static void
bind_calendar(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_setting *freeze = &layer->set[DRO_K_FREEZE];
	const struct dro_setting *windows = &layer->set[DRO_K_WINDOWS];
	struct dro_setting *zone = &layer->set[DRO_K_TIME_ZONE];

	if (freeze->ok)
		layer->freezes = dro_bind_freezes(r, freeze->node);
	if (windows->ok)
		layer->windows = dro_bind_windows(r, windows->node);
	if (zone->ok && !dro_zone_known(zone->text)) {
		dro_reader_error(r, zone->node,
		    "time_zone: this machine knows no %s; expected a name "
		    "such as Europe/Amsterdam (package tzdata), or UTC",
		    dro_found(r, zone->node));
		zone->ok = false;
	}
}

/* "d" or "d/selector", normalised; the selector is a name too. */
static const char *
bind_dkim(struct dro_reader *r, const struct dro_node *node)
{
	char d[DRO_DOMAIN_LEN], selector[DRO_DOMAIN_LEN];
	const char *s, *slash, *out;
	struct dro_err err;

	if ((s = dro_value_line(r, node, "dkim", 600)) == NULL)
		return (NULL);
	slash = strchr(s, '/');
	out = slash == NULL
	    ? s
	    : dro_arena_strndup(r->arena, s, (size_t)(slash - s));
	if (out == NULL) {
		r->log.failed = true;
		return (NULL);
	}
	if (dro_domain_ascii(out, d, &err) != DRO_OK ||
	    (slash != NULL &&
		dro_domain_normalise(slash + 1, selector, &err) != DRO_OK)) {
		dro_reader_error(r, node,
		    "dkim: %s; expected DOMAIN or DOMAIN/SELECTOR", err.msg);
		return (NULL);
	}
	out = slash == NULL ? dro_arena_strdup(r->arena, d)
			    : dro_arena_printf(r->arena, "%s/%s", d, selector);
	if (out == NULL)
		r->log.failed = true;
	return (out);
}

static const char *
bind_net(struct dro_reader *r, const struct dro_node *node)
{
	const char *text = dro_value_line(r, node, "address", DRO_NET_LEN);
	struct dro_net net;

	if (text == NULL || dro_net_parse(text, &net))
		return (text);
	dro_reader_error(r, node,
	    "address: expected an address or network such as 192.0.2.10 or "
	    "2001:db8::/32, found %s",
	    dro_found(r, node));
	return (NULL);
}

/* The names in ${node} by way of ${one}; wrong ones are left out. */
static const char **
bind_names(struct dro_reader *r, const struct dro_node *node, const char *what,
    size_t *n)
{
	const struct dro_item *item;
	const char **out;

	*n = 0;
	if (node == NULL || !dro_is_list(r, node, what) ||
	    (out = dro_reader_alloc(r, node->n, sizeof(*out))) == NULL)
		return (NULL);
	for (item = node->first; item != NULL; item = item->next) {
		out[*n] = strcmp(what, "dkim") == 0 ? bind_dkim(r, item->value)
		    : strcmp(what, "address") == 0
		    ? bind_net(r, item->value)
		    : dro_value_domain(r, item->value, what);
		if (out[*n] != NULL)
			(*n)++;
	}
	return (out);
}

/* The longest time between two runs. */
static const int cadence_days[] = {1, 7, 31, 92};

/* Nothing, or an empty list. */
static bool
is_bare(const struct dro_setting *set)
{
	return (set->key == NULL ||
	    (set->node != NULL && set->node->kind == DRO_NODE_LIST &&
		set->node->n == 0));
}

/* An address says little: many send from one that is not only theirs. */
static void
bind_nets(struct dro_reader *r, const struct dro_setting *set,
    struct dro_declared *out)
{
	const struct dro_node *node = set[DRO_K_ADDRESS].node;
	struct dro_net *nets;
	size_t i;

	out->addresses = bind_names(r, node, "address", &out->n_nets);
	nets = dro_reader_alloc(r, out->n_nets, sizeof(*nets));
	if (nets == NULL)
		return;
	for (i = 0; i < out->n_nets; i++)
		(void)dro_net_parse(out->addresses[i], &nets[i]);
	out->nets = nets;
	if (out->n_nets > 0 && out->whose == DRO_OURS &&
	    set[DRO_K_EXCLUSIVE].num == 0)
		dro_reader_error(r, set[DRO_K_ADDRESS].key,
		    "address: proves nothing unless nobody else sends from "
		    "it; add exclusive: true if that is so, or know the "
		    "source by dkim or mail_from");
}

static void
bind_source(
    struct dro_reader *r, const struct dro_item *item, struct dro_declared *out)
{
	struct dro_setting set[DRO_K_N] = {0};

	out->name = dro_value_name(r, item->key, "sources");
	if (!dro_is_map(r, item->value, "a source"))
		return;
	dro_bind(r, item->value, DRO_IN_SOURCE, set);
	if (is_bare(&set[DRO_K_DKIM]) && is_bare(&set[DRO_K_MAIL_FROM]) &&
	    is_bare(&set[DRO_K_ADDRESS]) && is_bare(&set[DRO_K_PTR]))
		dro_reader_error(r, item->key,
		    "source \"%.64s\": nothing to know it by; add dkim: "
		    "[DOMAIN], mail_from: [DOMAIN], address: [NETWORK] or "
		    "ptr: [DOMAIN]",
		    item->key->text);
	out->owner = set[DRO_K_OWNER].text;
	out->whose = (enum dro_whose)set[DRO_K_IS].num;
	if (set[DRO_K_CADENCE].ok)
		out->cadence_days = cadence_days[set[DRO_K_CADENCE].num];
	out->critical = set[DRO_K_CRITICALITY].num == 1;
	out->dkim = bind_names(r, set[DRO_K_DKIM].node, "dkim", &out->n_dkim);
	out->mail_from = bind_names(
	    r, set[DRO_K_MAIL_FROM].node, "mail_from", &out->n_mail_from);
	out->ptr = bind_names(r, set[DRO_K_PTR].node, "ptr", &out->n_ptr);
	bind_nets(r, set, out);
}

/* closed: true among the sources, or instead of them. */
static void
bind_closed(struct dro_reader *r, const struct dro_setting *sources,
    const struct dro_item *item, struct dro_setting *out)
{
	static const char *const booleans[] = {"false", "true", NULL};
	static const struct dro_key key = {.name = "closed",
	    .id = DRO_K_CLOSED,
	    .type = DRO_T_WORD,
	    .words = booleans};

	if (item == NULL) {
		*out = *sources;
		out->num = 1;
		return;
	}
	out->key = item->key;
	if (item->value->kind != DRO_NODE_TEXT)
		dro_reader_error(r, item->key,
		    "closed: says whether the list of sources is complete: "
		    "true or false; call the source otherwise");
	else
		dro_value_bind(r, &key, item->value, out);
}

static void
bind_sources(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_node *map = layer->set[DRO_K_SOURCES].node;
	struct dro_setting *closed = &layer->set[DRO_K_CLOSED];
	const struct dro_item *item;

	if (map != NULL && map->kind == DRO_NODE_TEXT &&
	    strcmp(map->text, "closed") == 0) {
		bind_closed(r, &layer->set[DRO_K_SOURCES], NULL, closed);
		return;
	}
	if (map != NULL && map->kind == DRO_NODE_TEXT && !dro_node_null(map)) {
		dro_reader_error(r, map,
		    "sources: expected a map of sources, or closed, found %s",
		    dro_found(r, map));
		return;
	}
	if (map == NULL || !dro_is_map(r, map, "sources") ||
	    !dro_is_few(r, map, "sources"))
		return;
	layer->sources = dro_reader_alloc(r, map->n, sizeof(*layer->sources));
	layer->source_at = dro_reader_alloc(r, map->n, sizeof(const void *));
	if (layer->sources == NULL || layer->source_at == NULL)
		return;
	for (item = map->first; item != NULL; item = item->next) {
		if (strcmp(item->key->text, "closed") == 0) {
			bind_closed(r, NULL, item, closed);
			continue;
		}
		bind_source(r, item, &layer->sources[layer->n_sources]);
		layer->source_at[layer->n_sources] = item->key;
		if (layer->sources[layer->n_sources].name != NULL)
			layer->n_sources++;
	}
}

static void
bind_account(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_setting *set = &layer->set[DRO_K_ACCOUNT];
	struct dro_guess guess;
	size_t i;

	if (!set->ok)
		return;
	dro_guess_init(&guess, set->text);
	for (i = 0; i < r->out->n_accounts; i++) {
		if (strcmp(r->out->accounts[i].name, set->text) == 0) {
			layer->account = &r->out->accounts[i];
			return;
		}
		dro_guess_try(&guess, r->out->accounts[i].name);
	}
	dro_reader_error(r, set->node, "account: %s is not in accounts%s",
	    dro_found(r, set->node), dro_suggestion(r, &guess));
}

/* A policy that spends less time than is wise needs its reason. */
static void
bind_policy(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_setting *set = &layer->set[DRO_K_POLICY];

	if (!set->ok)
		return;
	layer->policy = dro_policy_named(r, set, "policy");
	if (layer->policy != NULL &&
	    strcmp(layer->policy->preset, "fast") == 0 &&
	    layer->set[DRO_K_WHY].key == NULL)
		dro_reader_error(r, set->node,
		    "policy: \"%s\"%s needs its reason: add why: TEXT beside "
		    "it",
		    layer->policy->name,
		    layer->policy->key != NULL ? " (on fast)" : "");
}

/* Forget what an exception that is over said of gates and hops. */
static void
expire(struct dro_reader *r, struct dro_layer *layer)
{
	static const enum dro_key_id gates[] = {DRO_K_GATES, DRO_K_FRESHNESS,
	    DRO_K_REPORTERS, DRO_K_TAU, DRO_K_ALPHA, DRO_K_ALPHA_LAST,
	    DRO_K_TAU_SOURCE, DRO_K_DKIM_ALIGNED, DRO_K_FORWARDED};
	size_t i;

	dro_reader_warning(r, layer->set[DRO_K_UNTIL].node,
	    "until: the exception ended on %s; its gates and hops no longer "
	    "apply: remove them, with until and why",
	    layer->set[DRO_K_UNTIL].text);
	for (i = 0; i < DRO_ARRAY_LEN(gates); i++)
		memset(&layer->set[gates[i]], 0, sizeof(struct dro_setting));
	layer->n_hops = 0;
}

/* gates and hops of one client or domain must end and say why. */
static void
bind_exception(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_setting *until = &layer->set[DRO_K_UNTIL];
	const struct dro_setting *why = &layer->set[DRO_K_WHY];
	const struct dro_setting *what = &layer->set[DRO_K_GATES];

	if (what->key == NULL)
		what = &layer->set[DRO_K_HOPS];
	if (what->key == NULL) {
		if (until->key != NULL)
			dro_reader_error(r, until->key,
			    "until: no gates or hops stand beside it, so "
			    "nothing would end; remove it");
		return;
	}
	if (until->key == NULL || why->key == NULL)
		dro_reader_error(r, what->key,
		    "%s of one client or domain are an exception, which ends "
		    "and says why; add %s%s%s beside them",
		    what->key->text, until->key == NULL ? "until: DATE" : "",
		    until->key == NULL && why->key == NULL ? " and " : "",
		    why->key == NULL ? "why: TEXT" : "");
	if (until->ok && until->num < r->now)
		expire(r, layer);
	else if (until->ok &&
	    (r->out->holds_until == 0 || until->num < r->out->holds_until))
		r->out->holds_until = until->num + 1;
}

void
dro_layer_bind(struct dro_reader *r, const struct dro_node *map, unsigned place,
    struct dro_layer *out)
{
	memset(out, 0, sizeof(*out));
	dro_bind(r, map, place, out->set);
	bind_policy(r, out);
	bind_account(r, out);
	bind_ladder(r, out);
	bind_hops(r, out);
	bind_approval(r, out);
	bind_calendar(r, out);
	bind_sources(r, out);
	dro_bind_signal(r, out);
	if (place == DRO_IN_CLIENT || place == DRO_IN_DOMAIN)
		bind_exception(r, out);
}
