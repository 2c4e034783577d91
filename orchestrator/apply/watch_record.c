#include <string.h>

#include "apply/watch.h"
#include "watched.h"

static const struct dro_watch_finding *
find_finding(const struct dro_exam *exam, const struct dro_watched *watched)
{
	const struct dro_watch_findings *f = &exam->decision.findings;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->items[i].watched == watched)
			return (&f->items[i]);
	return (NULL);
}

static enum dro_code
tell(struct dro_session *session, const struct dro_exam *exam,
    const struct dro_watched *watched, bool broken, const char *text,
    struct dro_err *err)
{
	const struct dro_happening what = {
	    .event = broken ? "domain.broken" : "domain.mended",
	    .domain = exam->dom->domain,
	    .text = text};

	if (text == NULL)
		return (dro_err_nomem(err));
	dro_session_tell(session, &what);
	return (dro_watch_tell(session->store, exam->dom->domain, watched,
	    broken, text, session->now, err));
}

/* One line when it breaks, one when it mends or nobody needs it any more. */
static enum dro_code
tell_change(struct dro_session *session, const struct dro_exam *exam,
    const struct dro_watched *watched, struct dro_err *err)
{
	const struct dro_watch_finding *finding = find_finding(exam, watched);

	if (finding != NULL && !watched->told)
		return (tell(session, exam, watched, true,
		    dro_arena_printf(session->arena, "%s; %s", finding->text,
			finding->remedy),
		    err));
	if (finding == NULL && watched->told)
		return (tell(session, exam, watched, false,
		    dro_arena_printf(session->arena, "%s %s %s",
			dro_watch_kind_name(watched->kind), watched->name,
			watched->state == DRO_WATCH_GOOD
			    ? "is good again"
			    : "is not needed any more: no legitimate mail "
			      "stands on it"),
		    err));
	return (DRO_OK);
}

static bool
is_key_in_use(
    const struct dro_watch_key *keys, size_t n, const struct dro_watched *w)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(keys[i].name, w->name) == 0)
			return (true);
	return (false);
}

/* What nothing stands on any more need not be looked up any more. */
static bool
is_over(const struct dro_exam *exam, const struct dro_watched *w,
    const struct dro_watch_key *keys, size_t n)
{
	if (find_finding(exam, w) != NULL)
		return (false);
	switch (w->kind) {
	case DRO_WATCH_KEY:
		return (!is_key_in_use(keys, n, w));
	case DRO_WATCH_INCLUDE:
		return (w->state == DRO_WATCH_GONE);
	case DRO_WATCH_SPF:
		break;
	}
	return (false);
}

static bool
is_watched(const struct dro_facts *facts, const char *key)
{
	size_t i;

	for (i = 0; i < facts->n_watched; i++)
		if (facts->watched[i].kind == DRO_WATCH_KEY &&
		    strcmp(facts->watched[i].name, key) == 0)
			return (true);
	return (false);
}

enum dro_code
dro_watch_record(struct dro_session *session, const struct dro_exam *exam,
    struct dro_err *err)
{
	const struct dro_decision *d = &exam->decision;
	const struct dro_facts *facts = &exam->facts;
	const char *domain = exam->dom->domain;
	const struct dro_watch_mail mail = {exam->dom->settings,
	    &exam->evidence, d->n_sources, d->sources, d->of_stream, d->linked};
	struct dro_clock clock = {session->now, INT64_MAX};
	struct dro_watch_key *keys;
	enum dro_code code;
	size_t i, n;

	code = dro_watch_keys(&mail, &clock, session->arena, &n, &keys, err);
	for (i = 0; i < facts->n_watched && code == DRO_OK; i++) {
		const struct dro_watched *w = &facts->watched[i];

		code = tell_change(session, exam, w, err);
		if (code == DRO_OK && is_over(exam, w, keys, n))
			code = dro_watch_drop(
			    session->store, domain, w->kind, w->name, err);
	}
	for (i = 0; i < n && code == DRO_OK; i++)
		if (!is_watched(facts, keys[i].name))
			code = dro_watch_add(session->store, domain,
			    DRO_WATCH_KEY, keys[i].name, session->now, err);
	return (code);
}
