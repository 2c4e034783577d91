/* Sheets of domains: RFC 4180 as it is met, and the places of what is read. */

#include "config_read.h"

#include "config/csv.h"

struct sheet {
	struct dro_reader r;
	const struct dro_node *map;
	struct dro_findings findings;
	struct dro_err err;
};

static void
parse(struct sheet *s, const char *text, size_t len)
{
	/* Its own memory, so that a read behind the end is seen. */
	char *copy = malloc(len > 0 ? len : 1);

	memset(s, 0, sizeof(*s));
	assert_non_null(copy);
	memcpy(copy, text, len);
	s->r.arena = dro_arena_create();
	dro_log_init(&s->r.log, s->r.arena, "a.csv");
	s->map = dro_csv_parse(&s->r, "a.csv", copy, len);
	(void)!dro_log_done(&s->r.log, &s->findings, &s->err);
	free(copy);
}

/* "domain@line:column{key=value@line:column ...} ..." of what was read. */
static void
print(const struct dro_node *map, struct dro_buf *out)
{
	const struct dro_item *row, *cell;

	if (map == NULL)
		return;
	for (row = map->first; row != NULL; row = row->next) {
		assert_string_equal(row->key->file, "a.csv");
		dro_buf_addf(out, "%s@%d:%d{", row->key->text, row->key->line,
		    row->key->column);
		for (cell = row->value->first; cell != NULL; cell = cell->next)
			dro_buf_addf(out, "%s=%s@%d:%d;", cell->key->text,
			    cell->value->text, cell->key->line,
			    cell->key->column);
		dro_buf_adds(out, "}");
	}
}

static void
check(const char *text, size_t len, const char *rows, const char *findings)
{
	struct dro_buf out, found;
	struct sheet s;

	parse(&s, text, len);
	dro_buf_init(&out, 1 << 20);
	dro_buf_init(&found, 1 << 20);
	print(s.map, &out);
	print_findings(&s.findings, "a.csv", &found);
	assert_string_equal(out.len > 0 ? out.ptr : "", rows);
	assert_string_equal(found.len > 0 ? found.ptr : "", findings);
	dro_buf_finish(&out);
	dro_buf_finish(&found);
	dro_arena_destroy(s.r.arena);
}

