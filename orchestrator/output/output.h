#ifndef DRO_ORCHESTRATOR_OUTPUT_OUTPUT_H
#define DRO_ORCHESTRATOR_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The only room that writes to stdout.  Text from outside (reports, DNS,
 * config) reaches a terminal through dro_out_text alone, which lets no
 * control, bidi or zero-width character through.
 */

/* How to write: decided once in main from options and environment. */
struct dro_out {
	FILE *fp;
	bool colour;
	bool json;
	int width; /* columns; 0: do not cut (not a terminal) */
};

/**
 * dro_out_text(buf, text, len):
 * Append ${text} made safe to show: valid UTF-8 stays; control characters
 * (C0, DEL, C1), bidi controls, line and paragraph separators, zero-width and
 * other format characters become \x1b or \u202e text; broken UTF-8 becomes
 * U+FFFD.  Never appends a newline.
 */
void dro_out_text(struct dro_buf *buf, const char *text, size_t len);

/** dro_out_width(text): columns of already safe UTF-8 text. */
size_t dro_out_width(const char *text);

/**
 * dro_out_flush(out, err):
 * Hand what was written to the system.  DRO_EIO if that or any write before
 * it failed (disk full, reader gone).
 */
enum dro_code dro_out_flush(
    const struct dro_out *out, struct dro_err *err) DRO_MUST_CHECK;

/* A table: left-aligned cells, columns as wide as needed, two spaces apart. */
struct dro_table;
struct dro_table *dro_table_create(size_t columns);
void dro_table_destroy(struct dro_table *table);

/** dro_table_right(table, column): align this column to the right. */
void dro_table_right(struct dro_table *table, size_t column);

/**
 * dro_table_row(table, ...):
 * Add a row of as many `const char *` as there are columns; each goes through
 * dro_out_text.  Failure is remembered and told by dro_table_print.
 */
void dro_table_row(struct dro_table *table, ...);

/** dro_table_cells(table, cells): the same from an array. */
void dro_table_cells(struct dro_table *table, const char *const *cells);

/** dro_table_line(table, text): a line of its own between rows. */
void dro_table_line(struct dro_table *table, const char *text);

/**
 * dro_table_print(table, out, err):
 * Print; on a terminal the last column is cut at the width with an ellipsis.
 */
enum dro_code dro_table_print(struct dro_table *table,
    const struct dro_out *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_json_text(text):
 * A JSON string of ${text} with broken UTF-8 replaced by U+FFFD; JSON null
 * for NULL.  NULL when out of memory.
 */
json_t *dro_json_text(const char *text);
json_t *dro_json_textn(const char *text, size_t len);

/** dro_json_time(t): RFC 3339 UTC text, or JSON null for 0. */
json_t *dro_json_time(int64_t t);

/**
 * dro_json_print(out, root, err):
 * Print ${root} (ASCII escapes, two-space indent, key order kept) and a
 * newline, and release it.  DRO_EIO when stdout fails.
 */
enum dro_code dro_json_print(const struct dro_out *out, json_t *root,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_json_line(out, root, err): the same on one line (events). */
enum dro_code dro_json_line(const struct dro_out *out, json_t *root,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_OUTPUT_OUTPUT_H */
