#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/csv.h"
#include "config/include.h"
#include "config/suggest.h"

/* There are far fewer keys than this. */
#define COLUMNS_MAX 64

/* A text being read. */
struct sheet {
	struct dro_reader *r;
	const char *file;
	const char *p, *end;
	int line, column; /* of *p, from 1; columns count characters */
	char separator;
	struct dro_buf field; /* the last one read */
	int field_line, field_column; /* where it begins */
	const char *columns[COLUMNS_MAX]; /* their names, "domain" too */
	size_t n_columns;
};

/* What comes after a field. */
enum next { NEXT_FIELD, NEXT_ROW, NEXT_END, NEXT_NOTHING };

static void
fault(struct sheet *s, int line, int column, const char *text)
{
	dro_log_at(&s->r->log, false, s->file, line, column, "%s", text);
}

/* Step over one octet. */
static void
step(struct sheet *s)
{
	if (*s->p == '\n') {
		s->line++;
		s->column = 1;
	} else if (s->p + 1 == s->end ||
	    ((unsigned char)s->p[1] & 0xc0) != 0x80)
		s->column++;
	s->p++;
}

/* Whether a row ends at *p; a CR alone ends none (RFC 4180). */
static bool
at_row_end(const struct sheet *s)
{
	return (s->p == s->end || *s->p == '\n' ||
	    (*s->p == '\r' && (s->p + 1 == s->end || s->p[1] == '\n')));
}

/* Step over the end of a row. */
static enum next
end_row(struct sheet *s)
{
	while (s->p < s->end && *s->p == '\r')
		step(s);
	if (s->p < s->end)
		step(s);
	return (s->p < s->end ? NEXT_ROW : NEXT_END);
}

/* Take the octets between quotes; *p is behind the first. */
static bool
read_quoted(struct sheet *s)
{
	while (s->p < s->end) {
		if (*s->p == '"') {
			step(s);
			if (s->p == s->end || *s->p != '"')
				return (true);
		}
		dro_buf_addc(&s->field, *s->p);
		step(s);
	}
	fault(s, s->field_line, s->field_column,
	    "the quote that begins here never ends");
	return (false);
}

/* Take one field; NEXT_NOTHING after an error that hides the rest. */
static enum next
read_field(struct sheet *s)
{
	dro_buf_reset(&s->field);
	s->field_line = s->line;
	s->field_column = s->column;
	if (s->p < s->end && *s->p == '"') {
		step(s);
		if (!read_quoted(s))
			return (NEXT_NOTHING);
		if (!at_row_end(s) && *s->p != s->separator) {
			fault(s, s->line, s->column,
			    "text behind a closing quote; a quote within a "
			    "field is written twice");
			return (NEXT_NOTHING);
		}
	}
	while (!at_row_end(s) && *s->p != s->separator) {
		if (*s->p == '"') {
			fault(s, s->line, s->column,
			    "a quote within a field; put the field in quotes "
			    "and write the quote twice");
			return (NEXT_NOTHING);
		}
		dro_buf_addc(&s->field, *s->p);
		step(s);
	}
	if (s->field.failed) {
		/* Out of room, or out of memory. */
		if (s->field.len < DRO_CSV_FIELD_MAX)
			s->r->log.failed = true;
		dro_log_at(&s->r->log, false, s->file, s->field_line,
		    s->field_column,
		    "a field of more than %d octets; is a quote missing?",
		    DRO_CSV_FIELD_MAX);
		return (NEXT_NOTHING);
	}
	if (at_row_end(s))
		return (end_row(s));
	step(s);
	return (NEXT_FIELD);
}

static struct dro_node *
new_node(struct sheet *s, enum dro_node_kind kind, const char *text)
{
	struct dro_node *node = dro_reader_alloc(s->r, 1, sizeof(*node));

	if (node == NULL)
		return (NULL);
	node->kind = kind;
	node->file = s->file;
	node->line = s->field_line;
	node->column = s->field_column;
	node->text = text;
	node->quoted = true;
	return (node);
}

