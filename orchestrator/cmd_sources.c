#include "apply/examine.h"
#include "cmd.h"
#include "sources_view.h"

/*
 * The domain's own SPF record: as its name servers have it now, else as the
 * last run saw it; NULL if neither is known.
 */
static enum dro_code
read_spf(struct dro_session *session, const struct dro_exam *exam,
    struct dro_arena *arena, const struct dro_spf **out, struct dro_err *err)
{
	struct dro_spf *spf = dro_arena_alloc(arena, 1, sizeof(*spf));
	struct dro_rrset key;
	struct dro_live live;
	enum dro_code code;

	if (spf == NULL)
		return (dro_err_nomem(err));
	*out = exam->facts.spf;
	dro_rrset_init(&key, exam->dom->domain, DRO_RR_TXT);
	code = dro_read_rrset(session, &key, arena, &live, err);
	if (code != DRO_OK || live.status != DRO_LIVE_OK)
		return (code);
	*out = spf;
	return (dro_spf_parse(&live.rrset, arena, spf, err));
}

int
dro_cmd_sources(struct dro_cmd *cmd)
{
	struct dro_session session = {0};
	const struct dro_domain *dom;
	const struct dro_spf *spf = NULL;
	struct dro_sources sources;
	struct dro_exam exam;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	exit_code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
	if (exit_code != DRO_EXIT_OK)
		return (exit_code);
	code = dro_session_open(&cmd->config, cmd->store, true, cmd->now,
	    cmd->arena, &session, &err);
	if (code == DRO_OK)
		code = dro_examine(
		    &session, dom, DRO_FROM_STORE, cmd->arena, &exam, &err);
	if (code == DRO_OK)
		code = read_spf(&session, &exam, cmd->arena, &spf, &err);
	if (code == DRO_OK)
		code = dro_sources_make(&exam, spf, cmd->arena, &sources, &err);
	if (code == DRO_OK && cmd->opt.json)
		code =
		    dro_json_print(&cmd->out, dro_sources_json(&sources), &err);
	else if (code == DRO_OK)
		code = dro_sources_print(&cmd->out, &sources, cmd->arena, &err);
	dro_session_close(&session);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
