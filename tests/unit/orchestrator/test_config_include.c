/* Which files are read, in which order, and what places are called. */

#include "config_read.h"

#include <sys/stat.h>
#include <unistd.h>

/* A folder whose name is a pattern: it must be taken as it is. */
static char top[] = "/tmp/dro-include-XXXXXX";
static const char *const folders[] = {"a[b]*", "a[b]*/conf.d", "a[b]*/sheets"};
static const struct {
	const char *name, *text;
} files[] = {
    {"a[b]*/conf.d/b.yaml", "clients: {b: {domains: {b.example: }}}\n"},
    {"a[b]*/conf.d/a.yaml",
	"clients:\n  a:\n    import: {csv: ../sheets/a.csv}\n"
	"    domains: {a.example: }\n"},
    {"a[b]*/conf.d/.hidden.yaml", "no: clients\n"},
    {"a[b]*/conf.d/c.yml", "no: clients\n"},
    {"a[b]*/sheets/a.csv", "domain\nsheet.example\n"},
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
setup(void **state)
{
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	for (i = 0; i < DRO_ARRAY_LEN(folders); i++)
		assert_int_equal(mkdir(folders[i], 0700), 0);
	for (i = 0; i < DRO_ARRAY_LEN(files); i++)
		write_file(files[i].name, files[i].text);
	return (0);
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(chdir(top), 0);
	(void)unlink("a[b]*/rollout.yaml");
	for (i = 0; i < DRO_ARRAY_LEN(files); i++)
		assert_int_equal(unlink(files[i].name), 0);
	for (i = DRO_ARRAY_LEN(folders); i > 0; i--)
		assert_int_equal(rmdir(folders[i - 1]), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(top), 0);
	return (0);
}

/*
 * Read a main file with ${include} by way of ${path}; "domain file:line" of
 * each domain, then the findings.
 */
static void
check(const char *path, const char *include, const char *expected)
{
	struct reading t = {.arena = dro_arena_create()};
	struct dro_buf out;
	char text[512];
	size_t i;

	snprintf(text, sizeof(text),
	    "version: 1\ninclude: %s\nclients: {m: {domains: {m.example: }}}\n",
	    include);
	write_file("a[b]*/rollout.yaml", text);
	t.code =
	    dro_config_read(path, NOW, t.arena, &t.config, &t.findings, &t.err);
	dro_buf_init(&out, 1 << 16);
	for (i = 0; t.code == DRO_OK && i < t.config.n_domains; i++)
		dro_buf_addf(&out, "%s %s:%d\n", t.config.domains[i].domain,
		    t.config.domains[i].file, t.config.domains[i].line);
	print_findings(&t.findings, path, &out);
	assert_string_equal(out.ptr, expected);
	dro_buf_finish(&out);
	finish(&t);
}

static void
order_of_names(void **state)
{
	(void)state;
	check("a[b]*/rollout.yaml", "[conf.d/*.yaml]",
	    "m.example a[b]*/rollout.yaml:3\n"
	    "a.example a[b]*/conf.d/a.yaml:4\n"
	    "sheet.example a[b]*/conf.d/../sheets/a.csv:2\n"
	    "b.example a[b]*/conf.d/b.yaml:1\n");
	/* Entries in their own order, and no file twice. */
	check("a[b]*/rollout.yaml", "[./conf.d/b.yaml, 'conf.d/[ab].yaml']",
	    "m.example a[b]*/rollout.yaml:3\n"
	    "b.example a[b]*/conf.d/b.yaml:1\n"
	    "a.example a[b]*/conf.d/a.yaml:4\n"
	    "sheet.example a[b]*/conf.d/../sheets/a.csv:2\n");
}

static void
absolute_names(void **state)
{
	char path[128], include[128], expected[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/a[b]*/rollout.yaml", top);
	snprintf(include, sizeof(include), "[%s/a?b?\\*/conf.d/b*]", top);
	snprintf(expected, sizeof(expected),
	    "m.example %s/a[b]*/rollout.yaml:3\n"
	    "b.example %s/a[b]*/conf.d/b.yaml:1\n",
	    top, top);
	check(path, include, expected);
}

static void
what_is_not_there(void **state)
{
	(void)state;
	check("a[b]*/rollout.yaml", "[conf.d/x*.yaml, no.d/*.yaml]",
	    "m.example a[b]*/rollout.yaml:3\n"
	    "2:11: warning: include: no file matches \"conf.d/x*.yaml\"\n"
	    "2:27: warning: include: no file matches \"no.d/*.yaml\"\n");
	check("a[b]*/rollout.yaml", "[conf.d, ../x.yaml]",
	    "2:11: error: include: a[b]*/conf.d: not a regular file\n"
	    "2:19: error: include: a[b]*/../x.yaml: No such file or "
	    "directory\n");
	check("a[b]*/rollout.yaml", "conf.d/*.yaml",
	    "2:10: error: include: expected a list such as [a, b], found "
	    "\"conf.d/*.yaml\"\n");
	check("a[b]*/rollout.yaml", "", "m.example a[b]*/rollout.yaml:3\n");
}

/* A text in memory opens no file, whatever it names. */
static void
memory_is_alone(void **state)
{
	static const char text[] =
	    "version: 1\n"
	    "include: [/etc/hostname, /etc/*]\n"
	    "clients: {a: {import: {csv: /etc/hostname}}}\n";
	struct reading t;

	(void)state;
	read_text(&t, text, strlen(text));
	assert_int_equal(t.code, DRO_EPARSE);
	assert_int_equal(t.findings.n, 3);
	assert_string_equal(t.findings.items[0].text,
	    "include: this text stands in no file, so it names none");
	assert_string_equal(t.findings.items[1].text, t.findings.items[0].text);
	assert_string_equal(t.findings.items[2].text,
	    "csv: this text stands in no file, so it names none");
	finish(&t);
}

/* Findings of the main file come first, then by file and place. */
static void
order_of_findings(void **state)
{
	(void)state;
	write_file("a[b]*/conf.d/b.yaml", "clients: {b: {rua: x, ttl: y}}\n");
	check("a[b]*/rollout.yaml", "[conf.d/c.yml, conf.d/b.yaml, no.yaml]",
	    "2:40: error: include: a[b]*/no.yaml: No such file or directory\n"
	    "a[b]*/conf.d/b.yaml:1:20: error: rua: expected "
	    "\"mailto:ADDRESS\", found \"x\"\n"
	    "a[b]*/conf.d/b.yaml:1:28: error: ttl: expected seconds, or a "
	    "time with its unit (s, m, h, d), found \"y\"\n"
	    "a[b]*/conf.d/c.yml:1:1: error: unknown key \"no\" in an "
	    "included file; known: clients\n");
	write_file("a[b]*/conf.d/b.yaml", files[0].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_of_names),
	    cmocka_unit_test(absolute_names),
	    cmocka_unit_test(what_is_not_there),
	    cmocka_unit_test(memory_is_alone),
	    cmocka_unit_test(order_of_findings),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
