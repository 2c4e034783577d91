/*
 * Which servers answer for a name: those of config, or the zone's NS as two
 * resolvers tell them.
 */
#include <stdlib.h>

#include "dns_script.h"

#include "dns/servers.h"

/* The world as resolvers see it. */
static const struct rule world[] = {
    /* An ordinary domain; nothing at the names below it. */
    {.name = "klant.example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = NS, .data = "NS1.provider.example"},
	    {.type = NS, .data = "ns2.provider.example"}}},
    {.name = "other.example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = NS, .data = "ns1.provider.example"}}},
    {.name = "ns1.provider.example",
	.type = A,
	.how = LAME,
	.rrs = {{.type = A, .data = "192.0.2.1"},
	    {.type = A, .data = "192.0.2.2"}}},
    {.name = "ns1.provider.example",
	.type = AAAA,
	.how = LAME,
	.rrs = {{.type = AAAA, .data = "2001:db8::1"}}},
    {.name = "ns2.provider.example",
	.type = A,
	.how = LAME,
	.rrs = {{.type = A, .data = "192.0.2.3"}}},
    {.name = "ns2.provider.example", .type = AAAA, .how = LAME},
    /* A name with a zone of its own below klant.example. */
    {.name = "_dmarc.sub.klant.example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = NS, .data = "ns2.provider.example"}}},
    /* A CNAME on the way whose target has NS: no zone. */
    {.name = "alias.klant.example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = CNAME, .data = "other.example"},
	    {.type = NS,
		.data = "ns9.other.example",
		.owner = "other.example"}}},
    /* Names of servers that lead nowhere. */
    {.name = "dangling.example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = NS, .data = "gone.provider.example"},
	    {.type = NS, .data = "cname.provider.example"},
	    {.type = NS, .data = "broken.provider.example"},
	    {.type = NS, .data = "b*d.example"}}},
    {.name = "gone.provider.example", .rcode = NXDOMAIN, .how = LAME},
    {.name = "cname.provider.example",
	.how = LAME,
	.rrs = {{.type = CNAME, .data = "ns1.provider.example"},
	    {.type = A, .data = "192.0.2.9", .owner = "ns1.provider.example"}}},
    {.name = "broken.provider.example", .rcode = SERVFAIL, .how = LAME},
    /* A domain whose delegation does not work. */
    {.name = "bogus.example", .type = NS, .rcode = SERVFAIL, .how = LAME},
    {.name = "_dmarc.bogus.example", .type = NS, .how = LAME},
    {.name = "example",
	.type = NS,
	.how = LAME,
	.rrs = {{.type = NS, .data = "a.tld.example"}}},
    {.rcode = NXDOMAIN, .how = LAME},
};

static const struct rule refuses[] = {{.rcode = REFUSED, .how = LAME}};
static const struct rule silent[] = {{.how = SILENT}};

#define SET(i, rules) script_set(i, rules, sizeof(rules) / sizeof(rules[0]))

