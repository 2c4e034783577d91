#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ingest/worker.h"
#include "ingest/worker_hand.h"

#define BLOCK ((size_t)64 << 10)
#define BLOCKS 16 /* received at a time, so that others get their turn */
#define KEEP_MAX ((size_t)256 << 10) /* a buffer beyond it is given back */
/* Until a worker is ready; sanitizers and a busy machine take seconds. */
#define START_MS 60000

static void
buffers(struct dro_hand *hand)
{
	dro_buf_init(&hand->in, DRO_FRAME_MAX + BLOCK);
	/* Inputs are sent ahead of what is read. */
	dro_buf_init(&hand->out, 2 * DRO_FRAME_MAX);
	hand->tail_len = hand->sent = 0;
	hand->unsent = 0;
	hand->source = 0;
}

/* In the child, up to the new program; only what signal-safety(7) allows. */
static DRO_NORETURN void
become(const char *program, int fd, pid_t parent)
{
	char verb[] = DRO_WORKER_VERB, name[] = "rollout";
	char *argv[] = {name, verb, NULL}, *envp[] = {NULL};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	/* A person's Ctrl-C is for ingest, which ends us in good order. */
	(void)sigaction(SIGINT, &ignore, NULL);
	(void)sigaction(SIGTERM, &ignore, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    dup2(fd, 0) != 0 || close_range(1, ~0U, 0) != 0)
		_exit(126);
	(void)execve(program, argv, envp);
	_exit(127);
}

enum dro_code
dro_hand_start(struct dro_hand *hand, const char *program, struct dro_err *err)
{
	const int room = 1 << 20; /* as much as the system gives */
	pid_t parent = getpid();
	int pair[2], i;

	buffers(hand);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return (dro_err_set(
		    err, DRO_EIO, "worker: socketpair: %s", strerror(errno)));
	for (i = 0; i < 2; i++)
		(void)setsockopt(
		    pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if ((hand->pid = fork()) == 0)
		become(program, pair[1], parent);
	(void)close(pair[1]);
	if (hand->pid < 0) {
		hand->pid = 0;
		(void)close(pair[0]);
		return (dro_err_set(
		    err, DRO_EIO, "worker: fork: %s", strerror(errno)));
	}
	hand->fd = pair[0];
	return (DRO_OK);
}

/* The hello, which comes once the worker is closed in. */
static bool
said_hello(struct dro_hand *hand, struct dro_sandbox *sandbox)
{
	struct pollfd fd = {hand->fd, POLLIN, 0};
	struct dro_frame frame;
	bool ok;

	while (hand->in.len == 0 ||
	    dro_wire_next(hand->in.ptr, hand->in.len, &frame) == 0) {
		int n = poll(&fd, 1, START_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !dro_hand_receive(hand))
			return (false);
	}
	ok = dro_wire_next(hand->in.ptr, hand->in.len, &frame) == 1 &&
	    dro_wire_get_hello(&frame, sandbox) &&
	    hand->in.len == DRO_FRAME_HEAD + frame.len;
	dro_buf_reset(&hand->in);
	return (ok);
}

enum dro_code
dro_hand_greet(struct dro_hand *hand, const char *program,
    struct dro_sandbox *sandbox, struct dro_err *err)
{
	int status;

	if (said_hello(hand, sandbox))
		return (DRO_OK);
	status = dro_hand_end(hand);
	return (dro_err_set(err, DRO_EIO,
	    "worker: %s did not start (%s %d); is it the program rollout?",
	    program, WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
}

int
dro_hand_end(struct dro_hand *hand)
{
	int status = 0;

	if (hand->pid == 0)
		return (0);
	/* Closed first: one that waits for input ends by itself. */
	(void)close(hand->fd);
	(void)kill(hand->pid, SIGKILL);
	while (waitpid(hand->pid, &status, 0) < 0 && errno == EINTR)
		;
	hand->pid = 0;
	dro_buf_finish(&hand->in);
	dro_buf_finish(&hand->out);
	return (status);
}

bool
dro_hand_idle(const struct dro_hand *hand)
{
	return (hand->out.len == 0 && hand->tail_len == 0);
}

bool
dro_hand_send(struct dro_hand *hand)
{
	size_t all = hand->out.len + hand->tail_len, left;
	const char *from;
	ssize_t n;

	hand->unsent = 0;
	while (hand->sent < all) {
		if (hand->sent < hand->out.len) {
			from = hand->out.ptr + hand->sent;
			left = hand->out.len - hand->sent;
		} else {
			from = hand->tail + (hand->sent - hand->out.len);
			left = all - hand->sent;
		}
		n = send(hand->fd, from, left, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return (errno == EAGAIN || errno == EINTR);
		hand->sent += (size_t)n;
	}
	hand->sent = hand->tail_len = 0;
	if (hand->out.cap > KEEP_MAX) {
		dro_buf_finish(&hand->out);
		dro_buf_init(&hand->out, 2 * DRO_FRAME_MAX);
	}
	dro_buf_reset(&hand->out);
	return (true);
}

bool
dro_hand_receive(struct dro_hand *hand)
{
	char block[BLOCK];
	ssize_t n = sizeof(block);
	int i;

	if (hand->in.len == 0 && hand->in.cap > KEEP_MAX) {
		dro_buf_finish(&hand->in);
		dro_buf_init(&hand->in, DRO_FRAME_MAX + BLOCK);
	}
	/* Less than asked for is all there is. */
	for (i = 0; i < BLOCKS && n == (ssize_t)sizeof(block); i++) {
		n = recv(hand->fd, block, sizeof(block), MSG_DONTWAIT);
		if (n < 0)
			return (errno == EAGAIN || errno == EINTR);
		if (n == 0)
			return (false);
		dro_buf_add(&hand->in, block, (size_t)n);
		if (hand->in.failed)
			return (false);
	}
	return (true);
}

int64_t
dro_hand_cpu_ms(const struct dro_hand *hand)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(hand->pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		return (-1);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}
