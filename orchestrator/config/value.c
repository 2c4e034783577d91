#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "config/reader.h"
#include "config/suggest.h"

/* Words of a command: what a person types, and no more than a shell takes. */
#define WORDS_MAX 64
#define WORD_LEN_MAX 1024

static bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* Digits of a decimal number that begins at *s, without a leading zero. */
static bool
read_decimal(const char **s, int64_t *out)
{
	const char *p = *s;
	int64_t v = 0;

	if (!is_digit(*p) || (p[0] == '0' && is_digit(p[1])))
		return (false);
	for (; is_digit(*p); p++)
		if (dro_mul_overflow(v, 10, &v) ||
		    dro_add_overflow(v, *p - '0', &v))
			return (false);
	*s = p;
	*out = v;
	return (true);
}

const char *
dro_value_line(struct dro_reader *r, const struct dro_node *node,
    const char *what, size_t max)
{
	struct dro_str s;
	const char *copy;
	size_t i;

	if (node->kind != DRO_NODE_TEXT || dro_node_null(node)) {
		dro_reader_error(r, node, "%s: expected text, found %s", what,
		    dro_found(r, node));
		return (NULL);
	}
	/* A block text ends in a newline that nobody meant. */
	s = dro_str_trim(dro_str_of(node->text));
	if (s.len == 0) {
		dro_reader_error(r, node, "%s: the text is empty", what);
		return (NULL);
	}
	if (s.len > max) {
		dro_reader_error(r, node,
		    "%s: longer than %zu octets; say it shorter", what, max);
		return (NULL);
	}
	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f) {
			dro_reader_error(r, node,
			    "%s: line break or control character; write it "
			    "on one line",
			    what);
			return (NULL);
		}
	if ((copy = dro_arena_strndup(r->arena, s.ptr, s.len)) == NULL)
		r->log.failed = true;
	return (copy);
}

const char *
dro_value_name(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	const char *s, *p;

	if ((s = dro_value_line(r, node, what, 64)) == NULL)
		return (NULL);
	for (p = s; *p != '\0'; p++)
		if (!is_digit(*p) && *p != '_' && (p == s || *p != '-') &&
		    (p == s || *p != '.') &&
		    (dro_ascii_lower(*p) < 'a' || dro_ascii_lower(*p) > 'z')) {
			dro_reader_error(r, node,
			    "%s: %s is no name: letters, digits, \"_\", and "
			    "after the first \"-\" and \".\"",
			    what, dro_found(r, node));
			return (NULL);
		}
	return (s);
}

const char *
dro_value_path(
    struct dro_reader *r, const struct dro_node *node, const char *what)
{
	const char *s, *path;

	if ((s = dro_value_line(r, node, what, 1024)) == NULL || *s == '/')
		return (s);
	if (strncmp(s, "./", 2) == 0 && s[2] != '\0')
		s += 2;
	if ((path = dro_arena_printf(r->arena, "%s/%s", r->dir, s)) == NULL)
		r->log.failed = true;
	return (path);
}

const char *const *
dro_value_words(struct dro_reader *r, const struct dro_node *node,
    const char *what, size_t *n)
{
	const struct dro_item *item;
	const char **words, *s;

	if (node->kind != DRO_NODE_LIST || node->n == 0 ||
	    node->n > WORDS_MAX) {
		dro_reader_error(r, node,
		    "%s: expected a list [PROGRAM, ARGUMENT, ...] of at most "
		    "%d words (no shell reads it), found %s",
		    what, WORDS_MAX, dro_found(r, node));
		return (NULL);
	}
	words = dro_reader_alloc(r, node->n, sizeof(*words));
	if (words == NULL)
		return (NULL);
	*n = 0;
	for (item = node->first; item != NULL; item = item->next) {
		s = *n == 0 && item->value->kind == DRO_NODE_TEXT &&
			strchr(item->value->text, '/') != NULL
		    ? dro_value_path(r, item->value, what)
		    : dro_value_line(r, item->value, what, WORD_LEN_MAX);
		if (s == NULL)
			return (NULL);
		words[(*n)++] = s;
	}
	return (words);
}

const char *
dro_value_show(struct dro_reader *r, const struct dro_key *key, int64_t v)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"},
	    {1, "ms"}};
	const char *s;
	int64_t part;
	size_t i;

	if (key->type == DRO_T_NUMBER)
		s = dro_arena_printf(r->arena, "%lld", (long long)v);
	else if (key->type == DRO_T_PERCENT && v % 10000 == 0)
		s = dro_arena_printf(
		    r->arena, "%lld%%", (long long)(v / 10000));
	else if (key->type == DRO_T_PERCENT) {
		for (i = 4, part = v % 10000; part % 10 == 0; part /= 10)
			i--;
		s = dro_arena_printf(r->arena, "%lld.%0*lld%%",
		    (long long)(v / 10000), (int)i, (long long)part);
	} else {
		for (i = 0; v % units[i].ms != 0; i++)
			;
		if (v == 0)
			i = 3; /* "0s" */
		s = dro_arena_printf(r->arena, "%lld%s",
		    (long long)(v / units[i].ms), units[i].name);
	}
	if (s == NULL)
		r->log.failed = true;
	return (s != NULL ? s : "");
}

