#ifndef DRO_TEST_DNS_SCRIPT_H
#define DRO_TEST_DNS_SCRIPT_H

/*
 * DNS servers that do what a table says, on 127.0.0.1 to 127.0.0.9, each on a
 * free high port over UDP and TCP, in one thread.  Replies are put together
 * here by hand, not with the library under test.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { A = 1, NS = 2, CNAME = 5, SOA = 6, MX = 15, TXT = 16, AAAA = 28 };

/* How a reply departs from a good one. */
enum {
	LAME = 1 << 0, /* no AA */
	TC_UDP = 1 << 1, /* truncated and empty over UDP */
	SILENT = 1 << 2, /* no reply at all */
	BAD_ID = 1 << 3, /* another message id */
	CUT = 1 << 4, /* ends in the middle of the last record */
	TC_ALWAYS = 1 << 5, /* TC over TCP too */
	NO_QR = 1 << 6, /* the question sent back */
	DROP_FIRST = 1 << 7, /* nothing for the first question */
	NO_EDNS = 1 << 8 /* FORMERR when asked with EDNS */
};

#define RRS_MAX 9 /* records of one reply */

#define SERVFAIL 2
#define NXDOMAIN 3
#define REFUSED 5

/*
 * A record.  ${data}: TXT strings split at '|'; MX "10 name"; SOA the
 * MINIMUM; else an address or a name.
 */
struct rr {
	uint16_t type;
	uint32_t ttl;
	const char *data;
	const char *owner; /* NULL: the name asked for */
	bool authority; /* in that section, not in the answer */
};

/* The reply to a question; the first rule that fits counts. */
struct rule {
	const char *name; /* NULL: any */
	int type; /* 0: any */
	int rcode;
	unsigned how;
	struct rr rrs[RRS_MAX]; /* up to the first with type 0 */
};

struct script {
	const struct rule *rules;
	size_t n;
	char address[32]; /* "127.0.0.1@5301" */
	int udp, tcp;
	atomic_int asked, asked_tcp;
	atomic_uint last_flags; /* of the last question */
};

#define SCRIPTS_MAX 9
static struct script scripts[SCRIPTS_MAX];
static pthread_t script_thread;
static int script_stop = -1;

struct out {
	unsigned char p[65535];
	size_t len;
};

static void
put(struct out *o, const void *p, size_t len)
{
	if (len > sizeof(o->p) - o->len)
		abort();
	memcpy(o->p + o->len, p, len);
	o->len += len;
}

static void
put16(struct out *o, unsigned v)
{
	const unsigned char b[2] = {
	    (unsigned char)(v >> 8 & 0xff), (unsigned char)(v & 0xff)};

	put(o, b, 2);
}

static void
put32(struct out *o, uint32_t v)
{
	put16(o, v >> 16);
	put16(o, v & 0xffff);
}

static void
put_name(struct out *o, const char *name)
{
	unsigned char len;

	while (*name != '\0' && strcmp(name, ".") != 0) {
		len = (unsigned char)strcspn(name, ".");
		put(o, &len, 1);
		put(o, name, len);
		name += len + (name[len] == '.');
	}
	put(o, "", 1);
}

static void
put_data(struct out *o, const struct rr *rr)
{
	unsigned char ip[16], len;
	const char *s = rr->data;

	switch (rr->type) {
	case A:
		put(o, ip, inet_pton(AF_INET, s, ip) == 1 ? 4 : 0);
		return;
	case AAAA:
		put(o, ip, inet_pton(AF_INET6, s, ip) == 1 ? 16 : 0);
		return;
	case MX:
		put16(o, (unsigned)strtoul(s, NULL, 10));
		put_name(o, strchr(s, ' ') + 1);
		return;
	case SOA:
		put_name(o, "ns.example");
		put_name(o, "hostmaster.example");
		put32(o, 1);
		put32(o, 7200);
		put32(o, 3600);
		put32(o, 86400);
		put32(o, (uint32_t)strtoul(s, NULL, 10));
		return;
	case TXT:
		for (;; s += len + 1) {
			len = (unsigned char)strcspn(s, "|");
			put(o, &len, 1);
			put(o, s, len);
			if (s[len] == '\0')
				return;
		}
	default:
		put_name(o, s);
	}
}

