/*
 * TXT records and the keys of signatures, asked for over loopback.
 */
#include <stdlib.h>

#include "dns_script.h"

#include "dns/txt.h"
#include "ingest/dkim_keys.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50

/* What the resolver says of s1._domainkey.signer.example. */
static const struct {
	const char *what;
	struct rule rules[2];
	enum dro_key_status status;
	const char *text;
} answers[] = {
    {"a key", {{.rrs = {{.type = TXT, .ttl = 60, .data = "v=DKIM1; p=AA"}}}},
	DRO_KEY_FOUND, "v=DKIM1; p=AA"},
    {"in two strings",
	{{.rrs = {{.type = TXT, .ttl = 60, .data = "v=DKIM1; p=A|A"}}}},
	DRO_KEY_FOUND, "v=DKIM1; p=AA"},
    {"without its version",
	{{.rrs = {{.type = TXT, .ttl = 60, .data = "k=rsa; p=AA"}}}},
	DRO_KEY_FOUND, "k=rsa; p=AA"},
    {"beside something else",
	{{.rrs = {{.type = TXT, .ttl = 60, .data = "v=spf1 -all"},
	      {.type = TXT, .ttl = 60, .data = "v=DKIM1; p=AA"}}}},
	DRO_KEY_FOUND, "v=DKIM1; p=AA"},
    {"two keys are none",
	{{.rrs = {{.type = TXT, .ttl = 60, .data = "v=DKIM1; p=BB"},
	      {.type = TXT, .ttl = 60, .data = "v=DKIM1; p=AA"}}}},
	DRO_KEY_ABSENT, ""},
    {"two records, none a key",
	{{.rrs = {{.type = TXT, .ttl = 60, .data = "v=spf1 -all"},
	      {.type = TXT, .ttl = 60, .data = "p=AA"}}}},
	DRO_KEY_ABSENT, ""},
    {"no such name", {{.rcode = NXDOMAIN}}, DRO_KEY_ABSENT, ""},
    {"no such record",
	{{.rrs = {{.type = SOA,
	      .ttl = 60,
	      .data = "60",
	      .owner = "signer.example",
	      .authority = true}}}},
	DRO_KEY_ABSENT, ""},
    {"SERVFAIL", {{.rcode = SERVFAIL}}, DRO_KEY_UNKNOWN, ""},
    {"REFUSED", {{.rcode = REFUSED}}, DRO_KEY_UNKNOWN, ""},
    {"silence", {{.how = SILENT}}, DRO_KEY_UNKNOWN, ""},
    {"garbled",
	{{.how = CUT,
	    .rrs = {{.type = TXT, .ttl = 60, .data = "v=DKIM1; p=AA"}}}},
	DRO_KEY_UNKNOWN, ""},
    {"through a CNAME",
	{{.name = "s1._domainkey.signer.example",
	     .rrs = {{.type = CNAME, .ttl = 60, .data = "Key.Other.example"}}},
	    {.name = "key.other.example",
		.rrs = {{.type = TXT, .ttl = 60, .data = "v=DKIM1; p=AA"}}}},
	DRO_KEY_FOUND, "v=DKIM1; p=AA"},
    {"a CNAME to nothing",
	{{.name = "s1._domainkey.signer.example",
	     .rrs = {{.type = CNAME, .ttl = 60, .data = "gone.example"}}},
	    {.rcode = NXDOMAIN}},
	DRO_KEY_ABSENT, ""},
    {"CNAMEs in a ring",
	{{.rrs = {{.type = CNAME,
	      .ttl = 60,
	      .data = "s1._domainkey.signer.example"}}}},
	DRO_KEY_UNKNOWN, ""},
};

static struct dro_dkim_keys *
open_keys(void)
{
	const char *const resolvers[] = {scripts[0].address};
	const struct dro_dns_conf conf = {.n_resolvers = 1,
	    .resolvers = resolvers,
	    .timeout_ms = 100,
	    .tries = 1};
	struct dro_dkim_keys *keys = NULL;
	struct dro_err err;

	assert_int_equal(dro_dkim_keys_create(&conf, &keys, &err), DRO_OK);
	return (keys);
}

static void
each_answer(void **state)
{
	char text[DRO_KEY_TEXT_MAX + 1];
	struct dro_dkim_keys *keys;
	enum dro_key_status status;
	size_t i, n;
	int asked;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(answers); i++) {
		n = answers[i].rules[1].name != NULL ||
			answers[i].rules[1].rcode != 0
		    ? 2
		    : 1;
		script_set(0, answers[i].rules, n);
		keys = open_keys();
		status =
		    dro_dkim_keys_fetch(keys, "s1", "signer.example", text);
		if (status != answers[i].status)
			fail_msg("%s: %d", answers[i].what, (int)status);
		if (status == DRO_KEY_FOUND)
			assert_string_equal(text, answers[i].text);
		/* The second time nobody is asked. */
		asked = atomic_load(&scripts[0].asked);
		text[0] = '\0';
		assert_int_equal(
		    dro_dkim_keys_fetch(keys, "s1", "signer.example", text),
		    status);
		if (status == DRO_KEY_FOUND)
			assert_string_equal(text, answers[i].text);
		assert_int_equal(atomic_load(&scripts[0].asked), asked);
		dro_dkim_keys_destroy(keys);
	}
}

