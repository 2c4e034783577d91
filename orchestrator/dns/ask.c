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
#define RCODE_FORMERR 1

/* One more than can be in use: the one that c-ares is at work on stays. */
#define LINES (DRO_ASK_WINDOW + 1)

/*
 * A c-ares channel, which has one server: c-ares cannot choose a server per
 * question.  Over UDP all questions to a server share one.  What needs TCP
 * gets a channel of its own, because many a server closes the connection
 * after one answer, which would take the other questions on it along.
 */
struct line {
	ares_channel channel; /* NULL: this place is free */
	const struct dro_address *server;
	bool recurse, tcp;
	size_t n; /* questions in flight */
};

/* A question under way. */
struct flight {
	struct window *window;
	struct line *line;
	struct dro_question *question; /* NULL: this place is free */
};

struct window {
	const struct dro_ask_conf *conf;
	struct flight flights[DRO_ASK_WINDOW];
	struct line lines[LINES];
	const struct line *busy; /* c-ares is at work on it, or NULL */
	size_t n; /* in flight */
	struct dro_question *next, *end; /* not asked yet */
	bool filling;
	enum dro_code code; /* what came in between, and why */
	struct dro_err *err;
	bool over; /* given up: nobody is told any more */
	/* To be asked once more, over TCP. */
	struct dro_question *again[DRO_ASK_WINDOW];
	size_t n_again;
	/* What to poll, and the line each socket belongs to. */
	struct pollfd fds[LINES * SOCKETS];
	struct line *owners[LINES * SOCKETS];
	size_t n_fds;
};

/*
 * Truncated, or the server does not know EDNS: c-ares then leaves the option
 * out, but only for the first question of a channel that meets this.
 */
static bool
wants_tcp(const unsigned char *wire, int len)
{
	return (len >= 4 &&
	    ((wire[2] & 0x02) != 0 || (wire[3] & 0x0f) == RCODE_FORMERR));
}

static void fill(struct window *w);

static void
on_answer(void *arg, int status, DRO_UNUSED int timeouts, unsigned char *wire,
    int len)
{
	struct flight *flight = arg;
	struct window *w = flight->window;
	struct dro_question *q = flight->question;

	flight->question = NULL;
	flight->line->n--;
	w->n--;
	if (w->over)
		return;
	/*
	 * c-ares turns an answer without the wanted data into an error; what
	 * the reply means is for answer.c to say, which reads all of it.
	 */
	if (wire == NULL || len <= 0)
		q->told(q, NULL, 0,
		    status == ARES_ECONNREFUSED ? "nothing answers there"
						: "no answer in time");
	else if (!flight->line->tcp && wants_tcp(wire, len))
		w->again[w->n_again++] = q;
	else
		q->told(q, wire, (size_t)len, NULL);
	/* Not one by one, for which the server would wake each time. */
	if (w->n <= DRO_ASK_WINDOW / 2)
		fill(w);
}

/* The server and nothing else: no resolv.conf, hosts file or search list. */
static int
open_line(const struct dro_ask_conf *conf, struct line *line)
{
	struct ares_addr_port_node server = {.family = line->server->family};
	struct ares_options o = {.flags = ARES_FLAG_NOCHECKRESP};
	char dns_only[] = "b";
	int status;

	o.flags |= line->recurse ? 0 : ARES_FLAG_NORECURSE;
	/* EDNS makes room in datagrams; over TCP there is room enough. */
	o.flags |=
	    line->tcp ? ARES_FLAG_USEVC : ARES_FLAG_IGNTC | ARES_FLAG_EDNS;
	o.timeout = conf->timeout_ms;
	o.tries = conf->tries;
	o.ndots = 1;
	o.lookups = dns_only;
	o.ednspsz = EDNS_OCTETS;
	status = ares_init_options(&line->channel, &o,
	    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		ARES_OPT_NDOTS | ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ |
		ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST);
	if (status != ARES_SUCCESS) {
		line->channel = NULL;
		return (status);
	}
	if (server.family == AF_INET)
		server.addr.addr4 = line->server->ip.v4;
	else
		memcpy(&server.addr.addr6, &line->server->ip.v6,
		    sizeof(server.addr.addr6));
	server.udp_port = server.tcp_port = line->server->port;
	return (ares_set_servers_ports(line->channel, &server));
}

static void
close_line(struct line *line)
{
	if (line->channel != NULL)
		ares_destroy(line->channel);
	memset(line, 0, sizeof(*line));
}

/*
 * The line to ask ${q} on.  Fewer questions are in flight than there are
 * lines, so that if none fits one is free or idle.
 */
