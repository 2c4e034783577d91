/*
 * Parking a domain that sends no mail: docs/parked.md as a table.  Each row
 * flips one thing of a world in which the next part would be published.
 */

#include "world.h"

#include "docs.h"
#include "parked/park.h"

#define READY "v=DMARC1; p=none; rua=" RUA
#define PARKED                                                                 \
	"v=DMARC1; p=reject; rua=" RUA "; sp=reject; np=reject; adkim=s; "     \
	"aspf=s"
#define DENY "v=spf1 -all"
#define DAY 40 /* of the decision; adopted on day 0 */

/* What of a row differs from a domain that has been quiet for 40 days. */
struct row {
	const char *what;
	/* What is live; "-": nothing there, NULL: as it was in the base. */
	const char *dmarc, *txt, *mx, *mx2, *spf2;
	enum dro_live_status status[DRO_PARTS]; /* 0: _OK */
	/* What is known. */
	bool new; /* never seen before */
	int kept; /* so many parts are verified */
	int verified_day; /* of the DMARC record: quiet counts from there */
	int heard_day; /* mail passed on that day; 0: never */
	int report_days; /* the last so many days have reports */
	enum dro_op_state op;
	/* What people said. */
	int confirmed_day; /* 0: nobody did */
	bool in_config, replace_mx, undone, no_rua;
	const char *pause, *needed, *no_null_mx, *lacking;
	/* What comes of it. */
	const char *code;
	enum dro_step step;
	enum dro_verdict verdict;
	unsigned overlays;
	enum dro_action action;
	size_t n; /* changes */
	int take; /* parts kept as they are found */
	const char *after; /* value of the first that is ours */
};

#define WAITS(c) .code = (c), .step = DRO_STEP_OBSERVING, .verdict = DRO_HOLD
#define REFUSED(c) WAITS(c), .overlays = DRO_OVER_BLOCKED
#define PARKS(count, value)                                                    \
	.code = "park", .step = DRO_STEP_READY, .action = DRO_ACT_PARK,        \
	.n = (count), .after = (value)
#define MAIL                                                                   \
	.step = DRO_STEP_OBSERVING, .verdict = DRO_FAIL,                       \
	.overlays = DRO_OVER_BLOCKED

