#include <string.h>

#include "apply/gates_json.h"
#include "base/date.h"
#include "output/output.h"
#include "parked/template.h"
#include "presets/senders.h"
#include "stage/subdomain.h"
#include "view.h"

/* Nobody has asked DNS about it yet, which is no fault. */
static bool
never_seen(const struct dro_exam *exam)
{
	return (
	    exam->live.status == DRO_LIVE_UNKNOWN && exam->live.detail == NULL);
}

/* A person has a ticket for it. */
static bool
is_by_hand(const struct dro_decision *d)
{
	return (d->code != NULL && strcmp(d->code, "by_hand") == 0);
}

/* The same without what the watch over DNS found. */
static enum dro_attention
own_attention(const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	const unsigned person = DRO_OVER_AWAITING_APPROVAL | DRO_OVER_DRIFTED;

	if (never_seen(exam))
		return (DRO_ATT_NONE);
	if (d->verdict == DRO_FAIL || d->step == DRO_STEP_COOLDOWN ||
	    (d->overlays & (DRO_OVER_BLOCKED | DRO_OVER_STALE_DATA)) != 0)
		return (DRO_ATT_ALARM);
	if ((d->overlays & person) != 0 || is_by_hand(d))
		return (DRO_ATT_QUESTION);
	if (d->step == DRO_STEP_PUBLISHING || d->step == DRO_STEP_VERIFYING)
		return (DRO_ATT_PROGRESS);
	return (DRO_ATT_NONE);
}

const struct dro_watch_finding *
dro_view_finding(const struct dro_exam *exam)
{
	const struct dro_watch_findings *f = &exam->decision.findings;
	size_t i;

	if (own_attention(exam) >= DRO_ATT_QUESTION)
		return (NULL);
	for (i = 0; i < f->n; i++)
		if (!f->items[i].accepted)
			return (&f->items[i]);
	return (NULL);
}

enum dro_attention
dro_view_attention(const struct dro_exam *exam)
{
	if (dro_view_finding(exam) != NULL)
		return (DRO_ATT_ALARM);
	return (own_attention(exam));
}

const char *
dro_view_mark(enum dro_attention attention)
{
	static const char *const marks[] = {" ", "~", "?", "!"};

	return (marks[attention]);
}

const char *
dro_view_rung(const struct dro_exam *exam, size_t index)
{
	return (exam->dom->settings->ladder.rungs[index].name);
}

const char *
dro_view_stage(const struct dro_exam *exam)
{
	if (!exam->decision.staged)
		return ("-");
	return (dro_view_rung(exam, exam->decision.rung));
}

