/* What many answers say together: dro_dns_live and dro_dns_serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/dns.h"

/* One answer of a table: ${value} NULL with OK means that nothing is there. */
struct said {
	const char *server, *address;
	enum dro_answer_status status;
	const char *value; /* or the detail, when not OK */
	uint32_t ttl, negative;
};

#define OK DRO_ANSWER_OK
#define NONE "v=DMARC1; p=none"
#define REJECT "v=DMARC1; p=reject"

static void
build(const struct said *said, size_t n, struct dro_arena *arena,
    struct dro_sight *out)
{
	struct dro_answer *a;
	size_t i;

	out->n = n;
	out->answers = dro_arena_alloc(arena, n, sizeof(*out->answers));
	assert_non_null(out->answers);
	for (i = 0; i < n; i++) {
		a = &out->answers[i];
		a->server = said[i].server;
		a->address = said[i].address;
		a->status = said[i].status;
		a->negative_ttl_s = said[i].negative;
		dro_rrset_init(&a->rrset, "_dmarc.klant.example", DRO_RR_TXT);
		a->rrset.ttl_s = said[i].ttl;
		if (a->status != OK)
			a->detail = said[i].value;
		else if (said[i].value != NULL)
			assert_int_equal(
			    dro_rrset_add(&a->rrset, arena, said[i].value,
				strlen(said[i].value), NULL),
			    DRO_OK);
	}
}

/* A sight, and what both functions make of it; wanted is NONE, TTL 300. */
struct row {
	const char *what;
	struct said said[4];
	enum dro_live_status live;
	const char *live_detail; /* all of it */
	uint32_t ttl, negative;
	bool serves;
	size_t names, serving;
	const char *detail; /* all of it */
};

