#ifndef DRO_TEST_UPDATABLE_H
#define DRO_TEST_UPDATABLE_H

/*
 * BIND and Knot on loopback that take dynamic updates signed with a key, and
 * what the conformance suite needs of them.
 */

#include <signal.h>
#include <time.h>

#include "conformance.h"
#include "rfc2136/rfc2136.h"
#include "scripted.h"
#include "workdir.h"

/* One key for each algorithm; the secret is the same 32 octets. */
#define TSIG_SECRET "cm9sbG91dCB0ZXN0IGtleSwgMzIgb2N0ZXRzIGxvbmc="
#define TSIG_OTHER "YW5vdGhlciB0ZXN0IGtleSwgMzIgb2N0ZXRzIGxvbmc="

/* In this zone the key has the least rights that a rollout needs. */
#define NARROW "narrow.example"

struct updatable {
	struct conformance suite;
	struct workdir work;
	bool knot;
	int port, control;
	pid_t pid;
	char zones[64][64];
	size_t n_zones;
	/* The account of the tests; ${server} may be set to another port. */
	char server[64];
	const char *address, *key, *algorithm, *secret, *try_zone;
	struct dro_conf_item items[5];
	struct dro_conf conf;
};

static bool
updatable_run(struct updatable *u, const char *const *argv)
{
	if (work_run(&u->work, argv, NULL, "run.out"))
		return (true);
	print_error("%s\n", work_text(&u->work, "run.out"));
	return (false);
}

static bool
bind_configure(struct updatable *u)
{
	static const char *const keys[] = {"sha256", "sha384", "sha512"};
	char conf[4096];
	size_t i;
	int n;

	n = snprintf(conf, sizeof(conf),
	    "options {\n directory \"%s\";\n pid-file \"named.pid\";\n"
	    " session-keyfile \"session.key\";\n"
	    " managed-keys-directory \"%s\";\n"
	    " listen-on port %d { 127.0.0.1; };\n listen-on-v6 { none; };\n"
	    " recursion no;\n dnssec-validation no;\n notify no;\n"
	    " allow-new-zones yes;\n allow-transfer { 127.0.0.1; };\n};\n"
	    "key rndc { algorithm hmac-sha256; secret \"" TSIG_SECRET "\"; };\n"
	    "controls { inet 127.0.0.1 port %d allow { 127.0.0.1; } "
	    "keys { rndc; }; };\n",
	    u->work.path, u->work.path, u->port, u->control);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		n += snprintf(conf + n, sizeof(conf) - (size_t)n,
		    "key %s { algorithm hmac-%s; secret \"" TSIG_SECRET
		    "\"; };\n",
		    keys[i], keys[i]);
	return (work_write(&u->work, "named.conf", conf) &&
	    work_write(&u->work, "rndc.key",
		"key rndc { algorithm hmac-sha256; secret \"" TSIG_SECRET
		"\"; };\n"));
}

static bool
bind_command(
    struct updatable *u, const char *verb, const char *zone, const char *conf)
{
	char port[16], key[128];
	const char *argv[] = {"rndc", "-s", "127.0.0.1", "-p", port, "-k", key,
	    verb, zone, conf, NULL};

	(void)snprintf(port, sizeof(port), "%d", u->control);
	(void)snprintf(key, sizeof(key), "%s/rndc.key", u->work.path);
	return (updatable_run(u, argv));
}

