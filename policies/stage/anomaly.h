#ifndef DRO_STAGE_ANOMALY_H
#define DRO_STAGE_ANOMALY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "stage/clock.h"
#include "stage/evidence.h"
#include "stage/facts.h"

#define DRO_ANOMALIES_MAX 8
/* What looks odd is asked about for so long after its day ... */
#define DRO_ANOMALY_DAYS 28
/* ... and an answer holds until the evidence is gone anyway. */
#define DRO_ANSWER_S (DRO_EVIDENCE_DAYS * DRO_DAY_S)

/*
 * Something implausible in the reports of authenticated reporters: a question
 * for a person.  ${kind} ("volume", "overlap", "policy", "address") and
 * ${key} together are the question that an answer names.
 */
struct dro_anomaly {
	const char *kind;
	const char *key;
	int32_t last_day; /* of what is odd; UTC */
	const char *text; /* one clause, with the numbers */
};

struct dro_anomalies {
	size_t n;
	struct dro_anomaly items[DRO_ANOMALIES_MAX];
};

/**
 * dro_anomaly_find(evidence, facts, core, settled_at, clock, arena, out, err):
 * What is odd in the last DRO_ANOMALY_DAYS and that nobody has answered:
 *
 *   volume   the mail that passes on one day at one reporter is more than 10
 *            times its median day, while no other reporter saw a rise
 *   overlap  ranges of one reporter that overlap by more than an hour, so
 *            that mail may be counted twice; equal ranges are one report that
 *            was sent in parts
 *   policy   3 or more reports of one reporter begin after ${settled_at}, and
 *            none shows the live ${core} in the tags that it shows
 *   address  more than a fifth of the mail that passes comes from one address
 *            that only one of several reporters saw
 *
 * each of 100 messages or more.  Mail that fails is left out: anybody can
 * send it in any number, and it moves nothing upwards.  DRO_ENOMEM.
 */
enum dro_code dro_anomaly_find(const struct dro_evidence *evidence,
    const struct dro_facts *facts, struct dro_core core, int64_t settled_at,
    struct dro_clock *clock, struct dro_arena *arena, struct dro_anomalies *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STAGE_ANOMALY_H */
