#include <assert.h>
#include <float.h>
#include <math.h>
#include <stddef.h>

#include "base/compiler.h"
#include "stage/bound.h"

#define MILLI_CAP INT64_C(1000000000000000)

/* The alternatives to tau that the e-process bets on, as shares of tau. */
static const double bets[] = {0.0, 0.125, 0.25, 0.5};

/*
 * ln E.  Each bet is a likelihood ratio; their mean is taken by
 * log-sum-exp, because the ratios leave the range of double at about 10^5
 * messages.
 */
static double
log_evalue(int64_t x, int64_t n, double tau)
{
	double logs[DRO_ARRAY_LEN(bets)], max = -INFINITY, sum = 0;
	size_t i, n_bets = DRO_ARRAY_LEN(bets);

	for (i = 0; i < n_bets; i++) {
		logs[i] =
		    (double)(n - x) * (log1p(-bets[i] * tau) - log1p(-tau));
		if (x > 0)
			logs[i] += (double)x * log(bets[i]);
		max = fmax(max, logs[i]);
	}
	for (i = 0; i < n_bets; i++)
		sum += exp(logs[i] - max);
	return (max + log(sum / (double)n_bets));
}

static double
share(int64_t ppm)
{
	return ((double)ppm / (double)DRO_PPM);
}

struct dro_evalue
dro_bound_evalue(int64_t x, int64_t n, int64_t tau_ppm, int64_t alpha_ppm)
{
	struct dro_evalue out = {.milli = MILLI_CAP};
	double ln;

	assert(x >= 0 && x <= n && tau_ppm > 0 && tau_ppm < DRO_PPM);
	assert(alpha_ppm > 0 && alpha_ppm < DRO_PPM);
	ln = log_evalue(x, n, share(tau_ppm));
	if (ln < log((double)MILLI_CAP / 1000))
		out.milli = (int64_t)floor(exp(ln) * 1000);
	out.needed_milli = (1000 * DRO_PPM + alpha_ppm - 1) / alpha_ppm;
	out.reached = ln >= -log(share(alpha_ppm));
	return (out);
}

int64_t
dro_bound_needed(int64_t x, int64_t n, int64_t tau_ppm, int64_t alpha_ppm)
{
	int64_t below = -1, enough = 0, middle;

	/* E grows with every clean message, so doubling finds an end. */
	while (!dro_bound_evalue(x, n + enough, tau_ppm, alpha_ppm).reached) {
		below = enough;
		if (enough > (INT64_MAX - n) / 2 - 1)
			return (INT64_MAX - n);
		enough = 2 * enough + 1;
	}
	while (enough - below > 1) {
		middle = below + (enough - below) / 2;
		if (dro_bound_evalue(x, n + middle, tau_ppm, alpha_ppm).reached)
			enough = middle;
		else
			below = middle;
	}
	return (enough);
}

static double
log_factorial(double n)
{
	int sign;

	return (lgamma_r(n + 1, &sign));
}

/* ln of n over x. */
static double
log_choose(double n, double x)
{
	return (log_factorial(n) - log_factorial(x) - log_factorial(n - x));
}

/*
 * ln of the chance of at most ${x} failures in ${n} when each fails with
 * chance ${p} >= x/n.  The terms fall from k = x downwards, so the sum is
 * cut where they stop to count: after some sqrt(n) of them.  ${choose} is
 * log_choose(n, x).
 */
static double
log_lower_tail(double x, double n, double p, double choose)
{
	double k = x, term = 1, sum = 1;

	while (k > 0 && term > sum * DBL_EPSILON / 16) {
		term *= k * (1 - p) / ((n - k + 1) * p);
		sum += term;
		k--;
	}
	return (choose + x * log(p) + (n - x) * log1p(-p) + log(sum));
}

/* Round up, but not for the last digits of the arithmetic. */
static int64_t
ppm_above(double share)
{
	return ((int64_t)ceil(share * (double)DRO_PPM - 1e-6));
}

int64_t
dro_bound_upper_ppm(int64_t x, int64_t n, int64_t alpha_ppm)
{
	/* Above this, scale down: wider, hence safe, and still quick. */
	static const double n_max = 1e9;
	double fails = (double)x, all = (double)n, low, high = 1, p;
	double choose, chance = log(share(alpha_ppm));

	assert(x >= 0 && x <= n && alpha_ppm > 0 && alpha_ppm <= DRO_PPM / 2);
	if (all > n_max) {
		fails = ceil(fails * (n_max / all));
		all = n_max;
	}
	if (fails >= all)
		return (DRO_PPM);

	/* Where the tail is alpha; it is at least 1/2 at x/n. */
	low = fails / all;
	choose = log_choose(all, fails);
	while (ppm_above(low) < ppm_above(high)) {
		p = (low + high) / 2;
		if (p <= low || p >= high)
			break;
		if (log_lower_tail(fails, all, p, choose) > chance)
			low = p;
		else
			high = p;
	}
	return (ppm_above(high));
}

int64_t
dro_bound_rate_ppm(int64_t x, int64_t n)
{
	int64_t scaled;

	assert(x >= 0 && x <= n);
	if (n == 0)
		return (0);
	if (!dro_mul_overflow(x, DRO_PPM, &scaled))
		return (scaled / n + (scaled % n != 0));
	return ((int64_t)ceil((double)x / (double)n * (double)DRO_PPM));
}
