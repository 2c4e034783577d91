#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "zonetext.h"

/* Names and mnemonics in text: a name of 255 octets, all of them \DDD. */
#define WORD_MAX 1024

#define NOWHERE ((size_t)-1)

static enum dro_code
refuse(const struct dro_zf_scan *scan, const char *what, struct dro_err *err)
{
	return (dro_err_set(err, DRO_EINVAL, "line %zu: %s", scan->line, what));
}

enum dro_code
dro_zf_scan_init(struct dro_zf_scan *scan, const char *text, size_t len,
    const char *apex, const char *name, enum dro_rrtype type,
    struct dro_err *err)
{
	size_t i;

	memset(scan, 0, sizeof(*scan));
	scan->text = text;
	scan->len = len;
	scan->line = 1;
	scan->rrtype = (ldns_rr_type)type;
	scan->origin = ldns_dname_new_frm_str(apex);
	scan->name = ldns_dname_new_frm_str(name);
	if (scan->origin == NULL || scan->name == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < len; i++) {
		if (text[i] == '\n')
			scan->line++;
		if (text[i] == '\0')
			return (refuse(scan, "a NUL octet", err));
		if (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'))
			return (refuse(scan, "a CR that ends no line", err));
	}
	scan->line = 1;
	return (DRO_OK);
}

void
dro_zf_scan_finish(struct dro_zf_scan *scan)
{
	ldns_rdf_deep_free(scan->origin);
	ldns_rdf_deep_free(scan->name);
	scan->origin = scan->name = NULL;
}

static bool
ends_word(const struct dro_zf_scan *scan, size_t pos)
{
	return (
	    pos == scan->len || strchr(" \t\r\n;()", scan->text[pos]) != NULL);
}

/* Take the octets up to ${end} into what the entry's words cover. */
static void
cover(struct dro_zf_scan *scan, size_t end)
{
	if (scan->first == NOWHERE)
		scan->first = scan->pos;
	scan->last = scan->pos = end;
}

/* The word at scan->pos, quoted or not; an escape hides one octet. */
static enum dro_code
read_word(
    struct dro_zf_scan *scan, struct dro_zf_span *word, struct dro_err *err)
{
	const char *text = scan->text;
	bool quoted = text[scan->pos] == '"';
	size_t pos = scan->pos + (quoted ? 1 : 0);

	for (;; pos++) {
		if (quoted && (pos == scan->len || text[pos] == '\n'))
			return (refuse(scan,
			    "a quoted string must end on "
			    "its line",
			    err));
		if (quoted ? text[pos] == '"' : ends_word(scan, pos))
			break;
		if (!quoted && text[pos] == '"')
			return (refuse(scan,
			    "a quote within a word; put a "
			    "blank before it",
			    err));
		if (!quoted && (unsigned char)text[pos] < ' ')
			return (refuse(scan, "a control character", err));
		if (text[pos] == '\\' && ++pos < scan->len &&
		    (text[pos] == '\r' || text[pos] == '\n'))
			return (
			    refuse(scan, "a line ends in a backslash", err));
		if (pos == scan->len)
			return (
			    refuse(scan, "the file ends in a backslash", err));
	}
	if (quoted) {
		pos++;
		if (!ends_word(scan, pos) && text[pos] != '"')
			return (refuse(scan,
			    "a word touches a quoted "
			    "string; put a blank between",
			    err));
	}
	word->off = scan->pos;
	word->len = pos - scan->pos;
	cover(scan, pos);
	return (DRO_OK);
}

/*
 * One parenthesis.  Readers differ when it touches a word or is nested, so
 * neither is taken.
 */
static enum dro_code
read_paren(struct dro_zf_scan *scan, struct dro_err *err)
{
	size_t pos = scan->pos;
	bool opens = scan->text[pos] == '(';

	if (opens == scan->open)
		return (refuse(scan,
		    opens ? "nested parentheses" : "a ) without its (", err));
	if (opens ? pos > 0 && !ends_word(scan, pos - 1)
		  : !ends_word(scan, pos + 1))
		return (refuse(scan,
		    "a parenthesis touches a word; put a "
		    "blank between",
		    err));
	scan->open = opens;
	scan->seen_open = true;
	cover(scan, pos + 1);
	return (DRO_OK);
}

/* The next word of this entry; len == 0 at its end. */
static enum dro_code
next_word(
    struct dro_zf_scan *scan, struct dro_zf_span *word, struct dro_err *err)
{
	enum dro_code rc;

