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

/* Whose failing mail ${cell} is; linked mail is none of these flows. */
static bool
find_flow(const struct dro_decision *d, const struct dro_cell *cell,
    enum dro_flow_of *of)
{
	switch (d->sources[d->of_stream[cell->stream]].class) {
	case DRO_LEGIT:
	case DRO_LEGIT_BROKEN:
		*of = DRO_FLOW_LEGIT;
		return (!d->linked[cell->stream]);
	case DRO_FORWARDED:
		*of = DRO_FLOW_FORWARDED;
		return (true);
	case DRO_UNDECIDED:
		*of = DRO_FLOW_UNDECIDED;
		return (true);
	case DRO_THREAT:
		break;
	}
	*of = DRO_FLOW_THREAT;
	return (true);
}

/* What failed on each day of the window. */
struct days {
	int64_t fail[DRO_FORECAST_DAYS][DRO_FLOWS];
};

/* The days [from, from + n), n at most DRO_FORECAST_DAYS. */
static void
sum_days(const struct dro_decision *d, const struct dro_evidence *ev,
    int32_t from, int n, struct days *out)
{
	enum dro_flow_of of;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = ev->n_cells; i-- > 0 && ev->cells[i].day >= from;) {
		const struct dro_cell *c = &ev->cells[i];

		if (c->day < from + n && c->fail > 0 && find_flow(d, c, &of))
			out->fail[c->day - from][of] =
			    plus(out->fail[c->day - from][of], c->fail);
	}
}

/* ${n} days of one flow, from day ${first} of the window on. */
static int64_t
sum_flow(const struct days *days, int first, int n, enum dro_flow_of of)
{
	int64_t sum = 0;
	int i;

	for (i = first; i < first + n; i++)
		sum = plus(sum, days->fail[i][of]);
	return (sum);
}

/* What a legitimate source did on the days [from, to). */
struct sum {
	int64_t pass, fail, claimed;
};

/* Failing mail that is linked to source ${s} and nobody else's. */
static int64_t
sum_linked(const struct dro_decision *d, const struct dro_evidence *ev,
    size_t s, int32_t from, int32_t to)
{
	int64_t n = 0;
	size_t i;

	for (i = ev->n_cells; i-- > 0 && ev->cells[i].day >= from;) {
		const struct dro_cell *c = &ev->cells[i];

		if (c->day < to && d->of_stream[c->stream] == s &&
		    d->linked[c->stream])
			n = plus(n, c->fail);
	}
	return (n);
}

static struct sum
sum_source(const struct dro_decision *d, const struct dro_evidence *ev,
    size_t of, int32_t from, int32_t to)
{
	const struct dro_source *src = &d->sources[of];
	struct sum s = {0, 0, 0};
	size_t i;

	for (i = src->n_days; i-- > 0 && src->days[i].day >= from;) {
		if (src->days[i].day >= to)
			continue;
		s.pass = plus(s.pass, src->days[i].pass);
		s.fail = plus(s.fail, src->days[i].fail);
		s.claimed = plus(s.claimed, src->days[i].claimed);
	}
	/* Of that a forwarder may have sent some, which is his. */
	if (s.claimed > 0)
		s.claimed = sum_linked(d, ev, of, from, to);
	return (s);
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
add_legit(const struct dro_decision *d, const struct dro_evidence *ev,
    int32_t to, struct dro_forecast *out)
{
	struct dro_flow *flow = &out->flows[DRO_FLOW_LEGIT];
	struct dro_flow_source named;
	struct sum s;
	size_t i;

	for (i = 0; i < d->n_sources; i++) {
		if (!dro_source_is_legit(&d->sources[i]))
			continue;
		s = sum_source(d, ev, i, out->from_day, to);
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

/* The mean week, and the worst seven days in a row. */
static struct dro_flow
flow_of_others(const struct days *days, int n, enum dro_flow_of of)
{
	struct dro_flow flow;
	int64_t week;
	int k;

	flow.expected = weekly(sum_flow(days, 0, n, of), n);
	flow.upper = flow.expected;
	for (k = 0; k + WEEK <= n; k++) {
		week = sum_flow(days, k, WEEK, of) * 1000;
		if (week > flow.upper)
			flow.upper = week;
	}
	return (flow);
}

static void
add_others(const struct dro_decision *d, const struct dro_evidence *ev,
    struct dro_forecast *out)
{
	enum dro_flow_of of;
	struct days days;

	sum_days(d, ev, out->from_day, out->days, &days);
	for (of = DRO_FLOW_FORWARDED; of < DRO_FLOWS; of++)
		out->flows[of] = flow_of_others(&days, out->days, of);
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
		add_legit(decision, evidence, to_day, out);
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
	struct days week;
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
	sum_days(decision, evidence, out->from_day, WEEK, &week);
	for (of = DRO_FLOW_LEGIT; of < DRO_FLOWS; of++)
		out->came[of != DRO_FLOW_LEGIT] =
		    plus(out->came[of != DRO_FLOW_LEGIT],
			sum_flow(&week, 0, WEEK, of));
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
