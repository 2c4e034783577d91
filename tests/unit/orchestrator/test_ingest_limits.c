/* Limits that need more data than a test should keep, and blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <zlib.h>

#include "ingest_driver.h"

#define HEAD                                                                   \
	"<feedback><report_metadata><org_name>o</org_name><email>e@x.example"  \
	"</email><report_id>1</report_id><date_range><begin>1767571200"        \
	"</begin><end>1767657599</end></date_range></report_metadata>"         \
	"<policy_published><domain>klant.example</domain><p>none</p>"          \
	"</policy_published>"
#define ROW                                                                    \
	"<record><row><source_ip>192.0.2.1</source_ip><count>3</count>"        \
	"<policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"   \
	"<spf>fail</spf></policy_evaluated></row><identifiers><header_from>"   \
	"klant.example</header_from></identifiers></record>"
#define TAIL "</feedback>"

/* head, ${times} times middle, tail: never in memory at once. */
struct made {
	const char *part[3];
	size_t times; /* left of the middle */
	int at; /* part in hand */
	size_t offset;
};

static ssize_t
made_read(void *arg, void *buf, size_t cap)
{
	struct made *m = arg;
	size_t n = 0, len, some;

	while (n < cap && m->at < 3) {
		if (m->at == 1 && m->times == 0) {
			m->at++;
			continue;
		}
		len = strlen(m->part[m->at]) - m->offset;
		some = len < cap - n ? len : cap - n;
		memcpy((char *)buf + n, m->part[m->at] + m->offset, some);
		n += some;
		m->offset += some;
		if (some < len)
			break;
		m->offset = 0;
		if (m->at != 1 || --m->times == 0)
			m->at++;
	}
	return ((ssize_t)n);
}

/* The only outcome of what ${m} makes. */
static struct outcome
outcome_of(struct made m)
{
	struct outcomes all;

	driver_run(&all, made_read, &m);
	driver_finish(&all);
	assert_int_equal(all.n, 1);
	return (all.list[0]);
}

static void
test_rows(void **state DRO_UNUSED)
{
	struct outcome o;

	o = outcome_of((struct made){{HEAD, ROW, TAIL}, 500000, 0, 0});
	assert_string_equal(o.code, "");
	assert_string_equal(o.numbers,
	    "rfc7489\to\t1\tklant.example\t1767571200\t1767657599\t500000\t"
	    "1500000\t1500000\t1500000\t0\t0\t1500000/0/0/0/0");
	o = outcome_of((struct made){{HEAD, ROW, TAIL}, 500001, 0, 0});
	assert_string_equal(o.code, "rows");
}

static void
test_output_size(void **state DRO_UNUSED)
{
	struct outcome o;
	char space[1025];

	memset(space, ' ', sizeof(space) - 1);
	space[1024] = '\0';
	o = outcome_of((struct made){{HEAD, space, TAIL}, 127 << 10, 0, 0});
	assert_string_equal(o.code, "");
	o = outcome_of((struct made){{HEAD, space, TAIL}, 129 << 10, 0, 0});
	assert_string_equal(o.code, "output-size");
}

/* One name, one value or one comment must end within a MiB. */
static void
test_token(void **state DRO_UNUSED)
{
	static const char *const open[][2] = {
	    {"<feedback a='", "'/>"}, {"<feed", "/>"}, {"<!--", "--><a/>"}};
	struct outcome o;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(open); i++) {
		o = outcome_of((struct made){
		    {open[i][0], "aaaaaaaa", open[i][1]}, 1 << 18, 0, 0});
		assert_string_equal(o.code, "xml-token");
	}
	o = outcome_of((struct made){
	    {"<feedback a='", "aaaaaaaa", "'/>"}, 100 << 10, 0, 0});
	assert_string_equal(o.code, "domain"); /* as any other empty report */
	o = outcome_of((struct made){
	    {HEAD "<!---->", "<!-- short -->", TAIL}, 1 << 18, 0, 0});
	assert_string_equal(o.code, "");
}

