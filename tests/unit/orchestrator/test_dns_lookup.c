/*
 * Names as receivers of mail see them: from resolvers, from the servers in
 * config, along CNAMEs; and what an SPF record lets send through them.
 */
#include <stdlib.h>

#include "dns_script.h"

#include "apply/spf_tree.h"
#include "dns/names.h"

#define OK(call) assert_int_equal((call), DRO_OK)

/* Whether a name has a TXT record; other types are other rules'. */
#define TXT_AT(owner_name, text)                                               \
	{                                                                      \
		.name = (owner_name), .type = TXT,                             \
		.rrs = { {TXT, 60, (text), NULL, false} }                      \
	}
#define NOTHING_AT(owner_name)                                                 \
	{                                                                      \
		.name = (owner_name), .rcode = NXDOMAIN                        \
	}

static struct dro_arena *arena;

/* Server 0 is the resolver, server 1 is named in config for own.example. */
static struct dro_dns *
open_dns(void)
{
	const char *const resolvers[] = {scripts[0].address};
	const char *const own[] = {scripts[1].address};
	const struct dro_dns_servers servers = {"own.example", 1, own};
	const struct dro_dns_conf conf = {.n_resolvers = 1,
	    .resolvers = resolvers,
	    .n_servers = 1,
	    .servers = &servers,
	    .timeout_ms = 100,
	    .tries = 1};
	struct dro_dns *dns = NULL;

	OK(dro_dns_create(&conf, &dns, NULL));
	return (dns);
}

static const struct rule resolver[] = {
    TXT_AT("there.example", "found"),
    NOTHING_AT("gone.example"),
    {.name = "nodata.example",
	.rrs = {{SOA, 60, "60", "nodata.example", true}}},
    {.name = "failing.example", .rcode = SERVFAIL},
    {.name = "silent.example", .how = SILENT},
    {.name = "alias.example",
	.rrs = {{CNAME, 60, "there.example", NULL, false}}},
    {.name = "to-own.example",
	.rrs = {{CNAME, 60, "key.own.example", NULL, false}}},
    {.name = "to-nothing.example",
	.rrs = {{CNAME, 60, "gone.example", NULL, false}}},
    {.name = "ring.example", .rrs = {{CNAME, 60, "ring.example", NULL, false}}},
    TXT_AT("elsewhere.own.example", "not asked"),
};

static const struct rule own[] = {
    TXT_AT("key.own.example", "from config"),
    {.name = "out.own.example",
	.rrs = {{CNAME, 60, "there.example", NULL, false}}},
    {.name = "lame.own.example",
	.how = LAME,
	.rrs = {{TXT, 60, "no", NULL, false}}},
    {.rcode = NXDOMAIN},
};

static const struct {
	const char *name;
	enum dro_lookup_status status;
	const char *text;
} wanted[] = {
    {"there.example", DRO_LOOKUP_FOUND, "found"},
    {"gone.example", DRO_LOOKUP_ABSENT, NULL},
    {"nodata.example", DRO_LOOKUP_ABSENT, NULL},
    {"failing.example", DRO_LOOKUP_UNKNOWN, NULL},
    {"silent.example", DRO_LOOKUP_UNKNOWN, NULL},
    {"alias.example", DRO_LOOKUP_FOUND, "found"},
    {"to-own.example", DRO_LOOKUP_FOUND, "from config"},
    {"to-nothing.example", DRO_LOOKUP_ABSENT, NULL},
    {"ring.example", DRO_LOOKUP_UNKNOWN, NULL},
    {"key.own.example", DRO_LOOKUP_FOUND, "from config"},
    {"out.own.example", DRO_LOOKUP_FOUND, "found"},
    {"elsewhere.own.example", DRO_LOOKUP_ABSENT, NULL},
    {"lame.own.example", DRO_LOOKUP_UNKNOWN, NULL},
};

