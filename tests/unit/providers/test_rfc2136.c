/*
 * The rfc2136 plugin and the host's door for DNS against a name server made
 * here, which does and says what each test wants.  Its signatures are those
 * of libldns, a second reading of RFC 8945.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <ldns/ldns.h>

#include "host/host.h"
#include "host/internal.h"
#include "rfc2136/rfc2136.h"
#include "rfc2136/tsig.h"

#define SECRET "cm9sbG91dCB0ZXN0IGtleSwgMzIgb2N0ZXRzIGxvbmc="
#define NAME "_dmarc.zone.example"

enum deed {
	HONEST, /* do it, say so, signed */
	REFUSE, /* ${rcode} and TSIG error ${error} */
	UNSIGNED, /* do it, say so without signature */
	TAMPERED, /* one bit changed on the way */
	OTHER_ID, /* an answer to somebody else */
	NO_DNS, /* a header, and octets that are no message */
	DROP, /* close; by UDP: silence */
	HANG, /* say nothing, keep the connection */
	ALIAS /* say yes, and let a CNAME be there from now on */
};

static struct {
	int port, tcp, udp, stop[2];
	pthread_t thread;
	enum deed to_query, to_update;
	int rcode, error;
	bool truncate; /* by UDP */
	bool sign_refusals;
	char text[64]; /* the TXT record; empty: none */
	char alias[64];
	char ours[64]; /* what an update stores */
	char asked[1024]; /* prerequisites and updates of the last update */
	int asked_udp, asked_tcp, updates;
	int held[64], n_held;
} fake;

static void
push(ldns_pkt *pkt, ldns_pkt_section section, const char *text)
{
	ldns_rr *rr = NULL;

	if (ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) != LDNS_STATUS_OK ||
	    !ldns_pkt_push_rr(pkt, section, rr))
		abort();
}

/* What the zone says to a query. */
static void
fill(const ldns_pkt *query, ldns_pkt *answer)
{
	static const char soa[] = "zone.example. 300 IN SOA ns. h. 1 2 3 4 5";
	ldns_rr_type type =
	    ldns_rr_get_type(ldns_rr_list_rr(ldns_pkt_question(query), 0));
	char line[256];

	ldns_pkt_set_aa(answer, true);
	if (fake.alias[0] != '\0') {
		(void)snprintf(
		    line, sizeof(line), NAME ". 300 IN CNAME %s", fake.alias);
		push(answer, LDNS_SECTION_ANSWER, line);
	} else if (type == LDNS_RR_TYPE_TXT && fake.text[0] != '\0') {
		(void)snprintf(
		    line, sizeof(line), NAME ". 300 IN TXT \"%s\"", fake.text);
		push(answer, LDNS_SECTION_ANSWER, line);
	} else {
		push(answer, LDNS_SECTION_AUTHORITY, soa);
	}
}

/* The TSIG of a refusal, which has no MAC. */
static void
push_error(ldns_pkt *answer, const ldns_pkt *query)
{
	ldns_rr *tsig = ldns_rr_clone(ldns_pkt_tsig(query));
	static const unsigned char none[2],
	    when[8] = {
		0, 6, 0, 0, 0x69, 0x5b, 0x36, 0x40}; /* 2026-01-05T03:55:44Z */

	ldns_rdf_deep_free(ldns_rr_set_rdf(
	    tsig, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, 2, none), 3));
	ldns_rdf_deep_free(ldns_rr_set_rdf(tsig,
	    ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, (uint16_t)fake.error),
	    5));
	if (fake.error == RFC2136_BADTIME)
		ldns_rdf_deep_free(ldns_rr_set_rdf(tsig,
		    ldns_rdf_new_frm_data(
			LDNS_RDF_TYPE_INT16_DATA, sizeof(when), when),
		    6));
	ldns_pkt_set_tsig(answer, tsig);
}

