/* What grows old: addresses are cut, originals and reports removed. */
#include "fixture.h"

#include "inputs.h"
#include "internal.h"
#include "memo.h"

/* ---- lines */

struct written {
	const char *ip;
	int64_t identity, pass, fail, unknown;
};

static void
pack(const struct written *lines, size_t n, struct dro_buf *out)
{
	struct dro_packed line;
	size_t i;

	for (i = 0; i < n; i++) {
		line = (struct dro_packed){lines[i].identity, lines[i].pass,
		    lines[i].fail, lines[i].unknown, dro_str_of(lines[i].ip)};
		dro_cells_add(out, &line);
	}
}

static void
test_cut(void **state)
{
	static const struct written whole[] = {
	    {"192.0.2.1", 1, 5, 0, 0},
	    {"192.0.2.255", 1, 6, 1, 0}, /* the same network: one line */
	    {"192.0.2.7", 2, 1, 0, 0}, /* another name */
	    {"192.0.3.7", 2, 1, 0, 0}, /* another network */
	    {"0.0.0.0", 2, 0, 0, 1}, {"2001:db8:7:1::9", 2, 0, 2, 0},
	    {"2001:db8:7:ffff:1:2:3:4", 2, 0, 3, 4},
	    {"2001:db8:8::1", 2, 0, 3, 0}, {"::1", 2, 1, 0, 0},
	    {"", 2, 1, 0, 0}, /* there was none */
	    {"no address", 2, 1, 0, 0},
	    {"10.1.2.0/24", 2, 7, 0, 0}, /* cut before */
	    {"10.1.2.3", 2, 1, 0, 0},
	    {"10.1.2.4", 2, INT64_MAX, 0, 0}, /* would add up to too much */
	};
	static const struct written left[] = {
	    {"192.0.2.0/24", 1, 11, 1, 0},
	    {"192.0.2.0/24", 2, 1, 0, 0},
	    {"192.0.3.0/24", 2, 1, 0, 0},
	    {"0.0.0.0/24", 2, 0, 0, 1},
	    {"2001:db8:7::/48", 2, 0, 5, 4},
	    {"2001:db8:8::/48", 2, 0, 3, 0},
	    {"::/48", 2, 1, 0, 0},
	    {"", 2, 2, 0, 0},
	    {"10.1.2.0/24", 2, 8, 0, 0},
	    {"10.1.2.0/24", 2, INT64_MAX, 0, 0},
	};
	struct dro_buf in, out, wanted;
	struct dro_err err;
	struct dro_str cut;

	(void)state;
	dro_buf_init(&in, 4096);
	dro_buf_init(&out, 4096);
	dro_buf_init(&wanted, 4096);
	pack(whole, DRO_ARRAY_LEN(whole), &in);
	pack(left, DRO_ARRAY_LEN(left), &wanted);
	OK(dro_cells_cut((struct dro_str){in.ptr, in.len}, &out, &err));
	assert_int_equal(out.len, wanted.len);
	assert_memory_equal(out.ptr, wanted.ptr, wanted.len);
	/* Nothing is left to cut. */
	dro_buf_reset(&in);
	OK(dro_cells_cut((struct dro_str){out.ptr, out.len}, &in, &err));
	assert_int_equal(in.len, wanted.len);
	assert_memory_equal(in.ptr, wanted.ptr, wanted.len);
	cut = (struct dro_str){wanted.ptr, wanted.len - 1};
	dro_buf_reset(&out);
	assert_int_equal(dro_cells_cut(cut, &out, &err), DRO_ESTATE);
	dro_buf_finish(&in);
	dro_buf_finish(&out);
	dro_buf_finish(&wanted);
}

/* ---- what is due */

