/* Each value with the place that it was taken from, by hand. */

#include "config_read.h"

#include <sys/stat.h>
#include <unistd.h>

static const char main_file[] =
    "version: 1\n" /* 1 */
    "include: [conf.d/*.yaml]\n"
    "accounts:\n"
    "  zf: {provider: zonefile, path: zones/,\n"
    "    reload: {command: [knotc, zone-reload]}}\n" /* 5 */
    "  pd:\n"
    "    provider: powerdns\n"
    "    endpoint: https://dns.example\n"
    "    key: {command: [pass, show, hunter2]}\n"
    "policies:\n" /* 10 */
    "  far: {extends: careful, gates: {tau: \"2%\", reporters: 4}}\n"
    "  near:\n"
    "    extends: far\n"
    "    gates: {tau: \"0.25%\"}\n"
    "    hops: {quarantine: {days: 50}}\n" /* 15 */
    "    approval: {before: [reject]}\n"
    "defaults:\n"
    "  policy: near\n"
    "  account: zf\n"
    "  ttl: 90\n" /* 20 */
    "  sources: {crm: {dkim: [crm.example]}, all: {mail_from: [a.example]}}\n"
    "clients:\n"
    "  bare: {policy: government, domains: {bare.example: }}\n"
    "  one:\n"
    "    rua: \"mailto:one@rua.example\"\n" /* 25 */
    "    ladder: [none, quarantine-10, quarantine, reject]\n"
    "    hops: {quarantine: {days: 44, report_days: 40}}\n"
    "    until: 2027-01-01\n"
    "    why: small\n"
    "    sources: {crm: {dkim: [crm2.example], owner: Ann}, closed: true}\n"

    "    domains:\n"
    "      one.example: {sp: reject, target: quarantine}\n";

static const char included[] = "clients:\n"
			       "  two:\n"
			       "    account: pd\n"
			       "    import: {csv: two.csv}\n";

static const char sheet[] = "domain;ttl;pause\n"
			    "Two.example;2h;\n"
			    "b\xc3\xbc"
			    "cher.example;;not yet\n";

