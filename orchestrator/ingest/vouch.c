#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "ingest/vouch.h"
#include "inputs.h"
#include "stage/reporter.h"

void
dro_vouch_begin(struct dro_vouch *v)
{
	v->auth = DRO_AUTH_NONE;
	v->again = v->noted = false;
	v->identity[0] = v->from[0] = '\0';
	v->signer[0] = v->selector[0] = v->note[0] = v->recipient[0] = '\0';
}

void
dro_vouch_sender(struct dro_vouch *v, const struct dro_sender *sender)
{
	v->auth = sender->auth;
	/* Where the source vouches, a proof could add nothing. */
	v->again = sender->again && v->job->trust < DRO_TRUST_TRUSTED;
	(void)snprintf(
	    v->identity, sizeof(v->identity), "%s", sender->identity);
	(void)snprintf(v->from, sizeof(v->from), "%s", sender->from);
	(void)snprintf(v->signer, sizeof(v->signer), "%s", sender->signer);
	(void)snprintf(
	    v->selector, sizeof(v->selector), "%s", sender->selector);
	(void)snprintf(v->note, sizeof(v->note), "%s", sender->note);
	(void)snprintf(
	    v->recipient, sizeof(v->recipient), "%s", sender->recipient);
}

bool
dro_vouch_authenticated(const struct dro_vouch *v)
{
	return (
	    v->auth == DRO_AUTH_DKIM_ALIGNED || v->auth == DRO_AUTH_AR_TRUSTED);
}

bool
dro_vouch_proved(const struct dro_vouch *v)
{
	return (v->auth == DRO_AUTH_NONE || dro_vouch_authenticated(v) ||
	    (v->auth != DRO_AUTH_INVALID &&
		v->job->trust == DRO_TRUST_TRUSTED));
}

/*
 * Under what name a mail counts: what it proved, or what it claims, which must
 * not use up what the true one may send.
 */
static void
sender_key(const struct dro_vouch *v, char out[DRO_REPORTER_LEN + 1])
{
	(void)snprintf(out, DRO_REPORTER_LEN + 1, "%s%s",
	    dro_vouch_authenticated(v) ? "" : "?",
	    dro_vouch_authenticated(v) ? v->identity : v->from);
}

enum dro_code
dro_vouch_quota(struct dro_vouch *v, enum dro_trust trust, size_t octets,
    bool *over, struct dro_err *err)
{
	char sender[DRO_REPORTER_LEN + 1];
	struct dro_quota used;
	enum dro_code code;

	*over = false;
	if (v->auth == DRO_AUTH_NONE || v->noted || trust >= DRO_TRUST_KNOWN)
		return (DRO_OK);
	sender_key(v, sender);
	code = dro_quota_load(
	    v->job->store, sender, dro_day_of(v->job->now), &used, err);
	if (code == DRO_OK)
		*over = dro_sender_is_over(
		    trust, used.mails, used.octets, (int64_t)octets);
	return (code);
}

enum dro_code
dro_vouch_stored(struct dro_vouch *v, enum dro_trust trust, size_t octets,
    struct dro_err *err)
{
	char sender[DRO_REPORTER_LEN + 1];

	if (v->auth == DRO_AUTH_NONE || v->noted || trust >= DRO_TRUST_KNOWN)
		return (DRO_OK);
	v->noted = true;
	sender_key(v, sender);
	return (dro_quota_note(v->job->store, sender, dro_day_of(v->job->now),
	    (int64_t)octets, err));
}

/* One of two names below the other, or the same. */
static bool
related(const char *a, const char *b)
{
	return (dro_domain_within(a, b) || dro_domain_within(b, a));
}

/*
 * Names in the XML are labels: anybody can write them.  Whether one of them
 * is of the sender's domain is only shown.
 */
