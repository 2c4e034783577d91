#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/date.h"
#include "stage/anomaly.h"

/* Fewer messages than this prove nothing odd. */
#define FLOOR INT64_C(100)

/* A day's volume against the median of the days before it. */
#define JUMP 10
#define RISE 3 /* that another reporter must show, for a jump to be real */
#define MEDIAN_DAYS 28
#define MEDIAN_MIN 7 /* fewer days have no median */

#define OVERLAP_S DRO_HOUR_S /* receivers' clocks and ends differ */
#define POLICY_REPORTS 3 /* one or two may come from a cache */
#define SHARE 5 /* more than one in ${SHARE} from one address */

/* Days that are looked at, and those before that their medians need. */
#define SPAN (DRO_ANOMALY_DAYS + MEDIAN_DAYS)

struct look {
	const struct dro_evidence *ev;
	const struct dro_facts *facts;
	struct dro_clock *clock;
	struct dro_arena *arena;
	struct dro_anomalies *out;
	int32_t today;
	bool nomem;
};

static bool
in_window(const struct look *l, int32_t day)
{
	return (day <= l->today && day > l->today - DRO_ANOMALY_DAYS);
}

static int64_t
plus(int64_t a, int64_t b)
{
	return (dro_add_overflow(a, b, &a) ? INT64_MAX : a);
}

static bool
answered(const struct look *l, const char *kind, const char *key)
{
	const struct dro_answered *a = l->facts->answers;
	size_t i;

	for (i = 0; i < l->facts->n_answers; i++)
		if (strcmp(a[i].kind, kind) == 0 &&
		    strcmp(a[i].key, key) == 0 &&
		    !dro_reached(l->clock, a[i].expires_at))
			return (true);
	return (false);
}

/* Ask, unless somebody has answered, or enough is asked already. */
static void
ask(struct look *l, const char *kind, const char *key, int32_t last_day,
    const char *text)
{
	if (key == NULL || text == NULL) {
		l->nomem = true;
		return;
	}
	if (l->out->n == DRO_ANOMALIES_MAX || answered(l, kind, key))
		return;
	l->out->items[l->out->n++] =
	    (struct dro_anomaly){kind, key, last_day, text};
}

static const char *
day_text(struct look *l, int32_t day)
{
	char text[DRO_DATE_LEN];
	const char *date = dro_arena_strndup(l->arena,
	    dro_date_format(dro_day_start(day), text), strlen("2026-01-05"));

	if (date == NULL)
		l->nomem = true;
	return (date != NULL ? date : "");
}

/* ---- volume */

static int
compare_numbers(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return ((*a > *b) - (*a < *b));
}

/* The first of the days whose median ${at} is compared with. */
static int
first_before(int at)
{
	return (at < MEDIAN_DAYS ? 0 : at - MEDIAN_DAYS);
}

/* Of the days with mail among those before ${at}, of which there are some. */
static int64_t
median_before(const int64_t *days, int at)
{
	int64_t some[MEDIAN_DAYS] = {0};
	size_t n = 0;
	int i;

	for (i = first_before(at); i < at; i++)
		if (days[i] > 0)
			some[n++] = days[i];
	qsort(some, n, sizeof(*some), compare_numbers);
	return (some[n / 2]);
}

/*
 * More than ${times} times the median of the days before, of which there are
 * enough: more than half of them are at most a ${times}th.
 */
static bool
rises(const int64_t *days, int at, int64_t times)
{
	const int64_t limit = (days[at] - 1) / times;
	int i, n = 0, low = 0;

	for (i = first_before(at); i < at; i++) {
		n += days[i] > 0;
		low += days[i] > 0 && days[i] <= limit;
	}
	return (n >= MEDIAN_MIN && low > n / 2);
}

/* A campaign reaches every receiver, some a day sooner or later. */
static bool
others_rise(const struct look *l, const int64_t *volume, size_t but, int at)
{
	size_t r;
	int d;

	for (r = 0; r < l->ev->n_reporters; r++)
		for (d = at - 1; r != but && d <= at + 1 && d < SPAN; d++)
			if (rises(volume + r * SPAN, d, RISE))
				return (true);
	return (false);
}

