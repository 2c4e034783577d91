#include "base/date.h"
#include "simulate_view.h"

/* rollout.simulate/1, part by part. */

static const char *const populations[] = {"rfc7489", "rfc9989"};

/* Whole messages, rounded up: a part of one is one that may be hit. */
static json_int_t
messages(int64_t hundredths)
{
	return ((json_int_t)(hundredths / 100 + (hundredths % 100 != 0)));
}

static json_t *
hit_json(const struct dro_hit *hit)
{
	return (json_pack("{s:I, s:I}", "quarantined",
	    messages(hit->quarantined), "rejected", messages(hit->rejected)));
}

/* Everything that no legitimate source has to do with. */
static const enum dro_party others[] = {
    DRO_PARTY_FORWARDED, DRO_PARTY_UNDECIDED, DRO_PARTY_THREAT};

static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	return (dro_add_overflow(a, b, &sum) ? INT64_MAX : sum);
}

static json_t *
failing_json(const int64_t failing[DRO_PARTIES])
{
	json_t *o = json_object();
	int64_t sum = 0;
	int i;

	for (i = 0; i < DRO_PARTIES; i++)
		(void)json_object_set_new(o, dro_party_name((enum dro_party)i),
		    json_integer(failing[i]));
	for (i = 0; i < (int)DRO_ARRAY_LEN(others); i++)
		sum = plus(sum, failing[others[i]]);
	(void)json_object_set_new(o, "others", json_integer(sum));
	return (o);
}

/* {"legit": {"quarantined": n, "rejected": n}, ...} */
static json_t *
hits_json(const struct dro_hit hit[DRO_PARTIES])
{
	struct dro_hit sum = {0, 0};
	json_t *o = json_object();
	int i;

	for (i = 0; i < DRO_PARTIES; i++)
		(void)json_object_set_new(
		    o, dro_party_name((enum dro_party)i), hit_json(&hit[i]));
	for (i = 0; i < (int)DRO_ARRAY_LEN(others); i++) {
		sum.quarantined =
		    plus(sum.quarantined, hit[others[i]].quarantined);
		sum.rejected = plus(sum.rejected, hit[others[i]].rejected);
	}
	(void)json_object_set_new(o, "others", hit_json(&sum));
	return (o);
}

static json_t *
mail_json(const struct dro_harm *harm)
{
	return (json_pack("{s:I, s:o, s:{s:o, s:o}}", "passing",
	    (json_int_t)harm->passing, "failing", failing_json(harm->failing),
	    "hit", populations[0], hits_json(harm->hit[DRO_RFC7489]),
	    populations[1], hits_json(harm->hit[DRO_RFC9989])));
}

static json_t *
source_json(const struct dro_harmed *s)
{
	return (json_pack("{s:o, s:I, s:{s:o, s:o}}", "source",
	    dro_json_text(s->key), "failing", (json_int_t)s->failing, "hit",
	    populations[0], hit_json(&s->hit[DRO_RFC7489]), populations[1],
	    hit_json(&s->hit[DRO_RFC9989])));
}

static json_t *
asked_json(const struct dro_asked_list *asked)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < asked->n; i++)
		(void)json_object_set_new(
		    o, asked->kinds[i].kind, json_integer(asked->kinds[i].n));
	return (o);
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

json_t *
dro_sim_run_json(const struct dro_sim_run *run)
{
	const struct dro_replay *r = run->replay;
	size_t top = dro_sim_target(run->settings), i;
	json_t *sources = json_array();

	for (i = 0; i < r->harm.n_sources; i++)
		(void)json_array_append_new(
		    sources, source_json(&r->harm.sources[i]));
	return (json_pack("{s:o, s:s, s:s, s:o, s:o, s:s, s:b, s:o, s:o, s:i,"
			  " s:o, s:i, s:o, s:o, s:o, s:o}",
	    "client", dro_json_text(run->client), "domain", run->domain,
	    "policy", run->settings->policy, "from", dro_json_time(r->from),
	    "until", dro_json_time(r->until), "rung",
	    run->settings->ladder.rungs[r->last.rung].name, "at_target",
	    r->last.rung == top, "reached", reached_json(run), "steps",
	    steps_json(r), "questions", r->questions, "asked",
	    asked_json(&r->asked), "setbacks", r->setbacks, "mail",
	    mail_json(&r->harm), "sources", sources, "code",
	    dro_json_text(r->last.code), "reason",
	    dro_json_text(r->last.reason)));
}

/* null for what never came. */
static json_t *
day_json(int day)
{
	return (day < 0 ? json_null() : json_integer(day));
}

static json_t *
rungs_json(const struct dro_sim_total *t)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < t->n_rungs; i++) {
		const struct dro_sim_rung *r = &t->rungs[i];

		(void)json_array_append_new(array,
		    json_pack("{s:s, s:I, s:I, s:o}", "rung", r->name,
			"domains", (json_int_t)r->domains, "reached",
			(json_int_t)r->reached.n, "median_day",
			day_json(dro_sim_median(&r->reached, r->domains))));
	}
	return (array);
}

json_t *
dro_sim_total_json(const struct dro_sim_total *t)
{
	return (json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:o, s:I,"
			  " s:o}",
	    "policy", t->policy, "domains", (json_int_t)t->domains, "moved",
	    (json_int_t)t->moved, "arrived", (json_int_t)t->arrived.n,
	    "median_day", day_json(dro_sim_median(&t->arrived, t->domains)),
	    "rungs", rungs_json(t), "bound_passed", (json_int_t)t->bound_passed,
	    "questions", (json_int_t)t->questions, "asked",
	    asked_json(&t->asked), "setbacks", (json_int_t)t->setbacks, "mail",
	    mail_json(&t->harm)));
}

json_t *
dro_sim_world_json(const struct dro_world *w)
{
	if (w == NULL)
		return (json_null());
	return (json_pack("{s:I, s:i, s:i, s:I, s:s, s:I, s:I, s:i}",
	    "messages", (json_int_t)w->messages, "reporters", w->reporters,
	    "days", w->days, "fail_ppm", (json_int_t)w->fail_ppm, "clumps",
	    dro_clumps_name(w->clumps), "spoof_ppm", (json_int_t)w->spoof_ppm,
	    "seed", (json_int_t)w->seed, "domains", w->domains));
}
