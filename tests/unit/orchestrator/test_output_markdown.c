/* Text from outside in Markdown: shown as it is, never read as markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "output/markdown.h"
#include "output/output.h"

struct pair {
	const char *in, *out;
};

static const struct pair spans[] = {
    {"", ""},
    {"none", "`none`"},
    {"v=DMARC1; p=none", "`v=DMARC1; p=none`"},
    {"`", "`` ` ``"},
    {"``", "``` `` ```"},
    {"a`b", "``a`b``"},
    {"a``b`c", "```a``b`c```"},
    {"`a", "`` `a ``"},
    {" a", "`  a `"},
    {"a ", "` a  `"},
    {"a|b", "`a|b`"},
    {"<b>@all</b> #1", "`<b>@all</b> #1`"},
    {"a\nb", "`a\\x0ab`"},
    {"\xe2\x80\xae", "`\\u202e`"},
};

static const struct pair cells[] = {
    {"a|b", "`a\\|b`"},
    {"a\\b", "`a\\b`"},
    {"a\\|b", "`a\\x5c\\|b`"},
    {"a\\\\|b", "`a\\x5c\\x5c\\|b`"},
    {"`|`", "`` `\\|` ``"},
};

static const struct pair texts[] = {
    {"", ""},
    {"Every gate passes.", "Every gate passes."},
    {"0 failures in 19780 messages, 0.015% (limit 1.000%): so",
	"0 failures in 19780 messages, 0.015% (limit 1.000%): so"},
    {"it's well-known; really", "it's well-known; really"},
    {"ask @admin now", "ask `@admin` now"},
    {"see #12, GH-12 and !3", "see `#12,` `GH-12` and `!3`"},
    {"a/b#1 ~label &4 $5", "`a/b#1` `~label` `&4` `$5`"},
    {"http://evil.example www.evil.example",
	"`http://evil.example` "
	"`www.evil.example`"},
    {"mail_from:bounce.crm.example broke",
	"`mail_from:bounce.crm.example` broke"},
    {"commit deadbeef and 0a1b2c3d4e", "commit `deadbeef` and `0a1b2c3d4e`"},
    {"<script>alert(1)</script>", "`<script>alert(1)</script>`"},
    {"[x](javascript:1) ![y](z)", "`[x](javascript:1)` `![y](z)`"},
    {"*bold* _it_ ~~no~~ \\ `c`", "`*bold*` `_it_` `~~no~~` `\\` `` `c` ``"},
    {"caf\xc3\xa9 &amp; :smile: x", "`caf\xc3\xa9` `&amp;` `:smile:` x"},
    {"a\n# b", "`a\\x0a#` b"},
    {"- 1. + >", "`-` 1. `+` `>`"},
};

typedef void writer(struct dro_buf *out, const char *text, size_t len);

static void
check_pairs(writer *write, const struct pair *pairs, size_t n)
{
	struct dro_buf out;
	size_t i;

	for (i = 0; i < n; i++) {
		dro_buf_init(&out, 4096);
		dro_buf_adds(&out, "");
		write(&out, pairs[i].in, strlen(pairs[i].in));
		assert_false(out.failed);
		assert_string_equal(out.ptr, pairs[i].out);
		dro_buf_finish(&out);
	}
}

static void
by_hand(void **state)
{
	(void)state;
	check_pairs(dro_md_code, spans, DRO_ARRAY_LEN(spans));
	check_pairs(dro_md_cell, cells, DRO_ARRAY_LEN(cells));
	check_pairs(dro_md_text, texts, DRO_ARRAY_LEN(texts));
}

/*
 * Read one code span as CommonMark 6.1 does: to the next run of as many
 * backticks, one space off both ends.  Append what it holds to ${out}; return
 * what follows, or NULL if there is no end.
 */
static const char *
read_span(const char *p, struct dro_buf *out)
{
	size_t n = strspn(p, "`"), len;
	const char *begin = p + n, *end = begin;

	for (;;) {
		end += strcspn(end, "`");
		if (*end == '\0')
			return (NULL);
		if (strspn(end, "`") == n)
			break;
		end += strspn(end, "`");
	}
	len = (size_t)(end - begin);
	if (len >= 2 && begin[0] == ' ' && begin[len - 1] == ' ' &&
	    strspn(begin, " ") < len) {
		begin++;
		len -= 2;
	}
	dro_buf_add(out, begin, len);
	return (end + n);
}

