/* Plan files: sealed, written, read strictly; and the digest of a change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "apply/planfile.h"
#include "base/date.h"
#include "presets/presets.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Not sealed; the hashes below were computed from it by another program. */
static const char plan_text[] =
    "{\"schema\": \"rollout.plan/1\", \"as_of\": \"2026-01-05T06:00:00Z\","
    " \"expires_at\": \"2026-01-12T06:00:00Z\", \"changes\": [{\"op\": \"up\","
    " \"domain\": \"klant.example\", \"from\": \"none\","
    " \"to\": \"quarantine-10\","
    " \"rrset\": {\"name\": \"_dmarc.klant.example\", \"type\": \"TXT\","
    " \"ttl\": 3600},"
    " \"before\": {\"ttl\": 3600, \"values\": [\"v=DMARC1; p=none\"]},"
    " \"after\": {\"ttl\": 3600, \"values\":"
    " [\"v=DMARC1; p=quarantine; pct=10; t=y\", \"caf\xc3\xa9\"]},"
    " \"digest\": \"" A64 "\"}]}";
#define SEAL "609a2db42c6698dfcd0a21a451c2b4c16b81bc199ea21ece747357c82ec5fef2"
#define PLAN_ID                                                                \
	"5c9afff2d8a2b9861457a0257ff7984b6eebed4d895c84e4389c85f7a4923d72"

static json_t *
sealed(void)
{
	json_t *plan = json_loads(plan_text, 0, NULL);
	struct dro_err err;

	assert_non_null(plan);
	assert_int_equal(dro_planfile_seal(plan, &err), DRO_OK);
	return (plan);
}

/* Parse ${plan} as a file would have it, and release it. */
static enum dro_code
parse(json_t *plan, struct dro_arena *arena, struct dro_planfile *out,
    struct dro_err *err)
{
	char *text = json_dumps(plan, JSON_INDENT(1));
	enum dro_code code;

	assert_non_null(text);
	code = dro_planfile_parse(
	    text, strlen(text), "plan.json", arena, out, err);
	free(text);
	json_decref(plan);
	return (code);
}

static void
seals_are_as_specified(void **state)
{
	json_t *plan = sealed(), *change;

	(void)state;
	change = json_array_get(json_object_get(plan, "changes"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(change, "seal")), SEAL);
	assert_string_equal(
	    json_string_value(json_object_get(plan, "plan_id")), PLAN_ID);
	json_decref(plan);
}

static void
what_was_written_is_read(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	const struct dro_planned *c;
	struct dro_err err;

	(void)state;
	assert_int_equal(parse(sealed(), arena, &plan, &err), DRO_OK);
	assert_string_equal(plan.id, PLAN_ID);
	assert_int_equal(plan.expires_at - plan.as_of, 7 * DRO_DAY_S);
	assert_int_equal(plan.n, 1);
	c = &plan.changes[0];
	assert_string_equal(c->domain, "klant.example");
	assert_string_equal(c->op, "up");
	assert_string_equal(c->from, "none");
	assert_string_equal(c->to, "quarantine-10");
	assert_string_equal(c->digest, A64);
	assert_string_equal(c->after.name, "_dmarc.klant.example");
	assert_int_equal(c->after.type, DRO_RR_TXT);
	assert_int_equal(c->after.ttl_s, 3600);
	assert_int_equal(c->before.n, 1);
	assert_int_equal(c->after.n, 2);
	assert_string_equal(c->after.values[1].ptr, "caf\xc3\xa9");
	dro_arena_destroy(arena);
}

/* The member at ${path} ("changes/0/after/ttl") is taken out or replaced. */
static void
replace(json_t *root, const char *path, const char *value)
{
	json_t *node = root, *new = NULL;
	const char *p = path, *slash;
	char key[40];

	while ((slash = strchr(p, '/')) != NULL) {
		memcpy(key, p, (size_t)(slash - p));
		key[slash - p] = '\0';
		node = json_is_array(node)
		    ? json_array_get(node, (size_t)strtoul(key, NULL, 10))
		    : json_object_get(node, key);
		assert_non_null(node);
		p = slash + 1;
	}
	if (value == NULL) {
		assert_int_equal(json_object_del(node, p), 0);
		return;
	}
	new = json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(new);
	assert_int_equal(json_object_set_new(node, p, new), 0);
}

