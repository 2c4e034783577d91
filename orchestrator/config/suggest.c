#include <string.h>

#include "base/buf.h"
#include "config/suggest.h"

/* Edits that still count as a slip of the fingers. */
#define NEAR 2

/* So many words of that length, with commas. */
#define LIST_MAX ((size_t)(DRO_GUESS_SHOWN + 1) * (DRO_GUESS_WORD_MAX + 2))

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return (m < c ? m : c);
}

/*
 * Edits from ${a} to ${b} without case: insert, delete, replace, or swap two
 * neighbours.  Only the last three rows of the usual table are kept.
 */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t rows[3][DRO_GUESS_WORD_MAX + 1];
	size_t *older = rows[0], *old = rows[1], *row = rows[2], *spare;
	size_t i, j;

	for (j = 0; j <= nb; j++)
		row[j] = j;
	for (i = 1; i <= na; i++) {
		spare = older;
		older = old;
		old = row;
		row = spare;
		row[0] = i;
		for (j = 1; j <= nb; j++) {
			char x = dro_ascii_lower(a[i - 1]);
			char y = dro_ascii_lower(b[j - 1]);

			row[j] = least(
			    old[j] + 1, row[j - 1] + 1, old[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == dro_ascii_lower(b[j - 2]) &&
			    y == dro_ascii_lower(a[i - 2]) &&
			    older[j - 2] + 1 < row[j])
				row[j] = older[j - 2] + 1;
		}
	}
	return (row[nb]);
}

void
dro_guess_init(struct dro_guess *guess, const char *word)
{
	memset(guess, 0, sizeof(*guess));
	guess->word = word;
	guess->distance = NEAR + 1;
}

void
dro_guess_try(struct dro_guess *guess, const char *known)
{
	size_t na = strlen(guess->word), nb = strlen(known), d;

	if (guess->n < DRO_GUESS_SHOWN)
		guess->seen[guess->n++] = known;
	if (na > DRO_GUESS_WORD_MAX || nb > DRO_GUESS_WORD_MAX)
		return;
	d = distance(guess->word, na, known, nb);
	/* Of a short word, two edits leave nothing to recognise. */
	if (d < guess->distance && d * 2 < na + (na == 2)) {
		guess->distance = d;
		guess->best = known;
	}
}

const char *
dro_guess_text(const struct dro_guess *guess, struct dro_arena *arena)
{
	struct dro_buf list;
	const char *text;
	size_t i;

	if (guess->best != NULL)
		return (dro_arena_printf(
		    arena, "; did you mean \"%s\"?", guess->best));
	if (guess->n == 0)
		return ("");
	dro_buf_init(&list, LIST_MAX);
	for (i = 0; i < guess->n; i++)
		dro_buf_addf(&list, "%s%s", i == 0 ? "" : ", ", guess->seen[i]);
	if (guess->n == DRO_GUESS_SHOWN)
		dro_buf_adds(&list, ", ...");
	text = list.failed ? NULL
			   : dro_arena_printf(arena, "; known: %s", list.ptr);
	dro_buf_finish(&list);
	return (text);
}
