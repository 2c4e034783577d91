#include "fixture.h"

#include "inputs.h"

/* Files that are no database of ours, or no longer a whole one. */

static void
assert_both_refuse(struct world *w, const char *why)
{
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, why);
	assert_null(w->store);
	assert_int_equal(open_writer(w, T0), DRO_ESTATE);
	assert_says(w, why);
	assert_null(w->store);
}

static void
test_not_a_database(void **state)
{
	static const char text[] = "v=DMARC1; p=reject\n";
	struct world *w = *state;
	struct content after;

	spill(w, text, sizeof(text) - 1);
	assert_both_refuse(w, "not a database");
	after = slurp(w, "");
	assert_int_equal(after.len, sizeof(text) - 1);
	assert_memory_equal(after.ptr, text, after.len);
	free(after.ptr);
}

static void
test_another_programs_database(void **state)
{
	struct content before, after;
	struct world *w = *state;

	raw(w,
	    "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);"
	    "PRAGMA application_id = 77");
	before = slurp(w, "");
	assert_both_refuse(w, "not a database of this program");
	after = slurp(w, "");
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, before.len);
	free(before.ptr);
	free(after.ptr);
}

static void
test_newer_schema(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	close_store(w);
	raw(w, "PRAGMA user_version = 5");
	assert_both_refuse(w, "schema 5 is newer than this program");
	assert_int_equal(raw_int(w, "PRAGMA user_version"), 5);
}

static void
test_older_schema(void **state)
{
	struct world *w = *state;

	raw(w, "PRAGMA application_id = 0x646d726f");
	assert_int_equal(open_reader(w), DRO_ESTATE);
	assert_says(w, "schema 0 is older than this program");
	OK(open_writer(w, T0));
	close_store(w);
	assert_int_equal(raw_int(w, "PRAGMA user_version"), 4);
	OK(open_reader(w));
}

/* A migration is whole or nothing. */
static void
test_migration_that_fails(void **state)
{
	struct world *w = *state;

	raw(w,
	    "PRAGMA application_id = 0x646d726f;"
	    "CREATE TABLE cell (in_the_way)");
	assert_int_not_equal(open_writer(w, T0), DRO_OK);
	assert_int_equal(raw_int(w, "PRAGMA user_version"), 0);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM sqlite_master"), 1);
}

static void
test_empty_file(void **state)
{
	struct world *w = *state;

	spill(w, "", 0);
	assert_both_refuse(w, "empty, no database");
}

static void
test_directory_in_its_place(void **state)
{
	struct world *w = *state;

	assert_int_equal(mkdir(w->db, 0700), 0);
	assert_both_refuse(w, "not a file");
	assert_int_equal(rmdir(w->db), 0);
}

/* SQLite would replay the log of a lost database into a new one. */
static void
test_log_without_database(void **state)
{
	struct world *w = *state;
	struct world log = *w;

	(void)snprintf(log.db, sizeof(log.db), "%s/state.db-wal", w->dir);
	spill(&log, "old frames", 10);
	assert_int_equal(open_writer(w, T0), DRO_ESTATE);
	assert_says(w, "a log without its database");
	assert_false(file_exists(w, ""));
	spill(&log, "", 0);
	OK(open_writer(w, T0));
}

/* Enough content for many pages. */
static void
fill(struct world *w)
{
	struct dro_report r = plain_report();
	enum dro_stored stored;
	char id[16];
	int i;

	OK(open_writer(w, T0));
	r.report_id = id;
	for (i = 0; i < 400; i++) {
		(void)snprintf(id, sizeof(id), "r-%d", i);
		OK(dro_reports_add(w->store, &r, T0, &stored, &w->err));
	}
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
}

static enum dro_code
count_report(void *arg, const struct dro_report *report, struct dro_err *err)
{
	(void)report;
	(void)err;
	(*(int *)arg)++;
	return (DRO_OK);
}

/* Cut between pages and within: never a crash, never written to. */
static void
test_truncated(void **state)
{
	struct world *w = *state;
	struct content whole;
	size_t len;

	fill(w);
	whole = slurp(w, "");
	assert_true(whole.len > (size_t)20 * 4096);
	for (len = whole.len - 1; len > 0; len -= len < 1000 ? len : 1000) {
		spill(w, whole.ptr, len);
		assert_int_equal(open_writer(w, T0), DRO_ESTATE);
		assert_int_equal(open_reader(w), DRO_ESTATE);
	}
	for (len = 4096; len < whole.len; len += 4096) {
		spill(w, whole.ptr, len);
		assert_int_equal(open_writer(w, T0), DRO_ESTATE);
		assert_int_equal(open_reader(w), DRO_ESTATE);
	}
	free(whole.ptr);
}

/*
 * Pages overwritten with noise: the writer refuses every one that is in use;
 * the reader refuses or reads, but never crashes (the sanitizers watch).
 */
