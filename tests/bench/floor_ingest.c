/*
 * floor_ingest DATABASE DIRECTORY: the least that ingest could cost with the
 * same libraries: inflate, expat with the text of every element taken, one
 * upsert per (domain, day, source, result) and daily totals in SQLite.  No
 * check, no limit, no hash, no identity, and no code of the project.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>
#include <sqlite3.h>
#include <zlib.h>

#define TEXT 256
#define BATCH 64

/* What is taken, by the name of the element. */
enum {
	IP,
	COUNT,
	DISPOSITION,
	DKIM,
	SPF,
	HEADER_FROM,
	ENVELOPE_FROM,
	AUTH_DOMAIN,
	SELECTOR,
	RESULT,
	SCOPE,
	ORG,
	EMAIL,
	REPORT_ID,
	BEGIN,
	END,
	P,
	SP,
	PCT,
	FIELDS
};

static const char *const names[FIELDS] = {"source_ip", "count", "disposition",
    "dkim", "spf", "header_from", "envelope_from", "domain", "selector",
    "result", "scope", "org_name", "email", "report_id", "begin", "end", "p",
    "sp", "pct"};

static struct floor {
	sqlite3 *db;
	sqlite3_stmt *source, *daily, *report;
	char text[TEXT], field[FIELDS][TEXT], domain[TEXT];
	size_t n_text;
	int in_policy, in_results;
	long long rows, pass, fail, messages;
} state;

static void
sql(const char *text)
{
	if (sqlite3_exec(state.db, text, NULL, NULL, NULL) != SQLITE_OK) {
		(void)fprintf(
		    stderr, "%s: %s\n", text, sqlite3_errmsg(state.db));
		exit(1);
	}
}

static sqlite3_stmt *
prepare(const char *text)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(state.db, text, -1, SQLITE_PREPARE_PERSISTENT,
		&stmt, NULL) != SQLITE_OK) {
		(void)fprintf(
		    stderr, "%s: %s\n", text, sqlite3_errmsg(state.db));
		exit(1);
	}
	return (stmt);
}

static void
run(sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) != SQLITE_DONE) {
		(void)fprintf(stderr, "%s\n", sqlite3_errmsg(state.db));
		exit(1);
	}
	(void)sqlite3_reset(stmt);
}

static long long
day_of_report(void)
{
	long long begin = strtoll(state.field[BEGIN], NULL, 10);
	long long end = strtoll(state.field[END], NULL, 10);

	return ((begin + (end - begin) / 2) / 86400);
}