/* The answer to one message; NULL for none. */
static uint8_t *
answer_to(const uint8_t *wire, size_t len, enum deed deed, size_t *size)
{
	ldns_pkt *query = NULL, *answer = ldns_pkt_new();
	uint8_t *out = NULL;

	if (ldns_wire2pkt(&query, wire, len) != LDNS_STATUS_OK)
		abort();
	ldns_pkt_set_id(answer, ldns_pkt_id(query));
	ldns_pkt_set_qr(answer, true);
	ldns_pkt_set_opcode(answer, ldns_pkt_get_opcode(query));
	if (deed == REFUSE) {
		ldns_pkt_set_rcode(answer, (uint8_t)fake.rcode);
		if (fake.error != 0)
			push_error(answer, query);
	} else if (ldns_pkt_get_opcode(query) == LDNS_PACKET_QUERY) {
		fill(query, answer);
	} else if (deed == ALIAS) {
		(void)strcpy(fake.alias, "policy.vendor.example.");
	} else {
		(void)strcpy(fake.text, fake.ours);
	}
	if (deed != UNSIGNED && (deed != REFUSE || fake.sign_refusals))
		(void)ldns_pkt_tsig_sign(answer, "key.example", SECRET, 300,
		    "hmac-sha256.", ldns_rr_rdf(ldns_pkt_tsig(query), 3));
	if (ldns_pkt2wire(&out, answer, size) != LDNS_STATUS_OK)
		abort();
	if (deed == TAMPERED)
		out[2] ^= 0x04; /* AA */
	else if (deed == OTHER_ID)
		out[1] ^= 1;
	else if (deed == NO_DNS)
		memset(out + 12, 0xff, *size - 12);
	ldns_pkt_free(answer);
	ldns_pkt_free(query);
	return (out);
}

/* The sections of an update as text, "--" between them. */
static void
note_update(const uint8_t *wire, size_t len)
{
	char *prerequisites, *updates;
	ldns_pkt *pkt = NULL;

	if (ldns_wire2pkt(&pkt, wire, len) != LDNS_STATUS_OK)
		abort();
	prerequisites = ldns_rr_list2str(ldns_pkt_answer(pkt));
	updates = ldns_rr_list2str(ldns_pkt_authority(pkt));
	(void)snprintf(
	    fake.asked, sizeof(fake.asked), "%s--\n%s", prerequisites, updates);
	free(prerequisites);
	free(updates);
	ldns_pkt_free(pkt);
}

static enum deed
deed_for(const uint8_t *wire, size_t len)
{
	if ((wire[2] >> 3 & 15) == 0)
		return (fake.to_query);
	note_update(wire, len);
	fake.updates++;
	return (fake.to_update);
}

static void
serve_udp(void)
{
	uint8_t wire[65535], *out;
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	ssize_t n = recvfrom(
	    fake.udp, wire, sizeof(wire), 0, (struct sockaddr *)&peer, &len);
	enum deed deed;
	size_t size;

	if (n < 12)
		abort();
	fake.asked_udp++;
	if ((deed = deed_for(wire, (size_t)n)) == DROP || deed == HANG)
		return;
	out = answer_to(wire, (size_t)n, deed, &size);
	if (fake.truncate)
		out[2] |= 0x02;
	(void)sendto(fake.udp, out, size, 0, (struct sockaddr *)&peer, len);
	free(out);
}

static void
serve_tcp(void)
{
	uint8_t wire[65535], frame[2], *out;
	int fd = accept(fake.tcp, NULL, NULL);
	enum deed deed;
	size_t size, len;

	if (recv(fd, frame, 2, MSG_WAITALL) != 2) {
		(void)close(fd);
		return;
	}
	len = (size_t)frame[0] << 8 | frame[1];
	if (recv(fd, wire, len, MSG_WAITALL) != (ssize_t)len)
		abort();
	fake.asked_tcp++;
	deed = deed_for(wire, len);
	if (deed == HANG && fake.n_held < 64) {
		fake.held[fake.n_held++] = fd;
		return;
	}
	if (deed != DROP) {
		out = answer_to(wire, len, deed, &size);
		frame[0] = (uint8_t)(size >> 8);
		frame[1] = (uint8_t)size;
		(void)send(fd, frame, 2, MSG_NOSIGNAL | MSG_MORE);
		(void)send(fd, out, size, MSG_NOSIGNAL);
		free(out);
	}
	(void)close(fd);
}

static void *
serve(void *arg)
{
	struct pollfd fds[] = {{fake.stop[0], POLLIN, 0}, {fake.tcp, POLLIN, 0},
	    {fake.udp, POLLIN, 0}};

	(void)arg;
	while (poll(fds, 3, -1) > 0 && fds[0].revents == 0) {
		if (fds[1].revents != 0)
			serve_tcp();
		if (fds[2].revents != 0)
			serve_udp();
	}
	return (NULL);
}

