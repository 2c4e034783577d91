#ifndef DRO_ORCHESTRATOR_OUTPUT_MARKDOWN_H
#define DRO_ORCHESTRATOR_OUTPUT_MARKDOWN_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Text from outside in a Markdown document that a forge shows (CommonMark
 * with the tables of GFM).  Nothing that these write is read as markup: no
 * HTML, no link, no mention of a person, an issue or a commit.  All go through
 * dro_out_text first, so no line ends and no control characters either.
 */

/**
 * dro_md_code(out, text, len), dro_md_cell(out, text, len):
 * ${text} as a code span, its backticks one longer than the longest run
 * inside; nothing for an empty text.  dro_md_cell is for a cell of a table,
 * where a pipe ends the cell even inside a code span.
 */
void dro_md_code(struct dro_buf *out, const char *text, size_t len);
void dro_md_cell(struct dro_buf *out, const char *text, size_t len);

/**
 * dro_md_span(out, text), dro_md_column(out, text):
 * dro_md_code() of a whole string; one column of a row of a table, from its
 * pipe to the blank before the next.
 */
void dro_md_span(struct dro_buf *out, const char *text);
void dro_md_column(struct dro_buf *out, const char *text);

/**
 * dro_md_text(out, text, len):
 * A sentence: words of letters, digits and plain punctuation as they are, all
 * other words as code spans.  Not for the beginning of a line.
 */
void dro_md_text(struct dro_buf *out, const char *text, size_t len);

/**
 * dro_md_fence(out, text, len):
 * The fence for a code block that will hold ${text}: three backticks, or one
 * more than its longest run.
 */
void dro_md_fence(struct dro_buf *out, const char *text, size_t len);

#endif /* !DRO_ORCHESTRATOR_OUTPUT_MARKDOWN_H */