static void
put_rr(struct out *o, const struct rr *rr)
{
	size_t at;

	if (rr->owner != NULL)
		put_name(o, rr->owner);
	else
		put16(o, 0xc00c); /* the name in the question */
	put16(o, rr->type);
	put16(o, 1);
	put32(o, rr->ttl);
	at = o->len;
	put16(o, 0);
	put_data(o, rr);
	o->p[at] = (unsigned char)((o->len - at - 2) >> 8);
	o->p[at + 1] = (unsigned char)((o->len - at - 2) & 0xff);
}

/* The name in question ${q} as text; its length on the wire. */
static size_t
get_name(const unsigned char *q, char out[256])
{
	size_t i = 0, n = 0;

	while (q[i] != 0) {
		memcpy(out + n, q + i + 1, q[i]);
		n += q[i];
		out[n++] = '.';
		i += q[i] + 1U;
	}
	out[n == 0 ? 0 : n - 1] = '\0';
	return (i + 1);
}

static const struct rule *
find_rule(const struct script *s, const char *name, int type)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if ((s->rules[i].name == NULL ||
			strcasecmp(s->rules[i].name, name) == 0) &&
		    (s->rules[i].type == 0 || s->rules[i].type == type))
			return (&s->rules[i]);
	return (NULL);
}

/* Put the reply to ${q} together; false for none. */
static bool
reply(struct script *s, const unsigned char *q, size_t len, bool tcp,
    struct out *o)
{
	static const struct rule none = {.rcode = REFUSED};
	static const struct rule no_edns = {.rcode = 1, .how = LAME};
	const struct rule *r;
	char name[256];
	size_t qlen, i;
	unsigned counts[2] = {0, 0}, flags, section;
	bool truncate;

	atomic_fetch_add(tcp ? &s->asked_tcp : &s->asked, 1);
	atomic_store(&s->last_flags, (unsigned)(q[2] << 8 | q[3]));
	qlen = get_name(q + 12, name) + 4;
	if (len < 12 + qlen)
		abort();
	r = find_rule(s, name, q[12 + qlen - 4] << 8 | q[12 + qlen - 3]);
	if (r == NULL)
		r = &none;
	if ((r->how & SILENT) != 0 ||
	    ((r->how & DROP_FIRST) != 0 && atomic_load(&s->asked) == 1))
		return (false);
	if ((r->how & NO_EDNS) != 0 && (q[10] != 0 || q[11] != 0))
		r = &no_edns;
	truncate = (r->how & TC_UDP) != 0 && !tcp;
	for (i = 0; !truncate && i < RRS_MAX && r->rrs[i].type != 0; i++)
		counts[r->rrs[i].authority]++;
	flags = (r->how & NO_QR) != 0 ? 0 : 0x8000;
	if ((r->how & LAME) == 0)
		flags |= 0x0400;
	if (truncate || (r->how & TC_ALWAYS) != 0)
		flags |= 0x0200;
	o->len = 0;
	put16(o,
	    (unsigned)(q[0] << 8 | q[1]) ^
		((r->how & BAD_ID) != 0 ? 0xffff : 0));
	put16(o, flags | (unsigned)r->rcode);
	put16(o, 1);
	put16(o, counts[0]);
	put16(o, counts[1]);
	put16(o, 0);
	put(o, q + 12, qlen);
	for (section = 0; section < 2; section++)
		for (i = 0; !truncate && i < RRS_MAX && r->rrs[i].type != 0;
		     i++)
			if (r->rrs[i].authority == (section == 1))
				put_rr(o, &r->rrs[i]);
	if ((r->how & CUT) != 0)
		o->len -= 5;
	return (true);
}

static void
serve_udp(struct script *s)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	unsigned char q[4096];
	static struct out o;
	ssize_t n;

	n = recvfrom(s->udp, q, sizeof(q), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_len);
	if (n >= 17 && reply(s, q, (size_t)n, false, &o))
		(void)sendto(
		    s->udp, o.p, o.len, 0, (struct sockaddr *)&from, from_len);
}

