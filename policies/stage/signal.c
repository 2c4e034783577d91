#include <string.h>

#include "base/date.h"
#include "stage/facts.h"
#include "stage/signal.h"

/* Clocks of two machines agree this well. */
#define SKEW_S 300

const char *
dro_word_name(enum dro_word word)
{
	static const char *const names[] = {"nothing", "go", "hold", "back"};

	return (names[word]);
}

/* Whether the entry holds now; one that cannot be read might. */
static bool
in_force(const struct dro_said *said, struct dro_clock *clock)
{
	if (said->wrong != NULL)
		return (true);
	return (said->word != DRO_WORD_NONE &&
	    dro_reached(clock, said->at - SKEW_S) &&
	    (said->until == 0 || !dro_reached(clock, said->until)));
}

/* A person has dealt with the cause after it was said. */
static bool
is_answered(const struct dro_facts *facts, const struct dro_said *said)
{
	size_t i;

	for (i = 0; i < facts->n_setbacks; i++)
		if (facts->setbacks[i].acknowledged_at >= said->at)
			return (true);
	return (false);
}

/* Nothing it says can be used: why, or NULL. */
static const char *
unusable(const struct dro_signal *signal, struct dro_clock *clock,
    struct dro_arena *arena, bool *failed)
{
	const char *why = signal->wrong;
	char at[DRO_DATE_LEN];

	if (why != NULL)
		return (why);
	if (!dro_reached(clock, signal->at - SKEW_S))
		why = dro_arena_printf(arena,
		    "%s: put together at %s, which is still to come: set the "
		    "clock of who writes it right",
		    signal->name, dro_date_format(signal->at, at));
	else if (dro_reached(clock, signal->at + signal->max_age_s))
		why = dro_arena_printf(arena,
		    "%s: put together %lld hours ago, at most %lld (max_age): "
		    "see why nothing writes it any more",
		    signal->name,
		    (long long)((clock->now - signal->at) / DRO_HOUR_S),
		    (long long)(signal->max_age_s / DRO_HOUR_S));
	else
		return (NULL);
	*failed = why == NULL;
	return (why);
}

static const char *
say(const struct dro_signal *signal, const struct dro_said *said,
    const char *more, struct dro_arena *arena)
{
	char at[DRO_DATE_LEN], until[DRO_DATE_LEN];

	return (dro_arena_printf(arena, "%s says %s%s%s, since %s%s%s%s",
	    signal->name, dro_word_name(said->word),
	    said->reason != NULL ? ": " : "",
	    said->reason != NULL ? said->reason : "",
	    dro_date_format(said->at, at), said->until != 0 ? " until " : "",
	    said->until != 0 ? dro_date_format(said->until, until) : "", more));
}

/* What the entry in force comes to. */
static void
take(const struct dro_facts *facts, const struct dro_said *said,
    struct dro_arena *arena, struct dro_signal_now *out)
{
	const char *more = "";

	if (said->wrong != NULL) {
		out->text = said->wrong;
		return;
	}
	out->word = said->word;
	if (said->word == DRO_WORD_BACK && is_answered(facts, said)) {
		out->word = DRO_WORD_GO;
		more = "; acknowledged since";
	}
	if (out->word != DRO_WORD_GO)
		out->ends_at = said->until;
	out->text = say(facts->signal, said, more, arena);
}

bool
dro_signal_look(const struct dro_facts *facts, struct dro_clock *clock,
    struct dro_arena *arena, struct dro_signal_now *out)
{
	const struct dro_signal *signal = facts->signal;
	bool failed = false;

	memset(out, 0, sizeof(*out));
	if (signal == NULL) {
		out->word = DRO_WORD_GO;
		out->text = "no external signal is configured";
		return (true);
	}
	if (signal->wrong == NULL && clock->now > signal->at)
		out->age_s = clock->now - signal->at;
	out->text = unusable(signal, clock, arena, &failed);
	if (out->text != NULL || failed)
		return (!failed);
	if (in_force(&signal->own, clock))
		take(facts, &signal->own, arena, out);
	else if (in_force(&signal->all, clock))
		take(facts, &signal->all, arena, out);
	else
		out->text = dro_arena_printf(arena,
		    "%s: says nothing about this domain now, nor about \"*\": "
		    "add an entry, such as \"*\": {\"signal\": \"go\"}",
		    signal->name);
	return (out->text != NULL);
}

/* FNV-1a, as in state/memo.c: two of our own values are compared. */
static uint64_t
mix(uint64_t h, const void *ptr, size_t len)
{
	const unsigned char *p = ptr;

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return (h);
}

static uint64_t
mix_said(uint64_t h, const struct dro_said *said)
{
	const bool wrong = said->wrong != NULL;

	h = mix(h, &said->word, sizeof(said->word));
	h = mix(h, &said->at, sizeof(said->at));
	h = mix(h, &said->until, sizeof(said->until));
	h = mix(h, &wrong, sizeof(wrong));
	if (said->reason != NULL)
		h = mix(h, said->reason, strlen(said->reason) + 1);
	return (h);
}

/*
 * When it was put together changes with every reading and comes to the same
 * as long as it is neither too old nor from times to come.
 */
int64_t
dro_signal_print(const struct dro_signal *signal, int64_t now)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	bool usable;

	if (signal == NULL)
		return (0);
	usable = signal->wrong == NULL && now >= signal->at - SKEW_S &&
	    now < signal->at + signal->max_age_s;
	h = mix(h, &usable, sizeof(usable));
	if (usable)
		h = mix_said(mix_said(h, &signal->own), &signal->all);
	return ((int64_t)h);
}
