#ifndef DRO_TEST_CONFORMANCE_H
#define DRO_TEST_CONFORMANCE_H

/*
 * What every provider plugin must do, asked of the real server or file behind
 * it.  A test program fills in a struct conformance, hands it to cmocka as
 * the group's state, and lists CONFORMANCE_TESTS among its tests.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "host/host.h"
#include "provider.h"

struct conformance {
	const struct dro_provider *provider;
	void *arg; /* the first argument of every callback */
	bool has_credential; /* else a wrong one cannot be tried */

	/* Make the zone ${apex} hold exactly the master-file text ${text}. */
	void (*prepare)(void *arg, const char *apex, const char *text);

	/*
	 * All records of the zone, read without the plugin: one line
	 * "owner TYPE ttl rdata" each (owner lower case, without final dot),
	 * sorted.  The SOA's line changes with every write that arrives.
	 * The caller frees the text.
	 */
	char *(*dump)(void *arg, const char *apex);

	/* Open the account, if asked with a credential that is not valid. */
	enum dro_code (*open)(void *arg, struct dro_host *host,
	    bool wrong_credential, void **ctx, struct dro_err *err);
};

/* One opened account and what the tests need around it. */
struct session {
	struct conformance *suite;
	const struct dro_provider *plugin;
	struct dro_host *host;
	struct dro_arena *arena;
	void *ctx;
	struct dro_zone zone;
	struct dro_err err;
	struct dro_receipt receipt;
};

#define assert_code(session, expected, call)                                   \
	do {                                                                   \
		enum dro_code got_ = (call);                                   \
		if (got_ != (expected))                                        \
			fail_msg("code %d, expected %d: %s", (int)got_,        \
			    (int)(expected), (session)->err.msg);              \
	} while (0)

/* The names and other values that every prepared zone has. */
static void
session_zone(struct conformance *suite, const char *apex, const char *records)
{
	char text[16384];
	int n;

	n = snprintf(text, sizeof(text),
	    "$ORIGIN %s.\n$TTL 3600\n"
	    "@ IN SOA ns1 hostmaster 1 7200 3600 1209600 300\n"
	    "@ IN NS ns1\nns1 IN A 192.0.2.53\n"
	    "@ IN A 192.0.2.80\nwww IN A 192.0.2.80\n"
	    "dmarc IN TXT \"not _dmarc\"\n"
	    "_dmarc.shop IN TXT \"v=DMARC1; p=reject\"\n%s",
	    apex, records);
	assert_in_range(n, 1, sizeof(text) - 1);
	suite->prepare(suite->arg, apex, text);
}

static void
session_open_mode(struct session *s, void **state, bool read_only, bool wrong)
{
	memset(s, 0, sizeof(*s));
	s->suite = *state;
	s->plugin = s->suite->provider;
	assert_non_null(s->arena = dro_arena_create());
	assert_code(s, DRO_OK, dro_host_create(read_only, &s->host, &s->err));
	assert_code(s, DRO_OK,
	    s->suite->open(s->suite->arg, s->host, wrong, &s->ctx, &s->err));
}

/* Prepare the zone ${apex} with ${records}, open the account, find it. */
static void
session_open(
    struct session *s, void **state, const char *apex, const char *records)
{
	session_zone(*state, apex, records);
	session_open_mode(s, state, false, false);
	assert_code(
	    s, DRO_OK, s->plugin->zone(s->ctx, apex, &s->zone, &s->err));
	assert_string_equal(s->zone.name, apex);
}

static void
session_close(struct session *s)
{
	s->plugin->close(s->ctx);
	dro_host_destroy(s->host);
	dro_arena_destroy(s->arena);
}

/* An RRset of the texts up to NULL. */
static void
rrset_of(struct session *s, struct dro_rrset *out, const char *name,
    enum dro_rrtype type, const char *const *values)
{
	dro_rrset_init(out, name, type);
	out->ttl_s = 300;
	for (; *values != NULL; values++)
		assert_code(s, DRO_OK,
		    dro_rrset_add(
			out, s->arena, *values, strlen(*values), &s->err));
}

static enum dro_code
session_apply(struct session *s, const struct dro_rrset *expected,
    const struct dro_rrset *wanted)
{
	struct dro_rrchange change = {expected, wanted};

	memset(&s->receipt, 0xff, sizeof(s->receipt));
	return (s->plugin->apply(
	    s->ctx, &s->zone, &change, 1, &s->receipt, &s->err));
}