static bool
knot_configure(struct updatable *u)
{
	static const char *const keys[] = {"sha256", "sha384", "sha512"};
	char conf[8192];
	size_t i;
	int n;

	n = snprintf(conf, sizeof(conf),
	    "server:\n    rundir: %s\n    listen: 127.0.0.1@%d\n"
	    "    udp-workers: 1\n    tcp-workers: 1\n"
	    "    background-workers: 1\n"
	    "control:\n    listen: knot.sock\n"
	    "database:\n    storage: %s/db\n"
	    "log:\n  - target: stderr\n    any: info\nkey:\n",
	    u->work.path, u->port, u->work.path);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		n += snprintf(conf + n, sizeof(conf) - (size_t)n,
		    "  - id: %s\n    algorithm: hmac-%s\n"
		    "    secret: " TSIG_SECRET "\n",
		    keys[i], keys[i]);
	n += snprintf(conf + n, sizeof(conf) - (size_t)n,
	    "acl:\n  - id: change\n    key: [sha256, sha384, sha512]\n"
	    "    action: update\n"
	    "  - id: narrow\n    key: sha256\n    action: update\n"
	    "    update-type: [TXT, MX]\n    update-owner: name\n"
	    "    update-owner-match: equal\n"
	    "    update-owner-name: [_dmarc, " NARROW ".]\n"
	    "  - id: look\n    address: 127.0.0.1\n    action: transfer\n"
	    "template:\n  - id: default\n    storage: %s\n"
	    "    file: \"%%s.zone\"\n    zonefile-sync: -1\n"
	    "    zonefile-load: whole\n    journal-content: none\n"
	    "    acl: [change, look]\nzone:\n",
	    u->work.path);
	for (i = 0; i < u->n_zones; i++)
		n += snprintf(conf + n, sizeof(conf) - (size_t)n,
		    "  - domain: %s\n%s", u->zones[i],
		    strcmp(u->zones[i], NARROW) == 0
			? "    acl: [narrow, look]\n"
			: "");
	return ((size_t)n < sizeof(conf) &&
	    work_write(&u->work, "knot.conf", conf));
}

static bool
knot_command(struct updatable *u, const char *verb, const char *zone)
{
	char path[128];
	const char *argv[] = {"knotc", "-b", "-s", path, verb, zone, NULL};

	(void)snprintf(path, sizeof(path), "%s/knot.sock", u->work.path);
	return (updatable_run(u, argv));
}

/* What the server says about a name by dig; the caller frees it. */
static char *
updatable_dig(struct updatable *u, const char *name, const char *type)
{
	char port[16];
	const char *argv[] = {"dig", "-r", "@127.0.0.1", "-p", port, "+noall",
	    "+answer", "+norecurse", "+time=2", "+tries=5", name, type, NULL};

	(void)snprintf(port, sizeof(port), "%d", u->port);
	(void)work_run(&u->work, argv, NULL, "dig.out");
	return (work_text(&u->work, "dig.out"));
}

static void
updatable_wait(struct updatable *u, const char *apex)
{
	struct timespec tick = {0, 20000000};
	char *text;
	bool served;
	int tries;

	for (tries = 0; tries < 250; tries++) {
		text = updatable_dig(u, apex, "SOA");
		served = text != NULL && strstr(text, "SOA") != NULL;
		free(text);
		if (served)
			return;
		(void)nanosleep(&tick, NULL);
	}
	fail_msg("%s is not served", apex);
}

static bool
bind_prepare(struct updatable *u, const char *apex)
{
	char conf[256];

	(void)snprintf(conf, sizeof(conf),
	    "{ type primary; file \"%s.zone\"; %s };", apex,
	    strcmp(apex, NARROW) == 0
		? "update-policy { grant sha256 name _dmarc." NARROW " TXT; "
		  "grant sha256 name " NARROW " TXT MX; };"
		: "allow-update { key sha256; key sha384; key sha512; };");
	return (bind_command(u, "addzone", apex, conf));
}

