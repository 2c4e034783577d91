#ifndef DRO_ORCHESTRATOR_CONFIG_SUGGEST_H
#define DRO_ORCHESTRATOR_CONFIG_SUGGEST_H

#include <stddef.h>

#include "base/arena.h"

/* Words longer than this are never near one of ours. */
#define DRO_GUESS_WORD_MAX 64
#define DRO_GUESS_SHOWN 32

/* The search for the known word that an unknown one was meant to be. */
struct dro_guess {
	const char *word;
	const char *best; /* nearest so far, or NULL */
	size_t distance;
	const char *seen[DRO_GUESS_SHOWN]; /* what could have been meant */
	size_t n;
};

/** dro_guess_init(guess, word): look for what ${word} was meant to be. */
void dro_guess_init(struct dro_guess *guess, const char *word);

/** dro_guess_try(guess, known): ${known}, which outlives ${guess}, is one. */
void dro_guess_try(struct dro_guess *guess, const char *known);

/**
 * dro_guess_text(guess, arena):
 * `; did you mean "x"?` if a word at most two edits away was tried, else
 * `; known: a, b, c`, else the empty text.  NULL when out of memory.
 */
const char *dro_guess_text(
    const struct dro_guess *guess, struct dro_arena *arena);

#endif /* !DRO_ORCHESTRATOR_CONFIG_SUGGEST_H */