static const struct row rows[] = {
    /* The three parts in their order. */
    {.what = "quiet for 40 days", PARKS(3, PARKED)},
    {.what = "DMARC verified", .kept = 1, PARKS(2, DENY)},
    {.what = "DMARC and SPF verified", .kept = 2, PARKS(1, "0 .")},
    {.what = "all verified",
	.kept = 3,
	.code = "parked",
	.step = DRO_STEP_PARKED},
    {.what = "parked when first seen",
	.take = 3,
	.new = true,
	.dmarc = PARKED,
	.txt = DENY,
	.mx = "0 .",
	.code = "parked",
	.step = DRO_STEP_PARKED},
    {.what = "SPF is there already", .txt = DENY, PARKS(2, PARKED)},

    /* Quiet days. */
    {.what = "30 days", .verified_day = 10, PARKS(3, PARKED)},
    {.what = "29 days", .verified_day = 11, WAITS("quiet")},
    {.what = "29 days, and 30 with reports",
	.verified_day = 11,
	.report_days = 30,
	PARKS(3, PARKED)},
    {.what = "29 days, 29 with reports",
	.verified_day = 11,
	.report_days = 29,
	WAITS("quiet")},
    {.what = "29 days, a person says so",
	.verified_day = 11,
	.confirmed_day = 40,
	PARKS(3, PARKED)},
    {.what = "29 days, the configuration says so",
	.verified_day = 11,
	.in_config = true,
	PARKS(3, PARKED)},
    {.what = "first sight",
	.new = true,
	.code = "quiet",
	.verdict = DRO_HOLD,
	.step = DRO_STEP_NEW},
    {.what = "first sight, confirmed",
	.new = true,
	.in_config = true,
	PARKS(3, PARKED)},
    {.what = "no report address there",
	.dmarc = "v=DMARC1; p=none",
	.code = "rua_missing",
	.step = DRO_STEP_OBSERVING,
	.action = DRO_ACT_CREATE},
    {.what = "no record there",
	.dmarc = "-",
	.code = "create",
	.step = DRO_STEP_OBSERVING,
	.action = DRO_ACT_CREATE},
    {.what = "no record there, confirmed",
	.dmarc = "-",
	.in_config = true,
	PARKS(3,
	    "v=DMARC1; p=reject; sp=reject; np=reject; adkim=s; aspf=s; "
	    "rua=" RUA)},
    {.what = "no address anywhere",
	.dmarc = "v=DMARC1; p=none",
	.no_rua = true,
	.in_config = true,
	REFUSED("no_rua")},

    /* Mail that passes. */
    {.what = "mail 30 days ago", .heard_day = 10, MAIL, .code = "mail_seen"},
    {.what = "mail 31 days ago",
	.heard_day = 9,
	.verified_day = 1,
	PARKS(3, PARKED)},
    {.what = "mail yesterday, confirmed",
	.heard_day = 39,
	.confirmed_day = 40,
	MAIL,
	.code = "mail_seen"},
    {.what = "mail after DMARC",
	.kept = 1,
	.heard_day = 39,
	MAIL,
	.code = "parked_mail_seen"},
    {.what = "mail when parked",
	.kept = 3,
	.heard_day = 39,
	MAIL,
	.code = "parked_mail_seen"},
    {.what = "mail when parked, a word after it",
	.kept = 3,
	.heard_day = 39,
	.confirmed_day = 40,
	.code = "parked",
	.step = DRO_STEP_PARKED},
    {.what = "mail when parked, a word before it",
	.kept = 3,
	.heard_day = 39,
	.confirmed_day = 38,
	MAIL,
	.code = "parked_mail_seen"},
    {.what = "mail when parked, 31 days ago",
	.kept = 3,
	.heard_day = 9,
	.code = "parked",
	.step = DRO_STEP_PARKED},

    /* An MX in use. */
    {.what = "an MX", .mx = "10 mx.client.example.", REFUSED("mx_in_use")},
    {.what = "an MX, confirmed",
	.mx = "10 mx.client.example.",
	.confirmed_day = 40,
	REFUSED("mx_in_use")},
    {.what = "an MX beside a null MX",
	.mx = "0 .",
	.mx2 = "10 mx.client.example.",
	REFUSED("mx_in_use")},
    {.what = "an MX that may go, no reports",
	.mx = "10 mx.client.example.",
	.confirmed_day = 40,
	.replace_mx = true,
	WAITS("quiet_reports")},
    {.what = "an MX that may go, 29 report days",
	.mx = "10 mx.client.example.",
	.confirmed_day = 40,
	.replace_mx = true,
	.report_days = 29,
	WAITS("quiet_reports")},
    {.what = "an MX that may go, no report address",
	.dmarc = "v=DMARC1; p=none",
	.mx = "10 mx.client.example.",
	.confirmed_day = 40,
	.replace_mx = true,
	.code = "rua_missing",
	.step = DRO_STEP_OBSERVING,
	.action = DRO_ACT_CREATE},
    {.what = "an MX that may go, 30 report days",
	.mx = "10 mx.client.example.",
	.confirmed_day = 40,
	.replace_mx = true,
	.report_days = 30,
	PARKS(3, PARKED)},
    {.what = "an MX turns up before its turn",
	.kept = 2,
	.mx = "10 mx.client.example.",
	REFUSED("mx_in_use")},
    {.what = "an MX to nowhere with the wrong preference",
	.kept = 2,
	.mx = "10 .",
	PARKS(1, "0 .")},

    /* SPF. */
    {.what = "senders", .txt = "v=spf1 mx -all", REFUSED("spf_senders")},
    {.what = "senders, confirmed",
	.txt = "v=spf1 ip4:192.0.2.1 ~all",
	.in_config = true,
	REFUSED("spf_senders")},
    {.what = "everybody", .txt = "v=spf1 +all", REFUSED("spf_senders")},
    {.what = "elsewhere",
	.txt = "v=spf1 redirect=_spf.msp.example",
	REFUSED("spf_senders")},
    {.what = "a dash that is none",
	.txt = "v=spf1 \xe2\x80\x93"
	       "all",
	REFUSED("spf_senders")},
    {.what = "softfail alone", .kept = 1, .txt = "v=spf1 ~all", PARKS(2, DENY)},
    {.what = "neutral alone", .kept = 1, .txt = "v=spf1 ?all", PARKS(2, DENY)},
    {.what = "no term", .kept = 1, .txt = "v=spf1", PARKS(2, DENY)},
    {.what = "-all in another spelling",
	.take = 1,
	.kept = 1,
	.txt = "V=SPF1  -ALL ",
	PARKS(1, "0 .")},
    {.what = "two of them",
	.txt = DENY,
	.spf2 = "v=spf1 ~all",
	REFUSED("multiple_spf")},
    {.what = "no space", .txt = "v=spf1-all", REFUSED("spf_syntax")},
    {.what = "a space before", .txt = " v=spf1 -all", REFUSED("spf_syntax")},

    /* DNS. */
    {.what = "CNAME at _dmarc",
	.status = {DRO_LIVE_CNAME},
	REFUSED("cname_delegated")},
    {.what = "CNAME at the domain",
	.status = {0, DRO_LIVE_CNAME},
	REFUSED("cname_apex")},
    {.what = "CNAME at the domain, MX asked",
	.status = {0, 0, DRO_LIVE_CNAME},
	REFUSED("cname_apex")},
    {.what = "TXT not answered",
	.status = {0, DRO_LIVE_DISAGREE},
	REFUSED("ns_disagree")},
    {.what = "malformed DMARC",
	.dmarc = "v=DMARC1; p=quarantaine",
	REFUSED("syntax_error")},
    {.what = "needed", .needed = "it receives reports", REFUSED("needed")},

    /* A provider that stores no null MX. */
    {.what = "no null MX, before", .no_null_mx = "cannot", PARKS(2, PARKED)},
    {.what = "no null MX, after",
	.take = 1,
	.kept = 2,
	.no_null_mx = "cannot",
	.code = "parked_without_null_mx",
	.step = DRO_STEP_PARKED},
    {.what = "no null MX, known",
	.kept = 3,
	.mx = "-",
	.lacking = "cannot",
	.code = "parked_without_null_mx",
	.step = DRO_STEP_PARKED},
    {.what = "no null MX, and an MX appears",
	.kept = 3,
	.mx = "10 mx.client.example.",
	.lacking = "cannot",
	WAITS("drifted"),
	.overlays = DRO_OVER_DRIFTED},

    /* What was verified is changed by others. */
    {.what = "p weakened",
	.kept = 3,
	.dmarc = READY,
	WAITS("drifted"),
	.overlays = DRO_OVER_DRIFTED},
    {.what = "adkim taken out",
	.kept = 3,
	.dmarc =
	    "v=DMARC1; p=reject; rua=" RUA "; sp=reject; np=reject; aspf=s",
	WAITS("drifted"),
	.overlays = DRO_OVER_DRIFTED},
    {.what = "SPF gone",
	.kept = 2,
	.txt = "-",
	WAITS("drifted"),
	.overlays = DRO_OVER_DRIFTED},
    {.what = "an MX in place of the null MX",
	.kept = 3,
	.mx = "10 mx.client.example.",
	WAITS("drifted"),
	.overlays = DRO_OVER_DRIFTED},

    /* Steering. */
    {.what = "undone", .undone = true, REFUSED("undone")},
    {.what = "undone, confirmed in the configuration",
	.undone = true,
	.in_config = true,
	REFUSED("undone")},
    {.what = "paused",
	.pause = "not now",
	WAITS("paused"),
	.overlays = DRO_OVER_PAUSED},
    {.what = "a publish is open",
	.op = DRO_OP_SENDING,
	.code = "publishing",
	.verdict = DRO_HOLD,
	.step = DRO_STEP_PUBLISHING},
    {.what = "not everywhere yet",
	.op = DRO_OP_SENT,
	.code = "verifying",
	.verdict = DRO_HOLD,
	.step = DRO_STEP_VERIFYING},
};