static enum dro_code
session_read(struct session *s, const char *name, enum dro_rrtype type,
    struct dro_rrset *out)
{
	struct dro_rrkey key = {name, type};

	return (
	    s->plugin->read(s->ctx, &s->zone, &key, s->arena, out, &s->err));
}

/* Read, and expect exactly the values of ${expected}. */
static void
assert_live(struct session *s, const struct dro_rrset *expected)
{
	struct dro_rrset live;
	size_t i, j;

	assert_code(
	    s, DRO_OK, session_read(s, expected->name, expected->type, &live));
	assert_string_equal(live.name, expected->name);
	assert_int_equal(live.n, expected->n);
	for (i = 0; i < expected->n; i++) {
		for (j = 0; j < live.n; j++)
			if (live.values[j].len == expected->values[i].len &&
			    memcmp(live.values[j].ptr, expected->values[i].ptr,
				live.values[j].len) == 0)
				break;
		if (j == live.n)
			fail_msg(
			    "%s: value %zu is not live", expected->name, i);
	}
}

/* The zone's records without its SOA and without one RRset. */
static char *
dump_others(struct session *s, const char *name, const char *type)
{
	char *all = s->suite->dump(s->suite->arg, s->zone.name), *in, *out;
	char mine[300];
	size_t len;

	assert_non_null(all);
	(void)snprintf(mine, sizeof(mine), "%s %s ", name, type);
	for (in = out = all; *in != '\0'; in += len) {
		char *eol = strchr(in, '\n');
		char *soa = strstr(in, " SOA ");

		len = eol == NULL ? strlen(in) : (size_t)(eol - in) + 1;
		if (strncmp(in, mine, strlen(mine)) == 0 ||
		    (soa != NULL && soa < in + len))
			continue;
		memmove(out, in, len);
		out += len;
	}
	*out = '\0';
	return (all);
}

/* Every octet of the zone, the SOA too, is as it was in ${before}. */
static void
assert_untouched(struct session *s, const char *before)
{
	char *after = s->suite->dump(s->suite->arg, s->zone.name);

	assert_non_null(after);
	assert_string_equal(after, before);
	free(after);
}

#define NOTHING ((const char *const[]){NULL})
#define ONE(text) ((const char *const[]){(text), NULL})

