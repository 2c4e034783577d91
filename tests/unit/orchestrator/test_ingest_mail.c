/* The parts of a mail that may be reports, and mails that are too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ingest/header.h"
#include "ingest/mail.h"
#include "ingest/sender.h"

#define H "From: a@b.example\n"
#define MIXED H "Content-Type: multipart/mixed; boundary=x\n\npreamble\n"
#define GZ64 "H4sIAAAAAAAAA7NJS01MSUlN1AcAXWj0fgoAAAA="

/*
 * What comes of a mail: "name:octets" for each part, octets beyond printable
 * ASCII as ".", at most 12; "!code name" for what is refused.
 */
static const struct {
	const char *what, *mail, *parts;
} mails[] = {
    {"XML as the body", H "\n<feedback>x\n", "part 1:<feedback>x.\n"},
    {"XML with a declaration", H "\n<?xml?><a/>", "part 1:<?xml?><a/>\n"},
    {"XML below white space and a mark", H "\n\xef\xbb\xbf \n<feedback/>",
	"part 1:... .<feedba\n"},
    {"XML of 16 bits", H "Content-Transfer-Encoding: base64\n\n//48AD8AeAA=\n",
	"part 1:..<.\?.x.\n"},
    {"another namespace", H "\n<a:feedback/>", "part 1:<a:feedback/\n"},
    {"gzip in base64",
	H "Content-Type: application/octet-stream; name=r.bin\n"
	  "Content-Transfer-Encoding: base64\n\n" GZ64 "\n",
	"r.bin:...........I\n"},
    {"zip, quoted-printable",
	H "Content-Type: text/plain; name=\"r.txt\"\n"
	  "Content-Transfer-Encoding: quoted-printable\n\nPK=03=04ab\n",
	"r.txt:PK..ab.\n"},
    {"CRLF and an mbox line",
	"From x Sat Nov 21\r\nFrom: a@b\r\n\r\n<feedback/>\r\n",
	"part 1:<feedback/>.\n"},
    {"two attachments among text",
	MIXED "--x\n\nhello\n--x\nContent-Disposition: attachment; "
	      "filename=a.gz\nContent-Transfer-Encoding: base64\n\n" GZ64
	      "\n--x\nContent-Type: text/html\n\n<html><body>\n--x\n"
	      "Content-Type: text/xml; name=b.xml\n\n<feedback/>\n--x--\n",
	"a.gz:...........I\nb.xml:<feedback/>\n"},
    {"within a forwarded mail",
	MIXED "--x\nContent-Type: message/rfc822\n\nSubject: y\n"
	      "Content-Type: multipart/alternative; boundary=y\n\n--y\n\n"
	      "text\n--y\n\n<feedback/>\n--y--\n--x--\n",
	"part 2:<feedback/>\n"},
    {"a name that is a path",
	H "Content-Type: a/b; name=\"../../etc/x\"\n\n<feedback/>",
	"../../etc/x:<feedback/>\n"},
    {"a name in an encoded word",
	H "Content-Type: a/b; name=\"=?utf-8?q?caf=C3=A9?=\"\n\n<feedback/>",
	"caf..:<feedback/>\n"},
    {"without a boundary, the body is the part",
	H "Content-Type: multipart/mixed\n\n<feedback/>", "!mail-no-report \n"},
    {"text", H "\nhello\n", "!mail-no-report \n"},
    {"HTML with a declaration", H "\n<?xml?><!DOCTYPE HTML><html>",
	"!mail-no-report \n"},
    {"an angle that is no XML", H "\n<a@b.example> wrote:\n",
	"!mail-no-report \n"},
    {"no body", H, "!mail-no-report \n"},
    {"nothing", "", "!mail-no-report \n"},
    {"a picture", H "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n",
	"!mail-no-report \n"},
};

static bool
take(void *arg, const char *name, const void *ptr, size_t len)
{
	struct dro_buf *out = arg;
	const unsigned char *p = ptr;
	size_t i;

	dro_buf_addf(out, "%s:", name);
	for (i = 0; i < len && i < 12; i++)
		dro_buf_addc(
		    out, p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '.');
	dro_buf_addc(out, '\n');
	return (true);
}

