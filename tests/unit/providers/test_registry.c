#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "provider.h"

static void
built_in_plugins(void **state)
{
	static const char *const names[] = {
	    "manual", "powerdns", "rfc2136", "zonefile"};
	const struct dro_provider *const *all = dro_provider_all();
	size_t i;

	(void)state;
	for (i = 0; all[i] != NULL; i++) {
		assert_in_range(i, 0, DRO_ARRAY_LEN(names) - 1);
		assert_string_equal(all[i]->name, names[i]);
		assert_ptr_equal(dro_provider_find(names[i]), all[i]);
	}
	assert_int_equal(i, DRO_ARRAY_LEN(names));
	assert_null(dro_provider_find(""));
	assert_null(dro_provider_find("PowerDNS"));
	assert_null(dro_provider_find("bind"));
}

/* What the core relies on without asking. */
static void
tables_are_complete(void **state)
{
	const struct dro_provider *const *all = dro_provider_all();
	const struct dro_opt *opt, *other;
	bool by_hand;

	(void)state;
	for (; *all != NULL; all++) {
		assert_non_null((*all)->open);
		assert_non_null((*all)->check);
		assert_non_null((*all)->zone);
		assert_true((*all)->calls >= 1);
		by_hand = ((*all)->caps & DRO_CAP_BY_HAND) != 0;
		assert_int_equal((*all)->read == NULL, by_hand);
		assert_int_equal((*all)->apply == NULL, by_hand);
		assert_int_equal((*all)->ticket != NULL, by_hand);
		assert_int_equal((*all)->terms != NULL, by_hand);
		assert_non_null((*all)->explain);
		assert_non_null((*all)->close);
		for (opt = (*all)->opts; opt->name != NULL; opt++) {
			assert_non_null(opt->help);
			assert_null(strchr(opt->help, '\n'));
			for (other = (*all)->opts; other < opt; other++)
				assert_string_not_equal(other->name, opt->name);
		}
	}
}

static void
options_of_an_account(void **state)
{
	static const char *const command[] = {"knotc", "zone-reload"};
	static const char *const path[] = {"/srv/zones"};
	static const struct dro_conf_item items[] = {
	    {"path", 1, path},
	    {"reload.command", 2, command},
	    {"empty", 0, NULL},
	};
	static const struct dro_conf conf = {"zf", 3, items};

	(void)state;
	assert_string_equal(dro_conf_get(&conf, "path"), "/srv/zones");
	assert_string_equal(dro_conf_get(&conf, "reload.command"), "knotc");
	assert_null(dro_conf_get(&conf, "empty"));
	assert_null(dro_conf_get(&conf, "reload"));
	assert_ptr_equal(dro_conf_find(&conf, "reload.command"), &items[1]);
	assert_ptr_equal(dro_conf_find(&conf, "empty"), &items[2]);
	assert_null(dro_conf_find(&conf, "Path"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(built_in_plugins),
	    cmocka_unit_test(tables_are_complete),
	    cmocka_unit_test(options_of_an_account),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
