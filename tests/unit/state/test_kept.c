#include "fixture.h"

#include "kept.h"

/* What is kept about parking, from the intent to the undo. */

#define DOMAIN "old.example"

static const struct dro_actor actor = {1000, "anna", "msp1"};

/* One value at the place of ${part}; NULL for none. */
static struct dro_rrset
part_of(struct world *w, enum dro_part part, uint32_t ttl_s, const char *value)
{
	struct dro_rrset set;

	OK(dro_part_key(part, DOMAIN, &set, &w->err));
	set.ttl_s = ttl_s;
	if (value != NULL)
		OK(dro_rrset_add(
		    &set, w->arena, value, strlen(value), &w->err));
	return (set);
}

static struct dro_op
op_of(struct world *w, enum dro_part part, const char *kind, const char *before,
    const char *after)
{
	return ((struct dro_op){.domain = DOMAIN,
	    .client = "c1",
	    .account = "zf",
	    .kind = kind,
	    .from = "reject",
	    .to = "parked",
	    .reason = "quiet",
	    .before = part_of(w, part, 900, before),
	    .after = part_of(w, part, 900, after)});
}

static int64_t
begin(struct world *w, enum dro_part part, const char *kind, const char *before,
    const char *after)
{
	const struct dro_op op = op_of(w, part, kind, before, after);
	int64_t id = 0;

	OK(dro_op_begin(w->store, &op, T0, &id, &w->err));
	return (id);
}

static void
verified(struct world *w, int64_t id, enum dro_part part, const char *value)
{
	const struct dro_rrset served = part_of(w, part, 900, value);

	OK(dro_op_verified(w->store, id, &served, T0 + 5, &w->err));
}

static struct dro_park_facts
load(struct world *w)
{
	struct dro_park_facts park;

	OK(dro_park_load(w->store, DOMAIN, w->arena, &park, &w->err));
	return (park);
}

static struct dro_facts
facts_of(struct world *w)
{
	struct dro_facts facts;

	OK(dro_facts_load(w->store, DOMAIN, w->arena, &facts, &w->err));
	return (facts);
}

static void
nothing_is_kept_at_first(void **state)
{
	struct world *w = *state;
	struct dro_park_facts park;

	OK(open_writer(w, T0));
	park = load(w);
	assert_false(park.parts[DRO_PART_MX].kept);
	assert_false(park.parts[DRO_PART_MX].has_undo);
	assert_int_equal(park.parts[DRO_PART_MX].seen.status, DRO_LIVE_UNKNOWN);
	assert_int_equal(park.word.confirmed_at, 0);
}

/* The undo copy is there before anything leaves, and the first one stays. */
static void
undo_comes_with_the_intent(void **state)
{
	struct world *w = *state;
	const struct dro_kept *mx;
	struct dro_park_facts park;
	int64_t id;

	OK(open_writer(w, T0));
	id = begin(w, DRO_PART_MX, "park", "10 a.example.", "0 .");
	park = load(w);
	mx = &park.parts[DRO_PART_MX];
	assert_true(mx->has_undo);
	assert_false(mx->kept);
	assert_string_equal(mx->undo.values[0].ptr, "10 a.example.");

	/* It came to nothing; the owner changed it; once more. */
	OK(dro_op_close(
	    w->store, id, DRO_OP_ABANDONED, "no effect", T0 + 1, &w->err));
	id = begin(w, DRO_PART_MX, "park", "10 b.example.", "0 .");
	verified(w, id, DRO_PART_MX, "0 .");
	park = load(w);
	mx = &park.parts[DRO_PART_MX];
	assert_true(mx->kept);
	assert_int_equal(mx->verified_at, T0 + 5);
	assert_string_equal(mx->undo.values[0].ptr, "10 b.example.");
	assert_int_equal(mx->undo.ttl_s, 900);
	assert_string_equal(mx->known.values[0].ptr, "0 .");

	/* Put back after a drift: what was there first is not forgotten. */
	id = begin(w, DRO_PART_MX, "park", "5 c.example.", "0 .");
	verified(w, id, DRO_PART_MX, "0 .");
	park = load(w);
	assert_string_equal(
	    park.parts[DRO_PART_MX].undo.values[0].ptr, "10 b.example.");
}

/* SPF and MX are not what the domain is known by. */
static void
known_is_the_dmarc_record_alone(void **state)
{
	struct world *w = *state;
	struct dro_rrset dmarc;
	int64_t id;

	OK(open_writer(w, T0));
	dmarc = part_of(w, DRO_PART_DMARC, 900, "v=DMARC1; p=none");
	OK(dro_facts_adopt(w->store, "c1", DOMAIN, &dmarc, T0, &w->err));
	id = begin(w, DRO_PART_SPF, "park", NULL, "v=spf1 -all");
	verified(w, id, DRO_PART_SPF, "v=spf1 -all");
	assert_string_equal(
	    facts_of(w).known.values[0].ptr, "v=DMARC1; p=none");
	assert_int_equal(facts_of(w).verified_at, T0);
	id = begin(w, DRO_PART_DMARC, "park", "v=DMARC1; p=none",
	    "v=DMARC1; p=reject");
	verified(w, id, DRO_PART_DMARC, "v=DMARC1; p=reject");
	assert_string_equal(
	    facts_of(w).known.values[0].ptr, "v=DMARC1; p=reject");
	assert_int_equal(facts_of(w).verified_at, T0 + 5);
}

