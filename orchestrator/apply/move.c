#include <string.h>

#include "apply/gates_json.h"
#include "apply/move.h"

/* NULL stays NULL; false when out of memory. */
static bool
copy_text(const char *from, struct dro_arena *arena, const char **to)
{
	*to = from != NULL ? dro_arena_strdup(arena, from) : NULL;
	return (from == NULL || *to != NULL);
}

void
dro_move_trial(struct dro_move *move)
{
	if (!move->dom->settings->trial)
		return;
	move->held_by = "trial";
	move->held_text = "on trial: nothing is published; remove `trial: "
			  "true` from the configuration to let it move";
}

enum dro_code
dro_move_of(const struct dro_exam *exam, struct dro_arena *arena,
    struct dro_move *out, struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	const struct dro_change *c = &exam->change;
	const char *source = NULL;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	out->dom = exam->dom;
	out->action = d->action;
	out->since = d->since;
	out->supersedes = exam->facts.op_state != DRO_OP_NONE;
	out->change = *c;
	dro_move_trial(out);
	if (d->action == DRO_ACT_SETBACK && d->broken != NULL)
		source = d->broken->key;
	if (!copy_text(source, arena, &out->source) ||
	    !copy_text(c->from, arena, &out->change.from) ||
	    !copy_text(c->to, arena, &out->change.to) ||
	    !copy_text(c->reason, arena, &out->change.reason))
		return (dro_err_nomem(err));
	code = dro_rrset_copy(&out->change.before, &c->before, arena, err);
	if (code == DRO_OK)
		code =
		    dro_rrset_copy(&out->change.after, &c->after, arena, err);
	if (code == DRO_OK)
		code = dro_gates_json(d, arena, &out->gates, err);
	if (code == DRO_OK)
		code = dro_digest_change(exam->dom, c, out->digest, err);
	return (code);
}
