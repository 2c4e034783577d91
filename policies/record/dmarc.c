#include <stdint.h>
#include <string.h>

#include "record/dmarc.h"
#include "record/rua.h"

static const char *const level_names[] = {"none", "quarantine", "reject"};

const char *
dro_level_name(enum dro_level level)
{
	return (level_names[level]);
}

bool
dro_level_parse(struct dro_str s, enum dro_level *out)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(level_names); i++)
		if (dro_str_ieq(s, level_names[i])) {
			*out = (enum dro_level)i;
			return (true);
		}
	return (false);
}

static bool
is_wsp(char c)
{
	return (c == ' ' || c == '\t');
}

static bool
is_letter(char c)
{
	c = dro_ascii_lower(c);
	return (c >= 'a' && c <= 'z');
}

static struct dro_str
skip_wsp(struct dro_str s)
{
	while (s.len > 0 && is_wsp(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	return (s);
}

/* Cut the literal ${prefix} off ${s}; false if it is not there. */
static bool
cut(struct dro_str *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s->len < len || memcmp(s->ptr, prefix, len) != 0)
		return (false);
	s->ptr += len;
	s->len -= len;
	return (true);
}

bool
dro_dmarc_is(struct dro_str text)
{
	if (!cut(&text, "v") && !cut(&text, "V"))
		return (false);
	text = skip_wsp(text);
	if (!cut(&text, "="))
		return (false);
	text = skip_wsp(text);
	if (!cut(&text, "DMARC1"))
		return (false);
	return (text.len == 0 || text.ptr[0] == ';' || is_wsp(text.ptr[0]));
}

bool
dro_dmarc_resembles(struct dro_str text)
{
	static const char meant[] = "vdmarc1";
	size_t i, at = 0;

	for (i = 0; i < text.len && at < sizeof(meant) - 1; i++) {
		char c = dro_ascii_lower(text.ptr[i]);

		if (!is_letter(c) && (c < '0' || c > '9'))
			continue;
		if (c != meant[at++])
			return (false);
	}
	return (at == sizeof(meant) - 1 && !dro_dmarc_is(text));
}

enum dro_found
dro_dmarc_find(const struct dro_rrset *rrset, size_t *index)
{
	enum dro_found found = DRO_FOUND_NONE;
	size_t i;

	for (i = 0; i < rrset->n; i++) {
		if (!dro_dmarc_is((struct dro_str){
			rrset->values[i].ptr, rrset->values[i].len}))
			continue;
		if (found == DRO_FOUND_ONE)
			return (DRO_FOUND_MANY);
		found = DRO_FOUND_ONE;
		*index = i;
	}
	return (found);
}

/* The characters that word processors put where ASCII was meant. */
static const struct {
	uint32_t first, last;
	const char *name;
	const char *remedy;
} lookalikes[] = {
    {0x00a0, 0x00a0, "a no-break space", "write a plain space"},
    {0x00ad, 0x00ad, "a soft hyphen", "remove it"},
    {0x200b, 0x200f, "a zero-width character", "remove it"},
    {0x2010, 0x2015, "a typographic dash", "write \"-\""},
    {0x2018, 0x201f, "a typographic quote", "remove it"},
    {0x2060, 0x2060, "a zero-width character", "remove it"},
    {0x2212, 0x2212, "a minus sign", "write \"-\""},
    {0xfeff, 0xfeff, "a byte order mark", "remove it"},
};

/* The code point that a UTF-8 sequence of 2 or 3 octets starts, or 0. */
static uint32_t
code_point(struct dro_str s)
{
	uint32_t b[3] = {0, 0, 0};
	size_t i;

	for (i = 0; i < 3 && i < s.len; i++)
		b[i] = (unsigned char)s.ptr[i];
	if ((b[0] & 0xe0) == 0xc0)
		return ((b[0] & 0x1f) << 6 | (b[1] & 0x3f));
	if ((b[0] & 0xf0) == 0xe0)
		return (
		    (b[0] & 0x0f) << 12 | (b[1] & 0x3f) << 6 | (b[2] & 0x3f));
	return (0);
}

static enum dro_code
bad_octet(struct dro_str text, size_t at, struct dro_err *err)
{
	uint32_t cp =
	    code_point((struct dro_str){text.ptr + at, text.len - at});
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(lookalikes); i++)
		if (cp >= lookalikes[i].first && cp <= lookalikes[i].last)
			return (dro_err_set(err, DRO_EPARSE,
			    "DMARC record: octet %zu begins %s (U+%04X): only "
			    "printable ASCII counts (RFC 9989 4.8); %s",
			    at + 1, lookalikes[i].name, (unsigned)cp,
			    lookalikes[i].remedy));
	return (dro_err_set(err, DRO_EPARSE,
	    "DMARC record: octet %zu is 0x%02x: only printable ASCII counts "
	    "(RFC 9989 4.8); remove it",
	    at + 1, (unsigned)(unsigned char)text.ptr[at]));
}

