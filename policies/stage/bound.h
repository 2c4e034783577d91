#ifndef DRO_STAGE_BOUND_H
#define DRO_STAGE_BOUND_H

#include <stdint.h>

/*
 * The statistics of a failure rate, in the one file that uses double.
 * Counts are messages; rates are parts per million.
 */
#define DRO_PPM INT64_C(1000000)

/* E-values are compared and shown in thousandths; the log is capped. */
struct dro_evalue {
	int64_t milli; /* E * 1000, rounded down, capped at 10^15 */
	int64_t needed_milli; /* 1000 / alpha */
	int reached; /* E >= 1 / alpha, compared in log space */
};

/**
 * dro_bound_evalue(x, n, tau_ppm, alpha_ppm):
 * The e-process for "the true failure rate is tau or more" after ${x}
 * failures in ${n} messages: the mean over q in {0, tau/8, tau/4, tau/2} of
 * (q/tau)^x ((1-q)/(1-tau))^(n-x), with 0^0 = 1.  By Ville's inequality it
 * wrongly reaches 1/alpha with a chance of at most alpha, however often one
 * looks.  Needs 0 <= x <= n, 0 < tau, alpha < 10^6.
 */
struct dro_evalue dro_bound_evalue(
    int64_t x, int64_t n, int64_t tau_ppm, int64_t alpha_ppm);

/**
 * dro_bound_needed(x, n, tau_ppm, alpha_ppm):
 * How many more messages without a failure would make the e-process reach
 * 1/alpha; 0 if it is reached already.
 */
int64_t dro_bound_needed(
    int64_t x, int64_t n, int64_t tau_ppm, int64_t alpha_ppm);

/**
 * dro_bound_upper_ppm(x, n, alpha_ppm):
 * The one-sided upper Clopper-Pearson limit of the failure rate at
 * confidence 1 - alpha, rounded up; 10^6 for n == 0 or x == n.  Assumes
 * independent messages.
 */
int64_t dro_bound_upper_ppm(int64_t x, int64_t n, int64_t alpha_ppm);

/** dro_bound_rate_ppm(x, n): x / n rounded up; 0 for n == 0. */
int64_t dro_bound_rate_ppm(int64_t x, int64_t n);

#endif /* !DRO_STAGE_BOUND_H */
