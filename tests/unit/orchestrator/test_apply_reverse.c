/* The names of addresses: asked for, confirmed, kept, asked for again. */

#include <stdlib.h>

#include "dns_script.h"

#include "apply/reverse.h"
#include "reversed.h"

#define NOW INT64_C(1772000000)
#define DAY 86400
#define ARPA ".2.0.192.in-addr.arpa"
#define ARPA6                                                                  \
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."                     \
	"8.b.d.0.1.0.0.2.ip6.arpa"
#define PTR 12

#define RR(rrname, rrtype, text)                                               \
	{                                                                      \
		.name = (rrname), .type = (rrtype),                            \
		.rrs = { {(rrtype), 60, (text), NULL, false} }                 \
	}

static const struct rule resolver[] = {
    RR("10" ARPA, PTR, "mail.relay.example"),
    RR("mail.relay.example", A, "192.0.2.10"),
    RR("11" ARPA, PTR, "liar.relay.example"),
    RR("liar.relay.example", A, "192.0.2.99"),
    {.name = "12" ARPA, .rcode = NXDOMAIN},
    {.name = "13" ARPA, .rcode = SERVFAIL},
    {.name = "14" ARPA,
	.rrs = {{PTR, 60, "gone.example", NULL, false},
	    {PTR, 60, "Good.Relay.example", NULL, false}}},
    {.name = "gone.example", .rcode = NXDOMAIN},
    RR("good.relay.example", A, "192.0.2.14"),
    {.name = "15" ARPA, .rrs = {{CNAME, 60, "15.0-63" ARPA, NULL, false}}},
    RR("15.0-63" ARPA, PTR, "small.relay.example"),
    RR("small.relay.example", A, "192.0.2.15"),
    RR("16" ARPA, PTR, "slow.relay.example"),
    {.name = "slow.relay.example", .rcode = SERVFAIL},
    RR(ARPA6, PTR, "six.relay.example"),
    RR("six.relay.example", AAAA, "2001:db8::1"),
    {.rcode = REFUSED},
};

/* What DNS comes to; "?": it does not tell, NULL: there is no such name. */
static const struct {
	const char *ip, *name;
} wanted[] = {
    {"192.0.2.10", "mail.relay.example"}, {"192.0.2.11", NULL},
    {"192.0.2.12", NULL}, {"192.0.2.13", "?"},
    {"192.0.2.14", "good.relay.example"}, {"192.0.2.15", "small.relay.example"},
    {"192.0.2.16", "?"}, {"2001:db8::1", "six.relay.example"},
    {"192.0.2.0/24", "?"}, /* cut: nobody knows which it was */
};

#define STREAMS (sizeof(wanted) / sizeof(*wanted))

struct world {
	char folder[32], database[64];
	struct dro_arena *arena;
	struct dro_session session;
	const char *suffixes[1];
	struct dro_declared declared;
	struct dro_settings settings;
	struct dro_domain dom;
	struct dro_exam exam;
	struct dro_stream streams[STREAMS];
	struct dro_cell cells[STREAMS];
	struct dro_err err;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const char *servers[] = {scripts[0].address};
	const struct dro_dns_conf conf = {.n_resolvers = 1,
	    .resolvers = servers,
	    .timeout_ms = 300,
	    .tries = 1};
	const struct dro_writer writer = {
	    .verb = "test", .now = NOW, .virtual_clock = true};
	size_t i;

	*state = w;
	assert_non_null(w);
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/dro-ptr-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(
	    w->database, sizeof(w->database), "%s/state.db", w->folder);
	assert_non_null(w->arena = dro_arena_create());
	if (dro_store_open(w->database, DRO_STORE_WRITE, &writer,
		&w->session.store, &w->err) != DRO_OK ||
	    dro_dns_create(&conf, &w->session.dns, &w->err) != DRO_OK)
		fail_msg("%s", w->err.msg);
	w->session.now = NOW;
	w->suffixes[0] = "relay.example";
	w->declared = (struct dro_declared){
	    .name = "relay", .n_ptr = 1, .ptr = w->suffixes};
	w->settings.sources = &w->declared;
	w->settings.n_sources = 1;
	w->dom.domain = "klant.example";
	w->dom.settings = &w->settings;
	w->exam.dom = &w->dom;
	for (i = 0; i < STREAMS; i++) {
		w->streams[i] = (struct dro_stream){.ip = wanted[i].ip};
		w->cells[i] =
		    (struct dro_cell){.stream = (uint32_t)i, .fail = 1};
	}
	w->exam.evidence = (struct dro_evidence){.n_streams = STREAMS,
	    .streams = w->streams,
	    .n_cells = STREAMS,
	    .cells = w->cells};
	script_set(0, resolver, sizeof(resolver) / sizeof(*resolver));
	return (0);
}

