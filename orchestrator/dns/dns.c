#include <stdlib.h>
#include <string.h>

#include <ares.h>

#include "base/domain.h"
#include "dns/answer.h"
#include "dns/ask.h"
#include "dns/dns.h"
#include "dns/servers.h"

struct dro_dns {
	struct dro_finder *finder;
};

enum dro_code
dro_dns_create(
    const struct dro_dns_conf *conf, struct dro_dns **out, struct dro_err *err)
{
	struct dro_dns *dns;
	enum dro_code code;

	*out = NULL;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    (dns = calloc(1, sizeof(*dns))) == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_finder_create(conf, &dns->finder, err)) != DRO_OK) {
		dro_dns_destroy(dns);
		return (code);
	}
	*out = dns;
	return (DRO_OK);
}

void
dro_dns_destroy(struct dro_dns *dns)
{
	if (dns == NULL)
		return;
	dro_finder_destroy(dns->finder);
	free(dns);
	ares_library_cleanup();
}

struct dro_finder *
dro_dns_finder(struct dro_dns *dns)
{
	return (dns->finder);
}

/* A look, its normal name and the servers found for it. */
struct task {
	struct dro_look *look;
	struct dro_asked asked;
	char name[DRO_DOMAIN_LEN];
};

/* The reply of the server behind answer ${which} of the sight. */
static void
told(struct dro_question *question, const unsigned char *wire, size_t len,
    const char *silence)
{
	struct task *task = question->arg;
	struct dro_answer *answer = &task->look->sight.answers[question->which];

	if (wire == NULL)
		dro_answer_not(answer, &task->asked, DRO_ANSWER_NONE, silence);
	else
		dro_answer_read(
		    wire, len, &task->asked, task->look->arena, answer);
}

/* Answers that ${host} takes up: its addresses, and families without. */
static size_t
count_answers(const struct dro_host *host)
{
	size_t n = host->n;

	n += !host->family[0].known;
	n += !host->family[1].known;
	return (n > 0 ? n : 1);
}

/* Add what needs no question: a server, or a family of it, not to be found. */
static bool
add_missing(struct task *task, const struct dro_host *host,
    enum dro_answer_status status, const char *why)
{
	struct dro_sight *sight = &task->look->sight;
	struct dro_answer *answer = &sight->answers[sight->n++];

	answer->server = dro_arena_strdup(task->look->arena, host->name);
	answer->address = "";
	if (why != NULL && answer->server != NULL)
		why = dro_arena_strdup(task->look->arena, why);
	dro_answer_not(answer, &task->asked, status, why);
	return (answer->server != NULL);
}

/* An answer per address of ${host}; those to ask go to ${out}. */
static bool
add_host(struct task *task, const struct dro_host *host,
    struct dro_question *out, size_t *n)
{
	struct dro_sight *sight = &task->look->sight;
	struct dro_arena *arena = task->look->arena;
	struct dro_answer *answer;
	size_t i;

	for (i = 0; i < host->n; i++) {
		answer = &sight->answers[sight->n];
		answer->server = dro_arena_strdup(arena, host->name);
		answer->address =
		    dro_arena_strdup(arena, host->addresses[i].text);
		if (answer->server == NULL || answer->address == NULL)
			return (false);
		if (host->addresses[i].routed)
			out[(*n)++] = (struct dro_question){
			    .name = task->name,
			    .type = (int)task->asked.type,
			    .server = &host->addresses[i],
			    .told = told,
			    .arg = task,
			    .which = sight->n,
			};
		else
			dro_answer_not(answer, &task->asked,
			    DRO_ANSWER_NO_ROUTE,
			    "cannot be reached from this machine");
		sight->n++;
	}
	for (i = 0; i < 2; i++)
		if (!host->family[i].known &&
		    !add_missing(
			task, host, DRO_ANSWER_NONE, host->family[i].why))
			return (false);
	if (host->n > 0 || !host->family[0].known || !host->family[1].known)
		return (true);
	return (add_missing(task, host, DRO_ANSWER_BAD,
	    host->family[0].why != NULL ? host->family[0].why
					: "has no address"));
}