/* Report ${n}, of the day that ends at ${end}, stored at ${now}. */
static void
add(struct world *w, int n, int64_t end, int64_t now)
{
	static const struct dro_line lines[] = {
	    {{"example.nl", "s1", "", "", "", "", "198.51.100.77", false}, 90,
		0, 0},
	    {{"example.nl", "s1", "", "", "", "", "198.51.100.78", false}, 5, 0,
		0},
	    {{"", "", "", "", "", "", "2001:db8:7:8::99", false}, 0, 3, 2}};
	struct dro_report r = plain_report();
	enum dro_stored stored;
	char id[16];

	(void)snprintf(id, sizeof(id), "%d", n);
	r.report_id = id;
	r.begin = end - DAY + 1;
	r.end = end;
	r.lines = lines;
	r.n_lines = DRO_ARRAY_LEN(lines);
	r.has_original = true;
	OK(dro_archive_put(w->store, id, strlen(id), r.original, now, &w->err));
	OK(dro_reports_add(w->store, &r, now, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_NEW);
	OK(dro_input_note(
	    w->store, r.original, DRO_TRUST_TRUSTED, 1, now, &w->err));
}

static struct dro_pruned
prune(struct world *w, int reports, int archive, int addresses, int64_t now,
    int64_t max)
{
	const struct dro_retention keep = {reports, archive, addresses};
	struct dro_pruned out;

	OK(dro_reports_flush(w->store, &w->err));
	OK(dro_db_prune(w->store, &keep, now, max, &out, &w->err));
	return (out);
}

/* Sums of the evidence, and its addresses in the order of streams. */
static void
assert_evidence(struct world *w, int64_t now, int64_t pass, int64_t fail,
    int64_t unknown, const char *ips)
{
	struct dro_evidence ev;
	char all[512] = "";
	size_t i;

	OK(dro_evidence_load(
	    w->store, "example.nl", 0, now, w->arena, &ev, &w->err));
	for (i = 0; i < ev.n_cells; i++) {
		pass -= ev.cells[i].pass;
		fail -= ev.cells[i].fail;
		unknown -= ev.cells[i].unknown;
	}
	assert_int_equal(pass, 0);
	assert_int_equal(fail, 0);
	assert_int_equal(unknown, 0);
	for (i = 0; i < ev.n_streams; i++)
		(void)snprintf(all + strlen(all), sizeof(all) - strlen(all),
		    "%s ", ev.streams[i].ip);
	assert_string_equal(all, ips);
}

/* To the second: 60 days after the end of the mail's day. */
static void
test_addresses(void **state)
{
	struct world *w = *state;
	struct dro_pruned done;

	OK(open_writer(w, T0 + DAY));
	add(w, 1, T0, T0 + DAY);
	add(w, 2, T0 + 1, T0 + DAY);
	assert_evidence(w, T0 + DAY, 190, 6, 4,
	    "2001:db8:7:8::99 198.51.100.77 198.51.100.78 ");
	done = prune(w, -1, -1, 60, T0 + 60 * DAY - 1, 100);
	assert_int_equal(done.addresses, 0);
	done = prune(w, -1, -1, 60, T0 + 60 * DAY, 100);
	assert_int_equal(done.addresses, 1);
	assert_evidence(w, T0 + 60 * DAY, 190, 6, 4,
	    "2001:db8:7:8::99 2001:db8:7::/48 198.51.100.0/24 198.51.100.77 "
	    "198.51.100.78 ");
	done = prune(w, -1, -1, 60, T0 + 61 * DAY, 100);
	assert_int_equal(done.addresses, 1);
	assert_evidence(
	    w, T0 + 61 * DAY, 190, 6, 4, "2001:db8:7::/48 198.51.100.0/24 ");
	done = prune(w, -1, -1, 60, T0 + 900 * DAY, 100);
	assert_int_equal(done.addresses, 0);
	/* One that comes late is due at once; no day to come keeps any. */
	add(w, 3, T0, T0 + 900 * DAY);
	add(w, 4, T0 + 9000 * DAY, T0 + 900 * DAY);
	done = prune(w, -1, -1, 60, T0 + 900 * DAY, 100);
	assert_int_equal(done.addresses, 1);
	done = prune(w, -1, -1, 60, T0 + 960 * DAY, 100);
	assert_int_equal(done.addresses, 1);
	done = prune(w, -1, -1, DRO_FOREVER, T0 + 9999 * DAY, 100);
	assert_int_equal(done.addresses, 0);
}

static enum dro_code
list(void *arg, const struct dro_report *r, struct dro_err *err)
{
	char *ids = arg;

	(void)err;
	(void)strcat(ids, r->report_id);
	return (DRO_OK);
}

static void
assert_listed(struct world *w, const char *wanted)
{
	char ids[64] = "";

	OK(dro_reports_each(w->store, NULL, list, ids, &w->err));
	assert_string_equal(ids, wanted);
}

static void
assert_originals(struct world *w, const char *wanted)
{
	char all[64];

	raw_originals(w->db, "", all, sizeof(all));
	assert_string_equal(all, wanted);
}

/* Reports and all that is about them. */
static void
test_reports(void **state)
{
	struct world *w = *state;
	struct dro_pruned done;
	int64_t newest;
	int i;

	OK(open_writer(w, T0 + 5 * DAY));
	for (i = 0; i < 5; i++)
		add(w, i, T0 + i * DAY, T0 + i * DAY);
	/* Some have their addresses cut, others not: both are found. */
	done = prune(w, -1, -1, 60, T0 + 62 * DAY, 100);
	assert_int_equal(done.addresses, 3);
	done = prune(w, 400, -1, -1, T0 + 403 * DAY, 100);
	assert_int_equal(done.reports, 4);
	assert_int_equal(done.inputs, 4);
	assert_int_equal(done.originals, 0);
	assert_listed(w, "4");
	assert_originals(w, "01234");
	assert_evidence(w, T0 + 403 * DAY, 95, 3, 2,
	    "2001:db8:7:8::99 198.51.100.77 198.51.100.78 ");
	OK(dro_reports_newest_end(w->store, &newest, &w->err));
	assert_int_equal(newest, T0 + 4 * DAY);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM origin"), 1);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM input"), 1);
	assert_int_equal(
	    raw_int(w, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	done = prune(w, 400, -1, -1, T0 + 404 * DAY, 100);
	assert_int_equal(done.reports, 1);
	assert_listed(w, "");
	assert_evidence(w, T0 + 404 * DAY, 0, 0, 0, "");
}

/* By when they were read, whatever the day of the mail. */
static void
test_originals(void **state)
{
	struct world *w = *state;
	struct dro_pruned done;

	OK(open_writer(w, T0 + 300 * DAY));
	done = prune(w, -1, 60, -1, T0 + 300 * DAY, 100);
	assert_int_equal(done.originals, 0);
	assert_false(file_exists(w, DRO_ARCHIVE)); /* not made for this */
	add(w, 1, T0, T0 + 300 * DAY);
	add(w, 2, T0, T0 + 301 * DAY);
	add(w, 3, T0, T0 + 302 * DAY);
	done = prune(w, -1, 60, -1, T0 + 360 * DAY - 1, 100);
	assert_int_equal(done.originals, 0);
	done = prune(w, -1, 60, -1, T0 + 361 * DAY, 100);
	assert_int_equal(done.originals, 2);
	assert_originals(w, "3");
	assert_listed(w, "123");
	/* None are to be kept: neither is that of this moment. */
	add(w, 4, T0, T0 + 361 * DAY);
	done = prune(w, -1, 0, -1, T0 + 361 * DAY, 100);
	assert_int_equal(done.originals, 2);
	assert_originals(w, "");
	assert_listed(w, "1234");
	/* One that comes back takes its place again. */
	add(w, 5, T0, T0 + 362 * DAY);
	OK(dro_reports_flush(w->store, &w->err));
	assert_originals(w, "5");
}

static int
prune_and_die(struct world *w)
{
	struct dro_retention keep = {400, 60, 60};
	struct dro_pruned done;

	if (open_writer(w, T0 + 900 * DAY) != DRO_OK)
		return (1);
	return (dro_db_prune(w->store, &keep, T0 + 900 * DAY, 70, &done,
		    &w->err) != DRO_OK ||
	    done.reports != 70 || done.addresses != 70 || done.originals != 70);
}

/* A little at a time, and killed in between: each step stands by itself. */
static void
test_bounded(void **state)
{
	struct world *w = *state;
	struct dro_pruned done;
	int i;

	OK(open_writer(w, T0));
	for (i = 0; i < 200; i++)
		add(w, i, T0 + i, T0 + i);
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	assert_int_equal(in_child(w, prune_and_die), 0);
	OK(open_writer(w, T0 + 900 * DAY));
	/* The oldest 70 are gone, and were cut before. */
	assert_int_equal(raw_int(w, "SELECT min(end_at) FROM report"), T0 + 70);
	assert_int_equal(raw_int(w, "SELECT sum(exact) FROM report"), 130);
	assert_evidence(w, T0 + 900 * DAY, 95 * 130, 3 * 130, 2 * 130,
	    "2001:db8:7:8::99 198.51.100.77 198.51.100.78 ");
	done = prune(w, 400, 60, 60, T0 + 900 * DAY, INT64_MAX);
	assert_int_equal(done.addresses, 130);
	assert_int_equal(done.originals, 130);
	assert_int_equal(done.reports, 130);
	assert_int_equal(done.inputs, 130);
	done = prune(w, 400, 60, 60, T0 + 900 * DAY, INT64_MAX);
	assert_int_equal(done.addresses, 0);
	assert_int_equal(done.originals, 0);
	assert_int_equal(done.reports, 0);
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 0);
}