static enum dro_code
check_octets(struct dro_str text, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] != '\t' &&
		    (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e))
			return (bad_octet(text, i, err));
	return (DRO_OK);
}

/* Read "name=value" with white space around both (RFC 9989 4.8). */
static enum dro_code
read_tag(struct dro_str item, struct dro_tag *tag, struct dro_err *err)
{
	const char *eq;
	size_t i, left;

	/* Until "=" is found, all of it is both. */
	item = dro_str_trim(item);
	*tag = (struct dro_tag){item, item};
	if (item.len == 0)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: nothing between two semicolons, or no text "
		    "at all; expected tag=value (RFC 9989 4.8)"));
	if ((eq = memchr(item.ptr, '=', item.len)) == NULL)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: \"%.*s\" is not tag=value (RFC 9989 4.8)",
		    DRO_QUOTED(item)));
	left = (size_t)(eq - item.ptr);
	tag->name = dro_str_trim((struct dro_str){item.ptr, left});
	tag->value =
	    dro_str_trim((struct dro_str){eq + 1, item.len - left - 1});
	for (i = 0; i < tag->name.len && is_letter(tag->name.ptr[i]); i++)
		;
	if (i == 0 || i < tag->name.len)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: \"%.*s\" is no tag name: letters only "
		    "(RFC 9989 4.8)",
		    DRO_QUOTED(tag->name)));
	if (tag->value.len == 0)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: tag \"%.*s\" has no value; "
		    "remove the tag or give it one",
		    DRO_QUOTED(tag->name)));
	if (memchr(tag->value.ptr, '\t', tag->value.len) != NULL)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: tag \"%.*s\" has a tab inside its value "
		    "(RFC 9989 4.8); remove it",
		    DRO_QUOTED(tag->name)));
	return (DRO_OK);
}

static bool
has_tag(const struct dro_dmarc *record, struct dro_str name)
{
	size_t i, j;

	for (i = 0; i < record->n; i++) {
		if (record->tags[i].name.len != name.len)
			continue;
		for (j = 0; j < name.len; j++)
			if (dro_ascii_lower(record->tags[i].name.ptr[j]) !=
			    dro_ascii_lower(name.ptr[j]))
				break;
		if (j == name.len)
			return (true);
	}
	return (false);
}

/* Split the text at semicolons; one at the end is legal. */
static enum dro_code
read_tags(struct dro_str text, struct dro_dmarc *out, struct dro_err *err)
{
	struct dro_str item;
	struct dro_tag tag;
	const char *end;
	enum dro_code code;

	for (;;) {
		end = memchr(text.ptr, ';', text.len);
		item = text;
		if (end != NULL)
			item.len = (size_t)(end - text.ptr);
		else if (out->n > 0 && dro_str_trim(text).len == 0)
			return (DRO_OK);
		if ((code = read_tag(item, &tag, err)) != DRO_OK)
			return (code);
		if (has_tag(out, tag.name))
			return (dro_err_set(err, DRO_EPARSE,
			    "DMARC record: tag \"%.*s\" occurs twice, which "
			    "voids the whole record (RFC 6376 3.2); "
			    "remove one",
			    DRO_QUOTED(tag.name)));
		if (out->n == DRO_DMARC_TAGS_MAX)
			return (dro_err_set(err, DRO_EPARSE,
			    "DMARC record: more than %d tags",
			    DRO_DMARC_TAGS_MAX));
		out->tags[out->n++] = tag;
		if (end == NULL)
			return (DRO_OK);
		text.len -= item.len + 1;
		text.ptr = end + 1;
	}
}

/* A value with "=" in it mostly means that a semicolon was forgotten. */
static const char *
hint(struct dro_str value)
{
	if (dro_str_ieq(value, "quarantaine"))
		return ("; write quarantine");
	if (memchr(value.ptr, '=', value.len) != NULL)
		return ("; perhaps a semicolon is missing");
	return ("; correct it, receivers differ in what they make of it");
}

