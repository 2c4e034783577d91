#include <string.h>

#include "apply/session.h"

enum dro_code
dro_session_open(const struct dro_config *config, struct dro_store *store,
    bool read_only, int64_t now, struct dro_arena *arena,
    struct dro_session *out, struct dro_err *err)
{
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	out->config = config;
	out->store = store;
	out->now = now;
	out->arena = arena;
	if ((code = dro_host_create(read_only, &out->host, err)) != DRO_OK ||
	    (code = dro_host_set_directory(
		 out->host, config->directory, err)) != DRO_OK)
		return (code);
	return (dro_dns_create(&config->dns, &out->dns, err));
}

void
dro_session_close(struct dro_session *session)
{
	struct dro_opened *o;

	for (o = session->opened; o != NULL; o = o->next)
		if (o->ctx != NULL)
			o->account->provider->close(o->ctx);
	dro_dns_destroy(session->dns);
	dro_host_destroy(session->host);
	memset(session, 0, sizeof(*session));
}

/* Tell the host every secret before anything could print it. */
static enum dro_code
register_secrets(struct dro_session *session, const struct dro_account *account,
    const struct dro_conf *conf, struct dro_err *err)
{
	const struct dro_opt *opt;
	const char *value;
	enum dro_code code = DRO_OK;

	for (opt = account->provider->opts; opt->name != NULL && code == DRO_OK;
	     opt++)
		if (opt->type == DRO_OPT_SECRET &&
		    (value = dro_conf_get(conf, opt->name)) != NULL)
			code = dro_host_secret(session->host, value, err);
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
	if (code == DRO_OK)
		code = register_secrets(session, o->account, conf, &o->err);
	if (code == DRO_OK)
		code = o->account->provider->open(
		    session->host, conf, &o->ctx, &o->err);
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
	}
	if (o->failed) {
		*err = o->err;
		dro_err_context(err, "account %s", account->name);
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
