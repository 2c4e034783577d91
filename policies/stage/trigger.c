#include <string.h>

#include "stage/bound.h"
#include "stage/trigger.h"

#define BASELINE_GOOD 20 /* good messages a baseline needs */
#define BASELINE_DAYS 28 /* how far a baseline reaches back */
#define BASELINE_ONE_IN 50 /* at most 2 % of it may fail */
#define WINDOW_FAILS 5 /* failing messages a case needs */
#define WINDOW_ONE_IN 5 /* more than 20 % failing */
#define RECENT_DAYS 7 /* report days in which a case may end */
#define WEEK 7

/* One reporter's view of one source on one day. */
struct mark {
	bool reported; /* the reporter told about the domain that day */
	int64_t pass, fail;
};

/*
 * All reporters' views of one source over the report days of a domain:
 * marks[day * n_reporters + reporter].
 */
struct grid {
	const struct dro_source *source;
	size_t n_days, n_reporters;
	int32_t *days; /* ascending */
	struct mark *marks;
};

static struct mark *
mark_at(const struct grid *g, size_t day, size_t reporter)
{
	return (&g->marks[day * g->n_reporters + reporter]);
}

/* The report days of the domain; cells come sorted by day. */
static bool
grid_init(
    const struct dro_evidence *ev, struct dro_arena *arena, struct grid *g)
{
	size_t i;

	g->n_reporters = ev->n_reporters;
	g->days = dro_arena_alloc(arena, ev->n_cells, sizeof(*g->days));
	if (g->days == NULL)
		return (false);
	for (i = 0; i < ev->n_cells; i++)
		if (g->n_days == 0 ||
		    g->days[g->n_days - 1] != ev->cells[i].day)
			g->days[g->n_days++] = ev->cells[i].day;
	g->marks = dro_arena_alloc(
	    arena, g->n_days, g->n_reporters * sizeof(*g->marks));
	return (g->marks != NULL);
}

static void
grid_fill(const struct dro_population_view *view, const struct dro_evidence *ev,
    size_t source, struct grid *g)
{
	size_t i, day = 0;

	memset(g->marks, 0, g->n_days * g->n_reporters * sizeof(*g->marks));
	g->source = &view->sources[source];
	for (i = 0; i < ev->n_cells; i++) {
		const struct dro_cell *c = &ev->cells[i];
		struct mark *m;

		while (g->days[day] != c->day)
			day++;
		m = mark_at(g, day, c->reporter);
		m->reported = true;
		if (view->by_stream[c->stream] != source)
			continue;
		m->fail += c->fail;
		if (!view->linked[c->stream])
			m->pass += c->pass;
	}
}

/* Days since 1970-01-01, a Thursday; only equality matters. */
static int
weekday(int32_t day)
{
	return ((day % WEEK + WEEK) % WEEK);
}

/*
 * Passes that ${reporter} should have told about day ${at}: its mean over the
 * baseline days of the same weekday, or over all of them for a source that
 * sends on most days.  A source with no rhythm predicts nothing, so that
 * strangers cannot pick a quiet day to make it look broken.
 */
static int64_t
predict(
    const struct grid *g, size_t from, size_t to, size_t at, size_t reporter)
{
	int64_t same = 0, same_n = 0, all = 0, all_n = 0, active = 0;
	size_t i;

	for (i = from; i < to; i++) {
		const struct mark *m = mark_at(g, i, reporter);

		if (!m->reported)
			continue;
		all += m->pass;
		all_n++;
		active += m->pass > 0;
		if (weekday(g->days[i]) != weekday(g->days[at]))
			continue;
		same += m->pass;
		same_n++;
	}
	if (same_n >= 2)
		return (same / same_n);
	if (all_n > 0 && active * 5 >= all_n * 4)
		return (all / all_n);
	return (0);
}

/* Sums over report days [from, to) of the grid. */
struct sums {
	int64_t pass, fail;
	int reporters, days; /* that saw it fail */
};

static struct sums
sum_up(const struct grid *g, size_t from, size_t to)
{
	struct sums s = {0, 0, 0, 0};
	size_t i, r;

	for (r = 0; r < g->n_reporters; r++) {
		bool saw = false;

		for (i = from; i < to; i++) {
			const struct mark *m = mark_at(g, i, r);

			s.pass += m->pass;
			s.fail += m->fail;
			saw = saw || m->fail > 0;
		}
		s.reporters += saw;
	}
	for (i = from; i < to; i++) {
		bool saw = false;

		for (r = 0; r < g->n_reporters; r++)
			saw = saw || mark_at(g, i, r)->fail > 0;
		s.days += saw;
	}
	return (s);
}

