#include "fixture.h"

/*
 * The journal of publishes: which call may follow which, and what follows
 * from each.
 */

static void
txt(struct world *w, struct dro_rrset *set, uint32_t ttl_s, const char *value)
{
	dro_rrset_init(set, "_dmarc.example.nl", DRO_RR_TXT);
	set->ttl_s = ttl_s;
	if (value != NULL)
		OK(dro_rrset_add(set, w->arena, value, strlen(value), &w->err));
}

static struct dro_op
plain_op(struct world *w, const char *kind, const char *from, const char *to)
{
	struct dro_op op = {.domain = "example.nl",
	    .client = "c1",
	    .account = "zf",
	    .kind = kind,
	    .from = from,
	    .to = to,
	    .reason = "all gates pass",
	    .settle_s = 3600};

	txt(w, &op.before, 3600, "v=DMARC1; p=none");
	txt(w, &op.after, 3600, "v=DMARC1; p=quarantine");
	return (op);
}

static int64_t
begin(struct world *w, const char *kind, const char *from, const char *to,
    int64_t now)
{
	struct dro_op op = plain_op(w, kind, from, to);
	int64_t id = 0;

	OK(dro_op_begin(w->store, &op, now, &id, &w->err));
	return (id);
}

static void
test_every_field_comes_back(void **state)
{
	struct dro_op op, back;
	struct world *w = *state;
	int64_t id = 0;

	OK(open_writer(w, T0));
	op = plain_op(w, "up", "none", "quarantine-10");
	op.evidence = "{\"gates\": [1, \"'\"]}";
	op.source = "dkim:mailer.example";
	op.settle_s = UINT32_MAX;
	txt(w, &op.before, 7200, "v=DMARC1; p=none");
	OK(dro_rrset_add(&op.before, w->arena, "a\0b\xff", 4, &w->err));
	OK(dro_op_begin(w->store, &op, T0 + 1, &id, &w->err));
	OK(dro_op_sending(w->store, id, T0 + 2, &w->err));
	OK(dro_op_sending(w->store, id, T0 + 3, &w->err));
	OK(dro_op_sent(w->store, id, T0 + 4, &w->err));
	close_store(w);

	OK(open_reader(w));
	OK(dro_op_open(w->store, "example.nl", w->arena, &back, &w->err));
	assert_int_equal(back.id, id);
	assert_string_equal(back.domain, "example.nl");
	assert_string_equal(back.client, "c1");
	assert_string_equal(back.account, "zf");
	assert_string_equal(back.kind, "up");
	assert_string_equal(back.from, "none");
	assert_string_equal(back.to, "quarantine-10");
	assert_string_equal(back.reason, "all gates pass");
	assert_string_equal(back.evidence, "{\"gates\": [1, \"'\"]}");
	assert_string_equal(back.source, "dkim:mailer.example");
	assert_int_equal(back.settle_s, UINT32_MAX);
	assert_int_equal(back.state, DRO_OP_SENT);
	assert_int_equal(back.attempt, 2);
	assert_int_equal(back.intent_at, T0 + 1);
	assert_int_equal(back.sending_at, T0 + 3);
	assert_int_equal(back.sent_at, T0 + 4);
	assert_int_equal(back.closed_at, 0);
	assert_null(back.outcome);
	assert_string_equal(back.before.name, "_dmarc.example.nl");
	assert_int_equal(back.before.type, DRO_RR_TXT);
	assert_int_equal(back.before.ttl_s, 7200);
	assert_int_equal(back.before.n, 2);
	assert_string_equal(back.before.values[0].ptr, "v=DMARC1; p=none");
	assert_int_equal(back.before.values[1].len, 4);
	assert_memory_equal(back.before.values[1].ptr, "a\0b\xff", 4);
	assert_int_equal(back.after.n, 1);
	assert_string_equal(back.after.values[0].ptr, "v=DMARC1; p=quarantine");
}