/* "1%", "0.05%": parts per million, so at most four decimals. */
static bool
read_percent(const char *s, int64_t *out)
{
	int64_t whole, part = 0, scale = 10000;

	if (!read_decimal(&s, &whole) || whole > 1000000)
		return (false);
	if (*s == '.') {
		s++;
		if (!is_digit(*s))
			return (false);
		for (; is_digit(*s); s++) {
			if ((scale /= 10) == 0)
				return (false);
			part += scale * (*s - '0');
		}
	}
	*out = whole * 10000 + part;
	return (strcmp(s, "%") == 0);
}

/* "500ms", "30s", "5m", "72h", "3d", "2w" in milliseconds. */
static bool
read_duration(const char *s, bool bare_seconds, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000},
	    {"d", 86400000}, {"w", 604800000}};
	size_t i;

	if (!read_decimal(&s, out))
		return (false);
	if (*s == '\0' && bare_seconds)
		s = "s";
	for (i = 0; i < DRO_ARRAY_LEN(units); i++)
		if (strcmp(s, units[i].name) == 0)
			return (!dro_mul_overflow(*out, units[i].ms, out));
	return (false);
}

/* Any of the number types, with its range. */
static void
bind_number(struct dro_reader *r, const struct dro_key *key,
    const struct dro_node *node, struct dro_setting *out)
{
	static const char *const forms[] = {[DRO_T_NUMBER] = "a number",
	    [DRO_T_DURATION] = "a time with its unit such as \"3d\"",
	    [DRO_T_SECONDS] = "seconds, or a time with its unit (s, m, h, d)",
	    [DRO_T_PERCENT] = "a percentage such as \"0.5%\""};
	const char *s = node->kind == DRO_NODE_TEXT ? node->text : "";
	bool ok;

	if (key->words != NULL && strcmp(s, key->words[0]) == 0) {
		out->num = -1;
		out->ok = true;
		return;
	}
	if (key->type == DRO_T_NUMBER)
		ok = read_decimal(&s, &out->num) && *s == '\0';
	else if (key->type == DRO_T_PERCENT)
		ok = read_percent(s, &out->num);
	else
		ok = read_duration(s, key->type == DRO_T_SECONDS, &out->num);
	if (!ok) {
		dro_reader_error(r, node, "%s: expected %s%s%s, found %s",
		    key->name, forms[key->type],
		    key->words != NULL ? " or " : "",
		    key->words != NULL ? key->words[0] : "",
		    dro_found(r, node));
		return;
	}
	if (key->min == key->max && out->num != key->min) {
		dro_reader_error(r, node, "%s: must be %s, found %s", key->name,
		    dro_value_show(r, key, key->min), dro_found(r, node));
		return;
	}
	if (out->num < key->min || out->num > key->max) {
		dro_reader_error(r, node, "%s: must be %s to %s, found %s",
		    key->name, dro_value_show(r, key, key->min),
		    dro_value_show(r, key, key->max), dro_found(r, node));
		return;
	}
	if (key->unit > 1 && out->num % key->unit != 0) {
		dro_reader_error(r, node,
		    "%s: must be a multiple of %s, found %s", key->name,
		    dro_value_show(r, key, key->unit), dro_found(r, node));
		return;
	}
	if (key->unit > 1)
		out->num /= key->unit;
	out->ok = true;
}

static void
bind_word(struct dro_reader *r, const struct dro_key *key,
    const struct dro_node *node, struct dro_setting *out)
{
	struct dro_guess guess;
	size_t i;

	if (node->kind != DRO_NODE_TEXT) {
		dro_reader_error(r, node, "%s: expected one word, found %s",
		    key->name, dro_found(r, node));
		return;
	}
	dro_guess_init(&guess, node->text);
	for (i = 0; key->words[i] != NULL; i++) {
		if (strcmp(key->words[i], node->text) == 0) {
			out->num = (int64_t)i;
			out->text = key->words[i];
			out->ok = true;
			return;
		}
		dro_guess_try(&guess, key->words[i]);
	}
	dro_reader_error(r, node, "%s: unknown value %s%s", key->name,
	    dro_found(r, node), dro_suggestion(r, &guess));
}

static void
bind_date(struct dro_reader *r, const struct dro_key *key,
    const struct dro_node *node, struct dro_setting *out)
{
	struct dro_err err;
	const char *s;

	if ((s = dro_value_line(r, node, key->name, (size_t)key->max)) == NULL)
		return;
	if (dro_date_parse(s, &out->num, &err) != DRO_OK) {
		dro_reader_error(r, node,
		    "%s: expected a date such as 2027-03-01, found %s",
		    key->name, dro_found(r, node));
		return;
	}
	out->text = s;
	out->ok = true;
}

void
dro_value_bind(struct dro_reader *r, const struct dro_key *key,
    const struct dro_node *node, struct dro_setting *out)
{
	switch (key->type) {
	case DRO_T_NUMBER:
	case DRO_T_DURATION:
	case DRO_T_SECONDS:
	case DRO_T_PERCENT:
		bind_number(r, key, node, out);
		return;
	case DRO_T_WORD:
		bind_word(r, key, node, out);
		return;
	case DRO_T_DATE:
		bind_date(r, key, node, out);
		return;
	case DRO_T_LINE:
		out->text =
		    dro_value_line(r, node, key->name, (size_t)key->max);
		break;
	case DRO_T_NAME:
		out->text = dro_value_name(r, node, key->name);
		break;
	case DRO_T_PATH:
		out->text = dro_value_path(r, node, key->name);
		break;
	case DRO_T_RUA:
		out->text = dro_value_rua(r, node, key->name);
		break;
	case DRO_T_NODE:
	case DRO_T_MAP:
		break;
	}
	out->ok = out->text != NULL || key->type == DRO_T_NODE;
}
