#include <assert.h>
#include <string.h>

#include "config/policy.h"
#include "config/suggest.h"
#include "presets/presets.h"
#include "stage/subdomain.h"

/* defaults, client, domain */
#define PLACES_MAX 3

/* All that speaks about one domain, farthest first. */
struct stack {
	const struct dro_layer *layers[DRO_EXTENDS_MAX + 1 + PLACES_MAX];
	const struct dro_policy *policies[DRO_EXTENDS_MAX + 1];
	size_t n, n_policies;
	const char *preset; /* what holds if no layer says anything */
	struct dro_trace *trace; /* or NULL */
};

static void
pile_up(struct stack *s, const struct dro_policy *policy,
    const struct dro_layer *const *layers, size_t n)
{
	const struct dro_policy *p;
	size_t i, depth = 0;

	for (p = policy; p != NULL; p = p->base)
		depth++;
	assert(depth > 0 && depth <= DRO_EXTENDS_MAX + 1 && n <= PLACES_MAX);
	s->n = s->n_policies = depth;
	s->preset = policy->preset;
	for (p = policy; p != NULL; p = p->base) {
		s->policies[--depth] = p;
		s->layers[depth] = &p->layer;
	}
	for (i = 0; i < n; i++)
		s->layers[s->n++] = layers[i];
}

/* What layer ${i} of ${s} is called, with ${at} as the place in it. */
static struct dro_origin
origin(const struct stack *s, size_t i, const struct dro_node *at)
{
	static const char *const places[] = {"defaults", "client", "domain"};
	struct dro_origin from = {NULL, NULL, at};

	if (i < s->n_policies) {
		from.kind = "policy";
		from.name = s->policies[i]->name;
	} else {
		from.kind = places[i - s->n_policies];
		from.name = s->layers[i]->name;
	}
	return (from);
}

/* The shipped policy at the bottom of ${s}. */
static struct dro_origin
shipped(const struct stack *s)
{
	return ((struct dro_origin){"shipped policy", s->preset, NULL});
}

/* The nearest layer that says ${id}, or NULL; it goes into the trace. */
static const struct dro_setting *
nearest(const struct stack *s, enum dro_key_id id)
{
	const struct dro_setting *set = NULL;
	struct dro_traced *t = s->trace != NULL ? &s->trace->value[id] : NULL;
	size_t i;

	for (i = s->n; i > 0 && set == NULL; i--)
		if (s->layers[i - 1]->set[id].ok)
			set = &s->layers[i - 1]->set[id];
	if (t == NULL)
		return (set);
	t->seen = true;
	if (set != NULL) {
		t->num = set->num;
		t->text = set->text;
		t->node = set->node;
		t->from = origin(s, i, set->key);
	}
	return (set);
}

/* The number that holds: of the nearest layer, else ${otherwise}. */
static int64_t
number(const struct stack *s, enum dro_key_id id, int64_t otherwise)
{
	const struct dro_setting *set = nearest(s, id);

	if (set != NULL)
		return (set->num);
	if (s->trace != NULL) {
		s->trace->value[id].num = otherwise;
		s->trace->value[id].from = shipped(s);
	}
	return (otherwise);
}

static const char *
text(const struct stack *s, enum dro_key_id id)
{
	const struct dro_setting *set = nearest(s, id);

	return (set != NULL ? set->text : NULL);
}

/* The number that a layer says; false if none does. */
static bool
said(const struct stack *s, enum dro_key_id id, int64_t *out)
{
	const struct dro_setting *set = nearest(s, id);

	if (set != NULL)
		*out = set->num;
	return (set != NULL);
}

