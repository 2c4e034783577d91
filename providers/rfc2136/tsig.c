#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "host/host.h"

#include "rfc2136/tsig.h"

/* Fields of a TSIG record, RFC 8945 4.2. */
enum { ALGORITHM, TIME_SIGNED, FUDGE, MAC, ORIGINAL_ID, ERROR, OTHER, FIELDS };

/* Class ANY and TTL 0, as every TSIG has them. */
static const unsigned char class_ttl[] = {0, 255, 0, 0, 0, 0};

static const char *const algorithms[] = {
    "hmac-sha256", "hmac-sha384", "hmac-sha512"};

/* Base64 with its padding, RFC 4648 4. */
static enum dro_code
take_secret(struct rfc2136_key *key, const char *text, struct dro_err *err)
{
	size_t len = strlen(text), body = strcspn(text, "=");
	int n = -1;

	if (len / 4 * 3 <= sizeof(key->secret) && len - body <= 2 &&
	    strspn(text + body, "=") == len - body)
		n = EVP_DecodeBlock(
		    key->secret, (const unsigned char *)text, (int)len);
	if (n <= 0)
		return (dro_err_set(err, DRO_EINVAL,
		    "key.secret: base64 of at most %zu octets expected, as "
		    "the server's configuration has it for key %s",
		    sizeof(key->secret), key->name));
	key->secret_len = (size_t)n - (len - body);
	return (DRO_OK);
}

enum dro_code
dro_rfc2136_key_init(
    struct rfc2136_key *key, const struct dro_conf *conf, struct dro_err *err)
{
	const char *name = dro_conf_get(conf, "key.name");
	const char *secret = dro_conf_get(conf, "key.secret");
	const char *algorithm = dro_conf_get(conf, "key.algorithm");
	size_t i;

	memset(key, 0, sizeof(*key));
	if (name == NULL || secret == NULL)
		return (dro_err_set(err, DRO_EINVAL,
		    "key.name and key.secret: missing; updates are signed"));
	if (dro_domain_normalise(name, key->name, NULL) != DRO_OK)
		return (dro_err_set(err, DRO_EINVAL,
		    "key.name: a name such as rollout.example expected, got "
		    "\"%.80s\"",
		    name));
	for (i = 0; i < DRO_ARRAY_LEN(algorithms); i++)
		if (algorithm == NULL || strcmp(algorithm, algorithms[i]) == 0)
			break;
	if (i == DRO_ARRAY_LEN(algorithms))
		return (dro_err_set(err, DRO_EINVAL,
		    "key.algorithm: hmac-sha256, hmac-sha384 or hmac-sha512 "
		    "expected, got \"%.40s\"",
		    algorithm));
	key->algorithm = algorithms[i];
	return (take_secret(key, secret, err));
}

