#ifndef DRO_PLAN_AGENDA_H
#define DRO_PLAN_AGENDA_H

#include "plan/walk.h"

/* How far ahead anybody may look. */
#define DRO_AGENDA_DAYS_MAX 400

/* The coming days of one domain. */
struct dro_agenda {
	size_t n;
	const struct dro_walk_step *steps; /* by time */
	struct dro_decision last; /* as on the last day */
	int64_t since; /* since when ${last} has held for the same reason */
};

/**
 * dro_agenda_project(domain, settings, facts, live, evidence, now, until,
 *     arena, out, err):
 * What dro_decide() would say of ${domain} at ${now} and each 24 hours later
 * up to ${until}, if mail and reports went on as in the last week.  Every
 * coming day brings the reports of the same weekday of the last seven days
 * with evidence (of as many as there are, if fewer), as late as they come
 * now, and judged under the record that would be live then.  A change takes
 * effect on its own day, as if verified at once.  Nobody approves, repairs or
 * edits anything meanwhile; what holds at the end is in out->last.
 * DRO_EINVAL if ${until} lies before ${now} or more than
 * DRO_AGENDA_DAYS_MAX days after it.
 */
enum dro_code dro_agenda_project(const char *domain,
    const struct dro_settings *settings, const struct dro_facts *facts,
    const struct dro_live *live, const struct dro_evidence *evidence,
    int64_t now, int64_t until, struct dro_arena *arena, struct dro_agenda *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PLAN_AGENDA_H */
