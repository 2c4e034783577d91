#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "host/host.h"

#include "manual.h"
#include "ticket.h"

/* Without `remind` and `expire`. */
#define REMIND_S (3 * DRO_DAY_S)
#define EXPIRE_S (14 * DRO_DAY_S)

struct account {
	struct dro_host *host;
	const struct dro_conf *conf;
	const char *tickets; /* folder */
};

static const struct dro_opt options[] = {
    {"tickets", DRO_OPT_PATH, true, "folder that change tickets go to"},
    {"remind", DRO_OPT_DURATION, false,
	"remind of a ticket so long after it was written, and again; "
	"default 3d"},
    {"expire", DRO_OPT_DURATION, false,
	"withdraw a ticket that nobody carried out in so long; default 14d"},
    {NULL, DRO_OPT_STRING, false, NULL}};

static enum dro_code
manual_open(struct dro_host *host, const struct dro_conf *conf, void **ctx,
    struct dro_err *err)
{
	const char *tickets = dro_conf_get(conf, "tickets");
	struct account *account;

	*ctx = NULL;
	if (tickets == NULL)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: tickets: missing; name the folder for change tickets",
		    conf->account));
	if ((account = calloc(1, sizeof(*account))) == NULL)
		return (dro_err_nomem(err));
	account->host = host;
	account->conf = conf;
	account->tickets = tickets;
	*ctx = account;
	return (DRO_OK);
}

static void
manual_close(void *ctx)
{
	free(ctx);
}

static enum dro_code
manual_check(void *ctx, struct dro_err *err)
{
	const struct account *account = ctx;
	struct stat st;
	int mode = X_OK;
	enum dro_code rc = DRO_OK;

	if (!dro_host_read_only(account->host))
		mode |= W_OK;
	if (stat(account->tickets, &st) != 0 ||
	    access(account->tickets, mode) != 0)
		rc = dro_err_set(err, errno == EACCES ? DRO_EAUTH : DRO_EIO,
		    "%s: %s", account->tickets, strerrordesc_np(errno));
	else if (!S_ISDIR(st.st_mode))
		rc = dro_err_set(err, DRO_EIO, "%s: tickets must be a folder",
		    account->tickets);
	if (rc != DRO_OK && err != NULL)
		err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}

/* A person knows which zone it is; each name stands for itself. */
static enum dro_code
manual_zone(
    void *ctx, const char *name, struct dro_zone *out, struct dro_err *err)
{
	(void)ctx;
	(void)err;
	memset(out, 0, sizeof(*out));
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	return (DRO_OK);
}

/* A person can store whatever DNS can. */
static enum dro_code
manual_explain(void *ctx, const struct dro_rrset *wanted, struct dro_err *err)
{
	(void)ctx;
	if (wanted->type == DRO_RR_TXT || wanted->type == DRO_RR_MX)
		return (DRO_OK);
	return (
	    dro_err_set(err, DRO_EINVAL, "%s %s: only TXT and MX are asked for",
		wanted->name, dro_rrtype_name(wanted->type)));
}

/* Config made it seconds in decimal. */
static int64_t
seconds(const struct dro_conf *conf, const char *option, int64_t otherwise)
{
	const char *text = dro_conf_get(conf, option);

	return (text != NULL ? strtoll(text, NULL, 10) : otherwise);
}

static void
manual_terms(const struct dro_conf *conf, const char *domain, int64_t op,
    struct dro_ticket_terms *out)
{
	const char *tickets = dro_conf_get(conf, "tickets");

	out->remind_s = seconds(conf, "remind", REMIND_S);
	out->expire_s = seconds(conf, "expire", EXPIRE_S);
	(void)snprintf(out->path, sizeof(out->path), "%s/%s-%lld.txt",
	    tickets != NULL ? tickets : ".", domain, (long long)op);
}

/* Write one of the two files. */
static enum dro_code
write_as(struct account *account, const struct dro_ticket *ticket,
    const char *suffix, const struct dro_buf *text, struct dro_err *err)
{
	enum dro_code rc;
	char *path;

	if (asprintf(&path, "%s/%s-%lld.%s", account->tickets, ticket->domain,
		(long long)ticket->op, suffix) < 0)
		return (dro_err_nomem(err));
	rc =
	    dro_host_file_write(account->host, path, text->ptr, text->len, err);
	free(path);
	return (rc);
}

static enum dro_code
manual_ticket(void *ctx, const struct dro_ticket *ticket, struct dro_err *err)
{
	struct dro_buf text, json;
	enum dro_code rc;

	dro_buf_init(&text, DRO_TICKET_MAX);
	dro_buf_init(&json, DRO_TICKET_MAX);
	dro_ticket_text(ticket, &text);
	rc = dro_buf_check(&text, "ticket", err);
	if (rc == DRO_OK)
		rc = dro_ticket_json(ticket, &json, err);
	if (rc == DRO_OK)
		rc = write_as(ctx, ticket, "txt", &text, err);
	if (rc == DRO_OK &&
	    write_as(ctx, ticket, "json", &json, err) != DRO_OK) {
		/* One of the two is out: it must be looked at again. */
		if (err != NULL)
			err->code = DRO_ETIMEOUT;
		rc = DRO_ETIMEOUT;
	}
	dro_buf_finish(&text);
	dro_buf_finish(&json);
	return (rc);
}

const struct dro_provider dro_provider_manual = {
    .name = "manual",
    .caps = DRO_CAP_BY_HAND | DRO_CAP_NULL_MX,
    .calls = 1,
    .opts = options,
    .open = manual_open,
    .check = manual_check,
    .zone = manual_zone,
    .ticket = manual_ticket,
    .terms = manual_terms,
    .explain = manual_explain,
    .close = manual_close,
};
