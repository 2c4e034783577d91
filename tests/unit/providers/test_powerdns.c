#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/host.h"
#include "powerdns/powerdns.h"
#include "powerdns/rdata.h"
#include "scripted.h"

#define assert_code(expected, call)                                            \
	do {                                                                   \
		enum dro_code got_ = (call);                                   \
		if (got_ != (expected))                                        \
			fail_msg("code %d, expected %d: %s", (int)got_,        \
			    (int)(expected), err.msg);                         \
	} while (0)

static struct dro_err err;

static void
txt_is_decoded(void **state)
{
	static const struct {
		const char *content;
		const char *text; /* NULL: refused */
	} table[] = {
	    {"\"v=DMARC1; p=none\"", "v=DMARC1; p=none"},
	    {"\"v=DMARC1\\; p=none\"", "v=DMARC1; p=none"},
	    {"\"v=DMARC1\\059 p=none\"", "v=DMARC1; p=none"},
	    {"\"a\" \"b\"", "ab"},
	    {"\"a\"\t \"b\" ", "ab"},
	    {"\"a\"\"b\"", "ab"},
	    {" \"a\"", "a"},
	    {"\"\"", ""},
	    {"\"say \\\"hi\\\" \\\\ \"", "say \"hi\" \\ "},
	    {"\"\\195\\169\"", "\xc3\xa9"},
	    {"\"\xc3\xa9\"", "\xc3\xa9"},
	    {"\"\\0011\"", "\x01\x31"},
	    {"", NULL},
	    {"bare", NULL},
	    {"\"open", NULL},
	    {"\"open\\", NULL},
	    {"\"open\\\"", NULL},
	    {"\"a\" b", NULL},
	    {"\"a\" \"", NULL},
	    {"\"\\256\"", NULL},
	    {"\"\\999\"", NULL},
	    {"\"\\12\"", NULL},
	    {"\"\\1a2\"", NULL},
	};
	struct dro_buf out;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		dro_buf_init(&out, 100);
		dro_buf_adds(&out, "");
		assert_code(table[i].text == NULL ? DRO_EPARSE : DRO_OK,
		    dro_powerdns_txt_decode(table[i].content, &out, &err));
		if (table[i].text != NULL)
			assert_string_equal(out.ptr, table[i].text);
		dro_buf_finish(&out);
	}
	dro_buf_init(&out, 3);
	assert_code(
	    DRO_ELIMIT, dro_powerdns_txt_decode("\"abcd\"", &out, &err));
	dro_buf_finish(&out);
}

static void
txt_is_encoded(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *content;
	} table[] = {
	    {"", 0, "\"\""},
	    {"v=DMARC1; p=none", 16, "\"v=DMARC1; p=none\""},
	    {"\"\\", 2, "\"\\\"\\\\\""},
	    {"a\0b", 3, "\"a\\000b\""},
	    {"\x1f ~\x7f\x80\xff", 6, "\"\\031 ~\\127\\128\\255\""},
	};
	struct dro_buf out;
	char text[511];
	size_t i;

	(void)state;
	dro_buf_init(&out, 4096);
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		dro_buf_reset(&out);
		dro_powerdns_txt_encode(table[i].text, table[i].len, &out);
		assert_string_equal(out.ptr, table[i].content);
	}
	/* 255, then 255, then 1: each string in its own quotes. */
	memset(text, 'x', sizeof(text));
	dro_buf_reset(&out);
	dro_powerdns_txt_encode(text, 255, &out);
	assert_int_equal(out.len, 257);
	dro_buf_reset(&out);
	dro_powerdns_txt_encode(text, 511, &out);
	assert_int_equal(out.len, 257 + 1 + 257 + 1 + 3);
	assert_memory_equal(out.ptr + 255, "x\" \"x", 5);
	assert_memory_equal(out.ptr + 255 + 258, "x\" \"x\"", 7);
	dro_buf_finish(&out);
}

