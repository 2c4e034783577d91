#include "fixture.h"

/* What is known about a domain, and how each event changes it. */

static const struct dro_actor anna = {1000, "anna", "host1"};

static void
txt(struct world *w, struct dro_rrset *set, const char *value)
{
	dro_rrset_init(set, "_dmarc.example.nl", DRO_RR_TXT);
	set->ttl_s = 300;
	if (value != NULL)
		OK(dro_rrset_add(set, w->arena, value, strlen(value), &w->err));
}

static struct dro_facts
facts_of(struct world *w)
{
	struct dro_facts facts;

	OK(dro_facts_load(w->store, "example.nl", w->arena, &facts, &w->err));
	return (facts);
}

static void
adopt(struct world *w, const char *value, int64_t now)
{
	struct dro_rrset live;

	txt(w, &live, value);
	OK(dro_facts_adopt(w->store, "c1", "example.nl", &live, now, &w->err));
}

/* Publish and verify at once; ${to} is also what is served. */
static void
publish(struct world *w, const char *kind, const char *from, const char *to,
    const char *source, int64_t now)
{
	struct dro_op op = {.domain = "example.nl",
	    .client = "c1",
	    .account = "zf",
	    .kind = kind,
	    .from = from,
	    .to = to,
	    .reason = "because",
	    .source = source,
	    .settle_s = 7200};
	int64_t id;

	txt(w, &op.before, from);
	txt(w, &op.after, to);
	OK(dro_op_begin(w->store, &op, now, &id, &w->err));
	OK(dro_op_verified(w->store, id, &op.after, now, &w->err));
}

/* An observation: told back, and the facts stay as they were. */
static void
test_what_dns_showed(void **state)
{
	struct dro_live live = {.status = DRO_LIVE_DISAGREE,
	    .negative_ttl_s = 300,
	    .detail = "ns2 is behind"};
	struct world *w = *state;
	struct dro_facts f;

	OK(open_writer(w, T0));
	txt(w, &live.rrset, "v=DMARC1; p=none");
	OK(dro_facts_seen(
	    w->store, "c1", "example.nl", &live, true, T0, &w->err));
	f = facts_of(w);
	assert_false(f.adopted);
	assert_int_equal(f.seen.status, DRO_LIVE_DISAGREE);
	assert_int_equal(f.seen.negative_ttl_s, 300);
	assert_string_equal(f.seen.detail, "ns2 is behind");
	assert_true(dro_rrset_same_values(&f.seen.rrset, &live.rrset));
	assert_int_equal(f.seen_at, T0);
	assert_int_equal(f.drift_at, T0);

	/* Since when it drifts outlives later looks, until it does not. */
	OK(dro_facts_seen(
	    w->store, "c1", "example.nl", &live, true, T0 + 9, &w->err));
	f = facts_of(w);
	assert_int_equal(f.seen_at, T0 + 9);
	assert_int_equal(f.drift_at, T0);
	live.detail = NULL;
	OK(dro_facts_seen(
	    w->store, "c1", "example.nl", &live, false, T0 + 10, &w->err));
	f = facts_of(w);
	assert_null(f.seen.detail);
	assert_int_equal(f.drift_at, 0);
}

static void
test_nothing_known(void **state)
{
	static const struct dro_facts zero;
	struct dro_report r = plain_report();
	struct world *w = *state;
	struct dro_facts facts;
	enum dro_stored stored;

	OK(open_writer(w, T0));
	facts = facts_of(w);
	assert_memory_equal(&facts, &zero, sizeof(facts));
	/* A report about it does not make it known. */
	OK(dro_reports_add(w->store, &r, T0, &stored, &w->err));
	facts = facts_of(w);
	assert_memory_equal(&facts, &zero, sizeof(facts));
}

