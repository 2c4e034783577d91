#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "host/host.h"
#include "host/internal.h"
#include "workdir.h"

#define assert_code(expected, call)                                            \
	do {                                                                   \
		enum dro_code got_ = (call);                                   \
		if (got_ != (expected))                                        \
			fail_msg("code %d, expected %d: %s", (int)got_,        \
			    (int)(expected), err.msg);                         \
	} while (0)

static struct dro_err err;
static struct dro_host *host, *reader;
static struct workdir work;

static int
setup(void **state)
{
	(void)state;
	if (!work_init(&work) ||
	    dro_host_create(false, &host, &err) != DRO_OK ||
	    dro_host_create(true, &reader, &err) != DRO_OK)
		return (-1);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	dro_host_destroy(host);
	dro_host_destroy(reader);
	work_finish(&work);
	return (0);
}

/* The path of a file in the directory; good until the next call but one. */
static const char *
at(const char *name)
{
	static char paths[2][128];
	static int turn;

	turn ^= 1;
	(void)snprintf(paths[turn], sizeof(paths[0]), "%s/%s", work.path, name);
	return (paths[turn]);
}

static void
file_is_read(void **state)
{
	struct dro_buf out;

	(void)state;
	assert_true(work_write(&work, "read", "twelve bytes"));
	dro_buf_init(&out, 100);
	dro_buf_adds(&out, "> ");
	assert_code(
	    DRO_OK, dro_host_file_read(reader, at("read"), 12, &out, &err));
	assert_string_equal(out.ptr, "> twelve bytes");
	assert_code(
	    DRO_ELIMIT, dro_host_file_read(reader, at("read"), 11, &out, &err));
	assert_code(DRO_ENOTFOUND,
	    dro_host_file_read(reader, at("none"), 11, &out, &err));
	dro_buf_finish(&out);
}

static void
only_regular_files(void **state)
{
	struct dro_buf out;

	(void)state;
	assert_true(work_write(&work, "target", "old"));
	assert_int_equal(symlink("target", at("link")), 0);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	dro_buf_init(&out, 100);
	assert_code(
	    DRO_EINVAL, dro_host_file_read(reader, at("link"), 99, &out, &err));
	assert_code(DRO_EINVAL,
	    dro_host_file_replace(host, at("link"), "new", 3, &err));
	assert_code(
	    DRO_EINVAL, dro_host_file_read(reader, at("fifo"), 99, &out, &err));
	assert_code(DRO_EINVAL,
	    dro_host_file_replace(host, at("fifo"), "new", 3, &err));
	assert_code(
	    DRO_EINVAL, dro_host_file_read(reader, work.path, 99, &out, &err));
	assert_code(
	    DRO_OK, dro_host_file_read(reader, at("target"), 99, &out, &err));
	assert_string_equal(out.ptr, "old");
	dro_buf_finish(&out);
}