static void
test_absent_stays_absent(void **state)
{
	struct dro_op op, back;
	struct world *w = *state;
	int64_t id;

	OK(open_writer(w, T0));
	op = plain_op(w, "create", NULL, "none");
	txt(w, &op.before, 0, NULL);
	OK(dro_op_begin(w->store, &op, T0, &id, &w->err));
	OK(dro_op_open(w->store, "example.nl", w->arena, &back, &w->err));
	assert_null(back.from);
	assert_null(back.evidence);
	assert_null(back.source);
	assert_int_equal(back.before.n, 0);
	assert_int_equal(back.attempt, 0);
}

/* The calls that change a state, for the table below. */
enum call { SENDING, SENT, VERIFIED, ABANDONED, CONFLICT, N_CALLS };

static enum dro_code
do_call(struct world *w, enum call call, int64_t id, int64_t now)
{
	struct dro_rrset served;

	txt(w, &served, 3600, "v=DMARC1; p=quarantine");
	switch (call) {
	case SENDING:
		return (dro_op_sending(w->store, id, now, &w->err));
	case SENT:
		return (dro_op_sent(w->store, id, now, &w->err));
	case VERIFIED:
		return (dro_op_verified(w->store, id, &served, now, &w->err));
	case ABANDONED:
		return (dro_op_close(
		    w->store, id, DRO_OP_ABANDONED, "why", now, &w->err));
	default:
		return (dro_op_close(
		    w->store, id, DRO_OP_CONFLICT, "why", now, &w->err));
	}
}

/*
 * Every state and every call.  Recovery finds a record served that nobody
 * knows to have been sent, so verified may follow any open state.
 */
static void
test_every_order(void **state)
{
	static const struct {
		const char *name;
		int n;
		enum call path[3];
		enum dro_op_state is;
		enum dro_code want[N_CALLS];
	} rows[] = {
	    {"intent", 0, {0}, DRO_OP_INTENT,
		{DRO_OK, DRO_ESTATE, DRO_OK, DRO_OK, DRO_OK}},
	    {"sending", 1, {SENDING}, DRO_OP_SENDING,
		{DRO_OK, DRO_OK, DRO_OK, DRO_OK, DRO_OK}},
	    {"sent", 2, {SENDING, SENT}, DRO_OP_SENT,
		{DRO_ESTATE, DRO_ESTATE, DRO_OK, DRO_OK, DRO_OK}},
	    {"verified", 1, {VERIFIED}, DRO_OP_VERIFIED,
		{DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE}},
	    {"abandoned", 1, {ABANDONED}, DRO_OP_ABANDONED,
		{DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE}},
	    {"conflict", 1, {CONFLICT}, DRO_OP_CONFLICT,
		{DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE, DRO_ESTATE}},
	};
	struct world *w = *state;
	char query[64];
	int64_t id, events;
	enum call call;
	size_t i;
	int k;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		for (call = SENDING; call < N_CALLS; call++) {
			id = begin(w, "up", "none", "quarantine", T0);
			for (k = 0; k < rows[i].n; k++)
				OK(do_call(w, rows[i].path[k], id, T0));
			(void)snprintf(query, sizeof(query),
			    "SELECT state FROM op WHERE id = %lld",
			    (long long)id);
			assert_int_equal(raw_int(w, query), rows[i].is);
			events = raw_int(w, "SELECT count(*) FROM event");
			if (do_call(w, call, id, T0 + 1) != rows[i].want[call])
				fail_msg("%s, call %d: %s", rows[i].name,
				    (int)call, w->err.msg);
			if (rows[i].want[call] != DRO_OK) {
				assert_int_equal(raw_int(w, query), rows[i].is);
				assert_int_equal(
				    raw_int(w, "SELECT count(*) FROM event"),
				    events);
			}
			if (rows[i].is < DRO_OP_VERIFIED && call <= SENT)
				OK(do_call(w, ABANDONED, id, T0 + 2));
		}
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM op WHERE state < 4"), 0);
}

