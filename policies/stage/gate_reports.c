#include "base/date.h"
#include "stage/bound.h"
#include "stage/gate_parts.h"

/* Gates about who reports, and about what policy. */

/* Reporters count if they told about the domain in this many days. */
#define REPORTER_DAYS 28

/* A large reporter that says nothing for so long has gone silent ... */
#define SILENT_DAYS 7

/* ... if it told of one message in so many in the days before. */
#define LARGE_ONE_IN 5

/* Policy seen: this share of comparable mail must show the live record ... */
#define SEEN_PPM INT64_C(900000)

/* ... or this many days must pass in which nobody shows a comparable tag. */
#define SEEN_DAYS 3

bool
dro_gate_reporters(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_evidence *ev = in->evidence;
	bool *seen = dro_arena_alloc(arena, ev->n_reporters, sizeof(*seen));
	size_t i;

	if (seen == NULL)
		return (false);
	for (i = 0; i < ev->n_seen; i++)
		if (!dro_reached(
			in->clock, ev->seen[i].end + REPORTER_DAYS * DRO_DAY_S))
			seen[ev->seen[i].reporter] = true;
	for (i = 0; i < ev->n_reporters; i++)
		g->value += seen[i];
	g->unit = "reporters";
	g->limit = in->settings->reporters_min;
	if (g->value < g->limit) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
	}
	g->text = dro_arena_printf(arena,
	    "%lld authenticated reporters in %d days, at least %lld",
	    (long long)g->value, REPORTER_DAYS, (long long)g->limit);
	return (g->text != NULL);
}

/* What one reporter told of in REPORTER_DAYS before it could be silent. */
struct voice {
	int64_t messages;
	int32_t days, last_day;
	bool heard; /* since then */
};

static void
listen(const struct dro_evidence *ev, int32_t silent_from, struct voice *voices)
{
	size_t i;

	for (i = 0; i < ev->n_seen; i++) {
		struct voice *v = &voices[ev->seen[i].reporter];
		int32_t day = dro_day_of(ev->seen[i].begin);

		if (day >= silent_from) {
			v->heard = true;
		} else if (day >= silent_from - REPORTER_DAYS) {
			v->days += v->days == 0 || v->last_day != day;
			v->last_day = day;
			v->messages += ev->seen[i].messages;
		}
	}
}

/*
 * What a large reporter alone sees goes unseen when it falls silent: nothing
 * goes up on half the picture.  Once its days of before are past, it is no
 * large reporter any more, and the hold ends by itself.
 */
bool
dro_gate_silence(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_evidence *ev = in->evidence;
	int32_t from = dro_day_of(in->clock->now) - SILENT_DAYS;
	struct voice *voices =
	    dro_arena_alloc(arena, ev->n_reporters, sizeof(*voices));
	int64_t all = 0;
	size_t i, r = ev->n_reporters;

	if (voices == NULL)
		return (false);
	listen(ev, from, voices);
	for (i = 0; i < ev->n_reporters; i++)
		all += voices[i].messages;
	for (i = 0; i < ev->n_reporters; i++)
		if (!voices[i].heard && voices[i].days * 2 >= REPORTER_DAYS &&
		    voices[i].messages * LARGE_ONE_IN >= all &&
		    !dro_gate_accepted(in, "silence", ev->reporters[i]) &&
		    (r == ev->n_reporters ||
			voices[i].messages > voices[r].messages))
			r = i;
	g->unit = "days";
	g->limit = SILENT_DAYS;
	if (r == ev->n_reporters) {
		g->text = dro_arena_printf(arena,
		    "no large reporter has been silent for %d days",
		    SILENT_DAYS);
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->value = dro_day_of(in->clock->now) - voices[r].last_day - 1;
	g->shortfall = g->value > g->limit ? g->value - g->limit : 1;
	g->ask.kind = "silence";
	g->ask.key = ev->reporters[r];
	g->text = dro_arena_printf(arena,
	    "%s reported %s of the mail and has been silent for %lld days: is "
	    "its mail still delivered here? To go on without it: rollout "
	    "approve",
	    ev->reporters[r],
	    dro_gate_percent(
		arena, dro_bound_rate_ppm(voices[r].messages, all)),
	    (long long)g->value);
	return (g->text != NULL);
}

/*
 * Whether the report shows sp and np as they are, where they are ours, said
 * in the record and known to receivers: an absent tag has no value that all
 * reporters agree on.
 */
static bool
shows_subs(const struct dro_gate_input *in, const struct dro_seen *s)
{
	const struct dro_settings *set = in->settings;
	const struct dro_dmarc *r = in->record;

	if (s->begin < in->facts->tags_at)
		return (true);
	if (set->has_sp && r->has_sp && s->has_sp && s->sp != r->sp)
		return (false);
	return (!set->has_np || !r->has_np || !s->has_np || s->np == r->np);
}

bool
dro_gate_policy_seen(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	int64_t all = 0, same = 0;
	size_t i;

	for (i = 0; i < in->evidence->n_seen; i++) {
		const struct dro_seen *s = &in->evidence->seen[i];

		if (s->begin < in->settled_at ||
		    (!s->has_p && !s->has_pct && !s->has_t))
			continue;
		all += s->messages;
		if (dro_seen_shows(s, in->core) && shows_subs(in, s))
			same += s->messages;
	}
	g->unit = "ppm";
	g->limit = SEEN_PPM;
	if (all == 0) {
		g->expected_at = in->settled_at + SEEN_DAYS * DRO_DAY_S;
		if (!dro_reached(in->clock, g->expected_at)) {
			g->verdict = DRO_HOLD;
			g->shortfall = SEEN_PPM;
		}
		g->text = dro_arena_printf(arena,
		    "no report shows the policy published since; after %d "
		    "days without one this gate passes",
		    SEEN_DAYS);
		return (g->text != NULL);
	}
	/* Rounded down: a share may not look larger than it is. */
	g->value = DRO_PPM - dro_bound_rate_ppm(all - same, all);
	if (g->value < g->limit) {
		g->verdict = DRO_HOLD;
		g->shortfall = g->limit - g->value;
	}
	g->text = dro_arena_printf(arena,
	    "%s of the mail reported since was judged under the live record, "
	    "at least %s",
	    dro_gate_percent(arena, g->value),
	    dro_gate_percent(arena, g->limit));
	return (g->text != NULL);
}