static void
updatable_prepare(void *arg, const char *apex, const char *text)
{
	struct updatable *u = arg;
	char path[160];
	bool again = false, good;
	size_t i;

	for (i = 0; i < u->n_zones && !again; i++)
		again = strcmp(u->zones[i], apex) == 0;
	if (!again)
		(void)snprintf(
		    u->zones[u->n_zones++], sizeof(u->zones[0]), "%s", apex);
	(void)snprintf(path, sizeof(path), "%s.zone", apex);
	if (!u->knot && again)
		assert_true(bind_command(u, "delzone", apex, NULL));
	assert_true(work_write(&u->work, path, text));
	(void)snprintf(
	    path, sizeof(path), "%s/%s.zone.jnl", u->work.path, apex);
	(void)unlink(path);
	good = u->knot ? knot_configure(u) && knot_command(u, "reload", NULL) &&
		knot_command(u, "zone-reload", apex)
		       : bind_prepare(u, apex);
	assert_true(good);
	updatable_wait(u, apex);
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* "owner. ttl IN TYPE rdata" of dig becomes "owner TYPE ttl rdata". */
static char *
dump_line(char *line)
{
	char *save = NULL, *out = NULL;
	char *owner = strtok_r(line, " \t", &save);
	char *ttl = strtok_r(NULL, " \t", &save);
	char *class = strtok_r(NULL, " \t", &save);
	char *type = strtok_r(NULL, " \t", &save);
	size_t i;

	assert_non_null(owner);
	assert_non_null(class);
	assert_non_null(type);
	for (i = 0; owner[i] != '\0'; i++)
		owner[i] = dro_ascii_lower(owner[i]);
	owner[i - 1] = '\0';
	assert_true(
	    asprintf(&out, "%s %s %s %s\n", owner, type, ttl, save) > 0);
	return (out);
}

static char *
updatable_dump(void *arg, const char *apex)
{
	char *text = updatable_dig(arg, apex, "AXFR"), *lines[128] = {NULL};
	char *save = NULL, *line, *out = calloc(1, 1 << 20);
	size_t n = 0, i;

	assert_non_null(text);
	assert_non_null(out);
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (line[0] != ';' && n < 128)
			lines[n++] = dump_line(line);
	assert_in_range(n, 3, 127);
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (i = 0; i < n; i++) {
		/* A transfer shows its SOA at both ends. */
		if (i == 0 || strcmp(lines[i], lines[i - 1]) != 0)
			(void)strncat(out, lines[i], 8191);
		if (i > 0)
			free(lines[i - 1]);
	}
	free(lines[n - 1]);
	free(text);
	return (out);
}

static enum dro_code
updatable_open(void *arg, struct dro_host *host, bool wrong_credential,
    void **ctx, struct dro_err *err)
{
	struct updatable *u = arg;
	size_t n = 0;

	u->secret = wrong_credential ? TSIG_OTHER : TSIG_SECRET;
	u->items[n++] = (struct dro_conf_item){"key.name", 1, &u->key};
	u->items[n++] = (struct dro_conf_item){"key.secret", 1, &u->secret};
	u->items[n++] =
	    (struct dro_conf_item){"key.algorithm", 1, &u->algorithm};
	if (u->try_zone != NULL)
		u->items[n++] =
		    (struct dro_conf_item){"try_zone", 1, &u->try_zone};
	u->address = u->server;
	u->items[n++] = (struct dro_conf_item){"server", 1, &u->address};
	u->conf = (struct dro_conf){"ns", n, u->items};
	return (dro_provider_rfc2136.open(host, &u->conf, ctx, err));
}

static void
updatable_stop(struct updatable *u)
{
	if (u->pid > 0) {
		(void)kill(u->pid, SIGKILL);
		(void)waitpid(u->pid, NULL, 0);
	}
	work_finish(&u->work);
}

/* It answers, and takes commands. */
static bool
updatable_ready(struct updatable *u)
{
	char path[128];
	int a = scripted_connect(u->port), b = -1;

	(void)snprintf(path, sizeof(path), "%s/knot.sock", u->work.path);
	if (!u->knot)
		b = scripted_connect(u->control);
	(void)close(a);
	(void)close(b);
	return (a >= 0 && (u->knot ? access(path, F_OK) == 0 : b >= 0));
}

/* Start the server and wait until it answers; false on failure. */
static bool
updatable_start(struct updatable *u, bool knot)
{
	char conf[128];
	/* It must not outlive this program, even one that crashes. */
	const char *bind[] = {"setpriv", "--pdeathsig", "KILL", "named", "-g",
	    "-n", "1", "-c", conf, NULL};
	const char *knotd[] = {
	    "setpriv", "--pdeathsig", "KILL", "knotd", "-c", conf, NULL};
	struct timespec tick = {0, 20000000};
	int tries, a, b;

	memset(u, 0, sizeof(*u));
	u->knot = knot;
	u->key = "sha256";
	u->algorithm = "hmac-sha256";
	u->suite = (struct conformance){.provider = &dro_provider_rfc2136,
	    .arg = u,
	    .has_credential = true,
	    .prepare = updatable_prepare,
	    .dump = updatable_dump,
	    .open = updatable_open};
	if (!work_init(&u->work))
		return (false);
	a = scripted_listen(&u->port);
	b = scripted_listen(&u->control);
	(void)close(a);
	(void)close(b);
	(void)snprintf(u->server, sizeof(u->server), "127.0.0.1@%d", u->port);
	(void)snprintf(conf, sizeof(conf), "%s/%s", u->work.path,
	    knot ? "knot.conf" : "named.conf");
	if (!(knot ? knot_configure(u) : bind_configure(u)))
		goto fail;
	u->pid = work_spawn(&u->work, knot ? knotd : bind, NULL, "server.log");
	for (tries = 0; u->pid > 0 && tries < 500; tries++) {
		if (updatable_ready(u))
			return (true);
		(void)nanosleep(&tick, NULL);
	}
	print_error("%s\n", work_text(&u->work, "server.log"));
fail:
	updatable_stop(u);
	return (false);
}

/* Every algorithm, and a value with string borders of somebody's own. */
static void
updatable_algorithms(void **state)
{
	static const char *const keys[][2] = {{"sha256", "hmac-sha256"},
	    {"sha384", "hmac-sha384"}, {"sha512", "hmac-sha512"}};
	const char *name = "_dmarc.algorithm.example";
	struct updatable *u = ((struct conformance *)*state)->arg;
	struct dro_rrset live, wanted;
	struct session s;
	size_t i;

	session_zone(*state, "algorithm.example",
	    "_DMARC 300 IN TXT \"v=DMARC1\\; \" \"p=\" \"none\"\n");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		u->key = keys[i][0];
		u->algorithm = keys[i][1];
		session_open_mode(&s, state, false, false);
		assert_code(
		    &s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
		assert_code(
		    &s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
		assert_string_equal(live.values[0].ptr,
		    i == 0 ? "v=DMARC1; p=none" : keys[i - 1][1]);
		rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE(keys[i][1]));
		assert_code(&s, DRO_OK, session_apply(&s, &live, &wanted));
		assert_false(s.receipt.noop);
		assert_live(&s, &wanted);
		session_close(&s);
	}
	u->key = keys[0][0];
	u->algorithm = keys[0][1];
}

/* What a wildcard answers is not stored at the name, so it is not ours. */
static void
updatable_wildcard(void **state)
{
	const char *name = "_dmarc.wild.example";
	struct dro_rrset live, wanted;
	struct session s;
	char *before;

	session_open(&s, state, "wild.example", "* 300 IN TXT \"any\"\n");
	before = s.suite->dump(s.suite->arg, s.zone.name);
	assert_code(&s, DRO_OK, session_read(&s, name, DRO_RR_TXT, &live));
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &live, &wanted));
	assert_non_null(strstr(s.err.msg, "wildcard"));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

