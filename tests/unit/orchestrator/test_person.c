/* Who is asked in a replay: which questions count, when answers come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "presets/presets.h"
#include "record/spf.h"
#include "simulate/replay.h"
#include "simulate/world.h"

#define DOMAIN "made1.example"
#define NEVER (-1)

struct fixture {
	struct dro_arena *arena;
	struct dro_settings settings;
	struct dro_facts facts;
	struct dro_evidence ev;
	struct dro_replay replay;
};

static struct fixture *
create(const char *policy, int64_t messages, int days)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct dro_world w = dro_world_usual;

	assert_non_null(f);
	f->arena = dro_arena_create();
	assert_non_null(f->arena);
	assert_int_equal(dro_preset_policy(policy, &f->settings, NULL), DRO_OK);
	f->settings.rua = "mailto:rua@msp.example";
	w.messages = messages;
	w.days = days;
	assert_int_equal(
	    dro_world_make(&w, 0, DOMAIN, f->arena, &f->ev, NULL), DRO_OK);
	return (f);
}

static void
destroy(struct fixture *f)
{
	dro_arena_destroy(f->arena);
	free(f);
}

static const struct dro_replay *
replay(struct fixture *f, int n, const char *answers)
{
	struct dro_replay_days days = {.from = DRO_WORLD_DAY0, .n = n};
	struct dro_err err = {0};

	assert_int_equal(
	    dro_answers_parse(answers, &days.answers, &err), DRO_OK);
	if (dro_replay_run(DOMAIN, &f->settings, &f->facts, &f->ev, &days,
		f->arena, &f->replay, &err) != DRO_OK)
		fail_msg("%s", err.msg);
	return (&f->replay);
}

static int
day_at(const struct fixture *f, const char *rung)
{
	size_t i;

	assert_true(dro_ladder_find(&f->settings.ladder, rung, &i));
	return (f->replay.reached[i]);
}

static int
asked(const struct fixture *f, const char *kind)
{
	const struct dro_asked_list *list = &f->replay.asked;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->kinds[i].kind, kind) == 0)
			return (list->kinds[i].n);
	return (0);
}

/* A stream more; its number. */
static uint32_t
add_stream(struct fixture *f, struct dro_stream stream)
{
	size_t n = f->ev.n_streams;
	struct dro_stream *all = dro_arena_alloc(f->arena, n + 1, sizeof(*all));

	assert_non_null(all);
	memcpy(all, f->ev.streams, n * sizeof(*all));
	all[n] = stream;
	f->ev.streams = all;
	f->ev.n_streams = n + 1;
	return ((uint32_t)n);
}

/* Mail of ${stream} on each of the days [from, to), where it belongs. */
static void
add_mail(struct fixture *f, uint32_t stream, int from, int to, int64_t pass,
    int64_t fail)
{
	size_t n = f->ev.n_cells, at;
	struct dro_cell *all =
	    dro_arena_alloc(f->arena, n + (size_t)(to - from), sizeof(*all));
	int day;

	assert_non_null(all);
	memcpy(all, f->ev.cells, n * sizeof(*all));
	for (day = from; day < to; day++) {
		for (at = n; at > 0 && all[at - 1].day > DRO_WORLD_DAY0 + day;
		     at--)
			all[at] = all[at - 1];
		all[at] = (struct dro_cell){.day = DRO_WORLD_DAY0 + day,
		    .stream = stream,
		    .pass = pass,
		    .fail = fail};
		n++;
	}
	f->ev.cells = all;
	f->ev.n_cells = n;
}

static const struct dro_stream news = {.dkim = "",
    .selector = "",
    .dkim_other = "",
    .mail_from = "news.example",
    .claim = "",
    .claim_selector = "",
    .ip = "203.0.113.77"};

static void
words(void **state)
{
	static const struct {
		const char *word;
		bool never;
		int days;
	} good[] = {{"never", true, 0}, {"at-once", false, 0},
	    {"after:1", false, 1}, {"after:14", false, 14},
	    {"after:365", false, 365}};
	static const char *const wrong[] = {"", "after", "after:", "after:0",
	    "after:366", "after:99999999999999999999", "after:1d", "after:-1",
	    "Never", "at once"};
	char text[DRO_ANSWERS_LEN];
	struct dro_answers a;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(good); i++) {
		assert_int_equal(
		    dro_answers_parse(good[i].word, &a, NULL), DRO_OK);
		assert_true(a.never == good[i].never);
		assert_int_equal(a.days, good[i].days);
		assert_string_equal(dro_answers_text(a, text), good[i].word);
	}
	for (i = 0; i < DRO_ARRAY_LEN(wrong); i++)
		if (dro_answers_parse(wrong[i], &a, &err) != DRO_EINVAL)
			fail_msg("taken: %s", wrong[i]);
	assert_string_equal(
	    dro_answers_text(dro_answers_usual, text), "after:1");
}