static void
set_live(struct world *w, struct dro_live *live, enum dro_part part,
    const char *value, const char *second)
{
	struct dro_rrset *rrset = &live->rrset;

	memset(live, 0, sizeof(*live));
	live->status = DRO_LIVE_OK;
	assert_int_equal(dro_part_key(part, DOMAIN, rrset, NULL), DRO_OK);
	rrset->ttl_s = 3600;
	if (part == DRO_PART_SPF)
		assert_int_equal(
		    dro_rrset_add(rrset, w->arena, "site=1", 6, NULL), DRO_OK);
	if (strcmp(value, "-") != 0)
		assert_int_equal(
		    dro_rrset_add(rrset, w->arena, value, strlen(value), NULL),
		    DRO_OK);
	if (second != NULL)
		assert_int_equal(dro_rrset_add(rrset, w->arena, second,
				     strlen(second), NULL),
		    DRO_OK);
}

/* The world of one row. */
static void
build(const struct row *r, struct world *w, struct dro_park_facts *park,
    struct dro_live *live)
{
	const char *base[DRO_PARTS] = {READY, "-", "-"};
	static const char *const done[DRO_PARTS] = {PARKED, DENY, "0 ."};
	const char *said[DRO_PARTS] = {r->dmarc, r->txt, r->mx};
	const char *second[DRO_PARTS] = {NULL, r->spf2, r->mx2};
	int part, day;

