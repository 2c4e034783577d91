#include <string.h>

#include "internal.h"

/* Values of an RRset as one text; absent ones have none. */
static enum dro_code
join(const struct dro_rrset *rrset, struct dro_buf *out, const char **text,
    struct dro_err *err)
{
	*text = NULL;
	if (rrset == NULL || rrset->n == 0)
		return (DRO_OK);
	dro_rrset_join(rrset, out);
	*text = out->ptr;
	return (dro_buf_check(out, rrset->name, err));
}

static enum dro_code
insert(struct dro_store *store, const struct dro_line_out *line,
    const char *before, const char *after, const char *actor, int64_t now,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO event (at, run, domain, kind, from_rung, to_rung,"
	    " before, after, actor, actor_uid, text, op)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))");
	dro_sql_int(&q, now);
	dro_sql_int(&q, store->fence);
	dro_sql_int(&q, line->domain);
	dro_sql_text(&q, line->kind);
	dro_sql_text(&q, line->from);
	dro_sql_text(&q, line->to);
	dro_sql_text(&q, before);
	dro_sql_text(&q, after);
	dro_sql_text(&q, actor);
	if (line->actor != NULL)
		dro_sql_int(&q, line->actor->uid);
	else
		dro_sql_text(&q, NULL);
	dro_sql_text(&q, line->text);
	dro_sql_int(&q, line->op);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_event_write(struct dro_store *store, const struct dro_line_out *line,
    int64_t now, struct dro_err *err)
{
	struct dro_buf before, after, actor;
	const char *was = NULL, *is = NULL;
	enum dro_code code;

	dro_buf_init(&before, DRO_RRSET_ENCODED_MAX);
	dro_buf_init(&after, DRO_RRSET_ENCODED_MAX);
	dro_buf_init(&actor, 1024);
	if (line->actor != NULL)
		dro_buf_addf(
		    &actor, "%s@%s", line->actor->user, line->actor->host);
	if ((code = dro_buf_check(&actor, "user and host", err)) == DRO_OK &&
	    (code = join(line->before, &before, &was, err)) == DRO_OK &&
	    (code = join(line->after, &after, &is, err)) == DRO_OK)
		code = insert(store, line, was, is, actor.ptr, now, err);
	dro_buf_finish(&before);
	dro_buf_finish(&after);
	dro_buf_finish(&actor);
	return (code);
}

enum dro_code
dro_event_add(struct dro_store *store, const char *domain, const char *kind,
    const struct dro_actor *actor, const char *text, int64_t now,
    struct dro_err *err)
{
	struct dro_line_out line = {.kind = kind, .actor = actor, .text = text};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = dro_event_write(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}

enum dro_code
dro_history_each(struct dro_store *store, const char *domain,
    enum dro_code (*fn)(
	void *arg, const struct dro_event *event, struct dro_err *err),
    void *arg, struct dro_err *err)
{
	struct dro_event event;
	enum dro_code code;
	struct dro_sql q;
	bool row;

	if (domain == NULL)
		dro_sql_open(&q, store,
		    "SELECT e.id, e.at, d.name, e.kind, e.from_rung, e.to_rung,"
		    " e.before, e.after, e.actor, e.text, e.op FROM event e"
		    " CROSS JOIN domain d ON d.id = e.domain ORDER BY e.id");
	else
		dro_sql_open(&q, store,
		    "SELECT e.id, e.at, d.name, e.kind, e.from_rung, e.to_rung,"
		    " e.before, e.after, e.actor, e.text, e.op FROM domain d"
		    " CROSS JOIN event e ON e.domain = d.id"
		    " WHERE d.name = ? ORDER BY e.id");
	if (domain != NULL)
		dro_sql_text(&q, domain);
	while ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		event.id = dro_sql_get_int(&q, 0);
		event.at = dro_sql_get_int(&q, 1);
		event.domain = dro_sql_get(&q, 2);
		event.kind = dro_sql_get(&q, 3);
		event.from = dro_sql_get(&q, 4);
		event.to = dro_sql_get(&q, 5);
		event.before = dro_sql_get(&q, 6);
		event.after = dro_sql_get(&q, 7);
		event.actor = dro_sql_get(&q, 8);
		event.text = dro_sql_get(&q, 9);
		event.op = dro_sql_get_int(&q, 10);
		if ((code = fn(arg, &event, err)) != DRO_OK)
			break;
	}
	dro_sql_close(&q);
	return (code);
}
