#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dns_script.h"

#include "apply/tick.h"
#include "config/config.h"

/*
 * A domain is parked, day after day, through a provider that stores a null MX
 * or does not.  No provider of ours lacks it, so one in memory stands in; the
 * name server of the test shows what it holds on the next morning.
 */
#define DOMAIN "parked.example"
#define NOW INT64_C(1772000000)
#define DAY 86400
#define DAYS 8
#define REJECT                                                                 \
	"v=DMARC1; p=reject; rua=mailto:rua@msp.example; sp=reject; "          \
	"np=reject; adkim=s; aspf=s"

/* The three records; "" is absent. */
enum { DMARC, SPF, NULL_MX, RECORDS };

static struct {
	char held[RECORDS][256];
	bool refuses; /* its own words against "0 ." */
	int asked_mx; /* changes of MX that it was asked for */
} provider;

static size_t
record_of(const char *name, enum dro_rrtype type)
{
	if (strcmp(name, "_dmarc." DOMAIN) == 0)
		return (DMARC);
	return (type == DRO_RR_MX ? NULL_MX : SPF);
}

static enum dro_code
fake_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	(void)host;
	(void)conf;
	*ctx = malloc(1);
	return (*ctx != NULL ? DRO_OK : dro_err_nomem(err));
}

static enum dro_code
fake_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	(void)ctx;
	(void)name;
	(void)err;
	*out = (struct dro_zone){.name = DOMAIN};
	return (DRO_OK);
}

static enum dro_code
fake_read(void *ctx, const struct dro_zone *zone, const struct dro_rrkey *key,
    struct dro_arena *arena, struct dro_rrset *out, struct dro_err *err)
{
	const char *text = provider.held[record_of(key->name, key->type)];

	(void)ctx;
	(void)zone;
	dro_rrset_init(out, key->name, key->type);
	out->ttl_s = 3600;
	if (text[0] == '\0')
		return (DRO_OK);
	return (dro_rrset_add(out, arena, text, strlen(text), err));
}

static enum dro_code
fake_apply(void *ctx, const struct dro_zone *zone,
    const struct dro_rrchange *changes, size_t n, struct dro_receipt *receipt,
    struct dro_err *err)
{
	const struct dro_rrset *wanted = changes[0].wanted;

	(void)ctx;
	(void)zone;
	(void)err;
	assert_int_equal(n, 1);
	assert_true(wanted->n <= 1);
	provider.asked_mx += wanted->type == DRO_RR_MX;
	(void)snprintf(provider.held[record_of(wanted->name, wanted->type)],
	    sizeof(provider.held[0]), "%s",
	    wanted->n == 0 ? "" : wanted->values[0].ptr);
	memset(receipt, 0, sizeof(*receipt));
	return (DRO_OK);
}

static enum dro_code
fake_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	(void)ctx;
	if (wanted->type == DRO_RR_MX && provider.refuses)
		return (dro_err_set(err, DRO_EINVAL, "MX: a host expected"));
	return (DRO_OK);
}

static const struct dro_opt no_options[] = {
    {NULL, DRO_OPT_STRING, false, NULL}};

/* A world of its own for each case. */
struct world {
	char folder[32], config[64], database[64];
	struct dro_provider table;
	struct dro_arena *arena;
	struct dro_config settings;
	struct dro_err err;
	struct dro_decision decision; /* at the end */
};

