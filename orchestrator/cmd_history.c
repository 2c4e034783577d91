#include <stdio.h>

#include "base/date.h"
#include "cmd.h"

struct history {
	struct dro_cmd *cmd;
	json_t *events; /* with --json, else NULL */
	struct dro_table *table;
};

static enum dro_code
add_event(void *arg, const struct dro_event *e, struct dro_err *err)
{
	struct history *h = arg;
	char at[DRO_DATE_LEN];
	char rungs[64];

	if (h->events != NULL) {
		json_t *o = json_pack(
		    "{s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
		    "id", (json_int_t)e->id, "t", dro_json_time(e->at),
		    "domain", dro_json_text(e->domain), "event", e->kind,
		    "from", dro_json_text(e->from), "to", dro_json_text(e->to),
		    "before", dro_json_text(e->before), "after",
		    dro_json_text(e->after), "actor", dro_json_text(e->actor),
		    "text", dro_json_text(e->text), "op", (json_int_t)e->op);

		if (json_array_append_new(h->events, o) != 0)
			return (dro_err_nomem(err));
		return (DRO_OK);
	}
	(void)snprintf(rungs, sizeof(rungs), "%s%s%s",
	    e->from != NULL ? e->from : "", e->to != NULL ? " -> " : "",
	    e->to != NULL ? e->to : "");
	dro_table_row(h->table, dro_date_format(e->at, at),
	    e->domain != NULL ? e->domain : "", e->kind, rungs,
	    e->actor != NULL ? e->actor : "rollout",
	    e->text != NULL ? e->text : "");
	return (DRO_OK);
}

int
dro_cmd_history(struct dro_cmd *cmd)
{
	struct history h = {.cmd = cmd};
	const struct dro_domain *dom = NULL;
	struct dro_err err;
	enum dro_code code = DRO_OK;
	int exit_code;

	if (cmd->argc > 0 &&
	    (exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom)) !=
		DRO_EXIT_OK)
		return (exit_code);
	if (cmd->opt.json)
		h.events = json_array();
	h.table = dro_table_create(6);
	if (h.table == NULL || (cmd->opt.json && h.events == NULL)) {
		code = dro_err_nomem(&err);
		goto out;
	}
	dro_table_row(
	    h.table, "TIME", "DOMAIN", "EVENT", "RUNGS", "BY", "TEXT");
	if (cmd->store != NULL)
		code = dro_history_each(cmd->store,
		    dom != NULL ? dom->domain : NULL, add_event, &h, &err);
	if (code == DRO_OK && cmd->opt.json)
		code = dro_json_print(&cmd->out,
		    json_pack("{s:s, s:O}", "schema", "rollout.history/1",
			"events", h.events),
		    &err);
	else if (code == DRO_OK)
		code = dro_table_print(h.table, &cmd->out, &err);
out:
	json_decref(h.events);
	dro_table_destroy(h.table);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
