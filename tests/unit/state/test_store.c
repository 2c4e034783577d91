#include "fixture.h"

#include <sys/file.h>

/* Opening, locking, clocks and the run log. */

static void
test_reader_creates_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(open_reader(w), DRO_ENOTFOUND);
	assert_null(w->store);
	assert_says(w, "no database yet");
	assert_false(file_exists(w, ""));
	assert_false(file_exists(w, ".lock"));
}

static void
test_missing_directory(void **state)
{
	struct dro_writer writer = {"advance", T0, true};
	struct world *w = *state;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/none/state.db", w->dir);
	assert_int_equal(
	    dro_store_open(path, DRO_STORE_READ, NULL, &w->store, &w->err),
	    DRO_ENOTFOUND);
	assert_int_equal(
	    dro_store_open(path, DRO_STORE_WRITE, &writer, &w->store, &w->err),
	    DRO_EIO);
	assert_says(w, "create it");
}

static void
test_create_is_private(void **state)
{
	static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
	struct world *w = *state;
	struct stat sb;
	char name[128];
	mode_t old;
	size_t i;

	old = umask(0);
	OK(open_writer(w, T0));
	(void)umask(old);
	for (i = 0; i < DRO_ARRAY_LEN(tails); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", w->db, tails[i]);
		assert_int_equal(stat(name, &sb), 0);
		assert_int_equal(sb.st_mode & 07777, 0600);
	}
	assert_false(file_exists(w, ".new"));
	assert_false(file_exists(w, ".new-wal"));
	close_store(w);
	assert_int_equal(raw_int(w, "PRAGMA application_id"), 0x646d726f);
	assert_int_equal(raw_int(w, "PRAGMA user_version"), 4);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM pragma_table_list"
			     " WHERE schema = 'main' AND type = 'table'"
			     " AND strict = 0"
			     " AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"),
	    0);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM pragma_integrity_check"
			     " WHERE integrity_check <> 'ok'"),
	    0);
}

/* Strange names are names of files, never SQLite's own words. */
static void
test_strange_names(void **state)
{
	static const char *const names[] = {
	    "a b%20c?mode=memory", ":memory:", "caf\xc3\xa9#x&y"};
	struct dro_writer writer = {"advance", T0, true};
	struct world *w = *state;
	char cwd[512];
	size_t i;

	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(w->dir), 0);
	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		OK(dro_store_open(
		    names[i], DRO_STORE_WRITE, &writer, &w->store, &w->err));
		close_store(w);
		assert_int_equal(access(names[i], F_OK), 0);
		OK(dro_store_open(
		    names[i], DRO_STORE_READ, NULL, &w->store, &w->err));
		close_store(w);
	}
	assert_int_equal(dro_store_open("sub/", DRO_STORE_WRITE, &writer,
			     &w->store, &w->err),
	    DRO_EINVAL);
	assert_int_equal(chdir(cwd), 0);
}

static void
test_half_made_is_made_again(void **state)
{
	struct world *w = *state;
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s.new", w->db);
	assert_non_null(f = fopen(name, "wb"));
	assert_true(fputs("half of a database", f) >= 0);
	assert_int_equal(fclose(f), 0);
	OK(open_writer(w, T0));
	assert_false(file_exists(w, ".new"));
}

static int
hold_lock(struct world *w)
{
	struct dro_writer writer = {"ingest", T0 + 5, true};

	return ((int)dro_store_open(
	    w->db, DRO_STORE_WRITE, &writer, &w->store, &w->err));
}

static void
test_second_writer_is_told_who(void **state)
{
	struct world *w = *state;
	char pid[32];

	OK(open_writer(w, T0));
	assert_int_equal(in_child(w, hold_lock), DRO_ECONFLICT);
	/* The same in one process: the lock is not ours twice. */
	{
		struct world again = *w;

		assert_int_equal(hold_lock(&again), DRO_ECONFLICT);
		(void)snprintf(pid, sizeof(pid), "pid %d on ", (int)getpid());
		assert_says(&again, pid);
		assert_says(&again, "advance");
		assert_says(&again, "since 2026-11-01T00:00:00Z");
	}
	/* And by another name of the same file. */
	{
		struct world link = *w;

		(void)snprintf(link.db, sizeof(link.db), "%s/alias", w->dir);
		assert_int_equal(symlink(w->db, link.db), 0);
		assert_int_equal(hold_lock(&link), DRO_ECONFLICT);
	}
	close_store(w);
	OK(hold_lock(w));
}