static void
refuse(void *arg, const char *name, const struct dro_refused *why)
{
	dro_buf_addf(arg, "!%s %s\n", dro_refuse_name(why->why),
	    name != NULL ? name : "");
}

/* Read a copy of its very length, so that reading past it is seen. */
static void
read_mail(const char *mail, size_t len, struct dro_buf *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct dro_err err;
	size_t i;

	assert_non_null(copy);
	memcpy(copy, mail, len);
	dro_buf_reset(out);
	dro_buf_adds(out, "");
	assert_int_equal(
	    dro_mail_parts(copy, len, take, refuse, out, &err), DRO_OK);
	assert_memory_equal(copy, mail, len);
	free(copy);
	for (i = 0; i < out->len; i++)
		if ((unsigned char)out->ptr[i] > '~')
			out->ptr[i] = '.';
}

static void
each_mail(void **state)
{
	struct dro_buf out;
	size_t i;

	(void)state;
	dro_buf_init(&out, 1 << 20);
	for (i = 0; i < DRO_ARRAY_LEN(mails); i++) {
		read_mail(mails[i].mail, strlen(mails[i].mail), &out);
		if (strcmp(out.ptr, mails[i].parts) != 0)
			fail_msg("%s: %s", mails[i].what, out.ptr);
	}
	dro_buf_finish(&out);
}

/* ---- too much */

static void
repeat(struct dro_buf *b, const char *s, size_t n)
{
	while (n-- > 0)
		dro_buf_adds(b, s);
}

static void
nest(struct dro_buf *b, size_t n)
{
	size_t i;

	dro_buf_adds(b, H "Content-Type: multipart/mixed; boundary=b0\n\n");
	for (i = 0; i < n; i++)
		dro_buf_addf(b,
		    "--b%zu\nContent-Type: multipart/mixed; boundary=b%zu\n\n",
		    i, i + 1);
	dro_buf_addf(b, "--b%zu\n\n<feedback/>\n", n);
}

/* A mail of ${n} times what makes it large; the limit lies between. */
static void
make(struct dro_buf *b, int kind, size_t n)
{
	switch (kind) {
	case 0: /* parts, the whole included */
		dro_buf_adds(b, MIXED);
		repeat(b, "--x\n\n<feedback/>\n", n - 1);
		break;
	case 1: /* depth: the innermost part is one deeper */
		nest(b, n - 2);
		break;
	case 2: /* mails in mails */
		dro_buf_adds(b, H);
		repeat(b, "Content-Type: message/rfc822\n\n", n - 1);
		dro_buf_adds(b, "Subject: x\n\n<feedback/>\n");
		break;
	case 3: /* one field */
		dro_buf_adds(b, H "X: ");
		repeat(b, "x", n);
		dro_buf_adds(b, "\n\n<feedback/>\n");
		break;
	case 4: /* the header of a part */
		dro_buf_adds(b, MIXED "--x\nX: ");
		repeat(b, "x", n);
		dro_buf_adds(b, "\n\n<feedback/>\n");
		break;
	case 5: /* the header of a mail in a digest */
		dro_buf_adds(b,
		    H "Content-Type: multipart/digest; boundary=x\n\n--x\n\n"
		      "To: ");
		repeat(b, "x", n);
		dro_buf_adds(b, "\n\n<feedback/>\n");
		break;
	default: /* groups in groups */
		dro_buf_adds(b, H "To: ");
		repeat(b, "a:", n);
		dro_buf_adds(b, "\n\n<feedback/>\n");
		break;
	}
}

