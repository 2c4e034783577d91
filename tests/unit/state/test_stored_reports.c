#include "fixture.h"

#include "internal.h"

/* What is kept of a report, and what a second copy of it does. */

static void
test_names(void **state)
{
	static const char *const tiers[] = {
	    "unauthenticated", "new", "known", "trusted"};
	enum dro_trust trust;
	size_t i;

	(void)state;
	assert_string_equal(dro_generation_name(DRO_GEN_RFC7489), "rfc7489");
	assert_string_equal(dro_generation_name(DRO_GEN_RFC9990), "rfc9990");
	assert_string_equal(dro_generation_name(DRO_GEN_MIXED), "mixed");
	for (i = 0; i < DRO_ARRAY_LEN(tiers); i++) {
		assert_string_equal(
		    dro_trust_name((enum dro_trust)i), tiers[i]);
		assert_true(dro_trust_parse(tiers[i], &trust));
		assert_int_equal(trust, i);
	}
	assert_false(dro_trust_parse("Trusted", &trust));
	assert_false(dro_trust_parse("", &trust));
}

static enum dro_stored
add(struct world *w, const struct dro_report *r)
{
	enum dro_stored stored = (enum dro_stored)99;

	OK(dro_reports_add(w->store, r, T0 + DAY, &stored, &w->err));
	return (stored);
}

static enum dro_code
check_every_field(void *arg, const struct dro_report *r, struct dro_err *err)
{
	(void)err;
	(*(int *)arg)++;
	assert_string_equal(r->org, "Example <Org> \xc3\xa9");
	assert_string_equal(r->email, "a@b.example");
	assert_string_equal(r->reporter, "b.example");
	assert_string_equal(r->report_id, "id'; DROP TABLE report; --");
	assert_string_equal(r->domain, "sub.example.nl");
	assert_string_equal(r->watched, "example.nl");
	assert_int_equal(r->begin, T0 + 1);
	assert_int_equal(r->end, T0 + 2);
	assert_int_equal(r->generation, DRO_GEN_MIXED);
	assert_int_equal(r->trust, DRO_TRUST_KNOWN);
	assert_false(r->counts);
	assert_true(r->shadow);
	assert_int_equal(r->rows, 11);
	assert_int_equal(r->messages, 12);
	assert_int_equal(r->dmarc_pass, 13);
	assert_int_equal(r->dkim_aligned, 14);
	assert_int_equal(r->spf_aligned, 15);
	assert_int_equal(r->unknown, 16);
	assert_int_equal(r->disposition[DRO_DISP_NONE], 17);
	assert_int_equal(r->disposition[DRO_DISP_QUARANTINE], 18);
	assert_int_equal(r->disposition[DRO_DISP_REJECT], 19);
	assert_int_equal(r->disposition[DRO_DISP_PASS], 20);
	assert_int_equal(r->disposition[DRO_DISP_OTHER], DRO_COUNT_MAX);
	assert_string_equal(r->p, "quarantine");
	assert_string_equal(r->sp, "none");
	assert_string_equal(r->np, "reject");
	assert_string_equal(r->pct, "50");
	assert_string_equal(r->t, "y");
	assert_string_equal(r->source_name, "mailbox");
	assert_string_equal(r->source_path, "a.zip!b.xml");
	assert_int_equal(r->n_warnings, 2);
	assert_string_equal(r->warnings[0], "range-long");
	assert_string_equal(r->warnings[1], "extra-element");
	assert_int_equal(r->content[0], 0xab);
	assert_int_equal(r->content[31], 0xcd);
	assert_int_equal(r->n_lines, 0);
	return (DRO_OK);
}

