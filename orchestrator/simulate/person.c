#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "simulate/person.h"

const struct dro_answers dro_answers_usual = {.days = 1};

enum dro_code
dro_answers_parse(
    const char *word, struct dro_answers *out, struct dro_err *err)
{
	static const char after[] = "after:";
	const char *p;
	int days = 0;

	*out = (struct dro_answers){.never = strcmp(word, "never") == 0};
	if (out->never || strcmp(word, "at-once") == 0)
		return (DRO_OK);
	if (strncmp(word, after, strlen(after)) == 0) {
		for (p = word + strlen(after);
		     *p >= '0' && *p <= '9' && days <= DRO_ANSWERS_DAYS_MAX;
		     p++)
			days = 10 * days + (*p - '0');
		out->days = days;
		if (*p == '\0' && days >= 1 && days <= DRO_ANSWERS_DAYS_MAX)
			return (DRO_OK);
	}
	return (dro_err_set(err, DRO_EINVAL,
	    "\"%.40s\": expected never, at-once or after:DAYS, 1 to %d of them",
	    word, DRO_ANSWERS_DAYS_MAX));
}

const char *
dro_answers_text(struct dro_answers answers, char out[DRO_ANSWERS_LEN])
{
	if (answers.never || answers.days == 0)
		return (answers.never ? "never" : "at-once");
	(void)snprintf(out, DRO_ANSWERS_LEN, "after:%d", answers.days);
	return (out);
}

void
dro_asked_add(struct dro_asked_list *list, const char *kind, int n)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->kinds[i].kind, kind) == 0)
			break;
	if (i == DRO_ASKED_KINDS)
		return;
	if (i == list->n)
		list->kinds[list->n++] = (struct dro_asked){kind, 0};
	list->kinds[i].n += n;
}

/* What one run asks, and what it takes to answer. */
struct hearing {
	struct dro_person *person;
	const struct dro_decision *d;
	int64_t at;
	bool said;
};

static struct dro_open *
find_open(struct dro_person *p, const char *kind, const char *subject)
{
	size_t i;

	for (i = 0; i < p->n_open; i++)
		if (strcmp(p->open[i].kind, kind) == 0 &&
		    strcmp(p->open[i].subject, subject) == 0)
			return (&p->open[i]);
	return (NULL);
}

static struct dro_open *
add_open(struct hearing *h, const char *kind, const char *subject)
{
	struct dro_person *p = h->person;
	struct dro_open *more =
	    dro_arena_alloc(p->arena, p->n_open + 1, sizeof(*more));
	struct dro_open *last;

	if (more == NULL)
		return (NULL);
	if (p->n_open > 0)
		memcpy(more, p->open, p->n_open * sizeof(*more));
	last = &more[p->n_open];
	last->kind = dro_arena_strdup(p->arena, kind);
	last->subject = dro_arena_strdup(p->arena, subject);
	last->at = h->at;
	if (last->kind == NULL || last->subject == NULL)
		return (NULL);
	p->open = more;
	p->n_open++;
	p->n_questions++;
	dro_asked_add(&p->asked, last->kind, 1);
	return (last);
}

/*
 * Hear a question: it counts when it is new.  ${due}: the answer has to be
 * there for the next run, which comes a day later.  False: no memory.
 */
static bool
hear(struct hearing *h, const char *kind, const char *subject, bool *due)
{
	const struct dro_answers *how = &h->person->answers;
	struct dro_open *open = find_open(h->person, kind, subject);

	if (open == NULL && (open = add_open(h, kind, subject)) == NULL)
		return (false);
	open->heard = true;
	*due = !how->never &&
	    h->at - open->at >= (int64_t)(how->days - 1) * DRO_DAY_S;
	h->said = h->said || *due;
	return (true);
}

/* What is not asked any more is forgotten: if it comes again it is new. */
static void
forget_closed(struct dro_person *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n_open; i++)
		if (p->open[i].heard) {
			p->open[n] = p->open[i];
			p->open[n++].heard = false;
		}
	p->n_open = n;
}

/* ---- the answers */

