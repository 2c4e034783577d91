/* Whose word counts, as the configuration says it. */

#include "config_read.h"

static const char text[] = "version: 1\n"
			   "reporters:\n"
			   "  trust: [Reports.ISP.example., b\xc3\xbc"
			   "cher.example, DMARC@Box.example]\n"
			   "  ignore: [noise.example]\n"
			   "reports:\n"
			   "  - {name: a, directory: {path: a}}\n"
			   "  - {name: b, directory: {path: b}, authserv_id: "
			   "[mx.one.example, MX-2]}\n";

/* Who the lists name: T trusted, I ignored. */
static const struct {
	const char *identity, *from, *verdict;
} whom[] = {
    {"reports.isp.example", "reports.isp.example", "T"},
    {"isp.example", "eu.reports.isp.example", "T"},
    {"isp.example", "isp.example", ""},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", "T"},
    {"dmarc@box.example", "box.example", "T"},
    {"other@box.example", "box.example", ""},
    {"noise.example", "noise.example", "I"},
    {"noise.example", "", "I"},
    {"", "mail.noise.example", "I"},
    {"xnoise.example", "xnoise.example", ""},
    {"", "", ""},
};

static void
lists_are_bound(void **state)
{
	bool trusted, ignored;
	struct reading t;
	size_t i;

	(void)state;
	read_good(&t, text);
	for (i = 0; i < DRO_ARRAY_LEN(whom); i++) {
		dro_config_reporter(&t.config, whom[i].identity, whom[i].from,
		    &trusted, &ignored);
		if (trusted != (strchr(whom[i].verdict, 'T') != NULL) ||
		    ignored != (strchr(whom[i].verdict, 'I') != NULL))
			fail_msg("%s from %s", whom[i].identity, whom[i].from);
	}
	finish(&t);
}

static void
servers_are_bound(void **state)
{
	const struct dro_report_source *s;
	struct reading t;

	(void)state;
	read_good(&t, text);
	s = t.config.reports;
	assert_int_equal(s[0].n_authserv_ids, 0);
	assert_int_equal(s[1].n_authserv_ids, 2);
	assert_string_equal(s[1].authserv_ids[0], "mx.one.example");
	assert_string_equal(s[1].authserv_ids[1], "MX-2");
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_bound),
	    cmocka_unit_test(servers_are_bound),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
