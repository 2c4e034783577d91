#include <string.h>

#include "apply/session.h"

enum dro_code
dro_session_open(const struct dro_config *config, struct dro_store *store,
    bool read_only, int64_t now, struct dro_arena *arena,
    struct dro_session *out, struct dro_err *err)
{
	memset(out, 0, sizeof(*out));
	out->config = config;
	out->store = store;
	out->read_only = read_only;
	out->now = now;
	out->arena = arena;
	return (dro_dns_create(&config->dns, &out->dns, err));
}

/* The secret ${opt} of an account that is open, or NULL. */
static const char *
secret_of(const struct dro_opened *o, const struct dro_opt *opt)
{
	return (opt->type == DRO_OPT_SECRET ? dro_conf_get(o->conf, opt->name)
					    : NULL);
}

static void
close_account(struct dro_opened *o)
{
	const struct dro_opt *opt;
	const char *value;

	if (o->ctx != NULL)
		o->account->provider->close(o->ctx);
	dro_host_destroy(o->host);
	for (opt = o->account->provider->opts;
	     opt->name != NULL && o->conf != NULL; opt++)
		if ((value = secret_of(o, opt)) != NULL)
			explicit_bzero((char *)value, strlen(value));
}

void
dro_session_close(struct dro_session *session)
{
	struct dro_opened *o;

	for (o = session->opened; o != NULL; o = o->next)
		close_account(o);
	dro_dns_destroy(session->dns);
	memset(session, 0, sizeof(*session));
}

/* Tell the host every secret before anything could print it. */
static enum dro_code
register_secrets(struct dro_opened *o)
{
	const struct dro_opt *opt;
	enum dro_code code = DRO_OK;
	const char *value;

	for (opt = o->account->provider->opts;
	     opt->name != NULL && code == DRO_OK; opt++)
		if ((value = secret_of(o, opt)) != NULL)
			code = dro_host_secret(o->host, value, &o->err);
	return (code);
}

static enum dro_code
open_account(struct dro_session *session, struct dro_opened *o)
{
	/* Borrowed by the plugin for as long as the session lives. */
	struct dro_conf *conf =
	    dro_arena_alloc(session->arena, 1, sizeof(*conf));
	enum dro_code code;

	if (conf == NULL)
		return (dro_err_nomem(&o->err));
	code = dro_config_secrets(o->account, session->arena, conf, &o->err);
	if (code != DRO_OK)
		return (code);
	o->conf = conf;
	code = dro_host_create(session->read_only, &o->host, &o->err);
	if (code == DRO_OK)
		code = dro_host_set_directory(
		    o->host, session->config->directory, &o->err);
	if (code == DRO_OK)
		code = register_secrets(o);
	if (code == DRO_OK)
		code = o->account->provider->open(
		    o->host, o->conf, &o->ctx, &o->err);
	return (code);
}

enum dro_code
dro_session_account(struct dro_session *session,
    const struct dro_account *account, struct dro_opened **out,
    struct dro_err *err)
{
	struct dro_opened *o;

	for (o = session->opened; o != NULL; o = o->next)
		if (o->account == account)
			break;
	if (o == NULL) {
		o = dro_arena_alloc(session->arena, 1, sizeof(*o));
		if (o == NULL)
			return (dro_err_nomem(err));
		o->account = account;
		o->next = session->opened;
		session->opened = o;
		o->failed = open_account(session, o) != DRO_OK;
		if (o->failed)
			dro_err_context(&o->err, "account %s", account->name);
	}
	if (o->failed) {
		*err = o->err;
		return (err->code);
	}
	*out = o;
	return (DRO_OK);
}

bool
dro_session_stopped(const struct dro_session *session)
{
	return (session->stop != NULL && session->stop() != 0);
}

void
dro_session_tell(struct dro_session *session, const struct dro_happening *what)
{
	if (session->happen != NULL)
		session->happen(session->happen_arg, what);
}

void
dro_session_tell_op(struct dro_session *session, const char *event,
    const struct dro_op *op, const char *text)
{
	const struct dro_happening what = {.event = event,
	    .domain = op->domain,
	    .op = op->id,
	    .from = op->from,
	    .to = op->to,
	    .text = text};

	dro_session_tell(session, &what);
}
