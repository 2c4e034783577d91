#include <string.h>

#include "base/date.h"
#include "stage/context.h"

/* What people say about moves: pauses, freezes, approvals. */

/* The command that ends ${pause}. */
static const char *
resume_text(const struct dro_ctx *c, const struct dro_pause *pause)
{
	switch (pause->scope) {
	case DRO_PAUSE_CLIENT:
		return (dro_arena_printf(
		    c->arena, "rollout resume --client %s", pause->name));
	case DRO_PAUSE_ALL:
		return ("rollout resume --all");
	case DRO_PAUSE_DOMAIN:
		break;
	}
	return (dro_arena_printf(c->arena, "rollout resume %s", pause->name));
}

static const char *
pause_text(const struct dro_ctx *c, const struct dro_pause *pause)
{
	const char *resume = resume_text(c, pause);
	char since[DRO_DATE_LEN], until[DRO_DATE_LEN];

	if (resume == NULL)
		return (NULL);
	if (pause->by == NULL)
		return (dro_arena_printf(
		    c->arena, "%s (pause file; %s)", pause->reason, resume));
	return (dro_arena_printf(c->arena, "%s (paused by %s since %s%s%s; %s)",
	    pause->reason, pause->by, dro_date_format(pause->since, since),
	    pause->until != 0 ? " until " : "",
	    pause->until != 0 ? dro_date_format(pause->until, until) : "",
	    resume));
}

/* Nothing can happen before ${at}; 0: nobody knows when. */
static void
postpone(struct dro_ctx *c, int64_t at)
{
	if (at == 0 || c->out->earliest == 0)
		c->out->earliest = 0;
	else if (c->out->earliest < at)
		c->out->earliest = at;
}

void
dro_check_pause(struct dro_ctx *c)
{
	const struct dro_pause *pause = c->facts->pause;

	if (c->set->pause != NULL) {
		c->out->overlays |= DRO_OVER_PAUSED;
		dro_ctx_hold(c, "paused", c->set->pause);
		postpone(c, 0);
	} else if (pause != NULL) {
		c->out->overlays |= DRO_OVER_PAUSED;
		dro_ctx_hold(c, "paused", pause_text(c, pause));
		postpone(c, pause->until);
		if (pause->until != 0)
			(void)dro_reached(&c->clock, pause->until);
	}
}

void
dro_check_signal(struct dro_ctx *c)
{
	if (c->signal.word == DRO_WORD_GO)
		return;
	dro_ctx_hold(c, "signal", c->signal.text);
	postpone(c, c->signal.ends_at);
}

int64_t
dro_frozen_end(
    const struct dro_settings *settings, int64_t at, const char **why)
{
	const struct dro_frozen *f = settings->frozen;
	int64_t longest = at, begin = at;
	size_t i;

	/* Sorted by begin: what lies before was passed over already. */
	for (i = 0; i < settings->n_frozen && f[i].from <= at; i++) {
		if (f[i].to <= at)
			continue;
		if (why != NULL && f[i].from <= begin && f[i].to > longest) {
			longest = f[i].to;
			*why = f[i].why;
		}
		at = f[i].to;
	}
	return (at);
}

void
dro_check_freeze(struct dro_ctx *c)
{
	const char *why = NULL;
	int64_t end = dro_frozen_end(c->set, c->clock.now, &why);
	char until[DRO_DATE_LEN];
	size_t i;

	for (i = 0; i < c->set->n_frozen; i++)
		if (dro_reached(&c->clock, c->set->frozen[i].from))
			(void)dro_reached(&c->clock, c->set->frozen[i].to);
	if (end > c->clock.now) {
		c->out->overlays |= DRO_OVER_FROZEN;
		dro_ctx_hold(c, "frozen",
		    dro_arena_printf(c->arena, "frozen until %s: %s",
			dro_date_format(end, until), why));
	}
	if (c->out->earliest != 0)
		c->out->earliest =
		    dro_frozen_end(c->set, c->out->earliest, NULL);
}

/* Approvals of entering one rung, by what they are worth now. */
struct votes {
	int good, expired, other;
};

static struct votes
count_votes(struct dro_ctx *c, const char *rung)
{
	const struct dro_facts *f = c->facts;
	struct votes v = {0, 0, 0};
	size_t i, j;

	for (i = 0; i < f->n_approvals; i++) {
		const struct dro_approval *a = &f->approvals[i];

		if (strcmp(a->rung, rung) != 0)
			continue;
		/* The last word of a person is the one that stands. */
		for (j = i + 1; j < f->n_approvals; j++)
			if (f->approvals[j].uid == a->uid &&
			    strcmp(f->approvals[j].rung, rung) == 0)
				break;
		if (j < f->n_approvals)
			continue;
		if (dro_reached(&c->clock, a->expires_at))
			v.expired++;
		else if (f->up_digest == NULL ||
		    strcmp(a->digest, f->up_digest) != 0)
			v.other++;
		else
			v.good++;
	}
	return (v);
}

static const char *
persons(int n)
{
	return (n == 1 ? "person" : "persons");
}

void
dro_check_approvals(struct dro_ctx *c, size_t rung)
{
	const char *name = c->set->ladder.rungs[rung].name;
	int needed = c->set->approvals[rung];
	const char *notes = "";
	struct votes v;

	if (needed == 0)
		return;
	v = count_votes(c, name);
	if (v.good >= needed)
		return;
	c->out->overlays |= DRO_OVER_AWAITING_APPROVAL;
	if (v.expired + v.other > 0)
		notes = dro_arena_printf(c->arena,
		    "; not counted: %d expired, %d of another change than "
		    "would be published now",
		    v.expired, v.other);
	dro_ctx_hold(c, "awaiting_approval",
	    needed == 1 && notes != NULL
		? dro_arena_printf(c->arena,
		      "every gate passes; %s needs a person: rollout approve "
		      "%s%s",
		      name, c->domain, notes)
		: dro_arena_printf(c->arena,
		      "every gate passes; %s needs %d persons: %d of %d "
		      "approvals, missing %d more %s: rollout approve %s%s",
		      name, needed, v.good, needed, needed - v.good,
		      persons(needed - v.good), c->domain,
		      notes != NULL ? notes : ""));
}
