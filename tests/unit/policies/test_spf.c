#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/spf.h"
#include "tsv.h"

/* What an SPF record says, and whose an address is by it. */

static struct dro_arena *arena;

static void
read_records(const char *const *records, size_t n, struct dro_spf *out)
{
	struct dro_rrset txt;
	size_t i;

	dro_rrset_init(&txt, "example.nl", DRO_RR_TXT);
	for (i = 0; i < n; i++)
		assert_int_equal(dro_rrset_add(&txt, arena, records[i],
				     strlen(records[i]), NULL),
		    DRO_OK);
	assert_int_equal(dro_spf_parse(&txt, arena, out, NULL), DRO_OK);
}

static struct dro_spf
read_one(const char *record)
{
	struct dro_spf spf;

	read_records(&record, 1, &spf);
	return (spf);
}

/* "a.example b.example", or "-". */
static const char *
join_includes(const struct dro_spf *spf)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < spf->n_includes; i++)
		text = dro_arena_printf(arena, "%s%s%s", text ? text : "",
		    text ? " " : "", spf->includes[i]);
	return (text ? text : "-");
}

static const char *
join_nets(const struct dro_spf *spf)
{
	char net[DRO_NET_LEN];
	const char *text = NULL;
	size_t i;

	for (i = 0; i < spf->n_nets; i++)
		text = dro_arena_printf(arena, "%s%s%s", text ? text : "",
		    text ? " " : "", dro_net_text(&spf->nets[i].net, net));
	return (text ? text : "-");
}

static bool
check_row(char **field)
{
	struct dro_spf spf = read_one(field[0]);
	char all[] = {spf.all, '\0'};

	if (strcmp(field[1], "error") == 0)
		return (spf.error != NULL &&
		    strncmp(spf.error, field[2], strlen(field[2])) == 0 &&
		    spf.all == (strstr(spf.error, "terms ask") ? '-' : '\0'));
	return (spf.error == NULL && spf.lookups == tsv_int(field[1]) &&
	    strcmp(spf.all != '\0' ? all : "none", field[2]) == 0 &&
	    strcmp(join_includes(&spf), field[3]) == 0 &&
	    strcmp(spf.redirect ? spf.redirect : "-", field[4]) == 0 &&
	    strcmp(join_nets(&spf), field[5]) == 0);
}

static void
records_are_read_as_in_the_table(void **state)
{
	(void)state;
	tsv_each("spf-parse.tsv", 6, check_row);
}

static void
one_among_other_values_counts_two_do_not(void **state)
{
	static const char *const other[] = {
	    "google-site-verification=x", "v=spf1 a -all"};
	static const char *const old[] = {"v=spf10 x", "v=spf1 a -all"};
	static const char *const two[] = {"v=spf1 a -all", "v=spf1 mx -all"};
	struct dro_spf spf;

	(void)state;
	read_records(other, 2, &spf);
	assert_string_equal(spf.record, "v=spf1 a -all");
	assert_null(spf.error);
	read_records(old, 2, &spf);
	assert_string_equal(spf.record, "v=spf1 a -all");
	assert_null(spf.error);
	read_records(two, 2, &spf);
	assert_int_equal(spf.kind, DRO_SPF_MANY);
	assert_string_equal(
	    spf.error, "more than one SPF record (RFC 7208 4.5)");
	assert_int_equal(spf.n_terms, 0);
	read_records(other, 1, &spf);
	assert_int_equal(spf.kind, DRO_SPF_NONE);
	assert_null(spf.record);
}

/* What addresses of a and mx make of the record, and more than it can hold. */
static void
resolved_addresses_are_cut_to_the_length_of_their_term(void **state)
{
	struct dro_spf spf = read_one("v=spf1 a/28//64 ?mx -all");
	struct dro_net v4, v6;
	size_t i;

	(void)state;
	assert_true(dro_net_parse("192.0.2.77", &v4));
	assert_true(dro_net_parse("2001:db8::77", &v6));
	assert_true(dro_spf_add(&spf, &spf.terms[0], &v4, arena));
	assert_true(dro_spf_add(&spf, &spf.terms[0], &v6, arena));
	assert_true(dro_spf_add(&spf, &spf.terms[1], &v4, arena));
	assert_string_equal(join_nets(&spf), "192.0.2.64/28 2001:db8::/64");
	for (i = 0; i < 2000; i++)
		assert_true(dro_spf_add(&spf, &spf.terms[0], &v4, arena));
	assert_int_equal(spf.n_nets, DRO_SPF_NETS_MAX);
	assert_string_equal(spf.nets[511].term->text, "a/28//64");
}

/* An address, and the term that proves whose it is; NULL: none does. */
static const struct {
	const char *record, *address, *term;
} proofs[] = {
    {"v=spf1 ip4:192.0.2.7 -all", "192.0.2.7", "ip4:192.0.2.7"},
    {"v=spf1 ip4:192.0.2.7 -all", "192.0.2.8", NULL},
    {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.8", "ip4:192.0.2.0/24"},
    {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.0/24", "ip4:192.0.2.0/24"},
    {"v=spf1 ip4:192.0.2.7 -all", "192.0.2.0/24", NULL},
    {"v=spf1 ip4:198.18.0.0/16 -all", "198.18.3.4", "ip4:198.18.0.0/16"},
    {"v=spf1 ip4:198.18.0.0/15 -all", "198.18.3.4", NULL},
    {"v=spf1 ip4:0.0.0.0/0 -all", "192.0.2.7", NULL},
    {"v=spf1 ip4:0.0.0.0/0 ip4:192.0.2.7 -all", "192.0.2.7", "ip4:192.0.2.7"},
    {"v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "ip6:2001:db8::/32"},
    {"v=spf1 ip6:2001::/31 -all", "2001:db8::1", NULL},
    {"v=spf1 ip4:10.1.2.3 -all", "10.1.2.3", NULL},
    {"v=spf1 ip4:192.168.0.0/24 -all", "192.168.0.7", NULL},
    {"v=spf1 ip6:fd00::/64 -all", "fd00::1", NULL},
    {"v=spf1 ?ip4:192.0.2.7 -all", "192.0.2.7", NULL},
    {"v=spf1 ip4:192.0.2.7 ipx -all", "192.0.2.7", NULL},
    {"v=spf1 include:192.0.2.7 +all", "192.0.2.7", NULL},
};

static void
an_address_is_proven_only_by_what_is_written(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(proofs); i++) {
		struct dro_spf spf = read_one(proofs[i].record);
		const struct dro_spf_net *found;
		struct dro_net net;

		assert_true(dro_net_parse(proofs[i].address, &net));
		found = dro_spf_proves(&spf, &net);
		if ((found == NULL) != (proofs[i].term == NULL))
			fail_msg("%s: %s", proofs[i].record, proofs[i].address);
		if (found != NULL)
			assert_string_equal(found->term->text, proofs[i].term);
		assert_null(dro_spf_proves(NULL, &net));
	}
}

static int
setup(void **state)
{
	(void)state;
	return ((arena = dro_arena_create()) == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	dro_arena_destroy(arena);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_are_read_as_in_the_table),
	    cmocka_unit_test(one_among_other_values_counts_two_do_not),
	    cmocka_unit_test(
		resolved_addresses_are_cut_to_the_length_of_their_term),
	    cmocka_unit_test(an_address_is_proven_only_by_what_is_written),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