static void
good(void **state)
{
	static const struct {
		const char *text, *rows;
	} cases[] = {
	    {"domain\na.example\nb.example", "a.example@2:1{}b.example@3:1{}"},
	    {"domain\r\na.example\r\n\r\nb.example\r\n",
		"a.example@2:1{}b.example@4:1{}"},
	    {"\xef\xbb\xbf"
	     "domain;pause\na.example;x\n",
		"a.example@2:1{pause=x@2:11;}"},
	    {"pause,domain\n\"a,b\",a.example\n",
		"a.example@2:7{pause=a,b@2:1;}"},
	    {"\"domain\";\"why\"\n\"a.example\";\"he said \"\"no\"\"\"\n",
		"a.example@2:1{why=he said \"no\"@2:13;}"},
	    /* The separator of the header counts, the other one is text. */
	    {"domain;why\na.example;x,y\n", "a.example@2:1{why=x,y@2:11;}"},
	    {"domain,why\na.example,x;y\n", "a.example@2:1{why=x;y@2:11;}"},
	    /* Columns count characters, lines those of the file. */
	    {"domain;why;ttl\nb\xc3\xbc"
	     "cher.example;\"1\n2\";30s\nz.example;;\n",
		"b\xc3\xbc"
		"cher.example@2:1{why=1\n2@2:16;ttl=30s@3:4;}"
		"z.example@4:1{}"},
	    /* Empty and blank fields say nothing; blanks around are cut. */
	    {"domain, why \n a.example ,  \nb.example,\" x \"\n",
		"a.example@2:1{}b.example@3:1{why=x@3:11;}"},
	    {"domain\n\"\"\n", "@2:1{}"},
	    {"domain", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++)
		check(cases[i].text, strlen(cases[i].text), cases[i].rows, "");
}

static void
bad(void **state)
{
	static const struct {
		const char *text, *rows, *findings;
	} cases[] = {
	    {"", "",
		"1:1: error: unknown column \"\"; known: domain, policy, "
		"account, rua, ttl, target, sp, np, pause, trial, "
		"why\n"},
	    {"domain,\na.example,\n", "",
		"1:8: error: unknown column \"\"; known: domain, policy, "
		"account, rua, ttl, target, sp, np, pause, trial, "
		"why\n"},
	    {"pause\nx\n", "",
		"1:1: error: no column domain; the first row names the "
		"columns, such as domain,policy,account\n"},
	    {"domain;domain\n", "",
		"1:8: error: the same column twice; keep one of them\n"},
	    {"domain,domian\n", "",
		"1:8: error: unknown column \"domian\"; did you mean "
		"\"domain\"?\n"},
	    {"domain,clients\n", "",
		"1:8: error: unknown column \"clients\"; known: domain, "
		"policy, account, rua, ttl, target, sp, np, pause, trial, "
		"why\n"},
	    {"domain\na.example,b\nc.example\n", "c.example@3:1{}",
		"2:1: error: 2 fields, but the first row has 1; quote a field "
		"that holds a \",\"\n"},
	    {"domain;why\na.example\nb.example;x\n",
		"b.example@3:1{why=x@3:11;}",
		"2:1: error: 1 fields, but the first row has 2; quote a field "
		"that holds a \";\"\n"},
	    {"domain\n\"a.example\nb.example\n", "",
		"2:1: error: the quote that begins here never ends\n"},
	    {"domain\n\"a\"b\n", "",
		"2:4: error: text behind a closing quote; a quote within a "
		"field is written twice\n"},
	    {"domain\na\"b\n", "",
		"2:2: error: a quote within a field; put the field in quotes "
		"and write the quote twice\n"},
	    {"domain\nx\xc3\xbc\xc3", "",
		"2:3: error: not UTF-8; save the sheet as CSV UTF-8\n"},
	    {"domain\n\xed\xa0\x80", "",
		"2:1: error: not UTF-8; save the sheet as CSV UTF-8\n"},
	    {"domain\n\xc0\xaf", "",
		"2:1: error: not UTF-8; save the sheet as CSV UTF-8\n"},
	    {"\xff\xfe"
	     "d",
		"", "1:1: error: not UTF-8; save the sheet as CSV UTF-8\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++)
		check(cases[i].text, strlen(cases[i].text), cases[i].rows,
		    cases[i].findings);
	check("domain\na\0b\n", 11, "",
	    "2:2: error: a NUL character; save the sheet as CSV UTF-8\n");
}

/* A field of 1024 octets is one, 100 000 rows are a sheet: not one more. */
static void
limits(void **state)
{
	struct dro_buf text;
	struct sheet s;
	int i;

	(void)state;
	dro_buf_init(&text, 4 << 20);
	dro_buf_adds(&text, "domain,why\na.example,");
	for (i = 0; i < DRO_CSV_FIELD_MAX; i++)
		dro_buf_addc(&text, 'x');
	parse(&s, text.ptr, text.len);
	assert_int_equal(s.findings.n, 0);
	assert_int_equal(strlen(s.map->first->value->first->value->text), 1024);
	dro_arena_destroy(s.r.arena);
	dro_buf_addc(&text, 'x');
	parse(&s, text.ptr, text.len);
	assert_int_equal(s.findings.n, 1);
	assert_string_equal(s.findings.items[0].text,
	    "a field of more than 1024 octets; is a quote missing?");
	dro_arena_destroy(s.r.arena);

	dro_buf_reset(&text);
	dro_buf_adds(&text, "domain\n");
	for (i = 0; i < DRO_CSV_ROWS_MAX; i++)
		dro_buf_addf(&text, "d%d.example\n", i);
	parse(&s, text.ptr, text.len);
	assert_int_equal(s.findings.n, 0);
	assert_int_equal(s.map->n, 100000);
	dro_arena_destroy(s.r.arena);
	dro_buf_adds(&text, "one.more.example");
	parse(&s, text.ptr, text.len);
	assert_int_equal(s.findings.n, 1);
	assert_int_equal(s.findings.items[0].line, 100002);
	assert_string_equal(s.findings.items[0].text, "more than 100000 rows");
	dro_arena_destroy(s.r.arena);
	dro_buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good),
	    cmocka_unit_test(bad),
	    cmocka_unit_test(limits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