/* Below a delegation is not here; an alias has a zone like any name. */
static void
updatable_names_elsewhere(void **state)
{
	struct session s;
	struct dro_zone zone;
	struct dro_rrset live;

	session_open(&s, state, "cut.example",
	    "below IN NS ns.elsewhere.example.\n"
	    "alias IN CNAME www.elsewhere.example.\n");
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "_dmarc.below.cut.example", &zone, &s.err));
	assert_non_null(strstr(s.err.msg, "hands the name on"));
	assert_code(&s, DRO_ENOTFOUND,
	    session_read(&s, "_dmarc.below.cut.example", DRO_RR_TXT, &live));
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "alias.cut.example", &zone, &s.err));
	assert_string_equal(zone.name, "cut.example");
	session_close(&s);
}

/* Key faults told apart, in the words that help. */
static void
updatable_key_faults(void **state)
{
	struct updatable *u = ((struct conformance *)*state)->arg;
	struct session s;
	struct dro_zone zone;

	session_open(&s, state, "fault.example", "");
	session_close(&s);
	session_open_mode(&s, state, false, true);
	assert_code(&s, DRO_EAUTH,
	    s.plugin->zone(s.ctx, "_dmarc.fault.example", &zone, &s.err));
	assert_int_equal(s.err.scope, DRO_SCOPE_ACCOUNT);
	assert_non_null(strstr(s.err.msg, "BADSIG"));
	assert_non_null(strstr(s.err.msg, "key.secret"));
	assert_null(strstr(s.err.msg, TSIG_OTHER));
	session_close(&s);
	u->key = "nobody";
	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_EAUTH,
	    s.plugin->zone(s.ctx, "_dmarc.fault.example", &zone, &s.err));
	/* Knot says the same when only this zone has no acl for the key. */
	assert_int_equal(
	    s.err.scope, u->knot ? DRO_SCOPE_ZONE : DRO_SCOPE_ACCOUNT);
	assert_non_null(strstr(s.err.msg, "BADKEY"));
	assert_non_null(strstr(s.err.msg, "nobody"));
	u->key = "sha256";
	session_close(&s);
}