/* Owner and mode stay, and nothing else is left in the directory. */
static void
file_is_replaced(void **state)
{
	const char *list[] = {"ls", "-A", work.path, NULL};
	char *before, *after, *text;
	struct stat old, new;

	(void)state;
	assert_true(work_write(&work, "zone", "old"));
	assert_int_equal(chmod(at("zone"), 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(at("zone"), 65534, 65534), 0);
	assert_int_equal(stat(at("zone"), &old), 0);
	assert_true(work_run(&work, list, NULL, "list"));
	before = work_text(&work, "list");
	assert_code(
	    DRO_OK, dro_host_file_replace(host, at("zone"), "a\0b", 3, &err));
	assert_int_equal(stat(at("zone"), &new), 0);
	assert_int_equal(new.st_size, 3);
	assert_int_equal(new.st_mode, old.st_mode);
	assert_int_equal(new.st_uid, old.st_uid);
	assert_int_equal(new.st_gid, old.st_gid);
	assert_true(new.st_ino != old.st_ino);
	text = work_text(&work, "zone");
	assert_memory_equal(text, "a\0b", 4);
	assert_true(work_run(&work, list, NULL, "list"));
	after = work_text(&work, "list");
	assert_string_equal(after, before);
	free(text);
	free(after);
	free(before);
	assert_code(DRO_ENOTFOUND,
	    dro_host_file_replace(host, at("missing"), "x", 1, &err));
}

/* What a killed run left behind is cleared, and never written through. */
static void
leftovers_are_cleared(void **state)
{
	char *text;

	(void)state;
	assert_true(work_write(&work, "zone2", "old"));
	assert_true(work_write(&work, "precious", "mine"));
	assert_int_equal(symlink(at("precious"), at(".zone2.rollout")), 0);
	assert_code(
	    DRO_OK, dro_host_file_replace(host, at("zone2"), "new", 3, &err));
	text = work_text(&work, "zone2");
	assert_string_equal(text, "new");
	free(text);
	text = work_text(&work, "precious");
	assert_string_equal(text, "mine");
	free(text);
	assert_int_equal(access(at(".zone2.rollout"), F_OK), -1);
}

/* A new file is made; one that is there is replaced as ever. */
static void
file_is_written(void **state)
{
	struct stat st;
	char *text;

	(void)state;
	assert_code(
	    DRO_OK, dro_host_file_write(host, at("fresh"), "one", 3, &err));
	assert_int_equal(stat(at("fresh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(chmod(at("fresh"), 0604), 0);
	assert_code(
	    DRO_OK, dro_host_file_write(host, at("fresh"), "two", 3, &err));
	assert_int_equal(stat(at("fresh"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	text = work_text(&work, "fresh");
	assert_string_equal(text, "two");
	free(text);
	assert_int_equal(access(at(".fresh.rollout"), F_OK), -1);
	assert_code(DRO_ENOTFOUND,
	    dro_host_file_write(host, at("missing/fresh"), "x", 1, &err));
	assert_code(DRO_EAUTH,
	    dro_host_file_write(reader, at("fresher"), "x", 1, &err));
	assert_int_equal(access(at("fresher"), F_OK), -1);
}

static void
read_only_replaces_nothing(void **state)
{
	char *text;

	(void)state;
	assert_true(work_write(&work, "kept", "old"));
	assert_code(DRO_EAUTH,
	    dro_host_file_replace(reader, at("kept"), "new", 3, &err));
	text = work_text(&work, "kept");
	assert_string_equal(text, "old");
	free(text);
}

/* sh -c ${script}, as an operator's own command would be. */
static enum dro_code
shell(struct dro_host *by, const char *script, int timeout_s)
{
	const char *argv[] = {"sh", "-c", script, NULL};

	memset(&err, 0, sizeof(err));
	return (dro_host_run(by, argv, timeout_s, &err));
}

static void
command_results(void **state)
{
	static const struct {
		const char *script;
		enum dro_code code;
		const char *says;
	} table[] = {
	    {"exit 0", DRO_OK, ""},
	    {"echo noise; exit 0", DRO_OK, ""},
	    {"echo first; echo 'no such zone' >&2; exit 3", DRO_EREMOTE,
		"exit status 3: no such zone"},
	    {"exit 4", DRO_EREMOTE, "exit status 4"},
	    {"read line && exit 0; exit 7", DRO_EREMOTE, "exit status 7"},
	    {"env | grep -v -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= "
	     "&& exit 1; exit 0",
		DRO_OK, ""},
	    {"printf '\\033[31mred\\n'; exit 1", DRO_EREMOTE, "?[31mred"},
	    {"head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end; exit 1",
		DRO_EREMOTE, "exit status 1: end"},
	    {"kill -9 $$", DRO_ETIMEOUT, "signal 9"},
	};
	size_t i;

	(void)state;
	assert_int_equal(setenv("DRO_TEST_SECRET", "must not be seen", 1), 0);
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		assert_code(table[i].code, shell(host, table[i].script, 20));
		if (strstr(err.msg, table[i].says) == NULL)
			fail_msg("%s: %s", table[i].script, err.msg);
	}
	assert_int_equal(unsetenv("DRO_TEST_SECRET"), 0);
}

/* Words are words: no shell looks at them. */
static void
command_words(void **state)
{
	const char *argv[] = {
	    "test", "a b; $(exit)", "=", "a b; $(exit)", NULL};
	const char *none[] = {"no-such-command-anywhere", NULL};
	const char *empty[] = {NULL};

	(void)state;
	assert_code(DRO_OK, dro_host_run(host, argv, 20, &err));
	argv[3] = "other";
	assert_code(DRO_EREMOTE, dro_host_run(host, argv, 20, &err));
	assert_code(DRO_EIO, dro_host_run(host, none, 20, &err));
	none[0] = "/nonexistent/command";
	assert_code(DRO_EIO, dro_host_run(host, none, 20, &err));
	assert_code(DRO_EINVAL, dro_host_run(host, empty, 20, &err));
}

/* A relative word means a place beside the configuration. */
static void
command_directory(void **state)
{
	const char *argv[] = {"./beside", "here", NULL};
	struct dro_host *placed;

	(void)state;
	assert_true(work_write(&work, "beside", "#!/bin/sh\ntest -f $1\n"));
	assert_true(work_write(&work, "here", ""));
	assert_int_equal(chmod(at("beside"), 0700), 0);
	assert_code(DRO_OK, dro_host_create(false, &placed, &err));
	assert_code(DRO_EIO, dro_host_run(placed, argv, 20, &err));
	assert_code(DRO_OK, dro_host_set_directory(placed, work.path, &err));
	assert_code(DRO_OK, dro_host_run(placed, argv, 20, &err));
	argv[1] = "elsewhere";
	assert_code(DRO_EREMOTE, dro_host_run(placed, argv, 20, &err));
	dro_host_destroy(placed);
}

static void
command_time_out(void **state)
{
	time_t began = time(NULL);

	(void)state;
	assert_code(DRO_ETIMEOUT, shell(host, "exec sleep 30", 1));
	assert_non_null(strstr(err.msg, "after 1 s"));
	/* What it leaves behind holds our pipe, but not us. */
	assert_code(DRO_OK, shell(host, "sleep 10 & exit 0", 20));
	assert_in_range(time(NULL) - began, 1, 8);
}

static void
read_only_runs_nothing(void **state)
{
	char script[256];

	(void)state;
	(void)snprintf(script, sizeof(script), "touch '%s'", at("was-here"));
	assert_code(DRO_EAUTH, shell(reader, script, 5));
	assert_int_equal(access(at("was-here"), F_OK), -1);
	assert_code(DRO_OK, shell(host, script, 5));
	assert_int_equal(access(at("was-here"), F_OK), 0);
}

static void
secrets_are_redacted(void **state)
{
	/* Secret "p@ss/wörd+?" and its forms, computed elsewhere. */
	static const char *const texts[][2] = {
	    {"key p@ss/w\xc3\xb6rd+? bad", "key [redacted] bad"},
	    {"cEBzcy93w7ZyZCs/ cEBzcy93w7ZyZCs_", "[redacted] [redacted]"},
	    {"p%40ss%2Fw%C3%B6rd%2B%3F", "[redacted]"},
	    {"x=p%40ss%2fw%c3%b6rd%2b%3f&", "x=[redacted]&"},
	    {"p@ss/w\xc3\xb6rd+?p@ss/w\xc3\xb6rd+?", "[redacted][redacted]"},
	    {"p@ss/word", "p@ss/word"},
	    {"second-secret=", "[redacted]"},
	    {"c2Vjb25kLXNlY3JldD0=", "[redacted]="},
	    {"", ""},
	};
	char tail[DRO_ERR_MSG];
	struct dro_buf body;
	size_t i;

	(void)state;
	assert_code(DRO_OK, dro_host_secret(host, "p@ss/w\xc3\xb6rd+?", &err));
	assert_code(DRO_OK, dro_host_secret(host, "second-secret=", &err));
	assert_code(DRO_EINVAL, dro_host_secret(host, "", &err));
	for (i = 0; i < DRO_ARRAY_LEN(texts); i++) {
		(void)dro_err_set(&err, DRO_EIO, "%s", texts[i][0]);
		dro_redact_err(host, &err);
		assert_string_equal(err.msg, texts[i][1]);
		dro_buf_init(&body, 4096);
		dro_buf_adds(&body, texts[i][0]);
		dro_redact_buf(host, &body);
		assert_string_equal(body.ptr, texts[i][1]);
		dro_buf_finish(&body);
	}
	/* Cut in the middle, the first half must not remain. */
	memset(tail, '.', sizeof(tail));
	(void)snprintf(tail + sizeof(tail) - 11, 11, "second-sec");
	(void)dro_err_set(&err, DRO_EIO, "%.*s", (int)sizeof(tail), tail);
	dro_redact_err(host, &err);
	assert_null(strstr(err.msg, "second"));
	assert_code(
	    DRO_EREMOTE, shell(host, "echo key second-secret=; exit 1", 20));
	assert_non_null(strstr(err.msg, "key [redacted]"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(file_is_read),
	    cmocka_unit_test(only_regular_files),
	    cmocka_unit_test(file_is_replaced),
	    cmocka_unit_test(file_is_written),
	    cmocka_unit_test(leftovers_are_cleared),
	    cmocka_unit_test(read_only_replaces_nothing),
	    cmocka_unit_test(command_results),
	    cmocka_unit_test(command_words),
	    cmocka_unit_test(command_directory),
	    cmocka_unit_test(command_time_out),
	    cmocka_unit_test(read_only_runs_nothing),
	    cmocka_unit_test(secrets_are_redacted),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
