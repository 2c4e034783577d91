/*
 * Who sent a mail: every mail of tests/gen/forged.py, signed by another
 * implementation, against a table written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../policies/tsv.h"

#include "base/buf.h"
#include "ingest/sender.h"
#include "presets/reporters.h"
#include "stage/reporter.h"

#define NOW INT64_C(1795240800) /* 2026-11-21T06:00:00Z */

/* What DNS holds, from keys.tsv. */
static struct {
	char name[256];
	char text[DRO_KEY_TEXT_MAX + 1];
} keys[64];
static size_t n_keys, n_asked;

static bool
take_key(char **field)
{
	assert_true(n_keys < DRO_ARRAY_LEN(keys));
	(void)snprintf(keys[n_keys].name, sizeof(keys[0].name), "%s", field[0]);
	(void)snprintf(
	    keys[n_keys++].text, sizeof(keys[0].text), "%s", field[1]);
	return (true);
}

static enum dro_key_status
fetch(void *arg, const char *selector, const char *domain, char *text)
{
	char name[600];
	size_t i;

	(void)arg;
	n_asked++;
	(void)snprintf(
	    name, sizeof(name), "%s._domainkey.%s", selector, domain);
	for (i = 0; i < n_keys; i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (strcmp(keys[i].text, "?") == 0)
			return (DRO_KEY_UNKNOWN);
		(void)snprintf(text, DRO_KEY_TEXT_MAX + 1, "%s", keys[i].text);
		return (DRO_KEY_FOUND);
	}
	return (DRO_KEY_ABSENT);
}

static char *
slurp(const char *name, size_t *len)
{
	static char octets[1 << 20];
	char path[512];
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/mail/forged/%s.eml", DRO_TEST_DATA, name);
	if ((f = fopen(path, "rb")) == NULL)
		fail_msg("%s: cannot be read", path);
	*len = fread(octets, 1, sizeof(octets), f);
	(void)fclose(f);
	return (octets);
}

/* Judge in a copy of its very length, so that reading past it is seen. */
static void
judge(const char *mail, size_t len, const char *const *ids, size_t n_ids,
    struct dro_arena *arena, struct dro_sender *out)
{
	const struct dro_sender_conf conf = {
	    .now = NOW, .n_ids = n_ids, .ids = ids, .fetch = fetch};
	char *copy = malloc(len > 0 ? len : 1);
	struct dro_err err;

	assert_non_null(copy);
	memcpy(copy, mail, len);
	assert_int_equal(
	    dro_sender_judge(copy, len, &conf, arena, out, &err), DRO_OK);
	free(copy);
}

static const char *const trusted[] = {"other.example", "mx.example.net"};

static bool
check(char **field)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_reporter reporter = {0};
	struct dro_sender sender;
	enum dro_trust tier;
	size_t len;
	char *mail;
	bool ok;

	mail = slurp(field[0], &len);
	judge(mail, len, trusted, 2, arena, &sender);
	reporter.authenticated = sender.auth == DRO_AUTH_DKIM_ALIGNED ||
	    sender.auth == DRO_AUTH_AR_TRUSTED;
	reporter.lies = sender.auth == DRO_AUTH_INVALID;
	reporter.listed = dro_reporter_is_large(sender.identity);
	tier = dro_reporter_tier(&reporter, NOW);
	ok = strcmp(dro_auth_name(sender.auth), field[1]) == 0 &&
	    sender.again == (strcmp(field[2], "yes") == 0) &&
	    strcmp(sender.identity, field[3]) == 0 &&
	    strcmp(dro_trust_name(tier), field[4]) == 0 &&
	    (tier >= DRO_TRUST_KNOWN) == (strcmp(field[5], "yes") == 0) &&
	    (sender.signer[0] != '\0') == reporter.authenticated &&
	    sender.note[0] != '\0';
	if (!ok)
		print_error("%s: %s%s \"%s\" %s: %s\n", field[0],
		    dro_auth_name(sender.auth), sender.again ? " again" : "",
		    sender.identity, dro_trust_name(tier), sender.note);
	/* Where no server is trusted, no field proves anything. */
	judge(mail, len, NULL, 0, arena, &sender);
	if (sender.auth == DRO_AUTH_AR_TRUSTED ||
	    (strcmp(field[1], "ar-trusted") != 0 &&
		strcmp(dro_auth_name(sender.auth), field[1]) != 0)) {
		print_error("%s: without authserv-id: %s\n", field[0],
		    dro_auth_name(sender.auth));
		ok = false;
	}
	dro_arena_destroy(arena);
	return (ok);
}

static void
forged_mails(void **state)
{
	(void)state;
	tsv_each("mail/expected.tsv", 6, check);
}