static const struct {
	int kind;
	size_t fits, much; /* the much are those that attack */
	const char *code;
} limits[] = {
    {0, 64, 65, "mail-parts"},
    {0, 64, 500000, "mail-parts"},
    {1, 16, 17, "mail-depth"},
    {1, 16, 100000, "mail-parts"},
    {2, 16, 17, "mail-depth"},
    {2, 16, 300000, "mail-parts"},
    {3, 260000, 263000, "mail-header"},
    {3, 260000, 20000000, "mail-header"},
    {4, 260000, 263000, "mail-header"},
    {5, 260000, 263000, "mail-header"},
    {6, 900, 1100, "mail-header"},
    {6, 900, 120000, "mail-header"},
};

static void
each_limit(void **state)
{
	struct timespec begin, end;
	struct dro_buf mail, out;
	char refused[64];
	size_t i;

	(void)state;
	dro_buf_init(&mail, DRO_MAIL_MAX);
	dro_buf_init(&out, 1 << 20);
	for (i = 0; i < DRO_ARRAY_LEN(limits); i++) {
		dro_buf_reset(&mail);
		make(&mail, limits[i].kind, limits[i].fits);
		read_mail(mail.ptr, mail.len, &out);
		if (strstr(out.ptr, ":<feedback/>") == NULL)
			fail_msg("%d: %zu: %s", limits[i].kind, limits[i].fits,
			    out.ptr);
		dro_buf_reset(&mail);
		make(&mail, limits[i].kind, limits[i].much);
		assert_false(mail.failed);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
		read_mail(mail.ptr, mail.len, &out);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
		(void)snprintf(
		    refused, sizeof(refused), "!%s \n", limits[i].code);
		if (strcmp(out.ptr, refused) != 0)
			fail_msg("%d: %zu: %s", limits[i].kind, limits[i].much,
			    out.ptr);
		/* Generous: with sanitizers, on a busy machine. */
		assert_true(end.tv_sec - begin.tv_sec < 3);
	}
	dro_buf_finish(&mail);
	dro_buf_finish(&out);
}

/* More than 32 MiB are not looked at; nor more than 16 MiB of one part. */
static void
sizes(void **state)
{
	struct dro_buf mail, out;

	(void)state;
	dro_buf_init(&mail, DRO_MAIL_MAX + 1);
	dro_buf_init(&out, 1 << 20);
	dro_buf_adds(&mail, H "Content-Type: a/b; name=big\n\n<feedback>");
	repeat(&mail, "0123456789abcdef", (size_t)1 << 20);
	read_mail(mail.ptr, mail.len, &out);
	assert_string_equal(out.ptr, "!input-size big\n");
	repeat(&mail, "0123456789abcdef", ((size_t)1 << 20) - 10);
	repeat(&mail, "x", DRO_MAIL_MAX + 1 - mail.len);
	read_mail(mail.ptr, mail.len, &out);
	assert_string_equal(out.ptr, "!input-size \n");
	dro_buf_finish(&mail);
	dro_buf_finish(&out);
}

static bool
take_one(void *arg, const char *name, const void *ptr, size_t len)
{
	(void)take(arg, name, ptr, len);
	return (false);
}

static void
stop(void **state)
{
	static const char mail[] =
	    MIXED "--x\n\n<feedback/>\n--x\n\n<feedback/>\n--x--\n";
	struct dro_buf out;

	(void)state;
	dro_buf_init(&out, 1 << 10);
	assert_int_equal(dro_mail_parts(mail, sizeof(mail) - 1, take_one,
			     refuse, &out, NULL),
	    DRO_OK);
	assert_string_equal(out.ptr, "part 1:<feedback/>\n");
	dro_buf_finish(&out);
}

/* ---- what looks like a mail */

static const struct {
	const char *octets;
	bool mail;
} looks[] = {
    {"From: a", true},
    {"Return-Path: <>\r\n", true},
    {"From a@b Sat\nFrom: a", true},
    {"X-1:", true},
    {"", false},
    {":", false},
    {"From", false},
    {"From a@b Sat", false},
    {"From a@b Sat\n\nx: y", false},
    {"From a@b Sat\n: y", false},
    {"<?xml version=\"1.0\"?>", false},
    {"<a:feedback/>", false},
    {"PK\3\4:", false},
    {"a b: c", false},
    {" a: b", false},
    {"\x1f\x8b:", false},
};