/* As many persons as are wanted say yes to the next rung. */
static bool
approve(struct hearing *h)
{
	struct dro_walk *w = h->person->walk;
	size_t i, n = (size_t)w->settings->approvals[h->d->next];
	struct dro_approval *all =
	    dro_arena_alloc(h->person->arena, n, sizeof(*all));

	if (all == NULL)
		return (false);
	for (i = 0; i < n; i++)
		all[i] = (struct dro_approval){
		    .rung = w->settings->ladder.rungs[h->d->next].name,
		    .uid = (int64_t)i,
		    .by = "simulated",
		    .at = h->at,
		    .expires_at = h->at + w->settings->approval_expiry_s,
		    .digest = "simulated"};
	w->facts.approvals = all;
	w->facts.n_approvals = n;
	return (true);
}

/* The cause of the last step back is dealt with. */
static bool
acknowledge(struct hearing *h)
{
	struct dro_facts *f = &h->person->walk->facts;
	size_t n = f->n_setbacks;
	struct dro_setback *all =
	    dro_arena_alloc(h->person->arena, n, sizeof(*all));

	if (all == NULL)
		return (false);
	memcpy(all, f->setbacks, n * sizeof(*all));
	all[n - 1].acknowledged_at = h->at;
	f->setbacks = all;
	return (true);
}

/* It is right, or known and accepted: from now on, as long as such holds. */
static bool
accept(struct hearing *h, const char *kind, const char *key)
{
	struct dro_facts *f = &h->person->walk->facts;
	struct dro_arena *arena = h->person->arena;
	size_t n = f->n_answers;
	struct dro_answered *all = dro_arena_alloc(arena, n + 1, sizeof(*all));

	if (all == NULL)
		return (false);
	if (n > 0)
		memcpy(all, f->answers, n * sizeof(*all));
	all[n].kind = dro_arena_strdup(arena, kind);
	all[n].key = dro_arena_strdup(arena, key);
	all[n].expires_at = h->at + DRO_ANSWER_S;
	if (all[n].kind == NULL || all[n].key == NULL)
		return (false);
	f->answers = all;
	f->n_answers = n + 1;
	return (true);
}

/* Whether the reports call the sender ${key} legitimate, early or late. */
static enum dro_code
is_ours(struct dro_person *p, const char *key, bool *out, struct dro_err *err)
{
	struct dro_clock clock = {.now = INT64_MAX, .until = INT64_MAX};
	struct dro_facts facts = p->walk->facts;
	struct dro_population_view *view;
	enum dro_code code;
	size_t i;

	if (p->known == NULL) {
		view = dro_arena_alloc(p->arena, 1, sizeof(*view));
		if (view == NULL)
			return (dro_err_nomem(err));
		/* Of all days, not of those since a step back. */
		facts.n_setbacks = 0;
		code = dro_source_classify(p->walk->domain, p->walk->settings,
		    &facts, p->all, &clock, p->arena, view, err);
		if (code != DRO_OK)
			return (code);
		p->known = view;
	}
	*out = false;
	for (i = 0; i < p->known->n && !*out; i++)
		*out = dro_source_is_legit(&p->known->sources[i]) &&
		    strcmp(p->known->sources[i].key, key) == 0;
	return (DRO_OK);
}

/* What follows "mail_from:" and such in ${key}; NULL: another kind of key. */
static const char *
behind(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return (strncmp(key, prefix, n) == 0 ? key + n : NULL);
}

/* The line of configuration that says whose the sender ${key} is. */
static bool
fill_declared(struct dro_arena *arena, const char *key, struct dro_declared *d)
{
	const char **name = dro_arena_alloc(arena, 1, sizeof(*name));
	struct dro_net *net = dro_arena_alloc(arena, 1, sizeof(*net));
	const char *at;

	if (name == NULL || net == NULL)
		return (false);
	if ((at = behind(key, "mail_from:")) != NULL) {
		d->n_mail_from = 1;
		d->mail_from = name;
	} else if ((at = behind(key, "dkim:")) != NULL) {
		d->n_dkim = 1;
		d->dkim = name;
	} else if ((at = behind(key, "address:")) != NULL &&
	    dro_net_parse(at, net)) {
		d->n_nets = 1;
		d->nets = net;
		d->addresses = name;
	} else {
		at = key;
	}
	*name = dro_arena_strdup(arena, at);
	d->name = *name;
	return (*name != NULL);
}

