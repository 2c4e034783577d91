#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/internal.h"

#include "host/host.h"

/* A query is sent by UDP at most this often. */
#define UDP_TRIES 2

/* One message on its way; ${error} is the errno of what went wrong last. */
struct exchange {
	const struct dro_host *host;
	const char *server;
	const unsigned char *wire;
	size_t len;
	struct dro_buf *answer;
	bool sent; /* the server may have got it */
	int error;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static bool
failed(struct exchange *x, int error)
{
	x->error = error;
	return (false);
}

/* Wait until ${fd} can be read or written; at ${end} it is too late. */
static bool
wait_for(struct exchange *x, int fd, short events, int64_t end)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	int64_t left;
	int n;

	for (;;) {
		if ((left = end - now_ms()) <= 0)
			return (failed(x, ETIMEDOUT));
		n = poll(&pfd, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return (true);
		if (n < 0 && errno != EINTR)
			return (failed(x, errno));
	}
}

static bool
again(int error)
{
	return (error == EAGAIN || error == EWOULDBLOCK || error == EINTR);
}

/* An answer to our message: QR, RFC 1035 4.1.1, and the same number. */
static bool
is_answer(const struct exchange *x, const unsigned char *wire, size_t len)
{
	return (len >= DRO_DNS_HEADER && memcmp(wire, x->wire, 2) == 0 &&
	    (wire[2] & 0x80) != 0);
}

static bool
is_truncated(const unsigned char *wire)
{
	return ((wire[2] & 0x02) != 0);
}

/* One try; what is no answer to this query is not listened to. */
static bool
udp_once(struct exchange *x, int fd)
{
	unsigned char wire[DRO_DNS_MESSAGE_MAX];
	int64_t end = now_ms() + x->host->udp_ms;
	ssize_t n;

	if (send(fd, x->wire, x->len, MSG_NOSIGNAL) < 0)
		return (failed(x, errno));
	while (wait_for(x, fd, POLLIN, end)) {
		n = recv(fd, wire, sizeof(wire), 0);
		if (n < 0 && !again(errno))
			return (failed(x, errno));
		if (n < 0 || !is_answer(x, wire, (size_t)n))
			continue;
		if (is_truncated(wire))
			return (failed(x, EMSGSIZE));
		dro_buf_add(x->answer, wire, (size_t)n);
		return (true);
	}
	return (false);
}

static int
open_socket(const struct addrinfo *to, int type)
{
	return (socket(to->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

static bool
by_udp(struct exchange *x, const struct addrinfo *to)
{
	bool done = false;
	int tries, fd = open_socket(to, SOCK_DGRAM);

	if (fd < 0)
		return (failed(x, errno));
	if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
		(void)failed(x, errno);
	else
		for (tries = 0; !done && tries < UDP_TRIES; tries++)
			if (!(done = udp_once(x, fd)) && x->error != ETIMEDOUT)
				break;
	(void)close(fd);
	return (done);
}

static bool
tcp_connect(struct exchange *x, int fd, const struct addrinfo *to)
{
	int64_t end = now_ms() + x->host->connect_ms;
	socklen_t len = sizeof(x->error);

	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return (true);
	if (errno != EINPROGRESS && errno != EINTR)
		return (failed(x, errno));
	if (!wait_for(x, fd, POLLOUT, end))
		return (false);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &x->error, &len) != 0)
		return (failed(x, errno));
	return (x->error == 0);
}

static bool
tcp_send(struct exchange *x, int fd, int64_t end)
{
	unsigned char frame[2 + DRO_DNS_MESSAGE_MAX];
	size_t at = 0, len = x->len + 2;
	ssize_t n;

	frame[0] = (unsigned char)(x->len >> 8);
	frame[1] = (unsigned char)(x->len & 0xff);
	memcpy(frame + 2, x->wire, x->len);
	while (at < len) {
		if (!wait_for(x, fd, POLLOUT, end))
			return (false);
		x->sent = true;
		n = send(fd, frame + at, len - at, MSG_NOSIGNAL);
		if (n < 0 && !again(errno))
			return (failed(x, errno));
		if (n > 0)
			at += (size_t)n;
	}
	return (true);
}

static bool
tcp_receive(
    struct exchange *x, int fd, unsigned char *out, size_t len, int64_t end)
{
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		if (!wait_for(x, fd, POLLIN, end))
			return (false);
		n = recv(fd, out + at, len - at, 0);
		if (n == 0)
			return (failed(x, ECONNRESET));
		if (n < 0 && !again(errno))
			return (failed(x, errno));
		if (n > 0)
			at += (size_t)n;
	}
	return (true);
}

static bool
tcp_exchange(struct exchange *x, int fd)
{
	int64_t end = now_ms() + x->host->tcp_ms;
	unsigned char wire[DRO_DNS_MESSAGE_MAX], frame[2];
	size_t len;

	if (!tcp_send(x, fd, end) || !tcp_receive(x, fd, frame, 2, end))
		return (false);
	len = (size_t)frame[0] << 8 | frame[1];
	if (!tcp_receive(x, fd, wire, len, end))
		return (false);
	if (!is_answer(x, wire, len) || is_truncated(wire))
		return (failed(x, EBADMSG));
	dro_buf_add(x->answer, wire, len);
	return (true);
}

static bool
by_tcp(struct exchange *x, const struct addrinfo *to)
{
	bool done = false;
	int fd = open_socket(to, SOCK_STREAM);

	if (fd < 0)
		return (failed(x, errno));
	if (tcp_connect(x, fd, to))
		done = tcp_exchange(x, fd);
	(void)close(fd);
	return (done);
}

/* The addresses of "HOST" or "HOST@PORT". */
static enum dro_code
resolve(const char *server, struct addrinfo **out, struct dro_err *err)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV};
	const char *at = strchr(server, '@');
	char host[256];
	int n, status;

	n = snprintf(host, sizeof(host), "%.*s",
	    (int)(at == NULL ? strlen(server) : (size_t)(at - server)), server);
	if (n <= 0 || (size_t)n >= sizeof(host))
		return (dro_err_set(err, DRO_EINVAL,
		    "server %.100s: HOST or HOST@PORT expected", server));
	status = getaddrinfo(host, at == NULL ? "53" : at + 1, &hints, out);
	if (status != 0)
		return (dro_err_set(err, DRO_EREMOTE,
		    "server %.100s: no address found: %s", server,
		    gai_strerror(status)));
	return (DRO_OK);
}

