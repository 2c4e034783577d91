#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "simulate/made.h"

/* A row with every member, and one with only what must be there. */
static const struct dro_made_row rows[] = {
    {.ip = "192.0.2.1",
	.count = 7,
	.disposition = "none",
	.dkim = "pass",
	.spf = "fail",
	.header_from = "klant.example",
	.dkim_domain = "klant.example",
	.dkim_selector = "s1",
	.dkim_result = "pass",
	.spf_domain = "bounce.example",
	.spf_result = "pass"},
    {.ip = "2001:db8::1",
	.count = 1,
	.disposition = "quarantine",
	.header_from = "klant.example"},
};

static struct dro_made_report
report(int rfc9990)
{
	return ((struct dro_made_report){.org = "Mail & <More> \"Ltd\"",
	    .email = "dmarc@mail.example",
	    .report_id = "o'1",
	    .begin = 1767571200,
	    .end = 1767657599,
	    .domain = "klant.example",
	    .record = "v=DMARC1; p = quarantine ;pct=10; t=y; np=reject",
	    .rfc9990 = rfc9990,
	    .n_rows = 2,
	    .rows = rows});
}

static const char head_7489[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback>\n";

static const char head_9990[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n";

static const char metadata[] =
    "<version>1.0</version>\n<report_metadata>\n"
    "<org_name>Mail &amp; &lt;More&gt; &quot;Ltd&quot;</org_name>\n"
    "<email>dmarc@mail.example</email>\n"
    "<report_id>o&apos;1</report_id>\n"
    "<date_range>\n<begin>1767571200</begin>\n<end>1767657599</end>\n"
    "</date_range>\n</report_metadata>\n";

static const char policy_7489[] =
    "<policy_published>\n<domain>klant.example</domain>\n"
    "<p>quarantine</p>\n<sp>quarantine</sp>\n"
    "<adkim>r</adkim>\n<aspf>r</aspf>\n<pct>10</pct>\n<fo>0</fo>\n"
    "</policy_published>\n";

static const char policy_9990[] =
    "<policy_published>\n<domain>klant.example</domain>\n"
    "<discovery_method>treewalk</discovery_method>\n"
    "<p>quarantine</p>\n<sp>quarantine</sp>\n<np>reject</np>\n"
    "<adkim>r</adkim>\n<aspf>r</aspf>\n<testing>y</testing>\n<fo>0</fo>\n"
    "</policy_published>\n";

static const char records[] =
    "<record>\n<row>\n<source_ip>192.0.2.1</source_ip>\n"
    "<count>7</count>\n<policy_evaluated>\n"
    "<disposition>none</disposition>\n<dkim>pass</dkim>\n"
    "<spf>fail</spf>\n</policy_evaluated>\n</row>\n<identifiers>\n"
    "<header_from>klant.example</header_from>\n"
    "<envelope_from>bounce.example</envelope_from>\n</identifiers>\n"
    "<auth_results>\n<dkim>\n<domain>klant.example</domain>\n"
    "<selector>s1</selector>\n<result>pass</result>\n</dkim>\n"
    "<spf>\n<domain>bounce.example</domain>\n<scope>mfrom</scope>\n"
    "<result>pass</result>\n</spf>\n</auth_results>\n</record>\n"
    "<record>\n<row>\n<source_ip>2001:db8::1</source_ip>\n"
    "<count>1</count>\n<policy_evaluated>\n"
    "<disposition>quarantine</disposition>\n</policy_evaluated>\n</row>\n"
    "<identifiers>\n<header_from>klant.example</header_from>\n"
    "</identifiers>\n<auth_results>\n</auth_results>\n</record>\n"
    "</feedback>\n";

static void
expect(struct dro_buf *want, const char *head, const char *policy)
{
	dro_buf_init(want, 65536);
	dro_buf_adds(want, head);
	dro_buf_adds(want, metadata);
	dro_buf_adds(want, policy);
	dro_buf_adds(want, records);
}

static void
test_xml(void **state)
{
	static const struct {
		int rfc9990;
		const char *head, *policy;
	} table[] = {
	    {0, head_7489, policy_7489},
	    {1, head_9990, policy_9990},
	};

	(void)state;
	for (size_t i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct dro_made_report r = report(table[i].rfc9990);
		struct dro_buf got, want;

		expect(&want, table[i].head, table[i].policy);
		dro_buf_init(&got, 65536);
		dro_made_xml(&r, &got);
		assert_string_equal(got.ptr, want.ptr);
		dro_buf_finish(&got);
		dro_buf_finish(&want);
	}
}

static void
test_tag(void **state)
{
	static const struct {
		const char *record, *name, *value;
	} table[] = {
	    {"v=DMARC1; p=none", "p", "none"},
	    {"v=DMARC1;p = reject ; pct=5;", "p", "reject"},
	    {"v=DMARC1;p = reject ; pct=5;", "pct", "5"},
	    {"v=DMARC1; sp=none; p=reject", "p", "reject"},
	    {"v=DMARC1; np=none", "p", NULL},
	    {"v=DMARC1; p=none", "t", NULL},
	    {"v=DMARC1; p", "p", NULL},
	    {"", "p", NULL},
	};

	(void)state;
	for (size_t i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct dro_str got =
		    dro_made_tag(table[i].record, table[i].name);

		if (table[i].value == NULL)
			assert_null(got.ptr);
		else
			assert_true(dro_str_eq(got, table[i].value));
	}
}

static void
test_gzip(void **state)
{
	char dir[] = "/tmp/dro-made-XXXXXX", path[64], got[8192];
	struct dro_made_report r = report(0);
	struct dro_err err = {0};
	struct dro_buf want;
	gzFile file;
	int n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r.xml.gz", dir);
	assert_int_equal(dro_made_gzip(&r, path, &err), DRO_OK);
	file = gzopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(gzdirect(file), 0);
	n = gzread(file, got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	gzclose(file);
	expect(&want, head_7489, policy_7489);
	assert_string_equal(got, want.ptr);
	dro_buf_finish(&want);

	unlink(path);
	rmdir(dir);
	assert_int_equal(dro_made_gzip(&r, path, &err), DRO_EIO);
	assert_non_null(strstr(err.msg, path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_xml),
	    cmocka_unit_test(test_tag),
	    cmocka_unit_test(test_gzip),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
