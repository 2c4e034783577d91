#ifndef DRO_PARKED_LOOKS_H
#define DRO_PARKED_LOOKS_H

#include "parked/park.h"
#include "parked/quiet.h"
#include "stage/context.h"

/* What the files of one decision about parking share; nobody else includes it.
 */

/* A decision in progress; ${c} is shared with the looks of stage/. */
struct dro_park {
	struct dro_ctx c;
	const struct dro_park_input *in;
	struct dro_park_plan *plan;
	struct dro_quiet quiet;
};

/** dro_park_live(p, part): the record set of ${part} as DNS shows it. */
const struct dro_rrset *dro_park_live(
    const struct dro_park *p, enum dro_part part);

/** dro_park_is_done(p, part): whether it is as wanted. */
bool dro_park_is_done(const struct dro_park *p, enum dro_part part);

/** dro_park_first_open(p): first part not verified; DRO_PARTS: all are. */
enum dro_part dro_park_first_open(const struct dro_park *p);

/** dro_park_begun(p): receivers refuse its mail from here on. */
bool dro_park_begun(const struct dro_park *p);

/**
 * dro_park_look(p):
 * The looks in the order of docs/parked.md.  False: the decision is made, and
 * ${p}->c.out says why nothing moves.
 */
bool dro_park_look(struct dro_park *p);

#endif /* !DRO_PARKED_LOOKS_H */
