#ifndef DRO_STAGE_FORECAST_H
#define DRO_STAGE_FORECAST_H

#include "base/arena.h"
#include "stage/decide.h"

/* A week's mail is told from at least a week, at most four, of evidence. */
#define DRO_FORECAST_DAYS 28
#define DRO_FORECAST_SOURCES 5

/* Whose failing mail it is. */
enum dro_flow_of {
	DRO_FLOW_LEGIT,
	DRO_FLOW_FORWARDED,
	DRO_FLOW_UNDECIDED,
	DRO_FLOW_THREAT,
	DRO_FLOWS
};

/* Messages a week, in thousandths. */
struct dro_flow {
	int64_t expected, upper;
};

/* A legitimate source that has failing mail. */
struct dro_flow_source {
	const char *key;
	int64_t failing, all; /* messages in the window */
	struct dro_flow flow;
};

/* What fails in a week, before any record does something about it. */
struct dro_forecast {
	bool known; /* false: too few days; the rest is empty */
	int32_t from_day;
	int days;
	struct dro_flow flows[DRO_FLOWS];
	int64_t share_ppm[DRO_RFC9989 + 1]; /* of the mail, by receivers */
	size_t n_sources;
	struct dro_flow_source sources[DRO_FORECAST_SOURCES]; /* most first */
};

/* What a record does to that in a week. */
struct dro_forecast_hit {
	struct dro_flow quarantined, rejected;
};

/* The forecast of a week ago beside the week that came. */
struct dro_backtest {
	bool known;
	int32_t from_day; /* of the week that came */
	struct dro_flow forecast[2]; /* legitimate; all others */
	int64_t came[2]; /* messages */
	bool held[2]; /* not more than the upper bound */
};

/**
 * dro_forecast_make(decision, evidence, to_day, out):
 * What failed in up to four weeks before ${to_day}, as messages a week.
 * Legitimate mail by source: expected is what failed, upper its volume times
 * the 95 % upper limit of its failure rate (Clopper-Pearson; assumes that
 * messages fail independently), and on top mail linked to a source by address
 * or broken signature only.  Mail of forwarders, undecided senders and threat,
 * as ${decision} sorts it, which looked at ${evidence}: expected is the mean
 * week, upper the worst seven days.  A receiver belongs to RFC 9989 if its
 * reporter shows the element for t, else to RFC 7489.  Names are
 * borrowed from ${decision}.
 */
void dro_forecast_make(const struct dro_decision *decision,
    const struct dro_evidence *evidence, int32_t to_day,
    struct dro_forecast *out);

/**
 * dro_forecast_hit(forecast, core, population, of):
 * What ${core} does in a week to the failing mail of ${of} at the receivers of
 * ${population}.
 */
struct dro_forecast_hit dro_forecast_hit(const struct dro_forecast *forecast,
    struct dro_core core, enum dro_population population, enum dro_flow_of of);

/**
 * dro_forecast_test(decision, evidence, to_day, out):
 * Put the forecast as of a week before ${to_day} beside the failing mail of
 * that week.
 */
void dro_forecast_test(const struct dro_decision *decision,
    const struct dro_evidence *evidence, int32_t to_day,
    struct dro_backtest *out);

/** dro_forecast_day(evidence): the day after the newest report's. */
int32_t dro_forecast_day(const struct dro_evidence *evidence);

/** dro_flow_name(of): "legit", "forwarded", "undecided" or "threat". */
const char *dro_flow_name(enum dro_flow_of of);

#endif /* !DRO_STAGE_FORECAST_H */
