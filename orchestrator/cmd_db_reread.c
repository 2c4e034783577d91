#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "cmd.h"
#include "ingest/reread.h"
#include "progress.h"
#include "readers.h"

/* ---- for programs */

static json_t *
text_or_null(const char *s)
{
	return (s != NULL ? dro_json_text(s) : json_null());
}

static json_t *
original_json(const unsigned char hash[DRO_HASH_LEN])
{
	char name[DRO_ORIGINAL_NAME_LEN];

	return (json_string(dro_original_name(hash, name)));
}

/* Which report, and ${more} about it. */
static json_t *
report_json(const struct dro_stored_report *s,
    const unsigned char original[DRO_HASH_LEN], const char *key, json_t *more)
{
	const struct dro_report *r = &s->report;

	return (json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "domain",
	    dro_json_text(r->domain), "org", dro_json_text(r->org), "report_id",
	    dro_json_text(r->report_id), "begin", (json_int_t)r->begin, "end",
	    (json_int_t)r->end, "source_path", text_or_null(r->source_path),
	    "original", original_json(original), key, more));
}

static json_t *
change_json(const struct dro_reread_change *c)
{
	json_t *fields = json_array();
	size_t i;

	for (i = 0; fields != NULL && i < c->n; i++)
		(void)json_array_append_new(fields,
		    json_pack("{s:s, s:o, s:o}", "field",
			c->differences[i].field, "was",
			text_or_null(c->differences[i].was), "is",
			text_or_null(c->differences[i].is)));
	return (report_json(&c->was, c->was.report.original, "fields", fields));
}

static enum dro_code
print_json(const struct dro_cmd *cmd, const struct dro_reread_result *r,
    struct dro_err *err)
{
	json_t *changed = json_array(), *lost = json_array();
	size_t i;

	for (i = 0; changed != NULL && i < r->n_changes; i++)
		(void)json_array_append_new(
		    changed, change_json(&r->changes[i]));
	for (i = 0; lost != NULL && i < r->n_losses; i++)
		(void)json_array_append_new(lost,
		    report_json(&r->losses[i].report, r->losses[i].original,
			"code", json_string(r->losses[i].code)));
	return (dro_json_print(&cmd->out,
	    json_pack("{s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "schema",
		"rollout.db-reread/1", "dry_run", (int)cmd->opt.dry_run,
		"complete", (int)r->complete, "originals",
		(json_int_t)r->originals, "same", (json_int_t)r->same,
		"expired", (json_int_t)r->expired, "left", (json_int_t)r->left,
		"changed", changed, "lost", lost),
	    err));
}

/* ---- for people */

static void
add_report(struct dro_buf *out, const struct dro_stored_report *s)
{
	char begin[DRO_DATE_LEN];
	const struct dro_report *r = &s->report;

	dro_out_text(out, r->domain, strlen(r->domain));
	dro_buf_addf(out, " %s ", dro_date_format(r->begin, begin));
	dro_out_text(out, r->org, strlen(r->org));
	dro_buf_addc(out, ' ');
	dro_out_text(out, r->report_id, strlen(r->report_id));
}

static void
add_value(struct dro_buf *out, const char *value)
{
	if (value == NULL)
		dro_buf_adds(out, "-");
	else
		dro_out_text(out, value, strlen(value));
}

static void
add_change(struct dro_buf *out, const struct dro_reread_change *c)
{
	size_t i;

	add_report(out, &c->was);
	for (i = 0; i < c->n; i++) {
		dro_buf_addf(
		    out, "%s %s", i == 0 ? ":" : ",", c->differences[i].field);
		if (c->differences[i].was == NULL &&
		    c->differences[i].is == NULL)
			continue;
		dro_buf_addc(out, ' ');
		add_value(out, c->differences[i].was);
		dro_buf_adds(out, " -> ");
		add_value(out, c->differences[i].is);
	}
	dro_buf_addc(out, '\n');
}