/* Room for the answers of a look whose servers are found. */
static bool
begin_sight(struct task *task, const struct dro_hosts *hosts, size_t *n)
{
	struct dro_sight *sight = &task->look->sight;
	size_t i, count = 0;

	for (i = 0; i < hosts->n; i++)
		count += count_answers(hosts->hosts[i]);
	*n += count;
	sight->answers =
	    dro_arena_alloc(task->look->arena, count, sizeof(*sight->answers));
	return (sight->answers != NULL);
}

/* Ask all servers of all tasks whose servers were found. */
static enum dro_code
ask_servers(struct dro_dns *dns, struct task *tasks,
    const struct dro_find *finds, size_t n, struct dro_err *err)
{
	struct dro_question *questions;
	const struct dro_hosts *hosts;
	size_t i, k, room = 0, m = 0;
	enum dro_code code;
	bool ok = true;

	for (i = 0; ok && i < n; i++)
		if (finds[i].code == DRO_OK)
			ok = begin_sight(&tasks[i], finds[i].hosts, &room);
	if (!ok || (questions = calloc(room + 1, sizeof(*questions))) == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++) {
		hosts = finds[i].code == DRO_OK ? finds[i].hosts : NULL;
		for (k = 0; ok && hosts != NULL && k < hosts->n; k++)
			ok =
			    add_host(&tasks[i], hosts->hosts[k], questions, &m);
	}
	code = ok ? dro_ask(dro_finder_ask_conf(dns->finder), questions, m, err)
		  : dro_err_nomem(err);
	free(questions);
	return (code);
}

/* Tasks and finds for those ${looks} whose name is one; returns how many. */
static size_t
prepare(struct dro_look *looks, size_t n, struct task *tasks,
    struct dro_find *finds)
{
	struct dro_look *look;
	size_t m = 0;

	for (look = looks; look < looks + n; look++) {
		memset(&look->sight, 0, sizeof(look->sight));
		look->code =
		    dro_domain_normalise(look->name, tasks[m].name, &look->err);
		if (look->code != DRO_OK)
			continue;
		tasks[m].look = look;
		tasks[m].asked =
		    (struct dro_asked){tasks[m].name, look->type, true};
		finds[m].name = tasks[m].name;
		m++;
	}
	return (m);
}

enum dro_code
dro_dns_look_many(
    struct dro_dns *dns, struct dro_look *looks, size_t n, struct dro_err *err)
{
	struct task *tasks = calloc(n + 1, sizeof(*tasks));
	struct dro_find *finds = calloc(n + 1, sizeof(*finds));
	enum dro_code code;
	size_t i, m;

	if (tasks == NULL || finds == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	m = prepare(looks, n, tasks, finds);
	if ((code = dro_finder_find(dns->finder, finds, m, err)) != DRO_OK ||
	    (code = ask_servers(dns, tasks, finds, m, err)) != DRO_OK)
		goto out;
	for (i = 0; i < m; i++) {
		tasks[i].look->code = finds[i].code;
		if (finds[i].code != DRO_OK)
			tasks[i].look->err = finds[i].err;
	}
out:
	free(tasks);
	free(finds);
	return (code);
}

enum dro_code
dro_dns_look(struct dro_dns *dns, const char *name, enum dro_rrtype type,
    struct dro_arena *arena, struct dro_sight *out, struct dro_err *err)
{
	struct dro_look look = {.name = name, .type = type, .arena = arena};
	enum dro_code code;

	if ((code = dro_dns_look_many(dns, &look, 1, err)) != DRO_OK)
		return (code);
	if (look.code != DRO_OK && err != NULL)
		*err = look.err;
	*out = look.sight;
	return (look.code);
}
