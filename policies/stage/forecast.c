#include <string.h>

#include "base/date.h"
#include "stage/bound.h"
#include "stage/forecast.h"

#define WEEK 7
#define ALPHA_PPM INT64_C(50000)

/* No four weeks have more messages: what claims to is cut to this. */
#define SUM_MAX (INT64_C(1) << 40)

static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	return (dro_add_overflow(a, b, &sum) || sum > SUM_MAX ? SUM_MAX : sum);
}

/* ${n} parts per million of ${whole}, which may be large. */
static int64_t
part(int64_t whole, int64_t ppm)
{
	return (whole / DRO_PPM * ppm + whole % DRO_PPM * ppm / DRO_PPM);
}

/* ${n} messages in ${days} as thousandths a week. */
static int64_t
weekly(int64_t n, int days)
{
	return (n * WEEK * 1000 / days);
}

static int64_t
share_ppm(int64_t n, int64_t all)
{
	return (all == 0 ? 0 : DRO_PPM - dro_bound_rate_ppm(all - n, all));
}

/* What sources that are legitimate did on the days [from, to). */
struct sum {
	int64_t pass, fail, claimed;
};

static struct sum
sum_source(const struct dro_source *src, int32_t from, int32_t to)
{
	struct sum s = {0, 0, 0};
	size_t i;

	for (i = src->n_days; i-- > 0 && src->days[i].day >= from;) {
		if (src->days[i].day >= to)
			continue;
		s.pass = plus(s.pass, src->days[i].pass);
		s.fail = plus(s.fail, src->days[i].fail);
		s.claimed = plus(s.claimed, src->days[i].claimed);
	}
	return (s);
}

static struct sum
sum_legit(const struct dro_decision *d, int32_t from, int32_t to)
{
	struct sum all = {0, 0, 0}, s;
	size_t i;

	for (i = 0; i < d->n_sources; i++) {
		s = sum_source(&d->sources[i], from, to);
		all.pass = plus(all.pass, s.pass);
		all.fail = plus(all.fail, s.fail);
		all.claimed = plus(all.claimed, s.claimed);
	}
	return (all);
}

/* All failing mail of the days [from, to). */
static int64_t
sum_failing(const struct dro_evidence *ev, int32_t from, int32_t to)
{
	int64_t n = 0;
	size_t i;

	for (i = ev->n_cells; i-- > 0 && ev->cells[i].day >= from;)
		if (ev->cells[i].day < to)
			n = plus(n, ev->cells[i].fail);
	return (n);
}

/* What of it no legitimate source has to do with. */
static int64_t
sum_others(const struct dro_decision *d, const struct dro_evidence *ev,
    int32_t from, int32_t to)
{
	struct sum legit = sum_legit(d, from, to);
	int64_t n = sum_failing(ev, from, to) - legit.fail - legit.claimed;

	return (n > 0 ? n : 0);
}

/* Keep the largest few by what is expected, then by what is possible. */
static void
name_source(struct dro_forecast *out, const struct dro_flow_source *s)
{
	size_t i = out->n_sources;

	while (i > 0 &&
	    (out->sources[i - 1].flow.expected < s->flow.expected ||
		(out->sources[i - 1].flow.expected == s->flow.expected &&
		    out->sources[i - 1].flow.upper < s->flow.upper))) {
		if (i < DRO_FORECAST_SOURCES)
			out->sources[i] = out->sources[i - 1];
		i--;
	}
	if (i == DRO_FORECAST_SOURCES)
		return;
	out->sources[i] = *s;
	if (out->n_sources < DRO_FORECAST_SOURCES)
		out->n_sources++;
}

static void
add_legit(const struct dro_decision *d, int32_t to, struct dro_forecast *out)
{
	struct dro_flow *flow = &out->flows[DRO_FLOW_LEGIT];
	struct dro_flow_source named;
	struct sum s;
	size_t i;

	for (i = 0; i < d->n_sources; i++) {
		s = sum_source(&d->sources[i], out->from_day, to);
		named = (struct dro_flow_source){.key = d->sources[i].key,
		    .failing = s.fail,
		    .all = plus(s.pass, s.fail)};
		if (named.all + s.claimed == 0)
			continue;
		named.flow.expected = weekly(s.fail, out->days);
		named.flow.upper = weekly(s.claimed, out->days);
		if (named.all > 0)
			named.flow.upper += part(weekly(named.all, out->days),
			    dro_bound_upper_ppm(s.fail, named.all, ALPHA_PPM));
		flow->expected += named.flow.expected;
		flow->upper += named.flow.upper;
		name_source(out, &named);
	}
}

static struct dro_flow
flow_of_others(const struct dro_decision *d, const struct dro_evidence *ev,
    int32_t from, int days)
{
	struct dro_flow flow;
	int64_t n;
	int k;

	flow.expected = weekly(sum_others(d, ev, from, from + days), days);
	flow.upper = flow.expected;
	for (k = 0; k + WEEK <= days; k++) {
		n = sum_others(d, ev, from + k, from + k + WEEK) * 1000;
		if (n > flow.upper)
			flow.upper = n;
	}
	return (flow);
}

