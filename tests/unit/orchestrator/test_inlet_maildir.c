/* What of a maildir is read, and what its mails are called afterwards. */

#include "inlet_test.h"

#include <dirent.h>

#include "ingest/inlet_maildir.h"

static void
make(struct place *p)
{
	static const char *const dirs[] = {"m", "m/cur", "m/new", "m/tmp"};
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		assert_int_equal(mkdir(in_place(p, dirs[i]), 0700), 0);
}

static bool
is_there(struct place *p, const char *name)
{
	struct stat st;

	return (lstat(in_place(p, name), &st) == 0);
}

static void
order_and_content(void **state)
{
	static const char *const names[] = {
	    "m/cur/1.c:2,S", "m/cur/2.c:2,", "m/new/1.a", "m/new/1.b"};
	const struct dro_mail_after after = {.stored = DRO_AFTER_KEEP};
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[160];
	size_t i;

	make(p);
	put(p, "m/new/1.b", "b", 1);
	put(p, "m/new/1.a", "", 0);
	put(p, "m/cur/2.c:2,", "2", 1);
	put(p, "m/cur/1.c:2,S", "1", 1);
	put(p, "m/tmp/0", "in the making", 13);
	put(p, "m/new/.hidden", "x", 1);
	snprintf(path, sizeof(path), "%s/m", p->dir);
	assert_int_equal(
	    dro_inlet_maildir(path, &after, &inlet, &p->err), DRO_OK);
	for (i = 0; i < 4; i++) {
		assert_true(next_of(p, &inlet, &input));
		assert_string_equal(input.path, in_place(p, names[i]));
		assert_true(input.mail);
		assert_int_equal(input.len, i == 2 ? 0 : 1);
	}
	assert_false(next_of(p, &inlet, &input));
	assert_int_equal(inlet.total(inlet.ctx), 4);
	assert_int_equal(p->n_refused, 0);
	inlet.close(inlet.ctx);
	for (i = 0; i < 4; i++)
		assert_true(is_there(p, names[i]));
}

/* Names before, what became of each, and names afterwards. */
static void
names_afterwards(void **state)
{
	static const struct {
		const char *name;
		enum dro_settled how;
		const char *seen, *moved; /* as `stored: seen` and `move` */
	} rows[] = {
	    {"m/cur/1:2,", DRO_SETTLED_STORED, "m/cur/1:2,S",
		"m/.Done/cur/1:2,"},
	    {"m/cur/2:2,FT", DRO_SETTLED_STORED, "m/cur/2:2,FST",
		"m/.Done/cur/2:2,FT"},
	    {"m/cur/3:2,RSa", DRO_SETTLED_STORED, "m/cur/3:2,RSa",
		"m/.Done/cur/3:2,RSa"},
	    {"m/cur/4:2,a", DRO_SETTLED_STORED, "m/cur/4:2,Sa",
		"m/.Done/cur/4:2,a"},
	    {"m/new/5", DRO_SETTLED_STORED, "m/cur/5:2,S", "m/.Done/cur/5:2,"},
	    {"m/new/6", DRO_SETTLED_FOREIGN, "m/new/6", "m/new/6"},
	    {"m/new/7", DRO_SETTLED_REFUSED, "m/.Bad/cur/7:2,", "m/new/7"},
	};
	const struct dro_mail_after seen = {.stored = DRO_AFTER_SEEN,
	    .refused = DRO_AFTER_MOVE,
	    .refused_folder = "Bad"};
	const struct dro_mail_after moved = {
	    .stored = DRO_AFTER_MOVE, .folder = "Done"};
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[160];
	int pass;
	size_t i;

	make(p);
	snprintf(path, sizeof(path), "%s/m", p->dir);
	for (pass = 0; pass < 2; pass++) {
		uint64_t tokens[7];

		for (i = 0; i < 7; i++)
			put(p, rows[i].name, "x", 1);
		assert_int_equal(
		    dro_inlet_maildir(
			path, pass == 0 ? &seen : &moved, &inlet, &p->err),
		    DRO_OK);
		for (i = 0; i < 7; i++) {
			assert_true(next_of(p, &inlet, &input));
			tokens[i] = input.token;
		}
		for (i = 0; i < 7; i++)
			assert_true(is_there(p, rows[i].name));
		for (i = 0; i < 7; i++)
			if (inlet.settle(inlet.ctx, tokens[i], rows[i].how,
				&p->err) != DRO_OK)
				fail_msg("%s", p->err.msg);
		inlet.close(inlet.ctx);
		for (i = 0; i < 7; i++) {
			const char *name =
			    pass == 0 ? rows[i].seen : rows[i].moved;

			if (!is_there(p, name))
				fail_msg("no %s", name);
			assert_int_equal(unlink(in_place(p, name)), 0);
		}
	}
	assert_true(is_there(p, "m/.Done/tmp"));
	assert_true(is_there(p, "m/.Done/new"));
}

/* Others may touch a maildir at any time. */
static void
others_interfere(void **state)
{
	const struct dro_mail_after after = {
	    .stored = DRO_AFTER_MOVE, .folder = "Done"};
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[160], to[160], expected[600];

	make(p);
	put(p, "m/new/1", "x", 1);
	put(p, "m/new/2", "x", 1);
	put(p, "m/new/3", "x", 1);
	snprintf(path, sizeof(path), "%s/m", p->dir);
	assert_int_equal(
	    dro_inlet_maildir(path, &after, &inlet, &p->err), DRO_OK);
	assert_true(next_of(p, &inlet, &input));
	/* Moved after it was listed: the next run finds it. */
	snprintf(to, sizeof(to), "%s/m/cur/2:2,S", p->dir);
	assert_int_equal(rename(in_place(p, "m/new/2"), to), 0);
	assert_true(next_of(p, &inlet, &input));
	assert_string_equal(input.path, in_place(p, "m/new/3"));
	assert_int_equal(p->n_refused, 0);
	/* Taken away after it was read: nothing left to do. */
	assert_int_equal(unlink(in_place(p, "m/new/1")), 0);
	assert_int_equal(
	    inlet.settle(inlet.ctx, 1, DRO_SETTLED_STORED, &p->err), DRO_OK);
	/* Never over another mail. */
	put(p, "m/.Done/cur/3:2,", "other", 5);
	assert_int_equal(
	    inlet.settle(inlet.ctx, 2, DRO_SETTLED_STORED, &p->err), DRO_EIO);
	snprintf(expected, sizeof(expected),
	    "%s/m/new/3: cannot be renamed to %s/m/.Done/cur/3:2,: File exists",
	    p->dir, p->dir);
	assert_string_equal(p->err.msg, expected);
	assert_true(is_there(p, "m/new/3"));
	inlet.close(inlet.ctx);
}

static void
no_maildir(void **state)
{
	const struct dro_mail_after after = {.stored = DRO_AFTER_KEEP};
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char expected[160];

	assert_int_equal(
	    dro_inlet_maildir(p->dir, &after, &inlet, &p->err), DRO_OK);
	assert_int_equal(inlet.next(inlet.ctx, &input, on_refused, p, &p->err),
	    DRO_ENOTFOUND);
	snprintf(expected, sizeof(expected),
	    "%s/cur: no such file or directory", p->dir);
	assert_string_equal(p->err.msg, expected);
	inlet.close(inlet.ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		order_and_content, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		names_afterwards, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		others_interfere, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		no_maildir, place_setup, place_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
