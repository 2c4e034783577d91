#include <time.h>

#include "apply/publish.h"
#include "apply/ticket.h"
#include "kept.h"

/* Pause between two questions to the name servers. */
#define POLL_NS 200000000L

/* Seconds that only go forward. */
static int64_t
ticks(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec);
}

static enum dro_code
verified(struct dro_session *session, const struct dro_op *op, size_t names,
    struct dro_err *err)
{
	struct dro_happening what = {.event = "operation.verified",
	    .domain = op->domain,
	    .op = op->id,
	    .from = op->from,
	    .to = op->to,
	    .servers = names,
	    .serving = names};
	struct dro_live seen = {.status = DRO_LIVE_OK, .rrset = op->after};
	enum dro_code code;

	dro_ticket_end(session, op, DRO_TICKET_DONE, NULL);
	code = dro_op_verified(
	    session->store, op->id, &op->after, session->now, err);
	if (code == DRO_OK)
		code = dro_part_of(&op->after) == DRO_PART_DMARC
		    ? dro_facts_seen(session->store, op->client, op->domain,
			  &seen, false, session->now, err)
		    : dro_park_seen(session->store, op->domain, &seen, err);
	if (code == DRO_OK)
		dro_session_tell(session, &what);
	return (code);
}

/* Ask once; what was said lives in ${arena}. */
static enum dro_code
ask(struct dro_session *session, const struct dro_op *op,
    struct dro_arena *arena, struct dro_happening *out, bool *all,
    struct dro_err *err)
{
	struct dro_sight sight = {0};
	enum dro_code code;

	*all = false;
	code = dro_dns_look(
	    session->dns, op->after.name, op->after.type, arena, &sight, err);
	if (code == DRO_ENOMEM)
		return (code);
	if (code == DRO_OK)
		*all = dro_dns_serves(&sight, &op->after, &out->servers,
		    &out->serving, &out->text, arena);
	else
		out->text = dro_arena_strdup(arena, err->msg);
	return (DRO_OK);
}

/* Ask until all serve it, time is up, or somebody wants us to stop. */
static enum dro_code
poll_servers(struct dro_session *session, const struct dro_op *op, int wait_s,
    enum dro_outcome *out, struct dro_err *err)
{
	const struct timespec pause = {0, POLL_NS};
	int64_t until = ticks() + wait_s;
	struct dro_happening what = {.event = "operation.verifying",
	    .domain = op->domain,
	    .op = op->id,
	    .from = op->from,
	    .to = op->to};
	const bool ticket = dro_is_ticket(session, op);
	struct dro_arena *arena;
	enum dro_code code;
	bool all, last;

	for (;;) {
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		last = ticks() >= until || dro_session_stopped(session);
		code = ask(session, op, arena, &what, &all, err);
		if (code == DRO_OK && all) {
			*out = DRO_OUTCOME_CHANGED;
			code = verified(session, op, what.servers, err);
		} else if (code == DRO_OK && ticket && what.serving == 0) {
			/* A person takes longer than anybody would wait. */
			*out = DRO_OUTCOME_WAITING;
			last = true;
		} else if (code == DRO_OK && last) {
			dro_session_tell(session, &what);
		}
		dro_arena_destroy(arena);
		if (code != DRO_OK || all || last)
			return (code);
		(void)nanosleep(&pause, NULL);
	}
}

enum dro_code
dro_verify(struct dro_session *session, const struct dro_domain *dom,
    int wait_s, struct dro_arena *arena, enum dro_outcome *out,
    struct dro_err *err)
{
	struct dro_op op;
	enum dro_code code;

	*out = DRO_OUTCOME_NOTHING;
	code = dro_op_open(session->store, dom->domain, arena, &op, err);
	if (code == DRO_ENOTFOUND ||
	    (code == DRO_OK && op.state != DRO_OP_SENT))
		return (DRO_OK);
	if (code != DRO_OK)
		return (code);
	*out = DRO_OUTCOME_VERIFYING;
	return (poll_servers(session, &op, wait_s, out, err));
}
