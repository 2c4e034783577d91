#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/date.h"
#include "config/windows.h"

/* Local rules, resolved: freezes and closed hours as intervals of UTC. */
struct dro_calendar {
	struct dro_calendar *next;
	const struct dro_freezes *freezes;
	const struct dro_windows *windows;
	const char *zone;
	size_t n;
	struct dro_frozen *items;
};

bool
dro_zone_known(const char *name)
{
	GTimeZone *zone = g_time_zone_new_identifier(name);

	if (zone == NULL)
		return (false);
	g_time_zone_unref(zone);
	return (true);
}

/*
 * The instant at which clocks in ${zone} show ${local}.  One that they show
 * twice is the second (standard time); one that they skip is the moment of
 * the change.
 */
static int64_t
to_utc(GTimeZone *zone, int64_t local)
{
	gint64 shown = local;
	int interval;

	interval = g_time_zone_adjust_time(zone, G_TIME_TYPE_STANDARD, &shown);
	return (shown - g_time_zone_get_offset(zone, interval));
}

static int32_t
local_day(GTimeZone *zone, int64_t at)
{
	int interval =
	    g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, at);

	return (dro_day_of(at + g_time_zone_get_offset(zone, interval)));
}

static int
by_from(const void *a, const void *b)
{
	const struct dro_frozen *x = a, *y = b;

	if (x->from != y->from)
		return (x->from < y->from ? -1 : 1);
	return (x->to < y->to ? -1 : x->to > y->to);
}

static int64_t
resolve(GTimeZone *zone, struct dro_moment moment)
{
	return (moment.local ? to_utc(zone, moment.at) : moment.at);
}

static void
add(struct dro_calendar *c, int64_t from, int64_t to, const char *why)
{
	if (from < to)
		c->items[c->n++] = (struct dro_frozen){from, to, why};
}

static void
add_freezes(struct dro_calendar *c, GTimeZone *zone, int64_t begin, int64_t end)
{
	size_t i;
	int64_t from, to;

	for (i = 0; c->freezes != NULL && i < c->freezes->n; i++) {
		from = resolve(zone, c->freezes->items[i].from);
		to = resolve(zone, c->freezes->items[i].to);
		if (to > begin && from < end)
			add(c, from, to, c->freezes->items[i].why);
	}
}

/* 0: Monday.  1970-01-01 was a Thursday. */
static unsigned
weekday(int32_t day)
{
	return ((unsigned)(((day + 3) % 7 + 7) % 7));
}

/* The open hours from the local ${day} on, sorted; how many they are. */
static size_t
open_hours(const struct dro_windows *windows, GTimeZone *zone, int32_t day,
    int32_t last, struct dro_frozen *open)
{
	size_t i, n = 0;

	for (; day <= last; day++)
		for (i = 0; i < windows->n; i++) {
			const struct dro_window *w = &windows->items[i];
			int64_t at = dro_day_start(day);
			int64_t end = at + w->to_min * INT64_C(60);

			if ((w->days & 1u << weekday(day)) == 0)
				continue;
			if (w->to_min <= w->from_min)
				end += DRO_DAY_S;
			open[n].from =
			    to_utc(zone, at + w->from_min * INT64_C(60));
			open[n].to = to_utc(zone, end);
			n += open[n].from < open[n].to;
		}
	qsort(open, n, sizeof(*open), by_from);
	return (n);
}

/* Closed is what lies between the windows. */
static void
add_closed(struct dro_calendar *c, const struct dro_frozen *open, size_t n,
    int64_t begin, int64_t end, const char *why)
{
	size_t i;

	for (i = 0; i < n && open[i].from < end; i++) {
		add(c, begin, open[i].from, why);
		if (open[i].to > begin)
			begin = open[i].to;
	}
	add(c, begin, end, why);
}

static void
resolve_all(struct dro_reader *r, struct dro_calendar *c, GTimeZone *zone)
{
	int64_t begin = r->now - DRO_DAY_S;
	int64_t end = r->now + DRO_CALENDAR_DAYS * DRO_DAY_S;
	int32_t first = local_day(zone, begin) - 1;
	int32_t last = local_day(zone, end);
	size_t n_windows = c->windows != NULL ? c->windows->n : 0, n;
	size_t hours = (size_t)(last - first + 1) * n_windows;
	struct dro_frozen *open = dro_reader_alloc(r, hours, sizeof(*open));
	const char *why;

	n = hours + 1 + (c->freezes != NULL ? c->freezes->n : 0);
	c->items = dro_reader_alloc(r, n, sizeof(*c->items));
	why = dro_arena_printf(
	    r->arena, "outside the windows for changes (%s)", c->zone);
	if (open == NULL || c->items == NULL || why == NULL) {
		r->log.failed = true;
		return;
	}
	add_freezes(c, zone, begin, end);
	if (n_windows > 0)
		add_closed(c, open,
		    open_hours(c->windows, zone, first, last, open), begin, end,
		    why);
	qsort(c->items, c->n, sizeof(*c->items), by_from);
}

/* Hundreds of domains share the rules of their client, so share the result. */
static const struct dro_calendar *
find(struct dro_reader *r, const struct dro_freezes *freezes,
    const struct dro_windows *windows, const char *zone)
{
	struct dro_calendar *c;
	GTimeZone *tz;

	for (c = r->calendars; c != NULL; c = c->next)
		if (c->freezes == freezes && c->windows == windows &&
		    strcmp(c->zone, zone) == 0)
			return (c);
	if ((c = dro_reader_alloc(r, 1, sizeof(*c))) == NULL)
		return (NULL);
	c->freezes = freezes;
	c->windows = windows;
	c->zone = zone;
	c->next = r->calendars;
	r->calendars = c;
	if ((tz = g_time_zone_new_identifier(zone)) == NULL)
		return (c); /* reported where it is named */
	resolve_all(r, c, tz);
	g_time_zone_unref(tz);
	return (c);
}

void
dro_calendar(struct dro_reader *r, const struct dro_freezes *freezes,
    const struct dro_windows *windows, const char *zone,
    struct dro_settings *out)
{
	const struct dro_calendar *c;

	if (freezes == NULL && windows == NULL)
		return;
	c = find(r, freezes, windows, zone != NULL ? zone : "UTC");
	if (c == NULL)
		return;
	out->frozen = c->items;
	out->n_frozen = c->n;
}
