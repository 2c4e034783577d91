/* A whole run over files and directories, into a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/ingest.h"
#include "ingest/inlet_files.h"

#define NOW INT64_C(1769904000) /* 2026-02-01T00:00:00Z */

/* A directory of its own with a config, a database and incoming/. */
struct world {
	char dir[64];
	struct dro_arena *arena;
	struct dro_config config;
	struct dro_store *store;
	struct dro_workers *workers;
	struct dro_ingest_result result;
	struct dro_err err;
};

static const char yaml[] =
    "version: 1\n"
    "clock: virtual\n"
    "state: {database: rollout.db}\n"
    "accounts: {zf: {provider: zonefile, path: zones/}}\n"
    "defaults: {policy: standard, account: zf, rua: 'mailto:a@msp.example'}\n"
    "clients: {c1: {domains: {klant.example: {}}}}\n";

static char *
path_in(const struct world *w, const char *name)
{
	return (dro_arena_printf(w->arena, "%s/%s", w->dir, name));
}

static void
write_file(const struct world *w, const char *name, const char *text)
{
	FILE *f = fopen(path_in(w, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A report about ${domain} with one record of ${count} messages. */
static void
write_report(const struct world *w, const char *name, const char *domain,
    const char *id, int count)
{
	write_file(w, name,
	    dro_arena_printf(w->arena,
		"<feedback><report_metadata><org_name>Receiver</org_name>"
		"<email>a@receiver.example</email><report_id>%s</report_id>"
		"<date_range><begin>1767571200</begin><end>1767657599</end>"
		"</date_range></report_metadata><policy_published><domain>%s"
		"</domain><p>none</p></policy_published><record><row>"
		"<source_ip>192.0.2.1</source_ip><count>%d</count>"
		"<policy_evaluated><disposition>none</disposition>"
		"<dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>"
		"<identifiers><header_from>%s</header_from></identifiers>"
		"</record></feedback>",
		id, domain, count, domain));
}

static int
setup(void **state)
{
	const struct dro_writer writer = {"ingest", NOW, true};
	const struct dro_workers_conf workers = {.program = DRO_TEST_PROGRAM,
	    .n = DRO_WORKERS,
	    .cpu_ms = DRO_WORKER_CPU_MS,
	    .wall_ms = DRO_WORKER_WALL_MS};
	struct dro_findings findings;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	memcpy(w->dir, "/tmp/dro-ingest-XXXXXX", 23);
	assert_non_null(mkdtemp(w->dir));
	assert_non_null(w->arena = dro_arena_create());
	write_file(w, "rollout.yaml", yaml);
	assert_int_equal(mkdir(path_in(w, "zones"), 0700), 0);
	assert_int_equal(mkdir(path_in(w, "in"), 0700), 0);
	assert_int_equal(mkdir(path_in(w, "in/sub"), 0700), 0);
	if (dro_config_read(path_in(w, "rollout.yaml"), NOW, w->arena,
		&w->config, &findings, &w->err) != DRO_OK ||
	    dro_store_open(w->config.database, DRO_STORE_WRITE, &writer,
		&w->store, &w->err) != DRO_OK)
		fail_msg("%s", w->err.msg);
	if (dro_workers_create(&workers, &w->workers, &w->err) != DRO_OK)
		fail_msg("%s", w->err.msg);
	*state = w;
	return (0);
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char *command = dro_arena_printf(w->arena, "rm -rf '%s'", w->dir);

	dro_workers_destroy(w->workers);
	dro_store_close(w->store);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	dro_arena_destroy(w->arena);
	free(w);
	return (0);
}

static enum dro_code
ingest_paths(
    struct world *w, const char *const *paths, size_t n, enum dro_trust trust)
{
	const struct dro_ingest_job job = {.config = &w->config,
	    .store = w->store,
	    .source = "path",
	    .trust = trust,
	    .workers = w->workers,
	    .now = NOW,
	    .list_warnings = true};
	struct dro_inlet inlet;
	enum dro_code code;

	assert_int_equal(dro_inlet_files(paths, n, &inlet, &w->err), DRO_OK);
	code = dro_ingest(&job, &inlet, w->arena, &w->result, &w->err);
	inlet.close(inlet.ctx);
	return (code);
}

static enum dro_code
ingest(struct world *w, const char *name)
{
	const char *path = path_in(w, name);

	return (ingest_paths(w, &path, 1, DRO_TRUST_TRUSTED));
}

/* New, duplicate, conflict, foreign and refused must be these. */
static void
expect(const struct world *w, int added, int duplicate, int conflict,
    int foreign, int refused)
{
	assert_int_equal(w->result.added, added);
	assert_int_equal(w->result.duplicate, duplicate);
	assert_int_equal(w->result.conflict, conflict);
	assert_int_equal(w->result.foreign, foreign);
	assert_int_equal(w->result.refused, refused);
	assert_int_equal(w->result.n_refusals, refused);
}

/* What reports_each shows, as lines. */
static enum dro_code
list_one(void *arg, const struct dro_report *r, struct dro_err *err DRO_UNUSED)
{
	dro_buf_addf(arg, "%s %s %s %lld%s%s\n", r->report_id, r->domain,
	    r->watched, (long long)r->messages, r->counts ? "" : " uncounted",
	    r->shadow ? " shadow" : "");
	return (DRO_OK);
}

static void
expect_stored(struct world *w, const char *want)
{
	struct dro_buf got;

	dro_buf_init(&got, 4096);
	assert_int_equal(
	    dro_reports_each(w->store, NULL, list_one, &got, &w->err), DRO_OK);
	assert_string_equal(got.ptr != NULL ? got.ptr : "", want);
	dro_buf_finish(&got);
}

static void
test_kinds(void **state)
{
	struct world *w = *state;

	write_report(w, "in/a.xml", "klant.example", "1", 7);
	write_report(w, "in/b.xml", "mail.Klant.example.", "2", 5);
	write_report(w, "in/c.xml", "other.example", "3", 5);
	write_report(w, "in/sub/d.xml", "notklant.example", "4", 5);
	write_file(w, "in/e.txt", "hello");
	assert_int_equal(ingest(w, "in"), DRO_OK);
	expect(w, 2, 0, 0, 2, 1);
	assert_int_equal(w->result.files, 5);
	assert_int_equal(w->result.rows, 2);
	assert_int_equal(w->result.messages, 12);
	assert_string_equal(w->result.refusals[0].path, path_in(w, "in/e.txt"));
	assert_string_equal(w->result.refusals[0].code, "not-a-report");
	assert_null(w->result.refusals[0].member);
	expect_stored(w,
	    "1 klant.example klant.example 7\n"
	    "2 mail.klant.example klant.example 5 shadow\n");
	assert_int_equal(ingest(w, "in"), DRO_OK);
	expect(w, 0, 2, 0, 2, 1);
	assert_int_equal(w->result.messages, 0);
}

static void
test_conflict(void **state)
{
	struct world *w = *state;

	write_report(w, "in/a.xml", "klant.example", "1", 7);
	write_report(w, "in/b.xml", "klant.example", "&lt;1&gt;", 8);
	assert_int_equal(ingest(w, "in"), DRO_OK);
	expect(w, 1, 0, 1, 0, 0);
	assert_int_equal(w->result.messages, 7);
	assert_int_equal(w->result.n_warnings, 1);
	assert_string_equal(w->result.warnings[0].code, "conflict");
	expect_stored(w, "1 klant.example klant.example 7 uncounted\n");
}

/* By name, so that two machines tell the same story. */
static void
test_order(void **state)
{
	struct world *w = *state;
	size_t i;

	write_file(w, "in/b", "x");
	write_file(w, "in/sub/z", "x");
	write_file(w, "in/a", "x");
	write_file(w, "in/z", "x");
	write_file(w, "in/.being-written", "x");
	assert_int_equal(ingest(w, "in"), DRO_OK);
	expect(w, 0, 0, 0, 0, 4);
	for (i = 1; i < 4; i++)
		assert_true(strcmp(w->result.refusals[i - 1].path,
				w->result.refusals[i].path) < 0);
}

static void
test_odd_files(void **state)
{
	struct world *w = *state;

	write_report(w, "real.xml", "klant.example", "1", 7);
	assert_int_equal(mkfifo(path_in(w, "in/a-fifo"), 0600), 0);
	assert_int_equal(symlink("/nowhere", path_in(w, "in/b-dangling")), 0);
	assert_int_equal(symlink("..", path_in(w, "in/c-loop")), 0);
	assert_int_equal(symlink("../real.xml", path_in(w, "in/d-link")), 0);
	assert_int_equal(ingest(w, "in"), DRO_OK);
	expect(w, 1, 0, 0, 0, 2);
	assert_string_equal(w->result.refusals[0].code, "not-regular");
	assert_string_equal(w->result.refusals[1].code, "unreadable");
	/* A path that was named may be a link to a directory. */
	assert_int_equal(ingest(w, "in/c-loop/in"), DRO_OK);
	expect(w, 0, 1, 0, 0, 2);
}

static void
test_missing_path(void **state)
{
	struct world *w = *state;
	const char *paths[] = {
	    path_in(w, "nowhere"), path_in(w, "a.xml"), path_in(w, "lost")};

	write_report(w, "a.xml", "klant.example", "1", 7);
	assert_int_equal(
	    ingest_paths(w, paths, 3, DRO_TRUST_NEW), DRO_ENOTFOUND);
	assert_true(w->result.inlet_failed);
	assert_non_null(strstr(w->err.msg, "nowhere"));
	expect(w, 1, 0, 0, 0, 0); /* the rest is read all the same */
	expect_stored(w, "1 klant.example klant.example 7\n");
}

/* Every file there is goes through one run; no bad one stops the others. */
static void
test_all_made_reports(void **state)
{
	struct world *w = *state;
	const char *paths[] = {DRO_TEST_DATA "/reports/refused",
	    DRO_TEST_DATA "/reports/odd", DRO_TEST_DATA "/reports/good"};
	int64_t added;

	assert_int_equal(ingest_paths(w, paths, 3, DRO_TRUST_TRUSTED), DRO_OK);
	assert_true(w->result.refused > 50);
	assert_true(w->result.added > 5);
	added = w->result.added;
	assert_int_equal(ingest_paths(w, paths, 3, DRO_TRUST_TRUSTED), DRO_OK);
	assert_int_equal(w->result.added, 0);
	assert_true(w->result.duplicate + w->result.conflict >= added);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_conflict, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_odd_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_missing_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_all_made_reports, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