static void
add_loss(struct dro_buf *out, const struct dro_reread_loss *l)
{
	char name[DRO_ORIGINAL_NAME_LEN];

	add_report(out, &l->report);
	dro_buf_addf(out, ": original %s: %s; the report stays as it is\n",
	    dro_original_name(l->original, name), l->code);
}

/* A report's texts are bounded by what ingest takes. */
#define TEXT_MAX ((size_t)64 << 20)

static enum dro_code
print_text(const struct dro_cmd *cmd, const struct dro_reread_result *r,
    struct dro_err *err)
{
	struct dro_buf text;
	enum dro_code code;
	size_t i;

	dro_buf_init(&text, TEXT_MAX);
	for (i = 0; i < r->n_changes; i++)
		add_change(&text, &r->changes[i]);
	for (i = 0; i < r->n_losses; i++)
		add_loss(&text, &r->losses[i]);
	dro_buf_addf(&text,
	    "%lld originals read: %lld reports are what they were, %zu %s, "
	    "%zu without their original.\n",
	    (long long)r->originals, (long long)r->same, r->n_changes,
	    cmd->opt.dry_run ? "would change" : "changed", r->n_losses);
	if (r->expired > 0)
		dro_buf_addf(&text,
		    "The originals of %lld others are gone, as `retention: "
		    "{archive: ...}` says.\n",
		    (long long)r->expired);
	if (r->left > 0)
		dro_buf_addf(&text,
		    "%lld are about domains that are not in the configuration "
		    "any more.\n",
		    (long long)r->left);
	if (!r->complete)
		dro_buf_adds(&text, "Interrupted; the rest was not read.\n");
	if ((code = dro_buf_check(&text, "list of reports", err)) == DRO_OK)
		fwrite(text.ptr, 1, text.len, cmd->out.fp);
	dro_buf_finish(&text);
	return (code);
}

/* ---- the verb */

static bool
stop(void *arg DRO_UNUSED)
{
	return (dro_interrupted() != 0);
}

static void
progress(void *arg, uint64_t done, uint64_t total)
{
	dro_progress_show(arg, "originals", done, total);
}

static enum dro_code
reread(struct dro_cmd *cmd, const char *domain, struct dro_reread_result *out,
    struct dro_err *err)
{
	struct dro_readers readers = {NULL, NULL};
	struct dro_progress line;
	struct dro_reread_job job = {.config = &cmd->config,
	    .store = cmd->store,
	    .now = cmd->now,
	    .dry = cmd->opt.dry_run,
	    .stop = stop,
	    .progress = progress,
	    .arg = &line};
	struct dro_original_ref *refs;
	enum dro_code code;
	size_t n;

	memset(out, 0, sizeof(*out));
	out->complete = true;
	if (cmd->store == NULL)
		return (DRO_OK);
	code =
	    dro_originals_list(cmd->store, domain, cmd->arena, &refs, &n, err);
	if (code == DRO_OK &&
	    (code = dro_readers_start(cmd, &readers, err)) == DRO_OK) {
		job.workers = readers.workers;
		dro_progress_start(&line, !cmd->opt.json);
		code = dro_reread(&job, refs, n, cmd->arena, out, err);
		dro_progress_end(&line);
	}
	dro_readers_end(&readers);
	return (code);
}

int
dro_cmd_db_reread(struct dro_cmd *cmd)
{
	char domain[DRO_DOMAIN_LEN];
	struct dro_reread_result result;
	struct dro_err err;
	enum dro_code code;
	int exit_code;

	if (cmd->argc > 0 &&
	    (exit_code = dro_cmd_below(cmd, cmd->argv[0], domain)) !=
		DRO_EXIT_OK)
		return (exit_code);
	code = reread(cmd, cmd->argc > 0 ? domain : NULL, &result, &err);
	if (code == DRO_OK) {
		cmd->changes = (int64_t)result.n_changes;
		code = cmd->opt.json ? print_json(cmd, &result, &err)
				     : print_text(cmd, &result, &err);
	}
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
