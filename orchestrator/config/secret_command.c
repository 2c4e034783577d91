#include <string.h>

#include "config/program.h"
#include "config/secrets.h"

/* The first line of what was written, into ${arena}. */
static enum dro_code
first_line(const char *text, size_t len, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	const char *end = memchr(text, '\n', len);

	if (end != NULL)
		len = (size_t)(end - text);
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len == 0)
		return (dro_err_set(
		    err, DRO_EAUTH, "its first line of output is empty"));
	if (memchr(text, '\0', len) != NULL)
		return (dro_err_set(err, DRO_EAUTH, "wrote a NUL octet"));
	*out = dro_arena_strndup(arena, text, len);
	return (*out != NULL ? DRO_OK : dro_err_nomem(err));
}

enum dro_code
dro_secret_command(const char *const *argv, int timeout_s,
    struct dro_arena *arena, const char **out, struct dro_err *err)
{
	char text[DRO_SECRET_MAX + 1];
	enum dro_code code;
	size_t len = 0;

	code =
	    dro_program_read(argv, timeout_s, text, DRO_SECRET_MAX, &len, err);
	if (code == DRO_OK)
		code = first_line(text, len, arena, out, err);
	explicit_bzero(text, sizeof(text));
	return (code);
}
