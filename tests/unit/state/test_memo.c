#include "evidence_text.h"

#include "memo.h"

#include "internal.h"

/* What writers leave behind is what would be worked out, or is gone. */

#define LATE (T0 + 60 * DAY)
#define DOMAIN "example.nl"

static uint64_t seed = 7;

static int
pick(int n)
{
	seed = seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((int)((seed >> 33) % (uint64_t)n));
}

static void
add(struct world *w, int64_t day)
{
	static const char *const reporters[] = {
	    "a.example", "b.example", "c.example"};
	static const char *const ips[] = {
	    "192.0.2.1", "2001:db8::1", "198.51.100.7"};
	static const char *odd[] = {"range-long"};
	static const char *const levels[] = {
	    NULL, "none", "quarantine", "reject"};
	struct dro_line lines[3] = {0};
	struct dro_report r = plain_report();
	enum dro_stored stored;
	char id[32];
	size_t i;

	for (i = 0; i < 3; i++) {
		lines[i].stream =
		    (struct dro_stream){pick(2) != 0 ? DOMAIN : "", "s1", "",
			"", "", "", ips[i], pick(4) == 0};
		lines[i].pass = pick(1000);
		lines[i].fail = pick(3) == 0 ? pick(50) : 0;
	}
	(void)snprintf(id, sizeof(id), "r%d", pick(1 << 30));
	r.report_id = id;
	r.reporter = reporters[pick(3)];
	r.begin = T0 + day * DAY;
	r.end = r.begin + DAY;
	r.messages = 1 + pick(5000);
	r.lines = lines;
	r.n_lines = 1 + (size_t)pick(3);
	r.trust = pick(5) == 0 ? DRO_TRUST_NEW : DRO_TRUST_TRUSTED;
	r.t = pick(2) == 0 ? "y" : NULL;
	r.sp = levels[pick(4)];
	r.np = levels[pick(4)];
	if (pick(6) == 0) {
		r.counts = false;
		r.warnings = odd;
		r.n_warnings = 1;
		r.n_lines = 0;
	}
	OK(dro_reports_add(w->store, &r, LATE, &stored, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
}

static struct dro_evidence
load(struct world *w, int32_t from, int64_t now)
{
	struct dro_evidence ev;

	OK(dro_evidence_load(
	    w->store, DOMAIN, from, now, w->arena, &ev, &w->err));
	return (ev);
}

static bool calm = true;

/* Keep the evidence of this moment, and what the domain came to. */
static void
keep(struct world *w, int32_t from, int64_t now)
{
	struct dro_evidence ev = load(w, from, now);
	const struct dro_memo memo = {.evidence = &ev,
	    .from_day = from,
	    .rest = {DOMAIN, calm, now + DAY, 5, 7}};

	OK(dro_memos_keep(w->store, &memo, 1, 99, now, &w->err));
}

static int
count(struct world *w, const char *table)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return ((int)raw_int(w, sql));
}

/* What the reports showed of the policy, a letter or digit each. */
static const char *
shown(const struct dro_evidence *ev)
{
	static char text[65536];
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < ev->n_seen; i++) {
		const struct dro_seen *s = &ev->seen[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%d%d%d%d%d%d%d%d%d%d ", s->has_p, (int)s->core.p,
		    s->has_pct, s->core.pct, s->has_t, s->core.t, s->has_sp,
		    (int)s->sp, s->has_np, (int)s->np);
	}
	return (text);
}