static void
test_every_field_comes_back(void **state)
{
	static const char *warnings[] = {"range-long", "extra-element"};
	struct dro_report r = {.org = "Example <Org> \xc3\xa9",
	    .email = "a@b.example",
	    .reporter = "b.example",
	    .report_id = "id'; DROP TABLE report; --",
	    .domain = "sub.example.nl",
	    .watched = "example.nl",
	    .begin = T0 + 1,
	    .end = T0 + 2,
	    .generation = DRO_GEN_MIXED,
	    .trust = DRO_TRUST_KNOWN,
	    .counts = false,
	    .shadow = true,
	    .rows = 11,
	    .messages = 12,
	    .dmarc_pass = 13,
	    .dkim_aligned = 14,
	    .spf_aligned = 15,
	    .unknown = 16,
	    .disposition = {17, 18, 19, 20, DRO_COUNT_MAX},
	    .p = "quarantine",
	    .sp = "none",
	    .np = "reject",
	    .pct = "50",
	    .t = "y",
	    .source_name = "mailbox",
	    .source_path = "a.zip!b.xml",
	    .n_warnings = 2,
	    .warnings = warnings};
	struct world *w = *state;
	int n = 0;

	r.content[0] = 0xab;
	r.content[31] = 0xcd;
	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	OK(open_reader(w));
	OK(dro_reports_each(w->store, NULL, check_every_field, &n, &w->err));
	assert_int_equal(n, 1);
}

static enum dro_code
check_absent(void *arg, const struct dro_report *r, struct dro_err *err)
{
	(void)err;
	(*(int *)arg)++;
	assert_null(r->email);
	assert_null(r->p);
	assert_null(r->pct);
	assert_null(r->t);
	assert_null(r->source_name);
	assert_null(r->source_path);
	assert_int_equal(r->n_warnings, 0);
	assert_true(r->counts);
	return (DRO_OK);
}

static void
test_absent_stays_absent(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;
	int n = 0;

	r.email = r.p = r.source_name = r.source_path = NULL;
	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	OK(dro_reports_each(w->store, NULL, check_absent, &n, &w->err));
	assert_int_equal(n, 1);
}

/* The list as text: one "domain report_id trust counts" a line. */
struct listing {
	char text[2048];
	size_t len;
	int stop_after;
};

static enum dro_code
list_one(void *arg, const struct dro_report *r, struct dro_err *err)
{
	struct listing *l = arg;

	l->len += (size_t)snprintf(l->text + l->len, sizeof(l->text) - l->len,
	    "%s %s %s %s%s%s;", r->domain, r->report_id,
	    dro_trust_name(r->trust), r->counts ? "counts" : "-",
	    r->n_warnings > 0 ? " " : "",
	    r->n_warnings > 0 ? r->warnings[r->n_warnings - 1] : "");
	if (l->stop_after > 0 && --l->stop_after == 0)
		return (dro_err_set(err, DRO_ELIMIT, "enough"));
	return (DRO_OK);
}

static void
assert_list(struct world *w, const char *domain, const char *want)
{
	struct listing l = {"", 0, 0};

	OK(dro_reports_each(w->store, domain, list_one, &l, &w->err));
	assert_string_equal(l.text, want);
}

static void
add_named(struct world *w, const char *domain, const char *watched,
    int64_t begin, const char *org, const char *id)
{
	struct dro_report r = plain_report();

	r.domain = domain;
	r.watched = watched;
	r.begin = begin;
	r.end = begin + DAY;
	r.org = org;
	r.report_id = id;
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
}