/* Judge the window [from, to) against the baseline before it. */
static bool
window_is_broken(const struct grid *g, size_t base, size_t from, size_t to,
    struct dro_trigger *out)
{
	struct sums before = sum_up(g, base, from);
	struct sums now = sum_up(g, from, to);
	int64_t predicted = 0;
	size_t i, r;

	if (before.pass < BASELINE_GOOD ||
	    before.fail * BASELINE_ONE_IN >= before.pass + before.fail)
		return (false);
	if (now.fail < WINDOW_FAILS ||
	    now.fail * WINDOW_ONE_IN <= now.pass + now.fail ||
	    (now.days < 2 && now.reporters < 2))
		return (false);
	for (i = from; i < to; i++)
		for (r = 0; r < g->n_reporters; r++)
			if (mark_at(g, i, r)->reported)
				predicted += predict(g, base, from, i, r);
	if (predicted < WINDOW_FAILS || now.pass * 2 >= predicted)
		return (false);
	out->source = g->source;
	out->failing = now.fail;
	out->passing = now.pass;
	out->predicted = predicted;
	out->reporters = now.reporters;
	out->days = now.days;
	out->first_day = g->days[from];
	out->last_day = g->days[to - 1];
	return (true);
}

/* First report day on or after ${day}. */
static size_t
day_index(const struct grid *g, int32_t day)
{
	size_t i = 0;

	while (i < g->n_days && g->days[i] < day)
		i++;
	return (i);
}

/*
 * Look for a broken window of one or two report days among the newest ones;
 * a later clean day means that the source has recovered.
 */
static bool
source_is_broken(const struct grid *g, struct dro_trigger *out)
{
	size_t first = day_index(g, g->source->repair_day), end, base;
	size_t width;
	struct sums day;

	for (end = g->n_days; end > first && g->n_days - end < RECENT_DAYS;
	     end--) {
		for (width = 1; width <= 2 && first + width < end; width++) {
			base =
			    day_index(g, g->days[end - width] - BASELINE_DAYS);
			if (window_is_broken(g, base > first ? base : first,
				end - width, end, out))
				return (true);
		}
		day = sum_up(g, end - 1, end);
		if (day.pass > 0 &&
		    day.fail * BASELINE_ONE_IN <= day.pass + day.fail)
			return (false);
	}
	return (false);
}

/* The source's part of all legitimate mail before the window. */
static int64_t
share_ppm(const struct dro_population_view *view, const struct dro_trigger *t)
{
	int64_t own = 0, all = 0, pass;
	size_t i, d;

	for (i = 0; i < view->n; i++) {
		const struct dro_source *s = &view->sources[i];

		for (d = 0, pass = 0; d < s->n_days; d++)
			if (s->days[d].day < t->first_day &&
			    s->days[d].day >= t->first_day - BASELINE_DAYS)
				pass += s->days[d].pass;
		all += pass;
		if (s == t->source)
			own = pass;
	}
	return (dro_bound_rate_ppm(own, all));
}

/* A critical source speaks before larger ones. */
static bool
is_worse(const struct dro_trigger *a, const struct dro_trigger *b)
{
	if (a->source->critical != b->source->critical)
		return (a->source->critical);
	return (a->share_ppm > b->share_ppm);
}

enum dro_code
dro_trigger_find(const struct dro_population_view *view,
    const struct dro_evidence *evidence, struct dro_arena *arena,
    struct dro_trigger *out, struct dro_err *err)
{
	struct dro_trigger found;
	struct grid g = {0};
	size_t s;

	memset(out, 0, sizeof(*out));
	if (evidence->n_cells == 0)
		return (DRO_OK);
	if (!grid_init(evidence, arena, &g))
		return (dro_err_nomem(err));
	for (s = 0; s < view->n; s++) {
		if (!dro_source_is_legit(&view->sources[s]))
			continue;
		memset(&found, 0, sizeof(found));
		grid_fill(view, evidence, s, &g);
		if (!source_is_broken(&g, &found))
			continue;
		found.share_ppm = share_ppm(view, &found);
		if (out->source == NULL || is_worse(&found, out))
			*out = found;
	}
	return (DRO_OK);
}
