#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/net.h"

/* Text, as a network, its group; NULL: none. */
static const struct {
	const char *text, *net, *group;
} nets[] = {
    {"192.0.2.10", "192.0.2.10/32", "192.0.2.0/24"},
    {"192.0.2.10/24", "192.0.2.0/24", "192.0.2.0/24"},
    {"10.255.255.255/9", "10.128.0.0/9", "10.128.0.0/9"},
    {"0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0"},
    {"2001:db8:7:8::9", "2001:db8:7:8::9/128", "2001:db8:7::/48"},
    {"2001:db8:7::/48", "2001:db8:7::/48", "2001:db8:7::/48"},
    {"2001:db8::/32", "2001:db8::/32", "2001:db8::/32"},
    {"", NULL, NULL},
    {"/24", NULL, NULL},
    {"192.0.2.10/33", NULL, NULL},
    {"192.0.2.10/", NULL, NULL},
    {"192.0.2.10/-1", NULL, NULL},
    {"192.0.2.10/1000", NULL, NULL},
    {"192.0.2.10/24x", NULL, NULL},
    {"192.0.2.300", NULL, NULL},
    {"192.0.2.010.1", NULL, NULL},
    {"2001:db8::/129", NULL, NULL},
    {"2001:db8:::1", NULL, NULL},
    {"client.example", NULL, NULL},
    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", NULL, NULL},
};

static void
networks_are_read_and_grouped(void **state)
{
	char text[DRO_NET_LEN];
	struct dro_net net;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(nets); i++) {
		if (dro_net_parse(nets[i].text, &net) != (nets[i].net != NULL))
			fail_msg("%s", nets[i].text);
		if (nets[i].net == NULL)
			continue;
		assert_string_equal(dro_net_text(&net, text), nets[i].net);
		net = dro_net_group(&net);
		assert_string_equal(dro_net_text(&net, text), nets[i].group);
	}
}

static void
within_goes_by_bits(void **state)
{
	static const struct {
		const char *net, *of;
		bool within;
	} table[] = {
	    {"192.0.2.10", "192.0.2.0/24", true},
	    {"192.0.2.10", "192.0.2.8/29", true},
	    {"192.0.2.16", "192.0.2.8/29", false},
	    {"192.0.2.10", "192.0.2.10", true},
	    {"192.0.2.0/24", "192.0.2.0/25", false},
	    {"192.0.2.10", "0.0.0.0/0", true},
	    {"192.0.2.10", "::/0", false},
	    {"2001:db8:1::1", "2001:db8::/32", true},
	    {"2001:db9::1", "2001:db8::/32", false},
	};
	struct dro_net net, of;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		assert_true(dro_net_parse(table[i].net, &net));
		assert_true(dro_net_parse(table[i].of, &of));
		if (dro_net_within(&net, &of) != table[i].within)
			fail_msg("%s in %s", table[i].net, table[i].of);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(networks_are_read_and_grouped),
	    cmocka_unit_test(within_goes_by_bits),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