static void
test_order_and_choice(void **state)
{
	struct world *w = *state;
	struct listing l = {"", 0, 2};

	OK(open_writer(w, T0));
	add_named(w, "example.nl", "example.nl", T0 + DAY, "A", "5");
	add_named(w, "example.nl", "example.nl", T0, "B", "3");
	add_named(w, "example.nl", "example.nl", T0, "A", "2");
	add_named(w, "example.nl", "example.nl", T0, "A", "1");
	add_named(w, "bad-example.nl", "bad-example.nl", T0, "A", "0");
	add_named(w, "a.example.nl", "example.nl", T0, "A", "4");
	assert_list(w, NULL,
	    "a.example.nl 4 trusted counts;bad-example.nl 0 trusted counts;"
	    "example.nl 1 trusted counts;example.nl 2 trusted counts;"
	    "example.nl 3 trusted counts;example.nl 5 trusted counts;");
	assert_list(w, "example.nl",
	    "a.example.nl 4 trusted counts;"
	    "example.nl 1 trusted counts;example.nl 2 trusted counts;"
	    "example.nl 3 trusted counts;example.nl 5 trusted counts;");
	assert_list(w, "a.example.nl", "a.example.nl 4 trusted counts;");
	assert_list(w, "nl.example", "");
	/* The visitor may stop, with its own reason. */
	assert_int_equal(
	    dro_reports_each(w->store, NULL, list_one, &l, &w->err),
	    DRO_ELIMIT);
	assert_string_equal(w->err.msg, "enough");
	assert_string_equal(l.text,
	    "a.example.nl 4 trusted counts;bad-example.nl 0 trusted counts;");
}

/* A visitor may use the store, even for the same list. */
static enum dro_code
list_within(void *arg, const struct dro_report *r, struct dro_err *err)
{
	struct listing l = {"", 0, 0};
	struct world *w = arg;

	(void)r;
	OK(dro_reports_each(w->store, NULL, list_one, &l, err));
	assert_string_equal(l.text, "example.nl r-1 trusted counts;");
	return (DRO_OK);
}

static void
test_visit_within_visit(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;

	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	OK(dro_reports_each(w->store, NULL, list_within, w, &w->err));
}

/* Reports with lines in the database; only counted ones have any. */
static int64_t
cells(struct world *w)
{
	OK(dro_reports_flush(w->store, &w->err));
	return (
	    raw_int(w, "SELECT count(*) FROM report WHERE cells IS NOT NULL"));
}

static void
test_key(void **state)
{
	struct dro_report r = plain_report(), other;
	struct world *w = *state;

	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	assert_int_equal(add(w, &r), DRO_STORED_DUPLICATE);
	/* Each member of the key makes another report. */
	other = r;
	other.reporter = "other.example";
	assert_int_equal(add(w, &other), DRO_STORED_NEW);
	other = r;
	other.report_id = "r-2";
	assert_int_equal(add(w, &other), DRO_STORED_NEW);
	other = r;
	other.domain = "a.example.nl";
	assert_int_equal(add(w, &other), DRO_STORED_NEW);
	other = r;
	other.begin++;
	assert_int_equal(add(w, &other), DRO_STORED_NEW);
	other = r;
	other.end++;
	assert_int_equal(add(w, &other), DRO_STORED_NEW);
	/* Where it came from and what we call its sender do not. */
	other = r;
	other.org = "Renamed";
	other.source_path = "elsewhere.xml";
	assert_int_equal(add(w, &other), DRO_STORED_DUPLICATE);
	assert_int_equal(cells(w), 6);
}

static void
test_conflict(void **state)
{
	struct dro_report first = plain_report(), second = first;
	struct world *w = *state;
	int64_t newest;

	second.content[0] = 2;
	second.messages = 7;
	OK(open_writer(w, T0));
	assert_int_equal(add(w, &first), DRO_STORED_NEW);
	assert_int_equal(cells(w), 1);
	OK(dro_reports_newest_end(w->store, &newest, &w->err));
	assert_int_equal(newest, T0 + DAY - 1);

	assert_int_equal(add(w, &second), DRO_STORED_CONFLICT);
	assert_list(w, NULL, "example.nl r-1 trusted - conflict;");
	assert_int_equal(cells(w), 0);
	OK(dro_reports_newest_end(w->store, &newest, &w->err));
	assert_int_equal(newest, 0);

	/* A third sight changes nothing more; the first is a duplicate. */
	assert_int_equal(add(w, &second), DRO_STORED_CONFLICT);
	assert_int_equal(add(w, &first), DRO_STORED_DUPLICATE);
	assert_int_equal(add(w, &second), DRO_STORED_CONFLICT);
	assert_list(w, NULL, "example.nl r-1 trusted - conflict;");
	assert_int_equal(raw_int(w, "SELECT length(warnings) FROM report"), 9);
	assert_int_equal(raw_int(w, "SELECT messages FROM report"), 100);
	assert_int_equal(cells(w), 0);
}

