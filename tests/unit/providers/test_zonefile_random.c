/*
 * Made-up zone files whose records are written every way the format allows,
 * spliced and compared before and after by BIND's compiler, which shares no
 * code with ours.  The seed is fixed: every run sees the same files.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "zonefile/zonetext.h"

#define ZONES 200
#define APEX "rnd.example"

static char folder[] = "/tmp/dro-random-XXXXXX";
static uint64_t seed;

/* 0 .. n-1 */
static unsigned
pick(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((unsigned)(seed >> 33) % n);
}

/* A zone being written. */
struct made {
	struct dro_buf text;
	const char *name; /* of the RRset that will change */
	enum dro_rrtype type;
	const char *origin; /* in force */
	const char *last; /* owner of the last record */
	bool dollar_ttl; /* else every record has a TTL */
	unsigned types; /* used at names of several records */
	unsigned n_own; /* names of one record */
	char own[64][40];
	size_t n;
	char values[8][320]; /* of that RRset */
};

static const char *const names[] = {APEX, "www." APEX, "mail." APEX,
    "_dmarc." APEX, "a.b." APEX, "_dmarc.sub." APEX, "x.sub." APEX,
    "sub." APEX};

static void
blank(struct made *m)
{
	static const char *const blanks[] = {" ", "\t", "  ", " \t "};

	dro_buf_adds(&m->text, blanks[pick(4)]);
}

/* A blank, within parentheses perhaps a comment and a new line. */
static void
gap(struct made *m, bool open)
{
	static const char *const comments[] = {"; plain", "; ( open",
	    "; close ) and \"quote", ";", "; \\", "; a;b \"c\" (d)"};

	blank(m);
	if (!open || pick(3) != 0)
		return;
	if (pick(2) == 0)
		dro_buf_adds(&m->text, comments[pick(6)]);
	dro_buf_addc(&m->text, '\n');
	if (pick(2) == 0)
		blank(m);
}

/* ${name} as @, relative to the origin, absolute, escaped, in capitals. */
static void
add_name(struct made *m, const char *name)
{
	size_t len = strlen(name), origin = strlen(m->origin), i;
	const char *end = name + len;

	if (strcmp(name, m->origin) == 0 && pick(4) != 0) {
		dro_buf_addc(&m->text, '@');
		return;
	}
	if (len > origin && name[len - origin - 1] == '.' &&
	    strcmp(name + len - origin, m->origin) == 0 && pick(3) != 0)
		end -= origin + 1;
	for (i = 0; name + i < end; i++)
		if (isalpha((unsigned char)name[i]) && pick(12) == 0)
			dro_buf_addf(
			    &m->text, "\\%03u", (unsigned char)name[i]);
		else
			dro_buf_addc(&m->text,
			    (char)(pick(8) == 0
				    ? toupper((unsigned char)name[i])
				    : name[i]));
	if (end == name + len)
		dro_buf_addc(&m->text, '.');
}

/* Class and TTL in either order, or absent where they may be. */
static void
add_fields(struct made *m, bool open)
{
	static const char *const ttls[] = {
	    "300", "1h", "1D", "2h30m", "60", "0"};
	const char *ttl = m->dollar_ttl && pick(2) == 0 ? "" : ttls[pick(6)];
	const char *class = pick(2) == 0 ? "" : pick(4) == 0 ? "CLASS1" : "IN";
	bool swap = pick(2) == 0;

	dro_buf_adds(&m->text, swap ? class : ttl);
	if (*ttl != '\0' && *class != '\0')
		gap(m, open);
	dro_buf_adds(&m->text, swap ? ttl : class);
	if (*ttl != '\0' || *class != '\0')
		gap(m, open);
}

/* The text ${value} in one or more strings, quoted or not. */
static void
add_text(struct made *m, const char *value, bool open)
{
	size_t len = strlen(value), take, i;

	while (len > 0) {
		bool quoted = pick(3) != 0;

		take = pick(3) == 0 ? 1 + pick((unsigned)len) : len;
		if (take > 200)
			take = 200;
		if (quoted)
			dro_buf_addc(&m->text, '"');
		for (i = 0; i < take; i++) {
			char c = value[i];

			if (pick(25) == 0)
				dro_buf_addf(
				    &m->text, "\\%03u", (unsigned char)c);
			else if (c == '"' || c == '\\' ||
			    (!quoted && strchr(" ;()", c) != NULL) ||
			    (c == ';' && pick(3) == 0))
				dro_buf_addf(&m->text, "\\%c", c);
			else
				dro_buf_addc(&m->text, c);
		}
		if (quoted)
			dro_buf_addc(&m->text, '"');
		value += take;
		len -= take;
		if (len > 0)
			gap(m, open);
	}
}