static void
serve_tcp(struct script *s)
{
	unsigned char head[2], q[4096];
	static struct out o;
	size_t len;
	int fd;

	if ((fd = accept(s->tcp, NULL, NULL)) < 0)
		return;
	if (recv(fd, head, 2, MSG_WAITALL) == 2) {
		len = (size_t)(head[0] << 8 | head[1]);
		if (len >= 17 && len <= sizeof(q) &&
		    recv(fd, q, len, MSG_WAITALL) == (ssize_t)len &&
		    reply(s, q, len, true, &o)) {
			head[0] = (unsigned char)(o.len >> 8);
			head[1] = (unsigned char)(o.len & 0xff);
			(void)send(fd, head, 2, MSG_NOSIGNAL | MSG_MORE);
			(void)send(fd, o.p, o.len, MSG_NOSIGNAL);
		}
	}
	close(fd);
}

static void *
script_run(void *arg)
{
	struct pollfd fds[2 * SCRIPTS_MAX + 1];
	size_t i;

	(void)arg;
	for (i = 0; i < SCRIPTS_MAX; i++) {
		fds[2 * i] = (struct pollfd){scripts[i].udp, POLLIN, 0};
		fds[2 * i + 1] = (struct pollfd){scripts[i].tcp, POLLIN, 0};
	}
	fds[2 * SCRIPTS_MAX] = (struct pollfd){script_stop, POLLIN, 0};
	while (poll(fds, 2 * SCRIPTS_MAX + 1, -1) >= 0) {
		if (fds[2 * SCRIPTS_MAX].revents != 0)
			break;
		for (i = 0; i < SCRIPTS_MAX; i++) {
			if (fds[2 * i].revents != 0)
				serve_udp(&scripts[i]);
			if (fds[2 * i + 1].revents != 0)
				serve_tcp(&scripts[i]);
		}
	}
	return (NULL);
}

/* The same port for UDP and TCP; a port taken by another is tried again. */
static bool
script_bind(struct script *s, unsigned last_octet)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	int tries;

	for (tries = 0; tries < 50; tries++) {
		sin.sin_addr.s_addr = htonl(0x7f000000U + last_octet);
		sin.sin_port = 0;
		s->udp = socket(AF_INET, SOCK_DGRAM, 0);
		s->tcp = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(s->udp, (struct sockaddr *)&sin, len) == 0 &&
		    getsockname(s->udp, (struct sockaddr *)&sin, &len) == 0 &&
		    bind(s->tcp, (struct sockaddr *)&sin, len) == 0 &&
		    listen(s->tcp, 64) == 0) {
			snprintf(s->address, sizeof(s->address),
			    "127.0.0.%u@%u", last_octet,
			    (unsigned)ntohs(sin.sin_port));
			return (true);
		}
		close(s->udp);
		close(s->tcp);
	}
	return (false);
}

/* Start all nine; cmocka group setup and teardown. */
static int
script_start(void **state)
{
	unsigned i;

	(void)state;
	if ((script_stop = eventfd(0, EFD_CLOEXEC)) < 0)
		return (-1);
	for (i = 0; i < SCRIPTS_MAX; i++)
		if (!script_bind(&scripts[i], i + 1))
			return (-1);
	return (pthread_create(&script_thread, NULL, script_run, NULL));
}

static int
script_end(void **state)
{
	const uint64_t one = 1;
	size_t i;

	(void)state;
	if (write(script_stop, &one, sizeof(one)) != sizeof(one))
		return (-1);
	pthread_join(script_thread, NULL);
	for (i = 0; i < SCRIPTS_MAX; i++) {
		close(scripts[i].udp);
		close(scripts[i].tcp);
	}
	close(script_stop);
	return (0);
}

/* Server ${i} follows ${rules} from now on; its counters start again. */
static void
script_set(size_t i, const struct rule *rules, size_t n)
{
	scripts[i].rules = rules;
	scripts[i].n = n;
	atomic_store(&scripts[i].asked, 0);
	atomic_store(&scripts[i].asked_tcp, 0);
}

#endif /* !DRO_TEST_DNS_SCRIPT_H */
