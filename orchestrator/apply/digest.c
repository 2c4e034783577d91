#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "apply/digest.h"

/* Ladder, sources and record values of one domain, with room. */
#define CANONICAL_MAX (4u << 20)

/* Length-prefixed, so that no two lists of fields look alike. */
static void
add_field(struct dro_buf *out, const char *s)
{
	if (s == NULL)
		dro_buf_adds(out, "-;");
	else
		dro_buf_addf(out, "%zu:%s;", strlen(s), s);
}

static int
by_octets(const void *a, const void *b)
{
	const struct dro_value *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->ptr, y->ptr, len);

	return (order != 0 ? order : (x->len > y->len) - (x->len < y->len));
}

/* Name servers turn the values round from answer to answer: sorted. */
static void
add_rrset(struct dro_buf *out, const struct dro_rrset *rrset)
{
	struct dro_value values[DRO_RRSET_VALUES_MAX];
	size_t i;

	memcpy(values, rrset->values, rrset->n * sizeof(*values));
	qsort(values, rrset->n, sizeof(*values), by_octets);
	add_field(out, rrset->name);
	dro_buf_addf(
	    out, "%d %u %zu;", (int)rrset->type, rrset->ttl_s, rrset->n);
	for (i = 0; i < rrset->n; i++) {
		dro_buf_addf(out, "%zu:", values[i].len);
		dro_buf_add(out, values[i].ptr, values[i].len);
		dro_buf_addc(out, ';');
	}
}

static void
add_names(struct dro_buf *out, const char *const *names, size_t n)
{
	size_t i;

	dro_buf_addf(out, "%zu;", n);
	for (i = 0; i < n; i++)
		add_field(out, names[i]);
}

/* Whose mail counts, and who is asked about. */
static void
add_sources(struct dro_buf *out, const struct dro_settings *s)
{
	size_t i;

	for (i = 0; i < s->n_sources; i++) {
		const struct dro_declared *d = &s->sources[i];

		add_field(out, d->name);
		dro_buf_addf(out, "%d %d %d;", (int)d->whose, d->cadence_days,
		    d->critical);
		add_names(out, d->dkim, d->n_dkim);
		add_names(out, d->mail_from, d->n_mail_from);
		add_names(out, d->addresses, d->n_nets);
		add_names(out, d->ptr, d->n_ptr);
	}
	dro_buf_addf(out, "%d %d;", s->sources_closed, s->undecided_days);
}

/* Who may hold it is part of what was reviewed. */
static void
add_signal(struct dro_buf *out, const struct dro_signal_source *signal)
{
	const char *const *word;

	add_field(out, signal->file);
	for (word = signal->argv; word != NULL && *word != NULL; word++)
		add_field(out, *word);
	dro_buf_addf(out, "%lld;", (long long)signal->max_age_s);
}

static void
add_settings(struct dro_buf *out, const struct dro_settings *s)
{
	size_t i;

	for (i = 0; i < s->ladder.n; i++) {
		add_field(out, s->ladder.rungs[i].name);
		dro_buf_addf(out, "%d %d %d;", s->hops[i].days,
		    s->hops[i].report_days, s->approvals[i]);
	}
	dro_buf_addf(out, "%d %lld %lld %lld %d %d %lld %d %u %d %d %d %d;",
	    (int)s->target, (long long)s->tau_ppm, (long long)s->alpha_ppm,
	    (long long)s->alpha_last_ppm, s->freshness_h, s->reporters_min,
	    (long long)s->setback_share_ppm, s->cooldown_days, s->ttl_s,
	    s->has_sp, (int)s->sp, s->has_np, (int)s->np);
	dro_buf_addf(out, "%lld %lld %lld %d %d;", (long long)s->tau_source_ppm,
	    (long long)s->dkim_ppm, (long long)s->forwarded_ppm,
	    s->new_source_days, s->cadence_max_days);
	add_field(out, s->rua);
	add_field(out, s->pause);
	if (s->np_from_start)
		add_field(out, "np_from: start");
	if (s->signal != NULL)
		add_signal(out, s->signal);
	if (s->parked) {
		dro_buf_addf(out, "%d;", s->quiet_days);
		add_field(out, s->park_confirmed);
	}
	add_sources(out, s);
}

enum dro_code
dro_digest_change(const struct dro_domain *dom, const struct dro_change *change,
    char out[DRO_DIGEST_LEN], struct dro_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;
	struct dro_buf text;
	enum dro_code code;

	dro_buf_init(&text, CANONICAL_MAX);
	add_field(&text, change->kind);
	add_field(&text, change->from);
	add_field(&text, change->to);
	add_field(&text, dom->account != NULL ? dom->account->name : NULL);
	add_rrset(&text, &change->before);
	add_rrset(&text, &change->after);
	add_settings(&text, dom->settings);
	code = dro_buf_check(&text, dom->domain, err);
	if (code == DRO_OK &&
	    EVP_Digest(text.ptr, text.len, md, &n, EVP_sha256(), NULL) != 1)
		code = dro_err_set(
		    err, DRO_ENOMEM, "%s: SHA-256 failed", dom->domain);
	for (i = 0; code == DRO_OK && i < n; i++)
		(void)snprintf(out + 2 * (size_t)i, 3, "%02x", md[i]);
	dro_buf_finish(&text);
	return (code);
}
