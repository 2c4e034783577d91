#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* One allocation each keeps sanitizers useful; arenas here are small. */
struct block {
	struct block *next;
	max_align_t data[];
};

struct dro_arena {
	struct block *blocks;
};

struct dro_arena *
dro_arena_create(void)
{
	return (calloc(1, sizeof(struct dro_arena)));
}

void
dro_arena_destroy(struct dro_arena *arena)
{
	struct block *b, *next;

	if (arena == NULL)
		return;
	for (b = arena->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void *
dro_arena_alloc(struct dro_arena *arena, size_t n, size_t size)
{
	struct block *b;
	size_t bytes;

	if (dro_mul_overflow(n, size, &bytes) ||
	    dro_add_overflow(bytes, sizeof(*b), &bytes) ||
	    (b = calloc(1, bytes)) == NULL)
		return (NULL);
	b->next = arena->blocks;
	arena->blocks = b;
	return (b->data);
}

char *
dro_arena_strndup(struct dro_arena *arena, const char *s, size_t len)
{
	char *copy;

	if ((copy = dro_arena_alloc(arena, len + 1, 1)) != NULL && len > 0)
		memcpy(copy, s, len);
	return (copy);
}

char *
dro_arena_strdup(struct dro_arena *arena, const char *s)
{
	return (dro_arena_strndup(arena, s, strlen(s)));
}

/* Texts below this are formatted once, longer ones twice. */
#define PRINTED 512

char *
dro_arena_printf(struct dro_arena *arena, const char *fmt, ...)
{
	char text[PRINTED];
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(text))
		return (dro_arena_strndup(arena, text, (size_t)n));
	if (n < 0 || (s = dro_arena_alloc(arena, (size_t)n + 1, 1)) == NULL)
		return (NULL);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (s);
}