/* A stable code as words: "awaiting_repair" -> "awaiting repair". */
static const char *
words(const char *code, struct dro_arena *arena)
{
	char *s = dro_arena_strdup(arena, code), *p;

	for (p = s; p != NULL && *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return (s != NULL ? s : code);
}

/* "1 day", "2 days". */
static const char *
counted(int64_t n, const char *more, const char *unit, struct dro_arena *arena)
{
	size_t len = strlen(unit);

	if (n == 1 && len > 0 && unit[len - 1] == 's')
		len--;
	return (dro_arena_printf(
	    arena, "%lld %s%.*s", (long long)n, more, (int)len, unit));
}

/* What is missing, or what there is too much of. */
static const char *
amount(const struct dro_gate *g, struct dro_arena *arena)
{
	const char *gate = words(g->gate, arena);

	if (strcmp(g->unit, "ppm") == 0)
		return (dro_arena_printf(arena,
		    "%s: %lld.%lld%%, limit %lld.%lld%%", gate,
		    (long long)(g->value / 10000),
		    (long long)(g->value % 10000 / 1000),
		    (long long)(g->limit / 10000),
		    (long long)(g->limit % 10000 / 1000)));
	if (g->value < g->limit)
		return (dro_arena_printf(arena, "%s (%s)",
		    counted(g->shortfall, "more ", g->unit, arena), gate));
	if (g->limit == 0)
		return (dro_arena_printf(arena, "%s: %s", gate,
		    counted(g->value, "", g->unit, arena)));
	return (dro_arena_printf(arena, "%s: %s, at most %lld", gate,
	    counted(g->value, "", g->unit, arena), (long long)g->limit));
}

/* The reason in a few words, for a table. */
static const char *
brief(const struct dro_decision *d, struct dro_arena *arena)
{
	const char *s = NULL;
	size_t i;

	for (i = 0; i < d->n_gates; i++) {
		const struct dro_gate *g = &d->gates[i];

		if (g->verdict == DRO_PASS || strcmp(g->gate, d->code) != 0)
			continue;
		if (g->source != NULL)
			s = dro_arena_printf(
			    arena, "%s: %s", words(g->gate, arena), g->source);
		else if (g->shortfall == 0)
			s = g->text;
		else
			s = amount(g, arena);
	}
	return (s != NULL ? s : words(d->code, arena));
}

const char *
dro_view_target(const struct dro_exam *exam)
{
	if (exam->decision.action == DRO_ACT_PARK)
		return (dro_part_name(dro_part_of(&exam->change.after)));
	return (dro_view_rung(exam, exam->decision.to));
}

const char *
dro_view_next(const struct dro_exam *exam, struct dro_arena *arena)
{
	const struct dro_watch_finding *finding = dro_view_finding(exam);
	const struct dro_decision *d = &exam->decision;
	const char *s = "";

	if (never_seen(exam))
		s = "not looked at yet: rollout advance";
	else if (d->action != DRO_ACT_NONE)
		s = dro_arena_printf(arena, "%s: ready (%s)",
		    dro_view_target(exam), dro_action_name(d->action));
	else if (is_by_hand(d))
		s = d->reason;
	else if (d->code != NULL && strcmp(d->code, "target") == 0)
		s = finding == NULL ? "watched"
				    : dro_arena_printf(arena, "watch: %s",
					  finding->watched->name);
	else if (d->code != NULL && d->has_next && exam->parking != NULL)
		s = dro_arena_printf(arena, "parked: %s", brief(d, arena));
	else if (d->code != NULL && d->has_next)
		s = dro_arena_printf(arena, "%s: %s",
		    dro_view_rung(exam, d->next), brief(d, arena));
	else if (d->code != NULL)
		s = brief(d, arena);
	return (s != NULL ? s : "");
}

static json_t *
effect_json(struct dro_core core, enum dro_population population)
{
	struct dro_effect e = dro_effect(core, population);

	return (
	    json_pack("{s:i, s:i, s:i}", "none", 100 - e.quarantine - e.reject,
		"quarantine", e.quarantine, "reject", e.reject));
}

/* What happens to mail from names below; RFC 7489 does not know np. */
static json_t *
below_json(const struct dro_decision *d)
{
	struct dro_core sp = d->core, np = d->core;

	sp.p = d->sp;
	np.p = d->np;
	return (json_pack("{s:s, s:s, s:{s:o, s:o}, s:{s:o, s:o}}", "sp",
	    dro_level_name(d->sp), "np", dro_level_name(d->np), "existing",
	    "rfc7489", effect_json(sp, DRO_RFC7489), "rfc9989",
	    effect_json(sp, DRO_RFC9989), "nonexistent", "rfc7489",
	    effect_json(sp, DRO_RFC7489), "rfc9989",
	    effect_json(np, DRO_RFC9989)));
}

static json_t *
stage_json(const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;

	if (!d->staged)
		return (json_pack("{s:n, s:b, s:n, s:n, s:n}", "name",
		    "off_ladder", 0, "since", "effect", "subdomains"));
	return (json_pack("{s:s, s:b, s:o, s:{s:o, s:o}, s:o}", "name",
	    dro_view_stage(exam), "off_ladder", d->off_ladder, "since",
	    dro_json_time(d->since), "effect", "rfc7489",
	    effect_json(d->core, DRO_RFC7489), "rfc9989",
	    effect_json(d->core, DRO_RFC9989), "subdomains", below_json(d)));
}

/* "10% quarantine", "25% reject, 75% quarantine", "nothing". */
static const char *
effect_text(struct dro_effect e, struct dro_arena *arena)
{
	if (e.reject == 100)
		return ("reject");
	if (e.quarantine == 100)
		return ("quarantine");
	if (e.reject + e.quarantine == 0)
		return ("nothing");
	return (e.reject == 0
		? dro_arena_printf(arena, "%d%% quarantine", e.quarantine)
		: dro_arena_printf(arena, "%d%% reject, %d%% quarantine",
		      e.reject, e.quarantine));
}

const char *
dro_view_below(const struct dro_exam *exam, struct dro_arena *arena)
{
	const struct dro_decision *d = &exam->decision;
	const struct dro_settings *set = exam->dom->settings;
	const char *texts[3];
	size_t i;

	if (!d->staged || (!d->says_sub && !set->has_sp && !set->has_np))
		return (NULL);
	texts[0] =
	    effect_text(dro_sub_effect(d->sp, d->core, DRO_RFC7489), arena);
	texts[1] =
	    effect_text(dro_sub_effect(d->sp, d->core, DRO_RFC9989), arena);
	texts[2] =
	    effect_text(dro_sub_effect(d->np, d->core, DRO_RFC9989), arena);
	for (i = 0; i < DRO_ARRAY_LEN(texts); i++)
		if (texts[i] == NULL)
			return (NULL);
	if (strcmp(texts[0], texts[1]) != 0)
		texts[0] = dro_arena_printf(arena,
		    "%s at receivers of RFC 7489, %s of RFC 9989", texts[0],
		    texts[1]);
	return (dro_arena_printf(arena,
	    "sp=%s: %s; np=%s, names that do not exist: %s at receivers of "
	    "RFC 9989",
	    dro_level_name(d->sp), texts[0] != NULL ? texts[0] : "",
	    dro_level_name(d->np), texts[2]));
}

static json_t *
overlays_json(unsigned overlays, bool trial)
{
	json_t *array = json_array();
	unsigned bit;

	for (bit = DRO_OVER_PAUSED; bit <= DRO_OVER_FROZEN; bit <<= 1)
		if ((overlays & bit) != 0)
			(void)json_array_append_new(array,
			    json_string(
				dro_overlay_name((enum dro_overlay)bit)));
	if (trial)
		(void)json_array_append_new(array, json_string("trial"));
	return (array);
}

/* Why it does not move: the gates that hold, or the one other reason. */
static json_t *
reasons_json(const struct dro_decision *d)
{
	json_t *gates = dro_gates_array(d), *array = json_array(), *g;
	bool named = false;
	size_t i;

	json_array_foreach(gates, i, g)
	{
		if (d->gates[i].verdict == DRO_PASS)
			continue;
		named = named ||
		    (d->code != NULL && strcmp(d->gates[i].gate, d->code) == 0);
		(void)json_array_append(array, g);
	}
	json_decref(gates);
	if (d->code != NULL && !named)
		(void)json_array_insert_new(array, 0,
		    json_pack("{s:s, s:s, s:o}", "gate", d->code, "verdict",
			dro_verdict_name(d->verdict), "text",
			dro_json_text(d->reason)));
	return (array);
}

static json_t *
findings_json(const struct dro_watch_findings *findings)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < findings->n; i++) {
		const struct dro_watch_finding *f = &findings->items[i];
		const struct dro_watched *w = f->watched;

		(void)json_array_append_new(array,
		    json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:s}",
			"kind", dro_watch_kind_name(w->kind), "name",
			dro_json_text(w->name), "state",
			dro_watch_state_name(w->state), "since",
			dro_json_time(w->since), "last_good_at",
			dro_json_time(w->good_at), "source",
			dro_json_text(f->source), "accepted", f->accepted,
			"text", dro_json_text(f->text), "remedy", f->remedy));
	}
	return (array);
}

