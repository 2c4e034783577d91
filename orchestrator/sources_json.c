#include <string.h>

#include "base/date.h"
#include "stage/bound.h"
#include "sources_view.h"

static json_t *
day_json(int32_t day)
{
	char out[DRO_DATE_LEN];

	(void)dro_date_format(dro_day_start(day), out);
	out[strlen("2026-01-05")] = '\0';
	return (json_string(out));
}

static json_t *
addresses_json(const struct dro_profile *p)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < p->n_addresses && i < DRO_PROFILE_ADDRESSES; i++)
		(void)json_array_append_new(array,
		    json_pack("{s:o, s:o, s:I}", "address",
			dro_json_text(p->addresses[i].ip), "name",
			dro_json_text(p->addresses[i].name), "messages",
			(json_int_t)p->addresses[i].messages));
	return (array);
}

static json_t *
fixes_json(const struct dro_sources_item *item)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < item->n_fixes; i++)
		(void)json_array_append_new(array,
		    json_pack("{s:s, s:b, s:I, s:o}", "kind",
			dro_fix_name(item->fixes[i].kind), "needed",
			(int)item->fixes[i].needed, "messages",
			(json_int_t)item->fixes[i].messages, "text",
			dro_json_text(item->fixes[i].text)));
	return (array);
}

/* The same as the lines of text, for programs that write configuration. */
static json_t *
patch_json(const struct dro_sources *s, const struct dro_sources_patch *patch)
{
	const struct dro_domain *dom = s->exam->dom;
	json_t *value, *path;

	if (patch->name == NULL)
		return (json_null());
	value = json_pack("{s:[o], s:s}", patch->key,
	    dro_json_text(patch->value), "is", "ours");
	if (strcmp(patch->key, "address") == 0)
		(void)json_object_set_new(value, "exclusive", json_true());
	path = json_pack("[s, s]", "clients", dom->client->id);
	if (!dro_sources_in_sheet(dom)) {
		(void)json_array_append_new(path, json_string("domains"));
		(void)json_array_append_new(path, json_string(dom->domain));
	}
	(void)json_array_append_new(path, json_string("sources"));
	return (json_pack("{s:o, s:s, s:o, s:s, s:i}", "path", path, "name",
	    patch->name, "value", value, "file", dom->file, "line", dom->line));
}

static json_t *
item_json(const struct dro_sources *s, const struct dro_sources_item *item)
{
	const struct dro_profile *p = item->profile;
	const struct dro_source *src = p->source;
	json_t *service = json_null(), *root;

	if (p->service != NULL)
		service = json_pack("{s:s, s:s}", "id", p->service->id, "name",
		    p->service->name);
	root = json_pack("{s:o, s:o, s:s, s:s, s:s, s:b, s:o}", "source",
	    dro_json_text(src->key), "service", service, "class",
	    dro_class_name(src->class), "reason", src->code, "why", src->why,
	    "critical", (int)src->critical, "owner",
	    dro_json_text(
		item->declared != NULL ? item->declared->owner : NULL));
	if (root == NULL)
		return (NULL);
	(void)json_object_update_new(root,
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "messages",
		(json_int_t)p->messages, "share_ppm",
		(json_int_t)dro_bound_rate_ppm(p->messages, s->messages),
		"pass", (json_int_t)p->pass, "fail", (json_int_t)p->fail,
		"unknown", (json_int_t)p->unknown, "linked",
		(json_int_t)p->linked, "dkim_aligned", (json_int_t)p->dkim,
		"spf_aligned", (json_int_t)p->spf));
	(void)json_object_update_new(root,
	    json_pack("{s:i, s:i, s:o, s:o, s:I, s:o, s:o, s:o}", "report_days",
		p->days, "reporters", p->reporters, "first_day",
		day_json(p->first_day), "last_day", day_json(p->last_day),
		"address_count", (json_int_t)p->n_addresses, "addresses",
		addresses_json(p), "fixes", fixes_json(item), "answer",
		patch_json(s, &item->patch)));
	return (root);
}

/* Declared, and nobody has reported it. */
static json_t *
silent_json(const struct dro_sources *s)
{
	const struct dro_settings *set = s->exam->dom->settings;
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < set->n_sources; i++)
		if (dro_sources_silent(s, &set->sources[i]))
			(void)json_array_append_new(
			    array, dro_json_text(set->sources[i].name));
	return (array);
}

static json_t *
spf_json(const struct dro_spf *spf)
{
	if (spf == NULL)
		return (json_null());
	return (json_pack("{s:o, s:o}", "record", dro_json_text(spf->record),
	    "error", dro_json_text(spf->error)));
}

json_t *
dro_sources_json(const struct dro_sources *s)
{
	const struct dro_domain *dom = s->exam->dom;
	json_t *items = json_array();
	size_t i;

	for (i = 0; i < s->n; i++)
		(void)json_array_append_new(items, item_json(s, &s->items[i]));
	return (json_pack("{s:s, s:s, s:s, s:o, s:b, s:o, s:I, s:o, s:o}",
	    "schema", "rollout.sources/1", "client", dom->client->id, "domain",
	    dom->domain, "domain_unicode", dro_json_text(dom->unicode),
	    "closed", (int)dom->settings->sources_closed, "spf",
	    spf_json(s->spf), "messages", (json_int_t)s->messages, "sources",
	    items, "silent", silent_json(s)));
}