/* Names that cannot be are never asked for. */
static void
no_name(void **state)
{
	static const char *const selectors[] = {
	    "", ".", "a b", "-a", "\xc3\xa9", X250 X50, "a..b"};
	char text[DRO_KEY_TEXT_MAX + 1];
	struct dro_dkim_keys *keys = open_keys();
	size_t i;

	(void)state;
	script_set(0, answers[0].rules, 1);
	for (i = 0; i < DRO_ARRAY_LEN(selectors); i++)
		assert_int_equal(dro_dkim_keys_fetch(keys, selectors[i],
				     "signer.example", text),
		    DRO_KEY_ABSENT);
	assert_int_equal(atomic_load(&scripts[0].asked), 0);
	dro_dkim_keys_destroy(keys);
}

/* More keys than are remembered: the oldest is asked for again. */
static void
oldest_makes_room(void **state)
{
	char text[DRO_KEY_TEXT_MAX + 1], selector[16];
	struct dro_dkim_keys *keys = open_keys();
	int i;

	(void)state;
	script_set(0, answers[0].rules, 1);
	for (i = 0; i <= DRO_DKIM_KEYS_MAX; i++) {
		(void)snprintf(selector, sizeof(selector), "s%d", i);
		assert_int_equal(
		    dro_dkim_keys_fetch(keys, selector, "signer.example", text),
		    DRO_KEY_FOUND);
	}
	assert_int_equal(atomic_load(&scripts[0].asked), DRO_DKIM_KEYS_MAX + 1);
	assert_int_equal(
	    dro_dkim_keys_fetch(keys, "s1", "signer.example", text),
	    DRO_KEY_FOUND);
	assert_int_equal(atomic_load(&scripts[0].asked), DRO_DKIM_KEYS_MAX + 1);
	assert_int_equal(
	    dro_dkim_keys_fetch(keys, "s0", "signer.example", text),
	    DRO_KEY_FOUND);
	assert_int_equal(atomic_load(&scripts[0].asked), DRO_DKIM_KEYS_MAX + 2);
	dro_dkim_keys_destroy(keys);
}

/* A record that no key fills is none, not the begin of one. */
static void
too_long(void **state)
{
	static char data[DRO_KEY_TEXT_MAX + 200];
	const struct rule rule = {
	    .how = TC_UDP, .rrs = {{.type = TXT, .ttl = 60, .data = data}}};
	char text[DRO_KEY_TEXT_MAX + 1];
	struct dro_dkim_keys *keys = open_keys();
	size_t i;

	(void)state;
	for (i = 0; i + 1 < sizeof(data); i++)
		data[i] = i % 200 == 199 ? '|' : 'x';
	memcpy(data, "v=DKIM1;", 8);
	script_set(0, &rule, 1);
	assert_int_equal(
	    dro_dkim_keys_fetch(keys, "s1", "signer.example", text),
	    DRO_KEY_ABSENT);
	dro_dkim_keys_destroy(keys);
	/* Some octets fewer fit. */
	data[DRO_KEY_TEXT_MAX] = '\0';
	keys = open_keys();
	assert_int_equal(
	    dro_dkim_keys_fetch(keys, "s1", "signer.example", text),
	    DRO_KEY_FOUND);
	dro_dkim_keys_destroy(keys);
}

/* All records of a name, whatever they are. */
static void
all_records(void **state)
{
	static const struct rule rule = {
	    .rrs = {{.type = TXT, .ttl = 60, .data = "one"},
		{.type = TXT, .ttl = 60, .data = "two|2"}}};
	const char *const resolvers[] = {scripts[0].address};
	const struct dro_dns_conf conf = {
	    .n_resolvers = 1, .resolvers = resolvers, .timeout_ms = 100};
	struct dro_arena *arena = dro_arena_create();
	enum dro_txt_status status;
	struct dro_rrset rrset;
	struct dro_txt *txt;

	(void)state;
	script_set(0, &rule, 1);
	assert_int_equal(dro_txt_create(&conf, &txt, NULL), DRO_OK);
	assert_int_equal(
	    dro_txt_look(txt, "a.example", arena, &rrset, &status, NULL),
	    DRO_OK);
	assert_int_equal(status, DRO_TXT_FOUND);
	assert_int_equal(rrset.n, 2);
	assert_string_equal(rrset.values[0].ptr, "one");
	assert_string_equal(rrset.values[1].ptr, "two2");
	/* A resolver is asked, so recursion is desired. */
	assert_true((atomic_load(&scripts[0].last_flags) & 0x0100) != 0);
	dro_txt_destroy(txt);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer),
	    cmocka_unit_test(no_name),
	    cmocka_unit_test(oldest_makes_room),
	    cmocka_unit_test(too_long),
	    cmocka_unit_test(all_records),
	};

	return (cmocka_run_group_tests(tests, script_start, script_end));
}
