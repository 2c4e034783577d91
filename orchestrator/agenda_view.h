#ifndef DRO_ORCHESTRATOR_AGENDA_VIEW_H
#define DRO_ORCHESTRATOR_AGENDA_VIEW_H

#include <jansson.h>

#include "base/buf.h"
#include "plan/agenda.h"
#include "view.h"

/* What a domain waits for a person with: today, or as it ends. */
struct dro_waiting {
	const struct dro_domain *dom;
	enum dro_attention attention;
	int64_t since;
	const char *code;
	const char *text; /* or NULL */
};

/* One change of one domain. */
struct dro_date {
	const struct dro_domain *dom;
	struct dro_walk_step step;
};

/* The coming days of all domains.  Strings live in the arena of the run. */
struct dro_diary {
	int64_t as_of, until;
	size_t n_dates;
	struct dro_date *dates; /* by client, then by time */
	size_t n_waiting;
	struct dro_waiting *waiting; /* in the order of the configuration */
	size_t quiet; /* domains with nothing in either list */
	size_t unknown; /* domains that DNS told nothing about */
};

/** dro_diary_finish(diary): free its lists; accepts a zeroed one. */
void dro_diary_finish(struct dro_diary *diary);

/**
 * dro_diary_take(diary, exam, agenda, arena, err):
 * Add the ${agenda} of the examined domain; ${diary} keeps copies in
 * ${arena}.
 */
enum dro_code dro_diary_take(struct dro_diary *diary,
    const struct dro_exam *exam, const struct dro_agenda *agenda,
    struct dro_arena *arena, struct dro_err *err) DRO_MUST_CHECK;

/** dro_diary_sort(diary): to be called once all domains are in. */
void dro_diary_sort(struct dro_diary *diary);

/** dro_diary_json(diary): rollout.agenda/1; NULL when out of memory. */
json_t *dro_diary_json(const struct dro_diary *diary);

/** dro_diary_text(diary, out), dro_diary_markdown(diary, out): for people. */
void dro_diary_text(const struct dro_diary *diary, struct dro_buf *out);
void dro_diary_markdown(const struct dro_diary *diary, struct dro_buf *out);

#endif /* !DRO_ORCHESTRATOR_AGENDA_VIEW_H */
