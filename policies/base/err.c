#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* Hostile text must not reach a terminal or a log as a control sequence. */
static void
clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s == 0x7f)
			*s = '?';
}

enum dro_code
dro_err_set(struct dro_err *err, enum dro_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return (code);
	memset(err, 0, sizeof(*err));
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	clean(err->msg);
	return (code);
}

void
dro_err_context(struct dro_err *err, const char *fmt, ...)
{
	char tail[DRO_ERR_MSG];
	va_list ap;
	int n;

	if (err == NULL)
		return;
	memcpy(tail, err->msg, sizeof(tail));
	va_start(ap, fmt);
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	clean(err->msg);
	if (n < 0 || (size_t)n + 2 >= sizeof(err->msg))
		return;
	(void)snprintf(err->msg + n, sizeof(err->msg) - (size_t)n, ": %.*s",
	    (int)(sizeof(err->msg) - (size_t)n - 3), tail);
}

enum dro_code
dro_err_nomem(struct dro_err *err)
{
	return (dro_err_set(err, DRO_ENOMEM, "out of memory"));
}
