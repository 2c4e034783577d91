/* The zonefile plugin on real files in a temporary folder. */
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "conformance.h"

#include "zonefile/zonefile.h"

static char folder[] = "/tmp/dro-zonefile-XXXXXX";

static const char *const reload_words[] = {
    "/bin/sh", "-c", "echo {zone}/{zone} >>\"$0\"", NULL};

static void
path_of(char *out, size_t size, const char *file)
{
	int n = snprintf(out, size, "%s/%s", folder, file);

	assert_in_range(n, 1, size - 1);
}

static void
write_file(const char *file, const char *text)
{
	char path[300];
	FILE *fp;

	path_of(path, sizeof(path), file);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static char *
read_file(const char *file)
{
	char path[300], *text;
	size_t n;
	FILE *fp;

	path_of(path, sizeof(path), file);
	if ((fp = fopen(path, "r")) == NULL)
		return (NULL);
	assert_non_null(text = calloc(1, 1 << 20));
	n = fread(text, 1, (1 << 20) - 1, fp);
	assert_false(ferror(fp));
	assert_in_range(n, 0, (1 << 20) - 2);
	(void)fclose(fp);
	return (text);
}

/*
 * The plugin takes digests while it looks at a zone: the moment at which a
 * test lets somebody else write ${meanwhile} to ${meanwhile_file}.
 */
static const char *meanwhile, *meanwhile_file;

unsigned char *
SHA256(const unsigned char *data, size_t len, unsigned char *out)
{
	unsigned char *(*real)(const unsigned char *, size_t, unsigned char *);

	if (meanwhile != NULL)
		write_file(meanwhile_file, meanwhile);
	meanwhile = NULL;
	*(void **)&real = dlsym(RTLD_NEXT, "SHA256");
	assert_non_null(real);
	return (real(data, len, out));
}

static void
remove_file(const char *file)
{
	char path[300];

	path_of(path, sizeof(path), file);
	(void)unlink(path);
}

static void
prepare(void *arg, const char *apex, const char *text)
{
	char file[300];

	(void)arg;
	(void)snprintf(file, sizeof(file), "%s.zone", apex);
	write_file(file, text);
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* What BIND's compiler makes of the file, in the suite's form. */
static char *
dump(void *arg, const char *apex)
{
	char command[700], line[16384], *lines[256], *out;
	size_t n = 0, i, size = 1;
	FILE *fp;

	(void)arg;
	(void)snprintf(command, sizeof(command),
	    "named-compilezone -q -k ignore -i none -o - %s %s/%s.zone", apex,
	    folder, apex);
	assert_non_null(fp = popen(command, "r"));
	while (fgets(line, sizeof(line), fp) != NULL) {
		char owner[300], type[20];
		unsigned ttl;
		int at = 0;

		assert_int_equal(
		    sscanf(line, "%299s %u IN %19s %n", owner, &ttl, type, &at),
		    3);
		owner[strlen(owner) - 1] = '\0';
		assert_in_range(n, 0, 255);
		size += (size_t)snprintf(
		    NULL, 0, "%s %s %u %s", owner, type, ttl, line + at);
		assert_true(asprintf(&lines[n++], "%s %s %u %s", owner, type,
				ttl, line + at) > 0);
	}
	assert_int_equal(pclose(fp), 0);
	qsort(lines, n, sizeof(*lines), by_text);
	assert_non_null(out = calloc(1, size));
	for (i = 0; i < n; i++) {
		strcat(out, lines[i]);
		free(lines[i]);
	}
	return (out);
}

/* An account on the folder; ${words}: the reload command or NULL. */
static enum dro_code
open_account(struct dro_host *host, const char *const *words, void **ctx,
    struct dro_err *err)
{
	static const char *paths[1] = {folder};
	static struct dro_conf_item items[2];
	static struct dro_conf conf = {"zf", 1, items};

	items[0] = (struct dro_conf_item){"path", 1, paths};
	items[1] = (struct dro_conf_item){"reload.command", 0, words};
	while (words != NULL && words[items[1].n] != NULL)
		items[1].n++;
	conf.n = words == NULL ? 1 : 2;
	return (dro_provider_zonefile.open(host, &conf, ctx, err));
}

static enum dro_code
open_plain(void *arg, struct dro_host *host, bool wrong_credential, void **ctx,
    struct dro_err *err)
{
	(void)arg;
	assert_false(wrong_credential);
	return (open_account(host, NULL, ctx, err));
}

/* An account with a reload command, and the zone ${apex} found. */
static void
session_reload(
    struct session *s, void **state, const char *apex, const char *const *words)
{
	session_open_mode(s, state, false, false);
	s->plugin->close(s->ctx);
	assert_code(s, DRO_OK, open_account(s->host, words, &s->ctx, &s->err));
	assert_code(
	    s, DRO_OK, s->plugin->zone(s->ctx, apex, &s->zone, &s->err));
}

#define ZONE                                                                   \
	"$TTL 3600\n"                                                          \
	"@ SOA ns1 hostmaster 7 7200 3600 1209600 300\n"                       \
	"  NS ns1\n"                                                           \
	"ns1 A 192.0.2.53\n"

static void
test_names_of_files(void **state)
{
	static const char *const names[] = {
	    "one.example.zone", "two.example", "db.three.example"};
	static const char *const zones[] = {
	    "one.example", "two.example", "three.example"};
	struct session s;
	size_t i;

	session_open_mode(&s, state, false, false);
	for (i = 0; i < 3; i++) {
		write_file(names[i], ZONE);
		assert_code(&s, DRO_OK,
		    s.plugin->zone(s.ctx, zones[i], &s.zone, &s.err));
		assert_string_equal(s.zone.name, zones[i]);
		assert_non_null(strstr(s.zone.id, names[i]));
	}
	write_file("db.one.example", ZONE);
	assert_code(&s, DRO_EINVAL,
	    s.plugin->zone(s.ctx, "_dmarc.one.example", &s.zone, &s.err));
	assert_non_null(strstr(s.err.msg, "/one.example.zone"));
	assert_non_null(strstr(s.err.msg, "/db.one.example"));
	remove_file("db.one.example");
	session_close(&s);
}

/* A folder of the zone's name is no zone file. */
static void
test_folder_is_no_file(void **state)
{
	char path[300];
	struct session s;

	session_open_mode(&s, state, false, false);
	path_of(path, sizeof(path), "folder.example");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "folder.example", &s.zone, &s.err));
	assert_int_equal(rmdir(path), 0);
	session_close(&s);
}