static void
what_can_be_stored(void **state)
{
	static const struct {
		enum dro_rrtype type;
		uint32_t ttl_s;
		const char *values[2];
		enum dro_code code;
	} table[] = {
	    {DRO_RR_TXT, 300, {"v=DMARC1; p=none"}, DRO_OK},
	    {DRO_RR_TXT, 300, {NULL}, DRO_OK},
	    {DRO_RR_TXT, 0x7fffffff, {"a", "b"}, DRO_OK},
	    {DRO_RR_TXT, 0x80000000, {"a"}, DRO_EINVAL},
	    {DRO_RR_TXT, 300, {"a", "a"}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"0 ."}, DRO_OK},
	    {DRO_RR_MX, 300, {"10 mx1.example.", "20 mx1.example."}, DRO_OK},
	    {DRO_RR_MX, 300, {"65535 mx."}, DRO_OK},
	    {DRO_RR_MX, 300, {"65536 mx."}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"10 mx1.example"}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"mx1.example."}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"10  mx1.example."}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"1x mx1.example."}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"10 "}, DRO_EINVAL},
	    {DRO_RR_MX, 300, {"10 a..example."}, DRO_EINVAL},
	    {DRO_RR_CNAME, 300, {"a.example."}, DRO_EINVAL},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset rrset;
	size_t i, j;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		dro_rrset_init(&rrset, "x.example", table[i].type);
		rrset.ttl_s = table[i].ttl_s;
		for (j = 0; j < 2 && table[i].values[j] != NULL; j++)
			assert_code(DRO_OK,
			    dro_rrset_add(&rrset, arena, table[i].values[j],
				strlen(table[i].values[j]), &err));
		if (dro_provider_powerdns.explain(NULL, &rrset, &err) !=
		    table[i].code)
			fail_msg("line %zu: %s", i, err.msg);
	}
	dro_arena_destroy(arena);
}

/* An account as config would give it; a NULL value is left out. */
struct account {
	const char *endpoint, *key, *server, *allow_private;
};

struct opened {
	struct dro_host *host;
	struct dro_conf_item items[4];
	const char *values[4];
	struct dro_conf conf;
	void *ctx;
};

static enum dro_code
account_open(struct opened *o, const struct account *account)
{
	const char *names[] = {"endpoint", "key", "server", "allow_private"};
	const char *values[] = {account->endpoint, account->key,
	    account->server, account->allow_private};
	size_t i, n = 0;

	memset(o, 0, sizeof(*o));
	assert_code(DRO_OK, dro_host_create(true, &o->host, &err));
	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		o->values[n] = values[i];
		if (values[i] != NULL) {
			o->items[n] =
			    (struct dro_conf_item){names[i], 1, &o->values[n]};
			n++;
		}
	}
	o->conf = (struct dro_conf){"acc", n, o->items};
	return (dro_provider_powerdns.open(o->host, &o->conf, &o->ctx, &err));
}

static void
account_close(struct opened *o)
{
	dro_provider_powerdns.close(o->ctx);
	dro_host_destroy(o->host);
}

static void
options_are_checked(void **state)
{
	static const struct {
		struct account account;
		const char *about; /* NULL: good */
	} table[] = {
	    {{"https://dns.example:8081", "k", NULL, NULL}, NULL},
	    {{"https://dns.example/", "k", "localhost", "true"}, NULL},
	    {{"https://dns.example/", "k", NULL, "false"}, NULL},
	    {{NULL, "k", NULL, NULL}, "endpoint"},
	    {{"https://dns.example?x", "k", NULL, NULL}, "endpoint"},
	    {{"https://me:pw@dns.example", "k", NULL, NULL}, "endpoint"},
	    {{"https://dns.example", NULL, NULL, NULL}, "key"},
	    {{"https://dns.example", "", NULL, NULL}, "secret"},
	    {{"https://dns.example", "k\r\nX-Admin: 1", NULL, NULL}, "key"},
	    {{"https://dns.example", "k", NULL, "yes"}, "allow_private"},
	};
	struct opened o;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		assert_code(table[i].about == NULL ? DRO_OK : DRO_EINVAL,
		    account_open(&o, &table[i].account));
		if (table[i].about != NULL) {
			assert_non_null(strstr(err.msg, table[i].about));
			assert_null(strstr(err.msg, "pw@"));
			assert_null(strstr(err.msg, "X-Admin"));
		}
		account_close(&o);
	}
}

