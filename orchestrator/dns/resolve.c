#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <ares.h>

#include "dns/resolve.h"

#define TIMEOUT_MS 2000
#define TRIES 2

/* What resolv.conf names, as c-ares reads it. */
static enum dro_code
take_system(struct dro_resolvers *resolvers, struct dro_err *err)
{
	struct ares_addr_node *list = NULL, *node;
	char ip[INET6_ADDRSTRLEN];
	ares_channel channel;
	int status;

	if ((status = ares_init(&channel)) == ARES_SUCCESS) {
		status = ares_get_servers(channel, &list);
		ares_destroy(channel);
	}
	if (status != ARES_SUCCESS)
		return (dro_err_set(err, DRO_EIO,
		    "the system's DNS resolvers cannot be read: %s",
		    ares_strerror(status)));
	for (node = list; node != NULL; node = node->next)
		if (resolvers->n < DRO_RESOLVERS_MAX &&
		    inet_ntop(node->family, &node->addr, ip, sizeof(ip)) &&
		    dro_address_parse(ip, &resolvers->addresses[resolvers->n]))
			resolvers->n++;
	ares_free_data(list);
	return (DRO_OK);
}

enum dro_code
dro_resolvers_init(struct dro_resolvers *resolvers,
    const struct dro_dns_conf *conf, struct dro_err *err)
{
	size_t i;

	memset(resolvers, 0, sizeof(*resolvers));
	resolvers->ask.timeout_ms =
	    conf->timeout_ms > 0 ? conf->timeout_ms : TIMEOUT_MS;
	resolvers->ask.tries = conf->tries > 0 ? conf->tries : TRIES;
	if (conf->n_resolvers == 0)
		return (take_system(resolvers, err));
	if (conf->n_resolvers > DRO_RESOLVERS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "dns.resolvers: %zu given, at most %d are used",
		    conf->n_resolvers, DRO_RESOLVERS_MAX));
	for (i = 0; i < conf->n_resolvers; i++)
		if (!dro_address_parse(
			conf->resolvers[i], &resolvers->addresses[i]))
			return (dro_err_set(err, DRO_EINVAL,
			    "dns.resolvers: \"%.80s\": expected an address "
			    "like 192.0.2.1 or ::1@5300",
			    conf->resolvers[i]));
	resolvers->n = conf->n_resolvers;
	return (DRO_OK);
}

static bool
is_answered(const struct dro_query *query)
{
	return (query->answer.status == DRO_ANSWER_OK ||
	    query->answer.status == DRO_ANSWER_CNAME);
}

static void
told(struct dro_question *question, const unsigned char *wire, size_t len,
    const char *silence)
{
	struct dro_query *query = question->arg;

	if (wire == NULL) {
		dro_answer_not(
		    &query->answer, &query->asked, DRO_ANSWER_NONE, silence);
		return;
	}
	query->heard = true;
	dro_answer_read(wire, len, &query->asked, query->arena, &query->answer);
}

/* The queries that still need an answer, as questions to ${server}. */
static size_t
collect(struct dro_query *queries, size_t n, const struct dro_address *server,
    struct dro_question *out)
{
	size_t i, m = 0;

	for (i = 0; i < n; i++)
		if (!is_answered(&queries[i]))
			out[m++] = (struct dro_question){
			    .name = queries[i].asked.name,
			    .type = (int)queries[i].asked.type,
			    .server = server,
			    .recurse = true,
			    .told = told,
			    .arg = &queries[i],
			};
	return (m);
}

enum dro_code
dro_resolve(struct dro_resolvers *resolvers, struct dro_query *queries,
    size_t n, struct dro_arena *arena, struct dro_err *err)
{
	const size_t first = resolvers->first;
	enum dro_code code = DRO_OK;
	struct dro_question *questions;
	size_t i, tried, which, left;

	for (i = 0; i < n; i++) {
		queries[i].arena = arena;
		queries[i].heard = false;
		dro_answer_not(&queries[i].answer, &queries[i].asked,
		    DRO_ANSWER_NONE, "no resolver to ask");
	}
	if ((questions = calloc(n + 1, sizeof(*questions))) == NULL)
		return (dro_err_nomem(err));
	for (tried = 0; code == DRO_OK && tried < resolvers->n; tried++) {
		which = (first + tried) % resolvers->n;
		left = collect(
		    queries, n, &resolvers->addresses[which], questions);
		if (left == 0)
			break;
		/* The first that answers anything comes first next time. */
		if (left == n)
			resolvers->first = which;
		code = dro_ask(&resolvers->ask, questions, left, err);
	}
	free(questions);
	return (code);
}