/* gzip of ${len} octets in memory; the caller frees it. */
static struct octets
squeeze(const char *ptr, size_t len, int level)
{
	z_stream z = {0};
	struct octets out = {NULL, 0, SIZE_MAX};
	unsigned char *to;
	size_t cap;

	assert_int_equal(
	    deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	cap = deflateBound(&z, len);
	assert_non_null(to = malloc(cap));
	z.next_in = (unsigned char *)(uintptr_t)ptr;
	z.avail_in = (uInt)len;
	z.next_out = to;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.ptr = (char *)to;
	out.len = z.total_out;
	(void)deflateEnd(&z);
	return (out);
}

static const char *
code_of(struct octets o, struct outcomes *all)
{
	driver_run(all, octets_read, &o);
	driver_finish(all);
	assert_int_equal(all->n, 1);
	return (all->list[0].code);
}

/* An honest report of 20 000 like rows squeezes better than 100 to 1. */
static void
test_honest_ratio(void **state DRO_UNUSED)
{
	size_t rows = 20000, len = rows * (sizeof(ROW) + 8) + sizeof(HEAD) + 32;
	char *text = malloc(len), *at = text;
	struct outcomes all;
	struct octets gz;
	size_t i;

	assert_non_null(text);
	at = stpcpy(at, HEAD);
	for (i = 0; i < rows; i++)
		at += sprintf(at,
		    "<record><row><source_ip>10.%zu.0.1</source_ip><count>1"
		    "</count></row><identifiers><header_from>klant.example"
		    "</header_from></identifiers><auth_results><dkim><domain>"
		    "klant.example</domain><result>none</result></dkim>"
		    "</auth_results></record>",
		    i % 250);
	at = stpcpy(at, TAIL);
	gz = squeeze(text, (size_t)(at - text), 9);
	assert_in_range((size_t)(at - text) / gz.len, 50, 150);
	assert_string_equal(code_of(gz, &all), "");
	free((void *)(uintptr_t)gz.ptr);
	free(text);
}

/* 17 MiB of gzip that is not too dense. */
static void
test_input_size(void **state DRO_UNUSED)
{
	size_t len = (size_t)18 << 20, i;
	char *text = malloc(len);
	uint32_t x = 1;
	struct outcomes all;
	struct octets gz;

	assert_non_null(text);
	for (i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (char)('a' + (x >> 24) % 26);
	}
	for (i = 0; i < len; i += 1000)
		memcpy(text + i, "--><!--", 7);
	memcpy(text, "<!--aaa", 7);
	gz = squeeze(text, len, 0); /* stored */
	assert_string_equal(code_of(gz, &all), "input-size");
	free((void *)(uintptr_t)gz.ptr);
	free(text);
}

/* However the octets arrive, the same comes out. */
static void
test_blocks(void **state DRO_UNUSED)
{
	static const char *const names[] = {"good/rfc9990.xml",
	    "good/utf16.xml", "good/gzip-in-gzip.gz", "good/two-members.gz",
	    "good/three.zip", "odd/bom-and-space.xml", "odd/trailing.gz",
	    "refused/gzip-bomb.gz", "refused/gzip-second-truncated.gz"};
	static const size_t steps[] = {1, 2, 3, 7, 1000};
	struct outcomes whole, parts;
	struct octets o;
	size_t i, k, j;
	char *data;

	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		driver_file(&whole, names[i]);
		driver_finish(&whole);
		for (k = 0; k < DRO_ARRAY_LEN(steps); k++) {
			data = driver_load(names[i], &o.len);
			o.ptr = data;
			o.step = steps[k];
			driver_run(&parts, octets_read, &o);
			driver_finish(&parts);
			free(data);
			assert_int_equal(whole.n, parts.n);
			for (j = 0; j < whole.n; j++)
				assert_memory_equal(&whole.list[j],
				    &parts.list[j], sizeof(parts.list[j]));
		}
	}
}

/* The reader itself takes any block, down to single octets. */
static void
test_feed(void **state DRO_UNUSED)
{
	struct dro_document *doc = dro_document_create();
	struct dro_refused refused;
	struct dro_report r;
	char *data;
	size_t len, i;

	assert_non_null(doc);
	data = driver_load("good/rfc9990.xml", &len);
	dro_document_begin(doc);
	assert_true(dro_document_feed(doc, data, 4));
	for (i = 4; i < len; i++)
		assert_true(dro_document_feed(doc, data + i, 1));
	assert_int_equal(
	    dro_document_end(doc, NOW, &r, &refused, NULL), DRO_OK);
	assert_int_equal(refused.why, DRO_REFUSE_NONE);
	assert_int_equal(r.messages, 12);
	assert_string_equal(r.p, "quarantine");
	assert_string_equal(r.np, "reject");
	assert_string_equal(r.t, "y");
	assert_null(r.pct);
	assert_string_equal(r.reporter, "receiver example");
	dro_document_destroy(doc);
	free(data);
}

/* Other white space and other comments are the same report. */
static void
test_content(void **state DRO_UNUSED)
{
	static const char *const same[] = {"good/reformatted.xml",
	    "good/utf16.xml", "good/no-suffix", "good/extension.xml",
	    "odd/bom.xml"};
	static const char *const other[] = {"good/count-limits.xml",
	    "good/rfc9990.xml", "odd/ip-odd.xml", "odd/p-odd.xml",
	    "odd/header-from-missing.xml", "odd/range-over-day.xml"};
	struct outcomes first, next;
	size_t i;

	driver_file(&first, "good/rfc7489.xml");
	driver_finish(&first);
	for (i = 0; i < DRO_ARRAY_LEN(same); i++) {
		driver_file(&next, same[i]);
		driver_finish(&next);
		assert_memory_equal(
		    first.list[0].content, next.list[0].content, 32);
	}
	for (i = 0; i < DRO_ARRAY_LEN(other); i++) {
		driver_file(&next, other[i]);
		driver_finish(&next);
		assert_memory_not_equal(
		    first.list[0].content, next.list[0].content, 32);
	}
}

/* A second report on the same reader is untouched by the first. */
static void
test_reuse(void **state DRO_UNUSED)
{
	struct dro_document *doc = dro_document_create();
	struct dro_refused refused;
	struct dro_report r;

	assert_non_null(doc);
	dro_document_begin(doc);
	assert_false(dro_document_feed(doc, "<!DOCTYPE a>", 12));
	assert_int_equal(
	    dro_document_end(doc, NOW, &r, &refused, NULL), DRO_OK);
	assert_int_equal(refused.why, DRO_REFUSE_XML_DOCTYPE);
	dro_document_begin(doc);
	assert_true(dro_document_feed(
	    doc, HEAD ROW ROW TAIL, sizeof(HEAD ROW ROW TAIL) - 1));
	assert_int_equal(
	    dro_document_end(doc, NOW, &r, &refused, NULL), DRO_OK);
	assert_int_equal(refused.why, DRO_REFUSE_NONE);
	assert_int_equal(r.rows, 2);
	assert_int_equal(r.messages, 6);
	assert_int_equal(r.n_lines, 1);
	assert_true(r.counts);
	dro_document_destroy(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_output_size),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_honest_ratio),
	    cmocka_unit_test(test_input_size),
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_feed),
	    cmocka_unit_test(test_content),
	    cmocka_unit_test(test_reuse),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