/*
 * Trust of the first copy, of the second, whether the content is the same:
 * what becomes of the second, and what is listed then.
 */
static void
test_copies_of_other_trust(void **state)
{
	static const struct {
		enum dro_trust first, second;
		bool same;
		enum dro_stored want;
		const char *list;
		int64_t cells;
	} cases[] = {
	    {DRO_TRUST_UNAUTHENTICATED, DRO_TRUST_TRUSTED, true,
		DRO_STORED_DUPLICATE, "example.nl r-1 trusted counts;", 1},
	    {DRO_TRUST_TRUSTED, DRO_TRUST_UNAUTHENTICATED, true,
		DRO_STORED_DUPLICATE, "example.nl r-1 trusted counts;", 1},
	    {DRO_TRUST_NEW, DRO_TRUST_KNOWN, true, DRO_STORED_DUPLICATE,
		"example.nl r-1 known counts;", 1},
	    {DRO_TRUST_KNOWN, DRO_TRUST_NEW, true, DRO_STORED_DUPLICATE,
		"example.nl r-1 known counts;", 1},
	    /* A forged report contradicts no real one, in either order. */
	    {DRO_TRUST_TRUSTED, DRO_TRUST_UNAUTHENTICATED, false,
		DRO_STORED_NEW,
		"example.nl r-1 trusted counts;"
		"example.nl r-1 unauthenticated counts;",
		2},
	    {DRO_TRUST_UNAUTHENTICATED, DRO_TRUST_NEW, false, DRO_STORED_NEW,
		"example.nl r-1 unauthenticated counts;"
		"example.nl r-1 new counts;",
		2},
	    /* Equals do. */
	    {DRO_TRUST_TRUSTED, DRO_TRUST_NEW, false, DRO_STORED_CONFLICT,
		"example.nl r-1 trusted - conflict;", 0},
	    {DRO_TRUST_UNAUTHENTICATED, DRO_TRUST_UNAUTHENTICATED, false,
		DRO_STORED_CONFLICT,
		"example.nl r-1 unauthenticated - conflict;", 0},
	};
	struct dro_report r;
	struct world *w;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)world_setup((void **)&w);
		OK(open_writer(w, T0));
		r = plain_report();
		r.trust = cases[i].first;
		assert_int_equal(add(w, &r), DRO_STORED_NEW);
		r.trust = cases[i].second;
		r.content[0] = cases[i].same ? 1 : 2;
		assert_int_equal(add(w, &r), cases[i].want);
		assert_list(w, NULL, cases[i].list);
		assert_int_equal(cells(w), cases[i].cells);
		(void)world_teardown((void **)&w);
	}
}

/* Forged copies that contradict each other do not spoil the real one. */
static void
test_real_after_forged_conflict(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;

	OK(open_writer(w, T0));
	r.trust = DRO_TRUST_UNAUTHENTICATED;
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	r.content[0] = 2;
	assert_int_equal(add(w, &r), DRO_STORED_CONFLICT);
	r.content[0] = 1;
	r.trust = DRO_TRUST_TRUSTED;
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	assert_int_equal(add(w, &r), DRO_STORED_DUPLICATE);
	assert_list(w, NULL,
	    "example.nl r-1 unauthenticated - conflict;"
	    "example.nl r-1 trusted counts;");
	assert_int_equal(cells(w), 1);
}

static void
test_no_cells_of_uncounted(void **state)
{
	static const char *warnings[] = {"range-long"};
	struct dro_report r = plain_report();
	struct world *w = *state;

	OK(open_writer(w, T0));
	r.counts = false;
	r.warnings = warnings;
	r.n_warnings = 1;
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	r = plain_report();
	r.shadow = true;
	r.report_id = "r-2";
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	assert_int_equal(cells(w), 0);
}

