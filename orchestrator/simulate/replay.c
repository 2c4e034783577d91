#include <string.h>

#include "base/date.h"
#include "simulate/replay.h"

#define RUN_HOUR 6
#define TTL_S 3600

/* One domain being lived through again. */
struct reel {
	struct dro_walk walk;
	struct dro_settings
	    *settings; /* a copy: what is told borrows from it */
	const struct dro_evidence *all;
	struct dro_seen *seen; /* of all, with the record that was live */
	struct dro_core *cores; /* live at noon, by day */
	int32_t from;
	struct dro_walk_step *steps;
	struct dro_arena *arena;
	struct dro_replay *out;
};

static const char *
text_none(
    const struct dro_settings *set, const char *domain, struct dro_arena *arena)
{
	if (set->rua != NULL)
		return (dro_arena_printf(
		    arena, "v=DMARC1; p=none; rua=%s", set->rua));
	return (dro_arena_printf(
	    arena, "v=DMARC1; p=none; rua=mailto:dmarc@%s", domain));
}

/* The world on the first morning. */
static enum dro_code
begin(struct reel *r, const char *domain, struct dro_err *err)
{
	struct dro_rrset *live = &r->walk.live.rrset;
	const char *name = dro_arena_printf(r->arena, "_dmarc.%s", domain);
	const char *text = text_none(r->settings, domain, r->arena);

	if (name == NULL || text == NULL)
		return (dro_err_nomem(err));
	r->walk.domain = domain;
	r->walk.settings = r->settings;
	r->walk.arena = r->arena;
	r->walk.live.status = DRO_LIVE_OK;
	dro_rrset_init(live, name, DRO_RR_TXT);
	live->ttl_s = TTL_S;
	return (dro_rrset_add(live, r->arena, text, strlen(text), err));
}

/* From ${at} on reports show ${core}. */
static void
show(struct reel *r, int64_t at, struct dro_core core)
{
	size_t i;

	for (i = r->all->n_seen; i-- > 0 && r->seen[i].begin >= at;)
		r->seen[i].core = core;
}

/* What has come in by ${at}: the reports about the days before. */
static enum dro_code
come_in(const struct reel *r, int64_t at, struct dro_arena *arena,
    struct dro_evidence *out, struct dro_err *err)
{
	int32_t from = dro_walk_from(&r->walk, at), today = dro_day_of(at);
	const struct dro_evidence *all = r->all;
	size_t c = 0, i;

	*out = *all;
	out->changes_at = 0;
	out->seen = dro_arena_alloc(arena, all->n_seen, sizeof(*out->seen));
	if (out->seen == NULL)
		return (dro_err_nomem(err));
	out->n_seen = 0;
	for (i = 0; i < all->n_seen && r->seen[i].begin < at; i++)
		if (dro_day_of(r->seen[i].begin) >= from &&
		    r->seen[i].end <= at)
			out->seen[out->n_seen++] = r->seen[i];
	while (c < all->n_cells && all->cells[c].day < from)
		c++;
	for (i = c; i < all->n_cells && all->cells[i].day < today;)
		i++;
	out->cells = all->cells + c;
	out->n_cells = i - c;
	return (DRO_OK);
}

/* As many persons as are asked say yes to the next rung. */
static enum dro_code
approve(struct reel *r, int64_t at, struct dro_err *err)
{
	const struct dro_decision *d = &r->out->last;
	size_t i, n = (size_t)r->settings->approvals[d->next];
	struct dro_approval *all = dro_arena_alloc(r->arena, n, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++)
		all[i] = (struct dro_approval){
		    .rung = r->settings->ladder.rungs[d->next].name,
		    .uid = (int64_t)i,
		    .by = "simulated",
		    .at = at,
		    .expires_at = at + r->settings->approval_expiry_s,
		    .digest = "simulated"};
	r->walk.facts.approvals = all;
	r->walk.facts.n_approvals = n;
	r->out->questions++;
	return (DRO_OK);
}

