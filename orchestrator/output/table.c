#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "output/output.h"
#include "output/utf8.h"

#define GAP 2 /* columns between two cells */
#define CELL_MAX ((size_t)1 << 16) /* octets; a TXT of 8192, escaped, fits */
#define LINE_OCTETS_MAX ((size_t)1 << 22) /* of all cells, with padding */
#define ELLIPSIS "\xe2\x80\xa6"

struct row {
	struct row *next;
	const char *line; /* a line of its own, or NULL */
	const char *cells[]; /* as many as the table has columns */
};

struct dro_table {
	struct dro_arena *arena;
	struct row *first, **last;
	bool failed; /* sticky */
	size_t columns;
	struct column {
		bool right;
		size_t width; /* of its widest cell so far */
	} column[];
};

struct dro_table *
dro_table_create(size_t columns)
{
	struct dro_table *table;

	table = calloc(1, sizeof(*table) + columns * sizeof(*table->column));
	if (table == NULL)
		return (NULL);
	if ((table->arena = dro_arena_create()) == NULL) {
		free(table);
		return (NULL);
	}
	table->columns = columns;
	table->last = &table->first;
	return (table);
}

void
dro_table_destroy(struct dro_table *table)
{
	if (table == NULL)
		return;
	dro_arena_destroy(table->arena);
	free(table);
}

void
dro_table_right(struct dro_table *table, size_t column)
{
	if (table != NULL && column < table->columns)
		table->column[column].right = true;
}

/* A safe copy of ${text} that lives as long as the table. */
static const char *
keep(struct dro_table *table, const char *text)
{
	struct dro_buf safe;
	char *copy = NULL;

	dro_buf_init(&safe, CELL_MAX);
	if (text != NULL)
		dro_out_text(&safe, text, strlen(text));
	if (!safe.failed)
		copy = dro_arena_strndup(table->arena, safe.ptr, safe.len);
	dro_buf_finish(&safe);
	if (copy == NULL)
		table->failed = true;
	return (copy);
}

static struct row *
add_row(struct dro_table *table)
{
	struct row *row;

	if (table == NULL)
		return (NULL);
	row = dro_arena_alloc(table->arena, 1,
	    sizeof(*row) + table->columns * sizeof(*row->cells));
	if (row == NULL) {
		table->failed = true;
		return (NULL);
	}
	*table->last = row;
	table->last = &row->next;
	return (row);
}

/* Fill the next cell of ${row}; false: no memory. */
static bool
set_cell(struct dro_table *table, struct row *row, size_t i, const char *text)
{
	size_t width;

	if ((row->cells[i] = keep(table, text)) == NULL)
		return (false);
	width = dro_out_width(row->cells[i]);
	if (width > table->column[i].width)
		table->column[i].width = width;
	return (true);
}

void
dro_table_row(struct dro_table *table, ...)
{
	const char *text;
	struct row *row;
	va_list ap;
	size_t i;

	if ((row = add_row(table)) == NULL)
		return;
	va_start(ap, table);
	for (i = 0; i < table->columns; i++) {
		text = va_arg(ap, const char *);
		if (!set_cell(table, row, i, text))
			break;
	}
	va_end(ap);
}

void
dro_table_cells(struct dro_table *table, const char *const *cells)
{
	struct row *row = add_row(table);
	size_t i;

	for (i = 0; row != NULL && i < table->columns; i++)
		if (!set_cell(table, row, i, cells[i]))
			break;
}

void
dro_table_line(struct dro_table *table, const char *text)
{
	struct row *row;

	if ((row = add_row(table)) != NULL)
		row->line = keep(table, text == NULL ? "" : text);
}

static void
pad(struct dro_buf *line, size_t n)
{
	while (n-- > 0)
		dro_buf_addc(line, ' ');
}

/* Append ${cell}, cut to ${room} columns with an ellipsis. */
static void
add_cut(struct dro_buf *line, const char *cell, size_t room)
{
	size_t len = strlen(cell), i = 0, n, used = 0;
	uint32_t cp;
	bool valid;

	if (dro_out_width(cell) <= room) {
		dro_buf_adds(line, cell);
		return;
	}
	while (i < len) {
		n = dro_utf8_next(cell + i, len - i, &cp, &valid);
		if (used + dro_out_columns(cp) + 1 > room)
			break;
		used += dro_out_columns(cp);
		i += n;
	}
	dro_buf_add(line, cell, i);
	dro_buf_adds(line, ELLIPSIS);
}

/* Columns left for the last cell; at least one, for the ellipsis. */
static size_t
last_room(const struct dro_table *table, const struct dro_out *out)
{
	size_t used = 0, i;

	if (out->width <= 0)
		return (SIZE_MAX);
	for (i = 0; i + 1 < table->columns; i++)
		used += table->column[i].width + GAP;
	return ((size_t)out->width > used ? (size_t)out->width - used : 1);
}

static void
add_cells(struct dro_buf *line, const struct dro_table *table,
    const struct row *row, size_t room)
{
	size_t i, width, blank;

	for (i = 0; i < table->columns; i++) {
		width = dro_out_width(row->cells[i]);
		blank = table->column[i].width - width;
		if (i + 1 == table->columns) {
			/* A cut column is as wide as its room. */
			if (table->column[i].width > room)
				blank = width < room ? room - width : 0;
			if (table->column[i].right)
				pad(line, blank);
			add_cut(line, row->cells[i], room);
			return;
		}
		if (table->column[i].right)
			pad(line, blank);
		dro_buf_adds(line, row->cells[i]);
		pad(line, GAP + (table->column[i].right ? 0 : blank));
	}
}

/* Write ${row} as one line; a failed write stays in the stream. */
static bool
print_row(struct dro_buf *line, const struct dro_table *table,
    const struct row *row, const struct dro_out *out, size_t room)
{
	dro_buf_reset(line);
	if (row->line != NULL)
		dro_buf_adds(line, row->line);
	else
		add_cells(line, table, row, room);
	while (line->len > 0 && line->ptr[line->len - 1] == ' ')
		line->len--;
	dro_buf_addc(line, '\n');
	if (line->failed)
		return (false);
	(void)fwrite(line->ptr, 1, line->len, out->fp);
	return (true);
}

enum dro_code
dro_table_print(
    struct dro_table *table, const struct dro_out *out, struct dro_err *err)
{
	const struct row *row;
	struct dro_buf line;
	size_t room;
	bool ok = true;

	if (table == NULL || table->failed)
		return (dro_err_nomem(err));
	room = last_room(table, out);
	dro_buf_init(&line, LINE_OCTETS_MAX);
	for (row = table->first; row != NULL && ok; row = row->next)
		ok = print_row(&line, table, row, out, room);
	dro_buf_finish(&line);
	if (!ok)
		return (dro_err_nomem(err));
	return (dro_out_flush(out, err));
}