static int
start(void **state)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	(void)state;
	fake.tcp = socket(AF_INET, SOCK_STREAM, 0);
	fake.udp = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fake.tcp, (struct sockaddr *)&at, len) != 0 ||
	    listen(fake.tcp, 8) != 0 ||
	    getsockname(fake.tcp, (struct sockaddr *)&at, &len) != 0 ||
	    bind(fake.udp, (struct sockaddr *)&at, len) != 0 ||
	    pipe(fake.stop) != 0)
		return (-1);
	fake.port = ntohs(at.sin_port);
	return (pthread_create(&fake.thread, NULL, serve, NULL));
}

static int
stop(void **state)
{
	(void)state;
	(void)close(fake.stop[1]);
	(void)pthread_join(fake.thread, NULL);
	while (fake.n_held > 0)
		(void)close(fake.held[--fake.n_held]);
	(void)close(fake.stop[0]);
	(void)close(fake.tcp);
	(void)close(fake.udp);
	return (0);
}

/* An opened account of the server. */
struct account {
	struct dro_host *host;
	struct dro_arena *arena;
	void *ctx;
	struct dro_err err;
	struct dro_rrset expected, wanted;
	struct dro_receipt receipt;
};

static enum dro_code
open_with(struct dro_host *host, const char *server, const char *name,
    const char *secret, const char *algorithm, void **ctx, struct dro_err *err)
{
	struct dro_conf_item items[] = {{"server", server != NULL, &server},
	    {"key.name", name != NULL, &name},
	    {"key.secret", secret != NULL, &secret},
	    {"key.algorithm", algorithm != NULL, &algorithm}};
	const struct dro_conf conf = {"ns", 4, items};

	return (dro_provider_rfc2136.open(host, &conf, ctx, err));
}

static void
account_open(struct account *a, bool read_only)
{
	static char server[32];

	memset(a, 0, sizeof(*a));
	(void)snprintf(server, sizeof(server), "127.0.0.1@%d", fake.port);
	assert_int_equal(dro_host_create(read_only, &a->host, &a->err), DRO_OK);
	a->host->udp_ms = 100;
	a->host->tcp_ms = 300;
	assert_non_null(a->arena = dro_arena_create());
	assert_int_equal(open_with(a->host, server, "Key.example.", SECRET,
			     "hmac-sha256", &a->ctx, &a->err),
	    DRO_OK);
	dro_rrset_init(&a->expected, NAME, DRO_RR_TXT);
	dro_rrset_init(&a->wanted, NAME, DRO_RR_TXT);
	assert_int_equal(dro_rrset_add(&a->expected, a->arena,
			     "v=DMARC1; p=none", 16, &a->err),
	    DRO_OK);
	assert_int_equal(dro_rrset_add(&a->wanted, a->arena,
			     "v=DMARC1; p=reject", 18, &a->err),
	    DRO_OK);
	a->wanted.ttl_s = 300;
	fake.to_query = fake.to_update = HONEST;
	fake.rcode = fake.error = 0;
	fake.truncate = fake.sign_refusals = false;
	fake.alias[0] = '\0';
	(void)strcpy(fake.text, "v=DMARC1\\; p=none");
	(void)strcpy(fake.ours, "v=DMARC1\\; p=reject");
	fake.asked_udp = fake.asked_tcp = fake.updates = 0;
}

static void
account_close(struct account *a)
{
	dro_provider_rfc2136.close(a->ctx);
	dro_host_destroy(a->host);
	dro_arena_destroy(a->arena);
}

static enum dro_code
apply(struct account *a)
{
	const struct dro_zone zone = {.name = "zone.example"};
	const struct dro_rrchange change = {&a->expected, &a->wanted};

	return (dro_provider_rfc2136.apply(
	    a->ctx, &zone, &change, 1, &a->receipt, &a->err));
}

static enum dro_code
look(struct account *a, struct dro_rrset *out)
{
	const struct dro_zone zone = {.name = "zone.example"};
	const struct dro_rrkey key = {NAME, DRO_RR_TXT};

	return (dro_provider_rfc2136.read(
	    a->ctx, &zone, &key, a->arena, out, &a->err));
}

/* What the server says, and what the caller must hear. */
struct refusal {
	int rcode, error;
	bool of_query;
	enum dro_code code;
	enum dro_scope scope;
	const char *words[2];
};

