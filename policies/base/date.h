#ifndef DRO_BASE_DATE_H
#define DRO_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* Times are Unix seconds, UTC; a day is the number of days since 1970. */
#define DRO_DAY_S INT64_C(86400)
#define DRO_HOUR_S INT64_C(3600)

/* "2026-11-21T06:12:09Z" and a NUL; years 0001..9999 only. */
#define DRO_DATE_LEN 21

/**
 * dro_date_format(t, out):
 * Write ${t} as RFC 3339 in UTC; times outside the years 1..9999 are written
 * as "?".  Return ${out}.
 */
const char *dro_date_format(int64_t t, char out[DRO_DATE_LEN]);

/**
 * dro_date_parse(s, out, err):
 * Read an RFC 3339 date-time with any numeric offset or Z, or a bare date
 * (then midnight UTC).  Fractions of a second are refused.  DRO_EPARSE names
 * what was found.
 */
enum dro_code dro_date_parse(
    const char *s, int64_t *out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_day_of(t): the UTC day in which ${t} lies, rounding down. */
int32_t dro_day_of(int64_t t);

/** dro_day_start(day): the first second of ${day}. */
int64_t dro_day_start(int32_t day);

#endif /* !DRO_BASE_DATE_H */
