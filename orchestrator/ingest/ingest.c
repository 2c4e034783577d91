#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "ingest/container.h"
#include "ingest/document.h"
#include "ingest/ingest.h"
#include "ingest/walk.h"

/* A path with a member; both have limits of their own. */
#define PLACE_MAX ((size_t)16 << 10)

/* A list of refusals or warnings, growing in the arena. */
struct list {
	struct dro_refusal *items;
	size_t n, cap;
};

/* One run. */
struct run {
	const struct dro_config *config;
	struct dro_store *store;
	const char *source;
	enum dro_trust trust;
	int64_t now;
	struct dro_arena *arena;
	struct dro_ingest_result *out;
	struct dro_err *err;
	enum dro_code code; /* not DRO_OK: the run must stop */
	struct dro_container *container;
	struct dro_document *doc;
	struct list refusals, warnings;
	const char *path; /* the file in hand */
	bool open; /* a document is */
	char *member; /* its zip entry, or NULL */
	struct dro_buf place; /* "path!member" */
};

static void
nomem(struct run *run)
{
	if (run->code == DRO_OK)
		run->code = dro_err_nomem(run->err);
}

/* Copy of ${s} for the result; NULL stays NULL. */
static const char *
copy(struct run *run, const char *s)
{
	const char *c;

	if (s == NULL)
		return (NULL);
	if ((c = dro_arena_strdup(run->arena, s)) == NULL)
		nomem(run);
	return (c);
}

static void
note(struct run *run, struct list *list, const char *member, const char *code,
    const char *detail)
{
	struct dro_refusal *items;
	size_t cap;

	if (list->n == list->cap) {
		cap = list->cap == 0 ? 16 : list->cap * 2;
		items = dro_arena_alloc(run->arena, cap, sizeof(*items));
		if (items == NULL) {
			nomem(run);
			return;
		}
		if (list->n > 0)
			memcpy(items, list->items, list->n * sizeof(*items));
		list->items = items;
		list->cap = cap;
	}
	list->items[list->n++] = (struct dro_refusal){
	    copy(run, run->path), copy(run, member), code, copy(run, detail)};
}

static void
note_refusal(struct run *run, const char *member, const struct dro_refused *why)
{
	note(run, &run->refusals, member, dro_refuse_name(why->why),
	    why->detail);
	run->out->refused++;
}

/* ---- documents, as the container finds them */

static void
on_begin(void *arg, const char *member)
{
	struct run *run = arg;

	run->open = true;
	free(run->member);
	run->member = member != NULL ? strdup(member) : NULL;
	if (member != NULL && run->member == NULL)
		nomem(run);
	dro_document_begin(run->doc);
}

static bool
on_data(void *arg, const char *ptr, size_t len)
{
	struct run *run = arg;

	return (run->code == DRO_OK && dro_document_feed(run->doc, ptr, len));
}

static void
on_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct run *run = arg;

	run->open = false;
	note_refusal(run, member, why);
}

static void
on_warn(void *arg, const char *member, enum dro_warn warn)
{
	struct run *run = arg;

	if (run->open)
		dro_document_warn(run->doc, warn);
	else
		note(run, &run->warnings, member, dro_warn_name(warn),
		    dro_warn_text(warn));
}

static void
note_warnings(struct run *run)
{
	dro_warns warns = dro_document_warns(run->doc);
	int w;

	for (w = 0; w < DRO_WARN_N; w++)
		if ((warns & DRO_WARN_BIT(w)) != 0)
			note(run, &run->warnings, run->member,
			    dro_warn_name((enum dro_warn)w),
			    dro_warn_text((enum dro_warn)w));
}

/* Hand a report that is ours to the store. */
static void
store_report(struct run *run, struct dro_report *report)
{
	struct dro_ingest_result *out = run->out;
	enum dro_stored stored;

	report->trust = run->trust;
	report->source_name = run->source;
	dro_buf_reset(&run->place);
	dro_buf_adds(&run->place, run->path);
	if (run->member != NULL) {
		dro_buf_addc(&run->place, '!');
		dro_buf_adds(&run->place, run->member);
	}
	run->code = dro_buf_check(&run->place, "report path", run->err);
	if (run->code != DRO_OK)
		return;
	report->source_path = run->place.ptr;
	run->code =
	    dro_reports_add(run->store, report, run->now, &stored, run->err);
	if (run->code != DRO_OK)
		return;
	switch (stored) {
	case DRO_STORED_NEW:
		out->added++;
		out->rows += report->rows;
		out->messages += report->messages;
		note_warnings(run);
		break;
	case DRO_STORED_DUPLICATE:
		out->duplicate++;
		break;
	case DRO_STORED_CONFLICT:
		out->conflict++;
		note(run, &run->warnings, run->member, "conflict",
		    "the same report came before with other content; "
		    "neither counts");
		break;
	}
}