/* The cause of the last step back is dealt with. */
static enum dro_code
acknowledge(struct reel *r, int64_t at, struct dro_err *err)
{
	size_t n = r->walk.facts.n_setbacks;
	struct dro_setback *all = dro_arena_alloc(r->arena, n, sizeof(*all));

	if (all == NULL)
		return (dro_err_nomem(err));
	memcpy(all, r->walk.facts.setbacks, n * sizeof(*all));
	all[n - 1].acknowledged_at = at;
	r->walk.facts.setbacks = all;
	r->out->questions++;
	return (DRO_OK);
}

/* What looks odd in the reports is right. */
static enum dro_code
accept(struct reel *r, int64_t at, struct dro_err *err)
{
	const struct dro_anomalies *odd = &r->out->last.anomalies;
	size_t i, n = r->walk.facts.n_answers;
	struct dro_answered *all =
	    dro_arena_alloc(r->arena, n + odd->n, sizeof(*all));
	char *key;

	if (all == NULL)
		return (dro_err_nomem(err));
	if (n > 0)
		memcpy(all, r->walk.facts.answers, n * sizeof(*all));
	for (i = 0; i < odd->n; i++) {
		key = dro_arena_strdup(r->arena, odd->items[i].key);
		if (key == NULL)
			return (dro_err_nomem(err));
		all[n + i] = (struct dro_answered){
		    odd->items[i].kind, key, at + DRO_ANSWER_S};
	}
	r->walk.facts.answers = all;
	r->walk.facts.n_answers = n + odd->n;
	r->out->questions += (int)odd->n;
	return (DRO_OK);
}

/* A person reads what the run said, and answers before the next one. */
static enum dro_code
answer(struct reel *r, int64_t at, struct dro_err *err)
{
	const struct dro_decision *d = &r->out->last;

	if (d->code == NULL)
		return (DRO_OK);
	if (strcmp(d->code, "awaiting_acknowledgement") == 0)
		return (acknowledge(r, at, err));
	if (strcmp(d->code, "anomaly") == 0)
		return (accept(r, at, err));
	if ((d->overlays & DRO_OVER_AWAITING_APPROVAL) != 0)
		return (approve(r, at, err));
	return (DRO_OK);
}

static void
take_step(struct reel *r, const struct dro_walk_step *step)
{
	const struct dro_decision *d = &r->out->last;
	int day = (int)(dro_day_of(step->at) - r->from);

	if (d->action == DRO_ACT_SETBACK)
		r->out->setbacks++;
	if (r->out->reached[d->to] < 0)
		r->out->reached[d->to] = day;
	show(r, step->at, dro_walk_core(&r->walk));
	r->out->n_steps++;
}

/* Counts come from strangers: a sum that is too large stays the largest. */
static void
add(int64_t *sum, int64_t n, int64_t times)
{
	int64_t product;

	if (dro_mul_overflow(n, times, &product) ||
	    dro_add_overflow(*sum, product, sum))
		*sum = INT64_MAX;
}

static void
count_failing(
    struct reel *r, struct dro_core core, enum dro_party party, int64_t fail)
{
	enum dro_population p;

	add(&r->out->failing[party], fail, 1);
	for (p = DRO_RFC7489; p <= DRO_RFC9989; p++) {
		struct dro_effect e = dro_effect(core, p);

		add(&r->out->hit[p][party].quarantined, fail, e.quarantine);
		add(&r->out->hit[p][party].rejected, fail, e.reject);
	}
}

/* What a source did on ${day}; NULL: nothing. */
static const struct dro_source_day *
find_day(const struct dro_source *source, int32_t day)
{
	size_t i;

	for (i = source->n_days; i-- > 0 && source->days[i].day >= day;)
		if (source->days[i].day == day)
			return (&source->days[i]);
	return (NULL);
}

/* What the record of ${day} did to its mail, as the next morning tells. */
static void
count_day(struct reel *r, const struct dro_evidence *ev, int32_t day)
{
	const struct dro_decision *d = &r->out->last;
	struct dro_core core = r->cores[day - r->from];
	int64_t others = 0;
	size_t i;

	for (i = ev->n_cells; i-- > 0 && ev->cells[i].day >= day;)
		if (ev->cells[i].day == day)
			add(&others, ev->cells[i].fail, 1);
	for (i = 0; i < d->n_sources; i++) {
		const struct dro_source_day *of = find_day(&d->sources[i], day);

		if (of == NULL)
			continue;
		add(&r->out->passing, of->pass, 1);
		count_failing(r, core, DRO_PARTY_LEGIT, of->fail);
		count_failing(r, core, DRO_PARTY_LINKED, of->claimed);
		others -= of->fail + of->claimed;
	}
	count_failing(r, core, DRO_PARTY_OTHERS, others);
}