/* The last field without the blanks around it. */
static struct dro_str
field(const struct sheet *s)
{
	if (s->field.len == 0)
		return (dro_str_of(""));
	return (dro_str_trim((struct dro_str){s->field.ptr, s->field.len}));
}

/* The same as text, or NULL. */
static const char *
field_text(struct sheet *s)
{
	struct dro_str str = field(s);
	const char *text = dro_arena_strndup(s->r->arena, str.ptr, str.len);

	if (text == NULL)
		s->r->log.failed = true;
	return (text);
}

static bool
put(struct sheet *s, struct dro_node *map, const struct dro_node *key,
    const struct dro_node *value)
{
	struct dro_item *item = dro_reader_alloc(s->r, 1, sizeof(*item));

	if (item == NULL || key == NULL || value == NULL)
		return (false);
	item->key = key;
	item->value = value;
	if (map->last != NULL)
		map->last->next = item;
	else
		map->first = item;
	map->last = item;
	map->n++;
	return (true);
}

/* The setting or "domain" that the last field names as a column, or NULL. */
static const char *
column_name(struct sheet *s)
{
	const struct dro_key *keys;
	struct dro_guess guess;
	const char *text;
	size_t i, n;

	if ((text = field_text(s)) == NULL)
		return (NULL);
	if (strcmp(text, "domain") == 0)
		return ("domain");
	keys = dro_keys(&n);
	dro_guess_init(&guess, text);
	dro_guess_try(&guess, "domain");
	for (i = 0; i < n; i++) {
		if ((keys[i].places & DRO_IN_CSV) == 0)
			continue;
		if (strcmp(keys[i].name, text) == 0)
			return (keys[i].name);
		dro_guess_try(&guess, keys[i].name);
	}
	dro_log_at(&s->r->log, false, s->file, s->field_line, s->field_column,
	    "unknown column \"%.64s\"%s", text, dro_suggestion(s->r, &guess));
	return (NULL);
}

/* The separator that stands first in the first row. */
static char
separator_of(const struct sheet *s)
{
	bool quoted = false;
	const char *p;

	for (p = s->p; p < s->end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == ',' || *p == ';'))
			return (*p);
		else if (!quoted && *p == '\n')
			break;
	}
	return (',');
}

/* The first row: the columns and what separates them. */
static enum next
read_header(struct sheet *s)
{
	size_t i;
	enum next next = NEXT_FIELD;
	bool domain = false, ok = true;
	const char *name;

	s->separator = separator_of(s);
	while (next == NEXT_FIELD) {
		if ((next = read_field(s)) == NEXT_NOTHING)
			return (next);
		if ((name = column_name(s)) == NULL ||
		    s->n_columns == COLUMNS_MAX) {
			ok = false;
			continue;
		}
		for (i = 0; i < s->n_columns; i++)
			if (strcmp(s->columns[i], name) == 0) {
				fault(s, s->field_line, s->field_column,
				    "the same column twice; keep one of them");
				ok = false;
			}
		domain = domain || strcmp(name, "domain") == 0;
		s->columns[s->n_columns++] = name;
	}
	if (ok && !domain)
		fault(s, 1, 1,
		    "no column domain; the first row names the columns, such "
		    "as domain,policy,account");
	return (ok && domain ? next : NEXT_NOTHING);
}

/* Put the last field, which is of column ${i}, into the row. */
static bool
take_field(struct sheet *s, size_t i, struct dro_node *settings,
    const struct dro_node **domain)
{
	bool is_domain =
	    i < s->n_columns && strcmp(s->columns[i], "domain") == 0;
	const char *text;

	if (i >= s->n_columns || (!is_domain && field(s).len == 0))
		return (true);
	if ((text = field_text(s)) == NULL)
		return (false);
	if (is_domain) {
		*domain = new_node(s, DRO_NODE_TEXT, text);
		return (*domain != NULL);
	}
	return (put(s, settings, new_node(s, DRO_NODE_TEXT, s->columns[i]),
	    new_node(s, DRO_NODE_TEXT, text)));
}

