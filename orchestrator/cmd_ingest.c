#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "cmd.h"
#include "ingest/ingest.h"
#include "ingest/inlet_files.h"
#include "ingest/inlet_imap.h"
#include "ingest/inlet_maildir.h"
#include "ingest/inlet_mbox.h"
#include "ingest/inlet_stdin.h"
#include "ingest/reread.h"
#include "progress.h"
#include "readers.h"

/* The results of all sources of one run. */
struct totals {
	struct dro_ingest_result sum; /* its lists are those below */
	json_t *refused, *warnings;
	struct dro_buf text; /* the refused ones, for people */
	bool unserved; /* a configured source could not be read */
	int64_t judged; /* reports of earlier mails, anew */
	struct dro_readers readers;
};

/* Text of a run's refusals; more than this is for --json. */
#define TEXT_MAX ((size_t)16 << 20)

/* Of what is due at the end of a run, this many go at least. */
#define TIDY_LEAST 1000

static enum dro_code
add_json(json_t *list, const struct dro_refusal *items, size_t n,
    struct dro_err *err)
{
	json_t *o;
	size_t i;

	for (i = 0; i < n; i++) {
		o = json_pack("{s:o, s:o, s:s, s:o}", "path",
		    dro_json_text(items[i].path), "member",
		    dro_json_text(items[i].member), "code", items[i].code,
		    "detail", dro_json_text(items[i].detail));
		if (json_array_append_new(list, o) != 0)
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}

static void
add_text(struct dro_buf *text, const struct dro_refusal *r)
{
	dro_buf_adds(text, "  refused ");
	dro_out_text(text, r->path, strlen(r->path));
	if (r->member != NULL) {
		dro_buf_addc(text, '!');
		dro_out_text(text, r->member, strlen(r->member));
	}
	dro_buf_addf(text, ": %s: ", r->code);
	dro_out_text(text, r->detail, strlen(r->detail));
	dro_buf_addc(text, '\n');
}

static enum dro_code
add(struct dro_cmd *cmd, struct totals *t,
    const struct dro_ingest_result *result, struct dro_err *err)
{
	struct dro_ingest_result *sum = &t->sum;
	enum dro_code code;
	size_t i;

	sum->files += result->files;
	sum->added += result->added;
	sum->duplicate += result->duplicate;
	sum->conflict += result->conflict;
	sum->foreign += result->foreign;
	sum->refused += result->refused;
	sum->rows += result->rows;
	sum->messages += result->messages;
	sum->n_warnings += result->n_warnings;
	if (!cmd->opt.json) {
		for (i = 0; i < result->n_refusals; i++)
			add_text(&t->text, &result->refusals[i]);
		return (dro_buf_check(&t->text, "list of refusals", err));
	}
	code = add_json(t->refused, result->refusals, result->n_refusals, err);
	if (code == DRO_OK)
		code = add_json(
		    t->warnings, result->warnings, result->n_warnings, err);
	return (code);
}

static bool
stop(void *arg DRO_UNUSED)
{
	return (dro_interrupted() != 0);
}

/* The line that is shown meanwhile, and whose it is. */
struct shown {
	struct dro_progress line;
	const char *name;
};

static void
progress(void *arg, const struct dro_ingest_result *so_far DRO_UNUSED,
    uint64_t done, uint64_t total)
{
	struct shown *shown = arg;

	dro_progress_show(&shown->line, shown->name, done, total);
}

/* All that one inlet has; ${failed} tells if it did, and ${err} how. */
static enum dro_code
read_inlet(struct dro_cmd *cmd, struct totals *t, struct dro_inlet *inlet,
    const struct dro_report_source *source, bool *failed, struct dro_err *err)
{
	struct shown shown = {.name = source->name};
	const struct dro_ingest_job job = {.config = &cmd->config,
	    .store = cmd->store,
	    .source = source->name,
	    .trust = source->trust,
	    .n_authserv_ids = source->n_authserv_ids,
	    .authserv_ids = source->authserv_ids,
	    .recipient = source->recipient,
	    .workers = t->readers.workers,
	    .now = cmd->now,
	    .list_warnings = cmd->opt.json,
	    .stop = stop,
	    .progress = progress,
	    .arg = &shown};
	struct dro_ingest_result result;
	struct dro_err late;
	enum dro_code code, added;

	dro_progress_start(&shown.line, !cmd->opt.json);
	code = dro_ingest(&job, inlet, cmd->arena, &result, err);
	dro_progress_end(&shown.line);
	*failed = code != DRO_OK && result.inlet_failed;
	inlet->close(inlet->ctx);
	if (code != DRO_OK && !*failed)
		return (code);
	if ((added = add(cmd, t, &result, &late)) == DRO_OK)
		return (code);
	*failed = false;
	*err = late;
	return (added);
}

/* The paths of the command line, under the trust that it gives. */
static enum dro_code
read_paths(struct dro_cmd *cmd, struct totals *t, enum dro_trust trust,
    bool *failed, struct dro_err *err)
{
	const struct dro_report_source path = {.name = "path", .trust = trust};
	struct dro_inlet inlet;
	enum dro_code code;

	if (strcmp(cmd->argv[0], "-") == 0)
		code = dro_inlet_stdin(STDIN_FILENO, &inlet, err);
	else
		code =
		    dro_inlet_files(cmd->argv, (size_t)cmd->argc, &inlet, err);
	if (code != DRO_OK)
		return (code);
	return (read_inlet(cmd, t, &inlet, &path, failed, err));
}

static enum dro_code
open_source(const struct dro_cmd *cmd, const struct dro_report_source *source,
    struct dro_inlet *out, struct dro_err *err)
{
	switch (source->kind) {
	case DRO_SOURCE_DIRECTORY:
		return (dro_inlet_files(&source->path, 1, out, err));
	case DRO_SOURCE_MAILDIR:
		return (
		    dro_inlet_maildir(source->path, &source->after, out, err));
	case DRO_SOURCE_MBOX:
		return (dro_inlet_mbox(source->path, out, err));
	case DRO_SOURCE_IMAP:
		return (dro_inlet_imap(
		    source, cmd->store, cmd->now, dro_cmd_warning, out, err));
	}
	return (DRO_OK);
}

/* Every configured source; one that cannot be read stops no other. */
static enum dro_code
read_sources(struct dro_cmd *cmd, struct totals *t, struct dro_err *err)
{
	const struct dro_report_source *source;
	struct dro_inlet inlet;
	enum dro_code code;
	bool failed;
	size_t i;

	for (i = 0; i < cmd->config.n_reports && dro_interrupted() == 0; i++) {
		source = &cmd->config.reports[i];
		if ((code = open_source(cmd, source, &inlet, err)) == DRO_OK)
			code = read_inlet(cmd, t, &inlet, source, &failed, err);
		else
			failed = code != DRO_ENOMEM;
		if (code != DRO_OK && !failed)
			return (code);
		if (code == DRO_OK)
			continue;
		dro_cmd_error("reports: %s: %s", source->name, err->msg);
		t->unserved = true;
	}
	return (DRO_OK);
}

static enum dro_code
print_json(struct dro_cmd *cmd, struct totals *t, struct dro_err *err)
{
	const struct dro_ingest_result *s = &t->sum;
	json_t *root = json_pack("{s:s, s:I, s:{s:I, s:I, s:I, s:I, s:I}, "
				 "s:I, s:I, s:I, s:O, s:O}",
	    "schema", "rollout.ingest/1", "files", (json_int_t)s->files,
	    "reports", "new", (json_int_t)s->added, "duplicate",
	    (json_int_t)s->duplicate, "conflict", (json_int_t)s->conflict,
	    "foreign", (json_int_t)s->foreign, "refused",
	    (json_int_t)s->refused, "rows", (json_int_t)s->rows, "messages",
	    (json_int_t)s->messages, "judged_anew", (json_int_t)t->judged,
	    "refused", t->refused, "warnings", t->warnings);

	return (dro_json_print(&cmd->out, root, err));
}

static void
print_text(struct dro_cmd *cmd, struct totals *t)
{
	const struct dro_ingest_result *s = &t->sum;
	FILE *fp = cmd->out.fp;

	fprintf(fp,
	    "%lld files: %lld new reports (%lld rows, %lld messages), %lld "
	    "duplicate, %lld in conflict, %lld of other domains, %lld "
	    "refused.\n",
	    (long long)s->files, (long long)s->added, (long long)s->rows,
	    (long long)s->messages, (long long)s->duplicate,
	    (long long)s->conflict, (long long)s->foreign,
	    (long long)s->refused);
	if (t->judged > 0)
		fprintf(fp,
		    "%lld reports of earlier mails judged anew: DNS has the "
		    "keys now.\n",
		    (long long)t->judged);
	if (t->text.len > 0)
		fwrite(t->text.ptr, 1, t->text.len, fp);
	if (s->n_warnings > 0)
		fprintf(fp,
		    "%zu warnings: see them with --json, or per report with "
		    "rollout reports.\n",
		    s->n_warnings);
}

/* For so long a mail is asked about whose key DNS did not give. */
#define OWED_S (14 * DRO_DAY_S)

/*
 * Mails of earlier runs whose sender could not be judged: each has had its
 * place in the mailbox, this one is the archive's.
 */
static enum dro_code
judge_owed(struct dro_cmd *cmd, struct totals *t, struct dro_err *err)
{
	const struct dro_reread_job job = {.config = &cmd->config,
	    .store = cmd->store,
	    .workers = t->readers.workers,
	    .now = cmd->now,
	    .stop = stop};
	struct dro_original_ref *refs;
	struct dro_reread_result done;
	enum dro_code code;
	size_t n;

	code = dro_originals_owed(cmd->store, cmd->now - OWED_S, cmd->now,
	    cmd->arena, &refs, &n, err);
	if (code != DRO_OK || n == 0)
		return (code);
	code = dro_reread(&job, refs, n, cmd->arena, &done, err);
	t->judged = (int64_t)done.n_changes;
	return (code);
}

/*
 * Addresses and originals that are due go, whether or not anybody thinks of
 * it: some of a backlog, and more than one day's reports bring.  Reports are
 * left to `db prune`.
 */
static enum dro_code
tidy(struct dro_cmd *cmd, int64_t added, struct dro_err *err)
{
	struct dro_retention keep = cmd->config.retention;
	struct dro_pruned done;

	keep.reports_days = DRO_FOREVER;
	return (dro_db_prune(
	    cmd->store, &keep, cmd->now, TIDY_LEAST + 2 * added, &done, err));
}

static enum dro_code
run(struct dro_cmd *cmd, struct totals *t, enum dro_trust trust,
    struct dro_err *err)
{
	enum dro_code code, end = DRO_OK;
	struct dro_err late;
	bool failed = false;

