#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/session.h"
#include "dns/resolve.h"
#include "doctor.h"
#include "ingest/imap.h"

/* Of one kind of trouble this many are named, the rest is counted. */
#define NAMED_MAX 10
#define RR_NS 2

/* ---- resolvers */

/* What one resolver had to say. */
struct heard {
	bool replied;
	char silence[128];
};

static void
told(struct dro_question *question, const unsigned char *wire DRO_UNUSED,
    size_t len, const char *silence)
{
	struct heard *heard = question->arg;

	heard->replied = silence == NULL && len > 0;
	if (silence != NULL)
		(void)snprintf(
		    heard->silence, sizeof(heard->silence), "%s", silence);
}

/* Each is asked alone: one that is silent slows every run down. */
void
dro_doctor_resolvers(struct dro_doctor *d)
{
	const struct dro_config *config = &d->cmd->config;
	struct dro_question questions[DRO_RESOLVERS_MAX];
	struct heard heard[DRO_RESOLVERS_MAX];
	struct dro_resolvers resolvers;
	struct dro_err err;
	enum dro_code code;
	size_t i;

	code = dro_resolvers_init(&resolvers, &config->dns, &err);
	memset(heard, 0, sizeof(heard));
	for (i = 0; code == DRO_OK && i < resolvers.n; i++)
		questions[i] = (struct dro_question){
		    .name = config->n_domains > 0 ? config->domains[0].domain
						  : "example",
		    .type = RR_NS,
		    .server = &resolvers.addresses[i],
		    .recurse = true,
		    .told = told,
		    .arg = &heard[i]};
	if (code == DRO_OK)
		code = dro_ask(&resolvers.ask, questions, resolvers.n, &err);
	if (code != DRO_OK || resolvers.n == 0) {
		dro_doctor_say(d, "resolvers", DRO_HEALTH_FAIL,
		    "name some under dns.resolvers", "%s",
		    code != DRO_OK ? err.msg : "the system names none");
		return;
	}
	for (i = 0; i < resolvers.n; i++)
		dro_doctor_say(d, "resolvers",
		    heard[i].replied ? DRO_HEALTH_OK : DRO_HEALTH_FAIL,
		    heard[i].replied ? NULL
				     : "start it, or name another under "
				       "dns.resolvers",
		    "%s: %s", resolvers.addresses[i].text,
		    heard[i].replied ? "answers" : heard[i].silence);
}

/* ---- name servers */

struct servers {
	size_t asked, answering, unrouted, silent, unknown;
};

/* One address of one server; trouble is named up to a point. */
static void
take_answer(struct dro_doctor *d, const char *name, const struct dro_answer *a,
    struct servers *s)
{
	s->asked++;
	if (a->status == DRO_ANSWER_NO_ROUTE) {
		s->unrouted++;
		return;
	}
	if (a->status == DRO_ANSWER_OK || a->status == DRO_ANSWER_CNAME) {
		s->answering++;
		return;
	}
	if (s->silent++ < NAMED_MAX)
		dro_doctor_say(d, "servers", DRO_HEALTH_WARN,
		    "ask who runs it; a change is verified at every server",
		    "%s: %s (%s): %s", name, a->server, a->address,
		    a->detail != NULL ? a->detail : "no answer");
}

static void
take_look(struct dro_doctor *d, const struct dro_look *look, struct servers *s)
{
	size_t i;

	if (look->code == DRO_OK) {
		for (i = 0; i < look->sight.n; i++)
			take_answer(d, look->name, &look->sight.answers[i], s);
		return;
	}
	if (s->unknown++ < NAMED_MAX)
		dro_doctor_say(d, "servers", DRO_HEALTH_FAIL,
		    "check the delegation, or name them under dns.servers",
		    "%s", look->err.msg);
}

static void
sum_up(struct dro_doctor *d, const struct servers *s)
{
	if (s->silent > NAMED_MAX)
		dro_doctor_say(d, "servers", DRO_HEALTH_WARN, NULL,
		    "and %zu more that do not answer", s->silent - NAMED_MAX);
	if (s->unknown > NAMED_MAX)
		dro_doctor_say(d, "servers", DRO_HEALTH_FAIL, NULL,
		    "and %zu more domains without servers",
		    s->unknown - NAMED_MAX);
	if (s->unrouted > 0)
		dro_doctor_say(d, "servers", DRO_HEALTH_WARN,
		    "nothing, if this machine is meant to have one address "
		    "family only",
		    "%zu of %zu addresses cannot be reached from here (no "
		    "route) and are passed over",
		    s->unrouted, s->asked);
	if (s->answering > 0)
		dro_doctor_say(d, "servers", DRO_HEALTH_OK, NULL,
		    "%zu of %zu addresses of name servers answer", s->answering,
		    s->asked);
}

