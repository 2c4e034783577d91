/* The lines of reports as octets. */
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
	    {"example.nl", "", "", "", "", "", "192.0.2.1", false}, 1, 0, 0};
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_octets),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test_setup_teardown(
		test_damaged_in_the_database, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
