/* Limits on the tree: each just within, and just beyond. */

#include "config_read.h"

/* ${before}, ${n} times ${each}, ${after}. */
static struct dro_buf
repeat(const char *before, const char *each, size_t n, const char *after)
{
	struct dro_buf text;

	dro_buf_init(&text, 8u << 20);
	dro_buf_adds(&text, before);
	while (n-- > 0)
		dro_buf_adds(&text, each);
	dro_buf_adds(&text, after);
	assert_false(text.failed);
	return (text);
}

/* Parse as a tree only; the first finding, or "" if all is well. */
static const char *
first_finding(struct dro_arena *arena, const char *text, size_t len)
{
	struct dro_log log;

	dro_log_init(&log, arena, "test.yaml");
	if (dro_yaml_parse(text, len, arena, &log) == NULL)
		assert_true(log.n_errors > 0);
	return (log.n == 0 ? "" : log.items[0].text);
}

static void
check(struct dro_buf text, const char *expected)
{
	struct dro_arena *arena = dro_arena_create();
	const char *found = first_finding(arena, text.ptr, text.len);

	assert_string_equal(found, expected);
	dro_buf_finish(&text);
	dro_arena_destroy(arena);
}

static void
depth(void **state)
{
	struct dro_buf text;
	int i;

	(void)state;
	for (i = 31; i <= 32; i++) {
		text = repeat("a: ", "[", (size_t)i, "");
		dro_buf_adds(&text, "x");
		while (text.len < 3 + 2 * (size_t)i + 1)
			dro_buf_addc(&text, ']');
		check(text, i == 31 ? "" : "nested deeper than 32 levels");
	}
	/* An alias brings its own depth along: 17 in 17 is 34. */
	check(repeat("a: &a [[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]\nb: ", "[", 16,
		  "*a]]]]]]]]]]]]]]]]\n"),
	    "nested deeper than 32 levels");
	/* 20 000 brackets must not take the time of their square. */
	check(repeat("a: ", "[", 20000, "\n"), "nested deeper than 32 levels");
}

static void
nodes(void **state)
{
	(void)state;
	/* The root, its key and its list are nodes too. */
	check(repeat("a:\n", "- x\n", 199997, ""), "");
	check(repeat("a:\n", "- x\n", 199998, ""),
	    "more than 200000 nodes, aliases counted each time: too much for "
	    "a configuration");
}

/* Nine levels of nine: 31 nodes to read, a milliard to visit. */
static void
alias_bomb(void **state)
{
	struct dro_buf text;
	char level;
	int i;

	(void)state;
	dro_buf_init(&text, 4096);
	dro_buf_adds(&text, "a: &a [x, x, x, x, x, x, x, x, x]\n");
	for (level = 'b'; level <= 'i'; level++) {
		dro_buf_addf(&text, "%c: &%c [", level, level);
		for (i = 0; i < 9; i++)
			dro_buf_addf(
			    &text, "%s*%c", i == 0 ? "" : ", ", level - 1);
		dro_buf_adds(&text, "]\n");
	}
	check(text,
	    "more than 200000 nodes, aliases counted each time: too much for "
	    "a configuration");
}

static void
anchors(void **state)
{
	struct dro_buf text;
	int i, n;

	(void)state;
	for (n = 256; n <= 257; n++) {
		dro_buf_init(&text, 16384);
		for (i = 0; i < n; i++)
			dro_buf_addf(&text, "k%d: &a%d x\n", i, i);
		check(text, n == 256 ? "" : "more than 256 anchors");
	}
}

static void
size(void **state)
{
	size_t max = 4u << 20;

	(void)state;
	check(repeat("a: x #", "-", max - 6, ""), "");
	check(repeat("a: x #", "-", max - 5, ""),
	    "larger than 4 MiB: too much for a configuration");
}

static void
aliases_are_shared(void **state)
{
	struct reading t;

	(void)state;
	read_good(&t,
	    "version: 1\n"
	    "clients:\n"
	    "  a:\n"
	    "    sources: &s\n"
	    "      shop: {dkim: [shop.example]}\n"
	    "    domains: {a.example: null}\n"
	    "  b:\n"
	    "    sources: *s\n"
	    "    domains: {b.example: ~}\n");
	assert_int_equal(t.config.domains[1].settings->n_sources, 1);
	assert_string_equal(
	    t.config.domains[1].settings->sources[0].dkim[0], "shop.example");
	finish(&t);
}

/* After so many errors nobody reads on. */
static void
findings_end(void **state)
{
	struct dro_buf text;
	struct reading t;
	int i;

	(void)state;
	dro_buf_init(&text, 1 << 16);
	for (i = 0; i < 1000; i++)
		dro_buf_addf(&text, "x%d-------: 1\n", i);
	read_text(&t, text.ptr, text.len);
	assert_int_equal(t.code, DRO_EPARSE);
	assert_int_equal(t.findings.n, 200);
	dro_buf_finish(&text);
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(depth),
	    cmocka_unit_test(nodes),
	    cmocka_unit_test(alias_bomb),
	    cmocka_unit_test(anchors),
	    cmocka_unit_test(size),
	    cmocka_unit_test(aliases_are_shared),
	    cmocka_unit_test(findings_end),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
