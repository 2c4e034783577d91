/* The shipped table of mail services, and docs/senders.md beside it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/domain.h"
#include "presets/senders.h"

/* A name in the table: as it would come from a report, and a real domain. */
static void
check_name(const struct dro_service *s, const char *name)
{
	char normal[DRO_DOMAIN_LEN];
	const char *bare = strncmp(name, "*.", 2) == 0 ? name + 2 : name;

	if (dro_domain_normalise(bare, normal, NULL) != DRO_OK ||
	    strcmp(normal, bare) != 0 || strchr(bare, '.') == NULL)
		fail_msg("%s: \"%s\" is no domain", s->id, name);
}

/* Sorted, without a name twice. */
static void
check_list(const struct dro_service *s, const char *const *list)
{
	size_t i, j;

	for (i = 0; list[i] != NULL; i++) {
		check_name(s, list[i]);
		for (j = 0; j < i; j++)
			if (strcmp(list[i], list[j]) == 0)
				fail_msg("%s: %s twice", s->id, list[i]);
	}
}

static void
lint(void **state)
{
	const struct dro_service *s;
	size_t n, i;

	(void)state;
	s = dro_services(&n);
	assert_true(n >= 60);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(s[i - 1].id, s[i].id) >= 0)
			fail_msg("%s: not sorted", s[i].id);
		assert_true(
		    strspn(s[i].id, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
		    strlen(s[i].id));
		assert_true(strlen(s[i].id) <= 64);
		if (s[i].dkim[0] == NULL && s[i].mail_from[0] == NULL &&
		    s[i].include[0] == NULL)
			fail_msg("%s: nothing to know it by", s[i].id);
		check_list(&s[i], s[i].dkim);
		check_list(&s[i], s[i].mail_from);
		check_list(&s[i], s[i].include);
	}
}

/* The first service whose SPF include is ${name}. */
static const struct dro_service *
included_by(const char *name)
{
	const struct dro_service *s;
	size_t n, i;

	s = dro_services(&n);
	for (i = 0; i < n; i++)
		if (dro_service_includes(&s[i], name))
			return (&s[i]);
	return (NULL);
}

/* No name leads to two services. */
static void
unambiguous(void **state)
{
	const struct dro_service *s;
	size_t n, i, j;

	(void)state;
	s = dro_services(&n);
	for (i = 0; i < n; i++) {
		for (j = 0; s[i].dkim[j] != NULL; j++)
			if (dro_service_of(s[i].dkim[j]) != &s[i])
				fail_msg("%s is of two", s[i].dkim[j]);
		for (j = 0; s[i].mail_from[j] != NULL; j++)
			if (dro_service_of(s[i].mail_from[j]) != &s[i])
				fail_msg("%s is of two", s[i].mail_from[j]);
		for (j = 0; s[i].include[j] != NULL; j++)
			if (s[i].include[j][0] != '*' &&
			    included_by(s[i].include[j]) != &s[i])
				fail_msg("%s is of two", s[i].include[j]);
	}
}

static const struct {
	const char *domain, *service, *pool;
} domains[] = {
    {"mail178.atl61.mcsv.net", "mailchimp", "mcsv.net"},
    {"mcsv.net", "mailchimp", "mcsv.net"},
    {"notmcsv.net", NULL, "notmcsv.net"},
    {"mcsv.net.example", NULL, "mcsv.net.example"},
    {"eu-west-1.amazonses.com", "amazon-ses", "amazonses.com"},
    {"gemeente.onmicrosoft.com", "microsoft-365", "gemeente.onmicrosoft.com"},
    {"u123.wl.sendgrid.net", "sendgrid", "u123.wl.sendgrid.net"},
    {"klant-example.20230601.gappssmtp.com", "google",
	"klant-example.20230601.gappssmtp.com"},
    {"a1b2.c3.um8.bnc.salesforce.com", "salesforce", "bnc.salesforce.com"},
    {"klant.example", NULL, "klant.example"},
};

static void
names(void **state)
{
	const struct dro_service *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(*domains); i++) {
		s = dro_service_of(domains[i].domain);
		if ((s == NULL) != (domains[i].service == NULL) ||
		    (s != NULL && strcmp(s->id, domains[i].service) != 0))
			fail_msg("%s: %s", domains[i].domain,
			    s == NULL ? "none" : s->id);
		assert_string_equal(
		    dro_service_pool(domains[i].domain), domains[i].pool);
	}
}

static const struct {
	const char *include, *service;
} includes[] = {
    {"spf.protection.outlook.com", "microsoft-365"},
    {"protection.outlook.com", NULL},
    {"x.spf.protection.outlook.com", NULL},
    {"spf-00148501.pphosted.com", "proofpoint"},
    {"123456.spf02.hubspotemail.net", "hubspot"},
    {"_spf.google.com", "google"},
    {"_spf.transip.email", "transip"},
    {"klant.example", NULL},
};

static void
included(void **state)
{
	const struct dro_service *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(includes) / sizeof(*includes); i++) {
		s = included_by(includes[i].include);
		if ((s == NULL) != (includes[i].service == NULL) ||
		    (s != NULL && strcmp(s->id, includes[i].service) != 0))
			fail_msg("%s: %s", includes[i].include,
			    s == NULL ? "none" : s->id);
	}
}

static void
add_list(struct dro_buf *line, const char *const *list)
{
	const char *const *p;

	dro_buf_adds(line, *list == NULL ? "- | " : "");
	for (p = list; *p != NULL; p++)
		dro_buf_addf(line, "`%s`%s", *p, p[1] != NULL ? ", " : " | ");
}

/* docs/senders.md shows the table as it is, and no other line. */
static void
documented(void **state)
{
	const struct dro_service *s;
	char text[1024], *at;
	struct dro_buf line;
	size_t n, i = 0;
	FILE *f;

	(void)state;
	s = dro_services(&n);
	f = fopen(DRO_TEST_DATA "/../../docs/senders.md", "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f) != NULL)
		if (strncmp(text, "| id |", 6) == 0)
			break;
	at = fgets(text, sizeof(text), f); /* the rule below the head */
	assert_non_null(at);
	for (; fgets(text, sizeof(text), f) != NULL; i++) {
		assert_true(i < n);
		dro_buf_init(&line, sizeof(text));
		dro_buf_addf(&line, "| `%s` | %s | ", s[i].id, s[i].name);
		add_list(&line, s[i].dkim);
		add_list(&line, s[i].mail_from);
		add_list(&line, s[i].include);
		dro_buf_addf(
		    &line, "%s |\n", s[i].align != NULL ? s[i].align : "-");
		assert_string_equal(text, line.ptr);
		dro_buf_finish(&line);
	}
	assert_int_equal(i, n);
	assert_int_equal(fclose(f), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lint),
	    cmocka_unit_test(unambiguous),
	    cmocka_unit_test(names),
	    cmocka_unit_test(included),
	    cmocka_unit_test(documented),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
