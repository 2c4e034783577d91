#include "conformance.h"

#include "host/internal.h"
#include "pdns.h"
#include "powerdns/powerdns.h"

/* The server, and the fault server before it that the plugin talks to. */
struct world {
	struct conformance suite;
	struct pdns pdns;
	struct scripted *front;
	char endpoint[64];
	struct dro_conf_item items[3];
	const char *values[3];
	struct dro_conf conf;
};

static struct world world;

static void
prepare(void *arg, const char *apex, const char *text)
{
	struct world *w = arg;

	if (!pdns_load(&w->pdns, apex, text))
		fail_msg("%s: %s", apex, work_text(&w->pdns.work, "load.log"));
}

static char *
dump(void *arg, const char *apex)
{
	struct world *w = arg;
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT r.name, r.type, r.ttl, r.prio, r.content, r.disabled "
	    "FROM records r JOIN domains d ON d.id = r.domain_id "
	    "WHERE d.name = '%s' AND r.type <> '' ORDER BY 1, 2, 5",
	    apex);
	return (pdns_sql(&w->pdns, sql));
}

static enum dro_code
open_account(void *arg, struct dro_host *host, bool wrong_credential,
    void **ctx, struct dro_err *err)
{
	struct world *w = arg;

	w->values[1] = wrong_credential ? "not the key" : PDNS_KEY;
	return (dro_provider_powerdns.open(host, &w->conf, ctx, err));
}

static int
group_setup(void **state)
{
	struct world *w = &world;

	if (!pdns_start(&w->pdns)) {
		print_error("pdns_server does not start\n");
		return (-1);
	}
	w->front = scripted_start(w->pdns.api_port);
	(void)snprintf(w->endpoint, sizeof(w->endpoint), "http://127.0.0.1:%d",
	    w->front->port);
	w->values[0] = w->endpoint;
	w->items[0] = (struct dro_conf_item){"endpoint", 1, &w->values[0]};
	w->items[1] = (struct dro_conf_item){"key", 1, &w->values[1]};
	w->conf = (struct dro_conf){"pdns", 2, w->items};
	w->suite = (struct conformance){.provider = &dro_provider_powerdns,
	    .arg = w,
	    .has_credential = true,
	    .prepare = prepare,
	    .dump = dump,
	    .open = open_account};
	*state = &w->suite;
	return (0);
}

static int
group_teardown(void **state)
{
	(void)state;
	if (world.front != NULL)
		scripted_stop(world.front);
	pdns_stop(&world.pdns);
	return (0);
}

/* What the server would answer itself when it is not asked. */
#define ANSWER_429                                                             \
	"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\n"               \
	"Content-Length: 9\r\n\r\nslow down"
#define ANSWER_503                                                             \
	"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"
#define ANSWER_504 "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_HTML                                                            \
	"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"                       \
	"Content-Length: 30\r\n\r\n<html>Are you a human?</html>\n"
#define ANSWER_CUT "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"name\":\"k"
#define ANSWER_NO_JSON                                                         \
	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"name\":\"k"

/* A fault while one record is replaced, and what it must come to. */
struct fault {
	const char *what;
	struct scripted_rule rules[2];
	enum dro_code expected;
	int mutations; /* that arrive at the API */
	bool executed; /* the record changed */
	int retry_after_s;
};

