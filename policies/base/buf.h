#ifndef DRO_BASE_BUF_H
#define DRO_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

/* Text looked at, not owned; not NUL-terminated. */
struct dro_str {
	const char *ptr;
	size_t len;
};

/* A growing text with a ceiling, always NUL-terminated once not empty. */
struct dro_buf {
	char *ptr;
	size_t len;
	size_t cap;
	size_t ceiling; /* bytes, NUL not counted */
	bool failed; /* sticky: out of memory or above the ceiling */
};

/**
 * dro_buf_init(buf, ceiling):
 * Make ${buf} an empty text that may hold at most ${ceiling} bytes.
 */
void dro_buf_init(struct dro_buf *buf, size_t ceiling);

/** dro_buf_finish(buf): free what ${buf} holds; accepts a zeroed one. */
void dro_buf_finish(struct dro_buf *buf);

/** dro_buf_reset(buf): make ${buf} empty again, keeping its memory. */
void dro_buf_reset(struct dro_buf *buf);

/**
 * dro_buf_add(buf, ptr, len), dro_buf_adds(buf, s), dro_buf_addc(buf, c),
 * dro_buf_addf(buf, fmt, ...):
 * Append.  A failure is remembered in buf->failed and makes every later call
 * a no-op, so that a sequence needs one check: dro_buf_check.
 */
void dro_buf_add(struct dro_buf *buf, const void *ptr, size_t len);
void dro_buf_adds(struct dro_buf *buf, const char *s);
void dro_buf_addc(struct dro_buf *buf, char c);
void dro_buf_addf(struct dro_buf *buf, const char *fmt, ...) DRO_PRINTF(2, 3);

/**
 * dro_buf_check(buf, what, err):
 * Return DRO_OK if every append since init or reset succeeded, else
 * DRO_ELIMIT with a message that names ${what} and the ceiling.
 */
enum dro_code dro_buf_check(const struct dro_buf *buf, const char *what,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_buf_steal(buf):
 * Hand the NUL-terminated text to the caller, who frees it; ${buf} is empty
 * afterwards.  NULL when out of memory.
 */
char *dro_buf_steal(struct dro_buf *buf);

/** dro_str_of(s): the whole of the NUL-terminated ${s}. */
struct dro_str dro_str_of(const char *s);

/** dro_str_eq(a, s), dro_str_ieq(a, s): equal, with or without ASCII case. */
bool dro_str_eq(struct dro_str a, const char *s);
bool dro_str_ieq(struct dro_str a, const char *s);

/** dro_str_trim(a): ${a} without leading and trailing SP, HT, CR, LF. */
struct dro_str dro_str_trim(struct dro_str a);

/** dro_ascii_lower(c): ASCII lower case, whatever the locale. */
char dro_ascii_lower(char c);

#endif /* !DRO_BASE_BUF_H */
