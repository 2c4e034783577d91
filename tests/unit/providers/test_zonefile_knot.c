/* A change in a zone file is what Knot serves after the reload command. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <ldns/ldns.h>

#include "host/host.h"
#include "zonefile/zonefile.h"

#define DMARC "_dmarc.knot.example"

static char folder[] = "/tmp/dro-knot-XXXXXX";
static char socket_path[64], zone_path[64];
static uint16_t port;
static pid_t knotd;

static uint16_t
free_port(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	(void)close(fd);
	return (ntohs(sin.sin_port));
}

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

/* Ask the server for the TXT records of ${name}; false without an answer. */
static bool
ask(const char *name, ldns_pkt **answer)
{
	ldns_resolver *resolver = ldns_resolver_new();
	ldns_rdf *address = ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, "127.0.0.1");
	ldns_rdf *owner = ldns_dname_new_frm_str(name);
	ldns_status status;

	assert_true(resolver != NULL && address != NULL && owner != NULL);
	assert_int_equal(
	    ldns_resolver_push_nameserver(resolver, address), LDNS_STATUS_OK);
	ldns_resolver_set_port(resolver, port);
	ldns_resolver_set_retry(resolver, 1);
	ldns_resolver_set_timeout(resolver, (struct timeval){1, 0});
	status = ldns_resolver_send(
	    answer, resolver, owner, LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_IN, 0);
	ldns_rdf_deep_free(address);
	ldns_rdf_deep_free(owner);
	ldns_resolver_deep_free(resolver);
	return (status == LDNS_STATUS_OK);
}

/* The TXT records served, one per line as text. */
static void
assert_served(const char *name, const char *expected)
{
	ldns_pkt *answer = NULL;
	ldns_rr_list *list;
	char *text;

	assert_true(ask(name, &answer));
	list = ldns_pkt_rr_list_by_type(
	    answer, LDNS_RR_TYPE_TXT, LDNS_SECTION_ANSWER);
	text = list == NULL ? strdup("") : ldns_rr_list2str(list);
	assert_string_equal(text, expected);
	free(text);
	ldns_rr_list_deep_free(list);
	ldns_pkt_free(answer);
}