void
dro_rfc2136_key_finish(struct rfc2136_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

/* The HMAC of ${text}; false if OpenSSL cannot. */
static bool
hmac(const struct rfc2136_key *key, const struct dro_buf *text,
    struct rfc2136_mac *out)
{
	const EVP_MD *md = EVP_get_digestbyname(key->algorithm + 5);
	unsigned len = 0;

	if (md == NULL || text->failed || EVP_MD_get_size(md) < 0 ||
	    (size_t)EVP_MD_get_size(md) > sizeof(out->octets) ||
	    HMAC(md, key->secret, (int)key->secret_len,
		(const unsigned char *)text->ptr, text->len, out->octets,
		&len) == NULL)
		return (false);
	out->len = len;
	return (true);
}

/* Append a name as DNS has it. */
static void
add_name(struct dro_buf *buf, const char *name)
{
	ldns_rdf *rdf = ldns_dname_new_frm_str(name);

	if (rdf == NULL)
		buf->failed = true;
	else
		dro_buf_add(buf, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	ldns_rdf_deep_free(rdf);
}

static void
add_field(struct dro_buf *buf, const ldns_rr *tsig, size_t field)
{
	const ldns_rdf *rdf = ldns_rr_rdf(tsig, field);

	if (rdf == NULL)
		buf->failed = true;
	else
		dro_buf_add(buf, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
}

/*
 * The TSIG variables, RFC 8945 4.3.3.  Names are ours, so that a signature
 * by another key or algorithm does not fit.
 */
static void
add_variables(
    struct dro_buf *buf, const struct rfc2136_key *key, const ldns_rr *tsig)
{
	add_name(buf, key->name);
	dro_buf_add(buf, class_ttl, sizeof(class_ttl));
	add_name(buf, key->algorithm);
	add_field(buf, tsig, TIME_SIGNED);
	add_field(buf, tsig, FUDGE);
	add_field(buf, tsig, ERROR);
	add_field(buf, tsig, OTHER);
}

/* Add a field, which the record owns from here on. */
static bool
push(ldns_rr *tsig, ldns_rdf *field)
{
	if (field == NULL || !ldns_rr_push_rdf(tsig, field)) {
		ldns_rdf_deep_free(field);
		return (false);
	}
	return (true);
}

static bool
push_octets(
    ldns_rr *tsig, ldns_rdf_type type, const unsigned char *octets, size_t n)
{
	return (push(tsig, ldns_rdf_new_frm_data(type, n, octets)));
}

static bool
push_int16(ldns_rr *tsig, uint16_t number)
{
	return (push(tsig, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number)));
}

static bool
push_time(ldns_rr *tsig, int64_t now)
{
	unsigned char octets[6];
	uint64_t left = (uint64_t)now;
	size_t i;

	for (i = sizeof(octets); i-- > 0; left >>= 8)
		octets[i] = (unsigned char)(left & 0xff);
	return (
	    push_octets(tsig, LDNS_RDF_TYPE_TSIGTIME, octets, sizeof(octets)));
}

/* A TSIG record with an empty MAC; NULL when out of memory. */
static ldns_rr *
new_tsig(const struct rfc2136_key *key, uint16_t id, int64_t now)
{
	static const unsigned char empty[2];
	ldns_rr *tsig = ldns_rr_new();
	ldns_rdf *owner = ldns_dname_new_frm_str(key->name);

	if (tsig == NULL || owner == NULL) {
		ldns_rr_free(tsig);
		ldns_rdf_deep_free(owner);
		return (NULL);
	}
	ldns_rr_set_owner(tsig, owner);
	ldns_rr_set_type(tsig, LDNS_RR_TYPE_TSIG);
	ldns_rr_set_class(tsig, LDNS_RR_CLASS_ANY);
	ldns_rr_set_ttl(tsig, 0);
	if (push(tsig, ldns_dname_new_frm_str(key->algorithm)) &&
	    push_time(tsig, now) && push_int16(tsig, RFC2136_FUDGE_S) &&
	    push_octets(tsig, LDNS_RDF_TYPE_INT16_DATA, empty, 2) &&
	    push_int16(tsig, id) && push_int16(tsig, 0) &&
	    push_octets(tsig, LDNS_RDF_TYPE_INT16_DATA, empty, 2))
		return (tsig);
	ldns_rr_free(tsig);
	return (NULL);
}

static bool
set_mac(ldns_rr *tsig, const struct rfc2136_mac *mac)
{
	unsigned char octets[2 + sizeof(mac->octets)] = {
	    0, (unsigned char)mac->len};
	ldns_rdf *field;

	memcpy(octets + 2, mac->octets, mac->len);
	field = ldns_rdf_new_frm_data(
	    LDNS_RDF_TYPE_INT16_DATA, 2 + mac->len, octets);
	if (field == NULL)
		return (false);
	ldns_rdf_deep_free(ldns_rr_set_rdf(tsig, field, MAC));
	return (true);
}

/* Append the message as it goes over the wire. */
static bool
add_wire(struct dro_buf *buf, const ldns_pkt *pkt)
{
	uint8_t *wire = NULL;
	size_t len = 0;

	if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK)
		return (false);
	dro_buf_add(buf, wire, len);
	LDNS_FREE(wire);
	return (true);
}

enum dro_code
dro_rfc2136_sign(const struct rfc2136_key *key, ldns_pkt *pkt, int64_t now,
    struct dro_buf *wire, struct rfc2136_mac *mac, struct dro_err *err)
{
	ldns_rr *tsig = new_tsig(key, ldns_pkt_id(pkt), now);
	struct dro_buf text;
	bool good;

	dro_buf_init(&text, wire->ceiling + sizeof(*key));
	mac->signed_at = now;
	good = tsig != NULL && add_wire(&text, pkt);
	if (good) {
		add_variables(&text, key, tsig);
		good = hmac(key, &text, mac) && set_mac(tsig, mac);
	}
	dro_buf_finish(&text);
	if (!good) {
		ldns_rr_free(tsig);
		return (dro_err_nomem(err));
	}
	ldns_pkt_set_tsig(pkt, tsig);
	if (!add_wire(wire, pkt))
		return (dro_err_nomem(err));
	return (dro_buf_check(wire, "DNS message", err));
}

/*
 * Where the last record of the message begins, by libldns' own reading of
 * those before it; 0 if that fails.
 */
static size_t
last_record(const ldns_pkt *pkt, const unsigned char *wire, size_t len)
{
	size_t pos = DRO_DNS_HEADER, i, n = ldns_pkt_qdcount(pkt);
	size_t all = n + ldns_pkt_ancount(pkt) + ldns_pkt_nscount(pkt) +
	    ((size_t)wire[10] << 8 | wire[11]);
	ldns_rr *rr;

	for (i = 0; i + 1 < all; i++) {
		if (ldns_wire2rr(&rr, wire, len, &pos,
			i < n ? LDNS_SECTION_QUESTION : LDNS_SECTION_ANSWER) !=
		    LDNS_STATUS_OK)
			return (0);
		ldns_rr_free(rr);
	}
	return (all > n ? pos : 0);
}

/* Append the message as it was before its TSIG was added, RFC 8945 4.3.2. */
static bool
add_unsigned(struct dro_buf *buf, const ldns_pkt *pkt,
    const unsigned char *wire, size_t len)
{
	unsigned char header[DRO_DNS_HEADER];
	size_t end = last_record(pkt, wire, len);
	unsigned additional;

	if (end == 0)
		return (false);
	memcpy(header, wire, sizeof(header));
	memcpy(header,
	    ldns_rdf_data(ldns_rr_rdf(ldns_pkt_tsig(pkt), ORIGINAL_ID)), 2);
	additional = ((unsigned)header[10] << 8 | header[11]) - 1;
	header[10] = (unsigned char)(additional >> 8);
	header[11] = (unsigned char)(additional & 0xff);
	dro_buf_add(buf, header, sizeof(header));
	dro_buf_add(buf, wire + sizeof(header), end - sizeof(header));
	return (true);
}

/* A TSIG whose fields have their sizes; else NULL. */
static const ldns_rr *
whole_tsig(const ldns_pkt *pkt)
{
	static const size_t sizes[FIELDS] = {
	    [TIME_SIGNED] = 6, [FUDGE] = 2, [ORIGINAL_ID] = 2, [ERROR] = 2};
	const ldns_rr *tsig = ldns_pkt_tsig(pkt);
	size_t i;

	if (tsig == NULL || ldns_rr_rd_count(tsig) != FIELDS)
		return (NULL);
	for (i = 0; i < FIELDS; i++)
		if (ldns_rr_rdf(tsig, i) == NULL ||
		    (sizes[i] != 0 &&
			ldns_rdf_size(ldns_rr_rdf(tsig, i)) != sizes[i]))
			return (NULL);
	return (tsig);
}

static int64_t
read_time(const unsigned char *octets)
{
	int64_t at = 0;
	size_t i;

	for (i = 0; i < 6; i++)
		at = at << 8 | octets[i];
	return (at);
}

/* Does the MAC in the answer equal ours? */
static bool
same_mac(const ldns_rr *tsig, const struct rfc2136_mac *mine)
{
	const ldns_rdf *rdf = ldns_rr_rdf(tsig, MAC);

	return (ldns_rdf_size(rdf) == 2 + mine->len &&
	    CRYPTO_memcmp(ldns_rdf_data(rdf) + 2, mine->octets, mine->len) ==
		0);
}

bool
dro_rfc2136_verify(const struct rfc2136_key *key, const ldns_pkt *pkt,
    const unsigned char *wire, size_t len, const struct rfc2136_mac *mac,
    int64_t now)
{
	const unsigned char length[2] = {0, (unsigned char)mac->len};
	const ldns_rr *tsig = whole_tsig(pkt);
	struct rfc2136_mac mine;
	struct dro_buf text;
	int64_t at;
	bool good;

	if (tsig == NULL)
		return (false);
	at = read_time(ldns_rdf_data(ldns_rr_rdf(tsig, TIME_SIGNED)));
	if (at > now + RFC2136_FUDGE_S || at < now - RFC2136_FUDGE_S)
		return (false);
	dro_buf_init(&text, len + sizeof(*key) + sizeof(*mac) + 65536);
	dro_buf_add(&text, length, sizeof(length));
	dro_buf_add(&text, mac->octets, mac->len);
	good = add_unsigned(&text, pkt, wire, len);
	if (good) {
		add_variables(&text, key, tsig);
		good = hmac(key, &text, &mine) && same_mac(tsig, &mine);
	}
	dro_buf_finish(&text);
	return (good);
}

struct rfc2136_tsig
dro_rfc2136_tsig_of(const ldns_pkt *pkt)
{
	struct rfc2136_tsig out = {.present = false};
	const ldns_rr *tsig = whole_tsig(pkt);
	const ldns_rdf *other;

	if (tsig == NULL)
		return (out);
	out.present = true;
	out.error = ldns_rdf2native_int16(ldns_rr_rdf(tsig, ERROR));
	other = ldns_rr_rdf(tsig, OTHER);
	if (out.error == RFC2136_BADTIME && ldns_rdf_size(other) == 8)
		out.server_time = read_time(ldns_rdf_data(other) + 2);
	return (out);
}
