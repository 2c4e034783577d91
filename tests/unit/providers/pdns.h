#ifndef DRO_TEST_PDNS_H
#define DRO_TEST_PDNS_H

/* A real PowerDNS with an SQLite file, in a directory of its own. */

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scripted.h"

#define PDNS_SCHEMA "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
#define PDNS_KEY "test+key/1 of=PowerDNS"

struct pdns {
	char dir[64];
	int dns_port, api_port;
	pid_t pid;
};

/* Start a program; its output goes to ${output} in the directory. */
static pid_t
pdns_spawn(struct pdns *pdns, const char *const *argv, const char *input,
    const char *output)
{
	posix_spawn_file_actions_t files;
	char path[128];
	char *env[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/%s", pdns->dir, output);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(
	    &files, 0, input == NULL ? "/dev/null" : input, O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(
	    &files, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	(void)posix_spawn_file_actions_adddup2(&files, 1, 2);
	if (posix_spawnp(&pid, argv[0], &files, NULL,
		(char *const *)(const void *)argv, env) != 0)
		pid = -1;
	(void)posix_spawn_file_actions_destroy(&files);
	return (pid);
}

/* Run a program to its end; true if it succeeded. */
static bool
pdns_run(struct pdns *pdns, const char *const *argv, const char *input,
    const char *output)
{
	pid_t pid = pdns_spawn(pdns, argv, input, output);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (false);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The text of a file in the directory; the caller frees it. */
static char *
pdns_text(struct pdns *pdns, const char *name)
{
	char path[128], *text = calloc(1, 1 << 20);
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", pdns->dir, name);
	if (text == NULL || (file = fopen(path, "re")) == NULL) {
		free(text);
		return (NULL);
	}
	(void)fread(text, 1, (1 << 20) - 1, file);
	(void)fclose(file);
	return (text);
}

static bool
pdns_write(struct pdns *pdns, const char *name, const char *text)
{
	char path[128];
	FILE *file;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/%s", pdns->dir, name);
	if ((file = fopen(path, "we")) == NULL)
		return (false);
	good = fputs(text, file) >= 0;
	return (fclose(file) == 0 && good);
}

static bool
pdns_configure(struct pdns *pdns)
{
	char conf[2048];

	(void)snprintf(conf, sizeof(conf),
	    "launch=gsqlite3\ngsqlite3-database=%s/pdns.sqlite3\n"
	    "gsqlite3-pragma-synchronous=0\n"
	    "local-address=127.0.0.1\nlocal-port=%d\n"
	    "api=yes\napi-key=" PDNS_KEY "\nwebserver=yes\n"
	    "webserver-address=127.0.0.1\nwebserver-port=%d\n"
	    "webserver-allow-from=127.0.0.1\nsocket-dir=%s\n"
	    "daemon=no\nguardian=no\ndisable-syslog=yes\n"
	    "security-poll-suffix=\ncache-ttl=0\nnegquery-cache-ttl=0\n"
	    "query-cache-ttl=0\nzone-cache-refresh-interval=0\n",
	    pdns->dir, pdns->dns_port, pdns->api_port, pdns->dir);
	return (pdns_write(pdns, "pdns.conf", conf));
}

static int
pdns_forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(path));
}

static void
pdns_stop(struct pdns *pdns)
{
	if (pdns->pid > 0) {
		(void)kill(pdns->pid, SIGKILL);
		(void)waitpid(pdns->pid, NULL, 0);
	}
	(void)nftw(pdns->dir, pdns_forget, 8, FTW_DEPTH | FTW_PHYS);
}

/* Start the server and wait until its API listens; false on failure. */
static bool
pdns_start(struct pdns *pdns)
{
	char database[128], config[128];
	const char *schema[] = {"sqlite3", database, NULL};
	/* It must not outlive this program, even one that crashes. */
	const char *server[] = {
	    "setpriv", "--pdeathsig", "KILL", "pdns_server", config, NULL};
	struct timespec tick = {0, 20000000};
	int tries, fd, a, b;

	memset(pdns, 0, sizeof(*pdns));
	(void)snprintf(pdns->dir, sizeof(pdns->dir), "/tmp/dro-pdns-XXXXXX");
	if (mkdtemp(pdns->dir) == NULL)
		return (false);
	(void)snprintf(
	    database, sizeof(database), "%s/pdns.sqlite3", pdns->dir);
	(void)snprintf(config, sizeof(config), "--config-dir=%s", pdns->dir);
	a = scripted_listen(&pdns->dns_port);
	b = scripted_listen(&pdns->api_port);
	(void)close(a);
	(void)close(b);
	if (!pdns_configure(pdns) ||
	    !pdns_run(pdns, schema, PDNS_SCHEMA, "schema.log"))
		goto fail;
	pdns->pid = pdns_spawn(pdns, server, NULL, "server.log");
	for (tries = 0; pdns->pid > 0 && tries < 500; tries++) {
		if ((fd = scripted_connect(pdns->api_port)) >= 0) {
			(void)close(fd);
			return (true);
		}
		(void)nanosleep(&tick, NULL);
	}
fail:
	pdns_stop(pdns);
	return (false);
}

/* Run SQL on the server's database; the output, which the caller frees. */
static char *
pdns_sql(struct pdns *pdns, const char *sql)
{
	char database[128];
	const char *argv[] = {"sqlite3", "-separator", " ", "-cmd",
	    ".timeout 5000", database, sql, NULL};

	(void)snprintf(
	    database, sizeof(database), "%s/pdns.sqlite3", pdns->dir);
	return (pdns_run(pdns, argv, NULL, "sql.out")
		? pdns_text(pdns, "sql.out")
		: NULL);
}

/* Replace the whole zone by a master file. */
static bool
pdns_load(struct pdns *pdns, const char *apex, const char *text)
{
	char config[128], file[128];
	const char *load[] = {
	    "pdnsutil", config, "load-zone", apex, file, NULL};
	const char *meta[] = {"pdnsutil", config, "set-meta", apex,
	    "SOA-EDIT-API", "DEFAULT", NULL};

	(void)snprintf(config, sizeof(config), "--config-dir=%s", pdns->dir);
	(void)snprintf(file, sizeof(file), "%s/zone.txt", pdns->dir);
	return (pdns_write(pdns, "zone.txt", text) &&
	    pdns_run(pdns, load, NULL, "load.log") &&
	    pdns_run(pdns, meta, NULL, "meta.log"));
}

#endif /* !DRO_TEST_PDNS_H */
