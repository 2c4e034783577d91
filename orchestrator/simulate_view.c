#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "simulate_view.h"

/* Printed with every simulation, in every form. */
static const char assumes[] =
    "every domain begins at p=none with our rua in place, advance runs each "
    "day at 06:00 UTC, a change is served everywhere at once and settles "
    "after a TTL of an hour, reports show the record that would have been "
    "live, mail is the same whatever the record says, and whoever is asked "
    "says yes within a day";

/* What is told of each of few is told of many in total. */
#define TIMELINES_MAX 12

#define TEXT_MAX ((size_t)16 << 20)
#define DAY_LEN 10

/* What the domains under one policy come to. */
struct total {
	const char *policy;
	size_t domains, moved, arrived, bound_passed;
	int *arrivals; /* days, as they come */
	size_t room;
	int64_t passing, failing[DRO_PARTIES];
	struct dro_hit hit[DRO_RFC9989 + 1][DRO_PARTIES];
	int64_t questions, setbacks;
};

struct dro_sim_view {
	const struct dro_out *out;
	const struct dro_world *world;
	int64_t now;
	struct dro_arena *arena;
	struct dro_table *table;
	struct dro_buf timelines;
	size_t n_runs;
	json_t *runs;
	struct total *totals;
	size_t n_totals;
};

struct dro_sim_view *
dro_sim_create(
    const struct dro_out *out, const struct dro_world *world, int64_t now)
{
	struct dro_sim_view *view = calloc(1, sizeof(*view));
	size_t i;

	if (view == NULL)
		return (NULL);
	view->out = out;
	view->world = world;
	view->now = now;
	dro_buf_init(&view->timelines, TEXT_MAX);
	view->arena = dro_arena_create();
	view->table = dro_table_create(12);
	view->runs = json_array();
	if (view->arena == NULL || view->table == NULL || view->runs == NULL) {
		dro_sim_destroy(view);
		return (NULL);
	}
	for (i = 3; i < 11; i++)
		dro_table_right(view->table, i);
	dro_table_row(view->table, "DOMAIN", "POLICY", "STANDS AT", "FIRST",
	    "FULL", "REJECT", "HARM 7489", "HARM 9989", "OTHERS", "ASKED",
	    "BACK", "WAITS");
	return (view);
}

void
dro_sim_destroy(struct dro_sim_view *view)
{
	size_t i;

	if (view == NULL)
		return;
	for (i = 0; i < view->n_totals; i++)
		free(view->totals[i].arrivals);
	free(view->totals);
	json_decref(view->runs);
	dro_table_destroy(view->table);
	dro_buf_finish(&view->timelines);
	dro_arena_destroy(view->arena);
	free(view);
}

/* Whole messages, rounded up: a part of one is one that may be hit. */
static int64_t
messages(int64_t hundredths)
{
	return (hundredths / 100 + (hundredths % 100 != 0));
}

static int64_t
hits(const struct dro_hit *hit)
{
	int64_t sum;

	return (messages(dro_add_overflow(hit->quarantined, hit->rejected, &sum)
		? INT64_MAX
		: sum));
}

/* Legitimate mail that would have been quarantined or rejected. */
static int64_t
harm(const struct dro_hit hit[DRO_PARTIES])
{
	return (hits(&hit[DRO_PARTY_LEGIT]));
}

/* Where on ${settings}' ladder the target is. */
static size_t
target(const struct dro_settings *settings)
{
	size_t i, top = 0;

	for (i = 0; i < settings->ladder.n; i++)
		if (settings->ladder.rungs[i].core.p <= settings->target)
			top = i;
	return (top);
}

/* The first rung at which ${level} is asked of all receivers; 0: none. */
static size_t
full_rung(const struct dro_settings *settings, enum dro_level level)
{
	size_t i;

	for (i = 0; i < settings->ladder.n; i++)
		if (settings->ladder.rungs[i].core.p == level &&
		    !settings->ladder.rungs[i].core.t)
			return (i);
	return (0);
}

static const char *
day_text(struct dro_sim_view *view, const struct dro_replay *r, size_t rung)
{
	if (rung == 0 || r->reached[rung] < 0)
		return ("-");
	return (dro_arena_printf(view->arena, "%d", r->reached[rung]));
}

static const char *
number(struct dro_sim_view *view, int64_t n)
{
	return (dro_arena_printf(view->arena, "%lld", (long long)n));
}

/* What part of ${all} messages was hit, in whole per cent. */
static const char *
share_text(struct dro_sim_view *view, const struct dro_hit *hit, int64_t all)
{
	int64_t hundredths;

	if (all == 0 ||
	    dro_add_overflow(hit->quarantined, hit->rejected, &hundredths))
		return ("-");
	return (dro_arena_printf(
	    view->arena, "%lld%%", (long long)(hundredths / all)));
}