/* The rights that the page of the plugin asks for are enough, and hold. */
static void
updatable_least_rights(void **state)
{
	struct dro_rrset none, dmarc, no_mx, null_mx, no_www, www;
	struct dro_rrchange changes[2] = {{&none, &dmarc}, {&no_mx, &null_mx}};
	struct session s;
	char *before;

	session_open(&s, state, NARROW, "");
	rrset_of(&s, &none, "_dmarc." NARROW, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &dmarc, "_dmarc." NARROW, DRO_RR_TXT,
	    ONE("v=DMARC1; p=reject"));
	rrset_of(&s, &no_mx, NARROW, DRO_RR_MX, NOTHING);
	rrset_of(&s, &null_mx, NARROW, DRO_RR_MX, ONE("0 ."));
	assert_code(&s, DRO_OK,
	    s.plugin->apply(s.ctx, &s.zone, changes, 2, &s.receipt, &s.err));
	assert_live(&s, &dmarc);
	assert_live(&s, &null_mx);
	before = s.suite->dump(s.suite->arg, s.zone.name);
	rrset_of(&s, &no_www, "www." NARROW, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &www, "www." NARROW, DRO_RR_TXT, ONE("x"));
	assert_code(&s, DRO_EAUTH, session_apply(&s, &no_www, &www));
	assert_int_equal(s.err.scope, DRO_SCOPE_ZONE);
	assert_non_null(strstr(s.err.msg, "sha256"));
	assert_untouched(&s, before);
	free(before);
	session_close(&s);
}

#define UPDATABLE_TESTS                                                        \
	cmocka_unit_test(updatable_algorithms),                                \
	    cmocka_unit_test(updatable_wildcard),                              \
	    cmocka_unit_test(updatable_names_elsewhere),                       \
	    cmocka_unit_test(updatable_least_rights),                          \
	    cmocka_unit_test(updatable_key_faults)

#endif /* !DRO_TEST_UPDATABLE_H */
