/* Authentication-Results fields, well-formed and not (RFC 8601 2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ingest/authres.h"

#define D50 "d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d.d."

/*
 * What is read, as "id|method pass from d i s|..."; NULL: refused.  "-" stands
 * for what is not given.
 */
static const struct {
	const char *field, *read;
} fields[] = {
    {" mx.example; none", "mx.example"},
    {"mx.example;none", "mx.example"},
    {"mx.example 1; none", "mx.example"},
    {"mx.example (a \"b) 1 (c) ; none (d)", "mx.example"},
    {"mx.example; dmarc=pass header.from=a.example",
	"mx.example|dmarc pass a.example - - -"},
    {"mx.example; dmarc=pass header.from=a.example;",
	"mx.example|dmarc pass a.example - - -"},
    {"mx.example\r\n ;\r\n\tdmarc = pass (x) header . from = a.example",
	"mx.example|dmarc pass a.example - - -"},
    {"mx.example; dmarc/1=pass header.from=\"a.example\"",
	"mx.example|dmarc pass a.example - - -"},
    {"mx.example; dkim=pass reason=\"; dmarc=pass\" header.d=a.example "
     "header.s=S1 header.i=u@b.a.example header.b=\"a/b=\"",
	"mx.example|dkim pass - a.example b.a.example s1"},
    {"mx.example; dkim=neutral header.d=a.example; spf=pass "
     "smtp.mailfrom=\"a b\"; dmarc=none",
	"mx.example|dkim - - a.example - -|other pass - - - -|dmarc - - - - -"},
    {"mx.example; dkim=pass header.i=@a.example",
	"mx.example|dkim pass - - a.example -"},
    {"MX; DMARC=PASS HEADER.FROM=A.Example.", "MX|dmarc pass a.example - - -"},
    {"mx.example; dmarc=passed header.from=a.example",
	"mx.example|dmarc - a.example - - -"},
    {"mx.example; x-dmarc=pass header.from=a.example",
	"mx.example|other pass a.example - - -"},
    {"mx.example; dmarc=pass smtp.from=a.example",
	"mx.example|dmarc pass - - - -"},
    {"mx.example; iprev=pass policy.iprev=2001:db8::1",
	"mx.example|other pass - - - -"},
    {"mx.example; auth=pass (\xfc) smtp.auth=u@a.example",
	"mx.example|other pass - - - -"},
    /* no id, or none that a server writes */
    {"", NULL},
    {"  ", NULL},
    {";", NULL},
    {"; dmarc=pass", NULL},
    {"mx.example", NULL},
    {"mx.example none", NULL},
    {"dmarc=pass header.from=a.example", NULL},
    {"\"mx.example\"; none", NULL},
    {"(x) mx.example; none", NULL},
    {"mx.example@x; none", NULL},
    {"mx/example; none", NULL},
    {D50 D50 D50 D50 D50 "dddd.example; none", NULL},
    /* versions */
    {"mx.example 2; none", NULL},
    {"mx.example 11; none", NULL},
    {"mx.example 1 1; none", NULL},
    {"mx.example; dmarc/2=pass", NULL},
    {"mx.example; dmarc/=pass", NULL},
    /* what stays open */
    {"mx.example (", NULL},
    {"mx.example; none (", NULL},
    {"mx.example; dmarc=pass (a (b)", NULL},
    {"mx.example; dmarc=pass (a\\)", NULL},
    {"mx.example; dmarc=pass (a\\", NULL},
    {"mx.example; dmarc=fail reason=\"a", NULL},
    {"mx.example; dmarc=fail reason=\"a\\\"; dmarc=pass\"", NULL},
    {"mx.example; x=y reason=\"\\\" x.y=z; dmarc=pass header.from=a.example; "
     "x=y reason=\"b\"",
	NULL},
    {"mx.example; ((((((((((((((((()))))))))))))))))none", NULL},
    /* results that are none */
    {"mx.example;", NULL},
    {"mx.example; dmarc", NULL},
    {"mx.example; dmarc=", NULL},
    {"mx.example; dmarc=\"pass\"", NULL},
    {"mx.example; =pass", NULL},
    {"mx.example; dmarc=pass header.from", NULL},
    {"mx.example; dmarc=pass header.from=", NULL},
    {"mx.example; dmarc=pass header=a.example", NULL},
    {"mx.example; dmarc=pass .from=a.example", NULL},
    {"mx.example; dmarc=pass header.from=a..example", NULL},
    {"mx.example; dmarc=pass header.from=a.example\"\"", NULL},
    {"mx.example; dmarc=pass action=none header.from=a.example", NULL},
    {"mx.example; none; dmarc=pass", NULL},
    {"mx.example; dmarc=pass; none", NULL},
    /* said twice */
    {"mx.example; dmarc=pass; dmarc=pass", NULL},
    {"mx.example; dmarc=pass header.from=a.example header.from=b.example",
	NULL},
    {"mx.example; dkim=pass header.d=a.example header.d=a.example", NULL},
    {"mx.example; dkim=pass reason=a reason=b", NULL},
    /* octets */
    {"mx.example; dmarc=pass\x01", NULL},
    {"mx.example; dmarc=pass header.from=b\xfc.example", NULL},
    {"m\xfc.example; none", NULL},
};

