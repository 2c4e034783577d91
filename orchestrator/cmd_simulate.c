#include <string.h>

#include "base/date.h"
#include "cmd.h"
#include "presets/presets.h"
#include "reports.h"
#include "simulate_view.h"

/* The policies that --all-presets names: those with a ladder to climb. */
static const char *const presets[] = {
    "fast", "standard", "government", "careful"};

static int
check_options(const struct dro_cmd *cmd)
{
	if (cmd->opt.policy != NULL && cmd->opt.all_presets)
		return (dro_cmd_usage("--policy or --all-presets, not both"));
	return (DRO_EXIT_OK);
}

/* ---- what is stored */

/* One simulation of what is stored. */
struct stored {
	struct dro_cmd *cmd;
	struct dro_sim_view *view;
	size_t parked;
};

/* From the first day that a counted report is about to the last. */
static int
span(const struct dro_evidence *ev, int32_t *from)
{
	int32_t last;

	if (ev->n_seen == 0)
		return (0);
	*from = dro_day_of(ev->seen[0].begin);
	last = dro_day_of(ev->seen[ev->n_seen - 1].begin);
	if (last - *from + 2 > DRO_REPLAY_DAYS_MAX)
		*from = last + 2 - DRO_REPLAY_DAYS_MAX;
	return ((int)(last - *from + 2));
}

static enum dro_code
replay_stored(struct stored *s, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_sim_run run = {.client = dom->client->id,
	    .domain = dom->domain,
	    .settings = dom->settings};
	struct dro_evidence ev = {0};
	struct dro_replay replay;
	enum dro_code code = DRO_OK;
	int32_t from = 0;
	int days;

	if (s->cmd->store != NULL)
		code = dro_evidence_load(s->cmd->store, dom->domain, 0,
		    s->cmd->now, arena, &ev, err);
	if (code == DRO_OK && (days = span(&ev, &from)) > 0) {
		code = dro_replay_run(dom->domain, dom->settings, &ev, from,
		    days, arena, &replay, err);
		run.replay = &replay;
	}
	return (code == DRO_OK ? dro_sim_take(s->view, &run, err) : code);
}

static bool
is_asked_for(const struct dro_cmd *cmd, const struct dro_domain *dom)
{
	int i;

	if (!dro_cmd_selected(cmd, dom))
		return (false);
	for (i = 0; i < cmd->argc; i++)
		if (dro_config_domain(&cmd->config, cmd->argv[i]) != NULL &&
		    strcmp(
			dro_config_domain(&cmd->config, cmd->argv[i])->domain,
			dom->domain) == 0)
			return (true);
	return (cmd->argc == 0);
}

/* All domains asked for, under the settings of ${config}. */
static enum dro_code
replay_all(
    struct stored *s, const struct dro_config *config, struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code = DRO_OK;
	size_t i;

	s->parked = 0;
	for (i = 0;
	     i < config->n_domains && code == DRO_OK && dro_interrupted() == 0;
	     i++) {
		if (!is_asked_for(s->cmd, &config->domains[i]))
			continue;
		if (config->domains[i].settings->parked) {
			s->parked++;
			continue;
		}
		if ((arena = dro_arena_create()) == NULL)
			return (dro_err_nomem(err));
		code = replay_stored(s, &config->domains[i], arena, err);
		dro_arena_destroy(arena);
	}
	return (code);
}

/* The same configuration, but for the policy of its domains. */
static enum dro_code
replay_instead(struct stored *s, const char *policy, struct dro_err *err)
{
	struct dro_findings findings = {0};
	struct dro_config config = {0};
	enum dro_code code;

	code = dro_config_instead(s->cmd->config.path, s->cmd->now, policy,
	    s->cmd->arena, &config, &findings, err);
	return (code == DRO_OK ? replay_all(s, &config, err) : code);
}

static enum dro_code
replay_policies(struct stored *s, struct dro_err *err)
{
	const struct dro_options *opt = &s->cmd->opt;
	enum dro_code code = DRO_OK;
	size_t i;

	if (opt->policy != NULL)
		return (replay_instead(s, opt->policy, err));
	if (!opt->all_presets)
		return (replay_all(s, &s->cmd->config, err));
	for (i = 0; i < DRO_ARRAY_LEN(presets) && code == DRO_OK; i++)
		code = replay_instead(s, presets[i], err);
	return (code);
}

