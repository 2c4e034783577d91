#include "base/date.h"
#include "parked/quiet.h"

struct dro_quiet
dro_quiet_find(const struct dro_evidence *evidence)
{
	struct dro_quiet q = {.heard = false};
	const struct dro_cell *c;
	int32_t day, last = INT32_MIN;
	size_t i;

	for (i = 0; i < evidence->n_cells; i++) {
		c = &evidence->cells[i];
		if (c->pass == 0 || (q.heard && c->day < q.last_day))
			continue;
		q.heard = true;
		q.last_day = c->day;
		q.stream = c->stream;
	}
	/* Sorted by begin, so a day that repeats follows itself. */
	for (i = 0; i < evidence->n_seen; i++) {
		day = dro_day_of(evidence->seen[i].begin);
		if ((q.heard && day <= q.last_day) || day == last)
			continue;
		last = day;
		q.report_days++;
	}
	return (q);
}