static void
test_adopt(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;
	struct dro_rrset live;

	OK(open_writer(w, T0));
	txt(w, &live, "v=DMARC1; p=none");
	assert_int_equal(
	    dro_facts_edited(w->store, "example.nl", &live, T0, &w->err),
	    DRO_ESTATE);
	adopt(w, "v=DMARC1; p=none", T0 + 5);
	close_store(w);
	OK(open_reader(w));
	facts = facts_of(w);
	assert_true(facts.adopted);
	assert_int_equal(facts.adopted_at, T0 + 5);
	assert_int_equal(facts.verified_at, T0 + 5);
	assert_int_equal(facts.settle_s, 0);
	assert_string_equal(facts.known.name, "_dmarc.example.nl");
	assert_int_equal(facts.known.ttl_s, 300);
	assert_int_equal(facts.known.n, 1);
	assert_string_equal(facts.known.values[0].ptr, "v=DMARC1; p=none");
	assert_int_equal(facts.op_state, DRO_OP_NONE);
	assert_int_equal(facts.n_setbacks, 0);
	assert_int_equal(facts.n_approvals, 0);
	close_store(w);
	OK(open_writer(w, T0 + 6));
	assert_int_equal(dro_facts_adopt(w->store, "c1", "example.nl", &live,
			     T0 + 6, &w->err),
	    DRO_ESTATE);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event WHERE kind = 'adopted'"
			     " AND after = 'v=DMARC1; p=none'"),
	    1);
}

static void
test_adopt_absent(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	adopt(w, NULL, T0);
	facts = facts_of(w);
	assert_true(facts.adopted);
	assert_int_equal(facts.known.n, 0);
}

/* An edit elsewhere in the record: known anew, the dwell goes on. */
static void
test_edited(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;
	struct dro_rrset live;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	publish(w, "up", "none", "quarantine", NULL, T0 + 10);
	txt(w, &live, "quarantine; ri=3600");
	OK(dro_facts_edited(w->store, "example.nl", &live, T0 + 99, &w->err));
	facts = facts_of(w);
	assert_string_equal(facts.known.values[0].ptr, "quarantine; ri=3600");
	assert_int_equal(facts.adopted_at, T0);
	assert_int_equal(facts.verified_at, T0 + 10);
	assert_int_equal(facts.settle_s, 7200);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event WHERE kind = 'edited'"
			     " AND before = 'quarantine'"
			     " AND after = 'quarantine; ri=3600'"),
	    1);
}

static void
test_verified(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	publish(w, "up", "none", "quarantine", NULL, T0 + 10);
	facts = facts_of(w);
	assert_string_equal(facts.known.values[0].ptr, "quarantine");
	assert_int_equal(facts.adopted_at, T0);
	assert_int_equal(facts.verified_at, T0 + 10);
	assert_int_equal(facts.settle_s, 7200);
	assert_int_equal(facts.n_setbacks, 0);
}

static void
test_open_operation(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;
	struct dro_op op = {.domain = "example.nl",
	    .client = "c1",
	    .account = "zf",
	    .kind = "up",
	    .from = "none",
	    .to = "quarantine-10",
	    .reason = "because"};
	int64_t id;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	txt(w, &op.before, "a");
	txt(w, &op.after, "b");
	OK(dro_op_begin(w->store, &op, T0 + 3, &id, &w->err));
	OK(dro_op_sending(w->store, id, T0 + 4, &w->err));
	facts = facts_of(w);
	assert_int_equal(facts.op_state, DRO_OP_SENDING);
	assert_int_equal(facts.op_id, id);
	assert_string_equal(facts.op_to, "quarantine-10");
	assert_int_equal(facts.op_since, T0 + 3);
	/* Not served yet, so not known. */
	assert_string_equal(facts.known.values[0].ptr, "v=DMARC1; p=none");
	OK(dro_op_close(
	    w->store, id, DRO_OP_ABANDONED, "refused", T0 + 5, &w->err));
	facts = facts_of(w);
	assert_int_equal(facts.op_state, DRO_OP_NONE);
	assert_int_equal(facts.op_id, 0);
	assert_null(facts.op_to);
	assert_string_equal(facts.known.values[0].ptr, "v=DMARC1; p=none");
	assert_int_equal(facts.verified_at, T0);
}