static bool
mismatch(const struct dro_vouch *v, const struct dro_report *report)
{
	const char *at = strrchr(v->identity, '@'), *mail;
	const char *domain = at != NULL ? at + 1 : v->identity;
	char name[DRO_DOMAIN_LEN];

	if (dro_domain_normalise(report->org, name, NULL) == DRO_OK &&
	    related(name, domain))
		return (false);
	mail = strrchr(report->email, '@');
	return (mail == NULL ||
	    dro_domain_normalise(mail + 1, name, NULL) != DRO_OK ||
	    !related(name, domain));
}

/* Its reports from the time before it was known count as well. */
static enum dro_code
raise(struct dro_vouch *v, enum dro_trust tier, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < v->n_raised; i++)
		if (strcmp(v->raised[i], v->identity) == 0)
			return (DRO_OK);
	if (v->n_raised < DRO_RAISED_MAX)
		memcpy(v->raised[v->n_raised++], v->identity,
		    strlen(v->identity) + 1);
	return (dro_reporter_raise(v->job->store, v->identity, tier, err));
}

/* What is known of the reporter, for the rule that says what it counts. */
static enum dro_code
look_up(const struct dro_vouch *v, const char *name, struct dro_reporter *out,
    struct dro_err *err)
{
	struct dro_reporter_past past;
	enum dro_code code;
	bool trusted;

	memset(out, 0, sizeof(*out));
	out->lies = v->auth == DRO_AUTH_INVALID;
	out->authenticated = dro_vouch_authenticated(v);
	dro_config_reporter(
	    v->job->config, name, v->from, &trusted, &out->ignored);
	if (!out->authenticated)
		return (DRO_OK);
	if ((code = dro_reporter_past(v->job->store, name, &past, err)) !=
	    DRO_OK)
		return (code);
	out->first_at = past.first_at;
	out->reports = past.reports;
	out->domains = past.domains;
	out->listed = trusted || dro_reporter_is_large(name);
	return (DRO_OK);
}

/*
 * Whether the mail came to another address than reports about the domain are
 * asked to: who knows one of them need not know the others.
 */
static bool
came_elsewhere(const struct dro_vouch *v, const struct dro_report *report)
{
	const struct dro_domain *owner;
	const char *rua;

	if (v->job->recipient == NULL || v->auth == DRO_AUTH_NONE)
		return (false);
	owner = dro_config_owner(v->job->config, report->domain);
	rua = owner != NULL ? owner->settings->rua : NULL;
	return (rua == NULL ||
	    !dro_str_ieq(dro_str_of(v->recipient), rua + strlen("mailto:")));
}

enum dro_code
dro_vouch_report(struct dro_vouch *v, struct dro_report *report,
    dro_warns *warns, struct dro_err *err)
{
	int64_t now = v->job->now;
	struct dro_reporter reporter;
	enum dro_trust tier;
	enum dro_code code;

	report->auth = v->auth;
	report->signer = v->signer[0] != '\0' ? v->signer : NULL;
	report->selector = v->selector[0] != '\0' ? v->selector : NULL;
	report->auth_note = v->note[0] != '\0' ? v->note : NULL;
	if (dro_vouch_authenticated(v)) {
		report->reporter = v->identity;
		if (mismatch(v, report))
			*warns |= DRO_WARN_BIT(DRO_WARN_REPORTER_MISMATCH);
	}
	code = look_up(v, report->reporter, &reporter, err);
	if (code != DRO_OK)
		return (code);
	if (reporter.ignored)
		*warns |= DRO_WARN_BIT(DRO_WARN_REPORTER_IGNORED);
	if (came_elsewhere(v, report)) {
		*warns |= DRO_WARN_BIT(DRO_WARN_RUA_OTHER);
		report->trust = DRO_TRUST_UNAUTHENTICATED;
		return (DRO_OK);
	}
	report->trust = dro_reporter_trust(v->job->trust, &reporter, now);
	tier = dro_reporter_tier(&reporter, now);
	if (tier >= DRO_TRUST_KNOWN && !reporter.ignored && !v->dry)
		return (raise(v, tier, err));
	return (DRO_OK);
}