static const struct row rows[] = {
    {"nobody to ask", {{0}}, DRO_LIVE_UNKNOWN, "no server is known", 0, 0,
	false, 0, 0, "no server is known"},
    {"one server", {{"a", "1@53", OK, NONE, 300, 0}}, DRO_LIVE_OK, NULL, 300, 0,
	true, 1, 1, NULL},
    {"two names agree; the higher TTL holds",
	{{"a", "1@53", OK, NONE, 300, 0}, {"b", "2@53", OK, NONE, 600, 0}},
	DRO_LIVE_OK, NULL, 600, 0, true, 2, 2,
	"b (2@53) serves TTL 600; 300 was asked for"},
    {"a lower TTL decides nothing either", {{"a", "1@53", OK, NONE, 60, 0}},
	DRO_LIVE_OK, NULL, 60, 0, true, 1, 1,
	"a (1@53) serves TTL 60; 300 was asked for"},
    {"nothing there; the higher negative TTL holds",
	{{"a", "1@53", OK, NULL, 0, 120}, {"b", "2@53", OK, NULL, 0, 900}},
	DRO_LIVE_OK, NULL, 0, 900, false, 2, 0, "a (1@53) has no TXT record"},
    {"one still serves the old value",
	{{"a", "1@53", OK, NONE, 300, 0}, {"b", "2@53", OK, REJECT, 300, 0}},
	DRO_LIVE_DISAGREE,
	"a (1@53) has \"" NONE "\", but b (2@53) has \"" REJECT "\"", 0, 0,
	false, 2, 1, "b (2@53) has \"" REJECT "\""},
    {"two addresses of one name differ",
	{{"a", "1@53", OK, NONE, 300, 0}, {"a", "::1@53", OK, NULL, 0, 60}},
	DRO_LIVE_DISAGREE,
	"a (1@53) has \"" NONE "\", but a (::1@53) has no TXT record", 0, 0,
	false, 1, 0, "a (::1@53) has no TXT record"},
    {"a second address is silent: the name still answered",
	{{"a", "1@53", OK, NONE, 300, 0},
	    {"a", "2@53", DRO_ANSWER_NONE, "no answer in time", 0, 0}},
	DRO_LIVE_OK, NULL, 300, 0, true, 1, 1, NULL},
    {"a second address refuses: no other answer",
	{{"a", "2@53", DRO_ANSWER_BAD, "REFUSED", 0, 0},
	    {"a", "1@53", OK, NONE, 300, 0}},
	DRO_LIVE_OK, NULL, 300, 0, true, 1, 1, NULL},
    {"a second address has no route: skipped",
	{{"a", "1@53", OK, NONE, 300, 0},
	    {"a", "::1@53", DRO_ANSWER_NO_ROUTE, "no route", 0, 0}},
	DRO_LIVE_OK, NULL, 300, 0, true, 1, 1, NULL},
    {"a whole name without route does not serve",
	{{"a", "1@53", OK, NONE, 300, 0},
	    {"b", "::1@53", DRO_ANSWER_NO_ROUTE, "no route", 0, 0}},
	DRO_LIVE_UNKNOWN, "b (::1@53): no route", 0, 0, false, 2, 1,
	"b (::1@53): no route"},
    {"of a mute name the address that could be asked is shown",
	{{"b", "::1@53", DRO_ANSWER_NO_ROUTE, "no route", 0, 0},
	    {"a", "1@53", OK, NONE, 300, 0},
	    {"b", "2@53", DRO_ANSWER_BAD, "SERVFAIL", 0, 0}},
	DRO_LIVE_UNKNOWN, "b (2@53): SERVFAIL", 0, 0, false, 2, 1,
	"b (2@53): SERVFAIL"},
    {"a difference is told before a silence",
	{{"a", "1@53", DRO_ANSWER_NONE, "no answer in time", 0, 0},
	    {"b", "2@53", OK, NONE, 300, 0}, {"c", "3@53", OK, REJECT, 300, 0}},
	DRO_LIVE_DISAGREE,
	"b (2@53) has \"" NONE "\", but c (3@53) has \"" REJECT "\"", 0, 0,
	false, 3, 1, "a (1@53): no answer in time"},
    {"all silent", {{"a", "1@53", DRO_ANSWER_NONE, "no answer in time", 0, 0}},
	DRO_LIVE_UNKNOWN, "a (1@53): no answer in time", 0, 0, false, 1, 0,
	"a (1@53): no answer in time"},
    {"a name without address",
	{{"a", "1@53", OK, NONE, 300, 0},
	    {"b", "", DRO_ANSWER_BAD, "has no address", 0, 0}},
	DRO_LIVE_UNKNOWN, "b: has no address", 0, 0, false, 2, 1,
	"b: has no address"},
    {"a configured address is shown once",
	{{"1@53", "1@53", DRO_ANSWER_BAD, "REFUSED", 0, 0}}, DRO_LIVE_UNKNOWN,
	"1@53: REFUSED", 0, 0, false, 1, 0, "1@53: REFUSED"},
    {"CNAME everywhere",
	{{"a", "1@53", DRO_ANSWER_CNAME, "x.example.", 0, 0},
	    {"b", "2@53", DRO_ANSWER_CNAME, "x.example.", 0, 0}},
	DRO_LIVE_CNAME, "a (1@53) has a CNAME to x.example.", 0, 0, false, 2, 0,
	"a (1@53) has a CNAME to x.example."},
    {"CNAME to different places",
	{{"a", "1@53", DRO_ANSWER_CNAME, "x.example.", 0, 0},
	    {"b", "2@53", DRO_ANSWER_CNAME, "y.example.", 0, 0}},
	DRO_LIVE_DISAGREE,
	"a (1@53) has a CNAME to x.example., but b (2@53) has a CNAME to "
	"y.example.",
	0, 0, false, 2, 0, "a (1@53) has a CNAME to x.example."},
    {"CNAME at one, a record at the other",
	{{"a", "1@53", OK, NONE, 300, 0},
	    {"b", "2@53", DRO_ANSWER_CNAME, "x.example.", 0, 0}},
	DRO_LIVE_DISAGREE,
	"a (1@53) has \"" NONE "\", but b (2@53) has a CNAME to x.example.", 0,
	0, false, 2, 1, "b (2@53) has a CNAME to x.example."},
    {"CNAME at one, silence at the other",
	{{"a", "1@53", DRO_ANSWER_CNAME, "x.example.", 0, 0},
	    {"b", "2@53", DRO_ANSWER_NONE, "no answer in time", 0, 0}},
	DRO_LIVE_UNKNOWN, "b (2@53): no answer in time", 0, 0, false, 2, 0,
	"a (1@53) has a CNAME to x.example."},
    {"control octets do not reach a message",
	{{"a", "1@53", OK, "\x1b[2J\x7f\n", 300, 0}}, DRO_LIVE_OK, NULL, 300, 0,
	false, 1, 0, "a (1@53) has \"?[2J??\""},
};