static bool
bound_passes(const struct dro_decision *d)
{
	size_t i;

	for (i = 0; i < d->n_gates; i++)
		if (strcmp(d->gates[i].gate, "bound") == 0)
			return (d->gates[i].verdict == DRO_PASS);
	return (false);
}

static enum dro_code
one_day(struct reel *r, int day, struct dro_arena *arena, struct dro_err *err)
{
	int64_t at = dro_day_start(r->from + day) + RUN_HOUR * DRO_HOUR_S;
	struct dro_walk_step *step = &r->steps[r->out->n_steps];
	struct dro_evidence ev;
	enum dro_code code;
	bool stepped;

	if ((code = come_in(r, at, arena, &ev, err)) != DRO_OK)
		return (code);
	code = dro_walk_run(
	    &r->walk, &ev, at, arena, &r->out->last, step, &stepped, err);
	if (code != DRO_OK)
		return (code);
	if (r->out->bound_day < 0 && bound_passes(&r->out->last))
		r->out->bound_day = day;
	if (day > 0)
		count_day(r, &ev, r->from + day - 1);
	if (stepped)
		take_step(r, step);
	r->cores[day] = dro_walk_core(&r->walk);
	r->out->until = at;
	return (answer(r, at, err));
}

static enum dro_code
live_through(struct reel *r, int days, struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code = DRO_OK;
	int day;

	for (day = 0; day < days - 1 && code == DRO_OK; day++) {
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = one_day(r, day, arena, err);
		dro_arena_destroy(arena);
	}
	/* What the last run said is kept. */
	return (code == DRO_OK ? one_day(r, day, r->arena, err) : code);
}

static enum dro_code
make_room(struct reel *r, const struct dro_settings *settings, int days,
    struct dro_err *err)
{
	const struct dro_evidence *all = r->all;

	r->seen = dro_arena_alloc(r->arena, all->n_seen, sizeof(*r->seen));
	r->cores = dro_arena_alloc(r->arena, (size_t)days, sizeof(*r->cores));
	r->steps = dro_arena_alloc(r->arena, (size_t)days, sizeof(*r->steps));
	r->settings = dro_arena_alloc(r->arena, 1, sizeof(*r->settings));
	if (r->seen == NULL || r->cores == NULL || r->steps == NULL ||
	    r->settings == NULL)
		return (dro_err_nomem(err));
	*r->settings = *settings;
	/* A pause is about today. */
	r->settings->pause = NULL;
	if (all->n_seen > 0)
		memcpy(r->seen, all->seen, all->n_seen * sizeof(*r->seen));
	return (DRO_OK);
}

enum dro_code
dro_replay_run(const char *domain, const struct dro_settings *settings,
    const struct dro_evidence *evidence, int32_t from_day, int days,
    struct dro_arena *arena, struct dro_replay *out, struct dro_err *err)
{
	struct reel r = {
	    .all = evidence, .from = from_day, .arena = arena, .out = out};
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (days < 1 || days > DRO_REPLAY_DAYS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: a replay of %d days; from 1 to %d", domain, days,
		    DRO_REPLAY_DAYS_MAX));
	for (i = 1; i < DRO_RUNGS_MAX; i++)
		out->reached[i] = -1;
	out->bound_day = -1;
	if ((code = make_room(&r, settings, days, err)) != DRO_OK ||
	    (code = begin(&r, domain, err)) != DRO_OK)
		return (code);
	out->from = dro_day_start(from_day) + RUN_HOUR * DRO_HOUR_S;
	out->steps = r.steps;
	show(&r, INT64_MIN, dro_walk_core(&r.walk));
	return (live_through(&r, days, err));
}

const char *
dro_party_name(enum dro_party party)
{
	static const char *const names[] = {"legit", "linked", "others"};

	return (names[party]);
}