static enum dro_code
declare(struct dro_person *p, const char *key, struct dro_err *err)
{
	struct dro_settings *set = p->settings;
	size_t n = set->n_sources;
	struct dro_declared *all;
	enum dro_code code;
	bool ours = false;

	if ((code = is_ours(p, key, &ours, err)) != DRO_OK)
		return (code);
	if ((all = dro_arena_alloc(p->arena, n + 1, sizeof(*all))) == NULL)
		return (dro_err_nomem(err));
	if (n > 0)
		memcpy(all, set->sources, n * sizeof(*all));
	all[n].whose = ours ? DRO_OURS : DRO_NOT_OURS;
	if (!fill_declared(p->arena, key, &all[n]))
		return (dro_err_nomem(err));
	set->sources = all;
	set->n_sources = n + 1;
	return (DRO_OK);
}

/* ---- the questions */

static const struct dro_gate *
find_gate(const struct dro_decision *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n_gates; i++)
		if (strcmp(d->gates[i].gate, name) == 0)
			return (&d->gates[i]);
	return (NULL);
}

static bool
gate_passes(const struct dro_decision *d, const char *name)
{
	const struct dro_gate *g = find_gate(d, name);

	return (g != NULL && g->verdict == DRO_PASS);
}

/*
 * What the question of ${g} is about: the upper bound that a rate is accepted
 * up to moves from day to day, and is still one question.
 */
static const char *
subject_of(const struct dro_gate *g)
{
	const char *of = strchr(g->ask.key, ' ');

	return (strcmp(g->ask.kind, "rate") == 0 && of != NULL ? of + 1
							       : g->ask.key);
}

/*
 * Nobody accepts what is disproved, or goes on without a source that broke:
 * that is repaired, in the reports or never.
 */
static bool
is_answerable(const struct dro_gate *g)
{
	return (g->ask.kind != NULL && g->verdict == DRO_HOLD &&
	    strcmp(g->ask.kind, "repair") != 0);
}

static bool
hear_gates(struct hearing *h)
{
	const struct dro_anomalies *odd = &h->d->anomalies;
	size_t i;
	bool due;

	for (i = 0; i < h->d->n_gates; i++) {
		const struct dro_gate *g = &h->d->gates[i];

		if (!is_answerable(g))
			continue;
		if (!hear(h, g->ask.kind, subject_of(g), &due) ||
		    (due && !accept(h, g->ask.kind, g->ask.key)))
			return (false);
	}
	for (i = 0; i < odd->n; i++)
		if (!hear(h, odd->items[i].kind, odd->items[i].key, &due) ||
		    (due && !accept(h, odd->items[i].kind, odd->items[i].key)))
			return (false);
	return (true);
}

static enum dro_code
hear_senders(struct hearing *h, struct dro_err *err)
{
	const struct dro_gate *g = find_gate(h->d, "undecided");
	enum dro_code code = DRO_OK;
	size_t i;
	bool due;

	if (g == NULL || g->verdict == DRO_PASS)
		return (DRO_OK);
	for (i = 0; i < h->d->n_sources && code == DRO_OK; i++) {
		const struct dro_source *s = &h->d->sources[i];

		if (s->class != DRO_UNDECIDED)
			continue;
		if (!hear(h, "sender", s->key, &due))
			return (dro_err_nomem(err));
		if (due)
			code = declare(h->person, s->key, err);
	}
	return (code);
}

/* The two questions that are asked one at a time. */
static bool
hear_single(struct hearing *h)
{
	const char *code = h->d->code != NULL ? h->d->code : "";
	bool due;

	if (strcmp(code, "awaiting_acknowledgement") == 0)
		return (hear(h, "acknowledgement", "", &due) &&
		    (!due || acknowledge(h)));
	if ((h->d->overlays & DRO_OVER_AWAITING_APPROVAL) != 0)
		return (hear(h, "approval",
			    h->person->settings->ladder.rungs[h->d->next].name,
			    &due) &&
		    (!due || approve(h)));
	return (true);
}

enum dro_code
dro_person_hear(struct dro_person *person, const struct dro_decision *decision,
    int64_t at, bool *said, struct dro_err *err)
{
	struct hearing h = {.person = person, .d = decision, .at = at};
	enum dro_code code;

	*said = false;
	if (!hear_single(&h))
		return (dro_err_nomem(err));
	/* Before the days on the rung are over time may still answer. */
	if (gate_passes(decision, "dwell") &&
	    gate_passes(decision, "report_days")) {
		if (!hear_gates(&h))
			return (dro_err_nomem(err));
		if ((code = hear_senders(&h, err)) != DRO_OK)
			return (code);
	}
	forget_closed(person);
	*said = h.said;
	return (DRO_OK);
}
