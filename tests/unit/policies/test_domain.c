#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/domain.h"

#include "tsv.h"

/* input, normal form or "!" */
static bool
check_name(char **field)
{
	char out[DRO_DOMAIN_LEN];
	struct dro_err err;

	if (dro_domain_normalise(field[0], out, &err) != DRO_OK)
		return (err.code == DRO_EPARSE && field[1][0] == '!');
	return (strcmp(out, field[1]) == 0);
}

static void
names_are_normalised(void **state)
{
	(void)state;
	tsv_each("domain-names.tsv", 2, check_name);
}

/* A name of ${len} octets in labels of at most 63. */
static void
make(char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[len] = '\0';
}

static void
names_hold_253_octets(void **state)
{
	char name[300], out[DRO_DOMAIN_LEN];
	struct dro_err err;

	(void)state;
	make(name, 253);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_OK);
	assert_string_equal(out, name);
	memcpy(name + 253, ".", 2);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_OK);
	assert_int_equal(strlen(out), 253);
	make(name, 254);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_EPARSE);
	make(name, 255);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_EPARSE);
}

static void
labels_hold_63_octets(void **state)
{
	char name[80], out[DRO_DOMAIN_LEN];
	struct dro_err err;

	(void)state;
	memset(name, 'a', sizeof(name));
	memcpy(name + 63, ".nl", 4);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_OK);
	memset(name, 'a', sizeof(name));
	memcpy(name + 64, ".nl", 4);
	assert_int_equal(dro_domain_normalise(name, out, &err), DRO_EPARSE);
}

static void
within_goes_by_labels(void **state)
{
	(void)state;
	assert_true(dro_domain_within("a.example", "a.example"));
	assert_true(dro_domain_within("b.a.example", "a.example"));
	assert_true(dro_domain_within("c.b.a.example", "a.example"));
	assert_false(dro_domain_within("ba.example", "a.example"));
	assert_false(dro_domain_within("example", "a.example"));
	assert_false(dro_domain_within("a.example.org", "a.example"));
	assert_false(dro_domain_within("a.example", "b.a.example"));
	assert_false(dro_domain_within("", "a.example"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_normalised),
	    cmocka_unit_test(names_hold_253_octets),
	    cmocka_unit_test(labels_hold_63_octets),
	    cmocka_unit_test(within_goes_by_labels),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
