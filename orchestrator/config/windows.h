#ifndef DRO_ORCHESTRATOR_CONFIG_WINDOWS_H
#define DRO_ORCHESTRATOR_CONFIG_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/reader.h"
#include "stage/settings.h"

/* How far ahead freezes and windows are known; beyond it all is open. */
#define DRO_CALENDAR_DAYS 400

/* A time of a freeze: an instant, or what clocks on the wall show. */
struct dro_moment {
	bool local; /* ${at} is local time, written as if it were UTC */
	int64_t at;
};

struct dro_freeze {
	struct dro_moment from, to;
	const char *why;
};

struct dro_freezes {
	size_t n;
	struct dro_freeze *items;
};

/* When changes may be made: minutes of the local day, on some weekdays. */
struct dro_window {
	unsigned days; /* bit 0: Monday */
	int from_min, to_min; /* to <= from: ends on the next day */
};

struct dro_windows {
	size_t n;
	struct dro_window *items;
};

/** dro_bind_freezes(r, list): freeze; NULL after an error. */
const struct dro_freezes *dro_bind_freezes(
    struct dro_reader *r, const struct dro_node *list);

/** dro_bind_windows(r, list): windows; NULL after an error. */
const struct dro_windows *dro_bind_windows(
    struct dro_reader *r, const struct dro_node *list);

/** dro_zone_known(name): whether this machine knows the time zone. */
bool dro_zone_known(const char *name);

/**
 * dro_calendar(r, freezes, windows, zone, out):
 * Fill ${out}->frozen for the days around r->now, in UTC.  Any of the three
 * may be NULL: nothing frozen, always open, UTC.
 */
void dro_calendar(struct dro_reader *r, const struct dro_freezes *freezes,
    const struct dro_windows *windows, const char *zone,
    struct dro_settings *out);

#endif /* !DRO_ORCHESTRATOR_CONFIG_WINDOWS_H */
