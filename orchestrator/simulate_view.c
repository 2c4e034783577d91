#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "simulate_view.h"

/* Printed with every simulation, in every form; ends with who answers. */
static const char assumes[] =
    "every domain begins at p=none with our rua in place, advance runs each "
    "day at 06:00 UTC, a change is served everywhere at once and settles "
    "after a TTL of an hour, reports show the record that would have been "
    "live, mail is the same whatever the record says, and who is asked";

/* What is told of each of few is told of many in total. */
#define TIMELINES_MAX 12

#define TEXT_MAX ((size_t)16 << 20)
#define COLUMNS 12

struct dro_sim_view {
	struct dro_sim_call call;
	struct dro_arena *arena;
	struct dro_table *table; /* a row for each run */
	struct dro_buf timelines;
	size_t n_runs;
	json_t *runs;
	struct dro_sim_totals totals;
};

struct dro_sim_view *
dro_sim_create(const struct dro_sim_call *call)
{
	struct dro_sim_view *view = calloc(1, sizeof(*view));
	size_t i;

	if (view == NULL)
		return (NULL);
	view->call = *call;
	dro_buf_init(&view->timelines, TEXT_MAX);
	view->arena = view->totals.arena = dro_arena_create();
	view->table = dro_table_create(COLUMNS);
	view->runs = json_array();
	if (view->arena == NULL || view->table == NULL || view->runs == NULL) {
		dro_sim_destroy(view);
		return (NULL);
	}
	for (i = 3; i < COLUMNS - 1; i++)
		dro_table_right(view->table, i);
	dro_table_row(view->table, "DOMAIN", "POLICY", "STANDS AT", "FIRST",
	    "FULL", "REJECT", "HARM 7489", "HARM 9989", "SPOOF", "ASKED",
	    "BACK", "WAITS");
	return (view);
}

void
dro_sim_destroy(struct dro_sim_view *view)
{
	if (view == NULL)
		return;
	dro_sim_totals_finish(&view->totals);
	json_decref(view->runs);
	dro_table_destroy(view->table);
	dro_buf_finish(&view->timelines);
	dro_arena_destroy(view->arena);
	free(view);
}

/* "..., and who is asked answers within a day". */
static const char *
assumed(const struct dro_sim_view *view)
{
	struct dro_answers how = view->call.answers;

	if (how.never || how.days == 0)
		return (dro_arena_printf(view->arena, "%s %s", assumes,
		    how.never ? "never answers" : "answers at once"));
	if (how.days == 1)
		return (dro_arena_printf(
		    view->arena, "%s answers within a day", assumes));
	return (dro_arena_printf(
	    view->arena, "%s answers after %d days", assumes, how.days));
}

/* ---- of each domain */

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