static void
merge_scalars(const struct stack *s, struct dro_settings *out)
{
	int64_t n = 0;

	out->target =
	    (enum dro_level)(number(s, DRO_K_TARGET, out->target - 1) + 1);
	out->tau_ppm = number(s, DRO_K_TAU, out->tau_ppm);
	out->alpha_ppm = number(s, DRO_K_ALPHA, out->alpha_ppm);
	out->alpha_last_ppm = number(s, DRO_K_ALPHA_LAST, out->alpha_last_ppm);
	out->tau_source_ppm = number(s, DRO_K_TAU_SOURCE, out->tau_source_ppm);
	out->dkim_ppm = number(s, DRO_K_DKIM_ALIGNED, out->dkim_ppm);
	out->forwarded_ppm = number(s, DRO_K_FORWARDED, out->forwarded_ppm);
	out->freshness_h = (int)number(s, DRO_K_FRESHNESS, out->freshness_h);
	out->reporters_min =
	    (int)number(s, DRO_K_REPORTERS, out->reporters_min);
	out->setback_share_ppm = number(s, DRO_K_SHARE, out->setback_share_ppm);
	out->cooldown_days = (int)number(s, DRO_K_COOLDOWN, out->cooldown_days);
	out->undecided_days =
	    (int)number(s, DRO_K_ANSWER_WITHIN, out->undecided_days);
	(void)number(s, DRO_K_THEN, 0); /* there is but one */
	out->sources_closed = said(s, DRO_K_CLOSED, &n) && n == 1;
	out->rua = text(s, DRO_K_RUA);
	out->quiet_days = (int)number(s, DRO_K_QUIET, out->quiet_days);
	out->park_confirmed = text(s, DRO_K_CONFIRMED);
	out->pause = text(s, DRO_K_PAUSE);
	out->trial = said(s, DRO_K_TRIAL, &n) && n == 1;
	if (said(s, DRO_K_TTL, &n))
		out->ttl_s = (uint32_t)n;
	/* Behind the levels: sp follow, then keep; np keep. */
	if ((out->has_sp = said(s, DRO_K_SP, &n) && n <= DRO_REJECT + 1))
		out->sp = n <= DRO_REJECT ? (enum dro_level)n : DRO_REJECT;
	if ((out->has_np = said(s, DRO_K_NP, &n) && n <= DRO_REJECT))
		out->np = (enum dro_level)n;
	out->np_from_start = said(s, DRO_K_NP_FROM, &n) && n == 1;
}

/* Where sp is said: whether the ladder weakens it on the way up. */
static void
lint_sp(
    struct dro_reader *r, const struct stack *s, const struct dro_settings *out)
{
	const struct dro_setting *sp = &s->layers[s->n - 1]->set[DRO_K_SP];
	size_t at;

	if (!sp->ok || !out->has_sp ||
	    !dro_sub_dip(&out->ladder, out->sp, &at) ||
	    out->ladder.rungs[at].core.p > out->target)
		return;
	dro_reader_warning(r, sp->node,
	    "sp: from rung %s on t=y lowers it to none at receivers of RFC "
	    "9989 until the top: weaker for a while, never harsher; follow "
	    "does not dip",
	    out->ladder.rungs[at].name);
}

/* A ladder of its own brings the hops of the preset for its rungs. */
static void
merge_ladder(struct dro_reader *r, const struct stack *s, const char *preset,
    const char *domain, struct dro_settings *out)
{
	const struct dro_node *at = NULL;
	struct dro_err err;
	size_t i, index;

	for (i = s->n; i > 0 && at == NULL; i--) {
		if (s->layers[i - 1]->ladder == NULL)
			continue;
		out->ladder = *s->layers[i - 1]->ladder;
		at = s->layers[i - 1]->set[DRO_K_LADDER].node;
		if (s->trace != NULL)
			s->trace->value[DRO_K_LADDER].from = origin(
			    s, i - 1, s->layers[i - 1]->set[DRO_K_LADDER].key);
		if (dro_preset_hops(preset, out, &err) != DRO_OK)
			dro_reader_error(r, at, "ladder: %s", err.msg);
	}
	if (at != NULL && domain != NULL &&
	    !dro_ladder_find(&out->ladder, dro_level_name(out->target), &index))
		dro_reader_warning(r, at,
		    "ladder: the target of %s is %s, but there is no such "
		    "rung: it stops below; add the rung, or set target",
		    domain, dro_level_name(out->target));
}

