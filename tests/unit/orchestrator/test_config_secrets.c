/* References to secrets: what is followed, what is refused, what is said. */

#include "config_read.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/secrets.h"

#define SECRET "correct-horse"

static char dir[] = "/tmp/dro-secrets-XXXXXX";

static const char *
in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return (path);
}

static void
write_file(const char *name, const char *text, size_t len, mode_t mode)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file("good", SECRET "\n", 14, 0600);
	write_file("crlf", SECRET "\r\n\n", 16, 0400);
	write_file("lines", "one\ntwo\n", 8, 0600);
	write_file("group", SECRET, 13, 0640);
	write_file("others", SECRET, 13, 0604);
	write_file("empty", "\n", 1, 0600);
	write_file("nul", "a\0b", 3, 0600);
	assert_int_equal(symlink("good", in_dir("link")), 0);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	setenv("DRO_TEST_SECRET", SECRET, 1);
	setenv("DRO_TEST_EMPTY", "", 1);
	return (0);
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"good", "crlf", "lines", "group",
	    "others", "empty", "nul", "link", "fifo", "long", "pid"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(in_dir(names[i]));
	return (rmdir(dir));
}

/* Resolve ${reference}: the value, or NULL with ${err}. */
static const char *
resolve(struct dro_arena *arena, const char *reference, enum dro_code expected,
    struct dro_err *err)
{
	struct dro_config config;
	struct dro_findings findings;
	struct dro_conf out;
	char text[512];

	snprintf(text, sizeof(text),
	    "version: 1\n"
	    "accounts:\n"
	    "  pd: {provider: powerdns, key: %s,\n"
	    "    endpoint: 'https://dns.example'}\n",
	    reference);
	if (dro_config_parse("x.yaml", dir, text, strlen(text), NOW, arena,
		&config, &findings, err) != DRO_OK)
		fail_msg("%s", err->msg);
	assert_int_equal(
	    dro_config_secrets(&config.accounts[0], arena, &out, err),
	    expected);
	if (expected != DRO_OK) {
		assert_null(strstr(err->msg, SECRET));
		return (NULL);
	}
	assert_string_equal(out.account, "pd");
	assert_string_equal(
	    dro_conf_get(&out, "endpoint"), "https://dns.example");
	assert_int_equal(dro_conf_find(&out, "key")->n, 1);
	return (dro_conf_get(&out, "key"));
}

static void
followed(void **state)
{
	static const struct {
		const char *reference, *value;
	} rows[] = {
	    {"{file: good}", SECRET}, {"{file: crlf}", SECRET},
	    {"{file: lines}", "one\ntwo"}, {"{env: DRO_TEST_SECRET}", SECRET},
	    {"{credential: group}", SECRET}, /* modes are systemd's affair */
	    {"{command: [printf, 'one\\r\\ntwo\\n']}", "one"},
	    {"{command: [printf, " SECRET "]}", SECRET},
	    {"{command: [echo, '$HOME;id']}", "$HOME;id"}, /* no shell */
	    {"{command: [sh, -c, 'cat; echo end']}", "end"}, /* no stdin */
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_err err;
	size_t i;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    resolve(arena, rows[i].reference, DRO_OK, &err),
		    rows[i].value);
	dro_arena_destroy(arena);
}