static void
on_end(void *arg)
{
	struct run *run = arg;
	struct dro_report report;
	struct dro_refused refused;
	const struct dro_domain *owner;

	run->open = false;
	if (run->code != DRO_OK)
		return;
	run->code =
	    dro_document_end(run->doc, run->now, &report, &refused, run->err);
	if (run->code != DRO_OK)
		return;
	if (refused.why != DRO_REFUSE_NONE) {
		note_refusal(run, run->member, &refused);
		return;
	}
	owner = dro_config_owner(run->config, report.domain);
	if (owner == NULL) {
		run->out->foreign++;
		return;
	}
	report.watched = owner->domain;
	report.shadow = strcmp(report.domain, owner->domain) != 0;
	store_report(run, &report);
}

/* ---- files */

static ssize_t
read_fd(void *arg, void *buf, size_t cap)
{
	const int *fd = arg;

	return (read(*fd, buf, cap));
}

static bool
on_file(void *arg, const char *path, int fd)
{
	struct run *run = arg;
	const struct dro_sink sink = {
	    run, on_begin, on_data, on_end, on_refuse, on_warn};
	enum dro_code code;

	run->path = path;
	run->out->files++;
	code =
	    dro_container_read(run->container, read_fd, &fd, &sink, run->err);
	if (code != DRO_OK && run->code == DRO_OK)
		run->code = code;
	return (run->code == DRO_OK);
}

static bool
on_unreadable(void *arg, const char *path, const struct dro_refused *why)
{
	struct run *run = arg;

	run->path = path;
	note_refusal(run, NULL, why);
	return (run->code == DRO_OK);
}

/* Every path; one that does not exist stops no other. */
static enum dro_code
read_paths(struct run *run, const char *const *paths, size_t n)
{
	const struct dro_visitor visitor = {run, on_file, on_unreadable};
	struct dro_err first = {.code = DRO_OK};
	enum dro_code code;
	size_t i;

	for (i = 0; i < n && run->code == DRO_OK; i++) {
		code = dro_walk(paths[i], &visitor, run->err);
		if (code == DRO_ENOTFOUND && first.code == DRO_OK)
			first = *run->err;
		else if (code != DRO_OK && code != DRO_ENOTFOUND)
			run->code = code;
	}
	/* What was read before a failure is kept. */
	if (run->code == DRO_OK)
		run->code = dro_reports_flush(run->store, run->err);
	if (run->code != DRO_OK)
		return (run->code);
	if (first.code != DRO_OK && run->err != NULL)
		*run->err = first;
	return (first.code);
}

enum dro_code
dro_ingest(const struct dro_config *config, struct dro_store *store,
    const char *const *paths, size_t n, const char *source,
    enum dro_trust trust, int64_t now, struct dro_arena *arena,
    struct dro_ingest_result *out, struct dro_err *err)
{
	struct dro_err own = {.code = DRO_OK};
	struct run run = {.config = config,
	    .store = store,
	    .source = source,
	    .trust = trust,
	    .now = now,
	    .arena = arena,
	    .out = out,
	    .err = err != NULL ? err : &own};
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	dro_buf_init(&run.place, PLACE_MAX);
	run.container = dro_container_create();
	run.doc = dro_document_create();
	if (run.container == NULL || run.doc == NULL)
		code = dro_err_nomem(err);
	else
		code = read_paths(&run, paths, n);
	out->refusals = run.refusals.items;
	out->n_refusals = run.refusals.n;
	out->warnings = run.warnings.items;
	out->n_warnings = run.warnings.n;
	dro_document_destroy(run.doc);
	dro_container_destroy(run.container);
	dro_buf_finish(&run.place);
	free(run.member);
	return (code);
}
