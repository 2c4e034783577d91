#include <assert.h>
#include <string.h>

#include "apply/carry.h"
#include "apply/ticket.h"

/* A move on its way; when it is over another one has its place. */
struct place {
	struct dro_publishing publishing;
	struct dro_task look, send;
	bool looking, sending;
};

#define PLACES ((size_t)2 * DRO_CARRY_AHEAD)

struct carry {
	struct dro_session *session;
	struct dro_move *moves;
	const struct dro_carry_terms *terms;
	enum dro_outcome *outcomes;
	struct dro_pool *pool;
	struct place places[PLACES];
	enum dro_code code; /* what ends the run */
	struct dro_err *err;
};

static bool
is_over(const struct carry *c)
{
	return (c->code != DRO_OK || dro_session_stopped(c->session));
}

/* The first fault is the one that is told. */
static void
take_fault(struct carry *c, enum dro_code code, const struct dro_err *why)
{
	if (c->code != DRO_OK || code == DRO_OK)
		return;
	c->code = code;
	*c->err = *why;
}

static enum dro_code
run_look(struct dro_task *task, void *ctx, struct dro_err *err)
{
	return (dro_publishing_look(task->arg, ctx, err));
}

static enum dro_code
run_send(struct dro_task *task, void *ctx, struct dro_err *err)
{
	return (dro_publishing_send(task->arg, ctx, err));
}

/* What a person is asked for is no call: it is written in this thread. */
static void
start(struct carry *c, struct place *p, struct dro_task *task)
{
	task->arg = &p->publishing;
	task->lane = p->publishing.lane;
	if (task->lane != NULL)
		dro_pool_submit(c->pool, task);
	else
		task->code =
		    task->run(task, p->publishing.opened->ctx, &task->err);
}

static void
await(struct carry *c, const struct place *p, const struct dro_task *task)
{
	if (p->publishing.lane != NULL)
		dro_pool_wait(c->pool, task);
}

/* The account of ${p}, and its lane. */
static enum dro_code
open_account(struct carry *c, struct place *p, struct dro_err *err)
{
	struct dro_publishing *pub = &p->publishing;
	enum dro_code code = dro_publishing_open(pub, err);

	if (code != DRO_OK || dro_by_hand(pub->dom->account))
		return (code);
	pub->lane = dro_pool_lane(c->pool, pub->dom->account->provider,
	    pub->opened->conf, pub->opened->host, pub->opened->ctx);
	return (pub->lane != NULL ? DRO_OK : dro_err_nomem(err));
}

/* Its turn has not come: only look. */
static void
look(struct carry *c, size_t i)
{
	struct place *p = &c->places[i % PLACES];
	const struct dro_move *m = &c->moves[i];
	struct dro_err why;

	memset(p, 0, sizeof(*p));
	if (is_over(c) || m->held_by != NULL)
		return;
	p->publishing = (struct dro_publishing){.session = c->session,
	    .dom = m->dom,
	    .changes = &m->change,
	    .n = 1,
	    .evidence = m->gates,
	    .source = m->source,
	    .arena = dro_arena_create()};
	if (p->publishing.arena == NULL) {
		take_fault(c, dro_err_nomem(&why), &why);
		return;
	}
	p->look.run = run_look;
	p->look.code = open_account(c, p, &p->look.err);
	if (p->look.code != DRO_OK)
		p->publishing.lane = NULL;
	else
		start(c, p, &p->look);
	p->looking = true;
}

/* Its turn: write down what is about to happen, and let it happen. */
static enum dro_code
begin(struct carry *c, struct place *p, size_t i, struct dro_err *err)
{
	struct dro_publishing *pub = &p->publishing;
	struct dro_move *m = &c->moves[i];
	enum dro_code code = DRO_OK;
	bool go;

	if (!c->terms->may_go(c->terms->arg, m))
		return (DRO_OK);
	assert(p->looking);
	if (m->supersedes)
		code = dro_supersede(c->session, m->dom,
		    "superseded by a step back", pub->arena, err);
	if (code != DRO_OK)
		return (code);
	c->outcomes[i] = DRO_OUTCOME_FAILED;
	code = dro_publishing_begin(pub, p->look.code, &p->look.err, &go, err);
	if (code != DRO_OK || !go)
		return (code);
	p->sending = true;
	p->send.run = run_send;
	p->send.writes = pub->zone.name;
	start(c, p, &p->send);
	return (DRO_OK);
}

static void
release(struct place *p)
{
	dro_arena_destroy(p->publishing.arena);
	p->publishing.arena = NULL;
}

static void
take_turn(struct carry *c, size_t i)
{
	struct place *p = &c->places[i % PLACES];
	struct dro_err why;

	if (p->looking)
		await(c, p, &p->look);
	if (!is_over(c))
		take_fault(c, begin(c, p, i, &why), &why);
	if (!p->sending)
		release(p);
}

static void
end(struct carry *c, size_t i)
{
	struct place *p = &c->places[i % PLACES];
	struct dro_err why;

	if (!p->sending)
		return;
	await(c, p, &p->send);
	take_fault(c,
	    dro_publishing_end(&p->publishing, p->send.code, &p->send.err,
		&c->outcomes[i], &why),
	    &why);
	release(p);
}

enum dro_code
dro_carry(struct dro_session *session, struct dro_move *moves, size_t n,
    const struct dro_carry_terms *terms, enum dro_outcome *outcomes,
    struct dro_err *err)
{
	struct carry *c = dro_arena_alloc(session->arena, 1, sizeof(*c));
	size_t i;

	if (c == NULL || (c->pool = dro_pool_create()) == NULL)
		return (dro_err_nomem(err));
	c->session = session;
	c->moves = moves;
	c->terms = terms;
	c->outcomes = outcomes;
	c->err = err;
	for (i = 0; i < n + PLACES; i++) {
		if (i >= DRO_CARRY_AHEAD && i - DRO_CARRY_AHEAD < n)
			take_turn(c, i - DRO_CARRY_AHEAD);
		if (i >= PLACES)
			end(c, i - PLACES);
		if (i < n)
			look(c, i);
	}
	dro_pool_destroy(c->pool);
	return (c->code);
}
