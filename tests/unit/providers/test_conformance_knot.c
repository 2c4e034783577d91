/* The rfc2136 plugin against a real Knot DNS. */
#include "updatable.h"

static struct updatable server;

static int
group_setup(void **state)
{
	if (!updatable_start(&server, true))
		return (-1);
	server.try_zone = "try.example";
	session_zone(&server.suite, server.try_zone, "");
	*state = &server.suite;
	return (0);
}

static int
group_teardown(void **state)
{
	(void)state;
	updatable_stop(&server);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CONFORMANCE_TESTS,
	    UPDATABLE_TESTS,
	};

	return (cmocka_run_group_tests_name(
	    "conformance: knot", tests, group_setup, group_teardown));
}
