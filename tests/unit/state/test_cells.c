/* The lines of reports as octets, and how those of version 1 got there. */
#include "fixture.h"

#include "internal.h"

/* One line: identity 300, 1 pass, no fail, 2^49 unknown, "::1". */
static const char one[] = "\xac\x02\x01\x00\x80\x80\x80\x80\x80\x80\x80\x01"
			  "\x03::1";

static void
test_octets(void **state)
{
	const struct dro_packed line = {300, 1, 0, DRO_COUNT_MAX, {"::1", 3}};
	struct dro_packed back;
	struct dro_buf buf;
	struct dro_str in;

	(void)state;
	dro_buf_init(&buf, 64);
	dro_cells_add(&buf, &line);
	assert_int_equal(buf.len, sizeof(one) - 1);
	assert_memory_equal(buf.ptr, one, buf.len);
	in = (struct dro_str){buf.ptr, buf.len};
	assert_true(dro_cells_next(&in, &back));
	assert_int_equal(in.len, 0);
	assert_int_equal(back.identity, 300);
	assert_int_equal(back.pass, 1);
	assert_int_equal(back.fail, 0);
	assert_int_equal(back.unknown, DRO_COUNT_MAX);
	assert_int_equal(back.ip.len, 3);
	assert_memory_equal(back.ip.ptr, "::1", 3);
	dro_buf_finish(&buf);
}

/* Cut anywhere, or a number without end: no line. */
static void
test_damaged(void **state)
{
	static const char endless[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
				      "\x01\x01\x01\x00";
	struct dro_packed back;
	struct dro_str in;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(one) - 1; len++) {
		in = (struct dro_str){one, len};
		assert_false(dro_cells_next(&in, &back));
	}
	in = (struct dro_str){endless, sizeof(endless) - 1};
	assert_false(dro_cells_next(&in, &back));
}

static void
test_damaged_in_the_database(void **state)
{
	struct world *w = *state;
	struct dro_evidence ev;
	struct dro_line line = {
	    {"example.nl", "", "", "", "", "", "192.0.2.1"}, 1, 0, 0};
	struct dro_report r = {.org = "a",
	    .reporter = "a",
	    .report_id = "1",
	    .domain = "example.nl",
	    .watched = "example.nl",
	    .begin = T0,
	    .end = T0 + DAY - 1,
	    .trust = DRO_TRUST_TRUSTED,
	    .counts = true,
	    .n_lines = 1,
	    .lines = &line};
	enum dro_stored stored;

	OK(open_writer(w, T0 + DAY));
	OK(dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	raw(w, "UPDATE report SET cells = x'0101'");
	assert_int_equal(dro_evidence_load(w->store, "example.nl", 0, INT64_MAX,
			     w->arena, &ev, &w->err),
	    DRO_ESTATE);
	assert_says(w, "are damaged; restore a backup");
	raw(w, "UPDATE report SET cells = x'630100000431327131'");
	assert_int_equal(dro_evidence_load(w->store, "example.nl", 0, INT64_MAX,
			     w->arena, &ev, &w->err),
	    DRO_ESTATE);
	assert_says(w, "refers to identity 99, which does not exist");
}

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;

	assert_non_null(f);
	assert_true(getdelim(&text, &cap, '\0', f) > 0);
	(void)fclose(f);
	return (text);
}

/* What tests/data/state-v1.sql says about a.example, by hand. */
static void
test_version_1(void **state)
{
	static const struct {
		const char *ip, *dkim, *claim;
		int64_t pass[2], fail[2]; /* google.com, yahoo.com */
	} wanted[] = {
	    {"198.19.190.9", "", "", {0, 0}, {6, 5}},
	    {"198.19.191.9", "", "", {0, 0}, {5, 5}},
	    {"198.19.192.9", "", "", {0, 0}, {5, 5}},
	    {"2001:db8::7", "", "a.example", {0, 0}, {5, 4}},
	    {"192.0.2.10", "a.example", "", {100, 100}, {0, 0}},
	};
	struct world *w = *state;
	struct dro_evidence ev;
	size_t i;
	char *sql;

	sql = read_text(DRO_TEST_DATA "/state-v1.sql");
	raw(w, sql);
	free(sql);
	OK(open_writer(w, T0));
	OK(dro_evidence_load(
	    w->store, "a.example", 0, T0, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_reporters, 2);
	assert_int_equal(ev.n_seen, 2);
	assert_int_equal(ev.n_streams, DRO_ARRAY_LEN(wanted));
	assert_int_equal(ev.n_cells, 2 * DRO_ARRAY_LEN(wanted));
	for (i = 0; i < ev.n_cells; i++) {
		assert_int_equal(ev.cells[i].day, 20458);
		assert_int_equal(ev.cells[i].stream, i / 2);
		assert_int_equal(ev.cells[i].reporter, i % 2);
		assert_int_equal(ev.cells[i].pass, wanted[i / 2].pass[i % 2]);
		assert_int_equal(ev.cells[i].fail, wanted[i / 2].fail[i % 2]);
		assert_string_equal(ev.streams[i / 2].ip, wanted[i / 2].ip);
		assert_string_equal(ev.streams[i / 2].dkim, wanted[i / 2].dkim);
		assert_string_equal(
		    ev.streams[i / 2].claim, wanted[i / 2].claim);
	}
	close_store(w);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM sqlite_master"
			     " WHERE name IN ('cell', 'stream')"),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_octets),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test_setup_teardown(
		test_damaged_in_the_database, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_version_1, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