static struct line *
find_line(struct window *w, const struct dro_question *q, bool tcp)
{
	struct line *line, *idle = NULL;

	for (line = w->lines; line < w->lines + LINES; line++) {
		if (!tcp && line->channel != NULL && !line->tcp &&
		    line->recurse == q->recurse &&
		    strcmp(line->server->text, q->server->text) == 0)
			return (line);
		if (line->n == 0 && line != w->busy &&
		    (idle == NULL ||
			(idle->channel != NULL && line->channel == NULL)))
			idle = line;
	}
	assert(idle != NULL);
	close_line(idle);
	idle->server = q->server;
	idle->recurse = q->recurse;
	idle->tcp = tcp;
	return (idle);
}

/* Put ${q} on its way; an answer that is there at once is told at once. */
static enum dro_code
start(struct window *w, struct dro_question *q, bool tcp, struct dro_err *err)
{
	struct line *line = find_line(w, q, tcp);
	struct flight *f = w->flights;
	int status;

	if (line->channel == NULL &&
	    (status = open_line(w->conf, line)) != ARES_SUCCESS)
		return (status == ARES_ENOMEM
			? dro_err_nomem(err)
			: dro_err_set(err, DRO_EIO, "%s: cannot be asked: %s",
			      q->server->text, ares_strerror(status)));
	while (f->question != NULL)
		f++;
	assert(f < w->flights + DRO_ASK_WINDOW);
	*f = (struct flight){w, line, q};
	line->n++;
	w->n++;
	ares_query(line->channel, q->name, 1, q->type, on_answer, f);
	return (DRO_OK);
}

/*
 * Keep as many in flight as may be: a server works on the next questions while
 * we read what it said to those before.  Answers that come at once end here
 * too, so they must not begin this anew.
 */
static void
fill(struct window *w)
{
	if (w->filling)
		return;
	w->filling = true;
	while (w->code == DRO_OK && w->n < DRO_ASK_WINDOW &&
	    (w->n_again > 0 || w->next < w->end))
		if (w->n_again > 0)
			w->code =
			    start(w, w->again[--w->n_again], true, w->err);
		else
			w->code = start(w, w->next++, false, w->err);
	w->filling = false;
}

/* Collect the sockets of all lines; return how long to wait, in ms. */
static int
prepare(struct window *w)
{
	ares_socket_t socks[SOCKETS];
	struct timeval limit = {60, 0}, wait, *next;
	struct line *line;
	short events;
	int bits, i;

	w->n_fds = 0;
	for (line = w->lines; line < w->lines + LINES; line++) {
		if (line->n == 0)
			continue;
		bits = ares_getsock(line->channel, socks, SOCKETS);
		for (i = 0; i < SOCKETS; i++) {
			events = 0;
			if (ARES_GETSOCK_READABLE(bits, i))
				events |= POLLIN;
			if (ARES_GETSOCK_WRITABLE((unsigned)bits, i))
				events |= POLLOUT;
			if (events == 0)
				break;
			w->fds[w->n_fds] = (struct pollfd){socks[i], events, 0};
			w->owners[w->n_fds++] = line;
		}
		next = ares_timeout(line->channel, &limit, &wait);
		if (next != NULL)
			limit = *next;
	}
	/* Rounded up: a wait that ends early would only be waited again. */
	return ((int)(limit.tv_sec * 1000 + (limit.tv_usec + 999) / 1000));
}

/*
 * Let c-ares work on ${line}: on its sockets, and on time-outs.  What was
 * asked in between may have left it without a question, or without a channel.
 */
static void
work(struct window *w, struct line *line, int in, int out)
{
	if (line->n == 0)
		return;
	w->busy = line;
	ares_process_fd(line->channel, in, out);
	w->busy = NULL;
}

/* Let c-ares read what came and see which time-outs have passed. */
static void
process(struct window *w)
{
	const short readable = POLLIN | POLLERR | POLLHUP;
	struct line *line;
	size_t i;

	for (i = 0; i < w->n_fds; i++)
		if (w->fds[i].revents != 0)
			work(w, w->owners[i],
			    (w->fds[i].revents & readable) != 0
				? w->fds[i].fd
				: ARES_SOCKET_BAD,
			    (w->fds[i].revents & POLLOUT) != 0
				? w->fds[i].fd
				: ARES_SOCKET_BAD);
	for (line = w->lines; line < w->lines + LINES; line++)
		work(w, line, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

enum dro_code
dro_ask(const struct dro_ask_conf *conf, struct dro_question *questions,
    size_t n, struct dro_err *err)
{
	struct window w = {
	    .conf = conf, .next = questions, .end = questions + n, .err = err};
	size_t i;
	int wait_ms;

	for (fill(&w); w.code == DRO_OK && w.n > 0; fill(&w)) {
		wait_ms = prepare(&w);
		if (poll(w.fds, w.n_fds, wait_ms) >= 0)
			process(&w);
		else if (errno != EINTR)
			w.code = dro_err_set(err, DRO_EIO,
			    "DNS: waiting for answers: %s", strerror(errno));
	}
	w.over = true;
	for (i = 0; i < LINES; i++)
		close_line(&w.lines[i]);
	return (w.code);
}