static int
teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	struct world *w = *state;
	char path[80];
	size_t i;

	dro_store_close(w->session.store);
	dro_dns_destroy(w->session.dns);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", w->database, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(w->folder);
	dro_arena_destroy(w->arena);
	free(w);
	return (0);
}

/* Look at ${at}: whether a name changed, and how often DNS was asked. */
static bool
look(struct world *w, int64_t at, int *asked)
{
	bool changed;

	w->session.now = at;
	atomic_store(&scripts[0].asked, 0);
	if (dro_reverse_look(
		&w->session, &w->exam, w->arena, &changed, &w->err) != DRO_OK)
		fail_msg("%s", w->err.msg);
	*asked = atomic_load(&scripts[0].asked);
	return (changed);
}

/* What is kept about ${ip}: its name, NULL, or "?" for nothing. */
static const char *
kept(struct world *w, const char *ip)
{
	struct dro_reverse_told *all;
	size_t i, n;

	assert_int_equal(dro_reverse_read(w->session.store, "klant.example",
			     w->arena, &all, &n, &w->err),
	    DRO_OK);
	for (i = 0; i < n; i++)
		if (strcmp(all[i].ip, ip) == 0)
			return (all[i].name);
	return ("?");
}

static void
expect(struct world *w, const char *ip, const char *name)
{
	const char *got = kept(w, ip);

	if ((got == NULL) != (name == NULL) ||
	    (name != NULL && strcmp(got, name) != 0))
		fail_msg("%s: %s", ip, got != NULL ? got : "no name");
}

static void
names_as_in_the_table(void **state)
{
	struct world *w = *state;
	int asked;
	size_t i;

	assert_true(look(w, NOW, &asked));
	assert_true(asked > 0);
	for (i = 0; i < STREAMS; i++)
		expect(w, wanted[i].ip, wanted[i].name);
}

/* Within the week only what DNS did not tell is asked again. */
static void
once_a_week(void **state)
{
	struct world *w = *state;
	int asked, first;

	assert_true(look(w, NOW, &first));
	assert_false(look(w, NOW + 6 * DAY, &asked));
	assert_int_equal(asked, 3); /* .13; .16 and its name */
	assert_false(look(w, NOW + 7 * DAY, &asked));
	assert_int_equal(asked, first);
}

/* Silence changes nothing; another answer does. */
static void
what_is_known_stays(void **state)
{
	static const struct rule silent[] = {{.rcode = SERVFAIL}};
	static const struct rule moved[] = {
	    RR("10" ARPA, PTR, "new.relay.example"),
	    RR("new.relay.example", A, "192.0.2.10"),
	    {.rcode = NXDOMAIN},
	};
	struct world *w = *state;
	int asked;

	assert_true(look(w, NOW, &asked));
	script_set(0, silent, 1);
	assert_false(look(w, NOW + 8 * DAY, &asked));
	expect(w, "192.0.2.10", "mail.relay.example");
	script_set(0, moved, 3);
	assert_true(look(w, NOW + 9 * DAY, &asked));
	expect(w, "192.0.2.10", "new.relay.example");
	expect(w, "192.0.2.14", NULL);
}

/* Without a source known by `ptr`, and of a parked domain, nobody asks. */
static void
nobody_asks_without_need(void **state)
{
	struct world *w = *state;
	int asked;

	w->declared.n_ptr = 0;
	assert_false(look(w, NOW, &asked));
	assert_int_equal(asked, 0);
	w->declared.n_ptr = 1;
	w->exam.parking = (struct dro_parking *)w;
	assert_false(look(w, NOW, &asked));
	assert_int_equal(asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		names_as_in_the_table, setup, teardown),
	    cmocka_unit_test_setup_teardown(once_a_week, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_is_known_stays, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		nobody_asks_without_need, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, script_start, script_end));
}
