#ifndef DRO_ORCHESTRATOR_INGEST_MEANING_H
#define DRO_ORCHESTRATOR_INGEST_MEANING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/domain.h"
#include "ingest/codes.h"
#include "ingest/xml.h"
#include "reports.h"

#define DRO_RANGE_MAX_S (8 * DRO_DAY_S) /* longer says nothing about a day */
#define DRO_RANGE_DAY_S (26 * DRO_HOUR_S) /* a day with clock changes */
#define DRO_WINDOW_S (400 * DRO_DAY_S) /* older evidence proves nothing now */

/* Room for what is made of the texts of a form. */
struct dro_meaning {
	char domain[DRO_DOMAIN_LEN];
	char org[DRO_XML_TEXT_MAX + 1];
	char reporter[DRO_XML_TEXT_MAX + 1];
	char report_id[DRO_XML_TEXT_MAX + 1];
};

/**
 * dro_meaning_take(form, now, room, out, warns, refused):
 * Read identity, range and policy of ${form} into ${out}, which borrows from
 * ${form} and ${room}.  False: what every report must have is missing or
 * wrong, see ${refused}.  Deviations go into ${warns}.
 */
bool dro_meaning_take(const struct dro_form *form, int64_t now,
    struct dro_meaning *room, struct dro_report *out, dro_warns *warns,
    struct dro_refused *refused);

#endif /* !DRO_ORCHESTRATOR_INGEST_MEANING_H */