static void
each_name_as_in_the_table(void **state)
{
	struct dro_lookup lookups[DRO_ARRAY_LEN(wanted)];
	struct dro_dns *dns;
	size_t i;

	(void)state;
	script_set(0, resolver, DRO_ARRAY_LEN(resolver));
	script_set(1, own, DRO_ARRAY_LEN(own));
	dns = open_dns();
	for (i = 0; i < DRO_ARRAY_LEN(wanted); i++)
		lookups[i] = (struct dro_lookup){
		    .name = wanted[i].name, .type = DRO_RR_TXT};
	OK(dro_lookup_many(dns, lookups, i, arena, NULL));
	for (i = 0; i < DRO_ARRAY_LEN(wanted); i++) {
		if (lookups[i].status != wanted[i].status)
			fail_msg(
			    "%s: %d", wanted[i].name, (int)lookups[i].status);
		if (wanted[i].text != NULL)
			assert_string_equal(
			    lookups[i].rrset->values[0].ptr, wanted[i].text);
	}
	dro_dns_destroy(dns);
}

/* Who says nothing about 256 names is not asked about 3 000 more. */
static void
silence_is_heard(void **state)
{
	static const struct rule silent[] = {{.rcode = SERVFAIL}};
	static struct dro_lookup lookups[3000];
	struct dro_dns *dns;
	size_t i;

	(void)state;
	script_set(0, silent, 1);
	dns = open_dns();
	for (i = 0; i < DRO_ARRAY_LEN(lookups); i++)
		lookups[i] = (struct dro_lookup){
		    .name = dro_arena_printf(arena, "n%zu.example", i),
		    .type = DRO_RR_TXT,
		    .status = DRO_LOOKUP_FOUND};
	OK(dro_lookup_many(dns, lookups, i, arena, NULL));
	for (i = 0; i < DRO_ARRAY_LEN(lookups); i++)
		assert_int_equal(lookups[i].status, DRO_LOOKUP_UNKNOWN);
	assert_int_equal(atomic_load(&scripts[0].asked), 256);
	dro_dns_destroy(dns);
}

/* Many who ask about one name cost one question. */
static void
a_name_is_asked_once(void **state)
{
	struct dro_names names = {.arena = arena};
	struct dro_lookup got;
	struct dro_dns *dns;
	int i, k;

	(void)state;
	script_set(0, resolver, DRO_ARRAY_LEN(resolver));
	dns = open_dns();
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 1000; i++) {
			assert_true(dro_names_get(&names,
			    i % 2 == 0 ? "there.example" : "gone.example",
			    DRO_RR_TXT, &got));
			assert_true((got.name == NULL) == (k == 0));
			if (k == 1)
				assert_int_equal(got.status,
				    i % 2 == 0 ? DRO_LOOKUP_FOUND
					       : DRO_LOOKUP_ABSENT);
		}
		OK(dro_names_ask(&names, dns, NULL));
	}
	assert_int_equal(atomic_load(&scripts[0].asked), 2);
	/* Growing keeps what is known. */
	for (i = 0; i < 2000; i++)
		assert_true(dro_names_get(&names,
		    dro_arena_printf(arena, "n%d.example", i), DRO_RR_A, &got));
	assert_true(dro_names_get(&names, "there.example", DRO_RR_TXT, &got));
	assert_int_equal(got.status, DRO_LOOKUP_FOUND);
	dro_names_finish(&names);
	dro_dns_destroy(dns);
}

/* ---- SPF trees */