static void
take_row(void)
{
	long long count = strtoll(state.field[COUNT], NULL, 10);
	int dkim = strcmp(state.field[DKIM], "pass") == 0;
	int spf = strcmp(state.field[SPF], "pass") == 0;

	state.rows++;
	state.messages += count;
	*(dkim || spf ? &state.pass : &state.fail) += count;
	(void)sqlite3_bind_text(
	    state.source, 1, state.domain, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(state.source, 2, day_of_report());
	(void)sqlite3_bind_text(
	    state.source, 3, state.field[IP], -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(state.source, 4, dkim * 2 + spf);
	(void)sqlite3_bind_int64(state.source, 5, count);
	run(state.source);
}

static void
take_report(void)
{
	(void)sqlite3_bind_text(
	    state.report, 1, state.field[ORG], -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(
	    state.report, 2, state.field[REPORT_ID], -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(
	    state.report, 3, state.domain, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(state.report, 4, day_of_report());
	(void)sqlite3_bind_int64(state.report, 5, state.messages);
	run(state.report);
	(void)sqlite3_bind_text(
	    state.daily, 1, state.domain, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(state.daily, 2, day_of_report());
	(void)sqlite3_bind_int64(state.daily, 3, state.rows);
	(void)sqlite3_bind_int64(state.daily, 4, state.pass);
	(void)sqlite3_bind_int64(state.daily, 5, state.fail);
	run(state.daily);
}

static void
on_start(void *arg, const char *name, const char **atts)
{
	(void)arg;
	(void)atts;
	state.n_text = 0;
	if (strcmp(name, "policy_published") == 0)
		state.in_policy = 1;
	else if (strcmp(name, "auth_results") == 0)
		state.in_results = 1;
}

static void
on_end(void *arg, const char *name)
{
	int i;

	(void)arg;
	if (strcmp(name, "record") == 0) {
		take_row();
		return;
	}
	if (strcmp(name, "policy_published") == 0)
		state.in_policy = 0;
	else if (strcmp(name, "auth_results") == 0)
		state.in_results = 0;
	state.text[state.n_text] = '\0';
	if (state.in_policy && strcmp(name, "domain") == 0) {
		memcpy(state.domain, state.text, state.n_text + 1);
		return;
	}
	for (i = 0; i < FIELDS; i++)
		if (strcmp(name, names[i]) == 0 &&
		    (!state.in_results || (i != DKIM && i != SPF))) {
			memcpy(state.field[i], state.text, state.n_text + 1);
			return;
		}
}

static void
on_text(void *arg, const char *s, int len)
{
	size_t n = (size_t)len;

	(void)arg;
	if (n > TEXT - 1 - state.n_text)
		n = TEXT - 1 - state.n_text;
	memcpy(state.text + state.n_text, s, n);
	state.n_text += n;
}

static void
read_file(const char *path)
{
	XML_Parser parser = XML_ParserCreate(NULL);
	gzFile file = gzopen(path, "rb");
	char buf[65536];
	int n;

	if (parser == NULL || file == NULL) {
		perror(path);
		exit(1);
	}
	(void)gzbuffer(file, sizeof(buf));
	state.rows = state.pass = state.fail = state.messages = 0;
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	while ((n = gzread(file, buf, sizeof(buf))) > 0)
		if (XML_Parse(parser, buf, n, 0) != XML_STATUS_OK)
			exit(1);
	if (XML_Parse(parser, "", 0, 1) != XML_STATUS_OK)
		exit(1);
	(void)gzclose_r(file);
	XML_ParserFree(parser);
	take_report();
}

static void
open_database(const char *path)
{
	if (sqlite3_open(path, &state.db) != SQLITE_OK)
		exit(1);
	sql("PRAGMA journal_mode = WAL");
	sql("PRAGMA synchronous = NORMAL");
	sql("PRAGMA cache_size = -16384");
	sql("CREATE TABLE source (domain TEXT, day INTEGER, ip TEXT,"
	    " result INTEGER, messages INTEGER,"
	    " PRIMARY KEY (domain, day, ip, result)) WITHOUT ROWID");
	sql("CREATE TABLE daily (domain TEXT, day INTEGER, rows INTEGER,"
	    " pass INTEGER, fail INTEGER, PRIMARY KEY (domain, day))"
	    " WITHOUT ROWID");
	sql("CREATE TABLE report (org TEXT, id TEXT, domain TEXT, day INTEGER,"
	    " messages INTEGER, PRIMARY KEY (org, id, domain)) WITHOUT ROWID");
	state.source = prepare("INSERT INTO source VALUES (?, ?, ?, ?, ?)"
			       " ON CONFLICT DO UPDATE SET"
			       " messages = messages + excluded.messages");
	state.daily = prepare("INSERT INTO daily VALUES (?, ?, ?, ?, ?)"
			      " ON CONFLICT DO UPDATE SET"
			      " rows = rows + excluded.rows,"
			      " pass = pass + excluded.pass,"
			      " fail = fail + excluded.fail");
	state.report = prepare("INSERT INTO report VALUES (?, ?, ?, ?, ?)");
}

int
main(int argc, char **argv)
{
	struct dirent **entries;
	char path[8192];
	int i, n;

	if (argc != 3)
		return (64);
	open_database(argv[1]);
	if ((n = scandir(argv[2], &entries, NULL, alphasort)) < 0)
		return (66);
	sql("BEGIN");
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", argv[2], entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			read_file(path);
		free(entries[i]);
		if (i % BATCH == BATCH - 1)
			sql("COMMIT; BEGIN");
	}
	sql("COMMIT");
	free(entries);
	(void)sqlite3_finalize(state.source);
	(void)sqlite3_finalize(state.daily);
	(void)sqlite3_finalize(state.report);
	return (sqlite3_close(state.db) == SQLITE_OK ? 0 : 1);
}
