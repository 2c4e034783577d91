#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "dns/lookup.h"
#include "dns/resolve.h"
#include "dns/servers.h"

/* Names asked about at a time; what their answers take is freed after it. */
#define CHUNK 256

/* A lookup on its way along CNAMEs. */
struct task {
	struct dro_lookup *lookup;
	const char *name; /* where it is now */
	bool done;
};

/* What came of one question, wherever it was asked. */
static enum dro_code
take(struct task *task, const struct dro_answer *answer,
    struct dro_arena *arena, struct dro_err *err)
{
	char target[DRO_DOMAIN_LEN];
	struct dro_rrset *rrset;

	task->done = true;
	if (answer->status == DRO_ANSWER_CNAME) {
		if (dro_domain_normalise(answer->detail, target, NULL) !=
		    DRO_OK)
			return (DRO_OK);
		task->name = dro_arena_strdup(arena, target);
		task->done = false;
		return (task->name != NULL ? DRO_OK : dro_err_nomem(err));
	}
	if (answer->status != DRO_ANSWER_OK)
		return (DRO_OK);
	task->lookup->status = DRO_LOOKUP_ABSENT;
	if (answer->rrset.n == 0)
		return (DRO_OK);
	if ((rrset = dro_arena_alloc(arena, 1, sizeof(*rrset))) == NULL)
		return (dro_err_nomem(err));
	task->lookup->status = DRO_LOOKUP_FOUND;
	task->lookup->rrset = rrset;
	return (dro_rrset_copy(rrset, &answer->rrset, arena, err));
}

/* Servers that disagree, or of which one is silent, tell nothing sure. */
static enum dro_code
take_sight(struct task *task, const struct dro_look *look,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_live live;
	size_t i;

	task->done = true;
	if (look->code != DRO_OK)
		return (look->code == DRO_ENOMEM ? dro_err_nomem(err) : DRO_OK);
	dro_dns_live(&look->sight, look->arena, &live);
	for (i = 0; i < look->sight.n; i++) {
		const struct dro_answer *a = &look->sight.answers[i];

		if ((live.status == DRO_LIVE_OK &&
			a->status == DRO_ANSWER_OK) ||
		    (live.status == DRO_LIVE_CNAME &&
			a->status == DRO_ANSWER_CNAME))
			return (take(task, a, arena, err));
	}
	return (DRO_OK);
}

/* One step of all that are not done, at the servers in config or not. */
struct step {
	struct dro_look looks[CHUNK];
	struct dro_query queries[CHUNK];
	struct task *look_of[CHUNK], *query_of[CHUNK];
	size_t n_looks, n_queries;
};

static void
sort_out(struct dro_dns *dns, struct task *tasks, size_t n,
    struct dro_arena *arena, struct step *step)
{
	const struct dro_finder *finder = dro_dns_finder(dns);
	size_t i;

	memset(step, 0, sizeof(*step));
	for (i = 0; i < n; i++) {
		const enum dro_rrtype type = tasks[i].lookup->type;

		if (tasks[i].done)
			continue;
		if (dro_finder_is_fixed(finder, tasks[i].name)) {
			step->looks[step->n_looks] =
			    (struct dro_look){.name = tasks[i].name,
				.type = type,
				.arena = arena};
			step->look_of[step->n_looks++] = &tasks[i];
		} else {
			step->queries[step->n_queries] = (struct dro_query){
			    .asked = {.name = tasks[i].name, .type = type}};
			step->query_of[step->n_queries++] = &tasks[i];
		}
	}
}

static enum dro_code
take_step(struct dro_dns *dns, struct step *step, struct dro_arena *scratch,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	if (step->n_looks > 0)
		code = dro_dns_look_many(dns, step->looks, step->n_looks, err);
	if (code == DRO_OK && step->n_queries > 0)
		code = dro_resolve(dro_finder_resolvers(dro_dns_finder(dns)),
		    step->queries, step->n_queries, scratch, err);
	for (i = 0; i < step->n_looks && code == DRO_OK; i++)
		code =
		    take_sight(step->look_of[i], &step->looks[i], arena, err);
	for (i = 0; i < step->n_queries && code == DRO_OK; i++)
		code = take(
		    step->query_of[i], &step->queries[i].answer, arena, err);
	return (code);
}

static enum dro_code
look_up(struct dro_dns *dns, struct dro_lookup *lookups, size_t n,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_arena *scratch = dro_arena_create();
	struct step *step = calloc(1, sizeof(*step));
	struct task tasks[CHUNK];
	enum dro_code code = DRO_OK;
	size_t i;
	int steps;

	for (i = 0; i < n; i++) {
		lookups[i].status = DRO_LOOKUP_UNKNOWN;
		lookups[i].rrset = NULL;
		tasks[i] = (struct task){
		    .lookup = &lookups[i], .name = lookups[i].name};
	}
	if (scratch == NULL || step == NULL) {
		code = dro_err_nomem(err);
		goto out;
	}
	for (steps = 0; steps <= DRO_LOOKUP_CNAMES_MAX && code == DRO_OK;
	     steps++) {
		sort_out(dns, tasks, n, scratch, step);
		if (step->n_looks + step->n_queries == 0)
			break;
		code = take_step(dns, step, scratch, arena, err);
	}
out:
	free(step);
	dro_arena_destroy(scratch);
	return (code);
}

/* Whether any of them has an answer. */
static bool
any_known(const struct dro_lookup *lookups, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lookups[i].status != DRO_LOOKUP_UNKNOWN)
			return (true);
	return (false);
}

enum dro_code
dro_lookup_many(struct dro_dns *dns, struct dro_lookup *lookups, size_t n,
    struct dro_arena *arena, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	bool silent = false;
	size_t at, count;

	for (at = 0; at < n && code == DRO_OK; at += count) {
		count = n - at < CHUNK ? n - at : CHUNK;
		if (silent) {
			lookups[at].status = DRO_LOOKUP_UNKNOWN;
			count = 1;
			continue;
		}
		code = look_up(dns, lookups + at, count, arena, err);
		silent = code == DRO_OK && count == CHUNK &&
		    !any_known(lookups + at, count);
	}
	return (code);
}