static void
equal_or_null(const char *what, const char *got, const char *want)
{
	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s", what, got != NULL ? got : "(null)");
}

static void
each_row(void **state)
{
	size_t i, n, names, serving;
	struct dro_arena *arena;
	struct dro_rrset wanted;
	struct dro_sight sight;
	struct dro_live live;
	const struct row *r;
	const char *detail;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		r = &rows[i];
		arena = dro_arena_create();
		for (n = 0; n < 4 && r->said[n].server != NULL; n++)
			continue;
		build(r->said, n, arena, &sight);
		dro_dns_live(&sight, arena, &live);
		if (live.status != r->live)
			fail_msg("%s: live %d", r->what, live.status);
		equal_or_null(r->what, live.detail, r->live_detail);
		if (live.rrset.ttl_s != r->ttl ||
		    live.negative_ttl_s != r->negative)
			fail_msg("%s: TTL %u, %u", r->what,
			    (unsigned)live.rrset.ttl_s,
			    (unsigned)live.negative_ttl_s);
		dro_rrset_init(&wanted, "_dmarc.klant.example", DRO_RR_TXT);
		wanted.ttl_s = 300;
		assert_int_equal(
		    dro_rrset_add(&wanted, arena, NONE, strlen(NONE), NULL),
		    DRO_OK);
		if (dro_dns_serves(&sight, &wanted, &names, &serving, &detail,
			arena) != r->serves ||
		    names != r->names || serving != r->serving)
			fail_msg(
			    "%s: %zu of %zu serve", r->what, serving, names);
		equal_or_null(r->what, detail, r->detail);
		dro_arena_destroy(arena);
	}
}

/* Nothing wanted: that there is none is what each server must say. */
static void
wanted_gone(void **state)
{
	static const struct said gone[] = {
	    {"a", "1@53", OK, NULL, 0, 60}, {"b", "2@53", OK, NULL, 0, 60}};
	static const struct said left[] = {
	    {"a", "1@53", OK, NULL, 0, 60}, {"b", "2@53", OK, NONE, 300, 0}};
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset wanted;
	struct dro_sight sight;
	const char *detail;
	size_t names, serving;

	(void)state;
	dro_rrset_init(&wanted, "_dmarc.klant.example", DRO_RR_TXT);
	build(gone, 2, arena, &sight);
	assert_true(
	    dro_dns_serves(&sight, &wanted, &names, &serving, &detail, arena));
	assert_null(detail);
	build(left, 2, arena, &sight);
	assert_false(
	    dro_dns_serves(&sight, &wanted, &names, &serving, &detail, arena));
	assert_int_equal(serving, 1);
	assert_string_equal(detail, "b (2@53) has \"" NONE "\"");
	dro_arena_destroy(arena);
}

/* Two records at one name are what a finding is made of: both are kept. */
static void
values_kept(void **state)
{
	static const struct said said[] = {
	    {"a", "1@53", OK, NONE, 300, 0}, {"b", "2@53", OK, REJECT, 300, 0}};
	struct dro_arena *arena = dro_arena_create();
	struct dro_sight sight;
	struct dro_live live;

	(void)state;
	build(said, 2, arena, &sight);
	/* The same two at both servers, in another order. */
	assert_int_equal(dro_rrset_add(&sight.answers[0].rrset, arena, REJECT,
			     strlen(REJECT), NULL),
	    DRO_OK);
	assert_int_equal(dro_rrset_add(&sight.answers[1].rrset, arena, NONE,
			     strlen(NONE), NULL),
	    DRO_OK);
	dro_dns_live(&sight, arena, &live);
	assert_int_equal(live.status, DRO_LIVE_OK);
	assert_int_equal(live.rrset.n, 2);
	assert_string_equal(live.rrset.name, "_dmarc.klant.example");
	assert_string_equal(live.rrset.values[0].ptr, NONE);
	assert_string_equal(live.rrset.values[1].ptr, REJECT);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row),
	    cmocka_unit_test(wanted_gone),
	    cmocka_unit_test(values_kept),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