/* Say that ${rung} is not on ${ladder}. */
static void
unknown_rung(struct dro_reader *r, const struct dro_node *rung,
    const char *what, const struct dro_ladder *ladder)
{
	struct dro_guess guess;
	size_t i;

	dro_guess_init(&guess, rung->text);
	for (i = 0; i < ladder->n; i++)
		dro_guess_try(&guess, ladder->rungs[i].name);
	dro_reader_error(r, rung, "%s: the ladder has no rung %s%s", what,
	    dro_found(r, rung), dro_suggestion(r, &guess));
}

static void
merge_hops(
    struct dro_reader *r, const struct stack *s, struct dro_settings *out)
{
	const struct dro_layer_hop *hop;
	size_t i, j, rung;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->layers[i]->n_hops; j++) {
			hop = &s->layers[i]->hops[j];
			if (!dro_ladder_find(
				&out->ladder, hop->rung->text, &rung)) {
				/* Farther ones meant another ladder. */
				if (i == s->n - 1)
					unknown_rung(
					    r, hop->rung, "hops", &out->ladder);
				continue;
			}
			if (hop->days >= 0)
				out->hops[rung].days = (int)hop->days;
			if (hop->report_days >= 0)
				out->hops[rung].report_days =
				    (int)hop->report_days;
			if (s->trace != NULL && hop->days >= 0)
				s->trace->days[rung] = origin(s, i, hop->rung);
			if (s->trace != NULL && hop->report_days >= 0)
				s->trace->report_days[rung] =
				    origin(s, i, hop->rung);
		}
}

/* Each rung that asks anybody asks as many as `count` says. */
static void
merge_counts(const struct stack *s, struct dro_settings *out)
{
	int count = (int)number(s, DRO_K_COUNT, 1);
	size_t i;

	for (i = 0; i < out->ladder.n; i++)
		if (out->approvals[i] != 0)
			out->approvals[i] = count;
	out->approval_expiry_s =
	    number(s, DRO_K_EXPIRES, out->approval_expiry_s);
}

static void
merge_approval(struct dro_reader *r, const struct stack *s, const char *domain,
    struct dro_settings *out)
{
	const struct dro_layer *layer = NULL;
	const struct dro_layer_approval *a;
	size_t i, j, rung;

	for (i = s->n; i > 0 && layer == NULL; i--)
		if (s->layers[i - 1]->has_approvals)
			layer = s->layers[i - 1];
	if (layer == NULL) {
		merge_counts(s, out);
		return;
	}
	if (s->trace != NULL)
		s->trace->value[DRO_K_BEFORE].from =
		    origin(s, i, s->layers[i]->set[DRO_K_BEFORE].key);
	memset(out->approvals, 0, sizeof(out->approvals));
	for (j = 0; j < layer->n_approvals; j++) {
		a = &layer->approvals[j];
		if (dro_ladder_find(&out->ladder, a->rung->text, &rung))
			out->approvals[rung] = 1;
		else if (i == s->n - 1)
			unknown_rung(r, a->rung, "before", &out->ladder);
		else if (domain != NULL)
			dro_reader_warning(r, a->rung,
			    "before: the ladder of %s has no rung %s: there "
			    "it asks nobody",
			    domain, dro_found(r, a->rung));
	}
	merge_counts(s, out);
	/* A count beside its rung says more than one for all. */
	for (j = 0; j < layer->n_approvals; j++) {
		a = &layer->approvals[j];
		if (a->count != 0 &&
		    dro_ladder_find(&out->ladder, a->rung->text, &rung))
			out->approvals[rung] = (int)a->count;
	}
}

static void
merge_calendar(
    struct dro_reader *r, const struct stack *s, struct dro_settings *out)
{
	const struct dro_freezes *freezes = NULL;
	const struct dro_windows *windows = NULL;
	size_t i;

	/* Farther first: the nearest that says it is the one that holds. */
	for (i = 0; i < s->n; i++) {
		if (s->layers[i]->freezes != NULL)
			freezes = s->layers[i]->freezes;
		if (s->layers[i]->windows != NULL)
			windows = s->layers[i]->windows;
	}
	dro_calendar(r, freezes, windows, text(s, DRO_K_TIME_ZONE), out);
}