static const struct refusal refusals[] = {
    {LDNS_RCODE_NOTAUTH, RFC2136_BADSIG, true, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADSIG", "key.secret"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADKEY, true, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADKEY", "key.name"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADTIME, true, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADTIME", "there 2026-01-05T03:55:44Z"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADTRUNC, true, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADTRUNC", "key.algorithm"}},
    {LDNS_RCODE_NOTAUTH, 0, true, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"NOTAUTH", "primary"}},
    {LDNS_RCODE_REFUSED, 0, true, DRO_ENOTFOUND, DRO_SCOPE_ZONE,
	{"REFUSED", "does not serve"}},
    {LDNS_RCODE_SERVFAIL, 0, true, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"SERVFAIL", "log"}},
    {LDNS_RCODE_FORMERR, 0, true, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"FORMERR", "TSIG"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADSIG, false, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADSIG", "key.secret"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADKEY, false, DRO_EAUTH, DRO_SCOPE_ZONE,
	{"BADKEY", "knows key key.example"}},
    {LDNS_RCODE_NOTAUTH, RFC2136_BADTIME, false, DRO_EAUTH, DRO_SCOPE_ACCOUNT,
	{"BADTIME", "NTP"}},
    {LDNS_RCODE_NOTAUTH, 0, false, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"NOTAUTH", "primary"}},
    {LDNS_RCODE_REFUSED, 0, false, DRO_EAUTH, DRO_SCOPE_ZONE,
	{"REFUSED", "update-policy"}},
    {LDNS_RCODE_NOTZONE, 0, false, DRO_EINVAL, DRO_SCOPE_ZONE,
	{"NOTZONE", "not in this zone"}},
    {LDNS_RCODE_NOTIMPL, 0, false, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"NOTIMP", "another provider"}},
    {LDNS_RCODE_SERVFAIL, 0, false, DRO_ETIMEOUT, DRO_SCOPE_ZONE,
	{"SERVFAIL", "outcome unknown"}},
    {LDNS_RCODE_FORMERR, 0, false, DRO_EREMOTE, DRO_SCOPE_ZONE,
	{"FORMERR", "RFC 2136"}},
    {11, 0, false, DRO_ETIMEOUT, DRO_SCOPE_ZONE, {"rcode 11", "zone.example"}},
};

static void
refusals_are_told_apart(void **state)
{
	struct dro_rrset live;
	struct account a;
	enum dro_code got;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];

		account_open(&a, false);
		fake.rcode = r->rcode;
		fake.error = r->error;
		*(r->of_query ? &fake.to_query : &fake.to_update) = REFUSE;
		got = r->of_query ? look(&a, &live) : apply(&a);
		if (got != r->code || a.err.scope != r->scope)
			fail_msg("%zu: code %d, scope %d: %s", i, (int)got,
			    (int)a.err.scope, a.err.msg);
		for (j = 0; j < 2; j++)
			if (strstr(a.err.msg, r->words[j]) == NULL)
				fail_msg("%zu: no \"%s\" in: %s", i,
				    r->words[j], a.err.msg);
		assert_int_equal(fake.updates, r->of_query ? 0 : 1);
		account_close(&a);
	}
}

/* Failed prerequisites: signed ones are a conflict, others prove nothing. */
static void
prerequisites(void **state)
{
	static const int rcodes[] = {LDNS_RCODE_NXRRSET, LDNS_RCODE_YXRRSET,
	    LDNS_RCODE_NXDOMAIN, LDNS_RCODE_YXDOMAIN};
	struct account a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++) {
		account_open(&a, false);
		fake.to_update = REFUSE;
		fake.rcode = rcodes[i];
		fake.sign_refusals = true;
		assert_int_equal(apply(&a), DRO_ECONFLICT);
		assert_non_null(strstr(a.err.msg, "nothing was written"));
		account_close(&a);
		account_open(&a, false);
		fake.to_update = REFUSE;
		fake.rcode = rcodes[i];
		assert_int_equal(apply(&a), DRO_ETIMEOUT);
		account_close(&a);
	}
}