static void
test_calls_about_nothing(void **state)
{
	struct world *w = *state;
	struct dro_op op;
	enum call call;
	int64_t id;

	OK(open_writer(w, T0));
	for (call = SENDING; call < N_CALLS; call++)
		assert_int_equal(do_call(w, call, 7, T0), DRO_ENOTFOUND);
	assert_int_equal(
	    dro_op_open(w->store, "example.nl", w->arena, &op, &w->err),
	    DRO_ENOTFOUND);
	id = begin(w, "up", "none", "quarantine", T0);
	/* Closing means without effect; nothing else is a close. */
	assert_int_equal(
	    dro_op_close(w->store, id, DRO_OP_VERIFIED, "x", T0, &w->err),
	    DRO_EINVAL);
	assert_int_equal(
	    dro_op_close(w->store, id, DRO_OP_SENT, "x", T0, &w->err),
	    DRO_EINVAL);
	OK(dro_op_open(w->store, "example.nl", w->arena, &op, &w->err));
	assert_int_equal(op.state, DRO_OP_INTENT);
}

static void
test_one_open_operation(void **state)
{
	struct world *w = *state;
	struct dro_op op;
	int64_t id, second = 0;

	OK(open_writer(w, T0));
	id = begin(w, "up", "none", "quarantine", T0);
	op = plain_op(w, "setback", "quarantine", "none");
	assert_int_equal(
	    dro_op_begin(w->store, &op, T0, &second, &w->err), DRO_ECONFLICT);
	assert_string_equal(w->err.msg,
	    "example.nl: operation 1 to quarantine is open (intent, since "
	    "2026-11-01T00:00:00Z); it must be settled first");
	assert_int_equal(second, 0);
	/* Another domain is another matter. */
	op.domain = "example.com";
	OK(dro_op_begin(w->store, &op, T0, &second, &w->err));
	OK(dro_op_close(w->store, id, DRO_OP_CONFLICT, "x", T0, &w->err));
	(void)begin(w, "up", "none", "quarantine", T0);
}

static void
test_step_back_needs_a_rung(void **state)
{
	struct world *w = *state;
	struct dro_op op;
	int64_t id;

	OK(open_writer(w, T0));
	op = plain_op(w, "rollback", NULL, "none");
	assert_int_equal(
	    dro_op_begin(w->store, &op, T0, &id, &w->err), DRO_EINVAL);
}

/* What survives when the program dies between any two calls. */
static int
die_after(struct world *w, int calls)
{
	struct dro_op op;
	int64_t id = 0;

	if (open_writer(w, T0) != DRO_OK)
		return (1);
	op = plain_op(w, "up", "none", "quarantine");
	if (calls > 0 &&
	    dro_op_begin(w->store, &op, T0, &id, &w->err) != DRO_OK)
		return (2);
	if (calls > 1 && dro_op_sending(w->store, id, T0, &w->err) != DRO_OK)
		return (3);
	if (calls > 2 && dro_op_sent(w->store, id, T0, &w->err) != DRO_OK)
		return (4);
	if (calls > 3 &&
	    dro_op_verified(w->store, id, &op.after, T0, &w->err) != DRO_OK)
		return (5);
	return (0);
}

static int
die_after_0(struct world *w)
{
	return (die_after(w, 0));
}

static int
die_after_1(struct world *w)
{
	return (die_after(w, 1));
}

static int
die_after_2(struct world *w)
{
	return (die_after(w, 2));
}

static int
die_after_3(struct world *w)
{
	return (die_after(w, 3));
}

static int
die_after_4(struct world *w)
{
	return (die_after(w, 4));
}

