#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/domain.h"
#include "presets/reporters.h"

/*
 * Who is trusted from the first report on (docs/reporters.md).  An entry needs
 * all of: it reports about mailboxes of many organisations, so its numbers are
 * in most evidence; the From domain of its reports is known from the mails
 * themselves; and nobody but the provider writes what is sent from there, or
 * only the local part that is named counts.  A signature covers the body but
 * seldom Content-Type, so words of a stranger in any mail of a trusted domain
 * could be made to look like an attachment.
 */
static const struct dro_large_reporter reporters[] = {
    {"alerts.comcast.net", NULL, "Comcast",
	"notices of the provider; customers are in comcast.net"},
    {"amazonses.com", "postmaster", "Amazon SES",
	"customers send from domains of their own"},
    {"corp.mail.ru", NULL, "Mail.ru",
	"the company; users are in mail.ru and its sisters"},
    {"dmarc-reports.xs4all.net", NULL, "XS4ALL", "used for reports only"},
    {"dmarc.yahoo.com", NULL, "Yahoo and AOL",
	"used for reports only; users are in yahoo.com and others"},
    {"fastmaildmarc.com", NULL, "Fastmail", "used for reports only"},
    {"google.com", "noreply-dmarc-support", "Google (Gmail and Workspace)",
	"other addresses of the company carry what users wrote"},
    {"gosecure.net", NULL, "GoSecure", "a filter; the company's domain"},
    {"kddi.com", NULL, "KDDI",
	"the company; customers are in au.com and ezweb.ne.jp"},
    {"microsoft.com", "dmarcreport", "Microsoft (Outlook.com and 365)",
	"other addresses of the company carry what users wrote"},
    {"mimecast.com", NULL, "Mimecast", "a filter; the company's domain"},
    {"mimecastreport.com", NULL, "Mimecast",
	"used for reports only, a host per region"},
    {"secureserver.net", "dmarcreports", "GoDaddy",
	"hosts of customers are in the same domain"},
    {"sicher.gmx.net", NULL, "GMX", "notices of the provider"},
    {"sicher.web.de", NULL, "WEB.DE", "notices of the provider"},
    {"zoho.com", "noreply-dmarc", "Zoho", "users are in the same domain"},
};

/* The largest places where a mailbox costs nothing, or a customer has one. */
static const char *const mailboxes[] = {"126.com", "163.com", "aol.com",
    "au.com", "bk.ru", "comcast.net", "emailsrvr.com", "fastmail.com",
    "fastmail.fm", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
    "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com",
    "inbox.ru", "kpnmail.nl", "laposte.net", "list.ru", "live.com", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "o2.pl",
    "orange.fr", "outlook.com", "proton.me", "protonmail.com", "qq.com",
    "rambler.ru", "secureserver.net", "seznam.cz", "t-online.de", "web.de",
    "wp.pl", "xs4all.nl", "yahoo.com", "yandex.com", "yandex.ru", "ymail.com",
    "ziggo.nl", "zoho.com", "zohomail.com"};

const struct dro_large_reporter *
dro_large_reporters(size_t *n)
{
	*n = DRO_ARRAY_LEN(reporters);
	return (reporters);
}

const struct dro_large_reporter *
dro_large_reporter(const char *local, const char *domain)
{
	const struct dro_large_reporter *r;
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(reporters); i++) {
		r = &reporters[i];
		if (r->local == NULL ? dro_domain_within(domain, r->domain)
				     : strcmp(domain, r->domain) == 0 &&
			    strcmp(local, r->local) == 0)
			return (r);
	}
	return (NULL);
}

bool
dro_reporter_is_large(const char *identity)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(reporters); i++)
		if (strcmp(identity, reporters[i].domain) == 0)
			return (true);
	return (false);
}

/* Whether the signature of ${domain} proves the address and no more. */
static bool
is_shared(const char *domain)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(reporters); i++)
		if (reporters[i].local != NULL &&
		    dro_domain_within(domain, reporters[i].domain))
			return (true);
	for (i = 0; i < DRO_ARRAY_LEN(mailboxes); i++)
		if (dro_domain_within(domain, mailboxes[i]))
			return (true);
	return (false);
}

const char *
dro_reporter_identity(const char *local, const char *domain,
    const char *organisation, char out[DRO_REPORTER_LEN])
{
	const struct dro_large_reporter *large =
	    dro_large_reporter(local, domain);

	if (large != NULL)
		(void)snprintf(out, DRO_REPORTER_LEN, "%s", large->domain);
	else if (is_shared(domain))
		(void)snprintf(out, DRO_REPORTER_LEN, "%.*s@%s", DRO_LOCAL_MAX,
		    local, domain);
	else
		(void)snprintf(out, DRO_REPORTER_LEN, "%s", organisation);
	return (out);
}
