#include <string.h>

#include "base/compiler.h"
#include "base/domain.h"
#include "presets/senders.h"

/*
 * Services that send for many organisations (docs/senders.md says what a line
 * needs).  It gives names to sources and words to their repair; it proves
 * nothing: on a platform everybody sends.
 */
static const struct dro_service services[] = {
    {"activecampaign", "ActiveCampaign", {"emsd1.com"}, {"emsd1.com"},
	{"emsd1.com"},
	"publish acdkim1._domainkey and acdkim2._domainkey as it "
	"shows them (Settings, Advanced)"},
    {"adobe-sign", "Adobe Acrobat Sign", {"adobesign.com"},
	{"adobesign.com", "echosign.com"}, {NULL}, NULL},
    {"afas", "AFAS", {NULL}, {NULL}, {"spf.afas.online"}, NULL},
    {"amazon-ses", "Amazon SES", {"amazonses.com"}, {"amazonses.com"},
	{"amazonses.com"},
	"verify the domain with Easy DKIM (three CNAME records) "
	"and set a custom MAIL FROM domain"},
    {"aruba", "Aruba", {NULL}, {NULL}, {"_spf.aruba.it"}, NULL},
    {"atlassian", "Atlassian (Jira, Confluence)", {"atlassian.net"}, {NULL},
	{"_spf.atlassian.net"},
	"add the domain as a custom email domain and publish its "
	"DKIM records"},
    {"aweber", "AWeber", {"aweber.com"}, {"aweber.com"}, {"send.aweber.com"},
	NULL},
    {"barracuda", "Barracuda Email Gateway", {NULL}, {NULL},
	{"spf.ess.barracudanetworks.com", "spf.ess.de.barracudanetworks.com",
	    "spf.ess.uk.barracudanetworks.com"},
	NULL},
    {"brevo", "Brevo (Sendinblue)", {"sendinblue.com", "brevosend.com"},
	{"mailin.fr", "sender-sib.com"},
	{"spf.brevo.com", "spf.sendinblue.com"},
	"authenticate the domain (Senders, Domains): publish its "
	"DKIM records"},
    {"byte", "Byte", {NULL}, {NULL}, {"spf.byte.nl"}, NULL},
    {"campaign-monitor", "Campaign Monitor",
	{"createsend.com", "cmail19.com", "cmail20.com"},
	{"createsend.com", "cmail19.com", "cmail20.com"},
	{"_spf.createsend.com"},
	"authenticate the sending domain: publish its DKIM "
	"record"},
    {"cisco", "Cisco Secure Email (IronPort)", {NULL}, {NULL}, {"*.iphmx.com"},
	NULL},
    {"combell", "Combell", {NULL}, {NULL}, {"spf.mailprotect.be"}, NULL},
    {"constant-contact", "Constant Contact", {"auth.ccsend.com"},
	{"in.constantcontact.com"}, {"spf.constantcontact.com"},
	"authenticate the domain yourself: publish its DKIM "
	"CNAME records"},
    {"convertkit", "Kit (ConvertKit)", {"convertkit-mail.com"},
	{"convertkit-mail.com"}, {NULL}, NULL},
    {"copernica", "Copernica", {NULL}, {NULL}, {"_senderspf.copernica.com"},
	NULL},
    {"customer-io", "Customer.io", {"customeriomail.com"},
	{"customeriomail.com"}, {NULL},
	"verify the sending domain: publish its DKIM, SPF and MX "
	"records"},
    {"docusign", "DocuSign", {"docusign.net"}, {"docusign.net"}, {NULL}, NULL},
    {"elastic-email", "Elastic Email", {"elasticemail.com"},
	{"elasticemail.com"}, {"_spf.elasticemail.com"},
	"verify the domain: publish api._domainkey"},
    {"eloqua", "Oracle Eloqua", {NULL}, {"en25.com"}, {NULL}, NULL},
    {"emarsys", "SAP Emarsys", {NULL}, {"emarsys.net"}, {NULL}, NULL},
    {"emply", "Emply", {NULL}, {NULL}, {"_spf.emply.com"}, NULL},
    {"exact-online", "Exact Online", {NULL}, {NULL}, {"_spf.exactonline.nl"},
	NULL},
    {"exclaimer", "Exclaimer", {NULL}, {NULL}, {"spf.exclaimer.net"}, NULL},
    {"fastmail", "Fastmail", {"messagingengine.com"}, {"messagingengine.com"},
	{"spf.messagingengine.com"},
	"publish fm1._domainkey, fm2._domainkey and "
	"fm3._domainkey as CNAME records"},
    {"flowmailer", "Flowmailer", {NULL}, {NULL}, {"spf.flowmailer.net"}, NULL},
    {"freshbooks", "FreshBooks", {NULL}, {NULL}, {"_spf.freshbooks.com"}, NULL},
    {"freshdesk", "Freshdesk", {"freshdesk.com", "freshemail.io"}, {NULL},
	{"email.freshdesk.com"},
	"verify the domain: publish its DKIM CNAME records"},
    {"gandi", "Gandi", {NULL}, {NULL}, {"_mailcust.gandi.net"}, NULL},
    {"getresponse", "GetResponse", {"getresponse-mail.com"},
	{"getresponse-mail.com"}, {NULL}, NULL},
    {"godaddy", "GoDaddy", {NULL}, {"secureserver.net"}, {"secureserver.net"},
	NULL},
    {"google", "Google Workspace", {"gappssmtp.com"}, {NULL},
	{"_spf.google.com"},
	"Admin console, Apps, Google Workspace, Gmail, "
	"Authenticate email: make a key, publish "
	"google._domainkey, start authentication"},
    {"help-scout", "Help Scout", {NULL}, {NULL}, {"helpscoutemail.com"}, NULL},
    {"hornetsecurity", "Hornetsecurity", {NULL}, {NULL},
	{"spf.hornetsecurity.com"}, NULL},
    {"hostinger", "Hostinger", {NULL}, {NULL}, {"_spf.mail.hostinger.com"},
	NULL},
    {"hostnet", "Hostnet", {NULL}, {NULL}, {"_spf.hostnet.nl"}, NULL},
    {"hubspot", "HubSpot", {"hubspotemail.net"}, {"hubspotemail.net"},
	{"*.hubspotemail.net"},
	"connect the domain as email sending domain: publish its "
	"DKIM CNAME records"},
    {"infomaniak", "Infomaniak", {NULL}, {NULL}, {"spf.infomaniak.ch"}, NULL},
    {"intercom", "Intercom", {"intercom-mail.com"}, {"intercom-mail.com"},
	{NULL},
	"publish intercom._domainkey and outbound.intercom as "
	"CNAME records"},
    {"ionos", "IONOS", {NULL}, {"kundenserver.de"},
	{"_spf-eu.ionos.com", "_spf.kundenserver.de", "_spf.perfora.net"},
	NULL},
    {"jouwweb", "JouwWeb (Webador)", {NULL}, {NULL},
	{"_spf.jouwweb.nl", "_spf.webador.com"}, NULL},
    {"klaviyo", "Klaviyo", {"klaviyomail.com"}, {"klaviyomail.com"}, {NULL},
	"set up a branded sending domain: publish its records"},
    {"knowbe4", "KnowBe4", {NULL}, {NULL}, {"_spf.psm.knowbe4.com"}, NULL},
    {"listrak", "Listrak", {NULL}, {NULL}, {"spf.listrak.com"}, NULL},
    {"loopia", "Loopia", {NULL}, {NULL}, {"spf.loopia.se"}, NULL},
    {"mailcampaigns", "MailCampaigns", {NULL}, {NULL}, {"spf.mailcampaigns.nl"},
	NULL},
    {"mailchannels", "MailChannels", {NULL}, {NULL}, {"relay.mailchannels.net"},
	NULL},
    {"mailchimp", "Mailchimp", {"mailchimpapp.net", "mcsv.net"},
	{"mcdlv.net", "mcsv.net", "rsgsv.net"}, {"servers.mcsv.net"},
	"authenticate the domain: publish k2._domainkey and "
	"k3._domainkey as CNAME records"},
    {"mailerlite", "MailerLite", {"mlsend.com"}, {"mlsend.com"},
	{"_spf.mlsend.com"},
	"authenticate the domain: publish litesrv._domainkey as "
	"a CNAME record"},
    {"mailgun", "Mailgun", {"mailgun.org"}, {"mailgun.org", "mailgun.net"},
	{"mailgun.org", "eu.mailgun.org"},
	"add the domain, or one below it, and publish its DKIM "
	"and SPF records"},
    {"mailhop", "MailHop (DuoCircle)", {NULL}, {NULL}, {"outbound.mailhop.org"},
	NULL},
    {"mailjet", "Mailjet", {"mailjet.com"}, {"bnc3.mailjet.com"},
	{"spf.mailjet.com"},
	"authenticate the domain: publish its DKIM record, and "
	"bnc3 as a CNAME record to bnc3.mailjet.com for bounces"},
    {"mailplus", "Spotler Mail+ (MailPlus)", {NULL}, {NULL},
	{"_spf.mailplus.nl"}, NULL},
    {"mailtrap", "Mailtrap", {NULL}, {NULL}, {"_spf.smtp.mailtrap.live"}, NULL},
    {"mandrill", "Mailchimp Transactional (Mandrill)", {"mandrillapp.com"},
	{"mandrillapp.com"}, {"spf.mandrillapp.com"},
	"add the domain under Sending Domains: publish "
	"mte1._domainkey and mte2._domainkey"},
    {"marketo", "Adobe Marketo", {"mktomail.com"}, {"mktomail.com"},
	{"mktomail.com"}, NULL},
    {"messagelabs", "Symantec Email Security (MessageLabs)", {NULL},
	{"messagelabs.com"}, {"spf.messagelabs.com"}, NULL},
    {"microsoft-365", "Microsoft 365", {"onmicrosoft.com"}, {"onmicrosoft.com"},
	{"spf.protection.outlook.com"},
	"Defender portal, Email authentication settings, DKIM: "
	"publish selector1._domainkey and selector2._domainkey, "
	"then switch signing on"},
    {"mijn-host", "mijn.host", {NULL}, {NULL}, {"spf.mijn.host"}, NULL},
    {"mimecast", "Mimecast", {NULL}, {NULL},
	{"eu._netblocks.mimecast.com", "de._netblocks.mimecast.com",
	    "_netblocks.mimecast.com"},
	NULL},
    {"n-able", "N-able Mail Assure (SpamExperts)", {NULL}, {NULL},
	{"spf.antispamcloud.com", "_spf.mailspamprotection.com"}, NULL},
    {"netsuite", "Oracle NetSuite", {"email.netsuite.com"},
	{"email.netsuite.com"}, {"mailsenders.netsuite.com"}, NULL},
    {"odoo", "Odoo", {NULL}, {NULL}, {"_spf.odoo.com"}, NULL},
    {"one-com", "one.com", {NULL}, {NULL}, {"_custspf.one.com"}, NULL},
    {"online-net", "Scaleway (Online.net)", {NULL}, {NULL}, {"spf.online.net"},
	NULL},
    {"ovh", "OVHcloud", {NULL}, {NULL}, {"mx.ovh.com"}, NULL},
    {"pardot", "Salesforce Account Engagement (Pardot)", {"pardot.com"},
	{"pardot.com"}, {"aspmx.pardot.com", "et._spf.pardot.com"},
	"add the domain under Domain Management: publish its "
	"DKIM records"},
    {"postmark", "Postmark", {"mtasv.net"}, {"mtasv.net"}, {"spf.mtasv.net"},
	"add the domain: publish its DKIM record, and pm-bounces "
	"as a CNAME record to pm.mtasv.net for bounces"},
    {"proofpoint", "Proofpoint", {NULL}, {NULL}, {"*.pphosted.com"}, NULL},
    {"proofpoint-essentials", "Proofpoint Essentials", {NULL}, {NULL},
	{"*.ppe-hosted.com"}, NULL},
    {"proton", "Proton Mail", {NULL}, {NULL}, {"_spf.protonmail.ch"},
	"publish protonmail._domainkey, protonmail2._domainkey "
	"and protonmail3._domainkey as CNAME records"},
    {"qualtrics", "Qualtrics", {"qualtrics-survey.com"}, {"qemailserver.com"},
	{"_spf.qualtrics.com"}, NULL},
    {"rackspace", "Rackspace Email", {NULL}, {NULL}, {"emailsrvr.com"}, NULL},
    {"routit", "RoutIT", {NULL}, {NULL}, {"spf.routit.net"}, NULL},
    {"salesforce", "Salesforce", {"salesforce.com"}, {"bnc.salesforce.com"},
	{"_spf.salesforce.com"},
	"Setup, DKIM Keys: make a key for the domain, publish "
	"its CNAME records, activate it"},
    {"salesforce-marketing-cloud", "Salesforce Marketing Cloud",
	{"exacttarget.com"}, {"exacttarget.com"}, {"cust-spf.exacttarget.com"},
	"set up a private domain or the Sender Authentication "
	"Package"},
    {"sender", "Sender", {NULL}, {NULL}, {"sendersrv.com"}, NULL},
    {"sendgrid", "SendGrid (Twilio)",
	{"sendgrid.net", "sendgrid.info", "sendgrid.me"}, {"sendgrid.net"},
	{"sendgrid.net"},
	"Sender Authentication, authenticate the domain: publish "
	"its three CNAME records"},
    {"servicenow", "ServiceNow", {"service-now.com"}, {"service-now.com"},
	{NULL}, NULL},
    {"shopify", "Shopify", {"shopifyemail.com"}, {"shopifyemail.com"},
	{"shops.shopify.com"},
	"authenticate the sender domain: publish its CNAME "
	"records"},
    {"smtp2go", "SMTP2GO", {NULL}, {NULL}, {"spf.smtp2go.com"},
	"verify the sender domain: publish its three CNAME "
	"records"},
    {"socketlabs", "SocketLabs", {"email-od.com"}, {"email-od.com"},
	{"email-od.com"}, NULL},
    {"sophos", "Sophos Email", {NULL}, {NULL}, {"_spf.prod.hydra.sophos.com"},
	NULL},
    {"sparkpost", "SparkPost (Bird)", {"sparkpostmail.com"},
	{"sparkpostmail.com"}, {"sparkpostmail.com"},
	"verify the sending domain (DKIM record) and add a "
	"custom bounce domain"},
    {"statuspage", "Statuspage", {"stspg-customer.com"}, {"stspg-customer.com"},
	{"stspg-customer.com"}, NULL},
    {"strato", "STRATO", {NULL}, {NULL}, {"_spf.strato.com"}, NULL},
    {"stripe", "Stripe", {"stripe.com"}, {"bounce.stripe.com"}, {NULL}, NULL},
    {"topdesk", "TOPdesk", {NULL}, {"topdesk.net"}, {"spf.topdesk.net"}, NULL},
    {"transip", "TransIP", {NULL}, {NULL}, {"_spf.transip.email"},
	"publish transip-a._domainkey, transip-b._domainkey and "
	"transip-c._domainkey as CNAME records"},
    {"trendmicro", "Trend Micro Email Security", {NULL}, {NULL},
	{"spf.tmes.trendmicro.com", "spf.tmes.trendmicro.eu"}, NULL},
    {"tuta", "Tuta", {NULL}, {NULL}, {"spf.tutanota.de"}, NULL},
    {"ukg", "UKG (UltiPro)", {NULL}, {NULL}, {"_spf.ultipro.com"}, NULL},
    {"wefact", "WeFact", {NULL}, {NULL}, {"_spf.mijnwefact.nl"}, NULL},
    {"zendesk", "Zendesk", {"zendesk.com"}, {"zendesk.com"},
	{"mail.zendesk.com"},
	"publish zendesk1._domainkey and zendesk2._domainkey as "
	"CNAME records, then switch on custom DKIM"},
    {"zoho", "Zoho Mail", {"zoho.com", "zohomail.com", "zoho.eu"}, {NULL},
	{"zohomail.eu", "zoho.eu", "zoho.com"},
	"Admin console, Domains, Email configuration, DKIM: add "
	"a selector and publish its record"},
    {"zohobooks", "Zoho Books", {NULL}, {NULL}, {"sender.zohobooks.com"}, NULL},
    {"zorgmail", "ZorgMail", {NULL}, {NULL}, {"_spf.zorgmail.nl"}, NULL},
};

