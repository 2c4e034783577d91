/*
 * The rfc2136 plugin and the host's door for DNS against a name server made
 * here (update_server.h).
 */
#include <time.h>

#include "update_server.h"

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