/* However the endpoint is written, this is what is asked for. */
static void
addresses_are_composed(void **state)
{
	static const struct {
		const char *tail, *server, *asked;
	} table[] = {
	    {"", NULL, "GET /api/v1/servers/localhost HTTP/1.1\r\n"},
	    {"/", NULL, "GET /api/v1/servers/localhost HTTP/1.1\r\n"},
	    {"/api/v1", NULL, "GET /api/v1/servers/localhost HTTP/1.1\r\n"},
	    {"/dns/api/v1//", "a/b",
		"GET /dns/api/v1/servers/a%2Fb HTTP/1.1\r\n"},
	};
	static const struct scripted_rule rules[] = {
	    {"GET", -1, SCRIPTED_REPLY,
		"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
		"{\"id\": \"localhost\"} "},
	    {NULL, 0, 0, NULL}};
	struct scripted *server = scripted_start(0);
	struct opened o;
	char endpoint[128];
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct account account = {
		    endpoint, "k3y", table[i].server, NULL};

		(void)snprintf(endpoint, sizeof(endpoint),
		    "http://127.0.0.1:%d%s", server->port, table[i].tail);
		scripted_rules(server, rules);
		assert_code(DRO_OK, account_open(&o, &account));
		assert_code(DRO_OK, dro_provider_powerdns.check(o.ctx, &err));
		assert_memory_equal(
		    server->last, table[i].asked, strlen(table[i].asked));
		assert_non_null(strstr(server->last, "\r\nX-API-Key: k3y\r\n"));
		account_close(&o);
	}
	scripted_stop(server);
}

/* One read of TXT _dmarc.k.example and what each answer comes to. */
struct reading {
	const char *status, *body;
	enum dro_code code;
	enum dro_scope scope;
	const char *value; /* the only one, or NULL for absent */
};

#define RECORD(text) "{\"content\":\"\\\"" text "\\\"\",\"disabled\":false}"
#define RRSET(name, type, ttl, records)                                        \
	"{\"name\":\"" name "\",\"type\":\"" type "\",\"ttl\":" ttl            \
	",\"records\":[" records "]}"
#define ZONE(rrsets) "{\"name\":\"k.example.\",\"rrsets\":[" rrsets "]}"
#define MINE "_dmarc.k.example."

static const struct reading readings[] = {
    {"200 OK", ZONE(RRSET(MINE, "TXT", "300", RECORD("v"))), DRO_OK, 0, "v"},
    {"200 OK", ZONE(RRSET("_DMARC.k.Example.", "TXT", "300", RECORD("v"))),
	DRO_OK, 0, "v"},
    {"200 OK", ZONE(""), DRO_OK, 0, NULL},
    /* A server that ignores the filter and gives the whole zone. */
    {"200 OK",
	ZONE(RRSET("k.example.", "TXT", "300", RECORD("apex")) "," RRSET(
	    "x_dmarc.k.example.", "TXT", "300", RECORD("x")) "," RRSET(MINE,
	    "TXT", "300", RECORD("v")) "," RRSET("_dmarc.s.k.example.", "TXT",
	    "300", RECORD("s"))),
	DRO_OK, 0, "v"},
    {"200 OK", ZONE(RRSET(MINE, "MX", "300", "{\"content\":\"0 .\"}")), DRO_OK,
	0, NULL},
    {"200 OK",
	ZONE(RRSET(MINE, "TXT", "300",
	    "{\"content\":\"\\\"v\\\"\",\"disabled\":true}")),
	DRO_OK, 0, NULL},
    {"200 OK",
	ZONE(RRSET(MINE, "CNAME", "300", "{\"content\":\"t.example.\"}")),
	DRO_ECONFLICT, 0, NULL},
    {"200 OK", ZONE(RRSET(MINE, "TXT", "300", "{\"content\":\"bare\"}")),
	DRO_EREMOTE, 0, NULL},
    {"200 OK", ZONE(RRSET(MINE, "TXT", "300", "{\"content\":7}")), DRO_EREMOTE,
	0, NULL},
    {"200 OK", ZONE(RRSET(MINE, "TXT", "-1", RECORD("v"))), DRO_EREMOTE, 0,
	NULL},
    {"200 OK", ZONE(RRSET(MINE, "TXT", "4294967296", RECORD("v"))), DRO_EREMOTE,
	0, NULL},
    {"200 OK", ZONE(RRSET(MINE, "TXT", "\"300\"", RECORD("v"))), DRO_EREMOTE, 0,
	NULL},
    {"200 OK",
	ZONE(RRSET(MINE, "TXT", "300", RECORD("v")) "," RRSET(
	    MINE, "TXT", "300", RECORD("w"))),
	DRO_EREMOTE, 0, NULL},
    {"200 OK", "{\"rrsets\":[],\"rrsets\":[]}", DRO_EREMOTE, 0, NULL},
    {"200 OK", "{\"rrsets\":{}}", DRO_EREMOTE, 0, NULL},
    {"200 OK", "[]", DRO_EREMOTE, 0, NULL},
    {"200 OK", "", DRO_EREMOTE, 0, NULL},
    {"200 OK", "{\"rrsets\":[]} trailing", DRO_EREMOTE, 0, NULL},
    {"204 No Content", "", DRO_EREMOTE, 0, NULL},
    {"301 Moved", "", DRO_EREMOTE, 0, NULL},
    {"400 Bad Request", "Bad Request", DRO_EINVAL, 0, NULL},
    {"401 Unauthorized", "Unauthorized", DRO_EAUTH, DRO_SCOPE_ACCOUNT, NULL},
    {"403 Forbidden", "", DRO_EAUTH, DRO_SCOPE_ACCOUNT, NULL},
    {"404 Not Found", "Not Found", DRO_ENOTFOUND, DRO_SCOPE_ZONE, NULL},
    {"409 Conflict", "{\"error\":\"busy\"}", DRO_ECONFLICT, 0, NULL},
    {"418 Teapot", "<html>", DRO_EREMOTE, 0, NULL},
    {"422 Unprocessable", "{\"error\":\"not canonical\"}", DRO_EINVAL, 0, NULL},
    {"422 Unprocessable",
	"{\"error\":\"RRset x IN TXT: Conflicts with pre-existing RRset\"}",
	DRO_ECONFLICT, 0, NULL},
    {"429 Too Many Requests", "", DRO_ELIMIT, DRO_SCOPE_ACCOUNT, NULL},
    {"501 Not Implemented", "", DRO_EREMOTE, 0, NULL},
};