static void
add_row(struct dro_sim_view *view, const struct dro_sim_run *run)
{
	const struct dro_replay *r = run->replay;
	const struct dro_settings *set = run->settings;
	const struct dro_harm *h = &r->harm;

	dro_table_row(view->table, run->domain, set->policy,
	    set->ladder.rungs[r->last.rung].name, day_text(view, r, 1),
	    day_text(view, r, dro_sim_full(set, DRO_QUARANTINE)),
	    day_text(view, r, dro_sim_full(set, DRO_REJECT)),
	    number(
		view, dro_hit_messages(&h->hit[DRO_RFC7489][DRO_PARTY_LEGIT])),
	    number(
		view, dro_hit_messages(&h->hit[DRO_RFC9989][DRO_PARTY_LEGIT])),
	    dro_sim_share(view->arena, &h->hit[DRO_RFC7489][DRO_PARTY_THREAT],
		h->failing[DRO_PARTY_THREAT]),
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

/* Made-up domains are all alike but for their luck. */
static bool
shows_domains(const struct dro_sim_view *view)
{
	return (view->call.world == NULL ||
	    view->call.world->domains <= TIMELINES_MAX);
}

enum dro_code
dro_sim_take(struct dro_sim_view *view, const struct dro_sim_run *run,
    struct dro_err *err)
{
	json_t *o;

	if (run->replay == NULL) {
		dro_table_row(view->table, run->domain, run->settings->policy,
		    "-", "-", "-", "-", "-", "-", "-", "-", "-",
		    "no reports of these days");
		return (DRO_OK);
	}
	if (!dro_sim_totals_add(&view->totals, run))
		return (dro_err_nomem(err));
	if (view->call.out->json) {
		if ((o = dro_sim_run_json(run)) == NULL)
			return (dro_err_nomem(err));
		(void)json_array_append_new(view->runs, o);
		return (DRO_OK);
	}
	if (view->n_runs++ < TIMELINES_MAX)
		add_timeline(view, run);
	if (shows_domains(view))
		add_row(view, run);
	return (DRO_OK);
}

/* Which sources lost mail, worst first. */
static void
add_worst(struct dro_sim_view *view, const struct dro_sim_total *t)
{
	struct dro_buf *out = &view->timelines;
	size_t i;

	for (i = 0; i < t->n_worst; i++) {
		const struct dro_sim_worst *w = &t->worst[i];

		dro_buf_adds(out, "  ");
		dro_out_text(out, t->policy, strlen(t->policy));
		dro_buf_addc(out, ' ');
		dro_out_text(out, w->domain, strlen(w->domain));
		dro_buf_adds(out, ": ");
		dro_out_text(out, w->source.key, strlen(w->source.key));
		dro_buf_addf(out,
		    ": of %lld failing messages %lld hit at RFC 7489, %lld at "
		    "RFC 9989 receivers\n",
		    (long long)w->source.failing,
		    (long long)dro_hit_messages(&w->source.hit[DRO_RFC7489]),
		    (long long)dro_hit_messages(&w->source.hit[DRO_RFC9989]));
	}
}

/* ---- the whole */

static enum dro_code
print_json(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	char answers[DRO_ANSWERS_LEN];
	json_t *totals = json_array(), *root;
	const char *text = assumed(view);
	size_t i;

	for (i = 0; i < view->totals.n; i++)
		(void)json_array_append_new(
		    totals, dro_sim_total_json(&view->totals.all[i]));
	root = json_pack("{s:s, s:o, s:o, s:s, s:o, s:O, s:o, s:I}", "schema",
	    "rollout.simulate/1", "as_of",
	    view->call.world == NULL ? dro_json_time(view->call.now)
				     : json_null(),
	    "assumes", dro_json_text(text), "answers",
	    dro_answers_text(view->call.answers, answers), "world",
	    dro_sim_world_json(view->call.world), "runs", view->runs, "totals",
	    totals, "parked", (json_int_t)parked);
	if (root == NULL || text == NULL) {
		json_decref(root);
		return (dro_err_nomem(err));
	}
	return (dro_json_print(view->call.out, root, err));
}

static enum dro_code
print_text(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	struct dro_buf *more = &view->timelines;
	FILE *fp = view->call.out->fp;
	const char *text = assumed(view);
	enum dro_code code = DRO_OK;
	size_t i;

	if (text == NULL)
		return (dro_err_nomem(err));
	fprintf(fp,
	    "FIRST, FULL, REJECT: day of the first rung, of full quarantine "
	    "and of full reject.\nHARM: legitimate messages quarantined or "
	    "rejected, by receivers.  SPOOF: share of the mail\nof nobody in "
	    "particular that RFC 7489 receivers would have stopped.  ASKED: "
	    "questions; BACK:\nsteps back.\nIt assumes that %s.\n\n",
	    text);
	if (shows_domains(view))
		code = dro_table_print(view->table, view->call.out, err);
	if (code != DRO_OK)
		return (code);
	if (view->n_runs > TIMELINES_MAX)
		dro_buf_reset(more);
	for (i = 0; i < view->totals.n; i++)
		add_worst(view, &view->totals.all[i]);
	if (parked > 0)
		dro_buf_addf(
		    more, "  %zu parked: they climb no ladder\n", parked);
	if ((code = dro_buf_check(more, "simulation", err)) != DRO_OK)
		return (code);
	if (more->len > 0)
		fprintf(fp, "\n%s", more->ptr);
	if ((code = dro_sim_compare(view->call.out, &view->totals, err)) !=
	    DRO_OK)
		return (code);
	fputs("\nNothing was changed.\n", fp);
	return (dro_out_flush(view->call.out, err));
}

enum dro_code
dro_sim_print(struct dro_sim_view *view, size_t parked, struct dro_err *err)
{
	return (view->call.out->json ? print_json(view, parked, err)
				     : print_text(view, parked, err));
}
