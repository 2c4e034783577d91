#include "world.h"

/* Those who send mail that fails: nobody, a question, a forwarder. */

/* Clean own mail on days 1 to 41; the domain could go up on day 42. */
static struct world *
clean(void)
{
	struct world *w = world_create("standard");

	world_verified(w, 0, NONE);
	world_clean_days(w, 1, 42, 50, NONE);
	return (w);
}

/* ${n} failing messages of ${stream} on each of ${days} days from ${from}.
 * Cells come sorted by day, so they go where their day is. */
static void
failing(struct world *w, uint32_t stream, int from, int days, int64_t n)
{
	size_t at;
	int day;

	for (day = from; day < from + days; day++) {
		for (at = 0; at < w->ev.n_cells; at++)
			if (w->cells[at].day > DAY0 + day)
				break;
		world_mail(w, day, 0, stream, 0, n);
		memmove(&w->cells[at + 1], &w->cells[at],
		    (w->ev.n_cells - 1 - at) * sizeof(*w->cells));
		w->cells[at] = (struct dro_cell){
		    .day = DAY0 + day, .stream = stream, .fail = n};
	}
}

static const struct dro_source *
source(const struct world *w, const char *key)
{
	size_t i;

	for (i = 0; i < w->d.n_sources; i++)
		if (strcmp(w->d.sources[i].key, key) == 0)
			return (&w->d.sources[i]);
	return (NULL);
}

/* The threshold of a question: messages a day, days, and what it comes to. */
static const struct {
	const char *what;
	uint32_t stream;
	int days;
	int64_t a_day;
	const char *key, *code;
	enum dro_class class;
} thresholds[] = {
    {"5 messages on 2 days", TOOL, 2, 3, "mail_from:news.example", "sender",
	DRO_UNDECIDED},
    {"4 messages on 2 days", TOOL, 2, 2, "threat", "nobody", DRO_THREAT},
    {"many on one day", TOOL, 1, 9000, "threat", "nobody", DRO_THREAT},
    {"a network on 5 days", SPOOF, 5, 1, "address:203.0.113.0/24",
	"same_network", DRO_UNDECIDED},
    {"a network on 4 days", SPOOF, 4, 9000, "threat", "nobody", DRO_THREAT},
    {"a list", LIST, 1, 1, "mail_from:lists.example", "relayed", DRO_FORWARDED},
};

static void
a_sender_is_asked_about_from_its_threshold_on(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(thresholds); i++) {
		struct world *w = clean();
		const struct dro_source *s;
		bool asks = thresholds[i].class == DRO_UNDECIDED;

		failing(w, thresholds[i].stream, 10, thresholds[i].days,
		    thresholds[i].a_day);
		assert_int_equal(world_decide(w, 42)->action,
		    asks ? DRO_ACT_NONE : DRO_ACT_UP);
		assert_string_equal(
		    w->d.code, asks ? "undecided" : "gates_pass");
		if ((s = source(w, thresholds[i].key)) == NULL)
			fail_msg("%s: no source", thresholds[i].what);
		assert_int_equal(s->class, thresholds[i].class);
		assert_string_equal(s->code, thresholds[i].code);
		assert_int_equal(
		    s->fail, thresholds[i].days * thresholds[i].a_day);
		world_destroy(w);
	}
}

static void
the_question_has_its_answer_with_it(void **state)
{
	struct world *w = clean();

	(void)state;
	failing(w, TOOL, 10, 4, 35);
	failing(w, SPOOF, 20, 5, 2);
	assert_string_equal(world_decide(w, 42)->reason,
	    "whose is mail_from:news.example (140 failing messages, 4 days; "
	    "authenticates for a domain of its own only)? If yours: sources: "
	    "{news.example: {mail_from: [news.example]}}; whose is "
	    "address:203.0.113.0/24 (10 failing messages, 5 days; nothing "
	    "authenticates, day after day)? If yours: sources: {network-2: "
	    "{address: [\"203.0.113.0/24\"], exclusive: true}}; if not, with "
	    "is: threat in it");
	assert_int_equal(gate(w, "undecided")->value, 2);
	assert_int_equal(w->d.earliest, 0);
	world_destroy(w);
}

