#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Room is taken in blocks that double between these. */
#define BLOCK_MIN ((size_t)1 << 10)
#define BLOCK_MAX ((size_t)1 << 20)

/* Else one block each, so that the sanitizer sees where it ends. */
#ifdef DRO_ASAN
#define SHARED false
#else
#define SHARED true
#endif

struct block {
	struct block *next;
	size_t size, used; /* of ${data}, in octets */
	void *held; /* what is freed with it, or NULL */
	max_align_t data[];
};

struct dro_arena {
	struct block *blocks; /* the first is the one in use */
};

struct dro_arena *
dro_arena_create(void)
{
	return (calloc(1, sizeof(struct dro_arena)));
}

static void
free_blocks(struct block *first)
{
	struct block *b, *next;

	for (b = first; b != NULL; b = next) {
		next = b->next;
		free(b->held);
		free(b);
	}
}

void
dro_arena_destroy(struct dro_arena *arena)
{
	if (arena == NULL)
		return;
	free_blocks(arena->blocks);
	free(arena);
}

void
dro_arena_reset(struct dro_arena *arena)
{
	struct block **b, **largest = NULL, *keep = NULL;

	for (b = &arena->blocks; *b != NULL; b = &(*b)->next)
		if (SHARED &&
		    (largest == NULL || (*b)->size > (*largest)->size))
			largest = b;
	if (largest != NULL) {
		keep = *largest;
		*largest = keep->next;
	}
	free_blocks(arena->blocks);
	arena->blocks = keep;
	if (keep == NULL)
		return;
	free(keep->held);
	memset(keep->data, 0, keep->used);
	keep->used = 0;
	keep->held = NULL;
	keep->next = NULL;
}

/* How large a new block is that must hold ${bytes}. */
static size_t
block_size(const struct dro_arena *arena, size_t bytes)
{
	size_t size;

	if (!SHARED)
		return (bytes);
	size = arena->blocks != NULL ? 2 * arena->blocks->size : BLOCK_MIN;
	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	return (size > bytes ? size : bytes);
}

/* A block with room for ${bytes}; a large one leaves the first in use. */
static struct block *
add_block(struct dro_arena *arena, size_t bytes)
{
	size_t size = block_size(arena, bytes), all;
	struct block *b, **at = &arena->blocks;

	if (dro_add_overflow(size, sizeof(*b), &all) ||
	    (b = calloc(1, all)) == NULL)
		return (NULL);
	b->size = size;
	if (*at != NULL && size == bytes)
		at = &(*at)->next;
	b->next = *at;
	*at = b;
	return (b);
}

void *
dro_arena_alloc(struct dro_arena *arena, size_t n, size_t size)
{
	const size_t unit = sizeof(max_align_t);
	struct block *b = arena->blocks;
	size_t bytes;
	void *ptr;

	if (dro_mul_overflow(n, size, &bytes) ||
	    dro_add_overflow(bytes, unit - 1, &bytes))
		return (NULL);
	bytes = bytes / unit * unit;
	if ((b == NULL || b->size - b->used < bytes) &&
	    (b = add_block(arena, bytes)) == NULL)
		return (NULL);
	ptr = (char *)b->data + b->used;
	b->used += bytes;
	return (ptr);
}

bool
dro_arena_adopt(struct dro_arena *arena, void *ptr)
{
	struct block *b = add_block(arena, 0);

	if (b == NULL)
		return (false);
	b->held = ptr;
	return (true);
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
