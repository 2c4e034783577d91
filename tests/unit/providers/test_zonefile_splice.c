/*
 * The text of zone files: what a splice changes (tests/data/zones, written by
 * hand), what it refuses, and what the proof catches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonefile/zonetext.h"

#define APEX "voorbeeld.example"
#define DMARC "_dmarc.voorbeeld.example"

/* Replace the RRset by ${values} (up to NULL), splice and prove. */
static enum dro_code
change(const char *text, size_t len, const char *name, enum dro_rrtype type,
    uint32_t ttl_s, const char *const *values, struct dro_buf *out,
    struct dro_err *err)
{
	struct dro_zf_view before = {.n = 0}, after = {.n = 0};
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset wanted, normal;
	enum dro_code rc = DRO_OK;

	assert_non_null(arena);
	dro_buf_init(out, DRO_ZF_MAX);
	dro_rrset_init(&wanted, name, type);
	wanted.ttl_s = ttl_s;
	for (; *values != NULL && rc == DRO_OK; values++)
		rc = dro_rrset_add(
		    &wanted, arena, *values, strlen(*values), err);
	if (rc == DRO_OK)
		rc = dro_zf_normal(&wanted, arena, &normal, err);
	if (rc == DRO_OK)
		rc = dro_zf_view_init(
		    &before, text, len, APEX, name, type, arena, err);
	if (rc == DRO_OK)
		rc = dro_zf_splice(text, len, &before, &normal, out, err);
	if (rc == DRO_OK)
		rc = dro_zf_view_init(
		    &after, out->ptr, out->len, APEX, name, type, arena, err);
	if (rc == DRO_OK)
		rc = dro_zf_prove(&before, &after, &normal, err);
	dro_zf_view_finish(&before);
	dro_zf_view_finish(&after);
	dro_arena_destroy(arena);
	return (rc);
}

static char *
data_file(const char *name, const char *suffix, size_t *len)
{
	char path[512], *text;
	FILE *fp;

	(void)snprintf(
	    path, sizeof(path), "%s/zones/%s.%s", DRO_TEST_DATA, name, suffix);
	if ((fp = fopen(path, "rb")) == NULL)
		fail_msg("%s: cannot be opened", path);
	assert_non_null(text = calloc(1, 65536));
	*len = fread(text, 1, 65535, fp);
	assert_true(feof(fp) && !ferror(fp));
	(void)fclose(fp);
	return (text);
}