static const struct {
	const char *path, *value, *message;
} edits[] = {
    /* The head. */
    {"schema", NULL, "not a plan file: schema"},
    {"schema", "\"rollout.status/1\"", "not a plan file: schema"},
    {"schema", "\"rollout.plan/2\"", "this version reads rollout.plan/1"},
    {"plan_id", NULL, "not a plan file: plan_id"},
    {"plan_id", "\"" A64 "\"", "edited: every change is whole"},
    {"plan_id", "\"A\"", "not a plan file: plan_id"},
    {"as_of", NULL, "not a plan file: as_of"},
    {"as_of", "\"2026-01-05T06:00:01Z\"", "edited: every change is whole"},
    {"expires_at", "\"soon\"", "not a plan file: expires_at"},
    {"expires_at", "\"2027-01-12T06:00:00Z\"", "edited: every change is"},
    {"changes", "{}", "not a plan file: changes"},
    {"changes", "[]", "edited: every change is whole"},
    {"changes", "[1]", "not a plan file: change 1: domain"},
    {"more", "1", "edited: every change is whole"},
    /* A change. */
    {"changes/0/domain", "\"andere.example\"", "edited: change 1 (andere"},
    {"changes/0/domain", "\"\"", "change 1: domain"},
    {"changes/0/domain", "\"a\\u0000b\"", "change 1: domain"},
    {"changes/0/op", "1", "change 1: op"},
    {"changes/0/to", "null", "change 1: to"},
    {"changes/0/to", "\"reject\"", "edited: change 1 (klant.example)"},
    {"changes/0/from", "1", "change 1: from"},
    {"changes/0/from", "null", "edited: change 1 (klant.example)"},
    {"changes/0/digest", "\"aa\"", "change 1: digest"},
    {"changes/0/seal", NULL, "change 1: seal"},
    {"changes/0/seal", "\"" A64 "\"", "edited: change 1 (klant.example)"},
    {"changes/0/more", "1", "edited: change 1 (klant.example)"},
    {"changes/0/rrset", NULL, "change 1: rrset"},
    {"changes/0/rrset/type", "\"A\"", "change 1: rrset"},
    {"changes/0/rrset/type", "\"MX\"", "edited: change 1"},
    {"changes/0/rrset/ttl", "1", "edited: change 1 (klant.example)"},
    {"changes/0/before", NULL, "change 1: before"},
    {"changes/0/before", "null", "edited: change 1 (klant.example)"},
    {"changes/0/after", "[]", "change 1: after"},
    {"changes/0/after/ttl", "-1", "change 1: after"},
    {"changes/0/after/ttl", "4294967296", "change 1: after"},
    {"changes/0/after/ttl", "1.5", "change 1: after"},
    {"changes/0/after/values", "[]", "change 1: after"},
    {"changes/0/after/values", "[1]", "change 1: after"},
    {"changes/0/after/values", "[\"v=DMARC1; p=reject\"]", "edited: change 1"},
};

static void
every_edit_is_found(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	struct dro_err err;
	json_t *root;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(edits); i++) {
		root = sealed();
		replace(root, edits[i].path, edits[i].value);
		if (parse(root, arena, &plan, &err) != DRO_EPARSE ||
		    strstr(err.msg, edits[i].message) == NULL)
			fail_msg("%s = %s: %s", edits[i].path,
			    edits[i].value != NULL ? edits[i].value : "nothing",
			    err.msg);
		assert_memory_equal(err.msg, "plan.json: ", 11);
	}
	dro_arena_destroy(arena);
}

static void
too_many_values(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	json_t *root = sealed(), *values;
	struct dro_planfile plan;
	struct dro_err err;
	size_t i;

	(void)state;
	values = json_object_get(
	    json_object_get(
		json_array_get(json_object_get(root, "changes"), 0), "after"),
	    "values");
	for (i = 0; i < DRO_RRSET_VALUES_MAX; i++)
		assert_int_equal(
		    json_array_append_new(values, json_string("x")), 0);
	assert_int_equal(parse(root, arena, &plan, &err), DRO_EPARSE);
	assert_non_null(strstr(err.msg, "change 1: after"));
	dro_arena_destroy(arena);
}

static const char *const not_plans[] = {"", "x", "[]", "{}", "null", "1",
    "{\"schema\": \"rollout.plan/1\"}", "{\"schema\": \"rollout.plan/1\"",
    "{\"a\": 1, \"a\": 1}", "{} {}", "\xff", "{\"schema\": \"\xff\"}"};

static void
what_is_no_plan(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(not_plans); i++)
		assert_int_equal(
		    dro_planfile_parse(not_plans[i], strlen(not_plans[i]),
			"plan.json", arena, &plan, &err),
		    DRO_EPARSE);
	dro_arena_destroy(arena);
}

