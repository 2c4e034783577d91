#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/compiler.h"
#include "ingest/imap_text.h"

/* Octets of a name in modified UTF-7; the configured one has 255 at most. */
#define MAILBOX_OCTETS 1024

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Decimal digits at *s, which moves behind them. */
static bool
take_number(const char **s, const char *end, int64_t *out)
{
	const char *p = *s;
	int64_t v = 0;

	for (; p < end && is_digit(*p); p++)
		if (dro_mul_overflow(v, 10, &v) ||
		    dro_add_overflow(v, *p - '0', &v))
			return (false);
	if (p == *s)
		return (false);
	*s = p;
	*out = v;
	return (true);
}

static bool
take_word(const char **s, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - *s) < len || strncasecmp(*s, word, len) != 0)
		return (false);
	*s += len;
	return (true);
}

/* ---- FETCH */

/* "(\Seen $Label1)" at *s. */
static bool
take_flags(const char **s, const char *end, bool *seen)
{
	const char *p = *s, *word;

	if (p == end || *p != '(')
		return (false);
	for (p++; p < end && *p != ')';) {
		for (word = p; p < end && *p != ' ' && *p != ')'; p++)
			;
		if (p - word == 5 && strncasecmp(word, "\\Seen", 5) == 0)
			*seen = true;
		while (p < end && *p == ' ')
			p++;
	}
	if (p == end)
		return (false);
	*s = p + 1;
	return (true);
}

/* The value of an item nobody asked for: a number, an atom, or "(...)". */
static void
pass_value(const char **s, const char *end)
{
	const char *p = *s;

	if (p < end && *p == '(')
		while (p < end && *p++ != ')')
			;
	else
		while (p < end && *p != ' ' && *p != ')')
			p++;
	*s = p;
}

/* "* 12 FETCH (UID 7 RFC822.SIZE 1234 FLAGS (\Seen))" */
static bool
take_item(const char *s, const char *end, struct dro_imap_item *out)
{
	int64_t number;

	*out = (struct dro_imap_item){-1, -1, false};
	if (!take_word(&s, end, "* ") || !take_number(&s, end, &number) ||
	    !take_word(&s, end, " FETCH ("))
		return (false);
	while (s < end && *s != ')') {
		bool ok = true;

		if (take_word(&s, end, "UID "))
			ok = take_number(&s, end, &out->uid);
		else if (take_word(&s, end, "RFC822.SIZE "))
			ok = take_number(&s, end, &out->size);
		else if (take_word(&s, end, "FLAGS "))
			ok = take_flags(&s, end, &out->seen);
		else {
			pass_value(&s, end);
			if (take_word(&s, end, " "))
				pass_value(&s, end);
		}
		if (!ok)
			return (false);
		(void)take_word(&s, end, " ");
	}
	return (s < end && out->uid > 0 && out->size >= 0);
}

static int
by_uid(const void *a, const void *b)
{
	const struct dro_imap_item *x = a, *y = b;

	return ((x->uid > y->uid) - (x->uid < y->uid));
}

enum dro_code
dro_imap_items(const char *answer, size_t len, int64_t lo, int64_t hi,
    struct dro_imap_item **out, size_t *n, struct dro_err *err)
{
	const char *end = answer + len, *line, *eol;
	struct dro_imap_item *items;
	size_t cap = 0;

	*out = NULL;
	*n = 0;
	for (line = answer; line < end; line = eol + 1) {
		cap++;
		if ((eol = memchr(line, '\n', (size_t)(end - line))) == NULL)
			break;
	}
	if (cap == 0)
		return (DRO_OK);
	if ((items = calloc(cap, sizeof(*items))) == NULL)
		return (dro_err_nomem(err));
	for (line = answer; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (eol == NULL)
			eol = end;
		if (take_item(line, eol, &items[*n]) && items[*n].uid >= lo &&
		    items[*n].uid <= hi)
			(*n)++;
	}
	qsort(items, *n, sizeof(*items), by_uid);
	*out = items;
	return (DRO_OK);
}

/* ---- STATUS and CAPABILITY */

bool
dro_imap_number(const char *answer, const char *name, int64_t *out)
{
	const char *s = strrchr(answer, '('), *end;

	if (s == NULL)
		return (false);
	end = s + strlen(s);
	for (s++; s < end; s++) {
		if (take_word(&s, end, name) && take_word(&s, end, " "))
			return (take_number(&s, end, out));
		while (s < end && *s != ' ')
			s++;
	}
	return (false);
}

bool
dro_imap_has(const char *answer, const char *name)
{
	size_t len = strlen(name), n;

	for (; *answer != '\0'; answer += n) {
		answer += strspn(answer, " \r\n");
		n = strcspn(answer, " \r\n");
		if (n == len && strncasecmp(answer, name, n) == 0)
			return (true);
	}
	return (false);
}

/* ---- names */

enum dro_code
dro_imap_mailbox(const char *utf8, struct dro_buf *out, struct dro_err *err)
{
	char text[MAILBOX_OCTETS], *to = text;
	/* iconv reads through a pointer that is not const. */
	char *copy = strdup(utf8), *from = copy;
	size_t left = strlen(utf8), room = sizeof(text);
	iconv_t cd;
	bool ok;

	if (copy == NULL)
		return (dro_err_nomem(err));
	/* POSIX has (iconv_t)-1 for a failure. */
	cd = iconv_open("UTF-7-IMAP", "UTF-8");
	if ((intptr_t)cd == -1) {
		free(copy);
		return (dro_err_set(err, DRO_EINVAL,
		    "mailbox \"%s\": the C library lacks its tables of "
		    "character sets (gconv)",
		    utf8));
	}
	ok = iconv(cd, &from, &left, &to, &room) != (size_t)-1 &&
	    iconv(cd, NULL, NULL, &to, &room) != (size_t)-1;
	(void)iconv_close(cd);
	free(copy);
	if (!ok)
		return (dro_err_set(err, DRO_EINVAL,
		    "mailbox \"%s\": no UTF-8, or too long", utf8));
	dro_buf_add(out, text, sizeof(text) - room);
	return (dro_buf_check(out, "name of a mailbox", err));
}

void
dro_imap_quote(const char *s, struct dro_buf *out)
{
	dro_buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			dro_buf_addc(out, '\\');
		dro_buf_addc(out, *s);
	}
	dro_buf_addc(out, '"');
}
