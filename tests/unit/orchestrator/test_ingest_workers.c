/* Processes that read, seen from ingest: order, deaths, time, nonsense. */
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

#include "ingest/workers.h"

static const struct dro_reading_conf source = {.now = 1769904000};

/* What one reading came to: details of refusals, one a line. */
struct found {
	char text[512];
};

static void
on_sender(void *arg, const struct dro_sender *sender)
{
	(void)arg;
	(void)sender;
	fail();
}

static void
on_original(void *arg, const void *ptr, size_t len)
{
	struct found *found = arg;

	(void)snprintf(found->text + strlen(found->text), 64, "original %.*s\n",
	    (int)len, (const char *)ptr);
}

static void
on_report(void *arg, const char *member, const struct dro_report *report,
    dro_warns warns)
{
	(void)arg;
	(void)member;
	(void)report;
	(void)warns;
	fail();
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct found *found = arg;

	assert_null(member);
	(void)snprintf(found->text + strlen(found->text), 256, "%s %s\n",
	    dro_refuse_name(why->why), why->detail);
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	(void)arg;
	(void)member;
	(void)warn;
	fail();
}

/* Keys that were asked for. */
static int asked;

static enum dro_key_status
on_key(void *arg, const char *selector, const char *domain, char *text)
{
	(void)arg;
	(void)text;
	assert_string_equal(selector, "s1");
	assert_string_equal(domain, "signer.example");
	asked++;
	return (DRO_KEY_ABSENT);
}

static const struct dro_workers_conf conf = {.program = DRO_TEST_MISWORKER,
    .n = 2,
    .cpu_ms = 500,
    .wall_ms = 60000, /* a busy machine is no fault */
    .key = on_key};

