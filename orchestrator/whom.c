#include <string.h>

#include "whom.h"

/* The names of all domains that ${out} takes in. */
static int
list_domains(struct dro_cmd *cmd, struct dro_whom *out)
{
	const struct dro_domain *dom;
	size_t i;

	out->domains = dro_arena_alloc(
	    cmd->arena, cmd->config.n_domains, sizeof(*out->domains));
	if (out->domains == NULL) {
		dro_cmd_error("out of memory");
		return (DRO_EXIT_FAILED);
	}
	for (i = 0; i < cmd->config.n_domains; i++) {
		dom = &cmd->config.domains[i];
		if (out->kind == DRO_PAUSE_ALL ||
		    (out->kind == DRO_PAUSE_CLIENT &&
			strcmp(dom->client->id, out->name) == 0) ||
		    (out->kind == DRO_PAUSE_DOMAIN &&
			strcmp(dom->domain, out->name) == 0))
			out->domains[out->n++] = dom->domain;
	}
	return (DRO_EXIT_OK);
}

int
dro_whom_of(struct dro_cmd *cmd, struct dro_whom *out)
{
	const char *verb = cmd->opt.verb;
	const struct dro_domain *dom;
	int code;

	memset(out, 0, sizeof(*out));
	if (cmd->opt.reason == NULL || *cmd->opt.reason == '\0')
		return (dro_cmd_usage("%s: --reason TEXT is required", verb));
	if ((cmd->argc > 0) + (cmd->opt.client != NULL) + cmd->opt.all != 1)
		return (dro_cmd_usage(
		    "%s: name one: a DOMAIN, --client ID, or --all", verb));
	if (cmd->opt.all) {
		out->kind = DRO_PAUSE_ALL;
		out->name = "";
		out->shown = "all domains";
	} else if (cmd->opt.client != NULL) {
		out->kind = DRO_PAUSE_CLIENT;
		out->name = cmd->opt.client;
		out->shown =
		    dro_arena_printf(cmd->arena, "client %s", out->name);
	} else {
		code = dro_cmd_domain(cmd, cmd->argv[0], &dom);
		if (code != DRO_EXIT_OK)
			return (code);
		out->kind = DRO_PAUSE_DOMAIN;
		out->name = out->shown = dom->domain;
	}
	return (list_domains(cmd, out));
}
