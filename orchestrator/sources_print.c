#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "stage/bound.h"
#include "sources_view.h"

/* Lines being written; the first lack of memory is remembered. */
struct page {
	FILE *fp;
	struct dro_arena *arena;
	bool failed;
};

static void put(struct page *page, const char *fmt, ...) DRO_PRINTF(2, 3);

/* One line, safe to show. */
static void
put(struct page *page, const char *fmt, ...)
{
	struct dro_buf safe;
	char *raw = NULL;
	va_list ap;

	dro_buf_init(&safe, 65536);
	va_start(ap, fmt);
	if (vasprintf(&raw, fmt, ap) < 0)
		raw = NULL;
	va_end(ap);
	if (raw != NULL)
		dro_out_text(&safe, raw, strlen(raw));
	page->failed = page->failed || raw == NULL || safe.failed;
	fprintf(page->fp, "%s\n", safe.ptr != NULL ? safe.ptr : "");
	free(raw);
	dro_buf_finish(&safe);
}

static const char *
date(int32_t day, char out[DRO_DATE_LEN])
{
	(void)dro_date_format(dro_day_start(day), out);
	out[strlen("2026-01-05")] = '\0';
	return (out);
}

static void
put_mail(
    struct page *page, const struct dro_sources *s, const struct dro_profile *p)
{
	int64_t milli = dro_bound_rate_ppm(p->messages, s->messages) / 1000;
	char from[DRO_DATE_LEN], to[DRO_DATE_LEN];

	put(page,
	    "  mail     %lld messages (%lld.%lld%%), %d report days, %d "
	    "reporters, %s to %s",
	    (long long)p->messages, (long long)(milli / 10),
	    (long long)(milli % 10), p->days, p->reporters,
	    date(p->first_day, from), date(p->last_day, to));
	put(page,
	    "  aligned  DKIM %lld, SPF %lld; passing %lld, failing %lld%s",
	    (long long)p->dkim, (long long)p->spf, (long long)p->pass,
	    (long long)p->fail,
	    p->linked > 0
		? dro_arena_printf(page->arena,
		      " (%lld of all only linked to it)", (long long)p->linked)
		: "");
}

static void
put_addresses(struct page *page, const struct dro_profile *p)
{
	struct dro_buf line;
	size_t i,
	    n = p->n_addresses < DRO_PROFILE_ADDRESSES ? p->n_addresses
						       : DRO_PROFILE_ADDRESSES;

	dro_buf_init(&line, 4096);
	for (i = 0; i < n; i++)
		dro_buf_addf(&line, "%s%s%s%s%s", i > 0 ? ", " : "",
		    p->addresses[i].ip,
		    p->addresses[i].name != NULL ? " (" : "",
		    p->addresses[i].name != NULL ? p->addresses[i].name : "",
		    p->addresses[i].name != NULL ? ")" : "");
	if (p->n_addresses > n)
		dro_buf_addf(&line, " and %zu more", p->n_addresses - n);
	put(page, "  from     %s", line.ptr != NULL ? line.ptr : "-");
	page->failed = page->failed || line.failed;
	dro_buf_finish(&line);
}

static void
put_item(struct page *page, const struct dro_sources *s,
    const struct dro_sources_item *item)
{
	const struct dro_profile *p = item->profile;
	const struct dro_declared *d = item->declared;
	size_t i;

	put(page, "%s", "");
	if (p->service != NULL)
		put(page, "%s (%s), %s", p->service->name, p->source->key,
		    dro_class_name(p->source->class));
	else
		put(page, "%s, %s", p->source->key,
		    dro_class_name(p->source->class));
	put(page, "  because  %s%s%s%s", p->source->why,
	    p->source->critical ? "; critical" : "",
	    d != NULL && d->owner != NULL ? "; ask " : "",
	    d != NULL && d->owner != NULL ? d->owner : "");
	put_mail(page, s, p);
	put_addresses(page, p);
	for (i = 0; i < item->n_fixes; i++)
		put(page, "  %s  %s",
		    item->fixes[i].needed ? "fix    " : "note   ",
		    item->fixes[i].text);
}

/* Declared senders of ours whose mail nobody has reported. */
static void
put_silent(struct page *page, const struct dro_sources *s)
{
	const struct dro_settings *set = s->exam->dom->settings;
	size_t i, n = 0;

	for (i = 0; i < set->n_sources; i++) {
		if (!dro_sources_silent(s, &set->sources[i]))
			continue;
		if (n++ == 0) {
			put(page, "%s", "");
			put(page, "Declared, and reported by nobody:");
		}
		put(page, "  %s", set->sources[i].name);
	}
}

/* How a value stands in YAML: a network has signs that need quotes. */
static const char *
quote(const struct dro_sources_patch *patch)
{
	return (strcmp(patch->key, "address") == 0 ? "\"" : "");
}

/* Where the lines of put_patches go. */
static void
put_place(struct page *page, const struct dro_domain *dom, int margin)
{
	put(page, "%s", "");
	if (dro_sources_in_sheet(dom))
		put(page,
		    "To answer, paste below client %s (%s is in %s:%d), or "
		    "into the sources there;",
		    dom->client->id, dom->domain, dom->file, dom->line);
	else
		put(page,
		    "To answer, paste below %s of client %s (%s:%d), or into "
		    "the sources there;",
		    dom->domain, dom->client->id, dom->file, dom->line);
	put(page, "and change is: to forwarder or threat where that is so:");
	put(page, "%s", "");
	put(page, "%*ssources:", margin, "");
}

/* Lines to paste, with the indentation of their place. */
static void
put_patches(struct page *page, const struct dro_sources *s)
{
	int margin = dro_sources_in_sheet(s->exam->dom) ? 4 : 8;
	bool first = true;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct dro_sources_patch *patch = &s->items[i].patch;

		if (patch->name == NULL)
			continue;
		if (first)
			put_place(page, s->exam->dom, margin);
		first = false;
		put(page, "%*s  %s: {%s: [%s%s%s]%s, is: ours}", margin, "",
		    patch->name, patch->key, quote(patch), patch->value,
		    quote(patch),
		    strcmp(patch->key, "address") == 0 ? ", exclusive: true"
						       : "");
	}
}

enum dro_code
dro_sources_print(const struct dro_out *out, const struct dro_sources *s,
    struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_domain *dom = s->exam->dom;
	struct page page = {.fp = out->fp, .arena = arena};
	size_t i;

	put(&page, "%s (%s): %zu senders, %lld messages%s", dom->unicode,
	    dom->client->id, s->n, (long long)s->messages,
	    dom->settings->sources_closed ? "; the list of sources is closed"
					  : "");
	if (s->spf == NULL)
		put(&page, "SPF record: not known");
	else if (s->spf->error != NULL)
		put(&page, "SPF record: %s", s->spf->error);
	else
		put(&page, "SPF record: %s",
		    s->spf->record != NULL ? s->spf->record : "none");
	for (i = 0; i < s->n; i++)
		put_item(&page, s, &s->items[i]);
	put_silent(&page, s);
	put_patches(&page, s);
	return (page.failed ? dro_err_nomem(err) : DRO_OK);
}