/* The name server shows what the provider holds. */
static void
serve(void)
{
	static struct rule rules[RECORDS];
	static const struct rule empty[RECORDS] = {
	    {"_dmarc." DOMAIN, TXT, 0, 0, {{0}}},
	    {DOMAIN, TXT, 0, 0, {{0}}},
	    {DOMAIN, MX, 0, 0, {{0}}},
	};
	static const struct rr no_record = {SOA, 3600, "3600", DOMAIN, true};
	size_t i;

	for (i = 0; i < RECORDS; i++) {
		rules[i] = empty[i];
		rules[i].rrs[0] = provider.held[i][0] == '\0'
		    ? no_record
		    : (struct rr){(uint16_t)empty[i].type, 3600,
			  provider.held[i], NULL, false};
	}
	script_set(0, rules, RECORDS);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct dro_findings findings;
	FILE *f;

	*state = w;
	assert_non_null(w);
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/dro-park-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->config, sizeof(w->config), "%s/c.yaml", w->folder);
	(void)snprintf(
	    w->database, sizeof(w->database), "%s/state.db", w->folder);
	assert_non_null(f = fopen(w->config, "we"));
	(void)fprintf(f,
	    "version: 1\nclock: virtual\nstate: {database: state.db}\n"
	    "dns: {servers: {" DOMAIN ": [%s]}, verify_wait: 0s}\n"
	    "accounts: {main: {provider: zonefile, path: .}}\n"
	    "defaults: {account: main, policy: parked,"
	    " rua: 'mailto:rua@msp.example',"
	    " parked: {confirmed: 'against squatters'}}\n"
	    "clients: {c: {domains: {" DOMAIN ": {}}}}\n",
	    scripts[0].address);
	(void)fclose(f);
	assert_non_null(w->arena = dro_arena_create());
	if (dro_config_read(w->config, NOW, w->arena, &w->settings, &findings,
		&w->err) != DRO_OK)
		fail_msg("%s", w->err.msg);
	memset(&provider, 0, sizeof(provider));
	(void)snprintf(provider.held[DMARC], sizeof(provider.held[DMARC]),
	    "v=DMARC1; p=none; rua=mailto:rua@msp.example");
	w->table = (struct dro_provider){.name = "memory",
	    .calls = 1,
	    .opts = no_options,
	    .open = fake_open,
	    .zone = fake_zone,
	    .read = fake_read,
	    .apply = fake_apply,
	    .explain = fake_explain,
	    .close = free};
	w->settings.accounts[0].provider = &w->table;
	return (0);
}

static int
teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	struct world *w = *state;
	char path[80];
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", w->database, ends[i]);
		(void)unlink(path);
	}
	(void)unlink(w->config);
	(void)rmdir(w->folder);
	dro_arena_destroy(w->arena);
	free(w);
	return (0);
}

static void
check(struct world *w, enum dro_code code)
{
	if (code != DRO_OK)
		fail_msg("%s", w->err.msg);
}

/* One run of advance on the morning of ${day}. */
static void
advance(struct world *w, int day)
{
	const struct dro_domain *dom = &w->settings.domains[0];
	const struct dro_writer writer = {.verb = "advance",
	    .now = NOW + (int64_t)day * DAY,
	    .virtual_clock = true};
	struct dro_session session;
	struct dro_store *store;
	struct dro_exam exam;
	struct dro_tick tick;

	serve();
	check(w,
	    dro_store_open(
		w->database, DRO_STORE_WRITE, &writer, &store, &w->err));
	check(w,
	    dro_session_open(&w->settings, store, false, writer.now, w->arena,
		&session, &w->err));
	check(w, dro_tick(&session, &dom, 1, NULL, &tick, &w->err));
	assert_int_equal(tick.failed, 0);
	check(w,
	    dro_examine(
		&session, dom, DRO_FROM_STORE, w->arena, &exam, &w->err));
	w->decision = exam.decision;
	dro_session_close(&session);
	dro_store_close(store);
}

static void
live_through(struct world *w)
{
	int day;

	for (day = 0; day < DAYS; day++)
		advance(w, day);
	assert_string_equal(provider.held[DMARC], REJECT);
	assert_string_equal(provider.held[SPF], "v=spf1 -all");
	assert_int_equal(w->decision.step, DRO_STEP_PARKED);
}

/* It can: all three records. */
static void
test_stores_null_mx(void **state)
{
	struct world *w = *state;

	w->table.caps = DRO_CAP_NULL_MX;
	live_through(w);
	assert_string_equal(provider.held[NULL_MX], "0 .");
	assert_string_equal(w->decision.code, "parked");
}

/* It never can: parked all the same, it is never asked, and says so. */
static void
test_lacks_null_mx(void **state)
{
	struct world *w = *state;

	live_through(w);
	assert_string_equal(provider.held[NULL_MX], "");
	assert_int_equal(provider.asked_mx, 0);
	assert_string_equal(w->decision.code, "parked_without_null_mx");
	assert_non_null(strstr(w->decision.reason,
	    "account main: provider memory cannot store it"));
}

/* It can, but not this account; found out when its turn has come. */
static void
test_refuses_null_mx(void **state)
{
	struct world *w = *state;

	w->table.caps = DRO_CAP_NULL_MX;
	provider.refuses = true;
	live_through(w);
	assert_string_equal(provider.held[NULL_MX], "");
	assert_int_equal(provider.asked_mx, 0);
	assert_string_equal(w->decision.code, "parked_without_null_mx");
	assert_non_null(
	    strstr(w->decision.reason, "account main: MX: a host expected"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_stores_null_mx, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_lacks_null_mx, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_refuses_null_mx, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, script_start, script_end));
}