static struct dro_finder *
open_finder(
    size_t n_resolvers, size_t n_servers, const struct dro_dns_servers *servers)
{
	const char *resolvers[] = {scripts[0].address, scripts[1].address};
	const struct dro_dns_conf conf = {
	    n_resolvers, resolvers, n_servers, servers, 150, 1};
	struct dro_finder *finder;
	struct dro_err err;

	if (dro_finder_create(&conf, &finder, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (finder);
}

static struct dro_find
find(struct dro_finder *finder, const char *name)
{
	struct dro_find one = {.name = name};
	struct dro_err err;

	if (dro_finder_find(finder, &one, 1, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (one);
}

static void
expect_host(const struct dro_host *host, const char *name, size_t n, ...)
{
	va_list ap;
	size_t i;

	assert_string_equal(host->name, name);
	assert_int_equal(host->n, n);
	va_start(ap, n);
	for (i = 0; i < n; i++)
		assert_string_equal(
		    host->addresses[i].text, va_arg(ap, const char *));
	va_end(ap);
}

/* The parent of _dmarc has NS; every address of every server counts. */
static void
closest_zone(void **state)
{
	struct dro_finder *finder;
	struct dro_find got;

	(void)state;
	SET(0, world);
	finder = open_finder(1, 0, NULL);
	got = find(finder, "_dmarc.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	expect_host(got.hosts->hosts[0], "ns1.provider.example", 3,
	    "192.0.2.1@53", "192.0.2.2@53", "2001:db8::1@53");
	expect_host(
	    got.hosts->hosts[1], "ns2.provider.example", 1, "192.0.2.3@53");
	/* Recursion is desired of a resolver. */
	assert_int_equal(scripts[0].last_flags & 0x0100, 0x0100);
	dro_finder_destroy(finder);
}

/* The domain itself, for its MX; deeper names; a delegated _dmarc. */
static void
other_depths(void **state)
{
	struct dro_finder *finder;
	struct dro_find got;

	(void)state;
	SET(0, world);
	finder = open_finder(1, 0, NULL);
	got = find(finder, "klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	got = find(finder, "x.y.z.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	got = find(finder, "_dmarc.sub.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 1);
	assert_string_equal(got.hosts->hosts[0]->name, "ns2.provider.example");
	dro_finder_destroy(finder);
}

static void
cname_is_no_zone(void **state)
{
	struct dro_finder *finder;
	struct dro_find got;

	(void)state;
	SET(0, world);
	finder = open_finder(1, 0, NULL);
	got = find(finder, "_dmarc.alias.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	assert_string_equal(got.hosts->hosts[0]->name, "ns1.provider.example");
	dro_finder_destroy(finder);
}

/* Each thing is asked once in a run, whatever the number of names. */
static void
remembers(void **state)
{
	struct dro_find finds[3] = {{.name = "_dmarc.klant.example"},
	    {.name = "klant.example"}, {.name = "_dmarc.other.example"}};
	struct dro_finder *finder;
	struct dro_err err;

	(void)state;
	SET(0, world);
	finder = open_finder(1, 0, NULL);
	assert_int_equal(dro_finder_find(finder, finds, 3, &err), DRO_OK);
	/* NS of 2 domains and 2 _dmarc names; A and AAAA of 2 servers. */
	assert_int_equal(scripts[0].asked, 8);
	assert_ptr_equal(finds[0].hosts, finds[1].hosts);
	assert_ptr_equal(finds[0].hosts->hosts[0], finds[2].hosts->hosts[0]);
	(void)find(finder, "_dmarc.klant.example");
	assert_int_equal(scripts[0].asked, 8);
	dro_finder_destroy(finder);
}

static void
expect_failure(struct dro_finder *finder, const char *name, enum dro_code code,
    const char *part)
{
	struct dro_find got = find(finder, name);

	assert_int_equal(got.code, code);
	assert_null(got.hosts);
	if (strncmp(got.err.msg, name, strlen(name)) != 0 ||
	    strstr(got.err.msg, part) == NULL)
		fail_msg("%s", got.err.msg);
}

static void
not_to_be_found(void **state)
{
	struct dro_finder *finder;
	int asked;

	(void)state;
	SET(0, world);
	finder = open_finder(1, 0, NULL);
	/* A top-level domain has NS, but is nobody's zone here. */
	expect_failure(
	    finder, "_dmarc.unregistered.example", DRO_ENOTFOUND, "registered");
	expect_failure(finder, "localhost", DRO_ENOTFOUND, "registered");
	/* A failure on the way is not a reason to climb past it. */
	expect_failure(
	    finder, "_dmarc.bogus.example", DRO_ENOTFOUND, "SERVFAIL");
	/* What failed is asked again by the next look. */
	asked = scripts[0].asked;
	expect_failure(
	    finder, "_dmarc.bogus.example", DRO_ENOTFOUND, "SERVFAIL");
	assert_int_equal(scripts[0].asked, asked + 1);
	dro_finder_destroy(finder);
}

static void
silent_resolvers(void **state)
{
	struct dro_finder *finder;

	(void)state;
	SET(0, silent);
	SET(1, silent);
	finder = open_finder(2, 0, NULL);
	expect_failure(
	    finder, "_dmarc.klant.example", DRO_ETIMEOUT, "do not answer");
	assert_int_equal(scripts[0].asked, 1);
	assert_int_equal(scripts[1].asked, 1);
	dro_finder_destroy(finder);
}

/* The second resolver answers, and is the first to be asked from then on. */
static void
second_resolver(void **state)
{
	struct dro_finder *finder;
	struct dro_find got;

	(void)state;
	SET(0, refuses);
	SET(1, world);
	finder = open_finder(2, 0, NULL);
	got = find(finder, "_dmarc.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	assert_int_equal(scripts[0].asked, 1);
	dro_finder_destroy(finder);
	SET(0, silent);
	finder = open_finder(2, 0, NULL);
	assert_int_equal(find(finder, "_dmarc.klant.example").code, DRO_OK);
	assert_int_equal(scripts[0].asked, 1);
	dro_finder_destroy(finder);
}

/* A server that cannot be asked is an answer too, never left out. */
static void
dangling_servers(void **state)
{
	const char *resolver = scripts[0].address;
	const struct dro_dns_conf conf = {1, &resolver, 0, NULL, 150, 1};
	static const struct {
		const char *server;
		enum dro_answer_status status;
		const char *detail;
	} want[] = {
	    {"gone.provider.example", DRO_ANSWER_BAD, "has no address"},
	    {"cname.provider.example", DRO_ANSWER_BAD, "is a CNAME"},
	    {"broken.provider.example", DRO_ANSWER_NONE, "IPv4"},
	    {"broken.provider.example", DRO_ANSWER_NONE, "IPv6"},
	    {"b*d.example.", DRO_ANSWER_BAD, "is no host name"},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_sight sight;
	struct dro_dns *dns;
	struct dro_err err;
	size_t i;

	(void)state;
	SET(0, world);
	assert_int_equal(dro_dns_create(&conf, &dns, &err), DRO_OK);
	assert_int_equal(dro_dns_look(dns, "_dmarc.dangling.example",
			     DRO_RR_TXT, arena, &sight, &err),
	    DRO_OK);
	assert_int_equal(sight.n, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < sight.n; i++) {
		assert_string_equal(sight.answers[i].server, want[i].server);
		assert_string_equal(sight.answers[i].address, "");
		assert_int_equal(sight.answers[i].status, want[i].status);
		if (strstr(sight.answers[i].detail, want[i].detail) == NULL)
			fail_msg("%s", sight.answers[i].detail);
	}
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
}

/* With servers in config no resolver is asked; the longest domain holds. */
static void
configured(void **state)
{
	const char *const top[] = {"127.0.0.1@5301", "::1@5300"};
	const char *const sub[] = {"192.0.2.53"};
	const struct dro_dns_servers servers[] = {
	    {"Klant.Example", 2, top}, {"sub.klant.example", 1, sub}};
	struct dro_finder *finder = open_finder(1, 2, servers);
	struct dro_find got;

	(void)state;
	SET(0, world);
	got = find(finder, "_dmarc.klant.example");
	assert_int_equal(got.code, DRO_OK);
	assert_int_equal(got.hosts->n, 2);
	expect_host(got.hosts->hosts[0], top[0], 1, "127.0.0.1@5301");
	expect_host(got.hosts->hosts[1], top[1], 1, "::1@5300");
	got = find(finder, "klant.example");
	assert_int_equal(got.hosts->n, 2);
	got = find(finder, "_dmarc.sub.klant.example");
	assert_int_equal(got.hosts->n, 1);
	expect_host(got.hosts->hosts[0], "192.0.2.53", 1, "192.0.2.53@53");
	assert_int_equal(scripts[0].asked, 0);
	/* Another domain whose name only ends alike. */
	expect_failure(finder, "xklant.example", DRO_ENOTFOUND, "registered");
	assert_int_equal(scripts[0].asked, 1);
	dro_finder_destroy(finder);
}

static void
bad_config(void **state)
{
	static const char *const bad[] = {"", "localhost", "192.0.2.1@",
	    "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@53x", "192.0.2.1:53",
	    "[::1]@53", "192.0.2.256", "@53", "::1%lo@53", "192.0.2.1@53@53",
	    "192.0.2.1@000053"};
	const char *const good = "192.0.2.1";
	struct dro_dns_servers servers = {"klant.example", 1, NULL};
	struct dro_finder *finder;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dro_dns_conf conf = {
		    .n_resolvers = 1, .resolvers = &bad[i]};

		assert_int_equal(
		    dro_finder_create(&conf, &finder, &err), DRO_EINVAL);
		assert_null(finder);
		assert_non_null(strstr(err.msg, "dns.resolvers"));
		servers.servers = &bad[i];
		conf =
		    (struct dro_dns_conf){.n_servers = 1, .servers = &servers};
		assert_int_equal(
		    dro_finder_create(&conf, &finder, &err), DRO_EINVAL);
		assert_non_null(strstr(err.msg, "klant.example"));
	}
	servers = (struct dro_dns_servers){"not a domain", 1, &good};
	assert_int_equal(
	    dro_finder_create(
		&(struct dro_dns_conf){.n_servers = 1, .servers = &servers},
		&finder, &err),
	    DRO_EINVAL);
}

/* 64 server addresses are asked; a zone with more is refused. */
static void
too_many(void **state)
{
	static char hosts[9][16], ips[9][16];
	struct rule rules[12] = {{.name = NULL}};
	struct dro_finder *finder;
	struct dro_find got;
	size_t i, k;

	(void)state;
	for (i = 0; i < 9; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "ns%zu.example", i);
		snprintf(ips[i], sizeof(ips[i]), "192.0.2.%zu", i + 1);
	}
	/* Nine servers of eight addresses; zones with eight and nine. */
	for (i = 0; i < 9; i++) {
		rules[i] =
		    (struct rule){.name = hosts[i], .type = A, .how = LAME};
		for (k = 0; k < 8; k++)
			rules[i].rrs[k] =
			    (struct rr){.type = A, .ttl = 300, .data = ips[k]};
	}
	rules[9] =
	    (struct rule){.name = "edge.example", .type = NS, .how = LAME};
	rules[10] =
	    (struct rule){.name = "big.example", .type = NS, .how = LAME};
	for (i = 0; i < 9; i++) {
		rules[10].rrs[i] =
		    (struct rr){.type = NS, .ttl = 300, .data = hosts[i]};
		if (i < 8)
			rules[9].rrs[i] = rules[10].rrs[i];
	}
	rules[11].how = LAME;
	script_set(0, rules, 12);
	finder = open_finder(1, 0, NULL);
	got = find(finder, "edge.example");
	assert_int_equal(got.code, DRO_OK);
	got = find(finder, "big.example");
	assert_int_equal(got.code, DRO_ENOTFOUND);
	assert_non_null(strstr(got.err.msg, "72 addresses"));
	dro_finder_destroy(finder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(closest_zone),
	    cmocka_unit_test(other_depths),
	    cmocka_unit_test(cname_is_no_zone),
	    cmocka_unit_test(remembers),
	    cmocka_unit_test(not_to_be_found),
	    cmocka_unit_test(silent_resolvers),
	    cmocka_unit_test(second_resolver),
	    cmocka_unit_test(dangling_servers),
	    cmocka_unit_test(configured),
	    cmocka_unit_test(bad_config),
	    cmocka_unit_test(too_many),
	};

	return (cmocka_run_group_tests(tests, script_start, script_end));
}