/* Outside code spans only what no forge reads anything into. */
static void
read_text(const char *p, struct dro_buf *out)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    " ,;()'.:%-";

	while (*p != '\0') {
		if (*p == '`') {
			p = read_span(p, out);
			assert_non_null(p);
			continue;
		}
		assert_non_null(strchr(plain, *p));
		if (*p == '.')
			assert_true(p[1] == '\0' || p[1] == ' ' ||
			    (p[1] >= '0' && p[1] <= '9'));
		if (*p == ':')
			assert_true(p[1] == '\0' || p[1] == ' ');
		dro_buf_addc(out, *p++);
	}
}

/* Letters of attack, more often than chance would have them. */
static char
hostile_char(void)
{
	static const char set[] =
	    "``````  |||\\\\\\@#<>[]()!*_~&$^:/.-+=%\"'\n\r\t{}";

	if (rand() % 3 == 0)
		return ((char)('a' + rand() % 26));
	if (rand() % 20 == 0)
		return ((char)(rand() % 256));
	return (set[(size_t)rand() % (sizeof(set) - 1)]);
}

/* What is shown is what went in, made safe; 200 000 times. */
static void
by_chance(void **state)
{
	struct dro_buf safe, out, back;
	const char *end;
	char text[40];
	size_t len, i;
	int round;

	(void)state;
	srand(1);
	dro_buf_init(&safe, 4096);
	dro_buf_init(&out, 4096);
	dro_buf_init(&back, 4096);
	for (round = 0; round < 200000; round++) {
		len = (size_t)rand() % sizeof(text);
		for (i = 0; i < len; i++)
			text[i] = hostile_char();
		dro_buf_reset(&safe);
		dro_buf_reset(&out);
		dro_buf_reset(&back);
		dro_buf_adds(&safe, "");
		dro_buf_adds(&out, "");
		dro_buf_adds(&back, "");
		dro_out_text(&safe, text, len);
		if (round % 2 == 0) {
			dro_md_code(&out, text, len);
			if (safe.len > 0) {
				end = read_span(out.ptr, &back);
				assert_non_null(end);
				assert_string_equal(end, "");
			}
		} else {
			dro_md_text(&out, text, len);
			read_text(out.ptr, &back);
		}
		assert_false(out.failed);
		assert_string_equal(back.ptr, safe.ptr);
	}
	dro_buf_finish(&safe);
	dro_buf_finish(&out);
	dro_buf_finish(&back);
}

/* A pipe ends a cell unless one backslash, and only one, is before it. */
static void
a_cell_stays_one(void **state)
{
	struct dro_buf out;
	char text[20];
	size_t i, len;
	int round;

	(void)state;
	srand(2);
	dro_buf_init(&out, 4096);
	for (round = 0; round < 50000; round++) {
		len = (size_t)rand() % sizeof(text);
		for (i = 0; i < len; i++)
			text[i] = "|\\`a"[rand() % 4];
		dro_buf_reset(&out);
		dro_buf_adds(&out, "");
		dro_md_cell(&out, text, len);
		for (i = 0; i < out.len; i++)
			if (out.ptr[i] == '|') {
				assert_true(i > 0 && out.ptr[i - 1] == '\\');
				assert_false(i > 1 && out.ptr[i - 2] == '\\');
			}
	}
	dro_buf_finish(&out);
}

static void
fences(void **state)
{
	static const struct pair cases[] = {{"", "```"}, {"- a\n", "```"},
	    {"`", "```"}, {"a``b", "```"}, {"```", "````"},
	    {"x`````y``", "``````"}};

	(void)state;
	check_pairs(dro_md_fence, cases, DRO_ARRAY_LEN(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_hand),
	    cmocka_unit_test(by_chance),
	    cmocka_unit_test(a_cell_stays_one),
	    cmocka_unit_test(fences),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