/* From the rollup and from the reports: the same, whenever one looks. */
static void
test_rollup_is_the_reports(void **state)
{
	struct world *w = *state;
	int round, i, used = 0;

	OK(open_writer(w, LATE));
	for (round = 0; round < 40; round++) {
		for (i = 0; i < 5; i++)
			add(w, pick(58));
		assert_int_equal(count(w, "rollup"), 0);
		assert_int_equal(count(w, "rest"), 0);
		keep(w, DAY0, LATE);
		assert_int_equal(count(w, "rollup"), 1);
		for (i = 0; i < 6; i++) {
			int32_t from = DAY0 + (i < 4 ? 0 : pick(20));
			int64_t now = LATE + (i - 1) * DAY;
			char summed[65536], policies[65536];
			struct dro_evidence ev = load(w, from, now);
			bool found;

			(void)snprintf(
			    summed, sizeof(summed), "%s", evidence_text(&ev));
			(void)snprintf(
			    policies, sizeof(policies), "%s", shown(&ev));
			OK(dro_rollup_get(w->store, DOMAIN, from, now, w->arena,
			    &ev, &found, &w->err));
			used += found;
			if (!found)
				continue;
			raw(w, "UPDATE rollup SET packed = x'00'");
			ev = load(w, from, now);
			assert_string_equal(evidence_text(&ev), summed);
			assert_string_equal(shown(&ev), policies);
			raw(w, "DELETE FROM rollup");
			keep(w, DAY0, LATE);
		}
		raw(w, "DELETE FROM rollup");
		raw(w, "DELETE FROM rest");
	}
	assert_true(used >= 40);
}

/* Cut short anywhere, it is not taken for evidence. */
static void
test_damaged_rollup_is_passed_over(void **state)
{
	struct world *w = *state;
	struct dro_evidence ev;
	char sql[128], whole[65536];
	int64_t len, i;

	OK(open_writer(w, LATE));
	for (i = 0; i < 6; i++)
		add(w, i);
	ev = load(w, DAY0, LATE);
	(void)snprintf(whole, sizeof(whole), "%s", evidence_text(&ev));
	keep(w, DAY0, LATE);
	len = raw_int(w, "SELECT length(packed) FROM rollup");
	for (i = 0; i < len; i++) {
		keep(w, DAY0, LATE);
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE rollup SET packed = substr(packed, 1, %d)", (int)i);
		raw(w, sql);
		ev = load(w, DAY0, LATE);
		assert_string_equal(evidence_text(&ev), whole);
		raw(w, "DELETE FROM rollup");
	}
	assert_true(len > 100);
}

static size_t
rests(struct world *w, int64_t config, int64_t now)
{
	const struct dro_rest *items;
	size_t n;

	OK(dro_rests_load(
	    w->store, config, now, w->arena, &items, &n, &w->err));
	if (n > 0) {
		assert_string_equal(items[0].domain, DOMAIN);
		assert_int_equal(items[0].live, 5);
		assert_int_equal(items[0].signal, 7);
	}
	return (n);
}

static size_t
due(struct world *w, int64_t config, int64_t now)
{
	const char *const *names;
	size_t n;

	OK(dro_due_load(w->store, config, now, w->arena, &names, &n, &w->err));
	if (n > 0)
		assert_string_equal(names[0], DOMAIN);
	return (n);
}

/* Due: adopted, and nothing is kept that holds; calm or not. */
static void
test_who_is_due(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, LATE));
	add(w, 1);
	assert_int_equal(due(w, 99, LATE), 0);
	raw(w,
	    "UPDATE domain SET adopted_at = 1, known = x'00',"
	    " verified_at = 1, settle_s = 0");
	assert_int_equal(due(w, 99, LATE), 1);
	for (calm = false;; calm = true) {
		keep(w, DAY0, LATE);
		assert_int_equal(rests(w, 99, LATE), calm);
		assert_int_equal(due(w, 99, LATE), 0);
		assert_int_equal(due(w, 98, LATE), 1);
		assert_int_equal(due(w, 99, LATE + DAY - 1), 0);
		assert_int_equal(due(w, 99, LATE + DAY), 1);
		assert_int_equal(due(w, 99, LATE - 1), 1);
		if (calm)
			break;
	}
}

static void
test_rest_has_its_time_and_its_settings(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, LATE));
	add(w, 1);
	keep(w, DAY0, LATE);
	assert_int_equal(rests(w, 99, LATE), 1);
	assert_int_equal(rests(w, 99, LATE + DAY - 1), 1);
	assert_int_equal(rests(w, 99, LATE + DAY), 0);
	assert_int_equal(rests(w, 99, LATE - 1), 0);
	assert_int_equal(rests(w, 98, LATE), 0);
}

