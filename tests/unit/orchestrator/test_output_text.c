/* What reaches a terminal: nothing that steers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "output/output.h"

#define FFFD "\xef\xbf\xbd"

struct payload {
	const char *in;
	size_t len; /* 0: strlen */
	const char *out;
};

static const struct payload payloads[] = {
    /* Kept as they are. */
    {"", 0, ""},
    {"v=DMARC1; p=none", 0, "v=DMARC1; p=none"},
    {" ~\\\"'<>&", 0, " ~\\\"'<>&"},
    {"Caf\xc3\xa9 \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac", 0,
	"Caf\xc3\xa9 \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac"},
    {"e\xcc\x81 \xf0\x9f\x93\xa7", 0, "e\xcc\x81 \xf0\x9f\x93\xa7"},
    {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 0, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
    {"\xf4\x8f\xbf\xbd", 0, "\xf4\x8f\xbf\xbd"}, /* near the last one */
    /* ANSI, OSC, and how logs are forged. */
    {"\x1b[2J\x1b[31mred", 0, "\\x1b[2J\\x1b[31mred"},
    {"\x1b]0;title\x07", 0, "\\x1b]0;title\\x07"},
    {"\x1b]8;;http://x\x1b\\y", 0, "\\x1b]8;;http://x\\x1b\\y"},
    {"\x1bP+q\x1b\\", 0, "\\x1bP+q\\x1b\\"},
    {"ok\rerror", 0, "ok\\x0derror"},
    {"a\nb\r\nc", 0, "a\\x0ab\\x0d\\x0ac"},
    {"a\tb\bc\vd\fe", 0, "a\\x09b\\x08c\\x0bd\\x0ce"},
    {"a\0b", 3, "a\\x00b"},
    {"\x7f", 0, "\\x7f"},
    /* C1 in UTF-8, and raw. */
    {"\xc2\x9b"
     "2J",
	0, "\\u009b2J"},
    {"\xc2\x80\xc2\x85\xc2\x9d\xc2\x9f", 0, "\\u0080\\u0085\\u009d\\u009f"},
    {"\x9b"
     "2J",
	0, FFFD "2J"},
    /* Bidi: embeddings, overrides, isolates, marks. */
    {"\xe2\x80\xae"
     "fdp.exe",
	0, "\\u202efdp.exe"},
    {"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", 0,
	"\\u202a\\u202b\\u202c\\u202d"},
    {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", 0,
	"\\u2066\\u2067\\u2068\\u2069"},
    {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", 0, "\\u200e\\u200f\\u061c"},
    /* Line and paragraph separators, zero width, other format characters. */
    {"\xe2\x80\xa8\xe2\x80\xa9", 0, "\\u2028\\u2029"},
    {"goo\xe2\x80\x8bgle\xe2\x80\x8c\xe2\x80\x8d", 0,
	"goo\\u200bgle\\u200c\\u200d"},
    {"\xe2\x81\xa0\xef\xbb\xbf\xc2\xad", 0, "\\u2060\\ufeff\\u00ad"},
    {"\xef\xb8\x8f\xcd\x8f\xe1\x85\x9f\xe3\x85\xa4", 0,
	"\\ufe0f\\u034f\\u115f\\u3164"},
    {"\xf3\xa0\x80\x81\xf3\xa0\x81\xa1\xf3\xa0\x84\x80", 0,
	"\\U000e0001\\U000e0061\\U000e0100"},
    {"\xef\xbf\xb9\xef\xbf\xbf", 0, "\\ufff9\\uffff"},
    /* Broken UTF-8: overlong, surrogates, too high, cut, stray. */
    {"\xc0\x9b", 0, FFFD FFFD},
    {"\xc1\xbf", 0, FFFD FFFD},
    {"\xe0\x80\x9b", 0, FFFD FFFD FFFD},
    {"\xf0\x80\x80\x9b", 0, FFFD FFFD FFFD FFFD},
    {"\xed\xa0\x80\xed\xb0\x80", 0, FFFD FFFD FFFD FFFD FFFD FFFD},
    {"\xf4\x90\x80\x80", 0, FFFD FFFD FFFD FFFD},
    {"\xf5\x80\xff\xfe", 0, FFFD FFFD FFFD FFFD},
    {"\xe2\x82", 0, FFFD},
    {"\xf0\x9f\x93", 0, FFFD},
    {"\xe2\x82"
     "A\xc3",
	0, FFFD "A" FFFD},
    {"\xe2\x1b[2J", 0, FFFD "\\x1b[2J"},
    {"\xc3\xc2\x9b", 0, FFFD "\\u009b"},
    /* The end of ${len} cuts a character, whatever follows in memory. */
    {"\xc3\xa9", 1, FFFD},
};

static void
each_payload(void **state)
{
	const struct payload *p;
	struct dro_buf buf;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(payloads); i++) {
		p = &payloads[i];
		dro_buf_init(&buf, 1000);
		dro_buf_adds(&buf, "");
		dro_out_text(&buf, p->in, p->len != 0 ? p->len : strlen(p->in));
		assert_false(buf.failed);
		assert_string_equal(buf.ptr, p->out);
		dro_buf_finish(&buf);
	}
}

/* The same numbers on every machine (xorshift64). */
static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (*seed);
}