/* Lines of one stream are summed; counts out of bounds are refused whole. */
static void
test_lines(void **state)
{
	struct dro_line lines[] = {
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 1, 2, 3},
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 10, 20,
		30},
	    {{"", "", "", "", "", "", "192.0.2.1", false}, 0, 0,
		DRO_COUNT_MAX}};
	struct dro_report r = plain_report();
	struct dro_evidence ev;
	struct world *w = *state;
	enum dro_stored stored;

	r.lines = lines;
	r.n_lines = 3;
	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	assert_int_equal(cells(w), 1);
	OK(dro_evidence_load(
	    w->store, "example.nl", 0, INT64_MAX, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_cells, 2);
	assert_int_equal(ev.cells[0].unknown, DRO_COUNT_MAX);
	assert_int_equal(ev.cells[1].pass, 11);
	assert_int_equal(ev.cells[1].fail, 22);
	assert_int_equal(ev.cells[1].unknown, 33);

	r.report_id = "r-2";
	lines[1].fail = -1;
	assert_int_equal(
	    dro_reports_add(w->store, &r, T0, &stored, &w->err), DRO_EINVAL);
	lines[1].fail = DRO_COUNT_MAX + 1;
	assert_int_equal(
	    dro_reports_add(w->store, &r, T0, &stored, &w->err), DRO_EINVAL);
	lines[1].fail = 0;
	r.messages = -1;
	assert_int_equal(
	    dro_reports_add(w->store, &r, T0, &stored, &w->err), DRO_EINVAL);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 1);
}

/* A report that fails half-way leaves nothing, its neighbours stay. */
static void
test_one_bad_report_in_a_batch(void **state)
{
	struct dro_line lines[] = {
	    {{"example.nl", "s1", "", "", "", "", "192.0.2.1", false}, 1, 0, 0},
	    {{NULL, "", "", "", "", "", "192.0.2.9", false}, 1, 0, 0}};
	struct dro_report good = plain_report(), bad = good;
	struct world *w = *state;
	enum dro_stored stored;

	bad.report_id = "bad";
	bad.reporter = "bad.example";
	bad.lines = lines;
	bad.n_lines = 2;
	OK(open_writer(w, T0));
	assert_int_equal(add(w, &good), DRO_STORED_NEW);
	assert_int_not_equal(
	    dro_reports_add(w->store, &bad, T0, &stored, &w->err), DRO_OK);
	good.report_id = "r-2";
	assert_int_equal(add(w, &good), DRO_STORED_NEW);
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 2);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM identity"), 1);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM reporter"), 1);
}

/* 256 reports are committed together; fewer wait for the flush. */
static void
test_batches(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;
	char id[16];
	int i;

	OK(open_writer(w, T0));
	r.report_id = id;
	for (i = 0; i <= 256; i++) {
		/* Do not let a slow machine end the batch by time. */
		w->store->batch_since_ms = INT64_MAX / 2;
		(void)snprintf(id, sizeof(id), "r-%d", i);
		assert_int_equal(add(w, &r), DRO_STORED_NEW);
		if (i == 255)
			assert_int_equal(
			    raw_int(w, "SELECT count(*) FROM report"), 0);
		if (i == 256)
			assert_int_equal(
			    raw_int(w, "SELECT count(*) FROM report"), 256);
	}
	/* The time since the first report is up: committed at once. */
	w->store->batch_since_ms = INT64_MIN / 2;
	(void)snprintf(id, sizeof(id), "late");
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 258);

	(void)snprintf(id, sizeof(id), "flushed");
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	OK(dro_reports_flush(w->store, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 259);

	/* Not flushed: gone, as after a crash. */
	(void)snprintf(id, sizeof(id), "lost");
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	close_store(w);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 259);
}