/* Faults on the way, and what they must come to. */
static void
faults_of_an_update(void **state)
{
	static const struct {
		enum deed deed;
		enum dro_code code;
		const char *word;
	} faults[] = {
	    {HONEST, DRO_OK, NULL},
	    {UNSIGNED, DRO_ETIMEOUT, "signature"},
	    {TAMPERED, DRO_ETIMEOUT, "signature"},
	    {OTHER_ID, DRO_ETIMEOUT, "not one to this message"},
	    {NO_DNS, DRO_ETIMEOUT, "outcome unknown"},
	    {DROP, DRO_ETIMEOUT, "closed without an answer"},
	    {HANG, DRO_ETIMEOUT, "no answer in time"},
	    {ALIAS, DRO_ECONFLICT, "CNAME to policy.vendor.example"},
	};
	struct account a;
	enum dro_code got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		account_open(&a, false);
		fake.to_update = faults[i].deed;
		got = apply(&a);
		if (got != faults[i].code)
			fail_msg("%zu: code %d: %s", i, (int)got, a.err.msg);
		if (faults[i].word != NULL &&
		    strstr(a.err.msg, faults[i].word) == NULL)
			fail_msg("%zu: %s", i, a.err.msg);
		assert_int_equal(fake.updates, 1); /* never a second time */
		/* Waiting as long for each zone helps nobody. */
		assert_int_equal(a.err.scope,
		    faults[i].deed == HANG ? DRO_SCOPE_ACCOUNT
					   : DRO_SCOPE_ITEM);
		account_close(&a);
	}
}

/* A server that takes it and stores something else is not believed. */
static void
only_what_is_read_back_counts(void **state)
{
	struct account a;

	(void)state;
	account_open(&a, false);
	(void)strcpy(fake.ours, "v=DMARC1\\; p=none");
	assert_int_equal(apply(&a), DRO_ETIMEOUT);
	assert_non_null(strstr(a.err.msg, "read back"));
	account_close(&a);
}

static void
faults_of_a_query(void **state)
{
	static const struct {
		enum deed deed;
		enum dro_code code;
		enum dro_scope scope;
	} faults[] = {
	    {HONEST, DRO_OK, DRO_SCOPE_ITEM},
	    {UNSIGNED, DRO_EREMOTE, DRO_SCOPE_ITEM},
	    {TAMPERED, DRO_EREMOTE, DRO_SCOPE_ITEM},
	    {OTHER_ID, DRO_EREMOTE, DRO_SCOPE_ACCOUNT},
	    {NO_DNS, DRO_EREMOTE, DRO_SCOPE_ITEM},
	    {DROP, DRO_EREMOTE, DRO_SCOPE_ACCOUNT},
	    {HANG, DRO_EREMOTE, DRO_SCOPE_ACCOUNT},
	};
	struct dro_rrset live;
	struct account a;
	enum dro_code got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		account_open(&a, true);
		fake.to_query = faults[i].deed;
		got = look(&a, &live);
		if (got != faults[i].code || a.err.scope != faults[i].scope)
			fail_msg("%zu: code %d, scope %d: %s", i, (int)got,
			    (int)a.err.scope, a.err.msg);
		account_close(&a);
	}
}

/* Queries go by UDP, and by TCP when an answer does not fit or come. */
static void
udp_and_tcp(void **state)
{
	struct dro_rrset live;
	struct account a;

	(void)state;
	account_open(&a, true);
	assert_int_equal(look(&a, &live), DRO_OK);
	assert_string_equal(live.values[0].ptr, "v=DMARC1; p=none");
	assert_int_equal(live.ttl_s, 300);
	assert_int_equal(fake.asked_udp, 1);
	assert_int_equal(fake.asked_tcp, 0);
	fake.truncate = true;
	assert_int_equal(look(&a, &live), DRO_OK);
	assert_int_equal(fake.asked_udp, 2);
	assert_int_equal(fake.asked_tcp, 1);
	account_close(&a);
	account_open(&a, true);
	fake.to_query = HANG;
	assert_int_equal(look(&a, &live), DRO_EREMOTE);
	assert_int_equal(fake.asked_udp, 2);
	assert_int_equal(fake.asked_tcp, 1);
	account_close(&a);
}

