/* Where the mails of an mbox begin and end, and what is undone in them. */

#include "inlet_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "ingest/inlet_mbox.h"
#include "ingest/mail.h"

#define FROM "From MAILER Sat Nov 21 06:00:00 2026\n"

/* Mails after one another, each with a "|" behind it. */
static void
check(struct place *p, const char *mbox, const char *expected)
{
	char found[4096] = "", path[100], place[192];
	struct dro_inlet inlet;
	struct dro_input input;
	size_t n = 0;

	put(p, "box", mbox, strlen(mbox));
	strcpy(path, p->path);
	if (dro_inlet_mbox(path, &inlet, &p->err) != DRO_OK)
		fail_msg("%s", p->err.msg);
	while (next_of(p, &inlet, &input)) {
		snprintf(place, sizeof(place), "%s:%zu", path, ++n);
		assert_string_equal(input.path, place);
		assert_true(input.mail);
		strncat(found, input.ptr, input.len);
		strcat(found, "|");
		assert_int_equal(inlet.settle(inlet.ctx, input.token,
				     DRO_SETTLED_STORED, &p->err),
		    DRO_OK);
	}
	inlet.close(inlet.ctx);
	assert_string_equal(found, expected);
}

static void
mails_are_split(void **state)
{
	static const struct {
		const char *mbox, *mails;
	} rows[] = {
	    {"", ""},
	    {"\n\n", ""},
	    {FROM "a: b\n\nc\n", "a: b\n\nc\n|"},
	    /* The empty line before the next mail is not part of a mail. */
	    {FROM "a: b\n\nc\n\n" FROM "d: e\n\nf\n\n",
		"a: b\n\nc\n|d: e\n\nf\n|"},
	    {FROM "a: b\n\nc\n\n\n" FROM "d: e\n", "a: b\n\nc\n\n|d: e\n|"},
	    {"\n" FROM "a: b\n", "a: b\n|"},
	    /* Without an empty line it takes a date. */
	    {FROM "a: b\n\nc\n" FROM "d: e\n", "a: b\n\nc\n|d: e\n|"},
	    {FROM "a: b\n\nc\nFrom here on\nd\n",
		"a: b\n\nc\nFrom here on\nd\n|"},
	    {FROM "a: b\n\nc\nFrom 2026\nd\n", "a: b\n\nc\nFrom 2026\nd\n|"},
	    {FROM "a: b\n\nc\n\nFrom x\nd: e\n", "a: b\n\nc\n|d: e\n|"},
	    {FROM "a: b\n\nc\n\nFROM x\n From x\nFrom\n",
		"a: b\n\nc\n\nFROM x\n From x\nFrom\n|"},
	    /* Line ends of the other kind, and none. */
	    {"From x\r\na: b\r\n\r\nc\r\n\r\nFrom y\r\nd: e",
		"a: b\r\n\r\nc\r\n|d: e|"},
	    {FROM "a: b\n\nc\n" FROM, "a: b\n\nc\n|"},
	    {"From x", ""},
	    /* mboxrd takes one ">" away, elsewhere none. */
	    {FROM "a: b\n\n>From c\n>>From d\n> From e\n>from f\ng >From h\n",
		"a: b\n\nFrom c\n>From d\n> From e\n>from f\ng >From h\n|"},
	    {FROM "a: b\n\n>From c", "a: b\n\nFrom c|"},
	    {FROM "a: b\n\nc\n\n>From d\n" FROM "e: f\n\n>>>From g\n",
		"a: b\n\nc\n\nFrom d\n|e: f\n\n>>From g\n|"},
	};
	struct place *p = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(p, rows[i].mbox, rows[i].mails);
	assert_int_equal(p->n_refused, 0);
}