static void
test_locked_while_created(void **state)
{
	struct world *w = *state;
	char name[128];
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s.lock", w->db);
	assert_non_null(f = fopen(name, "wb"));
	assert_int_equal(flock(fileno(f), LOCK_EX | LOCK_NB), 0);
	assert_int_equal(open_writer(w, T0), DRO_ECONFLICT);
	assert_says(w, "just starting");
	assert_int_equal(fclose(f), 0);
}

static int
die_holding(struct world *w)
{
	return (hold_lock(w) == DRO_OK ? 0 : 1);
}

static void
test_dead_run_is_seen_and_replaced(void **state)
{
	struct world *w = *state;
	struct dro_run run;

	assert_int_equal(in_child(w, die_holding), 0);
	OK(open_reader(w));
	OK(dro_store_last_run(w->store, "ingest", w->arena, &run, &w->err));
	assert_int_equal(run.id, 1);
	assert_int_equal(run.at, T0 + 5);
	assert_string_equal(run.verb, "ingest");
	assert_null(run.result);
	close_store(w);
	/* Its lease is stale: the kernel lock is free. */
	OK(open_writer(w, T0 + 6));
	close_store(w);
	assert_int_equal(raw_int(w, "SELECT fence FROM lease"), 2);
	assert_int_equal(raw_int(w, "SELECT held FROM lease"), 0);
}

static void
test_run_log(void **state)
{
	struct world *w = *state;
	struct dro_run run;

	OK(open_writer(w, T0));
	assert_int_equal(
	    dro_store_last_run(w->store, "ingest", w->arena, &run, &w->err),
	    DRO_ENOTFOUND);
	assert_int_equal(
	    dro_store_run_end(w->store, "well", 0, &w->err), DRO_EINVAL);
	OK(dro_store_run_end(w->store, "partial", 7, &w->err));
	assert_int_equal(
	    dro_store_run_end(w->store, "ok", 7, &w->err), DRO_ESTATE);
	close_store(w);
	OK(open_writer(w, T0));
	OK(dro_store_run_end(w->store, "ok", 0, &w->err));
	close_store(w);
	OK(open_reader(w));
	OK(dro_store_last_run(w->store, "advance", w->arena, &run, &w->err));
	assert_int_equal(run.id, 2);
	assert_string_equal(run.result, "ok");
	assert_int_equal(run.changes, 0);
	assert_int_equal(raw_int(w, "SELECT changes FROM run WHERE id = 1"), 7);
}

static void
test_clock_is_remembered(void **state)
{
	struct dro_writer real = {"advance", T0 + DAY, false};
	struct world *w = *state;

	OK(open_writer(w, T0));
	close_store(w);
	assert_int_equal(
	    dro_store_open(w->db, DRO_STORE_WRITE, &real, &w->store, &w->err),
	    DRO_EINVAL);
	assert_says(w, "made with the virtual clock");
	/* The refusal left neither run nor lease. */
	assert_int_equal(raw_int(w, "SELECT count(*) FROM run"), 1);
	OK(open_writer(w, T0));
}

static void
test_time_does_not_go_back(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0 + 60));
	close_store(w);
	assert_int_equal(open_writer(w, T0 + 59), DRO_EINVAL);
	assert_says(w,
	    "now is 2026-11-01T00:00:59Z, before the last run at "
	    "2026-11-01T00:01:00Z");
	OK(open_writer(w, T0 + 60));
	close_store(w);
	OK(open_writer(w, T0 + 61));
}

/* A run that slept while another took over writes nothing any more. */
static void
test_fence(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;
	enum dro_stored stored;

	OK(open_writer(w, T0));
	raw(w,
	    "INSERT INTO run (verb, at) VALUES ('advance', 1);"
	    "UPDATE lease SET fence = 2");
	assert_int_equal(dro_event_add(w->store, "example.nl", "note", NULL,
			     "late", T0, &w->err),
	    DRO_ECONFLICT);
	assert_says(w, "run 2 took over from this run (1)");
	assert_int_equal(
	    dro_reports_add(w->store, &r, T0, &stored, &w->err), DRO_ECONFLICT);
	assert_int_equal(
	    dro_store_run_end(w->store, "ok", 0, &w->err), DRO_ECONFLICT);
	close_store(w);
	/* Nor does it take the other's lease away. */
	assert_int_equal(raw_int(w, "SELECT held FROM lease"), 1);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM event"), 0);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM domain"), 0);
}

