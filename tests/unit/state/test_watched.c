/* What is kept of the DNS that legitimate mail stands on. */
#include "fixture.h"

#include "record/spf.h"
#include "watched.h"

#define DOMAIN "example.nl"
#define KEY "s1._domainkey." DOMAIN

static struct dro_facts facts;

static void
load(struct world *w)
{
	OK(dro_facts_load(w->store, DOMAIN, w->arena, &facts, &w->err));
}

static const struct dro_watched *
find(enum dro_watch_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < facts.n_watched; i++)
		if (facts.watched[i].kind == kind &&
		    strcmp(facts.watched[i].name, name) == 0)
			return (&facts.watched[i]);
	fail_msg("not watched: %s", name);
	return (NULL);
}

static void
saw(struct world *w, enum dro_watch_state state, const char *good,
    const char *detail, int64_t now)
{
	const struct dro_watch_sight sight = {
	    DRO_WATCH_KEY, KEY, state, good, detail, NULL, NULL};

	OK(dro_watch_saw(w->store, DOMAIN, &sight, 1, now, &w->err));
	load(w);
}

/* Looks day by day: what was seen, and since when, good when, as what. */
static const struct {
	enum dro_watch_state state;
	const char *good, *detail;
	int since, good_on; /* days from T0; -1: never */
	const char *kept; /* as what it was good */
} looks[] = {
    {DRO_WATCH_GONE, NULL, NULL, 0, -1, NULL},
    {DRO_WATCH_GOOD, "rsa", NULL, 1, 1, "rsa"},
    {DRO_WATCH_GOOD, "rsa", NULL, 1, 2, "rsa"},
    {DRO_WATCH_CHANGED, "ed25519", "ed25519, was rsa", 3, 2, "rsa"},
    {DRO_WATCH_CHANGED, "ed25519", "ed25519, was rsa", 3, 2, "rsa"},
    {DRO_WATCH_GONE, NULL, NULL, 5, 2, "rsa"},
    {DRO_WATCH_GONE, NULL, NULL, 5, 2, "rsa"},
    {DRO_WATCH_GOOD, "ed25519", NULL, 7, 7, "ed25519"},
};

static void
test_states_last(void **state)
{
	struct world *w = *state;
	size_t i;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(looks); i++) {
		const struct dro_watched *k;

		saw(w, looks[i].state, looks[i].good, looks[i].detail,
		    T0 + (int64_t)i * DAY);
		k = find(DRO_WATCH_KEY, KEY);
		assert_int_equal(k->state, looks[i].state);
		assert_int_equal(k->since, T0 + looks[i].since * DAY);
		assert_int_equal(k->good_at,
		    looks[i].good_on < 0 ? 0 : T0 + looks[i].good_on * DAY);
		assert_int_equal(k->looked_at, T0 + (int64_t)i * DAY);
		if (looks[i].kept != NULL)
			assert_string_equal(k->good, looks[i].kept);
		if (looks[i].detail != NULL)
			assert_string_equal(k->detail, looks[i].detail);
		else
			assert_null(k->detail);
		assert_false(k->told);
	}
}

static void
test_watched_and_no_more(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	saw(w, DRO_WATCH_GOOD, "rsa", NULL, T0);
	OK(dro_watch_add(
	    w->store, DOMAIN, DRO_WATCH_KEY, "s2.example", T0 + 1, &w->err));
	/* It is watched already: nothing changes. */
	OK(dro_watch_add(
	    w->store, DOMAIN, DRO_WATCH_KEY, KEY, T0 + 1, &w->err));
	load(w);
	assert_int_equal(facts.n_watched, 2);
	assert_int_equal(find(DRO_WATCH_KEY, KEY)->state, DRO_WATCH_GOOD);
	assert_int_equal(
	    find(DRO_WATCH_KEY, "s2.example")->state, DRO_WATCH_NEVER);
	assert_int_equal(find(DRO_WATCH_KEY, "s2.example")->looked_at, 0);
	OK(dro_watch_drop(w->store, DOMAIN, DRO_WATCH_KEY, KEY, &w->err));
	load(w);
	assert_int_equal(facts.n_watched, 1);
}

static void
test_told_once(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	saw(w, DRO_WATCH_GONE, NULL, NULL, T0);
	OK(dro_watch_tell(w->store, DOMAIN, find(DRO_WATCH_KEY, KEY), true,
	    "it is gone", T0, &w->err));
	load(w);
	assert_true(find(DRO_WATCH_KEY, KEY)->told);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'watch_broken'"
			     " AND text = 'it is gone'"),
	    1);
	/* Looks in between leave it told. */
	saw(w, DRO_WATCH_GOOD, "rsa", NULL, T0 + DAY);
	assert_true(find(DRO_WATCH_KEY, KEY)->told);
	OK(dro_watch_tell(w->store, DOMAIN, find(DRO_WATCH_KEY, KEY), false,
	    "it is good again", T0 + DAY, &w->err));
	load(w);
	assert_false(find(DRO_WATCH_KEY, KEY)->told);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'watch_mended'"
			     " AND text = 'it is good again'"),
	    1);
}

/* The record with its addresses comes back as it was seen. */
static void
test_own_spf(void **state)
{
	struct dro_watch_sight sight = {DRO_WATCH_SPF, DOMAIN, DRO_WATCH_GOOD,
	    NULL, NULL, NULL,
	    "0 192.0.2.10/32\n1 2001:db8::7/128\n9 192.0.2.99/32\nodd\n"};
	static const char *const values[] = {
	    "google-site-verification=x", "v=spf1 a mx ip4:192.0.2.77 -all"};
	static const char *const wanted[] = {
	    "192.0.2.77/32", "192.0.2.10/32", "2001:db8::7/128"};
	struct world *w = *state;
	struct dro_rrset txt;
	char net[DRO_NET_LEN];
	bool stored;
	size_t i;

	dro_rrset_init(&txt, DOMAIN, DRO_RR_TXT);
	for (i = 0; i < 2; i++)
		OK(dro_rrset_add(
		    &txt, w->arena, values[i], strlen(values[i]), NULL));
	sight.txt = &txt;
	OK(open_writer(w, T0));
	OK(dro_watch_read(
	    w->store, DOMAIN, w->arena, &facts, &stored, &w->err));
	assert_false(stored);
	OK(dro_watch_saw(w->store, DOMAIN, &sight, 1, T0, &w->err));
	load(w);
	assert_non_null(facts.spf);
	assert_string_equal(facts.spf->record, values[1]);
	assert_int_equal(facts.spf->n_nets, 3);
	for (i = 0; i < 3; i++)
		assert_string_equal(
		    dro_net_text(&facts.spf->nets[i].net, net), wanted[i]);
	assert_string_equal(facts.spf->nets[1].term->text, "a");
	/* A domain without one is known to have none. */
	txt.n = 1;
	sight.state = DRO_WATCH_GONE;
	sight.hosts = "";
	OK(dro_watch_saw(w->store, DOMAIN, &sight, 1, T0 + 1, &w->err));
	load(w);
	assert_non_null(facts.spf);
	assert_int_equal(facts.spf->kind, DRO_SPF_NONE);
	assert_int_equal(facts.spf->n_nets, 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_states_last),
	    T(test_watched_and_no_more),
	    T(test_told_once),
	    T(test_own_spf),
	};

	return (cmocka_run_group_tests_name("watched", tests, NULL, NULL));
}
