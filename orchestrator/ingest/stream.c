#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <libpsl.h>

#include "base/buf.h"
#include "base/domain.h"
#include "ingest/stream.h"

#define NAMES 7
#define KEY_MAX ((NAMES - 1) * DRO_DOMAIN_LEN + INET6_ADDRSTRLEN)

/* One stream's sums; its names stand in keys from ${key} on. */
struct slot {
	size_t key, len;
	uint64_t hash;
	int64_t pass, fail, unknown;
};

struct dro_lines {
	psl_ctx_t *psl_owned; /* newer than the one built in, or NULL */
	const psl_ctx_t *psl; /* NULL: libpsl was built without any */
	uint64_t seed, factor; /* of the hash: rows are chosen by strangers */
	struct slot *slots;
	size_t n, cap;
	uint32_t *index; /* open addressing; 0 is empty, else slot + 1 */
	size_t n_index; /* a power of two */
	char *keys;
	size_t keys_len, keys_cap;
	struct dro_line *lines;
	size_t lines_cap;
	char header[DRO_DOMAIN_LEN]; /* the last header_from, normalised */
	char org[DRO_DOMAIN_LEN]; /* its organisational domain */
};

struct dro_lines *
dro_lines_create(void)
{
	struct dro_lines *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->psl_owned = psl_latest(NULL);
	l->psl = l->psl_owned != NULL ? l->psl_owned : psl_builtin();
	if (getrandom(&l->seed, sizeof(l->seed), GRND_NONBLOCK) < 0 ||
	    getrandom(&l->factor, sizeof(l->factor), GRND_NONBLOCK) < 0)
		l->factor = UINT64_C(0x9e3779b97f4a7c15);
	l->factor |= 1;
	return (l);
}

void
dro_lines_destroy(struct dro_lines *l)
{
	if (l == NULL)
		return;
	psl_free(l->psl_owned);
	free(l->slots);
	free(l->index);
	free(l->keys);
	free(l->lines);
	free(l);
}

void
dro_lines_reset(struct dro_lines *l)
{
	l->n = 0;
	l->keys_len = 0;
	if (l->index != NULL)
		memset(l->index, 0, l->n_index * sizeof(*l->index));
}

/* ---- results */

enum dro_verdict
dro_verdict_of(const char *text, dro_warns *warns)
{
	static const char *const final[] = {
	    "none", "neutral", "softfail", "hardfail", "policy", "permerror"};
	struct dro_str s = dro_str_of(text);
	size_t i;

	if (strcmp(text, "pass") == 0)
		return (DRO_PASS);
	if (strcmp(text, "fail") == 0)
		return (DRO_FAIL);
	if (s.len == 0) {
		*warns |= DRO_WARN_BIT(DRO_WARN_RESULT_MISSING);
		return (DRO_UNKNOWN);
	}
	if (dro_str_ieq(s, "pass") || dro_str_ieq(s, "fail")) {
		*warns |= DRO_WARN_BIT(DRO_WARN_VALUE_CASE);
		return (dro_str_ieq(s, "pass") ? DRO_PASS : DRO_FAIL);
	}
	*warns |= DRO_WARN_BIT(DRO_WARN_RESULT_ODD);
	for (i = 0; i < DRO_ARRAY_LEN(final); i++)
		if (dro_str_ieq(s, final[i]))
			return (DRO_FAIL);
	return (DRO_UNKNOWN);
}

/* ---- alignment */

/* The organisational domain of the normalised ${name}, or NULL. */
static const char *
organisation(const struct dro_lines *l, const char *name)
{
	return (l->psl != NULL ? psl_registrable_domain(l->psl, name) : NULL);
}

/* Take ${name} as the author domain of the row; rows mostly repeat it. */
static void
set_header(struct dro_lines *l, const char *name)
{
	const char *org;

	if (strcmp(l->header, name) == 0)
		return;
	memcpy(l->header, name, strlen(name) + 1);
	org = organisation(l, name);
	memcpy(l->org, org != NULL ? org : name,
	    strlen(org != NULL ? org : name) + 1);
}

/* Whether ${name} is aligned with the author domain of the row. */
static bool
aligned(const struct dro_lines *l, const char *name, bool strict)
{
	const char *org;

	if (strcmp(name, l->header) == 0)
		return (true);
	if (strict)
		return (false);
	if (l->psl == NULL)
		return (dro_domain_within(name, l->header) ||
		    dro_domain_within(l->header, name));
	if (!dro_domain_within(name, l->org))
		return (false);
	org = organisation(l, name);
	return (org != NULL && strcmp(org, l->org) == 0);
}

static bool
is_strict(const struct dro_form *form, enum dro_field field)
{
	const char *mode = form->text[field];

	return (mode != NULL && dro_str_ieq(dro_str_of(mode), "s"));
}

/* ---- a row's stream */

