#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/program.h"

extern char **environ;

/* A program under way and what it has written so far. */
struct child {
	pid_t pid;
	int pidfd;
	int fd; /* reads its standard output, without waiting */
	char *text;
	size_t len, max;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Start ${argv} in a process group of its own, with signals as usual. */
static int
spawn(const char *const *argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t set;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return (rc);
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto out;
	(void)sigemptyset(&set);
	(void)posix_spawnattr_setsigmask(&attr, &set);
	(void)sigaddset(&set, SIGPIPE);
	(void)sigaddset(&set, SIGXFSZ);
	(void)posix_spawnattr_setsigdefault(&attr, &set);
	(void)posix_spawnattr_setpgroup(&attr, 0);
	if ((rc = posix_spawnattr_setflags(&attr,
		 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
		     POSIX_SPAWN_SETSIGMASK)) == 0 &&
	    (rc = posix_spawn_file_actions_addopen(
		 &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(
		 &actions, out, STDOUT_FILENO)) == 0)
		rc = posix_spawnp(pid, argv[0], &actions, &attr,
		    (char *const *)argv, environ);
	(void)posix_spawnattr_destroy(&attr);
out:
	(void)posix_spawn_file_actions_destroy(&actions);
	return (rc);
}

static enum dro_code
start(struct child *c, const char *const *argv, struct dro_err *err)
{
	int pipes[2], rc;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return (dro_err_set(err, DRO_EIO, "%s", strerror(errno)));
	rc = fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0
	    ? spawn(argv, pipes[1], &c->pid)
	    : errno;
	close(pipes[1]);
	c->fd = pipes[0];
	if (rc != 0)
		return (
		    dro_err_set(err, rc == ENOENT ? DRO_ENOTFOUND : DRO_EAUTH,
			"cannot be started: %s", strerror(rc)));
	if ((c->pidfd = pidfd_open(c->pid, 0)) < 0)
		return (dro_err_set(err, DRO_EIO, "%s", strerror(errno)));
	return (DRO_OK);
}

/* Take what is there; false once there was too much. */
static bool
drain(struct child *c)
{
	ssize_t n;

	while (c->len <= c->max) {
		n = read(c->fd, c->text + c->len, c->max + 1 - c->len);
		if (n > 0) {
			c->len += (size_t)n;
			continue;
		}
		if (n == 0) {
			/* Nothing more to poll for; the exit is awaited. */
			close(c->fd);
			c->fd = -1;
			return (true);
		}
		if (errno != EINTR)
			return (true);
	}
	return (false);
}

/* Read until the program ends; its own children may keep the pipe open. */
static enum dro_code
await(struct child *c, int timeout_s, struct dro_err *err)
{
	int64_t end = now_ms() + (int64_t)timeout_s * 1000, left;
	struct pollfd fds[2];

	for (;;) {
		if ((left = end - now_ms()) <= 0)
			return (dro_err_set(err, DRO_EAUTH,
			    "no answer within %d s", timeout_s));
		fds[0] = (struct pollfd){c->fd, POLLIN, 0};
		fds[1] = (struct pollfd){c->pidfd, POLLIN, 0};
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return (
			    dro_err_set(err, DRO_EIO, "%s", strerror(errno)));
		if (c->fd >= 0 && !drain(c))
			return (dro_err_set(err, DRO_EAUTH,
			    "wrote more than %zu octets", c->max));
		if (fds[1].revents != 0)
			return (DRO_OK);
	}
}

/* Reap the program and tell whether it ended well. */
static bool
finish(struct child *c)
{
	int status = -1;

	if (c->fd >= 0)
		close(c->fd);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->pid <= 0)
		return (false);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

enum dro_code
dro_program_read(const char *const *argv, int timeout_s, char *text, size_t max,
    size_t *len, struct dro_err *err)
{
	struct child c = {
	    .pid = -1, .pidfd = -1, .fd = -1, .text = text, .max = max};
	enum dro_code code;

	if ((code = start(&c, argv, err)) == DRO_OK)
		code = await(&c, timeout_s, err);
	if (code != DRO_OK && c.pid > 0)
		(void)kill(-c.pid, SIGKILL);
	if (!finish(&c) && code == DRO_OK)
		code = dro_err_set(
		    err, DRO_EAUTH, "failed (its own message may stand above)");
	*len = c.len;
	return (code);
}
