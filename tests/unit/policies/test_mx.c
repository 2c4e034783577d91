#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/mx.h"

static void
values(void **state)
{
	static const struct {
		const char *text;
		int preference; /* -1: no MX */
		const char *host;
	} cases[] = {
	    {"10 mx.example.", 10, "mx.example"},
	    {"0 .", 0, "."},
	    {"65535 MX.Example.", 65535, "mx.example"},
	    {"65536 mx.example.", -1, NULL},
	    {"10 mx.example", -1, NULL},
	    {"10  mx.example.", -1, NULL},
	    {"mx.example.", -1, NULL},
	    {" 10 mx.example.", -1, NULL},
	    {"-1 mx.example.", -1, NULL},
	    {"10 ", -1, NULL},
	    {"10 a..b.", -1, NULL},
	    {"", -1, NULL},
	};
	char host[DRO_DOMAIN_LEN];
	struct dro_value value;
	uint16_t preference;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		value.ptr = cases[i].text;
		value.len = strlen(cases[i].text);
		if (dro_mx_parse(&value, &preference, host) !=
		    (cases[i].preference >= 0))
			fail_msg("\"%s\"", cases[i].text);
		if (cases[i].preference < 0)
			continue;
		assert_int_equal(preference, cases[i].preference);
		assert_string_equal(host, cases[i].host);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(values)};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