/*
 * government asks once, before reject: the run of day 149 asks; the days
 * before are those of its rungs.
 */
static void
an_answer_comes_when_it_comes(void **state)
{
	static const struct {
		const char *answers;
		int reject;
	} table[] = {{"at-once", 149}, {"after:1", 150}, {"after:2", 151},
	    {"after:14", 163}, {"never", NEVER}};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct fixture *f = create("government", 500, 200);

		(void)replay(f, 200, table[i].answers);
		assert_int_equal(day_at(f, "reject-100"), 141);
		assert_int_equal(day_at(f, "reject"), table[i].reject);
		assert_int_equal(f->replay.questions, 1);
		assert_int_equal(asked(f, "approval"), 1);
		destroy(f);
	}
}

/*
 * 5 messages a day prove nothing in 60 days; then a person is asked, as soon
 * as the days on the rung are over too (careful: 70), and once.
 */
static void
little_mail_is_accepted(void **state)
{
	static const struct {
		const char *policy;
		int first, full, reject, questions;
	} table[] = {
	    {"fast", 61, 61 + 4 * 5, 61 + 4 * 5 + 15 + 5, 1},
	    {"standard", 61, 61 + 4 * 5, 61 + 4 * 5 + 31 + 5, 1},
	    {"government", 61, 61 + 4 * 8, 61 + 4 * 8 + 36 + 4 * 8 + 1, 2},
	    {"careful", 72, 72 + 4 * 8, 72 + 4 * 8 + 43 + 8 + 1, 3},
	};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct fixture *f = create(table[i].policy, 5, 200);

		(void)replay(f, 200, "after:1");
		assert_int_equal(day_at(f, "quarantine-10"), table[i].first);
		assert_int_equal(day_at(f, "quarantine"), table[i].full);
		assert_int_equal(day_at(f, "reject"), table[i].reject);
		assert_int_equal(f->replay.questions, table[i].questions);
		assert_int_equal(asked(f, "rate"), 1);
		/* What was accepted is not what was proved. */
		assert_true(f->replay.bound_day == NEVER ||
		    f->replay.bound_day > table[i].first);
		(void)replay(f, 200, "never");
		assert_int_equal(asked(f, "rate"), 1);
		destroy(f);
	}
}

/* An eleventh of the little mail fails: disproved, so not accepted. */
static void
what_is_disproved_is_not_accepted(void **state)
{
	struct fixture *f = create("standard", 5, 200);
	size_t i;

	(void)state;
	for (i = 0; i < f->ev.n_cells; i += 11) {
		f->ev.cells[i].fail = f->ev.cells[i].pass;
		f->ev.cells[i].pass = 0;
	}
	(void)replay(f, 200, "after:1");
	assert_int_equal(day_at(f, "quarantine-10"), NEVER);
	assert_int_equal(asked(f, "rate"), 0);
	destroy(f);
}

/* Its own name authenticates, for 10 messages a day that fail. */
static void
a_sender_that_never_passes_is_not_ours(void **state)
{
	struct fixture *f = create("standard", 500, 200);

	(void)state;
	add_mail(f, add_stream(f, news), 10, 200, 0, 10);
	(void)replay(f, 200, "after:3");
	assert_int_equal(f->replay.questions, 1);
	assert_int_equal(asked(f, "sender"), 1);
	assert_int_equal(day_at(f, "quarantine-10"), 42 + 3);
	assert_int_equal(day_at(f, "reject"), 98 + 3);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_LEGIT], 0);
	/*
	 * One day of nobody's, undecided from the second on: those of the
	 * days 11 to 43; told on day 45 that it is not ours, of day 44 on.
	 */
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_UNDECIDED], 33 * 10);
	assert_int_equal(
	    f->replay.harm.failing[DRO_PARTY_THREAT], (1 + 155) * 10);
	(void)replay(f, 200, "never");
	assert_int_equal(day_at(f, "quarantine-10"), NEVER);
	assert_string_equal(f->replay.last.code, "undecided");
	assert_int_equal(f->replay.questions, 1);
	destroy(f);
}