static void
conformance_create(void **state)
{
	const char *name = "_dmarc.create.example";
	struct session s;
	struct dro_rrset absent, wanted, live;
	char *before, *after;

	session_open(&s, state, "create.example", "");
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_live(&s, &absent);
	before = dump_others(&s, name, "TXT");
	assert_code(&s, DRO_OK, session_apply(&s, &absent, &wanted));
	assert_false(s.receipt.noop);
	assert_live(&s, &wanted);
	assert_code(&s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
	assert_int_equal(live.ttl_s, 300);
	assert_true(s.receipt.ttl_s == 300 || s.receipt.ttl_s == 0);
	after = dump_others(&s, name, "TXT");
	assert_string_equal(after, before);
	free(after);
	free(before);
	session_close(&s);
}

static void
conformance_replace_and_delete(void **state)
{
	const char *name = "_dmarc.replace.example";
	struct session s;
	struct dro_rrset first, second, absent;

	session_open(&s, state, "replace.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none\"\n");
	rrset_of(&s, &first, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	rrset_of(&s, &second, name, DRO_RR_TXT,
	    ONE("v=DMARC1; p=quarantine; pct=10; t=y"));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	assert_live(&s, &first);
	assert_code(&s, DRO_OK, session_apply(&s, &first, &second));
	assert_false(s.receipt.noop);
	assert_live(&s, &second);
	assert_code(&s, DRO_OK, session_apply(&s, &second, &absent));
	assert_live(&s, &absent);
	session_close(&s);
}

/* The same change twice: the second finds it done and sends nothing. */
static void
conformance_second_run_is_noop(void **state)
{
	const char *name = "_dmarc.noop.example";
	struct session s;
	struct dro_rrset expected, wanted;
	char *before;

	session_open(&s, state, "noop.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none\"\n");
	rrset_of(&s, &expected, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	before = s.suite->dump(s.suite->arg, s.zone.name);
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	assert_true(s.receipt.noop);
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

static void
conformance_stale_write_conflicts(void **state)
{
	const char *name = "_dmarc.stale.example";
	const char *gone = "_dmarc.gone.stale.example";
	struct session s;
	struct dro_rrset seen, none, wanted;
	char *before;

	session_open(&s, state, "stale.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none; by=hand\"\n");
	rrset_of(&s, &seen, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	rrset_of(&s, &none, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	before = s.suite->dump(s.suite->arg, s.zone.name);
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &seen, &wanted));
	assert_non_null(strstr(s.err.msg, "by=hand"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &none, &wanted));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &seen, &none));
	/* Expected to be there, but somebody removed it. */
	rrset_of(&s, &seen, gone, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	rrset_of(&s, &wanted, gone, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &seen, &wanted));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* A hand edit between our read and our write. */
static void
conformance_edit_in_between_conflicts(void **state)
{
	const char *name = "_dmarc.between.example";
	struct session s;
	struct dro_rrset live, wanted;
	char *before;

	session_open(&s, state, "between.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none\"\n");
	assert_code(&s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
	session_zone(s.suite, "between.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=quarantine\"\n");
	before = s.suite->dump(s.suite->arg, s.zone.name);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &live, &wanted));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* One of several values is replaced; its neighbours stay as they are. */
static void
conformance_neighbours(void **state)
{
	const char *name = "neighbours.example";
	static const char *const before_values[] = {
	    "vendor-site-verification=A;b\"c\\d", "v=spf1 mx ~all",
	    "two  blanks, and one at the end ", NULL};
	static const char *const after_values[] = {
	    "vendor-site-verification=A;b\"c\\d", "v=spf1 -all",
	    "two  blanks, and one at the end ", NULL};
	struct session s;
	struct dro_rrset expected, wanted;
	char *before, *after;

	session_open(&s, state, name,
	    "@ 300 IN TXT \"vendor-site-verification=A\\;b\\\"c\\\\d\"\n"
	    "@ 300 IN TXT \"v=spf1 mx ~all\"\n"
	    "@ 300 IN TXT \"two  blanks, and one\" \" at the end \"\n"
	    "@ 300 IN MX 10 mx1.neighbours.example.\n");
	rrset_of(&s, &expected, name, DRO_RR_TXT, before_values);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, after_values);
	assert_live(&s, &expected);
	before = dump_others(&s, name, "TXT");
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	assert_live(&s, &wanted);
	after = dump_others(&s, name, "TXT");
	assert_string_equal(after, before);
	free(after);
	free(before);
	session_close(&s);
}

/* Lengths around the 255 octets of a character-string. */
static void
conformance_long_text(void **state)
{
	static const size_t lengths[] = {1, 254, 255, 256, 300, 510, 511, 1024};
	const char *name = "_dmarc.long.example";
	struct session s;
	struct dro_rrset expected, wanted;
	char text[1024];
	size_t i;

	session_open(&s, state, "long.example", "");
	rrset_of(&s, &expected, name, DRO_RR_TXT, NOTHING);
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + (int)(i % 26));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		rrset_of(&s, &wanted, name, DRO_RR_TXT, NOTHING);
		assert_code(&s, DRO_OK,
		    dro_rrset_add(&wanted, s.arena, text, lengths[i], &s.err));
		assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
		assert_live(&s, &wanted);
		expected = wanted;
	}
	session_close(&s);
}

/* Octets that some notation on the way treats as its own. */
static void
conformance_any_octets(void **state)
{
	static const char *const texts[] = {"\"", "\\", "\\\"", "a;b", "a\\;b",
	    "\\059", " x ", "x  y", "%2C,@$()", "caf\xc3\xa9 \xe2\x82\xac",
	    "\x01\t\x7f\x80\xff", "#&<>'{}[]", NULL};
	const char *name = "_dmarc.octets.example";
	struct session s;
	struct dro_rrset expected, wanted;
	char every[256];
	size_t i;

	session_open(&s, state, "octets.example", "");
	rrset_of(&s, &expected, name, DRO_RR_TXT, NOTHING);
	for (i = 0; texts[i] != NULL; i++) {
		rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE(texts[i]));
		assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
		assert_live(&s, &wanted);
		expected = wanted;
	}
	for (i = 0; i < sizeof(every); i++)
		every[i] = (char)i;
	rrset_of(&s, &wanted, name, DRO_RR_TXT, texts);
	assert_code(&s, DRO_OK,
	    dro_rrset_add(&wanted, s.arena, every, sizeof(every), &s.err));
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	assert_live(&s, &wanted);
	session_close(&s);
}

