#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/findings.h"

void
dro_log_init(struct dro_log *log, struct dro_arena *arena, const char *file)
{
	memset(log, 0, sizeof(*log));
	log->arena = arena;
	log->first = file;
	log->file = file;
	log->items =
	    dro_arena_alloc(arena, DRO_FINDINGS_MAX, sizeof(*log->items));
	log->failed = log->items == NULL;
}

static char *format(struct dro_log *log, const char *fmt, va_list ap)
    DRO_PRINTF(2, 0);
static void add(struct dro_log *log, bool warning, const char *file, int line,
    int column, const char *fmt, va_list ap) DRO_PRINTF(6, 0);

static char *
format(struct dro_log *log, const char *fmt, va_list ap)
{
	va_list again;
	char *text, *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0 ||
	    (text = dro_arena_alloc(log->arena, (size_t)n + 1, 1)) == NULL) {
		va_end(again);
		return (NULL);
	}
	(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return (text);
}

/* True if ${log} has no room, or knows the warning at this place already. */
static bool
drop(const struct dro_log *log, bool warning, const char *file, int line,
    int column)
{
	size_t i;

	if (log->failed || log->n == DRO_FINDINGS_MAX)
		return (true);
	for (i = 0; warning && i < log->n; i++)
		if (log->items[i].warning && log->items[i].line == line &&
		    log->items[i].column == column &&
		    strcmp(log->items[i].file, file) == 0)
			return (true);
	/* The second half is for errors alone: they must not be crowded out. */
	return (warning && log->n >= DRO_FINDINGS_MAX / 2);
}

static void
add(struct dro_log *log, bool warning, const char *file, int line, int column,
    const char *fmt, va_list ap)
{
	struct dro_finding *f;
	const char *text;

	if (!warning)
		log->n_errors++;
	if (drop(log, warning, file, line, column))
		return;
	text = log->n == DRO_FINDINGS_MAX - 1
	    ? "too many findings: mend these and check again"
	    : format(log, fmt, ap);
	if (text == NULL) {
		log->failed = true;
		return;
	}
	f = &log->items[log->n++];
	f->warning = warning;
	f->file = file;
	f->line = line;
	f->column = column;
	f->text = text;
}

void
dro_log_error(struct dro_log *log, int line, int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(log, false, log->file, line, column, fmt, ap);
	va_end(ap);
}

void
dro_log_at(struct dro_log *log, bool warning, const char *file, int line,
    int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(log, warning, file, line, column, fmt, ap);
	va_end(ap);
}

/* By place, then by text: the order never depends on that of checking. */
static int
by_place(const void *a, const void *b, void *arg)
{
	const struct dro_finding *x = a, *y = b;
	const char *first = ((const struct dro_log *)arg)->first;
	bool x_leads = strcmp(x->file, first) == 0;
	int order = strcmp(x->file, y->file);

	if (order != 0 && (x_leads || strcmp(y->file, first) == 0))
		return (x_leads ? -1 : 1);
	if (order != 0)
		return (order);

	if (x->line != y->line)
		return (x->line < y->line ? -1 : 1);
	if (x->column != y->column)
		return (x->column < y->column ? -1 : 1);
	return (strcmp(x->text, y->text));
}

enum dro_code
dro_log_done(struct dro_log *log, struct dro_findings *out, struct dro_err *err)
{
	const struct dro_finding *f;
	size_t i;

	if (log->failed)
		return (dro_err_nomem(err));
	qsort_r(log->items, log->n, sizeof(*log->items), by_place, log);
	out->n = log->n;
	out->items = log->items;
	for (i = 0; i < log->n; i++) {
		f = &log->items[i];
		if (!f->warning)
			return (dro_err_set(err, DRO_EPARSE, "%s:%d:%d: %s",
			    f->file, f->line, f->column, f->text));
	}
	return (DRO_OK);
}
