#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"

#include "mail.h"

/* Strangers write from 198.18.0.0/15 (RFC 2544), each from its own /24. */
#define STRANGER_NETS 512

/* Cut ${word} at the first ${c}; return what follows, or NULL. */
static char *
cut(char *word, char c)
{
	char *p = strchr(word, c);

	if (p == NULL)
		return (NULL);
	*p = '\0';
	return (p + 1);
}

static enum dro_code
number(const char *word, const char *value, int64_t *out, struct dro_err *err)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < 1)
		return (dro_err_set(err, DRO_EPARSE,
		    "%s: wants a number, got \"%s\"", word, value));
	*out = n;
	return (DRO_OK);
}

/* One "key=value" of a spec. */
static enum dro_code
setting(struct mail *mail, char *key, char *value, struct dro_err *err)
{
	if (strcmp(key, "ip") == 0) {
		mail->ip = value;
	} else if (strcmp(key, "strangers") == 0) {
		return (number(key, value, &mail->strangers, err));
	} else if (strcmp(key, "n") == 0) {
		return (number(key, value, &mail->n, err));
	} else if (strcmp(key, "from") == 0) {
		mail->from = value;
	} else if (strcmp(key, "reporter") == 0) {
		mail->reporter = value;
	} else if (strcmp(key, "dkim") == 0) {
		mail->dkim_result = cut(value, ':');
		mail->dkim_selector = cut(value, '/');
		mail->dkim_domain = value;
		if (mail->dkim_selector == NULL)
			return (dro_err_set(
			    err, DRO_EPARSE, "dkim: wants DOMAIN/SELECTOR"));
		if (mail->dkim_result == NULL)
			mail->dkim_result = "pass";
	} else if (strcmp(key, "spf") == 0) {
		mail->spf_result = cut(value, ':');
		mail->spf_domain = value;
		if (mail->spf_result == NULL)
			mail->spf_result = "pass";
	} else {
		return (dro_err_set(err, DRO_EPARSE, "unknown word %s", key));
	}
	return (DRO_OK);
}

/* Relaxed alignment, good enough for made-up names: one within the other. */
static bool
aligned(const char *name, const char *result, const char *from)
{
	return (name != NULL && strcmp(result, "pass") == 0 &&
	    (dro_domain_within(name, from) || dro_domain_within(from, name)));
}

static bool
passes(const struct mail *mail)
{
	return (aligned(mail->dkim_domain, mail->dkim_result, mail->from) ||
	    aligned(mail->spf_domain, mail->spf_result, mail->from));
}

enum dro_code
mail_parse(const char *spec, const char *domain, struct mail *mail,
    struct dro_err *err)
{
	char *word, *rest, *value;
	enum dro_code code;
	int promise = -1;

	memset(mail, 0, sizeof(*mail));
	if (strlen(spec) >= sizeof(mail->text))
		return (dro_err_set(err, DRO_EPARSE, "%s: too long", spec));
	memcpy(mail->text, spec, strlen(spec) + 1);
	mail->from = domain;
	rest = mail->text;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		if (mail->name == NULL) {
			mail->name = word;
		} else if (strcmp(word, "pass") == 0) {
			promise = 1;
		} else if (strcmp(word, "fail") == 0) {
			promise = 0;
		} else if ((value = cut(word, '=')) == NULL) {
			return (dro_err_set(err, DRO_EPARSE,
			    "%s: unknown word %s", spec, word));
		} else if ((code = setting(mail, word, value, err)) != DRO_OK) {
			dro_err_context(err, "%s", spec);
			return (code);
		}
	}
	if (mail->n == 0 || (mail->ip == NULL) == (mail->strangers == 0))
		return (dro_err_set(err, DRO_EPARSE,
		    "%s: wants n= and one of ip=, strangers=", spec));
	/* Who does not say what authenticates uses the name he forges. */
	if (mail->spf_domain == NULL) {
		mail->spf_domain = mail->from;
		mail->spf_result = "fail";
	}
	if (promise != -1 && promise != (int)passes(mail))
		return (dro_err_set(err, DRO_EPARSE,
		    "%s: does not %s DMARC as written", spec,
		    promise ? "pass" : "fail"));
	return (DRO_OK);
}