static void
test_delegated(void **state)
{
	struct session s;

	write_file("cut.example.zone",
	    ZONE "shop NS ns.other.example.\n"
		 "_dmarc.mail NS ns.other.example.\n"
		 "moved DNAME elsewhere.example.\n");
	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "_dmarc.shop.cut.example", &s.zone, &s.err));
	assert_non_null(strstr(s.err.msg, "shop.cut.example."));
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "_dmarc.mail.cut.example", &s.zone, &s.err));
	assert_code(&s, DRO_ENOTFOUND,
	    s.plugin->zone(s.ctx, "_dmarc.moved.cut.example", &s.zone, &s.err));
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "moved.cut.example", &s.zone, &s.err));
	assert_code(&s, DRO_OK,
	    s.plugin->zone(s.ctx, "_dmarc.cut.example", &s.zone, &s.err));
	session_close(&s);
}

/* The file behind a link is replaced; link, owner and mode stay. */
static void
test_symbolic_link(void **state)
{
	const char *name = "_dmarc.link.example";
	char path[300], target[300], *text;
	struct dro_rrset absent, wanted;
	struct session s;
	struct stat st;

	path_of(path, sizeof(path), "link.example.zone");
	path_of(target, sizeof(target), "real-file");
	write_file("real-file", ZONE);
	assert_int_equal(chmod(target, 0640), 0);
	assert_int_equal(symlink("real-file", path), 0);
	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_OK, session_apply(&s, &absent, &wanted));
	assert_string_equal(s.receipt.note, "serial 7 -> 8");
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	text = read_file("real-file");
	assert_string_equal(text,
	    "$TTL 3600\n"
	    "@ SOA ns1 hostmaster 8 7200 3600 1209600 300\n"
	    "  NS ns1\n"
	    "ns1 A 192.0.2.53\n"
	    "_dmarc.link.example.\t300\tIN\tTXT\t\"v=DMARC1; p=none\"\n");
	free(text);
	session_close(&s);
}

static void
test_reload(void **state)
{
	const char *name = "_dmarc.reload.example";
	const char *words[5] = {"/bin/sh", "-c", reload_words[2], NULL, NULL};
	char log[300], *text;
	struct dro_rrset absent, wanted;
	struct session s;

	write_file("reload.example.zone", ZONE);
	path_of(log, sizeof(log), "log");
	words[3] = log;
	session_reload(&s, state, "reload.example", words);
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	/* Reading runs nothing. */
	assert_live(&s, &absent);
	assert_null(read_file("log"));
	assert_code(&s, DRO_OK, session_apply(&s, &absent, &wanted));
	text = read_file("log");
	assert_string_equal(text, "reload.example/reload.example\n");
	free(text);
	/* Done already: the server may not know, so it is told again. */
	assert_code(&s, DRO_OK, session_apply(&s, &absent, &wanted));
	assert_true(s.receipt.noop);
	text = read_file("log");
	assert_string_equal(text,
	    "reload.example/reload.example\nreload.example/reload.example\n");
	free(text);
	/* A conflict tells nobody. */
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=reject"));
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &absent, &wanted));
	text = read_file("log");
	assert_int_equal(strlen(text), 60);
	free(text);
	session_close(&s);
}