/* An update goes by TCP, once, and not at all where nothing may change. */
static void
updates_leave_once(void **state)
{
	struct account a;

	(void)state;
	account_open(&a, false);
	assert_int_equal(apply(&a), DRO_OK);
	assert_false(a.receipt.noop);
	assert_int_equal(a.receipt.ttl_s, 300);
	assert_int_equal(fake.updates, 1);
	assert_int_equal(fake.asked_tcp, 1);
	assert_int_equal(apply(&a), DRO_OK);
	assert_true(a.receipt.noop);
	assert_int_equal(fake.updates, 1);
	account_close(&a);
	account_open(&a, true);
	assert_int_equal(apply(&a), DRO_EAUTH);
	assert_non_null(strstr(a.err.msg, "only reads"));
	assert_int_equal(fake.updates, 0);
	account_close(&a);
}

static void
unreachable_servers(void **state)
{
	static const struct {
		const char *server;
		enum dro_code code;
		const char *word;
	} rows[] = {
	    {"127.0.0.1@1", DRO_EREMOTE, "cannot be reached"},
	    {"no.such.host.invalid", DRO_EREMOTE, "no address found"},
	    {"127.0.0.1@http", DRO_EREMOTE, "no address found"},
	    {"@53", DRO_EINVAL, "HOST or HOST@PORT"},
	    {"169.254.169.254", DRO_EAUTH, "never contacted"},
	    {"fe80::1@53", DRO_EAUTH, "never contacted"},
	    {"0.0.0.0", DRO_EAUTH, "never contacted"},
	};
	static const unsigned char query[DRO_DNS_HEADER] = {1, 2};
	struct dro_host *host;
	struct dro_buf answer;
	struct dro_err err;
	enum dro_code got;
	size_t i;

	(void)state;
	dro_buf_init(&answer, DRO_DNS_MESSAGE_MAX);
	assert_int_equal(dro_host_create(false, &host, &err), DRO_OK);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = dro_host_dns(
		    host, rows[i].server, query, sizeof(query), &answer, &err);
		if (got != rows[i].code ||
		    strstr(err.msg, rows[i].word) == NULL)
			fail_msg("%s: code %d: %s", rows[i].server, (int)got,
			    err.msg);
		assert_int_equal(err.scope,
		    got == DRO_EINVAL ? DRO_SCOPE_ITEM : DRO_SCOPE_ACCOUNT);
	}
	assert_int_equal(dro_host_dns(host, "127.0.0.1", query,
			     sizeof(query) - 1, &answer, &err),
	    DRO_EINVAL);
	dro_host_destroy(host);
}

static void
options_that_do_not_open(void **state)
{
	static const struct {
		const char *server, *name, *secret, *algorithm, *word;
	} rows[] = {
	    {NULL, "k", SECRET, NULL, "server: missing"},
	    {"::1", NULL, SECRET, NULL, "key.name"},
	    {"::1", "k", NULL, NULL, "key.secret"},
	    {"::1", "a key", SECRET, NULL, "key.name"},
	    {"::1", "k", "not base64!", NULL, "key.secret: base64"},
	    {"::1", "k", "AAA", NULL, "key.secret: base64"},
	    {"::1", "k", "A===", NULL, "key.secret: base64"},
	    {"::1", "k", "=AAA", NULL, "key.secret: base64"},
	    {"::1", "k", "", NULL, "key.secret: base64"},
	    {"::1", "k", SECRET, "hmac-md5", "hmac-sha512 expected"},
	};
	struct dro_host *host;
	struct dro_err err;
	void *ctx;
	size_t i;

	(void)state;
	assert_int_equal(dro_host_create(false, &host, &err), DRO_OK);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    open_with(host, rows[i].server, rows[i].name,
			rows[i].secret, rows[i].algorithm, &ctx, &err),
		    DRO_EINVAL);
		if (strstr(err.msg, rows[i].word) == NULL)
			fail_msg("%zu: %s", i, err.msg);
		assert_null(ctx);
		if (rows[i].secret != NULL && rows[i].secret[0] != '\0')
			assert_null(strstr(err.msg, rows[i].secret));
	}
	dro_host_destroy(host);
}

/*
 * The message on the wire, by RFC 2136 2.4 and 2.5: class NONE is "there must
 * be no such RRset", class ANY deletes one; a required record has TTL 0,
 * and "\# 0" is how text says that a record has no data.
 */