	word->off = scan->pos;
	word->len = 0;
	while (scan->pos < scan->len) {
		switch (scan->text[scan->pos]) {
		case '\n':
			if (!scan->open)
				return (DRO_OK);
			scan->line++;
			scan->pos++;
			break;
		case ' ':
		case '\t':
		case '\r':
			scan->pos++;
			break;
		case ';':
			while (scan->pos < scan->len &&
			    scan->text[scan->pos] != '\n')
				scan->pos++;
			break;
		case '(':
		case ')':
			if ((rc = read_paren(scan, err)) != DRO_OK)
				return (rc);
			break;
		default:
			return (read_word(scan, word, err));
		}
	}
	if (scan->open)
		return (refuse(scan, "the file ends within parentheses", err));
	return (DRO_OK);
}

/* A NUL-terminated copy; false if it is too long for a name. */
static bool
copy_word(
    const struct dro_zf_scan *scan, struct dro_zf_span word, char out[WORD_MAX])
{
	if (word.len >= WORD_MAX)
		return (false);
	memcpy(out, scan->text + word.off, word.len);
	out[word.len] = '\0';
	return (true);
}

static bool
is_word(
    const struct dro_zf_scan *scan, struct dro_zf_span word, const char *what)
{
	return (word.len == strlen(what) &&
	    strncasecmp(scan->text + word.off, what, word.len) == 0);
}

/* Seconds, or numbers with units as in 1d12h; RFC 2181 8 sets the limit. */
static bool
parse_ttl(
    const struct dro_zf_scan *scan, struct dro_zf_span word, uint32_t *out)
{
	static const struct {
		char unit;
		uint32_t s;
	} units[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	const char *p = scan->text + word.off, *end = p + word.len;
	uint64_t total = 0, n;
	size_t i;
	bool plain = true;

	if (word.len == 0 || word.len > 20)
		return (false);
	while (p < end) {
		if (*p < '0' || *p > '9')
			return (false);
		for (n = 0; p < end && *p >= '0' && *p <= '9'; p++)
			if ((n = n * 10 + (uint64_t)(*p - '0')) > INT32_MAX)
				return (false);
		if (p == end) {
			if (!plain)
				return (false);
			total = n;
			break;
		}
		for (i = 0; i < DRO_ARRAY_LEN(units); i++)
			if ((*p | 0x20) == units[i].unit)
				break;
		if (i == DRO_ARRAY_LEN(units))
			return (false);
		plain = false;
		total += n * units[i].s;
		p++;
	}
	if (total > INT32_MAX)
		return (false);
	*out = (uint32_t)total;
	return (true);
}

/* The absolute name that ${word} means here. */
static enum dro_code
resolve(const struct dro_zf_scan *scan, struct dro_zf_span word, ldns_rdf **out,
    struct dro_err *err)
{
	char text[WORD_MAX];
	ldns_rdf *relative;

	*out = NULL;
	if (is_word(scan, word, "@")) {
		*out = ldns_rdf_clone(scan->origin);
		return (*out == NULL ? dro_err_nomem(err) : DRO_OK);
	}
	if (scan->text[word.off] == '"' || !copy_word(scan, word, text) ||
	    (relative = ldns_dname_new_frm_str(text)) == NULL)
		return (refuse(scan, "not a domain name", err));
	if (ldns_dname_str_absolute(text)) {
		*out = relative;
		return (DRO_OK);
	}
	*out = ldns_dname_cat_clone(relative, scan->origin);
	ldns_rdf_deep_free(relative);
	return (*out == NULL ? refuse(scan, "a name too long", err) : DRO_OK);
}

static enum dro_code
read_directive(struct dro_zf_scan *scan, struct dro_zf_span word,
    struct dro_zf_entry *entry, struct dro_err *err)
{
	struct dro_zf_span arg, rest;
	ldns_rdf *origin;
	enum dro_code rc;

	if (is_word(scan, word, "$INCLUDE"))
		return (refuse(scan,
		    "$INCLUDE: the record may be in another "
		    "file; put its text here instead",
		    err));
	if (is_word(scan, word, "$GENERATE"))
		return (refuse(scan,
		    "$GENERATE: spell its records out, or "
		    "give them a zone of their own",
		    err));
	entry->kind = is_word(scan, word, "$TTL") ? DRO_ZF_TTL : DRO_ZF_ORIGIN;
	if (entry->kind == DRO_ZF_ORIGIN && !is_word(scan, word, "$ORIGIN"))
		return (refuse(
		    scan, "a directive other than $ORIGIN and $TTL", err));
	if ((rc = next_word(scan, &arg, err)) != DRO_OK ||
	    (rc = next_word(scan, &rest, err)) != DRO_OK)
		return (rc);
	if (arg.len == 0 || rest.len != 0 || scan->seen_open)
		return (refuse(scan, "$ORIGIN and $TTL take one word", err));
	if (entry->kind == DRO_ZF_TTL) {
		if (!parse_ttl(scan, arg, &scan->default_s))
			return (refuse(scan, "$TTL: not a TTL", err));
		scan->has_default = true;
		return (DRO_OK);
	}
	if ((rc = resolve(scan, arg, &origin, err)) != DRO_OK)
		return (rc);
	ldns_rdf_deep_free(scan->origin);
	scan->origin = origin;
	return (DRO_OK);
}

/* TTL and class in either order, then the type. */
static enum dro_code
read_type(
    struct dro_zf_scan *scan, struct dro_zf_entry *entry, struct dro_err *err)
{
	struct dro_zf_span word;
	char text[WORD_MAX];
	enum dro_code rc;

	for (;;) {
		if ((rc = next_word(scan, &word, err)) != DRO_OK)
			return (rc);
		if (entry->ttl.len == 0 && parse_ttl(scan, word, &entry->ttl_s))
			entry->ttl = word;
		else if (entry->class.len == 0 &&
		    (is_word(scan, word, "IN") ||
			is_word(scan, word, "CLASS1")))
			entry->class = word;
		else
			break;
	}
	entry->type = word;
	entry->early = scan->seen_open;
	if (word.len == 0 || !copy_word(scan, word, text) ||
	    (entry->rrtype = ldns_get_rr_type_by_name(text)) == 0)
		return (refuse(scan,
		    "expected [TTL] [IN] TYPE of a known "
		    "type",
		    err));
	return (DRO_OK);
}

static enum dro_code
read_record(
    struct dro_zf_scan *scan, struct dro_zf_entry *entry, struct dro_err *err)
{
	struct dro_zf_span word;
	ldns_rdf *owner;
	enum dro_code rc;
	int n;

	if (entry->owner.len != 0) {
		if ((rc = resolve(scan, entry->owner, &owner, err)) != DRO_OK)
			return (rc);
		scan->at = ldns_dname_compare(owner, scan->name) == 0;
		scan->has_owner = true;
		ldns_rdf_deep_free(owner);
	}
	if (!scan->has_owner)
		return (refuse(scan, "the first record needs an owner", err));
	if ((rc = read_type(scan, entry, err)) != DRO_OK)
		return (rc);
	entry->kind = DRO_ZF_RECORD;
	entry->owned = scan->at && entry->rrtype == scan->rrtype;
	entry->ttl_known = entry->ttl.len != 0 || scan->has_default;
	if (entry->ttl.len == 0)
		entry->ttl_s = scan->default_s;
	scan->first = NOWHERE;
	for (n = 0;; n++) {
		if ((rc = next_word(scan, &word, err)) != DRO_OK)
			return (rc);
		if (word.len == 0)
			break;
		if (n == 2 && entry->rrtype == LDNS_RR_TYPE_SOA)
			entry->serial = word;
	}
	if (n == 0)
		return (refuse(scan, "a record without data", err));
	entry->rdata.off = scan->first;
	entry->rdata.len = scan->last - scan->first;
	return (DRO_OK);
}

enum dro_code
dro_zf_scan_next(
    struct dro_zf_scan *scan, struct dro_zf_entry *entry, struct dro_err *err)
{
	struct dro_zf_span word = {0, 0};
	enum dro_code rc;
	bool indented;

	memset(entry, 0, sizeof(*entry));
	entry->all.off = scan->pos;
	entry->line = scan->line;
	entry->kind = scan->pos == scan->len ? DRO_ZF_END : DRO_ZF_BLANK;
	if (entry->kind == DRO_ZF_END)
		return (DRO_OK);
	scan->open = scan->seen_open = false;
	scan->first = NOWHERE;
	indented =
	    scan->text[scan->pos] == ' ' || scan->text[scan->pos] == '\t';
	if (scan->text[scan->pos] == '(')
		return (refuse(scan, "a parenthesis before the owner", err));
	rc = next_word(scan, &word, err);
	if (rc == DRO_OK && indented && word.len != 0) {
		/* Not blank, and no owner: read it again as fields. */
		scan->pos = entry->all.off;
		scan->line = entry->line;
		scan->open = scan->seen_open = false;
		scan->first = NOWHERE;
	}
	if (rc != DRO_OK)
		return (rc);
	if (word.len == 0 && scan->seen_open)
		return (refuse(scan, "parentheses around nothing", err));
	if (word.len != 0 && !indented && scan->text[word.off] == '$')
		rc = read_directive(scan, word, entry, err);
	else if (word.len != 0) {
		if (!indented)
			entry->owner = word;
		rc = read_record(scan, entry, err);
	}
	if (rc != DRO_OK)
		return (rc);
	if (scan->pos < scan->len) {
		scan->pos++;
		scan->line++;
	}
	entry->all.len = scan->pos - entry->all.off;
	return (DRO_OK);
}