static const char *
stands_at(const struct dro_sim_run *run)
{
	return (run->settings->ladder.rungs[run->replay->last.rung].name);
}

static void
add_row(struct dro_sim_view *view, const struct dro_sim_run *run)
{
	const struct dro_replay *r = run->replay;
	const struct dro_settings *set = run->settings;

	dro_table_row(view->table, run->domain, set->policy, stands_at(run),
	    day_text(view, r, 1),
	    day_text(view, r, full_rung(set, DRO_QUARANTINE)),
	    day_text(view, r, full_rung(set, DRO_REJECT)),
	    number(view, harm(r->hit[DRO_RFC7489])),
	    number(view, harm(r->hit[DRO_RFC9989])),
	    share_text(view, &r->hit[DRO_RFC7489][DRO_PARTY_OTHERS],
		r->failing[DRO_PARTY_OTHERS]),
	    number(view, r->questions), number(view, r->setbacks),
	    r->last.code != NULL ? r->last.code : "-");
}

/* "0 none, 42 quarantine-10, 47 quarantine-25, ..." */
static void
add_timeline(struct dro_sim_view *view, const struct dro_sim_run *run)
{
	struct dro_buf *out = &view->timelines;
	const struct dro_replay *r = run->replay;
	size_t i;

	dro_buf_adds(out, "  ");
	dro_out_text(out, run->settings->policy, strlen(run->settings->policy));
	dro_buf_addc(out, ' ');
	dro_out_text(out, run->domain, strlen(run->domain));
	dro_buf_adds(out, ": 0 none");
	for (i = 0; i < r->n_steps; i++) {
		dro_buf_addf(out, ", %lld %s",
		    (long long)((r->steps[i].at - r->from) / DRO_DAY_S),
		    r->steps[i].to);
		if (strcmp(r->steps[i].op, "up") != 0)
			dro_buf_addf(out, " (%s)", r->steps[i].op);
	}
	dro_buf_addc(out, '\n');
}

/* The total of a policy; there are few. */
static struct total *
total_of(struct dro_sim_view *view, const char *policy)
{
	struct total *more;
	size_t i;

	for (i = 0; i < view->n_totals; i++)
		if (strcmp(view->totals[i].policy, policy) == 0)
			return (&view->totals[i]);
	more = reallocarray(
	    view->totals, view->n_totals + 1, sizeof(*view->totals));
	if (more == NULL)
		return (NULL);
	view->totals = more;
	more = &more[view->n_totals];
	memset(more, 0, sizeof(*more));
	more->policy = dro_arena_strdup(view->arena, policy);
	if (more->policy == NULL)
		return (NULL);
	view->n_totals++;
	return (more);
}

static bool
add_arrival(struct total *t, int day)
{
	size_t room = t->room == 0 ? 64 : 2 * t->room;
	int *more;

	if (t->arrived == t->room) {
		if ((more = reallocarray(t->arrivals, room, sizeof(*more))) ==
		    NULL)
			return (false);
		t->arrivals = more;
		t->room = room;
	}
	t->arrivals[t->arrived++] = day;
	return (true);
}

