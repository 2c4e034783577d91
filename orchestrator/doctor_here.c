#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include "base/date.h"
#include "doctor.h"
#include "ingest/workers.h"
#include "reports.h"
#include "store.h"

/* 2025-01-01: a machine that thinks it is earlier has no clock. */
#define TIME_LEAST INT64_C(1735689600)

/* What closes in a real worker, not what could. */
void
dro_doctor_sandbox(struct dro_doctor *d)
{
	const struct dro_config *config = &d->cmd->config;
	const struct dro_workers_conf conf = {.program = "/proc/self/exe",
	    .n = 1,
	    .optional = true,
	    .cpu_ms = DRO_WORKER_CPU_MS,
	    .wall_ms = DRO_WORKER_WALL_MS};
	const struct dro_sandbox *sandbox;
	struct dro_workers *workers;
	struct dro_buf missing;
	struct dro_err err;

	if (dro_workers_create(&conf, &workers, &err) != DRO_OK) {
		dro_doctor_say(d, "sandbox", DRO_HEALTH_FAIL,
		    "reports cannot be read; is /proc mounted?", "%s", err.msg);
		return;
	}
	sandbox = dro_workers_sandbox(workers);
	dro_buf_init(&missing, 1024);
	dro_sandbox_missing(sandbox, &missing);
	if (sandbox->landlock_errno == 0)
		dro_doctor_say(d, "sandbox", DRO_HEALTH_OK, NULL,
		    "Landlock: active, ABI %d", sandbox->landlock_abi);
	if (sandbox->seccomp_errno == 0)
		dro_doctor_say(
		    d, "sandbox", DRO_HEALTH_OK, NULL, "seccomp: active");
	if (sandbox->limits_errno == 0)
		dro_doctor_say(d, "sandbox", DRO_HEALTH_OK, NULL,
		    "resource limits: active");
	if (missing.len > 0)
		dro_doctor_say(d, "sandbox",
		    config->sandbox_optional ? DRO_HEALTH_WARN
					     : DRO_HEALTH_FAIL,
		    config->sandbox_optional
			? "use a kernel that has it"
			: "use a kernel that has it, or say sandbox: optional",
		    "missing: %s", missing.ptr);
	dro_buf_finish(&missing);
	dro_workers_destroy(workers);
}

/* A file that others may read tells them what belongs to the clients. */
static void
check_mode(struct dro_doctor *d, const char *path)
{
	struct stat sb;

	if (stat(path, &sb) != 0) {
		if (errno != ENOENT)
			dro_doctor_say(d, "database", DRO_HEALTH_FAIL,
			    "run as the owner of the database", "%s: %s", path,
			    strerror(errno));
		return;
	}
	if ((sb.st_mode & 077) != 0)
		dro_doctor_say(d, "database", DRO_HEALTH_WARN,
		    "chmod 600, if nobody else is meant to read it",
		    "%s: others may open it (mode %03o)", path,
		    (unsigned)sb.st_mode & 0777);
	else
		dro_doctor_say(d, "database", DRO_HEALTH_OK, NULL,
		    "%s: mode %03o", path, (unsigned)sb.st_mode & 0777);
}

/* What the last runs came to; one that did not end is going on, or died. */
static void
check_runs(struct dro_doctor *d, struct dro_store *store)
{
	static const char *const verbs[] = {"ingest", "advance"};
	char at[DRO_DATE_LEN];
	struct dro_run run;
	struct dro_err err;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++) {
		if (dro_store_last_run(
			store, verbs[i], d->cmd->arena, &run, &err) != DRO_OK)
			continue;
		dro_date_format(run.at, at);
		if (run.at > d->cmd->now)
			dro_doctor_say(d, "clock", DRO_HEALTH_FAIL,
			    "set the clock; until then nothing is written",
			    "the last %s was at %s, which is to come", verbs[i],
			    at);
		else if (run.result == NULL)
			dro_doctor_say(d, "database", DRO_HEALTH_WARN,
			    "if none is running now: run it again, which "
			    "recovers what was open",
			    "the last %s, of %s, has not ended: it is "
			    "running, or died",
			    verbs[i], at);
		else
			dro_doctor_say(d, "database",
			    strcmp(run.result, "ok") == 0 ? DRO_HEALTH_OK
							  : DRO_HEALTH_WARN,
			    strcmp(run.result, "ok") == 0
				? NULL
				: "run it again and see what it says",
			    "the last %s, of %s: %s", verbs[i], at, run.result);
	}
}

void
dro_doctor_database(struct dro_doctor *d)
{
	const char *path = d->cmd->config.database;
	struct dro_store *store;
	struct dro_err err;
	enum dro_code code;

	code = dro_store_open(path, DRO_STORE_READ, NULL, &store, &err);
	if (code == DRO_ENOTFOUND) {
		dro_doctor_say(d, "database", DRO_HEALTH_OK, NULL,
		    "%s: none yet; ingest or advance makes it", path);
		return;
	}
	if (code == DRO_OK)
		code = dro_store_check(store, &err);
	if (code != DRO_OK)
		dro_doctor_say(d, "database", DRO_HEALTH_FAIL,
		    "restore a backup, or run as its owner", "%s", err.msg);
	else
		dro_doctor_say(d, "database", DRO_HEALTH_OK, NULL,
		    "%s: its schema is of this version, and it is whole", path);
	check_mode(d, path);
	if (store != NULL)
		check_runs(d, store);
	dro_store_close(store);
}

void
dro_doctor_clock(struct dro_doctor *d)
{
	struct timex state = {.modes = 0};
	char now[DRO_DATE_LEN];

	dro_date_format(d->cmd->now, now);
	if (d->cmd->config.virtual_clock)
		dro_doctor_say(d, "clock", DRO_HEALTH_WARN,
		    "remove clock: virtual, unless this is a made-up world",
		    "virtual: verbs take their time from --now");
	else if (d->cmd->now < TIME_LEAST)
		dro_doctor_say(d, "clock", DRO_HEALTH_FAIL,
		    "set the clock: waiting times depend on it", "it is %s",
		    now);
	else if (adjtimex(&state) == TIME_ERROR ||
	    (state.status & STA_UNSYNC) != 0)
		dro_doctor_say(d, "clock", DRO_HEALTH_WARN,
		    "run a time service, such as systemd-timesyncd or chrony",
		    "it is %s; the kernel does not know the clock to be "
		    "synchronised",
		    now);
	else
		dro_doctor_say(d, "clock", DRO_HEALTH_OK, NULL,
		    "it is %s, synchronised", now);
}