static void
add_others(const struct dro_decision *d, const struct dro_evidence *ev,
    struct dro_forecast *out)
{
	struct dro_flow all = flow_of_others(d, ev, out->from_day, out->days);
	const struct dro_tally *t = &d->tally;
	int64_t weights[DRO_FLOWS] = {0}, sum, ppm;
	enum dro_flow_of of;

	weights[DRO_FLOW_FORWARDED] = t->forwarded;
	weights[DRO_FLOW_UNDECIDED] = t->undecided;
	sum = plus(plus(t->forwarded, t->undecided), t->threat);
	for (of = DRO_FLOW_FORWARDED; of < DRO_FLOW_THREAT; of++) {
		ppm = share_ppm(weights[of], sum);
		out->flows[of].expected = part(all.expected, ppm);
		out->flows[of].upper = part(all.upper, ppm);
	}
	/* The rest, so that nothing is lost by rounding. */
	out->flows[DRO_FLOW_THREAT].expected = all.expected -
	    out->flows[DRO_FLOW_FORWARDED].expected -
	    out->flows[DRO_FLOW_UNDECIDED].expected;
	out->flows[DRO_FLOW_THREAT].upper = all.upper -
	    out->flows[DRO_FLOW_FORWARDED].upper -
	    out->flows[DRO_FLOW_UNDECIDED].upper;
}

static bool
shows_t(const struct dro_evidence *ev, uint32_t reporter)
{
	size_t i;

	for (i = ev->n_seen; i-- > 0;)
		if (ev->seen[i].reporter == reporter && ev->seen[i].has_t)
			return (true);
	return (false);
}

/* How the mail is spread over receivers of either kind. */
static void
set_shares(const struct dro_evidence *ev, int32_t to, struct dro_forecast *out)
{
	int64_t new = 0, all = 0, n;
	uint32_t r;
	size_t i;

	for (r = 0; r < ev->n_reporters; r++) {
		for (n = 0, i = ev->n_cells;
		     i-- > 0 && ev->cells[i].day >= out->from_day;)
			if (ev->cells[i].reporter == r && ev->cells[i].day < to)
				n = plus(n,
				    plus(ev->cells[i].pass, ev->cells[i].fail));
		all = plus(all, n);
		if (n > 0 && shows_t(ev, r))
			new = plus(new, n);
	}
	out->share_ppm[DRO_RFC9989] = share_ppm(new, all);
	out->share_ppm[DRO_RFC7489] = DRO_PPM - out->share_ppm[DRO_RFC9989];
}

int32_t
dro_forecast_day(const struct dro_evidence *evidence)
{
	if (evidence->n_seen == 0)
		return (0);
	return (dro_day_of(evidence->seen[evidence->n_seen - 1].begin) + 1);
}

void
dro_forecast_make(const struct dro_decision *decision,
    const struct dro_evidence *evidence, int32_t to_day,
    struct dro_forecast *out)
{
	int32_t first;

	memset(out, 0, sizeof(*out));
	if (evidence->n_seen == 0)
		return;
	first = dro_day_of(evidence->seen[0].begin);
	out->from_day = to_day - DRO_FORECAST_DAYS > first
	    ? to_day - DRO_FORECAST_DAYS
	    : first;
	out->days = to_day - out->from_day;
	if ((out->known = out->days >= WEEK)) {
		add_legit(decision, to_day, out);
		add_others(decision, evidence, out);
		set_shares(evidence, to_day, out);
	}
}

/* ${percent} of what goes to receivers with that share of the mail. */
static struct dro_flow
cut(const struct dro_flow *flow, int64_t share, int percent)
{
	return ((struct dro_flow){part(flow->expected, share) * percent / 100,
	    part(flow->upper, share) * percent / 100});
}

struct dro_forecast_hit
dro_forecast_hit(const struct dro_forecast *forecast, struct dro_core core,
    enum dro_population population, enum dro_flow_of of)
{
	struct dro_effect e = dro_effect(core, population);
	int64_t share = forecast->share_ppm[population];

	return ((struct dro_forecast_hit){
	    cut(&forecast->flows[of], share, e.quarantine),
	    cut(&forecast->flows[of], share, e.reject)});
}

void
dro_forecast_test(const struct dro_decision *decision,
    const struct dro_evidence *evidence, int32_t to_day,
    struct dro_backtest *out)
{
	struct dro_forecast then;
	enum dro_flow_of of;
	int i;

	memset(out, 0, sizeof(*out));
	out->from_day = to_day - WEEK;
	dro_forecast_make(decision, evidence, out->from_day, &then);
	if (!(out->known = then.known))
		return;
	out->forecast[0] = then.flows[DRO_FLOW_LEGIT];
	for (of = DRO_FLOW_FORWARDED; of < DRO_FLOWS; of++) {
		out->forecast[1].expected += then.flows[of].expected;
		out->forecast[1].upper += then.flows[of].upper;
	}
	out->came[0] = sum_legit(decision, out->from_day, to_day).fail;
	out->came[1] = sum_others(decision, evidence, out->from_day, to_day);
	for (i = 0; i < 2; i++)
		out->held[i] = out->came[i] * 1000 <= out->forecast[i].upper;
}

const char *
dro_flow_name(enum dro_flow_of of)
{
	static const char *const names[] = {
	    "legit", "forwarded", "undecided", "threat"};

	return (names[of]);
}