/* One row into ${out}. */
static enum next
read_row(struct sheet *s, struct dro_node *out)
{
	const struct dro_node *domain = NULL;
	struct dro_node *settings;
	enum next next = NEXT_FIELD;
	int line = s->line;
	size_t n = 0;

	if (at_row_end(s))
		return (end_row(s));
	s->field_line = line;
	s->field_column = 1;
	if ((settings = new_node(s, DRO_NODE_MAP, NULL)) == NULL)
		return (NEXT_NOTHING);
	for (; next == NEXT_FIELD; n++)
		if ((next = read_field(s)) == NEXT_NOTHING ||
		    !take_field(s, n, settings, &domain))
			return (NEXT_NOTHING);
	if (n != s->n_columns) {
		dro_log_at(&s->r->log, false, s->file, line, 1,
		    "%zu fields, but the first row has %zu; quote a field "
		    "that holds a \"%c\"",
		    n, s->n_columns, s->separator);
		return (next);
	}
	return (put(s, out, domain, settings) ? next : NEXT_NOTHING);
}

/* Octets of the UTF-8 character at ${p}, or 0 if it is none (RFC 3629). */
static size_t
character(const unsigned char *p, size_t len)
{
	size_t i, n;

	if (*p < 0x80)
		return (1);
	n = *p >= 0xc2 && *p < 0xe0   ? 2
	    : *p >= 0xe0 && *p < 0xf0 ? 3
	    : *p >= 0xf0 && *p < 0xf5 ? 4
				      : 0;
	if (n > len || (n > 1 && *p == 0xe0 && p[1] < 0xa0) ||
	    (n > 1 && *p == 0xed && p[1] >= 0xa0) ||
	    (n > 1 && *p == 0xf0 && p[1] < 0x90) ||
	    (n > 1 && *p == 0xf4 && p[1] >= 0x90))
		return (0);
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	return (n);
}

/* Whether ${s} is text at all; if not, where it stops to be. */
static bool
is_text(struct sheet *s)
{
	const char *text = s->p;
	size_t n, i;

	while (s->p < s->end) {
		n = character(
		    (const unsigned char *)s->p, (size_t)(s->end - s->p));
		if (n == 0 || *s->p == '\0') {
			fault(s, s->line, s->column,
			    n == 0 ? "not UTF-8; save the sheet as CSV UTF-8"
				   : "a NUL character; save the sheet as CSV "
				     "UTF-8");
			return (false);
		}
		for (i = 0; i < n; i++)
			step(s);
	}
	s->p = text;
	s->line = s->column = 1;
	return (true);
}

const struct dro_node *
dro_csv_parse(
    struct dro_reader *r, const char *file, const char *text, size_t len)
{
	struct sheet s = {.r = r, .file = file, .line = 1, .column = 1};
	struct dro_node *out = NULL;
	enum next next;
	size_t rows = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	s.p = text;
	s.end = text + len;
	if (!is_text(&s))
		return (NULL);
	dro_buf_init(&s.field, DRO_CSV_FIELD_MAX);
	next = read_header(&s);
	if (next != NEXT_NOTHING)
		out = new_node(&s, DRO_NODE_MAP, NULL);
	while (next == NEXT_ROW && out != NULL) {
		if (rows++ == DRO_CSV_ROWS_MAX) {
			dro_log_at(&r->log, false, file, s.line, 1,
			    "more than %d rows", DRO_CSV_ROWS_MAX);
			break;
		}
		next = read_row(&s, out);
	}
	dro_buf_finish(&s.field);
	return (out);
}

const struct dro_node *
dro_csv_read(struct dro_reader *r, const struct dro_setting *set)
{
	const struct dro_node *out = NULL;
	char *text;
	size_t len;

	dro_named_file(
	    r, set->node, "csv", set->text, DRO_CSV_BYTES_MAX, &text, &len);
	if (text != NULL)
		out = dro_csv_parse(r, dro_shown_path(r, set->text), text, len);
	free(text);
	return (out);
}