static void
test_setbacks(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	publish(w, "up", "none", "quarantine", NULL, T0 + 1);
	assert_int_equal(dro_facts_acknowledge(w->store, "example.nl", &anna,
			     "fixed", T0 + 1, &w->err),
	    DRO_ENOTFOUND);
	publish(w, "setback", "quarantine", "none", "dkim:m.example", T0 + 2);
	facts = facts_of(w);
	assert_int_equal(facts.n_setbacks, 1);
	assert_int_equal(facts.setbacks[0].at, T0 + 2);
	assert_false(facts.setbacks[0].by_person);
	assert_string_equal(facts.setbacks[0].source, "dkim:m.example");
	assert_string_equal(facts.setbacks[0].reason, "because");
	assert_string_equal(facts.setbacks[0].left_rung, "quarantine");
	assert_int_equal(facts.setbacks[0].attempt, 1);
	assert_int_equal(facts.setbacks[0].acknowledged_at, 0);
	assert_int_equal(facts.setbacks[0].returned_at, 0);

	OK(dro_facts_acknowledge(
	    w->store, "example.nl", &anna, "fixed", T0 + 3, &w->err));
	/* Said again, the first time stands. */
	OK(dro_facts_acknowledge(
	    w->store, "example.nl", &anna, "really", T0 + 4, &w->err));
	publish(w, "return", "none", "quarantine", NULL, T0 + 5);
	facts = facts_of(w);
	assert_int_equal(facts.setbacks[0].acknowledged_at, T0 + 3);
	assert_int_equal(facts.setbacks[0].returned_at, T0 + 5);

	publish(w, "rollback", "quarantine", "none", NULL, T0 + 6);
	facts = facts_of(w);
	assert_int_equal(facts.n_setbacks, 2);
	assert_int_equal(facts.setbacks[0].returned_at, T0 + 5);
	assert_true(facts.setbacks[1].by_person);
	assert_null(facts.setbacks[1].source);
	assert_int_equal(facts.setbacks[1].attempt, 2);
	assert_int_equal(facts.setbacks[1].returned_at, 0);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'acknowledged'"
			     " AND actor = 'anna@host1' AND actor_uid = 1000"),
	    2);
}

/* A setback of one domain is no attempt of another. */
static void
test_attempts_are_per_domain(void **state)
{
	struct world *w = *state;
	struct dro_facts facts;
	struct dro_op op = {.domain = "example.com",
	    .client = "c1",
	    .account = "zf",
	    .kind = "setback",
	    .from = "reject",
	    .to = "none",
	    .reason = "because"};
	int64_t id;

	OK(open_writer(w, T0));
	txt(w, &op.before, "a");
	txt(w, &op.after, "b");
	OK(dro_op_begin(w->store, &op, T0, &id, &w->err));
	OK(dro_op_verified(w->store, id, &op.after, T0, &w->err));
	publish(w, "setback", "quarantine", "none", NULL, T0 + 2);
	facts = facts_of(w);
	assert_int_equal(facts.n_setbacks, 1);
	assert_int_equal(facts.setbacks[0].attempt, 1);
}

/* Kind and rung of a publish: does an approval for "reject" survive it? */
static void
test_approval(void **state)
{
	static const struct {
		const char *kind, *to;
		bool survives;
	} cases[] = {
	    {"up", "reject", false}, /* used up */
	    {"return", "reject", false},
	    {"up", "quarantine", true}, /* still on the way */
	    {"create", "none", true},
	    {"setback", "none", false}, /* what was approved is gone */
	    {"rollback", "quarantine", false},
	};
	struct world *w;
	struct dro_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)world_setup((void **)&w);
		OK(open_writer(w, T0));
		adopt(w, "v=DMARC1; p=none", T0);
		OK(dro_facts_approve(w->store, "example.nl", "reject", "d1",
		    T0 + 9, &anna, "mail of 2026-11-01", T0 + 2, &w->err));
		assert_int_equal(raw_int(w,
				     "SELECT count(*) FROM event"
				     " WHERE kind = 'approved'"
				     " AND to_rung = 'reject'"
				     " AND text = 'mail of 2026-11-01'"),
		    1);
		publish(w, cases[i].kind, "quarantine-50", cases[i].to, NULL,
		    T0 + 3);
		facts = facts_of(w);
		if ((facts.n_approvals == 1) != cases[i].survives)
			fail_msg("%s to %s", cases[i].kind, cases[i].to);
		(void)world_teardown((void **)&w);
	}
}

