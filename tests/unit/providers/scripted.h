#ifndef DRO_TEST_SCRIPTED_H
#define DRO_TEST_SCRIPTED_H

/*
 * An HTTP server on loopback that does what its rules say, by itself or in
 * front of a real one: the faults a provider's API shows in bad hours.
 */

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum scripted_action {
	SCRIPTED_FORWARD, /* ask the real server and pass its answer on */
	SCRIPTED_REPLY, /* answer with ${reply}, keep the connection */
	SCRIPTED_CUT, /* answer with ${reply}, then close */
	SCRIPTED_DROP_BEFORE, /* close; the real server never hears of it */
	SCRIPTED_DROP_AFTER, /* the real server does it; close unanswered */
	SCRIPTED_REPLY_AFTER, /* the real server does it; answer ${reply} */
	SCRIPTED_HANG, /* never answer */
	SCRIPTED_FLOOD /* a body without end */
};

struct scripted_rule {
	const char *method; /* NULL ends the list */
	int times; /* how often it applies; -1 for ever */
	enum scripted_action action;
	const char *reply; /* the whole answer, headers too */
};

#define SCRIPTED_PEERS 8

struct scripted_peer {
	int fd;
	size_t len;
	char text[65536];
};

struct scripted {
	int port;
	int upstream; /* port of the real server, or 0 */
	int listener, stop[2];
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	struct scripted_rule rules[8];
	int reads, mutations; /* requests that arrived */
	int connections;
	size_t flooded;
	char last[65536]; /* the last request that arrived */
	struct scripted_peer peers[SCRIPTED_PEERS];
};

static inline int
scripted_connect(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

/* Listen on a free port, which is returned in ${port}. */
static inline int
scripted_listen(int *port)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		abort();
	*port = ntohs(at.sin_port);
	return (fd);
}

static inline void
scripted_send(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = send(fd, text, len, MSG_NOSIGNAL)) <= 0)
			return;
}

/* Pass the request on; the answer goes to ${fd} unless that is -1. */
static inline void
scripted_forward(struct scripted *s, const char *text, size_t len, int fd)
{
	int up = scripted_connect(s->upstream);
	char chunk[16384];
	ssize_t n;

	if (up < 0)
		return;
	scripted_send(up, text, len);
	while ((n = recv(up, chunk, sizeof(chunk), 0)) > 0)
		if (fd >= 0)
			scripted_send(fd, chunk, (size_t)n);
	(void)close(up);
}

