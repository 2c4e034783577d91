#ifndef DRO_TEST_STATE_FIXTURE_H
#define DRO_TEST_STATE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"
#include "journal.h"
#include "reports.h"
#include "store.h"

/* 2026-11-01T00:00:00Z, a Sunday, and its day since 1970. */
#define T0 INT64_C(1793491200)
#define DAY0 20758
#define HOUR INT64_C(3600)
#define DAY INT64_C(86400)

#define OK(call) assert_int_equal((call), DRO_OK)

/* A directory of its own, a database name in it, an arena. */
struct world {
	char dir[64];
	char db[96];
	struct dro_arena *arena;
	struct dro_store *store;
	struct dro_err err;
};

static DRO_UNUSED int
world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/dro-state-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->db, sizeof(w->db), "%s/state.db", w->dir);
	assert_non_null(w->arena = dro_arena_create());
	*state = w;
	return (0);
}

static DRO_UNUSED int
world_teardown(void **state)
{
	struct world *w = *state;
	struct dirent *e;
	char name[512];
	DIR *d;

	dro_store_close(w->store);
	dro_arena_destroy(w->arena);
	(void)chmod(w->dir, 0700);
	if ((d = opendir(w->dir)) != NULL) {
		while ((e = readdir(d)) != NULL) {
			(void)snprintf(
			    name, sizeof(name), "%s/%s", w->dir, e->d_name);
			(void)unlink(name);
		}
		(void)closedir(d);
	}
	(void)rmdir(w->dir);
	free(w);
	return (0);
}

/* Open to write as `advance` at ${now} on the virtual clock. */
static DRO_UNUSED enum dro_code
open_writer(struct world *w, int64_t now)
{
	struct dro_writer writer = {"advance", now, true};

	return (dro_store_open(
	    w->db, DRO_STORE_WRITE, &writer, &w->store, &w->err));
}

static DRO_UNUSED enum dro_code
open_reader(struct world *w)
{
	return (
	    dro_store_open(w->db, DRO_STORE_READ, NULL, &w->store, &w->err));
}

static DRO_UNUSED void
close_store(struct world *w)
{
	dro_store_close(w->store);
	w->store = NULL;
}

static DRO_UNUSED void
assert_says(const struct world *w, const char *part)
{
	if (strstr(w->err.msg, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", w->err.msg, part);
}

/* Run ${sql} on a file as another program would. */
static DRO_UNUSED void
raw_at(const char *path, const char *sql)
{
	sqlite3 *db;
	char *msg = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &msg) != SQLITE_OK)
		fail_msg("%s: %s", sql, msg);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The same on the database. */
static DRO_UNUSED void
raw(const struct world *w, const char *sql)
{
	raw_at(w->db, sql);
}

/* The first column of the first row of ${sql}. */
static DRO_UNUSED int64_t
raw_int(const struct world *w, const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int64_t value;

	assert_int_equal(
	    sqlite3_open_v2(w->db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return (value);
}

/* The committed originals beside ${db}, with ${mark} behind each. */
static DRO_UNUSED void
raw_originals(const char *db_path, const char *mark, char *out, size_t size)
{
	sqlite3_stmt *stmt;
	char path[160];
	sqlite3 *db;
	size_t n = 0;

	out[0] = '\0';
	(void)snprintf(path, sizeof(path), "%s-archive", db_path);
	if (access(path, F_OK) != 0)
		return;
	assert_int_equal(
	    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(
		db, "SELECT octets FROM original ORDER BY id", -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		n += (size_t)snprintf(out + n, size - n, "%.*s%s",
		    sqlite3_column_bytes(stmt, 0),
		    (const char *)sqlite3_column_blob(stmt, 0), mark);
	assert_true(n < size);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/*
 * Do ${fn} in a child that then dies without closing anything, as after
 * kill -9, and return how it ended.  The child must not run our teardown.
 */
static DRO_UNUSED int
in_child(struct world *w, int (*fn)(struct world *w))
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	assert_true((pid = fork()) >= 0);
	if (pid == 0)
		_exit(fn(w));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

/* A whole file in memory, so that two moments can be compared. */
struct content {
	unsigned char *ptr;
	size_t len;
};

static DRO_UNUSED struct content
slurp(const struct world *w, const char *tail)
{
	struct content c = {NULL, 0};
	struct stat sb;
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s%s", w->db, tail);
	assert_non_null(f = fopen(name, "rb"));
	assert_int_equal(fstat(fileno(f), &sb), 0);
	c.len = (size_t)sb.st_size;
	assert_non_null(c.ptr = malloc(c.len + 1));
	assert_int_equal(fread(c.ptr, 1, c.len, f), c.len);
	assert_int_equal(fclose(f), 0);
	return (c);
}

static DRO_UNUSED bool
file_exists(const struct world *w, const char *tail)
{
	struct stat sb;
	char name[128];

	(void)snprintf(name, sizeof(name), "%s%s", w->db, tail);
	return (stat(name, &sb) == 0);
}

static DRO_UNUSED void
spill(const struct world *w, const void *ptr, size_t len)
{
	FILE *f = fopen(w->db, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(ptr, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* A plain report of trusted.example about example.nl on 2026-11-01. */
static DRO_UNUSED struct dro_report
plain_report(void)
{
	static const struct dro_line line = {
	    {"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 90, 8, 2};
	struct dro_report r = {.org = "Trusted Example",
	    .email = "dmarc@trusted.example",
	    .reporter = "trusted.example",
	    .report_id = "r-1",
	    .domain = "example.nl",
	    .watched = "example.nl",
	    .begin = T0,
	    .end = T0 + DAY - 1,
	    .generation = DRO_GEN_RFC7489,
	    .trust = DRO_TRUST_TRUSTED,
	    .counts = true,
	    .rows = 1,
	    .messages = 100,
	    .dmarc_pass = 90,
	    .dkim_aligned = 90,
	    .spf_aligned = 0,
	    .unknown = 2,
	    .disposition = {100, 0, 0, 0, 0},
	    .p = "none",
	    .source_name = "drop",
	    .source_path = "incoming/r-1.xml",
	    .content = {1},
	    .n_lines = 1,
	    .lines = &line};

	return (r);
}

#endif /* !DRO_TEST_STATE_FIXTURE_H */
