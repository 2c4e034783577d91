#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <ares.h>

#include "dns/ask.h"

/*
 * The largest datagram that is not broken up on the way to anyone (DNS flag
 * day 2020); longer answers come over TCP.
 */
#define EDNS_OCTETS 1232

#define SOCKETS 2 /* of a channel with one server: UDP and TCP */

/*
 * A question under way.  One c-ares channel each: c-ares cannot choose a
 * server per question, and a channel of its own has a source port and a
 * message id of its own, which an off-path forger must guess.
 */
struct flight {
	ares_channel channel;
	struct dro_question *question; /* NULL: this place is free */
	bool over;
};

struct window {
	const struct dro_ask_conf *conf;
	struct flight flights[DRO_ASK_WINDOW];
	size_t n; /* in flight */
	/* What to poll, and the flight each socket belongs to. */
	struct pollfd fds[DRO_ASK_WINDOW * SOCKETS];
	struct flight *owners[DRO_ASK_WINDOW * SOCKETS];
	size_t n_fds;
};

static void
on_answer(void *arg, int status, DRO_UNUSED int timeouts, unsigned char *wire,
    int len)
{
	struct flight *flight = arg;
	struct dro_question *q = flight->question;

	/* Not told twice, nor when the whole asking is given up. */
	if (flight->over)
		return;
	flight->over = true;
	/*
	 * c-ares turns an answer without the wanted data into an error; what
	 * the reply means is for answer.c to say, which reads all of it.
	 */
	if (wire != NULL && len > 0)
		q->told(q, wire, (size_t)len, NULL);
	else
		q->told(q, NULL, 0,
		    status == ARES_ECONNREFUSED ? "nothing answers there"
						: "no answer in time");
}

/* The server and nothing else: no resolv.conf, hosts file or search list. */
static int
open_channel(const struct dro_ask_conf *conf, const struct dro_question *q,
    ares_channel *out)
{
	struct ares_addr_port_node server = {.family = q->server->family};
	struct ares_options o = {.flags = ARES_FLAG_EDNS |
		ARES_FLAG_NOCHECKRESP | (q->recurse ? 0 : ARES_FLAG_NORECURSE)};
	char dns_only[] = "b";
	int status;

	o.timeout = conf->timeout_ms;
	o.tries = conf->tries;
	o.ndots = 1;
	o.lookups = dns_only;
	o.ednspsz = EDNS_OCTETS;
	status = ares_init_options(out, &o,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ |
		ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST);
	if (status != ARES_SUCCESS)
		return (status);
	if (server.family == AF_INET)
		server.addr.addr4 = q->server->ip.v4;
	else
		memcpy(&server.addr.addr6, &q->server->ip.v6,
		    sizeof(server.addr.addr6));
	server.udp_port = server.tcp_port = q->server->port;
	if ((status = ares_set_servers_ports(*out, &server)) != ARES_SUCCESS)
		ares_destroy(*out);
	return (status);
}

/* Put ${q} on its way; an answer that is there at once is told at once. */
static enum dro_code
start(struct window *w, struct dro_question *q, struct dro_err *err)
{
	struct flight *f = w->flights;
	int status;

	while (f->question != NULL)
		f++;
	assert(f < w->flights + DRO_ASK_WINDOW);
	if ((status = open_channel(w->conf, q, &f->channel)) != ARES_SUCCESS)
		return (status == ARES_ENOMEM
			? dro_err_nomem(err)
			: dro_err_set(err, DRO_EIO, "%s: cannot be asked: %s",
			      q->server->text, ares_strerror(status)));
	f->question = q;
	f->over = false;
	w->n++;
	ares_query(f->channel, q->name, 1, q->type, on_answer, f);
	return (DRO_OK);
}

/* Collect the sockets of all flights; return how long to wait, in ms. */
static int
prepare(struct window *w)
{
	ares_socket_t socks[SOCKETS];
	struct timeval limit = {60, 0}, wait, *next;
	struct flight *f;
	int bits, i;
	short events;

	w->n_fds = 0;
	for (f = w->flights; f < w->flights + DRO_ASK_WINDOW; f++) {
		if (f->question == NULL)
			continue;
		if (f->over) {
			limit = (struct timeval){0, 0};
			continue;
		}
		bits = ares_getsock(f->channel, socks, SOCKETS);
		for (i = 0; i < SOCKETS; i++) {
			events = 0;
			if (ARES_GETSOCK_READABLE(bits, i))
				events |= POLLIN;
			if (ARES_GETSOCK_WRITABLE((unsigned)bits, i))
				events |= POLLOUT;
			if (events == 0)
				break;
			w->fds[w->n_fds] = (struct pollfd){socks[i], events, 0};
			w->owners[w->n_fds++] = f;
		}
		if ((next = ares_timeout(f->channel, &limit, &wait)) != NULL)
			limit = *next;
	}
	/* Rounded up: a wait that ends early would only be waited again. */
	return ((int)(limit.tv_sec * 1000 + (limit.tv_usec + 999) / 1000));
}

/* Let c-ares read what came and see which time-outs have passed. */
static void
process(struct window *w)
{
	const short readable = POLLIN | POLLERR | POLLHUP;
	struct flight *f;
	size_t i;

	for (i = 0; i < w->n_fds; i++) {
		if (w->fds[i].revents == 0 || w->owners[i]->over)
			continue;
		ares_process_fd(w->owners[i]->channel,
		    (w->fds[i].revents & readable) != 0 ? w->fds[i].fd
							: ARES_SOCKET_BAD,
		    (w->fds[i].revents & POLLOUT) != 0 ? w->fds[i].fd
						       : ARES_SOCKET_BAD);
	}
	for (f = w->flights; f < w->flights + DRO_ASK_WINDOW; f++)
		if (f->question != NULL && !f->over)
			ares_process_fd(
			    f->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
reap(struct window *w, bool all)
{
	struct flight *f;

	for (f = w->flights; f < w->flights + DRO_ASK_WINDOW; f++) {
		if (f->question == NULL || (!f->over && !all))
			continue;
		f->over = true;
		ares_destroy(f->channel);
		f->question = NULL;
		w->n--;
	}
}

enum dro_code
dro_ask(const struct dro_ask_conf *conf, struct dro_question *questions,
    size_t n, struct dro_err *err)
{
	struct window w = {.conf = conf};
	enum dro_code code = DRO_OK;
	size_t next = 0;
	int wait_ms;

	while (code == DRO_OK && (next < n || w.n > 0)) {
		if (next < n && w.n < DRO_ASK_WINDOW) {
			code = start(&w, &questions[next++], err);
			continue;
		}
		wait_ms = prepare(&w);
		if (poll(w.fds, w.n_fds, wait_ms) >= 0) {
			process(&w);
			reap(&w, false);
		} else if (errno != EINTR) {
			code = dro_err_set(err, DRO_EIO,
			    "DNS: waiting for answers: %s", strerror(errno));
		}
	}
	reap(&w, true);
	return (code);
}
