/* Wrong files in tests/data/config say exactly what stands beside them. */

#include "config_read.h"

#include <glob.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char *
slurp(const char *path)
{
	struct dro_buf buf;
	char block[4096];
	size_t n;
	FILE *f;

	dro_buf_init(&buf, 1 << 20);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be read", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		dro_buf_add(&buf, block, n);
	fclose(f);
	assert_false(buf.failed);
	return (dro_buf_steal(&buf));
}

/* Read the file ${path}, and compare all findings with ${expected}. */
static void
check_file(const char *path, const char *expected)
{
	struct reading t = {.arena = dro_arena_create()};
	struct dro_buf all;

	t.code =
	    dro_config_read(path, NOW, t.arena, &t.config, &t.findings, &t.err);
	dro_buf_init(&all, 1 << 20);
	print_findings(&t.findings, path, &all);
	if (strcmp(all.ptr != NULL ? all.ptr : "", expected) != 0)
		fail_msg(
		    "%s: found\n%s\nexpected\n%s", path, all.ptr, expected);
	assert_int_equal(t.code,
	    strstr(expected, ": error: ") != NULL ? DRO_EPARSE : DRO_OK);
	dro_buf_finish(&all);
	finish(&t);
}

static void
wrong_files(void **state)
{
	char path[256];
	char *expected;
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(chdir(DRO_TEST_DATA "/config"), 0);
	assert_int_equal(glob("*.txt", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 20);
	for (i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%.*syaml",
		    (int)strlen(found.gl_pathv[i]) - 3, found.gl_pathv[i]);
		expected = slurp(found.gl_pathv[i]);
		check_file(path, expected);
		free(expected);
	}
	globfree(&found);
}

static void
first_error_is_named(void **state)
{
	struct reading t;

	(void)state;
	read_text(&t, "version: 1\nclok: real\nfoo: 1\n", 29);
	assert_int_equal(t.code, DRO_EPARSE);
	assert_string_equal(t.err.msg,
	    "test.yaml:2:1: unknown key \"clok\" in the top level; did you "
	    "mean \"clock\"?");
	assert_string_equal(t.findings.items[0].file, "test.yaml");
	finish(&t);
}

static void
files_that_are_none(void **state)
{
	struct reading t = {.arena = dro_arena_create()};
	char dir[] = "/tmp/dro-config-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(dro_config_read("no.yaml", NOW, t.arena, &t.config,
			     &t.findings, &t.err),
	    DRO_ENOTFOUND);
	assert_string_equal(t.err.msg, "no.yaml: No such file or directory");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(dro_config_read("fifo", NOW, t.arena, &t.config,
			     &t.findings, &t.err),
	    DRO_EIO);
	assert_string_equal(t.err.msg, "fifo: not a regular file");
	assert_int_equal(
	    dro_config_read(".", NOW, t.arena, &t.config, &t.findings, &t.err),
	    DRO_EIO);
	assert_int_equal(unlink("fifo"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	finish(&t);
}

static void
paths_start_at_the_file(void **state)
{
	struct reading t = {.arena = dro_arena_create()};
	char dir[] = "/tmp/dro-config-XXXXXX", path[64], expected[64];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/rollout.yaml", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("version: 1\n"
	      "reports: [{name: d, directory: {path: ./in}}]\n",
	    f);
	fclose(f);
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(
	    dro_config_read(NULL, NOW, t.arena, &t.config, &t.findings, &t.err),
	    DRO_OK);
	assert_string_equal(t.config.path, "rollout.yaml");
	snprintf(expected, sizeof(expected), "%s/rollout.db", dir);
	assert_string_equal(t.config.database, expected);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(dro_config_read(path + 1, NOW, t.arena, &t.config,
			     &t.findings, &t.err),
	    DRO_OK);
	assert_string_equal(t.config.database, expected);
	snprintf(expected, sizeof(expected), "%s/in", dir);
	assert_string_equal(t.config.reports[0].path, expected);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	finish(&t);
}

/* 1 000 domains stay well under a second even with sanitizers. */
static void
thousand_domains(void **state)
{
	struct timespec start, end;
	struct dro_buf text;
	struct reading t;
	int i, j;

	(void)state;
	dro_buf_init(&text, 1 << 20);
	dro_buf_adds(&text, "version: 1\nclients:\n");
	for (i = 0; i < 50; i++) {
		dro_buf_addf(&text, "  client-%d:\n    domains:\n", i);
		for (j = 0; j < 20; j++)
			dro_buf_addf(&text, "      d%d.c%d.example:\n", j, i);
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	read_good(&t, text.ptr);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(t.config.n_clients, 50);
	assert_int_equal(t.config.n_domains, 1000);
	assert_true((end.tv_sec - start.tv_sec) * 1000 +
		(end.tv_nsec - start.tv_nsec) / 1000000 <
	    1000);
	dro_buf_finish(&text);
	finish(&t);
}

/* A copy of the ${nth} block of ${doc} that begins with ${fence}. */
static char *
block(const char *doc, const char *fence, int nth)
{
	const char *start = doc - 1, *end;

	for (; nth >= 0; nth--) {
		start = strstr(start + 1, fence);
		assert_non_null(start);
	}
	start += strlen(fence);
	end = strstr(start, "```");
	assert_non_null(end);
	return (strndup(start, (size_t)(end - start)));
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Every key is in the reference, and the reference's example is a good file. */
static void
reference(void **state)
{
	char *doc = slurp(DRO_TEST_DATA "/../../docs/config.md");
	char *main_file = block(doc, "```yaml\n", 0);
	char *included = block(doc, "```yaml\n", 1);
	char *sheet = block(doc, "```csv\n", 0), name[64];
	struct reading t = {.arena = dro_arena_create()};
	char dir[] = "/tmp/dro-config-XXXXXX";
	const struct dro_key *keys;
	size_t i, n;

	(void)state;
	keys = dro_keys(&n);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "`%s`", keys[i].name);
		if (strstr(doc, name) == NULL)
			fail_msg("docs/config.md: nothing about %s", name);
		snprintf(name, sizeof(name), "%s:", keys[i].name);
		if (strstr(main_file, name) == NULL &&
		    strstr(included, name) == NULL)
			fail_msg("docs/config.md: no %s in the example", name);
	}
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("rollout.yaml", main_file);
	write_file("conf.d/zorg.yaml", included);
	write_file("conf.d/zorg.csv", sheet);
	t.code =
	    dro_config_read(NULL, NOW, t.arena, &t.config, &t.findings, &t.err);
	if (t.code != DRO_OK)
		fail_msg("%s", t.err.msg);
	assert_int_equal(t.findings.n, 0);
	assert_int_equal(t.config.n_clients, 4);
	assert_int_equal(t.config.n_domains, 11);
	assert_int_equal(t.config.n_accounts, 6);
	assert_int_equal(unlink("conf.d/zorg.csv"), 0);
	assert_int_equal(unlink("conf.d/zorg.yaml"), 0);
	assert_int_equal(rmdir("conf.d"), 0);
	assert_int_equal(unlink("rollout.yaml"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	finish(&t);
	free(doc);
	free(main_file);
	free(included);
	free(sheet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_files),
	    cmocka_unit_test(first_error_is_named),
	    cmocka_unit_test(files_that_are_none),
	    cmocka_unit_test(paths_start_at_the_file),
	    cmocka_unit_test(thousand_domains),
	    cmocka_unit_test(reference),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
