#ifndef DRO_STAGE_CLOCK_H
#define DRO_STAGE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The time of a decision, and until when waiting alone cannot change it.
 * Every comparison with a moment goes through dro_reached, so that a decision
 * knows the first one that is still to come.
 */
struct dro_clock {
	int64_t now;
	int64_t until; /* the earliest moment asked about and not reached */
};

/** dro_reached(clock, at): whether ${at} has come. */
static inline bool
dro_reached(struct dro_clock *clock, int64_t at)
{
	if (clock->now >= at)
		return (true);
	if (at < clock->until)
		clock->until = at;
	return (false);
}

#endif /* !DRO_STAGE_CLOCK_H */