/* The same value, however somebody else wrote it down. */
static void
conformance_foreign_notation(void **state)
{
	const char *name = "_dmarc.foreign.example";
	struct session s;
	struct dro_rrset expected;

	session_open(&s, state, "foreign.example",
	    "_DMARC 300 IN TXT \"v=DMARC1\\; \" \"p=no\" \"ne\\059 x=\\\"\"\n");
	rrset_of(
	    &s, &expected, name, DRO_RR_TXT, ONE("v=DMARC1; p=none; x=\""));
	assert_live(&s, &expected);
	session_close(&s);
}

/* A clamped or hand-set TTL is no conflict, and no reason to write. */
static void
conformance_ttl_is_no_conflict(void **state)
{
	const char *name = "_dmarc.ttl.example";
	struct session s;
	struct dro_rrset expected, wanted;

	session_open(&s, state, "ttl.example",
	    "_dmarc 7200 IN TXT \"v=DMARC1; p=none\"\n");
	rrset_of(&s, &expected, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	assert_true(s.receipt.noop);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	assert_code(&s, DRO_OK, session_apply(&s, &expected, &wanted));
	assert_live(&s, &wanted);
	session_close(&s);
}

/* A delegated policy (CNAME at the name) is the client's choice. */
static void
conformance_cname_refused(void **state)
{
	const char *name = "_dmarc.cname.example";
	struct session s;
	struct dro_rrset live, absent, wanted;
	char *before;

	session_open(&s, state, "cname.example",
	    "_dmarc 300 IN CNAME cname.dmarc.vendor.example.\n");
	before = s.suite->dump(s.suite->arg, s.zone.name);
	assert_code(
	    &s, DRO_ECONFLICT, session_read(&s, name, DRO_RR_TXT, &live));
	assert_non_null(strstr(s.err.msg, "cname.dmarc.vendor.example"));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &absent, &wanted));
	assert_non_null(strstr(s.err.msg, "cname.dmarc.vendor.example"));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* The longest enclosing zone; never a guess by counting labels. */
static void
conformance_zone(void **state)
{
	struct session s;
	struct dro_zone zone;

	session_zone(*state, "sub.zone.example", "");
	session_open(&s, state, "zone.example", "");
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "_dmarc.sub.zone.example", &zone, &s.err));
	assert_string_equal(zone.name, "sub.zone.example");
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "_dmarc.a.b.zone.example", &zone, &s.err));
	assert_string_equal(zone.name, "zone.example");
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "xsub.zone.example", &zone, &s.err));
	assert_string_equal(zone.name, "zone.example");
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "_dmarc.elsewhere.example", &zone, &s.err));
	assert_non_null(strstr(s.err.msg, "elsewhere.example"));
	session_close(&s);
}

static void
conformance_wrong_credential(void **state)
{
	struct session s;
	struct dro_zone zone;
	struct conformance *suite = *state;

	if (!suite->has_credential)
		skip();
	session_zone(suite, "secret.example", "");
	session_open_mode(&s, state, false, true);
	assert_code(&s, DRO_EAUTH, s.plugin->check(s.ctx, &s.err));
	assert_int_equal(s.err.scope, DRO_SCOPE_ACCOUNT);
	assert_code(&s, DRO_EAUTH,
	    s.plugin->zone(s.ctx, "secret.example", &zone, &s.err));
	assert_int_equal(s.err.scope, DRO_SCOPE_ACCOUNT);
	session_close(&s);
}

static void
conformance_check(void **state)
{
	struct session s;

	session_zone(*state, "check.example", "");
	session_open_mode(&s, state, true, false);
	assert_code(&s, DRO_OK, s.plugin->check(s.ctx, &s.err));
	session_close(&s);
}

