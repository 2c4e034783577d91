#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

static const char *const healths[] = {"ok", "warn", "fail"};

void
dro_doctor_say(struct dro_doctor *d, const char *part, enum dro_health health,
    const char *remedy, const char *fmt, ...)
{
	struct dro_symptom *items;
	char text[1024];
	size_t cap;
	va_list ap;

	if (d->n == d->cap) {
		cap = d->cap == 0 ? 32 : d->cap * 2;
		items = dro_arena_alloc(d->cmd->arena, cap, sizeof(*items));
		if (items == NULL) {
			d->nomem = true;
			return;
		}
		if (d->n > 0)
			memcpy(items, d->items, d->n * sizeof(*items));
		d->items = items;
		d->cap = cap;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	items = &d->items[d->n];
	*items = (struct dro_symptom){
	    part, health, dro_arena_strdup(d->cmd->arena, text), NULL};
	if (remedy != NULL)
		items->remedy = dro_arena_strdup(d->cmd->arena, remedy);
	if (items->text == NULL || (remedy != NULL && items->remedy == NULL))
		d->nomem = true;
	else
		d->n++;
}

static size_t
count(const struct dro_doctor *d, enum dro_health health)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += d->items[i].health == health;
	return (n);
}

static enum dro_code
print_json(const struct dro_doctor *d, struct dro_err *err)
{
	json_t *checks = json_array(), *o;
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct dro_symptom *s = &d->items[i];

		o = json_pack("{s:s, s:s, s:o, s:o}", "part", s->part, "health",
		    healths[s->health], "text", dro_json_text(s->text),
		    "remedy", dro_json_text(s->remedy));
		if (json_array_append_new(checks, o) != 0) {
			json_decref(checks);
			return (dro_err_nomem(err));
		}
	}
	return (dro_json_print(&d->cmd->out,
	    json_pack("{s:s, s:o, s:{s:I, s:I, s:I}}", "schema",
		"rollout.doctor/1", "checks", checks, "summary", "ok",
		(json_int_t)count(d, DRO_HEALTH_OK), "warn",
		(json_int_t)count(d, DRO_HEALTH_WARN), "fail",
		(json_int_t)count(d, DRO_HEALTH_FAIL)),
	    err));
}

static enum dro_code
print_text(const struct dro_doctor *d, struct dro_err *err)
{
	FILE *fp = d->cmd->out.fp;
	struct dro_buf line;
	enum dro_code code;
	size_t i;

	dro_buf_init(&line, 64u << 10);
	for (i = 0; i < d->n; i++) {
		const struct dro_symptom *s = &d->items[i];

		dro_buf_reset(&line);
		dro_buf_addf(
		    &line, "%-4s  %-10s ", healths[s->health], s->part);
		dro_out_text(&line, s->text, strlen(s->text));
		if (s->remedy != NULL) {
			dro_buf_adds(&line, "\n      remedy: ");
			dro_out_text(&line, s->remedy, strlen(s->remedy));
		}
		if (!line.failed)
			fprintf(fp, "%s\n", line.ptr);
	}
	code = dro_buf_check(&line, "a finding", err);
	dro_buf_finish(&line);
	fprintf(fp, "%zu ok, %zu to look at, %zu that must be put right.\n",
	    count(d, DRO_HEALTH_OK), count(d, DRO_HEALTH_WARN),
	    count(d, DRO_HEALTH_FAIL));
	return (code);
}

int
dro_cmd_doctor(struct dro_cmd *cmd)
{
	struct dro_doctor d = {.cmd = cmd};
	struct dro_err err;
	enum dro_code code;

	dro_doctor_sandbox(&d);
	dro_doctor_database(&d);
	dro_doctor_clock(&d);
	dro_doctor_resolvers(&d);
	dro_doctor_servers(&d);
	dro_doctor_accounts(&d);
	dro_doctor_sources(&d);
	if (d.nomem)
		code = dro_err_nomem(&err);
	else if (cmd->opt.json)
		code = print_json(&d, &err);
	else
		code = print_text(&d, &err);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	return (
	    count(&d, DRO_HEALTH_FAIL) > 0 ? DRO_EXIT_PARTIAL : DRO_EXIT_OK);
}
