#include <string.h>

#include "base/date.h"
#include "cmd.h"
#include "presets/presets.h"
#include "reports.h"
#include "simulate_view.h"

/* The policies that --all-presets names: those with a ladder to climb. */
static const char *const presets[] = {
    "fast", "standard", "government", "careful"};

/* What the options say, the same for every domain. */
struct asked_for {
	struct dro_answers answers;
	bool has_from, has_until;
	int32_t from, until; /* UTC days, both included */
};

/* The day of --from or --until; NULL is none. */
static int
read_day(const char *option, const char *s, bool *has, int32_t *out)
{
	struct dro_err err;
	int64_t at;

	if ((*has = s != NULL) && dro_date_parse(s, &at, &err) != DRO_OK)
		return (dro_cmd_usage("%s: %s", option, err.msg));
	if (*has)
		*out = dro_day_of(at);
	return (DRO_EXIT_OK);
}

static int
read_options(const struct dro_cmd *cmd, struct asked_for *out)
{
	const struct dro_options *opt = &cmd->opt;
	struct dro_err err;
	int exit_code;

	*out = (struct asked_for){.answers = dro_answers_usual};
	if (opt->policies.n > 0 && opt->all_presets)
		return (dro_cmd_usage("--policy or --all-presets, not both"));
	if (opt->answers != NULL &&
	    dro_answers_parse(opt->answers, &out->answers, &err) != DRO_OK)
		return (dro_cmd_usage("--answers: %s", err.msg));
	exit_code = read_day("--from", opt->from, &out->has_from, &out->from);
	if (exit_code == DRO_EXIT_OK)
		exit_code = read_day(
		    "--until", opt->until, &out->has_until, &out->until);
	if (exit_code == DRO_EXIT_OK && out->has_from && out->has_until &&
	    out->until < out->from)
		return (dro_cmd_usage("--until: a day before --from"));
	return (exit_code);
}

/* The policies that are compared; none: those that are configured. */
static struct dro_words
policies_of(const struct dro_options *opt)
{
	struct dro_words words = opt->policies;
	size_t i;

	for (i = 0; opt->all_presets && i < DRO_ARRAY_LEN(presets); i++)
		words.items[words.n++] = presets[i];
	return (words);
}

static int
tell(struct dro_sim_view *view, enum dro_code code, size_t parked,
    struct dro_err *err)
{
	if (code == DRO_OK)
		code = dro_sim_print(view, parked, err);
	dro_sim_destroy(view);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(err));
}

/* ---- what is stored */

/* One simulation of what is stored. */
struct stored {
	struct dro_cmd *cmd;
	struct asked_for asked;
	struct dro_sim_view *view;
	size_t parked;
};

/*
 * From the first day that a counted report is about to the morning after the
 * last, as far as they are asked for; no day: no report is about them.
 */
static struct dro_replay_days
days_of(const struct asked_for *asked, const struct dro_evidence *ev)
{
	struct dro_replay_days days = {.answers = asked->answers};
	int32_t until;

	if (ev->n_seen == 0)
		return (days);
	days.from = dro_day_of(ev->seen[0].begin);
	until = dro_day_of(ev->seen[ev->n_seen - 1].begin) + 1;
	if (asked->has_from && asked->from > days.from)
		days.from = asked->from;
	if (asked->has_until && asked->until < until)
		until = asked->until;
	if (until - days.from + 1 > DRO_REPLAY_DAYS_MAX)
		days.from = until + 1 - DRO_REPLAY_DAYS_MAX;
	if (until >= days.from)
		days.n = (int)(until - days.from + 1);
	return (days);
}