static int
leave_frames(struct world *w)
{
	if (open_writer(w, T0) != DRO_OK)
		return (1);
	return (dro_event_add(w->store, "example.nl", "note", NULL, "hello", T0,
		    &w->err) == DRO_OK
		? 0
		: 1);
}

static enum dro_code
count_event(void *arg, const struct dro_event *event, struct dro_err *err)
{
	(void)event;
	(void)err;
	(*(int *)arg)++;
	return (DRO_OK);
}

static void
assert_same(struct content a, struct content b)
{
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.ptr, b.ptr, a.len);
	free(a.ptr);
	free(b.ptr);
}

/* Looking changes no byte, even with a log that waits to be applied. */
static void
test_reader_leaves_bytes_alone(void **state)
{
	struct content db, log;
	struct world *w = *state;
	int round, events;

	assert_int_equal(in_child(w, leave_frames), 0);
	db = slurp(w, "");
	log = slurp(w, "-wal");
	assert_true(log.len > 32);
	for (round = 0; round < 2; round++) {
		events = 0;
		OK(open_reader(w));
		OK(dro_history_each(
		    w->store, NULL, count_event, &events, &w->err));
		assert_int_equal(events, 1);
		close_store(w);
	}
	assert_same(db, slurp(w, ""));
	assert_same(log, slurp(w, "-wal"));
}

/* A lone copy is read without making a log beside it. */
static void
test_reader_of_a_copy(void **state)
{
	struct world *w = *state, copy;
	struct content db;
	int events = 0;

	assert_int_equal(leave_frames(w), 0);
	close_store(w);
	db = slurp(w, "");
	copy = *w;
	(void)snprintf(copy.db, sizeof(copy.db), "%s/copy.db", w->dir);
	spill(&copy, db.ptr, db.len);
	OK(open_reader(&copy));
	OK(dro_history_each(copy.store, NULL, count_event, &events, &copy.err));
	assert_int_equal(events, 1);
	close_store(&copy);
	assert_false(file_exists(&copy, "-wal"));
	assert_false(file_exists(&copy, "-shm"));
	assert_same(db, slurp(&copy, ""));
}

/* A reader sees one moment, whatever a run writes meanwhile. */
static void
test_reader_has_a_snapshot(void **state)
{
	struct world *w = *state, look;
	int events = 0;

	OK(open_writer(w, T0));
	look = *w;
	OK(open_reader(&look));
	OK(dro_event_add(
	    w->store, "example.nl", "note", NULL, "one", T0, &w->err));
	OK(dro_history_each(look.store, NULL, count_event, &events, &look.err));
	assert_int_equal(events, 0);
	close_store(&look);
	OK(open_reader(&look));
	OK(dro_history_each(look.store, NULL, count_event, &events, &look.err));
	assert_int_equal(events, 1);
	close_store(&look);
}

static void
test_reader_cannot_write(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;
	enum dro_stored stored;

	OK(open_writer(w, T0));
	close_store(w);
	OK(open_reader(w));
	assert_int_not_equal(dro_event_add(w->store, "example.nl", "note", NULL,
				 "x", T0, &w->err),
	    DRO_OK);
	assert_int_not_equal(
	    dro_reports_add(w->store, &r, T0, &stored, &w->err), DRO_OK);
	assert_int_not_equal(
	    dro_store_run_end(w->store, "ok", 0, &w->err), DRO_OK);
}

/* After a clean end the database file alone is everything. */
static void
test_log_is_empty_after_close(void **state)
{
	struct world *w = *state;
	struct content log;

	OK(open_writer(w, T0));
	close_store(w);
	log = slurp(w, "-wal");
	assert_int_equal(log.len, 0);
	free(log.ptr);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_reader_creates_nothing),
	    T(test_missing_directory),
	    T(test_create_is_private),
	    T(test_strange_names),
	    T(test_half_made_is_made_again),
	    T(test_second_writer_is_told_who),
	    T(test_locked_while_created),
	    T(test_dead_run_is_seen_and_replaced),
	    T(test_run_log),
	    T(test_clock_is_remembered),
	    T(test_time_does_not_go_back),
	    T(test_fence),
	    T(test_reader_leaves_bytes_alone),
	    T(test_reader_of_a_copy),
	    T(test_reader_has_a_snapshot),
	    T(test_reader_cannot_write),
	    T(test_log_is_empty_after_close),
	};

	return (cmocka_run_group_tests_name("store", tests, NULL, NULL));
}