static void
look_at_volume(struct look *l)
{
	const struct dro_evidence *ev = l->ev;
	const int32_t first = l->today - SPAN + 1;
	int64_t *volume, *days;
	size_t i, r;
	int d;

	volume =
	    dro_arena_alloc(l->arena, ev->n_reporters * SPAN, sizeof(*volume));
	if (volume == NULL) {
		l->nomem = true;
		return;
	}
	for (i = ev->n_cells; i > 0 && ev->cells[i - 1].day >= first; i--) {
		const struct dro_cell *c = &ev->cells[i - 1];

		if (c->day > l->today)
			continue;
		days = volume + (size_t)c->reporter * SPAN + (c->day - first);
		*days = plus(*days, c->pass);
	}
	for (r = 0; r < ev->n_reporters; r++) {
		days = volume + r * SPAN;
		for (d = MEDIAN_DAYS; d < SPAN; d++) {
			if (days[d] < FLOOR || !rises(days, d, JUMP) ||
			    others_rise(l, volume, r, d))
				continue;
			ask(l, "volume",
			    dro_arena_printf(l->arena, "%s %s",
				ev->reporters[r], day_text(l, first + d)),
			    first + d,
			    dro_arena_printf(l->arena,
				"%.80s: %lld messages pass on %s, its median "
				"day "
				"has %lld, no other reporter saw a rise",
				ev->reporters[r], (long long)days[d],
				day_text(l, first + d),
				(long long)median_before(days, d)));
		}
	}
}

/* ---- ranges and policies of reports */

/* What is known of one reporter's reports. */
struct told {
	int64_t begin, end; /* of the report that ends last so far */
	int64_t overlaps, overlapped; /* reports, messages */
	int32_t overlap_day;
	bool matched; /* the live record was shown */
	int64_t shown, messages; /* reports with comparable tags */
	int32_t shown_day;
};

static void
add_range(struct look *l, struct told *t, const struct dro_seen *s)
{
	const int32_t day = dro_day_of(s->begin);

	if (s->begin < t->end - OVERLAP_S && in_window(l, day) &&
	    (s->begin != t->begin || s->end != t->end)) {
		t->overlaps++;
		t->overlapped = plus(t->overlapped, s->messages);
		t->overlap_day = day;
	}
	if (s->end > t->end) {
		t->begin = s->begin;
		t->end = s->end;
	}
}

static void
add_policy(struct look *l, struct told *t, const struct dro_seen *s,
    struct dro_core core)
{
	const int32_t day = dro_day_of(s->begin);

	if (!in_window(l, day) || (!s->has_p && !s->has_pct && !s->has_t))
		return;
	if (dro_seen_shows(s, core))
		t->matched = true;
	t->shown++;
	t->messages = plus(t->messages, s->messages);
	t->shown_day = day;
}

static void
ask_about(struct look *l, const struct told *t, const char *reporter)
{
	if (t->overlapped >= FLOOR)
		ask(l, "overlap", reporter, t->overlap_day,
		    dro_arena_printf(l->arena,
			"%.80s: %lld reports (%lld messages) are about times "
			"that "
			"an earlier one of it covers",
			reporter, (long long)t->overlaps,
			(long long)t->overlapped));
	if (!t->matched && t->shown >= POLICY_REPORTS && t->messages >= FLOOR)
		ask(l, "policy", reporter, t->shown_day,
		    dro_arena_printf(l->arena,
			"%.80s: none of %lld reports (%lld messages) since "
			"this "
			"rung settled shows the record that is published",
			reporter, (long long)t->shown, (long long)t->messages));
}