static enum dro_code
check_version(const struct dro_tag *tag, struct dro_err *err)
{
	if (dro_str_ieq(tag->name, "v") && dro_str_eq(tag->value, "DMARC1"))
		return (DRO_OK);
	return (dro_err_set(err, DRO_EPARSE,
	    "DMARC record: must begin with v=DMARC1; (RFC 9989 4.7), found "
	    "\"%.*s=%.*s\"%s",
	    DRO_QUOTED(tag->name), DRO_QUOTED(tag->value), hint(tag->value)));
}

static enum dro_code
read_level(const struct dro_tag *tag, enum dro_level *out, struct dro_err *err)
{
	if (dro_level_parse(tag->value, out))
		return (DRO_OK);
	return (dro_err_set(err, DRO_EPARSE,
	    "DMARC record: tag \"%.*s\": expected none, quarantine or reject "
	    "(RFC 9989 4.7), found \"%.*s\"%s",
	    DRO_QUOTED(tag->name), DRO_QUOTED(tag->value), hint(tag->value)));
}

static enum dro_code
read_pct(const struct dro_tag *tag, int *out, struct dro_err *err)
{
	struct dro_str s = tag->value;
	int v = 0;

	for (; s.len > 0 && s.ptr[0] >= '0' && s.ptr[0] <= '9'; s.ptr++) {
		v = v > 100 ? v : v * 10 + (s.ptr[0] - '0');
		s.len--;
	}
	if (s.len > 0 || v > 100 || tag->value.len > 3)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: tag \"pct\": expected 0 to 100 "
		    "(RFC 7489 6.3), found \"%.*s\"%s",
		    DRO_QUOTED(tag->value), hint(tag->value)));
	*out = v;
	return (DRO_OK);
}

static enum dro_code
read_testing(const struct dro_tag *tag, bool *out, struct dro_err *err)
{
	*out = dro_str_ieq(tag->value, "y");
	if (*out || dro_str_ieq(tag->value, "n"))
		return (DRO_OK);
	return (dro_err_set(err, DRO_EPARSE,
	    "DMARC record: tag \"t\": expected y or n (RFC 9989 4.7), found "
	    "\"%.*s\"%s",
	    DRO_QUOTED(tag->value), hint(tag->value)));
}

/* The tags we understand; all others are for others. */
static enum dro_code
read_value(
    const struct dro_tag *tag, struct dro_dmarc *out, struct dro_err *err)
{
	if (dro_str_ieq(tag->name, "p"))
		return (read_level(tag, &out->core.p, err));
	if (dro_str_ieq(tag->name, "pct"))
		return (read_pct(tag, &out->core.pct, err));
	if (dro_str_ieq(tag->name, "t"))
		return (read_testing(tag, &out->core.t, err));
	if (dro_str_ieq(tag->name, "sp")) {
		out->has_sp = true;
		return (read_level(tag, &out->sp, err));
	}
	if (dro_str_ieq(tag->name, "np")) {
		out->has_np = true;
		return (read_level(tag, &out->np, err));
	}
	if (dro_str_ieq(tag->name, "rua")) {
		out->rua = tag->value;
		return (dro_rua_check(tag->value, err));
	}
	return (DRO_OK);
}

enum dro_code
dro_dmarc_parse(struct dro_str text, struct dro_dmarc *out, struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->core.pct = 100;
	if (text.len == 0)
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: empty; expected v=DMARC1; p=..."));
	if ((code = check_octets(text, err)) != DRO_OK)
		return (code);
	if (is_wsp(text.ptr[0]))
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: begins with white space, so that receivers "
		    "may not see it (RFC 9989 4.7); remove it"));
	if ((code = read_tags(text, out, err)) != DRO_OK)
		return (code);
	if ((code = check_version(&out->tags[0], err)) != DRO_OK)
		return (code);
	for (i = 1; i < out->n; i++)
		if ((code = read_value(&out->tags[i], out, err)) != DRO_OK)
			return (code);
	if (!has_tag(out, dro_str_of("p")))
		return (dro_err_set(err, DRO_EPARSE,
		    "DMARC record: no tag \"p\" (RFC 7489 6.3); "
		    "write p=none after v=DMARC1"));
	return (DRO_OK);
}