int
dro_cmd_simulate(struct dro_cmd *cmd)
{
	struct stored s = {.cmd = cmd};
	const struct dro_domain *dom;
	struct dro_err err;
	enum dro_code code;
	int exit_code, i;

	if ((exit_code = check_options(cmd)) != DRO_EXIT_OK)
		return (exit_code);
	for (i = 0; i < cmd->argc; i++) {
		exit_code = dro_cmd_domain(cmd, cmd->argv[i], &dom);
		if (exit_code != DRO_EXIT_OK)
			return (exit_code);
	}
	if ((s.view = dro_sim_create(&cmd->out, NULL, cmd->now)) == NULL)
		code = dro_err_nomem(&err);
	else
		code = replay_policies(&s, &err);
	if (code == DRO_OK)
		code = dro_sim_print(s.view, s.parked, &err);
	dro_sim_destroy(s.view);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}

/* ---- what is made up */

/* The settings of a made domain under the shipped ${policy}. */
static enum dro_code
settings_of(const char *policy, const struct dro_world *world,
    struct dro_settings *out, struct dro_err *err)
{
	static const char *mail_from[] = {"rare.example"};
	static const struct dro_declared rare = {
	    .name = "rare", .n_mail_from = 1, .mail_from = mail_from};
	enum dro_code code = dro_preset_policy(policy, out, err);

	if (code != DRO_OK)
		return (code);
	if (out->parked)
		return (dro_err_set(err, DRO_EINVAL,
		    "policy parked: it climbs no ladder, so there is nothing "
		    "to simulate"));
	out->rua = "mailto:dmarc@msp.example";
	if (world->clumps == DRO_CLUMPS_RARE) {
		out->n_sources = 1;
		out->sources = &rare;
	}
	return (DRO_OK);
}

static enum dro_code
replay_made(struct dro_sim_view *view, const struct dro_world *world, int i,
    const struct dro_settings *settings, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_sim_run run = {.settings = settings};
	struct dro_replay replay;
	struct dro_evidence ev;
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(err));
	run.replay = &replay;
	run.domain = dro_arena_printf(arena, "made%d.example", i + 1);
	code = run.domain == NULL
	    ? dro_err_nomem(err)
	    : dro_world_make(world, i, run.domain, arena, &ev, err);
	if (code == DRO_OK)
		code = dro_replay_run(run.domain, settings, &ev, DRO_WORLD_DAY0,
		    world->days, arena, &replay, err);
	if (code == DRO_OK)
		code = dro_sim_take(view, &run, err);
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
make_all(struct dro_sim_view *view, const struct dro_world *world,
    const char *policy, struct dro_err *err)
{
	struct dro_settings settings;
	enum dro_code code = settings_of(policy, world, &settings, err);
	int i;

	for (i = 0;
	     i < world->domains && code == DRO_OK && dro_interrupted() == 0;
	     i++)
		code = replay_made(view, world, i, &settings, err);
	return (code);
}

static enum dro_code
make_policies(struct dro_sim_view *view, const struct dro_world *world,
    const struct dro_options *opt, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	if (!opt->all_presets)
		return (make_all(view, world,
		    opt->policy != NULL ? opt->policy : "standard", err));
	for (i = 0; i < DRO_ARRAY_LEN(presets) && code == DRO_OK; i++)
		code = make_all(view, world, presets[i], err);
	return (code);
}

int
dro_cmd_simulate_made(struct dro_cmd *cmd)
{
	struct dro_world world = dro_world_usual;
	struct dro_sim_view *view;
	struct dro_err err;
	enum dro_code code = DRO_OK;
	int exit_code, i;

	if ((exit_code = check_options(cmd)) != DRO_EXIT_OK)
		return (exit_code);
	for (i = 0; i < cmd->argc && code == DRO_OK; i++)
		code = dro_world_set(&world, cmd->argv[i], &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	if ((view = dro_sim_create(&cmd->out, &world, cmd->now)) == NULL)
		code = dro_err_nomem(&err);
	else
		code = make_policies(view, &world, &cmd->opt, &err);
	if (code == DRO_OK)
		code = dro_sim_print(view, 0, &err);
	dro_sim_destroy(view);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