static void
look_at_reports(struct look *l, struct dro_core core, int64_t settled_at)
{
	const struct dro_evidence *ev = l->ev;
	struct told *told =
	    dro_arena_alloc(l->arena, ev->n_reporters, sizeof(*told));
	size_t i;

	if (told == NULL) {
		l->nomem = true;
		return;
	}
	for (i = 0; i < ev->n_seen; i++) {
		const struct dro_seen *s = &ev->seen[i];

		add_range(l, &told[s->reporter], s);
		if (s->begin >= settled_at)
			add_policy(l, &told[s->reporter], s, core);
	}
	for (i = 0; i < ev->n_reporters; i++)
		ask_about(l, &told[i], ev->reporters[i]);
}

/* ---- addresses */

/* Mail that passes, of one stream or one address. */
struct passing {
	const char *ip;
	int64_t messages;
	uint32_t reporter; /* the first one */
	bool several; /* reporters saw it */
	int32_t last_day;
};

static void
join(struct passing *to, const struct passing *from)
{
	if (to->messages > 0 && from->messages > 0 &&
	    to->reporter != from->reporter)
		to->several = true;
	if (to->messages == 0)
		to->reporter = from->reporter;
	to->several = to->several || from->several;
	to->messages = plus(to->messages, from->messages);
	if (from->last_day > to->last_day)
		to->last_day = from->last_day;
}

static int
compare_addresses(const void *va, const void *vb)
{
	const struct passing *a = va, *b = vb;

	return (strcmp(a->ip, b->ip));
}

/* Sums by stream within the window; the sum of all in ${all}. */
static struct passing *
sum_streams(struct look *l, struct passing *all)
{
	const struct dro_evidence *ev = l->ev;
	struct passing *sums =
	    dro_arena_alloc(l->arena, ev->n_streams, sizeof(*sums));
	size_t i;

	if (sums == NULL)
		return (NULL);
	for (i = 0; i < ev->n_streams; i++)
		sums[i].ip = ev->streams[i].ip;
	for (i = ev->n_cells; i > 0; i--) {
		const struct dro_cell *c = &ev->cells[i - 1];
		const struct passing one = {
		    NULL, c->pass, c->reporter, false, c->day};

		if (c->day <= l->today - DRO_ANOMALY_DAYS)
			break;
		if (c->pass == 0 || !in_window(l, c->day))
			continue;
		join(&sums[c->stream], &one);
		join(all, &one);
	}
	return (sums);
}

static void
look_at_addresses(struct look *l)
{
	struct passing all = {NULL, 0, 0, false, 0}, *sums, one;
	size_t i, j, n = 0;

	if ((sums = sum_streams(l, &all)) == NULL) {
		l->nomem = true;
		return;
	}
	if (!all.several) /* who else could have seen it? */
		return;
	/* Few of many: strangers have an address each, and nothing passes. */
	for (i = 0; i < l->ev->n_streams; i++)
		if (sums[i].messages > 0)
			sums[n++] = sums[i];
	qsort(sums, n, sizeof(*sums), compare_addresses);
	for (i = 0; i < n; i = j) {
		one = sums[i];
		for (j = i + 1; j < n && strcmp(sums[j].ip, one.ip) == 0; j++)
			join(&one, &sums[j]);
		if (*one.ip == '\0' || one.several || one.messages < FLOOR ||
		    one.messages <= all.messages / SHARE)
			continue;
		ask(l, "address", one.ip, one.last_day,
		    dro_arena_printf(l->arena,
			"%s: %lld of the %lld messages that pass come from "
			"there, and of all reporters only %.80s saw it",
			one.ip, (long long)one.messages,
			(long long)all.messages,
			l->ev->reporters[one.reporter]));
	}
}

enum dro_code
dro_anomaly_find(const struct dro_evidence *evidence,
    const struct dro_facts *facts, struct dro_core core, int64_t settled_at,
    struct dro_clock *clock, struct dro_arena *arena, struct dro_anomalies *out,
    struct dro_err *err)
{
	struct look l = {.ev = evidence,
	    .facts = facts,
	    .clock = clock,
	    .arena = arena,
	    .out = out,
	    .today = dro_day_of(clock->now)};

	out->n = 0;
	look_at_volume(&l);
	look_at_reports(&l, core, settled_at);
	look_at_addresses(&l);
	return (l.nomem ? dro_err_nomem(err) : DRO_OK);
}
