#include <stdio.h>
#include <string.h>

#include "base/date.h"

/* Days since 1970-01-01 of a proleptic Gregorian date. */
static int64_t
days_from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

static void
civil_from_days(int64_t z, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

const char *
dro_date_format(int64_t t, char out[DRO_DATE_LEN])
{
	int64_t y, m, d, s;

	if (t < INT64_C(-62135596800) || t > INT64_C(253402300799)) {
		memcpy(out, "?", 2);
		return (out);
	}
	civil_from_days(dro_day_of(t), &y, &m, &d);
	s = t - dro_day_start(dro_day_of(t));
	(void)snprintf(out, DRO_DATE_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)(y % 10000), (unsigned)(m % 100), (unsigned)(d % 100),
	    (unsigned)(s / 3600 % 100), (unsigned)(s / 60 % 60),
	    (unsigned)(s % 60));
	return (out);
}

/* Read exactly ${n} digits at *s and move it on; -1 if they are not there. */
static int
digits(const char **s, int n)
{
	int v = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return (-1);
		v = v * 10 + (**s - '0');
	}
	return (v);
}

static bool
accept(const char **s, char c)
{
	if (**s != c)
		return (false);
	(*s)++;
	return (true);
}

static int
days_in_month(int y, int m)
{
	static const int len[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return (len[m - 1] +
	    (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)));
}

enum dro_code
dro_date_parse(const char *s, int64_t *out, struct dro_err *err)
{
	const char *p = s;
	int y, mo, d, h = 0, mi = 0, sec = 0, oh = 0, om = 0, sign = 1;

	y = digits(&p, 4);
	if (y < 1 || !accept(&p, '-') || (mo = digits(&p, 2)) < 1 || mo > 12 ||
	    !accept(&p, '-') || (d = digits(&p, 2)) < 1 ||
	    d > days_in_month(y, mo))
		goto bad;
	if (*p != '\0') {
		if ((!accept(&p, 'T') && !accept(&p, 't')) ||
		    (h = digits(&p, 2)) < 0 || h > 23 || !accept(&p, ':') ||
		    (mi = digits(&p, 2)) < 0 || mi > 59 || !accept(&p, ':') ||
		    (sec = digits(&p, 2)) < 0 || sec > 59)
			goto bad;
		if (!accept(&p, 'Z') && !accept(&p, 'z')) {
			sign = *p == '-' ? -1 : 1;
			if (*p != '-' && *p != '+')
				goto bad;
			p++;
			if ((oh = digits(&p, 2)) < 0 || oh > 23 ||
			    !accept(&p, ':') || (om = digits(&p, 2)) < 0 ||
			    om > 59)
				goto bad;
		}
		if (*p != '\0')
			goto bad;
	}
	*out = days_from_civil(y, mo, d) * DRO_DAY_S + h * DRO_HOUR_S +
	    mi * INT64_C(60) + sec -
	    sign * (oh * DRO_HOUR_S + om * INT64_C(60));
	return (DRO_OK);
bad:
	return (dro_err_set(err, DRO_EPARSE,
	    "\"%.40s\": not a date as RFC 3339 writes it, "
	    "such as 2026-11-21T06:00:00Z",
	    s));
}

int32_t
dro_day_of(int64_t t)
{
	int64_t day = t / DRO_DAY_S - (t % DRO_DAY_S < 0);

	if (day > INT32_MAX)
		return (INT32_MAX);
	return (day < INT32_MIN ? INT32_MIN : (int32_t)day);
}

int64_t
dro_day_start(int32_t day)
{
	return ((int64_t)day * DRO_DAY_S);
}