/* A stream being made, with room for its names. */
struct names {
	char dkim[DRO_DOMAIN_LEN], selector[DRO_DOMAIN_LEN];
	char dkim_other[DRO_DOMAIN_LEN], mail_from[DRO_DOMAIN_LEN];
	char claim[DRO_DOMAIN_LEN], claim_selector[DRO_DOMAIN_LEN];
	char ip[INET6_ADDRSTRLEN];
};

static bool
passed(const struct dro_row_auth *auth)
{
	return (dro_str_ieq(dro_str_of(auth->result), "pass"));
}

/* Put ${name} and its selector where nothing stands yet. */
static void
take(char *to, const char *name, char *selector_to, const char *selector)
{
	if (*to != '\0')
		return;
	memcpy(to, name, strlen(name) + 1);
	if (dro_domain_normalise(selector, selector_to, NULL) != DRO_OK)
		*selector_to = '\0';
}

static void
take_signatures(const struct dro_lines *l, const struct dro_row *row,
    const struct dro_judged *judged, bool strict, struct names *out)
{
	char name[DRO_DOMAIN_LEN];
	const struct dro_row_auth *sig;
	size_t i;

	for (i = 0; i < row->n_sigs; i++) {
		sig = &row->sigs[i];
		if (dro_domain_normalise(sig->domain, name, NULL) != DRO_OK)
			continue;
		if (!aligned(l, name, strict)) {
			if (passed(sig) && *out->dkim_other == '\0')
				memcpy(out->dkim_other, name, strlen(name) + 1);
		} else if (!passed(sig))
			take(out->claim, name, out->claim_selector,
			    sig->selector);
		else if (judged->dkim == DRO_PASS)
			take(out->dkim, name, out->selector, sig->selector);
	}
}

/* HELO results prove nothing to DMARC (RFC 7489 3.1.2). */
static void
take_mail_from(const struct dro_lines *l, const struct dro_row *row,
    const struct dro_judged *judged, bool strict, struct names *out)
{
	char name[DRO_DOMAIN_LEN];
	const struct dro_row_auth *spf;
	size_t i;

	for (i = 0; i < row->n_spfs; i++) {
		spf = &row->spfs[i];
		if (!passed(spf) ||
		    dro_str_ieq(dro_str_of(spf->scope), "helo") ||
		    dro_domain_normalise(spf->domain, name, NULL) != DRO_OK)
			continue;
		if (*out->mail_from == '\0')
			memcpy(out->mail_from, name, strlen(name) + 1);
		if (judged->spf == DRO_PASS && aligned(l, name, strict)) {
			memcpy(out->mail_from, name, strlen(name) + 1);
			return;
		}
	}
}

/* The one spelling of an address; IPv4 in IPv6 clothes is IPv4. */
static void
take_ip(const char *text, char out[INET6_ADDRSTRLEN], dro_warns *warns)
{
	static const unsigned char mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	unsigned char a[16];

	if (inet_pton(AF_INET, text, a) == 1)
		(void)inet_ntop(AF_INET, a, out, INET6_ADDRSTRLEN);
	else if (inet_pton(AF_INET6, text, a) != 1)
		*warns |= DRO_WARN_BIT(DRO_WARN_IP_ODD);
	else if (memcmp(a, mapped, sizeof(mapped)) == 0)
		(void)inet_ntop(AF_INET, a + 12, out, INET6_ADDRSTRLEN);
	else
		(void)inet_ntop(AF_INET6, a, out, INET6_ADDRSTRLEN);
}

static void
take_names(struct dro_lines *l, const struct dro_form *form,
    const struct dro_row *row, const struct dro_judged *judged,
    struct names *out, dro_warns *warns)
{
	const char *domain = form->text[DRO_FIELD_DOMAIN];
	char header[DRO_DOMAIN_LEN];

	out->dkim[0] = '\0';
	out->selector[0] = '\0';
	out->dkim_other[0] = '\0';
	out->mail_from[0] = '\0';
	out->claim[0] = '\0';
	out->claim_selector[0] = '\0';
	out->ip[0] = '\0';
	if (dro_domain_normalise(row->header_from, header, NULL) != DRO_OK) {
		*warns |= DRO_WARN_BIT(DRO_WARN_HEADER_FROM_MISSING);
		if (domain == NULL ||
		    dro_domain_normalise(domain, header, NULL) != DRO_OK)
			*header = '\0';
	}
	set_header(l, header);
	take_signatures(l, row, judged, is_strict(form, DRO_FIELD_ADKIM), out);
	take_mail_from(l, row, judged, is_strict(form, DRO_FIELD_ASPF), out);
	take_ip(row->ip, out->ip, warns);
}

/* ---- the table */

/* Eight octets at a time with a secret factor: no collisions to order. */
static uint64_t
hash_of(const struct dro_lines *l, const char *key, size_t len)
{
	uint64_t h = l->seed ^ len, word;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = len - i < sizeof(word) ? len - i : sizeof(word);
		word = 0;
		memcpy(&word, key + i, n);
		h = (h ^ word) * l->factor;
		h ^= h >> 29;
	}
	return (h);
}

