#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/rrset.h"

static struct dro_arena *arena;

static int
setup(void **state)
{
	(void)state;
	return ((arena = dro_arena_create()) == NULL ? -1 : 0);
}

static int
teardown(void **state)
{
	(void)state;
	dro_arena_destroy(arena);
	return (0);
}

static void
fill(struct dro_rrset *rrset, const char *const *values)
{
	struct dro_err err;

	dro_rrset_init(rrset, "voorbeeld.example", DRO_RR_TXT);
	for (; *values != NULL; values++)
		assert_int_equal(
		    dro_rrset_add(rrset, arena, *values, strlen(*values), &err),
		    DRO_OK);
}

static void
a_new_rrset_is_absent(void **state)
{
	struct dro_rrset rrset;

	(void)state;
	memset(&rrset, 0xff, sizeof(rrset));
	dro_rrset_init(&rrset, "_dmarc.voorbeeld.example", DRO_RR_TXT);
	assert_string_equal(rrset.name, "_dmarc.voorbeeld.example");
	assert_int_equal(rrset.type, DRO_RR_TXT);
	assert_int_equal(rrset.ttl_s, 0);
	assert_int_equal(rrset.n, 0);
}

static void
the_longest_name_fits(void **state)
{
	struct dro_rrset rrset;
	char name[DRO_DOMAIN_LEN];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	dro_rrset_init(&rrset, name, DRO_RR_TXT);
	assert_string_equal(rrset.name, name);
}

static void
values_are_copies_of_any_octets(void **state)
{
	char octets[] = "a\0b\xff\"\\;";
	struct dro_rrset rrset;
	struct dro_err err;

	(void)state;
	dro_rrset_init(&rrset, "voorbeeld.example", DRO_RR_TXT);
	assert_int_equal(dro_rrset_add(&rrset, arena, octets, 7, &err), DRO_OK);
	assert_int_equal(dro_rrset_add(&rrset, arena, "", 0, &err), DRO_OK);
	octets[0] = 'x';
	assert_int_equal(rrset.n, 2);
	assert_int_equal(rrset.values[0].len, 7);
	assert_memory_equal(rrset.values[0].ptr, "a\0b\xff\"\\;", 8);
	assert_int_equal(rrset.values[1].len, 0);
	assert_string_equal(rrset.values[1].ptr, "");
}

static void
values_are_bounded_in_number(void **state)
{
	struct dro_rrset rrset;
	struct dro_err err;
	int i;

	(void)state;
	dro_rrset_init(&rrset, "voorbeeld.example", DRO_RR_TXT);
	for (i = 0; i < 64; i++)
		assert_int_equal(
		    dro_rrset_add(&rrset, arena, "x", 1, &err), DRO_OK);
	assert_int_equal(
	    dro_rrset_add(&rrset, arena, "x", 1, &err), DRO_ELIMIT);
	assert_int_equal(rrset.n, 64);
	assert_string_equal(
	    err.msg, "voorbeeld.example TXT: more than 64 values at one name");
}

static void
values_are_bounded_in_length(void **state)
{
	static const char big[8193];
	struct dro_rrset rrset;
	struct dro_err err;

	(void)state;
	dro_rrset_init(&rrset, "voorbeeld.example", DRO_RR_TXT);
	assert_int_equal(dro_rrset_add(&rrset, arena, big, 8192, &err), DRO_OK);
	assert_int_equal(
	    dro_rrset_add(&rrset, arena, big, 8193, &err), DRO_ELIMIT);
	assert_int_equal(rrset.n, 1);
}

static void
a_copy_has_values_of_its_own(void **state)
{
	static const char *const values[] = {"one", "two", NULL};
	struct dro_rrset a, b;
	struct dro_err err;

	(void)state;
	fill(&a, values);
	a.ttl_s = 300;
	assert_int_equal(dro_rrset_copy(&b, &a, arena, &err), DRO_OK);
	assert_string_equal(b.name, "voorbeeld.example");
	assert_int_equal(b.type, DRO_RR_TXT);
	assert_int_equal(b.ttl_s, 300);
	assert_int_equal(b.n, 2);
	assert_string_equal(b.values[1].ptr, "two");
	assert_true(b.values[1].ptr != a.values[1].ptr);
}

static bool
same(const char *const *a, const char *const *b)
{
	struct dro_rrset left, right;

	fill(&left, a);
	fill(&right, b);
	right.ttl_s = 60;
	return (dro_rrset_same_values(&left, &right) &&
	    dro_rrset_same_values(&right, &left));
}

static void
values_are_compared_in_any_order(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const ab[] = {"a", "b", NULL};
	static const char *const ba[] = {"b", "a", NULL};
	static const char *const abc[] = {"a", "b", "c", NULL};
	static const char *const aab[] = {"a", "a", "b", NULL};
	static const char *const abb[] = {"a", "b", "b", NULL};
	static const char *const upper[] = {"A", "b", NULL};
	static const char *const longer[] = {"a", "b ", NULL};

	(void)state;
	assert_true(same(none, none));
	assert_true(same(ab, ab));
	assert_true(same(ab, ba));
	assert_true(same(aab, aab));
	assert_false(same(none, ab));
	assert_false(same(ab, abc));
	assert_false(same(aab, abb));
	assert_false(same(ab, upper));
	assert_false(same(ab, longer));
}

static void
types_have_names(void **state)
{
	(void)state;
	assert_string_equal(dro_rrtype_name(DRO_RR_TXT), "TXT");
	assert_string_equal(dro_rrtype_name(DRO_RR_MX), "MX");
	assert_string_equal(dro_rrtype_name(DRO_RR_NS), "NS");
	assert_string_equal(dro_rrtype_name(DRO_RR_SOA), "SOA");
	assert_string_equal(dro_rrtype_name(DRO_RR_CNAME), "CNAME");
	assert_string_equal(dro_rrtype_name((enum dro_rrtype)9), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_rrset_is_absent),
	    cmocka_unit_test(the_longest_name_fits),
	    cmocka_unit_test(values_are_copies_of_any_octets),
	    cmocka_unit_test(values_are_bounded_in_number),
	    cmocka_unit_test(values_are_bounded_in_length),
	    cmocka_unit_test(a_copy_has_values_of_its_own),
	    cmocka_unit_test(values_are_compared_in_any_order),
	    cmocka_unit_test(types_have_names),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