	memset(park, 0, sizeof(*park));
	w->settings.park_confirmed = r->in_config ? "says the owner" : NULL;
	w->settings.pause = r->pause;
	if (r->no_rua)
		w->settings.rua = NULL;
	for (part = 0; part < DRO_PARTS; part++) {
		struct dro_kept *kept = &park->parts[part];
		struct dro_live was;

		kept->kept = part < r->kept;
		kept->verified_at = kept->kept ? at_day(20 + part) : 0;
		if (part == DRO_PART_MX)
			kept->lacking = r->lacking;
		set_live(w, &was, (enum dro_part)part,
		    kept->lacking != NULL ? "-" : done[part], NULL);
		kept->known = was.rrset;
		set_live(w, &live[part], (enum dro_part)part,
		    said[part] != NULL ? said[part]
			: kept->kept   ? done[part]
				       : base[part],
		    second[part]);
		if (r->status[part] != 0)
			live[part] = (struct dro_live){
			    .status = r->status[part], .detail = "so it is"};
	}
	world_verified(w, r->verified_day, NULL);
	w->facts.known = r->kept > 0 ? park->parts[0].known : live[0].rrset;
	w->facts.adopted = !r->new;
	w->facts.op_state = r->op;
	if (r->heard_day > 0) {
		world_report(w, r->heard_day, 0, READY);
		world_mail(w, r->heard_day, 0, OWN, 3, 0);
	}
	for (day = DAY - r->report_days; day < DAY; day++) {
		world_report(w, day, 0, READY);
		world_mail(w, day, 0, SPOOF, 0, 50);
	}
	if (r->confirmed_day > 0)
		park->word.confirmed_at = at_day(r->confirmed_day);
	park->word.replace_mx = r->replace_mx;
	park->word.undone_at = r->undone ? at_day(30) : 0;
}

static bool
has_value(const struct dro_rrset *rrset, const char *value)
{
	size_t i;

	for (i = 0; i < rrset->n; i++)
		if (rrset->values[i].len == strlen(value) &&
		    strcmp(rrset->values[i].ptr, value) == 0)
			return (true);
	return (false);
}