static const struct fault faults[] = {
    {"connection dropped after the server has done it",
	{{"PATCH", -1, SCRIPTED_DROP_AFTER, NULL}}, DRO_ETIMEOUT, 1, true, 0},
    {"504 after the server has done it",
	{{"PATCH", -1, SCRIPTED_REPLY_AFTER, ANSWER_504}}, DRO_ETIMEOUT, 1,
	true, 0},
    {"half an answer after the server has done it",
	{{"PATCH", -1, SCRIPTED_REPLY_AFTER, ANSWER_CUT}}, DRO_ETIMEOUT, 1,
	true, 0},
    {"web page with status 200 after the server has done it",
	{{"PATCH", -1, SCRIPTED_REPLY_AFTER, ANSWER_HTML}}, DRO_OK, 1, true, 0},
    {"connection dropped before", {{"PATCH", -1, SCRIPTED_DROP_BEFORE, NULL}},
	DRO_ETIMEOUT, 1, false, 0},
    {"no answer at all", {{"PATCH", -1, SCRIPTED_HANG, NULL}}, DRO_ETIMEOUT, 1,
	false, 0},
    {"503 before", {{"PATCH", -1, SCRIPTED_REPLY, ANSWER_503}}, DRO_ETIMEOUT, 1,
	false, 0},
    {"429 before", {{"PATCH", -1, SCRIPTED_REPLY, ANSWER_429}}, DRO_ELIMIT, 1,
	false, 120},
    {"200 that did nothing", {{"PATCH", -1, SCRIPTED_REPLY, ANSWER_HTML}},
	DRO_ETIMEOUT, 1, false, 0},
    {"body without end", {{"PATCH", -1, SCRIPTED_FLOOD, NULL}}, DRO_ETIMEOUT, 1,
	false, 0},
    {"429 on the read", {{"GET", -1, SCRIPTED_REPLY, ANSWER_429}}, DRO_ELIMIT,
	0, false, 120},
    {"503 once on the read", {{"GET", 1, SCRIPTED_REPLY, ANSWER_503}}, DRO_OK,
	1, true, 0},
    {"503 on every read", {{"GET", -1, SCRIPTED_REPLY, ANSWER_503}},
	DRO_EREMOTE, 0, false, 0},
    {"half an answer on every read", {{"GET", -1, SCRIPTED_CUT, ANSWER_CUT}},
	DRO_EREMOTE, 0, false, 0},
    {"half a JSON text on the read",
	{{"GET", -1, SCRIPTED_REPLY, ANSWER_NO_JSON}}, DRO_EREMOTE, 0, false,
	0},
    {"web page on the read", {{"GET", -1, SCRIPTED_REPLY, ANSWER_HTML}},
	DRO_EREMOTE, 0, false, 0},
    {"body without end on the read", {{"GET", -1, SCRIPTED_FLOOD, NULL}},
	DRO_EREMOTE, 0, false, 0},
};