static const struct rule tree[] = {
    TXT_AT("flat.example", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/48 -all"),
    TXT_AT("nested.example",
	"v=spf1 include:flat.example ?ip4:203.0.113.1 ip4:198.51.100.1 -all"),
    TXT_AT("moved.example", "v=spf1 redirect=flat.example"),
    TXT_AT("hosts.example", "v=spf1 a/28 mx -all"),
    {.name = "hosts.example",
	.type = A,
	.rrs = {{A, 60, "192.0.2.77", NULL, false}}},
    {.name = "hosts.example",
	.type = MX,
	.rrs = {{MX, 60, "10 mail.example", NULL, false}}},
    {.name = "mail.example",
	.type = A,
	.rrs = {{A, 60, "198.51.100.9", NULL, false}}},
    {.name = "mail.example",
	.type = AAAA,
	.rrs = {{AAAA, 60, "2001:db8::9", NULL, false}}},
    TXT_AT("void.example", "v=spf1 include:none.example -all"),
    TXT_AT("typo.example", "v=spf1 ip:192.0.2.1 -all"),
    TXT_AT("ring.example", "v=spf1 ip4:192.0.2.5 include:ring.example -all"),
    TXT_AT("shaky.example", "v=spf1 ip4:192.0.2.6 include:down.example -all"),
    TXT_AT("macro.example", "v=spf1 exists:%{i}.x.example ip4:192.0.2.8 -all"),
    {.name = "down.example", .rcode = SERVFAIL},
    {.rcode = NXDOMAIN},
};

static const struct {
	const char *name, *nets, *fault;
	int lookups;
	bool unknown;
} trees[] = {
    {"flat.example", "192.0.2.0/24 2001:db8::/48", NULL, 0, false},
    {"nested.example", "192.0.2.0/24 2001:db8::/48 198.51.100.1/32", NULL, 1,
	false},
    {"moved.example", "192.0.2.0/24 2001:db8::/48", NULL, 1, false},
    {"hosts.example", "192.0.2.64/28 198.51.100.9/32 2001:db8::9/128", NULL, 2,
	false},
    {"none.example", "", "none.example: it has no SPF record", 0, false},
    {"void.example", "", "none.example: it has no SPF record", 1, false},
    {"typo.example", "", "typo.example: \"ip:192.0.2.1\": is no term of SPF", 0,
	false},
    {"shaky.example", "192.0.2.6/32", NULL, 1, true},
    {"macro.example", "192.0.2.8/32", NULL, 1, false},
    {"down.example", "", NULL, 0, true},
};

static void
read_tree(struct dro_names *names, struct dro_dns *dns, const char *name,
    struct dro_spf_tree *out)
{
	int round;

	for (round = 0;; round++) {
		OK(dro_spf_tree_read(names, name, arena, out, NULL));
		if (!out->wanting)
			return;
		dro_buf_finish(&out->nets);
		assert_true(round < 24);
		OK(dro_names_ask(names, dns, NULL));
	}
}

static void
each_tree_as_in_the_table(void **state)
{
	struct dro_names names = {.arena = arena};
	struct dro_spf_tree got;
	struct dro_dns *dns;
	size_t i;

	(void)state;
	script_set(0, tree, DRO_ARRAY_LEN(tree));
	dns = open_dns();
	for (i = 0; i < DRO_ARRAY_LEN(trees); i++) {
		read_tree(&names, dns, trees[i].name, &got);
		assert_string_equal(
		    got.nets.len > 0 ? got.nets.ptr : "", trees[i].nets);
		if (trees[i].fault == NULL)
			assert_null(got.fault);
		else
			assert_string_equal(got.fault, trees[i].fault);
		if (got.lookups != trees[i].lookups ||
		    got.unknown != trees[i].unknown)
			fail_msg("%s: %d", trees[i].name, got.lookups);
		dro_buf_finish(&got.nets);
	}
	/* A ring ends where evaluation does (RFC 7208 4.6.4). */
	read_tree(&names, dns, "ring.example", &got);
	assert_int_equal(got.lookups, 11);
	dro_buf_finish(&got.nets);
	dro_names_finish(&names);
	dro_dns_destroy(dns);
}

static int
setup(void **state)
{
	return (
	    (arena = dro_arena_create()) == NULL ? -1 : script_start(state));
}

static int
teardown(void **state)
{
	dro_arena_destroy(arena);
	return (script_end(state));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_name_as_in_the_table),
	    cmocka_unit_test(silence_is_heard),
	    cmocka_unit_test(a_name_is_asked_once),
	    cmocka_unit_test(each_tree_as_in_the_table),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
