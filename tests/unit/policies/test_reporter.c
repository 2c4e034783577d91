#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/domain.h"
#include "presets/reporters.h"
#include "stage/reporter.h"

#define DAY INT64_C(86400)
#define NOW INT64_C(1800000000)

/* Who proved what, on a source that vouches for nothing. */
static const struct {
	const char *what;
	struct dro_reporter reporter;
	enum dro_trust tier;
} tiers[] = {
    {"a file", {0}, DRO_TRUST_UNAUTHENTICATED},
    {"listed, but nothing is proved", {.listed = true},
	DRO_TRUST_UNAUTHENTICATED},
    {"long seen, but nothing is proved",
	{.first_at = NOW - 90 * DAY, .reports = 900, .domains = 9},
	DRO_TRUST_UNAUTHENTICATED},
    {"authenticated and listed", {.authenticated = true, .listed = true},
	DRO_TRUST_TRUSTED},
    {"authenticated, first report", {.authenticated = true}, DRO_TRUST_NEW},
    {"known: 14 days, 5 reports, 2 domains",
	{.authenticated = true,
	    .first_at = NOW - 14 * DAY,
	    .reports = 5,
	    .domains = 2},
	DRO_TRUST_KNOWN},
    {"a second short of 14 days",
	{.authenticated = true,
	    .first_at = NOW - 14 * DAY + 1,
	    .reports = 500,
	    .domains = 20},
	DRO_TRUST_NEW},
    {"four reports",
	{.authenticated = true,
	    .first_at = NOW - 90 * DAY,
	    .reports = 4,
	    .domains = 4},
	DRO_TRUST_NEW},
    {"one domain",
	{.authenticated = true,
	    .first_at = NOW - 90 * DAY,
	    .reports = 90,
	    .domains = 1},
	DRO_TRUST_NEW},
    {"first seen tomorrow: the clock went back",
	{.authenticated = true,
	    .first_at = NOW + DAY,
	    .reports = 90,
	    .domains = 9},
	DRO_TRUST_NEW},
    {"first seen before all time",
	{.authenticated = true,
	    .first_at = INT64_MIN,
	    .reports = 90,
	    .domains = 9},
	DRO_TRUST_NEW},
    {"ignored, whatever it proved",
	{.authenticated = true, .listed = true, .ignored = true},
	DRO_TRUST_UNAUTHENTICATED},
    {"a mail that lies", {.authenticated = true, .listed = true, .lies = true},
	DRO_TRUST_UNAUTHENTICATED},
};

static void
tiers_are_earned(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(tiers); i++)
		if (dro_reporter_tier(&tiers[i].reporter, NOW) != tiers[i].tier)
			fail_msg("%s: %d", tiers[i].what,
			    dro_reporter_tier(&tiers[i].reporter, NOW));
}

/* The source and the reporter both speak. */
static const struct {
	enum dro_trust source;
	struct dro_reporter reporter;
	enum dro_trust trust;
} trusts[] = {
    {DRO_TRUST_TRUSTED, {0}, DRO_TRUST_TRUSTED},
    {DRO_TRUST_KNOWN, {0}, DRO_TRUST_KNOWN},
    {DRO_TRUST_UNAUTHENTICATED, {0}, DRO_TRUST_UNAUTHENTICATED},
    {DRO_TRUST_KNOWN, {.authenticated = true}, DRO_TRUST_KNOWN},
    {DRO_TRUST_UNAUTHENTICATED, {.authenticated = true}, DRO_TRUST_NEW},
    {DRO_TRUST_NEW, {.authenticated = true, .listed = true}, DRO_TRUST_TRUSTED},
    {DRO_TRUST_TRUSTED, {.lies = true}, DRO_TRUST_UNAUTHENTICATED},
    {DRO_TRUST_TRUSTED, {.ignored = true}, DRO_TRUST_UNAUTHENTICATED},
};

static void
the_higher_word_holds(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(trusts); i++)
		if (dro_reporter_trust(trusts[i].source, &trusts[i].reporter,
			NOW) != trusts[i].trust)
			fail_msg("row %zu", i);
}

static const struct {
	enum dro_trust trust;
	int64_t mails, octets, more;
	bool over;
} sent[] = {
    {DRO_TRUST_NEW, 0, 0, 1000, false},
    {DRO_TRUST_NEW, 199, 1000, 1000, false},
    {DRO_TRUST_NEW, 200, 1000, 1000, true},
    {DRO_TRUST_UNAUTHENTICATED, 200, 0, 0, true},
    {DRO_TRUST_KNOWN, 5000, INT64_C(1) << 40, 1000, false},
    {DRO_TRUST_TRUSTED, 5000, INT64_C(1) << 40, 1000, false},
    {DRO_TRUST_NEW, 1, 209715199, 1, false}, /* 200 MiB */
    {DRO_TRUST_NEW, 1, 209715199, 2, true},
    {DRO_TRUST_NEW, 0, 0, 209715201, true},
    {DRO_TRUST_NEW, 0, INT64_MAX, INT64_MAX, true},
};