static void
a_file_is_written_whole_and_expires(void **state)
{
	char dir[] = "/tmp/dro-planfile-XXXXXX", path[64];
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	struct dro_err err;
	struct stat st;
	json_t *root = sealed();
	int64_t end;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/plan.json", dir);
	assert_int_equal(dro_planfile_write(path, root, &err), DRO_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    dro_date_parse("2026-01-12T06:00:00Z", &end, NULL), DRO_OK);
	assert_int_equal(
	    dro_planfile_read(path, end - 1, arena, &plan, &err), DRO_OK);
	assert_string_equal(plan.id, PLAN_ID);
	assert_int_equal(
	    dro_planfile_read(path, end, arena, &plan, &err), DRO_EPARSE);
	assert_non_null(strstr(err.msg, "expired at 2026-01-12T06:00:00Z"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
	    dro_planfile_read(path, 0, arena, &plan, &err), DRO_ENOTFOUND);
	assert_int_equal(dro_planfile_write(dir, root, &err), DRO_EINVAL);
	/* No temporary file was left: the directory is empty. */
	assert_int_equal(rmdir(dir), 0);
	json_decref(root);
	dro_arena_destroy(arena);
}

/* A domain and a change of it, to vary. */
struct subject {
	struct dro_account account;
	struct dro_domain dom;
	struct dro_settings settings; /* of ${dom} */
	struct dro_change change;
};

static void
set_value(struct dro_rrset *rrset, struct dro_arena *arena, const char *text)
{
	dro_rrset_init(rrset, "_dmarc.klant.example", DRO_RR_TXT);
	rrset->ttl_s = 3600;
	assert_int_equal(
	    dro_rrset_add(rrset, arena, text, strlen(text), NULL), DRO_OK);
}

static void
subject_init(struct subject *s, struct dro_arena *arena)
{
	memset(s, 0, sizeof(*s));
	s->account.name = "main";
	s->dom.domain = "klant.example";
	s->dom.account = &s->account;
	assert_int_equal(
	    dro_preset_policy("standard", &s->settings, NULL), DRO_OK);
	s->dom.settings = &s->settings;
	s->settings.rua = "mailto:rua@msp.example";
	s->change.kind = "up";
	s->change.from = "none";
	s->change.to = "quarantine-10";
	s->change.reason = "every gate passes: 0 failures in 100";
	set_value(&s->change.before, arena, "v=DMARC1; p=none");
	set_value(&s->change.after, arena, "v=DMARC1; p=quarantine; pct=10");
}

static void
vary(struct subject *s, int what, struct dro_arena *arena)
{
	struct dro_settings *set = &s->settings;
	struct dro_err err;

	switch (what) {
	case 0:
		s->change.kind = "return";
		break;
	case 1:
		s->change.from = NULL;
		break;
	case 2:
		s->change.to = "quarantine-25";
		break;
	case 3:
		set_value(&s->change.before, arena, "v=DMARC1; p=none;");
		break;
	case 4:
		set_value(&s->change.after, arena, "v=DMARC1; p=reject");
		break;
	case 5:
		s->change.before.ttl_s = 300;
		break;
	case 6:
		s->change.after.ttl_s = 300;
		break;
	case 7:
		assert_int_equal(
		    dro_rrset_add(&s->change.after, arena, "other", 5, &err),
		    DRO_OK);
		break;
	case 8:
		s->account.name = "other";
		break;
	case 9:
		s->dom.account = NULL;
		break;
	case 10:
		set->ladder.n--;
		break;
	case 11:
		set->hops[0].days++;
		break;
	case 12:
		set->hops[0].report_days--;
		break;
	case 13:
		set->approvals[1]++;
		break;
	case 14:
		set->target = DRO_QUARANTINE;
		break;
	case 15:
		set->tau_ppm++;
		break;
	case 16:
		set->alpha_ppm++;
		break;
	case 17:
		set->freshness_h++;
		break;
	case 18:
		set->reporters_min++;
		break;
	case 19:
		set->rua = "mailto:other@msp.example";
		break;
	case 20:
		set->has_sp = true;
		break;
	case 21:
		set->ttl_s = 300;
		break;
	default:
		fail();
	}
}

static void
digest(const struct subject *s, char out[DRO_DIGEST_LEN])
{
	struct dro_err err;

	assert_int_equal(
	    dro_digest_change(&s->dom, &s->change, out, &err), DRO_OK);
}

/* Record, ladder and configuration are in the digest; evidence is not. */
static void
digests_tell_changes_apart(void **state)
{
	struct dro_arena *arena = dro_arena_create();
	char all[23][DRO_DIGEST_LEN], again[DRO_DIGEST_LEN];
	struct subject s;
	int i, j;

	(void)state;
	for (i = 0; i < 22; i++) {
		subject_init(&s, arena);
		vary(&s, i, arena);
		digest(&s, all[i]);
	}
	subject_init(&s, arena);
	digest(&s, all[22]);
	for (i = 0; i < 23; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(all[i], all[j]);
	s.change.reason = "every gate passes: 0 failures in 10000";
	s.change.settle_s = 1;
	digest(&s, again);
	assert_string_equal(again, all[22]);
	dro_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seals_are_as_specified),
	    cmocka_unit_test(what_was_written_is_read),
	    cmocka_unit_test(every_edit_is_found),
	    cmocka_unit_test(too_many_values),
	    cmocka_unit_test(what_is_no_plan),
	    cmocka_unit_test(a_file_is_written_whole_and_expires),
	    cmocka_unit_test(digests_tell_changes_apart),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