	if ((code = dro_readers_start(cmd, &t->readers, err)) != DRO_OK)
		return (code);
	if (cmd->argc > 0)
		code = read_paths(cmd, t, trust, &failed, err);
	else
		code = read_sources(cmd, t, err);
	/* A path that is not there: the others were read all the same. */
	if (code != DRO_OK && !failed)
		return (code);
	if ((end = judge_owed(cmd, t, &late)) == DRO_OK)
		end = tidy(cmd, t->sum.added, &late);
	cmd->changes = t->sum.added + t->judged;
	if (end == DRO_OK && cmd->opt.json)
		end = print_json(cmd, t, &late);
	else if (end == DRO_OK)
		print_text(cmd, t);
	if (end != DRO_OK) {
		*err = late;
		return (end);
	}
	return (code);
}

static bool
names_stdin(const struct dro_cmd *cmd)
{
	int i;

	for (i = 0; i < cmd->argc; i++)
		if (strcmp(cmd->argv[i], "-") == 0)
			return (true);
	return (false);
}

int
dro_cmd_ingest(struct dro_cmd *cmd)
{
	enum dro_trust trust = DRO_TRUST_UNAUTHENTICATED;
	struct totals t = {.unserved = false};
	struct dro_err err;
	enum dro_code code;

	if (cmd->opt.trust != NULL && cmd->argc == 0)
		return (dro_cmd_usage("--trust: goes with PATH; a configured "
				      "source has its own `trust:`"));
	if (cmd->opt.trust != NULL && !dro_trust_parse(cmd->opt.trust, &trust))
		return (dro_cmd_usage("--trust: unauthenticated, new, known "
				      "or trusted; got \"%.40s\"",
		    cmd->opt.trust));
	if (cmd->argc == 0 && cmd->config.n_reports == 0)
		return (dro_cmd_usage("ingest: give a PATH, or configure "
				      "`reports:`"));
	if (cmd->argc > 1 && names_stdin(cmd))
		return (dro_cmd_usage("ingest: - is standard input, which "
				      "stands alone; for a file of that name "
				      "say ./-"));
	dro_buf_init(&t.text, TEXT_MAX);
	t.refused = json_array();
	t.warnings = json_array();
	if (t.refused == NULL || t.warnings == NULL)
		code = dro_err_nomem(&err);
	else
		code = run(cmd, &t, trust, &err);
	dro_readers_end(&t.readers);
	json_decref(t.refused);
	json_decref(t.warnings);
	dro_buf_finish(&t.text);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	return (t.unserved ? DRO_EXIT_PARTIAL : DRO_EXIT_OK);
}