static void
test_death_between_calls(void **state)
{
	static const struct {
		int (*die)(struct world *w);
		enum dro_op_state is;
		bool adopted;
	} cases[] = {
	    {die_after_0, DRO_OP_NONE, false},
	    {die_after_1, DRO_OP_INTENT, false},
	    {die_after_2, DRO_OP_SENDING, false},
	    {die_after_3, DRO_OP_SENT, false},
	    {die_after_4, DRO_OP_NONE, true},
	};
	struct dro_facts facts;
	struct world *w;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)world_setup((void **)&w);
		assert_int_equal(in_child(w, cases[i].die), 0);
		OK(open_writer(w, T0));
		OK(dro_facts_load(
		    w->store, "example.nl", w->arena, &facts, &w->err));
		assert_int_equal(facts.op_state, cases[i].is);
		assert_int_equal(facts.adopted, cases[i].adopted);
		(void)world_teardown((void **)&w);
	}
}

/* Nobody rewrites the past, not even with SQL. */
static void
test_triggers(void **state)
{
	static const char second_open[] =
	    "INSERT INTO op SELECT NULL, domain, client, account, kind,"
	    " from_rung, to_rung, reason, evidence, source, before, after,"
	    " settle_s, 1, 0, 1, 0, 0, 0, NULL, part FROM op WHERE state = 3";
	static const char *const forbidden[] = {
	    "UPDATE event SET text = 'nothing happened'",
	    "DELETE FROM event",
	    "DELETE FROM op",
	    "UPDATE op SET state = 1",
	    "UPDATE op SET reason = 'other' WHERE state = 4",
	    second_open,
	};
	struct world *w = *state;
	sqlite3 *db;
	int64_t id;
	size_t i;

	OK(open_writer(w, T0));
	id = begin(w, "up", "none", "quarantine", T0);
	OK(do_call(w, VERIFIED, id, T0));
	id = begin(w, "up", "none", "quarantine", T0);
	OK(do_call(w, SENDING, id, T0));
	OK(do_call(w, SENT, id, T0));
	close_store(w);
	assert_int_equal(sqlite3_open(w->db, &db), SQLITE_OK);
	for (i = 0; i < DRO_ARRAY_LEN(forbidden); i++)
		assert_int_equal(
		    sqlite3_exec(db, forbidden[i], NULL, NULL, NULL),
		    SQLITE_CONSTRAINT);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct told {
	char text[4096];
	size_t len;
};

static enum dro_code
tell(void *arg, const struct dro_event *e, struct dro_err *err)
{
	struct told *t = arg;

	(void)err;
#define S(s) ((s) != NULL ? (s) : "-")
	t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len,
	    "%lld %s %s %s>%s [%s>%s] %s #%lld: %s\n", (long long)(e->at - T0),
	    e->domain, e->kind, S(e->from), S(e->to), S(e->before), S(e->after),
	    S(e->actor), (long long)e->op, e->text);
#undef S
	return (DRO_OK);
}

static void
test_history(void **state)
{
	static const struct dro_actor actor = {1000, "anna", "host1"};
	struct told told = {"", 0};
	struct world *w = *state;
	struct dro_op op;
	int64_t id;

	OK(open_writer(w, T0));
	op = plain_op(w, "up", "none", "quarantine");
	OK(dro_rrset_add(&op.before, w->arena, "other=1", 7, &w->err));
	OK(dro_op_begin(w->store, &op, T0 + 1, &id, &w->err));
	OK(do_call(w, SENDING, id, T0 + 2));
	OK(do_call(w, SENT, id, T0 + 3));
	OK(do_call(w, VERIFIED, id, T0 + 4));
	id = begin(w, "up", NULL, "reject", T0 + 5);
	OK(do_call(w, SENDING, id, T0 + 6));
	OK(do_call(w, SENDING, id, T0 + 6));
	OK(do_call(w, SENT, id, T0 + 7));
	OK(do_call(w, CONFLICT, id, T0 + 8));
	OK(dro_event_add(w->store, "example.com", "pause", &actor, "holiday",
	    T0 + 9, &w->err));
	close_store(w);
	assert_int_equal(
	    raw_int(w, "SELECT actor_uid FROM event WHERE kind = 'pause'"),
	    1000);

	OK(open_reader(w));
	OK(dro_history_each(w->store, NULL, tell, &told, &w->err));
	assert_string_equal(told.text,
	    "1 example.nl intent none>quarantine "
	    "[v=DMARC1; p=none | other=1>v=DMARC1; p=quarantine] - #1: "
	    "all gates pass\n"
	    "3 example.nl sent none>quarantine [->-] - #1: "
	    "the provider accepted it\n"
	    "4 example.nl verified none>quarantine "
	    "[v=DMARC1; p=none | other=1>v=DMARC1; p=quarantine] - #1: "
	    "every name server serves it\n"
	    "5 example.nl intent ->reject "
	    "[v=DMARC1; p=none>v=DMARC1; p=quarantine] - #2: "
	    "all gates pass\n"
	    "7 example.nl sent ->reject [->-] - #2: "
	    "the provider accepted it after a retry\n"
	    "8 example.nl conflict ->reject [->-] - #2: why\n"
	    "9 example.com pause ->- [->-] anna@host1 #0: holiday\n");
	told = (struct told){"", 0};
	OK(dro_history_each(w->store, "example.com", tell, &told, &w->err));
	assert_string_equal(told.text,
	    "9 example.com pause ->- [->-] anna@host1 #0: holiday\n");
	told = (struct told){"", 0};
	OK(dro_history_each(w->store, "none.example", tell, &told, &w->err));
	assert_string_equal(told.text, "");
}

