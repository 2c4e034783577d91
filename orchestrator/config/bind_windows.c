#include <string.h>

#include "base/date.h"
#include "config/suggest.h"
#include "config/windows.h"

/* freeze and windows: times as people write them, in a zone of their own. */

static const char *const weekdays[] = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};

#define EVERY_DAY 0x7fu

/*
 * A bare date is a day of the local calendar: it begins at midnight, and as
 * an end it is meant to its last second.
 */
static bool
bind_moment(struct dro_reader *r, const struct dro_setting *set,
    const char *what, bool is_end, struct dro_moment *out)
{
	struct dro_err err;

	if (!set->ok)
		return (false);
	if (dro_date_parse(set->text, &out->at, &err) != DRO_OK) {
		dro_reader_error(r, set->node,
		    "%s: expected a date such as 2026-12-18, or with a time "
		    "such as 2026-12-18T17:00:00+01:00, found %s",
		    what, dro_found(r, set->node));
		return (false);
	}
	out->local =
	    strchr(set->text, 'T') == NULL && strchr(set->text, 't') == NULL;
	if (out->local && is_end)
		out->at += DRO_DAY_S;
	return (true);
}

/* The three keys of one freeze must all be there. */
static bool
has_all(struct dro_reader *r, const struct dro_node *map,
    const struct dro_setting *set, const enum dro_key_id *ids, size_t n,
    const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (set[ids[i]].key == NULL) {
			dro_reader_error(r, map, "%s", text);
			return (false);
		}
	for (i = 0; i < n; i++)
		if (!set[ids[i]].ok)
			return (false);
	return (true);
}

static bool
bind_freeze(
    struct dro_reader *r, const struct dro_node *map, struct dro_freeze *out)
{
	static const enum dro_key_id ids[] = {DRO_K_FROM, DRO_K_TO, DRO_K_WHY};
	struct dro_setting set[DRO_K_N] = {0};

	if (!dro_is_map(r, map, "an entry of freeze"))
		return (false);
	dro_bind(r, map, DRO_IN_FREEZE, set);
	if (!has_all(r, map, set, ids, DRO_ARRAY_LEN(ids),
		"freeze: an entry is {from: DATE, to: DATE, why: TEXT}"))
		return (false);
	out->why = set[DRO_K_WHY].text;
	if (!bind_moment(r, &set[DRO_K_FROM], "from", false, &out->from) ||
	    !bind_moment(r, &set[DRO_K_TO], "to", true, &out->to))
		return (false);
	/* Zones are less than a day apart from UTC. */
	if (out->from.at - out->to.at >=
	    (out->from.local == out->to.local ? 0 : DRO_DAY_S)) {
		dro_reader_error(r, set[DRO_K_TO].node,
		    "to: lies before from, so nothing would be frozen");
		return (false);
	}
	return (true);
}

const struct dro_freezes *
dro_bind_freezes(struct dro_reader *r, const struct dro_node *list)
{
	struct dro_freezes *out;
	const struct dro_item *item;

	if (!dro_is_list(r, list, "freeze") || !dro_is_few(r, list, "freeze") ||
	    (out = dro_reader_alloc(r, 1, sizeof(*out))) == NULL ||
	    (out->items = dro_reader_alloc(r, list->n, sizeof(*out->items))) ==
		NULL)
		return (NULL);
	for (item = list->first; item != NULL; item = item->next)
		out->n += bind_freeze(r, item->value, &out->items[out->n]);
	return (out);
}

/* "HH:MM" as minutes of the day; 24:00 is the end of it. */
static bool
bind_time(struct dro_reader *r, const struct dro_setting *set, const char *what,
    int *out)
{
	const char *s = set->text;
	size_t i;

	for (i = 0; i < 5 && s[i] != '\0'; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			break;
	if (i == 5 && s[5] == '\0') {
		*out = ((s[0] - '0') * 10 + s[1] - '0') * 60 +
		    (s[3] - '0') * 10 + s[4] - '0';
		if (s[3] < '6' && *out <= 24 * 60)
			return (true);
	}
	dro_reader_error(r, set->node,
	    "%s: expected a time of day such as \"08:00\", found %s", what,
	    dro_found(r, set->node));
	return (false);
}

static bool
bind_days(struct dro_reader *r, const struct dro_node *list, unsigned *out)
{
	const struct dro_item *item;
	struct dro_guess guess;
	const char *s;
	size_t i;

	if (!dro_is_list(r, list, "days"))
		return (false);
	for (item = list->first; item != NULL; item = item->next) {
		if ((s = dro_value_line(r, item->value, "days", 16)) == NULL)
			return (false);
		dro_guess_init(&guess, s);
		for (i = 0; weekdays[i] != NULL; i++) {
			if (strcmp(weekdays[i], s) == 0)
				break;
			dro_guess_try(&guess, weekdays[i]);
		}
		if (weekdays[i] == NULL) {
			dro_reader_error(r, item->value,
			    "days: %s is none of mon, tue, wed, thu, fri, "
			    "sat, sun%s",
			    dro_found(r, item->value),
			    dro_suggestion(r, &guess));
			return (false);
		}
		*out |= 1u << i;
	}
	if (*out == 0) {
		dro_reader_error(r, list,
		    "days: an empty list opens never; leave it out for every "
		    "day");
		return (false);
	}
	return (true);
}

static bool
bind_window(
    struct dro_reader *r, const struct dro_node *map, struct dro_window *out)
{
	static const enum dro_key_id ids[] = {DRO_K_FROM, DRO_K_TO};
	struct dro_setting set[DRO_K_N] = {0};

	if (!dro_is_map(r, map, "an entry of windows"))
		return (false);
	dro_bind(r, map, DRO_IN_WINDOW, set);
	if (!has_all(r, map, set, ids, DRO_ARRAY_LEN(ids),
		"windows: an entry is {days: [mon, ...], from: \"08:00\", "
		"to: \"16:00\"}"))
		return (false);
	out->days = 0;
	if (!bind_time(r, &set[DRO_K_FROM], "from", &out->from_min) ||
	    !bind_time(r, &set[DRO_K_TO], "to", &out->to_min))
		return (false);
	if (set[DRO_K_WEEKDAYS].key == NULL)
		out->days = EVERY_DAY;
	else if (!bind_days(r, set[DRO_K_WEEKDAYS].node, &out->days))
		return (false);
	if (out->from_min != out->to_min)
		return (true);
	dro_reader_error(r, set[DRO_K_TO].node,
	    "to: the same as from, so the window never opens; a whole day is "
	    "from: \"00:00\" to: \"24:00\"");
	return (false);
}

const struct dro_windows *
dro_bind_windows(struct dro_reader *r, const struct dro_node *list)
{
	struct dro_windows *out;
	const struct dro_item *item;

	if (!dro_is_list(r, list, "windows") ||
	    !dro_is_few(r, list, "windows") ||
	    (out = dro_reader_alloc(r, 1, sizeof(*out))) == NULL ||
	    (out->items = dro_reader_alloc(r, list->n, sizeof(*out->items))) ==
		NULL)
		return (NULL);
	for (item = list->first; item != NULL; item = item->next)
		out->n += bind_window(r, item->value, &out->items[out->n]);
	return (out);
}