static void
messages(void **state)
{
	static const struct {
		const char *stored;
		bool expect, want;
		const char *message;
	} rows[] = {
	    {"v=DMARC1\\; p=none", true, true,
		NAME ".\t0\tNONE\tCNAME\t\\# 0\n" NAME
		     ".\t0\tIN\tTXT\t\"v=DMARC1; p=none\"\n"
		     "--\n" NAME ".\t0\tANY\tTXT\t\\# 0\n" NAME
		     ".\t300\tIN\tTXT\t\"v=DMARC1; p=reject\"\n"},
	    {"v=DMARC1\\; \" \"p=none", true, true,
		NAME ".\t0\tNONE\tCNAME\t\\# 0\n" NAME
		     ".\t0\tIN\tTXT\t\"v=DMARC1; \" \"p=none\"\n"
		     "--\n" NAME ".\t0\tANY\tTXT\t\\# 0\n" NAME
		     ".\t300\tIN\tTXT\t\"v=DMARC1; p=reject\"\n"},
	    {"", false, true,
		NAME ".\t0\tNONE\tCNAME\t\\# 0\n" NAME
		     ".\t0\tNONE\tTXT\t\\# 0\n"
		     "--\n" NAME ".\t300\tIN\tTXT\t\"v=DMARC1; p=reject\"\n"},
	    {"v=DMARC1\\; p=none", true, false,
		NAME ".\t0\tNONE\tCNAME\t\\# 0\n" NAME
		     ".\t0\tIN\tTXT\t\"v=DMARC1; p=none\"\n"
		     "--\n" NAME ".\t0\tANY\tTXT\t\\# 0\n"},
	};
	struct account a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		account_open(&a, false);
		(void)strcpy(fake.text, rows[i].stored);
		if (!rows[i].expect)
			a.expected.n = 0;
		if (!rows[i].want) {
			a.wanted.n = 0;
			fake.ours[0] = '\0';
		}
		assert_int_equal(apply(&a), DRO_OK);
		assert_string_equal(fake.asked, rows[i].message);
		account_close(&a);
	}
}

/* Records that no zone can hold are refused before anything is asked. */
static void
what_dns_cannot_store(void **state)
{
	static const char *const mx[] = {"10", "10 ", " mx.example.",
	    "65536 mx.example.", "10 mx.example", "10 mx example.",
	    "ten mx.example.", "10 -.", "123456 mx.example."};
	struct dro_rrset rrset;
	struct account a;
	size_t i;

	(void)state;
	account_open(&a, true);
	for (i = 0; i < sizeof(mx) / sizeof(mx[0]); i++) {
		dro_rrset_init(&rrset, "zone.example", DRO_RR_MX);
		assert_int_equal(dro_rrset_add(&rrset, a.arena, mx[i],
				     strlen(mx[i]), &a.err),
		    DRO_OK);
		assert_int_equal(
		    dro_provider_rfc2136.explain(a.ctx, &rrset, &a.err),
		    DRO_EINVAL);
		assert_non_null(strstr(a.err.msg, "number host."));
	}
	dro_rrset_init(&rrset, "zone.example", DRO_RR_NS);
	assert_int_equal(
	    dro_provider_rfc2136.explain(a.ctx, &rrset, &a.err), DRO_EINVAL);
	rrset = a.wanted;
	rrset.ttl_s = 0x80000000u;
	assert_int_equal(
	    dro_provider_rfc2136.explain(a.ctx, &rrset, &a.err), DRO_EINVAL);
	rrset = a.wanted;
	rrset.values[rrset.n++] = rrset.values[0];
	assert_int_equal(
	    dro_provider_rfc2136.explain(a.ctx, &rrset, &a.err), DRO_EINVAL);
	assert_int_equal(fake.asked_udp + fake.asked_tcp, 0);
	account_close(&a);
}

static void
check_tries_the_key(void **state)
{
	struct account a;

	(void)state;
	account_open(&a, true);
	fake.to_query = REFUSE;
	fake.rcode = LDNS_RCODE_REFUSED; /* the root is not served */
	assert_int_equal(dro_provider_rfc2136.check(a.ctx, &a.err), DRO_OK);
	fake.rcode = LDNS_RCODE_NOTAUTH;
	fake.error = RFC2136_BADSIG;
	assert_int_equal(dro_provider_rfc2136.check(a.ctx, &a.err), DRO_EAUTH);
	account_close(&a);
}

