#ifndef TESTS_FUZZ_CHECKED_H
#define TESTS_FUZZ_CHECKED_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "reports.h"

/* What the store and the gates rely on, in every report that is read. */
static inline void
check_report(const struct dro_report *r)
{
	int64_t pass = 0, fail = 0, unknown = 0, shown = 0;
	size_t i;

	for (i = 0; i < r->n_lines; i++) {
		pass += r->lines[i].pass;
		fail += r->lines[i].fail;
		unknown += r->lines[i].unknown;
	}
	for (i = 0; i < DRO_DISP_N; i++)
		shown += r->disposition[i];
	assert(pass == r->dmarc_pass && unknown == r->unknown);
	assert(pass + fail + unknown == r->messages && shown == r->messages);
	assert(r->messages >= 0 && r->rows >= 0);
	assert(r->domain[0] != '\0' && r->org[0] != '\0');
	assert(r->reporter[0] != '\0' && r->report_id[0] != '\0');
	assert(!r->counts || (r->rows > 0 && r->begin < r->end));
}

#endif /* !TESTS_FUZZ_CHECKED_H */
