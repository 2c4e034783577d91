#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "base/domain.h"
#include "ingest/distinct.h"
#include "ingest/stream.h"

/* Six names one after the other, each with its NUL. */
#define NAMES_MAX (6 * DRO_DOMAIN_LEN + 2)
/* The number of such names, and an address. */
#define STREAM_MAX (sizeof(uint32_t) + INET6_ADDRSTRLEN)
/* Lines of a large report; the tables of a larger one are given back. */
#define KEEP_MAX ((size_t)16 << 10)

/* What the rows of one stream come to. */
struct sums {
	int64_t pass, fail, unknown;
};

struct dro_lines {
	psl_ctx_t *psl_owned; /* newer than the one built in, or NULL */
	const psl_ctx_t *psl; /* NULL: libpsl was built without any */
	/* Names recur with many addresses: numbered apart. */
	struct dro_distinct names, streams;
	struct sums *sums; /* of each stream */
	size_t n_sums, sums_cap;
	struct dro_line *lines;
	uint32_t *numbers; /* of the names of each line */
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
	dro_distinct_init(&l->names);
	dro_distinct_init(&l->streams);
	l->psl_owned = psl_latest(NULL);
	l->psl = l->psl_owned != NULL ? l->psl_owned : psl_builtin();
	return (l);
}

void
dro_lines_destroy(struct dro_lines *l)
{
	if (l == NULL)
		return;
	psl_free(l->psl_owned);
	dro_distinct_finish(&l->names);
	dro_distinct_finish(&l->streams);
	free(l->sums);
	free(l->lines);
	free(l->numbers);
	free(l);
}

void
dro_lines_reset(struct dro_lines *l)
{
	dro_distinct_reset(&l->names);
	dro_distinct_reset(&l->streams);
	l->n_sums = 0;
	if (l->lines_cap > KEEP_MAX) {
		free(l->lines);
		free(l->numbers);
		l->lines = NULL;
		l->numbers = NULL;
		l->lines_cap = 0;
	}
	if (l->sums_cap > KEEP_MAX) {
		free(l->sums);
		l->sums = NULL;
		l->sums_cap = 0;
	}
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
	bool below; /* From is a name below the policy domain */
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
	char header[DRO_DOMAIN_LEN], domain[DRO_DOMAIN_LEN];

	if (form->text[DRO_FIELD_DOMAIN] == NULL ||
	    dro_domain_normalise(form->text[DRO_FIELD_DOMAIN], domain, NULL) !=
		DRO_OK)
		*domain = '\0';

	out->dkim[0] = '\0';
	out->selector[0] = '\0';
	out->dkim_other[0] = '\0';
	out->mail_from[0] = '\0';
	out->claim[0] = '\0';
	out->claim_selector[0] = '\0';
	out->ip[0] = '\0';
	if (dro_domain_normalise(row->header_from, header, NULL) != DRO_OK) {
		*warns |= DRO_WARN_BIT(DRO_WARN_HEADER_FROM_MISSING);
		memcpy(header, domain, sizeof(header));
	}
	out->below = *domain != '\0' && strcmp(header, domain) != 0 &&
	    dro_domain_within(header, domain);
	set_header(l, header);
	take_signatures(l, row, judged, is_strict(form, DRO_FIELD_ADKIM), out);
	take_mail_from(l, row, judged, is_strict(form, DRO_FIELD_ASPF), out);
	take_ip(row->ip, out->ip, warns);
}

/* ---- the sums */

static size_t
put(char *key, size_t at, const char *name)
{
	size_t n = strlen(name) + 1;

	memcpy(key + at, name, n);
	return (at + n);
}

/* Sums of a stream that is new. */
static bool
add_sums(struct dro_lines *l)
{
	struct sums *sums;
	size_t cap;

	if (l->n_sums == l->sums_cap) {
		cap = l->sums_cap == 0 ? 64 : l->sums_cap * 2;
		if ((sums = realloc(l->sums, cap * sizeof(*sums))) == NULL)
			return (false);
		l->sums = sums;
		l->sums_cap = cap;
	}
	l->sums[l->n_sums++] = (struct sums){0, 0, 0};
	return (true);
}

/* The sums of a stream; NULL when out of memory. */
static struct sums *
sums_of(struct dro_lines *l, const struct names *names)
{
	char key[NAMES_MAX], stream[STREAM_MAX];
	uint32_t number, line;
	size_t len = 0;

	len = put(key, len, names->dkim);
	len = put(key, len, names->selector);
	len = put(key, len, names->dkim_other);
	len = put(key, len, names->mail_from);
	len = put(key, len, names->claim);
	len = put(key, len, names->claim_selector);
	len = put(key, len, names->below ? "b" : "");
	if ((number = dro_distinct_number(&l->names, key, len)) == 0)
		return (NULL);
	memcpy(stream, &number, sizeof(number));
	len = put(stream, sizeof(number), names->ip);
	line = dro_distinct_number(&l->streams, stream, len);
	if (line == 0 || (line > l->n_sums && !add_sums(l)))
		return (NULL);
	return (&l->sums[line - 1]);
}

bool
dro_lines_add(struct dro_lines *l, const struct dro_form *form,
    const struct dro_row *row, const struct dro_judged *judged,
    dro_warns *warns)
{
	struct names names;
	struct sums *s;

	take_names(l, form, row, judged, &names, warns);
	if ((s = sums_of(l, &names)) == NULL)
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

/* Line number ${i} as it is handed out. */
static void
fill_line(struct dro_lines *l, uint32_t i)
{
	const char *stream = dro_distinct_key(&l->streams, i + 1), *key;
	struct dro_line *line = &l->lines[i];
	struct dro_stream *s = &line->stream;

	memcpy(&l->numbers[i], stream, sizeof(l->numbers[i]));
	if (i > 0 && l->numbers[i] == l->numbers[i - 1]) {
		*s = line[-1].stream;
	} else {
		key = dro_distinct_key(&l->names, l->numbers[i]);
		s->dkim = next(&key);
		s->selector = next(&key);
		s->dkim_other = next(&key);
		s->mail_from = next(&key);
		s->claim = next(&key);
		s->claim_selector = next(&key);
		s->below = *next(&key) != '\0';
	}
	s->ip = stream + sizeof(l->numbers[i]);
	line->pass = l->sums[i].pass;
	line->fail = l->sums[i].fail;
	line->unknown = l->sums[i].unknown;
}

static bool
make_room(struct dro_lines *l, size_t n)
{
	void *ptr;

	if (l->lines != NULL && n <= l->lines_cap)
		return (true);
	if ((ptr = realloc(l->lines, (n + 1) * sizeof(*l->lines))) == NULL)
		return (false);
	l->lines = ptr;
	if ((ptr = realloc(l->numbers, (n + 1) * sizeof(*l->numbers))) == NULL)
		return (false);
	l->numbers = ptr;
	l->lines_cap = n;
	return (true);
}

const struct dro_line *
dro_lines_finish(struct dro_lines *l, size_t *n)
{
	uint32_t i;

	*n = l->streams.n;
	if (!make_room(l, *n))
		return (NULL);
	for (i = 0; i < *n; i++)
		fill_line(l, i);
	return (l->lines);
}

const uint32_t *
dro_lines_names(const struct dro_lines *l)
{
	return (l->numbers);
}
