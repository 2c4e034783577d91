#include <string.h>

#include "ingest/header.h"
#include "ingest/mail.h"

/* The line at ${at}, without its end; ${next} is where the next begins. */
static struct dro_str
line_at(const char *mail, size_t len, size_t at, size_t *next)
{
	struct dro_str line = {mail + at, len - at};
	const char *lf = memchr(line.ptr, '\n', line.len);

	*next = len;
	if (lf != NULL) {
		line.len = (size_t)(lf - line.ptr);
		*next = at + line.len + 1;
	}
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return (line);
}

/* Octets of the field name at the begin of ${line}; 0: there is none. */
static size_t
name_len(struct dro_str line)
{
	size_t i;

	for (i = 0; i < line.len && line.ptr[i] != ':'; i++)
		if (line.ptr[i] <= ' ' || line.ptr[i] > '~')
			return (0);
	return (i < line.len ? i : 0);
}

static const char *
fault_of(struct dro_str line)
{
	size_t i;

	if (memchr(line.ptr, '\0', line.len) != NULL)
		return ("NUL in the header");
	if (memchr(line.ptr, '\r', line.len) != NULL)
		return ("a bare CR in the header");
	if (line.ptr[0] != ' ' && line.ptr[0] != '\t')
		return (name_len(line) == 0 ? "a line of the header is no field"
					    : NULL);
	for (i = 0; i < line.len; i++)
		if (line.ptr[i] != ' ' && line.ptr[i] != '\t')
			return (NULL);
	return ("a line of blanks in the header");
}

/*
 * Go through the lines of the header; with ${fields} take down where each
 * field is.  Returns how many there are; ${out} gets body and fault.
 */
static size_t
scan(const char *mail, size_t len, struct dro_field *fields,
    struct dro_header *out)
{
	struct dro_field *last = NULL;
	struct dro_str line;
	size_t at = 0, next, n = 0, first;

	if (len >= 5 && memcmp(mail, "From ", 5) == 0)
		(void)line_at(mail, len, 0, &at);
	for (first = at; at < len; at = next) {
		line = line_at(mail, len, at, &next);
		if (next - first > DRO_MAIL_HEADER_MAX)
			out->fault = "a header of more than 256 KiB";
		else if (line.len > 0)
			out->fault = fault_of(line);
		if (out->fault != NULL)
			return (0);
		if (line.len == 0) {
			at = next;
			break;
		}
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
			if (n == 0) {
				out->fault = "the header begins with a fold";
				return (0);
			}
		} else if (++n > DRO_HEADER_FIELDS_MAX) {
			out->fault = "more than 1000 header fields";
			return (0);
		} else if (fields != NULL) {
			last = &fields[n - 1];
			last->name = (struct dro_str){line.ptr, name_len(line)};
		}
		if (last == NULL)
			continue;
		last->whole.ptr = last->name.ptr;
		last->whole.len =
		    (size_t)(line.ptr + line.len - last->name.ptr);
		last->value.ptr = last->name.ptr + last->name.len + 1;
		last->value.len = last->whole.len - last->name.len - 1;
	}
	out->body = (struct dro_str){mail + at, len - at};
	return (n);
}

enum dro_code
dro_header_read(const char *mail, size_t len, struct dro_arena *arena,
    struct dro_header *out, struct dro_err *err)
{
	struct dro_field *fields;

	memset(out, 0, sizeof(*out));
	if ((out->n = scan(mail, len, NULL, out)) == 0 && out->fault == NULL)
		out->fault = "no header";
	if (out->fault != NULL)
		return (DRO_OK);
	if ((fields = dro_arena_alloc(arena, out->n, sizeof(*fields))) == NULL)
		return (dro_err_nomem(err));
	out->fields = fields;
	(void)scan(mail, len, fields, out);
	return (DRO_OK);
}

bool
dro_field_is(const struct dro_field *field, const char *name)
{
	return (dro_str_ieq(field->name, name));
}