/* The same, but from day 61 on it signs for the domain: it was ours. */
static void
a_sender_that_passes_later_is_ours(void **state)
{
	struct fixture *f = create("standard", 500, 200);
	struct dro_stream repaired = news;

	(void)state;
	add_mail(f, add_stream(f, news), 10, 61, 0, 10);
	repaired.dkim = DOMAIN;
	repaired.selector = "news";
	add_mail(f, add_stream(f, repaired), 61, 200, 10, 0);
	(void)replay(f, 200, "after:1");
	assert_int_equal(asked(f, "sender"), 1);
	/* Undecided up to day 41; of day 42 on it is ours, and broken. */
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_UNDECIDED], 31 * 10);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_LEGIT], 19 * 10);
	assert_int_equal(f->replay.harm.n_sources, 1);
	assert_string_equal(
	    f->replay.harm.sources[0].key, "declared:news.example");
	assert_int_equal(f->replay.harm.sources[0].failing, 19 * 10);
	/* Clean on 61 to 67, which the run of day 68 knows. */
	assert_int_equal(day_at(f, "quarantine-10"), 68);
	destroy(f);
}

/*
 * The same name passes, but from an address whose name is declared: that mail
 * is the relay's, and the sender itself is still not ours.
 */
static void
what_a_named_relay_passes_is_not_the_senders(void **state)
{
	static const char *ptr[] = {"relay.example"};
	static const struct dro_reverse names[] = {
	    {"198.51.100.44", "out.relay.example"}};
	static const struct dro_declared relay = {
	    .name = "relay", .n_ptr = 1, .ptr = ptr};
	struct fixture *f = create("standard", 500, 200);
	struct dro_stream relayed = news;

	(void)state;
	relayed.ip = names[0].ip;
	relayed.dkim = DOMAIN;
	relayed.selector = "relay";
	add_mail(f, add_stream(f, news), 10, 200, 0, 10);
	add_mail(f, add_stream(f, relayed), 10, 200, 10, 0);
	f->settings.n_sources = 1;
	f->settings.sources = &relay;
	f->facts.n_reverse = DRO_ARRAY_LEN(names);
	f->facts.reverse = names;
	(void)replay(f, 200, "after:3");
	assert_int_equal(asked(f, "sender"), 1);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_LEGIT], 0);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_UNDECIDED], 33 * 10);
	assert_int_equal(
	    f->replay.harm.failing[DRO_PARTY_THREAT], (1 + 155) * 10);
	destroy(f);
}

/*
 * Mail from an address that the own SPF record writes is ours, and broken,
 * from its first day on.
 */
static void
what_the_own_spf_writes_is_ours(void **state)
{
	static const char text[] = "v=spf1 ip4:198.51.100.44 -all";
	struct fixture *f = create("standard", 500, 50);
	struct dro_stream printer = {
	    "", "", "", "", "", "", "198.51.100.44", false};
	struct dro_rrset txt;
	struct dro_spf spf;

	(void)state;
	add_mail(f, add_stream(f, printer), 10, 50, 0, 10);
	dro_rrset_init(&txt, DOMAIN, DRO_RR_TXT);
	assert_int_equal(
	    dro_rrset_add(&txt, f->arena, text, strlen(text), NULL), DRO_OK);
	assert_int_equal(dro_spf_parse(&txt, f->arena, &spf, NULL), DRO_OK);
	f->facts.spf = &spf;
	(void)replay(f, 50, "after:1");
	assert_int_equal(f->replay.questions, 0);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_LEGIT], 39 * 10);
	assert_int_equal(f->replay.harm.failing[DRO_PARTY_THREAT], 0);
	destroy(f);
}

/* Declared to send once a quarter, and nobody ever reports it. */
static void
a_source_never_seen_is_gone_on_without(void **state)
{
	static const char *mail_from[] = {"quarter.example"};
	static const struct dro_declared quarter = {.name = "quarter",
	    .cadence_days = 91,
	    .n_mail_from = 1,
	    .mail_from = mail_from};
	struct fixture *f = create("standard", 500, 300);

	(void)state;
	f->settings.n_sources = 1;
	f->settings.sources = &quarter;
	(void)replay(f, 300, "after:1");
	assert_int_equal(asked(f, "cadence"), 1);
	/* Two periods and 30 days; the next morning goes on. */
	assert_int_equal(day_at(f, "quarantine-10"), 2 * 91 + 30 + 1);
	destroy(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),
	    cmocka_unit_test(an_answer_comes_when_it_comes),
	    cmocka_unit_test(little_mail_is_accepted),
	    cmocka_unit_test(what_is_disproved_is_not_accepted),
	    cmocka_unit_test(a_sender_that_never_passes_is_not_ours),
	    cmocka_unit_test(a_sender_that_passes_later_is_ours),
	    cmocka_unit_test(what_a_named_relay_passes_is_not_the_senders),
	    cmocka_unit_test(what_the_own_spf_writes_is_ours),
	    cmocka_unit_test(a_source_never_seen_is_gone_on_without),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
