/*
 * What is wrong with the mail of a sender: small worlds written by hand, each
 * with the fixes that a mail engineer would name, and the near misses beside
 * them.
 */

#include "record/spf.h"
#include "stage/fix.h"

#include "world.h"

#define BOTH 2
#define MAILS 6

/* What authenticates: names as in struct dro_stream. */
struct names {
	const char *dkim, *selector, *other, *mail_from, *claim,
	    *claim_selector;
	const char *ip;
};

/* Mail of one stream, daily from day ${from} up to before ${to}. */
struct mail {
	struct names s;
	uint32_t reporter; /* 0, 1 or BOTH */
	int from, to;
	int64_t pass, fail;
};

#define OWN_IP "192.0.2.10"
#define GOOD(ip)                                                               \
	{                                                                      \
		DOMAIN, "s1", "", DOMAIN, "", "", ip                           \
	}
#define SPF_ONLY                                                               \
	{                                                                      \
		"", "", "", DOMAIN, "", "", OWN_IP                             \
	}
#define BAD_KEY                                                                \
	{                                                                      \
		"", "", "", DOMAIN, DOMAIN, "s1", OWN_IP                       \
	}
#define CHIMP                                                                  \
	{                                                                      \
		"", "", "mailchimpapp.net", "mail9.sea1.mcsv.net", "", "",     \
		    "198.51.100.9"                                             \
	}
#define TENANT                                                                 \
	{                                                                      \
		"", "", "client.onmicrosoft.com", "", "", "", "198.51.100.20"  \
	}
#define TOOL_                                                                  \
	{                                                                      \
		"", "", "", "news.example", "", "", "198.51.100.80"            \
	}
#define PLAIN                                                                  \
	{                                                                      \
		"", "", "", "", "", "", "198.51.100.44"                        \
	}
#define BROKEN_AT(ip)                                                          \
	{                                                                      \
		"", "", "", "", DOMAIN, "s1", ip                               \
	}
#define LIST_                                                                  \
	{                                                                      \
		"", "", "", "lists.example", DOMAIN, "s1", "198.51.100.90"     \
	}

#define CLEAN                                                                  \
	{                                                                      \
		GOOD(OWN_IP), BOTH, 1, 42, 50, 0                               \
	}