/* A line of the journal commits the reports before it. */
static void
test_journal_flushes(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;

	OK(open_writer(w, T0));
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
	OK(dro_event_add(
	    w->store, "example.nl", "note", NULL, "x", T0, &w->err));
	close_store(w);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 1);
}

/* When the disk is full the batch is lost, and nobody may think otherwise. */
static void
test_full_disk(void **state)
{
	struct dro_report r = plain_report();
	struct world *w = *state;
	enum dro_stored stored;
	enum dro_code code = DRO_OK;
	char id[16], *big;
	int i;

	assert_non_null(big = malloc(100001));
	memset(big, 'x', 100000);
	big[100000] = '\0';
	OK(open_writer(w, T0));
	assert_int_equal(sqlite3_exec(w->store->db,
			     "PRAGMA max_page_count = 60", NULL, NULL, NULL),
	    SQLITE_OK);
	r.report_id = id;
	r.org = big;
	for (i = 0; code == DRO_OK && i < 60; i++) {
		w->store->batch_since_ms = INT64_MAX / 2;
		(void)snprintf(id, sizeof(id), "r-%d", i);
		code = dro_reports_add(w->store, &r, T0, &stored, &w->err);
	}
	free(big);
	assert_int_equal(code, DRO_EIO);
	r.org = "small";
	if (sqlite3_get_autocommit(w->store->db)) {
		assert_int_equal(
		    dro_reports_add(w->store, &r, T0, &stored, &w->err),
		    DRO_EIO);
		assert_int_equal(dro_reports_flush(w->store, &w->err), DRO_EIO);
		assert_says(w, "reports were not stored");
	} else
		OK(dro_reports_flush(w->store, &w->err));
}

/* One report as a file and as a mail: the same, under two names. */
static void
test_file_and_mail(void **state)
{
	static const struct {
		enum dro_auth first, second;
		enum dro_stored wanted;
	} cases[] = {
	    {DRO_AUTH_NONE, DRO_AUTH_DKIM_ALIGNED, DRO_STORED_DUPLICATE},
	    {DRO_AUTH_DKIM_ALIGNED, DRO_AUTH_NONE, DRO_STORED_DUPLICATE},
	    /* A stranger's copy must not stand for the real one. */
	    {DRO_AUTH_DKIM_ALIGNED, DRO_AUTH_AR_TRUSTED, DRO_STORED_NEW},
	};
	struct world *w = *state;
	struct dro_report r;
	char id[16];
	size_t i;

	OK(open_writer(w, T0));
	for (i = 0; i < DRO_ARRAY_LEN(cases); i++) {
		(void)snprintf(id, sizeof(id), "fm-%zu", i);
		r = plain_report();
		r.report_id = id;
		r.reporter = "enterprise outlook";
		r.auth = cases[i].first;
		assert_int_equal(add(w, &r), DRO_STORED_NEW);
		r.reporter = "dmarcreport@microsoft.com";
		r.auth = cases[i].second;
		assert_int_equal(add(w, &r), cases[i].wanted);
	}
	/* Nobody vouches for this one: it changes nothing, and is kept apart. */
	r.reporter = "evil.example";
	r.auth = DRO_AUTH_UNAUTHENTICATED;
	r.trust = DRO_TRUST_UNAUTHENTICATED;
	assert_int_equal(add(w, &r), DRO_STORED_NEW);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	static const struct CMUnitTest tests[] = {
	    T(test_names),
	    T(test_every_field_comes_back),
	    T(test_absent_stays_absent),
	    T(test_order_and_choice),
	    T(test_visit_within_visit),
	    T(test_key),
	    T(test_conflict),
	    T(test_copies_of_other_trust),
	    T(test_real_after_forged_conflict),
	    T(test_file_and_mail),
	    T(test_no_cells_of_uncounted),
	    T(test_lines),
	    T(test_one_bad_report_in_a_batch),
	    T(test_batches),
	    T(test_journal_flushes),
	    T(test_full_disk),
	};

	return (
	    cmocka_run_group_tests_name("stored_reports", tests, NULL, NULL));
}