static char dir[] = "/tmp/dro-show-XXXXXX";

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("conf.d", 0700), 0);
	write_file("rollout.yaml", main_file);
	write_file("conf.d/two.yaml", included);
	write_file("conf.d/two.csv", sheet);
	return (0);
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(unlink("conf.d/two.csv"), 0);
	assert_int_equal(unlink("conf.d/two.yaml"), 0);
	assert_int_equal(rmdir("conf.d"), 0);
	assert_int_equal(unlink("rollout.yaml"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	return (0);
}

struct answer {
	struct dro_arena *arena;
	struct dro_config config;
	struct dro_shown shown;
};

static void
show(struct answer *a, const char *domain)
{
	struct dro_findings findings;
	struct dro_err err;

	a->arena = dro_arena_create();
	if (dro_config_show(NULL, NOW, domain, a->arena, &a->config, &a->shown,
		&findings, &err) != DRO_OK)
		fail_msg("%s", err.msg);
}

/* "VALUE | FILE:LINE:COLUMN kind name" of one key. */
static void
line(const struct dro_shown_value *v, struct dro_buf *out)
{
	size_t i;

	if (v->type == DRO_SHOWN_NUMBER)
		dro_buf_addf(out, "%lld", (long long)v->number);
	else if (v->type == DRO_SHOWN_NOTHING)
		dro_buf_adds(out, "-");
	for (i = 0; i < v->n; i++)
		dro_buf_addf(out, "%s%s", i > 0 ? " " : "", v->texts[i]);
	dro_buf_adds(out, " | ");
	if (v->file != NULL)
		dro_buf_addf(out, "%s:%d:%d ", v->file, v->line, v->column);
	dro_buf_addf(out, "%s%s%s", v->kind, v->name != NULL ? " " : "",
	    v->name != NULL ? v->name : "");
}

struct expected {
	const char *key, *line;
};

static void
check(const char *domain, const struct expected *wanted, size_t n)
{
	struct dro_buf out;
	struct answer a;
	size_t i, j;

	show(&a, domain);
	dro_buf_init(&out, 1 << 16);
	for (i = 0; i < n; i++) {
		for (j = 0; j < a.shown.n; j++)
			if (strcmp(a.shown.values[j].key, wanted[i].key) == 0)
				break;
		dro_buf_reset(&out);
		if (j < a.shown.n)
			line(&a.shown.values[j], &out);
		else
			dro_buf_adds(&out, "not there");
		if (strcmp(out.ptr, wanted[i].line) != 0)
			fail_msg("%s: %s: found %s, expected %s", domain,
			    wanted[i].key, out.ptr, wanted[i].line);
	}
	dro_buf_finish(&out);
	dro_arena_destroy(a.arena);
}

static void
nearest_place(void **state)
{
	static const struct expected one[] = {
	    {"policy", "near | rollout.yaml:18:3 defaults"},
	    {"account", "zf | rollout.yaml:19:3 defaults"},
	    {"rua", "mailto:one@rua.example | rollout.yaml:25:5 client one"},
	    {"ttl", "90s | rollout.yaml:20:3 defaults"},
	    {"target", "quarantine | rollout.yaml:32:33 domain"},
	    {"ladder",
		"none quarantine-10 quarantine reject | rollout.yaml:26:5 "
		"client one"},
	    {"gates.tau", "0.25% | rollout.yaml:14:13 policy near"},
	    {"gates.reporters", "4 | rollout.yaml:11:46 policy far"},
	    {"gates.alpha", "5% | shipped policy careful"},
	    {"gates.freshness", "3d | shipped policy careful"},
	    {"hops.none.days", "70 | shipped policy careful"},
	    {"hops.quarantine.days", "44 | rollout.yaml:27:12 client one"},
	    {"hops.quarantine.report_days",
		"40 | rollout.yaml:27:12 client one"},
	    {"hops.reject.days", "not there"},
	    {"approval.before", "reject | rollout.yaml:16:16 policy near"},
	    {"sp", "reject | rollout.yaml:32:21 domain"},
	    {"np", "- | default"},
	    {"pause", "- | default"},
	    {"sources.crm.dkim",
		"crm2.example | rollout.yaml:30:15 client one"},
	    {"sources.crm.owner", "Ann | rollout.yaml:30:15 client one"},
	    {"sources.all.mail_from",
		"a.example | rollout.yaml:21:41 defaults"},
	    {"sources.all.owner", "not there"},
	    {"sources.closed", "true | rollout.yaml:30:56 client one"},
	    {"until", "2027-01-01 | rollout.yaml:28:5 client one"},
	    {"why", "small | rollout.yaml:29:5 client one"},
	    {"name", "not there"},
	    {"domains", "not there"},
	    {"accounts.zf.provider", "zonefile | rollout.yaml:4:3 account zf"},
	    {"accounts.zf.reload.command",
		"knotc zone-reload | rollout.yaml:5:14 account zf"},
	    {"accounts.pd.key", "not there"},
	};
	static const struct expected bare[] = {
	    {"policy", "government | rollout.yaml:23:10 client bare"},
	    {"hops.quarantine.days", "35 | shipped policy government"},
	    {"approval.before", "reject | shipped policy government"},
	    {"target", "reject | shipped policy government"},
	    {"why", "not there"},
	};

	(void)state;
	check("One.Example.", one, DRO_ARRAY_LEN(one));
	check("bare.example", bare, DRO_ARRAY_LEN(bare));
}

static void
other_files(void **state)
{
	static const struct expected two[] = {
	    {"ttl", "2h | conf.d/two.csv:2:13 domain"},
	    {"pause", "- | default"},
	    {"account", "pd | conf.d/two.yaml:3:5 client two"},
	    {"accounts.pd.endpoint",
		"https://dns.example | rollout.yaml:8:5 account pd"},
	    {"accounts.pd.key", "command pass | rollout.yaml:9:5 account pd"},
	};
	static const struct expected books[] = {
	    {"ttl", "90s | rollout.yaml:20:3 defaults"},
	    {"pause", "not yet | conf.d/two.csv:3:17 domain"},
	};
	const struct dro_domain *d;
	struct answer a;

	(void)state;
	check("two.example", two, DRO_ARRAY_LEN(two));
	check("xn--bcher-kva.example", books, DRO_ARRAY_LEN(books));
	show(&a,
	    "b\xc3\xbc"
	    "cher.example");
	d = dro_config_domain(&a.config, "xn--bcher-kva.example");
	assert_non_null(d);
	assert_string_equal(d->file, "conf.d/two.csv");
	assert_int_equal(d->line, 3);
	assert_string_equal(d->client->id, "two");
	assert_true(a.shown.n > 0);
	dro_arena_destroy(a.arena);
}

static void
not_listed(void **state)
{
	static const char *const names[] = {
	    "no.example", "not a name", "", "sub.one.example"};
	struct answer a;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(names); i++) {
		show(&a, names[i]);
		assert_int_equal(a.shown.n, 0);
		dro_arena_destroy(a.arena);
	}
}

/* What somebody adds to the table is shown without more. */
static void
every_key(void **state)
{
	const struct dro_key *keys;
	struct answer a;
	size_t i, j, n;

	(void)state;
	show(&a, "one.example");
	keys = dro_keys(&n);
	for (i = 0; i < n; i++) {
		if ((keys[i].places & DRO_IN_DOMAIN) == 0 ||
		    keys[i].type == DRO_T_NODE || keys[i].type == DRO_T_MAP)
			continue;
		for (j = 0; j < a.shown.n; j++)
			if (strcmp(a.shown.values[j].key, keys[i].name) == 0)
				break;
		if (j == a.shown.n)
			fail_msg("%s: not shown", keys[i].name);
	}
	dro_arena_destroy(a.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nearest_place),
	    cmocka_unit_test(other_files),
	    cmocka_unit_test(not_listed),
	    cmocka_unit_test(every_key),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