static bool
check(const struct row *r, const struct dro_decision *d,
    const struct dro_park_plan *plan)
{
	if (d->code == NULL || strcmp(d->code, r->code) != 0 ||
	    d->step != r->step || d->verdict != r->verdict ||
	    d->overlays != r->overlays || d->action != r->action ||
	    plan->n != r->n || d->reason == NULL ||
	    plan->take[0] + plan->take[1] + plan->take[2] != r->take)
		return (false);
	return (
	    r->after == NULL || has_value(&plan->changes[0].after, r->after));
}

static void
every_row(void **state)
{
	struct dro_live live[DRO_PARTS];
	struct dro_park_facts park;
	struct dro_park_plan plan;
	struct dro_decision d;
	struct dro_err err = {0};
	size_t i, bad = 0;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++) {
		struct world *w = world_create("parked");
		struct dro_park_input in = {.domain = DOMAIN,
		    .settings = &w->settings,
		    .facts = &w->facts,
		    .park = &park,
		    .live = live,
		    .evidence = &w->ev,
		    .needed_by = rows[i].needed,
		    .no_null_mx = rows[i].no_null_mx,
		    .now = at_day(DAY)};

		build(&rows[i], w, &park, live);
		assert_int_equal(
		    dro_park_decide(&in, w->arena, &d, &plan, &err), DRO_OK);
		if (!check(&rows[i], &d, &plan)) {
			bad++;
			print_error("%s: %s (%s), step %s, verdict %d, "
				    "overlays %x, action %s, %zu changes: "
				    "%s\n",
			    rows[i].what, d.code, d.reason,
			    dro_step_name(d.step), (int)d.verdict, d.overlays,
			    dro_action_name(d.action), plan.n,
			    plan.n > 0 ? plan.changes[0].after.values[0].ptr
				       : "-");
		}
		world_destroy(w);
	}
	assert_int_equal(bad, 0);
}

/* Foreign TXT values stay octet for octet, wherever they stand. */
static void
foreign_values_stay(void **state)
{
	static const char binary[] = "ver\0ify\xff=1";
	struct world *w = world_create("parked");
	struct dro_rrset live, out;

	(void)state;
	assert_int_equal(
	    dro_part_key(DRO_PART_SPF, DOMAIN, &live, NULL), DRO_OK);
	live.ttl_s = 900;
	assert_int_equal(
	    dro_rrset_add(&live, w->arena, binary, sizeof(binary) - 1, NULL),
	    DRO_OK);
	assert_int_equal(
	    dro_rrset_add(&live, w->arena, "v=spf1 ~all", 11, NULL), DRO_OK);
	assert_int_equal(
	    dro_rrset_add(&live, w->arena, "spf2.0/pra ?all", 15, NULL),
	    DRO_OK);
	assert_int_equal(
	    dro_part_make(DRO_PART_SPF, &live, RUA, 0, w->arena, &out, NULL),
	    DRO_OK);
	assert_int_equal(out.n, 3);
	assert_int_equal(out.ttl_s, 900);
	assert_int_equal(out.values[0].len, sizeof(binary) - 1);
	assert_memory_equal(out.values[0].ptr, binary, sizeof(binary) - 1);
	assert_string_equal(out.values[1].ptr, DENY);
	assert_string_equal(out.values[2].ptr, "spf2.0/pra ?all");
	world_destroy(w);
}

/* One value and its TTL; "-" for none. */
static struct dro_rrset
one(struct world *w, enum dro_part part, uint32_t ttl_s, const char *value)
{
	struct dro_rrset rrset;

	assert_int_equal(dro_part_key(part, DOMAIN, &rrset, NULL), DRO_OK);
	rrset.ttl_s = ttl_s;
	if (strcmp(value, "-") != 0)
		assert_int_equal(
		    dro_rrset_add(&rrset, w->arena, value, strlen(value), NULL),
		    DRO_OK);
	return (rrset);
}

