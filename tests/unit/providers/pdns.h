#ifndef DRO_TEST_PDNS_H
#define DRO_TEST_PDNS_H

/* A real PowerDNS with an SQLite file, in a directory of its own. */

#include <signal.h>
#include <time.h>

#include "scripted.h"
#include "workdir.h"

#define PDNS_SCHEMA "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
#define PDNS_KEY "test+key/1 of=PowerDNS"

struct pdns {
	struct workdir work;
	int dns_port, api_port;
	pid_t pid;
};

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
	    pdns->work.path, pdns->dns_port, pdns->api_port, pdns->work.path);
	return (work_write(&pdns->work, "pdns.conf", conf));
}

static void
pdns_stop(struct pdns *pdns)
{
	if (pdns->pid > 0) {
		(void)kill(pdns->pid, SIGKILL);
		(void)waitpid(pdns->pid, NULL, 0);
	}
	work_finish(&pdns->work);
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
	if (!work_init(&pdns->work))
		return (false);
	(void)snprintf(
	    database, sizeof(database), "%s/pdns.sqlite3", pdns->work.path);
	(void)snprintf(
	    config, sizeof(config), "--config-dir=%s", pdns->work.path);
	a = scripted_listen(&pdns->dns_port);
	b = scripted_listen(&pdns->api_port);
	(void)close(a);
	(void)close(b);
	if (!pdns_configure(pdns) ||
	    !work_run(&pdns->work, schema, PDNS_SCHEMA, "schema.log"))
		goto fail;
	pdns->pid = work_spawn(&pdns->work, server, NULL, "server.log");
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
	    database, sizeof(database), "%s/pdns.sqlite3", pdns->work.path);
	return (work_run(&pdns->work, argv, NULL, "sql.out")
		? work_text(&pdns->work, "sql.out")
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

	(void)snprintf(
	    config, sizeof(config), "--config-dir=%s", pdns->work.path);
	(void)snprintf(file, sizeof(file), "%s/zone.txt", pdns->work.path);
	return (work_write(&pdns->work, "zone.txt", text) &&
	    work_run(&pdns->work, load, NULL, "load.log") &&
	    work_run(&pdns->work, meta, NULL, "meta.log"));
}

#endif /* !DRO_TEST_PDNS_H */