static bool
grow_index(struct dro_lines *l)
{
	size_t n = l->n_index == 0 ? 256 : l->n_index * 2, i, at;
	uint32_t *index;

	if ((index = calloc(n, sizeof(*index))) == NULL)
		return (false);
	for (i = 0; i < l->n; i++) {
		at = l->slots[i].hash & (n - 1);
		while (index[at] != 0)
			at = (at + 1) & (n - 1);
		index[at] = (uint32_t)i + 1;
	}
	free(l->index);
	l->index = index;
	l->n_index = n;
	return (true);
}

/* Room for ${more} octets of key and one more slot. */
static bool
reserve(struct dro_lines *l, size_t more)
{
	size_t cap;
	void *ptr;

	if (l->n == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		if ((ptr = realloc(l->slots, cap * sizeof(*l->slots))) == NULL)
			return (false);
		l->slots = ptr;
		l->cap = cap;
	}
	if (l->keys_len + more > l->keys_cap) {
		cap = l->keys_cap == 0 ? (size_t)8 << 10 : l->keys_cap * 2;
		if ((ptr = realloc(l->keys, cap)) == NULL)
			return (false);
		l->keys = ptr;
		l->keys_cap = cap;
	}
	return (l->n * 2 < l->n_index || grow_index(l));
}

_Static_assert(KEY_MAX < (8 << 10), "one doubling makes room for any key");

/* The slot of ${key}, a new one if need be; NULL when out of memory. */
static struct slot *
find(struct dro_lines *l, const char *key, size_t len)
{
	uint64_t hash = hash_of(l, key, len);
	struct slot *s;
	size_t at;

	if (!reserve(l, len))
		return (NULL);
	at = hash & (l->n_index - 1);
	for (; l->index[at] != 0; at = (at + 1) & (l->n_index - 1)) {
		s = &l->slots[l->index[at] - 1];
		if (s->hash == hash && s->len == len &&
		    memcmp(l->keys + s->key, key, len) == 0)
			return (s);
	}
	s = &l->slots[l->n++];
	*s = (struct slot){l->keys_len, len, hash, 0, 0, 0};
	memcpy(l->keys + l->keys_len, key, len);
	l->keys_len += len;
	l->index[at] = (uint32_t)l->n;
	return (s);
}

static size_t
put(char *key, size_t at, const char *name)
{
	size_t n = strlen(name) + 1;

	memcpy(key + at, name, n);
	return (at + n);
}

bool
dro_lines_add(struct dro_lines *l, const struct dro_form *form,
    const struct dro_row *row, const struct dro_judged *judged,
    dro_warns *warns)
{
	struct names names;
	struct slot *s;
	char key[KEY_MAX];
	size_t len = 0;

	take_names(l, form, row, judged, &names, warns);
	len = put(key, len, names.dkim);
	len = put(key, len, names.selector);
	len = put(key, len, names.dkim_other);
	len = put(key, len, names.mail_from);
	len = put(key, len, names.claim);
	len = put(key, len, names.claim_selector);
	len = put(key, len, names.ip);
	if ((s = find(l, key, len)) == NULL)
		return (false);
	/* Rows and counts are bounded: 500 000 of 10^9 fit 63 bits. */
	if (judged->dkim == DRO_PASS || judged->spf == DRO_PASS)
		s->pass += row->count;
	else if (judged->dkim == DRO_FAIL && judged->spf == DRO_FAIL)
		s->fail += row->count;
	else
		s->unknown += row->count;
	return (true);
}

/* The next name of a key. */
static const char *
next(const char **key)
{
	const char *name = *key;

	*key += strlen(name) + 1;
	return (name);
}

const struct dro_line *
dro_lines_finish(struct dro_lines *l, size_t *n)
{
	struct dro_stream *stream;
	const char *key;
	size_t i;
	void *ptr;

	*n = l->n;
	if (l->lines == NULL || l->lines_cap < l->n) {
		ptr = realloc(l->lines, (l->n + 1) * sizeof(*l->lines));
		if (ptr == NULL)
			return (NULL);
		l->lines = ptr;
		l->lines_cap = l->n;
	}
	for (i = 0; i < l->n; i++) {
		key = l->keys + l->slots[i].key;
		stream = &l->lines[i].stream;
		stream->dkim = next(&key);
		stream->selector = next(&key);
		stream->dkim_other = next(&key);
		stream->mail_from = next(&key);
		stream->claim = next(&key);
		stream->claim_selector = next(&key);
		stream->ip = next(&key);
		l->lines[i].pass = l->slots[i].pass;
		l->lines[i].fail = l->slots[i].fail;
		l->lines[i].unknown = l->slots[i].unknown;
	}
	return (l->lines);
}
