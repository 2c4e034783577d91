#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stage/bound.h"

#include "tsv.h"

/* failures, messages, E in thousandths rounded to nearest */
static bool
check_evalue(char **field)
{
	struct dro_evalue e = dro_bound_evalue(
	    tsv_int(field[0]), tsv_int(field[1]), 10000, 50000);
	int64_t want = tsv_int(field[2]);

	return ((e.milli == want || e.milli == want - 1) &&
	    e.needed_milli == 20000 && e.reached == (want >= 20000));
}

static void
evalues_as_published(void **state)
{
	(void)state;
	tsv_each("bound-evalue.tsv", 3, check_evalue);
}

/* tau, alpha, failures, messages */
static bool
check_needed(char **field)
{
	int64_t tau = tsv_int(field[0]), alpha = tsv_int(field[1]);
	int64_t x = tsv_int(field[2]), n = tsv_int(field[3]);

	return (dro_bound_evalue(x, n, tau, alpha).reached &&
	    !dro_bound_evalue(x, n - 1, tau, alpha).reached &&
	    dro_bound_needed(x, x, tau, alpha) == n - x &&
	    dro_bound_needed(x, n - 1, tau, alpha) == 1 &&
	    dro_bound_needed(x, n, tau, alpha) == 0 &&
	    dro_bound_needed(x, n + 1000, tau, alpha) == 0);
}

static void
evalue_needs_as_many_messages_as_published(void **state)
{
	(void)state;
	tsv_each("bound-needed.tsv", 4, check_needed);
}

/* The definition, term by term, where plain double is wide enough. */
static double
plain_evalue(int x, int n, double tau)
{
	static const double parts[] = {0, 8, 4, 2};
	double sum = 0, q;
	int j;

	for (j = 0; j < 4; j++) {
		q = parts[j] > 0 ? tau / parts[j] : 0;
		sum += 0.25 * pow(q / tau, x) * pow((1 - q) / (1 - tau), n - x);
	}
	return (sum);
}

static void
evalue_is_its_definition(void **state)
{
	static const int64_t taus[] = {5000, 10000, 20000, 50000, 300000};
	double want, got;
	size_t i;
	int x, n;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(taus); i++)
		for (n = 0; n <= 600; n += 7)
			for (x = 0; x <= n && x <= 12; x++) {
				want =
				    plain_evalue(x, n, (double)taus[i] / 1e6);
				got = (double)dro_bound_evalue(
					  x, n, taus[i], 50000)
					  .milli /
				    1000;
				if (want >= 1e12)
					continue;
				assert_true(got <= want * (1 + 1e-9));
				assert_true(got > want * (1 - 1e-9) - 0.001);
			}
}

static void
evalue_survives_any_count(void **state)
{
	const int64_t huge = INT64_C(1) << 60;
	struct dro_evalue e;

	(void)state;
	e = dro_bound_evalue(0, huge, 10000, 50000);
	assert_true(e.reached);
	assert_true(e.milli == INT64_C(1000000000000000));
	e = dro_bound_evalue(huge, huge, 10000, 50000);
	assert_false(e.reached);
	assert_true(e.milli == 0);
	e = dro_bound_evalue(1, 1, 10000, 50000);
	assert_false(e.reached);

	/* Far more failures than any number of messages could outweigh. */
	assert_true(dro_bound_needed(huge, huge, 10000, 50000) > huge);
	assert_true(
	    dro_bound_needed(huge, huge, 10000, 50000) <= INT64_MAX - huge);
}

static void
needed_milli_is_one_by_alpha_rounded_up(void **state)
{
	(void)state;
	assert_true(dro_bound_evalue(0, 1, 10000, 50000).needed_milli == 20000);
	assert_true(
	    dro_bound_evalue(0, 1, 10000, 10000).needed_milli == 100000);
	assert_true(dro_bound_evalue(0, 1, 10000, 25000).needed_milli == 40000);
	assert_true(dro_bound_evalue(0, 1, 10000, 30000).needed_milli == 33334);
}

#define FAILS_MAX 700

/*
 * Chance that a domain of which the share ${rate} truly fails ever passes
 * tau = 1 % when it is looked at each day: the distribution of failures, day
 * by day, less what passed.
 */
static double
ever_passes(double rate, int per_day, int days)
{
	static double p[FAILS_MAX];
	double passed = 0;
	int day, i, x;

	memset(p, 0, sizeof(p));
	p[0] = 1;
	for (day = 1; day <= days; day++) {
		for (i = 0; i < per_day; i++) {
			for (x = FAILS_MAX - 1; x > 0; x--)
				p[x] = p[x] * (1 - rate) + p[x - 1] * rate;
			p[0] *= 1 - rate;
		}
		for (x = 0; x < FAILS_MAX && x <= day * per_day; x++)
			if (dro_bound_evalue(
				x, (int64_t)day * per_day, 10000, 50000)
				.reached) {
				passed += p[x];
				p[x] = 0;
			}
	}
	return (passed);
}

