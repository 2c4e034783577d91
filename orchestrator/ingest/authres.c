#include <string.h>

#include "base/buf.h"
#include "ingest/authres.h"

#define COMMENTS_MAX 16 /* within each other */
#define WORD_MAX 998 /* a line, RFC 5322 2.1.1 */

/* What is left of the field; one look-ahead, no way back. */
struct reader {
	const unsigned char *at, *end;
	char word[WORD_MAX + 1];
	size_t len;
};

/* Words that name something: RFC 2045 tokens without "=", "/" and ".". */
#define NAME_CHARS "-_"
/* What stands unquoted as a value in the fields that servers write. */
#define VALUE_CHARS "!#$%&'*+-.^_`{|}~/=@:,[]?<>"

static bool
is_alnum(unsigned char c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z'));
}

static bool
is_one_of(unsigned char c, const char *set)
{
	return (is_alnum(c) || (c != '\0' && strchr(set, c) != NULL));
}

static bool
is_blank(unsigned char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Pass over one comment, which may hold others; false if it stays open. */
static bool
skip_comment(struct reader *r)
{
	int depth = 0;

	for (; r->at < r->end; r->at++) {
		if (*r->at == '\\') {
			if (++r->at == r->end)
				return (false);
		} else if (*r->at == '(') {
			if (++depth > COMMENTS_MAX)
				return (false);
		} else if (*r->at == ')' && --depth == 0) {
			r->at++;
			return (true);
		}
		if (*r->at == '\0')
			return (false);
	}
	return (false);
}

/* CFWS; false if a comment stays open. */
static bool
skip(struct reader *r)
{
	while (r->at < r->end) {
		if (is_blank(*r->at))
			r->at++;
		else if (*r->at != '(')
			return (true);
		else if (!skip_comment(r))
			return (false);
	}
	return (true);
}

static bool
put(struct reader *r, unsigned char c)
{
	if (r->len >= WORD_MAX || c < ' ' || c > '~')
		return (false);
	r->word[r->len++] = (char)c;
	r->word[r->len] = '\0';
	return (true);
}

/* One word of letters, digits and ${set}; false if there is none. */
static bool
take_word(struct reader *r, const char *set)
{
	r->len = 0;
	for (; r->at < r->end && is_one_of(*r->at, set); r->at++)
		if (!put(r, *r->at))
			return (false);
	return (r->len > 0);
}

/* A value: a word, or a quoted string without what needs quoting inside. */
static bool
take_value(struct reader *r, const char *set)
{
	if (r->at == r->end || *r->at != '"')
		return (take_word(r, set));
	r->len = 0;
	for (r->at++; r->at < r->end && *r->at != '"'; r->at++)
		if (*r->at == '\\' || !put(r, *r->at))
			return (false);
	if (r->at == r->end)
		return (false);
	r->at++;
	return (r->len > 0);
}

/* The character ${c} with CFWS around it. */
static bool
take_char(struct reader *r, unsigned char c)
{
	if (!skip(r) || r->at == r->end || *r->at != c)
		return (false);
	r->at++;
	return (skip(r));
}

static bool
next_is(const struct reader *r, unsigned char c)
{
	return (r->at < r->end && *r->at == c);
}

/* The word in hand as a domain, once; of an address its domain. */
static bool
keep_domain(const struct reader *r, char out[DRO_DOMAIN_LEN])
{
	const char *at = strrchr(r->word, '@');

	return (out[0] == '\0' &&
	    dro_domain_normalise(at != NULL ? at + 1 : r->word, out, NULL) ==
		DRO_OK);
}

/* One "ptype.property=value" after its first word, which is in hand. */
static bool
take_property(struct reader *r, struct dro_authres_result *out)
{
	const bool header = dro_str_ieq(dro_str_of(r->word), "header");
	char *to = NULL;

	if (!take_char(r, '.') || !take_word(r, NAME_CHARS))
		return (false);
	if (header && dro_str_ieq(dro_str_of(r->word), "from"))
		to = out->header_from;
	else if (header && dro_str_ieq(dro_str_of(r->word), "d"))
		to = out->header_d;
	else if (header && dro_str_ieq(dro_str_of(r->word), "i"))
		to = out->header_i;
	else if (header && dro_str_ieq(dro_str_of(r->word), "s"))
		to = out->selector;
	if (!take_char(r, '=') || !take_value(r, VALUE_CHARS))
		return (false);
	return (to == NULL || keep_domain(r, to));
}

/* "method[/1]=result", with the method in hand, and what follows up to ";". */
static bool
take_result(struct reader *r, struct dro_authres_result *out)
{
	const struct dro_str method = dro_str_of(r->word);
	bool reason = false;

	if (dro_str_ieq(method, "dmarc"))
		out->method = DRO_AUTHRES_DMARC;
	else if (dro_str_ieq(method, "dkim"))
		out->method = DRO_AUTHRES_DKIM;
	if (!skip(r))
		return (false);
	if (next_is(r, '/') &&
	    (!take_char(r, '/') || !take_word(r, "") ||
		strcmp(r->word, "1") != 0))
		return (false);
	if (!take_char(r, '=') || !take_word(r, NAME_CHARS))
		return (false);
	out->pass = dro_str_ieq(dro_str_of(r->word), "pass");
	for (;;) {
		if (!skip(r))
			return (false);
		if (r->at == r->end || *r->at == ';')
			return (true);
		if (!take_word(r, NAME_CHARS))
			return (false);
		if (reason || !dro_str_ieq(dro_str_of(r->word), "reason")) {
			if (!take_property(r, out))
				return (false);
			continue;
		}
		reason = true;
		if (!take_char(r, '=') || !take_value(r, VALUE_CHARS))
			return (false);
	}
}

/*
 * The authserv-id and, if one is there, the version 1.  A quoted id, or a
 * comment before it, is a way past the server that removes foreign fields.
 */
static bool
take_id(struct reader *r, struct dro_authres *out)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	if (!take_word(r, "-._") || r->len >= sizeof(out->id))
		return (false);
	memcpy(out->id, r->word, r->len + 1);
	/* Something must part the two: "mx1" is no "mx" of version 1. */
	if (r->at < r->end && !is_blank(*r->at) && *r->at != '(' &&
	    *r->at != ';')
		return (false);
	if (!skip(r) || r->at == r->end || *r->at == ';')
		return (r->at < r->end);
	return (take_word(r, "") && strcmp(r->word, "1") == 0 && skip(r) &&
	    next_is(r, ';'));
}

bool
dro_authres_parse(const char *value, size_t len, struct dro_authres *out)
{
	struct reader r = {(const unsigned char *)value,
	    (const unsigned char *)value + len, "", 0};
	bool dmarc = false;

	memset(out, 0, sizeof(*out));
	if (!take_id(&r, out))
		return (false);
	while (r.at < r.end) {
		if (!take_char(&r, ';'))
			return (false);
		if (r.at == r.end) /* a last ";" is common and says nothing */
			break;
		if (out->n == DRO_AUTHRES_MAX || !take_word(&r, NAME_CHARS))
			return (false);
		if (dro_str_ieq(dro_str_of(r.word), "none") && out->n == 0 &&
		    skip(&r) && r.at == r.end)
			return (true);
		if (!take_result(&r, &out->results[out->n]))
			return (false);
		if (out->results[out->n].method == DRO_AUTHRES_DMARC) {
			if (dmarc)
				return (false);
			dmarc = true;
		}
		out->n++;
	}
	return (out->n > 0);
}
