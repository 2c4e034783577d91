/* What strangers have sent today. */

#include "fixture.h"

#include "inputs.h"

static void
expect(struct world *w, const char *sender, int32_t day, int64_t mails,
    int64_t octets)
{
	struct dro_quota used;

	OK(dro_quota_load(w->store, sender, day, &used, &w->err));
	assert_int_equal(used.mails, mails);
	assert_int_equal(used.octets, octets);
}

static void
note(struct world *w, const char *sender, int32_t day, int64_t octets)
{
	OK(dro_quota_note(w->store, sender, day, octets, &w->err));
}

static void
test_days_and_senders_apart(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	expect(w, "a", 20000, 0, 0);
	note(w, "a", 20000, 100);
	note(w, "a", 20000, 50);
	note(w, "?a", 20000, 7);
	note(w, "", 20000, 1);
	expect(w, "a", 20000, 2, 150);
	expect(w, "?a", 20000, 1, 7);
	expect(w, "", 20000, 1, 1);
	expect(w, "a", 20001, 0, 0);
	OK(dro_reports_flush(w->store, &w->err));
	/* The next day the one before is forgotten. */
	note(w, "b", 20001, 9);
	expect(w, "a", 20000, 0, 0);
	expect(w, "b", 20001, 1, 9);
	OK(dro_reports_flush(w->store, &w->err));
	assert_int_equal(raw_int(w, "SELECT count(*) FROM quota"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_days_and_senders_apart, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
