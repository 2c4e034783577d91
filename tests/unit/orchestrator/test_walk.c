/* Files of a directory in order, however many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/walk.h"

/* Names of 60 octets: more of them than a walk holds at a time. */
#define MANY 16000

static char top[64];

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/dro-walk-XXXXXX");
	return (mkdtemp(top) != NULL ? 0 : -1);
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r '%s'", top);
	/* NOLINTNEXTLINE(cert-env33-c): a directory of our own making */
	return (system(command));
}

static void
make(const char *name)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
make_numbered(const char *folder, unsigned n)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s%s%060u", folder,
	    *folder != '\0' ? "/" : "", n);
	make(name);
}

static void
never(void *arg, const char *path, const struct dro_refused *why)
{
	(void)arg;
	print_error("%s: %s\n", path, why->detail);
	fail();
}

/* The next file, without the directory walked; NULL: there is none. */
static const char *
next(struct dro_walk *walk)
{
	struct dro_err err;
	const char *path;
	int fd;

	assert_int_equal(
	    dro_walk_next(walk, &path, &fd, never, NULL, &err), DRO_OK);
	if (path == NULL)
		return (NULL);
	(void)close(fd);
	assert_memory_equal(path, top, strlen(top));
	return (path + strlen(top) + 1);
}

static struct dro_walk *
walk_top(void)
{
	struct dro_walk *walk;
	struct dro_err err;

	assert_int_equal(dro_walk_create(top, &walk, &err), DRO_OK);
	return (walk);
}

/* Directories where their names stand, hidden names nowhere. */
static void
test_order(void **state)
{
	static const char *const wanted[] = {
	    "B", "a", "b/1", "b/c/1", "b/d", "e"};
	struct dro_walk *walk;
	char path[128];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/b", top);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/b/c", top);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/empty", top);
	assert_int_equal(mkdir(path, 0700), 0);
	for (i = 0; i < 6; i++)
		make(wanted[5 - i]);
	make(".hidden");
	make("b/.hidden");
	walk = walk_top();
	for (i = 0; i < 6; i++)
		assert_string_equal(next(walk), wanted[i]);
	assert_null(next(walk));
	assert_null(next(walk));
	dro_walk_destroy(walk);
}

/* Each once and in order, in a directory and in one below it. */
static void
test_many(void **state)
{
	char path[128], wanted[128];
	struct dro_walk *walk;
	unsigned i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/%060u", top, MANY / 2);
	assert_int_equal(mkdir(path, 0700), 0);
	/* 7 and MANY have no factor in common: every number, none in order. */
	for (i = 0; i < MANY; i++) {
		if (i * 7 % MANY != MANY / 2)
			make_numbered("", i * 7 % MANY);
		make_numbered(path + strlen(top) + 1, MANY - 1 - i);
	}
	walk = walk_top();
	for (i = 0; i < MANY / 2; i++) {
		(void)snprintf(wanted, sizeof(wanted), "%060u", i);
		assert_string_equal(next(walk), wanted);
	}
	assert_int_equal(dro_walk_known(walk), MANY);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(
		    wanted, sizeof(wanted), "%060u/%060u", MANY / 2, i);
		assert_string_equal(next(walk), wanted);
	}
	for (i = MANY / 2 + 1; i < MANY; i++) {
		(void)snprintf(wanted, sizeof(wanted), "%060u", i);
		assert_string_equal(next(walk), wanted);
	}
	assert_null(next(walk));
	assert_int_equal(dro_walk_known(walk), 2 * MANY - 1);
	dro_walk_destroy(walk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
