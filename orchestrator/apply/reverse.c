#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/reverse.h"
#include "base/date.h"
#include "base/domain.h"
#include "base/net.h"
#include "dns/names.h"
#include "reversed.h"

/* Addresses asked about in one run; the next run goes on. */
#define ASK_MAX 256

#define ASK_AGAIN_S (7 * DRO_DAY_S)

/* Names of one address that are looked at; more is a trick. */
#define NAMES_MAX 4

/* An address and its mail. */
struct wanted {
	const char *ip;
	struct dro_net net;
	int64_t messages;
};

struct work {
	struct dro_session *session;
	const struct dro_exam *exam;
	struct dro_arena *arena;
	size_t n;
	struct wanted *wanted;
	size_t n_known;
	struct dro_reverse_told *known; /* sorted by address */
	struct dro_names names;
};

static bool
declares_ptr(const struct dro_settings *set)
{
	size_t i;

	for (i = 0; i < set->n_sources; i++)
		if (set->sources[i].n_ptr > 0)
			return (true);
	return (false);
}

static int
by_ip(const void *va, const void *vb)
{
	const struct wanted *a = va, *b = vb;

	return (strcmp(a->ip, b->ip));
}

static int
by_mail(const void *va, const void *vb)
{
	const struct wanted *a = va, *b = vb;

	if (a->messages != b->messages)
		return (a->messages < b->messages ? 1 : -1);
	return (strcmp(a->ip, b->ip));
}

static int
by_told(const void *key, const void *item)
{
	const struct dro_reverse_told *told = item;

	return (strcmp(key, told->ip));
}

static const struct dro_reverse_told *
find_told(const struct work *w, const char *ip)
{
	if (w->n_known == 0)
		return (NULL);
	return (bsearch(ip, w->known, w->n_known, sizeof(*w->known), by_told));
}

/* The whole addresses of the evidence that are due, by their mail. */
static bool
list_wanted(struct work *w)
{
	const struct dro_evidence *ev = &w->exam->evidence;
	const struct dro_reverse_told *told;
	size_t i, n = 0, m = 0;

	w->wanted =
	    dro_arena_alloc(w->arena, ev->n_streams, sizeof(*w->wanted));
	if (w->wanted == NULL)
		return (false);
	for (i = 0; i < ev->n_streams; i++)
		w->wanted[i].ip = ev->streams[i].ip;
	for (i = 0; i < ev->n_cells; i++)
		w->wanted[ev->cells[i].stream].messages +=
		    ev->cells[i].pass + ev->cells[i].fail;
	qsort(w->wanted, ev->n_streams, sizeof(*w->wanted), by_ip);
	for (i = 0; i < ev->n_streams; i++) {
		if (n > 0 && by_ip(&w->wanted[n - 1], &w->wanted[i]) == 0)
			w->wanted[n - 1].messages += w->wanted[i].messages;
		else
			w->wanted[n++] = w->wanted[i];
	}
	for (i = 0; i < n; i++) {
		struct wanted *one = &w->wanted[i];

		told = find_told(w, one->ip);
		if (!dro_net_parse(one->ip, &one->net) ||
		    one->net.bits != (one->net.v6 ? 128 : 32) ||
		    (told != NULL && w->session->now < told->at + ASK_AGAIN_S))
			continue;
		w->wanted[m++] = *one;
	}
	qsort(w->wanted, m, sizeof(*w->wanted), by_mail);
	w->n = m < ASK_MAX ? m : ASK_MAX;
	return (true);
}

/* Where the name of ${net} stands (RFC 1035 3.5, RFC 3596 2.5). */
static void
reverse_name(const struct dro_net *net, char out[DRO_DOMAIN_LEN])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *o = net->octets;
	char *p = out;
	int i;

	if (!net->v6) {
		(void)snprintf(out, DRO_DOMAIN_LEN, "%u.%u.%u.%u.in-addr.arpa",
		    o[3], o[2], o[1], o[0]);
		return;
	}
	for (i = 15; i >= 0; i--) {
		*p++ = digits[o[i] & 15];
		*p++ = '.';
		*p++ = digits[o[i] >> 4];
		*p++ = '.';
	}
	memcpy(p, "ip6.arpa", sizeof("ip6.arpa"));
}

/* What one look at an address came to. */
enum outcome { NO_MEMORY, WANTING, UNKNOWN, TOLD };

/* Whether ${name} has the address ${net}. */
static enum outcome
leads_back(
    struct work *w, const char *name, const struct dro_net *net, bool *yes)
{
	struct dro_lookup lookup;
	struct dro_net other;
	size_t i;

