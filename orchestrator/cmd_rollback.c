#include "hand.h"
#include "view.h"

/* What the record to be replaced asks for; false if there is no sound one. */
static bool
live_core(const struct dro_exam *exam, struct dro_core *core)
{
	const struct dro_rrset *rrset = &exam->live.rrset;
	struct dro_dmarc record;
	size_t i;

	if (dro_dmarc_find(rrset, &i) != DRO_FOUND_ONE ||
	    dro_dmarc_parse(
		(struct dro_str){rrset->values[i].ptr, rrset->values[i].len},
		&record, NULL) != DRO_OK)
		return (false);
	*core = record.core;
	return (true);
}

/* The rung asked for. */
static int
choose_rung(const struct dro_cmd *cmd, const struct dro_domain *dom, size_t *to)
{
	const char *name = cmd->opt.to != NULL ? cmd->opt.to : "none";

	if (!dro_ladder_find(&dom->settings->ladder, name, to))
		return (dro_cmd_usage(
		    "rollback: the ladder of %s has no rung \"%.40s\"",
		    dom->domain, name));
	return (DRO_EXIT_OK);
}

/* It must be weaker than what is live. */
static int
check_weaker(const struct dro_exam *exam, size_t to)
{
	const struct dro_rung *rung = &exam->dom->settings->ladder.rungs[to];
	struct dro_core live;

	if (!live_core(exam, &live))
		return (dro_cmd_usage("rollback: %s has no sound DMARC record "
				      "to weaken",
		    exam->dom->domain));
	if (dro_core_covers(rung->core, live))
		return (dro_cmd_usage("rollback: %s is not weaker than the "
				      "live record of %s; it only goes down",
		    rung->name, exam->dom->domain));
	return (DRO_EXIT_OK);
}

/*
 * Settle what an earlier run left, and read what the rollback would replace:
 * what the name servers serve, or, while they disagree or a publish is not
 * everywhere yet, what the provider holds.
 */
static int
look(struct dro_session *session, const struct dro_domain *dom,
    struct dro_exam *exam)
{
	struct dro_arena *arena = session->arena;
	enum dro_outcome outcome;
	struct dro_err err;

	if (dro_recover(session, dom, arena, &outcome, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (outcome == DRO_OUTCOME_FAILED) {
		dro_cmd_error("%s", err.msg);
		return (DRO_EXIT_PARTIAL);
	}
	if ((outcome == DRO_OUTCOME_VERIFYING &&
		dro_verify(session, dom, 0, arena, &outcome, &err) != DRO_OK) ||
	    dro_examine(session, dom, DRO_FROM_DNS, arena, exam, &err) !=
		DRO_OK ||
	    ((exam->live.status != DRO_LIVE_OK ||
		 exam->facts.op_state != DRO_OP_NONE) &&
		dro_read_provider(session, dom, arena, &exam->live, &err) !=
		    DRO_OK))
		return (dro_cmd_fail(&err));
	return (DRO_EXIT_OK);
}

static int
run(struct dro_cmd *cmd, struct dro_session *session,
    const struct dro_domain *dom)
{
	struct dro_change change;
	struct dro_actor actor;
	struct dro_exam exam = {.dom = dom};
	struct dro_err err;
	int exit_code;
	size_t to;

	if ((exit_code = choose_rung(cmd, dom, &to)) != DRO_EXIT_OK)
		return (exit_code);
	if ((exit_code = look(session, dom, &exam)) != DRO_EXIT_OK ||
	    (exit_code = check_weaker(&exam, to)) != DRO_EXIT_OK)
		return (exit_code);
	dro_cmd_actor(cmd, &actor);
	if (dro_plan_rung(to, "rollback",
		dro_view_rung(&exam, exam.decision.rung), cmd->opt.reason,
		dom->settings, &exam.live, cmd->arena, &change,
		&err) != DRO_OK ||
	    dro_supersede(session, dom, "superseded by a rollback", cmd->arena,
		&err) != DRO_OK ||
	    (!exam.facts.adopted &&
		dro_facts_adopt(cmd->store, dom->client->id, dom->domain,
		    &exam.live.rrset, cmd->now, &err) != DRO_OK) ||
	    dro_event_add(cmd->store, dom->domain, "rollback", &actor,
		cmd->opt.reason, cmd->now, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (dro_hand_publish(cmd, session, dom, &change));
}

int
dro_cmd_rollback(struct dro_cmd *cmd)
{
	const struct dro_domain *dom;
	int exit_code;

	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("rollback: --reason TEXT is required"));
	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	if (dom->settings->parked)
		return (dro_cmd_usage("rollback: %s is to be parked; rollout "
				      "park %s --undo --reason TEXT",
		    dom->domain, dom->domain));
	return (dro_hand_run(cmd, dom, run));
}