static int
start_knot(void **state)
{
	struct timespec pause = {0, 20000000};
	ldns_pkt *answer = NULL;
	char text[1024], path[128];
	int i, log;

	(void)state;
	port = free_port();
	(void)snprintf(
	    socket_path, sizeof(socket_path), "%s/knot.sock", folder);
	(void)snprintf(
	    zone_path, sizeof(zone_path), "%s/knot.example.zone", folder);
	(void)snprintf(text, sizeof(text),
	    "server:\n"
	    "    rundir: %s\n"
	    "    listen: 127.0.0.1@%u\n"
	    "    udp-workers: 1\n"
	    "    tcp-workers: 1\n"
	    "    background-workers: 1\n"
	    "control:\n"
	    "    listen: knot.sock\n"
	    "database:\n"
	    "    storage: %s/db\n"
	    "log:\n"
	    "  - target: stderr\n"
	    "    any: info\n"
	    "template:\n"
	    "  - id: default\n"
	    "    storage: %s\n"
	    "    file: \"%%s.zone\"\n"
	    "    zonefile-sync: -1\n"
	    "    zonefile-load: whole\n"
	    "    journal-content: none\n"
	    "zone:\n"
	    "  - domain: knot.example\n",
	    folder, port, folder, folder);
	write_file("knot.conf", text);
	write_file("knot.example.zone",
	    "$TTL 3600\n"
	    "@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n"
	    "  NS ns1\n"
	    "ns1 A 192.0.2.53\n"
	    "_dmarc 300 TXT ( \"v=DMARC1; \" ; now\n"
	    "	\"p=none\" )\n"
	    "   RP hostmaster .\n"
	    "@ TXT \"vendor; \\\"quoted\\\"\" ; stays\n"
	    "  TXT \"v=spf1 ~all\"\n");
	(void)snprintf(path, sizeof(path), "%s/knot.conf", folder);
	(void)snprintf(text, sizeof(text), "%s/log", folder);
	if ((knotd = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		log = open(text, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		(void)dup2(log, 1);
		(void)dup2(log, 2);
		(void)execlp("knotd", "knotd", "-c", path, (char *)NULL);
		(void)execl(
		    "/usr/sbin/knotd", "knotd", "-c", path, (char *)NULL);
		_exit(127);
	}
	if (knotd < 0)
		return (-1);
	for (i = 0; i < 250; i++) {
		if (ask(DMARC, &answer)) {
			ldns_pkt_free(answer);
			return (0);
		}
		(void)nanosleep(&pause, NULL);
	}
	return (-1);
}

static int
stop_knot(void **state)
{
	char command[128];
	int status;

	(void)state;
	if (knotd > 0) {
		(void)kill(knotd, SIGTERM);
		(void)waitpid(knotd, &status, 0);
	}
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	return (system(command));
}

static void
add(struct dro_rrset *rrset, struct dro_arena *arena, const char *value)
{
	struct dro_err err;

	assert_int_equal(
	    dro_rrset_add(rrset, arena, value, strlen(value), &err), DRO_OK);
}

static void
test_served_after_reload(void **state)
{
	const char *const words[] = {
	    "knotc", "-b", "-s", socket_path, "zone-reload", "{zone}"};
	const char *const paths[] = {folder};
	const struct dro_conf_item items[] = {
	    {"path", 1, paths}, {"reload.command", 6, words}};
	const struct dro_conf conf = {"knot", 2, items};
	const struct dro_provider *plugin = &dro_provider_zonefile;
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset expected, wanted;
	struct dro_rrchange change = {&expected, &wanted};
	struct dro_host *host;
	struct dro_zone zone;
	struct dro_receipt receipt;
	struct dro_err err;
	void *ctx;

	(void)state;
	assert_served(
	    DMARC, DMARC ".\t300\tIN\tTXT\t\"v=DMARC1; \" \"p=none\"\n");
	assert_int_equal(dro_host_create(false, &host, &err), DRO_OK);
	assert_int_equal(plugin->open(host, &conf, &ctx, &err), DRO_OK);
	assert_int_equal(plugin->zone(ctx, DMARC, &zone, &err), DRO_OK);
	dro_rrset_init(&expected, DMARC, DRO_RR_TXT);
	dro_rrset_init(&wanted, DMARC, DRO_RR_TXT);
	add(&expected, arena, "v=DMARC1; p=none");
	add(&wanted, arena, "v=DMARC1; p=quarantine; pct=10; t=y");
	wanted.ttl_s = 300;
	if (plugin->apply(ctx, &zone, &change, 1, &receipt, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	assert_served(DMARC,
	    DMARC ".\t300\tIN\tTXT\t"
		  "\"v=DMARC1; p=quarantine; pct=10; t=y\"\n");
	/* Gone, and the record that took its owner from it is not. */
	expected = wanted;
	dro_rrset_init(&wanted, DMARC, DRO_RR_TXT);
	if (plugin->apply(ctx, &zone, &change, 1, &receipt, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	assert_served(DMARC, "");
	/* One of two at the apex. */
	dro_rrset_init(&expected, "knot.example", DRO_RR_TXT);
	dro_rrset_init(&wanted, "knot.example", DRO_RR_TXT);
	add(&expected, arena, "v=spf1 ~all");
	add(&expected, arena, "vendor; \"quoted\"");
	add(&wanted, arena, "vendor; \"quoted\"");
	wanted.ttl_s = 3600;
	if (plugin->apply(ctx, &zone, &change, 1, &receipt, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	assert_served("knot.example",
	    "knot.example.\t3600\tIN\tTXT\t\"vendor; \\\"quoted\\\"\"\n");
	plugin->close(ctx);
	dro_host_destroy(host);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_served_after_reload)};

	if (mkdtemp(folder) == NULL)
		return (1);
	return (cmocka_run_group_tests(tests, start_knot, stop_knot));
}