static inline void
scripted_flood(struct scripted *s, int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n\r\n[";
	static char blanks[65536];
	ssize_t n;

	memset(blanks, ' ', sizeof(blanks));
	scripted_send(fd, head, sizeof(head) - 1);
	while (s->flooded < (size_t)1 << 28 &&
	    (n = send(fd, blanks, sizeof(blanks), MSG_NOSIGNAL)) > 0)
		s->flooded += (size_t)n;
}

/* Do what the first rule for this request says; false ends the peer. */
static inline bool
scripted_serve(struct scripted *s, int fd, const char *text, size_t len)
{
	bool read = strncmp(text, "GET ", 4) == 0;
	struct scripted_rule *rule = s->rules;

	*(read ? &s->reads : &s->mutations) += 1;
	memcpy(s->last, text, len);
	s->last[len] = '\0';
	while (rule->method != NULL &&
	    (strncmp(text, rule->method, strlen(rule->method)) != 0 ||
		rule->times == 0))
		rule++;
	if (rule->method != NULL && rule->times > 0)
		rule->times--;
	switch (rule->method == NULL ? SCRIPTED_FORWARD : rule->action) {
	case SCRIPTED_REPLY:
		scripted_send(fd, rule->reply, strlen(rule->reply));
		return (true);
	case SCRIPTED_CUT:
		scripted_send(fd, rule->reply, strlen(rule->reply));
		return (false);
	case SCRIPTED_FORWARD:
		scripted_forward(s, text, len, fd);
		return (false);
	case SCRIPTED_DROP_AFTER:
		scripted_forward(s, text, len, -1);
		return (false);
	case SCRIPTED_REPLY_AFTER:
		scripted_forward(s, text, len, -1);
		scripted_send(fd, rule->reply, strlen(rule->reply));
		return (false);
	case SCRIPTED_HANG:
		return (true);
	case SCRIPTED_FLOOD:
		scripted_flood(s, fd);
		return (false);
	case SCRIPTED_DROP_BEFORE:
	default:
		return (false);
	}
}

/* The octets of a complete request at the start of ${peer}, or 0. */
static inline size_t
scripted_complete(const struct scripted_peer *peer)
{
	const char *end = strstr(peer->text, "\r\n\r\n");
	const char *field = strcasestr(peer->text, "\r\ncontent-length:");
	size_t need;

	if (end == NULL)
		return (0);
	need = (size_t)(end - peer->text) + 4;
	if (field != NULL && field < end)
		need += strtoul(field + 17, NULL, 10);
	return (peer->len >= need ? need : 0);
}

static inline void
scripted_input(struct scripted *s, struct scripted_peer *peer)
{
	size_t room = sizeof(peer->text) - 1 - peer->len, len;
	ssize_t n = recv(peer->fd, peer->text + peer->len, room, 0);
	bool keep = n > 0;

	if (keep) {
		peer->len += (size_t)n;
		peer->text[peer->len] = '\0';
		if ((len = scripted_complete(peer)) > 0) {
			(void)pthread_mutex_lock(&s->lock);
			keep = scripted_serve(s, peer->fd, peer->text, len);
			(void)pthread_mutex_unlock(&s->lock);
			peer->len = 0;
		}
	}
	if (!keep) {
		(void)close(peer->fd);
		peer->fd = -1;
	}
}

static inline void
scripted_accept(struct scripted *s)
{
	int fd = accept(s->listener, NULL, NULL);
	size_t i;

	for (i = 0; i < SCRIPTED_PEERS; i++)
		if (s->peers[i].fd < 0) {
			s->peers[i].fd = fd;
			s->peers[i].len = 0;
			s->connections++;
			return;
		}
	(void)close(fd);
}

static inline void *
scripted_main(void *arg)
{
	struct pollfd fds[SCRIPTED_PEERS + 2];
	struct scripted *s = arg;
	size_t i;

	for (;;) {
		for (i = 0; i < SCRIPTED_PEERS; i++)
			fds[i] = (struct pollfd){s->peers[i].fd, POLLIN, 0};
		fds[i] = (struct pollfd){s->listener, POLLIN, 0};
		fds[i + 1] = (struct pollfd){s->stop[0], POLLIN, 0};
		(void)poll(fds, SCRIPTED_PEERS + 2, -1);
		if (fds[SCRIPTED_PEERS + 1].revents != 0)
			return (NULL);
		for (i = 0; i < SCRIPTED_PEERS; i++)
			if (fds[i].revents != 0)
				scripted_input(s, &s->peers[i]);
		if (fds[SCRIPTED_PEERS].revents != 0)
			scripted_accept(s);
	}
}

/* Start serving; ${upstream} is the real server's port, or 0. */
static inline struct scripted *
scripted_start(int upstream)
{
	struct scripted *s = calloc(1, sizeof(*s));
	size_t i;

	if (s == NULL || pipe(s->stop) != 0 ||
	    pthread_mutex_init(&s->lock, NULL) != 0)
		abort();
	s->upstream = upstream;
	for (i = 0; i < SCRIPTED_PEERS; i++)
		s->peers[i].fd = -1;
	s->listener = scripted_listen(&s->port);
	if (pthread_create(&s->thread, NULL, scripted_main, s) != 0)
		abort();
	return (s);
}

static inline void
scripted_stop(struct scripted *s)
{
	size_t i;

	if (write(s->stop[1], "x", 1) != 1)
		abort();
	(void)pthread_join(s->thread, NULL);
	for (i = 0; i < SCRIPTED_PEERS; i++)
		if (s->peers[i].fd >= 0)
			(void)close(s->peers[i].fd);
	(void)close(s->listener);
	(void)close(s->stop[0]);
	(void)close(s->stop[1]);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Follow these rules from now on and count from zero. */
static inline void
scripted_rules(struct scripted *s, const struct scripted_rule *rules)
{
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	memset(s->rules, 0, sizeof(s->rules));
	for (i = 0; rules != NULL && rules[i].method != NULL; i++)
		s->rules[i] = rules[i];
	s->reads = s->mutations = 0;
	s->flooded = 0;
	s->last[0] = '\0';
	(void)pthread_mutex_unlock(&s->lock);
}

/* Requests that arrived since the rules were given. */
static inline int
scripted_count(struct scripted *s, const int *counter)
{
	int n;

	(void)pthread_mutex_lock(&s->lock);
	n = *counter;
	(void)pthread_mutex_unlock(&s->lock);
	return (n);
}

#endif /* !DRO_TEST_SCRIPTED_H */