/* Mails of every length around the size of a block, each told by its body. */
static void
blocks_do_not_matter(void **state)
{
	static const size_t lens[] = {0, 1, 65480, 65535, 65536, 65537, 131072,
	    262144, 300000, 7, 65500, 65499, 65498};
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[100];
	size_t i, j;
	FILE *f = fopen(in_place(p, "box"), "w");

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		fprintf(f, FROM "n: %zu\n\n", i);
		for (j = 0; j < lens[i]; j++)
			fputc(j % 77 == 76 ? '\n' : 'a' + (int)(i % 26), f);
		fputs("\n\n", f);
	}
	assert_int_equal(fclose(f), 0);
	strcpy(path, p->path);
	assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_OK);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		char head[32];
		size_t n =
		    (size_t)snprintf(head, sizeof(head), "n: %zu\n\n", i);

		assert_true(next_of(p, &inlet, &input));
		assert_memory_equal(input.ptr, head, n);
		assert_int_equal(input.len, n + lens[i] + 1);
	}
	assert_false(next_of(p, &inlet, &input));
	assert_false(next_of(p, &inlet, &input));
	inlet.close(inlet.ctx);
}

/* One mail too large, with short lines or one without an end. */
static void
too_large(void **state)
{
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[100], expected[400];
	int pass;
	size_t i;
	FILE *f;

	for (pass = 0; pass < 2; pass++) {
		p->n_refused = 0;
		f = fopen(in_place(p, "box"), "w");
		fputs(FROM "a: b\n\n", f);
		for (i = 0; i < DRO_MAIL_MAX; i++)
			fputc(pass == 0 && i % 77 == 76 ? '\n' : 'x', f);
		/* The end of such a line looks like the start of a mail. */
		fputs("From x\n\n" FROM "c: d\n", f);
		assert_int_equal(fclose(f), 0);
		strcpy(path, p->path);
		assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_OK);
		assert_true(next_of(p, &inlet, &input));
		assert_int_equal(input.len, 5);
		assert_memory_equal(input.ptr, "c: d\n", 5);
		assert_false(next_of(p, &inlet, &input));
		inlet.close(inlet.ctx);
		assert_int_equal(p->n_refused, 1);
		snprintf(expected, sizeof(expected),
		    "%s:1: input-size: a mail of more than 32 MiB", path);
		assert_string_equal(p->refused, expected);
	}
}

static void
refused_files(void **state)
{
	struct place *p = *state;
	struct dro_inlet inlet;
	struct dro_input input;
	char path[100], expected[400];

	snprintf(path, sizeof(path), "%s/none", p->dir);
	assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_ENOTFOUND);
	snprintf(
	    expected, sizeof(expected), "%s: No such file or directory", path);
	assert_string_equal(p->err.msg, expected);
	assert_int_equal(dro_inlet_mbox(p->dir, &inlet, &p->err), DRO_EIO);
	snprintf(expected, sizeof(expected), "%s: not a regular file", p->dir);
	assert_string_equal(p->err.msg, expected);
	put(p, "box", "From: a\n\nb\n", 11);
	strcpy(path, p->path);
	assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_OK);
	assert_false(next_of(p, &inlet, &input));
	inlet.close(inlet.ctx);
	snprintf(expected, sizeof(expected),
	    "%s: not-a-report: no mbox: it does not begin with \"From \"",
	    path);
	assert_string_equal(p->refused, expected);
}

/* Another process that writes to the file keeps us out for ten seconds. */
static void
locks_are_heeded(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct place *p = *state;
	struct dro_inlet inlet;
	char path[100], expected[400], byte;
	int fds[2], fd;
	pid_t pid;

	put(p, "box", FROM "a: b\n", sizeof(FROM) + 4);
	strcpy(path, p->path);
	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		fd = open(path, O_RDWR);
		byte = fcntl(fd, F_SETLK, &lock) == 0 ? 'y' : 'n';
		(void)!write(fds[1], &byte, 1);
		(void)pause();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_ELIMIT);
	snprintf(expected, sizeof(expected),
	    "%s: locked for 10 s by a program that writes to it; try again "
	    "later, or remove %s.lock if it was left behind",
	    path, path);
	assert_string_equal(p->err.msg, expected);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(fds[1]);
	/* While it is open, nobody else can lock it for writing. */
	assert_int_equal(dro_inlet_mbox(path, &inlet, &p->err), DRO_OK);
	fd = open(path, O_RDWR);
	assert_int_equal(fcntl(fd, F_SETLK, &lock), -1);
	assert_true(errno == EAGAIN || errno == EACCES);
	inlet.close(inlet.ctx);
	assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		mails_are_split, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		blocks_do_not_matter, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		too_large, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		refused_files, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		locks_are_heeded, place_setup, place_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