/* Notes are lines of their operation; the last of a kind is found again. */
static void
test_notes(void **state)
{
	struct told told = {"", 0};
	struct world *w = *state;
	struct dro_op first, op;
	int64_t at = -1;

	OK(open_writer(w, T0));
	first = plain_op(w, "up", "none", "quarantine");
	OK(dro_op_begin(w->store, &first, T0, &first.id, &w->err));
	OK(dro_op_note(w->store, &first, "reminder", "one", T0 + 1, &w->err));
	OK(do_call(w, CONFLICT, first.id, T0 + 2));
	op = first;
	OK(dro_op_begin(w->store, &op, T0 + 3, &op.id, &w->err));
	OK(dro_op_noted(w->store, &op, "reminder", &at, &w->err));
	assert_int_equal(at, 0);
	OK(dro_op_note(w->store, &op, "reminder", "two", T0 + 4, &w->err));
	OK(dro_op_note(w->store, &op, "reminder", "three", T0 + 6, &w->err));
	OK(dro_op_note(w->store, &op, "ticket", "four", T0 + 7, &w->err));
	OK(dro_op_noted(w->store, &op, "reminder", &at, &w->err));
	assert_int_equal(at, T0 + 6);
	OK(dro_op_noted(w->store, &first, "reminder", &at, &w->err));
	assert_int_equal(at, T0 + 1);
	close_store(w);

	OK(open_reader(w));
	OK(dro_history_each(w->store, NULL, tell, &told, &w->err));
	assert_string_equal(told.text,
	    "0 example.nl intent none>quarantine "
	    "[v=DMARC1; p=none>v=DMARC1; p=quarantine] - #1: all gates pass\n"
	    "1 example.nl reminder none>quarantine [->-] - #1: one\n"
	    "2 example.nl conflict none>quarantine [->-] - #1: why\n"
	    "3 example.nl intent none>quarantine "
	    "[v=DMARC1; p=none>v=DMARC1; p=quarantine] - #2: all gates pass\n"
	    "4 example.nl reminder none>quarantine [->-] - #2: two\n"
	    "6 example.nl reminder none>quarantine [->-] - #2: three\n"
	    "7 example.nl ticket none>quarantine [->-] - #2: four\n");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_every_field_comes_back),
	    T(test_absent_stays_absent),
	    T(test_every_order),
	    T(test_calls_about_nothing),
	    T(test_one_open_operation),
	    T(test_step_back_needs_a_rung),
	    T(test_death_between_calls),
	    T(test_triggers),
	    T(test_history),
	    T(test_notes),
	};

	return (cmocka_run_group_tests_name("journal", tests, NULL, NULL));
}