static void
add_sum(int64_t *sum, int64_t n)
{
	if (dro_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

static bool
add_total(struct dro_sim_view *view, const struct dro_sim_run *run)
{
	struct total *t = total_of(view, run->settings->policy);
	const struct dro_replay *r = run->replay;
	int at = r->reached[target(run->settings)];
	enum dro_population p;
	size_t i;

	if (t == NULL || (at >= 0 && !add_arrival(t, at)))
		return (false);
	t->domains++;
	t->bound_passed += r->bound_day >= 0;
	t->moved += r->n_steps > 0;
	t->questions += r->questions;
	t->setbacks += r->setbacks;
	add_sum(&t->passing, r->passing);
	for (i = 0; i < DRO_PARTIES; i++) {
		add_sum(&t->failing[i], r->failing[i]);
		for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
			add_sum(&t->hit[p][i].quarantined,
			    r->hit[p][i].quarantined);
			add_sum(&t->hit[p][i].rejected, r->hit[p][i].rejected);
		}
	}
	return (true);
}

/* {"legit": {"quarantined": n, "rejected": n}, ...} */
static json_t *
hits_json(const struct dro_hit hit[DRO_PARTIES])
{
	json_t *o = json_object();
	enum dro_party i;

	for (i = DRO_PARTY_LEGIT; i < DRO_PARTIES; i++)
		(void)json_object_set_new(o, dro_party_name(i),
		    json_pack("{s:I, s:I}", "quarantined",
			(json_int_t)messages(hit[i].quarantined), "rejected",
			(json_int_t)messages(hit[i].rejected)));
	return (o);
}

static json_t *
failing_json(const int64_t failing[DRO_PARTIES])
{
	json_t *o = json_object();
	enum dro_party i;

	for (i = DRO_PARTY_LEGIT; i < DRO_PARTIES; i++)
		(void)json_object_set_new(
		    o, dro_party_name(i), json_integer(failing[i]));
	return (o);
}

static json_t *
mail_json(int64_t passing, const int64_t failing[DRO_PARTIES],
    const struct dro_hit hit[][DRO_PARTIES])
{
	return (json_pack("{s:I, s:o, s:{s:o, s:o}}", "passing",
	    (json_int_t)passing, "failing", failing_json(failing), "hit",
	    "rfc7489", hits_json(hit[DRO_RFC7489]), "rfc9989",
	    hits_json(hit[DRO_RFC9989])));
}

static json_t *
steps_json(const struct dro_replay *r)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < r->n_steps; i++)
		(void)json_array_append_new(array,
		    json_pack("{s:o, s:I, s:s, s:o, s:s, s:o}", "at",
			dro_json_time(r->steps[i].at), "day",
			(json_int_t)((r->steps[i].at - r->from) / DRO_DAY_S),
			"op", r->steps[i].op, "from",
			dro_json_text(r->steps[i].from), "to", r->steps[i].to,
			"reason", dro_json_text(r->steps[i].reason)));
	return (array);
}

static json_t *
reached_json(const struct dro_sim_run *run)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < run->settings->ladder.n; i++)
		if (run->replay->reached[i] >= 0)
			(void)json_array_append_new(array,
			    json_pack("{s:s, s:i}", "rung",
				run->settings->ladder.rungs[i].name, "day",
				run->replay->reached[i]));
	return (array);
}

static json_t *
run_json(const struct dro_sim_run *run)
{
	const struct dro_replay *r = run->replay;

	return (json_pack("{s:o, s:s, s:s, s:o, s:o, s:s, s:b, s:o, s:o, s:i,"
			  " s:i, s:o, s:o, s:o}",
	    "client", dro_json_text(run->client), "domain", run->domain,
	    "policy", run->settings->policy, "from", dro_json_time(r->from),
	    "until", dro_json_time(r->until), "rung", stands_at(run),
	    "at_target", r->last.rung == target(run->settings), "reached",
	    reached_json(run), "steps", steps_json(r), "questions",
	    r->questions, "setbacks", r->setbacks, "mail",
	    mail_json(r->passing, r->failing, r->hit), "code",
	    dro_json_text(r->last.code), "reason",
	    dro_json_text(r->last.reason)));
}

static enum dro_code
take_none(struct dro_sim_view *view, const struct dro_sim_run *run)
{
	dro_table_row(view->table, run->domain, run->settings->policy, "-", "-",
	    "-", "-", "-", "-", "-", "-", "-", "no reports stored");
	return (DRO_OK);
}

enum dro_code
dro_sim_take(struct dro_sim_view *view, const struct dro_sim_run *run,
    struct dro_err *err)
{
	json_t *o;

	if (run->replay == NULL)
		return (take_none(view, run));
	if (!add_total(view, run))
		return (dro_err_nomem(err));
	if (view->out->json) {
		if ((o = run_json(run)) == NULL)
			return (dro_err_nomem(err));
		(void)json_array_append_new(view->runs, o);
		return (DRO_OK);
	}
	if (view->n_runs++ < TIMELINES_MAX)
		add_timeline(view, run);
	/* Made-up domains are all alike but for their luck. */
	if (view->world == NULL || view->world->domains <= TIMELINES_MAX)
		add_row(view, run);
	return (DRO_OK);
}

static int
compare_ints(const void *va, const void *vb)
{
	const int *a = va, *b = vb;

	return ((*a > *b) - (*a < *b));
}

/* The day by which half of all domains had arrived; -1: it never came. */
static int
median_day(const struct total *t)
{
	size_t half = (t->domains + 1) / 2;

	return (t->arrived < half ? -1 : t->arrivals[half - 1]);
}

static json_t *
total_json(const struct total *t)
{
	int median = median_day(t);

	return (json_pack("{s:s, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}",
	    "policy", t->policy, "domains", (json_int_t)t->domains, "moved",
	    (json_int_t)t->moved, "arrived", (json_int_t)t->arrived,
	    "median_day", median < 0 ? json_null() : json_integer(median),
	    "bound_passed", (json_int_t)t->bound_passed, "questions",
	    (json_int_t)t->questions, "setbacks", (json_int_t)t->setbacks,
	    "mail", mail_json(t->passing, t->failing, t->hit)));
}