/*
 * Services that bounce to the name of the machine, or of the message: one
 * sender by this name, not one by each machine.  Where the name tells the
 * customer it is kept.
 */
static const char *const pools[] = {"amazonses.com", "bnc.salesforce.com",
    "exacttarget.com", "mailin.fr", "mandrillapp.com", "mcdlv.net", "mcsv.net",
    "mtasv.net", "rsgsv.net", "sender-sib.com"};

const struct dro_service *
dro_services(size_t *n)
{
	*n = DRO_ARRAY_LEN(services);
	return (services);
}

/* Whether ${domain} is, or lies below, a name of ${list}. */
static bool
is_in(const char *domain, const char *const *list)
{
	for (; *list != NULL; list++)
		if (dro_domain_within(domain, *list))
			return (true);
	return (false);
}

const struct dro_service *
dro_service_of(const char *domain)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(services); i++)
		if (is_in(domain, services[i].dkim) ||
		    is_in(domain, services[i].mail_from))
			return (&services[i]);
	return (NULL);
}

bool
dro_service_includes(const struct dro_service *service, const char *name)
{
	const char *const *list;

	for (list = service->include; *list != NULL; list++)
		if (strncmp(*list, "*.", 2) == 0
			? dro_domain_within(name, *list + 2)
			: strcmp(name, *list) == 0)
			return (true);
	return (false);
}

const char *
dro_service_pool(const char *mail_from)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(pools); i++)
		if (dro_domain_within(mail_from, pools[i]))
			return (pools[i]);
	return (mail_from);
}