/* The file is written by then, so the outcome is unknown, not "nothing". */
static void
test_reload_fails(void **state)
{
	static const char *const words[] = {
	    "/bin/sh", "-c", "echo no such zone; exit 1", NULL};
	const char *name = "_dmarc.broken.example";
	struct dro_rrset absent, wanted;
	struct session s;

	write_file("broken.example.zone", ZONE);
	session_reload(&s, state, "broken.example", words);
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	assert_code(&s, DRO_ETIMEOUT, session_apply(&s, &absent, &wanted));
	assert_int_equal(s.err.code, DRO_ETIMEOUT);
	assert_non_null(strstr(s.err.msg, "written, but the reload failed"));
	assert_non_null(strstr(s.err.msg, "no such zone"));
	assert_live(&s, &wanted);
	assert_code(&s, DRO_ETIMEOUT, session_apply(&s, &absent, &wanted));
	session_close(&s);
}

/* Everything the text or the proof refuses leaves the file as it is. */
static void
test_refused_untouched(void **state)
{
	static const struct {
		const char *more, *message;
	} cases[] = {
	    {"x RRSIG A 8 2 300 20300101000000 20290101000000 1 x.example. "
	     "aGk=\n",
		"signatures"},
	    {"@ ZONEMD 7 1 1 aabbccddeeff00112233445566778899"
	     "aabbccddeeff00112233445566778899aabbccddeeff0011"
	     "2233445566778899\n",
		"signatures"},
	};
	const char *name = "_dmarc.refused.example";
	struct dro_rrset absent, wanted;
	struct session s;
	char text[1024], *after;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", ZONE, cases[i].more);
		write_file("refused.example.zone", text);
		session_open_mode(&s, state, false, false);
		assert_code(
		    &s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
		rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
		rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1"));
		assert_code(
		    &s, DRO_EINVAL, session_apply(&s, &absent, &wanted));
		assert_ptr_equal(strstr(s.err.msg, "refused: "), s.err.msg);
		assert_non_null(strstr(s.err.msg, cases[i].message));
		after = read_file("refused.example.zone");
		assert_string_equal(after, text);
		free(after);
		session_close(&s);
	}
}

/* DNS holds a repeated record once, two cuts of one text twice. */
static void
test_repeated_records(void **state)
{
	static const char *const texts[] = {"ab", "ab", "c", NULL};
	struct dro_rrset live;
	struct session s;

	session_open(&s, state, "twice.example",
	    "_dmarc 300 TXT ab\n       300 TXT \"a\\098\"\n"
	    "       60  TXT c\n       900 TXT a b\n");
	rrset_of(&s, &live, "_dmarc.twice.example", DRO_RR_TXT, texts);
	assert_live(&s, &live);
	assert_code(&s, DRO_OK,
	    session_read(&s, "_dmarc.twice.example", DRO_RR_TXT, &live));
	/* The longest anybody may have cached it. */
	assert_int_equal(live.ttl_s, 900);
	session_close(&s);
}

/* An edit after our read is seen before the file is replaced. */
static void
test_edit_while_splicing(void **state)
{
	static const char edited[] = ZONE "www A 192.0.2.80\n";
	const char *name = "_dmarc.meanwhile.example";
	struct dro_rrset absent, wanted;
	struct session s;
	char *after;

	write_file("meanwhile.example.zone", ZONE);
	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_OK, s.plugin->zone(s.ctx, name, &s.zone, &s.err));
	rrset_of(&s, &absent, name, DRO_RR_TXT, NOTHING);
	rrset_of(&s, &wanted, name, DRO_RR_TXT, ONE("v=DMARC1; p=none"));
	meanwhile_file = "meanwhile.example.zone";
	meanwhile = edited;
	assert_code(&s, DRO_ECONFLICT, session_apply(&s, &absent, &wanted));
	assert_null(meanwhile);
	assert_non_null(strstr(s.err.msg, "at the same time"));
	after = read_file("meanwhile.example.zone");
	assert_string_equal(after, edited);
	free(after);
	session_close(&s);
}

