/*
 * Every file in tests/data/reports comes to what the tables beside them say;
 * every code there is occurs, and is explained in docs/refusals.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../policies/tsv.h"
#include "ingest_driver.h"

/* Codes seen by one of the tables. */
static bool refused_seen[DRO_REFUSE_N], warned_seen[DRO_WARN_N];

/* Where a test cannot keep a file: see test_ingest_limits and _run. */
static const enum dro_refuse elsewhere[] = {DRO_REFUSE_UNREADABLE,
    DRO_REFUSE_NOT_REGULAR, DRO_REFUSE_INPUT_SIZE, DRO_REFUSE_OUTPUT_SIZE,
    DRO_REFUSE_XML_TOKEN, DRO_REFUSE_ROWS,
    /* Of mails, their senders and the workers. */
    DRO_REFUSE_MAIL_HEADER, DRO_REFUSE_MAIL_PARTS, DRO_REFUSE_MAIL_DEPTH,
    DRO_REFUSE_MAIL_NO_REPORT, DRO_REFUSE_SENDER_LIMIT,
    DRO_REFUSE_WORKER_CRASHED, DRO_REFUSE_WORKER_TIMEOUT,
    DRO_REFUSE_WORKER_MEMORY};

/* The outcome of ${member} among ${all}; NULL if there is none or two. */
static const struct outcome *
find(const struct outcomes *all, const char *member)
{
	const struct outcome *found = NULL;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (strcmp(all->list[i].member, member) != 0)
			continue;
		if (found != NULL)
			return (NULL);
		found = &all->list[i];
	}
	return (found);
}

static void
mark_warnings(const char *warnings)
{
	char text[256], *rest = text, *name;
	int w;

	(void)snprintf(text, sizeof(text), "%s", warnings);
	while ((name = strsep(&rest, ",")) != NULL)
		for (w = 0; w < DRO_WARN_N; w++)
			if (strcmp(dro_warn_name((enum dro_warn)w), name) == 0)
				warned_seen[w] = true;
}

static bool
check_stored(char **field)
{
	struct outcomes all;
	const struct outcome *o;
	char numbers[512];
	size_t i, n = 0;
	bool ok;

	for (i = 3; i < 16; i++)
		n += (size_t)snprintf(numbers + n, sizeof(numbers) - n, "%s%s",
		    i > 3 ? "\t" : "", field[i]);
	driver_file(&all, field[0]);
	driver_finish(&all);
	o = find(&all, field[1]);
	ok = o != NULL && o->code[0] == '\0' &&
	    strcmp(o->warnings, field[2]) == 0 &&
	    strcmp(o->numbers, numbers) == 0;
	if (!ok)
		print_error("%s: got %s, %s, %s\n", field[0],
		    o != NULL ? o->code : "nothing",
		    o != NULL ? o->warnings : "", o != NULL ? o->numbers : "");
	mark_warnings(field[2]);
	return (ok);
}

static bool
check_refused(char **field)
{
	struct outcomes all;
	const struct outcome *o;
	int why;
	bool ok;

	driver_file(&all, field[0]);
	driver_finish(&all);
	o = find(&all, field[1]);
	ok = o != NULL && strcmp(o->code, field[2]) == 0;
	if (!ok)
		print_error("%s: got \"%s\"\n", field[0],
		    o != NULL ? o->code : "nothing");
	for (why = 1; why < DRO_REFUSE_N; why++)
		if (strcmp(dro_refuse_name((enum dro_refuse)why), field[2]) ==
		    0)
			refused_seen[why] = true;
	return (ok);
}

static void
test_tables(void **state DRO_UNUSED)
{
	size_t i;
	int code;

	tsv_each("reports/stored.tsv", 16, check_stored);
	tsv_each("reports/refused.tsv", 3, check_refused);
	for (i = 0; i < DRO_ARRAY_LEN(elsewhere); i++)
		refused_seen[elsewhere[i]] = true;
	for (code = 1; code < DRO_REFUSE_N; code++)
		if (!refused_seen[code])
			fail_msg("%s: no file is refused so",
			    dro_refuse_name((enum dro_refuse)code));
	warned_seen[DRO_WARN_ZIP_IGNORED] = true; /* below */
	warned_seen[DRO_WARN_REPORTER_IGNORED] = true; /* of mails */
	warned_seen[DRO_WARN_REPORTER_MISMATCH] = true;
	warned_seen[DRO_WARN_RUA_OTHER] = true;
	for (code = 0; code < DRO_WARN_N; code++)
		if (!warned_seen[code])
			fail_msg("%s: no file has this warning",
			    dro_warn_name((enum dro_warn)code));
}

static void
test_ignored_entries_are_told_once(void **state DRO_UNUSED)
{
	struct outcomes all;

	driver_file(&all, "odd/resource-fork.zip");
	driver_finish(&all);
	assert_int_equal(all.n, 1);
	assert_string_equal(all.ignored, "__MACOSX/._a.xml");
	driver_file(&all, "refused/zip-note.zip"); /* two such entries */
	driver_finish(&all);
	assert_string_equal(all.ignored, "a.xml");
}

/* A refusal ends an input: nothing of a bomb or a bad file is stored. */
static void
test_nothing_after_a_refusal(void **state DRO_UNUSED)
{
	struct outcomes all;

	driver_file(&all, "refused/gzip-second-damaged.gz");
	driver_finish(&all);
	assert_int_equal(all.n, 1);
	driver_file(&all, "refused/zip-bomb-split.zip");
	driver_finish(&all);
	assert_int_equal(all.n, 2); /* the third entry is not read */
}

static void
test_every_code_is_explained(void **state DRO_UNUSED)
{
	char path[512], want[64], *text = calloc(1, (size_t)1 << 20);
	FILE *f;
	int code;

	assert_non_null(text);
	(void)snprintf(
	    path, sizeof(path), "%s/../../docs/refusals.md", DRO_TEST_DATA);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, ((size_t)1 << 20) - 1, f) > 0);
	(void)fclose(f);
	for (code = 1; code < DRO_REFUSE_N + DRO_WARN_N; code++) {
		(void)snprintf(want, sizeof(want), "\n| `%s` |",
		    code < DRO_REFUSE_N
			? dro_refuse_name((enum dro_refuse)code)
			: dro_warn_name((enum dro_warn)(code - DRO_REFUSE_N)));
		if (strstr(text, want) == NULL)
			fail_msg("docs/refusals.md: no line%s", want);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test(test_ignored_entries_are_told_once),
	    cmocka_unit_test(test_nothing_after_a_refusal),
	    cmocka_unit_test(test_every_code_is_explained),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