static void
test_before_after(void **state)
{
	static const struct {
		const char *file, *name;
		enum dro_rrtype type;
		uint32_t ttl_s;
		const char *values[8];
	} cases[] = {
	    {"plain", DMARC, DRO_RR_TXT, 3600,
		{"v=DMARC1; p=quarantine; rua=mailto:d@voorbeeld.example"}},
	    {"parentheses", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=reject"}},
	    {"early", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=reject"}},
	    {"places", APEX, DRO_RR_TXT, 3600,
		{"one; twothree", "v=spf1 mx -all", "MS=ms12345678"}},
	    {"delete", "mail.shop." APEX, DRO_RR_TXT, 3600, {NULL}},
	    {"owner", DMARC, DRO_RR_TXT, 3600, {"kept"}},
	    {"names", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=reject", "two!"}},
	    {"ttl", APEX, DRO_RR_TXT, 300, {"a", "b", "c", "d", "f", "new"}},
	    {"more", APEX, DRO_RR_TXT, 3600,
		{"google-site-verification=x", "v=spf1 -all",
		    "tab \t, quote \", backslash \\, euro \xe2\x82\xac"}},
	    {"null-mx", APEX, DRO_RR_MX, 3600, {"0 ."}},
	    {"mx", APEX, DRO_RR_MX, 3600,
		{"5 Mail3." APEX, "10 mail1." APEX "."}},
	    {"last-ttl", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=reject"}},
	    {"default-ttl", DMARC, DRO_RR_TXT, 900, {"v=DMARC1; p=reject"}},
	    {"crlf", DMARC, DRO_RR_TXT, 3600, {"v=DMARC1; p=reject", "second"}},
	    {"crlf-append", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=none"}},
	    {"no-newline", DMARC, DRO_RR_TXT, 3600, {"v=DMARC1; p=none"}},
	    {"no-newline-delete", DMARC, DRO_RR_TXT, 3600, {NULL}},
	    {"zero-ttl", DMARC, DRO_RR_TXT, 0, {"v=DMARC1; p=none; t=y"}},
	    {"append", DMARC, DRO_RR_TXT, 300, {"v=DMARC1; p=none"}},
	};
	char *before, *after;
	struct dro_err err;
	struct dro_buf out;
	size_t i, len, after_len;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		before = data_file(cases[i].file, "before", &len);
		after = data_file(cases[i].file, "after", &after_len);
		if (change(before, len, cases[i].name, cases[i].type,
			cases[i].ttl_s, cases[i].values, &out, &err) != DRO_OK)
			fail_msg("%s: %s", cases[i].file, err.msg);
		if (out.len != after_len ||
		    memcmp(out.ptr, after, after_len) != 0)
			fail_msg("%s: expected\n%s\nfound\n%s", cases[i].file,
			    after, out.ptr);
		dro_buf_finish(&out);
		free(before);
		free(after);
	}
}

#define HEAD                                                                   \
	"@ 3600 SOA ns1 hostmaster 7 7200 3600 1209600 300\n"                  \
	"@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"

/* The zone HEAD and ${more}: an error that names the line and the cause. */
static void
test_refused(void **state)
{
	static const struct {
		const char *more, *message;
	} cases[] = {
	    {"$INCLUDE other.zone\n", "line 4: $INCLUDE"},
	    {"$include other.zone\n", "line 4: $INCLUDE"},
	    {"$GENERATE 1-9 h$ A 192.0.2.$\n", "line 4: $GENERATE"},
	    {"$DATE 20261120\n", "line 4: a directive other than"},
	    {"$ORIGIN\n", "one word"},
	    {"$ORIGIN a. b.\n", "one word"},
	    {"$TTL ( 300 )\n", "one word"},
	    {"$TTL 1x\n", "not a TTL"},
	    {"$ORIGIN a..b.\n", "not a domain name"},
	    {"x CH TXT \"chaos\"\n", "[TTL] [IN] TYPE"},
	    {"x 300 300 TXT y\n", "[TTL] [IN] TYPE"},
	    {"x 2147483648 TXT y\n", "[TTL] [IN] TYPE"},
	    {"x 1d1 TXT y\n", "[TTL] [IN] TYPE"},
	    {"x BOGUS y\n", "[TTL] [IN] TYPE"},
	    {"x\n", "[TTL] [IN] TYPE"},
	    {"x TXT\n", "without data"},
	    {"x TXT ()\n", "without data"},
	    {"x TXT (\n\"a\"\n", "line 6: the file ends within parentheses"},
	    {"x TXT ( ( a ) )\n", "nested"},
	    {"x TXT a )\n", "a ) without its ("},
	    {"( x TXT a )\n", "before the owner"},
	    {" ()\n", "around nothing"},
	    {"x TXT(a)\n", "touches a word"},
	    {"x TXT (a)b\n", "touches a word"},
	    {"x TXT \"a\"(\"b\")\n", "touches a word"},
	    {"x TXT a\"b\"\n", "a quote within a word"},
	    {"x TXT \"a\"b\n", "touches a quoted"},
	    {"x TXT \"a\nb\"\n", "line 4: a quoted string must end"},
	    {"x TXT \"a", "line 4: a quoted string must end"},
	    {"x TXT \"a\\", "ends in a backslash"},
	    {"x TXT a\\\n", "ends in a backslash"},
	    {"x TXT a\\", "ends in a backslash"},
	    {"x TXT a\001b\n", "control character"},
	    {"x TXT a\rx TXT b\n", "line 4: a CR"},
	    {"; comment\r; more\n", "line 4: a CR"},
	    {"\"x\" TXT b\n", "not a domain name"},
	    {"a..b TXT b\n", "not a domain name"},
	    {"x A 192.0.2.300\n", "line 4: "},
	    {"x MX 10\n", "line 4: "},
	    {"@ SOA ns1 hostmaster 8 7200 3600 1209600 300\n", "second SOA"},
	    {"_dmarc 60 TXT a\nx TXT b\n", "line 5: the record takes its TTL"},
	    {"_dmarc TXT a\nx TXT b\n", "line 5: the record takes its TTL"},
	};
	static const char *const wanted[] = {"v=DMARC1; p=none", NULL};
	char text[1024];
	struct dro_err err;
	struct dro_buf out;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", HEAD, cases[i].more);
		if (change(text, strlen(text), DMARC, DRO_RR_TXT, 300, wanted,
			&out, &err) != DRO_EINVAL)
			fail_msg("taken: %s", cases[i].more);
		if (strstr(err.msg, cases[i].message) == NULL)
			fail_msg("%s: expected \"%s\", found \"%s\"",
			    cases[i].more, cases[i].message, err.msg);
		dro_buf_finish(&out);
	}
}

/* Whole files that are no zone. */
static void
test_no_zone(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} cases[] = {
	    {"", 0, "empty"},
	    {";\n", 2, "no SOA"},
	    {"\n\n\t \n", 5, "no SOA"},
	    {"@ 60 NS ns1\n", 12, "no SOA"},
	    {" 60 NS ns1\n", 11, "line 1: the first record needs an owner"},
	    {"x 60 SOA a b 1 2 3 4 5\n", 23, "one not at " APEX},
	    {"\n;\0\n", 4, "line 2: a NUL"},
	};
	static const char *const wanted[] = {NULL};
	struct dro_err err;
	struct dro_buf out;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		assert_int_equal(change(cases[i].text, cases[i].len, DMARC,
				     DRO_RR_TXT, 300, wanted, &out, &err),
		    DRO_EINVAL);
		if (strstr(err.msg, cases[i].message) == NULL)
			fail_msg("%zu: expected \"%s\", found \"%s\"", i,
			    cases[i].message, err.msg);
		dro_buf_finish(&out);
	}
}

/* Texts that no splice would make: the proof alone must catch them. */
static void
test_proof(void **state)
{
	static const char before_text[] =
	    HEAD "_dmarc 300 TXT old\nwww 60 TXT \"a b\"\n";
	static const struct {
		const char *text, *message; /* NULL: proven */
	} cases[] = {
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "WWW 60 IN TXT a\\032b\nns1 3600 A 192.0.2.53\n"
	     "@ 3600 NS NS1\n_dmarc 300 TXT new\n",
		NULL},
	    {"@ 3600 SOA ns1 hostmaster 7 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a b\"\n",
		"serial would go from 7 to 7"},
	    {"@ 3600 SOA ns1 hostmaster 6 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a b\"\n",
		"serial would go from 7 to 6"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 301\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a b\"\n",
		"the SOA would change"},
	    {"@ 3601 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a b\"\n",
		"the SOA would change"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 61 TXT \"a b\"\n",
		"a record other than"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a  b\"\n",
		"a record other than"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\n",
		"a record other than"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\nwww 60 TXT \"a b\"\n"
	     "_dmarc 300 A 192.0.2.1\n",
		"a record other than"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 300 TXT new\n_dmarc 300 TXT old\nwww 60 TXT \"a b\"\n",
		"other values"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\nwww 60 TXT \"a b\"\n",
		"other values"},
	    {"@ 3600 SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	     "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n"
	     "_dmarc 301 TXT new\nwww 60 TXT \"a b\"\n",
		"TTL of 301, not 300"},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_zf_view before, after;
	struct dro_rrset wanted;
	struct dro_err err = {DRO_OK, 0, 0, ""};
	enum dro_code rc;
	size_t i;

	(void)state;
	dro_rrset_init(&wanted, DMARC, DRO_RR_TXT);
	wanted.ttl_s = 300;
	assert_int_equal(dro_rrset_add(&wanted, arena, "new", 3, &err), DRO_OK);
	assert_int_equal(
	    dro_zf_view_init(&before, before_text, strlen(before_text), APEX,
		DMARC, DRO_RR_TXT, arena, &err),
	    DRO_OK);
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		assert_int_equal(dro_zf_view_init(&after, cases[i].text,
				     strlen(cases[i].text), APEX, DMARC,
				     DRO_RR_TXT, arena, &err),
		    DRO_OK);
		rc = dro_zf_prove(&before, &after, &wanted, &err);
		if (cases[i].message == NULL && rc != DRO_OK)
			fail_msg("%zu: %s", i, err.msg);
		if (cases[i].message != NULL &&
		    (rc != DRO_EINVAL ||
			strstr(err.msg, cases[i].message) == NULL))
			fail_msg("%zu: expected \"%s\", found %d \"%s\"", i,
			    cases[i].message, (int)rc, err.msg);
		dro_zf_view_finish(&after);
	}
	dro_zf_view_finish(&before);
	dro_arena_destroy(arena);
}

