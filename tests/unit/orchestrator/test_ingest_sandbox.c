/* The sandbox from within: what is left, and what a try of the rest costs. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/sandbox.h"

/* Within the sandbox: true ends the child with 0. */
typedef bool attempt_fn(void);

/* How a child ends that enters the sandbox and then makes ${attempt}. */
static int
child(attempt_fn *attempt)
{
	struct dro_sandbox sandbox;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		dro_sandbox_enter(&sandbox);
		if (!dro_sandbox_whole(&sandbox) || sandbox.landlock_abi < 1)
			_exit(2);
		_exit(attempt() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (status);
}

static bool
memory(void)
{
	size_t n = (size_t)8 << 20;
	char *p = malloc(n);

	if (p == NULL)
		return (false);
	memset(p, 1, n);
	free(p);
	return (true);
}

static bool
denied(const char *path, int flags)
{
	return (open(path, flags, 0600) < 0 && errno == EACCES);
}

static bool
files(void)
{
	return (denied("/etc/passwd", O_RDONLY) && denied("/", O_PATH) &&
	    denied("/tmp/dro-sandbox", O_CREAT | O_WRONLY) &&
	    access("/etc/passwd", R_OK) != 0);
}

static void
test_allowed(void **state)
{
	(void)state;
	assert_int_equal(child(memory), 0);
	assert_int_equal(child(files), 0);
}

static bool
network(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0) < 0);
}

static bool
local_network(void)
{
	return (socket(AF_UNIX, SOCK_STREAM, 0) < 0);
}

static bool
another(void)
{
	return (fork() < 0);
}

static bool
program(void)
{
	char *argv[] = {NULL};

	return (execve("/bin/true", argv, argv) < 0);
}

static bool
code(void)
{
	return (mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

static bool
data_as_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return (p == MAP_FAILED || mprotect(p, 4096, PROT_EXEC) != 0);
}

static bool
signals(void)
{
	return (kill(getppid(), 0) != 0);
}

static bool
dumps(void)
{
	return (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0);
}

static bool
limits(void)
{
	const struct rlimit more = {8, 8};

	return (setrlimit(RLIMIT_NOFILE, &more) != 0);
}

static bool
removal(void)
{
	return (unlink("/tmp/dro-sandbox-nothing") != 0);
}

/* The kernel ends whoever asks for what a reader never needs. */
static void
test_killed(void **state)
{
	attempt_fn *const attempts[] = {network, local_network, another,
	    program, code, data_as_code, signals, dumps, limits, removal};
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		status = child(attempts[i]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("attempt %zu: status %x", i, (unsigned)status);
	}
}

static void
test_missing(void **state)
{
	const struct dro_sandbox whole = {.landlock_abi = 2};
	const struct dro_sandbox parts = {
	    .landlock_errno = EOPNOTSUPP, .seccomp_errno = EINVAL};
	struct dro_buf text;

	(void)state;
	dro_buf_init(&text, 256);
	dro_sandbox_missing(&whole, &text);
	assert_true(dro_sandbox_whole(&whole));
	assert_int_equal(text.len, 0);
	dro_sandbox_missing(&parts, &text);
	assert_false(dro_sandbox_whole(&parts));
	assert_string_equal(text.ptr,
	    "Landlock (Operation not supported), seccomp (Invalid argument)");
	dro_buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_killed),
	    cmocka_unit_test(test_missing),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
