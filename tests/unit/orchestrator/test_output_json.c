/* JSON, exactly as printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output/output.h"

typedef enum dro_code printer(
    const struct dro_out *, json_t *, struct dro_err *);

static void
expect(printer *print, json_t *root, const char *want)
{
	struct dro_out out = {.json = true};
	struct dro_err err;
	char *text = NULL;
	size_t len;

	out.fp = open_memstream(&text, &len);
	assert_non_null(out.fp);
	assert_int_equal(print(&out, root, &err), DRO_OK);
	fclose(out.fp);
	assert_string_equal(text, want);
	free(text);
}

static json_t *
sample(void)
{
	return (json_pack("{s:s, s:o, s:o, s:[i,i]}", "schema",
	    "rollout.status/1", "at", dro_json_time(1795241529), "never",
	    dro_json_time(0), "a", 1, 2));
}

/* The order of keys is that of the program, not of the alphabet. */
static void
layout(void **state)
{
	(void)state;
	expect(dro_json_print, sample(),
	    "{\n"
	    "  \"schema\": \"rollout.status/1\",\n"
	    "  \"at\": \"2026-11-21T06:12:09Z\",\n"
	    "  \"never\": null,\n"
	    "  \"a\": [\n"
	    "    1,\n"
	    "    2\n"
	    "  ]\n"
	    "}\n");
	expect(dro_json_line, sample(),
	    "{\"schema\":\"rollout.status/1\",\"at\":\"2026-11-21T06:12:09Z\","
	    "\"never\":null,\"a\":[1,2]}\n");
}

static void
texts(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {{"", 0, "[\"\"]\n"}, {"plain", 5, "[\"plain\"]\n"},
	    {"\"\\/", 3, "[\"\\\"\\\\/\"]\n"},
	    {"\x1b[2J\n", 5, "[\"\\u001B[2J\\n\"]\n"},
	    {"\xc2\x9b\xe2\x80\xae", 5, "[\"\\u009B\\u202E\"]\n"},
	    {"\xf0\x9f\x93\xa7", 4, "[\"\\uD83D\\uDCE7\"]\n"},
	    {"a\0b", 3, "[\"a\\u0000b\"]\n"},
	    {"a\xff"
	     "b",
		3, "[\"a\\uFFFDb\"]\n"},
	    {"\xc0\x9b", 2, "[\"\\uFFFD\\uFFFD\"]\n"},
	    {"\xed\xa0\x80", 3, "[\"\\uFFFD\\uFFFD\\uFFFD\"]\n"},
	    {"\xc3\xa9\xe2\x82", 4, "[\"\\u00E9\\uFFFD\"]\n"}};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		expect(dro_json_line,
		    json_pack("[o]", dro_json_textn(rows[i].in, rows[i].len)),
		    rows[i].out);
	expect(
	    dro_json_line, json_pack("[o]", dro_json_text(NULL)), "[null]\n");
	expect(dro_json_line, json_pack("[o]", dro_json_text("x\xfe")),
	    "[\"x\\uFFFD\"]\n");
}

static void
failures(void **state)
{
	struct dro_out out = {.fp = fopen("/dev/full", "w")};
	struct dro_err err;

	(void)state;
	assert_non_null(out.fp);
	/* What could not be built for want of memory is NULL. */
	assert_int_equal(dro_json_print(&out, NULL, &err), DRO_ENOMEM);
	assert_int_equal(dro_json_line(&out, sample(), &err), DRO_EIO);
	assert_non_null(strstr(err.msg, "No space left"));
	fclose(out.fp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layout),
	    cmocka_unit_test(texts),
	    cmocka_unit_test(failures),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
