#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void
dro_buf_init(struct dro_buf *buf, size_t ceiling)
{
	memset(buf, 0, sizeof(*buf));
	buf->ceiling = ceiling;
}

void
dro_buf_finish(struct dro_buf *buf)
{
	if (buf == NULL)
		return;
	free(buf->ptr);
	memset(buf, 0, sizeof(*buf));
}

void
dro_buf_reset(struct dro_buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->ptr != NULL)
		buf->ptr[0] = '\0';
}

/* Make room for ${more} bytes and the NUL. */
static bool
reserve(struct dro_buf *buf, size_t more)
{
	size_t cap;
	char *ptr;

	if (buf->failed)
		return (false);
	if (more > buf->ceiling || buf->len > buf->ceiling - more) {
		buf->failed = true;
		return (false);
	}
	if (buf->ptr != NULL && buf->len + more < buf->cap)
		return (true);
	cap = buf->cap == 0 ? 64 : buf->cap;
	while (cap <= buf->len + more)
		cap *= 2;
	if ((ptr = realloc(buf->ptr, cap)) == NULL) {
		buf->failed = true;
		return (false);
	}
	buf->ptr = ptr;
	buf->cap = cap;
	return (true);
}

void
dro_buf_add(struct dro_buf *buf, const void *ptr, size_t len)
{
	if (!reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->ptr + buf->len, ptr, len);
	buf->len += len;
	buf->ptr[buf->len] = '\0';
}

void
dro_buf_adds(struct dro_buf *buf, const char *s)
{
	dro_buf_add(buf, s, strlen(s));
}

void
dro_buf_addc(struct dro_buf *buf, char c)
{
	dro_buf_add(buf, &c, 1);
}

void
dro_buf_addf(struct dro_buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(buf->ptr + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

enum dro_code
dro_buf_check(const struct dro_buf *buf, const char *what, struct dro_err *err)
{
	if (!buf->failed)
		return (DRO_OK);
	return (dro_err_set(err, DRO_ELIMIT,
	    "%s: longer than %zu octets, or out of memory", what,
	    buf->ceiling));
}

char *
dro_buf_steal(struct dro_buf *buf)
{
	size_t ceiling = buf->ceiling;
	char *ptr;

	if (buf->failed)
		return (NULL);
	if (buf->ptr == NULL)
		dro_buf_adds(buf, "");
	ptr = buf->ptr;
	dro_buf_init(buf, ceiling);
	return (ptr);
}

struct dro_str
dro_str_of(const char *s)
{
	return ((struct dro_str){s, strlen(s)});
}

char
dro_ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

bool
dro_str_eq(struct dro_str a, const char *s)
{
	return (a.len == strlen(s) && memcmp(a.ptr, s, a.len) == 0);
}

bool
dro_str_ieq(struct dro_str a, const char *s)
{
	size_t i;

	if (a.len != strlen(s))
		return (false);
	for (i = 0; i < a.len; i++)
		if (dro_ascii_lower(a.ptr[i]) != dro_ascii_lower(s[i]))
			return (false);
	return (true);
}

static bool
is_space(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

struct dro_str
dro_str_trim(struct dro_str a)
{
	while (a.len > 0 && is_space(a.ptr[0])) {
		a.ptr++;
		a.len--;
	}
	while (a.len > 0 && is_space(a.ptr[a.len - 1]))
		a.len--;
	return (a);
}