/* Undo: null MX, SPF, DMARC; what others changed since stays. */
static void
undo_puts_back(void **state)
{
	struct world *w = world_create("parked");
	struct dro_change changes[DRO_PARTS];
	struct dro_rrset live[DRO_PARTS];
	struct dro_park_facts park = {0};
	size_t n;
	int part;

	(void)state;
	live[0] = one(w, DRO_PART_DMARC, 3600, PARKED);
	live[1] = one(w, DRO_PART_SPF, 3600, "site=2");
	assert_int_equal(
	    dro_rrset_add(&live[1], w->arena, DENY, strlen(DENY), NULL),
	    DRO_OK);
	live[2] = one(w, DRO_PART_MX, 3600, "0 .");
	park.parts[0].undo = one(w, DRO_PART_DMARC, 300, "v=DMARC1; p=none;");
	park.parts[1].undo = one(w, DRO_PART_SPF, 600, "site=1");
	park.parts[2].undo = one(w, DRO_PART_MX, 900, "10 mx.example.");
	for (part = 0; part < DRO_PARTS; part++)
		park.parts[part].kept = park.parts[part].has_undo = true;
	assert_int_equal(dro_park_restores(&park, live, "mail is back",
			     w->arena, changes, &n, NULL),
	    DRO_OK);
	assert_int_equal(n, 3);
	assert_string_equal(changes[0].after.values[0].ptr, "10 mx.example.");
	assert_int_equal(changes[0].after.ttl_s, 900);
	/* There was no SPF record; a value that came since stays. */
	assert_int_equal(changes[1].after.n, 1);
	assert_string_equal(changes[1].after.values[0].ptr, "site=2");
	assert_int_equal(changes[1].after.ttl_s, 600);
	assert_string_equal(
	    changes[2].after.values[0].ptr, "v=DMARC1; p=none;");
	assert_int_equal(changes[2].after.ttl_s, 300);

	/* Somebody put an MX there; the DMARC record was not there before. */
	live[2] = one(w, DRO_PART_MX, 3600, "5 new.example.");
	park.parts[0].undo = one(w, DRO_PART_DMARC, 0, "-");
	park.parts[1].has_undo = false;
	assert_int_equal(dro_park_restores(&park, live, "mail is back",
			     w->arena, changes, &n, NULL),
	    DRO_OK);
	assert_int_equal(n, 1);
	assert_string_equal(changes[0].before.name, "_dmarc." DOMAIN);
	assert_int_equal(changes[0].after.n, 0);
	world_destroy(w);
}

/* Blocked, and by what is told elsewhere: DNS, mail after it was parked. */
static bool
is_refusal(const struct row *r)
{
	static const char *const others[] = {
	    "dns_unknown", "ns_disagree", "parked_mail_seen"};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(others); i++)
		if (strcmp(r->code, others[i]) == 0)
			return (false);
	return ((r->overlays & DRO_OVER_BLOCKED) != 0);
}

static bool told[DRO_ARRAY_LEN(rows)];

/* A row of docs/parked.md: codes, what they mean, the remedy. */
static void
note_refusals(char **cells, void *arg)
{
	size_t i, before = *(size_t *)arg;

	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		if (is_refusal(&rows[i]) && docs_says(cells[0], rows[i].code)) {
			told[i] = true;
			(*(size_t *)arg)++;
		}
	if (*(size_t *)arg == before)
		fail_msg("%s: comes out of no row here", cells[0]);
	assert_true(*cells[2] != '\0');
}

static void
every_refusal_has_its_remedy(void **state)
{
	size_t i, n = 0;

	(void)state;
	(void)docs_table(
	    "parked.md", "## What forbids it", 3, note_refusals, &n);
	for (i = 0; i < DRO_ARRAY_LEN(rows); i++)
		if (is_refusal(&rows[i]) && !told[i])
			fail_msg("docs/parked.md: no %s", rows[i].code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row),
	    cmocka_unit_test(every_refusal_has_its_remedy),
	    cmocka_unit_test(foreign_values_stay),
	    cmocka_unit_test(undo_puts_back),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
