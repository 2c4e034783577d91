/* Whole copies of the database and its archive. */
#include "fixture.h"

#include "inputs.h"

static void
add(struct world *w, const char *id)
{
	struct dro_report r = plain_report();
	enum dro_stored stored;

	r.report_id = id;
	r.has_original = true;
	OK(dro_archive_put(
	    w->store, id, strlen(id), r.original, T0 + DAY, &w->err));
	OK(dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
}

static enum dro_code
list(void *arg, const struct dro_report *r, struct dro_err *err)
{
	(void)err;
	(void)strcat(arg, r->report_id);
	return (DRO_OK);
}

/* Whose copy ${tail} is, by its reports and originals. */
static void
assert_copy(const struct world *w, const char *tail, const char *reports,
    const char *originals)
{
	struct world copy = *w;
	char listed[64] = "", kept[64] = "";

	copy.store = NULL;
	(void)snprintf(copy.db, sizeof(copy.db), "%s/%s", w->dir, tail);
	OK(open_reader(&copy));
	OK(dro_reports_each(copy.store, NULL, list, listed, &copy.err));
	raw_originals(copy.db, "", kept, sizeof(kept));
	assert_string_equal(listed, reports);
	assert_string_equal(kept, originals);
	close_store(&copy);
}

static char *
path_of(const struct world *w, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return (path);
}

/* How many files are there whose names begin with ${name}. */
static int
files(const struct world *w, const char *name)
{
	struct dirent *e;
	int n = 0;
	DIR *d;

	assert_non_null(d = opendir(w->dir));
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, name, strlen(name)) == 0;
	assert_int_equal(closedir(d), 0);
	return (n);
}

static void
test_copy(void **state)
{
	struct world *w = *state;
	struct dro_backup b;
	struct stat sb;

	OK(open_writer(w, T0 + DAY));
	add(w, "1");
	add(w, "2");
	OK(dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err));
	assert_int_equal(stat(path_of(w, "copy"), &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(sb.st_size, b.database);
	assert_int_equal(stat(path_of(w, "copy-archive"), &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(sb.st_size, b.archive);
	assert_int_equal(files(w, "copy"), 2);
	assert_copy(w, "copy", "12", "12");
	/* It lives on where the original ended. */
	close_store(w);
	(void)snprintf(w->db, sizeof(w->db), "%s/copy", w->dir);
	OK(open_writer(w, T0 + DAY));
	add(w, "3");
	close_store(w);
	assert_copy(w, "copy", "123", "123");
	assert_copy(w, "state.db", "12", "12");
}

static void
test_without_archive(void **state)
{
	struct world *w = *state;
	struct dro_report r = plain_report();
	struct dro_backup b;
	enum dro_stored stored;

	OK(open_writer(w, T0 + DAY));
	OK(dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	OK(open_reader(w));
	OK(dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err));
	assert_int_equal(b.archive, 0);
	assert_int_equal(files(w, "copy"), 1);
	assert_copy(w, "copy", "r-1", "");
}

static int
write_more(struct world *w)
{
	w->store = NULL; /* that of the parent */
	if (open_writer(w, T0 + 2 * DAY) != DRO_OK)
		return (1);
	add(w, "2");
	dro_store_close(w->store);
	return (0);
}

/* A reader copies the moment it sees; an original more does no harm. */
static void
test_beside_a_writer(void **state)
{
	struct world *w = *state;
	struct dro_backup b;

	OK(open_writer(w, T0 + DAY));
	add(w, "1");
	close_store(w);
	OK(open_reader(w));
	assert_int_equal(in_child(w, write_more), 0);
	OK(dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err));
	assert_copy(w, "copy", "1", "12");
	close_store(w);
	assert_copy(w, "state.db", "12", "12");
}

static void
test_overwrites_nothing(void **state)
{
	static const char *const taken[] = {"copy", "copy-archive"};
	struct world *w = *state;
	struct dro_backup b;
	char *path;
	size_t i;
	FILE *f;

	OK(open_writer(w, T0 + DAY));
	add(w, "1");
	for (i = 0; i < DRO_ARRAY_LEN(taken); i++) {
		path = path_of(w, taken[i]);
		assert_non_null(f = fopen(path, "we"));
		assert_int_equal(fclose(f), 0);
		assert_int_equal(
		    dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err),
		    DRO_EINVAL);
		assert_says(w, "is there already; a backup overwrites nothing");
		assert_int_equal(files(w, "copy"), 1);
		assert_int_equal(unlink(path_of(w, taken[i])), 0);
	}
	/* Nor through a link, wherever it leads. */
	assert_int_equal(symlink("nowhere", path_of(w, "copy")), 0);
	assert_int_equal(
	    dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err),
	    DRO_EINVAL);
	assert_int_equal(files(w, "nowhere"), 0);
	assert_int_equal(unlink(path_of(w, "copy")), 0);
	/* What an interrupted one left is no obstacle. */
	assert_non_null(f = fopen(path_of(w, "copy.new"), "we"));
	assert_int_equal(fclose(f), 0);
	OK(dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err));
	assert_int_equal(files(w, "copy"), 2);
	assert_int_equal(
	    dro_db_backup(w->store, path_of(w, "no/copy"), &b, &w->err),
	    DRO_EIO);
	assert_says(w, "no/copy");
}

/* Relative names are taken from where the program is. */
static int
copy_here(struct world *w)
{
	struct dro_backup b;

	if (chdir(w->dir) != 0 || open_reader(w) != DRO_OK)
		return (1);
	return (dro_db_backup(w->store, "here", &b, &w->err) != DRO_OK);
}

static void
test_relative(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0 + DAY));
	add(w, "1");
	close_store(w);
	assert_int_equal(in_child(w, copy_here), 0);
	assert_copy(w, "here", "1", "1");
}

/* An index that lacks a row is found by checking everything. */
static void
test_damaged(void **state)
{
	struct world *w = *state;
	struct dro_backup b;

	OK(open_writer(w, T0 + DAY));
	add(w, "1");
	close_store(w);
	raw(w,
	    "PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql = replace(sql, 'trust = 1',"
	    " 'trust = 3') WHERE name = 'report_doubted'");
	OK(open_reader(w));
	assert_int_equal(
	    dro_db_backup(w->store, path_of(w, "copy"), &b, &w->err),
	    DRO_ESTATE);
	assert_says(w,
	    "state.db: damaged, and so would be its copy: row 1 "
	    "missing from index report_doubted; restore a backup");
	assert_int_equal(files(w, "copy"), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_copy, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_without_archive, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_beside_a_writer, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_overwrites_nothing, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_relative, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_damaged, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