/* Put ${d} into ${all}, in place of a farther one of the same name: where. */
static size_t
put_source(struct dro_declared *all, size_t *n, const struct dro_declared *d)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(all[i].name, d->name) == 0)
			break;
	all[i] = *d;
	if (i == *n)
		(*n)++;
	return (i);
}

static void
merge_sources(
    struct dro_reader *r, const struct stack *s, struct dro_settings *out)
{
	struct dro_origin *from;
	struct dro_declared *all;
	size_t i, j, at, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->layers[i]->n_sources;
	if (n == 0 || (all = dro_reader_alloc(r, n, sizeof(*all))) == NULL ||
	    (from = dro_reader_alloc(
		 r, s->trace != NULL ? n : 0, sizeof(*from))) == NULL)
		return;
	n = 0;
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->layers[i]->n_sources; j++) {
			at = put_source(all, &n, &s->layers[i]->sources[j]);
			if (s->trace != NULL)
				from[at] =
				    origin(s, i, s->layers[i]->source_at[j]);
		}
	if (s->trace != NULL)
		s->trace->sources = from;
	out->sources = all;
	out->n_sources = n;
}

/* Whose signal it is holds as a whole: the keys of two places make none. */
static void
merge_signal(const struct stack *s, struct dro_settings *out)
{
	static const enum dro_key_id ids[] = {DRO_K_SIGNAL_FILE,
	    DRO_K_SIGNAL_COMMAND, DRO_K_SIGNAL_TIMEOUT, DRO_K_MAX_AGE};
	const struct dro_setting *set;
	struct dro_traced *t;
	size_t i, k;

	for (i = s->n; i > 0; i--)
		if (s->layers[i - 1]->set[DRO_K_SIGNAL].ok)
			break;
	if (i > 0)
		out->signal = s->layers[i - 1]->signal;
	for (k = 0; s->trace != NULL && k < DRO_ARRAY_LEN(ids); k++) {
		t = &s->trace->value[ids[k]];
		t->seen = true;
		if (i == 0 || !s->layers[i - 1]->set[ids[k]].ok)
			continue;
		set = &s->layers[i - 1]->set[ids[k]];
		t->num = set->num;
		t->text = set->text;
		t->node = set->node;
		t->from = origin(s, i - 1, set->key);
	}
}

/* What the shipped policy says holds until a layer says otherwise. */
static void
trace_preset(const struct stack *s)
{
	static const enum dro_key_id nodes[] = {DRO_K_LADDER, DRO_K_BEFORE};
	size_t i;

	for (i = 0; i < DRO_RUNGS_MAX; i++)
		s->trace->days[i] = s->trace->report_days[i] = shipped(s);
	for (i = 0; i < DRO_ARRAY_LEN(nodes); i++) {
		s->trace->value[nodes[i]].seen = true;
		s->trace->value[nodes[i]].from = shipped(s);
	}
}

/* Keys that are no settings (why, until, ...) hold where they are nearest. */
static void
trace_rest(const struct stack *s)
{
	size_t i, n;
	const struct dro_key *keys = dro_keys(&n);

	for (i = 0; i < n; i++)
		if (!s->trace->value[keys[i].id].seen)
			(void)nearest(s, keys[i].id);
}

void
dro_merge(struct dro_reader *r, const struct dro_policy *policy,
    const struct dro_layer *const *layers, size_t n, const char *domain,
    struct dro_trace *trace, struct dro_settings *out)
{
	struct stack s;
	struct dro_err err;
	enum dro_code code;

	pile_up(&s, policy, layers, n);
	if ((s.trace = trace) != NULL)
		trace_preset(&s);
	code = dro_preset_policy(policy->preset, out, &err);
	assert(code == DRO_OK);
	(void)code;
	out->policy = policy->name;
	merge_scalars(&s, out);
	merge_ladder(r, &s, policy->preset, domain, out);
	lint_sp(r, &s, out);
	merge_hops(r, &s, out);
	merge_approval(r, &s, domain, out);
	merge_sources(r, &s, out);
	merge_signal(&s, out);
	merge_calendar(r, &s, out);
	if (trace != NULL)
		trace_rest(&s);
}