static bool
check_daily(char **field)
{
	const char *dot = strchr(field[3], '.');
	double chance = ever_passes((double)tsv_int(field[0]) / 1e6,
	    (int)tsv_int(field[1]), (int)tsv_int(field[2]));
	char text[16];

	(void)snprintf(text, sizeof(text), "%.*f",
	    dot != NULL ? (int)strlen(dot + 1) : 0, chance * 100);
	return (strcmp(text, field[3]) == 0);
}

static void
daily_looks_keep_the_promise(void **state)
{
	(void)state;
	tsv_each("bound-daily.tsv", 4, check_daily);
}

/* failures, messages, limit in per cent with the digits published */
static bool
check_upper(char **field)
{
	const char *dot = strchr(field[2], '.');
	double unit = pow(10, 4 - (double)strlen(dot + 1));
	double want = strtod(field[2], NULL) * 10000;
	int64_t got =
	    dro_bound_upper_ppm(tsv_int(field[0]), tsv_int(field[1]), 50000);

	/* Published figures are rounded to nearest, ours is rounded up. */
	return (fabs((double)got - want) <= unit / 2 + 1);
}

static void
upper_limits_as_published(void **state)
{
	(void)state;
	tsv_each("bound-upper.tsv", 3, check_upper);
}

/* tau, alpha, failures, messages */
static bool
check_messages(char **field)
{
	int64_t tau = tsv_int(field[0]), alpha = tsv_int(field[1]);
	int64_t x = tsv_int(field[2]), n = tsv_int(field[3]);

	return (dro_bound_upper_ppm(x, n, alpha) <= tau &&
	    dro_bound_upper_ppm(x, n - 1, alpha) > tau);
}

static void
upper_limit_needs_as_many_messages_as_published(void **state)
{
	(void)state;
	tsv_each("bound-messages.tsv", 4, check_messages);
}

/* messages, tau, most failures allowed or "-" */
static bool
check_allowed(char **field)
{
	int64_t n = tsv_int(field[0]), tau = tsv_int(field[1]);
	int64_t x = field[2][0] == '-' ? -1 : tsv_int(field[2]);

	return ((x < 0 || dro_bound_upper_ppm(x, n, 50000) <= tau) &&
	    dro_bound_upper_ppm(x + 1, n, 50000) > tau);
}

static void
upper_limit_allows_as_many_failures_as_published(void **state)
{
	(void)state;
	tsv_each("bound-allowed.tsv", 3, check_allowed);
}

/* Chance of at most ${x} failures in ${n}, summed term by term. */
static double
plain_tail(int x, int n, double p)
{
	double term = pow(1 - p, n), sum = term;
	int k;

	for (k = 1; k <= x; k++) {
		term *= (double)(n - k + 1) / k * p / (1 - p);
		sum += term;
	}
	return (sum);
}

static void
upper_limit_solves_the_binomial_tail(void **state)
{
	static const int64_t alphas[] = {10000, 50000, 250000, 500000};
	double alpha, limit;
	size_t i;
	int x, n;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(alphas); i++)
		for (n = 1; n <= 60; n++)
			for (x = 0; x < n; x++) {
				alpha = (double)alphas[i] / 1e6;
				limit = (double)dro_bound_upper_ppm(
					    x, n, alphas[i]) /
				    1e6;
				assert_true(limit < 1 + 1e-9);
				assert_true(plain_tail(x, n, limit - 1e-6) >
				    alpha * (1 - 1e-9));
				if (limit < 1)
					assert_true(plain_tail(x, n, limit) <=
					    alpha * (1 + 1e-9));
			}
}

/*
 * More failures among as many messages never prove more, more messages with
 * as many failures never less, and a looser limit is never harder to keep.
 */
static void
bounds_are_monotone(void **state)
{
	static const int64_t sizes[] = {1, 5, 20, 59, 300, 1000, 20000};
	static const int64_t limits[] = {1000, 5000, 10000, 20000, 50000};
	int64_t n, x, tau;
	size_t i, j;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(sizes); i++)
		for (x = 0; x < sizes[i] && x < 60; x++) {
			n = sizes[i];
			assert_true(dro_bound_upper_ppm(x, n, 50000) <=
			    dro_bound_upper_ppm(x + 1, n, 50000));
			assert_true(dro_bound_upper_ppm(x, n, 50000) >=
			    dro_bound_upper_ppm(x, n + 1, 50000));
			assert_true(dro_bound_rate_ppm(x, n) <=
			    dro_bound_rate_ppm(x + 1, n));
			for (j = 0; j < DRO_ARRAY_LEN(limits); j++) {
				tau = limits[j];
				assert_true(
				    dro_bound_evalue(x, n, tau, 50000).milli >=
				    dro_bound_evalue(x + 1, n, tau, 50000)
					.milli);
				assert_true(
				    dro_bound_needed(x, n, tau, 50000) <=
				    dro_bound_needed(x + 1, n, tau, 50000));
				if (j > 0)
					assert_true(dro_bound_needed(
							x, n, tau, 50000) <=
					    dro_bound_needed(
						x, n, limits[j - 1], 50000));
			}
		}
}