static void
test_overwritten_pages(void **state)
{
	struct dro_evidence evidence;
	struct world *w = *state;
	struct dro_facts facts;
	struct content whole;
	size_t page, i, refused = 0, pages;
	unsigned char *bad;
	int n;

	fill(w);
	whole = slurp(w, "");
	pages = whole.len / 4096;
	assert_non_null(bad = malloc(whole.len));
	for (page = 0; page < pages; page++) {
		memcpy(bad, whole.ptr, whole.len);
		for (i = 0; i < 4096; i++)
			bad[page * 4096 + i] = (unsigned char)(i * 7 + page);
		spill(w, bad, whole.len);
		if (open_reader(w) == DRO_OK) {
			n = 0;
			(void)!dro_reports_each(
			    w->store, NULL, count_report, &n, &w->err);
			(void)!dro_evidence_load(w->store, "example.nl", 0,
			    T0 + DAY, w->arena, &evidence, &w->err);
			(void)!dro_facts_load(
			    w->store, "example.nl", w->arena, &facts, &w->err);
			close_store(w);
		}
		if (open_writer(w, T0) != DRO_OK) {
			assert_int_equal(w->err.code, DRO_ESTATE);
			refused++;
		}
		close_store(w);
	}
	assert_int_equal(refused, pages);
	free(bad);
	free(whole.ptr);
}

static void
overwrite(struct world *w, int64_t page)
{
	FILE *f = fopen(w->db, "r+be");
	char noise[4096];

	memset(noise, 0x2a, sizeof(noise));
	assert_non_null(f);
	assert_int_equal(fseek(f, (long)(page - 1) * 4096, SEEK_SET), 0);
	assert_int_equal(fwrite(noise, 1, sizeof(noise), f), sizeof(noise));
	assert_int_equal(fclose(f), 0);
}

/* Of a large database every run looks at what publishing rests on. */
static void
test_large(void **state)
{
	struct world *w = *state;
	struct dro_backup backup;
	int64_t op, newest;
	char path[128];

	fill(w);
	raw(w,
	    "UPDATE report SET cells = zeroblob(23 << 20)"
	    " WHERE id IN (SELECT id FROM report LIMIT 3)");
	op = raw_int(w, "SELECT rootpage FROM sqlite_schema WHERE name = 'op'");
	newest = raw_int(w,
	    "SELECT rootpage FROM sqlite_schema WHERE name = 'report_newest'");
	raw(w, "PRAGMA wal_checkpoint(TRUNCATE)");
	OK(open_writer(w, T0));
	close_store(w);
	overwrite(w, newest);
	OK(open_writer(w, T0));
	(void)snprintf(path, sizeof(path), "%s/copy", w->dir);
	assert_int_equal(
	    dro_db_backup(w->store, path, &backup, &w->err), DRO_ESTATE);
	assert_says(w, "damaged, and so would be its copy");
	close_store(w);
	overwrite(w, op);
	assert_int_equal(open_writer(w, T0), DRO_ESTATE);
	assert_says(w, "restore a backup");
}

/* Root may do everything, so look as somebody else. */
static int
open_as_nobody(struct world *w)
{
	if (geteuid() == 0 && setuid(65534) != 0)
		return (99);
	if (open_reader(w) != DRO_EAUTH)
		return (1);
	return (open_writer(w, T0) == DRO_EAUTH ? 0 : 2);
}

static void
test_forbidden(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	close_store(w);
	if (geteuid() == 0)
		assert_int_equal(chmod(w->dir, 0755), 0);
	else
		assert_int_equal(chmod(w->dir, 0), 0);
	assert_int_equal(in_child(w, open_as_nobody), 0);
}

/* Everything may be read but nothing written: looking still works. */
static int
look_as_nobody(struct world *w)
{
	if (geteuid() == 0 && setuid(65534) != 0)
		return (99);
	if (open_writer(w, T0) != DRO_EAUTH)
		return (1);
	return (open_reader(w) == DRO_OK ? 0 : 2);
}

static void
test_read_only_user(void **state)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	struct world *w = *state;
	char name[128];
	size_t i;

	OK(open_writer(w, T0));
	close_store(w);
	for (i = 0; i < DRO_ARRAY_LEN(tails); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", w->db, tails[i]);
		assert_int_equal(chmod(name, 0444), 0);
	}
	(void)snprintf(name, sizeof(name), "%s.lock", w->db);
	assert_int_equal(chmod(name, 0444), 0);
	assert_int_equal(chmod(w->dir, 0555), 0);
	assert_int_equal(in_child(w, look_as_nobody), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_not_a_database),
	    T(test_another_programs_database),
	    T(test_newer_schema),
	    T(test_older_schema),
	    T(test_migration_that_fails),
	    T(test_empty_file),
	    T(test_directory_in_its_place),
	    T(test_log_without_database),
	    T(test_truncated),
	    T(test_overwritten_pages),
	    T(test_large),
	    T(test_forbidden),
	    T(test_read_only_user),
	};

	return (cmocka_run_group_tests_name("store_damage", tests, NULL, NULL));
}