/* One RRset larger than the program holds is refused, not cut. */
static void
test_too_many_records(void **state)
{
	static const char *const wanted[] = {"a", NULL};
	char text[8192];
	struct dro_err err;
	struct dro_buf out;
	int i, n;

	(void)state;
	n = snprintf(text, sizeof(text), "%s", HEAD);
	for (i = 0; i <= DRO_RRSET_VALUES_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "_dmarc 300 TXT \"value %d\"\n", i);
	assert_int_equal(
	    change(text, (size_t)n, DMARC, DRO_RR_TXT, 300, wanted, &out, &err),
	    DRO_ELIMIT);
	assert_non_null(strstr(err.msg, "more than 64"));
	dro_buf_finish(&out);
}

static void
test_serial(void **state)
{
	(void)state;
	assert_int_equal(dro_zf_serial_next(0), 1);
	assert_int_equal(dro_zf_serial_next(2026112099), 2026112100);
	assert_int_equal(dro_zf_serial_next(UINT32_MAX - 1), UINT32_MAX);
	assert_int_equal(dro_zf_serial_next(UINT32_MAX), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_before_after),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_no_zone),
	    cmocka_unit_test(test_proof),
	    cmocka_unit_test(test_too_many_records),
	    cmocka_unit_test(test_serial),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