/* Several at once: each its own operation, settled by itself. */
static void
several_at_once(void **state)
{
	struct world *w = *state;
	struct dro_op ops[2], open;
	struct dro_park_facts park;
	int64_t ids[2], one;
	bool restoring[DRO_PARTS] = {false, true, true};

	OK(open_writer(w, T0));
	one = begin(w, DRO_PART_DMARC, "park", NULL, "v=DMARC1; p=reject");
	verified(w, one, DRO_PART_DMARC, "v=DMARC1; p=reject");
	one = begin(w, DRO_PART_SPF, "park", NULL, "v=spf1 -all");
	verified(w, one, DRO_PART_SPF, "v=spf1 -all");
	one = begin(w, DRO_PART_MX, "park", "10 a.example.", "0 .");
	verified(w, one, DRO_PART_MX, "0 .");
	OK(dro_park_confirm(
	    w->store, DOMAIN, true, &actor, "unused", T0, &w->err));
	assert_true(load(w).word.replace_mx);
	OK(dro_park_undo(
	    w->store, DOMAIN, restoring, &actor, "used", T0 + 6, &w->err));
	assert_int_equal(load(w).word.undone_at, T0 + 6);
	assert_int_equal(load(w).word.confirmed_at, 0);
	assert_false(load(w).parts[DRO_PART_DMARC].kept);
	assert_true(load(w).parts[DRO_PART_SPF].kept);

	ops[0] = op_of(w, DRO_PART_MX, "unpark", "0 .", "10 a.example.");
	ops[1] = op_of(w, DRO_PART_SPF, "unpark", "v=spf1 -all", NULL);
	OK(dro_ops_begin(w->store, ops, 2, T0 + 6, ids, &w->err));
	/* No third beside them, not even of another record set. */
	ops[1] = op_of(w, DRO_PART_DMARC, "up", "a", "b");
	assert_int_equal(
	    dro_op_begin(w->store, &ops[1], T0, &one, &w->err), DRO_ECONFLICT);
	OK(dro_op_open(w->store, DOMAIN, w->arena, &open, &w->err));
	assert_int_equal(open.id, ids[0]);
	verified(w, ids[0], DRO_PART_MX, "10 a.example.");
	OK(dro_op_open(w->store, DOMAIN, w->arena, &open, &w->err));
	assert_int_equal(open.id, ids[1]);
	verified(w, ids[1], DRO_PART_SPF, NULL);
	park = load(w);
	assert_false(park.parts[DRO_PART_MX].has_undo);
	assert_false(park.parts[DRO_PART_SPF].kept);
	assert_int_equal(
	    dro_op_open(w->store, DOMAIN, w->arena, &open, &w->err),
	    DRO_ENOTFOUND);
}

/* Found as wanted, or not to be had: kept, with nothing to undo. */
static void
found_as_wanted(void **state)
{
	struct world *w = *state;
	struct dro_live live = {.status = DRO_LIVE_OK, .negative_ttl_s = 300};
	struct dro_park_facts park;

	OK(open_writer(w, T0));
	live.rrset = part_of(w, DRO_PART_MX, 0, NULL);
	OK(dro_park_seen(w->store, DOMAIN, &live, &w->err));
	OK(dro_park_take(w->store, DOMAIN, &live.rrset, "panel refuses it",
	    T0 + 1, &w->err));
	live.rrset = part_of(w, DRO_PART_SPF, 600, "v=spf1 -all");
	OK(dro_park_take(w->store, DOMAIN, &live.rrset, NULL, T0 + 1, &w->err));
	park = load(w);
	assert_true(park.parts[DRO_PART_MX].kept);
	assert_string_equal(
	    park.parts[DRO_PART_MX].lacking, "panel refuses it");
	assert_int_equal(park.parts[DRO_PART_MX].seen.status, DRO_LIVE_OK);
	assert_int_equal(park.parts[DRO_PART_MX].seen.negative_ttl_s, 300);
	assert_true(park.parts[DRO_PART_SPF].kept);
	assert_null(park.parts[DRO_PART_SPF].lacking);
	assert_false(park.parts[DRO_PART_SPF].has_undo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	    T(nothing_is_kept_at_first),
	    T(undo_comes_with_the_intent),
	    T(known_is_the_dmarc_record_alone),
	    T(several_at_once),
	    T(found_as_wanted),
#undef T
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