/* Part ${i} of ${n} cut into ${parts} as evenly as whole numbers allow. */
static int64_t
share(int64_t n, size_t i, size_t parts)
{
	return (n / (int64_t)parts + ((int64_t)i < n % (int64_t)parts ? 1 : 0));
}

static bool
tag_is(const char *record, const char *name, const char *value)
{
	return (dro_str_ieq(dro_made_tag(record, name), value));
}

/*
 * How many of 100 failing messages get the published policy; the rest gets
 * the level below.  RFC 7489 6.6.4 (pct) and RFC 9989 4.7 (t=y: none of it).
 */
static int64_t
published_percent(const struct dro_made_report *report)
{
	struct dro_str pct = dro_made_tag(report->record, "pct");
	int64_t n = 0;

	if (report->rfc9990)
		return (tag_is(report->record, "t", "y") ? 0 : 100);
	if (pct.ptr == NULL)
		return (100);
	for (size_t i = 0; i < pct.len; i++)
		n = n * 10 + (pct.ptr[i] - '0');
	return (n);
}

/* Rows of one address: one, or two when only part gets the policy. */
static size_t
address_rows(const struct mail *mail, const struct dro_made_report *report,
    const char *ip, int64_t count, struct dro_made_row rows[2])
{
	struct dro_made_row row = {
	    .ip = ip,
	    .count = count,
	    .disposition = "none",
	    .header_from = mail->from,
	    .dkim_domain = mail->dkim_domain,
	    .dkim_selector = mail->dkim_selector,
	    .dkim_result = mail->dkim_result,
	    .spf_domain = mail->spf_domain,
	    .spf_result = mail->spf_result,
	};
	const char *policy = "none", *below = "none";
	int64_t hit;
	size_t n = 0;

	row.dkim = aligned(mail->dkim_domain, mail->dkim_result, mail->from)
	    ? "pass"
	    : "fail";
	row.spf = aligned(mail->spf_domain, mail->spf_result, mail->from)
	    ? "pass"
	    : "fail";
	if (tag_is(report->record, "p", "reject")) {
		policy = "reject";
		below = "quarantine";
	} else if (tag_is(report->record, "p", "quarantine")) {
		policy = "quarantine";
	}
	hit = count * published_percent(report) / 100;
	if (passes(mail)) {
		/* RFC 9990 has a word for mail that a policy let through. */
		if (report->rfc9990 && strcmp(policy, "none") != 0)
			policy = "pass";
		else
			policy = "none";
		hit = count;
	}
	if (hit > 0) {
		rows[n] = row;
		rows[n].disposition = policy;
		rows[n++].count = hit;
	}
	if (hit < count) {
		rows[n] = row;
		rows[n].disposition = below;
		rows[n++].count = count - hit;
	}
	return (n);
}

size_t
mail_rows(const struct mail *mail, const struct dro_made_report *report,
    size_t r, size_t n_reporters, struct dro_made_row *rows, size_t n_max,
    struct dro_arena *arena)
{
	int64_t count = share(mail->n, r, n_reporters);
	size_t addresses = mail->ip == NULL ? (size_t)mail->strangers : 1;
	size_t n = 0;

	if (mail->reporter != NULL)
		count = strcmp(mail->reporter, report->org) == 0 ? mail->n : 0;
	if (count > 0 && n_max < 2 * addresses) {
		fputs("dro-gen: more rows than one report may have\n", stderr);
		exit(65);
	}
	for (size_t i = 0; i < addresses; i++) {
		int64_t part = share(count, i, addresses);
		int64_t net =
		    (dro_day_of(report->begin) * mail->strangers + (int64_t)i) %
		    STRANGER_NETS;
		const char *ip = mail->ip != NULL
		    ? mail->ip
		    : dro_arena_printf(arena, "198.%d.%d.9",
			  18 + (int)(net / 256), (int)(net % 256));

		if (part > 0)
			n += address_rows(mail, report, ip, part, rows + n);
	}
	return (n);
}