static json_t *
world_json(const struct dro_world *w)
{
	if (w == NULL)
		return (json_null());
	return (json_pack("{s:I, s:i, s:i, s:I, s:s, s:I, s:I, s:i}",
	    "messages", (json_int_t)w->messages, "reporters", w->reporters,
	    "days", w->days, "fail_ppm", (json_int_t)w->fail_ppm, "clumps",
	    dro_clumps_name(w->clumps), "spoof_ppm", (json_int_t)w->spoof_ppm,
	    "seed", (json_int_t)w->seed, "domains", w->domains));
}

static enum dro_code
print_json(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	json_t *totals = json_array(), *root;
	size_t i;

	for (i = 0; i < view->n_totals; i++)
		(void)json_array_append_new(
		    totals, total_json(&view->totals[i]));
	root = json_pack("{s:s, s:o, s:s, s:o, s:O, s:o, s:I}", "schema",
	    "rollout.simulate/1", "as_of",
	    view->world == NULL ? dro_json_time(view->now) : json_null(),
	    "assumes", assumes, "world", world_json(view->world), "runs",
	    view->runs, "totals", totals, "parked", (json_int_t)parked);
	if (root == NULL)
		return (dro_err_nomem(err));
	return (dro_json_print(view->out, root, err));
}

/* Parts of 10 000 as "12.34%". */
static void
add_percent(struct dro_buf *out, size_t part, size_t all)
{
	size_t scaled = part * 10000 / all;

	dro_buf_addf(out, "%zu.%02zu%%", scaled / 100, scaled % 100);
}

static void
add_summary(struct dro_sim_view *view, const struct total *t)
{
	struct dro_buf *out = &view->timelines;
	int median = median_day(t);

	dro_buf_addf(out, "  %s: %zu of %zu at their target", t->policy,
	    t->arrived, t->domains);
	if (median >= 0)
		dro_buf_addf(out, ", half of all by day %d", median);
	dro_buf_adds(out, "; the bound ever passed for ");
	add_percent(out, t->bound_passed, t->domains);
	dro_buf_adds(out, " and ");
	add_percent(out, t->moved, t->domains);
	dro_buf_addf(out,
	    " ever left p=none; of %lld failing legitimate messages %lld hit "
	    "at RFC 7489, %lld "
	    "at RFC 9989 receivers; of %lld other failing %lld, %lld; %lld "
	    "questions, %lld steps back\n",
	    (long long)t->failing[DRO_PARTY_LEGIT],
	    (long long)harm(t->hit[DRO_RFC7489]),
	    (long long)harm(t->hit[DRO_RFC9989]),
	    (long long)t->failing[DRO_PARTY_OTHERS],
	    (long long)hits(&t->hit[DRO_RFC7489][DRO_PARTY_OTHERS]),
	    (long long)hits(&t->hit[DRO_RFC9989][DRO_PARTY_OTHERS]),
	    (long long)t->questions, (long long)t->setbacks);
}

static enum dro_code
print_text(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	struct dro_buf *more = &view->timelines;
	enum dro_code code = DRO_OK;
	size_t i;

	fprintf(view->out->fp,
	    "FIRST, FULL, REJECT: day of the first rung, of full quarantine "
	    "and of full reject.\nHARM: legitimate messages quarantined or "
	    "rejected, by receivers.  OTHERS: share of other\nfailing mail, "
	    "mostly spoofing, that RFC 7489 receivers would have "
	    "caught.\nIt assumes that %s.\n\n",
	    assumes);
	if (view->world == NULL || view->world->domains <= TIMELINES_MAX)
		code = dro_table_print(view->table, view->out, err);
	if (code != DRO_OK)
		return (code);
	if (view->n_runs > TIMELINES_MAX)
		dro_buf_reset(more);
	for (i = 0; i < view->n_totals; i++)
		if (view->totals[i].domains > 1)
			add_summary(view, &view->totals[i]);
	if (parked > 0)
		dro_buf_addf(
		    more, "  %zu parked: they climb no ladder\n", parked);
	if ((code = dro_buf_check(more, "simulation", err)) != DRO_OK)
		return (code);
	if (more->len > 0)
		fprintf(view->out->fp, "\n%s", more->ptr);
	fputs("\nNothing was changed.\n", view->out->fp);
	return (dro_out_flush(view->out, err));
}

enum dro_code
dro_sim_print(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < view->n_totals; i++)
		if (view->totals[i].arrived > 0)
			qsort(view->totals[i].arrivals, view->totals[i].arrived,
			    sizeof(int), compare_ints);
	return (view->out->json ? print_json(view, parked, err)
				: print_text(view, parked, err));
}
