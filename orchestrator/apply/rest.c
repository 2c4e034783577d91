#include <stdlib.h>
#include <string.h>

#include "apply/park.h"
#include "apply/pause_file.h"
#include "apply/signal.h"

#include "apply/rest.h"

/* Domains whose evidence is held at a time, to be kept in one commit. */
#define CHUNK 64
#define CELLS_MAX ((size_t)4 << 10) /* of that evidence, together */

/* Another version of the program may decide otherwise. */
#define VERSION 2

static int64_t
fingerprint(const struct dro_session *session)
{
	return (session->config->fingerprint ^ VERSION);
}

enum dro_code
dro_rests_open(
    struct dro_session *session, struct dro_rests *out, struct dro_err *err)
{
	memset(out, 0, sizeof(*out));
	if (session->store == NULL || dro_pause_file_there(session->config))
		return (DRO_OK);
	return (dro_rests_load(session->store, fingerprint(session),
	    session->now, session->arena, &out->items, &out->n, err));
}

static int
by_domain(const void *key, const void *item)
{
	const struct dro_rest *rest = item;

	return (strcmp(key, rest->domain));
}

static const struct dro_rest *
find(const struct dro_rests *rests, const char *domain)
{
	if (rests->n == 0)
		return (NULL);
	return (bsearch(
	    domain, rests->items, rests->n, sizeof(*rests->items), by_domain));
}

enum dro_code
dro_rests_hold(struct dro_session *session, const struct dro_rests *rests,
    const struct dro_domain *dom, enum dro_live_from from,
    struct dro_arena *arena, bool *out, struct dro_err *err)
{
	const struct dro_rest *rest = find(rests, dom->domain);
	size_t part, parts = dom->settings->parked ? DRO_PARTS : 1;
	struct dro_live live[DRO_PARTS];
	const struct dro_signal *signal;
	struct dro_rrset key;
	enum dro_code code;

	*out = rest != NULL;
	if (rest == NULL)
		return (DRO_OK);
	code = dro_signal_of(session, dom, arena, &signal, err);
	if (code != DRO_OK)
		return (code);
	*out = dro_signal_print(signal, session->now) == rest->signal;
	if (!*out || from == DRO_FROM_STORE)
		return (DRO_OK);
	for (part = 0; part < parts; part++) {
		code =
		    dro_part_key((enum dro_part)part, dom->domain, &key, err);
		if (code == DRO_OK)
			code = dro_read_rrset(
			    session, &key, arena, &live[part], err);
		if (code != DRO_OK)
			return (code);
	}
	*out = dro_live_print(live, parts) == rest->live;
	return (DRO_OK);
}

/* Nothing to publish, to ask, to warn of, or to write down. */
static bool
needs_nothing(const struct dro_exam *exam)
{
	const struct dro_decision *d = &exam->decision;
	const unsigned calm = DRO_OVER_PAUSED | DRO_OVER_FROZEN;
	size_t i;

	if (!exam->facts.adopted || exam->facts.op_state != DRO_OP_NONE ||
	    dro_exam_unseen(exam) || d->adopt || d->edited)
		return (false);
	switch (d->step) {
	case DRO_STEP_OBSERVING:
	case DRO_STEP_READY:
	case DRO_STEP_SETTLING:
	case DRO_STEP_DONE:
	case DRO_STEP_PARKED:
		break;
	case DRO_STEP_NEW:
	case DRO_STEP_PUBLISHING:
	case DRO_STEP_VERIFYING:
	case DRO_STEP_COOLDOWN:
		return (false);
	}
	for (i = 0; i < d->findings.n; i++)
		if (!d->findings.items[i].accepted)
			return (false);
	/* Whoever needs a domain that is to be parked may be any other. */
	if (exam->parking != NULL && d->step != DRO_STEP_PARKED)
		return (false);
	return (d->action == DRO_ACT_NONE && !exam->has_change &&
	    d->verdict != DRO_FAIL && (d->overlays & ~calm) == 0);
}

static void
sooner(int64_t *until, int64_t at)
{
	if (at != 0 && at < *until)
		*until = at;
}

static void
take(const struct dro_session *session, const struct dro_exam *exam,
    struct dro_memo *memo)
{
	struct dro_rest *rest = &memo->rest;

	rest->domain = exam->dom->domain;
	memo->evidence = &exam->evidence;
	memo->from_day = exam->from_day;
	rest->calm = needs_nothing(exam);
	rest->until = exam->decision.holds_until;
	sooner(&rest->until, exam->evidence.changes_at);
	sooner(&rest->until, session->config->holds_until);
	rest->live = exam->parking != NULL
	    ? dro_live_print(exam->parking->live, DRO_PARTS)
	    : dro_live_print(&exam->live, 1);
	rest->signal = dro_signal_print(exam->facts.signal, session->now);
}

/* The domains that are due, as far as they are configured. */
struct due {
	const char *const *names;
	size_t n, next;
};

/*
 * Examine up to CHUNK of those that are due, fewer if they have much evidence;
 * keep what they came to.
 */
static enum dro_code
leave_some(struct dro_session *session, struct due *due, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_memo memos[CHUNK];
	const struct dro_domain *dom;
	enum dro_code code = DRO_OK;
	struct dro_exam *exam;
	size_t n = 0, cells = 0;

	if (arena == NULL)
		return (dro_err_nomem(err));
	for (; due->next < due->n && n < CHUNK && cells < CELLS_MAX;
	     due->next++) {
		dom = dro_config_domain(session->config, due->names[due->next]);
		if (dom == NULL)
			continue;
		if ((exam = dro_arena_alloc(arena, 1, sizeof(*exam))) == NULL) {
			code = dro_err_nomem(err);
			break;
		}
		code =
		    dro_examine(session, dom, DRO_FROM_STORE, arena, exam, err);
		if (code != DRO_OK)
			break;
		cells += exam->evidence.n_cells;
		take(session, exam, &memos[n++]);
	}
	if (code == DRO_OK && n > 0)
		code = dro_memos_keep(session->store, memos, n,
		    fingerprint(session), session->now, err);
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_rests_leave(struct dro_session *session, struct dro_err *err)
{
	struct due due = {NULL, 0, 0};
	enum dro_code code;

	if (dro_pause_file_there(session->config))
		return (DRO_OK);
	code = dro_due_load(session->store, fingerprint(session), session->now,
	    session->arena, &due.names, &due.n, err);
	while (
	    code == DRO_OK && due.next < due.n && !dro_session_stopped(session))
		code = leave_some(session, &due, err);
	return (code);
}
