/*
 * A name server made here, which does and says what each test wants, and an
 * account of the rfc2136 plugin opened on it.  Its signatures are those of
 * libldns, a second reading of RFC 8945.
 */
#ifndef DRO_TESTS_UPDATE_SERVER_H
#define DRO_TESTS_UPDATE_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

#endif /* !DRO_TESTS_UPDATE_SERVER_H */