static void
strangers_have_a_quota(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(sent); i++)
		if (dro_sender_is_over(sent[i].trust, sent[i].mails,
			sent[i].octets, sent[i].more) != sent[i].over)
			fail_msg("row %zu", i);
}

/* Who an address is, and whether that is somebody large. */
static const struct {
	const char *local, *domain, *organisation, *identity;
	bool large;
} addresses[] = {
    {"noreply-dmarc-support", "google.com", "google.com", "google.com", true},
    {"calendar-notification", "google.com", "google.com",
	"calendar-notification@google.com", false},
    {"noreply-dmarc-support", "sub.google.com", "google.com",
	"noreply-dmarc-support@sub.google.com", false},
    {"dmarcreport", "microsoft.com", "microsoft.com", "microsoft.com", true},
    {"no-reply", "us-4.mimecastreport.com", "mimecastreport.com",
	"mimecastreport.com", true},
    {"noreply", "dmarc.yahoo.com", "yahoo.com", "dmarc.yahoo.com", true},
    {"noreply", "yahoo.com", "yahoo.com", "noreply@yahoo.com", false},
    {"dmarc_support", "corp.mail.ru", "mail.ru", "corp.mail.ru", true},
    {"dmarc_support", "mail.ru", "mail.ru", "dmarc_support@mail.ru", false},
    {"noreply-dmarc", "zoho.com", "zoho.com", "zoho.com", true},
    {"noreply-dmarc2", "zoho.com", "zoho.com", "noreply-dmarc2@zoho.com",
	false},
    {"noreply-dmarc", "sub.zoho.com", "zoho.com", "noreply-dmarc@sub.zoho.com",
	false},
    {"someone", "gmail.com", "gmail.com", "someone@gmail.com", false},
    {"noreply-dmarc-support", "google.com.evil.example", "evil.example",
	"evil.example", false},
    {"noreply-dmarc-support", "notgoogle.com", "notgoogle.com", "notgoogle.com",
	false},
    {"dmarc", "mx.reporter.example", "reporter.example", "reporter.example",
	false},
    {"", "co.uk", "co.uk", "co.uk", false},
};

static void
addresses_are_somebody(void **state)
{
	char out[DRO_REPORTER_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(addresses); i++) {
		assert_string_equal(
		    dro_reporter_identity(addresses[i].local,
			addresses[i].domain, addresses[i].organisation, out),
		    addresses[i].identity);
		assert_int_equal(
		    dro_reporter_is_large(out), addresses[i].large);
	}
}

static void
the_list_is_sound(void **state)
{
	const struct dro_large_reporter *list;
	char name[DRO_DOMAIN_LEN];
	size_t n, i;

	(void)state;
	list = dro_large_reporters(&n);
	assert_true(n >= 10);
	for (i = 0; i < n; i++) {
		assert_int_equal(
		    dro_domain_normalise(list[i].domain, name, NULL), DRO_OK);
		assert_string_equal(name, list[i].domain);
		assert_true(strlen(list[i].name) > 0);
		assert_true(strlen(list[i].why) > 0);
		if (i > 0)
			assert_true(
			    strcmp(list[i - 1].domain, list[i].domain) < 0);
		assert_ptr_equal(
		    dro_large_reporter(
			list[i].local != NULL ? list[i].local : "anybody",
			list[i].domain),
		    &list[i]);
	}
}

/* docs/reporters.md shows the list as it is. */
static void
the_list_is_documented(void **state)
{
	static char doc[64 << 10];
	const struct dro_large_reporter *list;
	char line[512];
	size_t n, i;
	FILE *f;

	(void)state;
	f = fopen(DRO_TEST_DATA "/../../docs/reporters.md", "r");
	assert_non_null(f);
	n = fread(doc, 1, sizeof(doc) - 1, f);
	doc[n] = '\0';
	assert_int_equal(fclose(f), 0);
	list = dro_large_reporters(&n);
	for (i = 0; i < n; i++) {
		(void)snprintf(line, sizeof(line), "\n| `%s%s%s` | %s | %s |\n",
		    list[i].local != NULL ? list[i].local : "",
		    list[i].local != NULL ? "@" : "", list[i].domain,
		    list[i].name, list[i].why);
		if (strstr(doc, line) == NULL)
			fail_msg("docs/reporters.md: no line%s", line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tiers_are_earned),
	    cmocka_unit_test(the_higher_word_holds),
	    cmocka_unit_test(strangers_have_a_quota),
	    cmocka_unit_test(addresses_are_somebody),
	    cmocka_unit_test(the_list_is_sound),
	    cmocka_unit_test(the_list_is_documented),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