/* Null MX, and an MX host however it is written. */
static void
test_mx(void **state)
{
	struct dro_rrset mx, null_mx, bad;
	struct session s;

	session_open(&s, state, "mx.example", "@ 300 MX 010 MX1\n");
	rrset_of(&s, &mx, "mx.example", DRO_RR_MX, ONE("10 mx1.mx.example."));
	rrset_of(&s, &null_mx, "mx.example", DRO_RR_MX, ONE("0 ."));
	assert_live(&s, &mx);
	rrset_of(&s, &mx, "mx.example", DRO_RR_MX, ONE("10 MX1.mx.example."));
	assert_code(&s, DRO_OK, session_apply(&s, &mx, &null_mx));
	assert_live(&s, &null_mx);
	rrset_of(&s, &bad, "mx.example", DRO_RR_MX, ONE("mx1.mx.example."));
	assert_code(&s, DRO_EINVAL, s.plugin->explain(s.ctx, &bad, &s.err));
	assert_code(&s, DRO_EINVAL, session_apply(&s, &null_mx, &bad));
	assert_live(&s, &null_mx);
	session_close(&s);
}

/* What no line of a zone file can hold. */
static void
test_explain(void **state)
{
	static char big[8192];
	struct dro_rrset wanted;
	struct session s;

	session_open_mode(&s, state, false, false);
	memset(big, 'a', sizeof(big));
	rrset_of(&s, &wanted, "x.example", DRO_RR_TXT, NOTHING);
	assert_code(&s, DRO_OK,
	    dro_rrset_add(&wanted, s.arena, big, sizeof(big), &s.err));
	assert_code(&s, DRO_OK, s.plugin->explain(s.ctx, &wanted, &s.err));
	memset(big, '\001', sizeof(big));
	rrset_of(&s, &wanted, "x.example", DRO_RR_TXT, NOTHING);
	assert_code(&s, DRO_OK,
	    dro_rrset_add(&wanted, s.arena, big, sizeof(big), &s.err));
	assert_code(&s, DRO_EINVAL, s.plugin->explain(s.ctx, &wanted, &s.err));
	rrset_of(&s, &wanted, "x.example", DRO_RR_TXT, ONE("a"));
	wanted.ttl_s = UINT32_C(1) << 31;
	assert_code(&s, DRO_EINVAL, s.plugin->explain(s.ctx, &wanted, &s.err));
	rrset_of(&s, &wanted, "x.example", DRO_RR_NS, ONE("ns.example."));
	assert_code(&s, DRO_EINVAL, s.plugin->explain(s.ctx, &wanted, &s.err));
	session_close(&s);
}

static void
test_check_names_the_folder(void **state)
{
	static const char *const paths[] = {"/nonexistent/zones"};
	static const struct dro_conf_item item = {"path", 1, paths};
	static const struct dro_conf conf = {"zf", 1, &item};
	static const struct dro_conf empty = {"zf", 0, &item};
	struct session s;
	void *ctx;

	session_open_mode(&s, state, false, false);
	assert_code(&s, DRO_OK, s.plugin->open(s.host, &conf, &ctx, &s.err));
	assert_code(&s, DRO_EIO, s.plugin->check(ctx, &s.err));
	assert_non_null(strstr(s.err.msg, "/nonexistent/zones"));
	assert_int_equal(s.err.scope, DRO_SCOPE_ACCOUNT);
	s.plugin->close(ctx);
	assert_code(
	    &s, DRO_EINVAL, s.plugin->open(s.host, &empty, &ctx, &s.err));
	session_close(&s);
}

static int
remove_folder(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", folder);
	return (system(command));
}

int
main(void)
{
	static struct conformance suite = {
	    &dro_provider_zonefile, NULL, false, prepare, dump, open_plain};
	struct CMUnitTest tests[] = {CONFORMANCE_TESTS,
	    cmocka_unit_test(test_names_of_files),
	    cmocka_unit_test(test_folder_is_no_file),
	    cmocka_unit_test(test_delegated),
	    cmocka_unit_test(test_symbolic_link), cmocka_unit_test(test_reload),
	    cmocka_unit_test(test_reload_fails),
	    cmocka_unit_test(test_refused_untouched),
	    cmocka_unit_test(test_repeated_records),
	    cmocka_unit_test(test_edit_while_splicing),
	    cmocka_unit_test(test_mx), cmocka_unit_test(test_explain),
	    cmocka_unit_test(test_check_names_the_folder)};
	size_t i;

	if (mkdtemp(folder) == NULL)
		return (1);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].initial_state = &suite;
	return (cmocka_run_group_tests(tests, NULL, remove_folder));
}