	*yes = false;
	if (!dro_names_get(
		&w->names, name, net->v6 ? DRO_RR_AAAA : DRO_RR_A, &lookup))
		return (NO_MEMORY);
	if (lookup.name == NULL)
		return (WANTING);
	if (lookup.status == DRO_LOOKUP_UNKNOWN)
		return (UNKNOWN);
	for (i = 0; lookup.rrset != NULL && i < lookup.rrset->n; i++)
		*yes = *yes ||
		    (dro_net_parse(lookup.rrset->values[i].ptr, &other) &&
			dro_net_within(&other, net));
	return (TOLD);
}

/* The confirmed name of ${net}, NULL if it has none, as far as DNS tells. */
static enum outcome
find_name(struct work *w, const struct dro_net *net, const char **out)
{
	char at[DRO_DOMAIN_LEN], name[DRO_DOMAIN_LEN];
	struct dro_lookup lookup;
	enum outcome outcome, worst = TOLD;
	size_t i;
	bool yes;

	*out = NULL;
	reverse_name(net, at);
	if (!dro_names_get(&w->names, at, DRO_RR_PTR, &lookup))
		return (NO_MEMORY);
	if (lookup.name == NULL)
		return (WANTING);
	if (lookup.status == DRO_LOOKUP_UNKNOWN)
		return (UNKNOWN);
	for (i = 0; lookup.rrset != NULL && i < lookup.rrset->n &&
	     i < NAMES_MAX && *out == NULL;
	     i++) {
		if (dro_domain_normalise(
			lookup.rrset->values[i].ptr, name, NULL) != DRO_OK)
			continue;
		outcome = leads_back(w, name, net, &yes);
		if (outcome < worst)
			worst = outcome;
		if (yes && (*out = dro_arena_strdup(w->arena, name)) == NULL)
			return (NO_MEMORY);
	}
	return (*out != NULL ? TOLD : worst);
}

/* Ask in two rounds: for names, then for their addresses. */
static enum dro_code
ask(struct work *w, struct dro_reverse_told *told, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	enum outcome outcome;
	const char *name;
	size_t i;
	int round;

	for (round = 0; round < 3; round++) {
		*n = 0;
		for (i = 0; i < w->n; i++) {
			outcome = find_name(w, &w->wanted[i].net, &name);
			if (outcome == NO_MEMORY)
				return (dro_err_nomem(err));
			if (outcome == TOLD)
				told[(*n)++] = (struct dro_reverse_told){
				    w->wanted[i].ip, name, w->session->now};
		}
		if (w->names.n == w->names.asked)
			break;
		code = dro_names_ask(&w->names, w->session->dns, err);
		if (code != DRO_OK)
			return (code);
	}
	return (DRO_OK);
}

/* Whether what is told is news. */
static bool
is_news(const struct work *w, const struct dro_reverse_told *told)
{
	const struct dro_reverse_told *old = find_told(w, told->ip);
	const char *was = old != NULL ? old->name : NULL;

	if (was == NULL || told->name == NULL)
		return (was != told->name);
	return (strcmp(was, told->name) != 0);
}

static enum dro_code
look(struct work *w, bool *changed, struct dro_err *err)
{
	const char *domain = w->exam->dom->domain;
	struct dro_reverse_told *told;
	enum dro_code code;
	size_t i, n;

	code = dro_reverse_read(
	    w->session->store, domain, w->arena, &w->known, &w->n_known, err);
	if (code != DRO_OK)
		return (code);
	if (!list_wanted(w) ||
	    (told = dro_arena_alloc(w->arena, w->n, sizeof(*told))) == NULL)
		return (dro_err_nomem(err));
	if (w->n == 0)
		return (DRO_OK);
	if ((code = ask(w, told, &n, err)) != DRO_OK || n == 0)
		return (code);
	for (i = 0; i < n; i++)
		*changed = *changed || is_news(w, &told[i]);
	return (dro_reverse_keep(w->session->store, domain, told, n, err));
}

enum dro_code
dro_reverse_look(struct dro_session *session, const struct dro_exam *exam,
    struct dro_arena *arena, bool *changed, struct dro_err *err)
{
	struct work w = {.session = session,
	    .exam = exam,
	    .arena = arena,
	    .names = {.arena = arena}};
	enum dro_code code;

	*changed = false;
	if (session->store == NULL || exam->parking != NULL ||
	    !declares_ptr(exam->dom->settings))
		return (DRO_OK);
	code = look(&w, changed, err);
	dro_names_finish(&w.names);
	return (code);
}
