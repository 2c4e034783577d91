#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/internal.h"

#include "host/host.h"

/*
 * Where commands are looked for, and all the environment they get: the same
 * under a timer as at a prompt, and without our credentials.
 */
#define COMMAND_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The end of what a command wrote; enough for its last line. */
struct tail {
	char text[1024];
	size_t len;
};

/* Find ${name} on COMMAND_PATH unless it is a path already. */
static bool
resolve(const char *name, char *out, size_t size)
{
	const char *dir = COMMAND_PATH, *end;
	int n;

	if (strchr(name, '/') != NULL) {
		n = snprintf(out, size, "%s", name);
		return (n > 0 && (size_t)n < size);
	}
	for (; *dir != '\0'; dir = *end == ':' ? end + 1 : end) {
		end = strchrnul(dir, ':');
		n = snprintf(out, size, "%.*s/%s", (int)(end - dir), dir, name);
		if (n > 0 && (size_t)n < size && access(out, X_OK) == 0)
			return (true);
	}
	return (false);
}

/* Start ${program}; its output goes to ${output}.  0 or an errno. */
static int
start(const struct dro_host *host, const char *program, const char *const *argv,
    int output, pid_t *pid)
{
	static char path_only[] = "PATH=" COMMAND_PATH;
	char *env[] = {path_only, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, ignored;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return (rc);
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto out_files;
	(void)sigemptyset(&none);
	(void)sigemptyset(&ignored);
	(void)sigaddset(&ignored, SIGPIPE);
	(void)sigaddset(&ignored, SIGXFSZ);
	if ((rc = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
	    (rc = posix_spawnattr_setsigdefault(&attr, &ignored)) == 0 &&
	    (rc = posix_spawnattr_setflags(
		 &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0 &&
	    (rc = posix_spawn_file_actions_addopen(
		 &files, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, output, 1)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, output, 2)) == 0 &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files, 3)) == 0 &&
	    (host->directory == NULL ||
		(rc = posix_spawn_file_actions_addchdir_np(
		     &files, host->directory)) == 0))
		/* posix_spawn does not write to the words. */
		rc = posix_spawn(pid, program, &files, &attr,
		    (char *const *)(const void *)argv, env);
	(void)posix_spawnattr_destroy(&attr);
out_files:
	(void)posix_spawn_file_actions_destroy(&files);
	return (rc);
}

static long
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Take what is there; false at the end of the output. */
static bool
drain(int fd, struct tail *tail)
{
	char chunk[512];
	size_t take;
	ssize_t n;

	n = read(fd, chunk, sizeof(chunk));
	if (n <= 0)
		return (n < 0 && (errno == EAGAIN || errno == EINTR));
	take = (size_t)n;
	if (tail->len + take > sizeof(tail->text)) {
		size_t drop = tail->len + take - sizeof(tail->text);

		memmove(tail->text, tail->text + drop, tail->len - drop);
		tail->len -= drop;
	}
	memcpy(tail->text + tail->len, chunk, take);
	tail->len += take;
	return (true);
}

/*
 * Read output until the child ends or time is up.  Something it left running
 * may hold the pipe open for ever, so the child's end is what counts.
 */
static bool
watch(int pidfd, int output, int timeout_s, struct tail *tail)
{
	long deadline = now_ms() + (long)timeout_s * 1000, left;
	struct pollfd fds[2] = {{pidfd, POLLIN, 0}, {output, POLLIN, 0}};
	int chunks;

	while ((left = deadline - now_ms()) > 0) {
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return (false);
		if (fds[1].revents != 0 && !drain(output, tail))
			fds[1].fd = -1;
		if (fds[0].revents == 0)
			continue;
		/* A bounded look at what was in the pipe at its end. */
		for (chunks = 0; chunks < 256 && fds[1].fd >= 0; chunks++) {
			struct pollfd rest = {output, POLLIN, 0};

			if (poll(&rest, 1, 0) != 1 || !drain(output, tail))
				break;
		}
		return (true);
	}
	return (false);
}

static struct dro_str
last_line(const struct tail *tail)
{
	struct dro_str text =
	    dro_str_trim((struct dro_str){tail->text, tail->len});
	const char *eol =
	    text.len == 0 ? NULL : memrchr(text.ptr, '\n', text.len);

	if (eol != NULL)
		return ((struct dro_str){
		    eol + 1, (size_t)(text.ptr + text.len - eol) - 1});
	return (text);
}

/* Wait for the child and say how it ended. */
static enum dro_code
verdict(
    pid_t pid, const char *name, const struct tail *tail, struct dro_err *err)
{
	struct dro_str line = last_line(tail);
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return (dro_err_set(err, DRO_ETIMEOUT,
			    "%.200s: how it ended is unknown: %s", name,
			    strerrordesc_np(errno)));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (DRO_OK);
	if (WIFEXITED(status))
		return (dro_err_set(err, DRO_EREMOTE,
		    "%.100s: exit status %d: %.*s", name, WEXITSTATUS(status),
		    (int)line.len, line.ptr));
	return (dro_err_set(err, DRO_ETIMEOUT,
	    "%.200s: ended by signal %d; what it did is unknown", name,
	    WTERMSIG(status)));
}

/* Run ${program} with its output in the pipe ${fds}. */
static enum dro_code
run(const struct dro_host *host, const char *program, const char *const *argv,
    int fds[2], int timeout_s, struct dro_err *err)
{
	struct tail tail = {.len = 0};
	enum dro_code rc;
	int error, pidfd;
	bool ended;
	pid_t pid;

	if ((error = start(host, program, argv, fds[1], &pid)) != 0)
		return (dro_err_set(err, DRO_EIO, "%.200s: cannot start: %s",
		    program, strerrordesc_np(error)));
	(void)close(fds[1]);
	fds[1] = -1;
	pidfd = pidfd_open(pid, 0);
	ended = pidfd >= 0 && watch(pidfd, fds[0], timeout_s, &tail);
	if (!ended)
		(void)kill(pid, SIGKILL);
	rc = verdict(pid, program, &tail, err);
	if (!ended)
		rc = dro_err_set(err, DRO_ETIMEOUT,
		    "%.200s: stopped after %d s; what it did is unknown",
		    program, timeout_s);
	if (pidfd >= 0)
		(void)close(pidfd);
	return (rc);
}

enum dro_code
dro_host_run(struct dro_host *host, const char *const *argv, int timeout_s,
    struct dro_err *err)
{
	char program[4096];
	enum dro_code rc;
	int fds[2];

	if (argv == NULL || argv[0] == NULL || argv[0][0] == '\0')
		return (dro_err_set(
		    err, DRO_EINVAL, "command: at least one word expected"));
	if (host->read_only)
		return (dro_err_set(err, DRO_EAUTH,
		    "%.200s: not run: this run only reads", argv[0]));
	if (!resolve(argv[0], program, sizeof(program)))
		return (dro_err_set(err, DRO_EIO,
		    "%.200s: no such command in " COMMAND_PATH
		    "; write its full path",
		    argv[0]));
	if (pipe2(fds, O_CLOEXEC) != 0)
		return (dro_err_set(err, DRO_EIO, "%.200s: no pipe: %s",
		    argv[0], strerrordesc_np(errno)));
	rc = run(host, program, argv, fds, timeout_s, err);
	(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
	if (rc != DRO_OK)
		dro_redact_err(host, err);
	return (rc);
}
