/* The words of IMAP that are read and written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/imap_text.h"

static void
items(void **state)
{
	/* "UID SIZE SEEN;" of those from UID 10 to 20. */
	static const struct {
		const char *answer, *items;
	} rows[] = {
	    {"", ""},
	    {"* 1 FETCH (UID 10 FLAGS () RFC822.SIZE 5)\r\n", "10 5 0;"},
	    {"* 1 FETCH (UID 10 FLAGS () RFC822.SIZE 5)", "10 5 0;"},
	    {"* 2 fetch (flags (\\sEEN \\Recent) uid 11 rfc822.size 0)\r\n",
		"11 0 1;"},
	    {"* 2 FETCH (FLAGS ($Seen \\Seenx x\\Seen) UID 11 "
	     "RFC822.SIZE 6)\r\n",
		"11 6 0;"},
	    {"* 2 FETCH (UID 12 MODSEQ (99) X-GM-MSGID 5 RFC822.SIZE 7 FLAGS "
	     "(\\Seen))\r\n",
		"12 7 1;"},
	    /* Sorted; what was not asked for is left out. */
	    {"* 9 FETCH (UID 20 RFC822.SIZE 1)\r\n"
	     "* 8 FETCH (UID 10 RFC822.SIZE 2)\r\n"
	     "* 7 FETCH (UID 9 RFC822.SIZE 3)\r\n"
	     "* 6 FETCH (UID 21 RFC822.SIZE 4)\r\n",
		"10 2 0;20 1 0;"},
	    /* Other lines, and lines that break off. */
	    {"* 5 EXISTS\r\n* OK still here\r\n* SEARCH 11\r\n"
	     "* 5 FETCH (FLAGS (\\Seen))\r\n"
	     "* 5 FETCH (UID 11)\r\n"
	     "* 5 FETCH (UID 11 RFC822.SIZE 5\r\n"
	     "* 5 FETCH (UID 11 RFC822.SIZE x)\r\n"
	     "* 5 FETCH (UID 11 RFC822.SIZE -5)\r\n"
	     "* 5 FETCH (UID 99999999999999999999 RFC822.SIZE 5)\r\n"
	     "* FETCH (UID 11 RFC822.SIZE 5)\r\n"
	     "5 FETCH (UID 11 RFC822.SIZE 5)\r\n"
	     "* 5 FETCH (FLAGS (\\Seen UID 11 RFC822.SIZE 5\r\n"
	     "* 5 FETCH ((((\r\n* 5 FETCH ()\r\n",
		""},
	};
	struct dro_imap_item *found;
	char text[256];
	size_t i, j, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *at = text;

		assert_int_equal(
		    dro_imap_items(rows[i].answer, strlen(rows[i].answer), 10,
			20, &found, &n, NULL),
		    DRO_OK);
		*at = '\0';
		for (j = 0; j < n; j++)
			at += sprintf(at, "%lld %lld %d;",
			    (long long)found[j].uid, (long long)found[j].size,
			    found[j].seen);
		free(found);
		assert_string_equal(text, rows[i].items);
	}
}

static void
numbers(void **state)
{
	static const struct {
		const char *answer;
		int64_t number; /* of UIDNEXT; -1: none */
	} rows[] = {
	    {"* STATUS \"INBOX\" (MESSAGES 3 UIDNEXT 44 UIDVALIDITY 1)\r\n",
		44},
	    {"* STATUS INBOX (uidnext 4294967295)\r\n", 4294967295},
	    {"* STATUS \"a (UIDNEXT 7)\" (UIDNEXT 8)\r\n", 8},
	    {"* STATUS INBOX (XUIDNEXT 7 UIDNEXTX 9)\r\n", -1},
	    {"* STATUS INBOX (UIDNEXT)\r\n", -1},
	    {"* STATUS INBOX (UIDNEXT x)\r\n", -1},
	    {"* STATUS INBOX (\r\n", -1},
	    {"* STATUS INBOX\r\n", -1},
	    {"", -1},
	};
	int64_t number;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		number = -1;
		assert_int_equal(
		    dro_imap_number(rows[i].answer, "UIDNEXT", &number),
		    rows[i].number >= 0);
		assert_int_equal(number, rows[i].number);
	}
}

static void
capabilities(void **state)
{
	static const char answer[] =
	    "* CAPABILITY IMAP4rev1 Move UIDPLUSX XMOVE\r\n";

	(void)state;
	assert_true(dro_imap_has(answer, "MOVE"));
	assert_true(dro_imap_has(answer, "IMAP4REV1"));
	assert_true(dro_imap_has(answer, "XMOVE"));
	assert_false(dro_imap_has(answer, "UIDPLUS"));
	assert_false(dro_imap_has("", "MOVE"));
}

/* RFC 9051 Appendix A.1 and RFC 3501 5.1.3. */
static void
names(void **state)
{
	static const struct {
		const char *utf8, *name, *quoted;
	} rows[] = {
	    {"INBOX", "INBOX", "\"INBOX\""},
	    {"a/b c", "a/b c", "\"a/b c\""},
	    {"R&D", "R&-D", "\"R&-D\""},
	    {"50% \"x\\y\"", "50% \"x\\y\"", "\"50% \\\"x\\\\y\\\"\""},
	    {"Entw\xc3\xbcrfe", "Entw&APw-rfe", "\"Entw&APw-rfe\""},
	    {"\xe5\x8f\xb0\xe5\x8c\x97", "&U,BTFw-", "\"&U,BTFw-\""},
	};
	struct dro_buf name, quoted;
	struct dro_err err;
	size_t i;

	(void)state;
	dro_buf_init(&name, 1000);
	dro_buf_init(&quoted, 1000);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		dro_buf_reset(&name);
		dro_buf_reset(&quoted);
		assert_int_equal(
		    dro_imap_mailbox(rows[i].utf8, &name, &err), DRO_OK);
		assert_string_equal(name.ptr, rows[i].name);
		dro_imap_quote(name.ptr, &quoted);
		assert_string_equal(quoted.ptr, rows[i].quoted);
	}
	assert_int_equal(dro_imap_mailbox("\xff", &name, &err), DRO_EINVAL);
	assert_string_equal(err.msg, "mailbox \"\xff\": no UTF-8, or too long");
	dro_buf_finish(&name);
	dro_buf_finish(&quoted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(items),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(capabilities),
	    cmocka_unit_test(names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