/* A report whose lines and original fill some pages. */
static void
add_large(struct world *w, int i)
{
	static char original[40000];
	static struct dro_line lines[2000];
	struct dro_report r = plain_report();
	enum dro_stored stored;
	char id[16];
	size_t n;

	(void)snprintf(id, sizeof(id), "large %d", i);
	(void)snprintf(original, sizeof(original), "%d", i);
	for (n = 0; n < DRO_ARRAY_LEN(lines); n++)
		lines[n] = r.lines[0];
	r.report_id = id;
	r.lines = lines;
	r.n_lines = DRO_ARRAY_LEN(lines);
	OK(dro_archive_put(
	    w->store, original, sizeof(original), r.original, T0, &w->err));
	r.has_original = true;
	OK(dro_reports_add(w->store, &r, T0, &stored, &w->err));
	assert_int_equal(stored, DRO_STORED_NEW);
}

static int64_t
size_of(const struct world *w, const char *tail)
{
	char path[160];
	struct stat sb;

	(void)snprintf(path, sizeof(path), "%s%s", w->db, tail);
	assert_int_equal(stat(path, &sb), 0);
	return ((int64_t)sb.st_size);
}

static int
shrink_and_die(struct world *w)
{
	struct dro_shrunk some;

	return (open_writer(w, T0 + 900 * DAY) != DRO_OK ||
	    dro_db_shrink(w->store, &some, &w->err) != DRO_OK ||
	    some.archive < 1024 * 8192);
}

