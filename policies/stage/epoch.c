#include <string.h>

#include "base/date.h"
#include "stage/source_parts.h"
#include "stage/trigger.h"

/* A source counts again after this many clean report days in a row. */
#define REPAIR_DAYS 7

/* A stretch is a break, not noise, from this many failing messages on ... */
#define BREAK_FAILS 5

/* ... when more than one in this many of its messages failed. */
#define BREAK_ONE_IN 5

/* A day is clean if at most one in this many messages failed (2 %). */
#define CLEAN_ONE_IN 50

/* The newest step back because of this source; INT32_MIN if none. */
static int32_t
last_setback_day(const struct dro_facts *facts, const char *key)
{
	int32_t day = INT32_MIN, at;
	size_t i;

	for (i = 0; i < facts->n_setbacks; i++) {
		if (facts->setbacks[i].source == NULL ||
		    strcmp(facts->setbacks[i].source, key) != 0)
			continue;

		at = dro_day_of(facts->setbacks[i].at);
		if (at > day)
			day = at;
	}
	return (day);
}

/* Mean passes on the days that had any; what a usual day looks like. */
static int64_t
usual_passes(const struct dro_source *src)
{
	int64_t sum = 0, n = 0;
	size_t i;

	for (i = 0; i < src->n_days; i++) {
		sum += src->days[i].pass;
		n += src->days[i].pass > 0;
	}
	return (n == 0 ? 0 : sum / n);
}

/* A stretch of unclean days is a break if much of its mail failed. */
static bool
is_break(int64_t fail, int64_t all)
{
	return (fail >= BREAK_FAILS && fail * BREAK_ONE_IN > all);
}

/* Clean: mail passes, and hardly any of it fails.  Linked failures spoil a
 * day only if passes are missing too: anybody can send those. */
static bool
day_is_clean(const struct dro_source_day *d, int64_t usual)
{
	if (d->pass == 0 || d->fail * CLEAN_ONE_IN > d->pass + d->fail)
		return (false);
	return (d->claimed * CLEAN_ONE_IN <= d->pass + d->fail + d->claimed ||
	    d->pass * 2 >= usual);
}

/*
 * Find the epoch of a source: counting restarts at the first of 7 clean
 * report days after a step back for it or after a plain break.
 */
void
dro_source_epoch(const struct dro_facts *facts, struct dro_source *src)
{
	int32_t setback = last_setback_day(facts, src->key);
	int32_t clean_from = 0, repaired_from = INT32_MAX;
	bool repair_due = setback != INT32_MIN;
	int64_t usual = usual_passes(src), bad_fail = 0, bad_all = 0;
	size_t i;

	src->epoch_day = src->first_day;
	for (i = 0; i < src->n_days; i++) {
		const struct dro_source_day *d = &src->days[i];

		if (d->day <= setback)
			continue; /* what came before belongs to it */
		if (!day_is_clean(d, usual)) {
			bad_fail += d->fail;
			bad_all += d->pass + d->fail;
			src->clean_days = 0;
			continue;
		}
		if (src->clean_days++ == 0)
			clean_from = d->day;
		if (src->clean_days >= DRO_RETURN_CLEAN_DAYS)
			repaired_from = clean_from;
		if (src->clean_days < REPAIR_DAYS)
			continue;
		if (repair_due || is_break(bad_fail, bad_all)) {
			src->epoch_day = clean_from;
			src->epoch++;
			repair_due = false;
		}
		bad_fail = bad_all = 0;
	}
	src->awaiting_repair = repair_due || is_break(bad_fail, bad_all);
	src->repair_day = src->epoch_day;
	if (repair_due)
		src->repair_day =
		    src->clean_days > 0 ? clean_from : repaired_from;
}
