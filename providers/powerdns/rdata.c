#include <string.h>

#include "powerdns/rdata.h"

/* RFC 1035 3.3: a character-string; RFC 2181 8: a TTL. */
#define STRING_MAX 255

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Decode the escape after a backslash; the octets taken, 0 if broken. */
static size_t
escape(const char *s, char *octet)
{
	int value;

	if (!is_digit(s[0])) {
		*octet = s[0];
		return (s[0] == '\0' ? 0 : 1);
	}
	if (!is_digit(s[1]) || !is_digit(s[2]))
		return (0);
	value = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	if (value > 255)
		return (0);
	*octet = (char)value;
	return (3);
}

/* One quoted string; return what follows it, NULL if broken. */
static const char *
quoted(const char *s, struct dro_buf *out)
{
	size_t n;
	char c;

	if (*s++ != '"')
		return (NULL);
	for (; *s != '"'; s += n) {
		n = 1;
		c = *s;
		if (c == '\0')
			return (NULL);
		if (c == '\\') {
			if ((n = escape(s + 1, &c)) == 0)
				return (NULL);
			n++;
		}
		dro_buf_addc(out, c);
	}
	return (s + 1);
}

enum dro_code
dro_powerdns_txt_decode(
    const char *content, struct dro_buf *out, struct dro_err *err)
{
	const char *s = content;

	do {
		while (*s == ' ' || *s == '\t')
			s++;
		if ((s = quoted(s, out)) == NULL)
			return (dro_err_set(err, DRO_EPARSE,
			    "TXT content: quoted strings expected, got "
			    "%.100s",
			    content));
		while (*s == ' ' || *s == '\t')
			s++;
	} while (*s != '\0');
	return (dro_buf_check(out, "TXT value", err));
}

void
dro_powerdns_txt_encode(const char *ptr, size_t len, struct dro_buf *out)
{
	unsigned char c;
	size_t i;

	dro_buf_addc(out, '"');
	for (i = 0; i < len; i++) {
		if (i > 0 && i % STRING_MAX == 0)
			dro_buf_adds(out, "\" \"");
		c = (unsigned char)ptr[i];
		if (c < 0x20 || c >= 0x7f)
			dro_buf_addf(out, "\\%03u", c);
		else if (c == '"' || c == '\\')
			dro_buf_addf(out, "\\%c", c);
		else
			dro_buf_addc(out, (char)c);
	}
	dro_buf_addc(out, '"');
}