static void
answers_to_a_read(void **state)
{
	static const struct dro_zone zone = {"k.example", "k.example."};
	static const struct dro_rrkey key = {"_dmarc.k.example", DRO_RR_TXT};
	struct scripted *server = scripted_start(0);
	struct dro_arena *arena = dro_arena_create();
	char endpoint[64], answer[4096];
	struct account account = {endpoint, "k3y", NULL, NULL};
	struct scripted_rule rules[] = {
	    {"GET", -1, SCRIPTED_REPLY, answer}, {NULL, 0, 0, NULL}};
	struct dro_rrset out;
	struct opened o;
	size_t i;

	(void)state;
	(void)snprintf(
	    endpoint, sizeof(endpoint), "http://127.0.0.1:%d", server->port);
	assert_code(DRO_OK, account_open(&o, &account));
	for (i = 0; i < DRO_ARRAY_LEN(readings); i++) {
		const struct reading *r = &readings[i];
		enum dro_code got;

		(void)snprintf(answer, sizeof(answer),
		    "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", r->status,
		    strlen(r->body), r->body);
		scripted_rules(server, rules);
		memset(&err, 0, sizeof(err));
		got = dro_provider_powerdns.read(
		    o.ctx, &zone, &key, arena, &out, &err);
		if (got != r->code || (got != DRO_OK && err.code != got) ||
		    err.scope != r->scope)
			fail_msg("%s %s: code %d scope %d: %s", r->status,
			    r->body, (int)got, (int)err.scope, err.msg);
		if (got != DRO_OK)
			continue;
		assert_int_equal(out.n, r->value == NULL ? 0 : 1);
		if (r->value != NULL) {
			assert_string_equal(out.values[0].ptr, r->value);
			assert_int_equal(out.ttl_s, 300);
		}
	}
	account_close(&o);
	dro_arena_destroy(arena);
	scripted_stop(server);
}