json_t *
dro_view_json(const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	json_t *next = json_null();

	if (d->has_next)
		next = json_pack("{s:s, s:o}", "name",
		    dro_view_rung(exam, d->next), "earliest",
		    dro_json_time(d->earliest));
	return (json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:s, s:o, "
			  "s:o}",
	    "client", exam->dom->client->id, "domain", exam->dom->domain,
	    "domain_unicode", dro_json_text(exam->dom->unicode), "policy",
	    exam->dom->settings->policy, "stage", stage_json(exam), "step",
	    dro_step_name(d->step), "overlays",
	    overlays_json(d->overlays, exam->dom->settings->trial), "next",
	    next, "verdict", dro_verdict_name(d->verdict), "reasons",
	    reasons_json(d), "findings", findings_json(&d->findings)));
}

bool
dro_view_hold(json_t *domain, const char *gate, const char *text)
{
	if (strcmp(gate, "breaker") == 0 &&
	    json_array_append_new(
		json_object_get(domain, "overlays"), json_string(gate)) != 0)
		return (false);
	return (json_array_insert_new(json_object_get(domain, "reasons"), 0,
		    json_pack("{s:s, s:s, s:o}", "gate", gate, "verdict",
			dro_verdict_name(DRO_HOLD), "text",
			dro_json_text(text))) == 0);
}

const char *
dro_view_source(const struct dro_source *source, struct dro_arena *arena)
{
	const struct dro_service *service = dro_source_service(source);
	const char *s;

	if (service == NULL)
		return (source->key);
	s = dro_arena_printf(arena, "%s (%s)", source->key, service->name);
	return (s != NULL ? s : source->key);
}

json_t *
dro_view_sources_json(const struct dro_exam *exam)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < exam->decision.n_sources; i++) {
		const struct dro_source *s = &exam->decision.sources[i];
		const struct dro_service *service = dro_source_service(s);
		json_t *o = json_pack(
		    "{s:o, s:o, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b}",
		    "source", dro_json_text(s->key), "service",
		    dro_json_text(service != NULL ? service->name : NULL),
		    "class", dro_class_name(s->class), "reason", s->code, "why",
		    s->why, "pass", (json_int_t)s->pass, "fail",
		    (json_int_t)s->fail, "unknown", (json_int_t)s->unknown,
		    "linked", (json_int_t)s->claimed, "awaiting_repair",
		    s->awaiting_repair);

		(void)json_array_append_new(array, o);
	}
	return (array);
}

json_t *
dro_view_rrset_json(const struct dro_rrset *rrset)
{
	json_t *values;
	size_t i;

	if (rrset->n == 0)
		return (json_null());
	values = json_array();
	for (i = 0; i < rrset->n; i++)
		(void)json_array_append_new(values,
		    dro_json_textn(rrset->values[i].ptr, rrset->values[i].len));
	return (json_pack(
	    "{s:I, s:o}", "ttl", (json_int_t)rrset->ttl_s, "values", values));
}
