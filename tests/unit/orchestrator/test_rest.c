/*
 * What a plan asks the database about domains that are not due: nothing; and
 * of those that are it reads no report.  Told by SQLite itself: each statement
 * that it runs, and its EXPLAIN QUERY PLAN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "apply/rest.h"
#include "base/date.h"
#include "reports.h"

#define NOW INT64_C(1793491200) /* 2026-11-01T00:00:00Z, day TODAY */
#define TODAY 20758
#define DOMAINS 6
#define DUE 2 /* which of them moves */
#define DAYS 60 /* of reports about each */
#define RECORD "v=DMARC1; p=none; rua=mailto:rua@msp.example"

struct world {
	char folder[64], path[96], database[96];
	struct dro_arena *arena;
	struct dro_config config;
	struct dro_session session;
	struct dro_err err;
};

#define OK(call)                                                               \
	do {                                                                   \
		if ((call) != DRO_OK)                                          \
			fail_msg("%s", w->err.msg);                            \
	} while (0)

/* ---- what SQLite runs */

static struct {
	bool on;
	size_t n;
	char *sql[256]; /* with what is bound */
} ran;

static int
note(DRO_UNUSED unsigned what, DRO_UNUSED void *arg, void *stmt,
    DRO_UNUSED void *text)
{
	if (ran.on) {
		assert_true(ran.n < DRO_ARRAY_LEN(ran.sql));
		ran.sql[ran.n++] = sqlite3_expanded_sql(stmt);
	}
	return (0);
}

/* Every connection is listened to from its beginning on. */
static int
listen_to(sqlite3 *db, DRO_UNUSED char **msg,
    DRO_UNUSED const struct sqlite3_api_routines *api)
{
	return (sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note, NULL));
}

static void
forget(void)
{
	while (ran.n > 0)
		sqlite3_free(ran.sql[--ran.n]);
}

/* What one statement touches. */
struct touched {
	char tables[512]; /* ",domain,rest," */
	char plan[1024]; /* a line per step */
};

static int
read_table(void *arg, int action, const char *table, const char *column,
    DRO_UNUSED const char *database, DRO_UNUSED const char *inner)
{
	struct touched *t = arg;
	char name[80];
	size_t len = strlen(t->tables);

	if (action != SQLITE_READ || column == NULL)
		return (SQLITE_OK);
	(void)snprintf(name, sizeof(name), ",%s,", table);
	if (strstr(t->tables, name) == NULL)
		(void)snprintf(t->tables + len, sizeof(t->tables) - len, "%s",
		    len == 0 ? name : name + 1);
	return (SQLITE_OK);
}

/* As SQLite would go about ${sql}, in another connection. */
static struct touched
explain(const struct world *w, const char *sql)
{
	struct touched t = {"", ""};
	sqlite3_stmt *stmt;
	char text[4096];
	sqlite3 *db;
	size_t len;

	assert_int_equal(
	    sqlite3_open_v2(w->database, &db, SQLITE_OPEN_READONLY, NULL),
	    SQLITE_OK);
	(void)sqlite3_set_authorizer(db, read_table, &t);
	(void)snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
	if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		len = strlen(t.plan);
		(void)snprintf(t.plan + len, sizeof(t.plan) - len, "%s\n",
		    (const char *)sqlite3_column_text(stmt, 3));
	}
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return (t);
}

/* No statement that ran is about a report, its lines or who is in them. */
static void
check_no_report(const struct world *w)
{
	static const char *const raw[] = {",report,", ",cell,", ",identity,",
	    ",stream,", ",reporter,", ",origin,", ",reported,"};
	struct touched t;
	size_t i, k;

	for (i = 0; i < ran.n; i++) {
		t = explain(w, ran.sql[i]);
		for (k = 0; k < DRO_ARRAY_LEN(raw); k++)
			if (strstr(t.tables, raw[k]) != NULL)
				fail_msg("%s\nreads %s", ran.sql[i], t.tables);
	}
}

/* ---- the world */

static void
write_config(const struct world *w)
{
	FILE *f = fopen(w->path, "we");
	int i;

	assert_non_null(f);
	(void)fprintf(f,
	    "version: 1\nclock: virtual\nstate: {database: state.db}\n"
	    "accounts: {main: {provider: zonefile, path: .}}\n"
	    "defaults: {account: main, rua: 'mailto:rua@msp.example'}\n"
	    "clients: {c: {domains: {");
	for (i = 0; i < DOMAINS; i++)
		(void)fprintf(f, "d%d.example: {}, ", i);
	(void)fprintf(f, "}}}\n");
	(void)fclose(f);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct dro_findings findings;

	*state = w;
	assert_non_null(w);
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/dro-rest-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->path, sizeof(w->path), "%s/c.yaml", w->folder);
	(void)snprintf(
	    w->database, sizeof(w->database), "%s/state.db", w->folder);
	write_config(w);
	assert_non_null(w->arena = dro_arena_create());
	OK(dro_config_read(
	    w->path, NOW, w->arena, &w->config, &findings, &w->err));
	assert_int_equal(w->config.n_domains, DOMAINS);
	w->session.config = &w->config;
	w->session.arena = w->arena;
	w->session.now = NOW;
	(void)sqlite3_auto_extension((void (*)(void))listen_to);
	return (0);
}

static int
teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	struct world *w = *state;
	char path[128];
	size_t i;

	sqlite3_reset_auto_extension();
	forget();
	dro_store_close(w->session.store);
	for (i = 0; i < DRO_ARRAY_LEN(ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", w->database, ends[i]);
		(void)unlink(path);
	}
	(void)unlink(w->path);
	(void)rmdir(w->folder);
	dro_arena_destroy(w->arena);
	free(w);
	return (0);
}