/* One character of good UTF-8 into ${cp}; 0 octets if it is not that. */
static size_t
decode(const unsigned char *p, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80 ? 1
	    : p[0] < 0xc0      ? 0
	    : p[0] < 0xe0      ? 2
	    : p[0] < 0xf0      ? 3
	    : p[0] < 0xf8      ? 4
			       : 0;
	size_t i;

	if (n == 0 || n > len)
		return (0);
	*cp = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		*cp = *cp << 6 | (p[i] & 0x3fU);
	}
	return (
	    *cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff)
		? 0
		: n);
}

/* What must never be in the output, in words of its own. */
static bool
steers(uint32_t cp)
{
	return (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0xad ||
	    cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	    cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	    (cp >= 0xe0000 && cp <= 0xe0fff));
}

static void
check_safe(const struct dro_buf *buf)
{
	const unsigned char *p = (const unsigned char *)buf->ptr;
	uint32_t cp = 0;
	size_t i, n;

	for (i = 0; i < buf->len; i += n) {
		n = decode(p + i, buf->len - i, &cp);
		if (n == 0 || steers(cp))
			fail_msg("octet %zu of \"%s\"", i, buf->ptr);
	}
}

/* 100,000 strings; half of them from octets that make sequences likely. */
static void
random_strings(void **state)
{
	static const unsigned char likely[] = {0x1b, '[', '\r', '\n', 0x7f,
	    0xc2, 0x9b, 0xad, 0xe2, 0x80, 0xae, 0x81, 0xa6, 0xef, 0xbb, 0xbf,
	    0xd8, 0x9c, 0xf3, 0xa0, 0x84, 0xed, 0xc0, 0xf4, 0x90, 'A', 0};
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	struct dro_buf buf, again;
	unsigned char in[64];
	size_t i, k, len;

	(void)state;
	dro_buf_init(&buf, 1000);
	dro_buf_init(&again, 10000);
	for (i = 0; i < 100000; i++) {
		len = draw(&seed) % (sizeof(in) + 1);
		for (k = 0; k < len; k++)
			in[k] = i % 2 == 0
			    ? (unsigned char)draw(&seed)
			    : likely[draw(&seed) % sizeof(likely)];
		dro_buf_reset(&buf);
		dro_out_text(&buf, (const char *)in, len);
		assert_false(buf.failed);
		check_safe(&buf);
		/* Safe text is not changed any more. */
		dro_buf_reset(&again);
		dro_out_text(&again, buf.ptr, buf.len);
		assert_int_equal(again.len, buf.len);
		if (buf.len > 0)
			assert_memory_equal(again.ptr, buf.ptr, buf.len);
	}
	dro_buf_finish(&buf);
	dro_buf_finish(&again);
}

static size_t
encode(uint32_t cp, unsigned char out[4])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	const size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	size_t i;

	for (i = n; i-- > 1; cp >>= 6)
		out[i] = (unsigned char)(0x80 | (cp & 0x3f));
	out[0] = (unsigned char)(lead[n] | cp);
	return (n);
}

/* Every number that could be a character, surrogates too, one by one. */
static void
every_character(void **state)
{
	struct dro_buf buf;
	unsigned char in[4];
	uint32_t cp;

	(void)state;
	dro_buf_init(&buf, 100);
	for (cp = 0; cp <= 0x10ffff; cp++) {
		dro_buf_reset(&buf);
		dro_out_text(&buf, (const char *)in, encode(cp, in));
		assert_true(buf.len > 0);
		check_safe(&buf);
	}
	dro_buf_finish(&buf);
}

static void
width(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {{"", 0}, {"abc", 3}, {"Caf\xc3\xa9", 4},
	    {"e\xcc\x81", 1}, /* combining acute */
	    {"\xe6\x97\xa5\xe6\x9c\xac", 4}, /* two kanji */
	    {"\xed\x95\x9c", 2}, /* Hangul */
	    {"\xef\xbc\xa1", 2}, /* full-width A */
	    {"\xef\xbd\xb1", 1}, /* half-width katakana */
	    {"\xf0\x9f\x93\xa7", 2}, /* e-mail symbol */
	    {"\xf0\xa0\x80\x80", 2}, /* ideograph of plane 2 */
	    {"\xd7\xa9\xd6\xb7", 1}, /* Hebrew letter and point */
	    {"\xe0\xa4\x95\xe0\xa5\x8d", 1}, /* Devanagari ka, virama */
	    {"\xe2\x80\xa6", 1}, {FFFD, 1}};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		if (dro_out_width(rows[i].text) != rows[i].columns)
			fail_msg("%s: %zu columns", rows[i].text,
			    dro_out_width(rows[i].text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_payload),
	    cmocka_unit_test(random_strings),
	    cmocka_unit_test(every_character),
	    cmocka_unit_test(width),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
