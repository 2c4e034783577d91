#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "inputs.h"

/* What is done before a signal is looked at: well below a second. */
#define STRIDE 1024

static bool
is_done(const struct dro_pruned *p)
{
	return (p->addresses < STRIDE && p->originals < STRIDE &&
	    p->reports < STRIDE && p->inputs < STRIDE);
}

/* Until nothing is due any more, or somebody wants to stop. */
static enum dro_code
prune(struct dro_cmd *cmd, struct dro_pruned *sum, bool *complete,
    struct dro_err *err)
{
	struct dro_pruned some;
	enum dro_code code;

	memset(sum, 0, sizeof(*sum));
	*complete = false;
	while (!*complete && dro_interrupted() == 0) {
		code = dro_db_prune(cmd->store, &cmd->config.retention,
		    cmd->now, STRIDE, &some, err);
		if (code != DRO_OK)
			return (code);
		sum->addresses += some.addresses;
		sum->originals += some.originals;
		sum->reports += some.reports;
		*complete = is_done(&some);
	}
	return (DRO_OK);
}

/* Give back what is free now. */
static enum dro_code
shrink(struct dro_cmd *cmd, struct dro_shrunk *sum, bool *complete,
    struct dro_err *err)
{
	struct dro_shrunk some;
	enum dro_code code;

	memset(sum, 0, sizeof(*sum));
	do {
		if (dro_interrupted() != 0) {
			*complete = false;
			return (DRO_OK);
		}
		if ((code = dro_db_shrink(cmd->store, &some, err)) != DRO_OK)
			return (code);
		sum->database += some.database;
		sum->archive += some.archive;
	} while (some.database + some.archive > 0);
	return (DRO_OK);
}

static enum dro_code
print_pruned(struct dro_cmd *cmd, const struct dro_pruned *p,
    const struct dro_shrunk *s, bool complete, struct dro_err *err)
{
	if (cmd->opt.json)
		return (dro_json_print(&cmd->out,
		    json_pack("{s:s, s:I, s:I, s:I, s:{s:I, s:I}, s:b}",
			"schema", "rollout.db-prune/1", "addresses",
			(json_int_t)p->addresses, "originals",
			(json_int_t)p->originals, "reports",
			(json_int_t)p->reports, "freed", "database",
			(json_int_t)s->database, "archive",
			(json_int_t)s->archive, "complete", (int)complete),
		    err));
	fprintf(cmd->out.fp,
	    "%lld reports and %lld originals removed; the addresses of %lld "
	    "reports cut to networks.\n",
	    (long long)p->reports, (long long)p->originals,
	    (long long)p->addresses);
	if (s->database + s->archive > 0)
		fprintf(cmd->out.fp,
		    "%lld octets of the database and %lld of the archive given "
		    "back.\n",
		    (long long)s->database, (long long)s->archive);
	if (!complete)
		fputs("Interrupted; the rest is left for the next time.\n",
		    cmd->out.fp);
	return (DRO_OK);
}

int
dro_cmd_db_prune(struct dro_cmd *cmd)
{
	struct dro_pruned sum;
	struct dro_shrunk freed;
	struct dro_err err;
	enum dro_code code;
	bool complete;

	if ((code = prune(cmd, &sum, &complete, &err)) == DRO_OK &&
	    (code = shrink(cmd, &freed, &complete, &err)) == DRO_OK) {
		cmd->changes = sum.addresses + sum.originals + sum.reports;
		code = print_pruned(cmd, &sum, &freed, complete, &err);
	}
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}

static json_t *
archive_json(const char *path, int64_t octets)
{
	if (octets == 0)
		return (json_null());
	return (json_pack("{s:o, s:I}", "path", dro_json_text(path), "octets",
	    (json_int_t)octets));
}

static void
print_file(struct dro_cmd *cmd, const char *path, int64_t octets)
{
	struct dro_buf safe;

	dro_buf_init(&safe, (size_t)4 * PATH_MAX);
	dro_out_text(&safe, path, strlen(path));
	fprintf(cmd->out.fp, "%s: %lld octets, checked.\n",
	    safe.ptr != NULL ? safe.ptr : "?", (long long)octets);
	dro_buf_finish(&safe);
}

static enum dro_code
print_backup(
    struct dro_cmd *cmd, const struct dro_backup *b, struct dro_err *err)
{
	const char *path = cmd->argv[0];
	const char *archive =
	    dro_arena_printf(cmd->arena, "%s" DRO_ARCHIVE, path);

	if (archive == NULL)
		return (dro_err_nomem(err));
	if (cmd->opt.json)
		return (dro_json_print(&cmd->out,
		    json_pack("{s:s, s:o, s:I, s:o}", "schema",
			"rollout.db-backup/1", "path", dro_json_text(path),
			"octets", (json_int_t)b->database, "archive",
			archive_json(archive, b->archive)),
		    err));
	print_file(cmd, path, b->database);
	if (b->archive > 0)
		print_file(cmd, archive, b->archive);
	return (DRO_OK);
}

int
dro_cmd_db_backup(struct dro_cmd *cmd)
{
	struct dro_backup backup;
	struct dro_err err;
	enum dro_code code;

	if (cmd->store == NULL) {
		(void)dro_err_set(&err, DRO_ENOTFOUND,
		    "%s: no database yet, so there is nothing to copy",
		    cmd->config.database);
		return (dro_cmd_fail(&err));
	}
	code = dro_db_backup(cmd->store, cmd->argv[0], &backup, &err);
	if (code == DRO_OK)
		code = print_backup(cmd, &backup, &err);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
