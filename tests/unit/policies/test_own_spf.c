#include "world.h"

#include "record/spf.h"

/* Whose failing mail is, where the domain's own SPF record writes it. */

/* What the record of the domain says, without asking DNS. */
static void
own_spf(struct world *w, const char *record)
{
	struct dro_spf *spf = dro_arena_alloc(w->arena, 1, sizeof(*spf));
	struct dro_rrset txt;

	dro_rrset_init(&txt, DOMAIN, DRO_RR_TXT);
	assert_int_equal(
	    dro_rrset_add(&txt, w->arena, record, strlen(record), NULL),
	    DRO_OK);
	assert_int_equal(dro_spf_parse(&txt, w->arena, spf, NULL), DRO_OK);
	w->facts.spf = spf;
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

/* 41 clean days, and ${n} failing messages of ${stream} on each of them. */
static struct world *
make(uint32_t stream, int64_t n)
{
	struct world *w = world_create("standard");
	uint32_t r;
	int day;

	world_verified(w, 0, NONE);
	for (day = 1; day < 42; day++)
		for (r = 0; r < 2; r++) {
			world_report(w, day, r, NONE);
			world_mail(w, day, r, OWN, 50, 0);
			world_mail(w, day, r, stream, 0, n);
		}
	return (w);
}

/*
 * A printer at 203.0.113.9 that signs nothing (stream SPOOF), or a tool that
 * bounces to itself at 198.51.100.80; the record, and what they are by it.
 */
static const struct {
	const char *record; /* NULL: not known */
	uint32_t stream;
	const char *key, *code;
	enum dro_class class;
} rows[] = {
    {NULL, SPOOF, "address:203.0.113.0/24", "same_network", DRO_UNDECIDED},
    {"v=spf1 -all", SPOOF, "address:203.0.113.0/24", "same_network",
	DRO_UNDECIDED},
    {"v=spf1 ip4:203.0.113.9 -all", SPOOF, "spf:ip4:203.0.113.9", "spf_address",
	DRO_LEGIT_BROKEN},
    {"v=spf1 ip4:203.0.113.0/28 -all", SPOOF, "spf:ip4:203.0.113.0/28",
	"spf_address", DRO_LEGIT_BROKEN},
    {"v=spf1 ip4:203.0.113.8 -all", SPOOF, "address:203.0.113.0/24",
	"same_network", DRO_UNDECIDED},
    {"v=spf1 ?ip4:203.0.113.9 -all", SPOOF, "address:203.0.113.0/24",
	"same_network", DRO_UNDECIDED},
    {"v=spf1 ip4:0.0.0.0/0 -all", SPOOF, "address:203.0.113.0/24",
	"same_network", DRO_UNDECIDED},
    {"v=spf1 ip4:203.0.113.9 ip4:x -all", SPOOF, "address:203.0.113.0/24",
	"same_network", DRO_UNDECIDED},
    {"v=spf1 -all", TOOL, "mail_from:news.example", "sender", DRO_UNDECIDED},
    {"v=spf1 ip4:198.51.100.80 -all", TOOL, "spf:ip4:198.51.100.80",
	"spf_address", DRO_LEGIT_BROKEN},
};

static void
an_address_in_the_record_makes_it_ours(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		struct world *w = make(rows[i].stream, 3);
		const struct dro_source *s;

		if (rows[i].record != NULL)
			own_spf(w, rows[i].record);
		(void)world_decide(w, 42);
		if ((s = source(w, rows[i].key)) == NULL)
			fail_msg("row %zu: no source %s", i, rows[i].key);
		assert_string_equal(s->code, rows[i].code);
		assert_int_equal(s->class, rows[i].class);
		assert_int_equal(s->fail, 41 * 2 * 3);
		assert_int_equal(w->d.action, DRO_ACT_NONE);
		world_destroy(w);
	}
}

static void
the_reason_is_told(void **state)
{
	struct world *w = make(SPOOF, 3);

	(void)state;
	own_spf(w, "v=spf1 ip4:203.0.113.9 -all");
	(void)world_decide(w, 42);
	assert_string_equal(source(w, "spf:ip4:203.0.113.9")->why,
	    "address written as ip4 in the domain's own SPF");
	/* It counts in the rates, and nobody is asked about it. */
	assert_int_equal(gate(w, "undecided")->verdict, DRO_PASS);
	assert_int_not_equal(gate(w, "repair")->verdict, DRO_PASS);
	world_destroy(w);
}

/* Where our mail passes, what fails is that source's: no claim, a failure. */
static void
what_fails_at_an_address_that_passes_belongs_to_its_source(void **state)
{
	struct world *w = make(SPOOF, 1);
	const struct dro_source *s;

	(void)state;
	w->streams[SPOOF].ip = "192.0.2.10";
	s = NULL;
	(void)world_decide(w, 42);
	assert_int_equal(source(w, "dkim:" DOMAIN)->claimed, 41 * 2);
	assert_int_equal(source(w, "dkim:" DOMAIN)->fail, 0);
	own_spf(w, "v=spf1 ip4:192.0.2.10 -all");
	(void)world_decide(w, 42);
	s = source(w, "dkim:" DOMAIN);
	assert_non_null(s);
	assert_int_equal(s->claimed, 0);
	assert_int_equal(s->fail, 41 * 2);
	assert_int_equal(s->pass, 41 * 2 * 50);
	world_destroy(w);
}

/* Its old mail, of which only the network is known, stays with it. */
static void
cut_addresses_stay_with_their_source(void **state)
{
	struct world *w = make(SPOOF, 3);
	size_t i;

	(void)state;
	w->streams[FORGED] = (struct dro_stream){
	    "", "", "", "", "", "", "203.0.113.0/24", false};
	for (i = 0; i < w->ev.n_cells; i++)
		if (w->cells[i].stream == SPOOF && w->cells[i].day < DAY0 + 20)
			w->cells[i].stream = FORGED;
	own_spf(w, "v=spf1 ip4:203.0.113.9 -all");
	(void)world_decide(w, 42);
	assert_int_equal(source(w, "spf:ip4:203.0.113.9")->fail, 41 * 2 * 3);
	assert_null(source(w, "address:203.0.113.0/24"));
	/* But by itself a network that is wider proves nothing. */
	own_spf(w, "v=spf1 ip4:203.0.113.10 -all");
	(void)world_decide(w, 42);
	assert_null(source(w, "spf:ip4:203.0.113.10"));
	world_destroy(w);
}

/* Another's answer about the names of a sender goes before its address. */
static void
what_the_client_declares_goes_first(void **state)
{
	static const char *const names[] = {"news.example"};
	struct dro_declared d = {.name = "news",
	    .whose = DRO_NOT_OURS,
	    .n_mail_from = 1,
	    .mail_from = (const char **)(uintptr_t)names};
	struct world *w = make(TOOL, 3);

	(void)state;
	own_spf(w, "v=spf1 ip4:198.51.100.80 -all");
	w->settings.sources = &d;
	w->settings.n_sources = 1;
	(void)world_decide(w, 42);
	assert_int_equal(source(w, "declared:news")->class, DRO_THREAT);
	world_destroy(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_address_in_the_record_makes_it_ours),
	    cmocka_unit_test(the_reason_is_told),
	    cmocka_unit_test(
		what_fails_at_an_address_that_passes_belongs_to_its_source),
	    cmocka_unit_test(cut_addresses_stay_with_their_source),
	    cmocka_unit_test(what_the_client_declares_goes_first),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
