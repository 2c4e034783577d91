#ifndef DRO_TESTS_INLET_TEST_H
#define DRO_TESTS_INLET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/inlet.h"

/* A directory of its own, and what an inlet said. */
struct place {
	char dir[64];
	char path[128]; /* of the last in_place() */
	size_t n_refused;
	char refused[512]; /* "PATH: code: detail" of the last one */
	struct dro_err err;
};

static inline const char *
in_place(struct place *p, const char *name)
{
	snprintf(p->path, sizeof(p->path), "%s/%s", p->dir, name);
	return (p->path);
}

static inline void
put(struct place *p, const char *name, const char *ptr, size_t len)
{
	FILE *f = fopen(in_place(p, name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(ptr, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void
on_refused(void *arg, const char *path, const struct dro_refused *why)
{
	struct place *p = arg;

	p->n_refused++;
	snprintf(p->refused, sizeof(p->refused), "%s: %s: %s", path,
	    dro_refuse_name(why->why), why->detail);
}

static inline bool
next_of(struct place *p, const struct dro_inlet *inlet, struct dro_input *out)
{
	if (inlet->next(inlet->ctx, out, on_refused, p, &p->err) != DRO_OK)
		fail_msg("%s", p->err.msg);
	return (out->path != NULL);
}

static inline int
place_setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->dir, "/tmp/dro-inlet-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	*state = p;
	return (0);
}

static inline int
place_teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", p->dir);
	assert_int_equal(system(command), 0);
	free(p);
	return (0);
}

#endif /* !DRO_TESTS_INLET_TEST_H */