/* A record of another RRset. */
static void
add_other_rdata(struct made *m, bool open)
{
	switch (pick(5)) {
	case 0:
		dro_buf_adds(&m->text, "A");
		gap(m, open);
		dro_buf_addf(&m->text, "192.0.2.%u", pick(256));
		break;
	case 1:
		dro_buf_adds(&m->text, "AAAA");
		gap(m, open);
		dro_buf_addf(&m->text, "2001:db8::%x", pick(65536));
		break;
	case 2:
		dro_buf_adds(&m->text, "SRV");
		gap(m, open);
		dro_buf_addf(&m->text, "%u 0", pick(100));
		gap(m, open);
		dro_buf_adds(&m->text, "443 ");
		add_name(m, names[pick(8)]);
		break;
	case 3:
		dro_buf_addf(
		    &m->text, "CAA 0 issue \"ca%u.example; x=(y\"", pick(100));
		break;
	default:
		dro_buf_adds(&m->text, pick(2) == 0 ? "HINFO" : "TXT");
		gap(m, open);
		add_text(m, "x", open);
		gap(m, open);
		dro_buf_addf(&m->text, "\"n%u ; ( ) \\\" \\\\\"", pick(1000));
		break;
	}
}

/* A record of the RRset that will change; its value is remembered. */
static void
add_owned_rdata(struct made *m, bool open)
{
	char *value = m->values[m->n];
	unsigned i = (unsigned)m->n++;
	bool late; /* the parenthesis opens where the data begins */

	if (m->type == DRO_RR_MX) {
		(void)snprintf(value, 320, "%u mail." APEX ".", i * 10);
		dro_buf_addf(&m->text, "mX %u", i * 10);
		gap(m, open);
		add_name(m, "mail." APEX);
		return;
	}
	(void)snprintf(value, 320, "v=%u; a(b) \"c\\d\" ;%.*s", i,
	    (int)(pick(4) == 0 ? 280 : 3),
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
	late = !open && pick(3) == 0;
	dro_buf_adds(&m->text, late ? "TXT (" : "TXT");
	gap(m, open || late);
	add_text(m, value, open || late);
	dro_buf_adds(&m->text, late ? " )" : "");
}

/*
 * Whose record comes next.  A name below another is used once, because
 * servers differ in what they make of RRsets with several TTLs.
 */
static const char *
next_name(struct made *m, bool mine)
{
	if (mine)
		return (m->name);
	if (m->last != NULL && pick(3) == 0)
		return (m->last);
	if (pick(2) == 0)
		return (names[pick(8)]);
	(void)snprintf(m->own[m->n_own], sizeof(m->own[0]), "u%u.%s", m->n_own,
	    names[pick(8)]);
	return (m->own[m->n_own++]);
}

static void
add_record(struct made *m)
{
	bool mine = m->n < 4 && pick(5) == 0, early = pick(10) == 0;
	unsigned n_own = m->n_own;
	const char *name = next_name(m, mine);

	if (m->last != name || pick(4) == 0)
		add_name(m, name);
	blank(m);
	m->last = name;
	if (early)
		dro_buf_adds(&m->text, "( ");
	add_fields(m, early);
	if (mine)
		add_owned_rdata(m, early);
	else if (m->n_own > n_own)
		add_other_rdata(m, early);
	else
		dro_buf_addf(&m->text, "TYPE%u \\# 2 %04x", 65000 + m->types++,
		    pick(65536));
	if (early)
		dro_buf_adds(&m->text, " )");
	if (pick(4) == 0)
		dro_buf_adds(&m->text, " ; trailing \"(");
	dro_buf_addc(&m->text, '\n');
}

static void
add_line(struct made *m)
{
	static const struct {
		const char *origin, *text;
	} origins[] = {{APEX, "$ORIGIN " APEX ".\n"},
	    {"sub." APEX, "$ORIGIN sub." APEX ". ; down\n"},
	    {"example", "$ORIGIN example.\n"}};
	unsigned i;

	switch (pick(12)) {
	case 0:
		i = pick(3);
		dro_buf_adds(&m->text, origins[i].text);
		m->origin = origins[i].origin;
		break;
	case 1:
		if (m->dollar_ttl)
			dro_buf_addf(&m->text, "$TTL %u\n", pick(9000));
		break;
	case 2:
		dro_buf_adds(&m->text, pick(2) == 0 ? "\n" : " \t ; (\n");
		break;
	default:
		add_record(m);
	}
}

static void
make_zone(struct made *m)
{
	unsigned lines = 10 + pick(40);

	memset(m, 0, sizeof(*m));
	dro_buf_init(&m->text, 1 << 20);
	m->name = names[pick(8)];
	m->type = pick(4) == 0 ? DRO_RR_MX : DRO_RR_TXT;
	m->origin = APEX;
	m->dollar_ttl = pick(4) != 0;
	if (m->dollar_ttl)
		dro_buf_adds(&m->text, "$TTL 1h ; default\n");
	dro_buf_adds(&m->text,
	    pick(2) == 0
		? "@ 3600 IN SOA ns1 host 4294967294 2h 1h 2w 5m\n"
		: "@ 3600 SOA ns1 host (\n 2026112001 ; serial\n 2h 1h\n"
		  "2w 5m )\n");
	dro_buf_adds(&m->text, "@ 3600 NS ns1\nns1 3600 A 192.0.2.53\n");
	m->last = NULL;
	while (lines-- > 0)
		add_line(m);
	/* BIND takes no directive that ends without a line end. */
	if (pick(2) == 0) {
		add_record(m);
		m->text.ptr[--m->text.len] = '\0';
	}
	assert_false(m->text.failed);
}

/* Give every line a CR. */
static void
to_crlf(struct dro_buf *text)
{
	struct dro_buf out;
	size_t i;

	dro_buf_init(&out, 1 << 20);
	for (i = 0; i < text->len; i++) {
		if (text->ptr[i] == '\n')
			dro_buf_addc(&out, '\r');
		dro_buf_addc(&out, text->ptr[i]);
	}
	dro_buf_finish(text);
	*text = out;
}

/* What BIND makes of ${text}: records one per line, sorted. */
static size_t
compile(const struct dro_buf *text, char *lines[256])
{
	char path[300], command[700], line[4096];
	size_t n = 0, i;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/zone", folder);
	assert_non_null(fp = fopen(path, "wb"));
	assert_int_equal(fwrite(text->ptr, 1, text->len, fp), text->len);
	assert_int_equal(fclose(fp), 0);
	/* What it has to say goes to stderr, which only a failure shows. */
	(void)snprintf(command, sizeof(command),
	    "exec 2>%s/log; named-compilezone -k ignore -i none -o - " APEX
	    " %s || { cat %s/log; exit 1; }",
	    folder, path, folder);
	assert_non_null(fp = popen(command, "r"));
	while (fgets(line, sizeof(line), fp) != NULL) {
		assert_in_range(n, 0, 255);
		assert_non_null(lines[n++] = strdup(line));
	}
	if (pclose(fp) != 0) {
		for (i = 0; i < n; i++)
			print_error("%s", lines[i]);
		fail_msg("in\n%s", text->ptr);
	}
	return (n);
}

/* Split off the lines of the SOA and of the RRset ${name} ${type}. */
static void
split(char *lines[256], size_t n, const struct made *m, struct dro_buf *mine,
    struct dro_buf *others, unsigned *serial)
{
	char owner[300], type[20], wanted[300];
	unsigned ttl;
	size_t i, k;
	int at;

	dro_buf_init(mine, 1 << 20);
	dro_buf_init(others, 1 << 20);
	(void)snprintf(wanted, sizeof(wanted), "%s.", m->name);
	for (i = 0; i < n; i++) {
		at = 0;
		assert_int_equal(sscanf(lines[i], "%299s %u IN %19s %n", owner,
				     &ttl, type, &at),
		    3);
		for (k = 0; owner[k] != '\0'; k++)
			owner[k] = (char)tolower((unsigned char)owner[k]);
		if (strcmp(type, "SOA") == 0)
			assert_int_equal(
			    sscanf(lines[i] + at, "%*s %*s %u", serial), 1);
		else if (strcmp(owner, wanted) == 0 &&
		    strcmp(type, dro_rrtype_name(m->type)) == 0)
			dro_buf_addf(mine, "%u %s", ttl, lines[i] + at);
		else
			dro_buf_addf(others, "%s %u %s %s", owner, ttl, type,
			    lines[i] + at);
		free(lines[i]);
	}
	dro_buf_addc(mine, '\n');
	dro_buf_addc(others, '\n');
}

static int
by_text(const void *a, const void *b)
{
	return (strcasecmp(*(char *const *)a, *(char *const *)b));
}

static void
compiled(const struct dro_buf *text, const struct made *m, struct dro_buf *mine,
    struct dro_buf *others, unsigned *serial)
{
	char *lines[256];
	size_t n = compile(text, lines);

	qsort(lines, n, sizeof(*lines), by_text);
	split(lines, n, m, mine, others, serial);
}

/* As BIND prints ${value}: strings of 255, " and \ escaped. */
static void
expect_line(struct dro_buf *out, const struct made *m, const char *value)
{
	size_t i;

	dro_buf_adds(out, "1234 ");
	if (m->type == DRO_RR_MX)
		dro_buf_adds(out, value);
	for (i = 0; m->type == DRO_RR_TXT && value[i] != '\0'; i++) {
		if (i % 255 == 0)
			dro_buf_adds(out, i == 0 ? "\"" : "\" \"");
		if (value[i] == '"' || value[i] == '\\')
			dro_buf_addc(out, '\\');
		dro_buf_addc(out, value[i]);
	}
	dro_buf_adds(out, m->type == DRO_RR_TXT ? "\"\n" : "\n");
}

/* Joined strings compare equal however they are cut. */
static void
join(struct dro_buf *text)
{
	char *in, *out;

	for (in = out = text->ptr; *in != '\0';)
		if (strncmp(in, "\" \"", 3) == 0 && in[-1] != '\\')
			in += 3;
		else
			*out++ = *in++;
	*out = '\0';
	text->len = (size_t)(out - text->ptr);
}

/* The lines of ${text} as a set: each of ${wanted} is there, no other. */
static void
assert_same_lines(const struct dro_buf *found, const struct dro_buf *wanted,
    const struct dro_buf *zone)
{
	const char *line, *end;
	char one[700];

	if (found->len != wanted->len)
		fail_msg("expected\n%sfound\n%sin\n%s", wanted->ptr, found->ptr,
		    zone->ptr);
	for (line = wanted->ptr; *line != '\n'; line = end + 1) {
		end = strchr(line, '\n');
		(void)snprintf(
		    one, sizeof(one), "%.*s\n", (int)(end - line), line);
		if (strstr(found->ptr, one) == NULL)
			fail_msg("missing %sin\n%s", one, zone->ptr);
	}
}

/* Keep some values, drop some, add some; at least one thing changes. */
static void
choose(const struct made *m, struct dro_rrset *wanted, struct dro_arena *arena,
    struct dro_buf *expected)
{
	struct dro_err err;
	char value[320];
	unsigned extra = pick(3);
	size_t i;

	dro_rrset_init(wanted, m->name, m->type);
	wanted->ttl_s = 1234;
	dro_buf_init(expected, 1 << 16);
	for (i = 0; i < m->n + extra; i++) {
		if (i < m->n && pick(2) == 0)
			continue;
		if (i < m->n)
			(void)snprintf(
			    value, sizeof(value), "%s", m->values[i]);
		else if (m->type == DRO_RR_MX)
			(void)snprintf(
			    value, sizeof(value), "%zu new." APEX ".", i);
		else
			(void)snprintf(value, sizeof(value),
			    "v=DMARC1; p=new; i=%zu \"\\;", i);
		assert_int_equal(
		    dro_rrset_add(wanted, arena, value, strlen(value), &err),
		    DRO_OK);
		expect_line(expected, m, value);
	}
	dro_buf_addc(expected, '\n');
}

static void
one_zone(void)
{
	struct dro_buf mine, others, mine_after, others_after, expected, out;
	struct dro_zf_view before = {.n = 0}, after = {.n = 0};
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset wanted, normal;
	struct dro_err err;
	unsigned serial = 0, serial_after = 0;
	struct made m;

	make_zone(&m);
	choose(&m, &wanted, arena, &expected);
	join(&expected);
	if (pick(4) == 0)
		to_crlf(&m.text);
	compiled(&m.text, &m, &mine, &others, &serial);
	dro_buf_init(&out, 1 << 20);
	if (dro_zf_normal(&wanted, arena, &normal, &err) != DRO_OK ||
	    dro_zf_view_init(&before, m.text.ptr, m.text.len, APEX, m.name,
		m.type, arena, &err) != DRO_OK)
		fail_msg("%s in\n%s", err.msg, m.text.ptr);
	assert_int_equal(before.n, m.n);
	if (dro_zf_splice(m.text.ptr, m.text.len, &before, &normal, &out,
		&err) != DRO_OK ||
	    dro_zf_view_init(&after, out.ptr, out.len, APEX, m.name, m.type,
		arena, &err) != DRO_OK ||
	    dro_zf_prove(&before, &after, &normal, &err) != DRO_OK)
		fail_msg("%s in\n%s", err.msg, m.text.ptr);
	compiled(&out, &m, &mine_after, &others_after, &serial_after);
	join(&mine_after);
	assert_string_equal(others_after.ptr, others.ptr);
	assert_same_lines(&mine_after, &expected, &out);
	assert_int_equal(serial_after, serial + 1);
	dro_zf_view_finish(&before);
	dro_zf_view_finish(&after);
	dro_buf_finish(&mine);
	dro_buf_finish(&others);
	dro_buf_finish(&mine_after);
	dro_buf_finish(&others_after);
	dro_buf_finish(&expected);
	dro_buf_finish(&out);
	dro_buf_finish(&m.text);
	dro_arena_destroy(arena);
}

static void
test_random_zones(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ZONES; i++) {
		seed = UINT64_C(20261120) + (uint64_t)i;
		one_zone();
	}
}

static int
remove_folder(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	return (system(command));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_zones)};

	if (mkdtemp(folder) == NULL)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, remove_folder));
}