/* At p=none since ${day}, as a run of advance would have left it. */
static void
adopt(struct world *w, const struct dro_domain *dom, int32_t day)
{
	struct dro_live live = {.status = DRO_LIVE_OK};
	char name[DRO_DOMAIN_LEN];

	(void)snprintf(name, sizeof(name), "_dmarc.%s", dom->domain);
	dro_rrset_init(&live.rrset, name, DRO_RR_TXT);
	live.rrset.ttl_s = 3600;
	OK(dro_rrset_add(
	    &live.rrset, w->arena, RECORD, strlen(RECORD), &w->err));
	OK(dro_facts_seen(w->session.store, dom->client->id, dom->domain, &live,
	    false, dro_day_start(day), &w->err));
	OK(dro_facts_adopt(w->session.store, dom->client->id, dom->domain,
	    &live.rrset, dro_day_start(day), &w->err));
}

static void
report(struct world *w, const struct dro_domain *dom, int32_t day)
{
	static const char *const reporters[] = {"google.com", "yahoo.com"};
	const char *d = dom->domain;
	const struct dro_line line = {.stream = {.dkim = d,
					  .selector = "s1",
					  .dkim_other = "",
					  .mail_from = d,
					  .claim = "",
					  .claim_selector = "",
					  .ip = "192.0.2.10"},
	    .pass = 200};
	struct dro_report r = {.org = reporters[day % 2],
	    .reporter = reporters[day % 2],
	    .domain = d,
	    .watched = d,
	    .begin = dro_day_start(day),
	    .end = dro_day_start(day) + DRO_DAY_S - 1,
	    .trust = DRO_TRUST_TRUSTED,
	    .counts = true,
	    .rows = 1,
	    .messages = 200,
	    .dmarc_pass = 200,
	    .dkim_aligned = 200,
	    .disposition = {200},
	    .p = "none",
	    .source_name = "test",
	    .source_path = "test",
	    .n_lines = 1,
	    .lines = &line};
	enum dro_stored stored;
	char id[64];

	(void)snprintf(id, sizeof(id), "%d.%s", (int)day, d);
	r.report_id = id;
	memcpy(r.content, id, strlen(id) < 32 ? strlen(id) : 32);
	OK(dro_reports_add(w->session.store, &r, r.end, &stored, &w->err));
}

/* Months of reports; one domain may move, the others must wait a day more. */
static void
fill(struct world *w)
{
	const struct dro_writer writer = {
	    .verb = "ingest", .now = NOW, .virtual_clock = true};
	int32_t day;
	size_t i;

	OK(dro_store_open(
	    w->database, DRO_STORE_WRITE, &writer, &w->session.store, &w->err));
	for (i = 0; i < DOMAINS; i++)
		adopt(w, &w->config.domains[i], TODAY - (i == DUE ? 43 : 41));
	for (day = TODAY - DAYS; day < TODAY; day++)
		for (i = 0; i < DOMAINS; i++)
			report(w, &w->config.domains[i], day);
	OK(dro_reports_flush(w->session.store, &w->err));
	OK(dro_rests_leave(&w->session, &w->err));
	OK(dro_store_run_end(w->session.store, "ok", 0, &w->err));
	dro_store_close(w->session.store);
	OK(dro_store_open(
	    w->database, DRO_STORE_READ, NULL, &w->session.store, &w->err));
}

/* What a plan does with one domain; whether it rests. */
static bool
plan(struct world *w, const struct dro_rests *rests,
    const struct dro_domain *dom, struct dro_exam *exam)
{
	bool rest;

	OK(dro_rests_hold(
	    &w->session, rests, dom, DRO_FROM_STORE, w->arena, &rest, &w->err));
	if (!rest)
		OK(dro_examine(
		    &w->session, dom, DRO_FROM_STORE, w->arena, exam, &w->err));
	return (rest);
}

static void
test_nothing_is_asked_about_who_rests(void **state)
{
	struct world *w = *state;
	struct dro_rests rests;
	struct dro_exam exam;
	struct touched t;
	size_t i;

	fill(w);
	ran.on = true;
	OK(dro_rests_open(&w->session, &rests, &w->err));
	assert_int_equal(rests.n, DOMAINS - 1);
	/* One statement for all of them, over two small indexes. */
	assert_int_equal(ran.n, 1);
	t = explain(w, ran.sql[0]);
	assert_string_equal(t.tables, ",domain,rest,");
	assert_string_equal(t.plan,
	    "SCAN d USING COVERING INDEX sqlite_autoindex_domain_1\n"
	    "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)\n");
	forget();
	for (i = 0; i < DOMAINS; i++) {
		assert_int_equal(
		    plan(w, &rests, &w->config.domains[i], &exam), i != DUE);
		if (i != DUE) {
			assert_int_equal(ran.n, 0);
			continue;
		}
		assert_true(exam.has_change);
		assert_true(ran.n > 0);
		check_no_report(w);
		forget();
	}
	ran.on = false;
}

/* What is due is looked up: of no table are all rows gone over. */
static void
test_what_is_due_is_looked_up(void **state)
{
	struct world *w = *state;
	struct dro_rests rests = {NULL, 0};
	struct dro_exam exam;
	struct touched t;
	size_t i;

	fill(w);
	ran.on = true;
	for (i = 0; i < DOMAINS; i++)
		assert_false(plan(w, &rests, &w->config.domains[i], &exam));
	ran.on = false;
	for (i = 0; i < ran.n; i++) {
		t = explain(w, ran.sql[i]);
		if (strstr(t.plan, "SCAN") != NULL)
			fail_msg("%s\n%s", ran.sql[i], t.plan);
	}
	check_no_report(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_nothing_is_asked_about_who_rests, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_what_is_due_is_looked_up, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