static enum dro_code
replay_stored(struct stored *s, const struct dro_domain *dom,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_sim_run run = {.client = dom->client->id,
	    .domain = dom->domain,
	    .settings = dom->settings};
	struct dro_store *store = s->cmd->store;
	struct dro_evidence ev = {0};
	struct dro_facts facts = {0};
	struct dro_replay_days days;
	struct dro_replay replay;
	enum dro_code code = DRO_OK;

	if (store != NULL)
		code = dro_facts_load(store, dom->domain, arena, &facts, err);
	if (store != NULL && code == DRO_OK)
		code = dro_evidence_load(
		    store, dom->domain, 0, s->cmd->now, arena, &ev, err);
	days = days_of(&s->asked, &ev);
	if (code == DRO_OK && days.n > 0) {
		code = dro_replay_run(dom->domain, dom->settings, &facts, &ev,
		    &days, arena, &replay, err);
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
	struct dro_words policies = policies_of(&s->cmd->opt);
	enum dro_code code = DRO_OK;
	size_t i;

	if (policies.n == 0)
		return (replay_all(s, &s->cmd->config, err));
	for (i = 0; i < policies.n && code == DRO_OK; i++)
		code = replay_instead(s, policies.items[i], err);
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

	if ((exit_code = read_options(cmd, &s.asked)) != DRO_EXIT_OK)
		return (exit_code);
	for (i = 0; i < cmd->argc; i++) {
		exit_code = dro_cmd_domain(cmd, cmd->argv[i], &dom);
		if (exit_code != DRO_EXIT_OK)
			return (exit_code);
	}
	s.view = dro_sim_create(
	    &(struct dro_sim_call){&cmd->out, NULL, s.asked.answers, cmd->now});
	code = s.view == NULL ? dro_err_nomem(&err) : replay_policies(&s, &err);
	return (tell(s.view, code, s.parked, &err));
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

/* One simulation of a made world. */
struct made {
	struct dro_world world;
	struct dro_answers answers;
	struct dro_sim_view *view;
};

static enum dro_code
replay_made(const struct made *m, int i, const struct dro_settings *settings,
    struct dro_err *err)
{
	const struct dro_replay_days days = {
	    DRO_WORLD_DAY0, m->world.days, m->answers};
	struct dro_arena *arena = dro_arena_create();
	const struct dro_facts nothing = {0};
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
	    : dro_world_make(&m->world, i, run.domain, arena, &ev, err);
	if (code == DRO_OK)
		code = dro_replay_run(run.domain, settings, &nothing, &ev,
		    &days, arena, &replay, err);
	if (code == DRO_OK)
		code = dro_sim_take(m->view, &run, err);
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
make_all(const struct made *m, const char *policy, struct dro_err *err)
{
	struct dro_settings settings;
	enum dro_code code = settings_of(policy, &m->world, &settings, err);
	int i;

	for (i = 0;
	     i < m->world.domains && code == DRO_OK && dro_interrupted() == 0;
	     i++)
		code = replay_made(m, i, &settings, err);
	return (code);
}

static enum dro_code
make_policies(
    const struct made *m, const struct dro_options *opt, struct dro_err *err)
{
	struct dro_words policies = policies_of(opt);
	enum dro_code code = DRO_OK;
	size_t i;

	if (policies.n == 0)
		return (make_all(m, "standard", err));
	for (i = 0; i < policies.n && code == DRO_OK; i++)
		code = make_all(m, policies.items[i], err);
	return (code);
}

int
dro_cmd_simulate_made(struct dro_cmd *cmd)
{
	struct made m = {.world = dro_world_usual};
	struct asked_for asked;
	struct dro_err err;
	enum dro_code code = DRO_OK;
	int exit_code, i;

	if ((exit_code = read_options(cmd, &asked)) != DRO_EXIT_OK)
		return (exit_code);
	for (i = 0; i < cmd->argc && code == DRO_OK; i++)
		code = dro_world_set(&m.world, cmd->argv[i], &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	m.answers = asked.answers;
	m.view = dro_sim_create(
	    &(struct dro_sim_call){&cmd->out, &m.world, m.answers, cmd->now});
	code = m.view == NULL ? dro_err_nomem(&err)
			      : make_policies(&m, &cmd->opt, &err);
	return (tell(m.view, code, 0, &err));
}