static void
add_name(struct dro_buf *out, const char *name)
{
	dro_buf_addf(out, " %s", name[0] != '\0' ? name : "-");
}

static void
print(const struct dro_authres *read, struct dro_buf *out)
{
	static const char *const methods[] = {"other", "dkim", "dmarc"};
	size_t i;

	dro_buf_adds(out, read->id);
	for (i = 0; i < read->n; i++) {
		dro_buf_addf(out, "|%s", methods[read->results[i].method]);
		add_name(out, read->results[i].pass ? "pass" : "");
		add_name(out, read->results[i].header_from);
		add_name(out, read->results[i].header_d);
		add_name(out, read->results[i].header_i);
		add_name(out, read->results[i].selector);
	}
}

/* Parse a copy of its very length, so that reading past it is seen. */
static bool
parse(const char *field, size_t len, struct dro_authres *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	bool ok;

	assert_non_null(copy);
	memcpy(copy, field, len);
	ok = dro_authres_parse(copy, len, out);
	free(copy);
	return (ok);
}

static void
each_field(void **state)
{
	struct dro_authres read;
	struct dro_buf text;
	size_t i;
	bool ok;

	(void)state;
	dro_buf_init(&text, 1 << 16);
	for (i = 0; i < DRO_ARRAY_LEN(fields); i++) {
		ok = parse(fields[i].field, strlen(fields[i].field), &read);
		dro_buf_reset(&text);
		dro_buf_adds(&text, "");
		if (ok)
			print(&read, &text);
		if (ok != (fields[i].read != NULL) ||
		    (ok && strcmp(text.ptr, fields[i].read) != 0))
			fail_msg("%s: %s", fields[i].field,
			    ok ? text.ptr : "refused");
	}
	dro_buf_finish(&text);
}

/* Cut off anywhere, no field says more than the whole one does. */
static void
cut_fields(void **state)
{
	static const char whole[] =
	    "mx.example; dmarc=fail (dmarc=pass header.from=a.example) "
	    "reason=\"dmarc=pass header.from=a.example\" "
	    "header.from=a.example.evil.example";
	struct dro_authres read;
	size_t len, i;

	(void)state;
	for (len = 0; len < sizeof(whole); len++) {
		if (!parse(whole, len, &read))
			continue;
		for (i = 0; i < read.n; i++)
			assert_false(read.results[i].pass);
	}
	/* NUL is no white space, nor the end. */
	assert_false(parse("mx.example\0; none", 17, &read));
	assert_false(parse("mx.example; none\0", 17, &read));
	assert_false(parse("mx.example (\0); none", 20, &read));
}

/* More results than are kept are refused, not cut. */
static void
many_results(void **state)
{
	struct dro_authres read;
	struct dro_buf text;
	int i;

	(void)state;
	dro_buf_init(&text, 1 << 16);
	dro_buf_adds(&text, "mx.example");
	for (i = 0; i < DRO_AUTHRES_MAX; i++)
		dro_buf_adds(&text, "; spf=fail");
	assert_true(parse(text.ptr, text.len, &read));
	assert_int_equal(read.n, DRO_AUTHRES_MAX);
	dro_buf_adds(&text, "; dmarc=pass header.from=a.example");
	assert_false(parse(text.ptr, text.len, &read));
	dro_buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_field),
	    cmocka_unit_test(cut_fields),
	    cmocka_unit_test(many_results),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
