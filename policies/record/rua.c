#include <string.h>

#include "record/dmarc.h"
#include "record/rua.h"

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static bool
is_letter(char c)
{
	c = dro_ascii_lower(c);
	return (c >= 'a' && c <= 'z');
}

/* Cut the first item off the comma list ${list}; false after the last. */
static bool
next_uri(struct dro_str *list, struct dro_str *uri)
{
	const char *comma;

	if (list->ptr == NULL)
		return (false);
	*uri = *list;
	if ((comma = memchr(list->ptr, ',', list->len)) == NULL) {
		*list = (struct dro_str){NULL, 0};
	} else {
		uri->len = (size_t)(comma - list->ptr);
		list->ptr += uri->len + 1;
		list->len -= uri->len + 1;
	}
	*uri = dro_str_trim(*uri);
	return (true);
}

/* Length of "mailto:", "https:", ... (RFC 3986 3.1); 0 if there is none. */
static size_t
scheme_len(struct dro_str uri)
{
	size_t i;

	for (i = 0; i < uri.len; i++) {
		if (uri.ptr[i] == ':')
			return (i == 0 ? 0 : i + 1);
		if (is_letter(uri.ptr[i]))
			continue;
		if (i == 0 ||
		    (!is_digit(uri.ptr[i]) && uri.ptr[i] != '+' &&
			uri.ptr[i] != '-' && uri.ptr[i] != '.'))
			return (0);
	}
	return (0);
}

enum dro_code
dro_rua_check(struct dro_str rua, struct dro_err *err)
{
	struct dro_str uri;
	size_t len;

	while (next_uri(&rua, &uri)) {
		len = scheme_len(uri);
		if (len > 0 && len < uri.len &&
		    memchr(uri.ptr, ' ', uri.len) == NULL)
			continue;
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: tag \"rua\": \"%.*s\" is no URI "
		    "(RFC 9989 4.7); expected a comma list such as "
		    "mailto:dmarc@example.nl%s",
		    DRO_QUOTED(uri),
		    memchr(uri.ptr, '=', uri.len) != NULL
			? "; perhaps a semicolon is missing"
			: ""));
	}
	return (DRO_OK);
}

/* "!10m" at the end of a URI is no part of the address (RFC 7489 6.2). */
static struct dro_str
without_size(struct dro_str uri)
{
	size_t n = uri.len, digits;

	if (n > 0 && is_letter(uri.ptr[n - 1]) &&
	    strchr("kmgt", dro_ascii_lower(uri.ptr[n - 1])) != NULL)
		n--;
	digits = n;
	while (n > 0 && is_digit(uri.ptr[n - 1]))
		n--;
	if (n > 0 && n < digits && uri.ptr[n - 1] == '!')
		uri.len = n - 1;
	return (uri);
}

/* Compare octets ${from} to ${to} of two URIs of one length. */
static bool
part_eq(struct dro_str a, struct dro_str b, size_t from, size_t to, bool fold)
{
	size_t i;

	for (i = from; i < to; i++)
		if (fold
			? dro_ascii_lower(a.ptr[i]) != dro_ascii_lower(b.ptr[i])
			: a.ptr[i] != b.ptr[i])
			return (false);
	return (true);
}

static bool
uri_eq(struct dro_str a, struct dro_str b)
{
	const char *at;
	size_t scheme, host;

	a = without_size(a);
	b = without_size(b);
	if (a.len != b.len)
		return (false);
	scheme = scheme_len(a);
	at = memrchr(a.ptr, '@', a.len);
	host = at == NULL ? a.len : (size_t)(at - a.ptr);
	return (part_eq(a, b, 0, scheme, true) &&
	    part_eq(a, b, scheme, host, false) &&
	    part_eq(a, b, host, a.len, true));
}

bool
dro_dmarc_rua_has(struct dro_str rua, const char *uri)
{
	struct dro_str item;

	while (next_uri(&rua, &item))
		if (uri_eq(item, dro_str_of(uri)))
			return (true);
	return (false);
}