static const struct {
	const char *what;
	const char *key; /* of the source */
	const char *spf; /* the domain's own record; NULL: not known */
	struct mail mails[MAILS];
	const char *fixes; /* "kind", "kind!" where it is needed */
} cases[] = {
    {"all is well", "dkim:" DOMAIN, "v=spf1 ip4:192.0.2.10 -all", {CLEAN},
	"none"},
    {"two failures in 4000 are chance", "dkim:" DOMAIN,
	"v=spf1 ip4:192.0.2.10 -all", {CLEAN, {PLAIN, 0, 40, 41, 0, 2}},
	"none"},

    /* It signs, but as itself. */
    {"newsletter service, not set up", "mail_from:mcsv.net",
	"v=spf1 ip4:192.0.2.10 include:servers.mcsv.net -all",
	{CLEAN, {CHIMP, 0, 20, 42, 0, 9}}, "answer! dkim_unaligned!"},
    {"unknown service that signs as itself", "dkim:tool.example", NULL,
	{CLEAN,
	    {{"", "", "tool.example", "", "", "", "198.51.100.3"}, 0, 20, 42, 0,
		9}},
	"answer! dkim_unaligned!"},
    {"the same service, signing as us too", "mail_from:mcsv.net", NULL,
	{CLEAN,
	    {{DOMAIN, "k2", "mailchimpapp.net", "mail9.sea1.mcsv.net", "", "",
		 "198.51.100.9"},
		0, 20, 42, 9, 0}},
	"none"},

    /* It bounces to itself, and signs nothing. */
    {"SPF of its own only", "mail_from:news.example", NULL,
	{CLEAN, {TOOL_, 0, 20, 42, 0, 9}}, "answer! bounce_unaligned!"},
    {"half of what it sends is signed as us", "mail_from:news.example", NULL,
	{CLEAN, {TOOL_, 0, 20, 42, 0, 9},
	    {{DOMAIN, "n1", "", "news.example", "", "", "198.51.100.80"}, 0, 20,
		42, 9, 0}},
	"bounce_unaligned!"},
    {"mostly signed as itself: that comes first", "mail_from:news.example",
	NULL,
	{CLEAN, {TOOL_, 0, 20, 42, 0, 2},
	    {{"", "", "news.example", "news.example", "", "", "198.51.100.80"},
		0, 20, 42, 0, 9}},
	"answer! dkim_unaligned!"},

    /* A service that SPF lacks. */
    {"Microsoft 365 without include", "dkim:client.onmicrosoft.com",
	"v=spf1 ip4:192.0.2.10 -all", {CLEAN, {TENANT, 0, 20, 42, 0, 9}},
	"answer! missing_include! dkim_unaligned!"},
    {"Microsoft 365 with include", "dkim:client.onmicrosoft.com",
	"v=spf1 ip4:192.0.2.10 include:spf.protection.outlook.com -all",
	{CLEAN, {TENANT, 0, 20, 42, 0, 9}}, "answer! dkim_unaligned!"},
    {"what our SPF says is not known", "dkim:client.onmicrosoft.com", NULL,
	{CLEAN, {TENANT, 0, 20, 42, 0, 9}}, "answer! dkim_unaligned!"},
    {"two SPF records: nothing rests on them", "dkim:client.onmicrosoft.com",
	"v=spf1 ip4:192.0.2.10 -all|v=spf1 -all",
	{CLEAN, {TENANT, 0, 20, 42, 0, 9}}, "answer! dkim_unaligned!"},
    {"a macro may let it in", "dkim:client.onmicrosoft.com",
	"v=spf1 exists:%{i}._spf.client.example -all",
	{CLEAN, {TENANT, 0, 20, 42, 0, 9}}, "answer! dkim_unaligned!"},
    {"a filter whose include is the customer's own", "dkim:x.hubspotemail.net",
	"v=spf1 include:servers.mcsv.net -all",
	{CLEAN,
	    {{"", "", "x.hubspotemail.net", "", "", "", "198.51.100.3"}, 0, 20,
		42, 0, 9}},
	"answer! missing_include! dkim_unaligned!"},

    /* A relay that does not sign. */
    {"smarthost, day after day", "address:198.51.100.0/24",
	"v=spf1 ip4:192.0.2.10 -all", {CLEAN, {PLAIN, 0, 20, 42, 0, 3}},
	"answer! relay_unsigned!"},
    {"strangers with our name, some days only", "threat", NULL,
	{CLEAN, {PLAIN, 0, 38, 41, 0, 30}}, "none"},
    {"the same address as ours: perhaps a neighbour", "dkim:" DOMAIN, NULL,
	{CLEAN, {{"", "", "", "", "", "", OWN_IP}, 0, 20, 42, 0, 4}},
	"relay_unsigned"},

    /* Lists. */
    {"a list that adds a footer", "mail_from:lists.example", NULL,
	{CLEAN, {LIST_, 0, 20, 42, 0, 3}}, "list_footer"},
    {"forwarders that change some of it", "dkim:" DOMAIN, NULL,
	{CLEAN, {BROKEN_AT("198.51.100.91"), 0, 20, 42, 0, 2}}, "list_footer"},
    {"four such messages are not worth a word", "dkim:" DOMAIN, NULL,
	{CLEAN, {BROKEN_AT("198.51.100.91"), 0, 20, 22, 0, 2}}, "none"},

    /* Forwarding. */
    {"forwarded, DKIM survives", "dkim:" DOMAIN, NULL,
	{CLEAN,
	    {{DOMAIN, "s1", "", "", "", "", "198.51.100.70"}, 0, 20, 42, 2, 0}},
	"forwarding"},
    {"DKIM alone from the start is no forwarding", "dkim:" DOMAIN, NULL,
	{{{DOMAIN, "s1", "", "", "", "", OWN_IP}, BOTH, 1, 42, 50, 0}}, "none"},

    /* Passes by SPF alone. */
    {"a server that does not sign", "mail_from:" DOMAIN, NULL,
	{{SPF_ONLY, BOTH, 1, 42, 50, 0}}, "sign"},
    {"most of it is signed", "dkim:" DOMAIN, NULL,
	{CLEAN, {SPF_ONLY, 0, 20, 42, 2, 0}}, "none"},

    /* Keys. */
    {"the key expires on day 36", "mail_from:" DOMAIN, NULL,
	{{GOOD(OWN_IP), BOTH, 1, 36, 50, 0}, {BAD_KEY, BOTH, 36, 42, 50, 0}},
	"dkim_key!"},
    {"a key that never was there", "mail_from:" DOMAIN, NULL,
	{{BAD_KEY, BOTH, 1, 42, 50, 0}}, "dkim_key!"},
    {"bad on one day only", "mail_from:" DOMAIN, NULL,
	{{GOOD(OWN_IP), BOTH, 1, 41, 50, 0}, {BAD_KEY, BOTH, 41, 42, 50, 0}},
	"sign"},
    {"others with that selector pass the same day", "dkim:" DOMAIN, NULL,
	{CLEAN, {BROKEN_AT(OWN_IP), 0, 30, 42, 0, 9}}, "list_footer"},

    /* A receiver without SPF macros. */
    {"one of two never sees SPF pass, and DKIM is off", "mail_from:" DOMAIN,
	"v=spf1 exists:%{i}._spf.client.example -all",
	{{SPF_ONLY, 0, 1, 42, 50, 0},
	    {{"", "", "", "", "", "", OWN_IP}, 1, 1, 42, 0, 20}},
	"spf_macros!"},
    {"the same, but DKIM carries it", "dkim:" DOMAIN,
	"v=spf1 exists:%{i}._spf.client.example -all",
	{{GOOD(OWN_IP), 0, 1, 42, 50, 0},
	    {{DOMAIN, "s1", "", "", "", "", OWN_IP}, 1, 1, 42, 20, 0}},
	"spf_macros forwarding"},
    {"the record has no macros", "mail_from:" DOMAIN,
	"v=spf1 ip4:198.51.100.200 -all",
	{{SPF_ONLY, 0, 1, 42, 50, 0},
	    {{"", "", "", "", "", "", OWN_IP}, 1, 1, 42, 0, 20}},
	"sign"},
    {"it sees SPF pass now and then", "mail_from:" DOMAIN,
	"v=spf1 exists:%{i}._spf.client.example -all",
	{{SPF_ONLY, BOTH, 1, 42, 50, 0},
	    {{"", "", "", "", "", "", OWN_IP}, 1, 1, 42, 0, 20}},
	"relay_unsigned sign"},

    {"declared as not ours", "declared:spam", NULL,
	{CLEAN,
	    {{"", "", "", "spam.example", "", "", "203.0.113.1"}, 0, 20, 42, 0,
		9}},
	"none"},
    {"declared forwarder, DKIM survives", "declared:alumni", NULL,
	{CLEAN,
	    {{DOMAIN, "s1", "", "alumni.example", "", "", "203.0.113.2"}, 0, 20,
		42, 9, 0}},
	"forwarding"},
};