/* Every fact that a decision reads ends the rest, of this domain only. */
static void
test_what_ends_a_rest(void **state)
{
	static const char *const news[] = {
	    "UPDATE domain SET client = 'c' WHERE id = 1",
	    "INSERT INTO op (id, domain, client, account, kind, to_rung,"
	    " reason, before, after, settle_s, state, intent_at) VALUES (1,"
	    " 1, 'c', 'a', 'up', 'none', 'r', x'', x'', 0, 1, 1)",
	    "UPDATE op SET state = 2 WHERE id = 1",
	    "INSERT INTO setback (domain, op, at, by_person, reason,"
	    " left_rung, attempt) VALUES (1, 1, 1, 0, 'r', 'none', 1)",
	    "UPDATE setback SET acknowledged_at = 1",
	    "INSERT INTO approval (domain, rung, uid, user, host, at,"
	    " expires_at, digest, reason) VALUES"
	    " (1, 'none', 1, 'u', 'h', 1, 2, 'd', 'r')",
	    "DELETE FROM approval",
	    "INSERT INTO answer VALUES (1, 'k', 'k', 1, 'u', 'h', 1, 2, 'r')",
	    "INSERT INTO kept (domain, part) VALUES (1, 0)",
	    "UPDATE kept SET lacking = 'x'",
	    "DELETE FROM kept",
	    "INSERT INTO park VALUES (1, 1, 0, 0)",
	    "DELETE FROM park",
	    "INSERT INTO sight (domain, at, status, rrset, negative_ttl)"
	    " VALUES (1, 1, 1, x'00', 60)",
	    "UPDATE sight SET drift_at = 1",
	    "UPDATE sight SET rrset = x'01'",
	    "INSERT INTO watch VALUES (1, 0, 'k', 1, 1, 1, 1, 'rsa', NULL, 0,"
	    " NULL, NULL)",
	    "UPDATE watch SET state = 2",
	    "UPDATE watch SET good = 'ed25519'",
	    "UPDATE watch SET detail = 'd'",
	    "UPDATE watch SET rrset = x'00'",
	    "UPDATE watch SET hosts = '0 192.0.2.1'",
	    "INSERT INTO reverse VALUES (1, '192.0.2.1', 'a.example', 1)",
	    "UPDATE reverse SET name = 'b.example'",
	    "UPDATE reverse SET name = NULL",
	    "UPDATE reverse SET name = 'b.example'",
	    "DELETE FROM reverse",
	    "UPDATE report SET trust = 0",
	    "DELETE FROM report WHERE watched = 1",
	};
	struct world *w = *state;
	size_t i;

	OK(open_writer(w, LATE));
	add(w, 1);
	for (i = 0; i < DRO_ARRAY_LEN(news); i++) {
		keep(w, DAY0, LATE);
		raw(w,
		    "INSERT INTO domain (id, name) VALUES (77, 'x.example')"
		    " ON CONFLICT DO NOTHING");
		raw(w,
		    "INSERT OR REPLACE INTO rest (domain, config, at, until,"
		    " live, calm) VALUES (77, 99, 1, 2, 3, 1)");
		raw(w, news[i]);
		if (raw_int(w, "SELECT count(*) FROM rest WHERE domain = 1"))
			fail_msg("still rests after: %s", news[i]);
		assert_int_equal(
		    raw_int(w, "SELECT count(*) FROM rest WHERE domain = 77"),
		    1);
	}
	keep(w, DAY0, LATE);
	raw(w, "UPDATE sight SET at = at + 1");
	raw(w, "INSERT INTO reverse VALUES (1, '192.0.2.2', NULL, 1)");
	raw(w, "UPDATE reverse SET at = 2");
	raw(w,
	    "UPDATE watch SET looked_at = 9, good_at = 9, since = 9, told = 1");
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM rest WHERE domain = 1"), 1);
	raw(w, "DELETE FROM watch");
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM rest WHERE domain = 1"), 0);
	keep(w, DAY0, LATE);
	raw(w, "INSERT INTO pause VALUES (2, '', 'r', 1, 'u', 'h', 1, 0)");
	assert_int_equal(count(w, "rest"), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_rollup_is_the_reports),
	    T(test_damaged_rollup_is_passed_over),
	    T(test_who_is_due),
	    T(test_rest_has_its_time_and_its_settings),
	    T(test_what_ends_a_rest),
	};

	return (cmocka_run_group_tests_name("memo", tests, NULL, NULL));
}