static struct dro_workers *
start(const struct dro_workers_conf *how)
{
	struct dro_workers *workers;
	struct dro_err err;

	if (dro_workers_create(how, &workers, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	dro_workers_source(workers, &source);
	return (workers);
}

/*
 * Read ${n} inputs.  Those that are not ${bad} must be read whole, in order;
 * ${bad} must fail with ${code} and ${detail}.
 */
static void
read_all(struct dro_workers *workers, const char *const *texts, size_t n,
    size_t bad, const char *code, const char *detail)
{
	struct dro_input inputs[16];
	struct dro_refused failed;
	struct dro_err err;
	size_t i;

	assert_true(n <= 16);
	for (i = 0; i < n; i++) {
		inputs[i] = (struct dro_input){
		    .path = "x", .ptr = texts[i], .len = strlen(texts[i])};
		assert_int_equal(
		    dro_workers_give(workers, &inputs[i], &err), DRO_OK);
	}
	for (i = 0; i < n; i++) {
		struct found found = {""};
		char whole[600] = "empty read\n";
		const struct dro_reading_sink sink = {&found, on_sender,
		    on_original, on_report, on_refuse, on_warn};

		if (dro_workers_take(workers, &sink, &failed, &err) != DRO_OK)
			fail_msg("%s", err.msg);
		if (i == bad) {
			assert_string_equal(dro_refuse_name(failed.why), code);
			if (strstr(failed.detail, detail) == NULL)
				fail_msg("%s: %s", texts[i], failed.detail);
			continue;
		}
		if (failed.why != DRO_REFUSE_NONE)
			fail_msg("%s: %s", texts[i], failed.detail);
		if (strncmp(texts[i], "input", 5) == 0)
			(void)snprintf(whole, sizeof(whole),
			    "original %s\nempty read\n", texts[i]);
		assert_string_equal(found.text, whole);
	}
}

/* Each costs the input that did it, whatever was sent ahead of it. */
static void
test_one_input(void **state)
{
	static const struct {
		const char *text, *code, *detail;
	} table[] = {
	    {"abort", "worker-crashed", "signal 6"},
	    {"exit", "worker-crashed", "status 3"},
	    {"sys", "worker-crashed", "sandbox forbids"},
	    {"noise", "worker-crashed", "no worker answers"},
	    {"lie", "worker-crashed", "no worker answers"},
	    {"ask", "worker-crashed", "no worker answers"},
	    {"name", "worker-crashed", "no worker answers"},
	    {"memory", "worker-memory", "memory"},
	    {"spin", "worker-timeout", "processor time"},
	    {"sleep", "worker-timeout", "did not answer"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *texts[] = {"good 1", "good 2", "good 3",
		    table[i].text, "input 1", "good 4", "good 5", "good 6",
		    "good 7", "good 8", "good 9"};
		struct dro_workers_conf how = conf;
		struct dro_workers *workers;

		if (strcmp(table[i].text, "sleep") == 0)
			how.wall_ms = 3000;
		workers = start(&how);
		read_all(workers, texts, 11, 3, table[i].code, table[i].detail);
		dro_workers_destroy(workers);
	}
	/* Not more than what the signatures of one mail need. */
	assert_in_range(asked, 1, 2 * DRO_SIGNATURES_MAX);
}

/* One death may be the fault of an input before it: it is tried again. */
static void
test_once(void **state)
{
	char dir[] = "/tmp/dro-workers-XXXXXX", text[128], made[64];
	const char *texts[] = {"good 1", text, "good 2"};
	struct dro_workers *workers = start(&conf);

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(made, sizeof(made), "%s/died", dir);
	(void)snprintf(text, sizeof(text), "once %s", made);
	read_all(workers, texts, 3, SIZE_MAX, "", "");
	assert_int_equal(rmdir(made), 0); /* it did die */
	assert_int_equal(rmdir(dir), 0);
	dro_workers_destroy(workers);
}

/*
 * What a worker leaves behind when it dies goes to another, which is reading
 * an input that was given later: what that holds is not said of this one.
 * The longer texts see to it that the first worker has 0, 2, 3 and 4, and that
 * the other is still reading 5 when it gets the first of them.
 */
static void
test_left_behind(void **state)
{
	char dir[] = "/tmp/dro-workers-XXXXXX", text[128], made[64];
	char long_1[101], long_4[81];
	const char *texts[] = {text, long_1, "good 2", "good 3", long_4,
	    "input slow", "input 6", "good 7"};
	struct dro_workers *workers = start(&conf);

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(made, sizeof(made), "%s/died", dir);
	(void)snprintf(text, sizeof(text), "late %s", made);
	(void)snprintf(long_1, sizeof(long_1), "good 1 %93s", "");
	(void)snprintf(long_4, sizeof(long_4), "good 4 %73s", "");
	read_all(workers, texts, 8, SIZE_MAX, "", "");
	assert_int_equal(rmdir(made), 0); /* it did die */
	assert_int_equal(rmdir(dir), 0);
	dro_workers_destroy(workers);
}

/* A worker that is gone between two inputs is nobody's fault. */
static void
test_between(void **state)
{
	const char *texts[] = {"after 1", "after 2", "after 3", "good"};
	struct dro_workers *workers = start(&conf);
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		read_all(workers, &texts[i], 1, SIZE_MAX, "", "");
	dro_workers_destroy(workers);
}

/* An answer too many belongs to nothing: the worker goes, the rest stays. */
static void
test_too_much(void **state)
{
	const char *texts[] = {"more", "good 1", "good 2"};
	struct dro_workers *workers = start(&conf);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		read_all(workers, &texts[i], 1, SIZE_MAX, "", "");
	dro_workers_destroy(workers);
}

static void
test_sandbox(void **state)
{
	struct dro_workers_conf how = conf;
	const char *text = "good";
	struct dro_workers *workers;
	struct dro_err err;

	(void)state;
	how.program = DRO_TEST_MISWORKER_BARE;
	assert_int_equal(dro_workers_create(&how, &workers, &err), DRO_EREMOTE);
	assert_non_null(strstr(err.msg, "Landlock (Function not implemented)"));
	assert_non_null(strstr(err.msg, "sandbox: optional"));
	assert_null(workers);
	how.optional = true;
	workers = start(&how);
	assert_false(dro_sandbox_whole(dro_workers_sandbox(workers)));
	read_all(workers, &text, 1, SIZE_MAX, "", "");
	dro_workers_destroy(workers);
}

static void
test_no_worker(void **state)
{
	struct dro_workers_conf how = conf;
	struct dro_workers *workers;
	struct dro_err err;

	(void)state;
	how.program = "/bin/true";
	assert_int_equal(dro_workers_create(&how, &workers, &err), DRO_EIO);
	assert_non_null(strstr(err.msg, "/bin/true did not start (status 0)"));
	how.program = "/nowhere";
	assert_int_equal(dro_workers_create(&how, &workers, &err), DRO_EIO);
	assert_non_null(strstr(err.msg, "(status 127)"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_input),
	    cmocka_unit_test(test_once),
	    cmocka_unit_test(test_left_behind),
	    cmocka_unit_test(test_between),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_sandbox),
	    cmocka_unit_test(test_no_worker),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