static const char *spam[] = {"spam.example"};
static const char *alumni[] = {"alumni.example"};

static const struct dro_declared declared[] = {
    {.whose = DRO_NOT_OURS,
	.name = "spam",
	.n_mail_from = 1,
	.mail_from = spam},
    {.whose = DRO_FORWARDER,
	.name = "alumni",
	.n_mail_from = 1,
	.mail_from = alumni},
};

/* Put the mails of a case into the world, in the order of the days. */
static void
post(struct world *w, const struct mail *mails)
{
	int day;
	size_t i;
	uint32_t r;

	for (i = 0; i < MAILS && mails[i].to > 0; i++)
		w->streams[i] = (struct dro_stream){.dkim = mails[i].s.dkim,
		    .selector = mails[i].s.selector,
		    .dkim_other = mails[i].s.other,
		    .mail_from = mails[i].s.mail_from,
		    .claim = mails[i].s.claim,
		    .claim_selector = mails[i].s.claim_selector,
		    .ip = mails[i].s.ip};
	w->ev.n_streams = i;
	for (day = 1; day < 42; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			for (i = 0; i < w->ev.n_streams; i++)
				if (day >= mails[i].from && day < mails[i].to &&
				    (mails[i].reporter == BOTH ||
					mails[i].reporter == r))
					world_mail(w, day, r, (uint32_t)i,
					    mails[i].pass, mails[i].fail);
		}
}

