/*
 * floor_dns PORT NAMES WINDOW: ask 127.0.0.1 for the TXT at every name, one
 * c-ares channel, WINDOW questions in flight, and look at no answer.  Prints
 * the seconds that this took, the start of a process apart.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ares.h>

static size_t in_flight, answered;

static void
on_answer(void *arg, int status, int timeouts, unsigned char *wire, int len)
{
	(void)arg;
	(void)timeouts;
	(void)wire;
	(void)len;
	in_flight--;
	answered += status == ARES_SUCCESS;
}

/* Wait for sockets or the next time-out, then let c-ares work. */
static void
turn(ares_channel channel)
{
	ares_socket_t socks[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	int bits = ares_getsock(channel, socks, ARES_GETSOCK_MAXNUM), i, n = 0;
	struct timeval wait = {1, 0};

	(void)ares_timeout(channel, &wait, &wait);
	for (i = 0; i < ARES_GETSOCK_MAXNUM; i++)
		if (ARES_GETSOCK_READABLE(bits, i))
			fds[n++] = (struct pollfd){socks[i], POLLIN, 0};
	(void)poll(fds, (nfds_t)n,
	    (int)(wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1));
	for (i = 0; i < n; i++)
		if (fds[i].revents != 0)
			ares_process_fd(channel, fds[i].fd, ARES_SOCKET_BAD);
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static double
now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
}

int
main(int argc, char **argv)
{
	struct ares_addr_port_node server = {.family = AF_INET};
	struct ares_options options = {.flags = ARES_FLAG_NORECURSE};
	size_t window, asked = 0;
	double began;
	ares_channel channel;
	char name[256];
	FILE *names;
	int more = 1;

	if (argc != 4 || (names = fopen(argv[2], "re")) == NULL)
		return (64);
	began = now_s();
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&channel, &options, ARES_OPT_FLAGS) !=
		ARES_SUCCESS)
		return (1);
	window = strtoul(argv[3], NULL, 10);
	server.addr.addr4.s_addr = htonl(INADDR_LOOPBACK);
	server.udp_port = server.tcp_port = (int)strtol(argv[1], NULL, 10);
	if (ares_set_servers_ports(channel, &server) != ARES_SUCCESS)
		return (1);
	while (more || in_flight > 0) {
		while (more && in_flight < window) {
			more = fgets(name, sizeof(name), names) != NULL;
			if (!more)
				break;
			name[strcspn(name, "\n")] = '\0';
			in_flight++;
			asked++;
			ares_query(channel, name, 1, 16, on_answer, NULL);
		}
		if (in_flight > 0)
			turn(channel);
	}
	ares_destroy(channel);
	(void)printf("%.6f\n", now_s() - began);
	(void)fclose(names);
	return (answered == asked ? 0 : 1);
}