void
dro_doctor_servers(struct dro_doctor *d)
{
	const struct dro_config *config = &d->cmd->config;
	struct dro_arena *arena = d->cmd->arena;
	struct servers s = {0};
	struct dro_look *looks;
	struct dro_dns *dns;
	struct dro_err err;
	enum dro_code code;
	size_t i;

	if (config->n_domains == 0)
		return;
	looks = dro_arena_alloc(arena, config->n_domains, sizeof(*looks));
	if (looks == NULL) {
		d->nomem = true;
		return;
	}
	for (i = 0; i < config->n_domains; i++) {
		looks[i].name = dro_arena_printf(
		    arena, "_dmarc.%s", config->domains[i].domain);
		looks[i].type = DRO_RR_TXT;
		looks[i].arena = arena;
		d->nomem |= looks[i].name == NULL;
	}
	if (d->nomem)
		return;
	if ((code = dro_dns_create(&config->dns, &dns, &err)) == DRO_OK) {
		code = dro_dns_look_many(dns, looks, config->n_domains, &err);
		dro_dns_destroy(dns);
	}
	if (code != DRO_OK) {
		dro_doctor_say(d, "servers", DRO_HEALTH_FAIL,
		    "see resolvers above", "%s", err.msg);
		return;
	}
	for (i = 0; i < config->n_domains; i++)
		take_look(d, &looks[i], &s);
	sum_up(d, &s);
}

/* ---- accounts */

/* Secrets are read as advance reads them, and their files judged. */
void
dro_doctor_accounts(struct dro_doctor *d)
{
	const struct dro_config *config = &d->cmd->config;
	struct dro_session session;
	struct dro_opened *opened;
	struct dro_err err;
	enum dro_code code;
	size_t i;

	if (dro_session_open(config, NULL, true, d->cmd->now, d->cmd->arena,
		&session, &err) != DRO_OK) {
		dro_doctor_say(
		    d, "accounts", DRO_HEALTH_FAIL, NULL, "%s", err.msg);
		return;
	}
	for (i = 0; i < config->n_accounts && dro_interrupted() == 0; i++) {
		const struct dro_account *a = &config->accounts[i];

		code = dro_session_account(&session, a, &opened, &err);
		if (code == DRO_OK &&
		    (code = a->provider->check(opened->ctx, &err)) != DRO_OK)
			dro_err_context(&err, "account %s", a->name);
		if (code == DRO_OK)
			dro_doctor_say(d, "accounts", DRO_HEALTH_OK, NULL,
			    "%s (%s): can be used", a->name, a->provider->name);
		else
			dro_doctor_say(d, "accounts", DRO_HEALTH_FAIL,
			    code == DRO_EAUTH ? "renew or widen the credential"
					      : "see what it says",
			    "%s", err.msg);
	}
	dro_session_close(&session);
}

/* ---- sources of reports */

static enum dro_code
reach_path(const struct dro_report_source *source, struct dro_err *err)
{
	struct stat sb;
	int mode = R_OK;

	if (stat(source->path, &sb) == 0 && S_ISDIR(sb.st_mode))
		mode |= X_OK;
	if (access(source->path, mode) == 0)
		return (DRO_OK);
	return (dro_err_set(err, errno == ENOENT ? DRO_ENOTFOUND : DRO_EAUTH,
	    "%s: %s", source->path, strerror(errno)));
}

/* Log in, and out again. */
static enum dro_code
reach_mailbox(const struct dro_report_source *source, struct dro_err *err)
{
	struct dro_imap *imap;
	enum dro_code code;

	if ((code = dro_imap_create(&source->imap, &imap, err)) != DRO_OK)
		return (code);
	code = dro_imap_do(
	    imap, (struct dro_imap_how){.uidvalidity = 0}, NULL, err, "NOOP");
	dro_imap_destroy(imap);
	return (code);
}

void
dro_doctor_sources(struct dro_doctor *d)
{
	const struct dro_config *config = &d->cmd->config;
	struct dro_err err;
	enum dro_code code;
	size_t i;

	for (i = 0; i < config->n_reports && dro_interrupted() == 0; i++) {
		const struct dro_report_source *s = &config->reports[i];

		code = s->kind == DRO_SOURCE_IMAP ? reach_mailbox(s, &err)
						  : reach_path(s, &err);
		if (code == DRO_OK)
			dro_doctor_say(d, "sources", DRO_HEALTH_OK, NULL,
			    "%s: can be read", s->name);
		else
			dro_doctor_say(d, "sources", DRO_HEALTH_FAIL,
			    code == DRO_ENOTFOUND
				? "make it, or correct reports"
				: "check who may read it, and what it says",
			    "%s: %s", s->name, err.msg);
	}
}