/* Who, what, until when; the last word of a person replaces the first. */
static void
test_approvals_of_two(void **state)
{
	static const struct dro_actor bert = {1002, "bert", "host2"};
	struct world *w = *state;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	OK(dro_facts_approve(w->store, "example.nl", "reject", "d1", T0 + 100,
	    &anna, "first", T0 + 1, &w->err));
	OK(dro_facts_approve(w->store, "example.nl", "reject", "d1", T0 + 101,
	    &bert, "second", T0 + 2, &w->err));
	OK(dro_facts_approve(w->store, "example.nl", "reject", "d2", T0 + 102,
	    &anna, "third", T0 + 3, &w->err));
	OK(dro_facts_approve(w->store, "other.nl", "reject", "d3", T0 + 103,
	    &anna, "elsewhere", T0 + 3, &w->err));
	facts = facts_of(w);
	assert_int_equal(facts.n_approvals, 2);
	assert_int_equal(facts.approvals[0].uid, 1002);
	assert_string_equal(facts.approvals[0].by, "bert@host2");
	assert_string_equal(facts.approvals[0].rung, "reject");
	assert_string_equal(facts.approvals[0].digest, "d1");
	assert_int_equal(facts.approvals[0].at, T0 + 2);
	assert_int_equal(facts.approvals[0].expires_at, T0 + 101);
	assert_int_equal(facts.approvals[1].uid, anna.uid);
	assert_string_equal(facts.approvals[1].digest, "d2");
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'approved'"),
	    4);
}

/* What was asked, until when; said again, the last word counts. */
static void
test_answers(void **state)
{
	const struct dro_answered first[] = {
	    {"volume", "google.com 2026-02-14", T0 + 100},
	    {"address", "192.0.2.1", T0 + 100},
	};
	const struct dro_answered again = {"address", "192.0.2.1", T0 + 200};
	struct world *w = *state;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=none", T0);
	assert_int_equal(facts_of(w).n_answers, 0);
	OK(dro_facts_answer(w->store, "example.nl", first, 2, &anna,
	    "they know", T0 + 1, &w->err));
	OK(dro_facts_answer(w->store, "example.nl", &again, 1, &anna, "still",
	    T0 + 2, &w->err));
	OK(dro_facts_answer(
	    w->store, "other.nl", &again, 1, &anna, "there", T0 + 2, &w->err));
	facts = facts_of(w);
	assert_int_equal(facts.n_answers, 2);
	assert_string_equal(facts.answers[0].kind, "address");
	assert_string_equal(facts.answers[0].key, "192.0.2.1");
	assert_int_equal(facts.answers[0].expires_at, T0 + 200);
	assert_string_equal(facts.answers[1].kind, "volume");
	assert_string_equal(facts.answers[1].key, "google.com 2026-02-14");
	assert_int_equal(facts.answers[1].expires_at, T0 + 100);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event WHERE kind ="
			     " 'answered' AND actor_uid IS NOT NULL AND text ="
			     " 'volume google.com 2026-02-14: they know'"),
	    1);
}

/* Drift that a person accepts: known, dwell and approvals start anew. */
static void
test_reconcile(void **state)
{
	struct world *w = *state;
	struct dro_rrset live;
	struct dro_facts facts;

	txt(w, &live, "v=DMARC1; p=none");
	OK(open_writer(w, T0));
	adopt(w, "v=DMARC1; p=quarantine", T0);
	OK(dro_facts_approve(w->store, "example.nl", "reject", "d1", T0 + 100,
	    &anna, "ok", T0 + 1, &w->err));
	assert_int_equal(dro_facts_reconcile(w->store, "new.nl", &live, &anna,
			     "why", T0 + 2, &w->err),
	    DRO_ESTATE);
	OK(dro_facts_reconcile(w->store, "example.nl", &live, &anna,
	    "client changed it", T0 + 2, &w->err));
	facts = facts_of(w);
	assert_true(dro_rrset_same_values(&facts.known, &live));
	assert_int_equal(facts.verified_at, T0 + 2);
	assert_int_equal(facts.adopted_at, T0);
	assert_int_equal(facts.settle_s, 300);
	assert_int_equal(facts.n_approvals, 0);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'reconciled'"
			     " AND before = 'v=DMARC1; p=quarantine'"
			     " AND after = 'v=DMARC1; p=none'"
			     " AND text = 'client changed it'"
			     " AND actor LIKE 'anna@%'"),
	    1);
}

