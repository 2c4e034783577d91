#ifndef DRO_TESTS_CONFIG_READ_H
#define DRO_TESTS_CONFIG_READ_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "config/reader.h"

/* 2026-11-21T06:00:00Z: when all these tests happen. */
#define NOW INT64_C(1795240800)

/* One reading of a text as /etc/rollout/test.yaml. */
struct reading {
	struct dro_arena *arena;
	struct dro_config config;
	struct dro_findings findings;
	struct dro_err err;
	enum dro_code code;
};

static inline void
read_text(struct reading *t, const char *text, size_t len)
{
	memset(t, 0, sizeof(*t));
	t->arena = dro_arena_create();
	assert_non_null(t->arena);
	t->code = dro_config_parse("test.yaml", "/etc/rollout", text, len, NOW,
	    t->arena, &t->config, &t->findings, &t->err);
}

static inline void
finish(struct reading *t)
{
	dro_arena_destroy(t->arena);
}

/* "LINE:COLUMN: error: TEXT" per finding; the file first if it is another. */
static inline void
print_findings(const struct dro_findings *findings, const char *main_file,
    struct dro_buf *out)
{
	size_t i;

	for (i = 0; i < findings->n; i++) {
		if (strcmp(findings->items[i].file, main_file) != 0)
			dro_buf_addf(out, "%s:", findings->items[i].file);
		dro_buf_addf(out, "%d:%d: %s: %s\n", findings->items[i].line,
		    findings->items[i].column,
		    findings->items[i].warning ? "warning" : "error",
		    findings->items[i].text);
	}
}

/* Read a text that must hold neither errors nor warnings. */
static inline void
read_good(struct reading *t, const char *text)
{
	read_text(t, text, strlen(text));
	if (t->code != DRO_OK)
		fail_msg("%s", t->err.msg);
	assert_int_equal(t->findings.n, 0);
}

#endif /* !DRO_TESTS_CONFIG_READ_H */