static void
each_look(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(looks); i++)
		if (dro_mail_looks(looks[i].octets, strlen(looks[i].octets)) !=
		    looks[i].mail)
			fail_msg("%s", looks[i].octets);
}

/* ---- the header */

/* "name=value|..." and the body after "~"; or the fault. */
static const struct {
	const char *mail, *header;
} headers[] = {
    {"A: b\nC:d\r\n\r\nbody", "A= b|C=d|~body"},
    {"From x\nA: b\n\n", "A= b|~"},
    {"A: b\n c\n\td\n\nx", "A= b\n c\n\td|~x"},
    {"A: b", "A= b|~"},
    {"A:\n\n", "A=|~"},
    {"", "no header"},
    {"\nx", "no header"},
    {"From x\n", "no header"},
    {" A: b\n\n", "the header begins with a fold"},
    {"A: b\nno\n\n", "a line of the header is no field"},
    {"A : b\n\n", "a line of the header is no field"},
    {"A: b\n:c\n\n", "a line of the header is no field"},
    {"\xc3\xa9: b\n\n", "a line of the header is no field"},
    {"A: b\n \n\n", "a line of blanks in the header"},
    {"A: b\rB: c\n\n", "a bare CR in the header"},
    {"A: b\r\r\n\n", "a bare CR in the header"},
};

static void
each_header(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_header header;
	struct dro_buf out;
	size_t i, j;

	(void)state;
	dro_buf_init(&out, 1 << 10);
	for (i = 0; i < DRO_ARRAY_LEN(headers); i++) {
		assert_int_equal(
		    dro_header_read(headers[i].mail, strlen(headers[i].mail),
			arena, &header, NULL),
		    DRO_OK);
		dro_buf_reset(&out);
		dro_buf_adds(&out, header.fault != NULL ? header.fault : "");
		for (j = 0; j < header.n; j++) {
			dro_buf_add(&out, header.fields[j].name.ptr,
			    header.fields[j].name.len);
			dro_buf_addc(&out, '=');
			dro_buf_add(&out, header.fields[j].value.ptr,
			    header.fields[j].value.len);
			dro_buf_addc(&out, '|');
		}
		if (header.fault == NULL) {
			dro_buf_addc(&out, '~');
			dro_buf_add(&out, header.body.ptr, header.body.len);
		}
		if (strcmp(out.ptr, headers[i].header) != 0)
			fail_msg("%s: %s", headers[i].mail, out.ptr);
	}
	dro_buf_finish(&out);
	dro_arena_destroy(arena);
}

static void
header_limits(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_header header;
	struct dro_buf mail;

	(void)state;
	dro_buf_init(&mail, 1 << 20);
	repeat(&mail, "A:b\n", DRO_HEADER_FIELDS_MAX);
	assert_int_equal(
	    dro_header_read(mail.ptr, mail.len, arena, &header, NULL), DRO_OK);
	assert_int_equal(header.n, DRO_HEADER_FIELDS_MAX);
	dro_buf_adds(&mail, "A:b\n");
	assert_int_equal(
	    dro_header_read(mail.ptr, mail.len, arena, &header, NULL), DRO_OK);
	assert_string_equal(header.fault, "more than 1000 header fields");
	assert_int_equal(header.n, 0);
	dro_buf_reset(&mail);
	dro_buf_adds(&mail, "A:");
	repeat(&mail, "x", DRO_MAIL_HEADER_MAX);
	assert_int_equal(
	    dro_header_read(mail.ptr, mail.len, arena, &header, NULL), DRO_OK);
	assert_string_equal(header.fault, "a header of more than 256 KiB");
	dro_buf_finish(&mail);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_mail),
	    cmocka_unit_test(each_limit),
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(stop),
	    cmocka_unit_test(each_look),
	    cmocka_unit_test(each_header),
	    cmocka_unit_test(header_limits),
	};
	struct dro_err err;

	if (dro_sender_prepare(&err) != DRO_OK) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return (1);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
