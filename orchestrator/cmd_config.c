#include <stdio.h>
#include <string.h>

#include "cmd.h"

static const char *
severity(const struct dro_finding *finding)
{
	return (finding->warning ? "warning" : "error");
}

static json_t *
findings_json(const struct dro_findings *findings)
{
	json_t *all = json_array();
	const struct dro_finding *f;
	size_t i;

	for (i = 0; i < findings->n; i++) {
		f = &findings->items[i];
		if (json_array_append_new(all,
			json_pack("{s:s, s:o, s:i, s:i, s:o}", "severity",
			    severity(f), "file", dro_json_text(f->file), "line",
			    f->line, "column", f->column, "text",
			    dro_json_text(f->text))) != 0) {
			json_decref(all);
			return (NULL);
		}
	}
	return (all);
}

static enum dro_code
print_json(const struct dro_cmd *cmd, bool ok,
    const struct dro_findings *findings, struct dro_err *err)
{
	const struct dro_config *config = &cmd->config;

	return (dro_json_print(&cmd->out,
	    json_pack("{s:s, s:o, s:b, s:I, s:I, s:o}", "schema",
		"rollout.config/1", "path", dro_json_text(config->path), "ok",
		(int)ok, "clients", (json_int_t)config->n_clients, "domains",
		(json_int_t)config->n_domains, "findings",
		findings_json(findings)),
	    err));
}

static enum dro_code
print_text(const struct dro_cmd *cmd, bool ok,
    const struct dro_findings *findings, struct dro_err *err)
{
	const struct dro_config *config = &cmd->config;
	struct dro_buf line;
	enum dro_code code;

	dro_cmd_findings(findings);
	if (!ok)
		return (DRO_OK);
	dro_buf_init(&line, 64u << 10);
	dro_out_text(&line, config->path, strlen(config->path));
	dro_buf_addf(&line, ": %zu clients, %zu domains: ok\n",
	    config->n_clients, config->n_domains);
	if ((code = dro_buf_check(&line, "path", err)) == DRO_OK) {
		(void)fputs(line.ptr, cmd->out.fp);
		code = dro_out_flush(&cmd->out, err);
	}
	dro_buf_finish(&line);
	return (code);
}

int
dro_cmd_config(struct dro_cmd *cmd)
{
	struct dro_findings findings = {0};
	struct dro_err err;
	enum dro_code code;
	bool ok;

	if (strcmp(cmd->argv[0], "check") != 0)
		return (dro_cmd_usage("config: the one thing it does is "
				      "\"config check\""));
	code = dro_config_read(cmd->opt.config, cmd->now, cmd->arena,
	    &cmd->config, &findings, &err);
	if (code != DRO_OK && code != DRO_EPARSE)
		return (dro_cmd_fail(&err));
	ok = code == DRO_OK;
	if (cmd->opt.json)
		code = print_json(cmd, ok, &findings, &err);
	else
		code = print_text(cmd, ok, &findings, &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	return (ok ? DRO_EXIT_OK : DRO_EXIT_CONFIG);
}
