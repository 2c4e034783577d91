/*
 * One authoritative server in every state it can be found in, asked for real
 * over loopback, then many at once.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "dns_script.h"

#include "dns/dns.h"

#define NAME "_dmarc.klant.example"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X250 X50 X50 X50 X50 X50
#define X2500                                                                  \
	X250 "|" X250 "|" X250 "|" X250 "|" X250 "|" X250 "|" X250 "|" X250    \
	     "|" X250 "|" X250

/* What one server does, and what is to be made of it. */
struct fault {
	const char *what;
	int type; /* 0: TXT */
	struct rule rule;
	enum dro_answer_status status;
	size_t n;
	const char *values[2];
	uint32_t ttl, negative;
	const char *detail; /* part of it */
	bool tcp; /* must have been asked over TCP too */
};

static const struct fault faults[] = {
    {"one record",
	.rule =
	    {.rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"v=DMARC1; p=none"},
	.ttl = 300},
    {"split strings are joined without a space",
	.rule = {.rrs = {{.type = TXT,
		     .ttl = 60,
		     .data = "v=DMARC1; p=no|ne; rua=mailto:|a@b.nl"}}},
	.status = DRO_ANSWER_OK, .n = 1,
	.values = {"v=DMARC1; p=none; rua=mailto:a@b.nl"}, .ttl = 60},
    {"an empty string is a value",
	.rule = {.rrs = {{.type = TXT, .ttl = 60, .data = ""}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {""}, .ttl = 60},
    {"two records, the lower TTL",
	.rule = {.rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"},
		     {.type = TXT, .ttl = 200, .data = "v=DMARC1; p=reject"}}},
	.status = DRO_ANSWER_OK, .n = 2,
	.values = {"v=DMARC1; p=none", "v=DMARC1; p=reject"}, .ttl = 200},
    {"records of other names and types do not count",
	.rule = {.rrs = {{.type = TXT,
			     .ttl = 300,
			     .data = "v=DMARC1; p=none",
			     .owner = "other.example"},
		     {.type = MX, .ttl = 300, .data = "10 mail.example"},
		     {.type = TXT, .ttl = 300, .data = "kept"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"kept"}, .ttl = 300},
    {"a TTL with the top bit set is zero (RFC 2181 8)",
	.rule = {.rrs = {{.type = TXT, .ttl = 0x80000001U, .data = "x"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"x"}, .ttl = 0},
    {"null MX", .type = MX,
	.rule = {.rrs = {{.type = MX, .ttl = 300, .data = "0 ."}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"0 ."}, .ttl = 300},
    {"MX in lower case, absolute", .type = MX,
	.rule = {.rrs = {{.type = MX,
		     .ttl = 300,
		     .data = "10 MAIL.Klant.example"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"10 mail.klant.example."},
	.ttl = 300},
    {"CNAME",
	.rule = {.rrs = {{.type = CNAME,
			     .ttl = 300,
			     .data = "klant.hosted.example"},
		     {.type = TXT,
			 .ttl = 300,
			 .data = "v=DMARC1; p=reject",
			 .owner = "klant.hosted.example"}}},
	.status = DRO_ANSWER_CNAME, .detail = "klant.hosted.example."},
    {"CNAME to nowhere",
	.rule = {.rcode = NXDOMAIN,
	    .rrs = {{.type = CNAME, .ttl = 300, .data = "gone.example"}}},
	.status = DRO_ANSWER_CNAME, .detail = "gone.example."},
    {"NXDOMAIN: SOA MINIMUM below its TTL",
	.rule = {.rcode = NXDOMAIN,
	    .rrs = {{.type = SOA,
		.ttl = 600,
		.data = "120",
		.owner = "klant.example",
		.authority = true}}},
	.status = DRO_ANSWER_OK, .negative = 120},
    {"NODATA: SOA TTL below its MINIMUM",
	.rule = {.rrs = {{.type = SOA,
		     .ttl = 60,
		     .data = "3600",
		     .owner = "klant.example",
		     .authority = true}}},
	.status = DRO_ANSWER_OK, .negative = 60},
    {"NODATA without SOA is not cached", .rule = {.how = 0},
	.status = DRO_ANSWER_OK, .negative = 0},
    {"NODATA with the SOA of a stranger",
	.rule = {.rrs = {{.type = SOA,
		     .ttl = 60,
		     .data = "3600",
		     .owner = "other.example",
		     .authority = true}}},
	.status = DRO_ANSWER_OK, .negative = 0},
    {"NXDOMAIN with data",
	.rule = {.rcode = NXDOMAIN,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}},
	.status = DRO_ANSWER_BAD, .detail = "NXDOMAIN"},
    {"SERVFAIL", .rule = {.rcode = SERVFAIL}, .status = DRO_ANSWER_BAD,
	.detail = "SERVFAIL"},
    {"REFUSED", .rule = {.rcode = REFUSED}, .status = DRO_ANSWER_BAD,
	.detail = "REFUSED"},
    {"lame: no AA",
	.rule = {.how = LAME,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"}}},
	.status = DRO_ANSWER_BAD, .detail = "authority"},
    {"a referral downwards has no AA",
	.rule = {.how = LAME,
	    .rrs = {{.type = NS,
		.ttl = 300,
		.data = "ns.other.example",
		.authority = true}}},
	.status = DRO_ANSWER_BAD, .detail = "authority"},
    {"truncated, then TCP",
	.rule = {.how = TC_UDP,
	    .rrs = {{.type = TXT, .ttl = 300, .data = X2500}}},
	.status = DRO_ANSWER_OK, .n = 1, .ttl = 300, .tcp = true},
    {"truncated even over TCP",
	.rule = {.how = TC_ALWAYS,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}},
	.status = DRO_ANSWER_BAD, .detail = "truncated", .tcp = true},
    {"no EDNS",
	.rule = {.how = NO_EDNS,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"v=DMARC1; p=none"},
	.ttl = 300},
    {"cut short",
	.rule = {.how = CUT,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"}}},
	.status = DRO_ANSWER_BAD, .detail = "garbled"},
    {"the question sent back", .rule = {.how = NO_QR}, .status = DRO_ANSWER_BAD,
	.detail = "no answer"},
    {"no answer", .rule = {.how = SILENT}, .status = DRO_ANSWER_NONE,
	.detail = "no answer in time"},
    {"wrong id",
	.rule = {.how = BAD_ID,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1; p=none"}}},
	.status = DRO_ANSWER_NONE, .detail = "no answer in time"},
    {"the second try is answered",
	.rule = {.how = DROP_FIRST,
	    .rrs = {{.type = TXT, .ttl = 300, .data = "late"}}},
	.status = DRO_ANSWER_OK, .n = 1, .values = {"late"}, .ttl = 300},
};

static struct dro_dns *
open_dns(const char *const *servers, size_t n, int timeout_ms, int tries)
{
	const struct dro_dns_servers at = {"klant.example", n, servers};
	const struct dro_dns_conf conf = {.n_servers = 1,
	    .servers = &at,
	    .timeout_ms = timeout_ms,
	    .tries = tries};
	struct dro_dns *dns;
	struct dro_err err;

	if (dro_dns_create(&conf, &dns, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (dns);
}

static void
check(const struct fault *f, const struct dro_answer *a)
{
	size_t i;

	if (a->status != f->status || a->rrset.n != f->n)
		fail_msg("%s: status %d, %zu values, %s", f->what, a->status,
		    a->rrset.n, a->detail != NULL ? a->detail : "");
	if (a->rrset.ttl_s != f->ttl || a->negative_ttl_s != f->negative)
		fail_msg("%s: TTL %u, negative %u", f->what,
		    (unsigned)a->rrset.ttl_s, (unsigned)a->negative_ttl_s);
	for (i = 0; i < 2 && f->values[i] != NULL; i++) {
		assert_int_equal(a->rrset.values[i].len, strlen(f->values[i]));
		assert_string_equal(a->rrset.values[i].ptr, f->values[i]);
	}
	if (f->detail == NULL)
		assert_null(a->detail);
	else if (strstr(a->detail, f->detail) == NULL)
		fail_msg("%s: \"%s\"", f->what, a->detail);
}

static void
each_fault(void **state)
{
	const char *server = scripts[0].address;
	struct dro_arena *arena;
	struct dro_sight sight;
	struct dro_dns *dns;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		script_set(0, &faults[i].rule, 1);
		dns = open_dns(&server, 1, 100, 2);
		arena = dro_arena_create();
		if (dro_dns_look(dns, NAME,
			faults[i].type == MX ? DRO_RR_MX : DRO_RR_TXT, arena,
			&sight, &err) != DRO_OK)
			fail_msg("%s: %s", faults[i].what, err.msg);
		assert_int_equal(sight.n, 1);
		assert_string_equal(sight.answers[0].server, server);
		assert_string_equal(sight.answers[0].address, server);
		check(&faults[i], &sight.answers[0]);
		assert_int_equal(scripts[0].asked_tcp > 0, faults[i].tcp);
		/* Recursion is never desired of an authority. */
		assert_int_equal(scripts[0].last_flags & 0x0100, 0);
		dro_arena_destroy(arena);
		dro_dns_destroy(dns);
	}
}

/* A TXT of ${n} strings of 250 octets, as its one server tells it. */
static void
look_long(size_t n, struct dro_arena *arena, struct dro_answer *out)
{
	struct rule rule = {
	    .how = TC_UDP, .rrs = {{.type = TXT, .ttl = 300, .data = NULL}}};
	const char *server = scripts[0].address;
	char *data = calloc(n, 251);
	struct dro_sight sight;
	struct dro_dns *dns;
	struct dro_err err;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(data + i * 251, 'a' + (int)(i % 26), 250);
		data[i * 251 + 250] = '|';
	}
	data[n * 251 - 1] = '\0';
	rule.rrs[0].data = data;
	script_set(0, &rule, 1);
	dns = open_dns(&server, 1, 500, 2);
	assert_int_equal(
	    dro_dns_look(dns, NAME, DRO_RR_TXT, arena, &sight, &err), DRO_OK);
	assert_true(scripts[0].asked_tcp > 0);
	*out = sight.answers[0];
	dro_dns_destroy(dns);
	free(data);
}

/* Up to 8192 octets a value arrives whole; a longer one is not used. */
static void
long_values(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_answer answer;

	(void)state;
	look_long(32, arena, &answer);
	assert_int_equal(answer.status, DRO_ANSWER_OK);
	assert_int_equal(answer.rrset.n, 1);
	assert_int_equal(answer.rrset.values[0].len, 8000);
	assert_int_equal(answer.rrset.values[0].ptr[0], 'a');
	assert_int_equal(answer.rrset.values[0].ptr[7999], 'f');
	look_long(33, arena, &answer);
	assert_int_equal(answer.status, DRO_ANSWER_BAD);
	assert_int_equal(answer.rrset.n, 0);
	assert_non_null(strstr(answer.detail, "8192"));
	dro_arena_destroy(arena);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* Nine servers, all different, asked at the same time. */
static void
many_servers(void **state)
{
	static const struct rule rules[SCRIPTS_MAX] = {
	    {.rrs = {{.type = TXT, .ttl = 300, .data = "new"}}},
	    {.rrs = {{.type = TXT, .ttl = 300, .data = "old"}}},
	    {.rcode = SERVFAIL},
	    {.how = SILENT},
	    {.how = SILENT},
	    {.how = BAD_ID, .rrs = {{.type = TXT, .ttl = 300, .data = "new"}}},
	    {.how = LAME, .rrs = {{.type = TXT, .ttl = 300, .data = "new"}}},
	    {.how = TC_UDP, .rrs = {{.type = TXT, .ttl = 300, .data = "new"}}},
	    {.rcode = NXDOMAIN},
	};
	static const enum dro_answer_status want[SCRIPTS_MAX] = {DRO_ANSWER_OK,
	    DRO_ANSWER_OK, DRO_ANSWER_BAD, DRO_ANSWER_NONE, DRO_ANSWER_NONE,
	    DRO_ANSWER_NONE, DRO_ANSWER_BAD, DRO_ANSWER_OK, DRO_ANSWER_OK};
	const char *servers[SCRIPTS_MAX];
	struct dro_arena *arena = dro_arena_create();
	struct dro_sight sight;
	struct dro_live live;
	struct dro_dns *dns;
	struct dro_err err;
	int64_t start;
	size_t i;

	(void)state;
	for (i = 0; i < SCRIPTS_MAX; i++) {
		script_set(i, &rules[i], 1);
		servers[i] = scripts[i].address;
	}
	dns = open_dns(servers, SCRIPTS_MAX, 600, 1);
	start = now_ms();
	assert_int_equal(
	    dro_dns_look(dns, NAME, DRO_RR_TXT, arena, &sight, &err), DRO_OK);
	/* Three are silent for 600 ms each: one wait, not three. */
	assert_in_range(now_ms() - start, 600, 1700);
	assert_int_equal(sight.n, SCRIPTS_MAX);
	for (i = 0; i < SCRIPTS_MAX; i++) {
		assert_string_equal(sight.answers[i].server, servers[i]);
		assert_int_equal(sight.answers[i].status, want[i]);
	}
	dro_dns_live(&sight, arena, &live);
	assert_int_equal(live.status, DRO_LIVE_DISAGREE);
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
}

/* ${n} looks at names of their own; how long they take, in ms. */
static int64_t
look_at(struct dro_dns *dns, size_t n, struct dro_look *looks,
    struct dro_arena *arena)
{
	struct dro_err err;
	int64_t start = now_ms();
	size_t i;

	for (i = 0; i < n; i++)
		looks[i] = (struct dro_look){
		    .name =
			dro_arena_printf(arena, "_dmarc.d%zu.klant.example", i),
		    .type = DRO_RR_TXT,
		    .arena = arena};
	if (dro_dns_look_many(dns, looks, n, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (now_ms() - start);
}

/* No window setting loses answers: 500 names at three servers. */
static void
many_names(void **state)
{
	static const struct rule rule = {
	    .rrs = {{.type = TXT, .ttl = 300, .data = "v=DMARC1"}}};
	struct dro_look *looks = calloc(500, sizeof(*looks));
	struct dro_arena *arena = dro_arena_create();
	const char *servers[3];
	struct dro_dns *dns;
	size_t i, k;

	(void)state;
	for (i = 0; i < 3; i++) {
		script_set(i, &rule, 1);
		servers[i] = scripts[i].address;
	}
	dns = open_dns(servers, 3, 2000, 1);
	(void)look_at(dns, 500, looks, arena);
	for (i = 0; i < 500; i++) {
		assert_int_equal(looks[i].code, DRO_OK);
		assert_int_equal(looks[i].sight.n, 3);
		for (k = 0; k < 3; k++)
			assert_int_equal(
			    looks[i].sight.answers[k].status, DRO_ANSWER_OK);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(scripts[i].asked, 500);
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
	free(looks);
}

/*
 * A server under load that truncates, or is too old for EDNS, and closes the
 * connection after each answer, still answers every question.
 */
static void
many_over_tcp(void **state)
{
	static const struct rule rules[] = {
	    {.how = TC_UDP, .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}},
	    {.how = NO_EDNS, .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}}};
	const char *servers[] = {scripts[0].address, scripts[1].address};
	struct dro_look *looks = calloc(200, sizeof(*looks));
	struct dro_arena *arena = dro_arena_create();
	struct dro_dns *dns = open_dns(servers, 2, 2000, 1);
	size_t i;

	(void)state;
	script_set(0, &rules[0], 1);
	script_set(1, &rules[1], 1);
	(void)look_at(dns, 200, looks, arena);
	for (i = 0; i < 200; i++) {
		assert_int_equal(
		    looks[i].sight.answers[0].status, DRO_ANSWER_OK);
		assert_int_equal(looks[i].sight.answers[0].rrset.n, 1);
		assert_int_equal(
		    looks[i].sight.answers[1].status, DRO_ANSWER_OK);
		assert_int_equal(looks[i].sight.answers[1].rrset.n, 1);
	}
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
	free(looks);
}

#define DOMAINS 150

/*
 * Far more servers than are asked at a time: beside the two that each domain
 * shares with others, over UDP and over TCP, two where nobody listens.
 */
static void
servers_of_their_own(void **state)
{
	static const struct rule rules[] = {
	    {.rrs = {{.type = TXT, .ttl = 300, .data = "x"}}},
	    {.how = TC_UDP, .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}}};
	struct dro_look *looks = calloc(DOMAINS, sizeof(*looks));
	struct dro_arena *arena = dro_arena_create();
	struct dro_dns_servers servers[DOMAINS];
	const struct dro_dns_conf conf = {.n_servers = DOMAINS,
	    .servers = servers,
	    .timeout_ms = 2000,
	    .tries = 1};
	const char *at[DOMAINS][4];
	const struct dro_answer *a;
	struct dro_dns *dns;
	struct dro_err err;
	size_t i, k;

	(void)state;
	script_set(0, &rules[0], 1);
	script_set(1, &rules[1], 1);
	for (i = 0; i < DOMAINS; i++) {
		at[i][0] = dro_arena_printf(arena, "127.0.2.%zu@9", i + 1);
		at[i][1] = scripts[0].address;
		at[i][2] = dro_arena_printf(arena, "127.0.3.%zu@9", i + 1);
		at[i][3] = scripts[1].address;
		servers[i] = (struct dro_dns_servers){
		    dro_arena_printf(arena, "d%zu.klant.example", i), 4, at[i]};
	}
	if (dro_dns_create(&conf, &dns, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	(void)look_at(dns, DOMAINS, looks, arena);
	for (i = 0; i < DOMAINS; i++)
		for (k = 0; k < 4; k++) {
			a = &looks[i].sight.answers[k];
			assert_string_equal(a->server, at[i][k]);
			assert_int_equal(a->status,
			    k % 2 == 0 ? DRO_ANSWER_NONE : DRO_ANSWER_OK);
		}
	assert_int_equal(scripts[0].asked, DOMAINS);
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
	free(looks);
}

/* 64 wait together; the 65th waits for one of them to end. */
static void
window(void **state)
{
	static const struct rule rule = {.how = SILENT};
	struct dro_look *looks = calloc(65, sizeof(*looks));
	struct dro_arena *arena = dro_arena_create();
	const char *server = scripts[0].address;
	struct dro_dns *dns = open_dns(&server, 1, 1000, 1);

	(void)state;
	script_set(0, &rule, 1);
	assert_in_range(look_at(dns, 64, looks, arena), 1000, 1990);
	assert_in_range(look_at(dns, 65, looks, arena), 2000, 9000);
	assert_int_equal(looks[64].sight.answers[0].status, DRO_ANSWER_NONE);
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
	free(looks);
}

/* A name that is none fails alone. */
static void
bad_name(void **state)
{
	static const struct rule rule = {
	    .rrs = {{.type = TXT, .ttl = 300, .data = "x"}}};
	struct dro_arena *arena = dro_arena_create();
	struct dro_look looks[2] = {
	    {.name = "bad name", .type = DRO_RR_TXT, .arena = arena},
	    {.name = "_DMARC.Klant.example.",
		.type = DRO_RR_TXT,
		.arena = arena}};
	const char *server = scripts[0].address;
	struct dro_dns *dns = open_dns(&server, 1, 500, 1);
	struct dro_err err;

	(void)state;
	script_set(0, &rule, 1);
	assert_int_equal(dro_dns_look_many(dns, looks, 2, &err), DRO_OK);
	assert_int_equal(looks[0].code, DRO_EPARSE);
	assert_int_equal(looks[1].code, DRO_OK);
	assert_string_equal(looks[1].sight.answers[0].rrset.name, NAME);
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
}

/* Nobody listens: told at once by the kernel, not after the time-out. */
static void
nobody(void **state)
{
	const char *server = "127.0.0.1@9";
	struct dro_arena *arena = dro_arena_create();
	struct dro_dns *dns = open_dns(&server, 1, 5000, 1);
	struct dro_sight sight;
	struct dro_err err;

	(void)state;
	assert_int_equal(
	    dro_dns_look(dns, NAME, DRO_RR_TXT, arena, &sight, &err), DRO_OK);
	assert_int_equal(sight.answers[0].status, DRO_ANSWER_NONE);
	assert_string_equal(sight.answers[0].detail, "nothing answers there");
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
}

/* In an empty network namespace no address has a route. */
static void
no_route(void **state)
{
	const char *servers[] = {"127.0.0.1@5300", "2001:db8::1"};
	struct dro_arena *arena = dro_arena_create();
	struct dro_dns *dns = open_dns(servers, 2, 500, 1);
	struct dro_sight sight;
	enum dro_code code;
	struct dro_err err;
	int home;

	(void)state;
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || unshare(CLONE_NEWNET) != 0) {
		print_message("no_route: needs root for a namespace\n");
		if (home >= 0)
			close(home);
		dro_dns_destroy(dns);
		dro_arena_destroy(arena);
		skip();
	}
	code = dro_dns_look(dns, NAME, DRO_RR_TXT, arena, &sight, &err);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	assert_int_equal(code, DRO_OK);
	assert_int_equal(sight.n, 2);
	assert_int_equal(sight.answers[0].status, DRO_ANSWER_NO_ROUTE);
	assert_int_equal(sight.answers[1].status, DRO_ANSWER_NO_ROUTE);
	assert_string_equal(sight.answers[1].address, "2001:db8::1@53");
	dro_dns_destroy(dns);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fault),
	    cmocka_unit_test(long_values),
	    cmocka_unit_test(many_servers),
	    cmocka_unit_test(many_names),
	    cmocka_unit_test(many_over_tcp),
	    cmocka_unit_test(servers_of_their_own),
	    cmocka_unit_test(window),
	    cmocka_unit_test(bad_name),
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(no_route),
	};

	return (cmocka_run_group_tests(tests, script_start, script_end));
}