/* The SPF record(s) of ${text}, split at '|'. */
static const struct dro_spf *
own_spf(struct world *w, const char *text, struct dro_spf *out)
{
	struct dro_rrset rrset;
	size_t len;

	if (text == NULL)
		return (NULL);
	dro_rrset_init(&rrset, DOMAIN, DRO_RR_TXT);
	for (;; text += len + 1) {
		len = strcspn(text, "|");
		assert_int_equal(
		    dro_rrset_add(&rrset, w->arena, text, len, NULL), DRO_OK);
		if (text[len] == '\0')
			break;
	}
	assert_int_equal(dro_spf_parse(&rrset, w->arena, out, NULL), DRO_OK);
	return (out);
}

static const struct dro_profile *
profile_of(struct world *w, const char *key)
{
	struct dro_profile *all;
	size_t i;

	assert_int_equal(dro_profiles_make(DOMAIN, &w->facts, &w->ev, &w->d,
			     w->arena, &all, NULL),
	    DRO_OK);
	for (i = 0; i < w->d.n_sources; i++)
		if (strcmp(w->d.sources[i].key, key) == 0)
			return (&all[i]);
	fail_msg("no source %s", key);
	return (NULL);
}

static void
table(void **state)
{
	struct dro_fix fixes[DRO_FIXES_MAX];
	struct dro_spf spf;
	const char *got;
	struct world *w;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		w = world_create("standard");
		world_verified(w, 0, NONE);
		w->settings.sources = declared;
		w->settings.n_sources = 2;
		post(w, cases[i].mails);
		(void)world_decide(w, 42);
		assert_true(dro_fix_find(DOMAIN, profile_of(w, cases[i].key),
		    own_spf(w, cases[i].spf, &spf), w->arena, fixes, &n));
		for (j = 0, got = ""; j < n; j++) {
			got = dro_arena_printf(w->arena, "%s%s%s%s", got,
			    j > 0 ? " " : "", dro_fix_name(fixes[j].kind),
			    fixes[j].needed ? "!" : "");
			assert_true(strlen(fixes[j].text) > 10);
		}
		if (strcmp(got, cases[i].fixes) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].what, got,
			    cases[i].fixes);
		world_destroy(w);
	}
}

/* Numbers of one case, counted by hand. */
static void
counted(void **state)
{
	struct world *w = world_create("standard");
	static const struct mail mails[MAILS] = {CLEAN,
	    {CHIMP, 0, 20, 42, 0, 9},
	    {{"", "", "mailchimpapp.net", "mail7.sea1.mcsv.net", "", "",
		 "198.51.100.10"},
		1, 30, 32, 0, 5}};
	const struct dro_profile *p;

	(void)state;
	world_verified(w, 0, NONE);
	post(w, mails);
	(void)world_decide(w, 42);
	p = profile_of(w, "mail_from:mcsv.net");
	assert_int_equal(p->messages, 22 * 9 + 2 * 5);
	assert_int_equal(p->fail, 22 * 9 + 2 * 5);
	assert_int_equal(p->signed_other.all, p->messages);
	assert_int_equal(p->days, 22);
	assert_int_equal(p->reporters, 2);
	assert_int_equal(p->first_day, DAY0 + 20);
	assert_int_equal(p->last_day, DAY0 + 41);
	assert_int_equal(p->n_addresses, 2);
	assert_string_equal(p->addresses[0].ip, "198.51.100.9");
	assert_int_equal(p->addresses[0].messages, 22 * 9);
	assert_string_equal(p->service->id, "mailchimp");
	assert_string_equal(p->signer, "mailchimpapp.net");
	assert_string_equal(p->bounce, "mcsv.net");
	p = profile_of(w, "dkim:" DOMAIN);
	assert_int_equal(p->dkim, 41 * 2 * 50);
	assert_int_equal(p->spf, 41 * 2 * 50);
	assert_null(p->service);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(counted),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