/* With no failure the limit is 1 - alpha^(1/n), whatever the size. */
static void
upper_limit_without_failures_is_closed_form(void **state)
{
	int64_t n;

	(void)state;
	for (n = 1; n <= INT64_C(1000000000); n *= 10)
		assert_true(dro_bound_upper_ppm(0, n, 50000) ==
		    (int64_t)ceil(-expm1(log(0.05) / (double)n) * 1e6));
}

/*
 * Large counts: the normal limit of the binomial says x/n + 1.645 sd, which
 * at these sizes is right to a part per million or so.
 */
static void
upper_limit_of_large_counts(void **state)
{
	static const int64_t counts[][2] = {{50000, 10000000},
	    {10000000, 1000000000}, {500000000, 1000000000},
	    {999000000, 1000000000}};
	double p, want;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(counts); i++) {
		p = (double)counts[i][0] / (double)counts[i][1];
		want = p + 1.6448536 * sqrt(p * (1 - p) / (double)counts[i][1]);
		assert_true(fabs((double)dro_bound_upper_ppm(
				     counts[i][0], counts[i][1], 50000) -
				want * 1e6) < 1.5);
	}

	/* Counts that only a hostile report would hold. */
	assert_true(
	    dro_bound_upper_ppm(INT64_MAX / 2, INT64_MAX, 50000) > 499999);
	assert_true(
	    dro_bound_upper_ppm(INT64_MAX / 2, INT64_MAX, 50000) < 500100);
	assert_true(dro_bound_upper_ppm(0, INT64_MAX, 50000) <= 1);
	assert_true(dro_bound_upper_ppm(1, INT64_MAX, 50000) <= 1);
	assert_true(
	    dro_bound_upper_ppm(INT64_MAX - 1, INT64_MAX, 50000) == DRO_PPM);
}

static void
upper_limit_of_nothing_is_everything(void **state)
{
	(void)state;
	assert_true(dro_bound_upper_ppm(0, 0, 50000) == DRO_PPM);
	assert_true(dro_bound_upper_ppm(1, 1, 50000) == DRO_PPM);
	assert_true(dro_bound_upper_ppm(300, 300, 50000) == DRO_PPM);
	assert_true(
	    dro_bound_upper_ppm(INT64_MAX, INT64_MAX, 50000) == DRO_PPM);
	assert_true(dro_bound_upper_ppm(0, 1, 50000) == 950000);
}

static void
rates_round_up(void **state)
{
	(void)state;
	assert_true(dro_bound_rate_ppm(0, 0) == 0);
	assert_true(dro_bound_rate_ppm(0, 10) == 0);
	assert_true(dro_bound_rate_ppm(1, 3) == 333334);
	assert_true(dro_bound_rate_ppm(2, 3) == 666667);
	assert_true(dro_bound_rate_ppm(1, 2) == 500000);
	assert_true(dro_bound_rate_ppm(3, 3) == DRO_PPM);
	assert_true(dro_bound_rate_ppm(1, INT64_MAX) == 1);
	assert_true(dro_bound_rate_ppm(INT64_MAX, INT64_MAX) == DRO_PPM);
	assert_true(dro_bound_rate_ppm(INT64_MAX / 4, INT64_MAX) == 250000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(evalues_as_published),
	    cmocka_unit_test(evalue_needs_as_many_messages_as_published),
	    cmocka_unit_test(evalue_is_its_definition),
	    cmocka_unit_test(evalue_survives_any_count),
	    cmocka_unit_test(needed_milli_is_one_by_alpha_rounded_up),
	    cmocka_unit_test(daily_looks_keep_the_promise),
	    cmocka_unit_test(upper_limits_as_published),
	    cmocka_unit_test(upper_limit_needs_as_many_messages_as_published),
	    cmocka_unit_test(upper_limit_allows_as_many_failures_as_published),
	    cmocka_unit_test(upper_limit_solves_the_binomial_tail),
	    cmocka_unit_test(bounds_are_monotone),
	    cmocka_unit_test(upper_limit_without_failures_is_closed_form),
	    cmocka_unit_test(upper_limit_of_large_counts),
	    cmocka_unit_test(upper_limit_of_nothing_is_everything),
	    cmocka_unit_test(rates_round_up),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