/* What the failure means: unknown, or surely nothing done. */
static enum dro_code
fault(const struct exchange *x, bool change, struct dro_err *err)
{
	const char *what = strerrordesc_np(x->error);

	if (x->error == ECONNRESET)
		what = "connection closed without an answer";
	else if (x->error == ETIMEDOUT)
		what = "no answer in time";
	else if (x->error == EBADMSG)
		what = "the answer is not one to this message";
	if (change && x->sent)
		return (dro_err_set(err, DRO_ETIMEOUT,
		    "server %.100s: sent once, outcome unknown: %s", x->server,
		    what));
	return (dro_err_set(err, DRO_EREMOTE,
	    "server %.100s: %s: %s; see that it runs and lets this machine "
	    "in, by UDP and TCP",
	    x->server, x->sent ? "no answer" : "cannot be reached", what));
}

/* The addresses in turn, until one was talked to. */
static bool
try_all(struct exchange *x, const struct addrinfo *list, bool change)
{
	const struct addrinfo *to;

	for (to = list; !change && to != NULL; to = to->ai_next)
		if (by_udp(x, to))
			return (true);
	for (to = list; to != NULL && !x->sent; to = to->ai_next)
		if (by_tcp(x, to))
			return (true);
	return (false);
}

enum dro_code
dro_host_dns(struct dro_host *host, const char *server,
    const unsigned char *wire, size_t len, struct dro_buf *answer,
    struct dro_err *err)
{
	struct exchange x = {.host = host,
	    .server = server,
	    .wire = wire,
	    .len = len,
	    .answer = answer};
	struct addrinfo *list = NULL, *to;
	enum dro_code rc;
	bool change;

	if (len < DRO_DNS_HEADER || len > DRO_DNS_MESSAGE_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "DNS message: %d to %d octets expected, got %zu",
		    DRO_DNS_HEADER, DRO_DNS_MESSAGE_MAX, len));
	change = (wire[2] & 0x78) != 0; /* the opcode, RFC 1035 4.1.1 */
	if (change && host->read_only)
		return (dro_err_set(err, DRO_EAUTH,
		    "server %.100s: no update sent: this run only reads",
		    server));
	if ((rc = resolve(server, &list, err)) != DRO_OK)
		goto out;
	for (to = list; rc == DRO_OK && to != NULL; to = to->ai_next)
		if (dro_reach_of(to->ai_addr) == DRO_REACH_NEVER)
			rc = dro_err_set(err, DRO_EAUTH,
			    "server %.100s: link-local, metadata, multicast "
			    "and unspecified addresses are never contacted",
			    server);
	if (rc == DRO_OK && try_all(&x, list, change))
		rc = dro_buf_check(answer, "answer", err);
	else if (rc == DRO_OK)
		rc = fault(&x, change, err);
out:
	if (list != NULL)
		freeaddrinfo(list);
	/* A silent server would cost the same time for every other zone. */
	if (err != NULL &&
	    (rc == DRO_EREMOTE || rc == DRO_EAUTH || x.error == ETIMEDOUT))
		err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}