/* No octet under a signature changes unseen; no other one does harm. */
static void
signature_covers_all(void **state)
{
	const struct dro_conf_item items[] = {
	    {"key.name", 1, (const char *const[]){"key.example"}},
	    {"key.secret", 1, (const char *const[]){SECRET}}};
	const struct dro_conf conf = {"ns", 2, items};
	const int64_t now = (int64_t)time(NULL);
	struct rfc2136_key key;
	struct rfc2136_mac mac, other;
	ldns_pkt *query = ldns_pkt_new(), *pkt;
	struct dro_buf wire;
	struct dro_err err;
	uint8_t *answer, bit;
	size_t size, i, unsigned_size, seen = 0;

	(void)state;
	assert_int_equal(dro_rfc2136_key_init(&key, &conf, &err), DRO_OK);
	push(query, LDNS_SECTION_QUESTION, NAME ". 0 IN TXT \"\"");
	ldns_rr_set_question(
	    ldns_rr_list_rr(ldns_pkt_question(query), 0), true);
	dro_buf_init(&wire, DRO_DNS_MESSAGE_MAX);
	assert_int_equal(
	    dro_rfc2136_sign(&key, query, now, &wire, &mac, &err), DRO_OK);
	/* libldns agrees with the signature made here. */
	assert_true(ldns_pkt_tsig_verify(
	    query, (uint8_t *)wire.ptr, wire.len, "key.example", SECRET, NULL));
	(void)strcpy(fake.text, "v=DMARC1\\; p=none");
	fake.alias[0] = '\0';
	answer = answer_to((uint8_t *)wire.ptr, wire.len, HONEST, &size);
	/* Owner, fixed part, algorithm, times, MAC, id, error, other. */
	unsigned_size = size - (13 + 10 + 13 + 8 + 2 + 32 + 6);
	for (i = 0; i < size * 8; i++) {
		bit = (uint8_t)(1 << i % 8);
		answer[i / 8] ^= bit;
		if (ldns_wire2pkt(&pkt, answer, size) == LDNS_STATUS_OK) {
			seen += i / 8 >= 2 && i / 8 < unsigned_size &&
				dro_rfc2136_verify(
				    &key, pkt, answer, size, &mac, now)
			    ? 1
			    : 0;
			(void)dro_rfc2136_tsig_of(pkt);
			ldns_pkt_free(pkt);
		}
		answer[i / 8] ^= bit;
	}
	assert_int_equal(seen, 0);
	assert_int_equal(ldns_wire2pkt(&pkt, answer, size), LDNS_STATUS_OK);
	assert_true(dro_rfc2136_verify(&key, pkt, answer, size, &mac, now));
	assert_true(dro_rfc2136_verify(
	    &key, pkt, answer, size, &mac, now + RFC2136_FUDGE_S - 5));
	assert_false(dro_rfc2136_verify(
	    &key, pkt, answer, size, &mac, now + RFC2136_FUDGE_S + 5));
	assert_false(dro_rfc2136_verify(
	    &key, pkt, answer, size, &mac, now - RFC2136_FUDGE_S - 5));
	other = mac;
	other.octets[0] ^= 1; /* the answer to another question */
	assert_false(dro_rfc2136_verify(&key, pkt, answer, size, &other, now));
	key.secret[0] ^= 1;
	assert_false(dro_rfc2136_verify(&key, pkt, answer, size, &mac, now));
	dro_rfc2136_key_finish(&key);
	for (i = 0; i < sizeof(key); i++)
		assert_int_equal(((const unsigned char *)&key)[i], 0);
	ldns_pkt_free(pkt);
	ldns_pkt_free(query);
	free(answer);
	dro_buf_finish(&wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals_are_told_apart),
	    cmocka_unit_test(prerequisites),
	    cmocka_unit_test(faults_of_an_update),
	    cmocka_unit_test(only_what_is_read_back_counts),
	    cmocka_unit_test(faults_of_a_query),
	    cmocka_unit_test(udp_and_tcp),
	    cmocka_unit_test(updates_leave_once),
	    cmocka_unit_test(messages),
	    cmocka_unit_test(unreachable_servers),
	    cmocka_unit_test(options_that_do_not_open),
	    cmocka_unit_test(what_dns_cannot_store),
	    cmocka_unit_test(check_tries_the_key),
	    cmocka_unit_test(signature_covers_all),
	};

	return (cmocka_run_group_tests(tests, start, stop));
}