/* Keys are fetched for aligned signatures only, and never twice. */
static void
keys_asked_for(void **state)
{
	static const struct {
		const char *mail;
		size_t asked;
	} asks[] = {
	    {"valid-rsa", 1},
	    {"valid-after-other", 1},
	    {"valid-and-broken", 1}, /* one key for both */
	    {"unsigned", 0},
	    {"unaligned", 0},
	    {"unaligned-six", 0},
	    {"from-two-above", 0},
	    {"ar-dmarc", 0},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_sender sender;
	size_t i, len;
	char *mail;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(asks); i++) {
		mail = slurp(asks[i].mail, &len);
		n_asked = 0;
		judge(mail, len, trusted, 2, arena, &sender);
		if (n_asked != asks[i].asked)
			fail_msg("%s: %zu", asks[i].mail, n_asked);
	}
	dro_arena_destroy(arena);
}

/* ---- mails made to cost */

#define SIGNATURE                                                              \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; "               \
	"d=reporter.example; s=a; bh=AAAA; b=AAAA; h=from"

static void
repeat(struct dro_buf *b, const char *s, size_t n)
{
	while (n-- > 0)
		dro_buf_adds(b, s);
}

static void
make(struct dro_buf *b, int kind)
{
	switch (kind) {
	case 0: /* a signature of 300 KiB */
		dro_buf_adds(b, SIGNATURE);
		repeat(b, ":to", 100000);
		dro_buf_adds(b, "\nFrom: dmarc@reporter.example\n\n");
		return;
	case 1: /* one that is only too long */
		dro_buf_adds(b, SIGNATURE);
		repeat(b, ":to", 6000);
		dro_buf_adds(b, "\nFrom: dmarc@reporter.example\n\n");
		return;
	case 2: /* many signatures below a large body */
		repeat(b, SIGNATURE "\n", 900);
		dro_buf_adds(b, "From: dmarc@reporter.example\n\n");
		repeat(b, "0123456789abcdef\n", 1000000);
		return;
	case 3: /* many names, many fields */
		for (kind = 0; kind < 5; kind++) {
			dro_buf_adds(b, SIGNATURE);
			repeat(b, ":a", 7900);
			dro_buf_adds(b, "\n");
		}
		repeat(b, "A: b\n", 990);
		dro_buf_adds(b, "From: dmarc@reporter.example\n\n");
		return;
	case 4: /* groups in groups, which are read by recursion */
		dro_buf_adds(b, "From: ");
		repeat(b, "a:", 120000);
		dro_buf_adds(b, "\n\n");
		return;
	case 5: /* as many of them as fit */
		dro_buf_adds(b, "From: ");
		repeat(b, "a:", 999);
		dro_buf_adds(b, "\n\n");
		return;
	default: /* a local part that is none */
		dro_buf_adds(b, "From: ");
		repeat(b, "a", 65);
		dro_buf_adds(b, "@reporter.example\n\n");
		return;
	}
}

static void
costly_mails(void **state)
{
	static const struct {
		enum dro_auth auth;
		const char *note;
	} expected[] = {
	    {DRO_AUTH_INVALID, "a header of more than 256 KiB"},
	    {DRO_AUTH_UNAUTHENTICATED, "no aligned signature"},
	    {DRO_AUTH_INVALID, "signature a of reporter.example: "},
	    {DRO_AUTH_INVALID, "signature a of reporter.example: "},
	    {DRO_AUTH_INVALID, "a From of more than 2000 octets"},
	    {DRO_AUTH_INVALID, "From has not exactly one address"},
	    {DRO_AUTH_INVALID, "the address in From has no local part"},
	};
	struct dro_arena *arena = dro_arena_create();
	struct timespec begin, end;
	struct dro_sender sender;
	struct dro_buf mail;
	size_t i;

	(void)state;
	dro_buf_init(&mail, (size_t)32 << 20);
	for (i = 0; i < DRO_ARRAY_LEN(expected); i++) {
		dro_buf_reset(&mail);
		make(&mail, (int)i);
		assert_false(mail.failed);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
		judge(mail.ptr, mail.len, trusted, 2, arena, &sender);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
		if (sender.auth != expected[i].auth ||
		    strncmp(sender.note, expected[i].note,
			strlen(expected[i].note)) != 0)
			fail_msg("%zu: %s: %s", i, dro_auth_name(sender.auth),
			    sender.note);
		/* Generous: with sanitizers, on a busy machine. */
		if (end.tv_sec - begin.tv_sec > 5)
			fail_msg("%zu: took too long", i);
	}
	dro_buf_finish(&mail);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forged_mails),
	    cmocka_unit_test(keys_asked_for),
	    cmocka_unit_test(costly_mails),
	};
	struct dro_err err;

	if (dro_sender_prepare(&err) != DRO_OK) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return (1);
	}
	tsv_each("mail/forged/keys.tsv", 2, take_key);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
