#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "config/schema.h"

/* Longer values stand on a line of their own. */
#define VALUE_WIDTH 40

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

static int
check(struct dro_cmd *cmd)
{
	struct dro_findings findings = {0};
	struct dro_err err;
	enum dro_code code;
	bool ok;

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

/* A value as the file would have it, but for secrets. */
static json_t *
value_json(const struct dro_shown_value *v)
{
	json_t *list;
	size_t i;

	switch (v->type) {
	case DRO_SHOWN_NOTHING:
		return (json_null());
	case DRO_SHOWN_NUMBER:
		return (json_integer((json_int_t)v->number));
	case DRO_SHOWN_TEXT:
		return (dro_json_text(v->texts[0]));
	case DRO_SHOWN_SECRET:
		return (json_pack(
		    "{s:o}", v->texts[0], dro_json_text(v->texts[1])));
	case DRO_SHOWN_LIST:
		break;
	}
	list = json_array();
	for (i = 0; i < v->n; i++)
		(void)json_array_append_new(list, dro_json_text(v->texts[i]));
	return (list);
}

/* A place in a file, or null. */
static json_t *
place_json(const struct dro_shown_value *v, int number)
{
	return (v->file != NULL ? json_integer(number) : json_null());
}

static enum dro_code
show_json(const struct dro_cmd *cmd, const struct dro_domain *domain,
    const struct dro_shown *shown, struct dro_err *err)
{
	json_t *values = json_array();
	const struct dro_shown_value *v;
	size_t i;

	for (i = 0; i < shown->n; i++) {
		v = &shown->values[i];
		(void)json_array_append_new(values,
		    json_pack("{s:o, s:o, s:{s:s, s:o, s:o, s:o, s:o}}", "key",
			dro_json_text(v->key), "value", value_json(v), "origin",
			"kind", v->kind, "name", dro_json_text(v->name), "file",
			dro_json_text(v->file), "line", place_json(v, v->line),
			"column", place_json(v, v->column)));
	}
	return (dro_json_print(&cmd->out,
	    json_pack("{s:s, s:s, s:s, s:o}", "schema", "rollout.config-show/1",
		"domain", domain->domain, "client", domain->client->id,
		"values", values),
	    err));
}

static void
value_text(const struct dro_shown_value *v, struct dro_buf *out)
{
	size_t i;

	switch (v->type) {
	case DRO_SHOWN_NOTHING:
		dro_buf_addc(out, '-');
		return;
	case DRO_SHOWN_NUMBER:
		dro_buf_addf(out, "%lld", (long long)v->number);
		return;
	case DRO_SHOWN_TEXT:
		dro_buf_adds(out, v->texts[0]);
		return;
	case DRO_SHOWN_SECRET:
		dro_buf_addf(out, "{%s: %s}", v->texts[0], v->texts[1]);
		return;
	case DRO_SHOWN_LIST:
		break;
	}
	dro_buf_addc(out, '[');
	for (i = 0; i < v->n; i++)
		dro_buf_addf(out, "%s%s", i > 0 ? ", " : "", v->texts[i]);
	dro_buf_addc(out, ']');
}

/* "FILE:LINE:COLUMN (client c1)", or what holds without any file. */
static void
origin_text(const struct dro_shown_value *v, struct dro_buf *out)
{
	if (v->file != NULL)
		dro_buf_addf(out, "%s:%d:%d (", v->file, v->line, v->column);
	dro_buf_addf(out, "%s%s%s",
	    v->type == DRO_SHOWN_NOTHING ? "not set" : v->kind,
	    v->name != NULL ? " " : "", v->name != NULL ? v->name : "");
	if (v->file != NULL)
		dro_buf_addc(out, ')');
}

static enum dro_code
show_text(
    struct dro_cmd *cmd, const struct dro_shown *shown, struct dro_err *err)
{
	struct dro_table *table = dro_table_create(3);
	struct dro_buf value, origin;
	enum dro_code code = DRO_OK;
	const char *line;
	bool below;
	size_t i;

	dro_buf_init(&value, 128u << 10);
	dro_buf_init(&origin, 8u << 10);
	for (i = 0; i < shown->n; i++) {
		dro_buf_reset(&value);
		dro_buf_reset(&origin);
		value_text(&shown->values[i], &value);
		origin_text(&shown->values[i], &origin);
		if ((code = dro_buf_check(&value, "value", err)) != DRO_OK ||
		    (code = dro_buf_check(&origin, "origin", err)) != DRO_OK)
			break;
		/* A long value would push all origins to the right. */
		below = value.len > VALUE_WIDTH;
		dro_table_row(table, shown->values[i].key,
		    below ? "" : value.ptr, origin.ptr);
		line = below ? dro_arena_printf(cmd->arena, "    %s", value.ptr)
			     : NULL;
		if (line != NULL)
			dro_table_line(table, line);
	}
	if (code == DRO_OK)
		code = dro_table_print(table, &cmd->out, err);
	dro_buf_finish(&value);
	dro_buf_finish(&origin);
	dro_table_destroy(table);
	return (code);
}

static int
show(struct dro_cmd *cmd, const char *name)
{
	const struct dro_domain *domain;
	struct dro_findings findings = {0};
	struct dro_shown shown;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	code = dro_config_show(cmd->opt.config, cmd->now, name, cmd->arena,
	    &cmd->config, &shown, &findings, &err);
	dro_cmd_findings(&findings);
	if (code == DRO_EPARSE)
		return (DRO_EXIT_CONFIG);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	if ((exit_code = dro_cmd_domain(cmd, name, &domain)) != DRO_EXIT_OK)
		return (exit_code);
	if (cmd->opt.json)
		code = show_json(cmd, domain, &shown, &err);
	else
		code = show_text(cmd, &shown, &err);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}

static int
schema(struct dro_cmd *cmd)
{
	struct dro_err err;

	if (dro_json_print(&cmd->out, dro_config_schema(), &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	return (DRO_EXIT_OK);
}

int
dro_cmd_config(struct dro_cmd *cmd)
{
	const char *what = cmd->argv[0];

	if (strcmp(what, "show") == 0 && cmd->argc == 2)
		return (show(cmd, cmd->argv[1]));
	if (strcmp(what, "check") == 0 && cmd->argc == 1)
		return (check(cmd));
	if (strcmp(what, "schema") == 0 && cmd->argc == 1)
		return (schema(cmd));
	return (dro_cmd_usage("config: one of \"config check\", \"config show "
			      "DOMAIN\" and \"config schema\""));
}
