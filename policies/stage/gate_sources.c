#include <string.h>

#include "base/date.h"
#include "presets/senders.h"
#include "stage/gate_parts.h"

/* Gates about single sources. */

/* As in epoch.c: clean report days until a repaired source counts. */
#define REPAIR_DAYS 7

bool
dro_gate_sources(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_trigger *t = in->trigger;

	g->unit = "messages";
	if (t->source == NULL) {
		g->text = dro_arena_strdup(
		    arena, "no legitimate source has begun to fail");
		return (g->text != NULL);
	}
	g->verdict = DRO_FAIL;
	g->source = t->source->key;
	g->value = g->shortfall = t->failing;
	g->text = dro_arena_printf(arena,
	    "%s fails: %lld of %lld messages, where about %lld should have "
	    "passed (%d reporters, %d days, %s of the legitimate mail)",
	    t->source->key, (long long)t->failing,
	    (long long)(t->failing + t->passing), (long long)t->predicted,
	    t->reporters, t->days, dro_gate_percent(arena, t->share_ppm));
	return (g->text != NULL);
}

bool
dro_gate_repair(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	const struct dro_source *worst = NULL;
	size_t i;

	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		if (s->awaiting_repair &&
		    !dro_gate_accepted(in, "repair", s->key) &&
		    (worst == NULL || s->clean_days < worst->clean_days))
			worst = s;
	}
	g->unit = "days";
	g->limit = REPAIR_DAYS;
	if (worst == NULL) {
		g->value = REPAIR_DAYS;
		g->text = dro_arena_strdup(arena, "no source awaits repair");
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->source = worst->key;
	g->value = worst->clean_days;
	g->shortfall = g->limit - g->value;
	g->expected_at = in->clock->now + g->shortfall * DRO_DAY_S;
	g->ask.kind = "repair";
	g->ask.key = worst->key;
	g->text = dro_arena_printf(arena,
	    "%s broke (%lld of %lld messages failed): %lld of %lld clean "
	    "report days in a row; to go on without it: rollout approve",
	    worst->key, (long long)worst->fail,
	    (long long)(worst->pass + worst->fail), (long long)g->value,
	    (long long)g->limit);
	return (g->text != NULL);
}

/* More questions than this in one text nobody reads. */
#define QUESTIONS_SHOWN 3

/* What follows ${prefix} in ${key}, or NULL. */
static const char *
behind(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return (strncmp(key, prefix, n) == 0 ? key + n : NULL);
}

/* One line of configuration that says whose ${s} is. */
static const char *
answer_text(const struct dro_source *s, size_t number, struct dro_arena *arena)
{
	const char *name;

	if ((name = behind(s->key, "mail_from:")) != NULL)
		return (dro_arena_printf(
		    arena, "{%s: {mail_from: [%s]}}", name, name));
	if ((name = behind(s->key, "dkim:")) != NULL)
		return (
		    dro_arena_printf(arena, "{%s: {dkim: [%s]}}", name, name));
	if ((name = behind(s->key, "address:")) != NULL)
		return (dro_arena_printf(arena,
		    "{network-%zu: {address: [\"%s\"], exclusive: true}}",
		    number, name));
	return (s->key);
}

static bool
add_question(struct dro_gate *g, const struct dro_source *s, size_t number,
    struct dro_arena *arena)
{
	const struct dro_service *service = dro_source_service(s);
	const char *answer = answer_text(s, number, arena);

	if (answer == NULL)
		return (false);
	g->text = dro_arena_printf(arena,
	    "%s%swhose is %s (%s%s%lld failing messages, %d days; %s)? If "
	    "yours: sources: %s",
	    g->text != NULL ? g->text : "", g->text != NULL ? "; " : "", s->key,
	    service != NULL ? service->name : "", service != NULL ? ", " : "",
	    (long long)s->fail, (int)s->asked_days, s->why, answer);
	return (g->text != NULL);
}

/* When the last question lapses; 0: it waits for a person. */
static int64_t
lapses_at(const struct dro_gate_input *in, int32_t asked_day)
{
	int days = in->settings->undecided_days;

	return (days < 0 ? 0 : dro_day_start(asked_day + 1) + days * DRO_DAY_S);
}

/*
 * Whose mail would be hit is asked before there is a class of harm more, and
 * at no other hop: what quarantine did to a sender, its next share does too.
 */
bool
dro_gate_undecided(const struct dro_gate_input *in, struct dro_arena *arena,
    struct dro_gate *g)
{
	int32_t last = 0;
	size_t i;

	g->unit = "senders";
	for (i = 0; i < in->view->n; i++) {
		const struct dro_source *s = &in->view->sources[i];

		if (s->class != DRO_UNDECIDED)
			continue;
		if (s->asked_day > last)
			last = s->asked_day;
		if (g->value++ < QUESTIONS_SHOWN &&
		    !add_question(g, s, (size_t)g->value, arena))
			return (false);
	}
	if (g->value == 0) {
		g->text = dro_arena_strdup(arena, "no sender is undecided");
		return (g->text != NULL);
	}
	if (in->enters == DRO_NONE) {
		g->text = dro_arena_printf(arena,
		    "%lld undecided, asked about before quarantine and reject "
		    "only",
		    (long long)g->value);
		return (g->text != NULL);
	}
	g->verdict = DRO_HOLD;
	g->shortfall = g->value;
	g->expected_at = lapses_at(in, last);
	g->text = dro_arena_printf(arena, "%s%s; if not, with is: threat in it",
	    g->text,
	    g->value > QUESTIONS_SHOWN
		? dro_arena_printf(arena, "; and %lld more",
		      (long long)(g->value - QUESTIONS_SHOWN))
		: "");
	return (g->text != NULL);
}