/* What appears where nothing was known is taken as found, at that time. */
static void
test_adopt_what_appeared(void **state)
{
	struct world *w = *state;
	struct dro_rrset none, live;
	struct dro_facts facts;

	OK(open_writer(w, T0));
	txt(w, &none, NULL);
	txt(w, &live, "v=DMARC1; p=none");
	OK(dro_facts_adopt(w->store, "c1", "example.nl", &none, T0, &w->err));
	OK(dro_facts_adopt(
	    w->store, "c1", "example.nl", &live, T0 + 5, &w->err));
	facts = facts_of(w);
	assert_true(dro_rrset_same_values(&facts.known, &live));
	assert_int_equal(facts.adopted_at, T0);
	assert_int_equal(facts.verified_at, T0 + 5);
	assert_int_equal(dro_facts_adopt(w->store, "c1", "example.nl", &live,
			     T0 + 6, &w->err),
	    DRO_ESTATE);
}

/* The nearest pause in force is told; a later one of the same name stands. */
static void
test_pauses(void **state)
{
	static const char *const domains[] = {"example.nl", "other.nl"};
	static const struct dro_pause all = {
	    DRO_PAUSE_ALL, "", "incident", NULL, 0, 0};
	static const struct dro_pause client = {
	    DRO_PAUSE_CLIENT, "c1", "migration", NULL, 0, T0 + 50};
	static const struct dro_pause domain = {
	    DRO_PAUSE_DOMAIN, "example.nl", "board", NULL, 0, T0 + 20};
	static const struct {
		const char *domain, *client;
		int64_t at;
		const char *reason; /* NULL: none */
	} cases[] = {
	    {"example.nl", "c1", T0 + 10, "board"},
	    {"example.nl", "c1", T0 + 19, "board"},
	    {"example.nl", "c1", T0 + 20, "migration"},
	    {"example.nl", "c1", T0 + 50, "incident"},
	    {"other.nl", "c1", T0 + 10, "migration"},
	    {"third.nl", "c2", T0 + 10, "incident"},
	};
	struct world *w = *state;
	const struct dro_pause *p;
	size_t i;

	OK(open_writer(w, T0));
	OK(dro_pause_nearest(
	    w->store, "example.nl", "c1", T0, w->arena, &p, &w->err));
	assert_null(p);
	OK(dro_pause_set(w->store, &all, domains, 2, &anna, T0, &w->err));
	OK(dro_pause_set(w->store, &client, domains, 2, &anna, T0, &w->err));
	OK(dro_pause_set(w->store, &domain, domains, 1, &anna, T0, &w->err));
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		OK(dro_pause_nearest(w->store, cases[i].domain, cases[i].client,
		    cases[i].at, w->arena, &p, &w->err));
		assert_non_null(p);
		assert_string_equal(p->reason, cases[i].reason);
		assert_int_equal(p->since, T0);
	}
	assert_string_equal(p->name, "");
	assert_int_equal(p->scope, DRO_PAUSE_ALL);
	assert_int_equal(strncmp(p->by, "anna@", 5), 0);
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM event WHERE kind = 'paused'"), 5);
	/* One that is over needs nobody to end it. */
	assert_int_equal(dro_pause_end(w->store, DRO_PAUSE_DOMAIN, "example.nl",
			     domains, 1, &anna, "over", T0 + 20, &w->err),
	    DRO_ENOTFOUND);
	OK(dro_pause_end(w->store, DRO_PAUSE_ALL, "", domains, 2, &anna,
	    "solved", T0 + 60, &w->err));
	OK(dro_pause_nearest(
	    w->store, "example.nl", "c1", T0 + 60, w->arena, &p, &w->err));
	assert_null(p);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'resumed' AND text = 'solved'"),
	    2);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_nothing_known),
	    T(test_what_dns_showed),
	    T(test_adopt),
	    T(test_adopt_absent),
	    T(test_edited),
	    T(test_verified),
	    T(test_open_operation),
	    T(test_setbacks),
	    T(test_attempts_are_per_domain),
	    T(test_approval),
	    T(test_approvals_of_two),
	    T(test_answers),
	    T(test_reconcile),
	    T(test_adopt_what_appeared),
	    T(test_pauses),
	};

	return (cmocka_run_group_tests_name("stored_facts", tests, NULL, NULL));
}
