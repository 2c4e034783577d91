#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "cmd.h"
#include "simulate/portfolio.h"

extern char **environ;

/* The hour at which the demo's timer runs. */
#define DEMO_HOUR_S (6 * DRO_HOUR_S)

struct demo {
	char dir[1024];
	char config[1100];
	char port[16];
	pid_t knot;
};

/* A port of 127.0.0.1 that is free for both UDP and TCP; 0 if none is. */
static int
free_port(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int tcp = -1, udp = -1, port = 0, tries;

	for (tries = 0; tries < 20 && port == 0; tries++) {
		a.sin_port = 0;
		tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (tcp >= 0 && udp >= 0 &&
		    bind(tcp, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		    getsockname(tcp, (struct sockaddr *)&a, &len) == 0 &&
		    bind(udp, (struct sockaddr *)&a, sizeof(a)) == 0)
			port = ntohs(a.sin_port);
		if (tcp >= 0)
			(void)close(tcp);
		if (udp >= 0)
			(void)close(udp);
	}
	return (port);
}

/* Start a program; 0 if it could not be started. */
static pid_t
start(const char *const *argv, bool quiet)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return (0);
	if (quiet) {
		(void)posix_spawn_file_actions_addopen(
		    &actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
		(void)posix_spawn_file_actions_addopen(
		    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	}
	(void)fflush(stdout);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv,
		environ) != 0)
		pid = 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	return (pid);
}

