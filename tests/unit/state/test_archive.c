/* Originals beside the database. */
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

#include "inputs.h"
#include "originals.h"

/* FIPS 180-2: SHA-256 of "abc"; of nothing. */
static const unsigned char sha_abc[DRO_HASH_LEN] = {0xba, 0x78, 0x16, 0xbf,
    0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61,
    0xf2, 0x00, 0x15, 0xad};
static const unsigned char sha_none[DRO_HASH_LEN] = {0xe3, 0xb0, 0xc4, 0x42,
    0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
    0x78, 0x52, 0xb8, 0x55};

static void
put(struct world *w, const char *text, unsigned char hash[DRO_HASH_LEN])
{
	OK(dro_archive_put(w->store, text, strlen(text), hash, T0, &w->err));
}

static void
assert_originals(struct world *w, const char *wanted)
{
	char all[256];

	raw_originals(w->db, "|", all, sizeof(all));
	assert_string_equal(all, wanted);
}

static void
test_put(void **state)
{
	struct world *w = *state;
	unsigned char hash[DRO_HASH_LEN];
	struct stat sb;
	char path[128];

	OK(open_writer(w, T0));
	assert_originals(w, "");
	assert_false(file_exists(w, DRO_ARCHIVE));
	put(w, "abc", hash);
	assert_memory_equal(hash, sha_abc, sizeof(hash));
	put(w, "second", hash);
	put(w, "abc", hash);
	assert_memory_equal(hash, sha_abc, sizeof(hash));
	OK(dro_archive_put(w->store, NULL, 0, hash, T0, &w->err));
	assert_memory_equal(hash, sha_none, sizeof(hash));
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	(void)snprintf(path, sizeof(path), "%s" DRO_ARCHIVE, w->db);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	OK(open_reader(w));
	assert_originals(w, "abc|second||");
}

static void
test_too_long(void **state)
{
	static const char some[1];
	struct world *w = *state;
	unsigned char hash[DRO_HASH_LEN];

	OK(open_writer(w, T0));
	assert_int_equal(dro_archive_put(w->store, some, (size_t)64 << 20, hash,
			     T0, &w->err),
	    DRO_ELIMIT);
	assert_says(w, "an original of 67108864 octets; at most 66060288");
}

/* One report that refers to its original, not flushed. */
static int
add_one(struct world *w)
{
	struct dro_report r = plain_report();
	enum dro_stored stored;

	r.has_original = true;
	if (dro_archive_put(
		w->store, "abc", 3, r.original, T0 + DAY, &w->err) != DRO_OK)
		return (1);
	return (dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err) !=
	    DRO_OK);
}

static int
add_and_die(struct world *w)
{
	return (open_writer(w, T0 + DAY) != DRO_OK || add_one(w));
}

static int
flush_and_die(struct world *w)
{
	return (
	    add_and_die(w) || dro_reports_flush(w->store, &w->err) != DRO_OK);
}

static void
test_crash(void **state)
{
	struct world *w = *state;

	assert_int_equal(in_child(w, add_and_die), 0);
	OK(open_writer(w, T0 + DAY));
	assert_originals(w, "");
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 0);
	close_store(w);
	assert_int_equal(in_child(w, flush_and_die), 0);
	OK(open_writer(w, T0 + DAY));
	assert_originals(w, "abc|");
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 1);
}

/* Room for the commit of the archive, not for that of the reports. */
static int
run_out_of_room(struct world *w)
{
	const struct rlimit limit = {36864, 36864};

	if (open_writer(w, T0 + DAY) != DRO_OK)
		return (1);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (add_one(w) != 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return (2);
	if (dro_reports_flush(w->store, &w->err) == DRO_OK)
		return (3);
	/* What refers to an original that is lost must not be stored. */
	return (add_one(w) == 0 ? 4 : 0);
}

/* The original is durable no later than the report that refers to it. */
static void
test_order(void **state)
{
	struct world *w = *state;

	assert_int_equal(in_child(w, run_out_of_room), 0);
	OK(open_writer(w, T0 + DAY));
	assert_originals(w, "abc|");
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 0);
	/* The next time it is there already, and is referred to. */
	assert_int_equal(add_one(w), 0);
	OK(dro_reports_flush(w->store, &w->err));
	assert_originals(w, "abc|");
	assert_int_equal(raw_int(w, "SELECT count(original) FROM origin"), 1);
}

static enum dro_original_state
get(struct world *w, const unsigned char hash[DRO_HASH_LEN], char out[16])
{
	enum dro_original_state state;
	struct dro_buf buf;

	dro_buf_init(&buf, 1024);
	OK(dro_archive_get(w->store, hash, &buf, &state, &w->err));
	(void)snprintf(out, 16, "%.*s", (int)buf.len, buf.ptr);
	dro_buf_finish(&buf);
	return (state);
}

/* By its hash, as it was put there or not at all. */
static void
test_get(void **state)
{
	struct world *w = *state;
	unsigned char hash[DRO_HASH_LEN];
	char path[128], out[16];

	OK(open_writer(w, T0 + DAY));
	assert_int_equal(get(w, sha_abc, out), DRO_ORIGINAL_MISSING);
	assert_int_equal(add_one(w), 0);
	put(w, "second", hash);
	/* What the run itself put there, it finds. */
	assert_int_equal(get(w, sha_abc, out), DRO_ORIGINAL_THERE);
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	OK(open_reader(w));
	assert_int_equal(get(w, sha_abc, out), DRO_ORIGINAL_THERE);
	assert_string_equal(out, "abc");
	assert_int_equal(get(w, sha_none, out), DRO_ORIGINAL_MISSING);
	close_store(w);
	(void)snprintf(path, sizeof(path), "%s" DRO_ARCHIVE, w->db);
	raw_at(path, "UPDATE original SET octets = x'616264' WHERE id = 1");
	OK(open_reader(w));
	assert_int_equal(get(w, sha_abc, out), DRO_ORIGINAL_DAMAGED);
	assert_int_equal(get(w, hash, out), DRO_ORIGINAL_THERE);
	assert_string_equal(out, "second");
}

static enum dro_code
count(void *arg, const struct dro_report *report, struct dro_err *err)
{
	(void)report;
	(void)err;
	++*(size_t *)arg;
	return (DRO_OK);
}

/* Whoever looks at reports has no use for it, whatever became of it. */
static void
test_needed_by_nobody(void **state)
{
	struct world *w = *state;
	unsigned char hash[DRO_HASH_LEN];
	char path[128];
	size_t n = 0;
	FILE *f;

	OK(open_writer(w, T0 + DAY));
	assert_int_equal(add_one(w), 0);
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	(void)snprintf(path, sizeof(path), "%s" DRO_ARCHIVE, w->db);
	assert_non_null(f = fopen(path, "we"));
	assert_true(fputs("no database of anybody, but long enough\n", f) > 0);
	assert_int_equal(fclose(f), 0);
	OK(open_reader(w));
	OK(dro_reports_each(w->store, NULL, count, &n, &w->err));
	assert_int_equal(n, 1);
	close_store(w);
	OK(open_writer(w, T0 + DAY));
	assert_int_equal(
	    dro_archive_put(w->store, "abc", 3, hash, T0, &w->err), DRO_ESTATE);
	assert_says(w, "-archive: file is not a database");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_put, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_too_long, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_crash, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_order, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_get, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_needed_by_nobody, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
