#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/domain.h"
#include "cmd.h"
#include "originals.h"
#include "reports.h"

struct listing {
	struct dro_cmd *cmd;
	json_t *reports; /* with --json, else NULL */
	struct dro_table *table;
	size_t n, counted;
	int64_t messages, pass;
};

static json_t *
disposition(const struct dro_report *r)
{
	return (json_pack("{s:I, s:I, s:I, s:I, s:I}", "none",
	    (json_int_t)r->disposition[DRO_DISP_NONE], "quarantine",
	    (json_int_t)r->disposition[DRO_DISP_QUARANTINE], "reject",
	    (json_int_t)r->disposition[DRO_DISP_REJECT], "pass",
	    (json_int_t)r->disposition[DRO_DISP_PASS], "other",
	    (json_int_t)r->disposition[DRO_DISP_OTHER]));
}

static json_t *
warnings(const struct dro_report *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list != NULL && i < r->n_warnings; i++)
		(void)json_array_append_new(
		    list, dro_json_text(r->warnings[i]));
	return (list);
}

static json_t *
text_or_null(const char *s)
{
	return (s != NULL ? dro_json_text(s) : json_null());
}

/* By which its octets are found: rollout db original. */
static json_t *
original(const struct dro_report *r)
{
	char name[DRO_ORIGINAL_NAME_LEN];

	return (r->has_original
		? json_string(dro_original_name(r->original, name))
		: json_null());
}

static enum dro_code
add_json(struct listing *l, const struct dro_report *r, struct dro_err *err)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:I, s:I, s:s, s:s, s:b, s:b, "
			      "s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
			      "s:o, s:s, s:o, s:o, s:o, s:o}",
	    "org", dro_json_text(r->org), "report_id",
	    dro_json_text(r->report_id), "domain", dro_json_text(r->domain),
	    "begin", (json_int_t)r->begin, "end", (json_int_t)r->end,
	    "generation", dro_generation_name(r->generation), "trust",
	    dro_trust_name(r->trust), "counts", (int)r->counts, "shadow",
	    (int)r->shadow, "rows", (json_int_t)r->rows, "messages",
	    (json_int_t)r->messages, "dmarc_pass", (json_int_t)r->dmarc_pass,
	    "dkim_aligned", (json_int_t)r->dkim_aligned, "spf_aligned",
	    (json_int_t)r->spf_aligned, "unknown", (json_int_t)r->unknown,
	    "disposition", disposition(r), "source_path",
	    dro_json_text(r->source_path), "warnings", warnings(r), "reporter",
	    dro_json_text(r->reporter), "auth", dro_auth_name(r->auth),
	    "signer", text_or_null(r->signer), "selector",
	    text_or_null(r->selector), "auth_note", text_or_null(r->auth_note),
	    "original", original(r));

	if (json_array_append_new(l->reports, o) != 0)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

/* Why a report is in no gate, or its warnings, in one cell. */
static void
remark(const struct dro_report *r, struct dro_buf *out)
{
	size_t i;

	if (!r->counts)
		dro_buf_adds(out, "does not count");
	else if (r->shadow)
		dro_buf_adds(out, "below the listed domain");
	else if (r->trust < DRO_TRUST_KNOWN)
		dro_buf_adds(out,
		    r->auth == DRO_AUTH_INVALID ||
			    r->auth == DRO_AUTH_UNVERIFIABLE
			? dro_auth_name(r->auth)
			: dro_trust_name(r->trust));
	for (i = 0; i < r->n_warnings; i++) {
		if (out->len > 0)
			dro_buf_adds(out, i == 0 ? ": " : ", ");
		dro_buf_adds(out, r->warnings[i]);
	}
}

/* Warning codes are short and few; this is room for all of them. */
#define REMARK_MAX 2048

static enum dro_code
add_row(struct listing *l, const struct dro_report *r, struct dro_err *err)
{
	char begin[DRO_DATE_LEN], end[DRO_DATE_LEN];
	char messages[24], pass[24];
	struct dro_buf why;
	enum dro_code code;

	dro_buf_init(&why, REMARK_MAX);
	remark(r, &why);
	if ((code = dro_buf_check(&why, "remark", err)) == DRO_OK) {
		(void)snprintf(
		    messages, sizeof(messages), "%lld", (long long)r->messages);
		(void)snprintf(
		    pass, sizeof(pass), "%lld", (long long)r->dmarc_pass);
		dro_table_row(l->table, r->domain,
		    dro_date_format(r->begin, begin),
		    dro_date_format(r->end, end), r->org, messages, pass,
		    why.len > 0 ? why.ptr : "");
	}
	dro_buf_finish(&why);
	return (code);
}

static enum dro_code
add(void *arg, const struct dro_report *r, struct dro_err *err)
{
	struct listing *l = arg;
	const struct dro_domain *owner =
	    dro_config_owner(&l->cmd->config, r->domain);

	/* A domain may have left the configuration since. */
	if (l->cmd->opt.client != NULL &&
	    (owner == NULL || !dro_cmd_selected(l->cmd, owner)))
		return (DRO_OK);
	l->n++;
	l->messages += r->messages;
	l->pass += r->dmarc_pass;
	if (r->counts && !r->shadow && r->trust >= DRO_TRUST_KNOWN)
		l->counted++;
	return (l->reports != NULL ? add_json(l, r, err) : add_row(l, r, err));
}

static enum dro_code
print(struct listing *l, struct dro_err *err)
{
	const struct dro_out *out = &l->cmd->out;
	enum dro_code code;

	if (l->reports != NULL)
		return (dro_json_print(out,
		    json_pack("{s:s, s:O}", "schema", "rollout.reports/1",
			"reports", l->reports),
		    err));
	if (l->n > 0 && (code = dro_table_print(l->table, out, err)) != DRO_OK)
		return (code);
	fprintf(out->fp,
	    "%s%zu reports, %zu of them count: %lld messages, %lld pass "
	    "DMARC.\n",
	    l->n > 0 ? "\n" : "", l->n, l->counted, (long long)l->messages,
	    (long long)l->pass);
	return (DRO_OK);
}

int
dro_cmd_reports(struct dro_cmd *cmd)
{
	struct listing l = {.cmd = cmd};
	char domain[DRO_DOMAIN_LEN];
	struct dro_err err;
	enum dro_code code = DRO_OK;
	int exit_code;

	if (cmd->argc > 0 &&
	    (exit_code = dro_cmd_below(cmd, cmd->argv[0], domain)) !=
		DRO_EXIT_OK)
		return (exit_code);
	if (cmd->opt.json)
		l.reports = json_array();
	l.table = dro_table_create(7);
	if (l.table == NULL || (cmd->opt.json && l.reports == NULL)) {
		code = dro_err_nomem(&err);
		goto out;
	}
	dro_table_right(l.table, 4);
	dro_table_right(l.table, 5);
	dro_table_row(l.table, "DOMAIN", "BEGIN", "END", "REPORTER", "MESSAGES",
	    "PASS", "REMARK");
	if (cmd->store != NULL)
		code = dro_reports_each(
		    cmd->store, cmd->argc > 0 ? domain : NULL, add, &l, &err);
	if (code == DRO_OK)
		code = print(&l, &err);
out:
	json_decref(l.reports);
	dro_table_destroy(l.table);
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}
