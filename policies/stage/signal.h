#ifndef DRO_STAGE_SIGNAL_H
#define DRO_STAGE_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/clock.h"

struct dro_facts;

/* What somebody outside (helpdesk, bounces) says about moving a domain. */
enum dro_word {
	DRO_WORD_NONE = 0, /* nothing */
	DRO_WORD_GO,
	DRO_WORD_HOLD, /* nothing goes up */
	DRO_WORD_BACK /* mail is being lost: step back */
};

/* One entry of a signal. */
struct dro_said {
	enum dro_word word; /* DRO_WORD_NONE: there is no such entry */
	const char *reason; /* or NULL */
	int64_t at; /* since when it is said */
	int64_t until; /* then it is as if it had not been; 0: always */
	const char *wrong; /* why it cannot be read, or NULL */
};

/* What the signal of a domain was read to say, in a run. */
struct dro_signal {
	const char *name; /* of the file or program, for messages */
	const char *wrong; /* why nothing of it can be used, or NULL */
	int64_t at; /* when it was put together */
	int64_t max_age_s; /* then it says nothing any more */
	struct dro_said own, all; /* about the domain; about "*" */
};

/* What that comes to at a moment. */
struct dro_signal_now {
	enum dro_word word; /* DRO_WORD_NONE: nothing is known: a hold */
	int64_t ends_at; /* when a hold is over by itself; 0: unknown */
	int64_t age_s;
	const char *text; /* one sentence */
};

/**
 * dro_signal_look(facts, clock, arena, out):
 * What ${facts}->signal says now: the entry of the domain before that of "*",
 * each only from its `at` to its `until`.  Without a signal it is go.  A
 * signal that is not readable, too old, from times to come or without an
 * entry in force says nothing.  A `back` that a person has acknowledged since
 * (struct dro_setback) is go.  False: out of memory.
 */
bool dro_signal_look(const struct dro_facts *facts, struct dro_clock *clock,
    struct dro_arena *arena, struct dro_signal_now *out);

/**
 * dro_signal_print(signal, now):
 * A number that is the same for what comes to the same (until time alone
 * changes it), and almost surely another for anything else; 0 for NULL.
 */
int64_t dro_signal_print(const struct dro_signal *signal, int64_t now);

/** dro_word_name(word): "go", "hold", "back"; "nothing". */
const char *dro_word_name(enum dro_word word);

#endif /* !DRO_STAGE_SIGNAL_H */
