#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/dkim_key.h"
#include "tsv.h"

/* The key at a DKIM selector, as a verifier takes it. */

#define RSA1024                                                                \
	"v=DKIM1; p="                                                          \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC3QEKyU1fSma0axspqYK5iAj+54lsA" \
	"g4qRRCnpKK68hawSjT2uE0ZTVqbYyGPRFXiZbWBiDbqSDlR5G9Qp2vxyjS9qXyGkR+vG" \
	"yvK9Jr0FnqMAuVbrvkzOTE5LcUgZKKbHPzJPXwLVqZgYS5xjVMfPFbdw4Jk3KqHAHXnO" \
	"qwIDAQAB"

static struct dro_arena *arena;

static struct dro_dkim_key
read_values(const char *const *values, size_t n)
{
	struct dro_rrset txt;
	size_t i;

	dro_rrset_init(&txt, "s1._domainkey.example.nl", DRO_RR_TXT);
	for (i = 0; i < n; i++)
		assert_int_equal(dro_rrset_add(&txt, arena, values[i],
				     strlen(values[i]), NULL),
		    DRO_OK);
	return (dro_dkim_key_read(&txt));
}

static bool
check_row(char **field)
{
	static const char *const names[] = {
	    [DRO_KEY_GOOD] = "good",
	    [DRO_KEY_NONE] = "none",
	    [DRO_KEY_REVOKED] = "revoked",
	    [DRO_KEY_BROKEN] = "broken",
	};
	const char *value = field[0];
	struct dro_dkim_key key = read_values(&value, 1);

	if (strcmp(names[key.state], field[1]) != 0)
		return (false);
	if (key.state == DRO_KEY_GOOD)
		return (strcmp(key.type, field[2]) == 0);
	if (key.state == DRO_KEY_BROKEN)
		return (strncmp(key.fault, field[2], strlen(field[2])) == 0);
	return (strcmp(field[2], "-") == 0);
}

static void
keys_are_read_as_in_the_table(void **state)
{
	(void)state;
	tsv_each("dkim-keys.tsv", 3, check_row);
}

/* Of several values: a good one, else a revoked one, else the first. */
static void
a_wildcard_beside_the_key_does_no_harm(void **state)
{
	static const char *const good[] = {"v=spf1 -all", RSA1024, "text"};
	static const char *const revoked[] = {"v=spf1 -all", "v=DKIM1; p="};
	static const char *const none[] = {"v=spf1 -all", "text"};

	(void)state;
	assert_int_equal(read_values(good, 3).state, DRO_KEY_GOOD);
	assert_int_equal(read_values(revoked, 2).state, DRO_KEY_REVOKED);
	assert_int_equal(read_values(none, 2).state, DRO_KEY_BROKEN);
	assert_string_equal(
	    read_values(none, 2).fault, "v= is not DKIM1, or not first");
	assert_int_equal(read_values(none, 0).state, DRO_KEY_NONE);
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
	    cmocka_unit_test(keys_are_read_as_in_the_table),
	    cmocka_unit_test(a_wildcard_beside_the_key_does_no_harm),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