static void
faults_of_the_api(void **state)
{
	const char *name = "_dmarc.fault.example";
	struct dro_rrset before, after;
	struct session s;
	enum dro_code got;
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct fault *f = &faults[i];

		session_open(&s, state, "fault.example",
		    "_dmarc 300 IN TXT \"v=DMARC1; p=none\"\n");
		s.host->total_ms = 2000;
		s.host->backoff_ms = 1;
		rrset_of(
		    &s, &before, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
		rrset_of(
		    &s, &after, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
		scripted_rules(world.front, f->rules);
		got = session_apply(&s, &before, &after);
		if (got != f->expected)
			fail_msg(
			    "%s: code %d: %s", f->what, (int)got, s.err.msg);
		if (got != DRO_OK)
			assert_int_equal(s.err.retry_after_s, f->retry_after_s);
		assert_int_equal(
		    scripted_count(world.front, &world.front->mutations),
		    f->mutations);
		/* 8 MiB are taken; the rest sits in socket buffers. */
		assert_true(world.front->flooded < 32u << 20);
		scripted_rules(world.front, NULL);
		assert_live(&s, f->executed ? &after : &before);
		session_close(&s);
	}
}

/* A redirect could carry the key to another place. */
static void
redirect_is_not_followed(void **state)
{
	struct scripted *elsewhere = scripted_start(0);
	char moved[256];
	struct scripted_rule rules[] = {{"GET", -1, SCRIPTED_REPLY, moved},
	    {"PATCH", -1, SCRIPTED_REPLY, moved}, {NULL, 0, 0, NULL}};
	struct dro_rrset absent, wanted, live;
	struct session s;

	(void)snprintf(moved, sizeof(moved),
	    "HTTP/1.1 307 Temporary Redirect\r\n"
	    "Location: http://127.0.0.1:%d/elsewhere\r\n"
	    "Content-Length: 0\r\n\r\n",
	    elsewhere->port);
	session_open(&s, state, "moved.example", "");
	rrset_of(&s, &absent, "_dmarc.moved.example", DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, "_dmarc.moved.example", DRO_RR_TXT,
	    ONE("v=DMARC1; p=none"));
	scripted_rules(world.front, rules);
	assert_code(&s, DRO_EREMOTE,
	    session_read(&s, "_dmarc.moved.example", DRO_RR_TXT, &live));
	rules[0].times = 0;
	scripted_rules(world.front, rules);
	assert_code(&s, DRO_ETIMEOUT, session_apply(&s, &absent, &wanted));
	assert_int_equal(elsewhere->connections, 0);
	scripted_rules(world.front, NULL);
	session_close(&s);
	scripted_stop(elsewhere);
}

/* Even a server that echoes the key does not get it into a message. */
static void
key_is_never_told(void **state)
{
	static const char *const leaks[] = {
	    PDNS_KEY,
	    "dGVzdCtrZXkvMSBvZj1Qb3dlckROUw==", /* base64 */
	    "test%2Bkey%2F1%20of%3DPowerDNS",
	    "test%2bkey%2f1%20of%3dPowerDNS",
	};
	char answer[512];
	struct scripted_rule rules[] = {
	    {"GET", -1, SCRIPTED_REPLY, answer}, {NULL, 0, 0, NULL}};
	struct session s;
	size_t i;

	session_zone(*state, "key.example", "");
	for (i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
		(void)snprintf(answer, sizeof(answer),
		    "HTTP/1.1 422 Unprocessable\r\nContent-Length: %zu\r\n"
		    "\r\n{\"error\": \"bad key %s, sorry\"}",
		    strlen(leaks[i]) +
			strlen("{\"error\": \"bad key , sorry\"}"),
		    leaks[i]);
		session_open_mode(&s, state, true, false);
		scripted_rules(world.front, rules);
		assert_code(&s, DRO_EINVAL, s.plugin->check(s.ctx, &s.err));
		assert_non_null(strstr(world.front->last, PDNS_KEY));
		assert_non_null(strstr(s.err.msg, "bad key [redacted]"));
		assert_null(strstr(s.err.msg, "PowerDNS"));
		assert_null(strstr(s.err.msg, leaks[i]));
		scripted_rules(world.front, NULL);
		session_close(&s);
	}
}

/* plan's mode: the write is refused here, not by the server. */
static void
read_only_sends_no_write(void **state)
{
	const char *name = "_dmarc.quiet.example";
	struct dro_rrset absent, wanted;
	struct session s;

	session_zone(*state, "quiet.example", "");
	session_open_mode(&s, state, true, false);
	scripted_rules(world.front, NULL);
	assert_code(&s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_EAUTH, session_apply(&s, &absent, &wanted));
	assert_int_equal(
	    scripted_count(world.front, &world.front->mutations), 0);
	assert_true(scripted_count(world.front, &world.front->reads) > 0);
	session_close(&s);
}

/* Stored but not served: a replacement would delete them silently. */
static void
disabled_entries_are_kept(void **state)
{
	const char *name = "_dmarc.disabled.example";
	struct dro_rrset live, absent, wanted;
	struct session s;
	char *before;

	session_open(&s, state, "disabled.example",
	    "_dmarc 300 IN TXT \"v=DMARC1; p=none; old=yes\"\n");
	free(pdns_sql(&world.pdns,
	    "UPDATE records SET disabled = 1 "
	    "WHERE name = '_dmarc.disabled.example'"));
	before = dump(&world, "disabled.example");
	assert_code(&s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
	assert_int_equal(live.n, 0);
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &absent, &wanted));
	assert_non_null(strstr(s.err.msg, "disabled"));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* What we write at a secondary, its primary overwrites. */
static void
secondary_zone_is_refused(void **state)
{
	struct dro_zone zone;
	struct session s;

	session_zone(*state, "second.example", "");
	free(pdns_sql(&world.pdns,
	    "UPDATE domains SET type = 'SLAVE', master = '192.0.2.1' "
	    "WHERE name = 'second.example'"));
	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_EINVAL,
	    s.plugin->zone(s.ctx, "_dmarc.second.example", &zone, &s.err));
	assert_non_null(strstr(s.err.msg, "secondary"));
	session_close(&s);
}

/* Names asked for once in a run are not asked for again. */
static void
zones_are_remembered(void **state)
{
	struct dro_zone zone;
	struct session s;
	int reads;

	session_open(&s, state, "cached.example", "");
	scripted_rules(world.front, NULL);
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "_dmarc.cached.example", &zone, &s.err));
	reads = scripted_count(world.front, &world.front->reads);
	assert_int_equal(reads, 1); /* the apex was known already */
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "_dmarc.cached.example", &zone, &s.err));
	assert_int_equal(
	    scripted_count(world.front, &world.front->reads), reads);
	session_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CONFORMANCE_TESTS,
	    cmocka_unit_test(faults_of_the_api),
	    cmocka_unit_test(redirect_is_not_followed),
	    cmocka_unit_test(key_is_never_told),
	    cmocka_unit_test(read_only_sends_no_write),
	    cmocka_unit_test(disabled_entries_are_kept),
	    cmocka_unit_test(secondary_zone_is_refused),
	    cmocka_unit_test(zones_are_remembered),
	};

	return (cmocka_run_group_tests_name(
	    "conformance: powerdns", tests, group_setup, group_teardown));
}