static void
an_answer_ends_the_hold(void **state)
{
	static const char *const names[] = {"news.example"};
	static const struct {
		enum dro_whose whose;
		enum dro_class class;
		int64_t tally; /* of the 140 in the rates */
	} answers[] = {
	    {DRO_NOT_OURS, DRO_THREAT, 0},
	    {DRO_FORWARDER, DRO_FORWARDED, 0},
	    {DRO_OURS, DRO_LEGIT_BROKEN, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(answers); i++) {
		struct world *w = clean();
		struct dro_declared d = {.name = "news",
		    .whose = answers[i].whose,
		    .n_mail_from = 1,
		    .mail_from = (const char **)(uintptr_t)names};

		failing(w, TOOL, 10, 4, 35);
		w->settings.sources = &d;
		w->settings.n_sources = 1;
		(void)world_decide(w, 42);
		assert_int_equal(gate(w, "undecided")->verdict, DRO_PASS);
		assert_int_equal(
		    source(w, "declared:news")->class, answers[i].class);
		assert_int_equal(w->d.tally.n, 41 * 2 * 50 + answers[i].tally);
		/* Ours, and it fails: that is to be repaired. */
		assert_string_equal(w->d.code,
		    answers[i].whose == DRO_OURS ? "repair" : "gates_pass");
		world_destroy(w);
	}
}

/* The rule is met on day 11; its 14 days are over when day 26 begins. */
static void
nobodys_answer_is_one_where_configured(void **state)
{
	struct world *w = clean();

	(void)state;
	w->settings.hops[0] = (struct dro_hop){20, 15};
	w->settings.undecided_days = 14;
	failing(w, TOOL, 10, 8, 35);
	assert_string_equal(world_decide(w, 25)->code, "undecided");
	assert_int_equal(w->d.earliest, dro_day_start(DAY0 + 26));
	assert_int_equal(world_decide(w, 26)->action, DRO_ACT_UP);
	assert_string_equal(
	    source(w, "mail_from:news.example")->code, "unanswered");
	w->settings.undecided_days = 0;
	assert_int_equal(world_decide(w, 25)->action, DRO_ACT_UP);
	world_destroy(w);
}

/* The list is complete: at once, and without a date. */
static void
a_closed_list_asks_nobody(void **state)
{
	struct world *w = clean();

	(void)state;
	failing(w, TOOL, 10, 8, 35);
	failing(w, SPOOF, 20, 6, 2);
	failing(w, LIST, 20, 6, 2);
	assert_string_equal(world_decide(w, 42)->code, "undecided");
	w->settings.sources_closed = true;
	assert_int_equal(world_decide(w, 42)->action, DRO_ACT_UP);
	assert_string_equal(
	    source(w, "mail_from:news.example")->code, "closed");
	assert_int_equal(
	    source(w, "address:203.0.113.0/24")->class, DRO_THREAT);
	/* Whose signature it breaks is no question. */
	assert_int_equal(
	    source(w, "mail_from:lists.example")->class, DRO_FORWARDED);
	world_destroy(w);
}

/* By the confirmed name of its address, label by label. */
static void
a_name_of_the_host_declares(void **state)
{
	static const struct {
		const char *name, *ip, *suffix;
		bool matches;
	} hosts[] = {
	    {"web1.host.example", "203.0.113.9", "host.example", true},
	    {"host.example", "203.0.113.9", "host.example", true},
	    {"badhost.example", "203.0.113.9", "host.example", false},
	    {"host.example.evil.example", "203.0.113.9", "host.example", false},
	    {"web1.host.example", "203.0.113.10", "host.example", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(hosts); i++) {
		struct world *w = clean();
		const struct dro_reverse names[] = {
		    {"198.51.100.1", "other.example"},
		    {hosts[i].ip, hosts[i].name}, {"9.9.9.9", "last.example"}};
		const char *ptr[] = {hosts[i].suffix};
		const struct dro_declared d = {.name = "web",
		    .whose = DRO_FORWARDER,
		    .n_ptr = 1,
		    .ptr = ptr};

		failing(w, SPOOF, 20, 6, 2);
		w->settings.sources = &d;
		w->settings.n_sources = 1;
		w->facts.reverse = names;
		w->facts.n_reverse = DRO_ARRAY_LEN(names);
		(void)world_decide(w, 42);
		if ((source(w, "declared:web") != NULL) != hosts[i].matches)
			fail_msg("%s at %s", hosts[i].name, hosts[i].ip);
		world_destroy(w);
	}
}

/* Machines of one pool are one sender; a tenant's own name is his. */
static void
a_pool_is_one_sender(void **state)
{
	struct world *w = clean();

	(void)state;
	w->streams[TOOL].mail_from = "mail1.sea2.mcsv.net";
	w->streams[LIST] = w->streams[FORGED] = w->streams[SPOOF];
	w->streams[LIST].mail_from = "mail7.atl1.mcsv.net";
	w->streams[FORGED].mail_from = "client.onmicrosoft.com";
	failing(w, TOOL, 10, 1, 3);
	failing(w, LIST, 11, 1, 3);
	failing(w, FORGED, 11, 2, 3);
	assert_string_equal(world_decide(w, 42)->code, "undecided");
	assert_int_equal(gate(w, "undecided")->value, 2);
	assert_int_equal(source(w, "mail_from:mcsv.net")->fail, 6);
	assert_int_equal(
	    source(w, "mail_from:client.onmicrosoft.com")->fail, 6);
	assert_non_null(strstr(
	    gate(w, "undecided")->text, "mail_from:mcsv.net (Mailchimp"));
	world_destroy(w);
}

/* From one share of quarantine to the next nothing new can happen to it. */
static void
only_hops_that_add_a_class_are_held(void **state)
{
	static const struct {
		const char *live;
		bool held;
	} rungs[] = {
	    {"v=DMARC1; p=none; rua=" RUA, true},
	    {"v=DMARC1; p=quarantine; pct=10; t=y; rua=" RUA, false},
	    {"v=DMARC1; p=quarantine; t=y; rua=" RUA, false},
	    {"v=DMARC1; p=quarantine; rua=" RUA, true},
	    {"v=DMARC1; p=reject; t=y; rua=" RUA, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rungs); i++) {
		struct world *w = world_create("standard");

		world_verified(w, 0, rungs[i].live);
		world_clean_days(w, 1, 42, 50, rungs[i].live);
		failing(w, TOOL, 10, 4, 35);
		assert_int_equal(world_decide(w, 42)->action,
		    rungs[i].held ? DRO_ACT_NONE : DRO_ACT_UP);
		assert_int_equal(gate(w, "undecided")->verdict,
		    rungs[i].held ? DRO_HOLD : DRO_PASS);
		assert_int_equal(gate(w, "undecided")->value, 1);
		world_destroy(w);
	}
}

/* Somebody else on the vendor's address: its own name tells it apart. */
static void
an_outsider_on_a_shared_platform_is_linked_to_nobody(void **state)
{
	struct world *w = clean();
	int day;

	(void)state;
	w->ev.n_cells = 0;
	w->streams[TOOL].ip = w->streams[VENDOR].ip;
	for (day = 1; day < 42; day++) {
		world_mail(w, day, 0, OWN, 50, 0);
		world_mail(w, day, 0, VENDOR, 20, 0);
		world_mail(w, day, 0, TOOL, 0, 200);
	}
	assert_string_equal(world_decide(w, 42)->code, "undecided");
	assert_int_equal(source(w, "mail_from:bounce.crm.example")->claimed, 0);
	assert_int_equal(w->d.tally.n, 41 * 70);
	assert_int_equal(w->d.tally.fail, 0);
	world_destroy(w);
}

/* Mail without any name that comes from the client's own network. */
static void
an_exclusive_network_proves_whose_it_is(void **state)
{
	struct world *w = clean();
	struct dro_net net;
	struct dro_declared d = {.name = "printer", .n_nets = 1, .nets = &net};

	(void)state;
	assert_true(dro_net_parse("203.0.113.0/28", &net));
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	failing(w, SPOOF, 10, 3, 1);
	(void)world_decide(w, 42);
	assert_int_equal(source(w, "declared:printer")->fail, 3);
	assert_int_equal(w->d.tally.fail, 3);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sender_is_asked_about_from_its_threshold_on),
	    cmocka_unit_test(the_question_has_its_answer_with_it),
	    cmocka_unit_test(an_answer_ends_the_hold),
	    cmocka_unit_test(nobodys_answer_is_one_where_configured),
	    cmocka_unit_test(a_closed_list_asks_nobody),
	    cmocka_unit_test(a_name_of_the_host_declares),
	    cmocka_unit_test(a_pool_is_one_sender),
	    cmocka_unit_test(only_hops_that_add_a_class_are_held),
	    cmocka_unit_test(
		an_outsider_on_a_shared_platform_is_linked_to_nobody),
	    cmocka_unit_test(an_exclusive_network_proves_whose_it_is),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