/* Answers to a search for zones are filtered here too. */
static void
zone_search_is_filtered(void **state)
{
	static const struct {
		const char *body;
		enum dro_code code;
	} table[] = {
	    {"[{\"id\":\"k.example.\",\"name\":\"k.example.\","
	     "\"kind\":\"Native\"}]",
		DRO_OK},
	    {"[{\"id\":\"z.example.\",\"name\":\"z.example.\","
	     "\"kind\":\"Native\"}]",
		DRO_ENOTFOUND},
	    {"[{\"id\":\"k.example.\",\"name\":\"k.example.\","
	     "\"kind\":\"Slave\"}]",
		DRO_EINVAL},
	    {"[{\"name\":\"k.example.\",\"kind\":\"Native\"}]", DRO_EREMOTE},
	    {"[]", DRO_ENOTFOUND},
	    {"{}", DRO_EREMOTE},
	    {"[7, null]", DRO_ENOTFOUND},
	};
	struct scripted *server = scripted_start(0);
	char endpoint[64], answer[1024];
	struct account account = {endpoint, "k3y", NULL, NULL};
	struct scripted_rule rules[] = {
	    {"GET", -1, SCRIPTED_REPLY, answer}, {NULL, 0, 0, NULL}};
	struct dro_zone zone;
	struct opened o;
	size_t i;

	(void)state;
	(void)snprintf(
	    endpoint, sizeof(endpoint), "http://127.0.0.1:%d", server->port);
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		(void)snprintf(answer, sizeof(answer),
		    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		    strlen(table[i].body), table[i].body);
		scripted_rules(server, rules);
		assert_code(DRO_OK, account_open(&o, &account));
		assert_code(table[i].code,
		    dro_provider_powerdns.zone(
			o.ctx, "_DMARC.K.example.", &zone, &err));
		if (table[i].code == DRO_OK)
			assert_string_equal(zone.name, "k.example");
		account_close(&o);
	}
	scripted_stop(server);
}

#define ANSWER(length, body)                                                   \
	"HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n" body

/* After 16 names all zones are listed; what is no list is asked past. */
static void
many_zones_are_listed(void **state)
{
	static const char list[] = ANSWER("114",
	    "[{\"id\":\"K.example.\",\"name\":\"K.example.\",\"kind\":"
	    "\"Native\"},{\"id\":\"s.example.\",\"name\":\"s.example.\","
	    "\"kind\":\"Slave\"},7]");
	struct scripted_rule listed[] = {
	    {"GET", 16, SCRIPTED_REPLY, ANSWER("2", "[]")},
	    {"GET", 1, SCRIPTED_REPLY, list}, {NULL, 0, 0, NULL}};
	struct scripted_rule unlisted[] = {
	    {"GET", 16, SCRIPTED_REPLY, ANSWER("2", "[]")},
	    {"GET", 1, SCRIPTED_REPLY, ANSWER("2", "{}")},
	    {"GET", -1, SCRIPTED_REPLY, ANSWER("2", "[]")}, {NULL, 0, 0, NULL}};
	const struct dro_provider *p = &dro_provider_powerdns;
	struct scripted *server = scripted_start(0);
	char endpoint[64], name[64];
	struct account account = {endpoint, "k3y", NULL, NULL};
	struct dro_zone zone;
	struct opened o;
	int i, run;

	(void)state;
	(void)snprintf(
	    endpoint, sizeof(endpoint), "http://127.0.0.1:%d", server->port);
	for (run = 0; run < 2; run++) {
		scripted_rules(server, run == 0 ? listed : unlisted);
		assert_code(DRO_OK, account_open(&o, &account));
		for (i = 0; i < 15; i++) {
			(void)snprintf(name, sizeof(name), "n%d.example", i);
			assert_code(
			    DRO_ENOTFOUND, p->zone(o.ctx, name, &zone, &err));
		}
		/* 15 names and "example". */
		assert_int_equal(server->reads, 16);
		if (run == 0) {
			assert_code(DRO_OK,
			    p->zone(o.ctx, "_dmarc.k.example", &zone, &err));
			assert_string_equal(zone.id, "K.example.");
			assert_code(DRO_EINVAL,
			    p->zone(o.ctx, "_dmarc.s.example", &zone, &err));
			assert_code(DRO_ENOTFOUND,
			    p->zone(o.ctx, "_dmarc.z.example", &zone, &err));
			assert_int_equal(server->reads, 17);
		} else {
			assert_code(DRO_ENOTFOUND,
			    p->zone(o.ctx, "_dmarc.k.example", &zone, &err));
			assert_int_equal(server->reads, 19);
		}
		account_close(&o);
	}
	scripted_stop(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(txt_is_decoded),
	    cmocka_unit_test(txt_is_encoded),
	    cmocka_unit_test(what_can_be_stored),
	    cmocka_unit_test(options_are_checked),
	    cmocka_unit_test(addresses_are_composed),
	    cmocka_unit_test(answers_to_a_read),
	    cmocka_unit_test(zone_search_is_filtered),
	    cmocka_unit_test(many_zones_are_listed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
