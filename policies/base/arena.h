#ifndef DRO_BASE_ARENA_H
#define DRO_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Memory freed as a whole: one arena per domain per run. */
struct dro_arena;

/** dro_arena_create(): a new arena, or NULL when out of memory. */
struct dro_arena *dro_arena_create(void);

/** dro_arena_destroy(arena): free ${arena} and all it gave; accepts NULL. */
void dro_arena_destroy(struct dro_arena *arena);

/**
 * dro_arena_reset(arena):
 * What ${arena} gave is gone, as if it were new; some of its memory stays, for
 * what comes next.
 */
void dro_arena_reset(struct dro_arena *arena);

/**
 * dro_arena_alloc(arena, n, size):
 * Zeroed memory for ${n} items of ${size} bytes that lives as long as
 * ${arena}.  NULL when out of memory or when n * size overflows.  Never NULL
 * for n == 0.
 */
void *dro_arena_alloc(struct dro_arena *arena, size_t n, size_t size);

/**
 * dro_arena_adopt(arena, ptr):
 * From now on ${ptr}, of malloc, is freed with ${arena}: for what has grown
 * and stays.  False when out of memory; it is the caller's then.
 */
bool dro_arena_adopt(struct dro_arena *arena, void *ptr);

/** dro_arena_strdup(arena, s): a copy of ${s}; NULL when out of memory. */
char *dro_arena_strdup(struct dro_arena *arena, const char *s);

/** dro_arena_strndup(arena, s, len): a NUL-terminated copy of len bytes. */
char *dro_arena_strndup(struct dro_arena *arena, const char *s, size_t len);

/** dro_arena_printf(arena, fmt, ...): formatted text, or NULL. */
char *dro_arena_printf(struct dro_arena *arena, const char *fmt, ...)
    DRO_PRINTF(2, 3);

#endif /* !DRO_BASE_ARENA_H */
