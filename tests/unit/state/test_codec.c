#include "fixture.h"

#include "internal.h"

/* RRsets as octets: nothing is lost, and nothing is believed. */

static void
setup_rrset(struct dro_rrset *set, const char *name)
{
	dro_rrset_init(set, name, DRO_RR_TXT);
	set->ttl_s = 0x01020304;
}

static void
test_octets(void **state)
{
	static const unsigned char want[] = {
	    1, 0, 16, 1, 2, 3, 4, 3, 'a', '.', 'b', 2, 0, 2, 'x', 0, 0, 0};
	struct world *w = *state;
	struct dro_rrset set;
	struct dro_buf buf;

	setup_rrset(&set, "a.b");
	OK(dro_rrset_add(&set, w->arena, "x\0", 2, &w->err));
	OK(dro_rrset_add(&set, w->arena, "", 0, &w->err));
	dro_buf_init(&buf, DRO_RRSET_ENCODED_MAX);
	OK(dro_rrset_encode(&set, &buf, &w->err));
	assert_int_equal(buf.len, sizeof(want));
	assert_memory_equal(buf.ptr, want, sizeof(want));
	dro_buf_finish(&buf);
}

/* As large as the limits allow, with every octet there is. */
static void
test_largest(void **state)
{
	struct world *w = *state;
	struct dro_rrset set, back;
	char name[DRO_DOMAIN_LEN], value[DRO_TXT_MAX];
	struct dro_buf buf;
	size_t i;

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < sizeof(value); i++)
		value[i] = (char)(unsigned char)(i * 31 % 256);
	setup_rrset(&set, name);
	for (i = 0; i < DRO_RRSET_VALUES_MAX; i++) {
		value[0] = (char)i;
		OK(dro_rrset_add(
		    &set, w->arena, value, sizeof(value), &w->err));
	}
	dro_buf_init(&buf, DRO_RRSET_ENCODED_MAX);
	OK(dro_rrset_encode(&set, &buf, &w->err));
	OK(dro_rrset_decode(buf.ptr, buf.len, w->arena, &back, &w->err));
	assert_string_equal(back.name, name);
	assert_int_equal(back.type, DRO_RR_TXT);
	assert_int_equal(back.ttl_s, 0x01020304);
	assert_int_equal(back.n, DRO_RRSET_VALUES_MAX);
	for (i = 0; i < back.n; i++) {
		assert_int_equal(back.values[i].len, sizeof(value));
		value[0] = (char)i;
		assert_memory_equal(back.values[i].ptr, value, sizeof(value));
	}
	dro_buf_finish(&buf);
}

static void
test_value_too_long(void **state)
{
	static char value[DRO_TXT_MAX + 1];
	struct world *w = *state;
	struct dro_rrset set;
	struct dro_buf buf;

	setup_rrset(&set, "a.b");
	set.values[set.n++] = (struct dro_value){value, sizeof(value)};
	dro_buf_init(&buf, DRO_RRSET_ENCODED_MAX);
	assert_int_equal(dro_rrset_encode(&set, &buf, &w->err), DRO_ELIMIT);
	dro_buf_finish(&buf);
}

/* Cut anywhere, longer than it says, of another version: refused. */
static void
test_damaged(void **state)
{
	static const unsigned char good[] = {
	    1, 0, 16, 0, 0, 0, 60, 1, 'a', 2, 0, 1, 'x', 0, 2, 'y', 'z', 'q'};
	unsigned char *bad;
	struct world *w = *state;
	struct dro_rrset set;
	size_t len;

	OK(dro_rrset_decode(good, sizeof(good) - 1, w->arena, &set, &w->err));
	assert_int_equal(set.n, 2);
	assert_int_equal(
	    dro_rrset_decode(good, sizeof(good), w->arena, &set, &w->err),
	    DRO_ESTATE);
	for (len = 0; len < sizeof(good) - 1; len++) {
		/* On the heap, so that reading beyond it is seen. */
		assert_non_null(bad = malloc(len + 1));
		memcpy(bad, good, len);
		assert_non_null(bad = realloc(bad, len > 0 ? len : 1));
		assert_int_equal(
		    dro_rrset_decode(bad, len, w->arena, &set, &w->err),
		    DRO_ESTATE);
		free(bad);
	}
	assert_non_null(bad = malloc(sizeof(good)));
	memcpy(bad, good, sizeof(good));
	bad[0] = 2;
	assert_int_equal(
	    dro_rrset_decode(bad, sizeof(good) - 1, w->arena, &set, &w->err),
	    DRO_ESTATE);
	free(bad);
	assert_int_equal(
	    dro_rrset_decode(NULL, 0, w->arena, &set, &w->err), DRO_ESTATE);
}

static void
test_joined(void **state)
{
	struct world *w = *state;
	struct dro_rrset set;
	struct dro_buf buf;

	setup_rrset(&set, "a.b");
	OK(dro_rrset_add(&set, w->arena, "v=DMARC1; p=none", 16, &w->err));
	OK(dro_rrset_add(&set, w->arena, "a\0b\xff", 4, &w->err));
	dro_buf_init(&buf, DRO_RRSET_ENCODED_MAX);
	dro_rrset_join(&set, &buf);
	assert_string_equal(buf.ptr, "v=DMARC1; p=none | a?b\xff");
	dro_buf_finish(&buf);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_octets),
	    T(test_largest),
	    T(test_value_too_long),
	    T(test_damaged),
	    T(test_joined),
	};

	return (cmocka_run_group_tests_name("codec", tests, NULL, NULL));
}
