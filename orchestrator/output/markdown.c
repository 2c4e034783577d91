#include <stdbool.h>
#include <string.h>

#include "output/markdown.h"
#include "output/output.h"

/* One text; a record or a reason is far shorter. */
#define TEXT_MAX ((size_t)1 << 20)

/* So many hexadecimal digits on end are read as a commit. */
#define COMMIT_LEN 7

static size_t
longest_run(const char *text, size_t len)
{
	size_t i, run = 0, longest = 0;

	for (i = 0; i < len; i++) {
		run = text[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return (longest);
}

static void
ticks(struct dro_buf *out, size_t n)
{
	while (n-- > 0 && !out->failed)
		dro_buf_addc(out, '`');
}

/* A pipe in a cell; a backslash before it would take its escape away. */
static void
add_for_cell(struct dro_buf *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '|')
			dro_buf_adds(out, "\\|");
		else if (text[i] == '\\' && i + 1 < len &&
		    (text[i + 1] == '|' || text[i + 1] == '\\'))
			dro_buf_adds(out, "\\x5c");
		else
			dro_buf_addc(out, text[i]);
	}
}

/* ${text} is safe to show already. */
static void
span(struct dro_buf *out, const char *text, size_t len, bool cell)
{
	size_t n = longest_run(text, len) + 1;
	bool pad;

	if (len == 0)
		return;
	/* One space on both sides is taken off again, but not from spaces. */
	pad = text[0] == '`' || text[len - 1] == '`' || text[0] == ' ' ||
	    text[len - 1] == ' ';
	pad = pad && strspn(text, " ") < len;
	ticks(out, n);
	if (pad)
		dro_buf_addc(out, ' ');
	if (cell)
		add_for_cell(out, text, len);
	else
		dro_buf_add(out, text, len);
	if (pad)
		dro_buf_addc(out, ' ');
	ticks(out, n);
}

static void
write_span(struct dro_buf *out, const char *text, size_t len, bool cell)
{
	struct dro_buf safe;

	dro_buf_init(&safe, TEXT_MAX);
	dro_out_text(&safe, text, len);
	out->failed = out->failed || safe.failed;
	span(out, safe.ptr, safe.len, cell);
	dro_buf_finish(&safe);
}

void
dro_md_code(struct dro_buf *out, const char *text, size_t len)
{
	write_span(out, text, len, false);
}

void
dro_md_cell(struct dro_buf *out, const char *text, size_t len)
{
	write_span(out, text, len, true);
}

void
dro_md_span(struct dro_buf *out, const char *text)
{
	dro_md_code(out, text, strlen(text));
}

void
dro_md_column(struct dro_buf *out, const char *text)
{
	dro_buf_adds(out, "| ");
	dro_md_cell(out, text, strlen(text));
	dro_buf_addc(out, ' ');
}

static bool
is_letter(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static bool
is_hex(char c)
{
	return (
	    is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

/*
 * Whether a forge can read nothing into ${word}.  What is not known to be
 * plain is not: an at sign mentions, "#1" and "GH-1" are issues, "www." and
 * "://" links, hexadecimal digits a commit.
 */
static bool
is_plain(const char *word, size_t len)
{
	size_t i, hex = 0;

	for (i = 0; i < len; i++) {
		char c = word[i], next = i + 1 < len ? word[i + 1] : '\0';
		bool in_word = i > 0 && is_letter(word[i - 1]);

		hex = is_hex(c) ? hex + 1 : 0;
		if (hex >= COMMIT_LEN)
			return (false);
		if (is_letter(c) || is_digit(c) || c == ',' || c == ';' ||
		    c == '(' || c == ')' || c == '\'')
			continue;
		if (c == '.' && (next == '\0' || (is_digit(next) && !in_word)))
			continue;
		if (c == ':' && next == '\0')
			continue;
		if (c == '%' && !is_letter(next) && !is_digit(next))
			continue;
		if (c == '-' && in_word && is_letter(next))
			continue;
		return (false);
	}
	return (true);
}

void
dro_md_text(struct dro_buf *out, const char *text, size_t len)
{
	struct dro_buf safe;
	size_t i, end;

	dro_buf_init(&safe, TEXT_MAX);
	dro_buf_adds(&safe, "");
	dro_out_text(&safe, text, len);
	out->failed = out->failed || safe.failed;
	for (i = 0; !out->failed && i < safe.len; i = end) {
		end = i;
		while (end < safe.len && safe.ptr[end] != ' ')
			end++;
		if (is_plain(safe.ptr + i, end - i))
			dro_buf_add(out, safe.ptr + i, end - i);
		else
			span(out, safe.ptr + i, end - i, false);
		if (end < safe.len) {
			dro_buf_addc(out, ' ');
			end++;
		}
	}
	dro_buf_finish(&safe);
}

void
dro_md_fence(struct dro_buf *out, const char *text, size_t len)
{
	size_t n = longest_run(text, len) + 1;

	ticks(out, n < 3 ? 3 : n);
}