static void
refused(void **state)
{
	/* DIR stands for the folder of the test. */
	static const struct {
		const char *reference;
		enum dro_code code;
		const char *text;
	} rows[] = {
	    {"{file: no}", DRO_ENOTFOUND,
		"{file: DIR/no}: No such file or directory"},
	    {"{file: group}", DRO_EAUTH,
		"{file: DIR/group}: open to group or others; chmod 600 it"},
	    {"{file: others}", DRO_EAUTH,
		"{file: DIR/others}: open to group or others; chmod 600 it"},
	    {"{file: link}", DRO_EAUTH,
		"{file: DIR/link}: a symbolic link; name the file itself"},
	    {"{file: fifo}", DRO_EAUTH, "{file: DIR/fifo}: not a regular file"},
	    {"{file: .}", DRO_EAUTH, "{file: DIR/.}: not a regular file"},
	    {"{file: empty}", DRO_EAUTH, "{file: DIR/empty}: empty"},
	    {"{file: nul}", DRO_EAUTH, "{file: DIR/nul}: holds a NUL octet"},
	    {"{env: DRO_TEST_EMPTY}", DRO_ENOTFOUND,
		"{env: DRO_TEST_EMPTY}: not set in the environment"},
	    {"{env: DRO_TEST_NONE}", DRO_ENOTFOUND,
		"{env: DRO_TEST_NONE}: not set in the environment"},
	    {"{credential: none}", DRO_ENOTFOUND,
		"{credential: none}: No such file or directory"},
	    {"{command: [dro-no-such-program]}", DRO_ENOTFOUND,
		"{command: dro-no-such-program}: cannot be started: "
		"No such file or directory"},
	    {"{command: [sh, -c, 'echo " SECRET "; exit 3']}", DRO_EAUTH,
		"{command: sh}: failed (its own message may stand above)"},
	    {"{command: ['true']}", DRO_EAUTH,
		"{command: true}: its first line of output is empty"},
	    {"{command: [printf, 'a\\0b']}", DRO_EAUTH,
		"{command: printf}: wrote a NUL octet"},
	    {"{command: [yes]}", DRO_EAUTH,
		"{command: yes}: wrote more than 65536 octets"},
	};
	struct dro_arena *arena = dro_arena_create();
	char expected[512], *at;
	struct dro_err err;
	size_t i;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(expected, sizeof(expected), "account \"pd\": key: %s",
		    rows[i].text);
		if ((at = strstr(expected, "DIR")) != NULL)
			snprintf(at, sizeof(expected) - (size_t)(at - expected),
			    "%s%s", dir, strstr(rows[i].text, "DIR") + 3);
		(void)resolve(arena, rows[i].reference, rows[i].code, &err);
		assert_string_equal(err.msg, expected);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	(void)resolve(arena, "{credential: x}", DRO_ENOTFOUND, &err);
	assert_string_equal(err.msg,
	    "account \"pd\": key: {credential: x}: $CREDENTIALS_DIRECTORY is "
	    "not set; run as a service with LoadCredential=x:FILE");
	dro_arena_destroy(arena);
}

/* The most that is taken, and one octet more. */
static void
length(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	char text[DRO_SECRET_MAX + 1];
	struct dro_err err;

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file("long", text, DRO_SECRET_MAX, 0600);
	assert_int_equal(strlen(resolve(arena, "{file: long}", DRO_OK, &err)),
	    DRO_SECRET_MAX);
	write_file("long", text, DRO_SECRET_MAX + 1, 0600);
	(void)resolve(arena, "{file: long}", DRO_EAUTH, &err);
	dro_arena_destroy(arena);
}

static int64_t
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec);
}

/* Whether the process ${pid} still runs; a zombie has no command line. */
static bool
runs(int pid)
{
	char path[64], text[16];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	if ((fd = open(path, O_RDONLY)) < 0)
		return (false);
	n = read(fd, text, sizeof(text));
	close(fd);
	return (n > 0);
}

/* Nobody answers: program and what it started are gone after the time. */
static void
too_slow(void **state)
{
	const char *const argv[] = {"sh", "-c",
	    "sleep 600 & echo $! >\"$0\"; wait", in_dir("pid"), NULL};
	struct dro_arena *arena = dro_arena_create();
	int64_t start = seconds();
	struct dro_err err;
	const char *out;
	int pid = 0, i;
	FILE *f;

	(void)state;
	assert_int_equal(
	    dro_secret_command(argv, 1, arena, &out, &err), DRO_EAUTH);
	assert_string_equal(err.msg, "no answer within 1 s");
	assert_true(seconds() - start < 5);
	f = fopen(in_dir("pid"), "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	for (i = 0; i < 100 && runs(pid); i++)
		usleep(10000);
	assert_false(runs(pid));
	dro_arena_destroy(arena);
}

/* An agent that a password manager leaves behind keeps nobody waiting. */
static void
agent_stays(void **state)
{
	const char *const argv[] = {"sh", "-c", "sleep 3 & echo " SECRET, NULL};
	struct dro_arena *arena = dro_arena_create();
	const char *out;
	struct dro_err err;
	int64_t start = seconds();

	(void)state;
	assert_int_equal(
	    dro_secret_command(argv, 10, arena, &out, &err), DRO_OK);
	assert_string_equal(out, SECRET);
	assert_true(seconds() - start < 3);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(followed),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(length),
	    cmocka_unit_test(too_slow),
	    cmocka_unit_test(agent_stays),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