/* plan's mode: all reads work, no write leaves. */
static void
conformance_read_only(void **state)
{
	const char *name = "_dmarc.readonly.example";
	struct session s;
	struct dro_rrset live, wanted, absent;
	char *before;

	session_zone(*state, "readonly.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none\"\n");
	session_open_mode(&s, state, true, false);
	assert_code(&s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
	assert_code(&s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
	before = s.suite->dump(s.suite->arg, s.zone.name);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	assert_code(&s, DRO_EAUTH, session_apply(&s, &live, &wanted));
	assert_code(&s, DRO_EAUTH, session_apply(&s, &live, &absent));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* What apply would store, explain accepts. */
static void
conformance_explain(void **state)
{
	struct session s;
	struct dro_rrset wanted;

	session_open(&s, state, "explain.example", "");
	rrset_of(&s, &wanted, "_dmarc.explain.example", DRO_RR_TXT,
	    ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_OK, s.plugin->explain(s.ctx, &wanted, &s.err));
	session_close(&s);
}

/* Several RRsets of a zone: all, or on one stale expectation none. */
static void
conformance_atomic(void **state)
{
	static const char *const texts[] = {"v=spf1 -all", NULL};
	const char *apex = "atomic.example";
	struct session s;
	struct dro_rrset no_txt, txt, mx, null_mx, no_dmarc, dmarc, stale;
	struct dro_rrchange changes[3];
	char *before;

	session_open(&s, state, apex, "@ 300 IN MX 10 mx1.atomic.example.\n");
	if ((s.plugin->caps & DRO_CAP_ATOMIC) == 0 ||
	    (s.plugin->caps & DRO_CAP_NULL_MX) == 0) {
		session_close(&s);
		skip();
	}
	rrset_of(&s, &no_txt, apex, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &txt, apex, DRO_RR_TXT, texts);
	rrset_of(&s, &mx, apex, DRO_RR_MX, ONE("10 mx1.atomic.example."));
	rrset_of(&s, &null_mx, apex, DRO_RR_MX, ONE("0 ."));
	rrset_of(&s, &no_dmarc, "_dmarc.atomic.example", DRO_RR_TXT, NOTHING);
	rrset_of(&s, &dmarc, "_dmarc.atomic.example", DRO_RR_TXT,
	    ONE("v=DMARC1; p=reject"));
	rrset_of(&s, &stale, apex, DRO_RR_MX, ONE("20 mx2.atomic.example."));
	changes[0] = (struct dro_rrchange){&no_dmarc, &dmarc};
	changes[1] = (struct dro_rrchange){&no_txt, &txt};
	changes[2] = (struct dro_rrchange){&stale, &null_mx};
	before = s.suite->dump(s.suite->arg, s.zone.name);
	assert_code(&s, DRO_ECONFLICT,
	    s.plugin->apply(s.ctx, &s.zone, changes, 3, &s.receipt, &s.err));
	assert_untouched(&s, before);
	free(before);
	changes[2].expected = &mx;
	assert_code(&s, DRO_OK,
	    s.plugin->apply(s.ctx, &s.zone, changes, 3, &s.receipt, &s.err));
	assert_false(s.receipt.noop);
	assert_live(&s, &dmarc);
	assert_live(&s, &txt);
	assert_live(&s, &null_mx);
	session_close(&s);
}

#define CONFORMANCE_TESTS                                                      \
	cmocka_unit_test(conformance_check),                                   \
	    cmocka_unit_test(conformance_zone),                                \
	    cmocka_unit_test(conformance_create),                              \
	    cmocka_unit_test(conformance_replace_and_delete),                  \
	    cmocka_unit_test(conformance_second_run_is_noop),                  \
	    cmocka_unit_test(conformance_stale_write_conflicts),               \
	    cmocka_unit_test(conformance_edit_in_between_conflicts),           \
	    cmocka_unit_test(conformance_neighbours),                          \
	    cmocka_unit_test(conformance_long_text),                           \
	    cmocka_unit_test(conformance_any_octets),                          \
	    cmocka_unit_test(conformance_foreign_notation),                    \
	    cmocka_unit_test(conformance_ttl_is_no_conflict),                  \
	    cmocka_unit_test(conformance_cname_refused),                       \
	    cmocka_unit_test(conformance_wrong_credential),                    \
	    cmocka_unit_test(conformance_read_only),                           \
	    cmocka_unit_test(conformance_explain),                             \
	    cmocka_unit_test(conformance_atomic)

#endif /* !DRO_TEST_CONFORMANCE_H */