/* Run a program to its end; its exit status, or 127. */
static int
run(const char *const *argv, bool quiet)
{
	pid_t pid = start(argv, quiet);
	int status;

	if (pid == 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return (127);
	return (WEXITSTATUS(status));
}

/* Run one verb of this program, shown as a person would type it. */
static int
run_verb(const struct demo *d, const char *verb, const char *operand, int day,
    bool quiet)
{
	char now[DRO_DATE_LEN];
	const char *argv[] = {"/proc/self/exe", verb, "--config", d->config,
	    "--now", now, operand, NULL};

	(void)dro_date_format(
	    DRO_DEMO_START + day * DRO_DAY_S + DEMO_HOUR_S, now);
	if (!quiet)
		printf("\n$ rollout %s%s%s --now %s\n", verb,
		    operand != NULL ? " " : "", operand != NULL ? operand : "",
		    now);
	return (run(argv, quiet));
}

static int
dig(const struct demo *d, const char *domain)
{
	char name[DRO_DOMAIN_LEN + 8];
	const char *argv[] = {"dig", "+short", "+norecurse", "@127.0.0.1", "-p",
	    d->port, name, "TXT", NULL};

	(void)snprintf(name, sizeof(name), "_dmarc.%s", domain);
	printf("\n$ dig +short @127.0.0.1 -p %s %s TXT\n", d->port, name);
	return (run(argv, false));
}

static bool
start_knot(struct demo *d)
{
	const struct timespec pause = {0, 100000000L};
	char conf[1100], sock[1100];
	const char *server[] = {"knotd", "-c", conf, NULL};
	const char *ask[] = {
	    "knotc", "-s", sock, "zone-status", dro_portfolio_domain(0), NULL};
	int tries;

	(void)snprintf(conf, sizeof(conf), "%s/knot.conf", d->dir);
	(void)snprintf(sock, sizeof(sock), "%s/knot.sock", d->dir);
	if ((d->knot = start(server, true)) == 0)
		return (false);
	for (tries = 0; tries < 100; tries++) {
		if (run(ask, true) == 0)
			return (true);
		if (waitpid(d->knot, NULL, WNOHANG) == d->knot) {
			d->knot = 0;
			return (false);
		}
		(void)nanosleep(&pause, NULL);
	}
	return (false);
}

static void
stop_knot(struct demo *d)
{
	if (d->knot == 0)
		return;
	(void)kill(d->knot, SIGTERM);
	(void)waitpid(d->knot, NULL, 0);
	d->knot = 0;
}

/* A fresh directory: the one named, or one below the temporary directory. */
static int
make_dir(struct demo *d, const char *dir)
{
	const char *tmp = getenv("TMPDIR");
	char path[512], *full = NULL;

	if (dir != NULL && mkdir(dir, 0700) != 0) {
		dro_cmd_error("--dir: %s: %s", dir, strerror(errno));
		return (DRO_EXIT_IO);
	}
	if (dir == NULL) {
		(void)snprintf(path, sizeof(path), "%s/rollout-demo-XXXXXX",
		    tmp != NULL && strlen(tmp) < 400 ? tmp : "/tmp");
		dir = mkdtemp(path);
	}
	if (dir == NULL || (full = realpath(dir, NULL)) == NULL ||
	    strlen(full) >= sizeof(d->dir)) {
		dro_cmd_error("no directory for the demo: %s", strerror(errno));
		free(full);
		return (DRO_EXIT_IO);
	}
	memcpy(d->dir, full, strlen(full) + 1);
	free(full);
	return (DRO_EXIT_OK);
}

/* Days pass, unseen: reports come in, the timer runs. */
static int
pass_time(struct demo *d, struct dro_err *err)
{
	const struct {
		int from, day;
	} parts[] = {{0, 0}, {0, DRO_DEMO_NOTICE_DAY},
	    {DRO_DEMO_NOTICE_DAY, DRO_DEMO_LAST_DAY}};
	size_t i;
	int code;

	for (i = 0; i < DRO_ARRAY_LEN(parts); i++) {
		if (dro_portfolio_reports(
			d->dir, parts[i].from, parts[i].day, err) != DRO_OK)
			return (dro_cmd_fail(err));
		code = run_verb(d, "ingest", NULL, parts[i].day, true);
		if (code == DRO_EXIT_OK && parts[i].day != DRO_DEMO_LAST_DAY)
			code = run_verb(d, "advance", NULL, parts[i].day, true);
		if (code != DRO_EXIT_OK) {
			dro_cmd_error("the demo's day %d failed", parts[i].day);
			return (code);
		}
	}
	return (DRO_EXIT_OK);
}

/* Print a path, which somebody else may have named. */
static void
print_path(const char *path)
{
	struct dro_buf safe;

	dro_buf_init(&safe, 8192);
	dro_out_text(&safe, path, strlen(path));
	printf("%s", safe.ptr != NULL ? safe.ptr : "?");
	dro_buf_finish(&safe);
}

/* The last day, in full view. */
static int
show(struct demo *d)
{
	const char *domain = dro_portfolio_domain(0);
	int code;

	printf("A made-up portfolio in ");
	print_path(d->dir);
	printf(": six domains, %d days of reports, zone files served by Knot "
	       "on 127.0.0.1@%s.\n",
	    DRO_DEMO_LAST_DAY, d->port);
	if ((code = dig(d, domain)) != 0 ||
	    (code = run_verb(d, "plan", NULL, DRO_DEMO_LAST_DAY, false)) != 0 ||
	    (code = run_verb(d, "advance", NULL, DRO_DEMO_LAST_DAY, false)) !=
		0 ||
	    (code = dig(d, domain)) != 0)
		return (code);
	return (run_verb(d, "status", NULL, DRO_DEMO_LAST_DAY, false));
}

int
dro_cmd_demo(struct dro_cmd *cmd)
{
	struct demo d = {.knot = 0};
	struct dro_err err;
	int code, port;

	if ((code = make_dir(&d, cmd->opt.dir)) != DRO_EXIT_OK)
		return (code);
	if ((port = free_port()) == 0) {
		dro_cmd_error("no free port on 127.0.0.1");
		return (DRO_EXIT_UNAVAILABLE);
	}
	(void)snprintf(d.port, sizeof(d.port), "%d", port);
	(void)snprintf(d.config, sizeof(d.config), "%s/rollout.yaml", d.dir);
	if (dro_portfolio_write(d.dir, port, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (!start_knot(&d)) {
		dro_cmd_error("knotd did not start; the demo needs the Debian "
			      "packages knot and bind9-dnsutils");
		stop_knot(&d);
		return (DRO_EXIT_UNAVAILABLE);
	}
	if ((code = pass_time(&d, &err)) == DRO_EXIT_OK)
		code = show(&d);
	stop_knot(&d);
	if (code != DRO_EXIT_OK)
		return (code);
	printf("\nLook around: rollout explain zorg.example --config ");
	print_path(d.config);
	printf(" --now 2026-02-17T06:00:00Z\n");
	return (DRO_EXIT_OK);
}