/* What held removed rows goes back, killed in between or not. */
static void
test_shrink(void **state)
{
	struct world *w = *state;
	struct dro_shrunk some, sum = {0, 0};
	int64_t database, archive;
	int i;

	OK(open_writer(w, T0));
	for (i = 0; i < 400; i++)
		add_large(w, i);
	OK(dro_db_shrink(w->store, &some, &w->err));
	assert_int_equal(some.database + some.archive, 0);
	close_store(w);
	database = size_of(w, "");
	archive = size_of(w, "-archive");
	assert_true(archive > 400 * 40000);
	OK(open_writer(w, T0 + 900 * DAY));
	(void)prune(w, 400, 60, 60, T0 + 900 * DAY, INT64_MAX);
	close_store(w);
	/* Removed rows alone make no file shorter. */
	assert_int_equal(size_of(w, ""), database);
	assert_int_equal(size_of(w, "-archive"), archive);
	assert_int_equal(in_child(w, shrink_and_die), 0);
	OK(open_writer(w, T0 + 900 * DAY));
	do {
		OK(dro_db_shrink(w->store, &some, &w->err));
		sum.database += some.database;
		sum.archive += some.archive;
	} while (some.database + some.archive > 0);
	close_store(w);
	assert_true(size_of(w, "") < database / 3);
	assert_true(size_of(w, "-archive") < 10 * 8192);
	/* The others went in the run that was killed. */
	assert_in_range(archive - size_of(w, "-archive") - sum.archive,
	    1024 * 8192, 1030 * 8192);
	assert_int_equal(raw_int(w,
			     "SELECT count(*) FROM pragma_integrity_check"
			     " WHERE integrity_check <> 'ok'"),
	    0);
	OK(open_writer(w, T0 + 900 * DAY));
	add_large(w, 1);
	OK(dro_reports_flush(w->store, &w->err));
}

static bool
holds(const struct world *w, const char *tail, const char *text)
{
	struct content c = slurp(w, tail);
	bool found = memmem(c.ptr, c.len, text, strlen(text)) != NULL;

	free(c.ptr);
	return (found);
}

/* What is gone is in no free page and in no log either. */
static void
test_octets_are_gone(void **state)
{
	struct world *w = *state;
	struct dro_memo memo = {.rest = {.domain = "example.nl"}};
	unsigned char hash[DRO_HASH_LEN];
	struct dro_evidence ev;
	char original[9000];

	memset(original, 'x', sizeof(original));
	memcpy(original + 8000, "198.51.100.99", 13);
	OK(open_writer(w, T0));
	add(w, 1, T0, T0);
	OK(dro_archive_put(
	    w->store, original, sizeof(original), hash, T0, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	/* Evidence that was summed up and left behind has them, too. */
	OK(dro_evidence_load(
	    w->store, "example.nl", 0, T0, w->arena, &ev, &w->err));
	memo.evidence = &ev;
	OK(dro_memos_keep(w->store, &memo, 1, 1, T0, &w->err));
	assert_int_equal(raw_int(w, "SELECT count(*) FROM rollup"), 1);
	close_store(w);
	assert_true(holds(w, "", "198.51.100.77"));
	assert_true(holds(w, DRO_ARCHIVE, "198.51.100.99"));
	OK(open_writer(w, T0 + 60 * DAY));
	(void)prune(w, -1, 60, 60, T0 + 60 * DAY, 100);
	close_store(w);
	assert_false(holds(w, "", "198.51.100.77"));
	assert_false(holds(w, "", "2001:db8:7:8"));
	assert_false(holds(w, "-wal", "198.51.100.77"));
	assert_false(holds(w, DRO_ARCHIVE, "198.51.100.99"));
	assert_false(holds(w, DRO_ARCHIVE "-wal", "198.51.100.99"));
	assert_true(holds(w, "", "198.51.100.0/24"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test_setup_teardown(
		test_addresses, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_reports, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_originals, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_bounded, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_shrink, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_octets_are_gone, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
