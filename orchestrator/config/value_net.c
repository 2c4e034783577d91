#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>

#include "base/buf.h"
#include "base/domain.h"
#include "config/reader.h"

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return (false);
	return (true);
}

enum dro_code
dro_domain_ascii(const char *in, char out[DRO_DOMAIN_LEN], struct dro_err *err)
{
	enum dro_code code;
	char *ascii = NULL;
	int rc;

	if (is_ascii(in))
		return (dro_domain_normalise(in, out, err));
	rc =
	    idn2_to_ascii_8z(in, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (rc == IDN2_MALLOC)
		return (dro_err_nomem(err));
	if (rc != IDN2_OK)
		return (dro_err_set(err, DRO_EPARSE,
		    "not an internationalised domain name (RFC 5891): %s",
		    idn2_strerror(rc)));
	code = dro_domain_normalise(ascii, out, err);
	idn2_free(ascii);
	return (code);
}

const char *
dro_domain_unicode(struct dro_arena *arena, const char *name)
{
	char *unicode = NULL;
	const char *copy;

	if (strstr(name, "xn--") == NULL ||
	    idn2_to_unicode_8z8z(name, &unicode, 0) != IDN2_OK)
		return (dro_arena_strdup(arena, name));
	copy = dro_arena_strdup(arena, unicode);
	idn2_free(unicode);
	return (copy);
}

const char *
dro_value_domain(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	char name[DRO_DOMAIN_LEN];
	struct dro_err err;
	const char *s, *copy;

	if ((s = dro_value_line(r, node, what, 1024)) == NULL)
		return (NULL);
	if (dro_domain_ascii(s, name, &err) != DRO_OK) {
		dro_reader_error(r, node, "%s: %s", what, err.msg);
		return (NULL);
	}
	if ((copy = dro_arena_strdup(r->arena, name)) == NULL)
		r->log.failed = true;
	return (copy);
}

/* A decimal port of 1..65535 that is all of ${s}. */
static bool
read_port(const char *s, unsigned *out)
{
	unsigned v = 0;
	size_t i;

	for (i = 0; s[i] >= '0' && s[i] <= '9' && i < 5; i++)
		v = v * 10 + (unsigned)(s[i] - '0');
	*out = v;
	return (s[i] == '\0' && v >= 1 && v <= 65535 && s[0] != '0');
}

const char *
dro_value_server(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN];
	const char *s, *at, *copy;
	unsigned port = 53;
	size_t len;

	if ((s = dro_value_line(r, node, what, 64)) == NULL)
		return (NULL);
	at = strchr(s, '@');
	len = at != NULL ? (size_t)(at - s) : strlen(s);
	if (len >= sizeof(address))
		goto bad;
	memcpy(address, s, len);
	address[len] = '\0';
	if ((inet_pton(AF_INET, address, raw) != 1 &&
		inet_pton(AF_INET6, address, raw) != 1) ||
	    (at != NULL && !read_port(at + 1, &port)))
		goto bad;
	copy = dro_arena_printf(r->arena, "%s@%u", address, port);
	if (copy == NULL)
		r->log.failed = true;
	return (copy);
bad:
	dro_reader_error(r, node,
	    "%s: expected ADDRESS@PORT such as 192.0.2.53@53 or "
	    "2001:db8::53@53, found %s",
	    what, dro_found(r, node));
	return (NULL);
}

/* Octets of an address in a mailto URI that need no escape (RFC 6068 2). */
static bool
is_local_char(char c)
{
	return ((dro_ascii_lower(c) >= 'a' && dro_ascii_lower(c) <= 'z') ||
	    (c >= '0' && c <= '9') || strchr("-._~$'()*+:=", c) != NULL);
}

static bool
is_hex(char c)
{
	return ((c >= '0' && c <= '9') ||
	    (dro_ascii_lower(c) >= 'a' && dro_ascii_lower(c) <= 'f'));
}

/* The local part before ${at}; NULL, or what is wrong with it. */
static const char *
check_local(const char *s, const char *at)
{
	if (s == at)
		return ("nothing before the \"@\"");
	for (; s < at; s++) {
		if (*s == '%' && at - s > 2 && is_hex(s[1]) && is_hex(s[2])) {
			s += 2;
			continue;
		}
		if (!is_local_char(*s))
			return ("an octet before the \"@\" that a URI escapes "
				"as %XX");
	}
	return (NULL);
}

const char *
dro_value_rua(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	char domain[DRO_DOMAIN_LEN];
	const char *s, *at, *why;

	if ((s = dro_value_line(r, node, what, 320)) == NULL)
		return (NULL);
	if (strlen(s) < 7 || !dro_str_ieq((struct dro_str){s, 7}, "mailto:")) {
		dro_reader_error(r, node,
		    "%s: expected \"mailto:ADDRESS\", found %s", what,
		    dro_found(r, node));
		return (NULL);
	}
	at = strrchr(s, '@');
	if (strchr(s, ',') != NULL)
		why = "one URI only; a \",\" within the address is written "
		      "%2C";
	else if (strchr(s, '!') != NULL)
		why = "no size limit; a \"!\" within the address is written "
		      "%21";
	else
		why = at == NULL ? "no \"@\"" : check_local(s + 7, at);
	if (why == NULL && dro_domain_normalise(at + 1, domain, NULL) != DRO_OK)
		why = "no domain name after the \"@\"";
	if (why == NULL)
		return (s);
	dro_reader_error(
	    r, node, "%s: %s, found %s", what, why, dro_found(r, node));
	return (NULL);
}

const char *
dro_value_url(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	const char *s, *host, *p;
	size_t len;

	if ((s = dro_value_line(r, node, what, 1024)) == NULL)
		return (NULL);
	host = strncmp(s, "https://", 8) == 0 ? s + 8
	    : strncmp(s, "http://", 7) == 0   ? s + 7
					      : NULL;
	if (host == NULL) {
		dro_reader_error(r, node,
		    "%s: expected a URL that begins with https://", what);
		return (NULL);
	}
	len = strcspn(host, "/?#");
	if (memchr(host, '@', len) != NULL) {
		dro_reader_error(r, node,
		    "%s: a user or password in the URL; name secrets in an "
		    "option of their own, by reference",
		    what);
		return (NULL);
	}
	for (p = s; *p > 0x20 && *p < 0x7f; p++)
		;
	if (len == 0 || *p != '\0') {
		dro_reader_error(r, node,
		    "%s: expected https://HOST/... without spaces", what);
		return (NULL);
	}
	return (s);
}
